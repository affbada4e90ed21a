/*
 * house_ready.c - keys for a house that is entered, and waiting until all of its roles answer.
 */
#include "cli/house.h"

#include "clients/c/client.h"
#include "core/status.h"
#include "io/key_file.h"
#include "io/zap.h"

#include <poll.h>
#include <string.h>

#define PING_WAIT_MS 250
#define READY_MAX_TRIES 480u /* two minutes: a long journal opens slowly */

int house_keys_enter(struct cli *cli, struct house *house)
{
    char message[KEY_FILE_MESSAGE_MAX];
    struct key_file own;
    if (!house->setup.keyed)
        return 0;
    int result = server_key_load(house->setup.dir, &own, message);
    if (result < 0)
        return cli_fail(cli, result, "%s", message);
    struct bus_keys keys = {.public_key = {0}};
    memcpy(keys.public_key, own.public_key, sizeof keys.public_key);
    memcpy(keys.secret_key, own.secret_key, sizeof keys.secret_key);
    result = bus_use_keys(house->setup.bus, &keys);
    explicit_bzero(&keys, sizeof keys);
    key_file_forget(&own);
    if (result < 0)
        return cli_fail(cli, result, "%s/" SERVER_KEY_FILE, house->setup.dir);
    result = zap_open(&house->setup, &house->zap, message);
    return result < 0 ? cli_fail(cli, result, "%s", message) : 0;
}

static bool is_readable(int fd)
{
    struct pollfd waited = {.fd = fd, .events = POLLIN};
    return fd >= 0 && poll(&waited, 1, 0) == 1;
}

/* Where keys are asked for, this process has none to come in by the front: it asks inside. */
static int role_ping_inside(struct cli *cli, const struct house *house, enum role role)
{
    const struct setup *setup = &house->setup;
    const char *const doors[ROLES] = {
        [ROLE_INTAKE] = setup->intake_trusted_endpoint, [ROLE_FEED] = setup->feed_inner_endpoint,
        [ROLE_WORKER] = setup->query_trusted_endpoint,  [ROLE_OUTLET] = setup->replay_trusted_endpoint,
        [ROLE_NOTIFIER] = setup->notifier_endpoint,     [ROLE_GATEWAY] = setup->gateway_endpoint,
    };
    struct manyi inside = {.bus = setup->bus, .clock = setup->clock};
    struct manyi_asker *asker;
    const char *verb;
    const void *pong;
    size_t pong_len;
    int result = manyi_asker_open(&inside, doors[role], &asker);
    if (result < 0)
        return cli_fail(cli, result, "%s", doors[role]);
    result = manyi_ask(asker, "PING", NULL, 0, PING_WAIT_MS, &verb, &pong, &pong_len);
    manyi_asker_close(asker);
    return result;
}

static int role_ping(struct cli *cli, const struct house *house, enum role role)
{
    static const enum cli_port port_of[ROLES] = {CLI_INTAKE, CLI_FEED,     CLI_QUERY,
                                                 CLI_OUTLET, CLI_NOTIFIER, CLI_GATEWAY};
    static const uint8_t nothing[] = {0x80};
    struct span pong;
    bool silent = (role == ROLE_NOTIFIER && house->setup.notifier_endpoint[0] == '\0') ||
                  (role == ROLE_GATEWAY && house->setup.gateway_endpoint[0] == '\0');
    if (!(house->mask & ROLE_BIT(role)) || silent)
        return 0;
    return house->setup.keyed
               ? role_ping_inside(cli, house, role)
               : cli_ask(cli, port_of[role], "PING", span_make(nothing, sizeof nothing), "PONG", PING_WAIT_MS, &pong);
}

int house_wait_ready(struct cli *cli, struct house *house, int stop_fd)
{
    uint32_t tries = 0;
    for (enum role role = 0; role < ROLES;) {
        int result = role_ping(cli, house, role);
        if (result == 0) {
            role++;
            continue;
        }
        int failure;
        enum role failed = roles_failed(&house->roles, &failure);
        if (failed != ROLES)
            return cli_fail(cli, failure, "%s has ended", role_name(failed));
        if (is_readable(stop_fd))
            return -E_STOPPED;
        if (result != -E_UNREACHABLE || ++tries == READY_MAX_TRIES)
            return result;
    }
    cli_hang_up(cli);
    return 0;
}

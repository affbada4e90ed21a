/*
 * serve.c - `manyi serve` and `manyi run ROLE`: roles until somebody asks them to end.
 */
#include "cli/commands.h"
#include "cli/house.h"
#include "core/rfc3339.h"
#include "core/status.h"
#include "io/log.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define DRAIN_MAX_MS 10000
#define FORCED_EXIT 75
#define LOOK_MS 10000 /* at the descriptors */

static bool signal_read(int signal_fd)
{
    struct signalfd_siginfo info;
    return read(signal_fd, &info, sizeof info) == (ssize_t)sizeof info;
}

static void exit_forced(int signal)
{
    (void)signal;
    _exit(FORCED_EXIT);
}

/* From now on nobody reads signals: what is closed may still wait for the disk. */
static void signals_force(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    signal(SIGTERM, exit_forced);
    signal(SIGINT, exit_forced);
    pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
}

/* Every role finishes its turn. Whoever asks twice does not wait, and nothing is lost either: the journal is on disk. */
static void drain(struct house *house, int signal_fd)
{
    roles_stop(&house->roles);
    struct pollfd waited[] = {{.fd = signal_fd, .events = POLLIN}, {.fd = house->roles.end_fd, .events = POLLIN}};
    for (int left_ms = DRAIN_MAX_MS; !roles_ended(&house->roles); left_ms -= 100) {
        poll(waited, 2, 100);
        uint64_t ended;
        ssize_t taken = read(house->roles.end_fd, &ended, sizeof ended);
        (void)taken;
        if (signal_read(signal_fd) || left_ms <= 0)
            _exit(FORCED_EXIT);
    }
    signals_force();
}

/* 0 when it was asked to end, else the failure of a role. */
static int wait_for_end(struct cli *cli, struct house *house, int signal_fd)
{
    struct pollfd waited[] = {{.fd = signal_fd, .events = POLLIN}, {.fd = house->roles.end_fd, .events = POLLIN}};
    int failure = 0;
    enum role failed = ROLES;
    bool warned = false;
    while (!signal_read(signal_fd)) {
        failed = roles_failed(&house->roles, &failure);
        if (failed != ROLES)
            break;
        if (!warned && house_descriptors_low(signal_fd)) {
            log_line(LOG_WARNING, "serve", "hardly any file descriptor is left: %s",
                     status_text(E_NO_DESCRIPTORS)->fix);
            warned = true;
        }
        poll(waited, 2, LOOK_MS);
    }
    drain(house, signal_fd);
    if (failed == ROLES)
        return 0;
    const char *store = role_store(failed);
    return store ? cli_fail(cli, failure, "%s has ended; it keeps %s/%s", role_name(failed), house->setup.dir, store)
                 : cli_fail(cli, failure, "%s has ended", role_name(failed));
}

/* "on 127.0.0.1, ports 7301 to 7305, HTTPS at 127.0.0.1:7300": those of this process; the notifier has none. */
static void addresses_print(FILE *to, uint32_t mask, const struct setup *setup, const struct config *config)
{
    static const struct {
        enum role role;
        uint32_t first, last; /* after the base port */
    } rows[] = {{ROLE_INTAKE, 1, 1}, {ROLE_FEED, 2, 2}, {ROLE_WORKER, 3, 3}, {ROLE_OUTLET, 4, 5}};
    uint32_t first = 0, last = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!(mask & ROLE_BIT(rows[i].role)))
            continue;
        first = first ? first : rows[i].first;
        last = rows[i].last;
    }
    uint32_t base = (uint32_t)config->base_port;
    if (first > 0)
        fprintf(to, " on %s, port%s %u", config->host, first < last ? "s" : "", base + first);
    if (first < last)
        fprintf(to, " to %u", base + last);
    if (!(mask & ROLE_BIT(ROLE_GATEWAY)))
        return;
    bool bare_ipv6 = strchr(setup->http_host, ':') && setup->http_host[0] != '[';
    fprintf(to, "%s%s at %s%s%s:%u", first > 0 ? ", " : " with ", setup->tls_certificate_path[0] ? "HTTPS" : "HTTP",
            bare_ipv6 ? "[" : "", setup->http_host, bare_ipv6 ? "]" : "", setup->http_port);
}

/* One line, written at once: others wait for it. */
static void ready_print(const char *what, uint32_t mask, const struct setup *setup, const struct config *config)
{
    char line[3 * ENDPOINT_MAX] = "";
    FILE *to = fmemopen(line, sizeof line, "w");
    if (to) {
        addresses_print(to, mask, setup, config);
        fclose(to);
    }
    fprintf(stderr, "manyi: %s in %s%s: ready\n", what, setup->dir, line);
}

static int roles_run(struct cli *cli, uint32_t mask, bool one_process, const char *what)
{
    struct clock_options clock = {.rate = 0};
    int64_t rate = 0;
    char message[CONFIG_MESSAGE_MAX];
    const char *start = option_text(&cli->arguments, "clock-start");
    if (start && rfc3339_parse(span_of(start), &clock.start_wall_ms) < 0)
        return cli_fail(cli, -E_USAGE, "--clock-start is no RFC 3339 time");
    if (option_number(&cli->arguments, "clock-rate", 1, 100000, &rate, message) < 0)
        return cli_fail(cli, -E_USAGE, "%s", message);
    clock.rate = (uint32_t)rate;
    const char *policy = option_text(&cli->arguments, "policy");
    if (policy && config_set(&cli->config, "policy", policy, "--policy", message) < 0)
        return cli_fail(cli, -E_USAGE, "%s", message);
    const char *roster = option_text(&cli->arguments, "roster");
    if (roster && config_set(&cli->config, "roster", roster, "--roster", message) < 0)
        return cli_fail(cli, -E_USAGE, "%s", message);
    int signal_fd = signals_take();
    if (signal_fd < 0)
        return -E_IO;
    struct house house;
    int result = house_enter(cli, mask, one_process, &clock, &house);
    if (result == 0) {
        result = house_wait_ready(cli, &house, signal_fd);
        if (result == 0) {
            ready_print(what, mask, &house.setup, &cli->config);
            result = wait_for_end(cli, &house, signal_fd);
        } else {
            drain(&house, signal_fd);
            result = result == -E_STOPPED ? 0 : result;
        }
        cli_hang_up(cli);
        house_leave(&house);
    }
    close(signal_fd);
    return result;
}

int command_serve(struct cli *cli)
{
    if (cli->arguments.operand_count > 0)
        return cli_fail(cli, -E_USAGE, "serve takes no %.40s; `manyi run ROLE` runs one role",
                        cli->arguments.operand[0]);
    uint32_t mask = ROLE_BIT(ROLE_INTAKE) | ROLE_BIT(ROLE_FEED) | ROLE_BIT(ROLE_WORKER) | ROLE_BIT(ROLE_OUTLET) |
                    ROLE_BIT(ROLE_GATEWAY);
    if (cli->config.notices[0])
        mask |= ROLE_BIT(ROLE_NOTIFIER);
    return roles_run(cli, mask, true, "all roles");
}

int command_run_role(struct cli *cli)
{
    static const struct {
        const char *name;
        uint32_t mask;
    } choices[] = {
        {"intake", ROLE_BIT(ROLE_INTAKE) | ROLE_BIT(ROLE_FEED)}, /* the feed reads intake's journal */
        {"worker", ROLE_BIT(ROLE_WORKER)},
        {"outlet", ROLE_BIT(ROLE_OUTLET)},
        {"notifier", ROLE_BIT(ROLE_NOTIFIER)},
        {"gateway", ROLE_BIT(ROLE_GATEWAY)},
    };
    const char *name = cli->arguments.operand_count == 1 ? cli->arguments.operand[0] : "";
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        if (strcmp(name, choices[i].name) == 0)
            return roles_run(cli, choices[i].mask, false, name);
    }
    return cli_fail(cli, -E_USAGE, "run takes one role: intake (with the feed), worker, outlet, notifier or gateway");
}

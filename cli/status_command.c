/*
 * status_command.c - `manyi status`: what each role says of itself, as one picture.
 */
#include "cli/commands.h"
#include "cli/table.h"
#include "cli/text.h"
#include "core/status.h"
#include "io/json.h"
#include "schemas/wire.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Replies live until the next question to the same port, so all three live together. */
struct pongs {
    struct span intake, query, outlet;
    struct span notifier, gateway; /* empty: not seen to run here */
};

/* Whether somebody listens behind a socket of DIR/run. */
static bool is_heard(struct cli *cli, enum cli_port port)
{
    static const char scheme[] = "ipc://";
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    char endpoint[ENDPOINT_MAX];
    const char *path = cli_endpoint(cli, port, endpoint) + sizeof scheme - 1;
    if (endpoint[0] == '\0' || strlen(path) >= sizeof at.sun_path)
        return false;
    memcpy(at.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool heard = fd >= 0 && connect(fd, (const struct sockaddr *)&at, sizeof at) == 0;
    if (fd >= 0)
        close(fd);
    return heard;
}

static uint64_t figure_of(struct span pong, const char *key)
{
    struct wire_value value;
    struct span bytes;
    return wire_find(pong, key, &value, &bytes) == 0 && value.kind == WIRE_UINT ? value.natural : 0;
}

/* A role without a port of its own, if it runs here, and is of the Manyi that is asked. */
static int beside_get(struct cli *cli, enum cli_port port, struct span body, struct span *ret_pong)
{
    struct span pong;
    int result = is_heard(cli, port) ? cli_ask(cli, port, "PING", body, "PONG", 0, &pong) : -E_NOT_FOUND;
    if (result == 0 && figure_of(pong, "base_port") == cli->config.base_port)
        *ret_pong = pong;
    return result == -E_NOT_FOUND ? 0 : result;
}

static int pongs_get(struct cli *cli, struct pongs *pongs)
{
    static const uint8_t nothing[] = {0x80};
    struct span body = span_make(nothing, sizeof nothing);
    int result = cli_ask(cli, CLI_INTAKE, "PING", body, "PONG", 0, &pongs->intake);
    if (result == 0)
        result = cli_ask(cli, CLI_QUERY, "PING", body, "PONG", 0, &pongs->query);
    if (result == 0)
        result = cli_ask(cli, CLI_OUTLET, "PING", body, "PONG", 0, &pongs->outlet);
    if (result == 0)
        result = beside_get(cli, CLI_NOTIFIER, body, &pongs->notifier);
    if (result == 0)
        result = beside_get(cli, CLI_GATEWAY, body, &pongs->gateway);
    return result;
}

static uint64_t lag_of(const struct pongs *pongs)
{
    uint64_t head = figure_of(pongs->intake, "head"), cursor = figure_of(pongs->query, "cursor");
    return cursor < head ? head - cursor : 0; /* asked one after the other: the cursor may be newer */
}

static void value_print(struct span pong, const char *key, const char *otherwise)
{
    struct wire_value value;
    struct span bytes;
    if (wire_find(pong, key, &value, &bytes) < 0 || json_print(stdout, bytes) < 0)
        fputs(otherwise, stdout);
}

static void figures_print(struct span pong, const char *const *keys, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        printf("%s\"%s\":%llu", i ? "," : "", keys[i], (unsigned long long)figure_of(pong, keys[i]));
}

/* What is more than a number, as it is. */
static void values_print(struct span pong, const char *const *keys, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        printf(",\"%s\":", keys[i]);
        value_print(pong, keys[i], "null");
    }
}

static void json_status_print(const struct pongs *pongs)
{
    static const char *const journal[] = {"head", "volumes", "bytes"};
    static const char *const intake[] = {"accepted",        "duplicates",         "refused",    "quarantined",
                                         "disk_free_bytes", "disk_reserve_bytes", "disk_short", "refused_handshakes"};
    static const char *const intake_values[] = {"refused_by", "quarantined_by", "put", "commit"};
    static const char *const worker_values[] = {"behind_ms", "state_bytes", "next_due", "open", "commit"};
    static const char *const notifier[] = {"targets", "people", "waiting",   "failing_targets",
                                           "sent",    "failed", "not_tried", "no_target"};
    static const char *const gateway[] = {"requests", "refused", "waiting"};
    fputs("{\"lineage\":", stdout);
    value_print(pongs->intake, "lineage", "null");
    fputs(",\"journal\":{", stdout);
    figures_print(pongs->intake, journal, 3);
    fputs("},\"intake\":{", stdout);
    figures_print(pongs->intake, intake, sizeof intake / sizeof intake[0]);
    values_print(pongs->intake, intake_values, sizeof intake_values / sizeof intake_values[0]);
    printf("},\"worker\":{\"cursor\":%llu,\"lag\":%llu,\"roles\":",
           (unsigned long long)figure_of(pongs->query, "cursor"), (unsigned long long)lag_of(pongs));
    value_print(pongs->query, "roles", "[]");
    values_print(pongs->query, worker_values, sizeof worker_values / sizeof worker_values[0]);
    printf("},\"outlet\":{\"cursor\":%llu,\"channels\":", (unsigned long long)figure_of(pongs->outlet, "cursor"));
    value_print(pongs->outlet, "channels", "{}");
    fputs("}", stdout);
    if (pongs->notifier.len > 0) {
        fputs(",\"notifier\":{", stdout);
        figures_print(pongs->notifier, notifier, sizeof notifier / sizeof notifier[0]);
        fputs("}", stdout);
    }
    if (pongs->gateway.len > 0) {
        fputs(",\"gateway\":{", stdout);
        figures_print(pongs->gateway, gateway, sizeof gateway / sizeof gateway[0]);
        fputs("}", stdout);
    }
    puts("}");
}

static void channels_print(struct span outlet)
{
    struct wire_value map, key, value;
    struct span channels;
    if (wire_find(outlet, "channels", &map, &channels) < 0 || map.kind != WIRE_MAP)
        return;
    struct wire_reader reader = wire_reader(channels);
    wire_read(&reader, &map);
    for (uint32_t i = 0; i < map.count && wire_read(&reader, &key) == 0 && wire_read(&reader, &value) == 0; i++) {
        char name[CELL_MAX];
        text_clean(key.bytes, name, sizeof name);
        printf("%s%s %llu", i ? ", " : "", name, value.kind == WIRE_UINT ? (unsigned long long)value.natural : 0ull);
    }
}

static double ms_of(struct span pong, const char *times, const char *quantile)
{
    struct wire_value value;
    struct span bytes;
    return wire_find(pong, times, &value, &bytes) == 0 ? (double)figure_of(bytes, quantile) / 1000.0 : 0;
}

static void people_status_print(const struct pongs *pongs)
{
    char lineage[CELL_MAX];
    cell_text(pongs->intake, "lineage", CELL_TEXT, lineage);
    printf("journal  %llu entries in %llu volumes, %.1f MiB, lineage %s\n",
           (unsigned long long)figure_of(pongs->intake, "head"),
           (unsigned long long)figure_of(pongs->intake, "volumes"),
           (double)figure_of(pongs->intake, "bytes") / (1024.0 * 1024.0), lineage);
    printf("intake   %llu accepted, %llu duplicates, %llu refused since its start; %llu in quarantine\n",
           (unsigned long long)figure_of(pongs->intake, "accepted"),
           (unsigned long long)figure_of(pongs->intake, "duplicates"),
           (unsigned long long)figure_of(pongs->intake, "refused"),
           (unsigned long long)figure_of(pongs->intake, "quarantined"));
    printf("         answered in %.1f ms, 99 of 100 in %.1f ms; %.1f GiB of disk are free\n",
           ms_of(pongs->intake, "put", "p50_us"), ms_of(pongs->intake, "put", "p99_us"),
           (double)figure_of(pongs->intake, "disk_free_bytes") / (1024.0 * 1024.0 * 1024.0));
    printf("worker   folded up to %llu, %llu behind\n", (unsigned long long)figure_of(pongs->query, "cursor"),
           (unsigned long long)lag_of(pongs));
    printf("outlet   read up to %llu; cards: ", (unsigned long long)figure_of(pongs->outlet, "cursor"));
    channels_print(pongs->outlet);
    putchar('\n');
    if (pongs->notifier.len > 0)
        printf("notifier %llu waiting, %llu of %llu targets failing; since its start %llu sent, %llu failed\n",
               (unsigned long long)figure_of(pongs->notifier, "waiting"),
               (unsigned long long)figure_of(pongs->notifier, "failing_targets"),
               (unsigned long long)figure_of(pongs->notifier, "targets"),
               (unsigned long long)figure_of(pongs->notifier, "sent"),
               (unsigned long long)figure_of(pongs->notifier, "failed"));
    if (pongs->gateway.len > 0)
        printf("gateway  %llu requests since its start, %llu refused; %llu wait for an answer\n",
               (unsigned long long)figure_of(pongs->gateway, "requests"),
               (unsigned long long)figure_of(pongs->gateway, "refused"),
               (unsigned long long)figure_of(pongs->gateway, "waiting"));
}

int command_status(struct cli *cli)
{
    struct pongs pongs = {.notifier = {0}};
    int result = pongs_get(cli, &pongs);
    if (result < 0)
        return result;
    if (cli->json)
        json_status_print(&pongs);
    else
        people_status_print(&pongs);
    return 0;
}

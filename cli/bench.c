/*
 * bench.c - `manyi bench`: real processes over TCP loopback, on the disk of the user's choice, with the machine beside
 * the figures.
 */
#include "cli/bench_keys.h"
#include "cli/bench_measure.h"
#include "cli/child.h"
#include "cli/commands.h"
#include "cli/machine.h"
#include "cli/rebuild.h"
#include "core/status.h"
#include "io/json.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define FIRST_PORT 27300u
#define BATCH 128u
#define IN_FLIGHT 900u

struct figures {
    struct throughput batches, single, in_flight, notice;
    double lag_seconds;
    struct rebuilt rebuilt;
};

/* How much is done: enough for a figure that comes back, little enough for the promised time. */
struct effort {
    uint64_t events;
    double batch_seconds, single_seconds;
    uint32_t complaints;
};

static const struct effort quick = {2000000, 5, 3, 300};
static const struct effort thorough = {8000000, 20, 10, 2000};

/* A new folder in --dir, or in /tmp: what is measured is the disk that it lies on. */
static int folder_make(struct cli *cli, char folder[CONFIG_TEXT_MAX])
{
    bool chosen = strcmp(cli->config.origin[0], "default") != 0;
    char message[CONFIG_MESSAGE_MAX];
    int len = snprintf(folder, CONFIG_TEXT_MAX, "%.180s/manyi-bench-XXXXXX", chosen ? cli->config.dir : "/tmp");
    if (len < 0 || !mkdtemp(folder)) {
        bool missing = errno == ENOENT || errno == ENOTDIR;
        bool closed = errno == EACCES || errno == EPERM || errno == EROFS;
        return cli_fail(cli,
                        missing  ? -E_NO_INPUT_FILE
                        : closed ? -E_NOT_PERMITTED
                                 : -E_IO,
                        "%s: %s", chosen ? cli->config.dir : "/tmp", strerror(errno));
    }
    return config_set(&cli->config, "dir", folder, "bench", message);
}

static int ports_choose(struct cli *cli)
{
    char text[16], message[CONFIG_MESSAGE_MAX];
    uint32_t port = ports_free(FIRST_PORT);
    for (uint32_t i = 0; i < CONFIG_KEYS; i++) {
        if (strcmp(config_key(i)->name, "base_port") == 0 && strcmp(cli->config.origin[i], "default") != 0)
            return 0;
    }
    snprintf(text, sizeof text, "%u", port);
    return port ? config_set(&cli->config, "base_port", text, "bench", message)
                : cli_fail(cli, -E_PORT_IN_USE, "all from %u on", FIRST_PORT);
}

/* Room for the journal and two states, besides what serve keeps free. */
static uint64_t events_that_fit(const struct cli *cli, uint64_t wanted)
{
    struct statvfs disk;
    if (statvfs(cli->config.dir, &disk) != 0)
        return wanted;
    uint64_t room = (uint64_t)disk.f_bavail * disk.f_frsize;
    uint64_t usable = room > 2 * cli->config.disk_reserve_bytes ? room - 2 * cli->config.disk_reserve_bytes : 0;
    uint64_t fit = usable / (4 * BENCH_EVENT_BYTES);
    return fit < wanted ? fit : wanted;
}

static int measure(struct bench *bench, const struct effort *effort, struct figures *figures)
{
    uint64_t events = events_that_fit(bench->cli, effort->events);
    if (events < 100000)
        return cli_fail(bench->cli, -E_DISK_NEARLY_FULL, "%s", bench->cli->config.dir);
    int result = measure_publishing(bench, BATCH, false, events, effort->batch_seconds, &figures->batches);
    if (result == 0)
        result = measure_lag(bench, 60, &figures->lag_seconds);
    if (result == 0)
        result = measure_publishing(bench, 1, true, events, effort->single_seconds, &figures->single);
    if (result == 0)
        result = measure_requests(bench, IN_FLIGHT, events, effort->single_seconds, &figures->in_flight);
    double seconds;
    if (result == 0)
        result = measure_lag(bench, 60, &seconds);
    if (result == 0)
        result = measure_notice(bench, effort->complaints, &figures->notice);
    return result;
}

static double rate_of(const struct throughput *throughput)
{
    return throughput->seconds > 0 ? (double)throughput->events / throughput->seconds : 0;
}

static void figures_print(const struct figures *figures, const struct machine *machine)
{
    printf("machine      %s, %u cores, %s, %s\n", machine->cpu, machine->cores, machine->kernel, machine->filesystem);
    printf("batches      %.0f durable events/s (%llu events of %u bytes, %u a PUT, %.1f s)\n",
           rate_of(&figures->batches), (unsigned long long)figures->batches.events, BENCH_EVENT_BYTES, BATCH,
           figures->batches.seconds);
    printf("             folded %.1f s after the last was on disk\n", figures->lag_seconds);
    printf("singly       %.0f durable events/s one at a time: p50 %.2f ms, p99 %.2f ms\n", rate_of(&figures->single),
           figures->single.p50_ms, figures->single.p99_ms);
    printf("in flight    %.0f durable events/s in PUTs of one, %u unanswered: p50 %.2f ms, p99 %.2f ms\n",
           rate_of(&figures->in_flight), IN_FLIGHT, figures->in_flight.p50_ms, figures->in_flight.p99_ms);
    printf("complaint    at a subscriber after p50 %.2f ms, p99 %.2f ms (%llu complaints)\n", figures->notice.p50_ms,
           figures->notice.p99_ms, (unsigned long long)figures->notice.events);
    printf("rebuild      %.0f events/s (%llu events, %.2f s)\n",
           figures->rebuilt.seconds > 0 ? (double)figures->rebuilt.events / figures->rebuilt.seconds : 0,
           (unsigned long long)figures->rebuilt.events, figures->rebuilt.seconds);
}

static void throughput_print_json(const char *name, const struct throughput *throughput, bool latency)
{
    printf("\"%s\":{\"events\":%llu,\"seconds\":%.3f,\"events_per_second\":%.0f", name,
           (unsigned long long)throughput->events, throughput->seconds, rate_of(throughput));
    if (latency)
        printf(",\"p50_ms\":%.3f,\"p99_ms\":%.3f", throughput->p50_ms, throughput->p99_ms);
    fputs("},", stdout);
}

static void figures_print_json(const struct figures *figures, const struct machine *machine)
{
    fputs("{\"machine\":{\"cpu\":", stdout);
    json_print_text(stdout, span_of(machine->cpu));
    printf(",\"cores\":%u,\"kernel\":", machine->cores);
    json_print_text(stdout, span_of(machine->kernel));
    fputs(",\"filesystem\":", stdout);
    json_print_text(stdout, span_of(machine->filesystem));
    printf("},\"event_bytes\":%u,", BENCH_EVENT_BYTES);
    throughput_print_json("batches", &figures->batches, false);
    throughput_print_json("singly", &figures->single, true);
    throughput_print_json("in_flight", &figures->in_flight, true);
    printf("\"complaint_to_subscriber\":{\"complaints\":%llu,\"p50_ms\":%.3f,\"p99_ms\":%.3f},",
           (unsigned long long)figures->notice.events, figures->notice.p50_ms, figures->notice.p99_ms);
    printf("\"fold_lag_seconds\":%.3f,\"rebuild\":{\"events\":%llu,\"seconds\":%.3f,\"events_per_second\":%.0f}}\n",
           figures->lag_seconds, (unsigned long long)figures->rebuilt.events, figures->rebuilt.seconds,
           figures->rebuilt.seconds > 0 ? (double)figures->rebuilt.events / figures->rebuilt.seconds : 0);
}

static int bench_run(struct cli *cli, const struct effort *effort, struct figures *figures)
{
    char out[CONFIG_TEXT_MAX + 16];
    struct bench bench = {.cli = cli, .next_id = 1, .sample = calloc(BENCH_SAMPLES_MAX, sizeof(double))};
    if (!bench.sample)
        return -E_NO_MEMORY;
    pid_t server;
    int result = child_start(cli, &server);
    if (result == 0) {
        result = measure(&bench, effort, figures);
        cli_hang_up(cli);
        char said[CLI_MESSAGE_MAX];
        memcpy(said, cli->message, sizeof said);
        int ended = child_end(cli, server);
        if (result < 0)
            memcpy(cli->message, said, sizeof said);
        else
            result = ended;
    }
    free(bench.sample);
    snprintf(out, sizeof out, "%s/rebuilt", cli->config.dir);
    return result == 0 ? rebuild_into(cli, cli->config.dir, out, &figures->rebuilt) : result;
}

int command_bench(struct cli *cli)
{
    char folder[CONFIG_TEXT_MAX];
    struct figures figures = {.lag_seconds = 0};
    struct machine machine;
    int result = folder_make(cli, folder);
    if (result < 0)
        return result;
    machine_look(folder, &machine);
    result = ports_choose(cli);
    if (result == 0 && option_given(&cli->arguments, "keys"))
        result = bench_keys(cli);
    if (result == 0)
        result = bench_run(cli, option_given(&cli->arguments, "quick") ? &quick : &thorough, &figures);
    if (result == 0 && cli->json)
        figures_print_json(&figures, &machine);
    else if (result == 0)
        figures_print(&figures, &machine);
    tree_remove(folder);
    return result;
}

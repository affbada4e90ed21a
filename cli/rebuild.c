/*
 * rebuild.c - `manyi rebuild`: a feed and a worker over a journal that is only read.
 */
#include "cli/rebuild.h"

#include "cli/commands.h"
#include "cli/house.h"
#include "cli/roles.h"
#include "cli/silence.h"
#include "cli/verify.h"
#include "core/status.h"
#include "io/disk.h"
#include "io/memory.h"
#include "schemas/codec.h"
#include "workers/state.h"

#include <fts.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 20
#define ANSWER_S 1.0 /* a question or its answer may be lost */

int tree_remove(const char *path)
{
    char copy[ENDPOINT_MAX + 64];
    char *const paths[] = {copy, NULL};
    snprintf(copy, sizeof copy, "%s", path);
    if (access(path, F_OK) != 0)
        return 0;
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (!tree)
        return -E_IO;
    int result = 0;
    for (FTSENT *entry; (entry = fts_read(tree)) != NULL;) {
        if (entry->fts_info != FTS_D && remove(entry->fts_accpath) != 0) /* a folder comes again after what is in it */
            result = -E_IO;
    }
    fts_close(tree);
    return result;
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Everything that a refold needs, undone by fold_leave however far it came. */
struct refold {
    struct setup setup;
    struct journal *journal;
    struct silence silence;
    struct roles roles;
    struct port *asker; /* to the worker's query port: how far is it? */
    struct parcel answer;
    bool roles_open;
    bool asked;
    double asked_s;
};

static int refold_enter(struct cli *cli, const char *dir, const char *out, struct refold *refold)
{
    *refold = (struct refold){.setup = {.identity_window = IDENTITY_WINDOW_DEFAULT}};
    struct setup *setup = &refold->setup;
    snprintf(setup->dir, sizeof setup->dir, "%s", out);
    snprintf(setup->feed_endpoint, sizeof setup->feed_endpoint, "inproc://refold-feed-public");
    snprintf(setup->query_endpoint, sizeof setup->query_endpoint, "inproc://refold-query");
    snprintf(setup->intake_inner_endpoint, sizeof setup->intake_inner_endpoint, "inproc://refold-intake");
    snprintf(setup->feed_inner_endpoint, sizeof setup->feed_inner_endpoint, "inproc://refold-feed");
    const struct clock_options real_time = {.rate = 0};
    const struct journal_options journal = {.dir = dir, .volume_bytes = cli->config.volume_bytes, .read_only = true};
    int result = journal_open(&journal, &refold->journal);
    if (result < 0)
        return cli_fail(cli, result, "%s", dir);
    result = clock_open(&real_time, &setup->clock);
    if (result == 0)
        result = bus_open(&setup->bus);
    if (result == 0)
        result = silence_open(setup, refold->journal, &refold->silence);
    char message[ROLES_MESSAGE_MAX] = "";
    if (result == 0)
        result =
            roles_open(setup, refold->journal, ROLE_BIT(ROLE_FEED) | ROLE_BIT(ROLE_WORKER), &refold->roles, message);
    refold->roles_open = result == 0;
    memory_keep(2 * FETCH_BYTES_MAX); /* a batch after the other: the fold waits for no fresh pages */
    const struct port_options asker = {.kind = PORT_DEALER, .endpoint = setup->query_endpoint};
    if (result == 0)
        result = port_open(setup->bus, &asker, &refold->asker);
    if (result == 0)
        result = roles_start(&refold->roles);
    return result < 0 ? cli_fail(cli, result, "%s", message) : 0;
}

static void refold_leave(struct refold *refold)
{
    if (refold->roles_open) {
        roles_stop(&refold->roles);
        roles_close(&refold->roles);
    }
    parcel_release(&refold->answer);
    port_close(refold->asker);
    silence_close(&refold->silence);
    bus_close(refold->setup.bus);
    clock_close(refold->setup.clock);
    journal_close(refold->journal);
}

/* How far the worker is, asked every LOOK_MS: it folds on the core where it would answer more often. */
static void cursor_ask(struct refold *refold, uint64_t *cursor)
{
    static const uint8_t nothing[] = {0x80};
    while (port_receive(refold->asker, &refold->answer) == 0) {
        struct wire_value value;
        struct span bytes;
        refold->asked = false;
        if (refold->answer.count == 3 && wire_find(refold->answer.frame[2], "cursor", &value, &bytes) == 0 &&
            value.kind == WIRE_UINT)
            *cursor = value.natural;
    }
    const struct span frames[] = {{NULL, 0}, span_of("PING"), span_make(nothing, sizeof nothing)};
    double now_s = seconds_now();
    if (now_s - refold->asked_s < (refold->asked ? ANSWER_S : LOOK_MS / 1e3))
        return;
    refold->asked = port_send(refold->asker, frames, 3) == 0;
    refold->asked_s = now_s;
}

static int refold_run(struct cli *cli, struct refold *refold, struct rebuilt *rebuilt)
{
    struct port *ports[] = {refold->silence.port, refold->asker};
    double begin = seconds_now();
    bool terminal = isatty(STDERR_FILENO) && !cli->quiet && !cli->json;
    double shown = begin;
    rebuilt->head = journal_head(refold->journal);
    while (rebuilt->cursor < rebuilt->head && !refold->silence.spoken_to) {
        bus_wait(refold->setup.bus, ports, 2, NULL, 0, LOOK_MS);
        silence_turn(&refold->silence);
        cursor_ask(refold, &rebuilt->cursor);
        if (terminal && seconds_now() - shown > 0.5) {
            shown = seconds_now();
            fprintf(stderr, "\r\033[Kentry %llu of %llu", (unsigned long long)rebuilt->cursor,
                    (unsigned long long)rebuilt->head);
        }
        int failure;
        enum role failed = roles_failed(&refold->roles, &failure);
        if (failed != ROLES)
            return cli_fail(cli, failure, "%s has ended at entry %llu", role_name(failed),
                            (unsigned long long)rebuilt->cursor);
    }
    rebuilt->seconds = seconds_now() - begin;
    if (shown != begin)
        fputs("\r\033[K", stderr);
    rebuilt->unspoken = rebuilt->cursor < rebuilt->head;
    return 0;
}

/* What was folded: the state counts what it has entered. */
static int events_count(const char *out, uint64_t *ret_events)
{
    struct state_head head;
    int result = state_head_look(out, &head);
    if (result == 0)
        *ret_events = head.counters.entries - (head.position.entered ? 1 : 0);
    return result;
}

int rebuild_into(struct cli *cli, const char *dir, const char *out, struct rebuilt *ret_rebuilt)
{
    char state[CONFIG_TEXT_MAX + 64];
    snprintf(state, sizeof state, "%s/state", out);
    if (access(state, F_OK) == 0)
        return cli_fail(cli, -E_USAGE, "%s is there already; name another --out", state);
    int result = disk_make_directory(out);
    if (result < 0)
        return cli_fail(cli, result, "%s", out);
    struct rebuilt rebuilt = {.cursor = 0};
    struct refold *refold = calloc(1, sizeof *refold);
    if (!refold)
        return -E_NO_MEMORY;
    result = refold_enter(cli, dir, out, refold);
    if (result == 0)
        result = refold_run(cli, refold, &rebuilt);
    refold_leave(refold);
    free(refold);
    if (result == 0)
        result = events_count(out, &rebuilt.events);
    if (result == 0)
        *ret_rebuilt = rebuilt;
    else
        tree_remove(state); /* half a state is none */
    return result;
}

/* The new state takes the old one's place; a crash in between leaves no state, which serve makes anew. */
static int state_replace(struct cli *cli, const char *dir, const char *made)
{
    char state[CONFIG_TEXT_MAX + 64], fresh[CONFIG_TEXT_MAX + 64];
    snprintf(state, sizeof state, "%s/state", dir);
    snprintf(fresh, sizeof fresh, "%s/state", made);
    int result = tree_remove(state);
    if (result == 0 && rename(fresh, state) != 0)
        result = -E_IO;
    if (result == 0)
        result = tree_remove(made);
    return result < 0 ? cli_fail(cli, result, "%s", state) : 0;
}

int rebuild_under_lock(struct cli *cli, struct rebuilt *ret_rebuilt)
{
    char made[CONFIG_TEXT_MAX + 32];
    snprintf(made, sizeof made, "%s/rebuild", cli->config.dir);
    int result = tree_remove(made); /* of a rebuild that was broken off */
    if (result == 0)
        result = rebuild_into(cli, cli->config.dir, made, ret_rebuilt);
    if (result == 0)
        result = state_replace(cli, cli->config.dir, made);
    else
        tree_remove(made);
    return result;
}

int rebuild_in_place(struct cli *cli, struct rebuilt *rebuilt)
{
    int lock_fd;
    if (access(cli->config.dir, F_OK) != 0)
        return cli_fail(cli, -E_NO_JOURNAL, "%s", cli->config.dir);
    int result = house_lock(cli, "worker.lock", &lock_fd);
    if (result < 0)
        return result;
    result = rebuild_under_lock(cli, rebuilt);
    close(lock_fd);
    return result;
}

static void rebuilt_print(const struct cli *cli, const struct rebuilt *rebuilt, const char *digest)
{
    double rate = rebuilt->seconds > 0 ? (double)rebuilt->events / rebuilt->seconds : 0;
    if (cli->json) {
        printf("{\"events\":%llu,\"cursor\":%llu,\"head\":%llu,\"seconds\":%.3f,\"events_per_second\":%.0f,"
               "\"state_digest\":\"%s\"}\n",
               (unsigned long long)rebuilt->events, (unsigned long long)rebuilt->cursor,
               (unsigned long long)rebuilt->head, rebuilt->seconds, rate, digest);
        return;
    }
    printf("%llu events folded in %.2f s, %.0f events/s; state as of entry %llu of %llu, in order, digest %s\n",
           (unsigned long long)rebuilt->events, rebuilt->seconds, rate, (unsigned long long)rebuilt->cursor,
           (unsigned long long)rebuilt->head, digest);
    if (rebuilt->unspoken && !cli->quiet)
        fputs("the server will go on from there: what those entries cause is not in the journal yet\n", stderr);
}

int command_rebuild(struct cli *cli)
{
    const char *out = option_text(&cli->arguments, "out");
    struct rebuilt rebuilt;
    char digest[33];
    int result = out ? rebuild_into(cli, cli->config.dir, out, &rebuilt) : rebuild_in_place(cli, &rebuilt);
    if (result < 0)
        return result;
    struct verified *verified = calloc(1, sizeof *verified);
    result = verified ? state_look(cli, out ? out : cli->config.dir, verified, digest) : -E_NO_MEMORY;
    free(verified);
    if (result == 0)
        rebuilt_print(cli, &rebuilt, digest);
    return result;
}

/* policy_replay.c - the journal's outside events folded under two rulebooks, both at once; what differs then. */
#include "cli/policy_replay.h"

#include "cli/fields.h"
#include "cli/policy_replay_side.h"
#include "cli/policy_replay_tell.h"
#include "cli/rebuild.h"
#include "cli/scratch.h"
#include "core/rfc3339.h"
#include "core/status.h"
#include "io/disk.h"
#include "io/journal.h"
#include "workers/fold.h"
#include "workers/rehearsal.h"

#include <stdlib.h>
#include <time.h>

struct replay {
    struct cli *cli;
    struct journal *journal;
    char dir[1024];
    char side_dir[SIDES][1040];
    struct replay_side side[SIDES];
    struct span adoption; /* the event by which the other rulebook is adopted */
    uint8_t *adoption_bytes;
    int64_t from_ms, to_ms;
    double seconds;
};

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- the other rulebook's adoption ---- */

static int adoption_make(struct replay *replay, const struct policy *policy, struct span document)
{
    struct adopted adopted = {.has = 0};
    struct wire_writer writer;
    replay->adoption_bytes = malloc(SYSTEM_EVENT_MAX);
    if (!replay->adoption_bytes)
        return -E_NO_MEMORY;
    SET(&adopted, adopted, by, span_of("policy-diff"));
    SET(&adopted, adopted, content, document);
    SET(&adopted, adopted, hash, span_of(policy->hash));
    wire_writer_init(&writer, replay->adoption_bytes, SYSTEM_EVENT_MAX);
    event_encode(&(struct event_draft){.id = span_of("policy-diff"),
                                       .source = span_of("/manyi/cli"),
                                       .type = EVENT_policy_adopted,
                                       .data = &adopted},
                 &writer);
    replay->adoption = wire_written(&writer);
    return writer.full ? -E_TOO_LARGE : 0;
}

/* ---- folding ---- */

static int side_fail(const struct replay *replay, const struct replay_side *side)
{
    const char *damaged = side->read->message;
    return cli_fail(replay->cli, side->result, "%s", damaged[0] ? damaged : side->options.dir);
}

/* Both to their ends, that no thread stays behind, whatever becomes of the other. */
static int journal_fold(struct replay *replay)
{
    double begin = seconds_now();
    int started = 0;
    int result = 0;
    while (started < SIDES && result == 0) {
        result = replay_side_start(&replay->side[started]);
        started += result == 0;
    }
    for (int side = TODAY; side < started; side++) {
        if (replay_side_join(&replay->side[side]) < 0 && result == 0)
            result = side_fail(replay, &replay->side[side]);
    }
    replay->seconds = seconds_now() - begin;
    return result;
}

/* ---- comparing ---- */

static int compare(struct replay *replay)
{
    struct side sides[SIDES];
    struct telling *telling;
    memset(sides, 0, sizeof sides);
    int result = telling_open(replay->cli, &rehearsal_fold(replay->side[TODAY].rehearsal)->policy, &telling);
    for (int side = TODAY; side < SIDES && result == 0; side++) {
        struct fold *fold = rehearsal_fold(replay->side[side].rehearsal);
        sides[side].policy = &fold->policy;
        result = store_begin(fold->store, false, &sides[side].txn);
    }
    if (result == 0) {
        telling_begin(telling, &(struct told_run){
                                   .policy = {sides[TODAY].policy, sides[OTHER].policy},
                                   .since = replay->side[OTHER].since,
                                   .since_ms = replay->side[OTHER].since_ms,
                                   .entries = replay->side[TODAY].entries,
                                   .seconds = replay->seconds,
                               });
        const struct comparison comparison = {.differ = telling_differ, .context = telling};
        result = compare_cases(sides, &comparison);
        if (result == 0)
            result = compare_scores(sides, &comparison);
        telling_end(telling);
    }
    for (int side = TODAY; side < SIDES; side++)
        store_abort(sides[side].txn);
    telling_close(telling);
    return result;
}

/* ---- the whole ---- */

static int times_read(struct cli *cli, struct replay *replay)
{
    const struct {
        const char *name;
        int64_t *ms;
    } times[] = {{"from", &replay->from_ms}, {"to", &replay->to_ms}};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        const char *text = option_text(&cli->arguments, times[i].name);
        if (text && time_from_text(text, (int64_t)time(NULL) * 1000, times[i].ms) < 0)
            return cli_fail(cli, -E_USAGE, "--%s %.40s is no time; use 2026-11-01 or 2026-11-01T00:00:00+08:00",
                            times[i].name, text);
    }
    return 0;
}

static int journal_enter(struct replay *replay)
{
    const struct journal_options options = {
        .dir = replay->cli->config.dir, .volume_bytes = replay->cli->config.volume_bytes, .read_only = true};
    int result = journal_open(&options, &replay->journal);
    return result < 0 ? cli_fail(replay->cli, result, "%s", replay->cli->config.dir) : 0;
}

static int sides_open(struct replay *replay)
{
    static const char *const names[SIDES] = {"today", "other"};
    uint64_t head = journal_head(replay->journal);
    int result = scratch_folder(replay->cli, replay->dir, sizeof replay->dir);
    for (int side = TODAY; side < SIDES && result == 0; side++) {
        char *dir = replay->side_dir[side];
        snprintf(dir, sizeof replay->side_dir[side], "%s/%s", replay->dir, names[side]);
        const struct replay_side_options options = {
            .journal = replay->journal,
            .head = head,
            .dir = dir,
            .from_ms = replay->from_ms,
            .to_ms = replay->to_ms,
            .adoption = side == OTHER ? replay->adoption : (struct span){0},
        };
        result = disk_make_directory(dir);
        if (result == 0)
            result = replay_side_open(&options, &replay->side[side]);
        if (result < 0)
            cli_fail(replay->cli, result, "%s", dir);
    }
    return result;
}

static void replay_close(struct replay *replay)
{
    for (int side = TODAY; side < SIDES; side++)
        replay_side_close(&replay->side[side]);
    if (replay->dir[0])
        tree_remove(replay->dir);
    journal_close(replay->journal);
    free(replay->adoption_bytes);
    free(replay);
}

int policy_replay(struct cli *cli, const struct policy *policy, struct span document)
{
    struct replay *replay = calloc(1, sizeof *replay);
    if (!replay)
        return -E_NO_MEMORY;
    replay->cli = cli;
    replay->from_ms = INT64_MIN;
    replay->to_ms = INT64_MAX;
    int result = times_read(cli, replay);
    if (result == 0)
        result = adoption_make(replay, policy, document);
    if (result == 0)
        result = journal_enter(replay);
    if (result == 0)
        result = sides_open(replay);
    if (result == 0)
        result = journal_fold(replay);
    if (result == 0 && replay->side[OTHER].since == 0)
        result = cli_fail(cli, -E_USAGE, "%s has no entry from then on under which another rulebook could be in force",
                          cli->config.dir);
    if (result == 0)
        result = compare(replay);
    replay_close(replay);
    return result;
}

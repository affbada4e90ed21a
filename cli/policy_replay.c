/* policy_replay.c - the journal's outside events, entry after entry into two folds; what differs then. */
#include "cli/policy_replay.h"

#include "cli/fields.h"
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

#define ENTRY_BYTES (SYSTEM_EVENT_MAX + RECORD_MAX)

struct replay {
    struct cli *cli;
    struct journal *journal;
    struct journal_reader *reader; /* of the records, in order */
    struct journal_reader *finder; /* of what a correction is about */
    struct journal_read *read;
    uint8_t *found;
    char dir[1024];
    struct rehearsal *rehearsal[SIDES];
    struct span adoption; /* the event by which the other rulebook is adopted */
    uint8_t *adoption_bytes;
    int64_t from_ms, to_ms;
    uint64_t last_seq; /* of the outside entry before */
    uint64_t since;    /* entry from which the other rulebook is in force; 0: not yet */
    int64_t since_ms;
    uint64_t entries;
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

static bool is_adoption(const struct entry *entry)
{
    struct wire_value value;
    struct span bytes;
    return wire_find(entry->event, "type", &value, &bytes) == 0 && value.kind == WIRE_STR &&
           event_type_of(value.bytes) == EVENT_policy_adopted;
}

static void since(struct replay *replay, uint64_t seq, int64_t at_ms)
{
    if (replay->since)
        return;
    replay->since = seq;
    replay->since_ms = at_ms;
}

/* From --from on without an adoption to take the place of: one is put before this entry, where the numbers of consequences leave
 * room for it. After a burst of events that has none it comes with the first that has. */
static int adoption_insert(struct replay *replay, const struct entry *entry)
{
    bool room = entry->seq > replay->last_seq + 1;
    if (replay->since || entry->at_ms < replay->from_ms || replay->last_seq == 0 || !room)
        return 0;
    const struct entry adoption = {.seq = entry->seq - 1, .at_ms = entry->at_ms, .event = replay->adoption};
    since(replay, adoption.seq, adoption.at_ms);
    return rehearsal_entry(replay->rehearsal[OTHER], &adoption);
}

/* ---- folding ---- */

static int find(void *context, uint64_t seq, struct entry *ret_entry)
{
    struct replay *replay = context;
    return journal_entry(replay->finder, seq, replay->found, ENTRY_BYTES, ret_entry);
}

static int entry_fold(struct replay *replay, const struct entry *entry)
{
    struct entry other = *entry;
    bool adopts = is_adoption(entry) && entry->at_ms >= replay->from_ms;
    int result = adopts ? 0 : adoption_insert(replay, entry);
    if (adopts) {
        other.event = replay->adoption;
        since(replay, entry->seq, entry->at_ms);
    }
    if (result == 0)
        result = rehearsal_entry(replay->rehearsal[TODAY], entry);
    if (result == 0)
        result = rehearsal_entry(replay->rehearsal[OTHER], &other);
    replay->last_seq = entry->seq;
    replay->entries++;
    return result;
}

static int record_fold(struct replay *replay, struct span bytes, bool *ret_end)
{
    struct record record;
    struct record_cursor cursor = {0};
    struct entry entry;
    int result = record_open(bytes, &record);
    *ret_end = result == 0 && record.at_ms >= replay->to_ms;
    if (*ret_end)
        return 0;
    while (result == 0 && record_next(&record, &cursor, &entry) == 0)
        result = entry_fold(replay, &entry);
    return result;
}

static int journal_fold(struct replay *replay)
{
    struct journal_read *read = replay->read;
    uint64_t head = journal_head(replay->journal);
    double begin = seconds_now();
    bool end = false;
    int result = 0;
    while (result == 0 && !end && read->after < head) {
        result = journal_read(replay->reader, read);
        if (result < 0 && read->message[0])
            return cli_fail(replay->cli, result, "%s", read->message);
        for (uint32_t i = 0; i < read->count && result == 0 && !end; i++)
            result = record_fold(replay, read->records[i], &end);
        if (result == 0 && read->upto <= read->after)
            break;
        read->after = read->upto;
    }
    for (int side = TODAY; side < SIDES && result == 0; side++)
        result = rehearsal_settle(replay->rehearsal[side]);
    replay->seconds = seconds_now() - begin;
    return result;
}

/* ---- comparing ---- */

static int compare(struct replay *replay)
{
    struct side sides[SIDES];
    struct telling *telling;
    memset(sides, 0, sizeof sides);
    int result = telling_open(replay->cli, &rehearsal_fold(replay->rehearsal[TODAY])->policy, &telling);
    for (int side = TODAY; side < SIDES && result == 0; side++) {
        struct fold *fold = rehearsal_fold(replay->rehearsal[side]);
        sides[side].policy = &fold->policy;
        result = store_begin(fold->store, false, &sides[side].txn);
    }
    if (result == 0) {
        telling_begin(telling, &(struct told_run){
                                   .policy = {sides[TODAY].policy, sides[OTHER].policy},
                                   .since = replay->since,
                                   .since_ms = replay->since_ms,
                                   .entries = replay->entries,
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
    if (result == 0)
        result = journal_reader_open(replay->journal, &replay->reader);
    if (result == 0)
        result = journal_reader_open(replay->journal, &replay->finder);
    if (result < 0)
        return cli_fail(replay->cli, result, "%s", replay->cli->config.dir);
    replay->found = malloc(ENTRY_BYTES);
    replay->read = calloc(1, sizeof *replay->read);
    if (!replay->found || !replay->read)
        return -E_NO_MEMORY;
    replay->read->capacity = FETCH_BYTES_MAX;
    replay->read->class_mask = 1u << RECORD_OUTSIDE;
    replay->read->buffer = malloc(replay->read->capacity);
    return replay->read->buffer ? 0 : -E_NO_MEMORY;
}

static int rehearsals_open(struct replay *replay)
{
    static const char *const names[SIDES] = {"today", "other"};
    int result = scratch_folder(replay->cli, replay->dir, sizeof replay->dir);
    for (int side = TODAY; side < SIDES && result == 0; side++) {
        char dir[sizeof replay->dir + 16];
        snprintf(dir, sizeof dir, "%s/%s", replay->dir, names[side]);
        const struct rehearsal_options options = {.dir = dir, .find = find, .context = replay};
        result = disk_make_directory(dir);
        if (result == 0)
            result = rehearsal_open(&options, &replay->rehearsal[side]);
        if (result < 0)
            cli_fail(replay->cli, result, "%s", dir);
    }
    return result;
}

static void replay_close(struct replay *replay)
{
    for (int side = TODAY; side < SIDES; side++)
        rehearsal_close(replay->rehearsal[side]);
    if (replay->dir[0])
        tree_remove(replay->dir);
    journal_reader_close(replay->reader);
    journal_reader_close(replay->finder);
    journal_close(replay->journal);
    if (replay->read)
        free(replay->read->buffer);
    free(replay->read);
    free(replay->found);
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
        result = rehearsals_open(replay);
    if (result == 0)
        result = journal_fold(replay);
    if (result == 0 && replay->since == 0)
        result = cli_fail(cli, -E_USAGE, "%s has no entry from then on under which another rulebook could be in force",
                          cli->config.dir);
    if (result == 0)
        result = compare(replay);
    replay_close(replay);
    return result;
}

/* policy_replay_side.c - record after record, entry after entry into one fold. */
#include "cli/policy_replay_side.h"

#include "core/status.h"
#include "io/journal.h"
#include "workers/fold.h"
#include "workers/rehearsal.h"

#include <stdlib.h>

#define ENTRY_BYTES (SYSTEM_EVENT_MAX + RECORD_MAX)

static int find(void *context, uint64_t seq, struct entry *ret_entry)
{
    struct replay_side *side = context;
    return journal_entry(side->finder, seq, side->found, ENTRY_BYTES, ret_entry);
}

int replay_side_open(const struct replay_side_options *options, struct replay_side *side)
{
    side->options = *options;
    side->found = malloc(ENTRY_BYTES);
    side->read = calloc(1, sizeof *side->read);
    if (!side->found || !side->read)
        return -E_NO_MEMORY;
    side->read->capacity = FETCH_BYTES_MAX;
    side->read->class_mask = 1u << RECORD_OUTSIDE;
    side->read->buffer = malloc(side->read->capacity);
    int result = side->read->buffer ? 0 : -E_NO_MEMORY;
    if (result == 0)
        result = journal_reader_open(options->journal, &side->reader);
    if (result == 0)
        result = journal_reader_open(options->journal, &side->finder);
    return result;
}

void replay_side_close(struct replay_side *side)
{
    rehearsal_close(side->rehearsal);
    journal_reader_close(side->reader);
    journal_reader_close(side->finder);
    if (side->read)
        free(side->read->buffer);
    free(side->read);
    free(side->found);
}

/* ---- the other rulebook's adoption ---- */

static bool is_adoption(const struct entry *entry)
{
    struct wire_value value;
    struct span bytes;
    return wire_find(entry->event, "type", &value, &bytes) == 0 && value.kind == WIRE_STR &&
           event_type_of(value.bytes) == EVENT_policy_adopted;
}

static void since(struct replay_side *side, uint64_t seq, int64_t at_ms)
{
    if (side->since)
        return;
    side->since = seq;
    side->since_ms = at_ms;
}

/* From from_ms on without an adoption to take the place of: one is put before this entry, where the numbers of consequences leave
 * room for it. After a burst of events that has none it comes with the first that has. */
static int adoption_insert(struct replay_side *side, const struct entry *entry)
{
    bool room = entry->seq > side->last_seq + 1;
    if (side->since || entry->at_ms < side->options.from_ms || side->last_seq == 0 || !room)
        return 0;
    const struct entry adoption = {.seq = entry->seq - 1, .at_ms = entry->at_ms, .event = side->options.adoption};
    since(side, adoption.seq, adoption.at_ms);
    return rehearsal_entry(side->rehearsal, &adoption);
}

/* ---- folding ---- */

static int entry_fold(struct replay_side *side, struct entry *entry)
{
    int result = 0;
    if (side->options.adoption.len && entry->at_ms >= side->options.from_ms && is_adoption(entry)) {
        entry->event = side->options.adoption;
        since(side, entry->seq, entry->at_ms);
    } else if (side->options.adoption.len) {
        result = adoption_insert(side, entry);
    }
    if (result == 0)
        result = rehearsal_entry(side->rehearsal, entry);
    side->last_seq = entry->seq;
    side->entries++;
    return result;
}

static int record_fold(struct replay_side *side, struct span bytes, bool *ret_end)
{
    struct record record;
    struct record_cursor cursor = {0};
    struct entry entry;
    int result = record_open(bytes, &record);
    *ret_end = result == 0 && (record.at_ms >= side->options.to_ms || record.first > side->options.head);
    if (*ret_end)
        return 0;
    while (result == 0 && record_next(&record, &cursor, &entry) == 0)
        result = entry_fold(side, &entry);
    return result;
}

static int journal_fold(struct replay_side *side)
{
    struct journal_read *read = side->read;
    bool end = false;
    int result = 0;
    while (result == 0 && !end && read->after < side->options.head) {
        result = journal_read(side->reader, read);
        for (uint32_t i = 0; result == 0 && i < read->count && !end; i++)
            result = record_fold(side, read->records[i], &end);
        if (result == 0 && read->upto <= read->after)
            break;
        read->after = read->upto;
    }
    return result == 0 ? rehearsal_settle(side->rehearsal) : result;
}

/* A state's transaction belongs to the thread that begins it: opened, folded and settled here. What is not settled is closed here,
 * too. */
static void *run(void *context)
{
    struct replay_side *side = context;
    const struct rehearsal_options rehearsal = {.dir = side->options.dir, .find = find, .context = side};
    side->result = rehearsal_open(&rehearsal, &side->rehearsal);
    if (side->result == 0)
        side->result = journal_fold(side);
    if (side->result < 0) {
        rehearsal_close(side->rehearsal);
        side->rehearsal = NULL;
    }
    return NULL;
}

int replay_side_start(struct replay_side *side)
{
    return pthread_create(&side->thread, NULL, run, side) == 0 ? 0 : -E_NO_MEMORY;
}

int replay_side_join(struct replay_side *side)
{
    pthread_join(side->thread, NULL);
    return side->result;
}

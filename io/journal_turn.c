/*
 * journal_turn.c - the writer's turns: begin, add, commit; one is filled while the one before goes to the disk.
 *
 *   stage     arena | record | record | session row | ... the record that is being filled
 *   commit    the stage becomes the one that is leaving and is written beside the next turn: one transaction
 *
 * Entries gather in one record at a time, which ends when the next entry does not fit or is of the other class.
 * The quarantine reads what it writes: a turn that needs it waits for the one before and has its transaction at once.
 */
#include "core/bytes.h"
#include "core/ensure.h"
#include "core/status.h"
#include "io/journal_volume.h"

#include <stdlib.h>

int turn_open(struct journal *journal)
{
    bool complete = true;
    for (uint32_t i = 0; i < 2; i++) {
        struct stage *stage = &journal->stages[i];
        stage->arena = malloc(STAGE_BYTES); /* used from the front on: what no turn needs the system never hands out */
        stage->rows = calloc(STAGED_ROWS_MAX, sizeof *stage->rows);
        complete = complete && stage->arena && stage->rows;
    }
    journal->stage = &journal->stages[0];
    journal->scratch = malloc(SCRATCH_BYTES);
    if (!complete || !journal->scratch)
        return -E_NO_MEMORY;
    return aside_open(&journal->aside);
}

void turn_close(struct journal *journal)
{
    journal_abort(journal);
    if (journal->leaving && journal->beside)
        aside_wait(journal->aside);
    aside_close(journal->aside);
    for (uint32_t i = 0; i < 2; i++) {
        free(journal->stages[i].arena);
        free(journal->stages[i].rows);
    }
    free(journal->scratch);
}

/* ---- filling ---- */

int journal_begin(struct journal *journal, int64_t at_ms)
{
    ensure(!journal->read_only);
    ensure(!journal->in_turn);
    const struct stage *leaving = journal->leaving;
    ensure(at_ms >= (leaving ? leaving->at_ms : journal_last_at_ms(journal)));
    struct stage *stage = journal->stage;
    stage->used = 0;
    stage->count = 0;
    stage->first = leaving ? leaving->next : journal_head(journal) + 1;
    stage->next = stage->first;
    stage->at_ms = at_ms;
    stage->cause = leaving ? leaving->cause : journal->cause;
    journal->in_turn = true;
    return 0;
}

/* Takes a row whose value lies in the arena already. */
static int row_stage(struct stage *stage, enum journal_table table, struct span key, struct span value,
                     uint32_t entries)
{
    ensure(key.len <= STAGED_KEY_MAX);
    if (stage->count == STAGED_ROWS_MAX)
        return -E_NO_ROOM;
    struct staged_row *row = &stage->rows[stage->count++];
    *row = (struct staged_row){.table = table, .key_len = (uint32_t)key.len, .value = value, .entries = entries};
    memcpy(row->key, key.at, key.len);
    ensure(value.at == stage->arena + stage->used);
    stage->used += value.len;
    return 0;
}

static int record_flush(struct journal *journal)
{
    struct record_writer *writer = &journal->writer;
    uint32_t entries = writer->count;
    if (entries == 0)
        return 0;
    uint8_t key[SEQ_KEY_BYTES];
    bytes_put_u64(key, writer->first);
    return row_stage(journal->stage, TABLE_RECORDS, span_make(key, sizeof key), record_finish(writer), entries);
}

int turn_put(struct journal *journal, enum journal_table table, struct span key, struct span value)
{
    ensure(journal->in_turn);
    int status = record_flush(journal);
    if (status)
        return status;
    struct stage *stage = journal->stage;
    if (value.len > STAGE_BYTES - stage->used)
        return -E_NO_ROOM;
    uint8_t *at = stage->arena + stage->used;
    memcpy(at, value.at, value.len);
    return row_stage(stage, table, key, span_make(at, value.len), 0);
}

static int record_open_with(struct journal *journal, enum record_class class, const struct entry *entry)
{
    struct stage *stage = journal->stage;
    struct record_writer *writer = &journal->writer;
    int status = record_flush(journal);
    if (status)
        return status;
    if (STAGE_BYTES - stage->used < RECORD_HEADER_BYTES)
        return -E_NO_ROOM;
    *writer = (struct record_writer){.buffer = stage->arena + stage->used, .capacity = STAGE_BYTES - stage->used};
    record_begin(writer, class, stage->next, stage->at_ms);
    return record_add(writer, entry);
}

int journal_add(struct journal *journal, enum record_class class, const struct entry *entry, uint64_t *ret_seq)
{
    ensure(journal->in_turn);
    ensure(entry->event.len <= SYSTEM_EVENT_MAX);
    struct record_writer *writer = &journal->writer;
    int status = -E_NO_ROOM;
    if (writer->count > 0 && writer->class == class)
        status = record_add(writer, entry);
    if (status == -E_NO_ROOM)
        status = record_open_with(journal, class, entry);
    if (status)
        return status;
    *ret_seq = journal->stage->next++;
    return 0;
}

int journal_last_cause_set(struct journal *journal, struct last_cause cause)
{
    ensure(journal->in_turn);
    journal->stage->cause = cause;
    return 0;
}

/* ---- looking at what is not durable yet ---- */

static const struct staged_row *staged_record(const struct stage *stage, uint64_t seq)
{
    for (uint32_t i = 0; i < stage->count; i++) {
        const struct staged_row *row = &stage->rows[i];
        if (row->entries > 0 && seq - bytes_u64(row->key) < row->entries)
            return row;
    }
    return NULL;
}

int journal_turn_entry(struct journal *journal, uint64_t seq, struct entry *ret_entry)
{
    const struct record_writer *writer = &journal->writer;
    const struct stage *stage = journal->stage;
    if (journal->leaving && seq < journal->leaving->next)
        stage = journal->leaving;
    ensure(seq > journal_head(journal));
    ensure(seq < stage->next);
    struct record record = {.at_ms = stage->at_ms};
    if (stage == journal->stage && writer->count > 0 && seq >= writer->first) {
        record.first = writer->first;
        record.count = writer->count;
        record.entries = span_make(writer->buffer + RECORD_HEADER_BYTES, writer->len - RECORD_HEADER_BYTES);
    } else {
        const struct staged_row *row = staged_record(stage, seq);
        ensure(row != NULL);
        record.first = bytes_u64(row->key);
        record.count = row->entries;
        record.entries = span_make(row->value.at + RECORD_HEADER_BYTES, row->value.len - RECORD_HEADER_BYTES);
    }
    return record_find(&record, seq, ret_entry);
}

/* ---- committing ---- */

/* Takes the transaction with it, whatever becomes of it. */
static int stage_write(struct journal *journal, const struct stage *stage, struct store_txn *txn)
{
    int status = 0;
    for (uint32_t i = 0; i < stage->count && status == 0; i++) {
        const struct staged_row *row = &stage->rows[i];
        struct span key = span_make(row->key, row->key_len);
        if (row->entries > 0)
            status = store_append(txn, row->table, key, row->value);
        else
            status = store_put(txn, row->table, key, row->value);
    }
    if (status == 0)
        return chain_commit(journal, txn);
    store_abort(txn);
    return status;
}

static int leaving_write(void *context)
{
    struct journal *journal = context;
    struct store_txn *txn;
    int status = chain_begin(journal, journal->leaving->first, &txn);
    return status ? status : stage_write(journal, journal->leaving, txn);
}

int turn_settle(struct journal *journal)
{
    ensure(journal->in_turn);
    if (journal->txn)
        return 0;
    int status = journal_commit_wait(journal);
    return status ? status : chain_begin(journal, journal->stage->first, &journal->txn);
}

static int cause_put(struct journal *journal)
{
    struct last_cause before = journal->leaving ? journal->leaving->cause : journal->cause;
    struct last_cause cause = journal->stage->cause;
    if (cause.seq == before.seq && cause.step == before.step)
        return 0;
    uint8_t row[1 + CAUSE_BYTES + ROW_SEAL_BYTES];
    return turn_put(journal, TABLE_SESSIONS, span_of("c"), cause_row(cause, row));
}

int journal_commit_start(struct journal *journal, bool beside)
{
    ensure(journal->in_turn);
    ensure(journal->leaving == NULL);
    int status = journal->failure ? journal->failure : cause_put(journal);
    if (status == 0)
        status = record_flush(journal);
    if (status) {
        journal_abort(journal);
        return status;
    }
    journal->leaving = journal->stage;
    journal->stage = journal->stage == &journal->stages[0] ? &journal->stages[1] : &journal->stages[0];
    journal->in_turn = false;
    journal->beside = beside && journal->txn == NULL;
    if (journal->beside)
        aside_start(journal->aside, leaving_write, journal);
    else if (journal->txn)
        journal->left_status = stage_write(journal, journal->leaving, journal->txn);
    else
        journal->left_status = leaving_write(journal);
    journal->txn = NULL;
    return 0;
}

bool journal_commit_ready(struct journal *journal)
{
    return !journal->leaving || !journal->beside || aside_ready(journal->aside);
}

bool journal_commit_is_beside(const struct journal *journal)
{
    return journal->leaving && journal->beside;
}

void journal_commit_wakes(struct journal *journal, int wake_fd)
{
    aside_wakes(journal->aside, wake_fd);
}

int journal_commit_wait(struct journal *journal)
{
    const struct stage *leaving = journal->leaving;
    if (!leaving)
        return journal->failure;
    int status = journal->beside ? aside_wait(journal->aside) : journal->left_status;
    journal->leaving = NULL;
    journal->failure = status;
    if (status)
        return status;
    journal->cause = leaving->cause;
    if (leaving->next > leaving->first)
        atomic_store_explicit(&journal->last_at_ms, leaving->at_ms, memory_order_release);
    atomic_store_explicit(&journal->head, leaving->next - 1, memory_order_release);
    histogram_add(&journal->commits, store_commit_us(journal->volumes[journal_volumes(journal) - 1].store), 1);
    return 0;
}

const struct histogram *journal_commit_times(const struct journal *journal)
{
    return &journal->commits;
}

int journal_commit(struct journal *journal)
{
    int status = journal_commit_wait(journal);
    if (status == 0)
        status = journal_commit_start(journal, false);
    if (status == 0)
        status = journal_commit_wait(journal);
    if (status)
        journal_abort(journal);
    return status;
}

void journal_abort(struct journal *journal)
{
    store_abort(journal->txn);
    journal->txn = NULL;
    journal->in_turn = false;
    journal->writer.len = 0;
    journal->writer.count = 0;
}

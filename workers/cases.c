/* cases.c - one way in and one way out for every card. */
#include "workers/cases.h"

#include "core/status.h"
#include "workers/kinds.h"
#include "workers/row.h"
#include "workers/step.h"

#define CASE_VERSION 1u

int case_read(const struct case_key *key, struct span row, void *ret_card)
{
    struct flaw flaw;
    if (row.len < 2 || row.at[0] != CASE_VERSION)
        return -E_CORRUPT;
    int result = record_decode(kind_of(key)->record, span_make(row.at + 1, row.len - 1), ret_card, &flaw);
    return result < 0 ? -E_CORRUPT : 0;
}

int case_load(struct fold *fold, const struct case_key *key, void *ret_card)
{
    struct span row;
    int result = store_get(fold->txn, STATE_CASES, case_key_span(key), &row);
    if (result < 0)
        return result;
    return case_read(key, arena_copy(&fold->arena, row), ret_card);
}

int case_is_open(struct store_txn *txn, const struct case_key *key, bool *ret_open)
{
    struct span none;
    int result = store_get(txn, STATE_OPEN, case_key_span(key), &none);
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    *ret_open = result == 0;
    return 0;
}

int case_changed_seq(const struct policy *policy, const struct case_key *key, struct span row, uint64_t *ret_seq)
{
    union card card;
    struct standing standing;
    int result = case_read(key, row, &card);
    if (result < 0)
        return result;
    kind_of(key)->stand(policy, &card, &standing);
    *ret_seq = standing.asleep ? 0 : standing.changed_seq;
    return 0;
}

/* ---- timers ---- */

static int timer_move(struct fold *fold, const struct case_change *change)
{
    uint8_t buffer[TIMER_KEY_MAX];
    int result = 0;
    if (change->armed_ms == change->due_ms)
        return 0;
    if (change->armed_ms != NEVER)
        result = store_delete(fold->txn, STATE_TIMERS, timer_key(change->armed_ms, &change->key, buffer));
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    if (change->due_ms == NEVER)
        return 0;
    if (change->due_ms < fold->next_due_ms)
        fold->next_due_ms = change->due_ms;
    return store_put(fold->txn, STATE_TIMERS, timer_key(change->due_ms, &change->key, buffer), (struct span){0});
}

int timers_first(struct store_txn *txn, int64_t *ret_due_ms, struct case_key *ret_key)
{
    struct store_cursor *cursor;
    int result = store_cursor_open(txn, STATE_TIMERS, &cursor);
    if (result < 0)
        return result;
    struct span key, value;
    result = store_seek(cursor, (struct span){0}, &key, &value);
    if (result == 0)
        result = timer_key_read(key, ret_due_ms, ret_key);
    store_cursor_close(cursor);
    return result;
}

/* ---- the index of open cases ---- */

static int open_move(struct fold *fold, const struct case_change *change)
{
    bool was_open;
    int result = case_is_open(fold->txn, &change->key, &was_open);
    if (result < 0 || was_open == change->open)
        return result;
    uint64_t *counter = kind_open_count(&fold->head.counters, kind_of(&change->key));
    if (change->open) {
        ++*counter;
        return store_put(fold->txn, STATE_OPEN, case_key_span(&change->key), (struct span){0});
    }
    --*counter;
    return store_delete(fold->txn, STATE_OPEN, case_key_span(&change->key));
}

/* ---- the order of escalations ---- */

/* An id is raised once, so that its place in the order stays; it leaves the open ones when it is seen or ended. */
static int order_move(struct fold *fold, const struct case_change *change)
{
    uint8_t all[ORDER_KEY_MAX], open[ORDER_KEY_MAX];
    if (case_letter(&change->key) != 'E')
        return 0;
    const struct escalation *escalation = change->card;
    struct span open_key = order_key(ORDER_OPEN, escalation->raised_at, &change->key, open);
    int result = store_put(fold->txn, STATE_RAISED, order_key(ORDER_ALL, escalation->raised_at, &change->key, all),
                           (struct span){0});
    if (result == 0)
        result = change->open ? store_put(fold->txn, STATE_RAISED, open_key, (struct span){0})
                              : store_delete(fold->txn, STATE_RAISED, open_key);
    return result == -E_NOT_FOUND ? 0 : result;
}

/* ---- trace ---- */

uint32_t case_lines(const struct history_line *history, uint32_t count, struct cause cause)
{
    uint32_t lines = 0;
    while (lines < count && history[count - 1 - lines].seq == (int64_t)cause.seq)
        lines++;
    return lines;
}

int case_trace(struct fold *fold, const struct case_key *key, const struct history_line *line)
{
    uint8_t trace_key[CASE_KEY_MAX + 16];
    size_t len = key->len;
    memcpy(trace_key, key->bytes, len);
    bytes_put_u64(trace_key + len, fold->step.cause.seq);
    bytes_put_u32(trace_key + len + 8, fold->step.number);
    bytes_put_u32(trace_key + len + 12, fold->step.lines++);
    uint8_t value[KIB];
    struct history_line kept = *line;
    struct wire_writer writer;
    if (fold->step.principal != PRINCIPAL_LOCAL)
        SET(&kept, history_line, principal, fold->step.principal);
    wire_writer_init(&writer, value, sizeof value);
    record_encode(&record_of_history_line, &kept, ENCODE_STATE, &writer);
    ensure(!writer.full);
    fold->writes++;
    return store_put(fold->txn, STATE_TRACE, span_make(trace_key, len + 16), wire_written(&writer));
}

static int trace_new_lines(struct fold *fold, const struct case_change *change)
{
    uint32_t lines = case_lines(change->history, change->history_count, fold->step.cause);
    uint32_t added = lines > change->lines_before ? lines - change->lines_before : 0;
    for (uint32_t i = change->history_count - added; i < change->history_count; i++) {
        int result = case_trace(fold, &change->key, &change->history[i]);
        if (result < 0)
            return result;
    }
    return 0;
}

/* ---- saving and saying ---- */

void case_touch(struct fold *fold, const struct case_key *key, enum event_type event, size_t bytes)
{
    struct step *step = &fold->step;
    for (uint32_t i = step->touched_count; i-- > 0;) {
        if (case_key_equal(&step->touched[i].key, key)) {
            step->touched[i].event = event;
            return;
        }
    }
    ensure(step->touched_count < STEP_TOUCHED_MAX);
    step->touched[step->touched_count++] = (struct touched){*key, event};
    step->bytes += bytes;
}

int case_save(struct fold *fold, const struct case_change *change)
{
    struct wire_writer writer;
    fold->row[0] = CASE_VERSION;
    wire_writer_init(&writer, fold->row + 1, sizeof fold->row - 1);
    record_encode(kind_of(&change->key)->record, change->card, ENCODE_STATE, &writer);
    ensure(!writer.full);
    struct span row = span_make(fold->row, 1 + writer.len);
    fold->writes += 2;
    if (!change->asleep)
        case_touch(fold, &change->key, change->event, row.len);
    int result = store_put(fold->txn, STATE_CASES, case_key_span(&change->key), row);
    if (result == 0)
        result = timer_move(fold, change);
    if (result == 0)
        result = open_move(fold, change);
    if (result == 0)
        result = order_move(fold, change);
    if (result == 0)
        result = trace_new_lines(fold, change);
    return result;
}

int case_forget(struct fold *fold, const struct case_key *key, int64_t armed_ms)
{
    uint8_t buffer[TIMER_KEY_MAX];
    fold->writes += 2;
    int result = store_delete(fold->txn, STATE_CASES, case_key_span(key));
    if (result == 0)
        result = store_delete(fold->txn, STATE_TIMERS, timer_key(armed_ms, key, buffer));
    return result == -E_NOT_FOUND ? -E_CORRUPT : result;
}

int cases_say(struct fold *fold)
{
    struct step *step = &fold->step;
    for (uint32_t i = 0; i < step->touched_count && !step->silent; i++) {
        const struct touched *touched = &step->touched[i];
        union card card;
        struct span row;
        char id[CASE_ID_MAX];
        int result = store_get(fold->txn, STATE_CASES, case_key_span(&touched->key), &row);
        if (result == 0)
            result = case_read(&touched->key, row, &card);
        if (result < 0)
            return result == -E_NOT_FOUND ? -E_CORRUPT : result;
        fold_say(fold, touched->event, case_id(&touched->key, id), case_seq(&touched->key), &card);
    }
    return 0;
}

struct span name_cut(struct span text)
{
    if (text.len <= NAME_MAX_BYTES)
        return text;
    size_t len = NAME_MAX_BYTES;
    while (len > 0 && (text.at[len] & 0xc0) == 0x80)
        len--;
    return span_make(text.at, len);
}

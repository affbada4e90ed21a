/* decided_since.c - looks through what a case's trace says since then, newest first. */
#include "workers/decided_since.h"

#include "core/bytes.h"
#include "core/rejection.h"
#include "workers/case_key.h"
#include "workers/step.h"

#define TRACE_KEY_MAX (CASE_KEY_MAX + 16u) /* case, seq, step, line */
#define LINES_MAX 10000u                   /* of clocks alone, looked through; behind more of them nobody knows */

/* The last line of a case. -E_NOT_FOUND: it has none. */
static int line_last(struct store_cursor *cursor, const struct case_key *key, struct span *ret_key,
                     struct span *ret_row)
{
    uint8_t behind[TRACE_KEY_MAX];
    memcpy(behind, key->bytes, key->len);
    bytes_put_u64(behind + key->len, (uint64_t)1 << 56); /* no entry has this number; no name begins with its byte */
    int result = store_seek(cursor, span_make(behind, key->len + 8u), ret_key, ret_row);
    if (result == -E_NOT_FOUND)
        return store_last(cursor, ret_key, ret_row);
    return result < 0 ? result : store_previous(cursor, ret_key, ret_row);
}

/* Is it a decision about this very kind of case? The trace tells of its notices, too. */
static bool is_decision(const struct case_key *key, const struct history_line *line)
{
    static const char *const prefix[128] = {['C'] = "complaint.", ['E'] = "escalation.", ['T'] = "task.",
                                            ['B'] = "callback.",  ['L'] = "ledger.",     ['A'] = "appeal."};
    enum event_type type = event_type_of(line->type);
    const char *own = prefix[(unsigned char)case_letter(key) & 127u];
    return type != EVENT_unknown && event_table(type)->class == CLASS_DECISION && own && span_starts(line->type, own);
}

/* The newest decision after `since` into ret_line, whose spans last until the cursor moves. -E_NOT_FOUND; -E_NOT_FOLDED: there is
 * such a case, and no such entry yet. */
static int decision_find(struct fold *fold, struct store_cursor *cursor, const struct case_key *key, int64_t since,
                         struct history_line *ret_line)
{
    struct span bytes, row;
    struct flaw flaw;
    int result = line_last(cursor, key, &bytes, &row);
    for (uint32_t seen = 0; result == 0 && seen < LINES_MAX; seen++) {
        bool own = bytes.len == key->len + 16u && memcmp(bytes.at, key->bytes, key->len) == 0;
        if (!own)
            return -E_NOT_FOUND;
        if ((uint64_t)since >= fold->step.cause.seq)
            return -E_NOT_FOLDED;
        if (record_decode(&record_of_history_line, row, ret_line, &flaw) < 0)
            return -E_CORRUPT;
        if (ret_line->seq <= since)
            return -E_NOT_FOUND;
        if (is_decision(key, ret_line))
            return 0;
        result = store_previous(cursor, &bytes, &row);
    }
    return result;
}

static void refuse(struct fold *fold, const struct event *decision, const struct history_line *line)
{
    struct span by = HAS(line, history_line, by) ? line->by : span_of("somebody");
    const uint8_t *dot = memchr(line->type.at, '.', line->type.len);
    size_t before = dot ? (size_t)(dot - line->type.at) + 1 : 0;
    struct span action = span_make(line->type.at + before, line->type.len - before);
    fold_refuse(fold, OUTCOME_REJECTED, -E_CARD_CHANGED, "%.*s was %.*s by %.*s at %s, after it was looked at",
                SPAN_ARGS(decision->subject), SPAN_ARGS(action), SPAN_ARGS(by),
                local_time(&fold->policy, line->at).text);
}

int decided_since(struct fold *fold, const struct event *decision, bool *ret_refused)
{
    struct store_cursor *cursor;
    struct history_line line;
    struct case_key key;
    if (event_table(decision->type)->class != CLASS_DECISION || case_key_of_id(decision->subject, &key) < 0)
        return 0;
    int result = store_cursor_open(fold->txn, STATE_TRACE, &cursor);
    if (result < 0)
        return result;
    result = decision_find(fold, cursor, &key, decision->if_seq, &line);
    *ret_refused = result == 0 || result == -E_NOT_FOLDED;
    if (result == 0)
        refuse(fold, decision, &line);
    else if (result == -E_NOT_FOLDED) /* the journal was restored, and what was seen is gone */
        fold_refuse(fold, OUTCOME_REJECTED, -E_CARD_CHANGED,
                    "%.*s can't have been looked at as of entry %lld, which was yet to come",
                    SPAN_ARGS(decision->subject), (long long)decision->if_seq);
    store_cursor_close(cursor);
    return *ret_refused || result == -E_NOT_FOUND ? 0 : result;
}

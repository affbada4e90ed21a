/* query_history.c - what happened: what became of a decision, notices, the policy in force. */
#include "core/status.h"
#include "io/policy_file.h"
#include "workers/answer.h"
#include "workers/cases.h"
#include "workers/kinds.h"
#include "workers/notices.h"
#include "workers/sight.h"

#include <stdio.h>

/* ---- outcome ---- */

/* Of the ledger one's own alone: anybody else's is read by itself, on record. */
static bool card_is_shown(const struct answer *answer, const struct case_key *key, const union card *card)
{
    char letter = case_letter(key);
    if (!answer->principal || right_of_letter(letter) != MAY_see_ledger)
        return answer_sees_card(answer, letter, card) == 0;
    struct span person = letter == 'L' ? card->entry.person : card->appeal.by;
    return span_equal(person, access_span(answer->access, answer->principal->name));
}

/* The case that was decided about or that began with it, as it is now. -E_NOT_FOUND */
static int outcome_case(struct answer *answer, uint64_t seq, const struct outcome_row *outcome,
                        struct case_key *ret_key, union card *ret_card)
{
    struct case_key key;
    struct span row;
    if (span_is(outcome->type, "task.opened"))
        key = case_key_of_seq('T', seq);
    else if (span_is(outcome->type, "appeal.filed"))
        key = case_key_of_seq('A', seq);
    else if (case_key_of_id(outcome->subject, &key) < 0)
        key.len = 0;
    int result = key.len ? store_get(answer->txn, STATE_CASES, case_key_span(&key), &row) : -E_NOT_FOUND;
    if (result == 0)
        result = case_read(&key, row, ret_card);
    *ret_key = key;
    return result;
}

/* Told to who sent the decision, and to who may see its case. */
static int outcome_decide(const struct answer *answer, const struct outcome_row *outcome, const struct case_key *key,
                          const union card *card)
{
    const struct access_ask nowhere = {.right = MAY_see_system};
    if (!answer->principal || outcome->principal == answer->principal->number)
        return 0;
    return card ? answer_sees_card(answer, case_letter(key), card)
                : access_decide_about(answer->access, answer->principal, &nowhere, outcome->subject);
}

static void text_or_nil(struct wire_writer *writer, const char *name, struct span text)
{
    wire_key(writer, name);
    if (text.len)
        wire_text(writer, text);
    else
        wire_nil(writer);
}

int answer_outcome(struct answer *answer)
{
    struct outcome_row outcome;
    union card card;
    struct case_key key;
    struct wire_writer *rows = &answer->rows;
    if (!HAS(answer->asked, get_request, seq)) {
        answer->detail = "`seq` is missing";
        return -E_BAD_REQUEST;
    }
    uint64_t seq = (uint64_t)answer->asked->seq;
    int result = state_outcome_get(answer->txn, seq, &outcome);
    if (result < 0)
        return result;
    int found = outcome_case(answer, seq, &outcome, &key, &card);
    if (found < 0 && found != -E_NOT_FOUND)
        return found;
    result = outcome_decide(answer, &outcome, &key, found == 0 ? &card : NULL);
    if (result < 0)
        return result;
    answer->count = 1;
    wire_map(rows, 7);
    wire_key(rows, "seq");
    wire_natural(rows, seq);
    wire_key(rows, "type");
    wire_text(rows, outcome.type);
    text_or_nil(rows, "subject", outcome.subject);
    wire_key(rows, "outcome");
    wire_text(rows, span_of(outcome_name(outcome.outcome)));
    text_or_nil(rows, "code", span_of(outcome.status < 0 ? status_text(outcome.status)->code : NULL));
    text_or_nil(rows, "reason", outcome.reason);
    wire_key(rows, "card");
    if (found == 0 && card_is_shown(answer, &key, &card))
        record_encode(kind_of(&key)->record, &card, ENCODE_CARD, rows);
    else
        wire_nil(rows);
    return 0;
}

/* ---- notices ---- */

static int notice_write(struct answer *answer, struct span key, struct span value)
{
    struct notice_row row;
    char id[NAME_MAX_BYTES + 1];
    if (state_notice_read(value, &row) < 0)
        return -E_CORRUPT;
    if (answer_sees(answer, (struct span){0}, (struct span){0}, (struct span){0}) < 0)
        return 0; /* they are about no store */
    struct notice card = {
        .seq = (int64_t)row.seq,
        .count = (int64_t)row.count,
        .at = row.at_ms,
    };
    card.id = notice_id(key, id, &card.kind);
    if (row.said.len)
        SET(&card, notice, said, row.said);
    record_encode(&record_of_notice, &card, ENCODE_CARD, &answer->rows);
    answer->count++;
    return 0;
}

int answer_notices(struct answer *answer)
{
    struct store_cursor *cursor;
    struct span key, value, from;
    uint8_t buffer[CURSOR_BYTES_MAX + 1];
    int result = answer_cursor_read(answer, buffer, &from);
    if (result == 0)
        result = store_cursor_open(answer->txn, STATE_NOTICES, &cursor);
    if (result < 0)
        return result;
    buffer[from.len] = 0; /* just behind that key, which may be the beginning of others */
    result = store_seek(cursor, from.len ? span_make(buffer, from.len + 1) : from, &key, &value);
    while (result == 0) {
        result = notice_write(answer, key, value);
        if (result == 0 && !answer_has_room(answer)) {
            answer_cursor_set(answer, key);
            break;
        }
        if (result == 0)
            result = store_next(cursor, &key, &value);
    }
    store_cursor_close(cursor);
    return result == -E_NOT_FOUND ? 0 : result;
}

/* ---- policy ---- */

int answer_policy(struct answer *answer)
{
    struct policy_row row;
    struct wire_writer *rows = &answer->rows;
    char message[POLICY_MESSAGE_MAX];
    int result = state_policy_at(answer->txn, INT64_MAX, &row);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_NO_POLICY : result;
    if (policy_parse(row.content, answer->policy, message) < 0)
        return -E_CORRUPT;
    answer->count = 1;
    wire_map(rows, 4);
    wire_key(rows, "name");
    wire_text(rows, span_of(answer->policy->name));
    wire_key(rows, "hash");
    wire_text(rows, row.hash);
    wire_key(rows, "adopted_seq");
    wire_natural(rows, row.seq);
    wire_key(rows, "content");
    wire_text(rows, row.content);
    return 0;
}

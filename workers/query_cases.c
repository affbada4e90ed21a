/* query_cases.c - lists of cards, newest first, and one card by its id. */
#include "core/status.h"
#include "core/task.h"
#include "workers/answer.h"
#include "workers/cases.h"

/* What a request filters by, of whatever card. Empty spans and -1 are not looked at. */
static bool name_fits(const struct get_request *asked, uint32_t bit, struct span wanted, struct span name)
{
    return !((asked->has >> bit) & 1) || span_equal(wanted, name);
}

#define NAME_FITS(field, name) name_fits(asked, get_request_field_##field, asked->field, (name))

static bool status_fits(const struct get_request *asked, const char *status, bool open)
{
    if (!HAS(asked, get_request, status))
        return true;
    return span_is(asked->status, "open") ? open : span_is(asked->status, status);
}

static bool complaint_fits(const struct get_request *asked, const void *card)
{
    const struct complaint *complaint = card;
    bool overdue = false, about = complaint_is_about(complaint, asked->staff);
    for (uint32_t i = 0; i < complaint->clocks_count; i++)
        overdue |= complaint->clocks[i].breached && !HAS(&complaint->clocks[i], clock, stopped_at);
    bool open = complaint->status != complaint_status_is_closed;
    return NAME_FITS(store, complaint->store) && NAME_FITS(department, complaint->department) &&
           NAME_FITS(handler, complaint->handler) && NAME_FITS(visit, complaint->visit) &&
           NAME_FITS(complaint, complaint->id) && (!HAS(asked, get_request, staff) || about) &&
           status_fits(asked, choice_name(choice_of_complaint_status(), complaint->status), open) &&
           (!HAS(asked, get_request, level) || complaint->level >= asked->level) &&
           (!HAS(asked, get_request, overdue) || overdue == asked->overdue);
}

static bool escalation_fits(const struct get_request *asked, const void *card)
{
    const struct escalation *escalation = card;
    bool seen = HAS(escalation, escalation, acknowledged_by);
    bool open = !seen && !escalation->ended;
    return NAME_FITS(store, escalation->store) && NAME_FITS(department, escalation->department) &&
           NAME_FITS(handler, escalation->to) && NAME_FITS(complaint, escalation->complaint) &&
           status_fits(asked,
                       escalation->ended ? "ended"
                       : seen            ? "acknowledged"
                                         : "raised",
                       open) &&
           (!HAS(asked, get_request, level) || escalation->level >= asked->level);
}

static bool task_fits(const struct get_request *asked, const void *card)
{
    const struct task *task = card;
    return NAME_FITS(store, task->store) && NAME_FITS(department, task->department) && NAME_FITS(staff, task->staff) &&
           NAME_FITS(handler, task->responsible) && NAME_FITS(visit, task->visit) &&
           status_fits(asked, choice_name(choice_of_task_status(), task->status), task_is_open(task)) &&
           (!HAS(asked, get_request, overdue) || task->overdue == asked->overdue);
}

union card {
    struct complaint complaint;
    struct escalation escalation;
    struct task task;
};

/* Writes a card when it fits. */
static int card_row(struct answer *answer, const struct case_key *key, struct span row,
                    bool (*fits)(const struct get_request *asked, const void *card))
{
    union card card;
    int result = case_read(key, row, &card);
    if (result < 0 || (fits && !fits(answer->asked, &card)))
        return result;
    record_encode(case_record(case_letter(key)), &card, ENCODE_CARD, &answer->rows);
    answer->count++;
    return 0;
}

/* Where a list begins: before the cursor's case, or at the newest of the letter. */
static int list_begin(struct answer *answer, struct store_cursor *cursor, char letter, struct span *ret_key,
                      struct span *ret_value)
{
    const uint8_t behind = (uint8_t)(letter + 1);
    uint8_t buffer[CURSOR_BYTES_MAX];
    struct span from;
    int result = answer_cursor_read(answer, buffer, &from);
    if (result < 0)
        return result;
    result = store_seek(cursor, from.len ? from : span_make(&behind, 1), ret_key, ret_value);
    if (result == -E_NOT_FOUND)
        return store_last(cursor, ret_key, ret_value);
    return result < 0 ? result : store_previous(cursor, ret_key, ret_value);
}

static int list(struct answer *answer, char letter, bool (*fits)(const struct get_request *asked, const void *card))
{
    bool only_open = HAS(answer->asked, get_request, status) && span_is(answer->asked->status, "open");
    struct store_cursor *cursor;
    struct span bytes, row;
    int result = store_cursor_open(answer->txn, only_open ? STATE_OPEN : STATE_CASES, &cursor);
    if (result < 0)
        return result;
    result = list_begin(answer, cursor, letter, &bytes, &row);
    for (uint32_t scanned = 0; result == 0 && (char)bytes.at[0] == letter; scanned++) {
        struct case_key key = case_key_of_bytes(bytes);
        if (only_open)
            result = store_get(answer->txn, STATE_CASES, bytes, &row);
        if (result == 0)
            result = card_row(answer, &key, row, fits);
        if (result == 0 && (!answer_has_room(answer) || scanned == ROWS_SCAN_MAX)) {
            answer_cursor_set(answer, case_key_span(&key));
            break;
        }
        if (result == 0)
            result = store_previous(cursor, &bytes, &row);
    }
    store_cursor_close(cursor);
    return result == -E_NOT_FOUND ? 0 : result;
}

int answer_complaints(struct answer *answer)
{
    return list(answer, 'C', complaint_fits);
}

int answer_escalations(struct answer *answer)
{
    return list(answer, 'E', escalation_fits);
}

int answer_tasks(struct answer *answer)
{
    return list(answer, 'T', task_fits);
}

int answer_case(struct answer *answer)
{
    struct case_key key;
    struct span row;
    char letter = answer->asked->what.at[0] == 'c' ? 'C' : answer->asked->what.at[0] == 't' ? 'T' : 'E';
    if (!HAS(answer->asked, get_request, id)) {
        answer->detail = "`id` is missing";
        return -E_BAD_REQUEST;
    }
    if (case_key_of_id(answer->asked->id, &key) < 0 || case_letter(&key) != letter)
        return -E_NOT_FOUND;
    int result = store_get(answer->txn, STATE_CASES, case_key_span(&key), &row);
    return result < 0 ? result : card_row(answer, &key, row, NULL);
}

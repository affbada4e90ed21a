/* query_cases.c - lists of cards, newest first, and one card by its id. */
#include "core/appeal.h"
#include "core/calendar.h"
#include "core/callback.h"
#include "core/ledger.h"
#include "core/score.h"
#include "core/status.h"
#include "core/task.h"
#include "workers/answer.h"
#include "workers/cases.h"
#include "workers/kinds.h"
#include "workers/sight.h"

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

bool complaint_fits(const struct answer *answer, const union card *card)
{
    const struct get_request *asked = answer->asked;
    const struct complaint *complaint = &card->complaint;
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

static enum escalation_status escalation_status_of(const struct escalation *escalation)
{
    return escalation->ended                              ? escalation_status_is_ended
           : HAS(escalation, escalation, acknowledged_by) ? escalation_status_is_acknowledged
                                                          : escalation_status_is_raised;
}

static bool escalation_fits(const struct answer *answer, const union card *card)
{
    const struct get_request *asked = answer->asked;
    const struct escalation *escalation = &card->escalation;
    enum escalation_status status = escalation_status_of(escalation);
    bool overdue = escalation->rung_percent >= answer->policy->breach_percent && !escalation->ended;
    bool undelivered = escalation_is_open(escalation) && HAS(escalation, escalation, failing_since);
    return NAME_FITS(store, escalation->store) && NAME_FITS(department, escalation->department) &&
           NAME_FITS(handler, escalation->to) && NAME_FITS(complaint, escalation->complaint) &&
           NAME_FITS(about, escalation->about) &&
           status_fits(asked, choice_name(choice_of_escalation_status(), status),
                       status == escalation_status_is_raised) &&
           (!HAS(asked, get_request, level) || escalation->level >= asked->level) &&
           (!HAS(asked, get_request, undelivered) || undelivered == asked->undelivered) &&
           (!HAS(asked, get_request, overdue) || overdue == asked->overdue);
}

static bool task_fits(const struct answer *answer, const union card *card)
{
    const struct get_request *asked = answer->asked;
    const struct task *task = &card->task;
    return NAME_FITS(store, task->store) && NAME_FITS(department, task->department) && NAME_FITS(staff, task->staff) &&
           NAME_FITS(handler, task->responsible) && NAME_FITS(visit, task->visit) &&
           status_fits(asked, choice_name(choice_of_task_status(), task->status), task_is_open(task)) &&
           (!HAS(asked, get_request, overdue) || task->overdue == asked->overdue);
}

static bool appeal_fits(const struct answer *answer, const union card *card)
{
    const struct get_request *asked = answer->asked;
    const struct appeal *appeal = &card->appeal;
    return NAME_FITS(store, appeal->store) && NAME_FITS(department, appeal->department) &&
           NAME_FITS(staff, appeal->by) &&
           status_fits(asked, choice_name(choice_of_appeal_status(), appeal->status), appeal_is_open(appeal)) &&
           (!HAS(asked, get_request, overdue) || appeal->overdue == asked->overdue);
}

static bool entry_fits(const struct answer *answer, const union card *card)
{
    const struct get_request *asked = answer->asked;
    const struct ledger_entry *entry = &card->entry;
    bool booked =
        !HAS(asked, get_request, period) || (entry->period.len >= asked->period.len &&
                                             span_equal(span_make(entry->period.at, asked->period.len), asked->period));
    return booked && NAME_FITS(store, entry->store) && NAME_FITS(department, entry->department) &&
           NAME_FITS(staff, entry->person) && NAME_FITS(complaint, entry->about) &&
           status_fits(asked, choice_name(choice_of_ledger_status(), entry->status), ledger_is_open(entry)) &&
           (!HAS(asked, get_request, overdue) || entry->unanswered == asked->overdue);
}

/* Of a month, and the ratings of that month. */
static bool flag_fits(const struct answer *answer, const union card *card)
{
    const struct get_request *asked = answer->asked;
    const struct flag *flag = &card->flag;
    char month[PERIOD_OF_DAY_LEN + 1];
    period_of_day(calendar_day(answer->policy, flag->at), month);
    struct span period = HAS(flag, flag, period) ? flag->period : span_make(month, 7);
    return NAME_FITS(store, flag->store) && NAME_FITS(department, flag->department) && NAME_FITS(period, period);
}

static bool repair_fits(const struct answer *answer, const union card *card)
{
    const struct get_request *asked = answer->asked;
    const struct repair *repair = &card->repair;
    bool open = repair->status == repair_status_is_in_repair;
    return NAME_FITS(store, repair->store) && NAME_FITS(department, repair->department) &&
           NAME_FITS(visit, repair->visit) &&
           status_fits(asked, choice_name(choice_of_repair_status(), repair->status), open);
}

/* When it is worth calling; INT64_MAX when nobody calls. */
static int64_t call_from_ms(const struct callback *callback)
{
    bool calls = callback->status == callback_status_is_planned || callback->status == callback_status_is_due ||
                 callback->status == callback_status_is_claimed;
    if (!calls)
        return INT64_MAX;
    return HAS(callback, callback, next_try_at) ? callback->next_try_at : callback->due_at;
}

/* Nobody is told of one that sleeps. */
static bool callback_fits(const struct answer *answer, const union card *card)
{
    const struct get_request *asked = answer->asked;
    const struct callback *callback = &card->callback;
    return !callback_sleeps(callback) && NAME_FITS(store, callback->store) &&
           NAME_FITS(department, callback->department) && NAME_FITS(handler, callback->agent) &&
           NAME_FITS(visit, callback->visit) &&
           status_fits(asked, choice_name(choice_of_callback_status(), callback->status), callback_is_open(callback)) &&
           (!HAS(asked, get_request, due_before) || call_from_ms(callback) < asked->due_before) &&
           (!HAS(asked, get_request, overdue) || callback->overdue == asked->overdue);
}

/* What a list walks: keys that begin with `first`, in `table`; those of the open cases when only they are asked for. */
struct list {
    char letter;
    bool (*fits)(const struct answer *answer, const union card *card);
    const struct choice_table *(*status)(void);
    enum state_table all, open;
    char first_of_all, first_of_open;
};

static const struct list complaints = {.letter = 'C',
                                       .fits = complaint_fits,
                                       .status = choice_of_complaint_status,
                                       .all = STATE_CASES,
                                       .open = STATE_OPEN,
                                       .first_of_all = 'C',
                                       .first_of_open = 'C'};
static const struct list tasks = {.letter = 'T',
                                  .fits = task_fits,
                                  .status = choice_of_task_status,
                                  .all = STATE_CASES,
                                  .open = STATE_OPEN,
                                  .first_of_all = 'T',
                                  .first_of_open = 'T'};
static const struct list ledger = {.letter = 'L',
                                   .fits = entry_fits,
                                   .status = choice_of_ledger_status,
                                   .all = STATE_CASES,
                                   .open = STATE_OPEN,
                                   .first_of_all = 'L',
                                   .first_of_open = 'L'};
static const struct list appeals = {.letter = 'A',
                                    .fits = appeal_fits,
                                    .status = choice_of_appeal_status,
                                    .all = STATE_CASES,
                                    .open = STATE_OPEN,
                                    .first_of_all = 'A',
                                    .first_of_open = 'A'};
static const struct list repairs = {.letter = 'V',
                                    .fits = repair_fits,
                                    .status = choice_of_repair_status,
                                    .all = STATE_CASES,
                                    .open = STATE_OPEN,
                                    .first_of_all = 'V',
                                    .first_of_open = 'V'};
static const struct list flags = {.letter = 'F',
                                  .fits = flag_fits,
                                  .all = STATE_CASES,
                                  .open = STATE_OPEN,
                                  .first_of_all = 'F',
                                  .first_of_open = 'F'};
static const struct list callbacks = {.letter = 'B',
                                      .fits = callback_fits,
                                      .status = choice_of_callback_status,
                                      .all = STATE_CASES,
                                      .open = STATE_OPEN,
                                      .first_of_all = 'B',
                                      .first_of_open = 'B'};
/* Their ids are in the order of complaints: their own order is a table. */
static const struct list escalations = {.letter = 'E',
                                        .fits = escalation_fits,
                                        .status = choice_of_escalation_status,
                                        .all = STATE_RAISED,
                                        .open = STATE_RAISED,
                                        .first_of_all = ORDER_ALL,
                                        .first_of_open = ORDER_OPEN};

/* Of an escalation: its complaint is about the visit that is asked for. */
static int visit_fits(struct answer *answer, const struct case_key *key, const struct escalation *escalation,
                      bool *ret_fits)
{
    union card card;
    struct span row;
    struct case_key complaint;
    if (case_letter(key) != 'E' || !HAS(answer->asked, get_request, visit))
        return 0;
    *ret_fits = false;
    if (!HAS(escalation, escalation, complaint))
        return 0;
    int result = case_key_of_id(escalation->complaint, &complaint);
    if (result == 0)
        result = store_get(answer->txn, STATE_CASES, case_key_span(&complaint), &row);
    if (result == 0)
        result = case_read(&complaint, row, &card);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    *ret_fits = span_equal(card.complaint.visit, answer->asked->visit);
    return 0;
}

/* Writes a card when it fits, and whoever asks may see it; fits NULL: this one is asked for, and refused with why. */
static int card_row(struct answer *answer, const struct case_key *key,
                    bool (*fits)(const struct answer *answer, const union card *card))
{
    union card card;
    struct span row;
    int result = store_get(answer->txn, STATE_CASES, case_key_span(key), &row);
    if (result == 0)
        result = case_read(key, row, &card);
    if (result < 0)
        return result;
    int hidden = answer_sees_card(answer, case_letter(key), &card);
    if (hidden < 0)
        return fits ? 0 : hidden;
    bool fit = !fits || fits(answer, &card);
    if (fit && fits)
        result = visit_fits(answer, key, &card.escalation, &fit);
    if (result < 0 || !fit)
        return result;
    record_encode(kind_of(key)->record, &card, ENCODE_CARD, &answer->rows);
    answer->count++;
    return 0;
}

int answer_case_row(struct answer *answer, const struct case_key *key)
{
    return card_row(answer, key, NULL);
}

/* Where a list begins: before the cursor's key, or at the newest. */
static int list_begin(struct store_cursor *cursor, char first, struct span from, struct span *ret_key)
{
    const uint8_t behind = (uint8_t)(first + 1);
    struct span none;
    int result = store_seek(cursor, from.len ? from : span_make(&behind, 1), ret_key, &none);
    if (result == -E_NOT_FOUND)
        return store_last(cursor, ret_key, &none);
    return result < 0 ? result : store_previous(cursor, ret_key, &none);
}

static int list_walk(struct answer *answer, const struct list *list, char first, struct store_cursor *cursor,
                     struct span from)
{
    struct span bytes, none;
    int result = list_begin(cursor, first, from, &bytes);
    for (uint32_t scanned = 0; result == 0 && (char)bytes.at[0] == first; scanned++) {
        struct case_key key;
        result = first == list->letter ? case_key_of_bytes(bytes, &key) : order_key_case(bytes, &key);
        if (result == 0)
            result = card_row(answer, &key, list->fits);
        if (result == -E_NOT_FOUND)
            return -E_CORRUPT;
        if (result == 0 && (!answer_has_room(answer) || scanned == ROWS_SCAN_MAX)) {
            answer_cursor_set(answer, bytes);
            return 0;
        }
        if (result == 0)
            result = store_previous(cursor, &bytes, &none);
    }
    return result == -E_NOT_FOUND ? 0 : result;
}

/* A word that no card can have is a mistake, not an empty list. */
static int status_check(struct answer *answer, const struct list *list)
{
    int32_t item;
    struct span status = answer->asked->status;
    if (!HAS(answer->asked, get_request, status) || span_is(status, "open") ||
        choice_item_of(list->status(), status, &item) == 0)
        return 0;
    answer->detail =
        list->letter == 'C'   ? "`status` is open, received, acknowledged, planned, resolved or closed"
        : list->letter == 'V' ? "`status` is open, in_repair, left or completed"
        : list->letter == 'L' ? "`status` is open, proposed, confirmed, waived, settled, reversed or frozen"
        : list->letter == 'B'
            ? "`status` is open, planned, due, claimed, message, done, refused, unreachable, cancelled or skipped"
        : list->letter == 'T' ? "`status` is open, started, completed, verified or cancelled"
                              : "`status` is open, raised, acknowledged or ended";
    return -E_UNKNOWN_CHOICE;
}

static int list_answer(struct answer *answer, const struct list *list)
{
    bool only_open = HAS(answer->asked, get_request, status) && span_is(answer->asked->status, "open");
    struct store_cursor *cursor;
    uint8_t buffer[CURSOR_BYTES_MAX];
    struct span from;
    int result = status_check(answer, list);
    if (result == 0 && HAS(answer->asked, get_request, order)) {
        answer->detail = "`order` is for complaints";
        return -E_BAD_REQUEST;
    }
    if (result == 0)
        result = answer_cursor_read(answer, buffer, &from);
    if (result == 0)
        result = store_cursor_open(answer->txn, only_open ? list->open : list->all, &cursor);
    if (result < 0)
        return result;
    result = list_walk(answer, list, only_open ? list->first_of_open : list->first_of_all, cursor, from);
    store_cursor_close(cursor);
    return result;
}

int answer_complaints(struct answer *answer)
{
    return HAS(answer->asked, get_request, order) ? answer_complaints_due(answer) : list_answer(answer, &complaints);
}

int answer_escalations(struct answer *answer)
{
    int result = HAS(answer->asked, get_request, overdue) ? answer_policy_read(answer) : 0;
    return result < 0 ? result : list_answer(answer, &escalations);
}

int answer_tasks(struct answer *answer)
{
    if (HAS(answer->asked, get_request, level)) {
        answer->detail = "tasks have no `level`";
        return -E_BAD_REQUEST;
    }
    return list_answer(answer, &tasks);
}

int answer_ledger(struct answer *answer)
{
    return list_answer(answer, &ledger);
}

int answer_appeals(struct answer *answer)
{
    return list_answer(answer, &appeals);
}

int answer_repairs(struct answer *answer)
{
    return list_answer(answer, &repairs);
}

int answer_flags(struct answer *answer)
{
    if (HAS(answer->asked, get_request, status)) {
        answer->detail = "flags have no `status`";
        return -E_BAD_REQUEST;
    }
    int result = answer_policy_read(answer);
    return result < 0 ? result : list_answer(answer, &flags);
}

int answer_callbacks(struct answer *answer)
{
    return list_answer(answer, &callbacks);
}

int answer_case(struct answer *answer)
{
    struct case_key key;
    static const char letters[][2] = {{'c', 'C'}, {'e', 'E'}, {'t', 'T'}, {'a', 'A'},
                                      {'l', 'L'}, {'f', 'F'}, {'r', 'V'}};
    char letter = 0;
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
        if (letters[i][0] == answer->asked->what.at[0])
            letter = letters[i][1];
    }
    if (span_is(answer->asked->what, "callback"))
        letter = 'B';
    if (!HAS(answer->asked, get_request, id)) {
        answer->detail = "`id` is missing";
        return -E_BAD_REQUEST;
    }
    if (case_key_of_id(answer->asked->id, &key) < 0 || case_letter(&key) != letter)
        return -E_NOT_FOUND;
    return card_row(answer, &key, NULL);
}

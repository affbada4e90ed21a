/*
 * query_decisions.c - {what: "decisions", id: "C-41"}: what may whoever asks decide about a case now, and why not the rest.
 *
 *   {action: "acknowledge", type: "complaint.acknowledged", allowed: false, code: "E1605", reason: "C-41 is past that already: planned",
 *    fields: [{name: "by", kind: "name", required: true, choices: null}, ...]}
 */
#include "core/status.h"
#include "schemas/actions.h"
#include "workers/answer.h"
#include "workers/cases.h"
#include "workers/prospects.h"
#include "workers/sight.h"

static const struct {
    char letter;
    const char *prefix;
} decided[] = {
    {'C', "complaint."}, {'E', "escalation."}, {'T', "task."}, {'B', "callback."}, {'L', "ledger."}, {'A', "appeal."},
};

static const char *prefix_of(char letter)
{
    for (size_t i = 0; i < sizeof decided / sizeof decided[0]; i++) {
        if (decided[i].letter == letter)
            return decided[i].prefix;
    }
    return NULL;
}

/* A case begins with these; they are about none yet. */
static bool begins(enum event_type type)
{
    return type == EVENT_task_opened || type == EVENT_appeal_filed || type == EVENT_ledger_vetoed;
}

/* ---- fields ---- */

static const char *const kind_words[] = {
    [FIELD_NAME] = "name",     [FIELD_LABEL] = "label",     [FIELD_TEXT] = "text",     [FIELD_URI] = "uri",
    [FIELD_DOCUMENT] = "text", [FIELD_BOOL] = "bool",       [FIELD_TIME] = "time",     [FIELD_SCORE] = "score",
    [FIELD_FIGURE] = "figure", [FIELD_NAMES] = "names",     [FIELD_SCORES] = "scores", [FIELD_REFERENCE] = "reference",
    [FIELD_ANY] = "any",       [FIELD_INTEGER] = "integer", [FIELD_CHOICE] = "choice", [FIELD_NESTED] = "map",
    [FIELD_LIST] = "list",     [FIELD_KEYED] = "map",
};

/* Complaints are assigned to a handler, tasks to who is responsible: one record serves both. */
static bool is_other_case(enum event_type type, const struct field *field)
{
    return (type == EVENT_complaint_assigned && strcmp(field->name, "responsible") == 0) ||
           (type == EVENT_task_assigned && strcmp(field->name, "handler") == 0);
}

static bool is_needed(enum event_type type, const struct field *field)
{
    bool assigns = type == EVENT_complaint_assigned || type == EVENT_task_assigned;
    return (field->flags & REQUIRED) || (assigns && strcmp(field->name, "note") != 0);
}

static void field_write(enum event_type type, const struct field *field, struct wire_writer *rows)
{
    wire_map(rows, 4);
    wire_key(rows, "name");
    wire_text(rows, span_of(field->name));
    wire_key(rows, "kind");
    wire_text(rows, span_of(kind_words[field->kind]));
    wire_key(rows, "required");
    wire_bool(rows, is_needed(type, field));
    wire_key(rows, "choices");
    if (field->kind != FIELD_CHOICE) {
        wire_nil(rows);
        return;
    }
    wire_array(rows, field->choice->count);
    for (uint32_t i = 0; i < field->choice->count; i++)
        wire_text(rows, span_of(field->choice->items[i].name));
}

static void fields_write(enum event_type type, struct wire_writer *rows)
{
    const struct record_table *record = event_table(type)->record;
    uint32_t count = 0;
    for (uint32_t i = 0; i < record->field_count; i++)
        count += !is_other_case(type, &record->fields[i]);
    wire_array(rows, count);
    for (uint32_t i = 0; i < record->field_count; i++) {
        if (!is_other_case(type, &record->fields[i]))
            field_write(type, &record->fields[i], rows);
    }
}

/* ---- rows ---- */

static void decision_write(struct answer *answer, const char *prefix, enum event_type type,
                           const struct prospect *prospect)
{
    struct wire_writer *rows = &answer->rows;
    const char *name = event_table(type)->type;
    wire_map(rows, 6);
    wire_key(rows, "action");
    wire_text(rows, span_of(action_imperative(name + strlen(prefix))));
    wire_key(rows, "type");
    wire_text(rows, span_of(name));
    wire_key(rows, "allowed");
    wire_bool(rows, prospect->status == 0);
    wire_key(rows, "code");
    if (prospect->status)
        wire_text(rows, span_of(status_text(prospect->status)->code));
    else
        wire_nil(rows);
    wire_key(rows, "reason");
    if (prospect->status)
        wire_text(rows, span_of(prospect->reason));
    else
        wire_nil(rows);
    wire_key(rows, "fields");
    fields_write(type, rows);
    answer->count++;
}

/* In whose name it is asked: one's own, or whom one may speak for. */
static int asker_find(struct answer *answer, struct span *ret_by)
{
    bool claimed;
    *ret_by = answer->principal ? access_span(answer->access, answer->principal->name) : span_make(NULL, 0);
    if (!HAS(answer->asked, get_request, by))
        return 0;
    if (!access_speaks_for(answer->access, answer->principal, answer->asked->by, &claimed))
        return -E_FORGED_BY;
    *ret_by = answer->asked->by;
    return 0;
}

/* The case, if whoever asks may see it. */
static int case_find(struct answer *answer, struct case_key *ret_key)
{
    union card card;
    struct span row;
    if (!HAS(answer->asked, get_request, id)) {
        answer->detail = "`id` is missing";
        return -E_BAD_REQUEST;
    }
    if (case_key_of_id(answer->asked->id, ret_key) < 0 || !prefix_of(case_letter(ret_key)))
        return -E_NOT_FOUND;
    int result = store_get(answer->txn, STATE_CASES, case_key_span(ret_key), &row);
    if (result == 0)
        result = case_read(ret_key, row, &card);
    return result < 0 ? result : answer_sees_card(answer, case_letter(ret_key), &card);
}

int answer_decisions(struct answer *answer)
{
    struct case_key key;
    struct span by;
    struct prospect prospect;
    int result = case_find(answer, &key);
    if (result == 0)
        result = asker_find(answer, &by);
    if (result == 0)
        result = prospects_begin(answer->prospects, answer->txn, answer->now_ms);
    if (result < 0)
        return result;
    const char *prefix = prefix_of(case_letter(&key));
    uint32_t principal = answer->principal ? answer->principal->number : PRINCIPAL_LOCAL;
    for (enum event_type type = decision_after(prefix, EVENT_unknown); type < EVENT_count && result == 0;
         type = decision_after(prefix, type)) {
        if (begins(type))
            continue;
        result = prospect_weigh(answer->prospects, &key, type, by, principal, &prospect);
        if (result == 0)
            decision_write(answer, prefix, type, &prospect);
    }
    return result == -E_UNKNOWN_CASE ? -E_NOT_FOUND : result;
}

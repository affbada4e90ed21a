/* query_table.c - the table. */
#include "workers/query_table.h"

#include "core/ensure.h"
#include "io/page.h"
#include "workers/sight.h"

static const struct answer_kind kinds_of_answer[] = {
    {"complaints", answer_complaints, MAY_see_complaint, false},
    {"complaint", answer_case, MAY_see_complaint, false},
    {"escalations", answer_escalations, MAY_see_escalation, false},
    {"escalation", answer_case, MAY_see_escalation, false},
    {"tasks", answer_tasks, MAY_see_task, false},
    {"task", answer_case, MAY_see_task, false},
    {"callbacks", answer_callbacks, MAY_see_callback, false},
    {"callback", answer_case, MAY_see_callback, false},
    {"ledger", answer_ledger, MAY_see_ledger, true},
    {"ledger_entry", answer_case, MAY_see_ledger, true},
    {"account", answer_account, MAY_see_ledger, true},
    {"appeals", answer_appeals, MAY_see_ledger, true},
    {"appeal", answer_case, MAY_see_ledger, true},
    {"scores", answer_scores, MAY_see_score, false},
    {"visit", answer_visit, MAY_see_callback, false},
    {"outcome", answer_outcome, MAY_rules, false},
    {"status", answer_status, MAY_rules, false},
    {"trace", answer_trace, MAY_rules, false},
    {"decisions", answer_decisions, MAY_rules, false},
    {"policy", answer_policy, MAY_rules, false},
    {"notices", answer_notices, MAY_see_system, false},
    {"roster", answer_roster, MAY_roster, false},
    {"places", answer_places, MAY_rules, false},
    {"flags", answer_flags, MAY_see_system, false},
    {"flag", answer_case, MAY_see_system, false},
    {"repairs", answer_repairs, MAY_see_system, false},
    {"repair", answer_case, MAY_see_system, false},
    {"ranking", answer_ranking, MAY_see_score, false},
    {"period", answer_period, MAY_see_score, false},
    {"audit", answer_audit, MAY_audit, false},
};

const struct answer_kind *answer_kinds(uint32_t *ret_count)
{
    *ret_count = sizeof kinds_of_answer / sizeof kinds_of_answer[0];
    return kinds_of_answer;
}

void answer_kinds_name(char text[ANSWER_KINDS_TEXT])
{
    struct page page = {.at = text, .size = ANSWER_KINDS_TEXT};
    const char *before = "`what` is none of ";
    for (size_t i = 0; i < sizeof kinds_of_answer / sizeof kinds_of_answer[0]; i++) {
        if (kinds_of_answer[i].rows == answer_case)
            continue;
        page_add(&page, "%s%s", before, kinds_of_answer[i].what);
        before = ", ";
    }
    ensure(page.len < page.size);
}

const struct answer_kind *answer_kind_of(struct span what)
{
    for (size_t i = 0; i < sizeof kinds_of_answer / sizeof kinds_of_answer[0]; i++) {
        if (span_is(what, kinds_of_answer[i].what))
            return &kinds_of_answer[i];
    }
    return NULL;
}

/* The letter of the case whose trace or decisions are asked for; 'S' of a score, 0 of anything else. */
static char trace_letter(const struct get_request *asked)
{
    struct case_key key;
    if (!HAS(asked, get_request, id))
        return 0;
    if (span_starts(asked->id, "S-"))
        return 'S';
    return case_key_of_id(asked->id, &key) == 0 ? case_letter(&key) : 0;
}

enum access_right answer_right(const struct answer_kind *kind, const struct get_request *asked)
{
    bool of_case = kind->rows == answer_trace || kind->rows == answer_decisions;
    char letter = of_case ? trace_letter(asked) : 0;
    if (letter == 'S')
        return MAY_see_score;
    return letter ? right_of_letter(letter) : kind->right;
}

bool answer_on_record(const struct answer_kind *kind, const struct get_request *asked)
{
    return kind->on_record || answer_right(kind, asked) == MAY_see_ledger;
}

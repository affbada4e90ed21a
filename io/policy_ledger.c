/* policy_ledger.c - rewards and penalties in a policy: what a prize is, what an upheld complaint costs, who answers when. */
#include "io/policy_ledger.h"

#include <stdio.h>

#define PRIZE_MOST 10000000 /* fen: 100,000 yuan; a slip of the hand is refused here */
#define PENALTY_MOST 10000000
#define POINTS_MOST 1000

#define TEXT(structure, key) CYAML_FIELD_STRING(#key, CYAML_FLAG_OPTIONAL, struct structure, key, 1)
#define PART(member, fields) \
    CYAML_FIELD_MAPPING(#member, CYAML_FLAG_OPTIONAL | CYAML_FLAG_FLOW, struct document_ledger, member, fields)

static const cyaml_schema_field_t prizes_fields[] = {TEXT(document_prizes, first), TEXT(document_prizes, second),
                                                     TEXT(document_prizes, third), CYAML_FIELD_END};
static const cyaml_schema_field_t by_grade_fields[] = {TEXT(document_by_grade, general),
                                                       TEXT(document_by_grade, serious), TEXT(document_by_grade, major),
                                                       TEXT(document_by_grade, urgent), CYAML_FIELD_END};

const cyaml_schema_field_t document_ledger_fields[] = {TEXT(document_ledger, praise),
                                                       PART(month, prizes_fields),
                                                       PART(half_year, prizes_fields),
                                                       PART(year, prizes_fields),
                                                       PART(points, by_grade_fields),
                                                       TEXT(document_ledger, money_penalties),
                                                       PART(penalty, by_grade_fields),
                                                       TEXT(document_ledger, manager_share),
                                                       TEXT(document_ledger, year_points),
                                                       TEXT(document_ledger, wage_cap),
                                                       TEXT(document_ledger, veto_grade),
                                                       TEXT(document_ledger, veto_year_count),
                                                       TEXT(document_ledger, veto_year_months),
                                                       TEXT(document_ledger, answer_due),
                                                       CYAML_FIELD_END};

/* path below the document, kind, member of the document, member of the policy's section, limits */
#define FIGURE(path, kind, from, to_member, least, most)                                                              \
    {                                                                                                                 \
        "ledger." path, FIGURE_##kind, offsetof(struct document, ledger.from),                                        \
            offsetof(struct policy, ledger.to_member), sizeof(((struct policy *)NULL)->ledger.to_member), least, most \
    }
#define PRIZES(part, to)                                                  \
    FIGURE(#part ".first", YUAN, part.first, to[0], 0, PRIZE_MOST),       \
        FIGURE(#part ".second", YUAN, part.second, to[1], 0, PRIZE_MOST), \
        FIGURE(#part ".third", YUAN, part.third, to[2], 0, PRIZE_MOST)
#define BY_GRADE(part, kind, to, most)                                               \
    FIGURE(#part ".general", kind, part.general, to[grade_is_general], 0, most),     \
        FIGURE(#part ".serious", kind, part.serious, to[grade_is_serious], 0, most), \
        FIGURE(#part ".major", kind, part.major, to[grade_is_major], 0, most),       \
        FIGURE(#part ".urgent", kind, part.urgent, to[grade_is_urgent], 0, most)

const struct figure ledger_figures[] = {
    FIGURE("praise", YUAN, praise, praise_fen, 0, PRIZE_MOST),
    PRIZES(month, month_fen),
    PRIZES(half_year, half_year_fen),
    PRIZES(year, year_fen),
    BY_GRADE(points, NUMBER, penalty_points, POINTS_MOST),
    FIGURE("money_penalties", SWITCH, money_penalties, money_penalties, 0, 1),
    BY_GRADE(penalty, YUAN, penalty_fen, PENALTY_MOST),
    FIGURE("manager_share", NUMBER, manager_share, manager_share_percent, 0, 100),
    FIGURE("year_points", NUMBER, year_points, year_points, 0, 100000),
    FIGURE("wage_cap", NUMBER, wage_cap, cap_percent, 0, 100),
    FIGURE("veto_grade", GRADE, veto_grade, veto_grade, 0, grade_count - 1),
    FIGURE("veto_year_count", NUMBER, veto_year_count, veto_year_count, 1, VETO_YEAR_COUNT_MOST),
    FIGURE("veto_year_months", NUMBER, veto_year_months, veto_year_months, 1, 12),
    FIGURE("answer_due", DURATION, answer_due, answer_due, 0, 0),
};
const uint32_t ledger_figures_count = sizeof ledger_figures / sizeof ledger_figures[0];

/* ---- checks ---- */

static int check_falls(const struct policy_flaw *place, const char *path, const int64_t *prizes)
{
    for (uint32_t i = 1; i < LEDGER_PRIZES; i++) {
        if (prizes[i] > prizes[i - 1])
            return policy_flaw(place, path, "gives rank %u more than rank %u", i + 1, i);
    }
    return 0;
}

static int check_rises(const struct policy_flaw *place, const char *path, const int64_t *penalties)
{
    static const char *const grades[grade_count] = {"general", "serious", "major", "urgent"};
    for (uint32_t grade = 1; grade < grade_count; grade++) {
        if (penalties[grade] < penalties[grade - 1])
            return policy_flaw(place, path, "has less for %s than for %s", grades[grade], grades[grade - 1]);
    }
    return 0;
}

int policy_check_ledger(const struct policy *policy, const struct policy_flaw *place)
{
    const struct ledger_policy *rules = &policy->ledger;
    int rc = check_falls(place, "ledger.month", rules->month_fen);
    if (rc == 0)
        rc = check_falls(place, "ledger.half_year", rules->half_year_fen);
    if (rc == 0)
        rc = check_falls(place, "ledger.year", rules->year_fen);
    if (rc == 0)
        rc = check_rises(place, "ledger.points", rules->penalty_points);
    if (rc == 0)
        rc = check_rises(place, "ledger.penalty", rules->penalty_fen);
    if (rc == 0 && rules->answer_due.ms == 0)
        rc = policy_flaw(place, "ledger.answer_due", "is 0: every proposal would be late at once");
    return rc;
}

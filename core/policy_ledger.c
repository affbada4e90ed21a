/* policy_ledger.c - the figures of rewards and penalties as delivered; deploy/policy.yaml says the same to people. */
#include "core/policy.h"

#define YUAN 100ll /* fen */
#define DAY_MS 86400000ll

void ledger_policy_default(struct ledger_policy *ret_policy)
{
    *ret_policy = (struct ledger_policy){
        .praise_fen = 50 * YUAN,
        .month_fen = {300 * YUAN, 200 * YUAN, 100 * YUAN},
        .half_year_fen = {600 * YUAN, 500 * YUAN, 400 * YUAN},
        .year_fen = {1500 * YUAN, 1250 * YUAN, 1000 * YUAN},
        .penalty_points = {3, 5, 10, 10},
        .penalty_fen = {100 * YUAN, 200 * YUAN, 500 * YUAN, 500 * YUAN},
        .money_penalties = false,
        .manager_share_percent = 30,
        .year_points = 100,
        .cap_percent = 20,
        .veto_grade = grade_is_major,
        .veto_year_count = 2,
        .veto_year_months = 12,
        .answer_due = {5 * DAY_MS, TIME_WORKING_DAYS},
    };
}

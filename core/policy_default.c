/* policy_default.c - the group's rulebook as delivered; deploy/policy.yaml says the same to people (a test compares). */
#include "core/calendar_default.h"
#include "core/policy.h"

#include <string.h>

#define SECOND_MS 1000ll
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define YUAN 100ll /* fen */

/* In the order of enum clock_kind: response, plan, resolve, callback. */
static const struct duration general_clocks[CLOCKS_OF_GRADE] = {
    {8 * HOUR_MS, TIME_WORKING}, {16 * HOUR_MS, TIME_WORKING}, {24 * HOUR_MS, TIME_WORKING}, {24 * HOUR_MS, TIME_WALL}};
static const struct duration serious_clocks[CLOCKS_OF_GRADE] = {
    {4 * HOUR_MS, TIME_WORKING}, {8 * HOUR_MS, TIME_WORKING}, {24 * HOUR_MS, TIME_WORKING}, {24 * HOUR_MS, TIME_WALL}};
static const struct duration major_clocks[CLOCKS_OF_GRADE] = {
    {2 * HOUR_MS, TIME_WORKING}, {4 * HOUR_MS, TIME_WORKING}, {24 * HOUR_MS, TIME_WORKING}, {24 * HOUR_MS, TIME_WALL}};
static const struct duration urgent_clocks[CLOCKS_OF_GRADE] = {
    {2 * HOUR_MS, TIME_WALL}, {4 * HOUR_MS, TIME_WALL}, {48 * HOUR_MS, TIME_WALL}, {24 * HOUR_MS, TIME_WALL}};

static const struct duration each_working_day = {0, TIME_WORKING_DAYS};

static const struct rung ladder[] = {{50, 0}, {80, 1}, {100, 2}, {150, 3}, {200, 4}};

static const struct department_weights departments[] = {
    {"sales",
     {{"consultation", 25},
      {"delivery", 20},
      {"product", 20},
      {"price", 20},
      {"facility", 15},
      {"vehicle", 10},
      {"image", 10}},
     7},
    {"service",
     {{"quality", 27},
      {"initiation", 20},
      {"advisor", 20},
      {"facility", 17},
      {"pickup", 16},
      {"vehicle", 10},
      {"image", 10}},
     7},
    {"marketing", {{"vehicle", 10}, {"image", 10}}, 2},
    {"call_centre", {{"answer", 30}, {"attitude", 30}, {"solution", 40}, {"vehicle", 10}, {"image", 10}}, 5},
    {"support", {{"attitude", 50}, {"speed", 50}, {"vehicle", 10}, {"image", 10}}, 4},
};

static const struct score_map score_maps[] = {
    {"huawei-cec",
     {{1, true, 0},
      {2, true, 2500},
      {3, true, 5000},
      {4, true, 7500},
      {5, true, 10000},
      {-1, false, 0},
      {-2, false, 0}},
     7},
    {"cti-4", {{1, true, 10000}, {2, true, 6670}, {3, true, 3330}, {4, true, 0}}, 4},
    {"yeastar", {{1, true, 0}, {2, true, 2500}, {3, true, 5000}, {4, true, 7500}, {5, true, 10000}}, 5},
};

static void default_grade(struct policy *policy, enum grade grade, const struct duration *clocks,
                          struct duration repeat)
{
    memcpy(policy->grade[grade].clock, clocks, sizeof policy->grade[grade].clock);
    policy->grade[grade].repeat = repeat;
}

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof(array)[0]))

static void default_complaints(struct policy *policy)
{
    default_grade(policy, grade_is_general, general_clocks, each_working_day);
    default_grade(policy, grade_is_serious, serious_clocks, each_working_day);
    default_grade(policy, grade_is_major, major_clocks, (struct duration){2 * HOUR_MS, TIME_WALL});
    default_grade(policy, grade_is_urgent, urgent_clocks, (struct duration){30 * MINUTE_MS, TIME_WALL});
    memcpy(policy->ladder, ladder, sizeof ladder);
    policy->rung_count = COUNT(ladder);
    policy->breach_percent = 100;
    policy->repeat_minute = 9 * 60;
    policy->reopened_floor = 3;
    policy->level_most = 4;
    policy->fact_age_max_ms = 7 * DAY_MS;
    policy->decision_slack_ms = 15 * MINUTE_MS;
    policy->pause_most = (struct duration){10 * DAY_MS, TIME_WORKING_DAYS};
    policy->claim_major_fen = 10000 * YUAN;
    policy->claim_serious_fen = 1000 * YUAN;
    policy->second_complaint_within = (struct duration){30 * DAY_MS, TIME_WALL};
    policy->same_fault_repairs = 2;
    policy->card_keep_ms = 30 * DAY_MS;
}

static void default_delivery(struct delivery_rules *delivery)
{
    *delivery = (struct delivery_rules){
        .digest_minutes = 15,
        .digest_level_most = 1,
        .at_once_grade = grade_is_major,
        .climb_after_ms = {[grade_is_general] = 4 * HOUR_MS,
                           [grade_is_serious] = 1 * HOUR_MS,
                           [grade_is_major] = 15 * MINUTE_MS,
                           [grade_is_urgent] = 5 * MINUTE_MS},
        .give_up_after_ms = 3 * DAY_MS,
        .top_again_after_ms = 1 * HOUR_MS,
    };
}

/* 三包 2021 order no. 43 arts. 21-24 and 28; rules for complaints to the regulator, 2022. */
static void default_statutory(struct policy *policy)
{
    policy->quiet = (struct quiet_hours){.from_minute = 20 * 60, .until_minute = 8 * 60, .level_most = 1};
    policy->statutory = (struct statutory_rules){
        .clock =
            {
                [clock_kind_is_refund_answer] = {10 * DAY_MS, TIME_WORKING_DAYS},
                [clock_kind_is_refund_finish] = {20 * DAY_MS, TIME_WORKING_DAYS},
                [clock_kind_is_regulator_accept] = {7 * DAY_MS, TIME_WORKING_DAYS},
                [clock_kind_is_regulator_mediation] = {45 * DAY_MS, TIME_WALL},
                [clock_kind_is_deliberate] = {15 * DAY_MS, TIME_WALL},
            },
        .loaner_day = 6,
        .loaner_warn_day = 5,
        .repair_days_most = 30,
        .repair_days_warn = 25,
        .fault_repairs_most = 4,
        .safety_failures_most = 2,
    };
}

static void default_ratings(struct policy *policy)
{
    policy->low_rating_thousandths = 6000;
    policy->recovery_due = (struct duration){2 * DAY_MS, TIME_WORKING_DAYS};
    policy->satisfied_thousandths = 8000;
    policy->evidence_show_n = 5;
    policy->evidence_rank_n = 30;
    memcpy(policy->department, departments, sizeof departments);
    policy->department_count = COUNT(departments);
    memcpy(policy->score_map, score_maps, sizeof score_maps);
    policy->score_map_count = COUNT(score_maps);
}

static void default_ranking(struct policy *policy)
{
    policy->ranking = (struct ranking_rules){
        .band_reward = 95,
        .band_neutral = 90,
        .band_warning = 85,
        .band_penalty = 80,
        .quarterly = "sales",
        .shrink_ratings = 30,
        .weight_sales = 40,
        .weight_service = 40,
        .weight_complaints = 20,
        .close_day = 4,
        .close_minute = 0,
        .appeal_file_within = {7 * DAY_MS, TIME_WORKING_DAYS},
        .appeal_rule_within = {5 * DAY_MS, TIME_WORKING_DAYS},
        .appeal_review_within = {7 * DAY_MS, TIME_WORKING_DAYS},
    };
}

static void default_improvement(struct improvement_policy *improvement)
{
    *improvement = (struct improvement_policy){
        .low_ratings = 3,
        .low_within_ms = 30 * DAY_MS,
        .due = {30 * DAY_MS, TIME_WALL},
        .overdue_again = {2 * DAY_MS, TIME_WORKING_DAYS},
        .effect_days = 30,
        .drift_target = 8500,
        .drift_sd = 1500,
        .drift_slack = 500,
        .drift_alarm = 5000,
        .measure = {[task_rule_is_low_rating] = "Call the customer, listen, and put right what went wrong",
                    [task_rule_is_low_ratings] = "Find the common cause of the low ratings, and remove it",
                    [task_rule_is_drift] =
                        "Find out what has changed since the scores began to slip, and turn it round",
                    [task_rule_is_band] = "Agree in a meeting what the department changes, and watch it weekly"},
    };
}

/* day, percent, of warranty, of safety */
static const struct callback_row callback_rows[callback_kind_count] = {
    [callback_kind_is_sale_day3] = {3, 100, 0, 0},
    [callback_kind_is_sale_day7] = {7, 100, 0, 0},
    [callback_kind_is_sale_day30] = {30, 20, 0, 0},
    [callback_kind_is_repair_day3] = {3, 20, 100, 100},
    [callback_kind_is_maintenance_day3] = {3, 20, 100, 100},
    [callback_kind_is_consult_day3] = {3, 0, 0, 0},
    [callback_kind_is_lapsed] = {180, 100, 0, 0},
    [callback_kind_is_resurvey] = {10, 100, 0, 0},
};

static void default_callbacks(struct callback_rules *callbacks)
{
    memcpy(callbacks->sampling_key, "manyi", sizeof "manyi");
    memcpy(callbacks->kind, callback_rows, sizeof callback_rows);
    callbacks->call_from_minute = 9 * 60;
    callbacks->overdue_after_ms = 1 * DAY_MS;
    callbacks->give_up_after_ms = 14 * DAY_MS;
    callbacks->contact_gap_ms = 30 * DAY_MS;
    callbacks->refusals_most = 2;
    callbacks->tries_most = 4;
    callbacks->tries_within_ms = 2 * DAY_MS;
    callbacks->try_again_after_ms = 4 * HOUR_MS;
    callbacks->claim_lapses_after_ms = 30 * MINUTE_MS;
    callbacks->message_waits_ms = 1 * DAY_MS;
    callbacks->postponed_most_ms = 14 * DAY_MS;
}

static void default_honesty(struct honesty_policy *honesty)
{
    *honesty = (struct honesty_policy){
        .contact_within_ms = 48 * HOUR_MS,
        .device_customers = 3,
        .device_within_ms = 30 * DAY_MS,
        .form_dimensions = 4,
        .habit_months = 3,
        .inhouse_gap = 500,
        .called_months = 3,
        .called_least = 5,
    };
}

void policy_default(struct policy *ret_policy)
{
    memset(ret_policy, 0, sizeof *ret_policy);
    memcpy(ret_policy->name, "customer-satisfaction", sizeof "customer-satisfaction");
    memcpy(ret_policy->zone, "Asia/Shanghai", sizeof "Asia/Shanghai");
    ret_policy->utc_offset_minutes = 8 * 60;
    calendars_default(&ret_policy->calendars);
    default_complaints(ret_policy);
    default_statutory(ret_policy);
    default_delivery(&ret_policy->delivery);
    default_ratings(ret_policy);
    default_ranking(ret_policy);
    default_improvement(&ret_policy->improvement);
    default_honesty(&ret_policy->honesty);
    ledger_policy_default(&ret_policy->ledger);
    default_callbacks(&ret_policy->callbacks);
}

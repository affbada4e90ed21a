/*
 * policy_document.h - the YAML form of the policy: every figure as the text that stands in the file. Only for policy_*.c.
 *
 * libcyaml checks the shape (known keys, lists within bounds, nothing twice); what the texts mean is worked out in
 * policy_file.c. An empty text was left out. Plain data, no pointers.
 */
#ifndef MANYI_IO_POLICY_DOCUMENT_H
#define MANYI_IO_POLICY_DOCUMENT_H

#include "core/policy.h"
#include "io/calendar_document.h"
#include "io/policy_file.h"

struct document_clocks {
    figure_text clock[CLOCKS_OF_GRADE];
    figure_text repeat;
};

struct document_rung {
    figure_text percent, level;
};

struct document_escalation {
    figure_text breach_percent, repeat_at, level_most, reopened_floor;
};

struct document_quiet {
    figure_text from, until, level_most;
};

struct document_by_grade {
    figure_text general, serious, major, urgent;
};

struct document_delivery {
    figure_text digest_minutes, digest_level_most, at_once_grade;
    struct document_by_grade climb_after;
    figure_text give_up_after, top_again_after;
};

struct document_statutory {
    figure_text refund_answer, refund_finish, regulator_accept, regulator_mediation, deliberate, loaner_day,
        loaner_warn_day, repair_days_most, repair_days_warn, fault_repairs_most, safety_failures_most;
};

struct document_complaints {
    figure_text fact_age_most, decision_slack, pause_most, claim_major, claim_serious, second_complaint_within,
        same_fault_repairs, card_keep;
};

struct document_ratings {
    figure_text low, recovery_due, satisfied, evidence_show, evidence_rank;
};

struct document_bands {
    figure_text reward, neutral, warning, penalty;
    name_text quarterly;
};

struct document_prizes {
    figure_text first, second, third;
};
struct document_ledger {
    figure_text praise, money_penalties, manager_share, year_points, wage_cap;
    figure_text veto_grade, veto_year_count, veto_year_months, answer_due;
    struct document_prizes month, half_year, year;
    struct document_by_grade points, penalty;
};

struct document_ranking {
    figure_text shrink_ratings, sales, service, complaints;
};

struct document_period {
    figure_text close_day, close_at;
};

struct document_appeals {
    figure_text file_within, rule_within, review_within;
};

struct document_improvement {
    figure_text low_ratings, low_within, due, overdue_again, effect_days;
};

struct document_honesty {
    figure_text contact_within, device_customers, device_within, form_dimensions, habit_months, inhouse_gap,
        called_months, called_least;
};

struct document_measures {
    char rule[task_rule_count][LABEL_MAX_BYTES + 1];
};

struct document_drift {
    figure_text target, sd, slack, alarm;
};

struct document_callback_row {
    figure_text day, percent, warranty_percent, safety_percent;
};

struct document_callbacks {
    name_text sampling_key;
    struct document_callback_row kind[callback_kind_count];
    figure_text call_from, overdue_after, give_up_after, contact_gap, refusals_most, tries_most, tries_within,
        try_again_after, claim_lapses_after, message_waits, postponed_most;
};

struct document_weight {
    name_text dimension;
    figure_text weight;
};

struct document_department {
    name_text department;
    struct document_weight weights[DIMENSIONS_MAX];
    uint32_t weights_count;
};

struct document_key {
    figure_text key, score;
};

struct document_map {
    name_text scale;
    struct document_key keys[POLICY_MAP_KEYS_MAX];
    uint32_t keys_count;
};

struct document {
    name_text name, zone;
    figure_text utc_offset_minutes;
    name_text calendar;
    struct document_calendar calendars[CALENDARS_MAX];
    uint32_t calendars_count;
    struct document_zone zones[DOCUMENT_ZONES_MAX];
    uint32_t zones_count;
    struct document_clocks clocks[grade_count];
    struct document_rung ladder[POLICY_RUNGS_MAX];
    uint32_t ladder_count;
    struct document_escalation escalation;
    struct document_quiet quiet_hours;
    struct document_delivery delivery;
    struct document_statutory statutory;
    struct document_complaints complaints;
    struct document_ratings ratings;
    struct document_bands bands;
    struct document_ranking ranking;
    struct document_period period;
    struct document_appeals appeals;
    struct document_ledger ledger;
    struct document_improvement improvement;
    struct document_drift drift;
    struct document_measures measures;
    struct document_honesty honesty;
    struct document_department departments[POLICY_DEPARTMENTS_MAX];
    uint32_t departments_count;
    struct document_map score_maps[POLICY_SCORE_MAPS_MAX];
    uint32_t score_maps_count;
    struct document_callbacks callbacks;
};

/* -E_BAD_POLICY with line, path and cause in message; -E_NO_MEMORY. */
int document_load(struct span text, struct document *ret_document, char message[POLICY_MESSAGE_MAX]);

/* Writes YAML; -E_NO_ROOM, -E_NO_MEMORY. */
int document_save(const struct document *document, char *buffer, size_t size, size_t *ret_len);

/* The line, from 1, where the value at a path such as "ladder[2].level" stands; 0 when it does not. */
uint32_t document_line(struct span text, const char *path);

#endif

/*
 * policy.h - the group's rulebook: every figure that a group may change, as one plain struct.
 *
 * Read from YAML by io/policy_file.h. The journal carries the whole resolved document (policy.adopted), so that
 * next year's rebuild uses the figures that were in force. Figures are defaults of deploy/policy.yaml; their
 * source is the group's rulebook. Plain data: copy it freely.
 */
#ifndef MANYI_CORE_POLICY_H
#define MANYI_CORE_POLICY_H

#include "core/calendar_tables.h"
#include "core/policy_ladder.h"

#define POLICY_RUNGS_MAX 5u
#define RUNG_PERCENT_MOST 1000u
#define POLICY_DEPARTMENTS_MAX 16u
#define POLICY_SCORE_MAPS_MAX 16u
#define POLICY_MAP_KEYS_MAX 32u
#define LOW_RATINGS_MAX 16 /* low ratings that make an improvement task */

/* The clocks of one grade, by enum clock_kind. */
struct grade_clocks {
    struct duration clock[CLOCKS_OF_GRADE];
    struct duration repeat; /* unacknowledged notices of 100 % and above; ms 0: each working day at repeat_minute */
};

/* Rewards and penalties. */
#define LEDGER_PRIZES 3u        /* the first three */
#define VETO_YEAR_COUNT_MOST 8u /* vetoes that take a year's rewards */
struct ledger_policy {
    int64_t praise_fen;                   /* named praise, each person: 50 yuan */
    int64_t month_fen[LEDGER_PRIZES];     /* per head, of the first, second and third department: 300, 200, 100 yuan */
    int64_t half_year_fen[LEDGER_PRIZES]; /* 600, 500, 400 */
    int64_t year_fen[LEDGER_PRIZES];      /* 1500, 1250, 1000 */
    int64_t penalty_points[grade_count];  /* per upheld complaint and person: 3, 5, 10, 10 */
    int64_t penalty_fen[grade_count]; /* per upheld complaint, where money is switched on: 100, 200, 500, 500 yuan */
    bool money_penalties;             /* no */
    int64_t manager_share_percent;    /* of penalty_fen, not on top: 30 */
    int64_t year_points;              /* that an account starts a year with: 100 */
    int64_t cap_percent;              /* of a month's wage, payroll's own rule: 20 */
    int64_t veto_grade;               /* an upheld complaint of this grade or above takes the period's reward: major */
    int64_t veto_year_count;          /* so many vetoes take the year's: 2 ... */
    int64_t veto_year_months;         /* ... within so many months: 12 */
    struct duration answer_due;       /* a proposal is to be answered in 5 working days */
};
/* As delivered. */
void ledger_policy_default(struct ledger_policy *ret_policy);

/* Bands, ranking, the close of a period, and appeals. */
struct ranking_rules {
    int64_t band_reward;                  /* index/10 from here on: reward; 95 */
    int64_t band_neutral;                 /* neutral; 90 */
    int64_t band_warning;                 /* warning; 85 */
    int64_t band_penalty;                 /* penalty, and below it an improvement task, too; 80 */
    char quarterly[NAME_MAX_BYTES + 1];   /* department whose band is that of a quarter; "sales" */
    int64_t shrink_ratings;               /* m: so many ratings at the group's mean are added; 30 */
    int64_t weight_sales;                 /* in a store's T score; 40 */
    int64_t weight_service;               /* 40 */
    int64_t weight_complaints;            /* complaints handled in time; 20 */
    int64_t close_day;                    /* of the next month, on which a month closes; 4 */
    uint32_t close_minute;                /* of that day; 0 */
    struct duration appeal_file_within;   /* of notice to the employee; 7 working days */
    struct duration appeal_rule_within;   /* of filing; 5 working days */
    struct duration appeal_review_within; /* of the ruling, to ask for the second look; 7 working days */
};

/* One kind of callback: on which day, and whom of a hundred. */
struct callback_row {
    int64_t day; /* local days after the visit was completed; lapsed: the last one; resurvey: the task was verified */
    int64_t percent;          /* of all; 100: everybody, 0: nobody */
    int64_t warranty_percent; /* of visits under warranty, where that is more */
    int64_t safety_percent;   /* of visits that concern safety, where that is more */
};

/* Whom to call, when, and how often. */
struct callback_rules {
    char sampling_key[NAME_MAX_BYTES + 1]; /* of the hash that draws the sample */
    struct callback_row kind[callback_kind_count];
    uint32_t call_from_minute;  /* of the local day: earlier nobody is called; 540 */
    int64_t overdue_after_ms;   /* not called so long after it was due: overdue; 1 day, so day 3 is overdue on day 4 */
    int64_t give_up_after_ms;   /* nobody has even tried so long after it was due: skipped; 14 days */
    int64_t contact_gap_ms;     /* one contact per customer in 30 days */
    int64_t refusals_most;      /* so many refusals one after the other are an opt-out; 2 */
    int64_t tries_most;         /* 4 */
    int64_t tries_within_ms;    /* of the first; 2 days */
    int64_t try_again_after_ms; /* 4 h */
    int64_t claim_lapses_after_ms; /* claimed and forgotten: due again; 30 min */
    int64_t message_waits_ms;      /* for an answer, then unreachable; 1 day */
    int64_t postponed_most_ms;     /* a callback is put off from now; 14 days */
};

/* One rung of the escalation ladder. */
struct rung {
    uint32_t percent; /* of the clock */
    uint32_t level;   /* 0 handler, 1 manager, 2 director, 3 general manager, 4 management group */
};

struct dimension_weight {
    char dimension[NAME_MAX_BYTES + 1];
    uint32_t weight;
};

struct department_weights {
    char department[NAME_MAX_BYTES + 1];
    struct dimension_weight dimension[DIMENSIONS_MAX];
    uint32_t dimension_count;
};

/* A vendor's key to a score; keys that the map does not have mean "no answer" and are reported. */
struct score_map_key {
    int32_t key;
    bool answer;         /* false: a known "no answer", such as a time-out */
    int32_t thousandths; /* of 0-10 */
};

struct score_map {
    char scale[NAME_MAX_BYTES + 1];
    struct score_map_key key[POLICY_MAP_KEYS_MAX];
    uint32_t key_count;
};

/* When a department must improve, and how it shows that it did. Scores are in thousandths of 0-10. */
struct improvement_policy {
    int64_t low_ratings;           /* of one store, department and dimension: an improvement task; 3 */
    int64_t low_within_ms;         /* 30 days */
    struct duration due;           /* 30 days */
    struct duration overdue_again; /* an overdue task is told to the level above after; 2 working days */
    int64_t effect_days;           /* before a task's opening, that its effect is measured against; 30 */
    int32_t drift_target;          /* mean that a dimension shall have; 8,500 */
    int32_t drift_sd;              /* usual spread of single ratings; 1,500 */
    int32_t drift_slack;           /* k, in thousandths of a standard error: half the shift to be seen; 500 */
    int32_t drift_alarm;           /* h, in thousandths of a standard error: an alarm above; 5,000 */
    char measure[task_rule_count][LABEL_MAX_BYTES + 1]; /* what a task of each rule asks for; none of a meeting's */
};

/* What makes ratings worth a look. Scores are in thousandths of 0-10. */
struct honesty_policy {
    int64_t contact_within_ms; /* a contact that was edited so shortly before the survey; 48 h */
    int64_t device_customers;  /* so many customers on one device; 3 */
    int64_t device_within_ms;  /* within; 30 days */
    int64_t form_dimensions;   /* a form has at least so many answers; 4 */
    int64_t habit_months;      /* a month is laid beside so many before it; 3 */
    int32_t inhouse_gap;       /* our own calls may lie so far above the manufacturer's; 500 */
    int64_t called_months;     /* who was called back is counted over so many months, the running one among them; 3 */
    int64_t called_least;      /* so many unhappy customers, and so many content ones; 5 */
};
#define DEVICE_CUSTOMERS_MAX 8
#define HABIT_MONTHS_MAX 12
#define CALLED_MONTHS_MAX 12

struct policy {
    char name[NAME_MAX_BYTES + 1];
    char hash[33]; /* BLAKE2b-128 of the document, hexadecimal */
    char zone[NAME_MAX_BYTES + 1];
    int32_t utc_offset_minutes; /* of the zone, resolved at adoption; before its first change, where it has changes */
    struct policy_calendars calendars;

    struct grade_clocks grade[grade_count];
    struct rung ladder[POLICY_RUNGS_MAX]; /* rising percent and level */
    uint32_t rung_count;
    uint32_t breach_percent; /* rungs from here on are breaches and repeat: 100 */
    uint32_t repeat_minute;  /* of the local day, for daily repeats: 540 */
    struct quiet_hours quiet;
    struct delivery_rules delivery;
    struct statutory_rules statutory;
    int64_t reopened_floor;                  /* floor that the second reopening sets: 3 */
    int64_t level_most;                      /* 4 */
    int64_t fact_age_max_ms;                 /* older facts are late and start at arrival: 7 days */
    int64_t decision_slack_ms;               /* a decision's own time counts "in time" within this: 15 min */
    struct duration pause_most;              /* 10 working days */
    int64_t claim_major_fen;                 /* above: major */
    int64_t claim_serious_fen;               /* above: serious */
    struct duration second_complaint_within; /* of one customer: serious; 30 days */
    int64_t same_fault_repairs;              /* from here on: major; 2 */
    int64_t card_keep_ms;                    /* closed cases leave the outlet after: 30 days */

    int32_t low_rating_thousandths; /* at or below: a recovery task; 6,000 */
    struct duration recovery_due;   /* 2 working days */
    struct improvement_policy improvement;
    struct honesty_policy honesty;

    int32_t satisfied_thousandths; /* overall at or above counts as satisfied: 8,000 */
    int64_t evidence_show_n;       /* 5 */
    int64_t evidence_rank_n;       /* 30 */
    struct department_weights department[POLICY_DEPARTMENTS_MAX];
    uint32_t department_count;
    struct score_map score_map[POLICY_SCORE_MAPS_MAX];
    uint32_t score_map_count;

    struct ranking_rules ranking;
    struct ledger_policy ledger;
    struct callback_rules callbacks;
};

/* The rulebook as delivered, without a hash: what a document leaves out, it takes from here. */
void policy_default(struct policy *ret_policy);

/* Is it this name of the policy's? None is empty, and all end with a zero byte, so that the length is told without measuring
 * them; most differ in their first letter, which saves a call. */
static inline bool policy_name_is(const char name[NAME_MAX_BYTES + 1], struct span text)
{
    return text.len >= 1 && text.len <= NAME_MAX_BYTES && name[0] == (char)text.at[0] && name[text.len] == '\0' &&
           memcmp(name, text.at, text.len) == 0;
}

/* NULL when the policy has no weights for it. */
const struct department_weights *policy_department(const struct policy *policy, struct span department);
/* 0 when the department does not know the dimension. */
uint32_t policy_weight(const struct department_weights *department, struct span dimension);

enum mapped { MAPPED_SCORE, MAPPED_NO_ANSWER, MAPPED_UNKNOWN };
/* Turns a vendor's key into thousandths of 0-10. MAPPED_UNKNOWN: no such scale or key; it is reported. */
enum mapped policy_map(const struct policy *policy, const struct raw_answer *raw, int32_t *ret_thousandths);

#endif

/*
 * cast_policy.c - the head office: rulebooks with other figures, some of them nonsense.
 */
#include "core/ensure.h"
#include "io/policy_file.h"
#include "tests/sim/cast_inside.h"

#include <stdio.h>
#include <stdlib.h>

#define DOCUMENT_MAX (64u * KIB)

/* ---- other figures ---- */

static void vary_clocks(struct policy *policy, struct dice *dice)
{
    for (uint32_t grade = 0; grade < grade_count; grade++) {
        struct grade_clocks *clocks = &policy->grade[grade];
        for (uint32_t kind = 0; kind < CLOCKS_OF_GRADE; kind++) {
            if (!dice_chance(dice, 1, 2))
                continue;
            int64_t hours = dice_between(dice, 1, 32);
            clocks->clock[kind].ms = HOURS(hours);
            if (hours % 8 == 0) /* whole days are written as such */
                clocks->clock[kind] = (struct duration){DAYS(hours / 8), TIME_WORKING_DAYS};
        }
        if (dice_chance(dice, 1, 3))
            clocks->repeat = dice_chance(dice, 1, 2)
                                 ? (struct duration){0, TIME_WORKING_DAYS}
                                 : (struct duration){MINUTES(dice_between(dice, 60, 600)), TIME_WALL};
    }
}

/* Other rungs, that still rise to a breach at 100 %. */
static void vary_ladder(struct policy *policy, struct dice *dice)
{
    static const struct rung ladders[][POLICY_RUNGS_MAX] = {
        {{50, 0}, {80, 1}, {100, 2}, {150, 3}, {200, 4}},
        {{100, 1}, {300, 4}},
        {{25, 0}, {50, 1}, {75, 2}, {100, 3}, {120, 4}},
        {{60, 1}, {100, 2}, {140, 3}},
    };
    static const uint32_t counts[] = {5, 2, 5, 3};
    int64_t die = dice_between(dice, 0, 3);
    memcpy(policy->ladder, ladders[die], sizeof ladders[die]);
    policy->rung_count = counts[die];
}

static void vary_rest(struct policy *policy, struct dice *dice)
{
    policy->repeat_minute = (uint32_t)dice_between(dice, 0, 1439);
    policy->reopened_floor = dice_between(dice, 0, 4);
    policy->fact_age_max_ms = DAYS(dice_between(dice, 1, 10));
    policy->decision_slack_ms = MINUTES(dice_between(dice, 1, 60));
    policy->pause_most.ms = DAYS(dice_between(dice, 1, 10));
    policy->claim_serious_fen = 100 * dice_between(dice, 100, 5000);
    policy->claim_major_fen = policy->claim_serious_fen + 100 * dice_between(dice, 0, 9000);
    policy->second_complaint_within.ms = DAYS(dice_between(dice, 1, 30));
    policy->same_fault_repairs = dice_between(dice, 1, 4);
    policy->card_keep_ms = DAYS(dice_between(dice, 1, 8));
    policy->low_rating_thousandths = (int32_t)dice_between(dice, 3, 7) * 1000;
    policy->recovery_due.ms = DAYS(dice_between(dice, 1, 3));
    policy->evidence_show_n = dice_between(dice, 1, 5);
    policy->evidence_rank_n = dice_between(dice, 5, 9);
    policy->honesty.contact_within_ms = HOURS(dice_between(dice, 1, 72));
    policy->honesty.device_customers = dice_between(dice, 2, 4);
    policy->honesty.device_within_ms = DAYS(dice_between(dice, 1, 5));
    policy->honesty.form_dimensions = dice_between(dice, 1, 4);
    policy->honesty.habit_months = dice_between(dice, 1, 2);
    policy->honesty.inhouse_gap = (int32_t)dice_between(dice, 0, 10) * 100;
    policy->honesty.called_months = dice_between(dice, 1, 3);
    policy->honesty.called_least = dice_between(dice, 1, 3);
    policy->improvement.low_ratings = dice_between(dice, 1, 4);
    policy->improvement.low_within_ms = DAYS(dice_between(dice, 1, 30));
    policy->improvement.due.ms = DAYS(dice_between(dice, 1, 9));
    policy->improvement.overdue_again.ms = DAYS(dice_between(dice, 1, 3));
    policy->improvement.effect_days = dice_between(dice, 1, 30);
    policy->improvement.drift_target = (int32_t)dice_between(dice, 6, 9) * 1000;
    policy->improvement.drift_sd = (int32_t)dice_between(dice, 10, 20) * 100;
    policy->improvement.drift_alarm = (int32_t)dice_between(dice, 2, 6) * 1000;
    policy->satisfied_thousandths = (int32_t)dice_between(dice, 7, 9) * 1000;
}

static void vary_ledger(struct policy *policy, struct dice *dice)
{
    struct ledger_policy *ledger = &policy->ledger;
    ledger->praise_fen = dice_between(dice, 0, 9999);
    ledger->money_penalties = dice_chance(dice, 1, 2);
    ledger->veto_grade = dice_between(dice, 0, grade_count - 1);
    ledger->veto_year_count = dice_between(dice, 1, 4);
    ledger->veto_year_months = dice_between(dice, 1, 12);
    ledger->answer_due.ms = DAYS(dice_between(dice, 1, 6));
    for (uint32_t grade = 0; grade < grade_count; grade++) {
        ledger->penalty_points[grade] = dice_between(dice, 0, 9) + (grade ? ledger->penalty_points[grade - 1] : 0);
        ledger->penalty_fen[grade] = dice_between(dice, 0, 9999) + (grade ? ledger->penalty_fen[grade - 1] : 0);
    }
}

/* What follows from a close is not in the oracle, which knows its figures alone: from so few ratings as make a rank here, no band but
 * neutral, and prizes of nothing. Stories, the month of a group and tests of the worker look at both. */
static void close_quietly(struct policy *policy)
{
    struct ledger_policy *ledger = &policy->ledger;
    policy->ranking.band_penalty = 0;
    policy->ranking.band_warning = 1;
    policy->ranking.band_neutral = 2;
    policy->ranking.band_reward = 100;
    for (uint32_t rank = 0; rank < LEDGER_PRIZES; rank++)
        ledger->month_fen[rank] = ledger->half_year_fen[rank] = ledger->year_fen[rank] = 0;
}

static void vary_callbacks(struct callback_rules *rules, struct dice *dice)
{
    int64_t day = 0;
    for (uint32_t kind = 0; kind < callback_kind_count; kind++) {
        struct callback_row *row = &rules->kind[kind];
        row->day = kind <= callback_kind_is_sale_day30 ? (day += dice_between(dice, 1, 2)) : dice_between(dice, 1, 4);
        row->percent = dice_between(dice, 1, 5) * 20;
        row->warranty_percent = dice_between(dice, 0, 4) * 25;
        row->safety_percent = dice_between(dice, 0, 4) * 25;
    }
    snprintf(rules->sampling_key, sizeof rules->sampling_key, "key %d", (int)dice_between(dice, 1, 99));
    rules->call_from_minute = (uint32_t)dice_between(dice, 0, 1439);
    rules->overdue_after_ms = HOURS(dice_between(dice, 1, 30));
    rules->give_up_after_ms = rules->overdue_after_ms + HOURS(dice_between(dice, 1, 40));
    rules->contact_gap_ms = HOURS(dice_between(dice, 1, 100));
    rules->refusals_most = dice_between(dice, 1, 3);
    rules->tries_most = dice_between(dice, 1, 4);
    rules->tries_within_ms = DAYS(dice_between(dice, 1, 3));
    rules->try_again_after_ms = HOURS(dice_between(dice, 1, 8));
    rules->claim_lapses_after_ms = MINUTES(dice_between(dice, 5, 600));
    rules->message_waits_ms = HOURS(dice_between(dice, 1, 30));
    rules->postponed_most_ms = DAYS(dice_between(dice, 1, 14));
}

/* Nights of other lengths, and a law that is quicker to warn than a few simulated days are long. */
static void vary_law(struct policy *policy, struct dice *dice)
{
    struct statutory_rules *rules = &policy->statutory;
    policy->quiet.from_minute = (uint32_t)dice_between(dice, 0, 1439);
    policy->quiet.until_minute = (uint32_t)dice_between(dice, 0, 1439);
    policy->quiet.level_most = dice_between(dice, 0, 4);
    rules->loaner_day = dice_between(dice, 2, 4);
    rules->loaner_warn_day = dice_between(dice, 1, rules->loaner_day - 1);
    rules->repair_days_most = dice_between(dice, 2, 12);
    rules->repair_days_warn = dice_between(dice, 1, rules->repair_days_most - 1);
    rules->fault_repairs_most = dice_between(dice, 2, 4);
    rules->safety_failures_most = dice_between(dice, 2, 3);
}

static void vary_scores(struct policy *policy, struct dice *dice)
{
    struct department_weights *department = &policy->department[dice_between(dice, 0, policy->department_count - 1)];
    department->dimension[0].weight = (uint32_t)dice_between(dice, 1, 60);
    if (dice_chance(dice, 1, 3))
        policy->department_count--;
    struct score_map *map = &policy->score_map[dice_between(dice, 0, policy->score_map_count - 1)];
    struct score_map_key *key = &map->key[dice_between(dice, 0, map->key_count - 1)];
    key->answer = dice_chance(dice, 2, 3) || map->key_count < 5;
    key->thousandths = key->answer ? (int32_t)dice_between(dice, 0, 10) * 1000 : 0;
}

static void policy_vary(struct policy *policy, struct dice *dice)
{
    policy_default(policy);
    snprintf(policy->name, sizeof policy->name, "rulebook-%d", (int)dice_between(dice, 1, 999));
    if (dice_chance(dice, 2, 3))
        vary_clocks(policy, dice);
    if (dice_chance(dice, 1, 2))
        vary_ladder(policy, dice);
    if (dice_chance(dice, 1, 2))
        vary_rest(policy, dice);
    if (dice_chance(dice, 1, 2))
        vary_ledger(policy, dice);
    close_quietly(policy);
    if (dice_chance(dice, 1, 2))
        vary_law(policy, dice);
    if (dice_chance(dice, 1, 2))
        vary_scores(policy, dice);
    if (dice_chance(dice, 2, 3))
        vary_callbacks(&policy->callbacks, dice);
    calendars_vary(policy, dice);
}

/* ---- publishing ---- */

void adopted_publish(struct sender *sender, struct draft *draft, enum event_type type, struct span content,
                     const char *hash)
{
    struct adopted *adopted = &draft->data.adopted;
    draft->event.type = type;
    SET(adopted, adopted, by, span_of(town_person(draft->dice)));
    SET(adopted, adopted, content, content);
    SET(adopted, adopted, hash, span_of(hash));
    draft_publish(draft, sender);
}

void policy_publish(struct sender *sender, struct dice *dice, int64_t wall_ms)
{
    struct draft draft;
    char hash[33], message[POLICY_MESSAGE_MAX];
    struct policy *policies = cast_take(2 * sizeof *policies);
    char *document = cast_take(DOCUMENT_MAX);
    size_t len;
    policy_vary(&policies[0], dice);
    int result = policy_render(&policies[0], document, DOCUMENT_MAX, &len, hash);
    ensure(result == 0);
    result = policy_parse(span_make(document, len), &policies[1], message);
    ensure(result == 0); /* what the office adopts, `manyi policy check` has passed */
    draft_begin_event(&draft, sender, dice, wall_ms);
    if (dice_chance(dice, 1, 10)) {
        hash[0] = hash[0] == '0' ? '1' : '0'; /* not that of the content */
    } else if (dice_chance(dice, 1, 10)) {
        document[0] = '#'; /* a line of it is gone */
        len = (size_t)dice_between(dice, 1, 40);
        policy_hash(span_make(document, len), hash);
    }
    adopted_publish(sender, &draft, EVENT_policy_adopted, span_make(document, len), hash);
    world_tell(sender->member->cast->world, sender->member->name, "adopts %s", policies[0].name);
    free(document);
    free(policies);
}

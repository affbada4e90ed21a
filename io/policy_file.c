/*
 * policy_file.c - from a manager's YAML to struct policy and back.
 *
 *   text --policy_document--> texts --figures below--> struct policy --checks below--> accepted
 *
 * A struct starts as the default rulebook; what the document says replaces figure by figure, and a list as a whole.
 */
#include "io/policy_file.h"

#include "core/ensure.h"
#include "core/status.h"
#include "io/policy_calendar.h"
#include "io/policy_callbacks.h"
#include "io/policy_check.h"
#include "io/policy_delivery.h"
#include "io/policy_figure.h"
#include "io/policy_ledger.h"
#include "schemas/codec.h"

#include <sodium.h>
#include <stdio.h>

#define LEVEL_MOST 4
#define WEIGHT_MOST 1000
#define INDEX_MOST 100
#define KEY_MOST 1000
#define FEN_MOST 100000000000ll
#define OFFSET_MOST (14 * 60)

/* path, kind, part of the document, part of the policy, limits */
#define FIGURE(path, kind, from_type, from_member, to_type, to_member, least, most)                        \
    {                                                                                                      \
        path, FIGURE_##kind, offsetof(struct from_type, from_member), offsetof(struct to_type, to_member), \
            sizeof(((struct to_type *)NULL)->to_member), least, most                                       \
    }
#define WHOLE(path, kind, from, to, least, most) FIGURE(path, kind, document, from, policy, to, least, most)

#define STATUTORY(kind) WHOLE("statutory." #kind, DURATION, statutory.kind, statutory.clock[clock_kind_is_##kind], 0, 0)
#define REPAIRS(key, least, most) WHOLE("statutory." #key, NUMBER, statutory.key, statutory.key, least, most)

static const struct figure figures[] = {
    WHOLE("utc_offset_minutes", NUMBER, utc_offset_minutes, utc_offset_minutes, -OFFSET_MOST, OFFSET_MOST),
    WHOLE("escalation.breach_percent", NUMBER, escalation.breach_percent, breach_percent, 1, RUNG_PERCENT_MOST),
    WHOLE("escalation.repeat_at", MINUTE, escalation.repeat_at, repeat_minute, 0, 24 * 60 - 1),
    WHOLE("escalation.level_most", NUMBER, escalation.level_most, level_most, 0, LEVEL_MOST),
    WHOLE("escalation.reopened_floor", NUMBER, escalation.reopened_floor, reopened_floor, 0, LEVEL_MOST),
    WHOLE("quiet_hours.from", MINUTE, quiet_hours.from, quiet.from_minute, 0, 24 * 60 - 1),
    WHOLE("quiet_hours.until", MINUTE, quiet_hours.until, quiet.until_minute, 0, 24 * 60 - 1),
    WHOLE("quiet_hours.level_most", NUMBER, quiet_hours.level_most, quiet.level_most, 0, LEVEL_MOST),
    STATUTORY(refund_answer),
    STATUTORY(refund_finish),
    STATUTORY(regulator_accept),
    STATUTORY(regulator_mediation),
    STATUTORY(deliberate),
    REPAIRS(loaner_day, 2, 365),
    REPAIRS(loaner_warn_day, 1, 364),
    REPAIRS(repair_days_most, 2, 365),
    REPAIRS(repair_days_warn, 1, 364),
    REPAIRS(fault_repairs_most, 2, 100),
    REPAIRS(safety_failures_most, 2, 100),
    WHOLE("complaints.fact_age_most", WALL, complaints.fact_age_most, fact_age_max_ms, 0, INT64_MAX),
    WHOLE("complaints.decision_slack", WALL, complaints.decision_slack, decision_slack_ms, 0, INT64_MAX),
    WHOLE("complaints.pause_most", DURATION, complaints.pause_most, pause_most, 0, 0),
    WHOLE("complaints.claim_major", YUAN, complaints.claim_major, claim_major_fen, 0, FEN_MOST),
    WHOLE("complaints.claim_serious", YUAN, complaints.claim_serious, claim_serious_fen, 0, FEN_MOST),
    WHOLE("complaints.second_complaint_within", DURATION, complaints.second_complaint_within, second_complaint_within,
          0, 0),
    WHOLE("complaints.same_fault_repairs", NUMBER, complaints.same_fault_repairs, same_fault_repairs, 1, 100),
    WHOLE("complaints.card_keep", WALL, complaints.card_keep, card_keep_ms, 0, INT64_MAX),
    WHOLE("ratings.low", SCORE, ratings.low, low_rating_thousandths, 0, 10000),
    WHOLE("ratings.recovery_due", DURATION, ratings.recovery_due, recovery_due, 0, 0),
    WHOLE("ratings.satisfied", SCORE, ratings.satisfied, satisfied_thousandths, 0, 10000),
    WHOLE("ratings.evidence_show", NUMBER, ratings.evidence_show, evidence_show_n, 1, 1000000),
    WHOLE("ratings.evidence_rank", NUMBER, ratings.evidence_rank, evidence_rank_n, 1, 1000000),
    WHOLE("bands.reward", NUMBER, bands.reward, ranking.band_reward, 0, INDEX_MOST),
    WHOLE("bands.neutral", NUMBER, bands.neutral, ranking.band_neutral, 0, INDEX_MOST),
    WHOLE("bands.warning", NUMBER, bands.warning, ranking.band_warning, 0, INDEX_MOST),
    WHOLE("bands.penalty", NUMBER, bands.penalty, ranking.band_penalty, 0, INDEX_MOST),
    WHOLE("ranking.shrink_ratings", NUMBER, ranking.shrink_ratings, ranking.shrink_ratings, 0, 1000000),
    WHOLE("ranking.sales", NUMBER, ranking.sales, ranking.weight_sales, 0, WEIGHT_MOST),
    WHOLE("ranking.service", NUMBER, ranking.service, ranking.weight_service, 0, WEIGHT_MOST),
    WHOLE("ranking.complaints", NUMBER, ranking.complaints, ranking.weight_complaints, 0, WEIGHT_MOST),
    WHOLE("period.close_day", NUMBER, period.close_day, ranking.close_day, 1, 28),
    WHOLE("period.close_at", MINUTE, period.close_at, ranking.close_minute, 0, 24 * 60 - 1),
    WHOLE("appeals.file_within", DURATION, appeals.file_within, ranking.appeal_file_within, 0, 0),
    WHOLE("appeals.rule_within", DURATION, appeals.rule_within, ranking.appeal_rule_within, 0, 0),
    WHOLE("appeals.review_within", DURATION, appeals.review_within, ranking.appeal_review_within, 0, 0),
    WHOLE("improvement.low_ratings", NUMBER, improvement.low_ratings, improvement.low_ratings, 1, LOW_RATINGS_MAX),
    WHOLE("improvement.low_within", WALL, improvement.low_within, improvement.low_within_ms, 0, INT64_MAX),
    WHOLE("improvement.due", DURATION, improvement.due, improvement.due, 0, 0),
    WHOLE("improvement.overdue_again", DURATION, improvement.overdue_again, improvement.overdue_again, 0, 0),
    WHOLE("improvement.effect_days", NUMBER, improvement.effect_days, improvement.effect_days, 1, 366),
    WHOLE("honesty.contact_within", WALL, honesty.contact_within, honesty.contact_within_ms, 0, INT64_MAX),
    WHOLE("honesty.device_customers", NUMBER, honesty.device_customers, honesty.device_customers, 2,
          DEVICE_CUSTOMERS_MAX),
    WHOLE("honesty.device_within", WALL, honesty.device_within, honesty.device_within_ms, 0, INT64_MAX),
    WHOLE("honesty.form_dimensions", NUMBER, honesty.form_dimensions, honesty.form_dimensions, 1, DIMENSIONS_MAX),
    WHOLE("honesty.habit_months", NUMBER, honesty.habit_months, honesty.habit_months, 1, HABIT_MONTHS_MAX),
    WHOLE("honesty.inhouse_gap", SCORE, honesty.inhouse_gap, honesty.inhouse_gap, 0, 10000),
    WHOLE("honesty.called_months", NUMBER, honesty.called_months, honesty.called_months, 1, CALLED_MONTHS_MAX),
    WHOLE("honesty.called_least", NUMBER, honesty.called_least, honesty.called_least, 1, 1000000),
    WHOLE("drift.target", SCORE, drift.target, improvement.drift_target, 0, 10000),
    WHOLE("drift.sd", SCORE, drift.sd, improvement.drift_sd, 100, 5000),
    WHOLE("drift.slack", SCORE, drift.slack, improvement.drift_slack, 0, 5000),
    WHOLE("drift.alarm", SCORE, drift.alarm, improvement.drift_alarm, 1000, 10000),
};

#define CLOCK(kind)                                                                                                  \
    FIGURE(#kind, DURATION, document_clocks, clock[clock_kind_is_##kind], grade_clocks, clock[clock_kind_is_##kind], \
           0, 0)
static const struct figure clock_figures[] = {
    CLOCK(response),
    CLOCK(plan),
    CLOCK(resolve),
    CLOCK(callback),
    FIGURE("repeat", REPEAT, document_clocks, repeat, grade_clocks, repeat, 0, 0),
};

static const struct figure rung_figures[] = {
    FIGURE("percent", NUMBER, document_rung, percent, rung, percent, 1, RUNG_PERCENT_MOST),
    FIGURE("level", NUMBER, document_rung, level, rung, level, 0, LEVEL_MOST),
};

static const struct figure weight_figure =
    FIGURE("weight", NUMBER, document_weight, weight, dimension_weight, weight, 0, WEIGHT_MOST);
static const struct figure key_figure =
    FIGURE("key", NUMBER, document_key, key, score_map_key, key, -KEY_MOST, KEY_MOST);
static const struct figure score_figure =
    FIGURE("score", SCORE, document_key, score, score_map_key, thousandths, 0, 10000);
#define NO_ANSWER "none"

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof(array)[0]))

/* ---- reading ---- */

/* The document on its way. */
struct reading {
    struct policy_flaw flaw;
    const struct document *document;
    struct policy *policy;
};

/* Reads one figure of a part of the document; `prefix` is the part's own path. */
static int read_figure(const struct reading *reading, const struct figure *figure, const char *prefix, const void *from,
                       void *to)
{
    const char *text = (const char *)from + figure->from;
    if (text[0] == '\0' || figure_read(figure, text, to))
        return 0;
    char path[64];
    char allowed[128];
    snprintf(path, sizeof path, "%s%s", prefix, figure->path);
    figure_allowed(figure, allowed, sizeof allowed);
    return policy_flaw(&reading->flaw, path, "is \"%s\"; allowed is %s", text, allowed);
}

static int read_clocks(const struct reading *reading)
{
    for (int32_t grade = 0; grade < grade_count; grade++) {
        char prefix[32];
        snprintf(prefix, sizeof prefix, "clocks.%s.", choice_name(choice_of_grade(), grade));
        for (uint32_t i = 0; i < COUNT(clock_figures); i++) {
            int rc = read_figure(reading, &clock_figures[i], prefix, &reading->document->clocks[grade],
                                 &reading->policy->grade[grade]);
            if (rc != 0)
                return rc;
        }
    }
    return 0;
}

static int read_ladder(const struct reading *reading)
{
    const struct document *document = reading->document;
    if (document->ladder_count == 0)
        return 0;
    memset(reading->policy->ladder, 0, sizeof reading->policy->ladder);
    reading->policy->rung_count = document->ladder_count;
    for (uint32_t i = 0; i < document->ladder_count; i++) {
        char prefix[32];
        snprintf(prefix, sizeof prefix, "ladder[%u].", i);
        for (uint32_t k = 0; k < COUNT(rung_figures); k++) {
            int rc = read_figure(reading, &rung_figures[k], prefix, &document->ladder[i], &reading->policy->ladder[i]);
            if (rc != 0)
                return rc;
        }
    }
    return 0;
}

static int read_department(const struct reading *reading, uint32_t index)
{
    const struct document_department *from = &reading->document->departments[index];
    struct department_weights *to = &reading->policy->department[index];
    char path[64];
    snprintf(path, sizeof path, "departments[%u].department", index);
    int rc = policy_name_read(&reading->flaw, path, from->department, to->department);
    to->dimension_count = from->weights_count;
    for (uint32_t i = 0; rc == 0 && i < from->weights_count; i++) {
        char prefix[48];
        snprintf(prefix, sizeof prefix, "departments[%u].weights[%u].", index, i);
        snprintf(path, sizeof path, "%sdimension", prefix);
        rc = policy_name_read(&reading->flaw, path, from->weights[i].dimension, to->dimension[i].dimension);
        if (rc == 0)
            rc = read_figure(reading, &weight_figure, prefix, &from->weights[i], &to->dimension[i]);
    }
    return rc;
}

static int read_map(const struct reading *reading, uint32_t index)
{
    const struct document_map *from = &reading->document->score_maps[index];
    struct score_map *to = &reading->policy->score_map[index];
    char path[64];
    snprintf(path, sizeof path, "score_maps[%u].scale", index);
    int rc = policy_name_read(&reading->flaw, path, from->scale, to->scale);
    to->key_count = from->keys_count;
    for (uint32_t i = 0; rc == 0 && i < from->keys_count; i++) {
        char prefix[48];
        snprintf(prefix, sizeof prefix, "score_maps[%u].keys[%u].", index, i);
        rc = read_figure(reading, &key_figure, prefix, &from->keys[i], &to->key[i]);
        to->key[i].answer = strcmp(from->keys[i].score, NO_ANSWER) != 0;
        if (rc == 0 && to->key[i].answer)
            rc = read_figure(reading, &score_figure, prefix, &from->keys[i], &to->key[i]);
    }
    return rc;
}

static int read_lists(const struct reading *reading)
{
    const struct document *document = reading->document;
    struct policy *policy = reading->policy;
    int rc = read_ladder(reading);
    if (document->departments_count > 0) {
        memset(policy->department, 0, sizeof policy->department);
        policy->department_count = document->departments_count;
    }
    for (uint32_t i = 0; rc == 0 && i < document->departments_count; i++)
        rc = read_department(reading, i);
    if (document->score_maps_count > 0) {
        memset(policy->score_map, 0, sizeof policy->score_map);
        policy->score_map_count = document->score_maps_count;
    }
    for (uint32_t i = 0; rc == 0 && i < document->score_maps_count; i++)
        rc = read_map(reading, i);
    return rc;
}

/* Texts that stand on cards, as names do. */
static int read_measures(const struct reading *reading)
{
    for (int32_t rule = 0; rule < task_rule_count; rule++) {
        const char *text = reading->document->measures.rule[rule];
        char path[64];
        snprintf(path, sizeof path, "measures.%s", choice_name(choice_of_task_rule(), rule));
        int rc = text[0] ? policy_text_read(&reading->flaw, path, text, LABEL_MAX_BYTES,
                                            reading->policy->improvement.measure[rule])
                         : 0;
        if (rc != 0)
            return rc;
    }
    return 0;
}

static bool zone_given(const struct document *document, const char *zone)
{
    for (uint32_t i = 0; i < document->zones_count; i++) {
        if (strcmp(document->zones[i].zone, zone) == 0)
            return true;
    }
    return false;
}

static int read_names(const struct reading *reading)
{
    const struct document *document = reading->document;
    struct policy *policy = reading->policy;
    int rc = document->name[0] ? policy_name_read(&reading->flaw, "name", document->name, policy->name) : 0;
    if (rc == 0 && document->zone[0] && strcmp(document->zone, policy->zone) != 0 && !document->utc_offset_minutes[0] &&
        !zone_given(document, document->zone))
        return policy_flaw(&reading->flaw, "zone", "is %s: give its utc_offset_minutes, too", document->zone);
    if (rc == 0 && document->zone[0])
        rc = policy_name_read(&reading->flaw, "zone", document->zone, policy->zone);
    if (rc == 0 && document->bands.quarterly[0])
        rc = policy_name_read(&reading->flaw, "bands.quarterly", document->bands.quarterly, policy->ranking.quarterly);
    return rc;
}

/* zone_dir: NULL when the document says all that there is to know of its zones. */
static int document_read(struct span document, const char *zone_dir, struct policy *ret_policy,
                         char message[POLICY_MESSAGE_MAX])
{
    struct document texts;
    int rc = document_load(document, &texts, message);
    if (rc != 0)
        return rc;
    struct policy policy;
    policy_default(&policy);
    const struct reading reading = {{document, message}, &texts, &policy};
    if (zone_dir)
        rc = zones_resolve(&reading.flaw, zone_dir, &policy, &texts);
    if (rc == 0)
        rc = read_names(&reading);
    for (uint32_t i = 0; rc == 0 && i < COUNT(figures); i++)
        rc = read_figure(&reading, &figures[i], "", &texts, &policy);
    for (uint32_t i = 0; rc == 0 && i < ledger_figures_count; i++)
        rc = read_figure(&reading, &ledger_figures[i], "", &texts, &policy);
    if (rc == 0)
        rc = calendars_read(&reading.flaw, &texts, &policy);
    if (rc == 0)
        rc = read_clocks(&reading);
    if (rc == 0)
        rc = read_measures(&reading);
    if (rc == 0)
        rc = read_lists(&reading);
    if (rc == 0)
        rc = policy_callbacks_read(&reading.flaw, &texts.callbacks, &policy.callbacks);
    if (rc == 0)
        rc = policy_delivery_read(&reading.flaw, &texts.delivery, &policy.delivery);
    if (rc == 0)
        rc = policy_check(&policy, &reading.flaw);
    if (rc != 0)
        return rc;
    policy_hash(document, policy.hash);
    *ret_policy = policy;
    return 0;
}

int policy_parse(struct span document, struct policy *ret_policy, char message[POLICY_MESSAGE_MAX])
{
    return document_read(document, NULL, ret_policy, message);
}

int policy_propose(struct span document, const char *zone_dir, struct policy *ret_policy,
                   char message[POLICY_MESSAGE_MAX])
{
    ensure(zone_dir != NULL);
    return document_read(document, zone_dir, ret_policy, message);
}

/* ---- writing ---- */

static void write_lists(const struct policy *policy, struct document *document)
{
    document->ladder_count = policy->rung_count;
    for (uint32_t i = 0; i < policy->rung_count; i++) {
        figure_write(&rung_figures[0], &policy->ladder[i], document->ladder[i].percent);
        figure_write(&rung_figures[1], &policy->ladder[i], document->ladder[i].level);
    }
    document->departments_count = policy->department_count;
    for (uint32_t i = 0; i < policy->department_count; i++) {
        const struct department_weights *from = &policy->department[i];
        struct document_department *to = &document->departments[i];
        memcpy(to->department, from->department, sizeof to->department);
        to->weights_count = from->dimension_count;
        for (uint32_t k = 0; k < from->dimension_count; k++) {
            memcpy(to->weights[k].dimension, from->dimension[k].dimension, sizeof to->weights[k].dimension);
            figure_write(&weight_figure, &from->dimension[k], to->weights[k].weight);
        }
    }
    document->score_maps_count = policy->score_map_count;
    for (uint32_t i = 0; i < policy->score_map_count; i++) {
        const struct score_map *from = &policy->score_map[i];
        struct document_map *to = &document->score_maps[i];
        memcpy(to->scale, from->scale, sizeof to->scale);
        to->keys_count = from->key_count;
        for (uint32_t k = 0; k < from->key_count; k++) {
            figure_write(&key_figure, &from->key[k], to->keys[k].key);
            if (from->key[k].answer)
                figure_write(&score_figure, &from->key[k], to->keys[k].score);
            else
                memcpy(to->keys[k].score, NO_ANSWER, sizeof NO_ANSWER);
        }
    }
}

int policy_render(const struct policy *policy, char *buffer, size_t size, size_t *ret_len, char ret_hash[33])
{
    struct document document = {0};
    memcpy(document.name, policy->name, sizeof document.name);
    memcpy(document.zone, policy->zone, sizeof document.zone);
    memcpy(document.bands.quarterly, policy->ranking.quarterly, sizeof document.bands.quarterly);
    for (uint32_t i = 0; i < COUNT(figures); i++)
        figure_write(&figures[i], policy, (char *)&document + figures[i].from);
    for (uint32_t i = 0; i < ledger_figures_count; i++)
        figure_write(&ledger_figures[i], policy, (char *)&document + ledger_figures[i].from);
    for (uint32_t grade = 0; grade < grade_count; grade++) {
        for (uint32_t i = 0; i < COUNT(clock_figures); i++)
            figure_write(&clock_figures[i], &policy->grade[grade],
                         (char *)&document.clocks[grade] + clock_figures[i].from);
    }
    memcpy(document.measures.rule, policy->improvement.measure, sizeof document.measures.rule);
    calendars_write(policy, &document);
    policy_callbacks_write(&policy->callbacks, &document.callbacks);
    policy_delivery_write(&policy->delivery, &document.delivery);
    write_lists(policy, &document);
    size_t len;
    int rc = document_save(&document, buffer, size, &len);
    if (rc != 0)
        return rc;
    policy_hash(span_make(buffer, len), ret_hash);
    *ret_len = len;
    return 0;
}

void policy_hash(struct span document, char ret_hash[33])
{
    uint8_t digest[crypto_generichash_BYTES_MIN];
    _Static_assert(crypto_generichash_BYTES_MIN == 16, "BLAKE2b-128");
    int rc = crypto_generichash(digest, sizeof digest, document.at, document.len, NULL, 0);
    ensure(rc == 0);
    sodium_bin2hex(ret_hash, 2 * sizeof digest + 1, digest, sizeof digest);
}

/* policy_document.c - the shape of a policy file, as a libcyaml schema. */
#include "io/policy_document.h"

#include "core/status.h"
#include "io/policy_callbacks.h"
#include "io/policy_delivery.h"
#include "io/policy_ledger.h"
#include "io/yaml.h"

#define TEXT(structure, key) CYAML_FIELD_STRING(#key, CYAML_FLAG_OPTIONAL, struct structure, key, 1)
#define TEXT_NEEDED(structure, key) CYAML_FIELD_STRING(#key, CYAML_FLAG_DEFAULT, struct structure, key, 1)
#define CLOCK(kind) \
    CYAML_FIELD_STRING(#kind, CYAML_FLAG_OPTIONAL, struct document_clocks, clock[clock_kind_is_##kind], 1)
#define GRADE(grade)                                                                                                \
    CYAML_FIELD_MAPPING(#grade, CYAML_FLAG_OPTIONAL | CYAML_FLAG_FLOW, struct all_clocks, clocks[grade_is_##grade], \
                        clocks_fields)
#define SECTION(member, fields) CYAML_FIELD_MAPPING(#member, CYAML_FLAG_OPTIONAL, struct document, member, fields)
#define MANY(structure, member, flags, entry, least, most) \
    CYAML_FIELD_SEQUENCE_COUNT(#member, flags, struct structure, member, member##_count, entry, least, most)

/* The grades lie side by side in the document and are one mapping in the file. */
struct all_clocks {
    struct document_clocks clocks[grade_count];
};

static const cyaml_schema_field_t clocks_fields[] = {
    CLOCK(response), CLOCK(plan), CLOCK(resolve), CLOCK(callback), TEXT(document_clocks, repeat), CYAML_FIELD_END};

static const cyaml_schema_field_t grades_fields[] = {GRADE(general), GRADE(serious), GRADE(major), GRADE(urgent),
                                                     CYAML_FIELD_END};

static const cyaml_schema_field_t rung_fields[] = {TEXT_NEEDED(document_rung, percent),
                                                   TEXT_NEEDED(document_rung, level), CYAML_FIELD_END};
static const cyaml_schema_value_t rung_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_FLOW, struct document_rung, rung_fields)};

static const cyaml_schema_field_t escalation_fields[] = {
    TEXT(document_escalation, breach_percent), TEXT(document_escalation, repeat_at),
    TEXT(document_escalation, level_most), TEXT(document_escalation, reopened_floor), CYAML_FIELD_END};

static const cyaml_schema_field_t quiet_fields[] = {TEXT(document_quiet, from), TEXT(document_quiet, until),
                                                    TEXT(document_quiet, level_most), CYAML_FIELD_END};
static const cyaml_schema_field_t statutory_fields[] = {
    TEXT(document_statutory, refund_answer),        TEXT(document_statutory, refund_finish),
    TEXT(document_statutory, regulator_accept),     TEXT(document_statutory, regulator_mediation),
    TEXT(document_statutory, deliberate),           TEXT(document_statutory, loaner_day),
    TEXT(document_statutory, loaner_warn_day),      TEXT(document_statutory, repair_days_most),
    TEXT(document_statutory, repair_days_warn),     TEXT(document_statutory, fault_repairs_most),
    TEXT(document_statutory, safety_failures_most), CYAML_FIELD_END};

static const cyaml_schema_field_t complaints_fields[] = {TEXT(document_complaints, fact_age_most),
                                                         TEXT(document_complaints, decision_slack),
                                                         TEXT(document_complaints, pause_most),
                                                         TEXT(document_complaints, claim_major),
                                                         TEXT(document_complaints, claim_serious),
                                                         TEXT(document_complaints, second_complaint_within),
                                                         TEXT(document_complaints, same_fault_repairs),
                                                         TEXT(document_complaints, card_keep),
                                                         CYAML_FIELD_END};

static const cyaml_schema_field_t ratings_fields[] = {
    TEXT(document_ratings, low),           TEXT(document_ratings, recovery_due),  TEXT(document_ratings, satisfied),
    TEXT(document_ratings, evidence_show), TEXT(document_ratings, evidence_rank), CYAML_FIELD_END};

static const cyaml_schema_field_t bands_fields[] = {TEXT(document_bands, reward),    TEXT(document_bands, neutral),
                                                    TEXT(document_bands, warning),   TEXT(document_bands, penalty),
                                                    TEXT(document_bands, quarterly), CYAML_FIELD_END};
static const cyaml_schema_field_t ranking_fields[] = {TEXT(document_ranking, shrink_ratings),
                                                      TEXT(document_ranking, sales), TEXT(document_ranking, service),
                                                      TEXT(document_ranking, complaints), CYAML_FIELD_END};
static const cyaml_schema_field_t period_fields[] = {TEXT(document_period, close_day), TEXT(document_period, close_at),
                                                     CYAML_FIELD_END};
static const cyaml_schema_field_t appeals_fields[] = {TEXT(document_appeals, file_within),
                                                      TEXT(document_appeals, rule_within),
                                                      TEXT(document_appeals, review_within), CYAML_FIELD_END};
static const cyaml_schema_field_t improvement_fields[] = {
    TEXT(document_improvement, low_ratings),   TEXT(document_improvement, low_within),  TEXT(document_improvement, due),
    TEXT(document_improvement, overdue_again), TEXT(document_improvement, effect_days), CYAML_FIELD_END};
static const cyaml_schema_field_t honesty_fields[] = {TEXT(document_honesty, contact_within),
                                                      TEXT(document_honesty, device_customers),
                                                      TEXT(document_honesty, device_within),
                                                      TEXT(document_honesty, form_dimensions),
                                                      TEXT(document_honesty, habit_months),
                                                      TEXT(document_honesty, inhouse_gap),
                                                      TEXT(document_honesty, called_months),
                                                      TEXT(document_honesty, called_least),
                                                      CYAML_FIELD_END};
#define MEASURE(name) \
    CYAML_FIELD_STRING(#name, CYAML_FLAG_OPTIONAL, struct document_measures, rule[task_rule_is_##name], 1)
static const cyaml_schema_field_t measures_fields[] = {MEASURE(low_rating), MEASURE(low_ratings), MEASURE(drift),
                                                       MEASURE(band), CYAML_FIELD_END};
static const cyaml_schema_field_t drift_fields[] = {TEXT(document_drift, target), TEXT(document_drift, sd),
                                                    TEXT(document_drift, slack), TEXT(document_drift, alarm),
                                                    CYAML_FIELD_END};

static const cyaml_schema_field_t weight_fields[] = {TEXT_NEEDED(document_weight, dimension),
                                                     TEXT_NEEDED(document_weight, weight), CYAML_FIELD_END};
static const cyaml_schema_value_t weight_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_FLOW, struct document_weight, weight_fields)};
static const cyaml_schema_field_t department_fields[] = {
    TEXT_NEEDED(document_department, department),
    MANY(document_department, weights, CYAML_FLAG_DEFAULT, &weight_value, 1, DIMENSIONS_MAX), CYAML_FIELD_END};
static const cyaml_schema_value_t department_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct document_department, department_fields)};

static const cyaml_schema_field_t key_fields[] = {TEXT_NEEDED(document_key, key), TEXT_NEEDED(document_key, score),
                                                  CYAML_FIELD_END};
static const cyaml_schema_value_t key_value = {CYAML_VALUE_MAPPING(CYAML_FLAG_FLOW, struct document_key, key_fields)};
static const cyaml_schema_field_t map_fields[] = {
    TEXT_NEEDED(document_map, scale), MANY(document_map, keys, CYAML_FLAG_DEFAULT, &key_value, 1, POLICY_MAP_KEYS_MAX),
    CYAML_FIELD_END};
static const cyaml_schema_value_t map_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct document_map, map_fields)};

static const cyaml_schema_field_t document_fields[] = {
    TEXT(document, name),
    TEXT(document, zone),
    TEXT(document, utc_offset_minutes),
    TEXT(document, calendar),
    MANY(document, calendars, CYAML_FLAG_OPTIONAL, &document_calendar_value, 1, CALENDARS_MAX),
    MANY(document, zones, CYAML_FLAG_OPTIONAL, &document_zone_value, 0, DOCUMENT_ZONES_MAX),
    {.key = "clocks",
     .data_offset = offsetof(struct document, clocks),
     .value = {CYAML_VALUE_MAPPING(CYAML_FLAG_OPTIONAL, struct all_clocks, grades_fields)}},
    MANY(document, ladder, CYAML_FLAG_OPTIONAL, &rung_value, 1, POLICY_RUNGS_MAX),
    SECTION(escalation, escalation_fields),
    SECTION(quiet_hours, quiet_fields),
    SECTION(delivery, delivery_fields),
    SECTION(statutory, statutory_fields),
    SECTION(complaints, complaints_fields),
    SECTION(ratings, ratings_fields),
    SECTION(bands, bands_fields),
    SECTION(ranking, ranking_fields),
    SECTION(period, period_fields),
    SECTION(appeals, appeals_fields),
    SECTION(ledger, document_ledger_fields),
    SECTION(improvement, improvement_fields),
    SECTION(drift, drift_fields),
    SECTION(measures, measures_fields),
    SECTION(honesty, honesty_fields),
    MANY(document, departments, CYAML_FLAG_OPTIONAL, &department_value, 1, POLICY_DEPARTMENTS_MAX),
    MANY(document, score_maps, CYAML_FLAG_OPTIONAL, &map_value, 1, POLICY_SCORE_MAPS_MAX),
    SECTION(callbacks, callbacks_fields),
    CYAML_FIELD_END};
static const cyaml_schema_value_t document_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct document, document_fields)};

int document_load(struct span text, struct document *ret_document, char message[POLICY_MESSAGE_MAX])
{
    void *loaded;
    int result = yaml_load(&document_value, text, &loaded, message);
    if (result < 0)
        return result == -E_BAD_FORMAT ? -E_BAD_POLICY : result;
    memcpy(ret_document, loaded, sizeof *ret_document);
    yaml_free(&document_value, loaded);
    return 0;
}

int document_save(const struct document *document, char *buffer, size_t size, size_t *ret_len)
{
    return yaml_save(&document_value, document, buffer, size, ret_len);
}

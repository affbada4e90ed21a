/* policy_document.c - the shape of a policy file, as a libcyaml schema. */
#include "io/policy_document.h"

#include "core/ensure.h"
#include "core/status.h"

#include <cyaml/cyaml.h>
#include <stdio.h>

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
    {.key = "clocks",
     .data_offset = offsetof(struct document, clocks),
     .value = {CYAML_VALUE_MAPPING(CYAML_FLAG_OPTIONAL, struct all_clocks, grades_fields)}},
    MANY(document, ladder, CYAML_FLAG_OPTIONAL, &rung_value, 1, POLICY_RUNGS_MAX),
    SECTION(escalation, escalation_fields),
    SECTION(complaints, complaints_fields),
    SECTION(ratings, ratings_fields),
    SECTION(bands, bands_fields),
    SECTION(ranking, ranking_fields),
    SECTION(period, period_fields),
    SECTION(appeals, appeals_fields),
    MANY(document, departments, CYAML_FLAG_OPTIONAL, &department_value, 1, POLICY_DEPARTMENTS_MAX),
    MANY(document, score_maps, CYAML_FLAG_OPTIONAL, &map_value, 1, POLICY_SCORE_MAPS_MAX),
    CYAML_FIELD_END};
static const cyaml_schema_value_t document_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct document, document_fields)};

/* libcyaml tells the cause first, then where it was, innermost first; its line is that of the value before. */
struct refusal {
    char cause[160];
    char path[128]; /* "ladder[1]" */
    unsigned line;
};

static void keep_place(struct refusal *refusal, const char *place)
{
    char outer[sizeof refusal->path];
    char step[80] = "";
    unsigned entry = 0;
    const char *marks = strstr(place, "(line: ");
    if (sscanf(place, "  in mapping field '%79[^']'", step) == 1)
        snprintf(outer, sizeof outer, "%.79s%s%.40s", step, refusal->path[0] && refusal->path[0] != '[' ? "." : "",
                 refusal->path);
    else if (sscanf(place, "  in sequence entry '%u'", &entry) == 1 && entry > 0)
        snprintf(outer, sizeof outer, "[%u]%s%.80s", entry - 1, refusal->path[0] ? "." : "", refusal->path);
    else
        snprintf(outer, sizeof outer, "%s", refusal->path);
    memcpy(refusal->path, outer, sizeof outer);
    if (refusal->line == 0 && marks)
        sscanf(marks, "(line: %u", &refusal->line);
}

static void keep_message(cyaml_log_t level, void *context, const char *format, va_list arguments)
{
    (void)level;
    struct refusal *refusal = context;
    char text[sizeof refusal->cause];
    vsnprintf(text, sizeof text, format, arguments);
    size_t len = strcspn(text, "\n");
    while (len == sizeof text - 1 || (len > sizeof text - 5 && (text[len - 1] & 0x80)))
        len--; /* it was cut: not within a character */
    text[len] = '\0';
    const char *said = strncmp(text, "Load: ", 6) == 0 ? text + 6 : text;
    if (strncmp(said, "  in ", 5) == 0)
        keep_place(refusal, said);
    else if (refusal->cause[0] == '\0' && strncmp(said, "Backtrace", 9) != 0)
        memcpy(refusal->cause, said, strlen(said) + 1);
}

/* "line 3: Unexpected key: respnse in clocks.general". An unknown key can be found, so its own line is told. */
static void tell_refusal(const struct refusal *refusal, cyaml_err_t result, struct span text,
                         char message[POLICY_MESSAGE_MAX])
{
    static const char unexpected[] = "Unexpected key: ";
    unsigned line = refusal->line;
    if (strncmp(refusal->cause, unexpected, sizeof unexpected - 1) == 0) {
        char path[sizeof refusal->path + sizeof refusal->cause];
        snprintf(path, sizeof path, "%s%s%s", refusal->path, refusal->path[0] ? "." : "",
                 refusal->cause + sizeof unexpected - 1);
        unsigned found = document_line(text, path);
        line = found > 0 ? found : line;
    }
    int len = line > 0 ? snprintf(message, POLICY_MESSAGE_MAX, "line %u: ", line) : 0;
    snprintf(message + len, POLICY_MESSAGE_MAX - (size_t)len, "%s%s%.70s",
             refusal->cause[0] ? refusal->cause : cyaml_strerror(result), refusal->path[0] ? " in " : "",
             refusal->path);
}

static cyaml_config_t document_config(struct refusal *refusal)
{
    return (cyaml_config_t){
        .log_fn = keep_message,
        .log_ctx = refusal,
        .mem_fn = cyaml_mem,
        .log_level = CYAML_LOG_ERROR,
        .flags = CYAML_CFG_NO_ALIAS,
    };
}

int document_load(struct span text, struct document *ret_document, char message[POLICY_MESSAGE_MAX])
{
    struct refusal refusal = {0};
    cyaml_config_t config = document_config(&refusal);
    cyaml_data_t *loaded = NULL;
    cyaml_err_t result = cyaml_load_data(text.at, text.len, &config, &document_value, &loaded, NULL);
    if (result == CYAML_ERR_OOM)
        return -E_NO_MEMORY;
    if (result != CYAML_OK) {
        tell_refusal(&refusal, result, text, message);
        return -E_BAD_POLICY;
    }
    if (!loaded) {
        snprintf(message, POLICY_MESSAGE_MAX, "the document is empty; give at least a name");
        return -E_BAD_POLICY;
    }
    memcpy(ret_document, loaded, sizeof *ret_document);
    cyaml_free(&config, &document_value, loaded, 0);
    return 0;
}

int document_save(const struct document *document, char *buffer, size_t size, size_t *ret_len)
{
    struct refusal refusal = {0};
    cyaml_config_t config = document_config(&refusal);
    char *text = NULL;
    size_t len = 0;
    cyaml_err_t result = cyaml_save_data(&text, &len, &config, &document_value, document, 0);
    if (result == CYAML_ERR_OOM)
        return -E_NO_MEMORY;
    ensure(result == CYAML_OK);
    int rc = len <= size ? 0 : -E_NO_ROOM;
    if (rc == 0) {
        memcpy(buffer, text, len);
        *ret_len = len;
    }
    cyaml_mem(NULL, text, 0);
    return rc;
}

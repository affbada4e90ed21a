/* calendar_document.c - the shape of calendars and zones in a document, as libcyaml schemas. */
#include "io/calendar_document.h"

#include <cyaml/cyaml.h>

#define TEXT(structure, key) CYAML_FIELD_STRING(#key, CYAML_FLAG_OPTIONAL, struct structure, key, 1)
#define TEXT_NEEDED(structure, key) CYAML_FIELD_STRING(#key, CYAML_FLAG_DEFAULT, struct structure, key, 1)
#define MANY(structure, member, entry, most) \
    CYAML_FIELD_SEQUENCE_COUNT(#member, CYAML_FLAG_OPTIONAL, struct structure, member, member##_count, entry, 0, most)
#define HOURS(name, weekday) CYAML_FIELD_STRING(name, CYAML_FLAG_OPTIONAL, struct week, hours[weekday], 1)
#define TEXTS(type)                                                       \
    {                                                                     \
        CYAML_VALUE_STRING(CYAML_FLAG_DEFAULT, type, 1, sizeof(type) - 1) \
    }

const char *const weekday_names[WEEKDAYS] = {"monday", "tuesday",  "wednesday", "thursday",
                                             "friday", "saturday", "sunday"};

/* The days lie side by side in the document and are one mapping in the file. */
struct week {
    hours_text hours[WEEKDAYS];
};

static const cyaml_schema_field_t week_fields[] = {
    HOURS("monday", MONDAY), HOURS("tuesday", TUESDAY),   HOURS("wednesday", WEDNESDAY), HOURS("thursday", THURSDAY),
    HOURS("friday", FRIDAY), HOURS("saturday", SATURDAY), HOURS("sunday", SUNDAY),       CYAML_FIELD_END};

static const cyaml_schema_value_t days_value = TEXTS(days_text);
static const cyaml_schema_value_t name_value = TEXTS(name_text);

static const cyaml_schema_field_t calendar_fields[] = {
    TEXT_NEEDED(document_calendar, calendar),
    TEXT(document_calendar, zone),
    TEXT_NEEDED(document_calendar, years),
    {.key = "hours",
     .data_offset = offsetof(struct document_calendar, hours),
     .value = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct week, week_fields)}},
    MANY(document_calendar, holidays, &days_value, HOLIDAYS_MAX),
    MANY(document_calendar, makeup_days, &days_value, MAKEUP_DAYS_MAX),
    MANY(document_calendar, stores, &name_value, CALENDAR_STORES_MAX),
    CYAML_FIELD_END};

static const cyaml_schema_field_t change_fields[] = {TEXT_NEEDED(document_change, at),
                                                     TEXT_NEEDED(document_change, offset_minutes), CYAML_FIELD_END};
static const cyaml_schema_value_t change_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_FLOW, struct document_change, change_fields)};
static const cyaml_schema_field_t zone_fields[] = {
    TEXT_NEEDED(document_zone, zone), TEXT_NEEDED(document_zone, offset_minutes),
    MANY(document_zone, changes, &change_value, ZONE_CHANGES_MAX), CYAML_FIELD_END};

const cyaml_schema_value_t document_calendar_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct document_calendar, calendar_fields)};
const cyaml_schema_value_t document_zone_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct document_zone, zone_fields)};
const cyaml_schema_value_t document_calendar_file = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct document_calendar, calendar_fields)};

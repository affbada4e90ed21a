/*
 * schema_markdown.c - the reference page: what stands in types.def and status.def, for people.
 */
#include "cli/schema.h"
#include "cli/schema_parts.h"

#include "core/status.h"

/* A table's cell: a bar would end it. */
static void cell(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            fputc('\\', out);
        fputc(*text, out);
    }
}

static void value_cell(FILE *out, const struct field *field)
{
    char allowed[160];
    if (field->kind == FIELD_CHOICE) {
        fprintf(out, "a word of [%s](#%s)", field->choice->name, field->choice->name);
        return;
    }
    if (field->inner) {
        const char *shape = field->kind == FIELD_NESTED ? ""
                            : field->kind == FIELD_LIST ? "a list of "
                                                        : "a map of names to ";
        fprintf(out, "%s[%s](#%s)", shape, field->inner->name, field->inner->name);
        if (field->kind != FIELD_NESTED)
            fprintf(out, ", at most %u", field->most_items);
        return;
    }
    if (field->kind == FIELD_NESTED)
        snprintf(allowed, sizeof allowed, "a map");
    else
        field_allowed(field, allowed, sizeof allowed);
    cell(out, allowed);
}

static void fields_table(FILE *out, const struct record_table *record)
{
    fprintf(out, "\n| Field | | Value | Meaning |\n|---|---|---|---|\n");
    for (uint32_t i = 0; i < record->field_count; i++) {
        const struct field *field = &record->fields[i];
        if (field->flags & INTERNAL)
            continue;
        fprintf(out, "| `%s` | %s%s | ", field->name, field->flags & REQUIRED ? "\\*" : "",
                field->flags & PERSONAL ? "†" : "");
        value_cell(out, field);
        fprintf(out, " | ");
        cell(out, field->doc);
        fprintf(out, " |\n");
    }
}

static void events_of_class(FILE *out, enum event_class class, const char *title)
{
    fprintf(out, "\n### %s\n\n| Type | Data | Channel | Meaning |\n|---|---|---|---|\n", title);
    for (uint32_t i = EVENT_unknown + 1; i < EVENT_count; i++) {
        const struct event_table *event = event_table((enum event_type)i);
        if (event->class != class)
            continue;
        fprintf(out, "| `%s` | [%s](#%s) | %s | ", event->type, event->record->name, event->record->name,
                event->channel == CHANNEL_none ? "" : channel_name(event->channel));
        cell(out, event->doc);
        fprintf(out, " |\n");
    }
}

static void records_of_use(FILE *out, enum record_use use, const char *title)
{
    const struct record_table *const *records;
    uint32_t count = record_tables(&records);
    fprintf(out, "\n## %s\n", title);
    for (uint32_t i = 0; i < count; i++) {
        if (record_use(records[i]) != use)
            continue;
        fprintf(out, "\n### %s\n\n", records[i]->name);
        cell(out, records[i]->doc);
        fprintf(out, "\n");
        fields_table(out, records[i]);
    }
}

static void words(FILE *out)
{
    const struct choice_table *const *choices;
    uint32_t count = choice_tables(&choices);
    fprintf(out, "\n## Words\n");
    for (uint32_t i = 0; i < count; i++) {
        fprintf(out, "\n### %s\n\n| Word | 中文 |\n|---|---|\n", choices[i]->name);
        for (uint32_t k = 0; k < choices[i]->count; k++)
            fprintf(out, "| `%s` | %s |\n", choices[i]->items[k].name, choices[i]->items[k].zh);
    }
}

static void errors(FILE *out)
{
    uint32_t count;
    const struct status_text *rows = status_table(&count);
    fprintf(out, "\n## Errors\n\n| Code | Name | What is wrong | What to do | Exit |\n|---|---|---|---|---|\n");
    for (uint32_t i = 0; i < count; i++) {
        fprintf(out, "| %s | %s | ", rows[i].code, rows[i].name);
        cell(out, rows[i].summary);
        fprintf(out, " | ");
        cell(out, rows[i].fix);
        fprintf(out, " | %d |\n", rows[i].sysexit);
    }
}

int schema_write_markdown(FILE *out)
{
    fprintf(out,
            "# Reference\n\n"
            "Made by `manyi schema --markdown` from `schemas/types.def` and `core/status.def`; not edited by hand.\n\n"
            "\\* required · † personal: stands on no card, masked on screens. What is not required may be left out or "
            "null. Fields that are not listed are kept and not looked at.\n\n"
            "## Attributes\n\nEvery event is one map with these keys.\n");
    fields_table(out, &record_of_envelope);
    fprintf(out, "\n## Events\n");
    events_of_class(out, CLASS_FACT, "Facts");
    events_of_class(out, CLASS_DECISION, "Decisions");
    events_of_class(out, CLASS_SYSTEM, "System");
    events_of_class(out, CLASS_CONSEQUENCE, "Consequences");
    records_of_use(out, RECORD_IN_EVENT, "Data");
    records_of_use(out, RECORD_IN_CARD, "Cards");
    records_of_use(out, RECORD_IN_MESSAGE, "Requests and replies");
    words(out);
    errors(out);
    return fflush(out) != 0 || ferror(out) ? -E_IO : 0;
}

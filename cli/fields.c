/*
 * fields.c - fields of types.def on the command line: their options, their help.
 */
#include "cli/fields.h"

#include "core/ensure.h"
#include "core/status.h"

#include <time.h>

#define IF_SEQ_MEANS "only if nobody has decided about the case since journal entry N (a card's changed_seq)"

const struct field *field_find(const struct record_table *record, struct span name)
{
    for (uint32_t i = 0; i < record->field_count; i++) {
        if (span_is(name, record->fields[i].name))
            return &record->fields[i];
    }
    return NULL;
}

/* "general|serious|major|urgent" */
static void words_write(const struct choice_table *choice, char *text, size_t size)
{
    size_t len = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < choice->count && len < size; i++)
        len += (size_t)snprintf(text + len, size - len, "%s%s", i ? "|" : "", choice->items[i].name);
}

static void argument_write(const struct field *field, char *text, size_t size)
{
    static const char *const names[] = {
        [FIELD_NAME] = "NAME",      [FIELD_TEXT] = "TEXT",   [FIELD_URI] = "URI",          [FIELD_DOCUMENT] = "TEXT",
        [FIELD_TIME] = "TIME",      [FIELD_SCORE] = "SCORE", [FIELD_FIGURE] = "NUMBER",    [FIELD_NAMES] = "NAME,...",
        [FIELD_SCORES] = "D=N,...", [FIELD_INTEGER] = "N",   [FIELD_REFERENCE] = "ID|SEQ", [FIELD_BOOL] = "true|false",
    };
    if (field->kind == FIELD_CHOICE)
        words_write(field->choice, text, size);
    else
        snprintf(text, size, "%s",
                 field->kind < sizeof names / sizeof names[0] && names[field->kind] ? names[field->kind] : "VALUE");
}

/* "compensation-fen" for compensation_fen. */
static void option_name(const struct field *field, char name[32])
{
    snprintf(name, 32, "%s", field->name);
    for (char *at = name; *at; at++)
        *at = (char)(*at == '_' ? '-' : *at);
}

static void option_add(const struct field *field, struct field_options *options)
{
    char name[32];
    option_name(field, name);
    for (uint32_t i = 0; i < options->count; i++) {
        if (strcmp(options->name[i], name) == 0)
            return;
    }
    uint32_t at = options->count++;
    ensure(at < OPTIONS_MAX);
    memcpy(options->name[at], name, sizeof name);
    argument_write(field, options->argument[at], sizeof options->argument[at]);
    options->row[at] = (struct option_row){.name = options->name[at],
                                           .argument = options->argument[at],
                                           .help = field->doc,
                                           .flags = field->kind == FIELD_BOOL ? OPTION_TRUTH : 0};
}

void fields_options(const char *prefix, struct field_options *ret_options)
{
    ret_options->count = 0;
    for (enum event_type type = decision_after(prefix, EVENT_unknown); type < EVENT_count;
         type = decision_after(prefix, type)) {
        const struct record_table *record = event_table(type)->record;
        for (uint32_t i = 0; i < record->field_count; i++)
            option_add(&record->fields[i], ret_options);
    }
    uint32_t at = ret_options->count++;
    ensure(at < OPTIONS_MAX);
    ret_options->row[at] = (struct option_row)OPTION(OPTION_IF_SEQ, "N", IF_SEQ_MEANS);
}

void fields_help(FILE *to, const char *prefix)
{
    enum event_type type = decision_after(prefix, EVENT_unknown);
    if (type >= EVENT_count)
        return; /* cards that nobody decides about */
    fputs("\nActions:\n", to);
    for (; type < EVENT_count; type = decision_after(prefix, type)) {
        const struct event_table *row = event_table(type);
        fprintf(to, "  %-12s", action_imperative(row->type + strlen(prefix)));
        for (uint32_t i = 0; i < row->record->field_count; i++) {
            const struct field *field = &row->record->fields[i];
            char name[32], argument[64];
            option_name(field, name);
            argument_write(field, argument, sizeof argument);
            fprintf(to, field->flags & REQUIRED ? " --%s %s" : " [--%s %s]", name, argument);
        }
        fputc('\n', to);
    }
    fprintf(to, "Each also takes --%s N: %s.\n", OPTION_IF_SEQ, IF_SEQ_MEANS);
}

/* The repeated values of a list as one; other fields have one value. */
static int values_join(const struct arguments *arguments, const struct field *field, const char *name, char *joined,
                       size_t size)
{
    size_t len = 0;
    uint32_t count = 0;
    for (uint32_t i = 0; i < arguments->given_count; i++) {
        if (strcmp(arguments->given[i].row->name, name) != 0)
            continue;
        const char *value = arguments->given[i].value;
        bool list = field->kind == FIELD_NAMES || field->kind == FIELD_SCORES;
        if (!list)
            len = 0;
        len += (size_t)snprintf(joined + len, size - len, "%s%s", list && count ? "," : "", value[0] ? value : "");
        if (len >= size)
            return -E_USAGE;
        if (field->kind == FIELD_BOOL && !value[0])
            len = (size_t)snprintf(joined, size, "true");
        count++;
    }
    return (int)count;
}

int fields_encode(const struct record_table *record, const struct arguments *arguments, struct wire_writer *writer,
                  char message[FIELD_MESSAGE_MAX])
{
    char text[TEXT_MAX_BYTES + 1];
    uint32_t pairs = 0;
    for (uint32_t i = 0; i < record->field_count; i++) {
        char name[32];
        option_name(&record->fields[i], name);
        pairs += option_given(arguments, name);
    }
    wire_map(writer, pairs);
    for (uint32_t i = 0; i < record->field_count; i++) {
        const struct field *field = &record->fields[i];
        char name[32], why[FIELD_MESSAGE_MAX];
        option_name(field, name);
        int count = values_join(arguments, field, name, text, sizeof text);
        if (count == 0)
            continue;
        wire_key(writer, field->name);
        if (count < 0) {
            snprintf(message, FIELD_MESSAGE_MAX, "--%s is longer than %u bytes", name, TEXT_MAX_BYTES);
            return -E_USAGE;
        }
        if (field_encode(field, text, (int64_t)time(NULL) * 1000, writer, why) < 0) {
            snprintf(message, FIELD_MESSAGE_MAX, "--%s %.180s", name, why);
            return -E_USAGE;
        }
    }
    return 0;
}

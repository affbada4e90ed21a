/*
 * options.c - the command line's options: one row each, from which parsing, help, usage and "did you mean" come.
 */
#include "cli/options.h"

#include "core/ensure.h"
#include "core/status.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#define WORD_MAX 40u

static uint32_t least_of(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
static uint32_t edit_distance(const char *a, const char *b)
{
    size_t a_len = strlen(a), b_len = strlen(b);
    if (a_len > WORD_MAX || b_len > WORD_MAX)
        return UINT32_MAX;
    uint32_t row[3][WORD_MAX + 1];
    uint32_t *before = row[0], *last = row[1], *now = row[2];
    for (size_t k = 0; k <= b_len; k++)
        last[k] = (uint32_t)k;
    for (size_t i = 1; i <= a_len; i++) {
        now[0] = (uint32_t)i;
        for (size_t k = 1; k <= b_len; k++) {
            uint32_t replaced = last[k - 1] + (a[i - 1] != b[k - 1]);
            now[k] = least_of(replaced, least_of(last[k], now[k - 1]) + 1);
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                now[k] = least_of(now[k], before[k - 2] + 1);
        }
        uint32_t *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[b_len];
}

const char *nearest_word(const char *word, const char *const *candidates, uint32_t count)
{
    const char *nearest = NULL;
    uint32_t enough = (uint32_t)strlen(word) / 3 + 1;
    uint32_t best = enough > 3 ? 4 : enough + 1;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t distance = edit_distance(word, candidates[i]);
        if (distance < best) {
            best = distance;
            nearest = candidates[i];
        }
    }
    return nearest;
}

struct getopt_rows {
    struct option option[OPTION_TABLES * OPTIONS_MAX + 1]; /* val: 256 + index into row */
    const struct option_row *row[OPTION_TABLES * OPTIONS_MAX];
    uint32_t count;
};

#define ROW_VALUE 256

static void rows_collect(struct getopt_rows *rows, const struct option_tables *tables)
{
    *rows = (struct getopt_rows){.count = 0};
    for (uint32_t table = 0; table < OPTION_TABLES; table++) {
        for (uint32_t i = 0; i < tables->count[table]; i++) {
            const struct option_row *row = &tables->rows[table][i];
            ensure(rows->count < OPTION_TABLES * OPTIONS_MAX);
            rows->row[rows->count] = row;
            rows->option[rows->count] = (struct option){
                .name = row->name,
                .has_arg = row->flags & OPTION_TRUTH ? optional_argument
                           : row->argument           ? required_argument
                                                     : no_argument,
                .val = ROW_VALUE + (int)rows->count,
            };
            rows->count++;
        }
    }
}

/* Why getopt_long refused `argument`. */
static int parse_refuse(const struct getopt_rows *rows, int reason, const char *argument, char *message)
{
    const char *name = argument + strspn(argument, "-");
    char word[WORD_MAX + 1];
    snprintf(word, sizeof word, "%.*s", (int)strcspn(name, "="), name);
    if (reason == ':') {
        snprintf(message, OPTION_MESSAGE_MAX, "--%s needs a value", word);
        return -E_USAGE;
    }
    const char *names[OPTION_TABLES * OPTIONS_MAX] = {NULL};
    uint32_t alike = 0;
    for (uint32_t i = 0; i < rows->count; i++) {
        names[i] = rows->row[i]->name;
        alike += strncmp(names[i], word, strlen(word)) == 0;
        if (strcmp(names[i], word) == 0 && strchr(name, '=')) {
            snprintf(message, OPTION_MESSAGE_MAX, "--%s takes no value", word);
            return -E_USAGE;
        }
    }
    const char *meant = nearest_word(word, names, rows->count);
    if (alike > 1)
        snprintf(message, OPTION_MESSAGE_MAX, "--%s is the beginning of several options", word);
    else if (meant)
        snprintf(message, OPTION_MESSAGE_MAX, "unknown option %.60s; did you mean --%s?", argument, meant);
    else if (argument[1] != '-' && argument[2] != '\0') /* as one public key of 85 begins */
        snprintf(message, OPTION_MESSAGE_MAX, "unknown option %.60s; if it is none, put -- before it", argument);
    else
        snprintf(message, OPTION_MESSAGE_MAX, "unknown option %.60s", argument);
    return -E_USAGE;
}

/* "--satisfied false": getopt would take an optional value after "=" only. */
static const char *optional_value(int argc, char *const *argv)
{
    bool next_is_value = optind < argc && (strcmp(argv[optind], "true") == 0 || strcmp(argv[optind], "false") == 0);
    return next_is_value ? argv[optind++] : "";
}

static int operand_take(struct arguments *arguments, const char *text, char *message)
{
    if (arguments->operand_count == OPERANDS_MAX) {
        snprintf(message, OPTION_MESSAGE_MAX, "more than %u arguments", OPERANDS_MAX);
        return -E_USAGE;
    }
    arguments->operand[arguments->operand_count++] = text;
    return 0;
}

int options_parse(int argc, char *const *argv, const struct option_tables *tables, bool first_operand_ends,
                  struct arguments *arguments, int *ret_next, char message[OPTION_MESSAGE_MAX])
{
    struct getopt_rows rows;
    rows_collect(&rows, tables);
    optind = 0; /* glibc: begin anew, and forget what was read before */
    opterr = 0;
    /* '-' hands out operands in their place; '+' stops at the first; ':' tells a missing value from an unknown option */
    const char *short_options = first_operand_ends ? "+:" : "-:";
    for (;;) {
        int before = optind ? optind : 1;
        int found = getopt_long(argc, argv, short_options, rows.option, NULL);
        if (found == -1)
            break;
        if (found == 1) {
            if (operand_take(arguments, optarg, message) < 0)
                return -E_USAGE;
            continue;
        }
        if (found < ROW_VALUE)
            return parse_refuse(&rows, found, argv[before], message);
        if (arguments->given_count == GIVEN_MAX) {
            snprintf(message, OPTION_MESSAGE_MAX, "more than %u options", GIVEN_MAX);
            return -E_USAGE;
        }
        const struct option_row *row = rows.row[found - ROW_VALUE];
        const char *value = optarg ? optarg : row->flags & OPTION_TRUTH ? optional_value(argc, argv) : "";
        arguments->given[arguments->given_count++] = (struct given_option){row, value};
    }
    for (int i = optind; !first_operand_ends && i < argc; i++) {
        if (operand_take(arguments, argv[i], message) < 0)
            return -E_USAGE;
    }
    *ret_next = optind;
    return 0;
}

const char *option_text(const struct arguments *arguments, const char *name)
{
    for (uint32_t i = arguments->given_count; i > 0; i--) {
        if (strcmp(arguments->given[i - 1].row->name, name) == 0)
            return arguments->given[i - 1].value;
    }
    return NULL;
}

bool option_given(const struct arguments *arguments, const char *name)
{
    return option_text(arguments, name) != NULL;
}

int option_number(const struct arguments *arguments, const char *name, int64_t least, int64_t most, int64_t *ret_number,
                  char message[OPTION_MESSAGE_MAX])
{
    const char *text = option_text(arguments, name);
    if (!text)
        return 0;
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || number < least || number > most) {
        snprintf(message, OPTION_MESSAGE_MAX, "--%s is \"%.40s\"; use a whole number from %lld to %lld", name, text,
                 (long long)least, (long long)most);
        return -E_USAGE;
    }
    *ret_number = number;
    return 0;
}

/*
 * options.h - the command line's options: one row each, from which parsing, help, usage and "did you mean" come.
 *
 * Parsing is getopt_long's; values stay text until a command asks for them in their kind. Texts point into argv.
 */
#ifndef MANYI_CLI_OPTIONS_H
#define MANYI_CLI_OPTIONS_H

#include "core/span.h"

#define OPTIONS_MAX 64u
#define OPTION_TABLES 3u
#define GIVEN_MAX 128u
#define OPERANDS_MAX 1024u
#define OPTION_MESSAGE_MAX 256u

struct option_row {
    const char *name;     /* "base-port" */
    const char *argument; /* what stands for the value in help, "N"; NULL for a flag */
    const char *help;     /* one clause */
    uint8_t flags;        /* OPTION_HIDDEN, OPTION_TRUTH */
};

#define OPTION_HIDDEN 1u /* left out of help */
#define OPTION_TRUTH 2u  /* its value may lack, which means ""; only "true" and "false" are taken as one */

#define OPTION(name, argument, help) \
    {                                \
        name, argument, help, 0      \
    }

struct given_option {
    const struct option_row *row;
    const char *value; /* NULL for a flag */
};

struct arguments {
    struct given_option given[GIVEN_MAX];
    uint32_t given_count;
    const char *operand[OPERANDS_MAX];
    uint32_t operand_count;
};

/* Reads argv from argv[1] on into arguments; all tables are searched as one. Options may stand anywhere; after "--"
 * all are operands. With first_operand_ends, reading stops there, and *ret_next is its index in argv (argc when there
 * was none). -E_USAGE: message says which argument is wrong, and what was probably meant. */
struct option_tables {
    const struct option_row *rows[OPTION_TABLES];
    uint32_t count[OPTION_TABLES];
};
int options_parse(int argc, char *const *argv, const struct option_tables *tables, bool first_operand_ends,
                  struct arguments *arguments, int *ret_next, char message[OPTION_MESSAGE_MAX]);

/* The last value given, NULL when there is none; a flag's value is "". */
const char *option_text(const struct arguments *arguments, const char *name);
bool option_given(const struct arguments *arguments, const char *name);

/* A whole number within [least, most]; *ret_number is untouched when the option was not given. -E_USAGE with message. */
int option_number(const struct arguments *arguments, const char *name, int64_t least, int64_t most, int64_t *ret_number,
                  char message[OPTION_MESSAGE_MAX]);

/* "did you mean": the candidate nearest to word by edit distance, NULL when none is near enough to be meant. */
const char *nearest_word(const char *word, const char *const *candidates, uint32_t count);

#endif

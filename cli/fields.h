/*
 * fields.h - fields of types.def on the command line and in tables: their options, their help, their values from text.
 */
#ifndef MANYI_CLI_FIELDS_H
#define MANYI_CLI_FIELDS_H

#include "cli/options.h"
#include "schemas/actions.h"

#include <stdio.h>

#define FIELD_MESSAGE_MAX 256u
#define OPTION_IF_SEQ "if-seq" /* of every decision: its attribute `ifseq` */

/* Options made from fields, with the texts that the rows point at. */
struct field_options {
    struct option_row row[OPTIONS_MAX];
    char name[OPTIONS_MAX][32];
    char argument[OPTIONS_MAX][64];
    uint32_t count;
};

/* One option for each field of the decisions whose type begins with prefix ("complaint."), each name once. */
void fields_options(const char *prefix, struct field_options *ret_options);

/* The actions of such decisions, a line each with its options. */
void fields_help(FILE *to, const char *prefix);

/* The record's map from the options that were given, only these. Form is checked by event_decode afterwards; what can't be
 * told from text is refused here. -E_USAGE: message names the option. */
int fields_encode(const struct record_table *record, const struct arguments *arguments, struct wire_writer *writer,
                  char message[FIELD_MESSAGE_MAX]);

/* One value from text. Times: RFC 3339, "2026-11-24 16:00" or "2026-11-24" in the local zone, "+2h" "+3d" "+30m" from
 * now_ms. Lists: separated by commas or semicolons. Scores: "quality=8,pickup=9". Whole numbers that don't look like one
 * and unknown words are written as text, for the schema to refuse with its own sentence. -E_BAD_TIME, -E_WRONG_TYPE:
 * message says why. */
int field_encode(const struct field *field, const char *text, int64_t now_ms, struct wire_writer *writer,
                 char message[FIELD_MESSAGE_MAX]);

/* A field by its name; NULL when the record has none. */
const struct field *field_find(const struct record_table *record, struct span name);

/* "2026-11-24 16:00" and the other forms above, from 1970 to 9999. -E_BAD_TIME. */
int time_from_text(const char *text, int64_t now_ms, int64_t *ret_ms);

#endif

/*
 * roster_file.h - a roster document (YAML) to struct roster and back.
 *
 * The same code reads a file for `manyi roster check`, at start-up, and the document inside roster.changed: what `check`
 * passes, the fold accepts. Unknown keys are refused.
 */
#ifndef MANYI_IO_ROSTER_FILE_H
#define MANYI_IO_ROSTER_FILE_H

#include "core/roster.h"

#define ROSTER_MESSAGE_MAX 256u

/* Parses and checks a document. -E_BAD_ROSTER: message names line and key, what is wrong and what to do; ret_roster is
 * untouched. -E_NO_MEMORY. */
int roster_parse(struct span document, struct roster *ret_roster, char message[ROSTER_MESSAGE_MAX]);

/* The resolved document as journaled, in the order of numbers; roster_parse of it gives the same. -E_NO_ROOM. */
int roster_render(const struct roster *roster, char *buffer, size_t size, size_t *ret_len, char ret_hash[33]);

/* 2026-11-23 to days since 1970-01-01, and back. -E_BAD_TIME: there is no such day. */
int roster_day_parse(struct span text, int64_t *ret_day);
void roster_day_format(int64_t day, char ret_text[24]);

/* What was checked, a line each, for `roster check`. */
extern const char *const roster_checks[];
extern const uint32_t roster_checks_count;

#endif

/*
 * status.h - results: 0 is success, negative numbers are failures from status.def.
 *
 * Functions return int: 0 or -E_NAME. Outputs (ret_...) are untouched on failure. Inner code returns,
 * only the outermost caller logs, once.
 */
#ifndef MANYI_CORE_STATUS_H
#define MANYI_CORE_STATUS_H

#include <stdint.h>

enum status {
#define STATUS(name, number, sysexit, summary, fix) E_##name = (number),
#include "core/status.def"
#undef STATUS
};

enum {
#define STATUS(name, number, sysexit, summary, fix) STATUS_ROW_##name,
#include "core/status.def"
#undef STATUS
    STATUS_ROWS,
};

struct status_text {
    int number;          /* positive, 1203 */
    int sysexit;         /* exit code of the command line */
    const char *name;    /* "OUT_OF_RANGE" */
    const char *code;    /* "E1203" */
    const char *summary; /* one clause */
    const char *fix;     /* one sentence */
};

/* The row for a result or a number, of either sign. Never NULL: unknown numbers give a row that says so. */
const struct status_text *status_text(int result);

/* All rows, for `manyi explain` and the reference page. */
const struct status_text *status_table(uint32_t *ret_count);

#endif

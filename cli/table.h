/*
 * table.h - rows for people: aligned columns, local times, nothing of anybody's data that could steer a terminal.
 *
 * A column names a field of the row's map, "csi.value" for one inside another.
 */
#ifndef MANYI_CLI_TABLE_H
#define MANYI_CLI_TABLE_H

#include "core/span.h"

#include <stdio.h>

#define COLUMNS_MAX 24u
#define CELL_MAX 256u

enum cell_kind {
    CELL_TEXT,
    CELL_TIME,    /* "11-24 16:00", with its year when it is another than now's */
    CELL_NUMBER,  /* right-aligned */
    CELL_ONE,     /* a figure with one decimal */
    CELL_PERCENT, /* a share of 1 */
    CELL_MARK,    /* "yes" when true, else empty */
    CELL_DUE,     /* of a complaint's clocks: the next deadline that runs, "!" when it is missed already */
};

struct column {
    const char *title;
    const char *path;
    enum cell_kind kind;
};

/* rows: an encoded array of maps. Prints a title line and a line each; nothing for no rows. -E_... when it is no such array. */
int table_print(FILE *to, const struct column *columns, uint32_t count, struct span rows);

/* The value at `path` of a map as a cell's text, "" when it is null or absent. */
void cell_text(struct span map, const char *path, enum cell_kind kind, char ret_text[CELL_MAX]);

/* "11-24 16:00" in the local zone; "2025-11-24 16:00" in another year than now's. */
void time_short(int64_t ms, char ret_text[24]);

#endif

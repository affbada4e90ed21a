/*
 * status.c - the texts of status.def.
 */
#include "core/status.h"

static const struct status_text rows[] = {
#define STATUS(name, number, sysexit, summary, fix) {number, sysexit, #name, "E" #number, summary, fix},
#include "core/status.def"
#undef STATUS
};

static const struct status_text success = {0, 0, "OK", "E0", "success", "Nothing to do."};

/* A number of a newer version, or a bug: 70 is sysexits' "internal software error". */
static const struct status_text unknown = {
    -1, 70, "UNKNOWN", "E?", "unknown status", "It may come from a newer version; update this one."};

const struct status_text *status_text(int result)
{
    if (result == 0)
        return &success;
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].number == result || -rows[i].number == result)
            return &rows[i];
    }
    return &unknown;
}

const struct status_text *status_table(uint32_t *ret_count)
{
    *ret_count = sizeof rows / sizeof rows[0];
    return rows;
}

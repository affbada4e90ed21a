/* roster_check.h - does a roster make sense as a whole? Only for roster_*.c. */
#ifndef MANYI_IO_ROSTER_CHECK_H
#define MANYI_IO_ROSTER_CHECK_H

#include "io/roster_document.h"
#include "io/roster_file.h"

/* Where a flaw is told, and the document that it is found in. */
struct roster_flaw {
    struct span text; /* empty: a table of staff, whose people know their lines */
    const struct roster_document *document;
    char *message; /* ROSTER_MESSAGE_MAX */
};

/* Writes "line 12: staff[3].superior <sentence>" and returns -E_BAD_ROSTER. */
__attribute__((format(printf, 3, 4))) int roster_flaw(const struct roster_flaw *flaw, const char *path,
                                                      const char *format, ...);

/* A document as a roster: resolved and checked. -E_BAD_ROSTER, -E_NO_MEMORY; ret_roster is undefined then. */
int roster_resolve(const struct roster_flaw *flaw, struct roster *ret_roster);

/* What single entries can't tell: circles among superiors and substitutes, overlapping days. */
int roster_check(const struct roster *roster, const struct roster_flaw *flaw);

#endif

/* policy_check.h - does a policy make sense as a whole? Only for policy_*.c. */
#ifndef MANYI_IO_POLICY_CHECK_H
#define MANYI_IO_POLICY_CHECK_H

#include "io/policy_document.h"

/* Where a flaw is told, and the document that it is found in. */
struct policy_flaw {
    struct span text;
    char *message; /* POLICY_MESSAGE_MAX */
};

/* Writes "line 12: path <sentence>" and returns -E_BAD_POLICY. */
__attribute__((format(printf, 3, 4))) int policy_flaw(const struct policy_flaw *flaw, const char *path,
                                                      const char *format, ...);

/* Takes over a text or a name that stands on cards and in queries: printable, and of at most `most` bytes by the schema.
 * ret_text has room for one more. -E_BAD_POLICY. */
int policy_text_read(const struct policy_flaw *flaw, const char *path, const char *text, uint32_t most, char *ret_text);
int policy_name_read(const struct policy_flaw *flaw, const char *path, const char *text,
                     char ret_name[NAME_MAX_BYTES + 1]);

/* What single figures can't tell: order, repetition, completeness. -E_BAD_POLICY. */
int policy_check(const struct policy *policy, const struct policy_flaw *place);

/* Of io/policy_statutory.c: no internal clock outlasts a statutory one. */
int policy_check_statutory(const struct policy *policy, const struct policy_flaw *place);

#endif

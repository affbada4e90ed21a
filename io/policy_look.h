/*
 * policy_look.h - figures of a journaled rulebook by the keys that lead to them, as a person would read them out.
 *
 *   "clocks.serious.response"   4 h w
 *   "ladder"                    percent 50, level 0; percent 80, level 1; ...
 *   "departments.service"       ... the item of a list whose first value is `service`
 */
#ifndef MANYI_IO_POLICY_LOOK_H
#define MANYI_IO_POLICY_LOOK_H

#include "core/span.h"

struct policy_look;

/* The document is read; it need not live on. -E_BAD_POLICY, -E_NO_MEMORY. */
int policy_look_open(struct span document, struct policy_look **ret_look);
void policy_look_close(struct policy_look *look); /* NULL is allowed */

/* Cut at a character's end to what fits; false when the document has no such key. */
bool policy_look_at(struct policy_look *look, const char *path, char *ret_text, size_t size);

#endif

/* policy_callbacks.h - the `callbacks` section of the policy file: its shape, its figures, its checks. Only for policy_*.c. */
#ifndef MANYI_IO_POLICY_CALLBACKS_H
#define MANYI_IO_POLICY_CALLBACKS_H

#include "io/policy_check.h"

#include <cyaml/cyaml.h>

extern const cyaml_schema_field_t callbacks_fields[];

/* What the section says takes the place of what `to` has. -E_BAD_POLICY with line, path and a sentence. */
int policy_callbacks_read(const struct policy_flaw *flaw, const struct document_callbacks *from,
                          struct callback_rules *to);
void policy_callbacks_write(const struct callback_rules *from, struct document_callbacks *to);

/* The days of a sale rise; who is called more often than everybody makes no sense. -E_BAD_POLICY. */
int policy_callbacks_check(const struct policy *policy, const struct policy_flaw *place);

#endif

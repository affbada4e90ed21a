/* policy_delivery.h - the `delivery` section of the policy file: its shape, its figures, its checks. Only for policy_*.c. */
#ifndef MANYI_IO_POLICY_DELIVERY_H
#define MANYI_IO_POLICY_DELIVERY_H

#include "io/policy_check.h"

#include <cyaml/cyaml.h>

extern const cyaml_schema_field_t delivery_fields[];

/* What the section says takes the place of what `to` has. -E_BAD_POLICY with line, path and a sentence. */
int policy_delivery_read(const struct policy_flaw *flaw, const struct document_delivery *from,
                         struct delivery_rules *to);
void policy_delivery_write(const struct delivery_rules *from, struct document_delivery *to);

/* The graver, the sooner the next person is told; and before anybody gives up. -E_BAD_POLICY. */
int policy_delivery_check(const struct policy *policy, const struct policy_flaw *place);

#endif

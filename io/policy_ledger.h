/* policy_ledger.h - the section `ledger` of a policy: its shape, its figures, its checks. Only for policy_*.c. */
#ifndef MANYI_IO_POLICY_LEDGER_H
#define MANYI_IO_POLICY_LEDGER_H

#include "io/policy_check.h"
#include "io/policy_figure.h"

#include <cyaml/cyaml.h>

extern const cyaml_schema_field_t document_ledger_fields[];

extern const struct figure ledger_figures[];
extern const uint32_t ledger_figures_count;

/* Prizes and penalties rise with their rank and grade. */
int policy_check_ledger(const struct policy *policy, const struct policy_flaw *place);

#endif

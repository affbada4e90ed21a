/*
 * policy_diff.h - which figures differ between two rulebooks, by the keys that lead to them.
 */
#ifndef MANYI_CLI_POLICY_DIFF_H
#define MANYI_CLI_POLICY_DIFF_H

#include "core/span.h"

/* Both are YAML documents as policy_render writes them. Prints a line (or a JSON object) for each key whose value differs, is new or is
 * gone, and returns how many there are. -E_BAD_POLICY: no YAML; -E_NO_MEMORY. */
int policy_diff_print(bool json, struct span before, struct span after);

#endif

/*
 * operations.h - how much a test against a naive model has done, for tests/proof/models.py to add up.
 */
#ifndef MANYI_TESTS_SUPPORT_OPERATIONS_H
#define MANYI_TESTS_SUPPORT_OPERATIONS_H

#include <stdint.h>
#include <stdio.h>

/* One line for each structure: "[  MODEL   ] the journal: 100000 operations agree". */
static inline void operations_tell(const char *what, uint64_t operations)
{
    printf("[  MODEL   ] %s: %llu operations agree\n", what, (unsigned long long)operations);
}

#endif

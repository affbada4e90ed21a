/*
 * wrap.h - how a call is stood in for: WRAPPED(type, name, parameters) begins the function that the linker puts in its place,
 * and declares the real one. The build finds the names by this macro.
 */
#ifndef MANYI_TESTS_CALLS_WRAP_H
#define MANYI_TESTS_CALLS_WRAP_H

#include "tests/calls/fault.h"

/* The linker's names, not ours. */
#define WRAPPED(type, name, ...)     \
    type __real_##name(__VA_ARGS__); \
    type __wrap_##name(__VA_ARGS__); \
    type __wrap_##name(__VA_ARGS__)

#endif

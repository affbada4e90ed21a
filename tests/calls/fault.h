/*
 * fault.h - one call of a kind that fails: the n-th one, or that and every later one.
 *
 * Link-time wraps (wrap_*.c) ask fault_strikes() before they do what they stand for. What they reach are the calls of our own
 * objects; what libzmq, liblmdb and the others do among themselves is out of reach. Unarmed they only count.
 */
#ifndef MANYI_TESTS_CALLS_FAULT_H
#define MANYI_TESTS_CALLS_FAULT_H

#include <stdbool.h>
#include <stdint.h>

enum fault_kind {
    FAULT_ALLOCATION, /* malloc and the like */
    FAULT_STORE,      /* LMDB's functions, as our store calls them */
    FAULT_FILE,       /* the system's: files, directories, threads, descriptors */
    FAULT_BUS,        /* ZeroMQ's functions, as our bus calls them */
    FAULT_KINDS,
};

struct fault {
    enum fault_kind kind;
    uint64_t first; /* which call fails, from 1; 0: none */
    bool lasting;   /* every later one of the kind, too */
};

extern const char *const fault_kind_names[FAULT_KINDS];

/* Forgets what was counted. NULL: none shall fail. */
void fault_arm(const struct fault *fault);
/* Counts a call; whether it shall fail. */
bool fault_strikes(enum fault_kind kind, const char *call);
/* Which of several ways to fail: a figure below `count` that goes round with the fault's number. */
uint32_t fault_way(uint32_t count);
/* Is every later call to fail, too? */
bool fault_lasts(void);
/* How many calls of the kind there were since it was armed. */
uint64_t fault_calls(enum fault_kind kind);
/* The first call that was made to fail; "" when none was. */
const char *fault_struck(void);

/* What clock_read tells instead of the time. */
void fault_clock_set(int64_t wall_ms, int64_t monotonic_ms);
/* Lets clock_read tell the system's time again. */
void fault_clock_let_go(void);

#endif

/*
 * disk_log.h - what tests/fault/record.c wrote down, read back: halves of calls, in the order in which they came.
 */
#ifndef MANYI_TESTS_DISK_LOG_H
#define MANYI_TESTS_DISK_LOG_H

#include "core/span.h"
#include "tests/fault/fault.h"

struct disk_step {
    enum fault_call call;
    bool ended; /* the second half */
    bool lost;  /* a first half whose second never came: the process was killed meanwhile */
    uint32_t flags;
    uint64_t number, time_ns, handle, offset;
    int64_t result;
    struct span path, other; /* below the watched directory, which is "" itself */
    struct span data;
};

struct disk_log {
    struct disk_step *step;
    uint32_t count;
};

/* Exits with a message when it can't be read. top: the watched directory, as it was recorded. The bytes stay mapped, the
 * caller frees `step`. */
void disk_log_read(const char *path, const char *top, struct disk_log *ret_log);

#endif

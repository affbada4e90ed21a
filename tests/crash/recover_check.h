/*
 * recover_check.h - a data directory opened as a start opens it, and compared with what publishers were told.
 */
#ifndef MANYI_TESTS_RECOVER_CHECK_H
#define MANYI_TESTS_RECOVER_CHECK_H

#include <stdbool.h>
#include <stdint.h>

/* An event that a publisher sent, and what it was told. */
struct told {
    uint64_t fingerprint; /* of source and id */
    uint64_t time_ns;     /* when it was told, CLOCK_MONOTONIC; UINT64_MAX: never */
    uint64_t seq;         /* 0: it wasn't told which */
    uint32_t found;       /* in the journal that was checked */
};

struct told_list {
    struct told *told; /* in the order of fingerprints */
    uint32_t count;
};

/* Reads lines of "time_ns seq source id"; - for a time that never came. Exits with a message when it can't. The caller
 * frees `told`. */
void told_read(const char *path, struct told_list *ret_list);

struct recovered {
    uint64_t head;
    uint32_t acknowledged, lost, doubled;
    char message[384]; /* empty: all is well */
};

/* Opens journal, state and outlet in dir for writing, reads all of them, closes them. Events told before time_ns must be there
 * once and where they were told. */
void recover_check(const char *dir, struct told_list *list, uint64_t time_ns, struct recovered *ret_recovered);

#endif

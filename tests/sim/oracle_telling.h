/* oracle_telling.h - what the oracle knows of notices, and of who was really told. Only for oracle*.c. */
#ifndef MANYI_TESTS_SIM_ORACLE_TELLING_H
#define MANYI_TESTS_SIM_ORACLE_TELLING_H

#include "tests/sim/oracle_names.h"

#include <stdbool.h>

/* Who is really told, of a notice, a task or a callback. */
struct oracle_telling {
    int64_t from_ms, sent_ms, failing_ms, retry_ms, read_ms, climb_ms; /* ORACLE_NEVER: none */
    int64_t sent_repeat, means, attempts;                              /* -1: none */
    oracle_label to;                                                   /* of a task or a callback: who is told now */
    oracle_label reason;
    oracle_name climbed_to;
};

/* How urgent that is. */
struct oracle_addressee {
    const char *store;
    int32_t grade;
    int64_t level;
};

struct oracle_notice {
    oracle_label id, about; /* the case: C-41 */
    uint64_t of;            /* seq of the fact that bore it; 0: time did */
    uint64_t changed_seq;
    oracle_name store, department;
    int32_t grade;
    int32_t clock;   /* enum clock_kind, or ORACLE_MANUAL; of another case than a complaint ORACLE_OTHER */
    oracle_name why; /* then */
    int64_t percent, level, repeat;
    oracle_label to;
    oracle_name responsible; /* of another case than a complaint: who was to be told first, and who not */
    struct oracle_names skip;
    int64_t at_ms, raised_ms, acknowledged_ms, repeat_from_ms; /* ORACLE_NEVER: none */
    oracle_name acknowledged_by;
    bool acknowledged, ended, gone, rests;
    struct oracle_telling telling;
    oracle_name climbed_from;
    oracle_label because;
    bool changed;
};

#endif

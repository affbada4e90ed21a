/* oracle_called.h - what the oracle remembers of callbacks, visits and the wishes of customers. Only for oracle*.c. */
#ifndef MANYI_TESTS_SIM_ORACLE_CALLED_H
#define MANYI_TESTS_SIM_ORACLE_CALLED_H

#include "tests/sim/oracle_telling.h"

#include <stdbool.h>

struct oracle_callback {
    oracle_name id;
    uint64_t seq, changed_seq;
    int32_t kind, why, status;
    int32_t skipped_because; /* -1: not */
    oracle_name store, department, customer, visit, vehicle, agent;
    int64_t due_ms, from_ms, since_ms;
    int64_t tries, next_try_ms, window_ms, claimed_until, message_until, overdue_ms, give_up_ms, closed_ms, leaves_ms;
    bool overdue, gone, forgotten;
    uint64_t fell, ended; /* in what order they did, last; 0: not */
    uint64_t told_fell;   /* of which of these somebody was told */
    bool is_told_now;
    struct oracle_telling telling;
    oracle_label notify_to;
    bool changed;
};

/* A visit that is no import, and what was heard of it since. */
struct oracle_meeting {
    oracle_name store, visit, customer, department;
    bool completed, answered, complained;
    int64_t answered_ms;
    int called;  /* 1: somebody called, or tried; -1: nobody did; 0: not known */
    int content; /* 1: so they said unasked; -1: unhappy; 0: not known */
};

/* Both are known of a visit, since this day. */
struct oracle_neglect {
    oracle_name store, department;
    int64_t day;
    bool unhappy, called;
};

struct oracle_coming {
    oracle_name customer;
    int64_t at_ms;
};

struct oracle_wish {
    oracle_name customer;
    int32_t channel; /* -1: all */
    bool out;
    uint64_t endings; /* of callbacks before it */
};

#endif

/* oracle_repair.h - stays in the workshop, as the oracle remembers them. Only for oracle*.c. */
#ifndef MANYI_TESTS_SIM_ORACLE_REPAIR_H
#define MANYI_TESTS_SIM_ORACLE_REPAIR_H

#include "core/limits.h"
#include "schemas/codec.h"
#include "tests/sim/oracle.h"

/* A visit for a repair: a case, or what was told of it out of order. */
#define ORACLE_SIGNALS 7
struct oracle_stay {
    char store[NAME_MAX_BYTES + 1], department[NAME_MAX_BYTES + 1], visit[NAME_MAX_BYTES + 1],
        customer[NAME_MAX_BYTES + 1], vehicle[NAME_MAX_BYTES + 1], fault[NAME_MAX_BYTES + 1],
        counted_for[NAME_MAX_BYTES + 1];
    uint64_t seq, changed_seq; /* 0: no case */
    int32_t status;
    int64_t opened_ms, completed_ms, from_ms, counted_ms, closed_ms, leaves_ms, loaner_ms, armed_ms;
    int64_t days, days_before, fault_repairs;
    bool safety, warranty, late, gone;
    bool told[ORACLE_SIGNALS];
    bool changed;
};

bool oracle_stay_is_open(const struct oracle_stay *stay);
void oracle_repaired(struct oracle *oracle, const struct event *event);
int64_t oracle_stay_next(const struct oracle *oracle, const struct oracle_stay *stay);
void oracle_stay_fire(struct oracle *oracle, struct oracle_stay *stay, int64_t due_ms);
void oracle_stay_reckon(struct oracle *oracle, struct oracle_stay *stay, int64_t armed_ms);

bool oracle_stay_agrees(struct oracle *oracle, const struct oracle_stay *stay, const struct repair *card,
                        char message[ORACLE_MESSAGE_MAX]);
bool oracle_stays_agree(struct oracle *oracle, struct store_txn *state, bool all, char *message);

#endif

/* oracle_roster.h - who works where, and whom a notice reaches, by the oracle's own reading. */
#ifndef MANYI_TESTS_SIM_ORACLE_ROSTER_H
#define MANYI_TESTS_SIM_ORACLE_ROSTER_H

#include "tests/sim/oracle_inside.h"

/* Who works where; an empty store: of the group, an empty department: of the whole store. */
struct oracle_post {
    oracle_name store, department, person;
    int level;
};
struct oracle_leave {
    oracle_name person, by;
    int64_t from, to; /* days since 1970 */
};
struct oracle_roster {
    uint64_t seq;
    struct oracle_post post[128];
    struct oracle_leave leave[16];
    uint32_t posts, leaves;
    struct oracle_names people, group;
};

struct oracle_question {
    const char *store, *department, *first; /* first: named by people; NULL or "": nobody */
    int64_t level, day;
    const struct oracle_names *skip, *skip_too; /* NULL: nobody */
};

/* roster.changed: read, and in force if it makes sense. */
void oracle_roster_changed(struct oracle *oracle, const struct event *event);
/* Whom a notice reaches: never nobody. */
void oracle_recipient(const struct oracle *oracle, const struct oracle_question *question, char *to, size_t size);
/* Who leads a department now. */
void oracle_manager(const struct oracle *oracle, const char *store, const char *department, char *to, size_t size);

/* Who holds this post, there or not; "" for nobody. */
const char *oracle_holder(const struct oracle *oracle, const char *store, const char *department, int64_t level);
/* Does this person lead the department, whoever stands in? */
bool oracle_heads_have(const struct oracle *oracle, const char *store, const char *department, struct span person);

/* Another roster: whoever is told by now. */
void oracle_notices_renamed(struct oracle *oracle);

/* The rulebook and the roster that are in force are those of the state. */
bool oracle_in_force_agrees(const struct oracle *oracle, struct store_txn *state, char message[ORACLE_MESSAGE_MAX]);

#endif

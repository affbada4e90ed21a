/*
 * checks_inside.h - what the files of the checks share. Included by checks*.c only.
 */
#ifndef MANYI_TESTS_SIM_CHECKS_INSIDE_H
#define MANYI_TESTS_SIM_CHECKS_INSIDE_H

#include "schemas/codec.h"
#include "tests/sim/cast.h"
#include "tests/sim/checks.h"
#include "tests/sim/oracle.h"
#include "workers/verify.h"

/* ---- hash tables of ours: 64 bits to 64 bits (checks_table.c) ---- */

struct table_slot {
    uint64_t key; /* 0: free */
    uint64_t value;
};

struct table {
    struct table_slot *slots;
    uint64_t capacity; /* a power of two */
    uint64_t count;
};

void table_clear(struct table *table);
/* The place of the key's value, which is 0 when it is new; lives until the next call. */
uint64_t *table_at(struct table *table, uint64_t key);
/* NULL: it has none. */
const uint64_t *table_find(const struct table *table, uint64_t key);

#define HASH_BEGIN 0xcbf29ce484222325ull
/* FNV-1a over the bytes and their length, finished by a mix; never 0. */
uint64_t hash_bytes(uint64_t hash, struct span bytes);
uint64_t hash_identity(struct span source, struct span id);

/* ---- memory of the journal (checks_journal.c) ---- */

struct remembered {
    uint64_t hash; /* of everything but the time */
    uint64_t event_hash;
    uint64_t identity; /* hash_identity; 0 of a consequence */
    int64_t at_ms;
    bool consequence;
    uint8_t channel; /* of a consequence */
    uint64_t n;      /* its place among those of its channel */
    uint64_t card_hash;
};

struct memory {
    struct remembered *entries; /* of seq 1, 2, ... */
    uint64_t count, capacity;
    struct table identities; /* hash_identity to the newest seq of it; of outside events */
    struct table sequences;  /* of a session's number: the newest sequence in the journal */
    int64_t grown_ms;        /* of the world: when the newest entry was seen */
    struct journal_read *read;
    struct event *event; /* the one that is being decoded */
    uint64_t last_n[CHANNEL_count];
    bool restored; /* what is remembered is to be compared with what the backup had */
};

typedef bool entry_visit(struct checks *checks, enum record_class class, const struct entry *entry);

void memory_open(struct checks *checks);
void memory_close(struct checks *checks);
/* Takes in what has become durable. */
void memory_absorb(struct checks *checks);
/* Reads everything once more and compares. */
void memory_compare_all(struct checks *checks);
/* Reads one record, by dice. */
void memory_compare_some(struct checks *checks);
void memory_restored(struct checks *checks, uint64_t head);
/* Whether this entry is on the disk, exactly so. */
bool memory_has(const struct memory *memory, enum record_class class, const struct entry *entry);
/* Visits the durable entries after..upto in order; false when visit ended it. */
bool journal_walk(struct checks *checks, uint64_t after, uint64_t upto, entry_visit *visit);

/* ---- promises (checks_acks.c) ---- */

void promises_open(struct checks *checks);
void promises_close(struct checks *checks);
void promises_message(struct checks *checks, const struct bus_sim_message *message);
void promises_restored(struct checks *checks);
/* Every event that the cast heard an ACK for is there, once. */
void promises_end(struct checks *checks);

/* ---- what feed and outlet hand out (checks_served.c) ---- */

void served_message(struct checks *checks, const struct bus_sim_message *message);

/* ---- what the worker concludes (checks_consequences.c) ---- */

void spoken_open(struct checks *checks);
void spoken_close(struct checks *checks);
void spoken_restored(struct checks *checks);
/* The journal is longer on the disk. */
void spoken_commit(struct checks *checks);
/* In order of seq; the oracle has been told of everything before. */
bool consequence_check(struct checks *checks, const struct entry *entry);
/* The newest cards told are the state's, every notice of the oracle was raised once. */
void spoken_end(struct checks *checks, struct store_txn *state);
/* How many subjects have a card. */
uint64_t subjects_told(const struct checks *checks);
/* Whether this card, told by entry seq, is the newest of its subject. */
bool newest_told(struct checks *checks, enum card_channel channel, struct span card, uint64_t seq);

/* ---- the state (checks_state.c) ---- */

void state_check_open(struct checks *checks);
void state_check_close(struct checks *checks);
void state_check_commit(struct checks *checks);
void state_check_restored(struct checks *checks);
void state_check_end(struct checks *checks);
struct oracle *state_oracle(struct checks *checks);
/* How far the state on the disk is folded; false: there is none. */
bool state_committed(struct state_head *ret_head);

/* ---- the end (checks_end.c, checks_refold.c) ---- */

void end_check(struct checks *checks);
/* Folds a copy of the journal anew, beside everything: the same state, silently; and aloud, the same words. */
void refold_check(struct checks *checks);

/* A card of an escalation, at the end: who was to be told was, or somebody above (checks_told.c). */
void told_check(struct checks *checks, struct span bytes);

/* ---- damage (checks_rot.c) ---- */

/* The last of all: it spoils the journal. */
void rot_check(struct checks *checks);

struct promises;
struct spoken;
struct state_check;

struct checks {
    struct world *world;
    int64_t healed_ms; /* of the world: when intake had its first turn of phase two */
    struct dice dice;
    struct memory memory;
    struct promises *promises;
    struct spoken *spoken;
    struct state_check *state;
};

void *checks_take(size_t size); /* zeroed; ends the process when there is none */

#endif

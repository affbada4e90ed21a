/*
 * world.h - one simulated world: processes, messages between them, a disk, two clocks, and everything that can go wrong.
 *
 * One thread, one seed. The world holds what happens in it: it throws faults, gives turns, and moves time on to the next moment at
 * which anything can happen. Who is in it:
 *
 *     the server    one process (serve), or one a role with the feed beside intake (run): processes that die and come back
 *     the cast      publishers, people who decide, subscribers, peers who send nonsense (cast.h): they never die
 *     the checks    look after every turn whether all that must be true is (checks.h)
 *
 * A process dies at a named point: from there on none of its effects reaches the world (messages are lost, commits fail), its
 * turn is let run to its end, and then it is closed, and its stores crash as their durability permits.
 *
 * Phase one has faults; in phase two the world heals: no faults any more, every process runs, time goes on until nothing moves.
 */
#ifndef MANYI_TESTS_SIM_WORLD_H
#define MANYI_TESTS_SIM_WORLD_H

#include "io/bus_sim.h"
#include "io/journal.h"
#include "io/setup.h"
#include "io/store_sim.h"
#include "tests/sim/dice.h"

#include <stdio.h>

#define WORLD_DIR "/sim"
#define WORLD_JOURNAL WORLD_DIR "/journal"
#define WORLD_STATE WORLD_DIR "/state"
#define WORLD_OUTLET WORLD_DIR "/outlet"
/* 2026-12-03T00:00:00Z, a Thursday: 08:00 in Shanghai; November closes at midnight */
#define WORLD_BEGIN_MS 1796256000000ll

/* Everything that can go wrong, counted by name; the totals of a run are these. */
#define FAULTS(X)                                                      \
    X(delay, "messages delayed")                                       \
    X(loss, "messages lost")                                           \
    X(repeat, "messages delivered twice")                              \
    X(cut, "connections cut")                                          \
    X(partition, "links partitioned for a while")                      \
    X(crash_before_commit, "processes killed before a commit")         \
    X(crash_after_commit, "killed after a commit, before its replies") \
    X(crash_between_replies, "killed between two replies")             \
    X(crash_idle, "killed at rest")                                    \
    X(power_loss, "power losses")                                      \
    X(lost_commit, "commits lost where the mode permits it")           \
    X(commit_error, "commits that failed")                             \
    X(store_full, "stores full")                                       \
    X(disk_nearly_full, "times the disk was nearly full")              \
    X(small_batch, "batches cut short")                                \
    X(pause, "roles that stood still for a while")                     \
    X(clock_forward, "clock steps forward")                            \
    X(clock_back, "clock steps back")                                  \
    X(stall, "subscribers that stalled")                               \
    X(malformed, "malformed messages and events")                      \
    X(forged, "forged consequences and sources")                       \
    X(policy_change, "rulebooks adopted")                              \
    X(roster_change, "rosters adopted")                                \
    X(fold_version, "new versions of the fold")                        \
    X(restore, "restores from a backup")                               \
    X(rebuild, "states folded anew")                                   \
    X(rot, "records damaged")

enum fault {
#define X(name, text) FAULT_##name,
    FAULTS(X)
#undef X
        FAULT_COUNT
};

const char *fault_name(enum fault fault); /* "power_loss" */
const char *fault_text(enum fault fault);

/* Owners of ports (bus_sim.h) below CAST_OWNER are the server's processes. */
enum process_kind { PROCESS_INTAKE, PROCESS_WORKER, PROCESS_OUTLET, PROCESS_NOTIFIER, PROCESS_COUNT };
#define CAST_OWNER 16u

struct world_options {
    uint64_t seed;
    FILE *trace;      /* NULL: none */
    uint32_t hours;   /* of simulated time in phase one; 0: the seed decides, 24 to 240 */
    uint32_t events;  /* that the cast publishes in phase one, about; 0: the seed decides */
    bool calm;        /* no faults at all: for tests of the checks themselves */
    uint64_t without; /* bit per enum fault: never thrown by the world, while all else stays drawn as it is */
};

struct world_outcome {
    bool violated;
    char violation[512]; /* the first one: the invariant's name, a colon, what was seen */
    uint64_t hash;       /* of everything that happened: messages, commits, turns */
    uint64_t turns, messages, commits;
    uint64_t acked, entries,
        consequences;       /* events acknowledged; entries in the journal at the end, consequences among them */
    uint64_t lost, doubled; /* acknowledged events */
    int64_t simulated_ms;
    uint64_t faults[FAULT_COUNT];
};

struct world {
    struct world_options options;
    struct world_outcome outcome;
    struct setup setup;     /* of the server; its bus and clock are the world's */
    struct journal *reader; /* read-only, refreshed after each turn of intake: what is on the disk */
    struct cast *cast;
    struct checks *checks;
    int64_t now_ms;              /* simulated time since the beginning, which never steps: what messages travel by */
    bool notifies;               /* it has a notifier, and the cast no postman */
    bool untended;               /* a stage: nobody who could tell people has a turn */
    bool healed;                 /* phase two */
    bool disk_is_short;          /* for so long that intake accepts no event from outside any more */
    struct world_inside *inside; /* world*.c's own */
};

/* Runs one seed, whole. What it needs is made at its start and given back at its end. */
void world_run(const struct world_options *options, struct world_outcome *ret_outcome);

/* One line of the trace, in the domain's words, and part of the hash: "intake", "C-41 opened  serious". */
__attribute__((format(printf, 3, 4))) void world_tell(struct world *world, const char *who, const char *format, ...);

/* An invariant does not hold: the first one ends the run. Always returns false. */
__attribute__((format(printf, 3, 4))) bool world_violated(struct world *world, const char *invariant,
                                                          const char *format, ...);

/* Something went wrong on purpose. */
void world_fault(struct world *world, enum fault fault);

/* Whether this process of the server runs at the moment; for checks that look into its stores. */
bool world_runs(const struct world *world, enum process_kind kind);

#endif

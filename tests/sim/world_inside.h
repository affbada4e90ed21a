/*
 * world_inside.h - what the files of the world share. Included by world*.c only.
 *
 *     world.c          the loop: who has his turn, when time moves on, the two phases
 *     world_server.c   the server's processes: started, given turns, buried
 *     world_doom.c     when a process dies, and what its stores keep
 *     world_weather.c  what becomes of each message
 *     world_faults.c   which faults a seed throws, and when
 *     world_notifier.c the notifier, and whom it writes to
 *     world_restore.c  backups, restored under a new lineage
 *     world_trace.c    the hash, and lines of the trace; world_story.c: entries of the journal in the domain's words
 */
#ifndef MANYI_TESTS_SIM_WORLD_INSIDE_H
#define MANYI_TESTS_SIM_WORLD_INSIDE_H

#include "brokers/notifier.h"
#include "tests/sim/cast.h"
#include "tests/sim/checks.h"
#include "tests/sim/heap.h"
#include "tests/sim/world.h"

#define ROLE_PORTS_MAX 5u
#define MEMBERS_MAX 16u

#define SECONDS(n) ((n)*1000ll)
#define MINUTES(n) ((n)*60000ll)
#define HOURS(n) ((n)*3600000ll)

enum role { ROLE_INTAKE, ROLE_FEED, ROLE_WORKER, ROLE_OUTLET, ROLE_NOTIFIER, ROLE_COUNT };

struct role_running {
    void *self; /* NULL: it does not run */
    struct port *ports[ROLE_PORTS_MAX];
    uint32_t port_count;
    int64_t due_ms; /* of the world; INT64_MAX: only when mail comes */
    int64_t pause_until_ms;
    uint32_t left_turns; /* in a row */
    int64_t left_ms;     /* when it left mail unread: who polls for it looks again a moment later, and time goes on */
    struct heap_account heap;
    int64_t heap_begin_bytes; /* what it kept after it had warmed up */
    uint32_t turns;
};

/* When a process dies, counted down from now on; 0: not armed. */
struct doom {
    uint32_t commits_before; /* its n-th commit finds it dead: nothing is kept */
    uint32_t commits_after;  /* it dies when its n-th commit is kept, and hears nothing of it */
    uint32_t sends;          /* it dies before its n-th message leaves */
    uint32_t commits_fail;   /* its n-th commit fails with commit_status */
    int commit_status;
    bool commit_is_kept; /* although it failed */
};

struct process {
    const char *name;
    uint32_t roles; /* bit per role */
    bool runs;
    bool dead;        /* died in this turn: is buried when it ends */
    bool powerless;   /* with everybody else: its stores may lose what they may lose */
    bool commit_goes; /* what was being written beside when it died gets to the disk */
    bool failed;      /* a commit failed on purpose: whatever its turn returns is right */
    int64_t starts_ms;
    struct doom doom;
    struct journal *journal;
};

/* How it is on the way to and from a member of the cast. */
struct sky {
    int64_t until_ms; /* then it changes */
    int64_t partition_until_ms;
    int64_t delay_most_ms;
    uint32_t loss, repeat, cut; /* chances, of 10,000 */
};

struct member_state {
    int64_t due_ms;
};

/* What a seed throws: how often, in moments of the world; 0: never. */
struct schedule {
    uint64_t every[FAULT_COUNT];
    uint64_t next[FAULT_COUNT];
    uint32_t storm; /* of 100: how often the weather is bad */
};

struct backup_stream {
    uint8_t *bytes;
    size_t len, capacity, taken;
};

struct world_inside {
    struct dice order, weather, faults, time, server;
    uint32_t process_count;
    struct process processes[PROCESS_COUNT];
    struct role_running roles[ROLE_COUNT];
    struct member_state members[MEMBERS_MAX];
    struct sky sky[2][MEMBERS_MAX]; /* to the server, from it */
    struct schedule schedule;
    bool overlaps; /* intake writes beside its turns */
    size_t beside_bytes;
    char lineage[LINEAGE_LEN + 1];
    uint64_t moments; /* turns given, and times that time moved on */
    int64_t end_ms;   /* of phase one */
    int64_t leap_most_ms;
    int64_t wall_off_ms; /* what the clock on the wall is ahead of the true time */
    int64_t wall_mends_ms;
    int64_t disk_mends_ms;
    int64_t disk_short_ms; /* since when it has less than its reserve; INT64_MAX: it has enough */
    uint32_t short_turns;  /* that intake began knowing that */
    int64_t healed_ms;
    int64_t committed_ms; /* when anything was last committed */
    uint64_t told_seq;    /* entries up to it stand in the trace */
    struct backup_stream backup;
    struct notifying *notifying; /* NULL: the world has no notifier */
    uint64_t backup_head;
};

/* ---- world.c ---- */

/* Time moves on to then; the clocks with it. */
void world_move(struct world *world, int64_t to_ms);

/* ---- world_server.c ---- */

const char *role_name(enum role role);
enum process_kind role_kind(enum role role);
struct process *process_of(struct world *world, enum process_kind kind);
void server_open(struct world *world); /* draws its shape */
/* Starts the process, unless that fails as it is meant to: then it is tried again later. */
void process_start(struct world *world, struct process *process);
/* Gives a role its turn; a process that dies in it is buried. */
void role_turn(struct world *world, enum role role);
bool role_is_ready(const struct world *world, enum role role);
/* Ends it as an operator would; it starts again after wait_ms. */
void process_stop(struct world *world, struct process *process, int64_t wait_ms);
/* Ends a process that has died, and lets its stores crash. */
void process_bury(struct world *world, struct process *process);
void server_close(struct world *world);

/* ---- world_notifier.c ---- */

bool notifier_is_drawn(uint64_t seed);
void notifying_open(struct world *world);
void notifying_close(struct world *world);
/* Begins another life of it. Errors: those of notifier_open. */
int notifying_start(struct world *world, struct notifier **ret_notifier);

/* ---- world_doom.c ---- */

/* It dies now. Returns false: whatever it was about to do does not happen. */
bool process_dies(struct world *world, struct process *process, enum fault fault);
store_sim_watch doom_watch_commit;
/* A message of this process is about to leave; false: it is dead, or dies. */
bool doom_lets_send(struct world *world, enum process_kind kind);

/* ---- world_weather.c ---- */

void weather_open(struct world *world);
void weather_heal(struct world *world);
void weather_partition(struct world *world);

/* ---- world_faults.c ---- */

void faults_open(struct world *world); /* draws the seed's schedule */
/* A process that starts may die of it. */
void faults_start(struct world *world, struct process *process);
void faults_throw(struct world *world);
/* What mends itself with time. Returns when the next does. */
int64_t faults_mend(struct world *world);
void faults_heal(struct world *world);

/* ---- world_restore.c ---- */

void backup_take(struct world *world);
void backup_restore(struct world *world);
void lineage_draw(struct world *world);

/* ---- world_trace.c, world_story.c ---- */

void trace_number(struct world *world, uint64_t number);
void trace_bytes(struct world *world, struct span bytes);
/* One line for those who read, without being part of the hash. */
__attribute__((format(printf, 3, 4))) void trace_line(struct world *world, const char *who, const char *format, ...);
/* What has come to the journal. */
void trace_entries(struct world *world);
/* How many of the journal's entries are consequences. */
uint64_t trace_consequences(struct world *world);
/* What the server's own log says belongs to the world that runs. */
void trace_logs_of(struct world *world);
void story_entry(struct world *world, const struct entry *entry, enum record_class class);

#endif

/*
 * world_server.c - the server's processes: started, given turns, ended, buried.
 *
 *     serve   one process:     intake + feed + worker + outlet
 *     run     three processes: intake + feed | worker | outlet
 *
 * and in some worlds the notifier, a process of its own in either.
 */
#include "brokers/feed.h"
#include "brokers/intake.h"
#include "brokers/outlet.h"
#include "core/ensure.h"
#include "core/status.h"
#include "tests/sim/town_access.h"
#include "tests/sim/world_inside.h"
#include "workers/worker.h"

#include <stdio.h>

#define LEFT_TURNS_MAX 20u
#define DISK_LOOK_MS 1000
#define DISK_SHORT_TURNS 3u
#define BESIDE_WAIT_MS 1 /* what is written beside is looked after soon: nobody wakes intake here */

/* ---- the roles, as a table ---- */

static int open_intake(struct world *world, struct process *process, void **ret_self)
{
    struct world_inside *inside = world->inside;
    struct intake *intake;
    int status = intake_open(&world->setup, process->journal, clock_read(world->setup.clock), &intake);
    if (status)
        return status;
    if (inside->overlaps)
        intake_overlap(intake, -1, inside->beside_bytes);
    *ret_self = intake;
    return 0;
}

static int open_feed(struct world *world, struct process *process, void **ret_self)
{
    struct feed *feed;
    int status = feed_open(&world->setup, process->journal, &feed);
    if (status == 0)
        *ret_self = feed;
    return status;
}

static int open_worker(struct world *world, struct process *process, void **ret_self)
{
    struct worker *worker;
    (void)process;
    int status = worker_open(&world->setup, &worker);
    if (status == 0)
        *ret_self = worker;
    return status;
}

static int open_outlet(struct world *world, struct process *process, void **ret_self)
{
    struct outlet *outlet;
    (void)process;
    int status = outlet_open(&world->setup, &outlet);
    if (status == 0)
        *ret_self = outlet;
    return status;
}

static int open_notifier(struct world *world, struct process *process, void **ret_self)
{
    struct notifier *notifier;
    (void)process;
    int status = notifying_start(world, &notifier);
    if (status == 0)
        *ret_self = notifier;
    return status;
}

static void close_intake(void *self)
{
    intake_close(self);
}

static void close_feed(void *self)
{
    feed_close(self);
}

static void close_worker(void *self)
{
    worker_close(self);
}

static void close_outlet(void *self)
{
    outlet_close(self);
}

static void close_notifier(void *self)
{
    notifier_close(self);
}

static uint32_t ports_of_intake(void *self, struct port **ret_ports)
{
    return intake_ports(self, ret_ports);
}

static uint32_t ports_of_feed(void *self, struct port **ret_ports)
{
    return feed_ports(self, ret_ports);
}

static uint32_t ports_of_worker(void *self, struct port **ret_ports)
{
    return worker_ports(self, ret_ports);
}

static uint32_t ports_of_outlet(void *self, struct port **ret_ports)
{
    return outlet_ports(self, ret_ports);
}

static uint32_t ports_of_notifier(void *self, struct port **ret_ports)
{
    return notifier_ports(self, ret_ports);
}

static const struct role_row {
    const char *name;
    enum process_kind kind;
    int (*open)(struct world *world, struct process *process, void **ret_self);
    void (*close)(void *self);
    uint32_t (*ports)(void *self, struct port **ret_ports);
    int (*turn)(void *self, struct clock_reading now, int64_t *ret_wait_ms);
} rows[ROLE_COUNT] = {
    [ROLE_INTAKE] = {"intake", PROCESS_INTAKE, open_intake, close_intake, ports_of_intake, intake_turn},
    [ROLE_FEED] = {"feed", PROCESS_INTAKE, open_feed, close_feed, ports_of_feed, feed_turn},
    [ROLE_WORKER] = {"worker", PROCESS_WORKER, open_worker, close_worker, ports_of_worker, worker_turn},
    [ROLE_OUTLET] = {"outlet", PROCESS_OUTLET, open_outlet, close_outlet, ports_of_outlet, outlet_turn},
    [ROLE_NOTIFIER] = {"notifier", PROCESS_NOTIFIER, open_notifier, close_notifier, ports_of_notifier, notifier_turn},
};

const char *role_name(enum role role)
{
    return rows[role].name;
}

enum process_kind role_kind(enum role role)
{
    return rows[role].kind;
}

static bool has_role(const struct process *process, enum role role)
{
    return (process->roles >> role) & 1;
}

struct process *process_of(struct world *world, enum process_kind kind)
{
    struct world_inside *inside = world->inside;
    for (uint32_t i = 0; i < inside->process_count; i++) {
        for (enum role role = 0; role < ROLE_COUNT; role++) {
            if (has_role(&inside->processes[i], role) && rows[role].kind == kind)
                return &inside->processes[i];
        }
    }
    unreachable();
}

bool world_runs(const struct world *world, enum process_kind kind)
{
    const struct process *process = process_of((struct world *)world, kind);
    return process->runs && !process->dead;
}

/* ---- starting ---- */

static void roles_close(struct world *world, struct process *process)
{
    struct world_inside *inside = world->inside;
    for (int role = ROLE_COUNT - 1; role >= 0; role--) {
        struct role_running *running = &inside->roles[role];
        if (!has_role(process, (enum role)role))
            continue;
        if (running->self)
            rows[role].close(running->self);
        heap_forget(&running->heap);
        *running = (struct role_running){0};
    }
    struct heap_account *before = heap_charge(NULL);
    journal_close(process->journal);
    heap_charge(before);
    process->journal = NULL;
    process->runs = false;
}

static int roles_open(struct world *world, struct process *process)
{
    struct world_inside *inside = world->inside;
    int status = 0;
    if (has_role(process, ROLE_INTAKE)) {
        const struct journal_options options = {
            .dir = WORLD_DIR, .volume_bytes = world->setup.volume_bytes, .lineage = inside->lineage};
        status = journal_open(&options, &process->journal);
    }
    for (enum role role = 0; role < ROLE_COUNT && status == 0; role++) {
        struct role_running *running = &inside->roles[role];
        if (!has_role(process, role))
            continue;
        *running = (struct role_running){.due_ms = world->now_ms, .left_ms = -1};
        bus_sim_owner(world->setup.bus, rows[role].kind);
        heap_charge(&running->heap);
        status = rows[role].open(world, process, &running->self);
        heap_charge(NULL);
        if (status == 0)
            running->port_count = rows[role].ports(running->self, running->ports);
    }
    return status;
}

/* Somebody looks at the clocks and lets the journal's time go on from where it is: they were set, or a backup of more than a week
 * ago was restored. */
static int roles_open_by_operator(struct world *world, struct process *process)
{
    int status = roles_open(world, process);
    const uint64_t *faults = world->outcome.faults;
    bool expected = faults[FAULT_clock_forward] + faults[FAULT_clock_back] + faults[FAULT_restore] > 0;
    if (status != -E_CLOCK_MAD || !expected)
        return status;
    roles_close(world, process);
    trace_line(world, "operator", "starts %s with --accept-time", process->name);
    world->setup.accept_time = true;
    process->runs = true;
    status = roles_open(world, process);
    world->setup.accept_time = false;
    return status;
}

/* Now and then followers get only a little at a time. */
static void batches_draw(struct world *world)
{
    struct dice *dice = &world->inside->server;
    uint32_t small = 1u << dice_between(dice, 8, 15);
    bool drawn = dice_chance(dice, 1, 2) && world->inside->schedule.every[FAULT_small_batch] > 0;
    world->setup.batch_bytes = drawn ? small : 0;
}

void process_start(struct world *world, struct process *process)
{
    ensure(!process->runs);
    process->dead = false;
    process->failed = false;
    process->commit_goes = false;
    process->runs = true;
    batches_draw(world);
    faults_start(world, process);
    int status = roles_open_by_operator(world, process);
    if (process->dead) {
        process_bury(world, process);
    } else if (status && process->failed) {
        world_tell(world, process->name, "does not start: %s", status_text(status)->summary);
        process_stop(world, process, SECONDS(1));
    } else if (status) {
        world_violated(world, "start", "%s cannot begin: %s %s", process->name, status_text(status)->code,
                       status_text(status)->summary);
    } else {
        world_tell(world, process->name, "starts");
    }
}

/* ---- turns ---- */

static bool has_mail(const struct role_running *running)
{
    for (uint32_t i = 0; i < running->port_count; i++) {
        if (bus_sim_port_has_mail(running->ports[i]))
            return true;
    }
    return false;
}

bool role_is_ready(const struct world *world, enum role role)
{
    const struct role_running *running = &world->inside->roles[role];
    if (!running->self || running->pause_until_ms > world->now_ms)
        return false;
    return running->due_ms <= world->now_ms || (running->left_ms != world->now_ms && has_mail(running));
}

/* Its loop is woken at once by what it leaves unread: it looks again and again, a moment later each time. */
static void mail_is_left(struct world *world, enum role role)
{
    struct role_running *running = &world->inside->roles[role];
    running->left_ms = world->now_ms;
    running->due_ms = world->now_ms + 1;
    if (++running->left_turns > LEFT_TURNS_MAX)
        world_violated(world, "running", "%s has left its mail unread for %u turns: its loop goes round in circles",
                       rows[role].name, running->left_turns);
}

/* After it has warmed up a role keeps as much memory as it has: what grows slowly ends a service at last. */
static void heap_look(struct world *world, enum role role)
{
    struct role_running *running = &world->inside->roles[role];
    if (running->turns == 1)
        running->heap_begin_bytes = running->heap.live_bytes;
    else if (running->heap.live_bytes > running->heap_begin_bytes)
        world_violated(world, "bounded", "%s keeps %lld bytes after %u turns, %lld after its first", rows[role].name,
                       (long long)running->heap.live_bytes, running->turns, (long long)running->heap_begin_bytes);
}

/* Intake looks at the disk once a second, as its turn begins; what it took before gets to the disk within the next turns. */
static void reserve_look(struct world *world)
{
    struct world_inside *inside = world->inside;
    if (inside->disk_short_ms == INT64_MAX || world->now_ms - inside->disk_short_ms <= DISK_LOOK_MS)
        return;
    world->disk_is_short = inside->short_turns >= DISK_SHORT_TURNS;
    inside->short_turns++;
}

static void role_ended(struct world *world, enum role role, struct process *process, int status)
{
    if (!process->failed) {
        world_violated(world, "running", "%s has ended by itself: %s %s", rows[role].name, status_text(status)->code,
                       status_text(status)->summary);
        return;
    }
    world_tell(world, rows[role].name, "has ended: %s %s", status_text(status)->code, status_text(status)->summary);
    process_stop(world, process, dice_between(&world->inside->server, 100, SECONDS(20)));
}

void role_turn(struct world *world, enum role role)
{
    struct world_inside *inside = world->inside;
    struct role_running *running = &inside->roles[role];
    struct process *process = process_of(world, rows[role].kind);
    int64_t wait_ms = 0;
    if (role == ROLE_INTAKE)
        reserve_look(world);
    heap_charge(&running->heap);
    int status = rows[role].turn(running->self, clock_read(world->setup.clock), &wait_ms);
    heap_charge(NULL);
    world->outcome.turns++;
    running->turns++;
    running->due_ms = wait_ms < 0 ? INT64_MAX : world->now_ms + wait_ms;
    if (wait_ms != 0 && has_mail(running))
        mail_is_left(world, role);
    else
        running->left_turns = 0;
    if (role == ROLE_INTAKE && journal_commit_is_beside(process->journal) && wait_ms > BESIDE_WAIT_MS)
        running->due_ms = world->now_ms + BESIDE_WAIT_MS;
    trace_number(world, (uint64_t)role << 32 ^ (uint64_t)wait_ms);
    if (process->dead) {
        process_bury(world, process);
    } else if (status) {
        role_ended(world, role, process, status);
    } else if (process->failed) {
        world_violated(world, "running", "%s went on after a commit that failed", rows[role].name);
    } else {
        heap_look(world, role);
    }
    checks_turn(world->checks, rows[role].kind);
}

/* ---- ending ---- */

void process_stop(struct world *world, struct process *process, int64_t wait_ms)
{
    if (process->runs)
        roles_close(world, process);
    process->doom = (struct doom){0};
    process->starts_ms = world->now_ms + wait_ms;
}

/* How long the service manager takes to start it again: a moment as a rule, sometimes until somebody comes. */
static int64_t restart_wait_ms(struct dice *dice)
{
    if (dice_chance(dice, 1, 12))
        return dice_between(dice, MINUTES(1), HOURS(2));
    return dice_chance(dice, 1, 2) ? dice_between(dice, 10, 500) : dice_between(dice, 500, SECONDS(10));
}

/* What it was opened with says whether its last commit may be lost: the journal's may not. */
static void store_crashes(struct world *world, const char *path, bool power)
{
    bool loses = store_sim_may_lose_last(path) && dice_chance(&world->inside->server, power ? 2 : 1, 4);
    if (store_sim_crash_all(path, loses))
        world_fault(world, FAULT_lost_commit);
}

void process_bury(struct world *world, struct process *process)
{
    static const char *const store_of[ROLE_COUNT] = {
        [ROLE_INTAKE] = WORLD_JOURNAL, [ROLE_WORKER] = WORLD_STATE, [ROLE_OUTLET] = WORLD_OUTLET};
    ensure(process->dead);
    roles_close(world, process);
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        if (has_role(process, role) && store_of[role])
            store_crashes(world, store_of[role], process->powerless);
    }
    process->dead = false;
    process->powerless = false;
    process_stop(world, process, restart_wait_ms(&world->inside->server));
}

/* ---- the whole server ---- */

static void process_add(struct world_inside *inside, const char *name, uint32_t roles)
{
    inside->processes[inside->process_count++] = (struct process){.name = name, .roles = roles};
}

static void endpoints_set(struct setup *setup, bool one_process, bool notifies)
{
    static const struct {
        size_t offset;
        const char *endpoint;
    } public_ports[] = {
        {offsetof(struct setup, intake_endpoint), "tcp://127.0.0.1:7301"},
        {offsetof(struct setup, feed_endpoint), "tcp://127.0.0.1:7302"},
        {offsetof(struct setup, query_endpoint), "tcp://127.0.0.1:7303"},
        {offsetof(struct setup, publish_endpoint), "tcp://127.0.0.1:7304"},
        {offsetof(struct setup, replay_endpoint), "tcp://127.0.0.1:7305"},
    };
    for (uint32_t i = 0; i < sizeof public_ports / sizeof public_ports[0]; i++)
        snprintf((char *)setup + public_ports[i].offset, ENDPOINT_MAX, "%s", public_ports[i].endpoint);
    snprintf(setup->intake_inner_endpoint, ENDPOINT_MAX, "%s",
             one_process ? "inproc://intake" : "ipc://" WORLD_DIR "/run/intake.sock");
    snprintf(setup->intake_trusted_endpoint, ENDPOINT_MAX, "%s",
             one_process ? "inproc://intake-trusted" : "ipc://" WORLD_DIR "/run/intake-trusted.sock");
    if (notifies) {
        snprintf(setup->query_trusted_endpoint, ENDPOINT_MAX, "ipc://" WORLD_DIR "/run/query-trusted.sock");
        snprintf(setup->replay_trusted_endpoint, ENDPOINT_MAX, "ipc://" WORLD_DIR "/run/replay-trusted.sock");
    }
    snprintf(setup->feed_inner_endpoint, ENDPOINT_MAX, "%s",
             one_process ? "inproc://feed" : "ipc://" WORLD_DIR "/run/feed.sock");
}

void server_open(struct world *world)
{
    struct world_inside *inside = world->inside;
    struct dice *dice = &inside->server;
    struct setup *setup = &world->setup;
    bool one_process = dice_chance(dice, 1, 2);
    if (one_process) {
        process_add(inside, "server", 1u << ROLE_INTAKE | 1u << ROLE_FEED | 1u << ROLE_WORKER | 1u << ROLE_OUTLET);
    } else {
        process_add(inside, "intake", 1u << ROLE_INTAKE | 1u << ROLE_FEED);
        process_add(inside, "worker", 1u << ROLE_WORKER);
        process_add(inside, "outlet", 1u << ROLE_OUTLET);
    }
    if (world->notifies) {
        notifying_open(world);
        process_add(inside, "notifier", 1u << ROLE_NOTIFIER);
    }
    snprintf(setup->dir, sizeof setup->dir, "%s", WORLD_DIR);
    if (dice_chance(dice, 1, 2)) /* else by the national calendar, as delivered */
        snprintf(setup->policy_path, ENDPOINT_MAX, "%s", MANYI_SOURCE_DIR "/tests/support/round_the_clock.yaml");
    if (world->options.seed % TOWN_KEYED_EVERY == 0)
        snprintf(setup->access_path, ENDPOINT_MAX, "%s", MANYI_SOURCE_DIR "/tests/sim/access.yaml");
    endpoints_set(setup, one_process, world->notifies);
    if (!world->options.calm && dice_chance(dice, 1, 4))
        bus_sim_high_water(setup->bus, (int)dice_between(dice, 1, 60)); /* whoever reads slowly soon has no room */
    setup->volume_bytes = 1ull << dice_between(dice, 14, 21);
    setup->identity_window = 1u << dice_between(dice, 13, 17);
    setup->disk_reserve_bytes = 8 * MIB;
    inside->overlaps = dice_chance(dice, 2, 3);
    inside->beside_bytes = dice_chance(dice, 2, 3) ? 0 : INTAKE_BESIDE_BYTES;
    lineage_draw(world);
    memset(inside->lineage + LINEAGE_LEN - 8, '0', 8); /* epochs begin at 1, so that they can be guessed */
    world_tell(world, "world", "seed %llu: %s, volumes of %llu KiB, %s", (unsigned long long)world->options.seed,
               one_process ? "one process" : "a process a role", (unsigned long long)(setup->volume_bytes >> 10),
               !inside->overlaps      ? "every turn writes its own"
               : inside->beside_bytes ? "large turns are written beside the next"
                                      : "every turn is written beside the next");
    for (uint32_t i = 0; i < inside->process_count; i++)
        process_start(world, &inside->processes[i]);
}

void server_close(struct world *world)
{
    struct world_inside *inside = world->inside;
    for (uint32_t i = inside->process_count; i > 0; i--) {
        if (inside->processes[i - 1].runs)
            process_stop(world, &inside->processes[i - 1], 0);
    }
}

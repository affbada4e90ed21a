/*
 * world_faults.c - which faults a seed throws, how often, and when.
 *
 * Each seed has kinds of its own: some faults often, some never, so that long ways between two of a kind are seen as
 * well as crowds. They come by moments (turns, and steps of time), not by hours: what sleeps is not hurt.
 */
#include "brokers/timekeeper.h"
#include "core/ensure.h"
#include "core/status.h"
#include "io/disk.h"
#include "tests/sim/world_inside.h"

#include <stdio.h>

#define DISK_PLENTY UINT64_MAX
#define ARM_COMMITS_MAX 12
#define ARM_SENDS_MAX 40

/* Between so many moments, drawn for each seed; 0 and 0: only whether there are any. */
static const struct rate {
    uint32_t least, most;
} rates[FAULT_COUNT] = {
    [FAULT_delay] = {1, 1},
    [FAULT_loss] = {1, 1},
    [FAULT_repeat] = {1, 1},
    [FAULT_cut] = {1, 1},
    [FAULT_small_batch] = {1, 1},
    [FAULT_pause] = {200, 4000},
    [FAULT_partition] = {300, 4000},
    [FAULT_crash_before_commit] = {300, 4000},
    [FAULT_crash_after_commit] = {300, 4000},
    [FAULT_crash_between_replies] = {300, 4000},
    [FAULT_crash_idle] = {500, 6000},
    [FAULT_power_loss] = {1000, 8000},
    [FAULT_commit_error] = {1000, 8000},
    [FAULT_store_full] = {2000, 12000},
    [FAULT_disk_nearly_full] = {1500, 8000},
    [FAULT_clock_forward] = {1000, 8000},
    [FAULT_clock_back] = {1000, 8000},
    [FAULT_fold_version] = {3000, 15000},
    [FAULT_restore] = {3000, 15000},
    [FAULT_rebuild] = {2000, 12000},
};

static const struct {
    const char *name, *text;
} faults[FAULT_COUNT] = {
#define X(name, text) {#name, text},
    FAULTS(X)
#undef X
};

const char *fault_name(enum fault fault)
{
    return faults[fault].name;
}

const char *fault_text(enum fault fault)
{
    return faults[fault].text;
}

static uint64_t next_of(struct world *world, enum fault fault)
{
    struct world_inside *inside = world->inside;
    uint64_t every = inside->schedule.every[fault];
    return inside->moments + (uint64_t)dice_between(&inside->faults, 1, 2 * (int64_t)every);
}

void faults_open(struct world *world)
{
    struct world_inside *inside = world->inside;
    struct dice *dice = &inside->faults;
    struct schedule *schedule = &inside->schedule;
    for (enum fault fault = 0; fault < FAULT_COUNT; fault++) {
        bool drawn = dice_chance(dice, 2, 3);
        if (rates[fault].most == 0 || !drawn || world->options.calm)
            continue;
        schedule->every[fault] = (uint64_t)dice_between(dice, rates[fault].least, rates[fault].most);
        schedule->next[fault] = next_of(world, fault);
        if (world->options.without >> fault & 1)
            schedule->every[fault] = 0;
    }
    schedule->storm = (uint32_t)dice_between(dice, 5, 80);
}

/* ---- one of each ---- */

static struct process *any_running(struct world *world)
{
    struct world_inside *inside = world->inside;
    struct process *process = &inside->processes[dice_between(&inside->faults, 0, inside->process_count - 1)];
    return process->runs ? process : NULL;
}

static void arm(struct world *world, enum fault fault)
{
    struct dice *dice = &world->inside->faults;
    struct process *process = any_running(world);
    if (!process)
        return;
    uint32_t commits = (uint32_t)dice_between(dice, 1, dice_between(dice, 1, ARM_COMMITS_MAX));
    if (fault == FAULT_crash_before_commit)
        process->doom.commits_before = commits;
    else if (fault == FAULT_crash_after_commit)
        process->doom.commits_after = commits;
    else
        process->doom.sends = (uint32_t)dice_between(dice, 1, ARM_SENDS_MAX);
}

void faults_start(struct world *world, struct process *process)
{
    static const enum fault deaths[] = {FAULT_crash_before_commit, FAULT_crash_after_commit};
    struct dice *dice = &world->inside->faults;
    enum fault fault = deaths[dice_between(dice, 0, 1)];
    uint32_t commits = (uint32_t)dice_between(dice, 1, 2);
    if (world->inside->schedule.every[fault] == 0 || !dice_chance(dice, 1, 12))
        return;
    *(fault == FAULT_crash_before_commit ? &process->doom.commits_before : &process->doom.commits_after) = commits;
}

static void stand_still(struct world *world)
{
    struct dice *dice = &world->inside->faults;
    enum role role = (enum role)dice_between(dice, 0, ROLE_COUNT - 1);
    struct role_running *running = &world->inside->roles[role];
    int64_t last_ms = dice_between(dice, 1, dice_between(dice, 1, SECONDS(60)));
    if (!running->self)
        return;
    running->pause_until_ms = world->now_ms + last_ms;
    world_fault(world, FAULT_pause);
    world_tell(world, role_name(role), "stands still for %lld ms", (long long)last_ms);
}

static void arm_failure(struct world *world, enum fault fault)
{
    struct dice *dice = &world->inside->faults;
    struct process *process = any_running(world);
    if (!process)
        return;
    struct doom *doom = &process->doom;
    doom->commits_fail = (uint32_t)dice_between(dice, 1, ARM_COMMITS_MAX);
    doom->commit_status = fault == FAULT_store_full ? -E_STORE_FULL : -E_COMMIT_FAILED;
    /* The system says that writing failed, and yet it may have written. */
    doom->commit_is_kept = fault == FAULT_commit_error && dice_chance(dice, 1, 3);
}

static void die_at_rest(struct world *world)
{
    struct world_inside *inside = world->inside;
    struct process *intake = process_of(world, PROCESS_INTAKE);
    struct process *process = any_running(world);
    bool writes = intake->runs && journal_commit_is_beside(intake->journal);
    if (inside->overlaps && !writes && dice_chance(&inside->faults, 3, 4)) {
        inside->schedule.next[FAULT_crash_idle] = inside->moments + 1; /* rather while something is being written */
        return;
    }
    process = writes ? intake : process;
    if (!process)
        return;
    process_dies(world, process, FAULT_crash_idle);
    process_bury(world, process);
}

static void power_loss(struct world *world)
{
    struct world_inside *inside = world->inside;
    world_fault(world, FAULT_power_loss);
    for (uint32_t i = 0; i < inside->process_count; i++) {
        struct process *process = &inside->processes[i];
        if (!process->runs)
            continue;
        process->powerless = true;
        process_dies(world, process, FAULT_power_loss);
    }
    for (uint32_t i = 0; i < inside->process_count; i++) {
        if (inside->processes[i].dead)
            process_bury(world, &inside->processes[i]);
    }
}

static void disk_fills(struct world *world)
{
    struct world_inside *inside = world->inside;
    struct dice *dice = &inside->faults;
    uint64_t free_bytes = (uint64_t)dice_between(dice, 0, 2 * (int64_t)world->setup.disk_reserve_bytes);
    int64_t last_ms =
        dice_chance(dice, 1, 2) ? dice_between(dice, SECONDS(2), MINUTES(2)) : dice_between(dice, MINUTES(2), HOURS(2));
    disk_sim_free_bytes(free_bytes);
    world->disk_is_short = false;
    inside->short_turns = 0;
    inside->disk_short_ms = free_bytes < world->setup.disk_reserve_bytes ? world->now_ms : INT64_MAX;
    inside->disk_mends_ms = world->now_ms + last_ms;
    world_fault(world, FAULT_disk_nearly_full);
    world_tell(world, "disk", "has only %llu KiB left", (unsigned long long)(free_bytes >> 10));
}

/* What the clock on the wall is off is put right after a while, by whoever looks after clocks. */
static void wall_set(struct world *world, int64_t off_ms)
{
    struct world_inside *inside = world->inside;
    clock_sim_advance(world->setup.clock, off_ms - inside->wall_off_ms, 0);
    inside->wall_off_ms = off_ms;
}

static void clock_steps(struct world *world, enum fault fault)
{
    static const int64_t sizes_ms[] = {SECONDS(1), SECONDS(59), MINUTES(4), MINUTES(6), HOURS(1), HOURS(12)};
    struct world_inside *inside = world->inside;
    struct dice *dice = &inside->faults;
    if (inside->wall_off_ms != 0)
        return;
    int64_t step_ms = dice_between(dice, 1, sizes_ms[dice_between(dice, 0, 5)]);
    world_fault(world, fault);
    world_tell(world, "clock", "steps %s by %lld s", fault == FAULT_clock_back ? "back" : "forward",
               (long long)(step_ms / 1000));
    wall_set(world, fault == FAULT_clock_back ? -step_ms : step_ms);
    inside->wall_mends_ms = world->now_ms + dice_between(dice, SECONDS(10), HOURS(8));
}

static void stop_by_operator(struct world *world, struct process *process, const char *why)
{
    world_tell(world, "operator", "stops %s: %s", process->name, why);
    if (process->runs)
        process_stop(world, process, dice_between(&world->inside->faults, 100, SECONDS(5)));
}

static void fold_changes(struct world *world)
{
    stop_by_operator(world, process_of(world, PROCESS_WORKER), "a new version of the rules");
    world->setup.fold_version = (world->setup.fold_version ? world->setup.fold_version : FOLD_VERSION) + 1;
    world_fault(world, FAULT_fold_version);
}

static void rebuild(struct world *world)
{
    stop_by_operator(world, process_of(world, PROCESS_WORKER), "its state is to be folded anew");
    store_sim_forget_all(WORLD_STATE);
    world_fault(world, FAULT_rebuild);
}

/* First a backup, some time later what it is for. */
static void restore(struct world *world)
{
    if (world->inside->backup.len == 0)
        backup_take(world);
    else
        backup_restore(world);
}

static void throw(struct world * world, enum fault fault)
{
    switch (fault) {
    case FAULT_pause:
        stand_still(world);
        break;
    case FAULT_partition:
        weather_partition(world);
        break;
    case FAULT_crash_before_commit:
    case FAULT_crash_after_commit:
    case FAULT_crash_between_replies:
        arm(world, fault);
        break;
    case FAULT_crash_idle:
        die_at_rest(world);
        break;
    case FAULT_power_loss:
        power_loss(world);
        break;
    case FAULT_commit_error:
    case FAULT_store_full:
        arm_failure(world, fault);
        break;
    case FAULT_disk_nearly_full:
        disk_fills(world);
        break;
    case FAULT_clock_forward:
    case FAULT_clock_back:
        clock_steps(world, fault);
        break;
    case FAULT_fold_version:
        fold_changes(world);
        break;
    case FAULT_restore:
        restore(world);
        break;
    case FAULT_rebuild:
        rebuild(world);
        break;
    default:
        break; /* the weather's, or the cast's */
    }
}

void faults_throw(struct world *world)
{
    struct world_inside *inside = world->inside;
    for (enum fault fault = 0; fault < FAULT_COUNT; fault++) {
        struct schedule *schedule = &inside->schedule;
        if (rates[fault].most < 2 || schedule->every[fault] == 0 || schedule->next[fault] > inside->moments)
            continue;
        schedule->next[fault] = next_of(world, fault);
        throw(world, fault);
    }
}

/* ---- what mends ---- */

static void disk_mend(struct world *world)
{
    disk_sim_free_bytes(DISK_PLENTY);
    world->inside->disk_mends_ms = INT64_MAX;
    world->inside->disk_short_ms = INT64_MAX;
    world->disk_is_short = false;
    world_tell(world, "disk", "has room again");
}

static void wall_mend(struct world *world)
{
    world->inside->wall_mends_ms = INT64_MAX;
    wall_set(world, 0);
    world_tell(world, "clock", "is right again");
}

int64_t faults_mend(struct world *world)
{
    struct world_inside *inside = world->inside;
    if (inside->disk_mends_ms <= world->now_ms)
        disk_mend(world);
    if (inside->wall_mends_ms <= world->now_ms)
        wall_mend(world);
    return inside->disk_mends_ms < inside->wall_mends_ms ? inside->disk_mends_ms : inside->wall_mends_ms;
}

void faults_heal(struct world *world)
{
    struct world_inside *inside = world->inside;
    for (enum role role = 0; role < ROLE_COUNT; role++)
        inside->roles[role].pause_until_ms = 0;
    memset(&inside->schedule, 0, sizeof inside->schedule);
    if (inside->disk_mends_ms != INT64_MAX)
        disk_mend(world);
    if (inside->wall_off_ms != 0)
        wall_mend(world);
    for (uint32_t i = 0; i < inside->process_count; i++) {
        inside->processes[i].doom = (struct doom){0};
        if (!inside->processes[i].runs)
            inside->processes[i].starts_ms = world->now_ms;
    }
}

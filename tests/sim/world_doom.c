/*
 * world_doom.c - when a process dies: at the n-th of its effects, which are commits and messages.
 *
 *     turn ── takes requests ── commit ── ACK ── ACK ── ACK ── end
 *                             ▲        ▲      ▲                ▲
 *                  before a commit  after it  between replies  at rest
 *
 * From there on nothing that it does reaches the world: messages are lost, commits fail. Its turn is let run to its end.
 * What is being written beside the turn at that moment belongs to the disk: the dice say whether it gets there.
 */
#include "core/ensure.h"
#include "core/status.h"
#include "tests/sim/world_inside.h"

bool process_dies(struct world *world, struct process *process, enum fault fault)
{
    static const char *const how[FAULT_COUNT] = {
        [FAULT_crash_before_commit] = "dies before its commit",
        [FAULT_crash_after_commit] = "dies after its commit, before its replies",
        [FAULT_crash_between_replies] = "dies between two messages",
        [FAULT_crash_idle] = "dies at rest",
        [FAULT_power_loss] = "loses its power",
    };
    ensure(how[fault] != NULL);
    ensure(process->runs);
    ensure(!process->dead);
    process->dead = true;
    bool beside = fault != FAULT_crash_before_commit && process->journal && journal_commit_is_beside(process->journal);
    process->commit_goes = beside && dice_chance(&world->inside->server, 1, 2);
    if (fault != FAULT_power_loss)
        world_fault(world, fault);
    world_tell(world, process->name, "%s%s", how[fault],
               !beside                ? ""
               : process->commit_goes ? ", what it was writing gets to the disk"
                                      : ", and what it was writing with it");
    return false;
}

static enum process_kind kind_of(const char *path)
{
    if (strncmp(path, WORLD_JOURNAL, strlen(WORLD_JOURNAL)) == 0)
        return PROCESS_INTAKE;
    if (strncmp(path, WORLD_STATE, strlen(WORLD_STATE)) == 0)
        return PROCESS_WORKER;
    return strncmp(path, WORLD_OUTLET, strlen(WORLD_OUTLET)) == 0 ? PROCESS_OUTLET : PROCESS_COUNT;
}

static bool falls_due(uint32_t *count)
{
    return *count > 0 && --*count == 0;
}

static int commit_fails(struct world *world, struct process *process)
{
    int status = process->doom.commit_status;
    process->failed = true;
    world_fault(world, status == -E_STORE_FULL ? FAULT_store_full : FAULT_commit_error);
    return status;
}

static int commit_begins(struct world *world, struct process *process)
{
    struct doom *doom = &process->doom;
    if (process->dead) {
        bool goes = process->commit_goes;
        process->commit_goes = false;
        return goes ? 0 : -E_COMMIT_FAILED;
    }
    if (falls_due(&doom->commits_before)) {
        process_dies(world, process, FAULT_crash_before_commit);
        return -E_COMMIT_FAILED;
    }
    if (doom->commits_fail != 1 || doom->commit_is_kept)
        return 0;
    doom->commits_fail = 0;
    return commit_fails(world, process);
}

static int commit_ends(struct world *world, struct process *process)
{
    struct doom *doom = &process->doom;
    if (process->dead)
        return -E_COMMIT_FAILED;
    if (falls_due(&doom->commits_after)) {
        process_dies(world, process, FAULT_crash_after_commit);
        return -E_COMMIT_FAILED;
    }
    if (!falls_due(&doom->commits_fail))
        return 0;
    return commit_fails(world, process);
}

static void commit_is_kept(struct world *world, const char *path, enum process_kind kind)
{
    world->outcome.commits++;
    world->inside->committed_ms = world->now_ms;
    trace_number(world, 0x636f6d6d69740000u + (uint64_t)kind);
    if (kind == PROCESS_INTAKE)
        trace_entries(world);
    checks_commit(world->checks, path);
}

int doom_watch_commit(void *context, const char *path, bool kept)
{
    struct world *world = context;
    enum process_kind kind = kind_of(path);
    if (kind == PROCESS_COUNT)
        return 0;
    struct process *process = process_of(world, kind);
    struct heap_account *charged = heap_charge(NULL);
    int status = 0;
    if (kept) {
        commit_is_kept(world, path, kind);
        status = commit_ends(world, process);
    } else {
        status = commit_begins(world, process);
    }
    heap_charge(charged);
    return status;
}

bool doom_lets_send(struct world *world, enum process_kind kind)
{
    struct process *process = process_of(world, kind);
    if (process->dead || !process->runs)
        return false;
    return !falls_due(&process->doom.sends) || process_dies(world, process, FAULT_crash_between_replies);
}

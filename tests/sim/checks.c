/*
 * checks.c - when what is looked at. None of it is on any role's account of memory.
 */
#include "tests/sim/checks_inside.h"
#include "tests/sim/heap.h"

#include <stdlib.h>
#include <string.h>

int checks_open(struct world *world, struct checks **ret_checks)
{
    struct heap_account *before = heap_charge(NULL);
    struct checks *checks = checks_take(sizeof *checks);
    checks->world = world;
    checks->dice = dice_of(world->options.seed, "checks");
    memory_open(checks);
    promises_open(checks);
    spoken_open(checks);
    state_check_open(checks);
    heap_charge(before);
    *ret_checks = checks;
    return 0;
}

void checks_close(struct checks *checks)
{
    if (!checks)
        return;
    struct heap_account *before = heap_charge(NULL);
    memory_close(checks);
    promises_close(checks);
    spoken_close(checks);
    state_check_close(checks);
    free(checks);
    heap_charge(before);
}

void checks_message(struct checks *checks, const struct bus_sim_message *message)
{
    struct heap_account *before = heap_charge(NULL);
    promises_message(checks, message);
    served_message(checks, message);
    heap_charge(before);
}

static bool lies_under(const char *path, const char *dir)
{
    return strncmp(path, dir, strlen(dir)) == 0;
}

void checks_commit(struct checks *checks, const char *path)
{
    struct heap_account *before = heap_charge(NULL);
    if (lies_under(path, WORLD_JOURNAL)) {
        memory_absorb(checks);
        if (checks->world->reader)
            spoken_commit(checks);
    } else if (lies_under(path, WORLD_STATE)) {
        state_check_commit(checks);
    }
    heap_charge(before);
}

static void queues_check(struct checks *checks)
{
    uint32_t longest = bus_sim_longest_queue(checks->world->setup.bus);
    if (longest > SEND_HIGH_WATER + RECEIVE_HIGH_WATER)
        world_violated(checks->world, "bounded", "a queue had %u messages, at most %d are allowed", longest,
                       SEND_HIGH_WATER + RECEIVE_HIGH_WATER);
}

void checks_turn(struct checks *checks, enum process_kind kind)
{
    struct heap_account *before = heap_charge(NULL);
    if (kind == PROCESS_INTAKE)
        memory_absorb(checks);
    if (kind == PROCESS_INTAKE && checks->healed_ms == 0 && checks->world->healed)
        checks->healed_ms = checks->world->now_ms;
    memory_compare_some(checks);
    queues_check(checks);
    heap_charge(before);
}

void checks_restored(struct checks *checks, uint64_t head)
{
    struct heap_account *before = heap_charge(NULL);
    memory_restored(checks, head);
    promises_restored(checks);
    spoken_restored(checks);
    state_check_restored(checks);
    heap_charge(before);
}

void checks_end(struct checks *checks)
{
    struct heap_account *before = heap_charge(NULL);
    memory_absorb(checks);
    memory_compare_all(checks);
    promises_end(checks);
    state_check_end(checks);
    end_check(checks);
    refold_check(checks);
    if (!checks->world->outcome.violated)
        rot_check(checks);
    heap_charge(before);
}

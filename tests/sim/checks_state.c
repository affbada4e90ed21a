/*
 * checks_state.c - the worker's state after each of its commits: what the oracle recounts, and what must be true of its rows.
 *
 * The oracle only goes forward. While a worker folds anew (a lost commit, a rebuild) its state is behind the oracle; when it has
 * caught up everything is compared, since it may have come out otherwise.
 */
#include "core/ensure.h"
#include "core/status.h"
#include "tests/sim/checks_inside.h"
#include "workers/cases.h"
#include "workers/state.h"

#include <stdlib.h>

#define WAKE_SLACK_MS 5000
#define EVERYTHING_EVERY 64u /* commits: about, the dice say */

struct state_check {
    struct oracle *oracle;
    struct verified *verified;
    uint64_t next_everything; /* commits until then */
    bool behind;
};

void state_check_open(struct checks *checks)
{
    struct state_check *state = checks_take(sizeof *state);
    int status = oracle_open(&state->oracle);
    ensure(status == 0);
    state->verified = checks_take(sizeof *state->verified);
    state->next_everything = EVERYTHING_EVERY;
    checks->state = state;
}

void state_check_close(struct checks *checks)
{
    oracle_close(checks->state->oracle);
    free(checks->state->verified);
    free(checks->state);
}

void state_check_restored(struct checks *checks)
{
    state_check_close(checks);
    state_check_open(checks);
}

struct oracle *state_oracle(struct checks *checks)
{
    return checks->state->oracle;
}

/* ---- the oracle ---- */

static bool entry_feed(struct checks *checks, enum record_class class, const struct entry *entry)
{
    if (class == RECORD_CONSEQUENCE && !consequence_check(checks, entry))
        return false;
    oracle_entry(checks->state->oracle, class, entry);
    return true;
}

static bool oracle_feed(struct checks *checks, uint64_t upto)
{
    uint64_t cursor = oracle_cursor(checks->state->oracle);
    return upto <= cursor || journal_walk(checks, cursor, upto, entry_feed);
}

/* ---- the state ---- */

static int state_read(struct store **ret_store, struct store_txn **ret_txn, struct state_head *ret_head)
{
    int status = state_open(WORLD_DIR, true, ret_store);
    if (status)
        return status;
    status = store_begin(*ret_store, false, ret_txn);
    if (status == 0)
        status = state_head_get(*ret_txn, ret_head);
    ensure(status == 0);
    return 0;
}

bool state_committed(struct state_head *ret_head)
{
    struct store *store;
    struct store_txn *txn;
    if (state_read(&store, &txn, ret_head))
        return false;
    store_abort(txn);
    store_close(store);
    return true;
}

static void rows_verify(struct checks *checks)
{
    struct verified *verified = checks->state->verified;
    int status = state_verify(WORLD_DIR, checks->memory.count, verified);
    if (status)
        world_violated(checks->world, "armed", "the state can't be read: %s", status_text(status)->summary);
    else if (verified->violations)
        world_violated(checks->world, "armed", "at entry %llu: %s (and %llu more)",
                       (unsigned long long)verified->head.position.seq, verified->violation[0],
                       (unsigned long long)(verified->violations - 1));
}

/* The state of another journal is emptied by the worker when it notices. */
static bool is_ours(const struct checks *checks, const struct state_head *head)
{
    return strcmp(head->lineage, journal_lineage(checks->world->reader)) == 0;
}

static void state_compare(struct checks *checks, const struct state_head *head, struct store_txn *txn, bool everything)
{
    char message[ORACLE_MESSAGE_MAX];
    struct state_check *state = checks->state;
    const struct position *position = &head->position;
    if (position->seq > checks->memory.count) {
        world_violated(checks->world, "equals the oracle", "the state is of entry %llu, the journal ends at %llu",
                       (unsigned long long)position->seq, (unsigned long long)checks->memory.count);
        return;
    }
    if (position->entered || position->step > 0)
        return; /* in the middle of an entry */
    if (position->seq < oracle_cursor(state->oracle)) {
        state->behind = true;
        return;
    }
    if (!oracle_feed(checks, position->seq))
        return;
    everything = everything || state->behind;
    state->behind = false;
    if (!oracle_agrees(state->oracle, txn, everything, message))
        world_violated(checks->world, "equals the oracle", "at entry %llu: %s", (unsigned long long)position->seq,
                       message);
}

void state_check_commit(struct checks *checks)
{
    struct state_check *state = checks->state;
    struct store *store;
    struct store_txn *txn;
    struct state_head head;
    memory_absorb(checks);
    int status = state_read(&store, &txn, &head);
    if (status) {
        world_violated(checks->world, "equals the oracle", "the state can't be read: %s", status_text(status)->summary);
        return;
    }
    if (is_ours(checks, &head)) {
        bool everything = --state->next_everything == 0;
        state_compare(checks, &head, txn, everything);
        if (everything) {
            rows_verify(checks);
            state->next_everything = (uint64_t)dice_between(&checks->dice, 1, 2 * EVERYTHING_EVERY);
        }
    }
    store_abort(txn);
    store_close(store);
}

/* ---- the end ---- */

static uint64_t last_outside(const struct memory *memory)
{
    uint64_t seq = memory->count;
    while (seq > 0 && memory->entries[seq - 1].consequence)
        seq--;
    return seq;
}

/* Nothing was written for a while, though something was due soon after the last entry: nobody asked to be woken, or nobody woke.
 * Journal time may go slower than the world's, but never half as fast; while intake is dead it may stand still. */
static void timers_check(struct checks *checks, struct store_txn *txn)
{
    int64_t due_ms;
    struct case_key key;
    char id[CASE_ID_MAX];
    const struct memory *memory = &checks->memory;
    int64_t since_ms = memory->grown_ms > checks->healed_ms ? memory->grown_ms : checks->healed_ms;
    int64_t quiet_ms = checks->world->now_ms - since_ms;
    int64_t at_ms = memory->entries[memory->count - 1].at_ms + quiet_ms / 2 - WAKE_SLACK_MS;
    if (timers_first(txn, &due_ms, &key) == 0 && due_ms < at_ms)
        world_violated(checks->world, "punctual",
                       "%.*s was due at %lld and is not fired at %lld, %lld ms after the last entry",
                       SPAN_ARGS(case_id(&key, id)), (long long)due_ms, (long long)at_ms, (long long)quiet_ms);
}

void state_check_end(struct checks *checks)
{
    struct store *store;
    struct store_txn *txn;
    struct state_head head;
    int status = state_read(&store, &txn, &head);
    if (status) {
        world_violated(checks->world, "caught up", "the state can't be read: %s", status_text(status)->summary);
        return;
    }
    const struct position *position = &head.position;
    uint64_t last = last_outside(&checks->memory);
    if (!is_ours(checks, &head) || position->seq < last || position->entered || position->step > 0)
        world_violated(
            checks->world, "caught up",
            "the worker stands at entry %llu step %u of lineage %.8s; the last outside entry is %llu of %.8s",
            (unsigned long long)position->seq, position->step, head.lineage, (unsigned long long)last,
            journal_lineage(checks->world->reader));
    else {
        rows_verify(checks);
        timers_check(checks, txn);
        state_compare(checks, &head, txn, true);
        if (oracle_feed(checks, checks->memory.count))
            spoken_end(checks, txn);
    }
    store_abort(txn);
    store_close(store);
}

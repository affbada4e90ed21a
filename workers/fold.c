/* fold.c - turns: begin, entry after entry, commit. What a step is stands in step.c. */
#include "workers/fold.h"

#include "core/status.h"
#include "io/setup.h"
#include "workers/accesses.h"
#include "workers/cases.h"
#include "workers/kinds.h"
#include "workers/policies.h"
#include "workers/rosters.h"
#include "workers/scores.h"
#include "workers/step.h"
#include "workers/targets.h"

#include <stdio.h>
#include <stdlib.h>

#define ARENA_BYTES (8u * MIB)
#define SCORE_ROWS_MAX 8192u
#define SCORE_SEED 0x6d616e7969ull /* rows are the same whatever it is */

int fold_open(const char *dir, struct fold **ret_fold)
{
    struct fold *fold = calloc(1, sizeof *fold);
    if (!fold)
        return -E_NO_MEMORY;
    fold->version = FOLD_VERSION;
    fold->arena.size = ARENA_BYTES;
    fold->arena.bytes = malloc(ARENA_BYTES);
    fold->roster = calloc(1, sizeof *fold->roster);
    fold->access = calloc(1, sizeof *fold->access);
    int result = fold->arena.bytes && fold->roster && fold->access ? 0 : -E_NO_MEMORY;
    if (result == 0)
        result = consequences_open(&fold->consequences);
    if (result == 0)
        result = score_cache_open(SCORE_ROWS_MAX, SCORE_SEED, &fold->scores);
    if (result == 0)
        result = dirty_set_open(&fold->dirty);
    if (result == 0)
        result = plan_cache_open(&fold->plans);
    if (result == 0)
        result = state_open(dir, false, &fold->store);
    if (result < 0) {
        fold_close(fold);
        return result;
    }
    *ret_fold = fold;
    return 0;
}

void fold_close(struct fold *fold)
{
    if (!fold)
        return;
    store_abort(fold->txn);
    store_close(fold->store);
    plan_cache_close(fold->plans);
    dirty_set_close(fold->dirty);
    score_cache_close(fold->scores);
    consequences_close(&fold->consequences);
    free(fold->roster);
    free(fold->access);
    free(fold->arena.bytes);
    free(fold);
}

/* ---- turns ---- */

static int next_due_load(struct fold *fold)
{
    struct case_key key;
    int result = timers_first(fold->txn, &fold->next_due_ms, &key);
    if (result == -E_NOT_FOUND)
        fold->next_due_ms = NEVER;
    return result == -E_NOT_FOUND ? 0 : result;
}

/* Everything that is kept in memory, from the last commit. */
static int load(struct fold *fold)
{
    int result = policies_load(fold);
    if (result == 0)
        result = rosters_load(fold);
    if (result == 0)
        result = accesses_load(fold);
    if (result == 0)
        result = fact_index_load(&fold->facts, fold->txn);
    if (result == 0)
        result = dirty_set_load(fold->dirty, fold->txn);
    if (result < 0)
        return result;
    plan_cache_forget(fold->plans);
    full_tasks_forget(&fold->full_tasks);
    score_cache_forget(fold->scores);
    return next_due_load(fold);
}

static int begin(struct fold *fold, const char *lineage)
{
    int result = fold->loaded ? 0 : state_head_get(fold->txn, &fold->head);
    if (result < 0)
        return result;
    bool ours = fold->head.fold_version == fold->version && strcmp(fold->head.lineage, lineage) == 0;
    if (!ours) {
        result = state_clear(fold->txn);
        if (result < 0)
            return result;
        fold->head = (struct state_head){.fold_version = fold->version};
        snprintf(fold->head.lineage, sizeof fold->head.lineage, "%s", lineage);
        fold->changed = true;
    }
    if (ours && fold->loaded)
        return 0;
    result = load(fold);
    fold->loaded = result == 0;
    return result;
}

int fold_begin(struct fold *fold, const char *lineage)
{
    ensure(fold->txn == NULL);
    consequences_clear(&fold->consequences);
    fold->writes = 0;
    fold->changed = false;
    int result = store_begin(fold->store, true, &fold->txn);
    if (result < 0)
        return result;
    result = begin(fold, lineage);
    if (result < 0)
        fold_abort(fold);
    return result;
}

int fold_commit(struct fold *fold)
{
    ensure(fold->txn != NULL);
    if (!fold->changed) {
        store_abort(fold->txn);
        fold->txn = NULL;
        return 0;
    }
    int result = score_cache_flush(fold->scores, fold->txn, STATE_SCORES);
    if (result == 0)
        result = dirty_set_flush(fold->dirty, fold->txn);
    if (result == 0)
        result = fact_index_flush(&fold->facts, fold->txn);
    if (result == 0)
        result = next_due_load(fold);
    if (result == 0)
        result = state_head_put(fold->txn, &fold->head);
    if (result < 0)
        return result;
    struct store_txn *txn = fold->txn;
    fold->txn = NULL;
    result = store_commit(txn);
    if (result == 0)
        histogram_add(&fold->commits, store_commit_us(fold->store), 1);
    return result;
}

void fold_abort(struct fold *fold)
{
    store_abort(fold->txn);
    fold->txn = NULL;
    fold->loaded = false;
    consequences_clear(&fold->consequences);
}

bool fold_is_full(const struct fold *fold)
{
    return fold->writes >= TURN_WRITES_MAX || consequences_full(&fold->consequences);
}

int64_t fold_wake_at(const struct fold *fold)
{
    int64_t wake_at = fold->next_due_ms;
    int64_t dirty_second = fold->head.position.dirty_second;
    if (dirty_second && (dirty_second + 1) * 1000 < wake_at)
        wake_at = (dirty_second + 1) * 1000;
    return wake_at == NEVER ? 0 : wake_at;
}

/* ---- one entry ---- */

static int timers_step(struct fold *fold, const struct entry *entry, int64_t due_ms, struct case_key key)
{
    int result = 0;
    step_begin(fold, entry);
    while (result == 0 && due_ms <= entry->at_ms && step_has_room(fold)) {
        int64_t fired_ms = due_ms;
        struct case_key fired = key;
        fold->head.counters.timers++;
        result = kind_of(&key)->on_timer(fold, &key, due_ms);
        if (result == 0)
            result = timers_first(fold->txn, &due_ms, &key);
        /* a timer that stays armed for the same time would fire for ever */
        ensure(result != 0 || fired_ms != due_ms || !case_key_equal(&fired, &key));
    }
    return result == 0 || result == -E_NOT_FOUND ? step_end(fold) : result;
}

/* Timers that are due by the entry's time, a step at a time. */
static int fire_timers(struct fold *fold, const struct entry *entry)
{
    int result = 0;
    while (result == 0 && fold->next_due_ms <= entry->at_ms) {
        if (fold_is_full(fold))
            return FOLD_PAUSES;
        int64_t due_ms;
        struct case_key key;
        result = timers_first(fold->txn, &due_ms, &key);
        if (result == -E_NOT_FOUND)
            due_ms = NEVER;
        else if (result < 0)
            return result;
        fold->next_due_ms = due_ms;
        result = due_ms <= entry->at_ms ? timers_step(fold, entry, due_ms, key) : 0;
    }
    return result;
}

/* The event itself, through the roles in table order. */
static int fold_event(struct fold *fold, const struct entry *entry, const struct original *original)
{
    struct flaw flaw;
    if (event_decode(entry->event, &fold->event, &flaw) < 0)
        fold->event = (struct event){.bytes = entry->event, .type = EVENT_unknown};
    fold->event_values.known = false;
    int result = target_find(fold, entry, original);
    if (result != 0)
        return result;
    step_begin(fold, entry);
    fold->step.principal = entry->principal;
    fold->head.counters.entries++;
    result = event_fold(fold);
    if (result == 0)
        result = step_end(fold);
    fold->head.position.entered = true;
    return result;
}

/* After policy.adopted every open case is reckoned anew, after fold.adopted every open card is said again. */
static int sweep(struct fold *fold, const struct entry *entry)
{
    struct position *position = &fold->head.position;
    while (position->sweep.len > 0) {
        if (fold_is_full(fold))
            return FOLD_PAUSES;
        step_begin(fold, entry);
        int result = sweep_step(fold);
        if (result == 0)
            result = step_end(fold);
        if (result < 0)
            return result;
    }
    return FOLD_DONE;
}

int fold_entry(struct fold *fold, const struct entry *entry, const struct original *original)
{
    struct position *position = &fold->head.position;
    ensure(entry->seq > position->seq);
    fold->changed = true;
    int result = FOLD_DONE;
    if (!position->entered) {
        result = fire_timers(fold, entry);
        if (result == FOLD_DONE)
            result = scores_publish(fold, entry);
        if (result == FOLD_DONE)
            result = fold_event(fold, entry, original);
    }
    if (result == FOLD_DONE)
        result = sweep(fold, entry);
    if (result == FOLD_DONE)
        result = fire_timers(fold, entry);
    if (result != FOLD_DONE)
        return result;
    position->seq = entry->seq;
    position->step = 0;
    position->entered = false;
    return FOLD_DONE;
}

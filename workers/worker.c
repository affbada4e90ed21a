/*
 * worker.c - the runner: greets, follows, folds, speaks, commits, and answers queries all the while.
 *
 *               .---------------------- lost: NAK, 2 s of silence, another lineage ----------------------.
 *               v                                                                                        |
 *   GREETING --WELCOME--> WAITING --BATCH--> FOLDING --end of batch, or full--> SPEAKING --all on disk---+
 *                            ^                ^   |  ^                              |                     |
 *                            |         entry  |   |  '---- commit, batch goes on ---+                     |
 *                            |                |   v                                 |                     |
 *                            |              FETCHING                                |                     |
 *                            '------------------------------ commit, batch is done -'---------------------'
 *
 * Between GREETING and WAITING lies ADOPTING, when another version of the rules spoke last: this one says fold.adopted before
 * it says anything else.
 *
 * FETCHING asks the journal for the fact that a correction is about. What is lost is folded again from the last commit,
 * silently up to the last cause that is in the journal: a crash goes the same way.
 */
#include "workers/worker.h"

#include "core/ensure.h"
#include "core/status.h"
#include "io/follow.h"
#include "io/log.h"
#include "workers/fold.h"
#include "workers/query.h"
#include "workers/speaker.h"

#include <stdlib.h>

/* What is folded before queries get their turn: entries, and facts looked at for corrections by id. */
#define SLICE_ENTRIES 4096u
#define SLICE_FACTS 1000000u
#define FEED_WAIT_MS 5000
#define TURN_WAIT_MS 500   /* while somebody waits: for us, or we for him */
#define QUIET_WAIT_MS 1000 /* at the head, the feed asked for more: the access file is looked at */
#define RETRY_WAIT_MS 1000
#define REAP_WAIT_MS 30000

enum phase { GREETING, WAITING, ADOPTING, FOLDING, FETCHING, SPEAKING, PHASES };

#define TO(phase) (1u << (phase))

static const uint32_t allowed_next[PHASES] = {
    [GREETING] = TO(WAITING) | TO(ADOPTING),
    [WAITING] = TO(FOLDING) | TO(GREETING),
    [ADOPTING] = TO(WAITING) | TO(GREETING),
    [FOLDING] = TO(FETCHING) | TO(SPEAKING),
    [FETCHING] = TO(FOLDING),
    [SPEAKING] = TO(FOLDING) | TO(WAITING) | TO(GREETING),
};

struct worker {
    const struct setup *setup;
    struct fold *fold;
    struct speaker *speaker;
    struct follow *follow;
    struct query *query;
    enum phase phase;
    int64_t feed_wait_ms;
    int64_t turn_wait_ms;
    int64_t quiet_wait_ms;
    int64_t retry_wait_ms;
    int64_t reap_wait_ms;
    int64_t reaped_ms;
    int64_t level_ms; /* when it was at the head last, monotonic */

    uint64_t reached; /* everything up to it is folded and committed, or a consequence */
    uint64_t head;    /* of the journal, as the feed last said; 0: it has not */
    uint64_t asked;   /* the feed was asked for what comes after it */

    struct follow_batch batch; /* in hand, lent */
    struct record record;
    struct record_cursor cursor; /* in the record */
    struct entry entry;          /* being folded, while held */
    bool held;
    bool finished; /* the batch */
    struct entry original;
    bool original_known;
    struct original fetched;
};

static void move_to(struct worker *worker, enum phase next)
{
    ensure((allowed_next[worker->phase] >> next) & 1);
    worker->phase = next;
}

int worker_open(const struct setup *setup, struct worker **ret_worker)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return -E_NO_MEMORY;
    worker->setup = setup;
    worker->feed_wait_ms = patience_ms(setup, FEED_WAIT_MS);
    if (worker->feed_wait_ms > FETCH_WAIT_MAX_MS)
        worker->feed_wait_ms = FETCH_WAIT_MAX_MS;
    worker->turn_wait_ms = patience_ms(setup, TURN_WAIT_MS);
    worker->quiet_wait_ms = patience_ms(setup, QUIET_WAIT_MS);
    worker->retry_wait_ms = patience_ms(setup, RETRY_WAIT_MS);
    worker->reap_wait_ms = patience_ms(setup, REAP_WAIT_MS);
    int result = fold_open(setup->dir, &worker->fold);
    if (result == 0)
        result = speaker_open(setup, &worker->speaker);
    if (result == 0 && setup->fold_version)
        worker->fold->version = setup->fold_version;
    if (result == 0)
        result = follow_open(
            &(struct follow_options){.bus = setup->bus,
                                     .endpoint = setup->feed_inner_endpoint,
                                     .class = "outside",
                                     .max_bytes = setup->batch_bytes ? setup->batch_bytes : FETCH_BYTES_MAX},
            &worker->follow);
    if (result == 0)
        result = query_open(setup, worker->fold->store, &worker->query);
    if (result < 0) {
        worker_close(worker);
        return result;
    }
    speaker_greet(worker->speaker, 0);
    *ret_worker = worker;
    return 0;
}

void worker_close(struct worker *worker)
{
    if (!worker)
        return;
    query_close(worker->query);
    follow_close(worker->follow);
    speaker_close(worker->speaker);
    fold_close(worker->fold);
    free(worker);
}

uint32_t worker_ports(struct worker *worker, struct port **ret_ports)
{
    ret_ports[0] = follow_port(worker->follow);
    ret_ports[1] = speaker_port(worker->speaker);
    return 2 + query_ports(worker->query, ret_ports + 2);
}

/* ---- greeting ---- */

/* Drops what is not committed and begins anew. */
static void give_up(struct worker *worker, int64_t after_ms)
{
    fold_abort(worker->fold);
    worker->held = false;
    worker->original_known = false;
    follow_forget(worker->follow);
    speaker_greet(worker->speaker, after_ms);
    move_to(worker, GREETING);
}

static int greet(struct worker *worker, int64_t monotonic_ms)
{
    struct fold *fold = worker->fold;
    int result = speaker_turn(worker->speaker, monotonic_ms);
    if (result == -E_AGAIN)
        return 0;
    ensure(result == 0);
    const struct welcome *welcome = speaker_welcome(worker->speaker);
    /* who counts steps otherwise can't tell which of them were spoken of: the entry counts as spoken of whole */
    fold->silent_upto.seq = welcome->cause_seq;
    fold->silent_upto.step = welcome->cause_fold == fold->version ? welcome->cause_step : UINT32_MAX;
    result = fold_begin(fold, welcome->lineage); /* a state of another journal is emptied here */
    if (result == 0)
        result = fold_commit(fold);
    if (result < 0)
        return result;
    worker->reached = fold->head.position.seq;
    worker->head = 0;
    bool adopts = welcome->cause_seq > 0 && welcome->cause_fold != fold->version;
    if (adopts)
        speaker_adopt(worker->speaker, fold->version);
    move_to(worker, adopts ? ADOPTING : WAITING);
    return 0;
}

/* ---- adopting ---- */

static int adopt(struct worker *worker, int64_t monotonic_ms)
{
    int result = speaker_turn(worker->speaker, monotonic_ms);
    if (result == -E_AGAIN)
        return 0;
    if (result == 0) {
        move_to(worker, WAITING);
        return 0;
    }
    log_line(LOG_WARNING, "worker", "intake did not take fold.adopted (%s); trying again",
             speaker_problem(worker->speaker));
    give_up(worker, monotonic_ms + worker->retry_wait_ms);
    return 0;
}

/* ---- waiting ---- */

static int ask(struct worker *worker, uint64_t after, int64_t wake_at_ms, int64_t monotonic_ms)
{
    worker->asked = after;
    return follow_ask(worker->follow, after, worker->feed_wait_ms, wake_at_ms, monotonic_ms);
}

/* What the feed cannot serve is told once, and ends the worker: a state without it would be another one. */
static int feed_blame(const struct worker *worker, const char *what, uint64_t seq, int result)
{
    if (result < 0 && result != -E_AGAIN)
        log_line(LOG_ERROR, "worker", "the feed cannot serve %s entry %llu: %s", what, (unsigned long long)seq,
                 follow_problem(worker->follow));
    return result;
}

static int batch_take(struct worker *worker)
{
    struct follow_batch *batch = &worker->batch;
    int result = feed_blame(worker, "what comes after", worker->reached, follow_receive(worker->follow, batch));
    if (result < 0)
        return result;
    worker->record.count = 0;
    worker->cursor = (struct record_cursor){0};
    worker->held = false;
    worker->finished = false;
    worker->head = batch->head;
    return 0;
}

/* What is folded was on the disk. When it is gone, its seq are given out again, and what gets them would never be folded. The
 * batch answers what was asked at `reached`, so that its head can't be one from before. */
static int lost_entries_tell(const struct worker *worker)
{
    log_line(
        LOG_ERROR, "worker",
        "the state is folded up to entry %llu, but the journal ends at %llu: it has lost entries; restore a backup",
        (unsigned long long)worker->reached, (unsigned long long)worker->head);
    return -E_CORRUPT;
}

static int wait_for_batch(struct worker *worker, int64_t monotonic_ms)
{
    struct fold *fold = worker->fold;
    /* an answer to a question from before a crash of ours would leave a gap */
    int result = worker->asked == worker->reached ? batch_take(worker) : -E_AGAIN;
    if (result < 0 && result != -E_AGAIN)
        return result;
    if (result < 0)
        return ask(worker, worker->reached, fold_wake_at(fold), monotonic_ms);
    if (strcmp(worker->batch.lineage, fold->head.lineage) != 0) {
        log_line(LOG_WARNING, "worker", "the journal has become another one (lineage %.32s): folding it from its start",
                 worker->batch.lineage);
        give_up(worker, monotonic_ms);
        return 0;
    }
    if (worker->head < worker->reached)
        return lost_entries_tell(worker);
    if (worker->batch.count == 0) {
        worker->reached = worker->batch.upto > worker->reached ? worker->batch.upto : worker->reached;
        return ask(worker, worker->reached, fold_wake_at(fold), monotonic_ms);
    }
    move_to(worker, FOLDING);
    /* far behind: the feed reads on while this batch is folded */
    return worker->batch.upto < worker->batch.head ? ask(worker, worker->batch.upto, 0, monotonic_ms) : 0;
}

/* ---- folding ---- */

/* The next entry after what is folded. -E_NOT_FOUND at the batch's end. */
static int entry_next(struct worker *worker)
{
    uint64_t folded = worker->fold->head.position.seq;
    for (;;) {
        struct span bytes;
        int result =
            worker->record.count ? record_next(&worker->record, &worker->cursor, &worker->entry) : -E_NOT_FOUND;
        if (result == 0 && worker->entry.seq > folded)
            return 0;
        if (result == 0)
            continue;
        if (result == -E_NOT_FOUND)
            result = follow_record(&worker->batch, &bytes);
        if (result == 0)
            result = record_open(bytes, &worker->record);
        if (result < 0)
            return result;
        worker->cursor = (struct record_cursor){0};
    }
}

/* *ret_more: there may be more to fold in this turn. */
static int fold_next(struct worker *worker, bool *ret_more)
{
    struct fold *fold = worker->fold;
    int result = worker->held ? 0 : entry_next(worker);
    *ret_more = false;
    if (result == -E_NOT_FOUND) {
        worker->finished = true;
        move_to(worker, SPEAKING);
        speaker_say(worker->speaker, &fold->consequences, fold->version);
        return 0;
    }
    if (result < 0)
        return result;
    worker->held = true;
    result = fold_entry(fold, &worker->entry, worker->original_known ? &worker->fetched : NULL);
    if (result == FOLD_WANTS) {
        move_to(worker, FETCHING);
        return 0;
    }
    worker->original_known = false;
    if (result < 0)
        return result;
    worker->held = result == FOLD_PAUSES;
    /* what was spoken of before is committed by itself: nobody can hear the rest while a journal is only read */
    bool silence_ends = worker->entry.seq == fold->silent_upto.seq;
    *ret_more = result == FOLD_DONE && !fold_is_full(fold) && !silence_ends;
    if (!*ret_more) {
        move_to(worker, SPEAKING);
        speaker_say(worker->speaker, &fold->consequences, fold->version);
    }
    return 0;
}

static int fold_slice(struct worker *worker)
{
    struct fold *fold = worker->fold;
    int result = 0;
    if (!fold->txn) {
        char lineage[NAME_MAX_BYTES + 1];
        memcpy(lineage, fold->head.lineage, sizeof lineage);
        result = fold_begin(fold, lineage);
    }
    bool more = true;
    uint64_t searched = fold->facts.searched;
    for (uint32_t i = 0; i < SLICE_ENTRIES && more && result == 0; i++) {
        result = fold_next(worker, &more);
        more = more && fold->facts.searched - searched < SLICE_FACTS;
    }
    return result;
}

/* What a correction is about, from the journal. */
static int fetch_original(struct worker *worker, int64_t monotonic_ms)
{
    uint64_t seq = worker->fold->wanted_seq;
    int result = follow_get(worker->follow, seq, monotonic_ms);
    if (result == 0)
        result = follow_entry(worker->follow, seq, &worker->original);
    if (result < 0 && result != -E_NOT_FOUND)
        return feed_blame(worker, "what a correction is about,", seq, result);
    worker->fetched = (struct original){.seq = seq, .entry = result == 0 ? &worker->original : NULL};
    worker->original_known = true;
    move_to(worker, FOLDING);
    return 0;
}

/* ---- speaking ---- */

static int speak(struct worker *worker, int64_t monotonic_ms)
{
    struct fold *fold = worker->fold;
    int result = speaker_turn(worker->speaker, monotonic_ms);
    if (result == -E_AGAIN)
        return 0;
    if (result < 0) {
        log_line(LOG_WARNING, "worker", "intake did not take what was concluded (%s); folding again from entry %llu",
                 speaker_problem(worker->speaker), (unsigned long long)worker->reached);
        give_up(worker, monotonic_ms + worker->retry_wait_ms);
        return 0;
    }
    result = fold_commit(fold);
    if (result < 0)
        return result;
    worker->reached = fold->head.position.seq;
    if (worker->finished && worker->batch.upto > worker->reached)
        worker->reached = worker->batch.upto;
    move_to(worker, worker->finished ? WAITING : FOLDING);
    return 0;
}

static int step_on(struct worker *worker, int64_t monotonic_ms)
{
    switch (worker->phase) {
    case GREETING:
        return greet(worker, monotonic_ms);
    case WAITING:
        return wait_for_batch(worker, monotonic_ms);
    case ADOPTING:
        return adopt(worker, monotonic_ms);
    case FOLDING:
        return fold_slice(worker);
    case FETCHING:
        return fetch_original(worker, monotonic_ms);
    case SPEAKING:
        return speak(worker, monotonic_ms);
    default:
        unreachable();
    }
}

int worker_turn(void *self, struct clock_reading now, int64_t *ret_wait_ms)
{
    struct worker *worker = self;
    enum phase before = worker->phase;
    follow_listen(worker->follow); /* while intake is waited for, too: unread mail wakes the loop again and again */
    int result = step_on(worker, now.monotonic_ms);
    if (result < 0 && result != -E_AGAIN)
        return result;
    if (worker->reached >= worker->head || worker->level_ms == 0)
        worker->level_ms = now.monotonic_ms;
    const struct folded folded = {.reached = worker->reached,
                                  .head = worker->head,
                                  .now_ms = now.monotonic_ms,
                                  .behind_ms = now.monotonic_ms - worker->level_ms,
                                  .state_bytes = store_bytes(worker->fold->store),
                                  .commits = &worker->fold->commits};
    bool more = query_turn(worker->query, &folded, now);
    if (now.monotonic_ms - worker->reaped_ms >= worker->reap_wait_ms) {
        store_reap_readers(worker->fold->store); /* of a `manyi verify` that died */
        worker->reaped_ms = now.monotonic_ms;
    }
    bool busy = more || worker->phase != before || worker->phase == FOLDING;
    bool quiet = worker->phase == WAITING && !query_waits(worker->query);
    *ret_wait_ms = busy ? 0 : quiet ? worker->quiet_wait_ms : worker->turn_wait_ms;
    return 0;
}

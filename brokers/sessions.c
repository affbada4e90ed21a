/*
 * sessions.c - see sessions.h. Numbers are given out from 1 on without a gap; 1 is the worker's from the beginning.
 */
#include "brokers/sessions.h"
#include "brokers/sessions_trace.h"
#include "core/ensure.h"
#include "core/status.h"
#include "io/log.h"

#include <sodium.h>
#include <stdlib.h>

#define SLOTS (1u << 18) /* open addressing, at most 40 % full */

_Static_assert(SLOTS >= 2 * SESSIONS_MAX, "a look-up ends soon");

/* Sources come from outside, but a table of 100,000 rows is bounded however they are chosen. */
static const uint8_t key[crypto_shorthash_KEYBYTES] = "manyi's sessions";

struct sessions {
    uint64_t leap; /* of an epoch: more than HELLOs ever count, and another in each lineage */
    uint32_t count;
    uint32_t changed_count;
    uint32_t *slots;          /* session numbers by source; 0: free */
    uint32_t *changed;        /* numbers of the rows that this turn has changed */
    bool *is_changed;         /* by number */
    struct session_row *rows; /* by number; row 0 is never used */
};

static uint32_t *slot_of(struct sessions *sessions, struct span source)
{
    uint8_t hash[crypto_shorthash_BYTES];
    crypto_shorthash(hash, source.at, source.len, key);
    uint32_t at;
    memcpy(&at, hash, sizeof at);
    for (at &= SLOTS - 1; sessions->slots[at] != 0; at = (at + 1) & (SLOTS - 1)) {
        if (span_is(source, sessions->rows[sessions->slots[at]].source))
            break;
    }
    return &sessions->slots[at];
}

static void text_set(char *text, struct span from, size_t len_max)
{
    ensure(from.len <= len_max);
    if (from.len > 0)
        memcpy(text, from.at, from.len);
    text[from.len] = '\0';
}

static void row_changed(struct sessions *sessions, uint32_t number)
{
    if (sessions->is_changed[number])
        return;
    sessions->is_changed[number] = true;
    sessions->changed[sessions->changed_count++] = number;
}

/* The row of a number that nobody has had. */
static struct session_row *row_make(struct sessions *sessions, uint32_t number, struct span source)
{
    struct session_row *row = &sessions->rows[number];
    row->number = number;
    text_set(row->source, source, URI_MAX_BYTES);
    *slot_of(sessions, source) = number;
    if (number > sessions->count)
        sessions->count = number;
    return row;
}

/* In this lineage, and since its row was whole: else others may hold epochs that it doesn't know of, and the next one leaps over
 * them all. Until then their epochs are no session's, so that whoever has one says HELLO. */
static bool was_greeted(const struct session_row *row)
{
    return row->instance[0] != '\0' || (row->epoch == 0 && row->last == 0);
}

int sessions_hello(struct sessions *sessions, struct span source, struct span instance,
                   const struct session_row **ret_row)
{
    uint32_t number = *slot_of(sessions, source);
    if (number == 0) {
        if (sessions->count == SESSIONS_MAX)
            return -E_TOO_MANY_SESSIONS;
        number = sessions->count + 1;
        row_make(sessions, number, source);
    }
    struct session_row *row = &sessions->rows[number];
    row->epoch += was_greeted(row) ? 1 : sessions->leap;
    text_set(row->instance, instance, NAME_MAX_BYTES);
    row_changed(sessions, number);
    *ret_row = row;
    return 0;
}

int sessions_find(struct sessions *sessions, struct span source, uint64_t epoch, const struct session_row **ret_row)
{
    uint32_t number = *slot_of(sessions, source);
    const struct session_row *row = &sessions->rows[number];
    if (number == 0 || epoch > row->epoch)
        return -E_NO_SESSION;
    if (epoch < row->epoch)
        return -E_FENCED;
    *ret_row = row;
    return 0;
}

void sessions_consume(struct sessions *sessions, uint32_t number, uint64_t last, struct span id)
{
    ensure(number > 0);
    ensure(number <= sessions->count);
    struct session_row *row = &sessions->rows[number];
    ensure(last > row->last);
    row->last = last;
    text_set(row->last_id, id, NAME_MAX_BYTES);
    row_changed(sessions, number);
}

bool sessions_changed(const struct sessions *sessions)
{
    return sessions->changed_count > 0;
}

uint32_t sessions_count(const struct sessions *sessions)
{
    return sessions->count;
}

int sessions_save(struct sessions *sessions, struct journal *journal)
{
    for (uint32_t i = 0; i < sessions->changed_count; i++) {
        uint32_t number = sessions->changed[i];
        int status = journal_session_set(journal, &sessions->rows[number]);
        if (status)
            return status;
        sessions->is_changed[number] = false;
    }
    sessions->changed_count = 0;
    return 0;
}

static int row_load(void *context, const struct session_row *row)
{
    struct sessions *sessions = context;
    if (row->number == 0 || row->number > SESSIONS_MAX)
        return -E_BAD_FORMAT; /* no version of ours gives such a number */
    *row_make(sessions, row->number, span_of(row->source)) = *row;
    return 0;
}

/* The session of a row that is damaged goes on after its newest entry: sequences after that were refused, and are refused
 * again. */
static void row_mend(struct sessions *sessions, const struct session_row *trace)
{
    if (*slot_of(sessions, span_of(trace->source)) != 0)
        return;
    struct session_row *row = row_make(sessions, trace->number, span_of(trace->source));
    *row = *trace;
    row_changed(sessions, trace->number);
    log_line(LOG_ERROR, "intake",
             "the session of %s, whose row is damaged, goes on after its newest entry, sequence %llu", row->source,
             (unsigned long long)row->last);
}

static int rows_mend(struct sessions *sessions, struct journal *journal)
{
    struct session_row *traces = calloc(SESSIONS_MAX + 1, sizeof *traces);
    if (!traces)
        return -E_NO_MEMORY;
    int status = sessions_trace(journal, traces);
    for (uint32_t number = 1; status == 0 && number <= SESSIONS_MAX; number++) {
        if (traces[number].number != 0 && sessions->rows[number].number == 0)
            row_mend(sessions, &traces[number]);
    }
    free(traces);
    return status;
}

int sessions_open(struct journal *journal, struct sessions **ret_sessions)
{
    struct sessions *sessions = calloc(1, sizeof *sessions);
    if (!sessions)
        return -E_NO_MEMORY;
    /* calloc: the system hands out the memory of a row when it is first written. */
    sessions->slots = calloc(SLOTS, sizeof *sessions->slots);
    sessions->changed = calloc(SESSIONS_MAX, sizeof *sessions->changed);
    sessions->is_changed = calloc(SESSIONS_MAX + 1, sizeof *sessions->is_changed);
    sessions->rows = calloc(SESSIONS_MAX + 1, sizeof *sessions->rows);
    char begins[9] = "";
    memcpy(begins, journal_lineage(journal), 8);
    sessions->leap = (1ull << 32) + strtoul(begins, NULL, 16);
    int status = -E_NO_MEMORY;
    if (sessions->slots && sessions->changed && sessions->is_changed && sessions->rows)
        status = journal_sessions(journal, row_load, sessions);
    if (status == -E_CORRUPT)
        status = rows_mend(sessions, journal);
    if (status) {
        sessions_close(sessions);
        return status;
    }
    if (sessions->rows[WORKER_SESSION].number == 0)
        row_make(sessions, WORKER_SESSION, span_of(WORKER_SOURCE));
    *ret_sessions = sessions;
    return 0;
}

void sessions_close(struct sessions *sessions)
{
    if (!sessions)
        return;
    free(sessions->slots);
    free(sessions->changed);
    free(sessions->is_changed);
    free(sessions->rows);
    free(sessions);
}

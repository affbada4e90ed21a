/*
 * sessions.c - see sessions.h. A new session gets the lowest number that no row has; 1 is the worker's from the beginning.
 *
 * A PUT names its session by source and epoch alone, so no epoch of a source may ever be given out twice: whoever holds the
 * other one would pass as the session's owner, and his events be answered as duplicates without being in the journal. Hence
 *   a new session    begins at a number drawn from the lineage, since another lineage may have had one of that source
 *   a restored one   adds that number to its epoch: others may have been given out after the backup was made
 *   a lost one       whose row is damaged begins at the time of this start, 1,024 to the millisecond, which outruns all that the
 *                    lineage counted. Whose it was may be unknown: then a row of nobody keeps that number, and whoever is new
 *                    begins there.
 */
#include "brokers/sessions.h"
#include "brokers/sessions_trace.h"
#include "core/ensure.h"
#include "core/status.h"
#include "io/log.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>

#define SLOTS (1u << 18)  /* open addressing, at most 40 % full */
#define EPOCHS_A_MS 1024u /* of journal time; nobody greets as often */
#define LEAP_DIGITS 8u    /* the last ones of a lineage */
#define NOBODY "nobody"   /* instance of a row without a source, until the journal is restored */

_Static_assert(SLOTS >= 2 * SESSIONS_MAX, "a look-up ends soon");

/* Sources come from outside, but a table of 100,000 rows is bounded however they are chosen. */
static const uint8_t key[crypto_shorthash_KEYBYTES] = "manyi's sessions";

struct sessions {
    uint64_t leap;   /* drawn from the lineage, so that no two go on from the same epoch */
    uint64_t begins; /* first epoch of a new session */
    uint32_t count;
    uint32_t next; /* no lower number than this is free */
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
    sessions->count++;
    return row;
}

/* 0: all are taken. */
static uint32_t number_free(struct sessions *sessions)
{
    while (sessions->next <= SESSIONS_MAX && sessions->rows[sessions->next].number != 0)
        sessions->next++;
    return sessions->next <= SESSIONS_MAX ? sessions->next : 0;
}

/* Without an instance nobody has greeted in this lineage: others may hold epochs that follow on this one. Until somebody greets
 * theirs are no session's, so that they say HELLO. */
static uint64_t epoch_next(const struct sessions *sessions, const struct session_row *row)
{
    if (row->epoch == 0)
        return sessions->begins;
    return row->epoch + (row->instance[0] ? 1 : sessions->leap);
}

int sessions_hello(struct sessions *sessions, struct span source, struct span instance,
                   const struct session_row **ret_row)
{
    uint32_t number = *slot_of(sessions, source);
    if (number == 0) {
        number = number_free(sessions);
        if (number == 0)
            return -E_TOO_MANY_SESSIONS;
        row_make(sessions, number, source);
    }
    struct session_row *row = &sessions->rows[number];
    row->epoch = epoch_next(sessions, row);
    text_set(row->instance, instance, NAME_MAX_BYTES);
    row_changed(sessions, number);
    *ret_row = row;
    return 0;
}

const struct session_row *sessions_of(struct sessions *sessions, struct span source)
{
    uint32_t number = *slot_of(sessions, source);
    return number == 0 ? NULL : &sessions->rows[number];
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
    ensure(sessions->rows[number].source[0] != '\0');
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
    bool nobodys = row->source[0] == '\0';
    uint64_t begins = row->epoch + (row->instance[0] ? 0 : sessions->leap);
    if (nobodys && row->epoch > 0 && begins > sessions->begins)
        sessions->begins = begins;
    if (!nobodys)
        row_make(sessions, row->number, span_of(row->source));
    sessions->rows[row->number] = *row;
    return 0;
}

/* The session of a row that is damaged goes on after its newest entry, or after what its row in an older volume says: sequences
 * after that were refused, and are refused again, or answered as duplicates. */
static void row_mend(struct sessions *sessions, const struct session_row *trace)
{
    if (*slot_of(sessions, span_of(trace->source)) != 0)
        return;
    struct session_row *row = row_make(sessions, trace->number, span_of(trace->source));
    *row = *trace;
    row->epoch = sessions->begins;
    row_changed(sessions, trace->number);
    log_line(LOG_ERROR, "intake",
             "the session of %s, whose row is damaged, goes on after sequence %llu, the last one known", row->source,
             (unsigned long long)row->last);
}

/* A damaged row of a session without an entry: nobody knows whose it was. */
static void row_give_to_nobody(struct sessions *sessions, uint32_t number)
{
    struct session_row *row = &sessions->rows[number];
    row->epoch = sessions->begins;
    text_set(row->instance, span_of(NOBODY), NAME_MAX_BYTES);
    row_changed(sessions, number);
    log_line(LOG_ERROR, "intake",
             "session %" PRIu32
             ", whose row is damaged, has no entry, so nobody can tell whose it was; new sessions begin "
             "at epoch %" PRIu64,
             number, sessions->begins);
}

static int rows_mend(struct sessions *sessions, struct journal *journal, int64_t at_ms)
{
    uint64_t now = sessions->leap + EPOCHS_A_MS * (uint64_t)(at_ms > 0 ? at_ms : 0);
    sessions->begins = now > sessions->begins ? now : sessions->begins + sessions->leap;
    struct session_row *traces = calloc(SESSIONS_MAX + 1, sizeof *traces);
    if (!traces)
        return -E_NO_MEMORY;
    int status = sessions_trace(journal, traces);
    for (uint32_t number = 1; status == 0 && number <= SESSIONS_MAX; number++) {
        struct session_row *row = &sessions->rows[number];
        if (traces[number].number != 0 && row->source[0] == '\0')
            row_mend(sessions, &traces[number]);
        if (row->number != 0 && row->source[0] == '\0' && row->epoch == 0)
            row_give_to_nobody(sessions, number);
    }
    free(traces);
    return status;
}

int sessions_open(struct journal *journal, int64_t at_ms, struct sessions **ret_sessions)
{
    struct sessions *sessions = calloc(1, sizeof *sessions);
    if (!sessions)
        return -E_NO_MEMORY;
    /* calloc: the system hands out the memory of a row when it is first written. */
    sessions->slots = calloc(SLOTS, sizeof *sessions->slots);
    sessions->changed = calloc(SESSIONS_MAX, sizeof *sessions->changed);
    sessions->is_changed = calloc(SESSIONS_MAX + 1, sizeof *sessions->is_changed);
    sessions->rows = calloc(SESSIONS_MAX + 1, sizeof *sessions->rows);
    sessions->leap = 1 + strtoull(journal_lineage(journal) + LINEAGE_LEN - LEAP_DIGITS, NULL, 16);
    sessions->begins = sessions->leap;
    sessions->next = WORKER_SESSION + 1;
    int status = -E_NO_MEMORY;
    if (sessions->slots && sessions->changed && sessions->is_changed && sessions->rows)
        status = journal_sessions(journal, row_load, sessions);
    if (status == -E_CORRUPT)
        status = rows_mend(sessions, journal, at_ms);
    if (status) {
        sessions_close(sessions);
        return status;
    }
    if (sessions->rows[WORKER_SESSION].source[0] == '\0')
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

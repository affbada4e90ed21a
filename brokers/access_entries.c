/*
 * access_entries.c - what intake itself writes of access: access.changed when the file has another content, and audit.refused.
 *
 * Which content the journal has, is told by a session of intake's own: its entries are the access.changed, its last_id names the
 * newest one's hash. So it is known at a start without a search, is written in the same commit as the entry, goes over into new
 * volumes and backups like every session, and is found again by its entries when its row is damaged. (Rejected: a table of its own,
 * which all of these would have to learn; a search from the end, through 100 million entries.)
 */
#include "brokers/adopt.h"
#include "brokers/intake_turn.h"
#include "core/ensure.h"
#include "core/status.h"
#include "io/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define HASH_LEN 32u
#define REFUSED_MAX 1024u /* an encoded audit.refused */

/* ---- access.changed ---- */

/* Taken while the file is read anew, and given back: too much to hold for what happens once a month. */
struct access_scratch {
    char document[SYSTEM_EVENT_MAX];
    uint8_t event[SYSTEM_EVENT_MAX];
};

static bool is_journaled(const struct session_row *row, const char *hash)
{
    size_t len = row ? strlen(row->last_id) : 0;
    return len >= HASH_LEN && strcmp(row->last_id + len - HASH_LEN, hash) == 0;
}

static int entry_write(struct intake *intake, struct access_scratch *scratch, size_t len, const char *hash)
{
    const struct session_row *row;
    int status = sessions_hello(intake->sessions, span_of(INTAKE_SOURCE), span_of("intake"), &row);
    if (status == 0)
        status = turn_begin(intake);
    if (status)
        return status;
    uint64_t sequence = row->last + 1;
    char id[NAME_MAX_BYTES + 1];
    snprintf(id, sizeof id, "access-%" PRIu64 "-%s", sequence, hash);
    struct adopted data = {0};
    SET(&data, adopted, by, span_of("manyi"));
    SET(&data, adopted, content, span_make(scratch->document, len));
    SET(&data, adopted, hash, span_of(hash));
    const struct event_draft draft = {
        .id = span_of(id),
        .source = span_of(INTAKE_SOURCE),
        .type = EVENT_access_changed,
        .time_ms = intake->begun_at_ms,
        .data = &data,
        .style = ENCODE_EVENT,
    };
    struct wire_writer writer;
    wire_writer_init(&writer, scratch->event, sizeof scratch->event);
    event_encode(&draft, &writer);
    if (writer.full)
        return -E_TOO_LARGE;
    uint32_t number = row->number;
    const struct entry entry = {.session = number, .sequence = sequence, .event = wire_written(&writer)};
    status = turn_add(intake, RECORD_OUTSIDE, &entry);
    if (status == 0)
        sessions_consume(intake->sessions, number, sequence, span_of(id));
    return status;
}

int access_keep(struct intake *intake)
{
    if (intake->setup->access_path[0] == '\0')
        return 0;
    char hash[HASH_LEN + 1];
    size_t len;
    struct access_scratch *scratch = malloc(sizeof *scratch);
    int status = scratch ? 0 : -E_NO_MEMORY;
    if (status == 0)
        status = access_render(guard_access(&intake->guard), scratch->document, sizeof scratch->document, &len, hash);
    if (status == 0 && !is_journaled(sessions_of(intake->sessions, span_of(INTAKE_SOURCE)), hash))
        status = entry_write(intake, scratch, len, hash);
    if (status == -E_NO_ROOM || status == -E_TOO_LARGE)
        log_line(LOG_ERROR, "intake",
                 "access file %s: its principals do not fit into one entry of %u KiB; take away "
                 "names of stores, sources or people that patterns such as \"agent.*\" can stand for",
                 intake->setup->access_path, SYSTEM_EVENT_MAX / 1024);
    free(scratch);
    return status;
}

int access_watch(struct intake *intake, struct clock_reading now)
{
    if (guard_turn(&intake->guard, now) == KEYRING_SAME)
        return 0;
    rates_follow(intake->rates, guard_access(&intake->guard));
    return access_keep(intake);
}

/* ---- audit.refused ---- */

static int refusal_write(struct intake *intake, const struct refusal *refusal, int64_t at_ms)
{
    char id[NAME_MAX_BYTES + 1];
    snprintf(id, sizeof id, "refused-%" PRId64 "-%" PRIu64, at_ms, intake->head + 1);
    struct access_refused data = {0};
    if (refusal->principal)
        SET(&data, access_refused, principal, guard_name(&intake->guard, refusal->principal));
    SET(&data, access_refused, what, span_of(refusal->what));
    SET(&data, access_refused, code, span_of(status_text(refusal->status)->code));
    SET(&data, access_refused, times, refusal->times);
    SET(&data, access_refused, via, span_of(refusal->over_http ? "http" : "zeromq"));
    const struct event_draft draft = {
        .id = span_of(id),
        .source = span_of(INTAKE_SOURCE),
        .type = EVENT_audit_refused,
        .time_ms = at_ms,
        .data = &data,
        .style = ENCODE_EVENT,
    };
    uint8_t buffer[REFUSED_MAX];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    event_encode(&draft, &writer);
    ensure(!writer.full);
    const struct entry entry = {.event = wire_written(&writer)};
    return turn_add(intake, RECORD_OUTSIDE, &entry);
}

int refusals_tell(struct intake *intake)
{
    int64_t at_ms = intake->begun ? intake->begun_at_ms : intake->at_ms;
    uint32_t index = 0;
    struct refusal *refusal;
    if (reserve_is_short(&intake->reserve))
        return 0; /* they wait, counted */
    while ((refusal = refusals_next(&intake->refusals, at_ms, &index))) {
        int status = refusal_write(intake, refusal, at_ms);
        if (status)
            return status;
        reserve_take_request(&intake->reserve, REFUSED_MAX);
        refusals_told(refusal, at_ms);
        at_ms = intake->begun_at_ms;
    }
    return 0;
}

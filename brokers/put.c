/*
 * put.c - one PUT from outside: its session, then event by event: decode, check, look up, keep or refuse.
 *
 * Events are taken in strides. First those of a stride are decoded and checked, and the memory that their look-ups need is
 * called for; then they are looked up and kept. No allocation, and one copy of the event: into the journal's record.
 */
#include "brokers/intake_turn.h"
#include "core/ensure.h"
#include "core/status.h"
#include "io/log.h"

#include <stdio.h>

#define HOUR_MS (3600 * 1000ll)
#define ELEMENT_DEPTH_MAX 64u /* record_decode has walked the array to this depth */

struct put {
    struct intake *intake;
    struct port *port;
    const struct request *request;
    struct sender *sender;
    const struct mending *mending; /* NULL: none is mended. What is cleared for each PUT stays small */
    struct wire_reader events;     /* what is left of the array */
    uint32_t count;
    uint32_t done;

    const struct session_row *session; /* NULL: without one */
    uint64_t sequence;                 /* of the next event */
    struct span last_id;               /* of the last event that was consumed; in the request */

    struct ack_reply ack;
    struct wire_writer problems;
    uint32_t problem_count;
};

struct span event_take(struct wire_reader *events)
{
    struct wire_reader peek = *events;
    struct wire_value value;
    struct span bytes;
    int status = wire_read(&peek, &value);
    ensure(status == 0);
    if (value.kind == WIRE_BIN) {
        *events = peek;
        return value.bytes;
    }
    status = wire_skip(events, ELEMENT_DEPTH_MAX, &bytes);
    ensure(status == 0);
    return bytes;
}

/* ---- checks ---- */

static void future_set(struct flaw *flaw, int64_t ahead_ms)
{
    int64_t hours = ahead_ms / HOUR_MS;
    bool days = hours >= 48;
    flaw_set(flaw, -E_FUTURE_TIME, "time", "It is %s%lld %s ahead of the journal's time; at most %lld h are allowed.",
             days ? "" : "more than ", (long long)(days ? hours / 24 : hours), days ? "days" : "h",
             (long long)(FUTURE_MAX_MS / HOUR_MS));
}

/* Who may send what: told first, whatever else is wrong with it. What the decoder did not come to is empty. */
static void arrival_check(const struct put *put, const struct event *event, struct flaw *flaw)
{
    sender_check(put->sender, event, flaw);
    if (flaw->status)
        return;
    if (put->session && !span_is(event->source, put->session->source))
        flaw_set(flaw, -E_OTHER_SOURCE, "source",
                 "It is not the source of this PUT's session; only that one is allowed, or any without a session.");
    else if (event->has_time && event->time_ms > put->intake->at_ms + FUTURE_MAX_MS)
        future_set(flaw, event->time_ms - put->intake->at_ms);
}

static void arrival_read(struct put *put, struct arrival *arrival)
{
    struct event *event = &put->intake->event;
    arrival->bytes = event_take(&put->events);
    arrival->flaw.status = 0;
    int status = event_decode(arrival->bytes, event, &arrival->flaw);
    ensure(status == arrival->flaw.status);
    arrival->id = event->id;
    arrival->source = event->source;
    arrival_check(put, event, &arrival->flaw);
    if (put->mending)
        mend_check(put->mending, event, &arrival->flaw);
    if (arrival->flaw.status) {
        refusals_count(&put->intake->refusals, put->sender->number, put->sender->door == DOOR_TRUSTED,
                       arrival->flaw.status, event->type_name);
        if (arrival->flaw.status == -E_FOREIGN_SOURCE)
            arrival->source = span_of(put->sender->own_source); /* whose share of the quarantine it takes */
        return;
    }
    arrival->fingerprint = identity_fingerprint(put->intake->identity, arrival->source, arrival->id);
    identity_prefetch(put->intake->identity, arrival->fingerprint);
}

/* ---- problems ---- */

static void problem_add(struct put *put, const struct problem *problem)
{
    record_encode(&record_of_problem, problem, ENCODE_EVENT, &put->problems);
    ensure(!put->problems.full);
    put->problem_count++;
}

/* seq 0: not known any more. */
static void duplicate_add(struct put *put, uint64_t seq)
{
    struct problem problem = {0};
    SET(&problem, problem, i, put->done);
    if (seq > 0)
        SET(&problem, problem, duplicate_of, (int64_t)seq);
    problem_add(put, &problem);
    put->intake->duplicates++;
}

/* STATUS_ROWS: of another version. */
static uint32_t row_of_code(const char *code)
{
    uint32_t count, row = 0;
    const struct status_text *rows = status_table(&count);
    while (row < count && strcmp(rows[row].code, code) != 0)
        row++;
    return row;
}

/* Keeps it in the quarantine and says why, by what the row has. */
static int refuse(struct put *put, struct quarantine_row *row)
{
    int status = turn_begin(put->intake);
    if (status == 0)
        status = journal_quarantine_add(put->intake->journal, row);
    if (status != 0 && status != -E_QUARANTINE_FULL)
        return status;
    char message[PROBLEMS_TEXT_MAX];
    snprintf(message, sizeof message, "%s%s", row->message, status ? " (not kept: the quarantine is full)" : "");
    struct problem problem = {0};
    SET(&problem, problem, i, put->done);
    SET(&problem, problem, code, span_of(row->code));
    if (row->field[0])
        SET(&problem, problem, field, span_of(row->field));
    SET(&problem, problem, message, span_of(message));
    if (status == 0)
        SET(&problem, problem, quarantine, span_of(row->key));
    problem_add(put, &problem);
    bool kept = status == 0 && row->count == 1;
    put->intake->refused++;
    put->intake->quarantined += kept;
    uint32_t by = row_of_code(row->code);
    put->intake->refused_by[by]++;
    put->intake->quarantined_by[by] += kept;
    reserve_take_refused(&put->intake->reserve);
    return 0;
}

static int refuse_flaw(struct put *put, const struct arrival *arrival)
{
    const struct flaw *flaw = &arrival->flaw;
    struct quarantine_row row = {.bytes = arrival->bytes};
    snprintf(row.code, sizeof row.code, "%s", status_text(flaw->status)->code);
    snprintf(row.field, sizeof row.field, "%s", flaw->field);
    snprintf(row.message, sizeof row.message, "%s", flaw->message);
    if (arrival->source.len <= URI_MAX_BYTES)
        snprintf(row.source, sizeof row.source, "%.*s", SPAN_ARGS(arrival->source));
    return refuse(put, &row);
}

/* Of a mended event nothing is kept but the one that it is to replace. */
static void refuse_mended(struct put *put, int code, const struct flaw *flaw)
{
    struct problem problem = {0};
    SET(&problem, problem, i, put->done);
    SET(&problem, problem, code, span_of(status_text(code)->code));
    if (flaw && flaw->field[0])
        SET(&problem, problem, field, span_of(flaw->field));
    if (flaw)
        SET(&problem, problem, message, span_of(flaw->message));
    problem_add(put, &problem);
    put->intake->refused++;
}

/* It has the fingerprint of an event whose record is damaged. Nobody can tell whether it is the same: taking it could count
 * it twice. It is sound, so it goes back to its sender and not into the quarantine. */
static int refuse_unknowable(struct put *put)
{
    const struct status_text *text = status_text(-E_CORRUPT);
    char message[PROBLEMS_TEXT_MAX];
    snprintf(message, sizeof message, "the event that it may repeat is in a damaged record (%.100s)",
             identity_damage(put->intake->identity));
    if (strcmp(put->intake->damage, message) != 0) /* told once, however often it is sent */
        log_line(LOG_ERROR, "intake", "%s: %s", text->code, message);
    snprintf(put->intake->damage, sizeof put->intake->damage, "%s", message);
    struct problem problem = {0};
    SET(&problem, problem, i, put->done);
    SET(&problem, problem, code, span_of(text->code));
    SET(&problem, problem, message, span_of(message));
    problem_add(put, &problem);
    put->intake->refused++;
    put->intake->refused_by[STATUS_ROW_CORRUPT]++;
    return 0;
}

/* ---- keeping ---- */

static int keep(struct put *put, const struct arrival *arrival)
{
    struct intake *intake = put->intake;
    const struct entry entry = {
        .session = put->session ? put->session->number : 0,
        .principal = put->sender->number,
        .sequence = put->session ? put->sequence : 0,
        .event = arrival->bytes,
    };
    int status = turn_add(intake, RECORD_OUTSIDE, &entry);
    if (status)
        return status;
    identity_add(intake->identity, arrival->fingerprint, intake->head);
    if (put->ack.count == 0)
        SET(&put->ack, ack_reply, first, (int64_t)intake->head);
    put->ack.count++;
    intake->accepted++;
    return 0;
}

/* Its sequence is consumed and it is sound now, but the window doesn't know it. It has been forgotten there, or it was
 * refused for what time has mended since, such as its own time: then its answer may have been lost, and is given again. */
static int consumed_decide(struct put *put, const struct arrival *arrival)
{
    struct quarantine_row row;
    int status = journal_quarantine_find(put->intake->journal, arrival->bytes, &row);
    if (status != 0 && status != -E_NOT_FOUND)
        return status;
    /* In another's session it was refused for that alone. */
    if (status == 0 && strcmp(row.code, status_text(-E_OTHER_SOURCE)->code) != 0)
        return refuse(put, &row);
    duplicate_add(put, 0);
    return 0;
}

/* It becomes an entry, once; or is one already: its sender was quicker, or the answer to whoever mended it was lost. */
static int mended_decide(struct put *put, const struct arrival *arrival)
{
    struct intake *intake = put->intake;
    const struct mending *mending = put->mending;
    uint64_t seq;
    if (arrival->flaw.status) {
        refuse_mended(put, arrival->flaw.status, &arrival->flaw);
        return 0;
    }
    int found = identity_find(intake->identity, arrival->fingerprint, arrival->source, arrival->id, &seq);
    bool known = found == 0;
    if (found == -E_CORRUPT)
        return refuse_unknowable(put);
    if (!known && found != -E_NOT_FOUND)
        return found;
    if (known)
        duplicate_add(put, seq);
    if (mending->row.mended_seq > 0) {
        if (!known)
            refuse_mended(put, -E_MENDED, NULL);
        return 0;
    }
    int status = known ? turn_begin(intake) : keep(put, arrival);
    reserve_take_refused(&intake->reserve); /* its row is written anew */
    return status ? status : journal_quarantine_mend(intake->journal, mending->key, known ? seq : intake->head);
}

static int arrival_decide(struct put *put, const struct arrival *arrival)
{
    struct intake *intake = put->intake;
    bool consumed = put->session && put->sequence <= put->session->last;
    if (put->mending)
        return mended_decide(put, arrival);
    if (arrival->flaw.status)
        return refuse_flaw(put, arrival);
    uint64_t seq;
    int status = identity_find(intake->identity, arrival->fingerprint, arrival->source, arrival->id, &seq);
    if (status == 0) {
        duplicate_add(put, seq);
        return 0;
    }
    if (status == -E_NOT_FOUND || (status == -E_CORRUPT && consumed))
        return consumed ? consumed_decide(put, arrival) : keep(put, arrival);
    return status == -E_CORRUPT ? refuse_unknowable(put) : status;
}

static int events_take(struct put *put)
{
    struct intake *intake = put->intake;
    identity_slide(intake->identity, intake->head);
    while (put->done < put->count) {
        uint32_t stride = put->count - put->done < ARRIVALS_MAX ? put->count - put->done : ARRIVALS_MAX;
        for (uint32_t i = 0; i < stride; i++)
            arrival_read(put, &intake->arrivals[i]);
        for (uint32_t i = 0; i < stride; i++, put->done++, put->sequence++) {
            int status = arrival_decide(put, &intake->arrivals[i]);
            if (status)
                return status;
        }
        struct span id = intake->arrivals[stride - 1].id;
        put->last_id = id.len <= NAME_MAX_BYTES ? id : span_make(NULL, 0);
    }
    return 0;
}

/* ---- the request ---- */

/* 0, or what to refuse the PUT with; a gap sets *ret_expected. */
static int session_check(struct put *put, const struct put_request *asked, uint64_t *ret_expected)
{
    bool has_source = HAS(asked, put_request, source);
    bool has_epoch = HAS(asked, put_request, epoch);
    bool has_first = HAS(asked, put_request, first);
    if (!has_source && !has_epoch && !has_first)
        return 0;
    if (!has_source || !has_epoch || !has_first)
        return -E_BAD_REQUEST;
    int status = sender_session(put->sender, asked->source);
    if (status == 0)
        status = sessions_find(put->intake->sessions, asked->source, (uint64_t)asked->epoch, &put->session);
    if (status)
        return status;
    put->sequence = (uint64_t)asked->first;
    if (put->sequence > put->session->last + 1) {
        *ret_expected = put->session->last + 1;
        return -E_GAP;
    }
    return 0;
}

static int answer(struct put *put)
{
    struct intake *intake = put->intake;
    int status = events_take(put);
    if (status)
        return status;
    if (put->session) {
        uint64_t last = put->sequence - 1;
        if (last > put->session->last)
            sessions_consume(intake->sessions, put->session->number, last, put->last_id);
        SET(&put->ack, ack_reply, last, (int64_t)put->session->last);
    }
    put->ack.head = (int64_t)intake->head;
    ack_add(intake, put->port, put->request, &put->ack, wire_written(&put->problems), put->problem_count);
    return 0;
}

/* The array of events: its elements and their count. */
static int events_open(struct span array, struct wire_reader *ret_events, uint32_t *ret_count)
{
    struct wire_reader events = wire_reader(array);
    struct wire_value header;
    if (wire_read(&events, &header) || header.kind != WIRE_ARRAY)
        return -E_BAD_REQUEST;
    if (header.count > PUT_EVENTS_MAX)
        return -E_REQUEST_TOO_LARGE;
    *ret_events = events;
    *ret_count = header.count;
    return 0;
}

/* What is wrong with all of it, before any event is looked at. */
static int put_check(struct put *put, const struct put_request *asked, uint64_t *ret_expected, const char **ret_detail)
{
    struct intake *intake = put->intake;
    int status = HAS(asked, put_request, as) ? sender_as(put->sender, (uint32_t)asked->as, ret_detail) : 0;
    if (status == 0)
        status = session_check(put, asked, ret_expected);
    if (status == 0 && HAS(asked, put_request, mends)) {
        status = mend_begin(intake->journal, asked->mends, put->count == 1 && !put->session, put->sender,
                            intake->mended, &intake->mending, ret_detail);
        put->mending = &intake->mending;
    }
    if (status == 0 && put->sender->door != DOOR_INNER && reserve_is_short(&intake->reserve))
        status = -E_DISK_NEARLY_FULL;
    return status;
}

static void put_refuse(struct put *put, int status, const char *detail, uint64_t expected)
{
    const struct sender *sender = put->sender;
    refusals_count(&put->intake->refusals, sender->number, sender->door == DOOR_TRUSTED, status, put->request->verb);
    turn_refuse(put->intake, put->port, put->request, status, detail, expected);
}

int put_take(struct intake *intake, struct port *port, struct request *request, struct sender *sender)
{
    struct put_request asked;
    struct flaw flaw;
    struct put put = {.intake = intake, .port = port, .request = request, .sender = sender};
    uint64_t expected = 0;
    const char *detail = flaw.message;
    flaw.message[0] = '\0'; /* the rest of it is set when something is wrong */
    int status = request->body.len > PUT_BYTES_MAX ? -E_REQUEST_TOO_LARGE : 0;
    if (status == 0)
        status = request_decode(request, &record_of_put_request, &asked, &flaw);
    if (status == 0)
        status = events_open(asked.events, &put.events, &put.count);
    if (status == 0 && sender->door == DOOR_INNER && HAS(&asked, put_request, causes)) {
        reserve_take_request(&intake->reserve, request->body.len);
        return consequences_take(intake, port, request, &asked, put.events, put.count);
    }
    if (status == 0)
        status = put_check(&put, &asked, &expected, &detail);
    if (status) {
        put_refuse(&put, status, detail, expected);
        return 0;
    }
    int64_t retry_ms;
    if (rates_take(intake->rates, guard_access(&intake->guard), sender->principal, put.count, intake->monotonic_ms,
                   &retry_ms)) {
        turn_slow_down(intake, port, request, retry_ms);
        return 0;
    }
    reserve_take_request(&intake->reserve, request->body.len);
    wire_writer_init(&put.problems, ack_problems(intake), PUT_EVENTS_MAX * PROBLEM_MAX);
    return answer(&put);
}

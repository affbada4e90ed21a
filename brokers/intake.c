/*
 * intake.c - the turn: drain requests, check, append, commit once, answer.
 *
 *   inner endpoint ──┐                ┌─▶ put, consequence ─▶ journal's turn ─┐
 *                    ├─▶ one request ─┤                                       ├─▶ commit ─▶ answers
 *   public endpoint ─┘                └─▶ hello ─▶ sessions ──────────────────┘
 */
#include "brokers/intake.h"
#include "brokers/adopt.h"
#include "brokers/intake_turn.h"
#include "core/ensure.h"
#include "core/status.h"
#include "io/log.h"

#include <inttypes.h>
#include <stdlib.h>

#define READERS_REAP_EVERY_MS 30000
#define TURN_WAIT_MAX_MS 1000 /* the time keeper wants to see the clocks */
#define INNER_REQUESTS_MAX 64u
#define TURN_REFUSED_MAX 1024u /* and those of one PUT more: nonsense must not hold up the turn */
#define TURN_LOOKUPS_MAX 1024u /* likewise: what came before, in another order than the journal's */
#define ANSWERS_BYTES (4u * MIB)
#define ANSWERS_MAX (TURN_REQUESTS_MAX + INNER_REQUESTS_MAX)

_Static_assert(ANSWERS_BYTES > ANSWER_MAX + ROUTE_MAX, "one answer always fits");

/* ---- what a turn does to the journal ---- */

int turn_begin(struct intake *intake)
{
    if (intake->begun)
        return 0;
    int status = journal_begin(intake->journal, intake->at_ms);
    intake->begun = status == 0;
    intake->begun_at_ms = intake->at_ms;
    return status;
}

int turn_add(struct intake *intake, enum record_class class, const struct entry *entry)
{
    int status = turn_begin(intake);
    if (status)
        return status;
    uint64_t seq;
    status = journal_add(intake->journal, class, entry, &seq);
    if (status)
        return status;
    ensure(seq == intake->head + 1);
    intake->head = seq;
    return 0;
}

void turn_refuse(struct intake *intake, struct port *port, const struct request *request, int status,
                 const char *detail, uint64_t expected)
{
    uint8_t buffer[NAK_MAX];
    struct span nak = request_nak(request, status, detail, expected, buffer);
    answers_add(intake->answers, port, request->route, "NAK", nak);
}

/* Waits until the turn before is on the disk, and answers it. */
static int leaving_answer(struct intake *intake)
{
    int status = journal_commit_wait(intake->journal);
    if (status)
        return status;
    reserve_turn_is_written(&intake->reserve);
    if (intake->leaving)
        answers_send(intake->leaving, &intake->public_counts);
    intake->leaving = NULL;
    await_answer(&intake->await, journal_head(intake->journal), intake->inner_port, &intake->inner_counts);
    return 0;
}

/* Everything of the turn becomes durable together, then its answers leave. Much to write is written beside the next turn. */
static int turn_end(struct intake *intake)
{
    int status = sessions_changed(intake->sessions) ? turn_begin(intake) : 0;
    if (status == 0 && intake->begun)
        status = sessions_save(intake->sessions, intake->journal);
    if (status == 0)
        status = leaving_answer(intake);
    if (status)
        return status;
    bool beside = intake->overlaps && intake->turn_bytes >= intake->beside_bytes_min;
    bool begun = intake->begun;
    intake->turn_requests = 0;
    intake->turn_bytes = 0;
    intake->turn_refused = intake->refused;
    intake->turn_lookups = identity_lookups(intake->identity);
    intake->begun = false;
    intake->leaving = intake->answers;
    intake->answers = &intake->both_answers[intake->answers == &intake->both_answers[0]];
    if (begun)
        reserve_take_commit(&intake->reserve);
    reserve_turn_leaves(&intake->reserve);
    if (begun) {
        status = journal_commit_start(intake->journal, beside);
        intake->commits++;
    }
    /* A turn with something for the quarantine is never written beside: nobody would wake us to answer it. */
    return status == 0 && !journal_commit_is_beside(intake->journal) ? leaving_answer(intake) : status;
}

/* ---- HELLO and PING ---- */

static void welcome(struct intake *intake, struct port *port, const struct request *request,
                    const struct session_row *row)
{
    struct welcome_reply reply = {0};
    if (request->rid.len > 0)
        SET(&reply, welcome_reply, rid, request->rid);
    SET(&reply, welcome_reply, lineage, span_of(journal_lineage(intake->journal)));
    SET(&reply, welcome_reply, epoch, (int64_t)row->epoch);
    SET(&reply, welcome_reply, last, (int64_t)row->last);
    if (row->last_id[0])
        SET(&reply, welcome_reply, last_id, span_of(row->last_id));
    SET(&reply, welcome_reply, credit, CREDIT_BYTES);
    SET(&reply, welcome_reply, max_events, PUT_EVENTS_MAX);
    SET(&reply, welcome_reply, max_bytes, PUT_BYTES_MAX);
    if (port == intake->inner_port) {
        SET(&reply, welcome_reply, cause_seq, (int64_t)intake->last_cause.seq);
        SET(&reply, welcome_reply, cause_step, intake->last_cause.step);
        SET(&reply, welcome_reply, cause_fold, intake->last_cause.fold_version);
    }
    uint8_t buffer[1024];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(&record_of_welcome_reply, &reply, ENCODE_CARD, &writer);
    ensure(!writer.full);
    answers_add(intake->answers, port, request->route, "WELCOME", wire_written(&writer));
}

static void hello_take(struct intake *intake, struct port *port, struct request *request)
{
    struct hello_request asked;
    struct flaw flaw = {0};
    const struct session_row *row;
    int status = request_decode(request, &record_of_hello_request, &asked, &flaw);
    if (status == 0) {
        bool worker = span_is(asked.source, WORKER_SOURCE);
        if (worker != (port == intake->inner_port) || span_is(asked.source, INTAKE_SOURCE))
            status = -E_RESERVED_SOURCE;
    }
    if (status == 0 && port == intake->public_port && reserve_is_short(&intake->reserve))
        status = -E_DISK_NEARLY_FULL; /* the new epoch would be written */
    if (status == 0)
        status = sessions_hello(intake->sessions, asked.source, asked.instance, &row);
    if (status) {
        turn_refuse(intake, port, request, status, flaw.message, 0);
        return;
    }
    reserve_take_request(&intake->reserve, request->body.len);
    welcome(intake, port, request, row);
}

static void ping_take(struct intake *intake, struct port *port, struct request *request)
{
    struct ping_request asked;
    struct flaw flaw = {0};
    int status = request_decode(request, &record_of_ping_request, &asked, &flaw);
    if (status) {
        turn_refuse(intake, port, request, status, flaw.message, 0);
        return;
    }
    const struct {
        const char *name;
        uint64_t value;
    } figures[] = {
        {"head", journal_head(intake->journal)},
        {"volumes", journal_volumes(intake->journal)},
        {"bytes", journal_bytes(intake->journal)},
        {"accepted", intake->accepted},
        {"duplicates", intake->duplicates},
        {"refused", intake->refused},
        {"quarantined", intake->quarantined},
        {"sessions", sessions_count(intake->sessions)},
        {"commits", intake->commits},
        {"bad_frames", intake->public_counts.bad_frames},
        {"dropped_replies", intake->public_counts.dropped_replies},
    };
    uint32_t count = sizeof figures / sizeof figures[0];
    uint8_t buffer[1024];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    request_pong_begin(&writer, request->rid, "intake", count + 3);
    wire_key(&writer, "lineage");
    wire_text(&writer, span_of(journal_lineage(intake->journal)));
    for (uint32_t i = 0; i < count; i++)
        request_pong_figure(&writer, figures[i].name, figures[i].value);
    wire_key(&writer, "clock_off_ms");
    wire_integer(&writer, intake->keeper.off_ms);
    wire_key(&writer, "at");
    wire_time_text(&writer, intake->at_ms);
    ensure(!writer.full);
    answers_add(intake->answers, port, request->route, "PONG", wire_written(&writer));
}

/* ---- requests ---- */

static bool turn_has_room(const struct intake *intake)
{
    return intake->turn_bytes < TURN_BYTES_MAX && intake->refused - intake->turn_refused < TURN_REFUSED_MAX &&
           identity_lookups(intake->identity) - intake->turn_lookups < TURN_LOOKUPS_MAX &&
           answers_room(intake->answers, ANSWER_MAX);
}

static int request_take(struct intake *intake, struct port *port, struct request *request)
{
    struct flaw flaw = {0};
    int status = request->status;
    if (status == 0 && span_is(request->verb, "PUT"))
        return put_take(intake, port, request);
    if (status == 0 && span_is(request->verb, "HELLO")) {
        hello_take(intake, port, request);
        return 0;
    }
    if (status == 0 && span_is(request->verb, "PING")) {
        ping_take(intake, port, request);
        return 0;
    }
    if (status == 0 && span_is(request->verb, "AWAIT") && port == intake->inner_port)
        status = await_take(&intake->await, request, &flaw);
    else if (status == 0)
        status = -E_UNKNOWN_VERB;
    if (status)
        turn_refuse(intake, port, request, status, flaw.message, 0);
    return 0;
}

/* Takes what has come, as long as the turn has room. */
static int port_drain(struct intake *intake, struct port *port, struct request_counts *counts, uint32_t requests_max)
{
    while (intake->turn_requests < requests_max && turn_has_room(intake)) {
        struct request request;
        if (request_receive(port, &intake->parcel, counts, &request))
            return 0;
        intake->turn_requests++;
        intake->turn_bytes += request.body.len;
        int status = request_take(intake, port, &request);
        if (status)
            return status;
    }
    return 0;
}

static int tick(struct intake *intake)
{
    int64_t at_ms = intake->begun ? intake->begun_at_ms : intake->at_ms; /* what the entry will be stamped with */
    if (!await_tick_due(&intake->await, intake->head, at_ms))
        return 0;
    uint64_t seq;
    int status = turn_begin(intake);
    if (status == 0)
        status = adopt_tick(intake->journal, at_ms, intake->await.wake_at_ms, &seq);
    if (status)
        return status;
    intake->head = seq;
    await_ticked(&intake->await, at_ms);
    return 0;
}

/* ---- the turn ---- */

static void clocks_watch(struct intake *intake, struct clock_reading now)
{
    bool was_adrift = intake->keeper.adrift;
    intake->at_ms = timekeeper_advance(&intake->keeper, now);
    if (intake->keeper.adrift && !was_adrift)
        log_line(LOG_WARNING, "intake", "the system's clock is %" PRId64 " ms off journal time: %s",
                 intake->keeper.off_ms, intake->keeper.off_ms > 0 ? "not followed" : "journal time goes slower");
}

static void readers_watch(struct intake *intake, struct clock_reading now)
{
    if (now.monotonic_ms - intake->readers_reaped_ms < READERS_REAP_EVERY_MS)
        return;
    intake->readers_reaped_ms = now.monotonic_ms;
    journal_reap_readers(intake->journal);
}

/* A turn that is full is ended at once; any other gathers until the one before is on the disk. */
static int turn_take(struct intake *intake, bool *ret_full)
{
    uint32_t taken = intake->turn_requests;
    int status = port_drain(intake, intake->inner_port, &intake->inner_counts, taken + INNER_REQUESTS_MAX);
    if (status == 0)
        status = port_drain(intake, intake->public_port, &intake->public_counts, TURN_REQUESTS_MAX);
    parcel_release(&intake->parcel);
    if (status == 0)
        status = tick(intake);
    bool full = intake->turn_requests >= TURN_REQUESTS_MAX || !turn_has_room(intake);
    if (status == 0 && (full || journal_commit_ready(intake->journal)))
        status = turn_end(intake);
    *ret_full = full;
    return status;
}

int intake_turn(void *self, struct clock_reading now, int64_t *ret_wait_ms)
{
    struct intake *intake = self;
    clocks_watch(intake, now);
    reserve_watch(&intake->reserve, now.monotonic_ms);
    readers_watch(intake, now);
    bool full;
    int status = turn_take(intake, &full);
    if (status)
        return status;
    int64_t wait_ms = full ? 0 : await_wait_ms(&intake->await, intake->head, intake->at_ms);
    *ret_wait_ms = wait_ms < 0 || wait_ms > TURN_WAIT_MAX_MS ? TURN_WAIT_MAX_MS : wait_ms;
    return 0;
}

void intake_overlap(struct intake *intake, int wake_fd, size_t bytes_min)
{
    intake->beside_bytes_min = bytes_min;
    intake->overlaps = true;
    journal_commit_wakes(intake->journal, wake_fd);
}

uint32_t intake_ports(struct intake *intake, struct port **ret_ports)
{
    ret_ports[0] = intake->inner_port;
    ret_ports[1] = intake->public_port;
    return 2;
}

/* ---- opening ---- */

static int port_bind(struct intake *intake, const char *endpoint, struct port **ret_port)
{
    const struct port_options options = {.kind = PORT_ROUTER, .endpoint = endpoint, .bind = true};
    return port_open(intake->setup->bus, &options, ret_port);
}

static int quarantined_load(struct intake *intake)
{
    struct journal_reader *reader;
    int status = journal_reader_open(intake->journal, &reader);
    if (status)
        return status;
    status = journal_quarantine_count(reader, &intake->quarantined);
    journal_reader_close(reader);
    return status;
}

static int intake_prepare(struct intake *intake, struct clock_reading now)
{
    struct journal *journal = intake->journal;
    const struct setup *setup = intake->setup;
    int status = timekeeper_start(&intake->keeper, journal_last_at_ms(journal), now, setup->accept_time);
    if (status)
        return status;
    intake->at_ms = timekeeper_advance(&intake->keeper, now);
    if (journal_head(journal) == 0)
        status = adopt_first(journal, setup->policy_path, setup->roster_path, intake->at_ms);
    if (status)
        return status;
    intake->head = journal_head(journal);
    intake->last_cause = journal_last_cause(journal);
    reserve_open(&intake->reserve, setup->dir, setup->disk_reserve_bytes);
    intake->readers_reaped_ms = now.monotonic_ms;
    intake->answers = &intake->both_answers[0];
    for (uint32_t i = 0; i < 2 && status == 0; i++)
        status = answers_open(&intake->both_answers[i], ANSWERS_BYTES, ANSWERS_MAX);
    if (status == 0)
        status = sessions_open(journal, intake->at_ms, &intake->sessions);
    if (status == 0)
        status = identity_open(journal, setup->identity_window ? setup->identity_window : IDENTITY_WINDOW_DEFAULT,
                               &intake->identity);
    if (status == 0)
        status = quarantined_load(intake);
    if (status == 0)
        status = port_bind(intake, setup->intake_inner_endpoint, &intake->inner_port);
    if (status == 0)
        status = port_bind(intake, setup->intake_endpoint, &intake->public_port);
    return status;
}

int intake_open(const struct setup *setup, struct journal *journal, struct clock_reading now,
                struct intake **ret_intake)
{
    struct intake *intake = calloc(1, sizeof *intake);
    if (!intake)
        return -E_NO_MEMORY;
    intake->setup = setup;
    intake->journal = journal;
    int status = intake_prepare(intake, now);
    if (status) {
        intake_close(intake);
        return status;
    }
    *ret_intake = intake;
    return 0;
}

void intake_close(struct intake *intake)
{
    if (!intake)
        return;
    journal_abort(intake->journal);
    journal_commit_wait(intake->journal); /* nobody is woken after this; what fails here was not answered */
    parcel_release(&intake->parcel);
    port_close(intake->public_port);
    port_close(intake->inner_port);
    identity_close(intake->identity);
    sessions_close(intake->sessions);
    answers_close(&intake->both_answers[0]);
    answers_close(&intake->both_answers[1]);
    free(intake);
}

/*
 * intake.c - the turn: drain requests, check, append, commit once, answer.
 *
 *   inner endpoint ───┐                         ┌─▶ put, consequence ─▶ journal's turn ─┐
 *   trusted endpoint ─┼─▶ one request ─▶ sender ─┤                                       ├─▶ commit ─▶ answers
 *   public endpoint ──┘                         └─▶ hello ─▶ sessions ──────────────────┘
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

void turn_slow_down(struct intake *intake, struct port *port, const struct request *request, int64_t retry_ms)
{
    uint8_t buffer[NAK_MAX];
    answers_add(intake->answers, port, request->route, "NAK", request_nak_slow(request, retry_ms, buffer));
    intake->slowed_down++;
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
    if (intake->leaving_puts > 0)
        histogram_add(&intake->put_times, clock_us(intake->setup->clock) - intake->leaving_us, intake->leaving_puts);
    intake->leaving_puts = 0;
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
    intake->leaving_puts = intake->turn_puts;
    intake->leaving_us = intake->turn_us;
    intake->turn_puts = 0;
    intake->turn_requests = 0;
    intake->turn_bytes = 0;
    shares_begin(&intake->shares, intake->monotonic_ms);
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

/* ---- requests ---- */

static bool turn_has_room(const struct intake *intake)
{
    return intake->turn_bytes < TURN_BYTES_MAX && !shares_end(&intake->shares, intake->monotonic_ms) &&
           intake->refused - intake->turn_refused < TURN_REFUSED_MAX &&
           identity_lookups(intake->identity) - intake->turn_lookups < TURN_LOOKUPS_MAX &&
           answers_room(intake->answers, ANSWER_MAX);
}

static enum door door_of(const struct intake *intake, const struct port *port)
{
    return port == intake->inner_port ? DOOR_INNER : port == intake->trusted_port ? DOOR_TRUSTED : DOOR_PUBLIC;
}

void sender_refuse(struct intake *intake, struct port *port, const struct request *request, const struct sender *sender,
                   int status, const char *detail)
{
    refusals_count(&intake->refusals, sender->number, sender->door == DOOR_TRUSTED, status, request->verb);
    turn_refuse(intake, port, request, status, detail, 0);
}

static int request_take(struct intake *intake, struct port *port, struct request *request)
{
    struct flaw flaw;
    flaw.message[0] = '\0';
    struct sender sender = {.door = door_of(intake, port), .number = request->principal};
    /* A port that asks for keys lets nobody in without: should one fail open, this doesn't. */
    bool keyless = intake->setup->keyed && sender.door == DOOR_PUBLIC && request->principal == PRINCIPAL_LOCAL;
    int status = keyless ? -E_UNKNOWN_PRINCIPAL : sender_of(&intake->guard, sender.door, request->principal, &sender);
    if (status) {
        sender_refuse(intake, port, request, &sender, status, "");
        return 0;
    }
    status = request->status;
    bool puts = status == 0 && span_is(request->verb, "PUT");
    intake->puts += puts;
    intake->turn_puts += puts;
    if (puts)
        return put_take(intake, port, request, &sender);
    if (status == 0 && span_is(request->verb, "HELLO")) {
        hello_take(intake, port, request, &sender);
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
    while (port && intake->turn_requests < requests_max && turn_has_room(intake)) {
        struct request request;
        if (request_receive(port, &intake->parcel, counts, &request))
            return 0;
        if (intake->turn_requests++ == 0)
            intake->turn_us = clock_us(intake->setup->clock);
        intake->turn_bytes += request.body.len;
        if (port != intake->inner_port)
            shares_take(&intake->shares, request.principal, request.route, request.body.len);
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
        status = port_drain(intake, intake->trusted_port, &intake->public_counts, TURN_REQUESTS_MAX);
    if (status == 0)
        status = port_drain(intake, intake->public_port, &intake->public_counts, TURN_REQUESTS_MAX);
    parcel_release(&intake->parcel);
    if (status == 0)
        status = refusals_tell(intake);
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
    intake->monotonic_ms = now.monotonic_ms;
    bool full;
    int status = access_watch(intake, now);
    if (status == 0)
        status = turn_take(intake, &full);
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
    ret_ports[2] = intake->trusted_port;
    return intake->trusted_port ? 3 : 2;
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

static int guard_prepare(struct intake *intake)
{
    int status = guard_open(intake->setup, "intake", &intake->guard);
    if (status == 0)
        status = rates_open(&intake->rates);
    if (status)
        return status;
    rates_follow(intake->rates, guard_access(&intake->guard));
    return access_keep(intake); /* with the first turn */
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
    if (status == 0 && setup->intake_trusted_endpoint[0])
        status = port_bind(intake, setup->intake_trusted_endpoint, &intake->trusted_port);
    return status ? status : guard_prepare(intake);
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
    port_close(intake->trusted_port);
    guard_close(&intake->guard);
    rates_close(intake->rates);
    identity_close(intake->identity);
    sessions_close(intake->sessions);
    answers_close(&intake->both_answers[0]);
    answers_close(&intake->both_answers[1]);
    free(intake);
}

/*
 * publisher_receive.c - what WELCOME, ACK and NAK mean for the window.
 */
#include "clients/c/publisher.h"
#include "core/ensure.h"
#include "core/status.h"

struct rid {
    uint64_t attempt;
    uint64_t first;
    uint32_t count;
};

static bool rid_read(struct span bytes, struct rid *ret_rid)
{
    struct wire_reader reader = wire_reader(bytes);
    struct wire_value value[4];
    for (uint32_t i = 0; i < 4; i++) {
        if (wire_read(&reader, &value[i]))
            return false;
        if (i > 0 && value[i].kind != WIRE_UINT)
            return false;
    }
    if (value[0].kind != WIRE_ARRAY || value[0].count != 3 || value[3].natural > PUT_EVENTS_MAX)
        return false;
    *ret_rid =
        (struct rid){.attempt = value[1].natural, .first = value[2].natural, .count = (uint32_t)value[3].natural};
    return true;
}

static void heard(struct manyi_publisher *publisher, int64_t now_ms)
{
    publisher->quiet_since_ms = now_ms;
    publisher->silences = 0;
}

static void rest(struct manyi_publisher *publisher, int64_t now_ms)
{
    publisher->rest_until_ms = now_ms + REST_MS;
}

/* As long as the broker says to whoever sends faster than they may; an odd figure keeps nobody waiting for days. */
static void rest_as_told(struct manyi_publisher *publisher, const struct nak_reply *nak, int64_t now_ms)
{
    rest(publisher, now_ms);
    if (HAS(nak, nak_reply, retry_ms))
        publisher->rest_until_ms = now_ms + (nak->retry_ms < RETRY_MOST_MS ? nak->retry_ms : RETRY_MOST_MS);
}

/* Recovers at once, or after a rest when the last recovery has not brought the oldest event any further. */
static void recover_soon(struct manyi_publisher *publisher, int64_t now_ms)
{
    if (publisher->recovered_first == publisher->window.first)
        rest(publisher, now_ms);
    publisher->recovered_first = publisher->window.first;
    publisher_recover(publisher);
}

/* ---- WELCOME ---- */

/*
 * Sequences go on as they were as long as nobody else used them: same lineage, and an epoch that our own HELLOs
 * explain. Otherwise everything unanswered is renumbered after `last`; what had arrived before is found again by its identity.
 */
static bool welcome_take(struct manyi_publisher *publisher, struct span body, int64_t now_ms)
{
    struct welcome_reply welcome;
    struct flaw flaw;
    struct rid rid;
    if (publisher->state != PUBLISHER_GREETING || record_decode(&record_of_welcome_reply, body, &welcome, &flaw) ||
        !rid_read(welcome.rid, &rid) || rid.attempt != publisher->attempt)
        return false;
    uint64_t next = (uint64_t)welcome.last + 1;
    bool same_journal = span_is(welcome.lineage, publisher->lineage);
    bool ours = (uint64_t)welcome.epoch <= publisher->epoch + publisher->hellos;
    if (publisher->epoch == 0 || !same_journal || !ours || next < publisher->sequence)
        publisher->sequence = next;
    client_copy(publisher->lineage, sizeof publisher->lineage, welcome.lineage);
    publisher->epoch = (uint64_t)welcome.epoch;
    publisher->hellos = 0;
    publisher->credit = (uint64_t)welcome.credit < CREDIT_BYTES ? (uint64_t)welcome.credit : CREDIT_BYTES;
    publisher->put_events_max = (uint64_t)welcome.max_events;
    publisher->put_bytes_max = (uint64_t)welcome.max_bytes;
    publisher->state = PUBLISHER_SENDING;
    heard(publisher, now_ms);
    return true;
}

/* ---- results ---- */

/* Hands the oldest event's result over and lets the event go. The callback may publish. */
static void result_give(struct manyi_publisher *publisher, struct manyi_result result)
{
    const struct window_event *event = window_at(&publisher->window, publisher->window.first);
    result.token = event->token;
    result.event = event->bytes.at;
    result.event_len = event->bytes.len;
    publisher->options.on_result(publisher->options.context, &result);
    window_release(&publisher->window);
}

static struct manyi_result result_of(struct manyi_publisher *publisher, const struct problem *problem)
{
    client_copy(publisher->field, sizeof publisher->field, problem->field);
    client_copy(publisher->message, sizeof publisher->message, problem->message);
    struct manyi_result result = {.field = publisher->field, .message = publisher->message};
    if (HAS(problem, problem, code)) {
        result.status = client_status(problem->code);
        result.quarantined = HAS(problem, problem, quarantine);
    } else {
        result.duplicate = true;
        result.seq = HAS(problem, problem, duplicate_of) ? (uint64_t)problem->duplicate_of : 0;
    }
    return result;
}

struct problem_reader {
    struct wire_reader reader;
    uint32_t left;
};

static bool problems_begin(const struct ack_reply *ack, struct problem_reader *ret_problems)
{
    struct wire_value value;
    struct wire_reader reader = wire_reader(ack->problems);
    if (wire_read(&reader, &value) || value.kind != WIRE_ARRAY)
        return false;
    *ret_problems = (struct problem_reader){.reader = reader, .left = value.count};
    return true;
}

static bool problem_next(struct problem_reader *problems, struct problem *ret_problem)
{
    struct span map;
    struct flaw flaw;
    if (problems->left == 0 || wire_skip(&problems->reader, EVENT_DEPTH_MAX, &map) ||
        record_decode(&record_of_problem, map, ret_problem, &flaw))
        return false;
    problems->left--;
    return true;
}

/* An ACK makes sense when its problems ascend within the PUT and its count is the rest. No other is used. */
static bool ack_sound(const struct ack_reply *ack, uint32_t count)
{
    struct problem_reader problems;
    if (!problems_begin(ack, &problems))
        return false;
    int64_t before = -1;
    uint32_t accepted = count;
    while (problems.left > 0) {
        struct problem problem;
        if (!problem_next(&problems, &problem) || problem.i <= before || problem.i >= (int64_t)count)
            return false;
        before = problem.i;
        accepted--;
    }
    return accepted == (uint64_t)ack->count && (accepted == 0 || HAS(ack, ack_reply, first));
}

static void ack_give(struct manyi_publisher *publisher, const struct ack_reply *ack, uint32_t count)
{
    struct problem_reader problems;
    bool sound = problems_begin(ack, &problems);
    ensure(sound);
    uint64_t seq = (uint64_t)ack->first;
    struct problem problem;
    bool more = problem_next(&problems, &problem);
    for (uint32_t i = 0; i < count; i++) {
        publisher->sequence++;
        if (!more || problem.i != i) {
            result_give(publisher, (struct manyi_result){.seq = seq++, .field = "", .message = ""});
            continue;
        }
        result_give(publisher, result_of(publisher, &problem));
        more = problem_next(&problems, &problem);
    }
}

/* ---- ACK ---- */

static const struct put *front(const struct manyi_publisher *publisher)
{
    return publisher_flying(publisher) ? &publisher->puts[publisher->put_first % PUTS_MAX] : NULL;
}

static void front_pop(struct manyi_publisher *publisher)
{
    publisher->flying_bytes -= front(publisher)->bytes;
    publisher->put_first++;
}

static bool ack_take(struct manyi_publisher *publisher, struct span body, int64_t now_ms)
{
    struct ack_reply ack;
    struct flaw flaw;
    struct rid rid;
    const struct put *put = front(publisher);
    if (!put || record_decode(&record_of_ack_reply, body, &ack, &flaw) || !rid_read(ack.rid, &rid))
        return false;
    if (rid.first != put->first || rid.count != put->count) {
        /* Of a later PUT: the answer to the front one is lost. Of an earlier one: it was given already. */
        if (rid.attempt == publisher->attempt && rid.first > put->first)
            recover_soon(publisher, now_ms);
        return false;
    }
    if (!ack_sound(&ack, put->count)) {
        publisher->trouble = -E_BAD_REQUEST;
        return false;
    }
    uint32_t count = put->count;
    front_pop(publisher);
    publisher->trouble = 0;
    heard(publisher, now_ms);
    ack_give(publisher, &ack, count);
    return true;
}

/* ---- NAK ---- */

/* Nothing of the PUT was done and never will be: its events go back, and use up no sequence. */
static void front_refuse(struct manyi_publisher *publisher, int status, struct span message)
{
    uint32_t count = front(publisher)->count;
    front_pop(publisher);
    client_copy(publisher->message, sizeof publisher->message, message);
    for (uint32_t i = 0; i < count; i++)
        result_give(publisher, (struct manyi_result){.status = status, .field = "", .message = publisher->message});
}

/* Bad data stays bad; everything else (stopping, a full disk, a busy broker) passes. */
static bool passes(int status)
{
    return status_text(status)->sysexit != 65;
}

static bool nak_take(struct manyi_publisher *publisher, struct span body, int64_t now_ms)
{
    struct nak_reply nak;
    struct flaw flaw;
    struct rid rid;
    if (record_decode(&record_of_nak_reply, body, &nak, &flaw) || !rid_read(nak.rid, &rid) ||
        rid.attempt != publisher->attempt)
        return false;
    int status = client_status(nak.code);
    publisher->trouble = status;
    heard(publisher, now_ms);
    const struct put *put = front(publisher);
    if (status == -E_FENCED) {
        publisher_die(publisher, status);
    } else if (status == -E_GAP || status == -E_NO_SESSION || status == -E_LINEAGE_CHANGED) {
        recover_soon(publisher, now_ms);
    } else if (passes(status)) {
        publisher_recover(publisher);
        rest_as_told(publisher, &nak, now_ms);
    } else if (rid.count == 0) {
        publisher_die(publisher, status);
    } else {
        if (put && put->first == rid.first)
            front_refuse(publisher, status, nak.message);
        publisher_recover(publisher);
    }
    return true;
}

bool publisher_take(struct manyi_publisher *publisher, const struct client_reply *reply, int64_t now_ms)
{
    if (span_is(reply->verb, "ACK"))
        return ack_take(publisher, reply->body, now_ms);
    if (span_is(reply->verb, "NAK"))
        return nak_take(publisher, reply->body, now_ms);
    return span_is(reply->verb, "WELCOME") && welcome_take(publisher, reply->body, now_ms);
}

/* greet.c - HELLO and PING: who opens a session, and how intake is doing. */
#include "brokers/intake_turn.h"
#include "core/ensure.h"
#include "core/status.h"

#define PONG_MAX (2048u + 2 * PONG_TIMES_MAX + 2 * STATUS_ROWS * 15u)

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

void hello_take(struct intake *intake, struct port *port, struct request *request, const struct sender *sender)
{
    struct hello_request asked;
    struct flaw flaw = {0};
    const struct session_row *row;
    int status = request_decode(request, &record_of_hello_request, &asked, &flaw);
    if (status == 0)
        status = sender_session(sender, asked.source);
    if (status == 0 && sender->door != DOOR_INNER && reserve_is_short(&intake->reserve))
        status = -E_DISK_NEARLY_FULL; /* the new epoch would be written */
    if (status == 0 && !sessions_of(intake->sessions, asked.source))
        status = rates_begin_session(intake->rates, guard_access(sender->guard), sender->principal);
    if (status == 0)
        status = sessions_hello(intake->sessions, asked.source, asked.instance, &row);
    if (status) {
        sender_refuse(intake, port, request, sender, status, flaw.message);
        return;
    }
    reserve_take_request(&intake->reserve, request->body.len);
    welcome(intake, port, request, row);
}

/* Requests that were taken and not answered yet. */
static uint64_t answers_waiting(const struct intake *intake)
{
    return intake->answers->count + (intake->leaving ? intake->leaving->count : 0);
}

/* {code: times} of those that there were. */
static void codes_write(struct wire_writer *writer, const char *name, const uint64_t by[STATUS_ROWS + 1])
{
    uint32_t count, pairs = 0;
    const struct status_text *rows = status_table(&count);
    for (uint32_t i = 0; i < count; i++)
        pairs += by[i] > 0;
    wire_key(writer, name);
    wire_map(writer, pairs);
    for (uint32_t i = 0; i < count; i++) {
        if (by[i] > 0)
            request_pong_figure(writer, rows[i].code, by[i]);
    }
}

void ping_take(struct intake *intake, struct port *port, struct request *request)
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
        {"slowed_down", intake->slowed_down},
        {"puts", intake->puts},
        {"waiting", answers_waiting(intake)},
        {"disk_free_bytes", intake->reserve.free_bytes},
        {"disk_reserve_bytes", intake->reserve.reserve_bytes},
        {"disk_short", reserve_is_short(&intake->reserve)},
        {"refused_handshakes", bus_refused_peers(intake->setup->bus)},
    };
    uint32_t count = sizeof figures / sizeof figures[0];
    uint8_t buffer[PONG_MAX];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    request_pong_begin(&writer, request->rid, "intake", count + 7 + REFUSAL_CODES);
    wire_key(&writer, "lineage");
    wire_text(&writer, span_of(journal_lineage(intake->journal)));
    for (uint32_t i = 0; i < count; i++)
        request_pong_figure(&writer, figures[i].name, figures[i].value);
    for (uint32_t i = 0; i < REFUSAL_CODES; i++)
        request_pong_figure(&writer, status_text(refusals_status(i))->code, intake->refusals.counts[i]);
    codes_write(&writer, "refused_by", intake->refused_by);
    codes_write(&writer, "quarantined_by", intake->quarantined_by);
    request_pong_times(&writer, "put", &intake->put_times);
    request_pong_times(&writer, "commit", journal_commit_times(intake->journal));
    wire_key(&writer, "clock_off_ms");
    wire_integer(&writer, intake->keeper.off_ms);
    wire_key(&writer, "at");
    wire_time_text(&writer, intake->at_ms);
    ensure(!writer.full);
    answers_add(intake->answers, port, request->route, "PONG", wire_written(&writer));
}

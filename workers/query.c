/* query.c - takes requests, parks those that must wait, sends what query_*.c write. */
#include "workers/query.h"

#include "core/ensure.h"
#include "core/status.h"
#include "io/request.h"
#include "workers/answer.h"
#include "workers/speaker.h"

#include <stdlib.h>

#define PARK_MS 10000
#define PARKED_BODY_MAX 2048u
#define TURN_REQUESTS 64u
#define ARRAY_HEADER 5u /* array 32 */
#define ROWS_CAPACITY (FRAME_MAX - 64 * KIB)

struct parked {
    uint64_t wait_seq; /* 0: the place is free */
    int64_t until_ms;
    uint8_t route_len;
    uint16_t body_len;
    uint8_t route[ROUTE_MAX];
    uint8_t body[PARKED_BODY_MAX];
};

struct query {
    struct port *port;
    struct parcel parcel;
    struct request_counts counts;
    struct store *state;
    int64_t park_ms;
    struct parked *parked;
    uint32_t parked_count;
    uint8_t *rows;  /* ARRAY_HEADER, then the rows */
    uint8_t *reply; /* FRAME_MAX */
    struct policy policy;
    struct score_window *window;
};

static const struct {
    const char *what;
    answer_rows *rows;
} answers[] = {
    {"complaints", answer_complaints},
    {"complaint", answer_case},
    {"escalations", answer_escalations},
    {"escalation", answer_case},
    {"tasks", answer_tasks},
    {"task", answer_case},
    {"callbacks", answer_callbacks},
    {"callback", answer_case},
    {"ledger", answer_ledger},
    {"ledger_entry", answer_case},
    {"account", answer_account},
    {"appeals", answer_appeals},
    {"appeal", answer_case},
    {"scores", answer_scores},
    {"outcome", answer_outcome},
    {"status", answer_status},
    {"trace", answer_trace},
    {"policy", answer_policy},
    {"notices", answer_notices},
    {"roster", answer_roster},
    {"flags", answer_flags},
    {"flag", answer_case},
    {"repairs", answer_repairs},
    {"repair", answer_case},
    {"ranking", answer_ranking},
    {"period", answer_period},
};

int query_open(const struct setup *setup, struct store *state, struct query **ret_query)
{
    struct query *query = calloc(1, sizeof *query);
    if (!query)
        return -E_NO_MEMORY;
    query->state = state;
    query->park_ms = patience_ms(setup, PARK_MS);
    query->parked = calloc(PARKED_MAX, sizeof *query->parked);
    query->rows = malloc(ARRAY_HEADER + ROWS_CAPACITY);
    query->reply = malloc(FRAME_MAX);
    int result = query->parked && query->rows && query->reply ? 0 : -E_NO_MEMORY;
    if (result == 0)
        result = score_window_open(&query->window);
    if (result == 0)
        result = port_open(setup->bus,
                           &(struct port_options){.kind = PORT_ROUTER, .endpoint = setup->query_endpoint, .bind = true},
                           &query->port);
    if (result < 0) {
        query_close(query);
        return result;
    }
    *ret_query = query;
    return 0;
}

void query_close(struct query *query)
{
    if (!query)
        return;
    parcel_release(&query->parcel);
    port_close(query->port);
    score_window_close(query->window);
    free(query->reply);
    free(query->rows);
    free(query->parked);
    free(query);
}

struct port *query_port(struct query *query)
{
    return query->port;
}

/* ---- answering ---- */

static void rows_send(struct query *query, const struct request *request, struct answer *answer)
{
    uint8_t *rows = query->rows;
    rows[0] = 0xdd; /* array 32 */
    rows[1] = (uint8_t)(answer->count >> 24);
    rows[2] = (uint8_t)(answer->count >> 16);
    rows[3] = (uint8_t)(answer->count >> 8);
    rows[4] = (uint8_t)answer->count;
    struct rows_reply reply = {
        .seq = (int64_t)answer->seq,
        .rows = span_make(rows, ARRAY_HEADER + answer->rows.len),
    };
    if (request->rid.len)
        SET(&reply, rows_reply, rid, request->rid);
    if (answer->cursor_len)
        SET(&reply, rows_reply, cursor, span_make(answer->cursor, answer->cursor_len));
    struct wire_writer writer;
    wire_writer_init(&writer, query->reply, FRAME_MAX);
    record_encode(&record_of_rows_reply, &reply, ENCODE_CARD, &writer);
    ensure(!writer.full);
    request_reply(query->port, request->route, "ROWS", wire_written(&writer), &query->counts);
}

/* Reads the last commit; the transaction ends before the answer is sent. */
static int rows_read(struct query *query, const struct get_request *asked, answer_rows *rows, struct answer *answer)
{
    struct state_head head;
    struct store_txn *txn;
    int result = store_begin(query->state, false, &txn);
    if (result < 0)
        return result;
    result = state_head_get(txn, &head);
    answer->txn = txn;
    answer->asked = asked;
    answer->head = &head;
    answer->seq = result == 0 ? answer_seq(&head, answer->folded) : 0;
    answer->policy = &query->policy;
    answer->window = query->window;
    answer->limit = HAS(asked, get_request, limit) ? (uint32_t)asked->limit : LIMIT_DEFAULT;
    answer->limit = answer->limit > ROWS_MAX ? ROWS_MAX : answer->limit;
    wire_writer_init(&answer->rows, query->rows + ARRAY_HEADER, ROWS_CAPACITY);
    if (result == 0)
        result = rows(answer);
    store_abort(txn);
    ensure(!answer->rows.full);
    return result;
}

static answer_rows *rows_of(struct span what)
{
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        if (span_is(what, answers[i].what))
            return answers[i].rows;
    }
    return NULL;
}

static void get_answer(struct query *query, const struct request *request, const struct get_request *asked,
                       const struct folded *folded)
{
    struct answer answer = {.folded = folded};
    answer_rows *rows = rows_of(asked->what);
    int result = -E_BAD_REQUEST;
    answer.detail =
        "`what` is none of complaints, escalations, tasks, callbacks, ledger, account, appeals, flags, repairs, scores, ranking, period, outcome, status, trace, policy, notices";
    if (rows) {
        answer.detail = NULL;
        result = rows_read(query, asked, rows, &answer);
    }
    if (result == 0)
        rows_send(query, request, &answer);
    else
        request_refuse(query->port, request, result, answer.detail, &query->counts);
}

/* ---- waiting for an entry ---- */

static void park(struct query *query, const struct request *request, uint64_t wait_seq, int64_t monotonic_ms)
{
    struct parked *place = query->parked;
    if (query->parked_count == PARKED_MAX || request->body.len > PARKED_BODY_MAX || request->route.len > ROUTE_MAX) {
        request_refuse(query->port, request, -E_AGAIN, "too many requests are waiting", &query->counts);
        return;
    }
    while (place->wait_seq)
        place++;
    place->wait_seq = wait_seq;
    place->until_ms = monotonic_ms + query->park_ms;
    place->route_len = (uint8_t)request->route.len;
    place->body_len = (uint16_t)request->body.len;
    memcpy(place->route, request->route.at, request->route.len);
    memcpy(place->body, request->body.at, request->body.len);
    query->parked_count++;
}

static void unpark(struct query *query, struct parked *place, const struct folded *folded)
{
    struct get_request asked;
    struct flaw flaw;
    struct request request = {
        .route = span_make(place->route, place->route_len),
        .body = span_make(place->body, place->body_len),
    };
    int decoded = request_decode(&request, &record_of_get_request, &asked, &flaw);
    ensure(decoded == 0);
    if (place->wait_seq <= folded->reached)
        get_answer(query, &request, &asked, folded);
    else
        request_refuse(query->port, &request, -E_NOT_FOLDED, NULL, &query->counts);
    place->wait_seq = 0;
    query->parked_count--;
}

static void parked_turn(struct query *query, const struct folded *folded, int64_t monotonic_ms)
{
    for (uint32_t i = 0, left = query->parked_count; left > 0; i++) {
        struct parked *place = &query->parked[i];
        if (!place->wait_seq)
            continue;
        left--;
        if (place->wait_seq <= folded->reached || place->until_ms <= monotonic_ms)
            unpark(query, place, folded);
    }
}

/* ---- taking ---- */

static void get_take(struct query *query, struct request *request, const struct folded *folded, int64_t monotonic_ms)
{
    struct get_request asked;
    struct flaw flaw;
    int result = request_decode(request, &record_of_get_request, &asked, &flaw);
    if (result < 0)
        request_refuse(query->port, request, result, flaw.message, &query->counts);
    else if (HAS(&asked, get_request, wait_seq) && (uint64_t)asked.wait_seq > folded->reached)
        park(query, request, (uint64_t)asked.wait_seq, monotonic_ms);
    else
        get_answer(query, request, &asked, folded);
}

static void ping_take(struct query *query, struct request *request, const struct folded *folded)
{
    struct ping_request asked;
    struct flaw flaw;
    struct state_head head;
    struct store_txn *txn;
    int result = request_decode(request, &record_of_ping_request, &asked, &flaw);
    if (result == 0)
        result = store_begin(query->state, false, &txn);
    if (result < 0) {
        request_refuse(query->port, request, result, NULL, &query->counts);
        return;
    }
    struct wire_writer writer;
    wire_writer_init(&writer, query->reply, FRAME_MAX);
    request_pong_begin(&writer, request->rid, "worker", STATUS_PAIRS);
    result = state_head_get(txn, &head);
    if (result == 0)
        result = status_write(txn, &head, folded, &writer);
    store_abort(txn);
    if (result == 0)
        request_reply(query->port, request->route, "PONG", wire_written(&writer), &query->counts);
    else
        request_refuse(query->port, request, result, NULL, &query->counts);
}

void query_turn(struct query *query, const struct folded *folded, int64_t monotonic_ms)
{
    struct request request;
    parked_turn(query, folded, monotonic_ms);
    for (uint32_t i = 0; i < TURN_REQUESTS; i++) {
        if (request_receive(query->port, &query->parcel, &query->counts, &request) < 0)
            return;
        if (request.status < 0)
            request_refuse(query->port, &request, request.status, NULL, &query->counts);
        else if (span_is(request.verb, "GET"))
            get_take(query, &request, folded, monotonic_ms);
        else if (span_is(request.verb, "PING"))
            ping_take(query, &request, folded);
        else
            request_refuse(query->port, &request, -E_UNKNOWN_VERB, NULL, &query->counts);
    }
}

/* query.c - takes requests, parks those that must wait, sends what query_*.c write. */
#include "workers/query.h"

#include "core/ensure.h"
#include "core/status.h"
#include "io/audit.h"
#include "workers/answer.h"
#include "workers/prospects.h"
#include "workers/query_table.h"
#include "workers/speaker.h"

#include <stdlib.h>

#define PARK_MS 10000
#define PARKED_EACH 128u /* of one principal */
#define PARKED_BODY_MAX 2048u
#define TURN_REQUESTS 64u
#define TURN_MS \
    5 /* for new requests, for those that waited; then it is the fold's turn: who asks on and on delays no deadline */
#define ARRAY_HEADER 5u /* array 32 */
#define ROWS_CAPACITY (FRAME_MAX - 64 * KIB)

struct parked {
    struct port *port;
    uint32_t principal; /* of the connection */
    uint32_t caller;    /* for whom it is asked */
    uint64_t wait_seq;  /* 0: the place is free */
    int64_t until_ms;
    uint8_t route_len;
    uint16_t body_len;
    uint8_t route[ROUTE_MAX];
    uint8_t body[PARKED_BODY_MAX];
};

struct query {
    const struct setup *setup;
    struct port *port;
    struct port *trusted; /* NULL: there is none */
    struct guard guard;
    struct audit *audit;
    struct parcel parcel;
    struct request_counts counts;
    struct store *state;
    int64_t park_ms;
    struct parked *parked;
    uint32_t parked_count;
    uint32_t parked_last, caller_last; /* place and caller of the last one that was served */
    int64_t part_until_ms;             /* monotonic */
    bool left_some;                    /* a part of this turn had no time for all */
    uint8_t *rows;                     /* ARRAY_HEADER, then the rows */
    uint8_t *reply;                    /* FRAME_MAX */
    struct policy policy;
    struct score_window *window;
    struct prospects *prospects;
    struct tally tally;
};

/* A GET that is being answered. */
struct asking {
    struct port *port;
    struct request *request;
    struct get_request asked;
    struct caller caller;
    const struct answer_kind *kind;
};

static int port_make(const struct setup *setup, const char *endpoint, struct port **ret_port)
{
    return port_open(setup->bus, &(struct port_options){.kind = PORT_ROUTER, .endpoint = endpoint, .bind = true},
                     ret_port);
}

int query_open(const struct setup *setup, struct store *state, struct query **ret_query)
{
    struct query *query = calloc(1, sizeof *query);
    if (!query)
        return -E_NO_MEMORY;
    query->setup = setup;
    query->state = state;
    query->park_ms = patience_ms(setup, PARK_MS);
    query->parked = calloc(PARKED_MAX, sizeof *query->parked);
    query->rows = malloc(ARRAY_HEADER + ROWS_CAPACITY);
    query->reply = malloc(FRAME_MAX);
    int result = query->parked && query->rows && query->reply ? 0 : -E_NO_MEMORY;
    if (result == 0)
        result = score_window_open(&query->window);
    if (result == 0)
        result = prospects_open(&query->prospects);
    if (result == 0)
        result = guard_open(setup, "query", &query->guard);
    if (result == 0)
        result = audit_open(setup, "query", &query->audit);
    if (result == 0)
        result = port_make(setup, setup->query_endpoint, &query->port);
    if (result == 0 && setup->query_trusted_endpoint[0])
        result = port_make(setup, setup->query_trusted_endpoint, &query->trusted);
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
    port_close(query->trusted);
    audit_close(query->audit);
    guard_close(&query->guard);
    prospects_close(query->prospects);
    score_window_close(query->window);
    free(query->reply);
    free(query->rows);
    free(query->parked);
    free(query);
}

uint32_t query_ports(struct query *query, struct port **ret_ports)
{
    uint32_t count = 0;
    ret_ports[count++] = query->port;
    if (query->trusted)
        ret_ports[count++] = query->trusted;
    if (audit_port(query->audit))
        ret_ports[count++] = audit_port(query->audit);
    return count;
}

/* Says why, and puts on record that somebody was refused. */
static void asking_refuse(struct query *query, const struct asking *asking, int status, const char *detail)
{
    audit_refused(query->audit, &asking->caller, asking->asked.what, status);
    request_refuse(asking->port, asking->request, status, detail ? detail : asking->caller.detail, &query->counts);
}

/* ---- answering ---- */

static void rows_send(struct query *query, const struct asking *asking, struct answer *answer)
{
    const struct request *request = asking->request;
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
    request_reply(asking->port, request->route, "ROWS", wire_written(&writer), &query->counts);
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
    answer->prospects = query->prospects;
    answer->now_ms = clock_read(query->setup->clock).wall_ms;
    answer->limit = HAS(asked, get_request, limit) ? (uint32_t)asked->limit : LIMIT_DEFAULT;
    answer->limit = answer->limit > ROWS_MAX ? ROWS_MAX : answer->limit;
    wire_writer_init(&answer->rows, query->rows + ARRAY_HEADER, ROWS_CAPACITY);
    if (result == 0)
        result = rows(answer);
    store_abort(txn);
    ensure(!answer->rows.full);
    return result;
}

static void get_answer(struct query *query, const struct asking *asking, const struct folded *folded)
{
    struct answer answer = {
        .folded = folded,
        .tally = &query->tally,
        .access = guard_access(&query->guard),
        .principal = asking->caller.principal,
        .right = answer_right(asking->kind, &asking->asked),
    };
    int result = rows_read(query, &asking->asked, asking->kind->rows, &answer);
    if (result == 0)
        rows_send(query, asking, &answer);
    else
        asking_refuse(query, asking, result, answer.detail);
}

/* ---- waiting for an entry ---- */

/* A principal that waits for what never comes leaves room for the others. */
static bool has_place(const struct query *query, uint32_t caller)
{
    uint32_t taken = 0;
    for (uint32_t i = 0; caller && i < PARKED_MAX; i++)
        taken += query->parked[i].wait_seq && query->parked[i].caller == caller;
    return query->parked_count < PARKED_MAX && taken < PARKED_EACH;
}

static void park(struct query *query, const struct asking *asking, uint64_t wait_seq, int64_t monotonic_ms)
{
    struct parked *place = query->parked;
    const struct request *request = asking->request;
    if (!has_place(query, asking->caller.number) || request->body.len > PARKED_BODY_MAX ||
        request->route.len > ROUTE_MAX) {
        request_refuse(asking->port, request, -E_AGAIN, "too many requests are waiting", &query->counts);
        return;
    }
    while (place->wait_seq)
        place++;
    place->port = asking->port;
    place->principal = request->principal;
    place->caller = asking->caller.number;
    place->wait_seq = wait_seq;
    place->until_ms = monotonic_ms + query->park_ms;
    place->route_len = (uint8_t)request->route.len;
    place->body_len = (uint16_t)request->body.len;
    memcpy(place->route, request->route.at, request->route.len);
    memcpy(place->body, request->body.at, request->body.len);
    query->parked_count++;
}

/* What is asked for, by whom, and whether they may have any of it. 0; refused: the status. */
static int asking_open(struct query *query, struct asking *asking)
{
    struct flaw flaw;
    int result = request_decode(asking->request, &record_of_get_request, &asking->asked, &flaw);
    if (result < 0) {
        request_refuse(asking->port, asking->request, result, flaw.message, &query->counts);
        return result;
    }
    char known[ANSWER_KINDS_TEXT];
    const char *detail = NULL;
    const struct get_request *asked = &asking->asked;
    asking->kind = answer_kind_of(asked->what);
    result = caller_of(&query->guard, query->setup, asking->request, asking->port == query->trusted,
                       CALLER_AS(asked, get_request), &asking->caller);
    if (result == 0 && !asking->kind) {
        result = -E_BAD_REQUEST;
        answer_kinds_name(known);
        detail = known;
    } else if (result == 0 &&
               access_widest(asking->caller.principal, answer_right(asking->kind, asked)) == REACH_NONE) {
        result = -E_NO_RIGHT;
    }
    if (result < 0)
        asking_refuse(query, asking, result, detail);
    return result;
}

static void unpark(struct query *query, struct parked *place, const struct folded *folded)
{
    struct request request = {
        .route = span_make(place->route, place->route_len),
        .body = span_make(place->body, place->body_len),
        .principal = place->principal,
    };
    struct asking asking = {.port = place->port, .request = &request};
    if (asking_open(query, &asking) == 0) {
        if (place->wait_seq <= folded->reached)
            get_answer(query, &asking, folded);
        else
            request_refuse(asking.port, &request, -E_NOT_FOLDED, NULL, &query->counts);
    }
    place->wait_seq = 0;
    query->parked_count--;
}

/* A part of a turn begins, which has its time; one request is taken in any case. */
static void part_begin(struct query *query)
{
    query->part_until_ms = clock_read(query->setup->clock).monotonic_ms + TURN_MS;
}

/* It has had its time. */
static bool is_spent(struct query *query)
{
    bool spent = clock_read(query->setup->clock).monotonic_ms >= query->part_until_ms;
    query->left_some |= spent;
    return spent;
}

/* One that need not wait any more; if there is, another caller's than the last one's. NULL: there is none. */
static struct parked *parked_ready(struct query *query, const struct folded *folded, int64_t monotonic_ms)
{
    struct parked *found = NULL;
    for (uint32_t i = 1, left = query->parked_count; left > 0 && i <= PARKED_MAX; i++) {
        struct parked *place = &query->parked[(query->parked_last + i) % PARKED_MAX];
        if (!place->wait_seq)
            continue;
        left--;
        if (place->wait_seq > folded->reached && place->until_ms > monotonic_ms)
            continue;
        found = found ? found : place;
        if (place->caller != query->caller_last)
            return place;
    }
    return found;
}

bool query_waits(const struct query *query)
{
    return query->parked_count > 0;
}

static void parked_turn(struct query *query, const struct folded *folded, int64_t monotonic_ms)
{
    struct parked *place;
    part_begin(query);
    while ((place = parked_ready(query, folded, monotonic_ms))) {
        query->parked_last = (uint32_t)(place - query->parked);
        query->caller_last = place->caller;
        unpark(query, place, folded);
        if (is_spent(query))
            return;
    }
}

/* ---- taking ---- */

/* What is read, as far as the answer goes by it: whoever names a case beside a list is told the list. */
static struct span asked_subject(const struct asking *asking)
{
    const struct get_request *asked = &asking->asked;
    bool one = asking->kind->rows == answer_case || asking->kind->rows == answer_trace ||
               asking->kind->rows == answer_decisions;
    if (one)
        return HAS(asked, get_request, id) ? asked->id : (struct span){0};
    if (HAS(asked, get_request, staff))
        return asked->staff;
    bool by_store = HAS(asked, get_request, store) && asking->kind->rows != answer_account;
    return by_store ? asked->store : (struct span){0};
}

/* The ledger's readers are put on record: which case, person or store they asked for. */
static int asking_record(struct query *query, const struct asking *asking)
{
    const struct get_request *asked = &asking->asked;
    if (!answer_on_record(asking->kind, asked))
        return 0;
    const struct audit_asked reads = {
        .what = asked->what,
        .subject = asked_subject(asking),
        .why = HAS(asked, get_request, why) ? asked->why : (struct span){0},
    };
    return audit_read(query->audit, &asking->caller, &reads, asking->port, asking->request);
}

static void get_take(struct query *query, struct port *port, struct request *request, const struct folded *folded,
                     int64_t monotonic_ms)
{
    struct asking asking = {.port = port, .request = request};
    if (asking_open(query, &asking) < 0)
        return;
    const struct get_request *asked = &asking.asked;
    int result = asking_record(query, &asking);
    if (result == -E_AGAIN)
        return; /* it comes back when that is on disk */
    if (result < 0)
        asking_refuse(query, &asking, result, NULL);
    else if (HAS(asked, get_request, wait_seq) && (uint64_t)asked->wait_seq > folded->reached)
        park(query, &asking, (uint64_t)asked->wait_seq, monotonic_ms);
    else
        get_answer(query, &asking, folded);
}

static void ping_take(struct query *query, struct port *port, struct request *request, const struct folded *folded)
{
    struct ping_request asked;
    struct flaw flaw;
    struct state_head head;
    struct store_txn *txn;
    int result = request_decode(request, &record_of_ping_request, &asked, &flaw);
    if (result == 0)
        result = store_begin(query->state, false, &txn);
    if (result < 0) {
        request_refuse(port, request, result, NULL, &query->counts);
        return;
    }
    struct wire_writer writer;
    wire_writer_init(&writer, query->reply, FRAME_MAX);
    request_pong_begin(&writer, request->rid, "worker", STATUS_PAIRS + 1);
    request_pong_figure(&writer, "untold_refusals", audit_untold(query->audit));
    result = state_head_get(txn, &head);
    if (result == 0)
        result = status_write(txn, &head, folded, &query->tally, &writer);
    store_abort(txn);
    if (result == 0)
        request_reply(port, request->route, "PONG", wire_written(&writer), &query->counts);
    else
        request_refuse(port, request, result, NULL, &query->counts);
}

static void request_take(struct query *query, struct port *port, struct request *request, const struct folded *folded,
                         int64_t monotonic_ms)
{
    if (request->status < 0)
        request_refuse(port, request, request->status, NULL, &query->counts);
    else if (span_is(request->verb, "GET"))
        get_take(query, port, request, folded, monotonic_ms);
    else if (span_is(request->verb, "PING"))
        ping_take(query, port, request, folded);
    else
        request_refuse(port, request, -E_UNKNOWN_VERB, NULL, &query->counts);
}

/* One request of each port after the other, until there are none or their time is over. */
static void ports_take(struct query *query, const struct folded *folded, int64_t monotonic_ms)
{
    struct port *const ports[] = {query->trusted, query->port};
    struct request request;
    bool any = true;
    part_begin(query);
    for (uint32_t i = 0; i < TURN_REQUESTS && any; i++) {
        any = false;
        for (uint32_t at = 0; at < 2; at++) {
            if (!ports[at] || request_receive(ports[at], &query->parcel, &query->counts, &request) < 0)
                continue;
            request_take(query, ports[at], &request, folded, monotonic_ms);
            any = true;
        }
        if (any && is_spent(query))
            return;
    }
}

bool query_turn(struct query *query, const struct folded *folded, struct clock_reading now)
{
    struct port *port;
    struct request request;
    query->left_some = false;
    guard_turn(&query->guard, now);
    audit_turn(query->audit, now);
    parked_turn(query, folded, now.monotonic_ms);
    part_begin(query);
    while (audit_take(query->audit, &port, &request)) {
        request_take(query, port, &request, folded, now.monotonic_ms);
        if (is_spent(query))
            break;
    }
    ports_take(query, folded, now.monotonic_ms);
    return query->left_some;
}

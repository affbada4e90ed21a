/*
 * gateway_link.c - signed links and reply codes: who holds one may do one thing, once, without logging in.
 *
 *   GET  /ack/LINK    a page with one button; the notice counts as read, nothing else changes (mail programs open links by themselves)
 *   POST /ack/LINK    escalation.acknowledged, under an event id made of the link: the second one is a duplicate
 *   POST /v1/replies  {code}: the open notice whose reply code this is, acknowledged by its reader; a program sends it
 */
#include "brokers/gateway_parts.h"

#include <sodium.h>
#include <stdio.h>

#define SOURCE "/manyi/gateway"
#define REPLY_PAGE_ROWS 500
#define REPLY_ROWS_MAX 20000 /* open notices that a code is looked for among */

void link_refuse(struct gateway *gateway, const struct http_request *request, int status, bool page)
{
    enum page_text text = status == -E_LINK_USED ? PAGE_USED : status == -E_LINK_EXPIRED ? PAGE_EXPIRED : PAGE_FORGED;
    refused_tell(gateway, request, NULL, "link", status);
    if (page)
        page_send(gateway, request, &(struct page){.text = text, .status = http_status_of(status)});
    else
        answer_problem(gateway, request, status, "", "");
}

void link_missing(struct gateway *gateway, const struct http_request *request)
{
    page_send(gateway, request, &(struct page){.text = PAGE_FORGED, .status = http_status_of(-E_NOT_FOUND)});
}

int link_open(struct gateway *gateway, const struct http_request *request, struct span text, enum link_purpose purpose,
              uint8_t buffer[LINK_TEXT_MAX], struct link *ret_link)
{
    struct link link;
    int result = link_read(gateway->link_secret, text, gateway->now.wall_ms, buffer, &link);
    if (result == 0 && link.purpose != purpose)
        result = -E_LINK_FORGED;
    const struct principal *person = result == 0 ? access_of_name(guard_access(&gateway->guard), link.person) : NULL;
    if (person && person->revoked)
        result = -E_LINK_EXPIRED; /* whoever has left the house acknowledges nothing */
    if (result == 0)
        *ret_link = link;
    else
        link_refuse(gateway, request, result, purpose == LINK_ACKNOWLEDGE);
    return result;
}

static void ignored(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    (void)gateway;
    (void)errand;
    (void)reply;
}

/* Once, however often it is opened: its id is made of the link, too. */
static void read_tell(struct gateway *gateway, const struct link *link)
{
    char id[LINK_EVENT_ID_MAX + 8];
    struct notice_read data = {0};
    struct wire_writer writer;
    struct errand *errand = errand_begin(gateway, NULL, OURSELVES);
    if (!errand)
        return;
    snprintf(id, sizeof id, "read-");
    link_event_id(link, id + 5);
    SET(&data, notice_read, by, link->person);
    SET(&data, notice_read, means, seen_by_is_link);
    const struct event_draft draft = {
        .id = span_of(id),
        .source = span_of(SOURCE),
        .subject = link->subject,
        .type = EVENT_notice_read,
        .data = &data,
        .style = ENCODE_EVENT,
    };
    wire_writer_init(&writer, gateway->composed, sizeof gateway->composed);
    event_encode(&draft, &writer);
    ask_put(gateway, errand, OURSELVES, wire_written(&writer), ignored);
}

void link_page(struct gateway *gateway, const struct http_request *request, struct span text)
{
    uint8_t buffer[LINK_TEXT_MAX];
    struct link link;
    if (link_open(gateway, request, text, LINK_ACKNOWLEDGE, buffer, &link) < 0)
        return;
    if (request->method == HTTP_GET)
        read_tell(gateway, &link);
    page_send(gateway, request,
              &(struct page){.text = PAGE_ASK, .status = 200, .about = link.subject, .person = link.person});
}

/* ---- acknowledging ---- */

static void acknowledge_compose(struct gateway *gateway, const char *id, const char *source, struct span subject,
                                struct span by, struct wire_writer *writer)
{
    struct decided data = {0};
    SET(&data, decided, by, by);
    const struct event_draft draft = {
        .id = span_of(id),
        .source = span_of(source),
        .subject = subject,
        .type = EVENT_escalation_acknowledged,
        .data = &data,
        .style = ENCODE_EVENT,
    };
    wire_writer_init(writer, gateway->composed, sizeof gateway->composed);
    event_encode(&draft, writer);
}

static void acknowledged_answer(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct wire_value outcome;
    struct span row, bytes;
    if (!errand->page) {
        outcome_answer(gateway, errand, reply);
        return;
    }
    bool rejected = reply->status == 0 && rows_first_of(reply->body, &row) == 0 &&
                    wire_find(row, "outcome", &outcome, &bytes) == 0 && outcome.kind == WIRE_STR &&
                    span_is(outcome.bytes, "rejected");
    page_send(gateway, &errand->request,
              &(struct page){.text = rejected ? PAGE_SEEN_BEFORE : PAGE_ACKNOWLEDGED, .status = rejected ? 409 : 200});
}

static void acknowledge_heard(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    bool duplicate;
    struct problem problem;
    int status = ack_single(reply, &errand->seq, &duplicate, &problem);
    if (status < 0) {
        char detail[256];
        snprintf(detail, sizeof detail, "%.*s", SPAN_ARGS(reply->status ? reply->nak.message : problem.message));
        answer_problem(gateway, &errand->request, status, detail, "");
    } else if (duplicate) {
        link_refuse(gateway, &errand->request, -E_LINK_USED, errand->page);
    } else {
        outcome_ask(gateway, errand, acknowledged_answer);
    }
}

void link_acknowledge(struct gateway *gateway, const struct http_request *request, struct span text)
{
    uint8_t buffer[LINK_TEXT_MAX];
    char id[LINK_EVENT_ID_MAX];
    struct link link;
    struct wire_writer writer;
    if (link_open(gateway, request, text, LINK_ACKNOWLEDGE, buffer, &link) < 0)
        return;
    struct errand *errand = errand_begin(gateway, request, OURSELVES);
    if (!errand)
        return;
    errand->page = true;
    link_event_id(&link, id);
    acknowledge_compose(gateway, id, SOURCE, link.subject, link.person, &writer);
    ask_put(gateway, errand, OURSELVES, wire_written(&writer), acknowledge_heard);
}

/* ---- replies by code ---- */

static void reply_ask(struct gateway *gateway, struct errand *errand, struct span cursor);

/* The reader of the notice speaks through the program, which must be allowed to. */
static void reply_acknowledge(struct gateway *gateway, struct errand *errand, struct span subject, struct span person)
{
    char id[LINK_EVENT_ID_MAX + 8], source[URI_MAX_BYTES + 1], what[2 * LABEL_MAX_BYTES + 2];
    struct link link = {.purpose = LINK_ACKNOWLEDGE};
    struct wire_writer writer;
    int len = snprintf(what, sizeof what, "%.*s\n%.*s", SPAN_ARGS(subject), SPAN_ARGS(person));
    link_nonce(gateway->link_secret, span_make(what, len > 0 ? (size_t)len : 0), link.nonce);
    snprintf(id, sizeof id, "reply-");
    link_event_id(&link, id + 6);
    snprintf(source, sizeof source, "/manyi/http");
    if (errand->number != PRINCIPAL_LOCAL)
        snprintf(source, sizeof source, "/principals/%.*s", SPAN_ARGS(guard_name(&gateway->guard, errand->number)));
    acknowledge_compose(gateway, id, source, subject, person, &writer);
    ask_put(gateway, errand, errand->number, wire_written(&writer), acknowledge_heard);
}

/* Goes through one page of open notices. -E_NOT_FOUND: none of them. */
static int reply_find(struct gateway *gateway, struct errand *errand, struct span rows, struct span *ret_subject,
                      struct span *ret_person)
{
    struct wire_reader reader = wire_reader(rows);
    struct wire_value array, id, to;
    struct span row, bytes;
    wire_read(&reader, &array);
    for (uint32_t i = 0; i < array.count && wire_skip(&reader, 16, &row) == 0; i++) {
        errand->seen++;
        if (wire_find(row, "id", &id, &bytes) < 0 || wire_find(row, "to", &to, &bytes) < 0 || id.kind != WIRE_STR ||
            to.kind != WIRE_STR || !reply_code_fits(gateway->link_secret, id.bytes, to.bytes, span_of(errand->text)))
            continue;
        *ret_subject = id.bytes;
        *ret_person = to.bytes;
        return 0;
    }
    return -E_NOT_FOUND;
}

static uint64_t reply_key(uint32_t number)
{
    return (uint64_t)number << 1 | 1u;
}

/* Whoever texts nonsense shuts out himself, if the program says whose telephone it was. -E_WRONG_TYPE. */
static int reader_key(const struct gateway *gateway, struct span body, uint32_t number, uint64_t *ret_key)
{
    char text[NAME_MAX_BYTES + 16];
    struct wire_value from = {.kind = WIRE_NIL};
    struct span bytes;
    if (wire_find(body, "from", &from, &bytes) == 0 && from.kind != WIRE_NIL &&
        (from.kind != WIRE_STR || from.bytes.len > NAME_MAX_BYTES))
        return -E_WRONG_TYPE;
    bool says = from.kind == WIRE_STR;
    snprintf(text, sizeof text, "%u %.*s", (unsigned)number, SPAN_ARGS(says ? from.bytes : span_make(NULL, 0)));
    *ret_key = lockout_key(gateway, 'r', text);
    return 0;
}

static void reply_heard(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct wire_value array, cursor;
    struct span rows, bytes, subject, person;
    if (reply->status || wire_find(reply->body, "rows", &array, &rows) < 0 || array.kind != WIRE_ARRAY) {
        answer_reply(gateway, errand, reply);
    } else if (reply_find(gateway, errand, rows, &subject, &person) == 0) {
        lockout_take_back(&gateway->lockout, errand->key);
        lockout_take_back(&gateway->lockout, reply_key(errand->number));
        reply_acknowledge(gateway, errand, subject, person);
    } else if (wire_find(reply->body, "cursor", &cursor, &bytes) == 0 && cursor.kind == WIRE_STR &&
               errand->seen < REPLY_ROWS_MAX) {
        reply_ask(gateway, errand, cursor.bytes);
    } else {
        const struct http_request request = errand->request;
        refused_tell(gateway, &request, NULL, "reply code", -E_BAD_CREDENTIALS);
        answer_problem(gateway, &request, -E_NOT_FOUND, "no open notice has this code", "#/code");
    }
}

/* For ourselves: which notices there are is looked at here, and told to nobody. */
static void reply_ask(struct gateway *gateway, struct errand *errand, struct span cursor)
{
    struct wire_writer writer;
    ask_begin(gateway, errand, OURSELVES, 3u + (cursor.len > 0), &writer);
    wire_key(&writer, "what");
    wire_text(&writer, span_of("escalations"));
    wire_key(&writer, "status");
    wire_text(&writer, span_of("open"));
    wire_key(&writer, "limit");
    wire_natural(&writer, REPLY_PAGE_ROWS);
    if (cursor.len > 0) {
        wire_key(&writer, "cursor");
        wire_text(&writer, cursor);
    }
    ask_send(gateway, errand, PEER_QUERY, "GET", &writer, reply_heard);
}

void post_reply(struct gateway *gateway, const struct http_request *request, const struct who *who)
{
    struct span body, bytes;
    struct wire_value code;
    const struct access_ask may = {.right = MAY_acknowledge};
    int64_t now_ms = gateway->now.monotonic_ms;
    uint64_t key;
    if (body_read(gateway, request, &body) < 0)
        return;
    if (wire_find(body, "code", &code, &bytes) < 0 || code.kind != WIRE_STR || code.bytes.len >= REPLY_CODE_MAX) {
        answer_problem(gateway, request, -E_MISSING_FIELD, "the code of a notice, such as K7QM-4TXD", "#/code");
        return;
    }
    if (who->principal && access_widest(who->principal, may.right) == REACH_NONE) {
        refused_tell(gateway, request, who, "reply", -E_NO_RIGHT);
        answer_problem(gateway, request, -E_NO_RIGHT, "", "");
        return;
    }
    if (reader_key(gateway, body, who->number, &key) < 0) {
        answer_problem(gateway, request, -E_WRONG_TYPE, "whose reply it is: a text of at most 64 bytes", "#/from");
        return;
    }
    if (lockout_until_ms(&gateway->lockout, key, LOCKOUT_WRONG_READER, now_ms) > 0 ||
        lockout_until_ms(&gateway->lockout, reply_key(who->number), LOCKOUT_WRONG_REPLIES, now_ms) > 0) {
        refused_tell(gateway, request, who, "reply code", -E_LOCKED_OUT);
        answer_problem(gateway, request, -E_LOCKED_OUT, "too many codes that fit no notice", "");
        return;
    }
    struct errand *errand = errand_begin(gateway, request, who->number);
    if (!errand)
        return;
    errand->key = key;
    lockout_wrong(&gateway->lockout, key, LOCKOUT_WRONG_READER, now_ms);
    lockout_wrong(&gateway->lockout, reply_key(who->number), LOCKOUT_WRONG_REPLIES, now_ms);
    snprintf(errand->text, sizeof errand->text, "%.*s", SPAN_ARGS(code.bytes));
    reply_ask(gateway, errand, span_make(NULL, 0));
}

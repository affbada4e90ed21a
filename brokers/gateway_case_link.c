/*
 * gateway_case_link.c - POST /v1/complaints/ID/link {[days]}: the link that lets a customer see a case and say whether it is good.
 *
 *   who asks ─▶ the case's card: may they handle it? ──no──▶ the fact: have they reported it? ──no──▶ refused
 *                                 └─yes─────────────────────────────┴─yes──▶ audit.read {what: link}, on disk ─▶ the link
 *
 * Whoever holds the link speaks as the customer, and reads the answer: that it was given out goes on record first.
 */
#include "brokers/gateway_case.h"

#include <stdio.h>

#define SOURCE "/manyi/gateway"
#define DAY_MS 86400000ll
#define DAYS_DEFAULT 90
#define DAYS_MOST 366
#define ORIGIN_MAX 300u

void case_nonce(const struct gateway *gateway, struct span id, uint8_t ret_nonce[LINK_NONCE_BYTES])
{
    char what[NAME_MAX_BYTES + 16];
    int len = snprintf(what, sizeof what, "customer\n%.*s", SPAN_ARGS(id));
    link_nonce(gateway->link_secret, span_make(what, (size_t)len), ret_nonce);
}

/* "https://manyi.example", as the request was sent to; "" when its Host is no plain one: then the link is a path. */
static void origin_write(struct gateway *gateway, const struct http_request *request, char origin[ORIGIN_MAX])
{
    struct span host = http_header(gateway->http, request->id, "Host");
    bool plain = host.len > 0 && host.len < ORIGIN_MAX - 16;
    for (size_t i = 0; i < host.len && plain; i++) {
        uint8_t at = host.at[i];
        plain = (at >= '0' && at <= '9') || (at >= 'a' && at <= 'z') || (at >= 'A' && at <= 'Z') || at == '.' ||
                at == '-' || at == ':' || at == '[' || at == ']';
    }
    snprintf(origin, ORIGIN_MAX, "%s%.*s",
             !plain            ? ""
             : request->secure ? "https://"
                               : "http://",
             plain ? (int)host.len : 0, plain ? (const char *)host.at : "");
}

static void link_tell(struct gateway *gateway, struct errand *errand)
{
    char text[LINK_TEXT_MAX], origin[ORIGIN_MAX], url[ORIGIN_MAX + LINK_TEXT_MAX + 8];
    struct wire_writer writer;
    struct link link = {.purpose = LINK_CUSTOMER, .expires_ms = errand->seen, .subject = span_of(errand->text)};
    case_nonce(gateway, link.subject, link.nonce);
    int status = link_write(gateway->link_secret, &link, text);
    if (status < 0) {
        answer_problem(gateway, &errand->request, status, "", "");
        return;
    }
    origin_write(gateway, &errand->request, origin);
    snprintf(url, sizeof url, "%s/case/%s", origin, text);
    wire_writer_init(&writer, gateway->composed, sizeof gateway->composed);
    wire_map(&writer, 2);
    wire_key(&writer, "url");
    wire_text(&writer, span_of(url));
    wire_key(&writer, "expires");
    wire_time_text(&writer, link.expires_ms);
    answer_value(gateway, &errand->request, 201, wire_written(&writer));
}

/* ---- on record ---- */

static void recorded(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    bool duplicate;
    uint64_t seq;
    struct problem problem;
    if (ack_single(reply, &seq, &duplicate, &problem) < 0)
        answer_problem(gateway, &errand->request, -E_NOT_RECORDED, "", "");
    else
        link_tell(gateway, errand);
}

void case_record(struct gateway *gateway, struct errand *errand, const struct case_read *read, errand_then *then)
{
    char id[NAME_MAX_BYTES + 1];
    struct read_audited data = {0};
    struct wire_writer writer;
    /* once an hour, as what is read elsewhere: nobody fills the journal by asking again and again */
    snprintf(id, sizeof id, "%s-%u-%.24s-%lld", read->what, (unsigned)errand->number, errand->text,
             (long long)(gateway->now.wall_ms / AUDIT_FRESH_MS));
    SET(&data, read_audited, principal, read->who);
    SET(&data, read_audited, what, span_of(read->what));
    SET(&data, read_audited, subject, span_of(errand->text));
    if (read->why)
        SET(&data, read_audited, why, span_of(read->why));
    SET(&data, read_audited, via, span_of("http"));
    const struct event_draft draft = {
        .id = span_of(id),
        .source = span_of(SOURCE),
        .type = EVENT_audit_read,
        .data = &data,
        .style = ENCODE_EVENT,
    };
    wire_writer_init(&writer, gateway->composed, sizeof gateway->composed);
    event_encode(&draft, &writer);
    ask_put(gateway, errand, OURSELVES, wire_written(&writer), then);
}

static void record(struct gateway *gateway, struct errand *errand)
{
    if (errand->number == PRINCIPAL_LOCAL) { /* without a name there is nothing to put on record */
        link_tell(gateway, errand);
        return;
    }
    const struct case_read read = {.who = guard_name(&gateway->guard, errand->number), .what = "link"};
    case_record(gateway, errand, &read, recorded);
}

/* ---- who may ---- */

static void refuse(struct gateway *gateway, const struct errand *errand, int status)
{
    const struct http_request request = errand->request;
    const struct who who = {.number = errand->number,
                            .principal = access_of_number(guard_access(&gateway->guard), errand->number),
                            .name = guard_name(&gateway->guard, errand->number)};
    refused_tell(gateway, &request, &who, "link", status);
    answer_problem(gateway, &request, status, "a link is given by who may handle the case, or has reported it", "");
}

static void fact_heard(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct span row, bytes;
    struct wire_value event;
    struct flaw flaw;
    bool found = reply->status == 0 && rows_first_of(reply->body, &row) == 0 &&
                 wire_find(row, "event", &event, &bytes) == 0 && event.kind == WIRE_BIN &&
                 event_decode(event.bytes, &gateway->event, &flaw) == 0 &&
                 gateway->event.type == EVENT_feedback_complained;
    const struct complained *fact = &gateway->event.data.complained;
    if (found && HAS(fact, complained, reported_by) &&
        span_equal(fact->reported_by, guard_name(&gateway->guard, errand->number)))
        record(gateway, errand);
    else
        refuse(gateway, errand, -E_NO_RIGHT);
}

static void fact_ask(struct gateway *gateway, struct errand *errand, int64_t seq)
{
    struct wire_writer writer;
    ask_begin(gateway, errand, OURSELVES, 2, &writer);
    wire_key(&writer, "what");
    wire_text(&writer, span_of("event"));
    wire_key(&writer, "seq");
    wire_integer(&writer, seq);
    ask_send(gateway, errand, PEER_FEED, "GET", &writer, fact_heard);
}

static void card_heard(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct complaint card;
    const struct access *access = guard_access(&gateway->guard);
    int status = case_card_read(reply, &card);
    if (status < 0) {
        answer_problem(gateway, &errand->request, status, "", "");
        return;
    }
    const struct principal *principal =
        errand->number == PRINCIPAL_LOCAL ? NULL : access_of_number(access, errand->number);
    const struct access_ask ask = {
        .right = MAY_handle,
        .store = card.store,
        .department = HAS(&card, complaint, department) ? card.department : (struct span){0},
        .person = HAS(&card, complaint, handler) ? card.handler : (struct span){0},
    };
    if (errand->number == PRINCIPAL_LOCAL || (principal && access_decide(access, principal, &ask) == 0))
        record(gateway, errand);
    else
        fact_ask(gateway, errand, card.seq);
}

/* {days}: how long it is good. Otherwise it was answered. */
static int days_read(struct gateway *gateway, const struct http_request *request, int64_t *ret_days)
{
    struct span body, bytes;
    struct wire_value days;
    int result = body_read(gateway, request, &body);
    if (result < 0)
        return result;
    *ret_days = DAYS_DEFAULT;
    if (wire_find(body, "days", &days, &bytes) < 0 || days.kind == WIRE_NIL)
        return 0;
    if (days.kind != WIRE_UINT || days.natural < 1 || days.natural > DAYS_MOST) {
        answer_problem(gateway, request, -E_OUT_OF_RANGE, "a customer's link is good for 1 to 366 days", "#/days");
        return -E_OUT_OF_RANGE;
    }
    *ret_days = (int64_t)days.natural;
    return 0;
}

void case_link_give(struct gateway *gateway, const struct http_request *request, const struct who *who, struct span id)
{
    int64_t days;
    if (days_read(gateway, request, &days) < 0)
        return;
    if (id.len > NAME_MAX_BYTES) {
        answer_problem(gateway, request, -E_NOT_FOUND, "", "");
        return;
    }
    struct errand *errand = errand_begin(gateway, request, who->number);
    if (!errand)
        return;
    errand->seen = gateway->now.wall_ms + days * DAY_MS;
    snprintf(errand->text, sizeof errand->text, "%.*s", SPAN_ARGS(id));
    case_card_ask(gateway, errand, span_of(errand->text), card_heard);
}

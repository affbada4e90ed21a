/*
 * gateway_customer_say.c - what a customer says by a link: that a complaint's answer is good, or that it isn't.
 *
 *   POST /case/LINK/satisfied     complaint.verified {satisfied: true}
 *   POST /case/LINK/unsatisfied   complaint.verified {satisfied: false}; when somebody has asked already: complaint.reopened
 *
 * What was said already is told, not said again. Its id is made of the case, the entry as of which its card was seen and what is said: of
 * two taps at once one counts, and after one that was refused, because the card had changed, there is another.
 * Whoever holds a link is the customer; that it was given out is on record (gateway_case_link.c).
 */
#include "brokers/gateway_case.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

#define SOURCE "/manyi/gateway"
#define CUSTOMER "customer"

static void said_answer(struct gateway *gateway, const struct errand *errand, uint64_t seq, bool again)
{
    char text[128];
    snprintf(text, sizeof text, "{\"seq\":%" PRIu64 ",\"decided\":\"%s\",\"duplicate\":%s}", seq,
             errand->page ? "satisfied" : "unsatisfied", again ? "true" : "false");
    struct http_answer answer = {.status = 200, .type = "application/json", .body = span_of(text)};
    answer_send(gateway, &errand->request, &answer);
}

/* Nothing of the outcome's card or sentence is for customers: they have names of staff. */
static void said_outcome(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct wire_value outcome;
    struct span row, bytes;
    char text[64];
    if (reply->status == -E_NOT_FOLDED || reply->status == -E_AGAIN) {
        snprintf(text, sizeof text, "{\"seq\":%" PRIu64 ",\"outcome\":null}", errand->seq);
        struct http_answer answer = {.status = 202, .type = "application/json", .body = span_of(text)};
        answer_send(gateway, &errand->request, &answer);
    } else if (reply->status || rows_first_of(reply->body, &row) < 0) {
        answer_reply(gateway, errand, reply);
    } else if (wire_find(row, "outcome", &outcome, &bytes) == 0 && outcome.kind == WIRE_STR &&
               span_is(outcome.bytes, "accepted")) {
        said_answer(gateway, errand, errand->seq, errand->again);
    } else {
        struct wire_value code;
        bool changed = wire_find(row, "code", &code, &bytes) == 0 && code.kind == WIRE_STR &&
                       status_of_code(code.bytes) == -E_CARD_CHANGED;
        answer_problem(gateway, &errand->request, changed ? -E_CARD_CHANGED : -E_WRONG_STATE,
                       "the case has changed meanwhile; load it again", "");
    }
}

static void said_heard(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct problem problem;
    int status = ack_single(reply, &errand->seq, &errand->again, &problem);
    if (reply->status)
        answer_reply(gateway, errand, reply);
    else if (status < 0)
        answer_refused(gateway, &errand->request, status, &problem);
    else
        outcome_ask(gateway, errand, said_outcome);
}

/* {text}: what the customer adds. -E_WRONG_TYPE and the like: it was answered. */
static int said_text(struct gateway *gateway, const struct http_request *request, struct span *ret_text)
{
    struct wire_value header, text = {.kind = WIRE_NIL};
    struct span body, bytes;
    int result = body_read(gateway, request, &body);
    if (result < 0)
        return result;
    struct wire_reader reader = wire_reader(body);
    if (wire_read(&reader, &header) < 0 || header.kind != WIRE_MAP) {
        answer_problem(gateway, request, -E_MALFORMED, "what the customer says is an object", "");
        return -E_MALFORMED;
    }
    bool says = wire_find(body, "text", &text, &bytes) == 0 && text.kind != WIRE_NIL;
    if (says && text.kind != WIRE_STR) {
        answer_problem(gateway, request, -E_WRONG_TYPE, "what the customer adds is a text", "#/text");
        return -E_WRONG_TYPE;
    }
    *ret_text = says ? text.bytes : (struct span){0};
    return 0;
}

static void said_compose(struct gateway *gateway, const struct errand *errand, const struct complaint *card,
                         enum event_type type, struct span text, int64_t if_seq, struct wire_writer *writer)
{
    char id[NAME_MAX_BYTES + 1], nonce[2 * LINK_NONCE_BYTES + 1];
    union event_data data = {0};
    uint8_t of[LINK_NONCE_BYTES];
    case_nonce(gateway, card->id, of);
    sodium_bin2hex(nonce, sizeof nonce, of, sizeof of);
    snprintf(id, sizeof id, "case-%s-%" PRId64 "%s", nonce, if_seq > 0 ? if_seq : card->changed_seq,
             errand->page                       ? "-s"
             : type == EVENT_complaint_reopened ? "-r"
                                                : "-u");
    const struct event_draft draft = {
        .id = span_of(id),
        .source = span_of(SOURCE),
        .subject = card->id,
        .type = type,
        .data = &data,
        .if_seq = if_seq,
        .style = ENCODE_EVENT,
    };
    if (type == EVENT_complaint_reopened) {
        SET(&data.reasoned, reasoned, by, span_of(CUSTOMER));
        SET(&data.reasoned, reasoned, reason, text.len ? text : span_of("the customer is not satisfied"));
    } else {
        SET(&data.complaint_verified, complaint_verified, by, span_of(CUSTOMER));
        SET(&data.complaint_verified, complaint_verified, satisfied, errand->page);
        if (text.len)
            SET(&data.complaint_verified, complaint_verified, note, text);
    }
    wire_writer_init(writer, gateway->composed, sizeof gateway->composed);
    event_encode(&draft, writer);
}

/* Why not, to a customer. NULL: it may be said. */
static const char *said_refused(const struct errand *errand, const struct complaint *card,
                                const struct case_standing *standing)
{
    if (HAS(card, complaint, merged_into))
        return "the case goes on as another one";
    if (standing->late)
        return "the case is closed for good; open a new one";
    if (errand->page ? standing->may_satisfied : standing->may_unsatisfied)
        return NULL;
    if (standing->asked)
        return "the customer was asked already, and nothing more is needed";
    return card->status == complaint_status_is_closed ? "the case is closed" : "there is no answer yet";
}

static void said_card_heard(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct complaint card;
    struct span text;
    struct wire_writer writer;
    struct flaw flaw;
    int64_t if_seq;
    const struct http_request *request = &errand->request;
    int status = case_card_read(reply, &card);
    if (status < 0) {
        answer_problem(gateway, request, status, "", "");
        return;
    }
    struct case_standing standing = case_standing(&card, gateway->now.wall_ms);
    if (standing.said == (errand->page ? SAID_SATISFIED : SAID_UNSATISFIED)) {
        said_answer(gateway, errand, standing.said_seq, true);
        return;
    }
    const char *refused = said_refused(errand, &card, &standing);
    if (refused) {
        answer_problem(gateway, request, standing.late ? -E_TOO_LATE : -E_WRONG_STATE, refused, "");
        return;
    }
    if (if_match_read(gateway, request, &if_seq) < 0 || said_text(gateway, request, &text) < 0)
        return;
    bool again = standing.asked || card.status == complaint_status_is_closed;
    said_compose(gateway, errand, &card, again && !errand->page ? EVENT_complaint_reopened : EVENT_complaint_verified,
                 text, if_seq, &writer);
    if (writer.full || event_decode(wire_written(&writer), &gateway->event, &flaw) < 0)
        answer_problem(gateway, request, writer.full ? -E_TOO_LARGE : flaw.status, writer.full ? "" : flaw.message,
                       "#/text");
    else
        ask_put(gateway, errand, OURSELVES, wire_written(&writer), said_heard);
}

void case_say(struct gateway *gateway, const struct http_request *request, bool satisfied)
{
    struct errand *errand = case_begin(gateway, request);
    if (!errand)
        return;
    errand->page = satisfied;
    case_card_ask(gateway, errand, span_of(errand->text), said_card_heard);
}

/*
 * gateway_customer.c - the page behind a customer's link: what became of a complaint.
 *
 *   GET  /case/LINK        the page, customer.html; changes nothing: mail programs open links by themselves
 *   GET  /case/LINK/card   what a customer may know: no names of staff, no grade, no level
 *
 *   LINK ─▶ the case's card ─▶ what its store is called ─▶ its answer, if there is one, from the feed ─▶ told
 */
#include "brokers/gateway_case.h"

#include <inttypes.h>
#include <stdio.h>

#define MERGED_MOST 6u /* cases that one was merged into, one after the other */
#define CUSTOMER "customer"
#define WHY "the customer's own link"

/* 0, or why not: then it was answered. The link of the request's path; spans of ret_link lie in buffer. */
static int case_link_of(struct gateway *gateway, const struct http_request *request, uint8_t buffer[LINK_TEXT_MAX],
                        struct link *ret_link)
{
    struct path path;
    if (path_read(gateway, request->path, &path) < 0 || path.count < 2) {
        answer_problem(gateway, request, -E_BAD_REQUEST, "the path is not readable", "");
        return -E_BAD_REQUEST;
    }
    return link_open(gateway, request, path.segment[1], LINK_CUSTOMER, buffer, ret_link);
}

void case_card_ask(struct gateway *gateway, struct errand *errand, struct span id, errand_then *then)
{
    struct wire_writer writer;
    ask_begin(gateway, errand, OURSELVES, 2, &writer);
    wire_key(&writer, "what");
    wire_text(&writer, span_of("complaint"));
    wire_key(&writer, "id");
    wire_text(&writer, id);
    ask_send(gateway, errand, PEER_QUERY, "GET", &writer, then);
}

int case_card_read(const struct reply *reply, struct complaint *ret_card)
{
    struct span row;
    struct flaw flaw;
    if (reply->status)
        return reply->status;
    if (rows_first_of(reply->body, &row) < 0)
        return -E_NOT_FOUND;
    return record_decode(&record_of_complaint, row, ret_card, &flaw) < 0 ? -E_CORRUPT : 0;
}

/* ---- where it stands ---- */

/* Of a long case the line is behind the newest ones; its clock still knows. */
static void acknowledged_recall(const struct complaint *card, struct case_standing *standing)
{
    bool answered = card->status != complaint_status_is_received && card->status != complaint_status_is_closed;
    for (uint32_t i = 0; i < card->clocks_count && answered && standing->acknowledged_ms == 0; i++) {
        const struct clock *clock = &card->clocks[i];
        if (clock->kind == clock_kind_is_response && HAS(clock, clock, stopped_at))
            standing->acknowledged_ms = clock->stopped_at;
    }
}

struct case_standing case_standing(const struct complaint *card, int64_t now_ms)
{
    struct case_standing standing = {.said = SAID_NOTHING};
    uint32_t i = card->history_count;
    for (bool begun = false; i-- > 0 && !begun;) {
        const struct history_line *line = &card->history[i];
        struct span said = HAS(line, history_line, said) ? line->said : (struct span){0};
        bool verified = span_is(line->type, "complaint.verified");
        if (span_is(line->type, "complaint.acknowledged")) {
            standing.acknowledged_ms = line->at;
        } else if (span_is(line->type, "complaint.resolved")) {
            standing.resolved_ms = line->at;
            standing.resolved_seq = (uint64_t)line->seq;
        } else if (verified && span_is(said, "satisfied")) {
            standing.said = SAID_SATISFIED;
            standing.said_seq = (uint64_t)line->seq;
        } else if (span_is(line->type, "complaint.reopened") || (verified && span_is(said, "not satisfied"))) {
            begun = true; /* another round */
            bool theirs = verified || (HAS(line, history_line, by) && span_is(line->by, CUSTOMER));
            if (standing.resolved_seq == 0 && theirs) { /* staff reopen cases, too */
                standing.said = SAID_UNSATISFIED;
                standing.said_seq = (uint64_t)line->seq;
            }
        }
    }
    acknowledged_recall(card, &standing);
    bool over = HAS(card, complaint, outcome) &&
                (card->outcome == complaint_outcome_is_withdrawn || card->outcome == complaint_outcome_is_merged);
    bool closed = card->status == complaint_status_is_closed;
    bool late = closed && now_ms - card->closed_at > CASE_REOPEN_MS;
    bool resolved = card->status == complaint_status_is_resolved;
    standing.asked = resolved && HAS(card, complaint, waits_for) && span_is(card->waits_for, "verdict");
    standing.late = late;
    standing.may_satisfied = resolved && !standing.asked;
    standing.may_unsatisfied = !over && !late && !card->historical && (resolved || closed);
    return standing;
}

/* ---- telling ---- */

static void text_or_nil(struct wire_writer *writer, const char *name, bool has, struct span text)
{
    wire_key(writer, name);
    if (has && text.len > 0)
        wire_text(writer, text);
    else
        wire_nil(writer);
}

static void time_or_nil(struct wire_writer *writer, const char *name, bool has, int64_t ms)
{
    wire_key(writer, name);
    if (has)
        wire_time_text(writer, ms);
    else
        wire_nil(writer);
}

static void clock_write(struct wire_writer *writer, const char *name, const struct complaint *card,
                        enum clock_kind kind)
{
    for (uint32_t i = 0; i < card->clocks_count; i++) {
        if (card->clocks[i].kind == (int32_t)kind) {
            time_or_nil(writer, name, true, card->clocks[i].due_at);
            return;
        }
    }
    time_or_nil(writer, name, false, 0);
}

static void may_write(struct wire_writer *writer, const struct case_standing *standing, bool own)
{
    bool satisfied = own && standing->may_satisfied, unsatisfied = own && standing->may_unsatisfied;
    wire_key(writer, "may");
    wire_array(writer, (uint32_t)satisfied + unsatisfied);
    if (satisfied)
        wire_text(writer, span_of("satisfied"));
    if (unsatisfied)
        wire_text(writer, span_of("unsatisfied"));
    wire_key(writer, "decided");
    if (standing->said == SAID_NOTHING || !own)
        wire_nil(writer);
    else
        wire_text(writer, span_of(standing->said == SAID_SATISFIED ? "satisfied" : "unsatisfied"));
}

/* Of a case that was merged the one that goes on is told of; its answer is another customer's. */
static void card_tell(struct gateway *gateway, const struct errand *errand, const struct complaint *card,
                      struct span answer)
{
    const struct http_request *request = &errand->request;
    struct span id = span_of(errand->text);
    bool own = span_equal(card->id, id), chinese;
    struct case_standing standing = case_standing(card, gateway->now.wall_ms);
    struct wire_writer writer;
    char tag[24];
    chinese = span_starts(http_header(gateway->http, request->id, "Accept-Language"), "zh");
    wire_writer_init(&writer, gateway->composed, sizeof gateway->composed);
    wire_map(&writer, 21u + PLACE_PAIRS);
    text_or_nil(&writer, "case", true, id);
    wire_key(&writer, "changed_seq");
    wire_integer(&writer, card->changed_seq);
    text_or_nil(&writer, "status", true, span_of(choice_name(choice_of_complaint_status(), card->status)));
    text_or_nil(&writer, "outcome", own && HAS(card, complaint, outcome),
                span_of(choice_name(choice_of_complaint_outcome(), card->outcome)));
    text_or_nil(&writer, "merged_into", !own, card->id);
    text_or_nil(&writer, "category", true, span_of(choice_name(choice_of_category(), card->category)));
    text_or_nil(&writer, "store", true, card->store);
    place_names_write(errand, &writer);
    text_or_nil(&writer, "department", HAS(card, complaint, department), card->department);
    wire_key(&writer, "answers"); /* the department: no staff number */
    wire_map(&writer, 1);
    text_or_nil(&writer, "department", HAS(card, complaint, department), card->department);
    wire_key(&writer, "reopened");
    wire_integer(&writer, card->reopened);
    time_or_nil(&writer, "received_at", true, card->opened_at);
    clock_write(&writer, "respond_by", card, clock_kind_is_response);
    clock_write(&writer, "resolve_by", card, clock_kind_is_resolve);
    time_or_nil(&writer, "promised_at", HAS(card, complaint, promised_at), card->promised_at);
    time_or_nil(&writer, "acknowledged_at", standing.acknowledged_ms > 0, standing.acknowledged_ms);
    time_or_nil(&writer, "resolved_at", standing.resolved_ms > 0, standing.resolved_ms);
    time_or_nil(&writer, "closed_at", HAS(card, complaint, closed_at), card->closed_at);
    text_or_nil(&writer, "answer", own, answer);
    may_write(&writer, &standing, own);
    text_or_nil(&writer, "lang", true, span_of(chinese ? "zh" : "en"));
    snprintf(tag, sizeof tag, "\"%" PRId64 "\"", card->changed_seq);
    answer_value_with(gateway, request, 200, wire_written(&writer), &(struct http_field){"ETag", tag});
}

/* The answer came, or nothing is known of one: the page is told all the same. */
static void answer_heard(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct complaint card;
    struct flaw flaw;
    struct wire_value answer = {.kind = WIRE_NIL};
    struct span row, bytes;
    if (record_decode(&record_of_complaint, errand->held, &card, &flaw) < 0) {
        answer_problem(gateway, &errand->request, -E_CORRUPT, "", "");
        return;
    }
    bool says = reply->status == 0 && rows_first_of(reply->body, &row) == 0 &&
                wire_find(row, "answer", &answer, &bytes) == 0 && answer.kind == WIRE_STR;
    if (reply->status && reply->status != -E_NOT_FOUND)
        answer_reply(gateway, errand, reply);
    else
        card_tell(gateway, errand, &card, says ? answer.bytes : (struct span){0});
}

static void answer_ask(struct gateway *gateway, struct errand *errand, uint64_t seq)
{
    struct wire_writer writer;
    ask_begin(gateway, errand, OURSELVES, 3, &writer);
    wire_key(&writer, "what");
    wire_text(&writer, span_of("personal"));
    wire_key(&writer, "seq");
    wire_natural(&writer, seq);
    wire_key(&writer, "why");
    wire_text(&writer, span_of(WHY));
    ask_send(gateway, errand, PEER_FEED, "GET", &writer, answer_heard);
}

static void answer_recorded(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    bool duplicate;
    uint64_t seq;
    struct problem problem;
    if (ack_single(reply, &seq, &duplicate, &problem) < 0)
        answer_problem(gateway, &errand->request, -E_NOT_RECORDED, "", "");
    else
        answer_ask(gateway, errand, errand->seq);
}

/* Its words are personal: where readers have names it goes on record that this one had a link. */
static void answer_read(struct gateway *gateway, struct errand *errand)
{
    const struct case_read read = {.who = span_of(CUSTOMER), .what = "personal", .why = WHY};
    if (gateway->keyed)
        case_record(gateway, errand, &read, answer_recorded);
    else
        answer_ask(gateway, errand, errand->seq);
}

static void place_heard(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct complaint card;
    struct flaw flaw;
    place_keep(errand, reply);
    if (record_decode(&record_of_complaint, errand->held, &card, &flaw) < 0)
        answer_problem(gateway, &errand->request, -E_CORRUPT, "", "");
    else if (errand->seq > 0 && span_equal(card.id, span_of(errand->text)))
        answer_read(gateway, errand);
    else
        card_tell(gateway, errand, &card, (struct span){0});
}

static void card_heard(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct complaint card;
    struct span row;
    int status = case_card_read(reply, &card);
    if (status < 0) {
        answer_problem(gateway, &errand->request, status, "", "");
        return;
    }
    if (HAS(&card, complaint, merged_into) && errand->steps < MERGED_MOST) {
        case_card_ask(gateway, errand, card.merged_into, card_heard);
        return;
    }
    struct case_standing standing = case_standing(&card, gateway->now.wall_ms);
    errand->seq = standing.resolved_seq;
    if (rows_first_of(reply->body, &row) < 0 || errand_hold(errand, row) < 0)
        answer_problem(gateway, &errand->request, -E_NO_MEMORY, "", "");
    else
        place_ask(gateway, errand, card.store, place_heard);
}

struct errand *case_begin(struct gateway *gateway, const struct http_request *request)
{
    uint8_t buffer[LINK_TEXT_MAX];
    struct link link;
    if (case_link_of(gateway, request, buffer, &link) < 0)
        return NULL;
    struct errand *errand = errand_begin(gateway, request, OURSELVES);
    if (errand)
        snprintf(errand->text, sizeof errand->text, "%.*s", SPAN_ARGS(link.subject));
    return errand;
}

void case_page(struct gateway *gateway, const struct http_request *request)
{
    if (!asset_send(gateway, request, span_of("/customer.html")))
        answer_problem(gateway, request, -E_NOT_FOUND, "this server has no page for customers", "");
}

void case_card(struct gateway *gateway, const struct http_request *request)
{
    struct errand *errand = case_begin(gateway, request);
    if (errand)
        case_card_ask(gateway, errand, span_of(errand->text), card_heard);
}

/*
 * gateway_home.c - /notices, the page that needs no script: the notices to oneself that wait to be seen, a button each.
 */
#include "brokers/gateway_parts.h"

#include <stdio.h>

#define HOME_ROWS 50 /* who has more sees the others when these are done */

static void home_send(struct gateway *gateway, const struct http_request *request, struct span name, const char *csrf,
                      struct span notices)
{
    page_send(gateway, request,
              &(struct page){
                  .text = PAGE_HOME, .status = 200, .about = name, .csrf = csrf, .lists = true, .notices = notices});
}

static void home_heard(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct wire_value array;
    struct span rows;
    if (reply->status || wire_find(reply->body, "rows", &array, &rows) < 0 || array.kind != WIRE_ARRAY)
        answer_reply(gateway, errand, reply);
    else
        home_send(gateway, &errand->request, guard_name(&gateway->guard, errand->number), errand->text, rows);
}

void home_page(struct gateway *gateway, const struct http_request *request, const struct who *who)
{
    char csrf[2 * LINK_NONCE_BYTES + 1];
    struct wire_writer writer;
    if (!who->session) {
        page_send(
            gateway, request,
            &(struct page){.text = PAGE_HOME, .status = 200, .about = who->principal ? who->name : span_of("local")});
        return;
    }
    csrf_write(gateway, who, csrf);
    if (access_widest(who->principal, MAY_see_escalation) == REACH_NONE) {
        home_send(gateway, request, who->name, csrf, (struct span){0});
        return;
    }
    struct errand *errand = errand_begin(gateway, request, who->number);
    if (!errand)
        return;
    snprintf(errand->text, sizeof errand->text, "%s", csrf);
    ask_begin(gateway, errand, who->number, 4, &writer);
    wire_key(&writer, "what");
    wire_text(&writer, span_of("escalations"));
    wire_key(&writer, "status");
    wire_text(&writer, span_of("raised"));
    wire_key(&writer, "handler");
    wire_text(&writer, who->name);
    wire_key(&writer, "limit");
    wire_natural(&writer, HOME_ROWS);
    ask_send(gateway, errand, PEER_QUERY, "GET", &writer, home_heard);
}

void home_again(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct wire_value outcome;
    struct span row, bytes;
    bool rejected = reply->status == 0 && rows_first_of(reply->body, &row) == 0 &&
                    wire_find(row, "outcome", &outcome, &bytes) == 0 && outcome.kind == WIRE_STR &&
                    span_is(outcome.bytes, "rejected");
    if (rejected && errand->type == EVENT_escalation_acknowledged) {
        page_send(gateway, &errand->request, &(struct page){.text = PAGE_SEEN_BEFORE, .status = 409});
    } else if (rejected) {
        outcome_answer(gateway, errand, reply);
    } else {
        struct http_answer answer = {.status = 303, .type = "text/plain; charset=utf-8"};
        answer.field[answer.field_count++] = (struct http_field){"Location", "/notices"};
        answer_send(gateway, &errand->request, &answer);
    }
}

/*
 * gateway_match.c - which state of a case somebody has seen: ETag of a card, If-None-Match, If-Match.
 *
 *   GET  /v1/complaints/C-41                                   ETag: "57", the entry that changed the card last
 *   GET  ...  If-None-Match: "57"                              304 while that is so
 *   POST /v1/complaints/C-41/assign  If-Match: "57"            412 when somebody has decided about it since
 *
 * If-Match becomes the decision's attribute `ifseq`, which the fold looks at: here nobody knows what is on its way.
 */
#include "brokers/gateway_parts.h"

#include <stdio.h>

#define SEQ_MOST 9007199254740991ll

bool tag_among(struct span tags, const char *tag)
{
    size_t len = strlen(tag);
    for (size_t i = 0; i + len <= tags.len; i++) {
        if (memcmp(tags.at + i, tag, len) == 0)
            return true;
    }
    return false;
}

/* "57" between its quotes. -E_BAD_REQUEST: it is none of ours. */
static int tag_read(struct span tag, int64_t *ret_seq)
{
    int64_t seq = 0;
    if (span_starts(tag, "W/"))
        tag = span_make(tag.at + 2, tag.len - 2);
    if (tag.len < 3 || tag.len > 2 + 16 || tag.at[0] != '"' || tag.at[tag.len - 1] != '"')
        return -E_BAD_REQUEST;
    for (size_t i = 1; i + 1 < tag.len; i++) {
        if (tag.at[i] < '0' || tag.at[i] > '9')
            return -E_BAD_REQUEST;
        seq = seq * 10 + (tag.at[i] - '0');
    }
    if (seq < 1 || seq > SEQ_MOST)
        return -E_BAD_REQUEST;
    *ret_seq = seq;
    return 0;
}

int if_match_read(struct gateway *gateway, const struct http_request *request, int64_t *ret_if_seq)
{
    struct span tag = http_header(gateway->http, request->id, "If-Match");
    int64_t seq = 0;
    if (tag.len > 0 && !span_is(tag, "*") && tag_read(tag, &seq) < 0) {
        answer_problem(gateway, request, -E_BAD_REQUEST,
                       "If-Match is the ETag of the card as you saw it, such as \"57\", or *", "");
        return -E_BAD_REQUEST;
    }
    *ret_if_seq = seq;
    return 0;
}

void answer_card(struct gateway *gateway, const struct http_request *request, struct span card)
{
    char tag[24];
    struct wire_value changed;
    struct span bytes;
    if (wire_find(card, "changed_seq", &changed, &bytes) < 0 || changed.kind != WIRE_UINT) {
        answer_value(gateway, request, 200, card);
        return;
    }
    snprintf(tag, sizeof tag, "\"%llu\"", (unsigned long long)changed.natural);
    struct http_field etag = {"ETag", tag};
    struct http_answer same = {.status = 304, .type = "application/json", .field = {etag}, .field_count = 1};
    if (tag_among(http_header(gateway->http, request->id, "If-None-Match"), tag))
        answer_send(gateway, request, &same);
    else
        answer_value_with(gateway, request, 200, card, &etag);
}

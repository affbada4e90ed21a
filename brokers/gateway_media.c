/*
 * gateway_media.c - of what kind a body is, by its Content-Type.
 *
 *   application/json; charset=utf-8   the essence, in whatever case, decides; of its parameters charset alone is looked at
 */
#include "brokers/gateway_parts.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

static const struct {
    const char *type;
    enum media media;
} kinds[] = {
    {"application/json", MEDIA_JSON},
    {"application/x-ndjson", MEDIA_LINES},
    {"application/ndjson", MEDIA_LINES},
    {"application/jsonl", MEDIA_LINES},
    {"application/cloudevents+json", MEDIA_CLOUD},
    {"application/cloudevents-batch+json", MEDIA_CLOUD_BATCH},
    {"application/vnd.msgpack", MEDIA_MSGPACK},
    {"application/msgpack", MEDIA_MSGPACK},
    {"application/x-msgpack", MEDIA_MSGPACK},
};

static struct span trimmed(struct span text)
{
    while (text.len > 0 && (text.at[0] == ' ' || text.at[0] == '\t'))
        text = span_make(text.at + 1, text.len - 1);
    while (text.len > 0 && (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t'))
        text.len--;
    return text;
}

/* Up to the character, which is left out; what follows is the rest. */
static struct span cut(struct span *rest, char at)
{
    const uint8_t *found = memchr(rest->at, at, rest->len);
    size_t len = found ? (size_t)(found - rest->at) : rest->len;
    struct span first = span_make(rest->at, len);
    *rest = found ? span_make(found + 1, rest->len - len - 1) : span_make(NULL, 0);
    return trimmed(first);
}

static bool is_word(struct span text, const char *word)
{
    return text.len == strlen(word) && strncasecmp((const char *)text.at, word, text.len) == 0;
}

/* charset=gbk: its bytes are no UTF-8, and what they would be read as was never written. */
static bool is_utf8(struct span parameters)
{
    while (parameters.len > 0) {
        struct span value = cut(&parameters, ';');
        struct span name = cut(&value, '=');
        if (value.len >= 2 && value.at[0] == '"' && value.at[value.len - 1] == '"')
            value = span_make(value.at + 1, value.len - 2);
        if (is_word(name, "charset") && !is_word(trimmed(value), "utf-8") && !is_word(trimmed(value), "us-ascii"))
            return false;
    }
    return true;
}

enum media media_read(struct span type)
{
    struct span rest = type, essence = type.len > 0 ? cut(&rest, ';') : type;
    if (essence.len == 0)
        return MEDIA_NONE;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (!is_word(essence, kinds[i].type))
            continue;
        return kinds[i].media == MEDIA_MSGPACK || is_utf8(rest) ? kinds[i].media : MEDIA_OTHER_CHARSET;
    }
    bool json = essence.len > 5 && is_word(span_make(essence.at + essence.len - 5, 5), "+json");
    return json ? (is_utf8(rest) ? MEDIA_JSON_KIND : MEDIA_OTHER_CHARSET) : MEDIA_OTHER;
}

enum media media_of(const struct gateway *gateway, const struct http_request *request)
{
    return media_read(http_header(gateway->http, request->id, "Content-Type"));
}

bool media_takes_encoding(struct gateway *gateway, const struct http_request *request)
{
    struct span encoding = trimmed(http_header(gateway->http, request->id, "Content-Encoding"));
    if (encoding.len == 0 || is_word(encoding, "identity"))
        return true;
    answer_problem(gateway, request, -E_MEDIA_TYPE,
                   "bodies come as they are, without Content-Encoding: unpack it first", "");
    return false;
}

void media_refuse(struct gateway *gateway, const struct http_request *request, enum media media)
{
    answer_problem(gateway, request, -E_MEDIA_TYPE,
                   media == MEDIA_OTHER_CHARSET
                       ? "JSON is UTF-8: leave charset out, or say charset=utf-8"
                       : "send Content-Type: application/json (one event or an array), application/x-ndjson (a line "
                         "each), application/cloudevents+json, application/cloudevents-batch+json, or "
                         "application/vnd.msgpack; with ce- headers the body is the event's data",
                   "");
}

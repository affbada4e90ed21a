/*
 * asker.c - one question at a time, asked again while nobody answers.
 *
 * Each question gets a `rid`, so that the second answer to a question that was asked twice is not taken for the
 * answer to the next one.
 */
#include "clients/c/asker.h"
#include "core/ensure.h"
#include "core/status.h"

#include <stdlib.h>

#define PATIENCE_MS 2000 /* doubled each time: some questions are parked on purpose */
#define RETRY_MS 20      /* while nobody is connected */

int manyi_asker_open(struct manyi *manyi, const char *endpoint, struct manyi_asker **ret_asker)
{
    struct manyi_asker *asker = calloc(1, sizeof *asker);
    if (!asker)
        return -E_NO_MEMORY;
    asker->manyi = manyi;
    asker->body = malloc(PUT_BYTES_MAX);
    int result = asker->body ? client_dealer_open(manyi, endpoint, &asker->port) : -E_NO_MEMORY;
    if (result) {
        manyi_asker_close(asker);
        return result;
    }
    *ret_asker = asker;
    return 0;
}

void manyi_asker_close(struct manyi_asker *asker)
{
    if (!asker)
        return;
    parcel_release(&asker->parcel);
    port_close(asker->port);
    free(asker->body);
    free(asker);
}

const char *manyi_asker_message(const struct manyi_asker *asker)
{
    return asker->message;
}

/* The caller's map with our rid as its first key. */
static int body_write(struct manyi_asker *asker, struct span body)
{
    struct wire_reader reader = wire_reader(body);
    struct wire_value header = {.kind = WIRE_MAP};
    struct wire_value value;
    struct span bytes;
    if (body.len > 0 && (wire_read(&reader, &header) || header.kind != WIRE_MAP))
        return -E_BAD_REQUEST;
    if (header.count > 0 && wire_find(body, "rid", &value, &bytes) == 0)
        return -E_BAD_REQUEST;
    struct wire_writer writer;
    wire_writer_init(&writer, asker->body, PUT_BYTES_MAX);
    wire_map(&writer, header.count + 1);
    wire_key(&writer, "rid");
    wire_natural(&writer, asker->rid);
    wire_raw(&writer, span_make(reader.at, (size_t)(reader.end - reader.at)));
    asker->body_len = writer.len;
    return writer.full ? -E_REQUEST_TOO_LARGE : 0;
}

static void request_send(struct manyi_asker *asker, int64_t now_ms)
{
    bool sent = client_send(asker->port, asker->verb, span_make(asker->body, asker->body_len)) == 0;
    asker->resend_ms = now_ms + (sent ? asker->patience_ms : RETRY_MS);
    if (sent)
        asker->patience_ms *= 2;
}

int asker_begin(struct manyi_asker *asker, const char *verb, struct span body, int64_t now_ms, int64_t timeout_ms)
{
    if (strlen(verb) >= sizeof asker->verb)
        return -E_UNKNOWN_VERB;
    asker->rid++;
    asker->message[0] = '\0';
    int result = body_write(asker, body);
    if (result)
        return result;
    client_copy(asker->verb, sizeof asker->verb, span_of(verb));
    asker->end_ms = now_ms + timeout_ms;
    asker->patience_ms = PATIENCE_MS;
    request_send(asker, now_ms);
    return 0;
}

/* A NAK without a rid is for a question whose body could not be read: the present one, there is no other. */
static bool answers(const struct manyi_asker *asker, const struct client_reply *reply)
{
    struct wire_value rid;
    struct span bytes;
    if (wire_find(reply->body, "rid", &rid, &bytes))
        return span_is(reply->verb, "NAK");
    return rid.kind == WIRE_UINT && rid.natural == asker->rid;
}

static int nak_status(struct manyi_asker *asker, struct span body)
{
    struct nak_reply nak;
    struct flaw flaw;
    if (record_decode(&record_of_nak_reply, body, &nak, &flaw))
        return -E_BAD_REQUEST;
    client_copy(asker->message, sizeof asker->message, nak.message);
    return client_status(nak.code);
}

int asker_poll(struct manyi_asker *asker, int64_t now_ms, struct span *ret_body)
{
    struct client_reply reply;
    while (client_receive(asker->port, &asker->parcel, &reply) == 0) {
        if (!answers(asker, &reply))
            continue;
        if (span_is(reply.verb, "NAK"))
            return nak_status(asker, reply.body);
        client_copy(asker->reply_verb, sizeof asker->reply_verb, reply.verb);
        *ret_body = reply.body;
        return 0;
    }
    if (now_ms >= asker->end_ms)
        return -E_UNREACHABLE;
    if (now_ms >= asker->resend_ms)
        request_send(asker, now_ms);
    return -E_AGAIN;
}

int manyi_ask(struct manyi_asker *asker, const char *verb, const void *body, size_t body_len, int64_t timeout_ms,
              const char **ret_verb, const void **ret_body, size_t *ret_body_len)
{
    struct span reply;
    int64_t now_ms = client_now_ms(asker->manyi);
    int result = asker_begin(asker, verb, span_make(body, body_len), now_ms, timeout_ms);
    if (result)
        return result;
    while ((result = asker_poll(asker, now_ms, &reply)) == -E_AGAIN) {
        int64_t next_ms = asker->resend_ms < asker->end_ms ? asker->resend_ms : asker->end_ms;
        client_wait(asker->manyi, &asker->port, 1, next_ms - now_ms);
        now_ms = client_now_ms(asker->manyi);
    }
    if (result)
        return result;
    *ret_verb = asker->reply_verb;
    *ret_body = reply.at;
    *ret_body_len = reply.len;
    return 0;
}

/*
 * publisher.c - publishing as manyi.h has it: take an event, take turns, flush.
 */
#include "clients/c/publisher.h"
#include "core/ensure.h"
#include "core/status.h"

#include <stdlib.h>

#define REPLIES_PER_TURN 64u
#define RETRY_MS 20 /* how soon a socket that took nothing is tried again: there is no event for that */
#define SILENCES_MAX 4u

static int options_check(const struct manyi_publisher_options *options)
{
    if (!options->endpoint || !options->on_result || options->batch_events > PUT_EVENTS_MAX)
        return -E_USAGE;
    if (!options->source)
        return 0;
    if (strlen(options->source) > URI_MAX_BYTES)
        return -E_TOO_LONG;
    if (!options->instance || !*options->instance)
        return -E_MISSING_FIELD;
    return strlen(options->instance) > NAME_MAX_BYTES ? -E_TOO_LONG : 0;
}

static int publisher_allocate(struct manyi_publisher *publisher)
{
    publisher->events = malloc(PUT_BYTES_MAX);
    publisher->body = malloc(PUT_BYTES_MAX);
    if (!publisher->events || !publisher->body)
        return -E_NO_MEMORY;
    uint64_t bytes = publisher->options.window_bytes;
    return window_open(&publisher->window, bytes ? bytes : CREDIT_BYTES, WINDOW_EVENTS_MAX);
}

int manyi_publisher_open(struct manyi *manyi, const struct manyi_publisher_options *options,
                         struct manyi_publisher **ret_publisher)
{
    int result = options_check(options);
    if (result)
        return result;
    struct manyi_publisher *publisher = calloc(1, sizeof *publisher);
    if (!publisher)
        return -E_NO_MEMORY;
    publisher->manyi = manyi;
    publisher->options = *options;
    if (options->batch_events == 0)
        publisher->options.batch_events = BATCH_EVENTS_DEFAULT;
    client_copy(publisher->source, sizeof publisher->source, span_of(options->source));
    client_copy(publisher->instance, sizeof publisher->instance, span_of(options->instance));
    publisher->options.source = options->source ? publisher->source : NULL;
    publisher->options.instance = publisher->instance;
    publisher->state = options->source ? PUBLISHER_GREETING : PUBLISHER_SENDING;
    publisher->attempt = 1;
    publisher->credit = CREDIT_BYTES;
    publisher->put_events_max = PUT_EVENTS_MAX;
    publisher->put_bytes_max = PUT_BYTES_MAX;
    publisher->recovered_first = UINT64_MAX;
    result = publisher_allocate(publisher);
    if (result == 0)
        result = client_dealer_open(manyi, options->endpoint, &publisher->port);
    if (result) {
        manyi_publisher_close(publisher);
        return result;
    }
    *ret_publisher = publisher;
    return 0;
}

void manyi_publisher_close(struct manyi_publisher *publisher)
{
    if (!publisher)
        return;
    parcel_release(&publisher->parcel);
    port_close(publisher->port);
    window_close(&publisher->window);
    free(publisher->events);
    free(publisher->body);
    free(publisher);
}

int manyi_publish(struct manyi_publisher *publisher, const void *event, size_t event_len, uint64_t token)
{
    if (publisher->dead)
        return publisher->dead;
    if (event_len == 0)
        return -E_EMPTY;
    if (event_len > SYSTEM_EVENT_MAX)
        return -E_TOO_LARGE;
    return window_add(&publisher->window, span_make(event, event_len), token);
}

uint64_t manyi_publisher_pending(const struct manyi_publisher *publisher)
{
    return publisher->window.end - publisher->window.first;
}

void publisher_recover(struct manyi_publisher *publisher)
{
    publisher->attempt++;
    publisher->put_first = publisher->put_end;
    publisher->flying_bytes = 0;
    publisher->sent = publisher->window.first;
    publisher->greeted = false;
    publisher->state = publisher->options.source ? PUBLISHER_GREETING : PUBLISHER_SENDING;
}

void publisher_die(struct manyi_publisher *publisher, int why)
{
    publisher->state = PUBLISHER_DEAD;
    publisher->put_first = publisher->put_end;
    publisher->dead = why;
    if (why == -E_FENCED && publisher->options.on_fenced)
        publisher->options.on_fenced(publisher->options.context);
}

static bool publisher_waits(const struct manyi_publisher *publisher)
{
    return publisher_flying(publisher) || (publisher->state == PUBLISHER_GREETING && publisher->greeted);
}

/* When silence has lasted too long: doubled each time, so that a broker that is only slow is not buried in resends. */
static int64_t patience_end_ms(const struct manyi_publisher *publisher)
{
    return publisher->quiet_since_ms + ((int64_t)SILENCE_MS << publisher->silences);
}

/* One round without waiting. true: something was received. */
static bool publisher_round(struct manyi_publisher *publisher, int64_t now_ms, bool *ret_blocked)
{
    bool received = false;
    struct client_reply reply;
    for (uint32_t i = 0; i < REPLIES_PER_TURN && !publisher->dead; i++) {
        if (client_receive(publisher->port, &publisher->parcel, &reply))
            break;
        received |= publisher_take(publisher, &reply, now_ms);
    }
    if (publisher_waits(publisher) && now_ms >= patience_end_ms(publisher)) {
        publisher->silences += publisher->silences < SILENCES_MAX;
        publisher_recover(publisher);
    }
    *ret_blocked = !publisher_send(publisher, now_ms);
    return received;
}

static int64_t wait_of(const struct manyi_publisher *publisher, int64_t now_ms, int64_t timeout_ms, bool blocked)
{
    int64_t wait_ms = timeout_ms;
    if (blocked && wait_ms > RETRY_MS)
        wait_ms = RETRY_MS;
    if (publisher_waits(publisher) && wait_ms > patience_end_ms(publisher) - now_ms)
        wait_ms = patience_end_ms(publisher) - now_ms;
    if (publisher->rest_until_ms > now_ms && wait_ms > publisher->rest_until_ms - now_ms)
        wait_ms = publisher->rest_until_ms - now_ms;
    return wait_ms;
}

int manyi_publisher_turn(struct manyi_publisher *publisher, int64_t timeout_ms)
{
    bool blocked = false;
    int64_t now_ms = client_now_ms(publisher->manyi);
    bool received = publisher_round(publisher, now_ms, &blocked);
    int64_t wait_ms = wait_of(publisher, now_ms, timeout_ms, blocked);
    if (received || publisher->dead || wait_ms <= 0)
        return publisher->dead;
    client_wait(publisher->manyi, &publisher->port, 1, wait_ms);
    publisher_round(publisher, client_now_ms(publisher->manyi), &blocked);
    return publisher->dead;
}

int manyi_publisher_flush(struct manyi_publisher *publisher, int64_t timeout_ms)
{
    int64_t since_ms = client_now_ms(publisher->manyi);
    int64_t left_ms = timeout_ms;
    while (manyi_publisher_pending(publisher) > 0) {
        uint64_t first = publisher->window.first;
        int result = manyi_publisher_turn(publisher, left_ms);
        if (result)
            return result;
        int64_t now_ms = client_now_ms(publisher->manyi);
        if (publisher->window.first != first)
            since_ms = now_ms;
        else if (now_ms - since_ms >= timeout_ms)
            return publisher->trouble ? publisher->trouble : -E_UNREACHABLE;
        left_ms = timeout_ms - (now_ms - since_ms);
    }
    return publisher->dead;
}

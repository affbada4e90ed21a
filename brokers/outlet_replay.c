/*
 * outlet_replay.c - requests at the REPLAY ports: who asks, whether they may, and who waits.
 */
#include "brokers/outlet_replay.h"
#include "core/ensure.h"
#include "core/status.h"

#define PONG_MAX 1024u
#define GUARD_TURN_MS 1000

/* ---- opening ---- */

static int port_make(const struct setup *setup, const char *endpoint, struct port **ret_port)
{
    const struct port_options options = {.kind = PORT_ROUTER, .endpoint = endpoint, .bind = true};
    return port_open(setup->bus, &options, ret_port);
}

int replay_open(const struct setup *setup, struct replay *replay)
{
    replay->setup = setup;
    int result = guard_open(setup, "outlet", &replay->guard);
    if (result == 0)
        result = audit_open(setup, "outlet", &replay->audit);
    if (result == 0)
        result = port_make(setup, setup->replay_endpoint, &replay->port);
    if (result == 0 && setup->replay_trusted_endpoint[0])
        result = port_make(setup, setup->replay_trusted_endpoint, &replay->trusted);
    return result;
}

void replay_close(struct replay *replay)
{
    parcel_release(&replay->parcel);
    port_close(replay->port);
    port_close(replay->trusted);
    audit_close(replay->audit);
    guard_close(&replay->guard);
}

/* ---- waiting ---- */

/* The place where the same peer waits for the same channel already, or a free one. NULL: all that it may have are taken. */
static struct replay_asked *place_find(struct replay *replay, const struct replay_asked *asked)
{
    struct replay_asked *vacant = NULL;
    uint32_t taken = 0, seen = 0;
    for (uint32_t i = asked->port == replay->trusted ? 0 : PARKED_TRUSTED;
         i < REPLAY_PARKED_MAX && !(vacant && seen == replay->parked_count); i++) {
        struct replay_asked *place = &replay->parked[i];
        seen += place->port != NULL;
        taken += place->port && place->principal == asked->principal;
        if (!place->port)
            vacant = vacant ? vacant : place;
        else if (place->port == asked->port && place->channel == asked->channel &&
                 place->principal == asked->principal && span_equal(replay_rid(place), replay_rid(asked)) &&
                 span_equal(replay_route(place), replay_route(asked)))
            return place; /* asked again */
    }
    return asked->principal && taken >= REPLAY_PARKED_EACH ? NULL : vacant;
}

/* Who asks again has an empty page for the old question. */
static void park(struct replay *replay, const struct replay_asked *asked, struct span generation)
{
    struct replay_asked *place = place_find(replay, asked);
    if (place && place->port)
        replay_page_empty(replay, place, generation);
    if (!place) {
        const struct request request = {.route = replay_route(asked), .rid = replay_rid(asked)};
        request_refuse(asked->port, &request, -E_AGAIN, "all places to wait in are taken; ask again in a second",
                       &replay->counts);
        return;
    }
    replay->parked_count += !place->port;
    *place = *asked;
}

/* Those for whom there is something, and those whose time is up. */
static int parked_serve(struct replay *replay, const struct cards *cards, const struct replay_facts *facts)
{
    int result = 0;
    for (uint32_t i = 0, left = replay->parked_count; left > 0 && result == 0; i++) {
        struct replay_asked *place = &replay->parked[i];
        if (!place->port)
            continue;
        left--;
        bool over = place->until_ms <= replay->now_ms;
        if (!over && cards->last[place->channel] == replay->served[place->channel])
            continue;
        result = replay_page_answer(replay, place, cards, facts, over);
        if (result == 0) {
            place->port = NULL;
            replay->parked_count--;
        }
        result = result == -E_AGAIN ? 0 : result;
    }
    memcpy(replay->served, cards->last, sizeof replay->served);
    return result;
}

static int64_t parked_until_ms(const struct replay *replay)
{
    int64_t first_ms = INT64_MAX;
    for (uint32_t i = 0, left = replay->parked_count; left > 0; i++) {
        const struct replay_asked *place = &replay->parked[i];
        left -= place->port != NULL;
        if (place->port && place->until_ms < first_ms)
            first_ms = place->until_ms;
    }
    return first_ms;
}

/* ---- requests ---- */

static struct replay_asked asked_make(struct port *port, const struct request *request,
                                      const struct replay_request *replay, uint32_t principal, int64_t now_ms)
{
    int64_t wait_ms = HAS(replay, replay_request, wait_ms) ? replay->wait_ms : 0;
    uint64_t max = HAS(replay, replay_request, max) ? (uint64_t)replay->max : REPLAY_MAX;
    struct replay_asked asked = {
        .port = port,
        .route_len = request->route.len,
        .rid_len = request->rid.len,
        .channel = channel_of(replay->channel),
        .after = (uint64_t)replay->after,
        .max = max < REPLAY_MAX ? max : REPLAY_MAX,
        .principal = principal,
        .until_ms = now_ms + (wait_ms < REPLAY_WAIT_MAX_MS ? wait_ms : REPLAY_WAIT_MAX_MS),
    };
    ensure(request->route.len <= ROUTE_MAX);
    memcpy(asked.route, request->route.at, request->route.len);
    if (request->rid.len)
        memcpy(asked.rid, request->rid.at, request->rid.len);
    return asked;
}

/* May they see anything of the channel? Who reads the ledger is put on record. */
static int channel_allow(struct replay *replay, struct port *port, const struct request *request,
                         const struct replay_request *asked, struct caller *ret_caller)
{
    enum access_right right = access_right_of_channel(asked->channel);
    int status = caller_of(&replay->guard, replay->setup, request, port == replay->trusted,
                           CALLER_AS(asked, replay_request), ret_caller);
    if (status == 0 && access_widest(ret_caller->principal, right) == REACH_NONE)
        status = -E_NO_RIGHT;
    if (status || right != MAY_see_ledger)
        return status;
    const struct audit_asked reads = {
        .what = asked->channel,
        .why = HAS(asked, replay_request, why) ? asked->why : (struct span){0},
    };
    return audit_read(replay->audit, ret_caller, &reads, port, request);
}

static int replay_take(struct replay *replay, struct port *port, struct request *request, const struct cards *cards,
                       const struct replay_facts *facts)
{
    struct replay_request asked_for;
    struct flaw flaw;
    struct caller caller = {.number = 0};
    int status = request_decode(request, &record_of_replay_request, &asked_for, &flaw);
    if (status) {
        request_refuse(port, request, status, flaw.message, &replay->counts);
        return 0;
    }
    if (channel_of(asked_for.channel) == CHANNEL_none) {
        request_refuse(port, request, -E_BAD_REQUEST, "no such channel", &replay->counts);
        return 0;
    }
    status = channel_allow(replay, port, request, &asked_for, &caller);
    if (status == -E_AGAIN)
        return 0; /* it is being put on record */
    if (status) {
        audit_refused(replay->audit, &caller, asked_for.channel, status);
        request_refuse(port, request, status, caller.detail, &replay->counts);
        return 0;
    }
    if (facts->generation.len == 0) {
        request_refuse(port, request, -E_AGAIN, "the journal has not answered yet", &replay->counts);
        return 0;
    }
    struct replay_asked asked = asked_make(port, request, &asked_for, caller.number, replay->now_ms);
    int result = replay_page_answer(replay, &asked, cards, facts, asked.until_ms <= replay->now_ms);
    if (result != -E_AGAIN)
        return result;
    park(replay, &asked, facts->generation);
    return 0;
}

static void ping_answer(struct replay *replay, struct port *port, struct request *request, const struct cards *cards,
                        const struct replay_facts *facts)
{
    struct ping_request ping;
    struct flaw flaw;
    if (request_decode(request, &record_of_ping_request, &ping, &flaw)) {
        request_refuse(port, request, -E_BAD_REQUEST, flaw.message, &replay->counts);
        return;
    }
    uint8_t body[PONG_MAX];
    struct wire_writer writer;
    wire_writer_init(&writer, body, sizeof body);
    request_pong_begin(&writer, request->rid, "outlet", 8);
    wire_key(&writer, "lineage");
    wire_text(&writer, facts->generation);
    request_pong_figure(&writer, "began_ms", (uint64_t)replay->began_ms);
    request_pong_figure(&writer, "cursor", cards->cursor);
    wire_key(&writer, "channels");
    wire_map(&writer, CHANNEL_count - 1);
    for (enum card_channel channel = CHANNEL_none + 1; channel < CHANNEL_count; channel++)
        request_pong_figure(&writer, channel_name(channel), cards->last[channel]);
    request_pong_figure(&writer, "subscribed", facts->subscribed);
    request_pong_figure(&writer, "parked", replay->parked_count);
    request_pong_figure(&writer, "untold_refusals", audit_untold(replay->audit));
    request_pong_figure(&writer, "dropped_replies", replay->counts.dropped_replies);
    ensure(!writer.full);
    request_reply(port, request->route, "PONG", wire_written(&writer), &replay->counts);
}

static int request_take(struct replay *replay, struct port *port, struct request *request, const struct cards *cards,
                        const struct replay_facts *facts)
{
    if (request->status)
        request_refuse(port, request, request->status, NULL, &replay->counts);
    else if (span_is(request->verb, "REPLAY"))
        return replay_take(replay, port, request, cards, facts);
    else if (span_is(request->verb, "PING"))
        ping_answer(replay, port, request, cards, facts);
    else
        request_refuse(port, request, -E_UNKNOWN_VERB, NULL, &replay->counts);
    return 0;
}

static int port_drain(struct replay *replay, struct port *port, const struct cards *cards,
                      const struct replay_facts *facts)
{
    struct request request;
    int result = 0;
    for (uint32_t i = 0; port && i < REPLAY_TURN_MAX && result == 0; i++) {
        if (request_receive(port, &replay->parcel, &replay->counts, &request))
            break;
        result = request_take(replay, port, &request, cards, facts);
    }
    return result;
}

/* ---- the turn ---- */

static void wait_shorten(const struct replay *replay, int64_t *ret_wait_ms)
{
    int64_t audit_ms = audit_due_ms(replay->audit), next_ms = parked_until_ms(replay);
    next_ms = audit_ms < next_ms ? audit_ms : next_ms;
    int64_t left_ms = next_ms == INT64_MAX ? INT64_MAX : next_ms > replay->now_ms ? next_ms - replay->now_ms : 0;
    if (replay->setup->access_path[0] && left_ms > GUARD_TURN_MS)
        left_ms = GUARD_TURN_MS;
    *ret_wait_ms = left_ms < *ret_wait_ms ? left_ms : *ret_wait_ms;
}

int replay_turn(struct replay *replay, const struct cards *cards, const struct replay_facts *facts,
                struct clock_reading now, int64_t *ret_wait_ms)
{
    struct port *port;
    struct request request;
    int result = 0;
    replay->now_ms = now.monotonic_ms;
    if (replay->began_ms == 0)
        replay->began_ms = now.wall_ms;
    guard_turn(&replay->guard, now);
    audit_turn(replay->audit, now);
    if (facts->generation.len > 0)
        result = parked_serve(replay, cards, facts);
    while (result == 0 && audit_take(replay->audit, &port, &request))
        result = request_take(replay, port, &request, cards, facts);
    if (result == 0)
        result = port_drain(replay, replay->trusted, cards, facts);
    if (result == 0)
        result = port_drain(replay, replay->port, cards, facts);
    wait_shorten(replay, ret_wait_ms);
    return result;
}

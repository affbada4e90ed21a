/*
 * gateway_figures.c - what every role says of itself, asked for all at once: for /metrics, /readyz?verbose and /v1/status.
 *
 *   request ─▶ errand that waits ─┐                      ┌─ PONG, or nothing for FIGURES_MS
 *   request ─▶ errand that waits ─┴─▶ one round of PINGs ─┴─▶ all of them are answered
 *
 * Whoever comes while a round is on its way is answered by it: however often they are asked for, the roles are asked once at a time.
 * A role that is down costs a round its deadline, and nobody his answer.
 */
#include "brokers/gateway_parts.h"
#include "core/ensure.h"

#include <stdio.h>
#include <stdlib.h>

#define FIGURES_MS 1000
#define LAG_ENTRIES_MAX 10000u /* more: not ready */
#define BEHIND_MS_MAX 30000

static const struct {
    enum metrics_part part;
    enum gateway_peer peer;
} asked_parts[] = {
    {PART_INTAKE, PEER_INTAKE}, {PART_FEED, PEER_FEED},         {PART_WORKER, PEER_QUERY},
    {PART_OUTLET, PEER_OUTLET}, {PART_NOTIFIER, PEER_NOTIFIER},
};
#define ASKED_PARTS (sizeof asked_parts / sizeof asked_parts[0])

/* ---- a round ---- */

/* Its own figures are what its PONG has. */
static void own_take(struct gateway *gateway)
{
    struct figures *figures = &gateway->figures;
    struct wire_writer writer;
    wire_writer_init(&writer, figures->bytes[PART_GATEWAY], FIGURES_MAX);
    gateway_pong_write(gateway, span_make(NULL, 0), &writer);
    ensure(!writer.full);
    figures->part[PART_GATEWAY] = wire_written(&writer);
}

static void round_end(struct gateway *gateway)
{
    gateway->figures.gathers = false;
    own_take(gateway);
    for (uint32_t i = 0; i < ERRANDS_MAX; i++) {
        struct errand *errand = &gateway->errand[i];
        if (!errand->then || !errand->waits_for_figures)
            continue;
        const struct reply told = {.status = 0};
        errand->then(gateway, errand, &told);
        errand_end(errand);
    }
}

static void part_take(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct figures *figures = &gateway->figures;
    enum metrics_part part = (enum metrics_part)errand->key;
    ensure(part < METRICS_PARTS);
    ensure(figures->missing > 0);
    if (reply->status == 0 && span_is(reply->verb, "PONG") && reply->body.len <= FIGURES_MAX) {
        memcpy(figures->bytes[part], reply->body.at, reply->body.len);
        figures->part[part] = span_make(figures->bytes[part], reply->body.len);
    }
    if (--figures->missing == 0)
        round_end(gateway);
}

static void round_begin(struct gateway *gateway)
{
    struct figures *figures = &gateway->figures;
    struct wire_writer writer;
    figures->gathers = true;
    figures->missing = 1; /* until all are asked: some may fail at once */
    for (uint32_t i = 0; i < METRICS_PARTS; i++)
        figures->part[i] = span_make(NULL, 0);
    for (uint32_t i = 0; i < ASKED_PARTS; i++) {
        struct errand *errand = gateway->peer[asked_parts[i].peer] ? errand_begin(gateway, NULL, OURSELVES) : NULL;
        if (!errand)
            continue;
        errand->until_ms = gateway->now.monotonic_ms + FIGURES_MS;
        errand->key = asked_parts[i].part;
        figures->missing++;
        ask_begin(gateway, errand, OURSELVES, 0, &writer);
        ask_send(gateway, errand, asked_parts[i].peer, "PING", &writer, part_take);
    }
    if (--figures->missing == 0)
        round_end(gateway);
}

static void figures_ask(struct gateway *gateway, const struct http_request *request, errand_then *then,
                        bool openmetrics)
{
    struct errand *errand = errand_begin(gateway, request, OURSELVES);
    if (!errand)
        return;
    errand->waits_for_figures = true;
    errand->openmetrics = openmetrics;
    errand->until_ms = gateway->now.monotonic_ms + 3 * FIGURES_MS;
    errand->then = then;
    if (!gateway->figures.gathers)
        round_begin(gateway);
}

static struct metrics_source source_of(const struct gateway *gateway)
{
    struct metrics_source source = {.http = gateway->http_times, .version = MANYI_VERSION};
    for (uint32_t i = 0; i < METRICS_PARTS; i++) {
        source.part[i] = gateway->figures.part[i];
        source.expected[i] = i != PART_NOTIFIER || gateway->peer[PEER_NOTIFIER];
    }
    return source;
}

/* ---- /metrics ---- */

static void metrics_answer(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    if (reply->status < 0) {
        answer_reply(gateway, errand, reply);
        return;
    }
    struct metrics_source source = source_of(gateway);
    size_t len = metrics_write(&source, errand->openmetrics, gateway->metrics);
    struct http_answer answer = {
        .status = 200,
        .type = errand->openmetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                    : "text/plain; version=0.0.4; charset=utf-8",
        .body = span_make(gateway->metrics, len),
        .field = {{"Vary", "Accept"}},
        .field_count = 1,
    };
    answer_send(gateway, &errand->request, &answer);
}

/* The older format for whoever asks for it, or for plain text, and does not name the newer one. */
void get_metrics(struct gateway *gateway, const struct http_request *request, const struct who *who)
{
    struct span accept = http_header(gateway->http, request->id, "Accept");
    bool newer = span_has(accept, "application/openmetrics-text"), plain = span_has(accept, "text/plain");
    if (access_widest(who->principal, MAY_rules) == REACH_NONE)
        answer_problem(gateway, request, -E_NO_RIGHT, "", "");
    else
        figures_ask(gateway, request, metrics_answer, newer || !plain);
}

/* ---- /readyz?verbose ---- */

struct readiness {
    char text[1024];
    size_t len;
    bool failed;
};

static void check_say(struct readiness *readiness, const char *name, bool fine, const char *why)
{
    int len = snprintf(readiness->text + readiness->len, sizeof readiness->text - readiness->len, "[%c]%s %s%s\n",
                       fine ? '+' : '-', name, fine ? "ok" : "failed: ", fine ? "" : why);
    ensure(len > 0);
    ensure((size_t)len < sizeof readiness->text - readiness->len);
    readiness->len += (size_t)len;
    readiness->failed |= !fine;
}

static void checks_say(const struct metrics_source *source, struct readiness *readiness)
{
    char why[128];
    int64_t behind_ms = 0, disk_short = 0, free_bytes = 0, reserve_bytes = 0;
    for (enum metrics_part part = 0; part < METRICS_PARTS; part++) {
        if (source->expected[part])
            check_say(readiness, metrics_part_name(part), source->part[part].len > 0, "does not answer");
    }
    if (metrics_figure(source->part[PART_WORKER], "behind_ms", &behind_ms)) {
        uint64_t lag = metrics_lag(source, PART_WORKER);
        snprintf(why, sizeof why, "%llu entries behind, for %lld s", (unsigned long long)lag,
                 (long long)(behind_ms / 1000));
        check_say(readiness, "lag", lag <= LAG_ENTRIES_MAX && behind_ms <= BEHIND_MS_MAX, why);
    }
    if (metrics_figure(source->part[PART_INTAKE], "disk_short", &disk_short)) {
        metrics_figure(source->part[PART_INTAKE], "disk_free_bytes", &free_bytes);
        metrics_figure(source->part[PART_INTAKE], "disk_reserve_bytes", &reserve_bytes);
        snprintf(why, sizeof why, "%lld bytes free, %lld are reserved: new events are refused", (long long)free_bytes,
                 (long long)reserve_bytes);
        check_say(readiness, "disk", disk_short == 0, why);
    }
}

static void checks_answer(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    if (reply->status < 0) {
        answer_reply(gateway, errand, reply);
        return;
    }
    struct metrics_source source = source_of(gateway);
    struct readiness readiness = {.len = 0};
    char text[sizeof readiness.text + 64];
    checks_say(&source, &readiness);
    snprintf(text, sizeof text, "%sreadyz check %s\n", readiness.text, readiness.failed ? "failed" : "passed");
    answer_text(gateway, &errand->request, readiness.failed ? 503 : 200, text);
}

void ready_checks(struct gateway *gateway, const struct http_request *request)
{
    figures_ask(gateway, request, checks_answer, false);
}

/* ---- /v1/status ---- */

/* A PONG without our rid, and that it is up. */
static void part_write(struct span pong, enum metrics_part part, struct wire_writer *writer)
{
    struct wire_reader reader = wire_reader(pong);
    struct wire_value header, key;
    struct span value, rid = span_make(NULL, 0);
    if (pong.len == 0 || wire_read(&reader, &header) < 0 || header.kind != WIRE_MAP) {
        wire_map(writer, 2);
        wire_key(writer, "role");
        wire_text(writer, span_of(metrics_part_name(part)));
        wire_key(writer, "up");
        wire_bool(writer, false);
        return;
    }
    bool asked = wire_find(pong, "rid", &key, &rid) == 0;
    wire_map(writer, header.count + 1 - asked);
    wire_key(writer, "up");
    wire_bool(writer, true);
    for (uint32_t i = 0; i < header.count; i++) {
        if (wire_read(&reader, &key) < 0 || key.kind != WIRE_STR || wire_skip(&reader, EVENT_DEPTH_MAX, &value) < 0)
            return; /* a role of ours never says that: json_print then refuses what was begun */
        if (asked && value.at == rid.at)
            continue;
        wire_text(writer, key.bytes);
        wire_raw(writer, value);
    }
}

static void status_answer(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct wire_writer writer;
    int64_t seq = 0;
    uint32_t count = 0;
    if (reply->status < 0) {
        answer_reply(gateway, errand, reply);
        return;
    }
    struct metrics_source source = source_of(gateway);
    bool folded = metrics_figure(source.part[PART_WORKER], "cursor", &seq);
    for (uint32_t i = 0; i < METRICS_PARTS; i++)
        count += source.expected[i];
    wire_writer_init(&writer, gateway->composed, sizeof gateway->composed);
    wire_map(&writer, 2);
    wire_key(&writer, "seq");
    if (folded)
        wire_integer(&writer, seq);
    else
        wire_nil(&writer);
    wire_key(&writer, "rows");
    wire_array(&writer, count);
    for (enum metrics_part part = 0; part < METRICS_PARTS; part++) {
        if (source.expected[part])
            part_write(source.part[part], part, &writer);
    }
    answer_value(gateway, &errand->request, 200, wire_written(&writer));
}

void get_status(struct gateway *gateway, const struct http_request *request, const struct who *who)
{
    if (request->query.len > 0)
        answer_problem(gateway, request, -E_BAD_REQUEST, "the status has no parameters", "");
    else if (access_widest(who->principal, MAY_rules) == REACH_NONE)
        answer_problem(gateway, request, -E_NO_RIGHT, "", "");
    else
        figures_ask(gateway, request, status_answer, false);
}

/*
 * bench_nats.c - loads a JetStream stream on disk. Its acknowledgement does not mean fdatasync: 2.9 cannot.
 *
 *   bench_nats PORT [events of a message, 1] [messages unanswered, 900] [seconds, 5]
 *
 * Several events of a message are opaque to JetStream: it keeps them as one. One unanswered: the synchronous js_Publish, one at a time.
 */
#include "tests/bench/events.h"
#include "tests/bench/load.h"

#include <nats/nats.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUBJECT "events"

struct load {
    natsConnection *connection;
    jsCtx *stream;
    struct event_mix mix;
    struct latencies latencies; /* of the synchronous ones */
    uint8_t *message;
    uint64_t events, in_flight;
    atomic_ulong refused; /* counted on the library's thread */
};

static void check(natsStatus status, const char *what)
{
    if (status != NATS_OK)
        load_fail("nats: %s: %s", what, natsStatus_GetText(status));
}

static void on_refused(jsCtx *stream, jsPubAckErr *refused, void *context)
{
    struct load *load = context;
    (void)stream;
    (void)refused;
    atomic_fetch_add(&load->refused, 1);
}

static void stream_open(struct load *load, uint64_t port)
{
    char url[64];
    jsOptions options;
    jsStreamConfig config;
    const char *subjects[] = {SUBJECT};
    snprintf(url, sizeof url, "nats://127.0.0.1:%llu", (unsigned long long)port);
    check(natsConnection_ConnectTo(&load->connection, url), url);
    check(jsOptions_Init(&options), "options");
    options.PublishAsync.MaxPending = (int64_t)load->in_flight;
    options.PublishAsync.StallWait = (int64_t)(LOAD_SILENCE_S * 1000);
    options.PublishAsync.ErrHandler = on_refused;
    options.PublishAsync.ErrHandlerClosure = load;
    check(natsConnection_JetStream(&load->stream, load->connection, &options), "JetStream");
    check(jsStreamConfig_Init(&config), "stream");
    config.Name = "BENCH";
    config.Subjects = subjects;
    config.SubjectsLen = 1;
    config.Storage = js_FileStorage;
    check(js_AddStream(NULL, load->stream, &config, NULL, NULL), "stream");
}

static int message_make(struct load *load)
{
    for (uint64_t i = 0; i < load->events; i++)
        memcpy(load->message + i * EVENT_MIX_BYTES, event_mix_next(&load->mix).at, EVENT_MIX_BYTES);
    return (int)(load->events * EVENT_MIX_BYTES);
}

/* Acknowledged messages. */
static uint64_t publish_one_at_a_time(struct load *load, double end)
{
    double now = load_now();
    while (now < end) {
        int len = message_make(load);
        latencies_sent(&load->latencies, load_now());
        check(js_Publish(NULL, load->stream, SUBJECT, load->message, len, NULL, NULL), "publish");
        now = load_now();
        latencies_answered(&load->latencies, now);
    }
    return load->latencies.answered;
}

static uint64_t publish_many(struct load *load, double end)
{
    uint64_t sent = 0;
    jsPubOptions patience;
    check(jsPubOptions_Init(&patience), "options");
    patience.MaxWait = (int64_t)(LOAD_SILENCE_S * 1000);
    while (load_now() < end) {
        int len = message_make(load);
        check(js_PublishAsync(load->stream, SUBJECT, load->message, len, NULL), "publish");
        sent++;
    }
    check(js_PublishAsyncComplete(load->stream, &patience), "the last answers");
    if (atomic_load(&load->refused))
        load_fail("nats: %lu messages refused", atomic_load(&load->refused));
    return sent;
}

int main(int argc, char **argv)
{
    static struct load load;
    if (argc < 2) {
        fprintf(stderr, "bench_nats PORT [events of a message] [messages unanswered] [seconds]\n");
        return 64;
    }
    load.events = load_number(argc, argv, 2, 1);
    load.in_flight = load_number(argc, argv, 3, 900);
    uint64_t seconds = load_number(argc, argv, 4, 5);
    load.message = malloc(load.events * EVENT_MIX_BYTES);
    event_mix_init(&load.mix, 0, 0);
    latencies_open(&load.latencies, 1);
    stream_open(&load, load_number(argc, argv, 1, 0));
    double begin = load_now();
    double end = begin + (double)seconds;
    uint64_t messages = load.in_flight == 1 ? publish_one_at_a_time(&load, end) : publish_many(&load, end);
    load_print(&load.latencies, messages * load.events, load_now() - begin, "");
    jsCtx_Destroy(load.stream);
    natsConnection_Destroy(load.connection);
    nats_Close();
    latencies_close(&load.latencies);
    free(load.message);
    return 0;
}

/*
 * bench_measure.c - the measurements of `manyi bench`, each against a server that is running.
 */
#include "cli/bench_measure.h"

#include "clients/c/manyi.h"
#include "core/status.h"
#include "schemas/codec.h"

#include <time.h>

#define CARD_WAIT_S 10.0

struct publishing {
    struct bench *bench;
    double sent; /* when the last one was handed over */
    bool one_by_one;
    uint64_t answered;
    int refused;
};

static void on_result(void *context, const struct manyi_result *result)
{
    struct publishing *publishing = context;
    publishing->answered++;
    if (publishing->one_by_one)
        sample_add(publishing->bench, bench_now() - publishing->sent);
    if (result->status < 0)
        publishing->refused = result->status;
}

static int publish_loop(struct publishing *publishing, struct manyi_publisher *publisher, uint64_t events_max,
                        double seconds, uint64_t *ret_events)
{
    struct rating rating = {.digits = NULL};
    rating_prepare(&rating);
    double end = bench_now() + seconds, heard = bench_now();
    uint64_t sent = 0, answered = 0;
    while (sent < events_max && publishing->refused == 0) {
        double now = bench_now();
        if (publishing->answered != answered) {
            answered = publishing->answered;
            heard = now;
        }
        if (now > end)
            break;
        if (now - heard > CARD_WAIT_S)
            return -E_UNREACHABLE;
        int result = 0;
        for (uint32_t i = 0; i < 512 && sent < events_max && result == 0; i++) {
            if (publishing->one_by_one && sent > publishing->answered)
                break;
            rating_number(&rating, publishing->bench->next_id);
            publishing->sent = publishing->one_by_one ? bench_now() : 0;
            result = manyi_publish(publisher, rating.bytes, rating.len, sent);
            publishing->bench->next_id += result == 0;
            sent += result == 0;
        }
        if (result < 0 && result != -E_AGAIN)
            return result;
        result = manyi_publisher_turn(publisher, 100);
        if (result < 0 && result != -E_AGAIN)
            return result;
    }
    int result = manyi_publisher_flush(publisher, (int64_t)(CARD_WAIT_S * 1000));
    *ret_events = sent;
    return publishing->refused ? publishing->refused : result;
}

int measure_publishing(struct bench *bench, uint32_t batch, bool one_by_one, uint64_t events_max, double seconds,
                       struct throughput *ret_throughput)
{
    char endpoint[ENDPOINT_MAX];
    struct manyi *manyi = NULL;
    struct manyi_publisher *publisher = NULL;
    struct publishing publishing = {.bench = bench, .one_by_one = one_by_one};
    int result = cli_manyi(bench->cli, &manyi);
    if (result < 0)
        return result;
    const struct manyi_publisher_options options = {
        .endpoint = cli_endpoint(bench->cli, CLI_INTAKE, endpoint),
        .batch_events = batch,
        .on_result = on_result,
        .context = &publishing,
    };
    result = manyi_publisher_open(manyi, &options, &publisher);
    if (result < 0)
        return cli_fail(bench->cli, result, "%s", endpoint);
    samples_begin(bench);
    struct throughput throughput = {.events = 0};
    double begin = bench_now();
    result = publish_loop(&publishing, publisher, events_max, seconds, &throughput.events);
    throughput.seconds = bench_now() - begin;
    samples_read(bench, &throughput);
    manyi_publisher_close(publisher);
    if (result < 0)
        return cli_fail(bench->cli, result, "while publishing to %s", endpoint);
    *ret_throughput = throughput;
    return 0;
}

/* ---- a complaint's way to a subscriber ---- */

struct watching {
    uint64_t cards; /* live ones */
    bool ready;
};

static void on_card(void *context, const struct manyi_card *card)
{
    struct watching *watching = context;
    watching->cards += !card->snapshot;
}

static void on_ready(void *context, const char *channel)
{
    struct watching *watching = context;
    (void)channel;
    watching->ready = true;
}

static struct span complaint_encode(uint64_t number, uint8_t *buffer, size_t size)
{
    char id[48];
    snprintf(id, sizeof id, "bench-c-%llu", (unsigned long long)number);
    struct complained data = {.has = 0};
    SET(&data, complained, store, span_of("sh-pudong"));
    SET(&data, complained, department, span_of("service"));
    SET(&data, complained, channel, channel_is_phone);
    SET(&data, complained, category, category_is_delay);
    SET(&data, complained, text, span_of("bench"));
    const struct event_draft draft = {.id = span_of(id),
                                      .source = span_of("/stores/sh-pudong/bench"),
                                      .type = EVENT_feedback_complained,
                                      .data = &data,
                                      .style = ENCODE_EVENT};
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, size);
    event_encode(&draft, &writer);
    return wire_written(&writer);
}

static int notices_measure(struct bench *bench, struct manyi_publisher *publisher, struct manyi_subscriber *subscriber,
                           struct watching *watching, uint32_t complaints)
{
    double deadline = bench_now() + CARD_WAIT_S;
    while (!watching->ready && bench_now() < deadline)
        manyi_subscriber_turn(subscriber, 50);
    for (uint32_t i = 0; i < complaints; i++) {
        uint8_t buffer[1024];
        struct span event = complaint_encode(bench->next_id++, buffer, sizeof buffer);
        uint64_t before = watching->cards;
        double begin = bench_now();
        int result = manyi_publish(publisher, event.at, event.len, i);
        if (result == 0)
            result = manyi_publisher_turn(publisher, 0);
        while ((result == 0 || result == -E_AGAIN) && watching->cards == before) {
            result = manyi_subscriber_turn(subscriber, 5);
            if (bench_now() - begin > CARD_WAIT_S)
                return -E_NOT_FOLDED;
        }
        sample_add(bench, bench_now() - begin);
        if (result == 0 || result == -E_AGAIN)
            result = manyi_publisher_flush(publisher, (int64_t)(CARD_WAIT_S * 1000));
        if (result < 0)
            return result;
    }
    return 0;
}

int measure_notice(struct bench *bench, uint32_t complaints, struct throughput *ret_throughput)
{
    static const char *const channels[] = {"complaint"};
    char intake[ENDPOINT_MAX], publish[ENDPOINT_MAX], replay[ENDPOINT_MAX];
    struct manyi *manyi = NULL;
    struct manyi_publisher *publisher = NULL;
    struct manyi_subscriber *subscriber = NULL;
    struct watching watching = {.ready = false};
    struct publishing publishing = {.bench = bench};
    int result = cli_manyi(bench->cli, &manyi);
    if (result < 0)
        return result;
    config_endpoint(&bench->cli->config, 4, publish);
    const struct manyi_publisher_options sends = {
        .endpoint = cli_endpoint(bench->cli, CLI_INTAKE, intake), .on_result = on_result, .context = &publishing};
    const struct manyi_subscriber_options hears = {
        .publish_endpoint = publish,
        .replay_endpoint = cli_endpoint(bench->cli, CLI_OUTLET, replay),
        .channels = channels,
        .channel_count = 1,
        .on_card = on_card,
        .on_ready = on_ready,
        .context = &watching,
    };
    samples_begin(bench);
    result = manyi_publisher_open(manyi, &sends, &publisher);
    if (result < 0)
        return cli_fail(bench->cli, result, "%s", intake);
    result = manyi_subscriber_open(manyi, &hears, &subscriber);
    double begin = bench_now();
    if (result == 0)
        result = notices_measure(bench, publisher, subscriber, &watching, complaints);
    struct throughput throughput = {.events = complaints, .seconds = bench_now() - begin};
    samples_read(bench, &throughput);
    if (subscriber)
        manyi_subscriber_close(subscriber);
    manyi_publisher_close(publisher);
    if (result < 0)
        return cli_fail(bench->cli, result, "while waiting for a complaint's card");
    *ret_throughput = throughput;
    return 0;
}

int measure_lag(struct bench *bench, double seconds_max, double *ret_seconds)
{
    static const uint8_t nothing[] = {0x80};
    double begin = bench_now();
    for (;;) {
        struct span pong, bytes;
        struct wire_value lag;
        int result = cli_ask(bench->cli, CLI_QUERY, "PING", span_make(nothing, sizeof nothing), "PONG", 10000, &pong);
        if (result < 0)
            return result;
        *ret_seconds = bench_now() - begin;
        if (wire_find(pong, "lag", &lag, &bytes) == 0 && lag.kind == WIRE_UINT && lag.natural == 0)
            return 0;
        if (*ret_seconds > seconds_max)
            return cli_fail(bench->cli, -E_NOT_FOLDED, "the worker is still %llu entries behind",
                            (unsigned long long)lag.natural);
        const struct timespec pause = {.tv_nsec = 20000000};
        nanosleep(&pause, NULL);
    }
}

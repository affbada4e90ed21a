/*
 * bench_measure.c - the measurements of `manyi bench`, each against a server that is running.
 */
#include "cli/bench_measure.h"

#include "clients/c/manyi.h"
#include "core/ensure.h"
#include "core/status.h"
#include "schemas/codec.h"

#include <stdlib.h>
#include <time.h>

#define ID_DIGITS 12u
#define IN_FLIGHT_MAX 65536u
#define CARD_WAIT_S 10.0

double bench_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int sample_order(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static void samples_read(struct bench *bench, struct throughput *throughput)
{
    if (bench->samples == 0)
        return;
    qsort(bench->sample, bench->samples, sizeof *bench->sample, sample_order);
    throughput->p50_ms = bench->sample[bench->samples / 2] * 1000;
    throughput->p99_ms = bench->sample[(uint64_t)bench->samples * 99 / 100] * 1000;
}

static void sample_add(struct bench *bench, double seconds)
{
    if (bench->samples < BENCH_SAMPLES_MAX)
        bench->sample[bench->samples++] = seconds;
}

/* ---- ratings ---- */

struct rating {
    uint8_t bytes[BENCH_EVENT_BYTES + 64];
    size_t len;
    char *digits; /* of its id, to be counted up */
};

static void rating_encode(struct rating *rating, const char *device)
{
    static const char *const dimensions[] = {"quality", "advisor", "pickup"};
    struct rated data = {.has = 0};
    struct dimension_scores scores = {.count = 3};
    for (uint32_t i = 0; i < 3; i++)
        scores.item[i] = (struct dimension_score){span_of(dimensions[i]), 8000 + 1000 * (int32_t)(i % 3)};
    SET(&data, rated, store, span_of("sh-pudong"));
    SET(&data, rated, department, span_of("service"));
    SET(&data, rated, channel, channel_is_wechat);
    SET(&data, rated, staff, span_of("wang.li"));
    SET(&data, rated, scores, scores);
    SET(&data, rated, overall, 9000);
    if (device[0])
        SET(&data, rated, device, span_of(device));
    const struct event_draft draft = {.id = span_of("bench-000000000000"),
                                      .source = span_of("/stores/sh-pudong/bench"),
                                      .type = EVENT_feedback_rated,
                                      .data = &data,
                                      .style = ENCODE_EVENT};
    struct wire_writer writer;
    wire_writer_init(&writer, rating->bytes, sizeof rating->bytes);
    event_encode(&draft, &writer);
    rating->len = writer.len;
}

/* The size that the targets are written for: a name fills it up. */
static void rating_prepare(struct rating *rating)
{
    char device[NAME_MAX_BYTES + 1] = "";
    rating_encode(rating, device);
    for (size_t len = 1; rating->len < BENCH_EVENT_BYTES && len <= NAME_MAX_BYTES; len++) {
        memset(device, 'd', len);
        rating_encode(rating, device);
    }
    ensure(rating->len == BENCH_EVENT_BYTES);
    for (size_t i = 0; i + 6 < rating->len && !rating->digits; i++) {
        if (memcmp(rating->bytes + i, "bench-", 6) == 0)
            rating->digits = (char *)rating->bytes + i + 6;
    }
    ensure(rating->digits != NULL);
}

static void rating_number(struct rating *rating, uint64_t number)
{
    for (uint32_t i = ID_DIGITS; i > 0; i--, number /= 10)
        rating->digits[i - 1] = (char)('0' + number % 10);
}

struct publishing {
    struct bench *bench;
    double *sent; /* by token */
    uint64_t answered;
    int refused;
};

static void on_result(void *context, const struct manyi_result *result)
{
    struct publishing *publishing = context;
    publishing->answered++;
    if (publishing->sent)
        sample_add(publishing->bench, bench_now() - publishing->sent[result->token % IN_FLIGHT_MAX]);
    if (result->status < 0)
        publishing->refused = result->status;
}

static int publish_loop(struct publishing *publishing, struct manyi_publisher *publisher, uint32_t in_flight,
                        uint64_t events_max, double seconds, uint64_t *ret_events)
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
            if (in_flight && sent - publishing->answered >= in_flight)
                break;
            rating_number(&rating, publishing->bench->next_id);
            if (publishing->sent)
                publishing->sent[sent % IN_FLIGHT_MAX] = bench_now();
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

int measure_publishing(struct bench *bench, uint32_t batch, uint32_t in_flight, uint64_t events_max, double seconds,
                       struct throughput *ret_throughput)
{
    char endpoint[ENDPOINT_MAX];
    struct manyi *manyi = NULL;
    struct manyi_publisher *publisher = NULL;
    struct publishing publishing = {.bench = bench};
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
    if (batch == 1)
        publishing.sent = calloc(IN_FLIGHT_MAX, sizeof *publishing.sent);
    bench->samples = 0;
    struct throughput throughput = {.events = 0};
    double begin = bench_now();
    result = publish_loop(&publishing, publisher, in_flight, events_max, seconds, &throughput.events);
    throughput.seconds = bench_now() - begin;
    samples_read(bench, &throughput);
    manyi_publisher_close(publisher);
    free(publishing.sent);
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
    bench->samples = 0;
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

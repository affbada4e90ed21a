/*
 * bench_card.c - a complaint's way: from the moment at which it is to be published until a subscriber has its card.
 *
 *   bench_card BASE_PORT COMPLAINTS [a second, 40] [ratings a second beside, 0] [FIRST, 0]
 *
 * Both are sent by a schedule that waits for nobody (schedule.h), complaints by one publisher, the benchmark's mix beside in PUTs of one
 * event by LANES publishers. FIRST: number of the first event's id. Prints one JSON object: `ms`, every complaint's latency, and `late_ms`, how long after
 * its moment each was handed over, which is this program's own part in it.
 */
#include "clients/c/manyi.h"
#include "core/status.h"
#include "schemas/codec.h"
#include "tests/bench/events.h"
#include "tests/bench/pace.h"
#include "tests/bench/put_lane.h"
#include "tests/bench/schedule.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LANES 8u
#define LEAD_NS SECOND_NS /* the load is there before the first complaint */
#define CUSTOMER "card-"
#define SILENCE_S 30.0

struct bench {
    uint16_t base;
    uint64_t first;
    uint32_t complaints, per_second, ratings_per_second;
    uint64_t start_ns; /* of the complaints' schedule */
    uint64_t *sent_ns; /* of each complaint */
    uint64_t *seen_ns; /* 0: not yet; the subscriber's alone */
    uint32_t seen;
    bool ready;
    atomic_bool stop;
    uint64_t ratings; /* sent, and acknowledged, when the thread has ended */
};

/* ---- publishers, a thread each ---- */

static struct span complaint_encode(uint64_t number, uint64_t index, uint8_t *buffer, size_t size)
{
    char id[48], customer[32];
    struct complained complained = {.has = 0};
    struct wire_writer writer;
    snprintf(id, sizeof id, "card-%llu", (unsigned long long)number);
    snprintf(customer, sizeof customer, CUSTOMER "%llu", (unsigned long long)index);
    SET(&complained, complained, store, span_of("sh-pudong"));
    SET(&complained, complained, department, span_of("service"));
    SET(&complained, complained, channel, channel_is_phone);
    SET(&complained, complained, category, category_is_delay);
    SET(&complained, complained, customer, span_of(customer));
    SET(&complained, complained, text, span_of("Three days late"));
    wire_writer_init(&writer, buffer, size);
    event_encode(&(struct event_draft){.id = span_of(id),
                                       .source = span_of("/stores/sh-pudong/desk"),
                                       .type = EVENT_feedback_complained,
                                       .time_ms = (int64_t)time(NULL) * 1000 + 1,
                                       .data = &complained},
                 &writer);
    return wire_written(&writer);
}

static void *complain(void *context)
{
    struct bench *bench = context;
    struct put_lane lane;
    struct pace pace;
    struct bus *bus;
    uint8_t buffer[1024];
    must(bus_open(&bus), "bus");
    put_lane_open(&lane, bus, bench->base + 1);
    pace_open(&pace);
    for (uint32_t i = 0; i < bench->complaints; i++) {
        put_lane_begin(&lane, 1);
        put_lane_add(&lane, complaint_encode(bench->first + i, i, buffer, sizeof buffer));
        pace_wait(&pace, bench->start_ns + schedule_scattered_ns(i, bench->per_second));
        bench->sent_ns[i] = pace_now_ns();
        put_lane_send(&lane);
        put_lane_answers(&lane, 0);
    }
    put_lane_flush(&lane);
    pace_close(&pace);
    put_lane_close(&lane);
    bus_close(bus);
    return NULL;
}

static void *rate(void *context)
{
    struct bench *bench = context;
    struct put_lane lane[LANES];
    struct event_mix mix;
    struct pace pace;
    struct bus *bus;
    uint64_t start_ns = bench->start_ns - LEAD_NS, sent = 0;
    must(bus_open(&bus), "bus");
    event_mix_init(&mix, bench->first, (int64_t)time(NULL) * 1000 + 1);
    for (uint32_t i = 0; i < LANES; i++)
        put_lane_open(&lane[i], bus, bench->base + 1);
    pace_open(&pace);
    while (!atomic_load(&bench->stop)) {
        struct put_lane *next = &lane[sent % LANES];
        pace_wait(&pace, start_ns + schedule_even_ns(sent, bench->ratings_per_second));
        put_lane_begin(next, 1);
        put_lane_add(next, event_mix_next(&mix));
        put_lane_send(next);
        put_lane_answers(next, 0);
        sent++;
    }
    for (uint32_t i = 0; i < LANES; i++) {
        put_lane_flush(&lane[i]);
        put_lane_close(&lane[i]);
    }
    bench->ratings = sent;
    pace_close(&pace);
    bus_close(bus);
    return NULL;
}

/* ---- the subscriber ---- */

static void on_card(void *context, const struct manyi_card *card)
{
    struct bench *bench = context;
    uint64_t now_ns = pace_now_ns();
    struct wire_value customer;
    struct span bytes;
    char name[32];
    if (wire_find(span_make(card->card, card->card_len), "customer", &customer, &bytes) < 0 ||
        customer.kind != WIRE_STR || customer.bytes.len <= strlen(CUSTOMER) || customer.bytes.len >= sizeof name)
        return;
    snprintf(name, sizeof name, "%.*s", SPAN_ARGS(customer.bytes));
    uint64_t index = strtoull(name + strlen(CUSTOMER), NULL, 10);
    if (card->snapshot || index >= bench->complaints || bench->seen_ns[index])
        return;
    bench->seen_ns[index] = now_ns;
    bench->seen++;
}

static void on_ready(void *context, const char *channel)
{
    struct bench *bench = context;
    (void)channel;
    bench->ready = true;
}

/* Until the condition holds; a silence that is too long ends the program. */
static void subscriber_run(struct bench *bench, struct manyi_subscriber *subscriber, bool all)
{
    double heard_s = monotonic_s();
    while (all ? bench->seen < bench->complaints : !bench->ready) {
        uint32_t before = bench->seen;
        int result = manyi_subscriber_turn(subscriber, 100);
        must(result == -E_AGAIN ? 0 : result, "subscriber");
        double now_s = monotonic_s();
        heard_s = bench->seen > before ? now_s : heard_s;
        must(now_s - heard_s > SILENCE_S ? -E_NOT_FOLDED : 0, "waiting for a complaint's card");
    }
}

static struct manyi_subscriber *subscribe(struct bench *bench, struct manyi *manyi)
{
    static const char *const channels[] = {"complaint"};
    char publish[64], replay[64];
    struct manyi_subscriber *subscriber;
    snprintf(publish, sizeof publish, "tcp://127.0.0.1:%u", bench->base + 4);
    snprintf(replay, sizeof replay, "tcp://127.0.0.1:%u", bench->base + 5);
    const struct manyi_subscriber_options options = {.publish_endpoint = publish,
                                                     .replay_endpoint = replay,
                                                     .channels = channels,
                                                     .channel_count = 1,
                                                     .on_card = on_card,
                                                     .on_ready = on_ready,
                                                     .context = bench};
    must(manyi_subscriber_open(manyi, &options, &subscriber), "subscriber");
    subscriber_run(bench, subscriber, false);
    return subscriber;
}

/* ---- the whole ---- */

static void figures_print(const struct bench *bench)
{
    printf("{\"ratings\":%llu,\"late_ms\":[", (unsigned long long)bench->ratings);
    for (uint32_t i = 0; i < bench->complaints; i++)
        printf("%s%.4f", i ? "," : "",
               (double)(bench->sent_ns[i] - bench->start_ns - schedule_scattered_ns(i, bench->per_second)) / 1e6);
    fputs("],\"ms\":[", stdout);
    for (uint32_t i = 0; i < bench->complaints; i++)
        printf("%s%.4f", i ? "," : "",
               (double)(bench->seen_ns[i] - bench->start_ns - schedule_scattered_ns(i, bench->per_second)) / 1e6);
    puts("]}");
}

static uint64_t number(int count, char **words, int index, uint64_t otherwise)
{
    return count > index ? strtoull(words[index], NULL, 10) : otherwise;
}

int main(int count, char **words)
{
    struct bench bench = {.base = (uint16_t)number(count, words, 1, 0),
                          .complaints = (uint32_t)number(count, words, 2, 0),
                          .per_second = (uint32_t)number(count, words, 3, 40),
                          .ratings_per_second = (uint32_t)number(count, words, 4, 0),
                          .first = number(count, words, 5, 0)};
    struct manyi *manyi;
    pthread_t complaining, rating;
    if (!bench.base || !bench.complaints || !bench.per_second) {
        fputs("bench_card BASE_PORT COMPLAINTS [a second] [ratings a second beside] [FIRST]\n", stderr);
        return 64;
    }
    bench.sent_ns = calloc(bench.complaints, sizeof *bench.sent_ns);
    bench.seen_ns = calloc(bench.complaints, sizeof *bench.seen_ns);
    must(bench.sent_ns && bench.seen_ns ? 0 : -E_NO_MEMORY, "samples");
    must(manyi_open(&manyi), "client");
    struct manyi_subscriber *subscriber = subscribe(&bench, manyi);
    bench.start_ns = pace_now_ns() + 2 * LEAD_NS;
    if (bench.ratings_per_second)
        pthread_create(&rating, NULL, rate, &bench);
    pthread_create(&complaining, NULL, complain, &bench);
    subscriber_run(&bench, subscriber, true);
    atomic_store(&bench.stop, true);
    pthread_join(complaining, NULL);
    if (bench.ratings_per_second)
        pthread_join(rating, NULL);
    figures_print(&bench);
    manyi_subscriber_close(subscriber);
    manyi_close(manyi);
    free(bench.sent_ns);
    free(bench.seen_ns);
    return 0;
}

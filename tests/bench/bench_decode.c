/*
 * bench_decode.c - nanoseconds for one event_decode on one core: best and median of many rounds.
 *
 * "one" decodes the same event over and over; "varied" walks through thousands that differ in lengths, figures and
 * optional fields, so that branches can't be learnt by heart.
 */
#include "schemas/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 100u
#define EVENTS 4096u
#define EVENT_BYTES 1024u

struct sample {
    uint8_t bytes[EVENT_BYTES];
    size_t len;
};

static struct sample samples[EVENTS];

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(const char *name, uint32_t count)
{
    static struct event event;
    struct flaw flaw;
    double rounds[ROUNDS];
    size_t bytes = 0;
    for (uint32_t i = 0; i < EVENTS; i++)
        bytes += samples[i % count].len;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        double begin = now_ns();
        for (uint32_t i = 0; i < EVENTS; i++) {
            const struct sample *sample = &samples[i % count];
            if (event_decode(span_make(sample->bytes, sample->len), &event, &flaw)) {
                fprintf(stderr, "%s: %s: %s\n", name, flaw.field, flaw.message);
                exit(1);
            }
        }
        rounds[round] = (now_ns() - begin) / EVENTS;
    }
    qsort(rounds, ROUNDS, sizeof rounds[0], ascending);
    printf("%-28s %4zu bytes  best %6.1f ns  median %6.1f ns\n", name, bytes / EVENTS, rounds[0], rounds[ROUNDS / 2]);
}

static void write_event(struct sample *sample, enum event_type type, const void *data, enum encode_style style)
{
    const struct event_draft draft = {
        .id = span_of("bay-03-000041"),
        .source = span_of("/stores/sh-pudong/service/bay-03"),
        .type = type,
        .time_ms = 1795392000000,
        .data = data,
        .style = style,
    };
    struct wire_writer writer;
    wire_writer_init(&writer, sample->bytes, sizeof sample->bytes);
    event_encode(&draft, &writer);
    if (writer.full)
        exit(1);
    sample->len = writer.len;
}

static uint32_t pick(uint32_t below)
{
    static uint64_t seed = 20261123;
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(seed >> 33) % below;
}

static struct span cut(const char *text, uint32_t least)
{
    return span_make(text, least + pick((uint32_t)strlen(text) - least + 1));
}

static void write_rating(struct sample *sample, bool varied)
{
    static const char *const dimensions[] = {"quality", "initiation", "advisor", "facility", "pickup"};
    static struct rated rated;
    memset(&rated, 0, sizeof rated);
    SET(&rated, rated, store, varied ? cut("sh-pudong-east-two", 6) : span_of("sh-pudong"));
    SET(&rated, rated, department, varied && pick(2) ? span_of("sales") : span_of("service"));
    SET(&rated, rated, channel, varied ? (int32_t)pick(channel_count) : (int32_t)channel_is_kiosk);
    if (!varied || pick(4))
        SET(&rated, rated, visit, varied ? cut("RO-2026-118841-77", 4) : span_of("RO-118841"));
    if (!varied || pick(2))
        SET(&rated, rated, staff, span_of("s-204"));
    for (uint32_t i = 0; i < 5; i++) {
        if (!varied || pick(5))
            rated.scores.item[rated.scores.count++] =
                (struct dimension_score){span_of(dimensions[i]), varied ? (int32_t)pick(21) * 500 : 9000};
    }
    SET(&rated, rated, overall, varied ? (int32_t)pick(11) * 1000 : 9000);
    if (varied && pick(3) == 0)
        SET(&rated, rated, nps, 10000);
    write_event(sample, EVENT_feedback_rated, &rated, ENCODE_EVENT);
}

static void write_complaint(struct sample *sample)
{
    struct complained complained = {0};
    SET(&complained, complained, store, span_of("sh-pudong"));
    SET(&complained, complained, channel, channel_is_phone);
    SET(&complained, complained, category, category_is_workmanship);
    SET(&complained, complained, text, span_of("刹车修了两次还响，服务顾问说没问题，请尽快处理。"));
    SET(&complained, complained, department, span_of("service"));
    write_event(sample, EVENT_feedback_complained, &complained, ENCODE_EVENT);
}

int main(void)
{
    write_rating(&samples[0], false);
    measure("feedback.rated, one", 1);
    for (uint32_t i = 0; i < EVENTS; i++)
        write_rating(&samples[i], true);
    measure("feedback.rated, varied", EVENTS);
    write_complaint(&samples[0]);
    measure("feedback.complained, one", 1);
    return 0;
}

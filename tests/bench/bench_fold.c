/*
 * bench_fold.c - nanoseconds of one core for one event folded: decoded, folded, committed.
 *
 *   bench_fold DIR [mix|days] [events] [aloud]     DIR/state is made anew; links with the real seams
 *
 * mix: what every benchmark sends (events.h). days: ratings of 40 stores, 20 people each, on 30 days: more rows of sums than
 * are kept in memory. aloud: what is concluded is encoded, too, as while nobody has heard it; else as in a rebuild.
 *
 * Events lie in records before the clock starts. It stops what one core has worked (CPU time), so that a busy machine tells
 * the same, but for the commits, most of which is waiting for the disk. Decoding is taken in a run of its own, and is part of
 * what folding takes, too: `fold` is what is left of it.
 */
#include "core/status.h"
#include "tests/bench/events.h"
#include "workers/fold.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define RECORDS 32u /* of a batch: 8 MiB */
#define BATCHES_MAX 256u
#define START_MS 1795392000123ll
#define EVENTS_A_MS 200
#define LINEAGE "0123456789abcdef0123456789abcdef"

struct batch {
    uint8_t *buffer;
    struct span records[RECORDS];
};

struct taken {
    uint64_t events, commits;
    double decode_s, fold_s, commit_s, commit_wall_s;
};

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- what is folded ---- */

static uint32_t pick(uint32_t below)
{
    static uint64_t seed = 20261123;
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (uint32_t)((seed * 2685821657736338717ull) >> 33) % below;
}

/* One of many days and people. */
static struct span days_next(uint64_t number, uint8_t *buffer, size_t size)
{
    static const char *const names[] = {"advisor", "facility", "initiation", "pickup", "quality"};
    char id[32], source[64], store[32], staff[32];
    struct rated rated = {0};
    struct dimension_scores scores = {.count = 5};
    uint32_t place = pick(40);
    snprintf(id, sizeof id, "r-%llu", (unsigned long long)number);
    snprintf(store, sizeof store, "store-%02u", place);
    snprintf(source, sizeof source, "/stores/%s/service/bay-%02u", store, pick(8));
    snprintf(staff, sizeof staff, "staff-%02u", pick(20));
    for (uint32_t i = 0; i < scores.count; i++)
        scores.item[i] = (struct dimension_score){span_of(names[i]), (int32_t)(7 + pick(4)) * 1000};
    SET(&rated, rated, store, span_of(store));
    SET(&rated, rated, department, span_of("service"));
    SET(&rated, rated, channel, channel_is_kiosk);
    SET(&rated, rated, staff, span_of(staff));
    SET(&rated, rated, scores, scores);
    SET(&rated, rated, nps, (int32_t)(7 + pick(4)) * 1000);
    const struct event_draft draft = {
        .id = span_of(id),
        .source = span_of(source),
        .type = EVENT_feedback_rated,
        .time_ms = START_MS - pick(30) * 86400000ll,
        .data = &rated,
    };
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, size);
    event_encode(&draft, &writer);
    if (writer.full)
        exit(1);
    return wire_written(&writer);
}

/* What fits into a batch; returns how many that are. mix NULL: days. */
static uint64_t batch_make(struct batch *batch, struct event_mix *mix, uint64_t seq, uint64_t most)
{
    uint64_t made = 0;
    uint8_t bytes[1024];
    struct entry entry = {.seq = 0};
    batch->buffer = malloc(RECORDS * RECORD_MAX);
    if (!batch->buffer)
        exit(1);
    for (uint32_t i = 0; i < RECORDS; i++) {
        struct record_writer writer = {.buffer = batch->buffer + i * RECORD_MAX, .capacity = RECORD_MAX};
        record_begin(&writer, RECORD_OUTSIDE, seq + made, START_MS + (int64_t)(seq + made) / EVENTS_A_MS);
        while (made < most) {
            if (!entry.event.len)
                entry.event = mix ? event_mix_next(mix) : days_next(seq + made, bytes, sizeof bytes);
            if (record_add(&writer, &entry) < 0)
                break;
            entry.event.len = 0;
            made++;
        }
        if (writer.count)
            batch->records[i] = record_finish(&writer);
    }
    return made;
}

/* ---- taking the time ---- */

static int batch_decode(const struct batch *batch, struct taken *taken)
{
    static struct event event;
    double begin = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    int result = 0;
    for (uint32_t i = 0; i < RECORDS && result == 0 && batch->records[i].len; i++) {
        struct record record;
        struct record_cursor cursor = {0};
        struct entry entry;
        struct flaw flaw;
        result = record_open(batch->records[i], &record);
        while (result == 0 && record_next(&record, &cursor, &entry) == 0)
            result = event_decode(entry.event, &event, &flaw);
    }
    taken->decode_s += seconds_of(CLOCK_PROCESS_CPUTIME_ID) - begin;
    return result;
}

static int commit(struct fold *fold, struct taken *taken)
{
    double begin = seconds_of(CLOCK_PROCESS_CPUTIME_ID), wall = seconds_of(CLOCK_MONOTONIC);
    int result = fold_commit(fold);
    taken->commit_s += seconds_of(CLOCK_PROCESS_CPUTIME_ID) - begin;
    taken->commit_wall_s += seconds_of(CLOCK_MONOTONIC) - wall;
    taken->commits++;
    return result < 0 ? result : fold_begin(fold, LINEAGE);
}

/* As the worker does: a commit at the batch's end, and whenever the fold is full. */
static int batch_fold(struct fold *fold, const struct batch *batch, struct taken *taken)
{
    double begin = seconds_of(CLOCK_PROCESS_CPUTIME_ID), committed_s = taken->commit_s;
    int result = 0;
    for (uint32_t i = 0; i < RECORDS && result == 0 && batch->records[i].len; i++) {
        struct record record;
        struct record_cursor cursor = {0};
        struct entry entry;
        result = record_open(batch->records[i], &record);
        while (result == 0 && record_next(&record, &cursor, &entry) == 0) {
            while ((result = fold_entry(fold, &entry, NULL)) == FOLD_PAUSES && commit(fold, taken) == 0) {
            }
            if (result == FOLD_DONE && fold_is_full(fold))
                result = commit(fold, taken);
        }
    }
    result = result == 0 ? commit(fold, taken) : result;
    taken->fold_s += seconds_of(CLOCK_PROCESS_CPUTIME_ID) - begin - (taken->commit_s - committed_s);
    return result;
}

static void tell(const struct taken *taken)
{
    double events = (double)taken->events, whole_s = taken->fold_s + taken->commit_s;
    printf(
        "%.0f events, %.0f ns of a core each: decode %.0f, fold %.0f, commit %.0f (%.0f with the disk, %llu commits); "
        "%.0f events/s of a core\n",
        events, whole_s * 1e9 / events, taken->decode_s * 1e9 / events,
        (taken->fold_s - taken->decode_s) * 1e9 / events, taken->commit_s * 1e9 / events,
        taken->commit_wall_s * 1e9 / events, (unsigned long long)taken->commits, events / whole_s);
}

int main(int count, char **arguments)
{
    static struct batch batches[BATCHES_MAX];
    static struct event_mix mix;
    struct taken taken = {0};
    struct fold *fold;
    bool days = count > 2 && strcmp(arguments[2], "days") == 0;
    uint64_t wanted = count > 3 ? strtoull(arguments[3], NULL, 10) : 1000000;
    uint32_t batch_count = 0;
    if (count < 2 || fold_open(arguments[1], &fold) < 0)
        return 1;
    if (fold->head.position.seq > 0) {
        fprintf(stderr, "%s holds a state already: name an empty directory\n", arguments[1]);
        return 1;
    }
    event_mix_init(&mix, 0, START_MS);
    for (; taken.events < wanted && batch_count < BATCHES_MAX; batch_count++)
        taken.events += batch_make(&batches[batch_count], days ? NULL : &mix, taken.events + 1, wanted - taken.events);
    fold->silent_upto.seq = count > 4 ? 0 : UINT64_MAX;
    int result = fold_begin(fold, LINEAGE);
    for (uint32_t i = 0; i < batch_count && result == 0; i++) {
        result = batch_decode(&batches[i], &taken);
        if (result == 0)
            result = batch_fold(fold, &batches[i], &taken);
        free(batches[i].buffer);
    }
    if (result != 0) {
        fprintf(stderr, "%s\n", status_text(result)->summary);
        return 1;
    }
    tell(&taken);
    fold_close(fold);
    return 0;
}

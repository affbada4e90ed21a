/*
 * bench_fold.c - nanoseconds of one core for one rating folded silently, turn by turn of 8 MiB, with its commits.
 *
 *   bench_fold DIR [ratings]     DIR/state is made anew; links with the real seams
 *
 * Ratings are of 40 stores and 5 departments by 20 people each, 229 bytes or so. CPU time, so that a busy machine tells the same.
 */
#include "core/status.h"
#include "workers/fold.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define RECORDS 32u /* of a turn */
#define TURNS_MAX 256u
#define START_MS 1795392000000ll

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint32_t pick(uint32_t below)
{
    static uint64_t seed = 20261123;
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (uint32_t)((seed * 2685821657736338717ull) >> 33) % below;
}

static struct span rating(uint64_t number, uint8_t *buffer, size_t size)
{
    static const char *const names[] = {"advisor", "facility", "initiation", "pickup", "quality"};
    char id[32], source[64], store[32], staff[32], visit[32];
    struct rated rated = {0};
    struct dimension_scores scores = {.count = 5};
    uint32_t place = pick(40);
    snprintf(id, sizeof id, "r-%llu", (unsigned long long)number);
    snprintf(store, sizeof store, "store-%02u", place);
    snprintf(source, sizeof source, "/stores/%s/service/bay-%02u", store, pick(8));
    snprintf(staff, sizeof staff, "staff-%02u", pick(20));
    snprintf(visit, sizeof visit, "V-%llu", (unsigned long long)number);
    for (uint32_t i = 0; i < scores.count; i++)
        scores.item[i] = (struct dimension_score){span_of(names[i]), (int32_t)(7 + pick(4)) * 1000};
    SET(&rated, rated, store, span_of(store));
    SET(&rated, rated, department, span_of("service"));
    SET(&rated, rated, channel, channel_is_kiosk);
    SET(&rated, rated, visit, span_of(visit));
    SET(&rated, rated, staff, span_of(staff));
    SET(&rated, rated, scores, scores);
    SET(&rated, rated, nps, (int32_t)(7 + pick(4)) * 1000);
    const struct event_draft draft = {
        .id = span_of(id),
        .source = span_of(source),
        .type = EVENT_feedback_rated,
        .time_ms = START_MS - pick(86400) * 1000ll,
        .data = &rated,
    };
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, size);
    event_encode(&draft, &writer);
    if (writer.full)
        exit(1);
    return wire_written(&writer);
}

/* A turn's worth of records; returns the ratings in it. */
static uint64_t batch_make(uint8_t *buffer, struct span *records, uint64_t seq, uint64_t most)
{
    uint64_t made = 0;
    for (uint32_t i = 0; i < RECORDS; i++) {
        struct record_writer writer = {.buffer = buffer + i * RECORD_MAX, .capacity = RECORD_MAX};
        uint8_t event[1024];
        record_begin(&writer, RECORD_OUTSIDE, seq + made, START_MS + (int64_t)(seq + made) / 200);
        while (made < most) {
            struct entry entry = {.event = rating(seq + made, event, sizeof event)};
            if (record_add(&writer, &entry) < 0)
                break;
            made++;
        }
        records[i] = writer.count ? record_finish(&writer) : (struct span){0};
    }
    return made;
}

static int batch_fold(struct fold *fold, const struct span *records)
{
    int result = fold_begin(fold, "0123456789abcdef0123456789abcdef");
    for (uint32_t i = 0; i < RECORDS && result == 0 && records[i].len; i++) {
        struct record record;
        struct record_cursor cursor = {0};
        struct entry entry;
        result = record_open(records[i], &record);
        while (result == 0 && record_next(&record, &cursor, &entry) == 0)
            result = fold_entry(fold, &entry, NULL);
    }
    return result == 0 ? fold_commit(fold) : result;
}

struct turn {
    uint8_t *buffer;
    struct span records[RECORDS];
    uint64_t ratings;
};

/* Everything is made first: it takes longer than folding it. */
static uint32_t turns_make(struct turn *turns, uint64_t wanted)
{
    uint32_t count = 0;
    uint64_t made = 0;
    for (; made < wanted && count < TURNS_MAX; count++) {
        struct turn *turn = &turns[count];
        turn->buffer = malloc(RECORDS * RECORD_MAX);
        if (!turn->buffer)
            exit(1);
        turn->ratings = batch_make(turn->buffer, turn->records, made + 1, wanted - made);
        made += turn->ratings;
    }
    return count;
}

int main(int count, char **arguments)
{
    static struct turn turns[TURNS_MAX];
    uint64_t wanted = count > 2 ? strtoull(arguments[2], NULL, 10) : 1000000;
    struct fold *fold;
    if (count < 2 || fold_open(arguments[1], &fold) < 0)
        return 1;
    if (fold->head.position.seq > 0) {
        fprintf(stderr, "%s holds a state already: name an empty directory\n", arguments[1]);
        return 1;
    }
    uint32_t turn_count = turns_make(turns, wanted);
    uint64_t folded = 0;
    fold->silent_upto.seq = UINT64_MAX;
    double begin = cpu_seconds();
    for (uint32_t i = 0; i < turn_count; i++) {
        int result = batch_fold(fold, turns[i].records);
        if (result != 0) {
            fprintf(stderr, "%s\n", status_text(result)->summary);
            return 1;
        }
        folded += turns[i].ratings;
    }
    double seconds = cpu_seconds() - begin;
    printf("%llu ratings, %.0f ns each, %.0f ratings/s of one core\n", (unsigned long long)folded,
           seconds * 1e9 / (double)folded, (double)folded / seconds);
    fold_close(fold);
    for (uint32_t i = 0; i < turn_count; i++)
        free(turns[i].buffer);
    return 0;
}

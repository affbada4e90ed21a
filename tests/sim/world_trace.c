/*
 * world_trace.c - what happens, as a number and as a story.
 *
 *     [Mon 09:00:00.000] intake       > seq 41 feedback.complained  sh-pudong/service  workmanship
 *
 * The number covers every message, commit and turn, whether anybody reads the story or not.
 */
#include "core/ensure.h"
#include "core/status.h"
#include "io/log.h"
#include "tests/sim/world_inside.h"

#include <stdarg.h>
#include <stdlib.h>

#define TEXT_MAX 512u
#define SHANGHAI_MS HOURS(8)

/* ---- the hash ---- */

void trace_number(struct world *world, uint64_t number)
{
    uint64_t hash = (world->outcome.hash ^ number) * 0x9e3779b97f4a7c15u;
    world->outcome.hash = hash ^ (hash >> 32);
}

void trace_bytes(struct world *world, struct span bytes)
{
    trace_number(world, bytes.len);
    for (size_t at = 0; at < bytes.len; at += 8) {
        uint64_t word = 0;
        memcpy(&word, bytes.at + at, bytes.len - at < 8 ? bytes.len - at : 8);
        trace_number(world, word);
    }
}

/* ---- the story ---- */

static void line_print(struct world *world, const char *who, const char *text)
{
    static const char days[][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    int64_t ms = WORLD_BEGIN_MS + SHANGHAI_MS + world->now_ms;
    int64_t day = (WORLD_BEGIN_MS + SHANGHAI_MS) / HOURS(24);
    day = ms / HOURS(24) - day; /* the world begins on a Monday */
    ms %= HOURS(24);
    fprintf(world->options.trace, "[%s %02d:%02d:%02d.%03d] %-12s > %s\n", days[day % 7], (int)(ms / HOURS(1)),
            (int)(ms / MINUTES(1) % 60), (int)(ms / 1000 % 60), (int)(ms % 1000), who, text);
}

void trace_line(struct world *world, const char *who, const char *format, ...)
{
    char text[TEXT_MAX];
    if (!world->options.trace)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    line_print(world, who, text);
}

void world_tell(struct world *world, const char *who, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    trace_number(world, (uint64_t)world->now_ms);
    trace_bytes(world, span_of(who));
    trace_bytes(world, span_of(text));
    if (world->options.trace)
        line_print(world, who, text);
}

bool world_violated(struct world *world, const char *invariant, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list arguments;
    if (world->outcome.violated)
        return false;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    world->outcome.violated = true;
    snprintf(world->outcome.violation, sizeof world->outcome.violation, "%s: %.480s", invariant, text);
    world_tell(world, "VIOLATION", "%s", world->outcome.violation);
    return false;
}

void world_fault(struct world *world, enum fault fault)
{
    ensure(fault < FAULT_COUNT);
    world->outcome.faults[fault]++;
    trace_number(world, 0xfa000000u + (uint64_t)fault);
}

/* ---- the journal ---- */

static int reader_refresh(struct world *world)
{
    if (world->reader)
        return journal_refresh(world->reader);
    const struct journal_options options = {.dir = WORLD_DIR, .read_only = true};
    int status = journal_open(&options, &world->reader);
    return status == -E_NO_JOURNAL ? 0 : status;
}

typedef void record_visit(struct world *world, const struct record *record, uint64_t after, uint64_t *sum);

/* Every record with entries after `after`, up to the head. */
static void records_visit(struct world *world, uint64_t after, record_visit *visit, uint64_t *sum)
{
    struct journal_reader *reader = NULL;
    struct journal_read read = {.after = after, .class_mask = 3, .capacity = SYSTEM_EVENT_MAX + 2 * RECORD_MAX};
    int status = journal_reader_open(world->reader, &reader);
    read.buffer = malloc(read.capacity);
    ensure(read.buffer != NULL);
    while (status == 0 && read.after < journal_head(world->reader)) {
        status = journal_read(reader, &read);
        for (uint32_t i = 0; i < read.count && status == 0; i++) {
            struct record record;
            status = record_open(read.records[i], &record);
            if (status == 0)
                visit(world, &record, after, sum);
        }
        read.after = read.upto;
    }
    journal_reader_close(reader);
    free(read.buffer);
    if (status)
        world_violated(world, "readable", "the journal on the disk: %s", status_text(status)->summary);
}

static void record_tell(struct world *world, const struct record *record, uint64_t after, uint64_t *sum)
{
    struct record_cursor cursor = {0};
    struct entry entry;
    (void)sum;
    while (record_next(record, &cursor, &entry) == 0) {
        if (entry.seq > after)
            story_entry(world, &entry, record->class);
    }
}

void trace_entries(struct world *world)
{
    struct world_inside *inside = world->inside;
    int status = reader_refresh(world);
    if (status)
        world_violated(world, "readable", "the journal on the disk: %s", status_text(status)->summary);
    if (status || !world->reader || journal_head(world->reader) == inside->told_seq)
        return;
    trace_number(world, journal_head(world->reader));
    if (world->options.trace)
        records_visit(world, inside->told_seq, record_tell, NULL);
    inside->told_seq = journal_head(world->reader);
}

static void record_count(struct world *world, const struct record *record, uint64_t after, uint64_t *sum)
{
    (void)world;
    (void)after;
    *sum += record->class == RECORD_CONSEQUENCE ? record->count : 0;
}

uint64_t trace_consequences(struct world *world)
{
    uint64_t sum = 0;
    if (reader_refresh(world) == 0)
        records_visit(world, 0, record_count, &sum);
    return sum;
}

/* ---- what the server says of itself ---- */

void __wrap_log_line(enum log_level level, const char *role, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static struct world *logged;

void trace_logs_of(struct world *world)
{
    logged = world;
}

/* Stands where io/log.c would write to stderr. */
void __wrap_log_line(enum log_level level, const char *role, const char *format, ...)
{
    char text[TEXT_MAX];
    va_list arguments;
    (void)level;
    if (!logged)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    world_tell(logged, role, "(%s)", text);
}

/* metrics.c - figures as text for Prometheus. */
#include "brokers/metrics.h"

#include "core/ensure.h"
#include "core/status.h"
#include "schemas/codec.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { COUNTER, GAUGE, HISTOGRAM, INFO };
enum scale { ONE, MILLI, TIME };

struct text {
    char *at;
    size_t len;
    bool openmetrics;
};

static const struct row {
    enum metrics_part part;
    const char *key;
    enum kind kind;
    const char *name, *unit;
    enum scale scale;
    const char *help;
} rows[] = {
#define METRIC(part, key, kind, name, unit, scale, help) {PART_##part, #key, kind, name, unit, scale, help},
#include "brokers/metrics.def"
};

const char *metrics_part_name(enum metrics_part part)
{
    static const char *const names[METRICS_PARTS] = {"intake", "feed", "worker", "outlet", "notifier", "gateway"};
    ensure(part < METRICS_PARTS);
    return names[part];
}

/* ---- PONGs ---- */

static bool value_at(struct span map, const char *key, struct wire_value *ret_value, struct span *ret_bytes)
{
    char step[NAME_MAX_BYTES + 1];
    for (;;) {
        const char *dot = strchr(key, '.');
        size_t len = dot ? (size_t)(dot - key) : strlen(key);
        ensure(len < sizeof step);
        memcpy(step, key, len);
        step[len] = '\0';
        if (map.len == 0 || wire_find(map, step, ret_value, ret_bytes) < 0)
            return false;
        if (!dot)
            return true;
        map = *ret_bytes;
        key = dot + 1;
    }
}

bool metrics_figure(struct span pong, const char *key, int64_t *ret_figure)
{
    struct wire_value value;
    struct span bytes;
    int64_t at_ms;
    if (!value_at(pong, key, &value, &bytes))
        return false;
    if (value.kind == WIRE_UINT && value.natural <= INT64_MAX)
        *ret_figure = (int64_t)value.natural;
    else if (value.kind == WIRE_STR && wire_time_ms(&value, &at_ms) == 0)
        *ret_figure = at_ms;
    else
        return false;
    return true;
}

uint64_t metrics_lag(const struct metrics_source *source, enum metrics_part part)
{
    int64_t head, cursor;
    if (!metrics_figure(source->part[PART_INTAKE], "head", &head) ||
        !metrics_figure(source->part[part], "cursor", &cursor) || cursor >= head)
        return 0; /* asked one after the other: the cursor may be newer */
    return (uint64_t)(head - cursor);
}

/* ---- text ---- */

__attribute__((format(printf, 2, 3))) static void say(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text->at + text->len, METRICS_MAX - text->len, format, arguments);
    va_end(arguments);
    ensure(len >= 0);
    ensure((size_t)len < METRICS_MAX - text->len);
    text->len += (size_t)len;
}

/* The two formats differ in what a counter and an info are called above their samples. */
static void family(struct text *text, enum kind kind, const char *name, const char *unit, const char *help)
{
    static const char *const kinds[] = {"counter", "gauge", "histogram", "info"};
    const char *end = text->openmetrics ? "" : kind == COUNTER ? "_total" : kind == INFO ? "_info" : "";
    say(text, "# HELP %s%s %s\n", name, end, help);
    say(text, "# TYPE %s%s %s\n", name, end, kind == INFO && !text->openmetrics ? "gauge" : kinds[kind]);
    if (text->openmetrics && unit[0])
        say(text, "# UNIT %s %s\n", name, unit);
}

static void row_write(struct text *text, const struct row *row, struct span pong)
{
    int64_t figure;
    if (!metrics_figure(pong, row->key, &figure))
        return;
    family(text, row->kind, row->name, row->unit, row->help);
    say(text, "%s%s ", row->name, row->kind == COUNTER ? "_total" : "");
    if (row->scale == ONE)
        say(text, "%lld\n", (long long)figure);
    else
        say(text, "%lld.%03d\n", (long long)(figure / 1000), abs((int)(figure % 1000)));
}

/* labels: `place="query",answer="2xx",` or "". */
static void histogram_write(struct text *text, const char *name, const char *labels, const struct histogram *histogram)
{
    uint64_t upto = 0;
    size_t end = strlen(labels);
    for (uint32_t i = 0; i < HISTOGRAM_BOUNDS; i++) {
        upto += histogram->count[i];
        say(text, "%s_bucket{%sle=\"%g\"} %llu\n", name, labels, histogram_bound_us[i] / 1e6, (unsigned long long)upto);
    }
    upto += histogram->count[HISTOGRAM_BOUNDS];
    say(text, "%s_bucket{%sle=\"+Inf\"} %llu\n", name, labels, (unsigned long long)upto);
    const char *open = end ? "{" : "", *close = end ? "}" : "";
    int shown = end ? (int)end - 1 : 0; /* without its comma */
    say(text, "%s_count%s%.*s%s %llu\n", name, open, shown, labels, close, (unsigned long long)upto);
    say(text, "%s_sum%s%.*s%s %.6f\n", name, open, shown, labels, close, (double)histogram->sum_us / 1e6);
}

/* As request_pong_times writes it. */
static bool histogram_read(struct span pong, const char *key, struct histogram *ret_histogram)
{
    struct wire_value array, value;
    struct span map, bytes;
    if (!value_at(pong, key, &value, &map) || wire_find(map, "buckets", &array, &bytes) < 0 ||
        array.kind != WIRE_ARRAY || array.count != HISTOGRAM_BUCKETS)
        return false;
    struct wire_reader reader = wire_reader(bytes);
    wire_read(&reader, &array);
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (wire_read(&reader, &value) < 0 || value.kind != WIRE_UINT)
            return false;
        ret_histogram->count[i] = value.natural;
    }
    if (wire_find(map, "sum_us", &value, &bytes) < 0 || value.kind != WIRE_UINT)
        return false;
    ret_histogram->sum_us = value.natural;
    return true;
}

static void times_write(struct text *text, const char *name, const char *help, struct span pong, const char *key)
{
    struct histogram histogram;
    if (!histogram_read(pong, key, &histogram))
        return;
    family(text, HISTOGRAM, name, "seconds", help);
    histogram_write(text, name, "", &histogram);
}

/* {E1203: 4}, with the code as a label. */
static void codes_write(struct text *text, const char *name, const char *help, struct span pong, const char *key)
{
    struct wire_value map, code, value;
    struct span bytes;
    if (!value_at(pong, key, &map, &bytes) || map.kind != WIRE_MAP)
        return;
    family(text, COUNTER, name, "", help);
    struct wire_reader reader = wire_reader(bytes);
    wire_read(&reader, &map);
    for (uint32_t i = 0; i < map.count; i++) {
        if (wire_read(&reader, &code) < 0 || wire_read(&reader, &value) < 0 || value.kind != WIRE_UINT)
            return;
        say(text, "%s_total{code=\"%.*s\"} %llu\n", name, SPAN_ARGS(code.bytes), (unsigned long long)value.natural);
    }
}

/* ---- what is told of several at once ---- */

static void roles_write(struct text *text, const struct metrics_source *source)
{
    family(text, GAUGE, "manyi_up", "", "Whether a role answers.");
    for (enum metrics_part part = 0; part < METRICS_PARTS; part++) {
        if (source->expected[part])
            say(text, "manyi_up{role=\"%s\"} %d\n", metrics_part_name(part), source->part[part].len > 0);
    }
    family(text, INFO, "manyi_build", "", "What runs here.");
    say(text, "manyi_build_info{version=\"%s\"} 1\n", source->version);
}

static void lags_write(struct text *text, const struct metrics_source *source)
{
    static const enum metrics_part followers[] = {PART_WORKER, PART_OUTLET};
    family(text, GAUGE, "manyi_lag_entries", "", "Entries between the journal's head and a follower's cursor.");
    for (uint32_t i = 0; i < 2; i++) {
        if (source->part[PART_INTAKE].len > 0 && source->part[followers[i]].len > 0)
            say(text, "manyi_lag_entries{role=\"%s\"} %llu\n", metrics_part_name(followers[i]),
                (unsigned long long)metrics_lag(source, followers[i]));
    }
}

static void complaints_write(struct text *text, struct span pong)
{
    struct wire_value grades, levels, value;
    struct span bytes;
    if (!value_at(pong, "open.complaints_by", &grades, &bytes) || grades.kind != WIRE_ARRAY)
        return;
    family(text, GAUGE, "manyi_complaints_open", "",
           "Open complaints by how grave they are and whom they have reached.");
    struct wire_reader reader = wire_reader(bytes);
    wire_read(&reader, &grades);
    for (int32_t grade = 0; grade < grade_count && grade < (int32_t)grades.count; grade++) {
        if (wire_read(&reader, &levels) < 0 || levels.kind != WIRE_ARRAY)
            return;
        for (uint32_t level = 0; level < levels.count; level++) {
            if (wire_read(&reader, &value) < 0 || value.kind != WIRE_UINT)
                return;
            say(text, "manyi_complaints_open{grade=\"%s\",level=\"%u\"} %llu\n", choice_name(choice_of_grade(), grade),
                level, (unsigned long long)value.natural);
        }
    }
}

static void http_write(struct text *text, const struct metrics_source *source)
{
    static const char *const places[METRICS_PLACES] = {"events", "decision", "query", "page", "link", "probe"};
    char labels[64];
    family(text, HISTOGRAM, "manyi_http_request_duration_seconds", "seconds",
           "From a whole request to its answer, by what its path is for.");
    for (uint32_t place = 0; place < METRICS_PLACES; place++) {
        for (uint32_t answer = 0; answer < METRICS_ANSWERS; answer++) {
            if (histogram_count(&source->http[place][answer]) == 0)
                continue;
            snprintf(labels, sizeof labels, "place=\"%s\",answer=\"%uxx\",", places[place], answer + 2);
            histogram_write(text, "manyi_http_request_duration_seconds", labels, &source->http[place][answer]);
        }
    }
}

size_t metrics_write(const struct metrics_source *source, bool openmetrics, char text[METRICS_MAX])
{
    struct text out = {.at = text, .openmetrics = openmetrics};
    struct span intake = source->part[PART_INTAKE], worker = source->part[PART_WORKER];
    roles_write(&out, source);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        row_write(&out, &rows[i], source->part[rows[i].part]);
    lags_write(&out, source);
    complaints_write(&out, worker);
    codes_write(&out, "manyi_intake_events_refused", "Events refused, by the code of why.", intake, "refused_by");
    codes_write(&out, "manyi_intake_events_quarantined", "Events that came into the quarantine, by the code of why.",
                intake, "quarantined_by");
    times_write(&out, "manyi_intake_put_duration_seconds", "From taking a PUT to its answer, durable.", intake, "put");
    times_write(&out, "manyi_journal_commit_duration_seconds", "Commits of the journal.", intake, "commit");
    times_write(&out, "manyi_state_commit_duration_seconds", "Commits of the worker's state.", worker, "commit");
    http_write(&out, source);
    if (openmetrics)
        say(&out, "# EOF\n");
    return out.len;
}

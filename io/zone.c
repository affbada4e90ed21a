/*
 * zone.c - reads TZif files (RFC 8536).
 *
 *   header 44 bytes, block with times of 4 bytes   skipped: version 1
 *   header 44 bytes, block with times of 8 bytes   times, the type of each, types {offset i32, summer u8, name u8}, ...
 *   "\n" rule "\n"                                 from the last time on: zone_rule.h
 */
#include "io/zone.h"

#include "core/limits.h"
#include "core/rfc3339.h"
#include "core/span.h"
#include "core/status.h"
#include "io/file.h"
#include "io/zone_rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define ZONE_FILE_MAX (64u * KIB)
#define PATH_BYTES 512u
#define HEADER_BYTES 44u
#define TYPE_BYTES 6u
#define RULE_BYTES 128u
#define DAY_MS 86400000ll

/* The block with times of 8 bytes, borrowed from the file. */
struct zone_block {
    const uint8_t *times, *indexes, *types;
    uint32_t time_count, type_count;
    char rule[RULE_BYTES];
};

static uint64_t big_endian(const uint8_t *at, uint32_t bytes)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < bytes; i++)
        value = value << 8 | at[i];
    return value;
}

/* The counts of a header, in its order. */
enum { UT_COUNT, STANDARD_COUNT, LEAP_COUNT, TIME_COUNT, TYPE_COUNT, NAME_BYTES, COUNTS };

/* False when at `at` no header with its block of times of `width` bytes stands; *ret_len is the length of both. */
static bool block_measure(struct span file, size_t at, uint32_t width, uint32_t counts[COUNTS], size_t *ret_len)
{
    if (file.len - at < HEADER_BYTES || memcmp(file.at + at, "TZif", 4) != 0 || file.at[at + 4] < '2')
        return false;
    for (uint32_t i = 0; i < COUNTS; i++) {
        counts[i] = (uint32_t)big_endian(file.at + at + 20 + 4 * (size_t)i, 4);
        if (counts[i] > ZONE_FILE_MAX)
            return false;
    }
    size_t len = HEADER_BYTES + (size_t)counts[TIME_COUNT] * (width + 1) + (size_t)counts[TYPE_COUNT] * TYPE_BYTES +
                 counts[NAME_BYTES] + (size_t)counts[LEAP_COUNT] * (width + 4) + counts[STANDARD_COUNT] +
                 counts[UT_COUNT];
    *ret_len = len;
    return len <= file.len - at && counts[TYPE_COUNT] > 0;
}

static bool block_find(struct span file, struct zone_block *ret_block)
{
    uint32_t counts[COUNTS];
    size_t skipped, len;
    if (!block_measure(file, 0, 4, counts, &skipped) || !block_measure(file, skipped, 8, counts, &len))
        return false;
    const uint8_t *body = file.at + skipped + HEADER_BYTES;
    ret_block->time_count = counts[TIME_COUNT];
    ret_block->type_count = counts[TYPE_COUNT];
    ret_block->times = body;
    ret_block->indexes = body + 8 * (size_t)counts[TIME_COUNT];
    ret_block->types = ret_block->indexes + counts[TIME_COUNT];
    for (uint32_t i = 0; i < ret_block->time_count; i++) {
        if (ret_block->indexes[i] >= ret_block->type_count)
            return false;
    }
    struct span rest = span_make(file.at + skipped + len, file.len - skipped - len);
    if (rest.len < 2 || rest.len - 2 >= RULE_BYTES || rest.at[0] != '\n' || rest.at[rest.len - 1] != '\n')
        return false;
    memcpy(ret_block->rule, rest.at + 1, rest.len - 2);
    ret_block->rule[rest.len - 2] = '\0';
    return true;
}

/* ---- what happens, one change after the other ---- */

struct collector {
    int64_t from_ms, to_ms;
    struct zone_found *found;
    bool full;
};

static void change_note(struct collector *collector, int64_t at_s, int64_t offset_s)
{
    struct zone_changes *changes = &collector->found->changes;
    int64_t offset_minutes = offset_s / 60;
    if (at_s <= collector->from_ms / 1000) {
        collector->found->offset_minutes = (int32_t)offset_minutes;
        return;
    }
    int64_t before =
        changes->count > 0 ? changes->change[changes->count - 1].offset_minutes : collector->found->offset_minutes;
    if (at_s >= collector->to_ms / 1000 || offset_minutes == before)
        return;
    collector->full = collector->full || changes->count == ZONE_CHANGES_MAX;
    if (!collector->full)
        changes->change[changes->count++] = (struct zone_change){at_s * 1000, offset_minutes};
}

static int64_t type_offset(const struct zone_block *block, uint32_t type)
{
    return (int32_t)(uint32_t)big_endian(block->types + (size_t)type * TYPE_BYTES, 4);
}

/* Those by the rule, after the last that the file lists. */
static void rule_note(struct collector *collector, const struct zone_rule *rule, int64_t listed_s)
{
    if (!rule->summer) {
        change_note(collector, listed_s + 1, rule->standard_seconds);
        return;
    }
    int64_t after_ms = listed_s > collector->from_ms / 1000 ? listed_s * 1000 : collector->from_ms;
    int32_t last_year = civil_from_days(collector->to_ms / DAY_MS).year;
    for (int32_t year = civil_from_days(after_ms / DAY_MS).year - 1; year <= last_year; year++) {
        int64_t begin_s = zone_rule_begin(rule, year), end_s = zone_rule_end(rule, year);
        bool begins_first = begin_s < end_s;
        for (int half = 0; half < 2; half++) {
            bool begins = (half == 0) == begins_first;
            int64_t at_s = begins ? begin_s : end_s;
            if (at_s > listed_s)
                change_note(collector, at_s, begins ? rule->summer_seconds : rule->standard_seconds);
        }
    }
}

static int changes_collect(const struct zone_block *block, int64_t from_ms, int64_t to_ms, struct zone_found *found)
{
    struct collector collector = {from_ms, to_ms, found, false};
    int64_t listed_s = -DAY_MS * 366 * 200 / 1000; /* before any change of any zone */
    found->offset_minutes = (int32_t)(type_offset(block, 0) / 60);
    for (uint32_t i = 0; i < block->time_count; i++) {
        int64_t at_s = (int64_t)big_endian(block->times + 8 * (size_t)i, 8);
        if (i > 0 && at_s <= listed_s)
            return -E_CORRUPT;
        listed_s = at_s;
        change_note(&collector, at_s, type_offset(block, block->indexes[i]));
    }
    struct zone_rule rule;
    if (block->rule[0] && !zone_rule_parse(block->rule, &rule))
        return -E_CORRUPT;
    if (block->rule[0])
        rule_note(&collector, &rule, listed_s);
    return collector.full ? -E_NO_ROOM : 0;
}

bool zone_dir_exists(const char *dir)
{
    struct stat found;
    return stat(dir, &found) == 0 && S_ISDIR(found.st_mode);
}

int zone_resolve(const char *dir, const char *zone, int64_t from_ms, int64_t to_ms, struct zone_found *ret_found)
{
    char path[PATH_BYTES];
    uint8_t *bytes;
    size_t len;
    int path_len = snprintf(path, sizeof path, "%s/%s", dir, zone);
    if (zone[0] == '\0' || zone[0] == '/' || strstr(zone, "..") || path_len >= (int)sizeof path)
        return -E_NOT_FOUND;
    int result = file_read(path, ZONE_FILE_MAX, &bytes, &len);
    if (result < 0)
        return result == -E_NO_MEMORY ? result : -E_NOT_FOUND;
    struct zone_block block;
    struct zone_found found = {.offset_minutes = 0};
    result = block_find(span_make(bytes, len), &block) ? changes_collect(&block, from_ms, to_ms, &found) : -E_CORRUPT;
    free(bytes);
    if (result == 0)
        *ret_found = found;
    return result;
}

/*
 * rfc3339.h - times as text, and civil dates, by pure arithmetic (proleptic Gregorian calendar).
 */
#ifndef MANYI_CORE_RFC3339_H
#define MANYI_CORE_RFC3339_H

#include "core/span.h"

#define RFC3339_LEN 24u /* 2026-11-23T00:00:00.000Z */

/* Writes exactly RFC3339_LEN characters and a terminating NUL. Years 0 to 9999. */
void rfc3339_format(int64_t ms, char ret_text[RFC3339_LEN + 1]);

/* Date, 'T' or 't' or space, time, optional fraction (cut to milliseconds), Z or an offset. -E_BAD_TIME. */
int rfc3339_parse(struct span text, int64_t *ret_ms);

struct civil_date {
    int32_t year;
    uint32_t month; /* 1-12 */
    uint32_t day;   /* 1-31 */
};

/* Days since 1970-01-01, and back. */
int64_t civil_to_days(struct civil_date date);
struct civil_date civil_from_days(int64_t days);

#endif

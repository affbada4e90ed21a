/*
 * span.h - borrowed bytes.
 *
 * A span never owns what it points at. The header of whatever hands one out says until when the bytes
 * live; copy them out before that. A span of length 0 may have a NULL pointer: never pass it to libc
 * functions that forbid NULL, use the functions below.
 */
#ifndef MANYI_CORE_SPAN_H
#define MANYI_CORE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const uint8_t *at;
    size_t len;
};

/* The bytes of a C string, without its terminator. */
static inline struct span span_of(const char *text)
{
    return (struct span){(const uint8_t *)text, text ? strlen(text) : 0};
}

static inline struct span span_make(const void *at, size_t len)
{
    return (struct span){(const uint8_t *)at, len};
}

static inline bool span_equal(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool span_is(struct span a, const char *text)
{
    return span_equal(a, span_of(text));
}

/* Is this text somewhere within? */
static inline bool span_has(struct span a, const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i + len <= a.len; i++) {
        if (memcmp(a.at + i, text, len) == 0)
            return true;
    }
    return false;
}

static inline bool span_starts(struct span a, const char *prefix)
{
    size_t len = strlen(prefix);
    return a.len >= len && memcmp(a.at, prefix, len) == 0;
}

/* Lexicographic byte order, as a store orders its keys: <0, 0, >0. */
static inline int span_compare(struct span a, struct span b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter ? memcmp(a.at, b.at, shorter) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* For printf: "%.*s", SPAN_ARGS(name) */
#define SPAN_ARGS(s) (int)(s).len, (s).at ? (const char *)(s).at : ""

#endif

/*
 * field_text.c - one field's value from text, as a person types it or a table has it.
 */
#include "cli/fields.h"

#include "core/rfc3339.h"
#include "core/status.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define YEAR_10000_MS 253402300800000ll

/* "+2h" from now. */
static int time_ahead(const char *text, int64_t now_ms, int64_t *ret_ms)
{
    char *end;
    errno = 0;
    long long amount = strtoll(text + 1, &end, 10);
    if (end == text + 1 || errno != 0 || amount < 0 || amount > 100000 || end[0] == '\0' || end[1] != '\0')
        return -E_BAD_TIME;
    int64_t unit_ms = *end == 'm' ? 60000 : *end == 'h' ? 3600000 : *end == 'd' ? 86400000 : 0;
    if (unit_ms == 0)
        return -E_BAD_TIME;
    *ret_ms = now_ms + amount * unit_ms;
    return 0;
}

/* "2026-11-24", "2026-11-24 16:00", "2026/11/24 16:00:05" on the wall clock of this machine. */
static int time_local(const char *text, int64_t *ret_ms)
{
    int year, month, day, hour = 0, minute = 0, second = 0, len = 0;
    char between = 'T';
    if (sscanf(text, "%4d%*1[-/]%2d%*1[-/]%2d%n", &year, &month, &day, &len) != 3 || len == 0)
        return -E_BAD_TIME;
    if (text[len] != '\0') {
        int more = 0;
        if (sscanf(text + len, "%c%2d:%2d%n", &between, &hour, &minute, &more) != 3 || more == 0 ||
            (between != ' ' && between != 'T'))
            return -E_BAD_TIME;
        len += more;
        more = 0;
        if (text[len] == ':' && (sscanf(text + len, ":%2d%n", &second, &more) != 1 || more == 0))
            return -E_BAD_TIME;
        len += more;
    }
    struct tm local = {.tm_year = year - 1900,
                       .tm_mon = month - 1,
                       .tm_mday = day,
                       .tm_hour = hour,
                       .tm_min = minute,
                       .tm_sec = second,
                       .tm_isdst = -1};
    struct tm asked = local;
    time_t seconds = mktime(&local);
    bool same_day = local.tm_mday == asked.tm_mday && local.tm_mon == asked.tm_mon; /* no 31st of November */
    bool of_a_day = hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
    if (text[len] != '\0' || seconds == (time_t)-1 || !same_day || !of_a_day)
        return -E_BAD_TIME;
    *ret_ms = (int64_t)seconds * 1000;
    return 0;
}

int time_from_text(const char *text, int64_t now_ms, int64_t *ret_ms)
{
    int64_t ms;
    int result = text[0] == '+' ? time_ahead(text, now_ms, &ms) : rfc3339_parse(span_of(text), &ms);
    if (result < 0 && text[0] != '+')
        result = time_local(text, &ms);
    if (result == 0 && (ms < 0 || ms >= YEAR_10000_MS))
        result = -E_BAD_TIME; /* no event has such a time */
    if (result == 0)
        *ret_ms = ms;
    return result;
}

static bool is_true(const char *text)
{
    return strcmp(text, "true") == 0 || strcmp(text, "yes") == 0 || strcmp(text, "1") == 0 || strcmp(text, "是") == 0;
}

static bool is_false(const char *text)
{
    return strcmp(text, "false") == 0 || strcmp(text, "no") == 0 || strcmp(text, "0") == 0 || strcmp(text, "否") == 0;
}

/* A number, or the text as it is. */
static void number_encode(const char *text, bool whole, struct wire_writer *writer)
{
    char *end;
    errno = 0;
    long long integer = strtoll(text, &end, 10);
    if (end != text && *end == '\0' && errno == 0) {
        wire_integer(writer, integer);
        return;
    }
    double real = strtod(text, &end);
    bool decimal = text[strspn(text, "+-.0123456789")] == '\0'; /* no nan, inf, 0x1p3 */
    if (!whole && decimal && end != text && *end == '\0')
        wire_real(writer, real);
    else
        wire_text(writer, span_of(text));
}

/* The next item of a list, without the blanks around it; false at the end. */
static bool item_next(const char **at, struct span *ret_item)
{
    static const char separators[] = ",;|";
    for (;;) {
        *at += strspn(*at, " ,;|");
        if (**at == '\0')
            return false;
        size_t len = strcspn(*at, separators);
        const char *begin = *at;
        *at += len;
        while (len > 0 && begin[len - 1] == ' ')
            len--;
        *ret_item = span_make(begin, len);
        return true;
    }
}

static uint32_t item_count(const char *text)
{
    uint32_t count = 0;
    struct span item;
    while (item_next(&text, &item))
        count++;
    return count;
}

static int scores_encode(const char *text, struct wire_writer *writer, char *message)
{
    struct span item;
    wire_map(writer, item_count(text));
    while (item_next(&text, &item)) {
        const uint8_t *equals = memchr(item.at, '=', item.len);
        char number[32];
        size_t len = equals ? (size_t)(item.at + item.len - equals) - 1 : 0;
        if (!equals || len >= sizeof number) {
            snprintf(message, FIELD_MESSAGE_MAX, "takes dimension=score pairs, such as quality=8,pickup=9");
            return -E_WRONG_TYPE;
        }
        memcpy(number, equals + 1, len);
        number[len] = '\0';
        wire_text(writer, span_make(item.at, (size_t)(equals - item.at)));
        number_encode(number, false, writer);
    }
    return 0;
}

static int time_encode(const char *text, int64_t now_ms, struct wire_writer *writer, char *message)
{
    int64_t ms;
    if (time_from_text(text, now_ms, &ms) < 0) {
        snprintf(message, FIELD_MESSAGE_MAX,
                 "is \"%.60s\"; use 2026-11-24T16:00:00+08:00, \"2026-11-24 16:00\" or +2h, +3d", text);
        return -E_BAD_TIME;
    }
    wire_timestamp(writer, ms);
    return 0;
}

int field_encode(const struct field *field, const char *text, int64_t now_ms, struct wire_writer *writer,
                 char message[FIELD_MESSAGE_MAX])
{
    struct span item;
    switch ((enum field_kind)field->kind) {
    case FIELD_TIME:
        return time_encode(text, now_ms, writer, message);
    case FIELD_SCORES:
        return scores_encode(text, writer, message);
    case FIELD_BOOL:
        if (!is_true(text) && !is_false(text)) {
            snprintf(message, FIELD_MESSAGE_MAX, "is \"%.60s\"; use true or false", text);
            return -E_WRONG_TYPE;
        }
        wire_bool(writer, is_true(text));
        return 0;
    case FIELD_INTEGER:
    case FIELD_REFERENCE:
        number_encode(text, true, writer);
        return 0;
    case FIELD_SCORE:
    case FIELD_FIGURE:
        number_encode(text, false, writer);
        return 0;
    case FIELD_NAMES:
        wire_array(writer, item_count(text));
        while (item_next(&text, &item))
            wire_text(writer, item);
        return 0;
    case FIELD_NESTED:
    case FIELD_LIST:
    case FIELD_KEYED:
        snprintf(message, FIELD_MESSAGE_MAX, "has fields of its own; name one, such as %s.%s", field->name,
                 field->inner->fields[0].name);
        return -E_WRONG_TYPE;
    case FIELD_NAME:
    case FIELD_LABEL:
    case FIELD_TEXT:
    case FIELD_URI:
    case FIELD_DOCUMENT:
    case FIELD_ANY:
    case FIELD_CHOICE:
        wire_text(writer, span_of(text));
        return 0;
    }
    return -E_WRONG_TYPE;
}

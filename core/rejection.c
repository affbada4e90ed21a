/* rejection.c - sentences for people whose decision is refused. */
#include "core/rejection.h"

#include "core/calendar.h"
#include "core/ensure.h"
#include "core/rfc3339.h"

#include <stdarg.h>
#include <stdio.h>

/* A character cut in two would make the whole card invalid: drops its first bytes, too. */
static void cut_half_character(char *text, size_t len)
{
    size_t start = len;
    while (start > 0 && ((uint8_t)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start == 0)
        return;
    uint8_t lead = (uint8_t)text[start - 1];
    size_t wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    if (len - (start - 1) < wanted)
        text[start - 1] = '\0';
}

int rejection(struct reason reason, int status, const char *format, ...)
{
    ensure(reason.size >= REASON_MIN);
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(reason.text, reason.size, format, arguments);
    va_end(arguments);
    ensure(len >= 0);
    if ((size_t)len >= reason.size)
        cut_half_character(reason.text, reason.size - 1);
    return status;
}

struct local_time local_time(const struct policy *policy, int64_t ms)
{
    char utc[RFC3339_LEN + 1];
    rfc3339_format(ms + calendar_offset_minutes(policy, ms) * 60000ll, utc);
    utc[sizeof "2026-11-23" - 1] = ' ';
    struct local_time local;
    memcpy(local.text, utc, sizeof local.text - 1);
    local.text[sizeof local.text - 1] = '\0';
    return local;
}

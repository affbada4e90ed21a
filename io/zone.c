/*
 * zone.c - reads the last line of a zone's TZif file (RFC 8536), such as "CST-8": its rule from now on, in POSIX notation.
 */
#include "io/zone.h"

#include "core/limits.h"
#include "core/span.h"
#include "core/status.h"
#include "io/file.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define ZONE_FILE_MAX (64u * KIB)
#define PATH_BYTES 512u

/* The last line, which the file's last two line feeds enclose; empty in a file without one (version 1). */
static bool rule_copy(struct span file, char rule[64])
{
    size_t end = file.len - 1;
    if (file.len < 8 || memcmp(file.at, "TZif", 4) != 0 || file.at[4] < '2' || file.at[end] != '\n')
        return false;
    size_t begin = end;
    while (begin > 0 && file.at[begin - 1] != '\n')
        begin--;
    if (end - begin >= 64)
        return false;
    memcpy(rule, file.at + begin, end - begin);
    rule[end - begin] = '\0';
    return true;
}

/* "CST-8" and "<+0545>-5:45": the name of standard time, then hours west of Greenwich. */
static bool rule_offset(const char *rule, int32_t *ret_minutes)
{
    const char *at = rule[0] == '<' ? strchr(rule, '>') : rule + strcspn(rule, "+-0123456789");
    if (!at || at == rule)
        return false;
    at += *at == '>';
    int sign = *at == '-' ? 1 : -1;
    at += *at == '-' || *at == '+';
    char *end;
    if (*at < '0' || *at > '9')
        return false;
    long hours = strtol(at, &end, 10);
    long minutes = *end == ':' ? strtol(end + 1, NULL, 10) : 0;
    if (hours > 24 || minutes < 0 || minutes > 59)
        return false;
    *ret_minutes = (int32_t)(sign * (hours * 60 + minutes));
    return true;
}

int zone_check(const char *dir, const char *zone, int32_t utc_offset_minutes, char message[ZONE_MESSAGE_MAX])
{
    char path[PATH_BYTES], rule[64];
    uint8_t *bytes;
    size_t len;
    int32_t minutes;
    int path_len = snprintf(path, sizeof path, "%s/%s", dir, zone);
    if (zone[0] == '\0' || zone[0] == '/' || strstr(zone, "..") || path_len >= (int)sizeof path ||
        file_read(path, ZONE_FILE_MAX, &bytes, &len) < 0)
        return 0;
    bool known = rule_copy(span_make(bytes, len), rule) && rule_offset(rule, &minutes);
    free(bytes);
    if (!known || minutes == utc_offset_minutes)
        return 0;
    snprintf(message, ZONE_MESSAGE_MAX, "utc_offset_minutes is %d, but %s is at %d by this system's time zones",
             (int)utc_offset_minutes, zone, (int)minutes);
    return -E_BAD_POLICY;
}

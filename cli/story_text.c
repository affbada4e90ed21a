/* story_text.c - times of the rulebook's zone, and names of the story's own instead of numbers. */
#include "cli/story.h"

#include "core/calendar.h"
#include "core/rfc3339.h"
#include "core/status.h"

#include <ctype.h>
#include <stdlib.h>

#define MINUTE_MS 60000ll
#define DAY_MS (24 * 60 * MINUTE_MS)

/* ---- times ---- */

static int64_t local_ms(const struct story *story, int64_t at_ms)
{
    return at_ms + calendar_offset_minutes(&story->policy, at_ms) * MINUTE_MS;
}

/* The instant that a local time names: of one that exists twice, and around one that does not exist, the later offset's. */
static int64_t instant_ms(const struct story *story, int64_t wall_ms)
{
    int64_t near_ms = wall_ms - calendar_offset_minutes(&story->policy, wall_ms) * MINUTE_MS;
    return wall_ms - calendar_offset_minutes(&story->policy, near_ms) * MINUTE_MS;
}

static int64_t day_begin(int64_t ms)
{
    return ms - ((ms % DAY_MS) + DAY_MS) % DAY_MS;
}

/* "09:00", "09:00:30" or "09:00:30.250" after midnight. */
static int time_of_day(const char *text, int64_t *ret_ms)
{
    char whole[40];
    int64_t ms;
    size_t len = strlen(text);
    if (len != 5 && len != 8 && len != 12)
        return -E_BAD_TIME;
    snprintf(whole, sizeof whole, "1970-01-01T%s%sZ", text, len == 5 ? ":00" : "");
    int result = rfc3339_parse(span_of(whole), &ms);
    if (result == 0)
        *ret_ms = ms;
    return result;
}

static int date(const char *text, int64_t *ret_ms)
{
    char whole[40];
    snprintf(whole, sizeof whole, "%.10sT00:00:00Z", text);
    return rfc3339_parse(span_of(whole), ret_ms);
}

static int time_read(struct story *story, const char *text, int64_t *ret_ms)
{
    int64_t day_ms = story->day_ms, of_day_ms = 0, ms;
    size_t len = strlen(text);
    if (rfc3339_parse(span_of(text), &ms) == 0) {
        story->day_ms = day_begin(local_ms(story, ms));
        *ret_ms = ms;
        return 0;
    }
    bool dated = len >= 10 && text[4] == '-';
    int result = dated ? date(text, &day_ms) : story->day_ms == INT64_MIN ? -E_BAD_TIME : 0;
    if (result == 0 && dated && len > 10 && text[10] != ' ')
        result = -E_BAD_TIME;
    const char *rest = dated ? text + (len > 10 ? 11 : 10) : text;
    if (result == 0 && (!dated || len > 10))
        result = time_of_day(rest, &of_day_ms);
    if (result < 0)
        return result;
    story->day_ms = day_ms;
    *ret_ms = instant_ms(story, day_ms + of_day_ms);
    return 0;
}

int story_time(struct story *story, const yaml_node_t *node, int64_t *ret_ms)
{
    const char *text = yaml_text(node);
    if (text && time_read(story, text, ret_ms) == 0)
        return 0;
    return yaml_refuse(story->file, node,
                       "\"%.40s\" is no time; write 2026-11-23 09:00, or 09:00 for the day before it",
                       text ? text : "...");
}

void story_clock(const struct story *story, int64_t at_ms, char ret_text[16])
{
    char text[RFC3339_LEN + 1];
    rfc3339_format(local_ms(story, at_ms), text);
    snprintf(ret_text, 16, "%.12s", text + 11);
}

void story_day(const struct story *story, int64_t at_ms, char ret_text[32])
{
    static const char *const names[] = {"Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday"};
    char text[RFC3339_LEN + 1];
    int64_t begin_ms = day_begin(local_ms(story, at_ms));
    rfc3339_format(begin_ms, text);
    snprintf(ret_text, 32, "%.10s %s", text, names[((begin_ms / DAY_MS) % 7 + 7) % 7]);
}

/* ---- names ---- */

const char *story_name(const struct story *story, uint64_t seq)
{
    for (uint32_t i = 0; i < story->event_count; i++) {
        if (story->events[i].seq == seq)
            return story->events[i].name;
    }
    return NULL;
}

static size_t name_len(const char *text)
{
    size_t len = 0;
    while (isalnum((unsigned char)text[len]) || text[len] == '_')
        len++;
    return len;
}

static const struct story_event *event_called(const struct story *story, const char *name, size_t len)
{
    for (uint32_t i = 0; i < story->event_count; i++) {
        if (strlen(story->events[i].name) == len && memcmp(story->events[i].name, name, len) == 0)
            return &story->events[i];
    }
    return NULL;
}

int story_text(struct story *story, const yaml_node_t *node, char ret_text[STORY_TEXT_MAX])
{
    const char *text = yaml_text(node);
    size_t used = 0;
    if (!text)
        return yaml_refuse(story->file, node, "one word or sentence belongs here");
    while (*text != '\0') {
        size_t len = *text == '$' && isalpha((unsigned char)text[1]) ? name_len(text + 1) : 0;
        const struct story_event *event = len ? event_called(story, text + 1, len) : NULL;
        if (len && !event)
            return yaml_refuse(story->file, node, "no event before this one is called `%.*s` (as: %.*s)", (int)len,
                               text + 1, (int)len, text + 1);
        char figure[2] = {*text, '\0'}, digits[24];
        if (event)
            snprintf(digits, sizeof digits, "%llu", (unsigned long long)event->seq);
        const char *more = event ? digits : figure;
        if (used + strlen(more) >= STORY_TEXT_MAX)
            return yaml_refuse(story->file, node, "longer than %u bytes", STORY_TEXT_MAX);
        memcpy(ret_text + used, more, strlen(more));
        used += strlen(more);
        text += 1 + len;
    }
    ret_text[used] = '\0';
    return 0;
}

/* Numbers of events follow "C-", "seq-" and "again-". */
void story_id(const struct story *story, struct span id, char *ret_text, size_t size)
{
    size_t used = 0, at = 0;
    while (at < id.len && used + 1 < size) {
        bool letter = at >= 2 && isupper(id.at[at - 2]) && (at == 2 || !isalnum(id.at[at - 3]));
        bool number = at >= 2 && id.at[at - 1] == '-' && isdigit(id.at[at]) &&
                      (letter || (at >= 4 && memcmp(id.at + at - 4, "seq-", 4) == 0) ||
                       (at >= 6 && memcmp(id.at + at - 6, "again-", 6) == 0));
        uint64_t seq = 0;
        size_t len = 0;
        while (number && at + len < id.len && isdigit(id.at[at + len]) && len < 18)
            seq = seq * 10 + (uint64_t)(id.at[at + len++] - '0');
        const char *name = len ? story_name(story, seq) : NULL;
        if (name) {
            used += (size_t)snprintf(ret_text + used, size - used, "%s", name);
            at += len;
        } else {
            ret_text[used++] = (char)id.at[at++];
        }
    }
    ret_text[used < size ? used : size - 1] = '\0';
}

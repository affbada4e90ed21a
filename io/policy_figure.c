/* policy_figure.c - reads and writes numbers, money, scores and durations as a manager writes them. */
#include "io/policy_figure.h"

#include "core/ensure.h"
#include "schemas/codec.h"

#include <stdio.h>

#define MINUTE_MS (60ll * 1000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define FIGURE_MOST 1000000000000ll /* no text means more, so that no sum of ours overflows */
#define DURATION_MOST_MS (400 * DAY_MS)

/* "12.5" with up to `decimals` decimals, scaled to a whole number. */
static bool read_decimal(const char **text, unsigned decimals, int64_t *ret_value)
{
    const char *at = *text;
    bool negative = *at == '-';
    at += negative;
    if (*at < '0' || *at > '9')
        return false;
    int64_t value = 0;
    for (; *at >= '0' && *at <= '9' && value <= FIGURE_MOST; at++)
        value = value * 10 + (*at - '0');
    bool point = decimals > 0 && *at == '.';
    at += point;
    if (point && (*at < '0' || *at > '9'))
        return false;
    for (; decimals > 0; decimals--) {
        bool digit = point && *at >= '0' && *at <= '9';
        value = value * 10 + (digit ? *at - '0' : 0);
        at += digit;
    }
    *text = at;
    *ret_value = negative ? -value : value;
    return true;
}

static bool read_whole(const char *text, unsigned decimals, int64_t *ret_value)
{
    return read_decimal(&text, decimals, ret_value) && *text == '\0';
}

/* "09:00" */
static bool read_minute(const char *text, int64_t *ret_minute)
{
    if (strlen(text) != 5 || text[2] != ':')
        return false;
    for (int i = 0; i < 5; i++) {
        if (i != 2 && (text[i] < '0' || text[i] > '9'))
            return false;
    }
    int64_t hour = (text[0] - '0') * 10 + text[1] - '0';
    int64_t minute = (text[3] - '0') * 10 + text[4] - '0';
    *ret_minute = hour * 60 + minute;
    return minute < 60;
}

static const struct {
    const char *text; /* what follows the number */
    int64_t ms;
    enum time_unit unit;
} duration_units[] = {
    /* from the coarsest, so that the first one that divides is the shortest text */
    {" d w", DAY_MS, TIME_WORKING_DAYS}, {" h w", HOUR_MS, TIME_WORKING}, {" min w", MINUTE_MS, TIME_WORKING},
    {" d c", DAY_MS, TIME_WALL},         {" h c", HOUR_MS, TIME_WALL},    {" min c", MINUTE_MS, TIME_WALL},
};
#define DURATION_UNITS (sizeof duration_units / sizeof duration_units[0])

static bool read_duration(const char *text, struct duration *ret_duration)
{
    int64_t amount;
    if (!read_decimal(&text, 0, &amount) || amount < 1 || amount > DURATION_MOST_MS / MINUTE_MS)
        return false;
    for (size_t i = 0; i < DURATION_UNITS; i++) {
        if (strcmp(text, duration_units[i].text) != 0)
            continue;
        *ret_duration = (struct duration){amount * duration_units[i].ms, duration_units[i].unit};
        return ret_duration->ms <= DURATION_MOST_MS;
    }
    return false;
}

static void write_duration(struct duration duration, figure_text ret_text)
{
    for (size_t i = 0; i < DURATION_UNITS; i++) {
        if (duration_units[i].unit != duration.unit || duration.ms % duration_units[i].ms != 0)
            continue;
        snprintf(ret_text, FIGURE_TEXT_MAX, "%lld%s", (long long)(duration.ms / duration_units[i].ms),
                 duration_units[i].text);
        return;
    }
    unreachable();
}

static void write_decimal(int64_t value, int64_t scale, int decimals, figure_text ret_text)
{
    if (value % scale == 0)
        snprintf(ret_text, FIGURE_TEXT_MAX, "%lld", (long long)(value / scale));
    else
        snprintf(ret_text, FIGURE_TEXT_MAX, "%lld.%0*lld", (long long)(value / scale), decimals,
                 (long long)(value % scale));
}

static void *place(const struct figure *figure, void *part)
{
    return (char *)part + figure->to;
}

static void store(const struct figure *figure, int64_t value, void *part)
{
    int32_t narrow = (int32_t)value;
    if (figure->kind == FIGURE_SWITCH) {
        bool on = value != 0;
        memcpy(place(figure, part), &on, sizeof on);
        return;
    }
    ensure(figure->width == sizeof value || narrow == value);
    if (figure->width == sizeof value)
        memcpy(place(figure, part), &value, sizeof value);
    else
        memcpy(place(figure, part), &narrow, sizeof narrow);
}

static int64_t load(const struct figure *figure, const void *part)
{
    int64_t value;
    int32_t narrow;
    bool on;
    if (figure->kind == FIGURE_SWITCH) {
        memcpy(&on, (const char *)part + figure->to, sizeof on);
        return on;
    }
    if (figure->width == sizeof value) {
        memcpy(&value, (const char *)part + figure->to, sizeof value);
        return value;
    }
    memcpy(&narrow, (const char *)part + figure->to, sizeof narrow);
    return narrow;
}

static bool read_wall(const char *text, int64_t *ret_ms)
{
    struct duration duration;
    if (!read_duration(text, &duration) || duration.unit != TIME_WALL)
        return false;
    *ret_ms = duration.ms;
    return true;
}

static bool read_switch(const char *text, int64_t *ret_on)
{
    *ret_on = strcmp(text, "yes") == 0;
    return *ret_on || strcmp(text, "no") == 0;
}

static bool read_grade(const char *text, int64_t *ret_grade)
{
    int32_t grade;
    if (choice_item_of(choice_of_grade(), span_of(text), &grade) < 0)
        return false;
    *ret_grade = grade;
    return true;
}

static bool read_value(const struct figure *figure, const char *text, int64_t *ret_value)
{
    switch (figure->kind) {
    case FIGURE_NUMBER:
        return read_whole(text, 0, ret_value);
    case FIGURE_YUAN:
        return read_whole(text, 2, ret_value);
    case FIGURE_SCORE:
        return read_whole(text, 3, ret_value);
    case FIGURE_MINUTE:
        return read_minute(text, ret_value);
    case FIGURE_WALL:
        return read_wall(text, ret_value);
    case FIGURE_SWITCH:
        return read_switch(text, ret_value);
    case FIGURE_GRADE:
        return read_grade(text, ret_value);
    case FIGURE_DURATION:
    case FIGURE_REPEAT:
        break;
    }
    unreachable();
}

bool figure_read(const struct figure *figure, const char *text, void *part)
{
    if (figure->kind == FIGURE_DURATION || figure->kind == FIGURE_REPEAT) {
        struct duration duration = {0, TIME_WORKING_DAYS};
        bool daily = figure->kind == FIGURE_REPEAT && strcmp(text, "daily") == 0;
        if (!daily && !read_duration(text, &duration))
            return false;
        memcpy(place(figure, part), &duration, sizeof duration);
        return true;
    }
    int64_t value;
    if (!read_value(figure, text, &value) || value < figure->least || value > figure->most)
        return false;
    store(figure, value, part);
    return true;
}

void figure_write(const struct figure *figure, const void *part, figure_text ret_text)
{
    struct duration duration;
    switch (figure->kind) {
    case FIGURE_NUMBER:
        write_decimal(load(figure, part), 1, 0, ret_text);
        return;
    case FIGURE_YUAN:
        write_decimal(load(figure, part), 100, 2, ret_text);
        return;
    case FIGURE_SCORE:
        write_decimal(load(figure, part), 1000, 3, ret_text);
        return;
    case FIGURE_MINUTE:
        snprintf(ret_text, FIGURE_TEXT_MAX, "%02lld:%02lld", (long long)(load(figure, part) / 60),
                 (long long)(load(figure, part) % 60));
        return;
    case FIGURE_WALL:
        write_duration((struct duration){load(figure, part), TIME_WALL}, ret_text);
        return;
    case FIGURE_SWITCH:
        snprintf(ret_text, FIGURE_TEXT_MAX, "%s", load(figure, part) ? "yes" : "no");
        return;
    case FIGURE_GRADE:
        snprintf(ret_text, FIGURE_TEXT_MAX, "%s", choice_name(choice_of_grade(), (int32_t)load(figure, part)));
        return;
    case FIGURE_DURATION:
    case FIGURE_REPEAT:
        memcpy(&duration, (const char *)part + figure->to, sizeof duration);
        if (figure->kind == FIGURE_REPEAT && duration.ms == 0)
            snprintf(ret_text, FIGURE_TEXT_MAX, "daily");
        else
            write_duration(duration, ret_text);
        return;
    }
    unreachable();
}

void figure_allowed(const struct figure *figure, char *ret_text, size_t size)
{
    static const char duration[] = "such as 8 h w: a number, min, h or d, then w for working or c for wall-clock time";
    switch (figure->kind) {
    case FIGURE_NUMBER:
        snprintf(ret_text, size, "a whole number from %lld to %lld", (long long)figure->least, (long long)figure->most);
        return;
    case FIGURE_YUAN:
        snprintf(ret_text, size, "an amount in yuan from %lld to %lld, such as 10000 or 99.50",
                 (long long)figure->least / 100, (long long)figure->most / 100);
        return;
    case FIGURE_SCORE:
        snprintf(ret_text, size, "a score from 0 to 10, such as 6 or 6.67");
        return;
    case FIGURE_MINUTE:
        snprintf(ret_text, size, "a time of day such as 09:00");
        return;
    case FIGURE_WALL:
        snprintf(ret_text, size, "wall-clock time such as 15 min c or 7 d c");
        return;
    case FIGURE_DURATION:
        snprintf(ret_text, size, "time %s", duration);
        return;
    case FIGURE_REPEAT:
        snprintf(ret_text, size, "daily, or time %s", duration);
        return;
    case FIGURE_SWITCH:
        snprintf(ret_text, size, "yes or no");
        return;
    case FIGURE_GRADE:
        snprintf(ret_text, size, "general, serious, major or urgent");
        return;
    }
    unreachable();
}

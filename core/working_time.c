/* working_time.c - piece by piece, and by whole weeks where every week is like the next. */
#include "core/working_time.h"

#include "core/ensure.h"

#define WEEK_MS (WEEKDAYS * DAY_MS)
#define FAR_MS (INT64_MAX / 4) /* no date that anybody writes, and far from where sums overflow */

static enum weekday weekday_of(int64_t day)
{
    int64_t since_thursday = day % WEEKDAYS; /* 1970-01-01 was one */
    return (enum weekday)((since_thursday + WEEKDAYS + THURSDAY) % WEEKDAYS);
}

/* The first exception that ends on this day or later; exception_count when there is none. */
static uint32_t exception_from(const struct calendar *calendar, int64_t day)
{
    uint32_t low = 0, high = calendar->exception_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (calendar->exception[middle].last_day < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct day_hours *working_hours(const struct calendar *calendar, int64_t day)
{
    static const struct day_hours closed = {.count = 0};
    uint32_t index = exception_from(calendar, day);
    if (index == calendar->exception_count || calendar->exception[index].first_day > day)
        return &calendar->weekday[weekday_of(day)];
    int32_t like = calendar->exception[index].like;
    return like == LIKE_NONE ? &closed : &calendar->weekday[like];
}

/* How many whole weeks from this day on are like any other. */
static int64_t plain_weeks(struct working_time time, int64_t day, int64_t at_ms, int64_t to_ms)
{
    const struct calendar *calendar = time.calendar;
    int64_t weeks = (to_ms - at_ms) / WEEK_MS;
    uint32_t index = exception_from(calendar, day);
    if (index < calendar->exception_count) {
        int64_t days = calendar->exception[index].first_day - day;
        int64_t until = days > 0 ? (days - 1) / (int64_t)WEEKDAYS : 0;
        weeks = weeks < until ? weeks : until;
    }
    return weeks;
}

/* ---- working time ---- */

struct piece {
    int64_t begin_ms, end_ms;
};

/* The first piece that ends after at_ms, without what lies before at_ms. Some day of the week has a shift. */
static struct piece piece_from(struct working_time time, int64_t at_ms)
{
    for (;;) {
        struct stretch stretch = zone_stretch(time.zone, at_ms);
        int64_t day = divide_down(at_ms + stretch.offset_ms, DAY_MS);
        int64_t midnight_ms = day * DAY_MS - stretch.offset_ms;
        const struct day_hours *hours = working_hours(time.calendar, day);
        for (uint32_t i = 0; i < hours->count; i++) {
            int64_t begin_ms = midnight_ms + hours->shift[i].from * MINUTE_MS;
            int64_t end_ms = midnight_ms + hours->shift[i].to * MINUTE_MS;
            begin_ms = begin_ms > at_ms ? begin_ms : at_ms;
            end_ms = end_ms < stretch.to_ms ? end_ms : stretch.to_ms;
            if (begin_ms < end_ms)
                return (struct piece){begin_ms, end_ms};
        }
        int64_t next_ms = midnight_ms + DAY_MS;
        at_ms = next_ms < stretch.to_ms ? next_ms : stretch.to_ms;
    }
}

static int64_t week_working_ms(const struct calendar *calendar)
{
    int64_t minutes = 0;
    for (uint32_t day = 0; day < WEEKDAYS; day++) {
        for (uint32_t i = 0; i < calendar->weekday[day].count; i++)
            minutes += calendar->weekday[day].shift[i].to - calendar->weekday[day].shift[i].from;
    }
    ensure(minutes > 0);
    return minutes * MINUTE_MS;
}

/* Passes plain weeks from *at_ms on, as long as they end by to_ms and use at most amount_ms; answers what they used. */
static int64_t weeks_pass(struct working_time time, int64_t *at_ms, int64_t to_ms, int64_t amount_ms)
{
    struct stretch stretch = zone_stretch(time.zone, *at_ms);
    int64_t week_ms = week_working_ms(time.calendar);
    int64_t day = divide_down(*at_ms + stretch.offset_ms, DAY_MS);
    int64_t weeks = plain_weeks(time, day, *at_ms, to_ms < stretch.to_ms ? to_ms : stretch.to_ms);
    weeks = weeks < amount_ms / week_ms ? weeks : amount_ms / week_ms;
    *at_ms += weeks * WEEK_MS;
    return weeks * week_ms;
}

int64_t working_add(struct working_time time, int64_t from_ms, int64_t amount_ms)
{
    int64_t at_ms = from_ms;
    while (amount_ms > 0) {
        /* one millisecond stays, so that the walk ends within working time, not after it */
        amount_ms -= weeks_pass(time, &at_ms, FAR_MS, amount_ms - 1);
        struct piece piece = piece_from(time, at_ms);
        int64_t len_ms = piece.end_ms - piece.begin_ms;
        if (amount_ms <= len_ms)
            return piece.begin_ms + amount_ms;
        amount_ms -= len_ms;
        at_ms = piece.end_ms;
    }
    return at_ms;
}

int64_t working_between(struct working_time time, int64_t from_ms, int64_t to_ms)
{
    int64_t passed_ms = 0;
    int64_t at_ms = from_ms;
    while (at_ms < to_ms) {
        passed_ms += weeks_pass(time, &at_ms, to_ms, INT64_MAX);
        struct piece piece = piece_from(time, at_ms);
        if (piece.begin_ms >= to_ms)
            break;
        at_ms = piece.end_ms < to_ms ? piece.end_ms : to_ms;
        passed_ms += at_ms - piece.begin_ms;
    }
    return passed_ms;
}

/* ---- working days ---- */

/* A place in the row of working days: so much of a day's 24 h. */
struct position {
    int64_t day;
    int64_t of_day_ms; /* below DAY_MS */
};

/* Its working time in milliseconds: 0 for a shift in an hour that the clocks leave out. */
static int64_t day_working_ms(struct working_time time, int64_t day)
{
    return working_between(time, zone_instant(time.zone, day * DAY_MS), zone_instant(time.zone, (day + 1) * DAY_MS));
}

/* What is outside working time is where the next begins. */
static struct position position_at(struct working_time time, int64_t at_ms)
{
    int64_t begin_ms = piece_from(time, at_ms).begin_ms;
    int64_t day = zone_day(time.zone, begin_ms);
    int64_t worked_ms = working_between(time, zone_instant(time.zone, day * DAY_MS), begin_ms);
    return (struct position){day, worked_ms * DAY_MS / day_working_ms(time, day)};
}

/* The instant of working time at a position. */
static int64_t position_instant(struct working_time time, struct position position)
{
    int64_t worked_ms = (position.of_day_ms * day_working_ms(time, position.day) + DAY_MS - 1) / DAY_MS;
    struct piece piece = piece_from(time, zone_instant(time.zone, position.day * DAY_MS));
    while (worked_ms >= piece.end_ms - piece.begin_ms) {
        struct piece next = piece_from(time, piece.end_ms);
        worked_ms -= piece.end_ms - piece.begin_ms;
        piece = next;
    }
    return piece.begin_ms + worked_ms;
}

static int64_t week_working_days(const struct calendar *calendar)
{
    int64_t days = 0;
    for (uint32_t day = 0; day < WEEKDAYS; day++)
        days += calendar->weekday[day].count > 0;
    return days;
}

/* Working days in [first_day, last_day), but at most `most`; *ret_day is where the counting ended: last_day, or the first
 * working day that was not counted. */
static int64_t workdays_count(struct working_time time, int64_t first_day, int64_t last_day, int64_t most,
                              int64_t *ret_day)
{
    int64_t count = 0;
    int64_t day = first_day;
    int64_t each_week = week_working_days(time.calendar);
    while (day < last_day) {
        int64_t weeks = plain_weeks(time, day, day * DAY_MS, last_day * DAY_MS);
        weeks = weeks < (most - count) / each_week ? weeks : (most - count) / each_week;
        count += weeks * each_week;
        day += weeks * (int64_t)WEEKDAYS;
        if (day == last_day)
            break;
        bool works = working_hours(time.calendar, day)->count > 0;
        if (works && count == most)
            break;
        count += works;
        day++;
    }
    *ret_day = day;
    return count;
}

int64_t working_days_add(struct working_time time, int64_t from_ms, int64_t amount_ms)
{
    struct position from = position_at(time, from_ms);
    int64_t sum_ms = from.of_day_ms + amount_ms;
    struct position until = {.of_day_ms = sum_ms % DAY_MS};
    workdays_count(time, from.day, FAR_MS / DAY_MS, sum_ms / DAY_MS, &until.day);
    return position_instant(time, until);
}

int64_t working_days_between(struct working_time time, int64_t from_ms, int64_t to_ms)
{
    if (from_ms >= to_ms)
        return 0;
    struct position from = position_at(time, from_ms);
    struct position to = position_at(time, to_ms);
    int64_t end;
    int64_t days = workdays_count(time, from.day, to.day, INT64_MAX, &end);
    return days * DAY_MS + to.of_day_ms - from.of_day_ms;
}

/* zone_time.c - what the clocks of a zone show: a search among the changes that the policy brought along. */
#include "core/zone_time.h"

/* No clock on earth is further from Greenwich than this. */
#define OFFSET_MOST_MS (15 * 60 * MINUTE_MS)

/* How many changes have come by then. */
static uint32_t changes_by(const struct zone_changes *changes, int64_t at_ms)
{
    uint32_t low = 0, high = changes->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (changes->change[middle].at_ms <= at_ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The stretch after so many changes. */
static struct stretch stretch_after(struct zone_time zone, uint32_t count)
{
    const struct zone_change *change = zone.changes->change;
    return (struct stretch){
        .from_ms = count > 0 ? change[count - 1].at_ms : INT64_MIN,
        .to_ms = count < zone.changes->count ? change[count].at_ms : INT64_MAX,
        .offset_ms = (count > 0 ? change[count - 1].offset_minutes : zone.offset_minutes) * MINUTE_MS,
    };
}

struct stretch zone_stretch(struct zone_time zone, int64_t at_ms)
{
    return stretch_after(zone, changes_by(zone.changes, at_ms));
}

int64_t zone_local_ms(struct zone_time zone, int64_t at_ms)
{
    return at_ms + zone_stretch(zone, at_ms).offset_ms;
}

int64_t zone_day(struct zone_time zone, int64_t at_ms)
{
    return divide_down(zone_local_ms(zone, at_ms), DAY_MS);
}

int64_t zone_instant(struct zone_time zone, int64_t local_ms)
{
    uint32_t count = changes_by(zone.changes, local_ms - OFFSET_MOST_MS);
    for (;; count++) {
        struct stretch stretch = stretch_after(zone, count);
        int64_t at_ms = local_ms - stretch.offset_ms;
        if (at_ms < stretch.from_ms)
            return stretch.from_ms;
        if (at_ms < stretch.to_ms)
            return at_ms;
    }
}

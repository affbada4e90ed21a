/*
 * reserve.c - see reserve.h.
 */
#include "brokers/reserve.h"
#include "io/disk.h"
#include "io/log.h"

#include <inttypes.h>

#define LOOK_EVERY_MS 1000
#define LOOKS_PER_RESERVE 8u

/* An entry's header is 24 bytes and its event at least as many; a session is a row of at most 700 bytes. */
#define BYTES_PER_BYTE 2u
#define REQUEST_BYTES (1u * KIB)
#define REFUSED_BYTES (1u * KIB) /* three rows beside the event's own bytes */
#define COMMIT_BYTES (64u * KIB) /* pages that are copied on write */

void reserve_open(struct reserve *reserve, const char *dir, uint64_t reserve_bytes)
{
    *reserve = (struct reserve){.dir = dir, .reserve_bytes = reserve_bytes, .looked_ms = INT64_MIN};
}

static uint64_t owed_bytes(const struct reserve *reserve)
{
    return reserve->written_bytes + reserve->leaving_bytes + reserve->turn_bytes;
}

static bool reaches_into(const struct reserve *reserve)
{
    uint64_t owed = owed_bytes(reserve);
    return reserve->free_bytes < owed || reserve->free_bytes - owed < reserve->reserve_bytes;
}

static void look(struct reserve *reserve)
{
    uint64_t free_bytes;
    reserve->since_bytes = 0;
    if (disk_free_bytes(reserve->dir, &free_bytes))
        return; /* what was known still holds, less what was taken */
    reserve->free_bytes = free_bytes;
    reserve->written_bytes = 0;
    bool was_short = reserve->is_short;
    reserve->is_short = reaches_into(reserve);
    if (reserve->is_short != was_short)
        log_line(LOG_WARNING, "intake",
                 "%" PRIu64 " bytes free on the disk, %" PRIu64 " on their way there: new events are %s", free_bytes,
                 owed_bytes(reserve), reserve->is_short ? "refused" : "taken again");
}

void reserve_watch(struct reserve *reserve, int64_t monotonic_ms)
{
    if (reserve->looked_ms != INT64_MIN && monotonic_ms - reserve->looked_ms < LOOK_EVERY_MS)
        return;
    reserve->looked_ms = monotonic_ms;
    look(reserve);
}

bool reserve_is_short(struct reserve *reserve)
{
    bool is_old = reserve->since_bytes > reserve->reserve_bytes / LOOKS_PER_RESERVE;
    if (!reserve->is_short && (is_old || reaches_into(reserve)))
        look(reserve);
    return reserve->is_short || reaches_into(reserve);
}

static void take(struct reserve *reserve, uint64_t bytes)
{
    reserve->turn_bytes += bytes;
    reserve->since_bytes += bytes;
}

void reserve_take_request(struct reserve *reserve, size_t len)
{
    take(reserve, BYTES_PER_BYTE * (uint64_t)len + REQUEST_BYTES);
}

void reserve_take_refused(struct reserve *reserve)
{
    take(reserve, REFUSED_BYTES);
}

void reserve_take_commit(struct reserve *reserve)
{
    take(reserve, COMMIT_BYTES);
}

void reserve_turn_leaves(struct reserve *reserve)
{
    reserve->leaving_bytes += reserve->turn_bytes;
    reserve->turn_bytes = 0;
}

void reserve_turn_is_written(struct reserve *reserve)
{
    reserve->written_bytes += reserve->leaving_bytes;
    reserve->leaving_bytes = 0;
}

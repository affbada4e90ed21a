/* watches.c - one small row a dimension, field by field. */
#include "workers/watches.h"

#include "core/status.h"
#include "workers/row.h"
#include "workers/state.h"

#define WATCH_VERSION 1u
#define WATCH_KEY_MAX (3u * NAME_MAX_BYTES + 2u)
#define WATCH_ROW_MAX (64u + CASE_KEY_MAX + LOW_RATINGS_MAX * 20u)

/* Names hold no control characters, so that a zero byte can stand between them. */
static struct span watch_key(const struct watch_place *place, uint8_t buffer[WATCH_KEY_MAX])
{
    const struct span names[] = {place->store, place->department, place->dimension};
    size_t len = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && (i < 2 || names[i].len > 0); i++) {
        ensure(names[i].len <= NAME_MAX_BYTES);
        if (i > 0)
            buffer[len++] = 0;
        if (names[i].len > 0)
            memcpy(buffer + len, names[i].at, names[i].len);
        len += names[i].len;
    }
    return span_make(buffer, len);
}

static int task_read(struct span bytes, struct case_key *ret_key)
{
    *ret_key = (struct case_key){0};
    return bytes.len > 0 ? case_key_of_bytes(bytes, ret_key) : 0;
}

int watch_read(struct span value, struct watch_row *ret_row)
{
    struct watch_row found = {0};
    struct row_reader row = row_reader(value);
    struct span task = row_bytes(&row);
    found.day = (int64_t)row_u64(&row);
    found.cusum = (int64_t)row_u64(&row);
    found.low_count = row_u32(&row);
    if (found.low_count > LOW_RATINGS_MAX)
        return -E_CORRUPT;
    for (uint32_t i = 0; i < found.low_count; i++) {
        found.low[i].seq = row_u64(&row);
        found.low[i].at_ms = (int64_t)row_u64(&row);
        found.low[i].thousandths = (int32_t)row_u32(&row);
    }
    if (row.bad || row.version != WATCH_VERSION || row.at != row.end || found.cusum < 0)
        return -E_CORRUPT;
    int result = task_read(task, &found.task);
    if (result == 0)
        *ret_row = found;
    return result;
}

int watch_get(struct store_txn *txn, const struct watch_place *place, struct watch_row *ret_row)
{
    uint8_t key[WATCH_KEY_MAX];
    struct span value;
    int result = store_get(txn, STATE_WATCHES, watch_key(place, key), &value);
    if (result == -E_NOT_FOUND) {
        memset(ret_row, 0, sizeof *ret_row);
        return 0;
    }
    return result < 0 ? result : watch_read(value, ret_row);
}

int watch_put(struct store_txn *txn, const struct watch_place *place, const struct watch_row *row)
{
    uint8_t key[WATCH_KEY_MAX], buffer[WATCH_ROW_MAX];
    struct row_writer writer = row_writer(buffer, sizeof buffer, WATCH_VERSION);
    ensure(row->low_count <= LOW_RATINGS_MAX);
    row_put_bytes(&writer, span_make(row->task.bytes, row->task.len));
    row_put_u64(&writer, (uint64_t)row->day);
    row_put_u64(&writer, (uint64_t)row->cusum);
    row_put_u32(&writer, row->low_count);
    for (uint32_t i = 0; i < row->low_count; i++) {
        row_put_u64(&writer, row->low[i].seq);
        row_put_u64(&writer, (uint64_t)row->low[i].at_ms);
        row_put_u32(&writer, (uint32_t)row->low[i].thousandths);
    }
    return store_put(txn, STATE_WATCHES, watch_key(place, key), row_written(&writer));
}

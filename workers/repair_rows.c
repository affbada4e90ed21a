/* repair_rows.c - the rows of `workshop`. */
#include "core/status.h"
#include "workers/repairs_inside.h"
#include "workers/row.h"

#define ROW_VERSION 1u
#define KEY_MAX (1u + 2u * NAME_MAX_BYTES + 1u)

static struct span workshop_key(uint8_t key[KEY_MAX], char kind, struct span first, struct span second)
{
    size_t len = 1 + first.len;
    ensure(first.len <= NAME_MAX_BYTES && second.len <= NAME_MAX_BYTES);
    key[0] = (uint8_t)kind;
    memcpy(key + 1, first.at, first.len);
    if (kind == 's') {
        key[len++] = 0; /* names hold no control characters */
        memcpy(key + len, second.at, second.len);
        len += second.len;
    }
    return span_make(key, len);
}

static int row_end(const struct row_reader *row)
{
    return row->bad || row->version != ROW_VERSION || row->at != row->end ? -E_CORRUPT : 0;
}

int vehicle_get(struct store_txn *txn, struct span vehicle, struct vehicle_row *ret_row)
{
    uint8_t key[KEY_MAX];
    struct span value;
    int result = store_get(txn, STATE_WORKSHOP, workshop_key(key, 'v', vehicle, (struct span){0}), &value);
    if (result < 0)
        return result;
    struct row_reader row = row_reader(value);
    struct vehicle_row found = {.days = row_u64(&row)};
    found.stay = row_u64(&row);
    result = row_end(&row);
    if (result == 0)
        *ret_row = found;
    return result;
}

int vehicle_put(struct fold *fold, struct span vehicle, const struct vehicle_row *row)
{
    uint8_t key[KEY_MAX], buffer[32];
    struct row_writer writer = row_writer(buffer, sizeof buffer, ROW_VERSION);
    row_put_u64(&writer, row->days);
    row_put_u64(&writer, row->stay);
    fold->writes++;
    return store_put(fold->txn, STATE_WORKSHOP, workshop_key(key, 'v', vehicle, (struct span){0}),
                     row_written(&writer));
}

int stay_get(struct store_txn *txn, struct span store, struct span visit, struct stay_row *ret_row)
{
    uint8_t key[KEY_MAX];
    struct span value;
    int result = store_get(txn, STATE_WORKSHOP, workshop_key(key, 's', store, visit), &value);
    if (result < 0)
        return result;
    struct row_reader row = row_reader(value);
    struct stay_row found = {.repair = row_u64(&row)};
    found.opened_ms = (int64_t)row_u64(&row);
    found.completed_ms = (int64_t)row_u64(&row);
    result = row_end(&row);
    if (result == 0)
        *ret_row = found;
    return result;
}

int stay_put(struct fold *fold, struct span store, struct span visit, const struct stay_row *row)
{
    uint8_t key[KEY_MAX], buffer[32];
    struct row_writer writer = row_writer(buffer, sizeof buffer, ROW_VERSION);
    row_put_u64(&writer, row->repair);
    row_put_u64(&writer, (uint64_t)row->opened_ms);
    row_put_u64(&writer, (uint64_t)row->completed_ms);
    fold->writes++;
    return store_put(fold->txn, STATE_WORKSHOP, workshop_key(key, 's', store, visit), row_written(&writer));
}

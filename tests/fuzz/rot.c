/*
 * rot.c - see rot.h.
 */
#include "tests/fuzz/rot.h"

bool rot_row_find(struct store_txn *txn, uint32_t table, uint32_t number, struct rot_row *row)
{
    struct store_cursor *cursor;
    struct span key, value;
    uint64_t count;
    int status = store_count(txn, table, &count);
    ensure(status == 0);
    if (count == 0)
        return false;
    status = store_cursor_open(txn, table, &cursor);
    ensure(status == 0);
    status = store_seek(cursor, span_make(NULL, 0), &key, &value);
    for (uint64_t i = 0; i < number % count && status == 0; i++)
        status = store_next(cursor, &key, &value);
    ensure(status == 0);
    ensure(value.len + 256 <= sizeof row->value);
    memcpy(row->key, key.at, key.len);
    row->key_len = key.len;
    if (value.len > 0)
        memcpy(row->value, value.at, value.len);
    row->value_len = value.len;
    store_cursor_close(cursor);
    return true;
}

enum { VALUE_OVER, VALUE_SHORTER, VALUE_LONGER, GONE, KEY_OVER, ONE_MORE, KEY_SHORTER, VALUE_WHOLE, WAYS };

static void row_change(struct rot_row *row, uint32_t way, uint8_t offset, struct span bytes)
{
    switch (way) {
    case VALUE_OVER:
        for (size_t i = 0; i < bytes.len && row->value_len > 0; i++)
            row->value[(offset + i) % row->value_len] = bytes.at[i];
        break;
    case VALUE_SHORTER:
        row->value_len = row->value_len > offset ? row->value_len - offset : 0;
        break;
    case VALUE_LONGER:
        memcpy(row->value + row->value_len, bytes.at, bytes.len);
        row->value_len += bytes.len;
        break;
    case KEY_OVER:
        for (size_t i = 0; i < bytes.len && row->key_len > 0; i++)
            row->key[(offset + i) % row->key_len] = bytes.at[i];
        break;
    case ONE_MORE: /* the value of another */
        row->key_len = bytes.len;
        memcpy(row->key, bytes.at, bytes.len);
        break;
    case KEY_SHORTER:
        row->key_len = row->key_len > offset ? row->key_len - offset : row->key_len;
        break;
    default:
        memcpy(row->value, bytes.at, bytes.len);
        row->value_len = bytes.len;
        break;
    }
}

void rot_change(struct store_txn *txn, uint32_t tables, struct carving *carving,
                void (*mend)(uint32_t table, struct rot_row *row))
{
    static struct rot_row row;
    uint32_t table = carve_byte(carving) % tables;
    uint8_t number = carve_byte(carving);
    uint32_t way = carve_byte(carving) % WAYS;
    uint8_t offset = carve_byte(carving);
    struct span bytes = carve_bytes(carving, carve_byte(carving));
    row.key_len = row.value_len = 0;
    bool found = rot_row_find(txn, table, number, &row);
    if (found && way != ONE_MORE)
        store_delete(txn, table, span_make(row.key, row.key_len));
    if (way == GONE)
        return;
    row_change(&row, way, offset, bytes);
    if (mend)
        mend(table, &row);
    if (row.key_len > 0)
        store_put(txn, table, span_make(row.key, row.key_len), span_make(row.value, row.value_len));
}

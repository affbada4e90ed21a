/*
 * lockout.c - names and addresses with too many wrong passwords, and until when they have to wait.
 */
#include "brokers/lockout.h"

#include <stddef.h>

#define PROBES 16u /* rows that a key may lie in */

static struct lockout_row *row_find(struct lockout *lockout, uint64_t key)
{
    for (uint32_t i = 0; i < PROBES; i++) {
        struct lockout_row *row = &lockout->row[(key + i) % LOCKOUT_ROWS];
        if (row->key == key)
            return row;
    }
    return NULL;
}

/* The key's row, or one that it may take. */
static struct lockout_row *row_take(struct lockout *lockout, uint64_t key, int64_t now_ms)
{
    struct lockout_row *row = row_find(lockout, key);
    if (!row) {
        row = &lockout->row[key % LOCKOUT_ROWS];
        for (uint32_t i = 0; i < PROBES && row->key; i++) {
            struct lockout_row *other = &lockout->row[(key + i) % LOCKOUT_ROWS];
            if (!other->key || other->ends_ms < row->ends_ms)
                row = other;
        }
        row->key = 0;
    }
    if (!row->key || row->ends_ms <= now_ms)
        *row = (struct lockout_row){.key = key, .ends_ms = now_ms + LOCKOUT_WINDOW_MS};
    return row;
}

int64_t lockout_until_ms(const struct lockout *lockout, uint64_t key, uint32_t wrong_most, int64_t now_ms)
{
    for (uint32_t i = 0; i < PROBES; i++) {
        const struct lockout_row *row = &lockout->row[(key + i) % LOCKOUT_ROWS];
        if (row->key == key)
            return row->wrong >= wrong_most && row->ends_ms > now_ms ? row->ends_ms : 0;
    }
    return 0;
}

void lockout_wrong(struct lockout *lockout, uint64_t key, uint32_t wrong_most, int64_t now_ms)
{
    struct lockout_row *row = row_take(lockout, key, now_ms);
    row->wrong++;
    if (row->wrong == wrong_most)
        row->ends_ms = now_ms + LOCKOUT_MS;
}

void lockout_take_back(struct lockout *lockout, uint64_t key)
{
    struct lockout_row *row = row_find(lockout, key);
    if (row && row->wrong > 0)
        row->wrong--;
}

void lockout_forget(struct lockout *lockout, uint64_t key)
{
    struct lockout_row *row = row_find(lockout, key);
    if (row)
        *row = (struct lockout_row){0};
}

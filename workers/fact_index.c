/* fact_index.c - blocks of fingerprints, appended to and searched from the end. */
#include "workers/fact_index.h"

#include "core/bytes.h"
#include "core/ensure.h"
#include "core/status.h"
#include "workers/state.h"

#define BLOCK_VERSION 1u

/* One to seven bytes; with their count known no two tails give the same. */
static uint64_t tail_load(const uint8_t *at, size_t len)
{
    if (len < 4)
        return (uint64_t)at[0] << 16 | (uint64_t)at[len / 2] << 8 | at[len - 1];
    uint32_t first, last;
    memcpy(&first, at, sizeof first);
    memcpy(&last, at + len - sizeof last, sizeof last);
    return (uint64_t)first << 32 | last;
}

/* The step of Wang Yi's wyhash. */
static uint64_t fold_word(uint64_t hash, uint64_t word)
{
    unsigned __int128 product = (unsigned __int128)(hash ^ word) * 0x9e3779b97f4a7c15ull;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Eight bytes at a time. Part of the format: never change it. */
static uint64_t fold_bytes(uint64_t hash, struct span bytes)
{
    size_t at = 0;
    hash = fold_word(hash, bytes.len);
    for (; at + sizeof(uint64_t) <= bytes.len; at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, bytes.at + at, sizeof word);
        hash = fold_word(hash, word);
    }
    if (at < bytes.len)
        hash = fold_word(hash, tail_load(bytes.at + at, bytes.len - at));
    return hash;
}

uint64_t fact_fingerprint(struct span source, struct span id)
{
    return fold_bytes(fold_bytes(0x6d616e7969ull, source), id);
}

static int block_write(struct fact_index *index, struct store_txn *txn)
{
    uint8_t key[8];
    bytes_put_u64(key, index->first);
    index->changed = false;
    return store_put(txn, STATE_FACTS, span_make(key, sizeof key),
                     span_make(index->block, 1 + index->count * FACT_BYTES));
}

static int block_check(struct span key, struct span value)
{
    bool whole = key.len == 8 && value.len > 1 && value.len <= FACT_BLOCK_BYTES && (value.len - 1) % FACT_BYTES == 0;
    return whole && value.at[0] == BLOCK_VERSION ? 0 : -E_CORRUPT;
}

int fact_index_load(struct fact_index *index, struct store_txn *txn)
{
    *index = (struct fact_index){.block[0] = BLOCK_VERSION};
    struct store_cursor *cursor;
    int result = store_cursor_open(txn, STATE_FACTS, &cursor);
    if (result < 0)
        return result;
    struct span key, value;
    result = store_last(cursor, &key, &value);
    if (result == 0)
        result = block_check(key, value);
    if (result == 0) {
        index->count = (uint32_t)(value.len - 1) / FACT_BYTES;
        index->first = bytes_u64(key.at);
        memcpy(index->block, value.at, value.len);
    }
    store_cursor_close(cursor);
    return result == -E_NOT_FOUND ? 0 : result;
}

int fact_index_add(struct fact_index *index, struct store_txn *txn, uint64_t seq, uint64_t fingerprint)
{
    if (index->count == FACT_BLOCK_FACTS || (index->count > 0 && seq - index->first > UINT32_MAX)) {
        int result = index->changed ? block_write(index, txn) : 0;
        if (result < 0)
            return result;
        index->count = 0;
    }
    if (index->count == 0)
        index->first = seq;
    ensure(seq >= index->first);
    uint8_t *at = index->block + 1 + index->count * FACT_BYTES;
    bytes_put_u64(at, fingerprint);
    bytes_put_u32(at + 8, (uint32_t)(seq - index->first));
    index->count++;
    index->changed = true;
    return 0;
}

int fact_index_flush(struct fact_index *index, struct store_txn *txn)
{
    return index->changed ? block_write(index, txn) : 0;
}

/* 0 when none of the block's facts before `before` has it. */
static uint64_t block_find(const uint8_t *block, uint32_t count, uint64_t first, uint64_t fingerprint, uint64_t before)
{
    for (uint32_t i = count; i-- > 0;) {
        const uint8_t *at = block + 1 + i * FACT_BYTES;
        uint64_t seq = first + bytes_u32(at + 8);
        if (seq < before && bytes_u64(at) == fingerprint)
            return seq;
    }
    return 0;
}

int fact_index_find(struct fact_index *index, struct store_txn *txn, uint64_t fingerprint, uint64_t before,
                    uint64_t *ret_seq)
{
    uint64_t seq = block_find(index->block, index->count, index->first, fingerprint, before);
    struct store_cursor *cursor;
    int result = store_cursor_open(txn, STATE_FACTS, &cursor);
    if (result < 0)
        return result;
    struct span key, value;
    result = store_last(cursor, &key, &value);
    while (seq == 0 && result == 0) {
        result = block_check(key, value);
        if (result < 0)
            break;
        uint32_t count = (uint32_t)(value.len - 1) / FACT_BYTES;
        seq = block_find(value.at, count, bytes_u64(key.at), fingerprint, before);
        index->searched += count;
        result = store_previous(cursor, &key, &value);
    }
    store_cursor_close(cursor);
    if (seq == 0)
        return result;
    *ret_seq = seq;
    return 0;
}

int fact_block_read(struct span key, struct span value, uint64_t *ret_first, uint64_t *ret_last)
{
    int result = block_check(key, value);
    if (result < 0)
        return result;
    *ret_first = bytes_u64(key.at);
    *ret_last = *ret_first + bytes_u32(value.at + value.len - 4);
    return 0;
}

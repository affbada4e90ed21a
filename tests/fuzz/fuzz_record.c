/*
 * A journal record from a damaged disk or a feed that lies: it is refused, or its entries written anew are the same bytes.
 *
 * The first byte says whether the checksum is put right, so that what comes after the checksum is reached as well.
 */
#include "core/bytes.h"
#include "core/status.h"
#include "schemas/record.h"
#include "tests/fuzz/judge.h"

#define CHECKSUM_AT 28u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t copy[1u << 20], again[1u << 20];

static void put_right(uint8_t *record, size_t len)
{
    uint32_t crc = crc32c(0, span_make(record, CHECKSUM_AT));
    crc = crc32c(crc, span_make(record + RECORD_HEADER_BYTES, len - RECORD_HEADER_BYTES));
    bytes_put_u32(record + CHECKSUM_AT, crc);
}

/* Walks the entries; 0 when all are sound, and then `ret_again` has them written anew. */
static int rewrite(const struct record *record, struct span *ret_again)
{
    struct record_writer writer = {.buffer = again, .capacity = sizeof again};
    struct record_cursor cursor = {0};
    struct entry entry;
    int status;
    uint32_t count = 0;
    record_begin(&writer, record->class, record->first, record->at_ms);
    while ((status = record_next(record, &cursor, &entry)) == 0) {
        ensure(entry.seq == record->first + count);
        ensure(entry.at_ms == record->at_ms);
        judge_inside(entry.event, record->entries);
        if (record_add(&writer, &entry))
            return -E_NO_ROOM; /* longer than we write */
        count++;
    }
    if (status != -E_NOT_FOUND)
        return status;
    ensure(count == record->count);
    ensure(record_next(record, &cursor, &entry) == -E_NOT_FOUND);
    *ret_again = record_finish(&writer);
    return 0;
}

/* No bit of a sound record can turn over unseen. */
static void flip(size_t len, uint32_t bit)
{
    struct record record;
    size_t at = bit / 8 % len;
    copy[at] ^= (uint8_t)(1u << bit % 8);
    ensure(record_open(span_make(copy, len), &record) < 0);
    copy[at] ^= (uint8_t)(1u << bit % 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 5 || size - 5 > sizeof copy)
        return 0;
    bool mend = data[0] & 1u;
    uint32_t bit = bytes_u32(data + 1);
    size_t len = size - 5;
    memcpy(copy, data + 5, len);
    if (mend && len >= RECORD_HEADER_BYTES)
        put_right(copy, len);
    struct record record, salvaged;
    struct span bytes = span_make(copy, len), once;
    ensure(crc32c(bit, bytes) == crc32c_portable(bit, bytes));
    int opened = record_open(bytes, &record);
    int saved = record_salvage(bytes, &salvaged);
    if (opened)
        return 0;
    int walked = rewrite(&record, &once);
    /* what is whole can be salvaged, and what can be salvaged can be walked */
    ensure((saved == 0) == (walked == 0 || walked == -E_NO_ROOM));
    if (walked)
        return 0;
    ensure(salvaged.first == record.first);
    ensure(salvaged.count == record.count);
    ensure(salvaged.at_ms == record.at_ms);
    if (copy[2] == 0 && copy[3] == 0) /* reserved */
        ensure(span_equal(once, bytes));
    flip(len, bit);
    return 0;
}

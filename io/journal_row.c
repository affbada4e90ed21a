/*
 * journal_row.c - rows of `sessions` and `quarantine`, sealed: LMDB has no checksums, and a bit that flips in a session's
 * `last` would have intake answer success for events that it never had.
 *
 *   version u8 | what the row says | CRC-32C u32 of the key and of all before it
 *
 * To change what a row says: raise the version, keep reading the old one.
 */
#include "core/bytes.h"
#include "core/ensure.h"
#include "core/status.h"
#include "io/journal_volume.h"

#define ROW_VERSION 2
#define ROW_VERSION_BARE \
    1 /* had no checksum; two bits from 2, so that one that flips does not make the other of either */

struct span row_seal(struct span key, uint8_t *value, size_t len)
{
    ensure(len >= 1);
    value[0] = ROW_VERSION;
    bytes_put_u32(value + len, crc32c(crc32c(0, key), span_make(value, len)));
    return span_make(value, len + ROW_SEAL_BYTES);
}

int row_open(struct span key, struct span value, struct span *ret_body)
{
    if (value.len < 1 + ROW_SEAL_BYTES)
        return -E_CORRUPT;
    size_t len = value.len - ROW_SEAL_BYTES;
    bool sound = bytes_u32(value.at + len) == crc32c(crc32c(0, key), span_make(value.at, len));
    if (!sound)
        return value.at[0] == ROW_VERSION_BARE ? -E_BAD_FORMAT : -E_CORRUPT;
    if (value.at[0] != ROW_VERSION)
        return -E_BAD_FORMAT;
    *ret_body = span_make(value.at + 1, len - 1);
    return 0;
}

struct span cause_row(struct last_cause cause, uint8_t value[1 + CAUSE_BYTES + ROW_SEAL_BYTES])
{
    bytes_put_u64(value + 1, cause.seq);
    bytes_put_u32(value + 9, cause.step);
    bytes_put_u32(value + 13, cause.fold_version);
    return row_seal(span_of("c"), value, 1 + CAUSE_BYTES);
}

struct last_cause cause_of_bytes(const uint8_t bytes[CAUSE_BYTES])
{
    return (struct last_cause){
        .seq = bytes_u64(bytes), .step = bytes_u32(bytes + 8), .fold_version = bytes_u32(bytes + 12)};
}

/*
 * A backup from wherever: refused with a sentence that names the place, or it becomes a journal that has what it says.
 *
 * The first byte says whether the rest is the stream itself, or rows that are put into a stream whose seals are right:
 *
 *   rows:  head u8, then each row: table u8 | length of the key u8 | key | length of the value u16 | value
 *   first byte:  bit 0 a stream of its own | bit 1 the rows' own checksums are put right, too | bit 2 a block for each row
 */
#include "core/bytes.h"
#include "core/status.h"
#include "io/backup_stream.h"
#include "io/store_sim.h"
#include "tests/fuzz/judge.h"

#include <sodium.h>
#include <zstd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DIR "/restored"
#define STREAM_MAX (512u * KIB)
#define ROWS_BYTES_MAX (128u * KIB)
#define ITEM_BYTES 9u

static uint8_t stream[STREAM_MAX];
static size_t stream_len, taken;

/* ---- the stream ---- */

static void put(const void *bytes, size_t len)
{
    ensure(stream_len + len <= sizeof stream);
    memcpy(stream + stream_len, bytes, len);
    stream_len += len;
}

static void put_numbers(const uint64_t *numbers, uint32_t count, uint32_t bytes)
{
    uint8_t encoded[8];
    for (uint32_t i = 0; i < count; i++) {
        bytes_put_u64(encoded, numbers[i]);
        put(encoded + 8 - bytes, bytes);
    }
}

static void header_put(uint8_t head)
{
    const uint64_t version[] = {BACKUP_VERSION}, places[] = {head, 4102444800000, head}, steps[] = {0, 1};
    put(BACKUP_MAGIC, 8);
    put_numbers(version, 1, 4);
    put("0123456789abcdef0123456789abcdef", LINEAGE_LEN);
    put_numbers(places, 3, 8);
    put_numbers(steps, 2, 4);
    const uint64_t crc[] = {crc32c(0, span_make(stream, stream_len))};
    put_numbers(crc, 1, 4);
    ensure(stream_len == HEADER_BYTES);
}

static void block_put(const uint8_t *rows, size_t len)
{
    static uint8_t frame[ROWS_BYTES_MAX + 4096];
    if (len == 0)
        return;
    size_t stored = ZSTD_compress(frame, sizeof frame, rows, len, 1);
    ensure(!ZSTD_isError(stored));
    const uint64_t sizes[] = {stored, len};
    put_numbers(sizes, 2, 4);
    put(frame, stored);
}

/* Their own checksums, as the journal writes them. */
static void row_mend(uint8_t table, struct span key, uint8_t *value, size_t len)
{
    if (table == TABLE_RECORDS && len >= RECORD_HEADER_BYTES) {
        uint32_t crc = crc32c(0, span_make(value, 28));
        bytes_put_u32(value + 28, crc32c(crc, span_make(value + RECORD_HEADER_BYTES, len - RECORD_HEADER_BYTES)));
    } else if (table != TABLE_RECORDS && len > ROW_SEAL_BYTES) {
        row_seal(key, value, len - ROW_SEAL_BYTES);
    }
}

static size_t row_put(struct carving *carving, bool mends, uint8_t *item, uint64_t counts[3])
{
    uint8_t table = carve_byte(carving);
    struct span key = carve_bytes(carving, carve_byte(carving));
    struct span value = carve_bytes(carving, carve_number(carving, 2));
    item[0] = table;
    bytes_put_u32(item + 1, (uint32_t)key.len);
    bytes_put_u32(item + 5, (uint32_t)value.len);
    if (key.len > 0)
        memcpy(item + ITEM_BYTES, key.at, key.len);
    if (value.len > 0)
        memcpy(item + ITEM_BYTES + key.len, value.at, value.len);
    if (mends)
        row_mend(table, key, item + ITEM_BYTES + key.len, value.len);
    if (table < 3)
        counts[table]++;
    return ITEM_BYTES + key.len + value.len;
}

static void stream_make(struct carving *carving, uint8_t how)
{
    static uint8_t rows[ROWS_BYTES_MAX];
    uint64_t counts[3] = {0};
    size_t len = 0;
    header_put(carve_byte(carving));
    while (carving->left > 0 && len + ITEM_BYTES + UINT8_MAX + UINT16_MAX <= sizeof rows &&
           stream_len < STREAM_MAX / 4) {
        len += row_put(carving, how & 2u, rows + len, counts);
        if (how & 4u) {
            block_put(rows, len);
            len = 0;
        }
    }
    block_put(rows, len);
    const uint64_t end[] = {0, 0}, told[] = {counts[1], counts[2], counts[0]};
    put_numbers(end, 2, 4);
    put_numbers(told, 3, 8);
    uint8_t seal[SEAL_BYTES];
    crypto_generichash(seal, sizeof seal, stream, stream_len, NULL, 0);
    put(seal, sizeof seal);
}

static int stream_take(void *context, uint8_t *bytes, size_t len)
{
    (void)context;
    if (len > stream_len - taken)
        return -E_TRUNCATED;
    memcpy(bytes, stream + taken, len);
    taken += len;
    return 0;
}

/* ---- a journal of it ---- */

static int row_import(void *context, uint32_t table, struct span key, struct span value)
{
    return journal_import_row(context, table, key, value);
}

static void journal_check_it(const struct backup_summary *summary)
{
    static uint8_t buffer[2 * (SYSTEM_EVENT_MAX + RECORD_MAX)];
    const struct journal_options options = {.dir = DIR};
    struct journal_read read = {.class_mask = 3, .buffer = buffer, .capacity = sizeof buffer};
    struct journal *journal;
    struct journal_reader *reader;
    int status = journal_open(&options, &journal);
    ensure(status == 0);
    ensure(journal_head(journal) == summary->head);
    status = journal_reader_open(journal, &reader);
    ensure(status == 0);
    for (; read.after < summary->head; read.after = read.upto) {
        ensure(journal_read(reader, &read) == 0);
        ensure(read.upto > read.after);
    }
    journal_reader_close(reader);
    journal_close(journal);
}

static const struct backup_source source = {.take = stream_take};

/* Read twice, as restore does: for the check alone, then row by row into a new journal. */
static void restore(void)
{
    char message[BACKUP_MESSAGE_MAX] = "";
    struct backup_summary summary, again;
    struct journal_import *import;
    taken = 0;
    int status = backup_read(&source, NULL, NULL, NULL, message, &summary);
    if (status) {
        ensure(status == -E_BAD_BACKUP || status == -E_BAD_FORMAT);
        judge_sentence(message);
        return;
    }
    store_sim_forget_all(DIR);
    ensure(journal_import_open(DIR, 0, "fedcba9876543210fedcba9876543210", &import) == 0);
    taken = 0;
    status = backup_read(&source, NULL, row_import, import, message, &again);
    ensure(status <= 0);
    if (status == 0)
        status = journal_import_end(import, again.cause);
    journal_import_close(import);
    if (status == 0)
        journal_check_it(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct carving carving = {data, size};
    uint8_t how = carve_byte(&carving);
    stream_len = 0;
    if (how & 1u)
        put(carving.at, carving.left);
    else
        stream_make(&carving, how);
    restore();
    return 0;
}

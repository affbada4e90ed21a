/*
 * test_record.c - journal records: layout, checksum, limits.
 */
#include "core/limits.h"
#include "core/status.h"
#include "schemas/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static uint8_t buffer[SYSTEM_EVENT_MAX + RECORD_MAX];

static struct record_writer writer_over_buffer(void)
{
    return (struct record_writer){.buffer = buffer, .capacity = sizeof buffer};
}

/* The check value and the vectors of RFC 3720, B.4. */
static void the_checksum_is_the_published_crc32c(void **state)
{
    (void)state;
    uint8_t bytes[32];
    assert_int_equal(crc32c(0, span_of("123456789")), 0xE3069283);
    assert_int_equal(crc32c_portable(0, span_of("123456789")), 0xE3069283);
    memset(bytes, 0, sizeof bytes);
    assert_int_equal(crc32c(0, span_make(bytes, 32)), 0x8a9136aa);
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(crc32c(0, span_make(bytes, 32)), 0x62a8ab43);
    for (uint8_t i = 0; i < 32; i++)
        bytes[i] = i;
    assert_int_equal(crc32c(0, span_make(bytes, 32)), 0x46dd794e);
    assert_int_equal(crc32c_portable(0, span_make(bytes, 32)), 0x46dd794e);
}

static void a_checksum_can_be_taken_in_pieces(void **state)
{
    (void)state;
    const char *text = "the customer was asked on the third day, and again on the seventh";
    for (size_t cut = 0; cut <= strlen(text); cut++) {
        uint32_t crc = crc32c(0, span_make(text, cut));
        crc = crc32c(crc, span_of(text + cut));
        assert_int_equal(crc, crc32c_portable(0, span_of(text)));
    }
}

static void long_bytes_have_the_checksum_that_half_a_byte_a_step_gives(void **state)
{
    (void)state;
    static uint8_t bytes[4 * 3072];
    static const size_t lens[] = {3071, 3072, 3073, 3080, 6143, 6144, 6151, 3 * 3072 + 1023, 4 * 3072 - 7};
    uint32_t random = 20261123;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)((random = random * 1664525u + 1013904223u) >> 24);
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        for (size_t begin = 0; begin < 8; begin += 7) {
            struct span some = span_make(bytes + begin, lens[i]);
            assert_int_equal(crc32c(0x12345678, some), crc32c_portable(0x12345678, some));
        }
    }
}

/* Worked by hand from the table in record.h. */
static void a_record_lies_in_its_bytes_as_the_protocol_says(void **state)
{
    (void)state;
    static const uint8_t expected[] = {
        1, 1, 0,    0,    0,    0,    0,    1,    /* version, class, reserved, count */
        0, 0, 0,    0,    0,    0,    0,    41,   /* first */
        0, 0, 0x01, 0xa2, 0x05, 0xb0, 0x2b, 0xff, /* at_ms 0x01a205b02bff */
        0, 0, 0,    27,                           /* 24 + 3 bytes follow */
    };
    static const uint8_t expected_entry[] = {
        0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 40, 0, 0, 0, 2, 0, 0, 0, 3, 'a', 'b', 'c',
    };
    struct record_writer writer = writer_over_buffer();
    record_begin(&writer, RECORD_CONSEQUENCE, 41, 0x01a205b02bffll);
    struct entry entry = {.session = 1, .principal = 9, .sequence = 40, .step = 2, .event = span_of("abc")};
    assert_int_equal(record_add(&writer, &entry), 0);
    struct span bytes = record_finish(&writer);
    assert_int_equal(bytes.len, 32 + 27);
    assert_memory_equal(bytes.at, expected, sizeof expected);
    assert_memory_equal(bytes.at + 32, expected_entry, sizeof expected_entry);
}

static void what_is_written_is_read_back_entry_by_entry(void **state)
{
    (void)state;
    struct record_writer writer = writer_over_buffer();
    record_begin(&writer, RECORD_OUTSIDE, 1000, 77);
    for (uint32_t i = 0; i < 5; i++) {
        struct entry entry = {.session = i, .sequence = 10 + i, .event = span_make("abcdefgh", i)};
        assert_int_equal(record_add(&writer, &entry), 0);
    }
    struct record record;
    assert_int_equal(record_open(record_finish(&writer), &record), 0);
    assert_int_equal(record.class, RECORD_OUTSIDE);
    assert_int_equal(record.count, 5);
    struct record_cursor cursor = {0};
    struct entry entry;
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(record_next(&record, &cursor, &entry), 0);
        assert_int_equal(entry.seq, 1000 + i);
        assert_int_equal(entry.at_ms, 77);
        assert_int_equal(entry.session, i);
        assert_int_equal(entry.sequence, 10 + i);
        assert_true(span_equal(entry.event, span_make("abcdefgh", i)));
    }
    assert_int_equal(record_next(&record, &cursor, &entry), -E_NOT_FOUND);
}

static void a_flipped_bit_is_noticed_wherever_it_is(void **state)
{
    (void)state;
    struct record_writer writer = writer_over_buffer();
    record_begin(&writer, RECORD_OUTSIDE, 1, 1);
    struct entry entry = {.event = span_of("an event, as it was received")};
    assert_int_equal(record_add(&writer, &entry), 0);
    struct span bytes = record_finish(&writer);
    struct record record;
    for (size_t bit = 0; bit < bytes.len * 8; bit++) {
        buffer[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        assert_int_equal(record_open(bytes, &record), -E_CORRUPT);
        buffer[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    assert_int_equal(record_open(bytes, &record), 0);
    for (size_t len = 0; len < bytes.len; len++)
        assert_int_equal(record_open(span_make(bytes.at, len), &record), -E_CORRUPT);
}

/* Bytes of the record: 32 of header, 24 and 2, 24 and 3. */
static void a_damaged_record_still_tells_how_many_entries_it_has_if_their_lengths_agree(void **state)
{
    (void)state;
    static const struct {
        size_t at; /* of the byte that is spoilt */
        int status;
    } rows[] = {
        {32 + 24, 0},          /* the first event */
        {28, 0},               /* the checksum */
        {7, -E_CORRUPT},       /* count of entries */
        {27, -E_CORRUPT},      /* bytes of entries */
        {32 + 23, -E_CORRUPT}, /* length of the first event */
        {0, -E_CORRUPT},       /* version */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct record_writer writer = writer_over_buffer();
        struct entry two = {.event = span_of("ab")}, three = {.event = span_of("cde")};
        record_begin(&writer, RECORD_OUTSIDE, 41, 1);
        assert_int_equal(record_add(&writer, &two), 0);
        assert_int_equal(record_add(&writer, &three), 0);
        struct span bytes = record_finish(&writer);
        buffer[rows[i].at] ^= 1;
        struct record record = {0};
        assert_int_equal(record_open(bytes, &record), -E_CORRUPT);
        assert_int_equal(record_salvage(bytes, &record), rows[i].status);
        assert_int_equal(record.first, rows[i].status ? 0 : 41);
        assert_int_equal(record.count, rows[i].status ? 0 : 2);
    }
}

/* A record of a newer version whose checksum is right is not corrupt: it is not ours to read. */
static void a_newer_version_is_told_from_a_corrupt_record(void **state)
{
    (void)state;
    struct record_writer writer = writer_over_buffer();
    record_begin(&writer, RECORD_OUTSIDE, 1, 1);
    struct entry entry = {.event = span_of("x")};
    assert_int_equal(record_add(&writer, &entry), 0);
    struct span bytes = record_finish(&writer);
    buffer[0] = 2;
    uint32_t crc = crc32c_portable(crc32c_portable(0, span_make(buffer, 28)), span_make(buffer + 32, bytes.len - 32));
    for (int i = 0; i < 4; i++)
        buffer[28 + i] = (uint8_t)(crc >> (24 - 8 * i));
    struct record record;
    assert_int_equal(record_open(bytes, &record), -E_BAD_FORMAT);
}

static void a_record_closes_before_it_passes_256_KiB(void **state)
{
    (void)state;
    static const uint8_t event[1000];
    struct record_writer writer = writer_over_buffer();
    record_begin(&writer, RECORD_OUTSIDE, 1, 1);
    struct entry entry = {.event = span_make(event, sizeof event)};
    uint32_t count = 0;
    while (record_add(&writer, &entry) == 0)
        count++;
    assert_int_equal(count, (262144 - 32) / 1024); /* 24 + 1000 bytes each */
    assert_int_equal(writer.len, 32 + count * 1024);
}

static void one_large_system_event_has_a_record_of_its_own(void **state)
{
    (void)state;
    uint8_t *event = calloc(1, SYSTEM_EVENT_MAX);
    struct record_writer writer = writer_over_buffer();
    record_begin(&writer, RECORD_OUTSIDE, 1, 1);
    struct entry large = {.event = span_make(event, SYSTEM_EVENT_MAX)};
    struct entry small = {.event = span_make(event, 1)};
    assert_int_equal(record_add(&writer, &large), 0);
    assert_int_equal(record_add(&writer, &small), -E_NO_ROOM);
    struct record record;
    assert_int_equal(record_open(record_finish(&writer), &record), 0);
    assert_int_equal(record.count, 1);

    record_begin(&writer, RECORD_OUTSIDE, 2, 1);
    assert_int_equal(record_add(&writer, &small), 0);
    assert_int_equal(record_add(&writer, &large), -E_NO_ROOM);
    free(event);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checksum_is_the_published_crc32c),
        cmocka_unit_test(a_checksum_can_be_taken_in_pieces),
        cmocka_unit_test(long_bytes_have_the_checksum_that_half_a_byte_a_step_gives),
        cmocka_unit_test(a_record_lies_in_its_bytes_as_the_protocol_says),
        cmocka_unit_test(what_is_written_is_read_back_entry_by_entry),
        cmocka_unit_test(a_flipped_bit_is_noticed_wherever_it_is),
        cmocka_unit_test(a_damaged_record_still_tells_how_many_entries_it_has_if_their_lengths_agree),
        cmocka_unit_test(a_newer_version_is_told_from_a_corrupt_record),
        cmocka_unit_test(a_record_closes_before_it_passes_256_KiB),
        cmocka_unit_test(one_large_system_event_has_a_record_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

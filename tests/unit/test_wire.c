/* MessagePack as we read it is MessagePack as msgpack-c reads it, on sound, broken and hostile bytes alike. */
#include "core/limits.h"
#include "core/rfc3339.h"
#include "core/status.h"
#include "schemas/wire.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define DEPTH_MAX 31u /* one below msgpack-c's own limit */

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
    return *seed >> 33;
}

/* ---- random values, packed in every width that the format has ---- */

struct maker {
    uint64_t seed;
    uint8_t bytes[4096];
    uint32_t len;
};

static uint32_t pick(struct maker *maker, uint32_t below)
{
    return (uint32_t)(next_random(&maker->seed) % below);
}

static void put(struct maker *maker, uint64_t number, uint32_t width)
{
    for (uint32_t i = width; i > 0; i--) {
        if (maker->len < sizeof maker->bytes)
            maker->bytes[maker->len++] = (uint8_t)(number >> (8 * (i - 1)));
    }
}

static void put_header(struct maker *maker, uint8_t first, uint32_t count)
{
    uint32_t width = 1u << pick(maker, 3);
    put(maker, first + (width == 1 ? 0u : width == 2 ? 1u : 2u), 1);
    put(maker, count, width);
}

static void put_blob(struct maker *maker)
{
    uint32_t len = pick(maker, 20);
    uint32_t form = pick(maker, 5);
    if (form == 0)
        put(maker, 0xa0 + len, 1);
    else if (form == 1)
        put_header(maker, 0xd9, len);
    else if (form == 2)
        put_header(maker, 0xc4, len);
    else if (form == 3)
        put_header(maker, 0xc7, len);
    else
        put(maker, 0xd4 + (len = pick(maker, 5)), 1);
    if (form >= 3)
        put(maker, pick(maker, 256), 1);
    if (form == 4)
        len = 1u << len;
    while (len-- > 0)
        put(maker, pick(maker, 256), 1);
}

static void put_value(struct maker *maker, uint32_t depth)
{
    static const uint8_t plain[] = {0xc0, 0xc2, 0xc3};
    uint32_t form = pick(maker, depth < 12 ? 9 : 6);
    if (form == 0) {
        put(maker, plain[pick(maker, 3)], 1);
    } else if (form == 1) {
        put(maker, pick(maker, 2) ? pick(maker, 128) : 0xe0 + pick(maker, 32), 1);
    } else if (form == 2) {
        uint32_t width = pick(maker, 4);
        put(maker, (pick(maker, 2) ? 0xcc : 0xd0) + width, 1);
        put(maker, (uint64_t)next_random(&maker->seed) << 33 ^ next_random(&maker->seed), 1u << width);
    } else if (form == 3) {
        uint32_t wide = pick(maker, 2);
        put(maker, 0xca + wide, 1);
        put(maker, (uint64_t)next_random(&maker->seed) << 33 ^ next_random(&maker->seed), wide ? 8 : 4);
    } else if (form < 6) {
        put_blob(maker);
    } else {
        bool map = pick(maker, 2);
        uint32_t count = pick(maker, 5);
        if (pick(maker, 3))
            put(maker, (map ? 0x80 : 0x90) + count, 1);
        else if (pick(maker, 2))
            put(maker, map ? 0xde : 0xdc, 1), put(maker, count, 2);
        else
            put(maker, map ? 0xdf : 0xdd, 1), put(maker, count, 4);
        for (uint32_t i = 0; i < (map ? 2 * count : count); i++)
            put_value(maker, depth + 1);
    }
}

/* ---- the same value, as both read it ---- */

static void expect_same_bytes(struct span bytes, const char *at, size_t len)
{
    assert_int_equal(bytes.len, len);
    if (len > 0)
        assert_memory_equal(bytes.at, at, len);
}

static void expect_same_scalar(const struct wire_value *value, const msgpack_object *object)
{
    static const enum wire_kind kind_of[] = {
        [MSGPACK_OBJECT_NIL] = WIRE_NIL,     [MSGPACK_OBJECT_BOOLEAN] = WIRE_BOOL,
        [MSGPACK_OBJECT_STR] = WIRE_STR,     [MSGPACK_OBJECT_POSITIVE_INTEGER] = WIRE_UINT,
        [MSGPACK_OBJECT_BIN] = WIRE_BIN,     [MSGPACK_OBJECT_NEGATIVE_INTEGER] = WIRE_INT,
        [MSGPACK_OBJECT_EXT] = WIRE_EXT,     [MSGPACK_OBJECT_FLOAT32] = WIRE_FLOAT,
        [MSGPACK_OBJECT_ARRAY] = WIRE_ARRAY, [MSGPACK_OBJECT_FLOAT64] = WIRE_FLOAT,
        [MSGPACK_OBJECT_MAP] = WIRE_MAP,
    };
    assert_int_equal(value->kind, kind_of[object->type]);
    if (value->kind == WIRE_BOOL)
        assert_int_equal(value->truth, object->via.boolean);
    else if (value->kind == WIRE_UINT)
        assert_true(value->natural == object->via.u64);
    else if (value->kind == WIRE_INT)
        assert_true(value->integer == object->via.i64);
    else if (value->kind == WIRE_FLOAT)
        assert_true(value->real == object->via.f64 || (isnan(value->real) && isnan(object->via.f64)));
    else if (value->kind == WIRE_STR)
        expect_same_bytes(value->bytes, object->via.str.ptr, object->via.str.size);
    else if (value->kind == WIRE_BIN)
        expect_same_bytes(value->bytes, object->via.bin.ptr, object->via.bin.size);
    else if (value->kind == WIRE_EXT) {
        assert_int_equal(value->extension, object->via.ext.type);
        expect_same_bytes(value->bytes, object->via.ext.ptr, object->via.ext.size);
    }
}

static void expect_same(struct wire_reader *reader, const msgpack_object *object)
{
    struct wire_value value;
    assert_int_equal(wire_read(reader, &value), 0);
    expect_same_scalar(&value, object);
    if (value.kind == WIRE_ARRAY) {
        assert_int_equal(value.count, object->via.array.size);
        for (uint32_t i = 0; i < value.count; i++)
            expect_same(reader, &object->via.array.ptr[i]);
    } else if (value.kind == WIRE_MAP) {
        assert_int_equal(value.count, object->via.map.size);
        for (uint32_t i = 0; i < value.count; i++) {
            expect_same(reader, &object->via.map.ptr[i].key);
            expect_same(reader, &object->via.map.ptr[i].val);
        }
    }
}

/* msgpack-c reserves what a header claims: 32-bit claims that we refuse are not tried on it. */
static bool claims_too_much(struct span bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.at[i] == 0xdd || bytes.at[i] == 0xdf)
            return true;
    }
    return false;
}

/* Returns whether the bytes begin with a whole value. */
static bool expect_agreement(struct span bytes)
{
    struct wire_reader reader = wire_reader(bytes);
    struct span extent;
    int result = wire_skip(&reader, DEPTH_MAX, &extent);
    if (result)
        assert_ptr_equal(reader.at, bytes.at);
    if (result && claims_too_much(bytes))
        return false;
    msgpack_unpacked unpacked;
    msgpack_unpacked_init(&unpacked);
    size_t offset = 0;
    msgpack_unpack_return theirs = msgpack_unpack_next(&unpacked, (const char *)bytes.at, bytes.len, &offset);
    if (result == 0) {
        assert_int_equal(theirs, MSGPACK_UNPACK_SUCCESS);
        assert_int_equal(extent.len, offset);
        struct wire_reader values = wire_reader(extent);
        expect_same(&values, &unpacked.data);
        assert_ptr_equal(values.at, values.end);
    } else if (result == -E_TRUNCATED) {
        /* a header that claims more than is there is refused at once; msgpack-c finds out later, maybe elsewhere */
        assert_int_not_equal(theirs, MSGPACK_UNPACK_SUCCESS);
    } else if (result == -E_TOO_DEEP) {
        assert_int_equal(theirs, MSGPACK_UNPACK_NOMEM_ERROR);
    } else {
        assert_int_equal(result, -E_MALFORMED);
        assert_int_equal(theirs, MSGPACK_UNPACK_PARSE_ERROR);
    }
    msgpack_unpacked_destroy(&unpacked);
    return result == 0;
}

/* Exactly as long as the input, so that a byte read past its end is seen by the sanitizer. */
static bool expect_agreement_on_copy(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    bool whole = expect_agreement(span_make(copy, len));
    free(copy);
    return whole;
}

static void sound_values_are_read_as_msgpack_c_reads_them(void **state)
{
    (void)state;
    static struct maker maker = {.seed = 1};
    uint32_t whole = 0;
    for (uint32_t i = 0; i < 20000; i++) {
        maker.len = 0;
        put_value(&maker, 0);
        if (maker.len < sizeof maker.bytes)
            whole += expect_agreement_on_copy(maker.bytes, maker.len);
    }
    assert_true(whole > 19000);
}

static void mutated_values_are_refused_where_msgpack_c_refuses_them(void **state)
{
    (void)state;
    static struct maker maker = {.seed = 2};
    uint32_t whole = 0, broken = 0;
    for (uint32_t i = 0; i < 40000; i++) {
        maker.len = 0;
        put_value(&maker, 0);
        for (uint32_t k = pick(&maker, 4); k > 0; k--)
            maker.bytes[pick(&maker, maker.len)] = (uint8_t)pick(&maker, 256);
        uint32_t len = pick(&maker, 2) ? maker.len : pick(&maker, maker.len + 1);
        if (expect_agreement_on_copy(maker.bytes, len))
            whole++;
        else
            broken++;
    }
    assert_true(whole > 10000);
    assert_true(broken > 5000);
}

static void noise_is_judged_as_msgpack_c_judges_it(void **state)
{
    (void)state;
    struct maker maker = {.seed = 3};
    for (uint32_t i = 0; i < 40000; i++) {
        maker.len = 0;
        for (uint32_t k = pick(&maker, 40); k > 0; k--)
            put(&maker, pick(&maker, 256), 1);
        expect_agreement_on_copy(maker.bytes, maker.len);
    }
}

/* ---- hostile headers ---- */

struct hostile_row {
    const char *bytes;
    uint32_t len;
    int expected;
};

static void a_header_cannot_claim_more_than_could_be_there(void **state)
{
    (void)state;
    static const struct hostile_row rows[] = {
        {"\xdd\xff\xff\xff\xff", 5, -E_TRUNCATED},         /* 4 G values */
        {"\xdf\xff\xff\xff\xff", 5, -E_TRUNCATED},         /* 4 G pairs */
        {"\xdf\x80\x00\x00\x01\xc0\xc0", 7, -E_TRUNCATED}, /* pairs * 2 passes 32 bits */
        {"\xdb\xff\xff\xff\xff", 5, -E_TRUNCATED},         /* 4 GiB text */
        {"\xc6\xff\xff\xff\xff", 5, -E_TRUNCATED},
        {"\xc9\xff\xff\xff\xff\xff", 6, -E_TRUNCATED},
        {"\x93\x91\xc0\xc0", 4, -E_TRUNCATED}, /* each claim fits alone, their sum doesn't */
        {"\x93\x91\xc1\xc0", 4, -E_TRUNCATED}, /* and that before anything behind it is looked at */
        {"\x81\xa1", 2, -E_TRUNCATED},
        {"\xc1", 1, -E_MALFORMED},
        {"\x91\xc1", 2, -E_MALFORMED},
        {"", 0, -E_TRUNCATED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct wire_reader reader = wire_reader(span_make(rows[i].bytes, rows[i].len));
        struct span extent;
        assert_int_equal(wire_skip(&reader, 8, &extent), rows[i].expected);
        assert_ptr_equal(reader.at, rows[i].bytes);
    }
}

static void a_map_needs_two_bytes_a_pair(void **state)
{
    (void)state;
    struct wire_value value;
    struct wire_reader reader = wire_reader(span_make("\x82\xc0\xc0\xc0", 4));
    assert_int_equal(wire_read(&reader, &value), -E_TRUNCATED);
    reader = wire_reader(span_make("\x82\xc0\xc0\xc0\xc0", 5));
    assert_int_equal(wire_read(&reader, &value), 0);
    assert_int_equal(value.count, 2);
}

static void nesting_is_allowed_to_the_depth_named_and_no_further(void **state)
{
    (void)state;
    static uint8_t nested[1u << 20];
    memset(nested, 0x91, sizeof nested);
    for (uint32_t depth = 1; depth <= 32; depth++) {
        struct span extent;
        uint8_t after = nested[depth];
        nested[depth] = 0xc0; /* `depth` arrays around a nil */
        struct wire_reader reader = wire_reader(span_make(nested, depth + 1));
        assert_int_equal(wire_skip(&reader, depth, &extent), 0);
        assert_int_equal(extent.len, depth + 1);
        reader = wire_reader(span_make(nested, depth + 1));
        assert_int_equal(wire_skip(&reader, depth - 1, &extent), -E_TOO_DEEP);
        nested[depth] = after;
    }
    struct wire_reader reader = wire_reader(span_make(nested, sizeof nested));
    struct span extent;
    assert_int_equal(wire_skip(&reader, 8, &extent), -E_TOO_DEEP);
    /* siblings don't add up: [[], {}, [[]]] */
    reader = wire_reader(span_make("\x93\x90\x80\x91\x90", 5));
    assert_int_equal(wire_skip(&reader, 3, &extent), 0);
}

static void a_key_is_found_past_values_of_every_shape(void **state)
{
    (void)state;
    uint8_t buffer[128];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    wire_map(&writer, 4);
    wire_key(&writer, "first");
    wire_array(&writer, 2);
    wire_nil(&writer);
    wire_key(&writer, "wanted"); /* a value of the same spelling is no key */
    wire_natural(&writer, 7);
    wire_bool(&writer, true);
    wire_key(&writer, "wanted");
    wire_integer(&writer, -5);
    wire_key(&writer, "last");
    wire_real(&writer, 0.5);
    assert_false(writer.full);
    struct wire_value value;
    struct span bytes;
    assert_int_equal(wire_find(wire_written(&writer), "wanted", &value, &bytes), 0);
    assert_int_equal(value.kind, WIRE_INT);
    assert_int_equal(value.integer, -5);
    assert_int_equal(bytes.len, 1);
    assert_int_equal(wire_find(wire_written(&writer), "want", &value, &bytes), -E_NOT_FOUND);
    assert_int_equal(wire_find(span_make("\x90", 1), "wanted", &value, &bytes), -E_MALFORMED);
    assert_int_equal(wire_find(span_make("\x81\xa6wanted", 8), "wanted", &value, &bytes), -E_TRUNCATED);
}

static void a_write_that_does_not_fit_leaves_what_was_there(void **state)
{
    (void)state;
    uint8_t buffer[4];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    wire_key(&writer, "abc");
    assert_false(writer.full);
    wire_nil(&writer);
    assert_true(writer.full);
    assert_true(span_is(wire_written(&writer), "\xa3"
                                               "abc"));
    wire_text(&writer, span_make(NULL, 0));
    assert_int_equal(wire_written(&writer).len, 4);
}

static void timestamps_are_written_as_the_specification_says_and_read_back(void **state)
{
    (void)state;
    static const int64_t rows[] = {0,
                                   1,
                                   999,
                                   1000,
                                   1795392000000,
                                   1795392000001,
                                   4294967295000,
                                   4294967296000,
                                   17179869183999,
                                   17179869184000,
                                   253402300799999};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t buffer[64];
        struct wire_writer writer;
        wire_writer_init(&writer, buffer, sizeof buffer);
        wire_timestamp(&writer, rows[i]);
        wire_time_text(&writer, rows[i]);
        struct wire_reader reader = wire_reader(wire_written(&writer));
        for (uint32_t k = 0; k < 2; k++) {
            struct wire_value value;
            int64_t ms;
            assert_int_equal(wire_read(&reader, &value), 0);
            assert_int_equal(wire_time_ms(&value, &ms), 0);
            assert_true(ms == rows[i]);
        }
    }
}

static void a_time_outside_1970_to_9999_is_none(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        uint32_t len;
    } rows[] = {
        {"\xd7\xff\xee\x6b\x28\x00\x00\x00\x00\x00", 10},                     /* 1,000,000,000 ns: 0x3b9aca00 << 2 */
        {"\xc7\x0c\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff", 15}, /* one second before 1970 */
        {"\xc7\x0c\xff\x00\x00\x00\x00\x00\x00\x00\x3a\xff\xf4\x41\x80", 15}, /* 10000-01-01: 253402300800 s */
        {"\xc7\x0c\xff\x00\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff", 15}, /* * 1000 would overflow */
        {"\xc7\x0c\xff\x3b\x9a\xca\x00\x00\x00\x00\x00\x00\x00\x00\x00", 15}, /* 10^9 ns */
        {"\xd6\xfe\x00\x00\x00\x00", 6},                                      /* another extension */
        {"\xd4\xff\x00", 3},                                                  /* a byte is no timestamp */
        {"\xb4"
         "1969-12-31T23:59:59Z",
         21},
        {"\x00", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct wire_reader reader = wire_reader(span_make(rows[i].bytes, rows[i].len));
        struct wire_value value;
        int64_t ms = 42;
        assert_int_equal(wire_read(&reader, &value), 0);
        assert_ptr_equal(reader.at, reader.end);
        assert_int_equal(wire_time_ms(&value, &ms), -E_BAD_TIME);
        assert_int_equal(ms, 42);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_values_are_read_as_msgpack_c_reads_them),
        cmocka_unit_test(mutated_values_are_refused_where_msgpack_c_refuses_them),
        cmocka_unit_test(noise_is_judged_as_msgpack_c_judges_it),
        cmocka_unit_test(a_header_cannot_claim_more_than_could_be_there),
        cmocka_unit_test(a_map_needs_two_bytes_a_pair),
        cmocka_unit_test(nesting_is_allowed_to_the_depth_named_and_no_further),
        cmocka_unit_test(a_key_is_found_past_values_of_every_shape),
        cmocka_unit_test(a_write_that_does_not_fit_leaves_what_was_there),
        cmocka_unit_test(timestamps_are_written_as_the_specification_says_and_read_back),
        cmocka_unit_test(a_time_outside_1970_to_9999_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

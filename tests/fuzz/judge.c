/*
 * judge.c - see judge.h.
 */
#include "tests/fuzz/judge.h"

static void same(struct wire_reader *reader, const msgpack_object *theirs)
{
    struct wire_value ours;
    ensure(wire_read(reader, &ours) == 0);
    switch (theirs->type) {
    case MSGPACK_OBJECT_NIL:
        ensure(ours.kind == WIRE_NIL);
        break;
    case MSGPACK_OBJECT_BOOLEAN:
        ensure(ours.kind == WIRE_BOOL && ours.truth == theirs->via.boolean);
        break;
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        ensure(ours.kind == WIRE_UINT && ours.natural == theirs->via.u64);
        break;
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        ensure(ours.kind == WIRE_INT && ours.integer == theirs->via.i64);
        break;
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
        ensure(ours.kind == WIRE_FLOAT && memcmp(&ours.real, &theirs->via.f64, sizeof ours.real) == 0);
        break;
    case MSGPACK_OBJECT_STR:
        ensure(ours.kind == WIRE_STR && span_equal(ours.bytes, span_make(theirs->via.str.ptr, theirs->via.str.size)));
        break;
    case MSGPACK_OBJECT_BIN:
        ensure(ours.kind == WIRE_BIN && span_equal(ours.bytes, span_make(theirs->via.bin.ptr, theirs->via.bin.size)));
        break;
    case MSGPACK_OBJECT_EXT:
        ensure(ours.kind == WIRE_EXT && ours.extension == theirs->via.ext.type);
        ensure(span_equal(ours.bytes, span_make(theirs->via.ext.ptr, theirs->via.ext.size)));
        break;
    case MSGPACK_OBJECT_ARRAY:
        ensure(ours.kind == WIRE_ARRAY && ours.count == theirs->via.array.size);
        for (uint32_t i = 0; i < ours.count; i++)
            same(reader, &theirs->via.array.ptr[i]);
        break;
    case MSGPACK_OBJECT_MAP:
        ensure(ours.kind == WIRE_MAP && ours.count == theirs->via.map.size);
        for (uint32_t i = 0; i < ours.count; i++) {
            same(reader, &theirs->via.map.ptr[i].key);
            same(reader, &theirs->via.map.ptr[i].val);
        }
        break;
    }
}

void judge_value(struct span value)
{
    struct wire_reader reader = wire_reader(value);
    msgpack_unpacked unpacked;
    size_t end = 0;
    msgpack_unpacked_init(&unpacked);
    msgpack_unpack_return result = msgpack_unpack_next(&unpacked, (const char *)value.at, value.len, &end);
    ensure(result == MSGPACK_UNPACK_SUCCESS);
    ensure(end == value.len);
    same(&reader, &unpacked.data);
    ensure(reader.at == reader.end);
    msgpack_unpacked_destroy(&unpacked);
}

struct span judge_text(struct span map, const char *key)
{
    msgpack_unpacked unpacked;
    size_t end = 0;
    struct span found = {0};
    msgpack_unpacked_init(&unpacked);
    msgpack_unpack_return result = msgpack_unpack_next(&unpacked, (const char *)map.at, map.len, &end);
    ensure(result == MSGPACK_UNPACK_SUCCESS);
    ensure(unpacked.data.type == MSGPACK_OBJECT_MAP);
    const msgpack_object_map *pairs = &unpacked.data.via.map;
    for (uint32_t i = 0; i < pairs->size; i++) {
        const msgpack_object *name = &pairs->ptr[i].key;
        const msgpack_object *value = &pairs->ptr[i].val;
        if (name->type == MSGPACK_OBJECT_STR && value->type == MSGPACK_OBJECT_STR &&
            span_is(span_make(name->via.str.ptr, name->via.str.size), key))
            found = span_make(value->via.str.ptr, value->via.str.size); /* msgpack-c lends it from the input */
    }
    msgpack_unpacked_destroy(&unpacked);
    return found;
}

static void plain(const char *text)
{
    uint32_t characters;
    ensure(utf8_count(span_of(text), &characters) == 0);
    for (const char *at = text; *at; at++)
        ensure((unsigned char)*at >= 0x20 && *at != 0x7f);
}

void judge_flaw(const struct flaw *flaw, int result)
{
    ensure(result < 0);
    ensure(flaw->status == result);
    plain(flaw->field);
    plain(flaw->message);
    judge_sentence(flaw->message);
}

void judge_sentence(const char *text)
{
    ensure(text[0] != '\0');
}

void judge_inside(struct span inner, struct span outer)
{
    if (inner.len == 0)
        return;
    ensure(inner.at >= outer.at);
    ensure(inner.at + inner.len <= outer.at + outer.len);
}

uint8_t carve_byte(struct carving *carving)
{
    if (carving->left == 0)
        return 0;
    carving->left--;
    return *carving->at++;
}

uint32_t carve_number(struct carving *carving, uint32_t bytes)
{
    uint32_t number = 0;
    for (uint32_t i = 0; i < bytes; i++)
        number = number << 8 | carve_byte(carving);
    return number;
}

struct span carve_bytes(struct carving *carving, size_t len)
{
    size_t taken = len < carving->left ? len : carving->left;
    struct span bytes = span_make(carving->at, taken);
    carving->at += taken;
    carving->left -= taken;
    return bytes;
}

const char *carve_text(struct carving *carving, char *buffer, size_t size)
{
    size_t most = carve_byte(carving);
    struct span bytes = carve_bytes(carving, most < size - 1 ? most : size - 1);
    if (bytes.len > 0)
        memcpy(buffer, bytes.at, bytes.len);
    buffer[bytes.len] = '\0';
    return buffer;
}

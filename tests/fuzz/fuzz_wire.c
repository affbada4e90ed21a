/* Whatever the bytes are: what wire_skip passes can be read value by value, lies inside the input, and is what msgpack-c reads. */
#include "core/ensure.h"
#include "tests/fuzz/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DEPTH_MAX 8u

/* Reads `values` values and what they contain; wire_skip has said that they are there. */
static void read_all(struct wire_reader *reader, uint64_t values, uint32_t depth)
{
    ensure(depth <= DEPTH_MAX);
    for (uint64_t i = 0; i < values; i++) {
        struct wire_value value;
        ensure(wire_read(reader, &value) == 0);
        if (value.kind == WIRE_STR || value.kind == WIRE_BIN || value.kind == WIRE_EXT) {
            ensure(value.bytes.at + value.bytes.len <= reader->end);
            uint32_t characters;
            int64_t ms;
            if (utf8_count(value.bytes, &characters) == 0)
                ensure(characters <= value.bytes.len);
            if (wire_time_ms(&value, &ms) == 0)
                ensure(ms >= 0);
        } else if (value.kind == WIRE_ARRAY) {
            read_all(reader, value.count, depth + 1);
        } else if (value.kind == WIRE_MAP) {
            read_all(reader, (uint64_t)value.count * 2, depth + 1);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_reader reader = wire_reader(span_make(data, size));
    struct span whole, found;
    struct wire_value value;
    wire_find(span_make(data, size), "id", &value, &found);
    if (wire_skip(&reader, DEPTH_MAX, &whole)) {
        ensure(reader.at == data);
        return 0;
    }
    ensure(whole.at == data);
    ensure(whole.len <= size);
    ensure(reader.at == data + whole.len);
    struct wire_reader inside = wire_reader(whole);
    read_all(&inside, 1, 0);
    ensure(inside.at == inside.end);
    judge_value(whole);
    if (wire_find(whole, "id", &value, &found) == 0) {
        ensure(found.at > whole.at);
        ensure(found.at + found.len <= whole.at + whole.len);
    }
    return 0;
}

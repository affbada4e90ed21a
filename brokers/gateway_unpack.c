/*
 * gateway_unpack.c - rows of the feed for who reads JSON: events, which it has as bytes, as objects.
 *
 *   {…, event: bin}   an entry        event: {…}
 *   {…, bytes: bin}   of quarantine   bytes: base64, and event: {…}, or null when they are nothing that JSON can say
 */
#include "brokers/gateway_parts.h"
#include "io/json.h"

#include <stdio.h>
#include <stdlib.h>

#define ROW_DEPTH_MAX 16u

/* Would another read it as JSON? Bytes that were refused may be anything. */
static bool is_tellable(struct gateway *gateway, struct span value)
{
    char *text = NULL, message[JSON_MESSAGE_MAX];
    size_t len = 0;
    struct wire_writer writer;
    FILE *to = open_memstream(&text, &len);
    bool said = to && json_print(to, value) == 0;
    said = to && fclose(to) == 0 && said;
    wire_writer_init(&writer, gateway->clouded, sizeof gateway->clouded);
    said = said && json_to_wire(span_make(text, len), &writer, message) == 0;
    free(text);
    return said;
}

/* The one map that the bytes are. */
static bool map_of(struct span bytes, struct span *ret_map)
{
    struct wire_reader reader = wire_reader(bytes), peek = reader;
    struct wire_value header;
    return wire_read(&peek, &header) == 0 && header.kind == WIRE_MAP &&
           wire_skip(&reader, EVENT_DEPTH_MAX, ret_map) == 0 && reader.at == reader.end;
}

static void pair_write(struct gateway *gateway, const struct wire_value *key, struct span bytes,
                       struct wire_writer *writer)
{
    struct wire_reader inner = wire_reader(bytes);
    struct wire_value value;
    struct span map;
    bool packed = wire_read(&inner, &value) == 0 && value.kind == WIRE_BIN;
    bool is_event = packed && span_is(key->bytes, "event"), is_bytes = packed && span_is(key->bytes, "bytes");
    wire_text(writer, key->bytes);
    wire_raw(writer, is_event && map_of(value.bytes, &map) ? map : bytes);
    if (!is_bytes)
        return;
    wire_key(writer, "event");
    if (map_of(value.bytes, &map) && is_tellable(gateway, map))
        wire_raw(writer, map);
    else
        wire_nil(writer);
}

static bool row_write(struct gateway *gateway, struct span row, struct wire_writer *writer)
{
    struct wire_value header, key, bin;
    struct span bytes;
    struct wire_reader reader = wire_reader(row);
    if (wire_read(&reader, &header) < 0 || header.kind != WIRE_MAP)
        return false;
    bool refused = wire_find(row, "bytes", &bin, &bytes) == 0 && bin.kind == WIRE_BIN;
    wire_map(writer, header.count + refused);
    for (uint32_t i = 0; i < header.count; i++) {
        if (wire_read(&reader, &key) < 0 || key.kind != WIRE_STR || wire_skip(&reader, ROW_DEPTH_MAX, &bytes) < 0)
            return false;
        pair_write(gateway, &key, bytes, writer);
    }
    return !writer->full;
}

struct span row_unpack(struct gateway *gateway, struct span row)
{
    struct wire_writer writer;
    wire_writer_init(&writer, gateway->composed, sizeof gateway->composed);
    return row_write(gateway, row, &writer) ? wire_written(&writer) : row;
}

struct span rows_unpack(struct gateway *gateway, struct span rows)
{
    struct wire_writer writer;
    struct wire_reader reader = wire_reader(rows);
    struct wire_value header;
    struct span row;
    wire_writer_init(&writer, gateway->composed, sizeof gateway->composed);
    if (wire_read(&reader, &header) < 0 || header.kind != WIRE_ARRAY)
        return rows;
    wire_array(&writer, header.count);
    for (uint32_t i = 0; i < header.count; i++) {
        if (wire_skip(&reader, ROW_DEPTH_MAX, &row) < 0 || !row_write(gateway, row, &writer))
            return rows;
    }
    return wire_written(&writer);
}

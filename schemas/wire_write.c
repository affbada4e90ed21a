/*
 * wire_write.c - MessagePack written into a bounded buffer by msgpack-c's packer.
 */
#include "core/ensure.h"
#include "core/rfc3339.h"
#include "schemas/wire.h"

/* msgpack-c's write callback: it ignores what this returns, so a write that doesn't fit is remembered in `full`. */
static int write_bytes(void *data, const char *bytes, size_t len)
{
    struct wire_writer *writer = data;
    if (writer->full || len > writer->capacity - writer->len) {
        writer->full = true;
        return -1;
    }
    memcpy(writer->buffer + writer->len, bytes, len);
    writer->len += len;
    return 0;
}

void wire_writer_init(struct wire_writer *writer, void *buffer, size_t capacity)
{
    *writer = (struct wire_writer){.buffer = buffer, .capacity = capacity};
    msgpack_packer_init(&writer->packer, writer, write_bytes);
}

struct span wire_written(const struct wire_writer *writer)
{
    return span_make(writer->buffer, writer->len);
}

void wire_map(struct wire_writer *writer, uint32_t pairs)
{
    msgpack_pack_map(&writer->packer, pairs);
}

void wire_array(struct wire_writer *writer, uint32_t count)
{
    msgpack_pack_array(&writer->packer, count);
}

void wire_text(struct wire_writer *writer, struct span text)
{
    ensure(text.len <= UINT32_MAX);
    msgpack_pack_str(&writer->packer, text.len);
    wire_raw(writer, text);
}

void wire_key(struct wire_writer *writer, const char *key)
{
    wire_text(writer, span_of(key));
}

void wire_bin(struct wire_writer *writer, struct span bytes)
{
    ensure(bytes.len <= UINT32_MAX);
    msgpack_pack_bin(&writer->packer, bytes.len);
    wire_raw(writer, bytes);
}

void wire_raw(struct wire_writer *writer, struct span encoded)
{
    if (encoded.len > 0)
        write_bytes(writer, (const char *)encoded.at, encoded.len);
}

void wire_natural(struct wire_writer *writer, uint64_t value)
{
    msgpack_pack_uint64(&writer->packer, value);
}

void wire_integer(struct wire_writer *writer, int64_t value)
{
    msgpack_pack_int64(&writer->packer, value);
}

void wire_real(struct wire_writer *writer, double value)
{
    msgpack_pack_double(&writer->packer, value);
}

void wire_bool(struct wire_writer *writer, bool value)
{
    if (value)
        msgpack_pack_true(&writer->packer);
    else
        msgpack_pack_false(&writer->packer);
}

void wire_nil(struct wire_writer *writer)
{
    msgpack_pack_nil(&writer->packer);
}

void wire_time_text(struct wire_writer *writer, int64_t ms)
{
    char text[RFC3339_LEN + 1];
    rfc3339_format(ms, text);
    wire_text(writer, span_make(text, RFC3339_LEN));
}

void wire_timestamp(struct wire_writer *writer, int64_t ms)
{
    ensure(ms >= 0);
    msgpack_timestamp timestamp = {.tv_sec = ms / 1000, .tv_nsec = (uint32_t)(ms % 1000) * 1000000u};
    msgpack_pack_timestamp(&writer->packer, &timestamp);
}

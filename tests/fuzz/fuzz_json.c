/*
 * JSON from people and programs: refused with a sentence, or what became of it is one MessagePack value that msgpack-c reads
 * alike, and printed and read again it is the same bytes. Bytes that are no MessagePack are printed up to their flaw.
 *
 * The first byte says whether the rest is read as JSON or printed as MessagePack.
 */
#include "core/status.h"
#include "io/json.h"
#include "tests/fuzz/judge.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t once[1u << 20], twice[1u << 20];

/* Freed by the caller. */
static int print(struct span value, char **ret_text, size_t *ret_len)
{
    FILE *to = open_memstream(ret_text, ret_len);
    ensure(to != NULL);
    int status = json_print(to, value);
    fclose(to);
    return status;
}

static int read_json(struct span text, uint8_t *buffer, size_t size, struct span *ret_value)
{
    char message[JSON_MESSAGE_MAX] = "";
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, size);
    int status = json_to_wire(text, &writer, message);
    if (status == 0 && writer.full)
        status = -E_TOO_LARGE;
    else if (status)
        judge_sentence(message);
    if (status == 0)
        *ret_value = wire_written(&writer);
    return status;
}

static void from_text(struct span text)
{
    struct span value, again;
    char *printed;
    size_t len;
    int status = read_json(text, once, sizeof once, &value);
    if (status) {
        ensure(status == -E_MALFORMED || status == -E_DUPLICATE_KEY || status == -E_BAD_UTF8 || status == -E_TOO_DEEP ||
               status == -E_TOO_LARGE);
        return;
    }
    judge_value(value);
    ensure(print(value, &printed, &len) == 0);
    ensure(memchr(printed, '\n', len) == NULL);
    ensure(read_json(span_make(printed, len), twice, sizeof twice, &again) == 0);
    ensure(span_equal(value, again));
    free(printed);
}

static void from_wire(struct span value)
{
    char *printed;
    size_t len;
    struct wire_reader reader = wire_reader(value);
    struct span whole, again;
    bool sound = wire_skip(&reader, JSON_DEPTH_MAX, &whole) == 0;
    int status = print(value, &printed, &len);
    ensure(status == 0 || status == -E_TRUNCATED || status == -E_MALFORMED || status == -E_TOO_DEEP ||
           status == -E_BAD_KEY);
    ensure(sound || status != 0);
    for (size_t i = 0; i < len; i++)
        ensure((uint8_t)printed[i] >= 0x20 && printed[i] != 0x7f); /* nothing that steers a terminal */
    /* a map may have numbers for keys, or one twice, and a float may be no number: then it is not JSON's */
    if (status == 0 && read_json(span_make(printed, len), once, sizeof once, &again) == 0)
        judge_value(again);
    free(printed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] & 1u)
        from_wire(span_make(data + 1, size - 1));
    else
        from_text(span_make(data + 1, size - 1));
    return 0;
}

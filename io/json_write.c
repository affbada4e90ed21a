/*
 * json_write.c - MessagePack to JSON, straight from the encoded bytes.
 */
#include "core/rfc3339.h"
#include "core/status.h"
#include "io/json.h"

#include <math.h>
#include <sodium.h>
#include <stdlib.h>

/* Control characters (C0, DEL, C1) as \u00xx: JSON asks for the first, terminals for the others. */
void json_print_text(FILE *to, struct span text)
{
    fputc('"', to);
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.at[i];
        if (c == '"' || c == '\\') {
            fputc('\\', to);
            fputc(c, to);
        } else if (c == '\n') {
            fputs("\\n", to);
        } else if (c < 0x20 || c == 0x7f) {
            fprintf(to, "\\u%04x", c);
        } else if (c == 0xc2 && i + 1 < text.len && text.at[i + 1] < 0xa0) {
            fprintf(to, "\\u%04x", text.at[++i]);
        } else {
            fputc(c, to);
        }
    }
    fputc('"', to);
}

/* The shortest form that reads back as the same double. JSON has no NaN and no infinity: null. */
static void real_print(FILE *to, double real)
{
    char text[40];
    if (!isfinite(real)) {
        fputs("null", to);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, real);
        if (strtod(text, NULL) == real)
            break;
    }
    fputs(text, to);
    if (!strpbrk(text, ".e"))
        fputs(".0", to);
}

static int bin_print(FILE *to, struct span bytes)
{
    size_t size = sodium_base64_ENCODED_LEN(bytes.len, sodium_base64_VARIANT_ORIGINAL);
    char *text = malloc(size);
    if (!text)
        return -E_NO_MEMORY;
    sodium_bin2base64(text, size, bytes.at, bytes.len, sodium_base64_VARIANT_ORIGINAL);
    fprintf(to, "\"%s\"", text);
    free(text);
    return 0;
}

static int extension_print(FILE *to, const struct wire_value *value)
{
    int64_t ms;
    char text[RFC3339_LEN + 1];
    if (wire_time_ms(value, &ms) < 0)
        return bin_print(to, value->bytes);
    rfc3339_format(ms, text);
    fprintf(to, "\"%s\"", text);
    return 0;
}

static int value_print(FILE *to, struct wire_reader *reader, uint32_t depth);

static int items_print(FILE *to, struct wire_reader *reader, const struct wire_value *value, uint32_t depth)
{
    bool map = value->kind == WIRE_MAP;
    if (depth == 0)
        return -E_TOO_DEEP;
    fputc(map ? '{' : '[', to);
    for (uint32_t i = 0; i < value->count; i++) {
        if (i > 0)
            fputc(',', to);
        int result = 0;
        if (map) {
            struct wire_value key;
            result = wire_read(reader, &key);
            if (result == 0 && key.kind != WIRE_STR)
                result = -E_BAD_KEY;
            if (result < 0)
                return result;
            json_print_text(to, key.bytes);
            fputc(':', to);
        }
        result = value_print(to, reader, depth - 1);
        if (result < 0)
            return result;
    }
    fputc(map ? '}' : ']', to);
    return 0;
}

static int value_print(FILE *to, struct wire_reader *reader, uint32_t depth)
{
    struct wire_value value;
    int result = wire_read(reader, &value);
    if (result < 0)
        return result;
    switch (value.kind) {
    case WIRE_NIL:
        fputs("null", to);
        return 0;
    case WIRE_BOOL:
        fputs(value.truth ? "true" : "false", to);
        return 0;
    case WIRE_INT:
        fprintf(to, "%lld", (long long)value.integer);
        return 0;
    case WIRE_UINT:
        fprintf(to, "%llu", (unsigned long long)value.natural);
        return 0;
    case WIRE_FLOAT:
        real_print(to, value.real);
        return 0;
    case WIRE_STR:
        json_print_text(to, value.bytes);
        return 0;
    case WIRE_BIN:
        return bin_print(to, value.bytes);
    case WIRE_EXT:
        return extension_print(to, &value);
    case WIRE_ARRAY:
    case WIRE_MAP:
        return items_print(to, reader, &value, depth);
    }
    return -E_MALFORMED;
}

int json_print(FILE *to, struct span value)
{
    struct wire_reader reader = wire_reader(value);
    return value_print(to, &reader, JSON_DEPTH_MAX);
}

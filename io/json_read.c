/*
 * json_read.c - JSON to MessagePack, by jansson.
 */
#include "core/status.h"
#include "io/json.h"

#include <jansson.h>

static int value_encode(const json_t *value, uint32_t depth, struct wire_writer *writer);

static int object_encode(const json_t *object, uint32_t depth, struct wire_writer *writer)
{
    wire_map(writer, (uint32_t)json_object_size(object));
    /* jansson's iterators take no const, but don't change the object either */
    json_t *walked = (json_t *)(uintptr_t)object;
    for (void *at = json_object_iter(walked); at; at = json_object_iter_next(walked, at)) {
        wire_key(writer, json_object_iter_key(at));
        int result = value_encode(json_object_iter_value(at), depth, writer);
        if (result < 0)
            return result;
    }
    return 0;
}

static int value_encode(const json_t *value, uint32_t depth, struct wire_writer *writer)
{
    if (depth == 0)
        return -E_TOO_DEEP;
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return object_encode(value, depth - 1, writer);
    case JSON_ARRAY:
        wire_array(writer, (uint32_t)json_array_size(value));
        for (size_t i = 0; i < json_array_size(value); i++) {
            int result = value_encode(json_array_get(value, i), depth - 1, writer);
            if (result < 0)
                return result;
        }
        return 0;
    case JSON_STRING:
        wire_text(writer, span_make(json_string_value(value), json_string_length(value)));
        return 0;
    case JSON_INTEGER:
        wire_integer(writer, json_integer_value(value));
        return 0;
    case JSON_REAL:
        wire_real(writer, json_real_value(value));
        return 0;
    case JSON_TRUE:
    case JSON_FALSE:
        wire_bool(writer, json_is_true(value));
        return 0;
    case JSON_NULL:
        wire_nil(writer);
        return 0;
    }
    return -E_MALFORMED;
}

static int read_failed(const json_error_t *error, char message[JSON_MESSAGE_MAX])
{
    enum json_error_code code = json_error_code(error);
    if (error->line > 1)
        snprintf(message, JSON_MESSAGE_MAX, "line %d, column %d: %.180s", error->line, error->column, error->text);
    else
        snprintf(message, JSON_MESSAGE_MAX, "column %d: %.180s", error->column, error->text);
    if (code == json_error_duplicate_key)
        return -E_DUPLICATE_KEY;
    if (code == json_error_invalid_utf8)
        return -E_BAD_UTF8;
    return code == json_error_stack_overflow ? -E_TOO_DEEP : -E_MALFORMED;
}

int json_to_wire(struct span text, struct wire_writer *writer, char message[JSON_MESSAGE_MAX])
{
    json_error_t error;
    json_t *value = json_loadb(text.len ? (const char *)text.at : "", text.len,
                               JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (!value)
        return read_failed(&error, message);
    int result = value_encode(value, JSON_DEPTH_MAX, writer);
    json_decref(value);
    if (result == 0 && writer->full)
        result = -E_TOO_LARGE;
    if (result == -E_TOO_LARGE)
        snprintf(message, JSON_MESSAGE_MAX, "larger than the %zu bytes that there is room for", writer->capacity);
    else if (result < 0)
        snprintf(message, JSON_MESSAGE_MAX, "nested more than %u levels deep", JSON_DEPTH_MAX);
    return result;
}

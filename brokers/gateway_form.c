/*
 * gateway_form.c - paths, queries and forms as they come: percent signs read, tricks refused.
 */
#include "brokers/gateway_parts.h"

static int hexadecimal(uint8_t character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    if (character >= 'a' && character <= 'f')
        return character - 'a' + 10;
    return character >= 'A' && character <= 'F' ? character - 'A' + 10 : -1;
}

int percent_read(struct span text, bool form, char *ret_text, size_t size, size_t *ret_len)
{
    size_t len = 0;
    uint32_t characters;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.at[i];
        if (byte == '%') {
            int high = i + 2 < text.len ? hexadecimal(text.at[i + 1]) : -1;
            int low = high >= 0 ? hexadecimal(text.at[i + 2]) : -1;
            if (low < 0)
                return -E_BAD_REQUEST;
            byte = (uint8_t)(high << 4 | low);
            i += 2;
        } else if (byte == '+' && form) {
            byte = ' ';
        }
        if (byte < 0x20 || byte == 0x7f || len + 1 >= size)
            return -E_BAD_REQUEST;
        ret_text[len++] = (char)byte;
    }
    ret_text[len] = '\0';
    *ret_len = len;
    return utf8_count(span_make(ret_text, len), &characters) < 0 ? -E_BAD_REQUEST : 0;
}

bool form_next(struct span *rest, struct span *ret_name, struct span *ret_value)
{
    while (rest->len > 0 && rest->at[0] == '&')
        *rest = span_make(rest->at + 1, rest->len - 1);
    if (rest->len == 0)
        return false;
    const uint8_t *and = memchr(rest->at, '&', rest->len);
    size_t len = and? (size_t)(and-rest->at) : rest->len;
    const uint8_t *equals = memchr(rest->at, '=', len);
    size_t name_len = equals ? (size_t)(equals - rest->at) : len;
    *ret_name = span_make(rest->at, name_len);
    *ret_value = equals ? span_make(equals + 1, len - name_len - 1) : span_make(NULL, 0);
    *rest = span_make(rest->at + len, rest->len - len);
    return true;
}

int form_field(struct span form, const char *name, char *ret_text, size_t size)
{
    struct span found_name, value;
    size_t len;
    while (form_next(&form, &found_name, &value)) {
        if (span_is(found_name, name))
            return percent_read(value, true, ret_text, size, &len);
    }
    return -E_NOT_FOUND;
}

int path_read(struct gateway *gateway, struct span path, struct path *ret_path)
{
    char *to = gateway->path_text;
    *ret_path = (struct path){.count = 0};
    if (path.len == 0 || path.at[0] != '/')
        return -E_BAD_REQUEST;
    for (size_t at = 1; at < path.len;) {
        const uint8_t *slash = memchr(path.at + at, '/', path.len - at);
        size_t end = slash ? (size_t)(slash - path.at) : path.len;
        size_t len;
        size_t room = sizeof gateway->path_text - (size_t)(to - gateway->path_text);
        if (ret_path->count == SEGMENTS_MAX ||
            percent_read(span_make(path.at + at, end - at), false, to, room, &len) < 0)
            return -E_BAD_REQUEST;
        bool dots = strcmp(to, ".") == 0 || strcmp(to, "..") == 0;
        if (len == 0 || dots || memchr(to, '/', len) || memchr(to, '\\', len) || (slash && end + 1 == path.len))
            return -E_BAD_REQUEST;
        ret_path->segment[ret_path->count++] = span_make(to, len);
        to += len + 1;
        at = end + 1;
    }
    return 0;
}

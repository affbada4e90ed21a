/*
 * flaw.c - a refusal in words: where, what is wrong, what is allowed. Never what was sent: it may be personal.
 */
#include "schemas/decoding.h"

#include <inttypes.h>
#include <stdio.h>

/* Appends as much of `text` as fits and returns the new length; `text` is ASCII wherever it could be cut. */
static size_t append(char *to, size_t capacity, size_t len, const char *text)
{
    size_t more = strlen(text);
    if (more > capacity - 1 - len)
        more = capacity - 1 - len;
    memcpy(to + len, text, more);
    to[len + more] = '\0';
    return len + more;
}

static void allowed_words(const struct choice_table *choice, char *ret_text, size_t capacity)
{
    size_t len = append(ret_text, capacity, 0, "one of ");
    for (uint32_t i = 0; i < choice->count; i++) {
        len = append(ret_text, capacity, len, i > 0 ? ", " : "");
        len = append(ret_text, capacity, len, choice->items[i].name);
    }
}

void field_allowed(const struct field *field, char *ret_text, size_t capacity)
{
    long long least = field->least, most = field->most;
    switch ((enum field_kind)field->kind) {
    case FIELD_NAME:
    case FIELD_LABEL:
        snprintf(ret_text, capacity, "a name of 1 to %lld bytes without control characters", most);
        break;
    case FIELD_TEXT:
        snprintf(ret_text, capacity, "text of up to %lld characters", most);
        break;
    case FIELD_URI:
        snprintf(ret_text, capacity, "a URI of 1 to %lld bytes without spaces or control characters", most);
        break;
    case FIELD_DOCUMENT:
        snprintf(ret_text, capacity, "text of 1 to %lld bytes", most);
        break;
    case FIELD_BOOL:
        snprintf(ret_text, capacity, "true or false");
        break;
    case FIELD_TIME:
        snprintf(ret_text, capacity, "a timestamp or RFC 3339 text, from 1970 to 9999");
        break;
    case FIELD_SCORE:
        snprintf(ret_text, capacity, "a %snumber from %lld to %lld", field->step == 1000 ? "whole " : "", least / 1000,
                 most / 1000);
        break;
    case FIELD_FIGURE:
        snprintf(ret_text, capacity, "a number");
        break;
    case FIELD_NAMES:
        snprintf(ret_text, capacity, "a list of up to %u names of 1 to %lld bytes", field->most_items, most);
        break;
    case FIELD_SCORES:
        snprintf(ret_text, capacity, "a map of up to %u names to numbers from %lld to %lld", field->most_items,
                 least / 1000, most / 1000);
        break;
    case FIELD_REFERENCE:
        snprintf(ret_text, capacity, "an id of 1 to %lld bytes or a seq from 1", most);
        break;
    case FIELD_INTEGER:
        snprintf(ret_text, capacity, "a whole number from %lld to %lld", least, most);
        break;
    case FIELD_CHOICE:
        allowed_words(field->choice, ret_text, capacity);
        break;
    case FIELD_NESTED:
        snprintf(ret_text, capacity, "a map");
        break;
    case FIELD_LIST:
        snprintf(ret_text, capacity, "a list of up to %u maps", field->most_items);
        break;
    case FIELD_KEYED:
        snprintf(ret_text, capacity, "a map of up to %u names to maps", field->most_items);
        break;
    case FIELD_ANY:
        snprintf(ret_text, capacity, "any value");
        break;
    }
}

int flaw_says(struct decoding *decoding, int status, const char *message)
{
    decoding->flaw->status = status;
    decoding->flaw->field[0] = '\0';
    append(decoding->flaw->message, sizeof decoding->flaw->message, 0, message);
    return status;
}

static int says_allowed(struct decoding *decoding, int status, const char *fault, const struct field *field)
{
    char allowed[160];
    field_allowed(field, allowed, sizeof allowed);
    flaw_says(decoding, status, fault);
    size_t len = strlen(decoding->flaw->message);
    len = append(decoding->flaw->message, sizeof decoding->flaw->message, len, "; allowed is ");
    len = append(decoding->flaw->message, sizeof decoding->flaw->message, len, allowed);
    append(decoding->flaw->message, sizeof decoding->flaw->message, len, ".");
    return status;
}

int flaw_of_bytes(struct decoding *decoding, int status)
{
    switch (-status) {
    case E_TRUNCATED:
        return flaw_says(decoding, status, "The bytes end inside a value, or a length claims more than is there.");
    case E_TOO_DEEP:
        return flaw_says(decoding, status, "Maps and lists are nested more than 8 levels deep.");
    case E_TOO_MANY_FIELDS:
        return flaw_says(decoding, status, "A map has more than 256 keys.");
    case E_DUPLICATE_KEY:
        return flaw_says(decoding, status, "A map has the same key twice.");
    case E_BAD_UTF8:
        return flaw_says(decoding, status, "A string is not valid UTF-8.");
    case E_BAD_KEY:
        return flaw_says(decoding, status, "A map has a key that is not a string.");
    default:
        return flaw_says(decoding, status, "The bytes are not MessagePack.");
    }
}

int flaw_of_field(struct decoding *decoding, int status, const struct field *field)
{
    switch (-status) {
    case E_MISSING_FIELD:
        return says_allowed(decoding, status, "It is missing", field);
    case E_OUT_OF_RANGE:
        return says_allowed(decoding, status, "It is outside what is allowed", field);
    case E_NOT_A_NUMBER:
        return says_allowed(decoding, status, "It is not a finite number", field);
    case E_UNKNOWN_CHOICE:
        return says_allowed(decoding, status, "The word is not known", field);
    case E_TOO_LONG:
        return says_allowed(decoding, status, "It is too long", field);
    case E_EMPTY:
        return says_allowed(decoding, status, "It is empty", field);
    case E_BAD_TIME:
        return says_allowed(decoding, status, "It is not a time", field);
    case E_BAD_UTF8:
        return says_allowed(decoding, status, "It is not valid UTF-8", field);
    default:
        return flaw_of_bytes(decoding, status);
    }
}

int flaw_of_type(struct decoding *decoding, const struct wire_value *value, const struct field *field)
{
    static const char *const faults[] = {
        [WIRE_NIL] = "It is null",           [WIRE_BOOL] = "It is true or false",
        [WIRE_INT] = "It is a whole number", [WIRE_UINT] = "It is a whole number",
        [WIRE_FLOAT] = "It is a fraction",   [WIRE_STR] = "It is text",
        [WIRE_BIN] = "It is binary data",    [WIRE_ARRAY] = "It is a list",
        [WIRE_MAP] = "It is a map",          [WIRE_EXT] = "It is an extension type",
    };
    return says_allowed(decoding, -E_WRONG_TYPE, faults[value->kind], field);
}

int flaw_of_count(struct decoding *decoding, uint32_t count, const struct field *field)
{
    char fault[64];
    snprintf(fault, sizeof fault, "It has %" PRIu32 " items", count);
    return says_allowed(decoding, -E_TOO_MANY_ITEMS, fault, field);
}

/* Puts `segment` before the path, cutting the path's end where there is no room. */
static void prepend(struct flaw *flaw, const char *segment, size_t len)
{
    char rest[sizeof flaw->field];
    memcpy(rest, flaw->field, sizeof rest);
    if (len > sizeof flaw->field - 1)
        return;
    memcpy(flaw->field, segment, len);
    flaw->field[len] = '\0';
    bool joined = rest[0] == '\0' || rest[0] == '[';
    size_t room = sizeof flaw->field - 1 - len;
    size_t more = strlen(rest) + !joined;
    /* a path that doesn't fit loses its deeper part as a whole: cutting could split a character */
    if (more > room)
        return;
    len = append(flaw->field, sizeof flaw->field, len, joined ? "" : ".");
    append(flaw->field, sizeof flaw->field, len, rest);
}

int flaw_within(struct decoding *decoding, int result, const char *name)
{
    prepend(decoding->flaw, name, strlen(name));
    return result;
}

int flaw_within_key(struct decoding *decoding, int result, struct span key)
{
    if (name_check(key, NAME_MAX_BYTES, 0x20) == 0)
        prepend(decoding->flaw, (const char *)key.at, key.len);
    return result;
}

int flaw_within_item(struct decoding *decoding, int result, uint32_t item)
{
    char segment[16];
    int len = snprintf(segment, sizeof segment, "[%" PRIu32 "]", item);
    prepend(decoding->flaw, segment, (size_t)len);
    return result;
}

/*
 * value_decode.c - one value into its place, checked as its field's row says.
 */
#include "schemas/decoding.h"

#include <math.h>

#define ANY_DEPTH_MAX 64u
#define WHOLE_NUMBERS (KIND(WIRE_INT) | KIND(WIRE_UINT))
#define NUMBERS (WHOLE_NUMBERS | KIND(WIRE_FLOAT))

/* Reads a value and checks that it is of a kind that the field takes. */
int kind_read(struct decoding *decoding, const struct field *field, uint32_t kinds, struct wire_value *ret_value)
{
    int result = wire_read(&decoding->reader, ret_value);
    if (result)
        return flaw_of_bytes(decoding, result);
    if (!(kinds >> ret_value->kind & 1u))
        return flaw_of_type(decoding, ret_value, field);
    return 0;
}

static int string_read(struct decoding *decoding, const struct field *field, struct span *ret_string)
{
    if (short_string(&decoding->reader, ret_string))
        return 0;
    struct wire_value value;
    int result = kind_read(decoding, field, KIND(WIRE_STR), &value);
    if (result)
        return result;
    *ret_string = value.bytes;
    return 0;
}

int name_read(struct decoding *decoding, const struct field *field, uint8_t lowest, struct span *ret_name)
{
    struct span name = {0};
    int result = string_read(decoding, field, &name);
    if (result)
        return result;
    result = name_check(name, (size_t)field->most, lowest);
    if (result)
        return flaw_of_field(decoding, result, field);
    *ret_name = name;
    return 0;
}

/* TEXT counts characters, DOCUMENT bytes. Required text may not be empty: it would say nothing. */
int text_read(struct decoding *decoding, const struct field *field, struct span *ret_text)
{
    struct span text = {0};
    int result = string_read(decoding, field, &text);
    if (result)
        return result;
    uint32_t characters;
    if (text.len == 0 && field->flags & REQUIRED)
        return flaw_of_field(decoding, -E_EMPTY, field);
    if (text.len > (field->kind == FIELD_TEXT ? TEXT_MAX_BYTES : (size_t)field->most))
        return flaw_of_field(decoding, -E_TOO_LONG, field);
    if (utf8_count(text, &characters))
        return flaw_of_field(decoding, -E_BAD_UTF8, field);
    if (field->kind == FIELD_TEXT && characters > field->most)
        return flaw_of_field(decoding, -E_TOO_LONG, field);
    *ret_text = text;
    return 0;
}

int bool_read(struct decoding *decoding, const struct field *field, bool *ret_truth)
{
    struct wire_value value;
    int result = kind_read(decoding, field, KIND(WIRE_BOOL), &value);
    if (result)
        return result;
    *ret_truth = value.truth;
    return 0;
}

int time_read(struct decoding *decoding, const struct field *field, int64_t *ret_ms)
{
    struct wire_value value;
    int result = kind_read(decoding, field, KIND(WIRE_EXT) | KIND(WIRE_STR), &value);
    if (result)
        return result;
    result = wire_time_ms(&value, ret_ms);
    return result ? flaw_of_field(decoding, result, field) : 0;
}

int real_read(struct decoding *decoding, const struct field *field, double *ret_real)
{
    struct wire_value value;
    int result = kind_read(decoding, field, NUMBERS, &value);
    if (result)
        return result;
    double real = value.kind == WIRE_FLOAT  ? value.real
                  : value.kind == WIRE_UINT ? (double)value.natural
                                            : (double)value.integer;
    if (!isfinite(real))
        return flaw_of_field(decoding, -E_NOT_A_NUMBER, field);
    *ret_real = real;
    return 0;
}

int score_read(struct decoding *decoding, const struct field *field, int32_t *ret_thousandths)
{
    double real = 0;
    int result = real_read(decoding, field, &real);
    if (result)
        return result;
    double thousandths = real * 1000.0;
    if (thousandths < (double)field->least || thousandths > (double)field->most)
        return flaw_of_field(decoding, -E_OUT_OF_RANGE, field);
    if (field->step > 1 && real != floor(real))
        return flaw_of_field(decoding, -E_OUT_OF_RANGE, field);
    *ret_thousandths = (int32_t)(thousandths + 0.5); /* never negative: away from zero is up */
    return 0;
}

int integer_read(struct decoding *decoding, const struct field *field, int64_t *ret_integer)
{
    struct wire_value value;
    int result = kind_read(decoding, field, WHOLE_NUMBERS, &value);
    if (result)
        return result;
    if (value.kind == WIRE_UINT && value.natural > INT64_MAX)
        return flaw_of_field(decoding, -E_OUT_OF_RANGE, field);
    int64_t integer = value.kind == WIRE_UINT ? (int64_t)value.natural : value.integer;
    if (integer < field->least || integer > field->most)
        return flaw_of_field(decoding, -E_OUT_OF_RANGE, field);
    *ret_integer = integer;
    return 0;
}

int choice_read(struct decoding *decoding, const struct field *field, int32_t *ret_item)
{
    struct word word;
    int result = 0;
    if (!short_word(&decoding->reader, &word)) {
        struct span text = {0};
        result = string_read(decoding, field, &text);
        word = word_of(text);
    }
    if (result)
        return result;
    result = choice_find(field->choice, &word, ret_item);
    return result ? flaw_of_field(decoding, result, field) : 0;
}

int reference_read(struct decoding *decoding, const struct field *field, struct reference *ret_reference)
{
    struct wire_value value;
    int result = kind_read(decoding, field, KIND(WIRE_STR) | WHOLE_NUMBERS, &value);
    if (result)
        return result;
    struct reference reference = {0};
    if (value.kind == WIRE_STR) {
        result = name_check(value.bytes, (size_t)field->most, 0x20);
        reference.id = value.bytes;
    } else if (value.kind == WIRE_INT || value.natural == 0) {
        result = -E_OUT_OF_RANGE;
    } else {
        reference.seq = value.natural;
    }
    if (result)
        return flaw_of_field(decoding, result, field);
    *ret_reference = reference;
    return 0;
}

int any_read(struct decoding *decoding, struct span *ret_value)
{
    int result = wire_skip(&decoding->reader, ANY_DEPTH_MAX, ret_value);
    return result ? flaw_of_bytes(decoding, result) : 0;
}

/*
 * What somebody types for a field of a decision or a fact: one MessagePack value, or a sentence. A time is read as the same time
 * when it is written out in full, and what is printed of a text steers no terminal.
 *
 * The first two bytes choose a record of types.def and one of its fields.
 */
#include "cli/fields.h"
#include "cli/text.h"
#include "core/rfc3339.h"
#include "core/status.h"
#include "tests/fuzz/judge.h"

#include <stdlib.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *count, char ***arguments);

#define NOW_MS 1795392000000 /* 2026-11-23T00:00:00Z */
#define TEXT_MAX 20000u

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    (void)count;
    (void)arguments;
    setenv("TZ", "CST-8", 1);
    tzset();
    return 0;
}

static void field_text(struct carving *carving, const char *text)
{
    static uint8_t buffer[4 * TEXT_MAX];
    const struct record_table *const *records;
    uint32_t count = record_tables(&records);
    const struct record_table *record = records[carve_byte(carving) % count];
    const struct field *field = &record->fields[carve_byte(carving) % record->field_count];
    char message[FIELD_MESSAGE_MAX] = "";
    struct wire_writer writer;
    struct span whole;
    wire_writer_init(&writer, buffer, sizeof buffer);
    int status = field_encode(field, text, NOW_MS, &writer, message);
    if (status) {
        ensure(status == -E_BAD_TIME || status == -E_WRONG_TYPE);
        judge_sentence(message);
        return;
    }
    struct span value = wire_written(&writer);
    struct wire_reader reader = wire_reader(value);
    ensure(!writer.full);
    ensure(wire_skip(&reader, EVENT_DEPTH_MAX, &whole) == 0);
    ensure(span_equal(whole, value));
    judge_value(value);
}

static void time_text(const char *text)
{
    int64_t ms = -1, again;
    char written[RFC3339_LEN + 1];
    if (time_from_text(text, NOW_MS, &ms)) {
        ensure(ms == -1);
        return;
    }
    rfc3339_format(ms, written);
    ensure(time_from_text(written, NOW_MS, &again) == 0);
    ensure(again == ms);
}

static void printed_text(struct span text)
{
    char clean[256];
    uint32_t characters;
    text_clean(text, clean, sizeof clean);
    ensure(utf8_count(span_of(clean), &characters) == 0);
    for (const char *at = clean; *at; at++)
        ensure((uint8_t)*at >= 0x20 && *at != 0x7f);
    ensure(strstr(clean, "\xe2\x80\xae") == NULL); /* U+202E turns what follows around */
    ensure(text_width(clean) <= 2 * characters);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[TEXT_MAX];
    if (size < 2 || size - 2 >= TEXT_MAX)
        return 0;
    struct carving carving = {data, 2};
    memcpy(text, data + 2, size - 2);
    text[size - 2] = '\0';
    field_text(&carving, text);
    time_text(text);
    printed_text(span_make(data + 2, size - 2));
    return 0;
}

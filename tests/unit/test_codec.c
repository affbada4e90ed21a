/* What the table describes survives the way to bytes and back, for any content of any record. */
#include "core/status.h"
#include "schemas/codec.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* ---- random content ---- */

#define LARGEST_RECORD sizeof(union event_data)

struct maker {
    uint64_t seed;
    char text[1u << 20]; /* strings of the record at hand */
    size_t text_len;
};

static struct maker maker;
static union event_data made, decoded;
static uint8_t buffer[1u << 20];

static uint32_t pick(uint32_t below)
{
    maker.seed = maker.seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(maker.seed >> 33) % below;
}

static uint64_t pick_wide(void)
{
    return (uint64_t)pick(1u << 31) << 33 ^ (uint64_t)pick(1u << 31) << 16 ^ pick(1u << 16);
}

/* `least` to `most` bytes; `number` makes names of one map differ. */
static struct span make_text(uint32_t least, uint32_t most, uint32_t number)
{
    static const char *const pieces[] = {"a", "Z", "7", "-", ".", "满", "意", "é", "𝄞", "~", "ok"};
    char *begin = maker.text + maker.text_len;
    uint32_t target = least + pick(most - least + 1);
    int len = number ? snprintf(begin, 16, "%u:", number) : 0;
    while (len < (int)target) {
        const char *piece = pieces[pick(sizeof pieces / sizeof pieces[0])];
        if (len + strlen(piece) > target)
            piece = "x";
        memcpy(begin + len, piece, strlen(piece));
        len += (int)strlen(piece);
    }
    maker.text_len += (size_t)len;
    assert_true(maker.text_len < sizeof maker.text);
    return span_make(begin, (size_t)len);
}

static int32_t make_score(const struct field *field)
{
    uint32_t range = (uint32_t)(field->most - field->least);
    int32_t score = (int32_t)(field->least + pick(range + 1));
    if (field->step == 1000 || pick(2))
        score -= score % 1000;
    return score < field->least ? (int32_t)field->least : score;
}

static double make_real(void)
{
    if (pick(4) == 0)
        return pick(1000);
    uint64_t bits = pick_wide();
    double real;
    memcpy(&real, &bits, sizeof real);
    return isfinite(real) ? real : -0.5;
}

static void make_record(const struct record_table *record, uint8_t *to);

static void make_items(const struct field *field, uint8_t *to)
{
    uint32_t count = pick(field->most_items + 1);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *item = to + field->offset + i * field->inner->size;
        make_record(field->inner, item);
        if (field->kind == FIELD_KEYED)
            *(struct span *)(item + field->inner->fields[0].offset) = make_text(4, 64, i + 1);
    }
    *(uint32_t *)(to + field->count_offset) = count;
}

static void make_field(const struct field *field, uint8_t *to)
{
    uint8_t *place = to + field->offset;
    switch ((enum field_kind)field->kind) {
    case FIELD_NAME:
    case FIELD_LABEL:
    case FIELD_URI:
    case FIELD_DOCUMENT:
        *(struct span *)place = make_text(1, field->most > 600 ? 600 : (uint32_t)field->most, 0);
        break;
    case FIELD_TEXT:
        *(struct span *)place = make_text(field->flags & REQUIRED ? 1 : 0, 300, 0);
        break;
    case FIELD_BOOL:
        *(bool *)place = pick(2);
        break;
    case FIELD_TIME:
        *(int64_t *)place = (int64_t)(pick_wide() % 253402300800000ull);
        break;
    case FIELD_SCORE:
        *(int32_t *)place = make_score(field);
        break;
    case FIELD_FIGURE:
        *(double *)place = make_real();
        break;
    case FIELD_NAMES: {
        struct name_list *names = (struct name_list *)place;
        names->count = pick(NAMES_MAX + 1);
        for (uint32_t i = 0; i < names->count; i++)
            names->item[i] = make_text(1, 64, 0);
        break;
    }
    case FIELD_SCORES: {
        struct dimension_scores *scores = (struct dimension_scores *)place;
        scores->count = pick(DIMENSIONS_MAX + 1);
        for (uint32_t i = 0; i < scores->count; i++)
            scores->item[i] = (struct dimension_score){make_text(4, 64, i + 1), (int32_t)pick(10001)};
        break;
    }
    case FIELD_REFERENCE:
        if (pick(2))
            ((struct reference *)place)->id = make_text(1, 64, 0);
        else
            ((struct reference *)place)->seq = pick_wide() | 1;
        break;
    case FIELD_INTEGER:
        *(int64_t *)place = field->least + (int64_t)(pick_wide() % ((uint64_t)(field->most - field->least) + 1));
        break;
    case FIELD_CHOICE:
        *(int32_t *)place = (int32_t)pick(field->choice->count);
        break;
    case FIELD_NESTED:
        make_record(field->inner, place);
        break;
    case FIELD_LIST:
    case FIELD_KEYED:
        make_items(field, to);
        break;
    case FIELD_ANY:
        *(struct span *)place = span_make("\x92\x81\xa1k\x01\xc4\x01z", 8); /* [{"k": 1}, bin "z"] */
        break;
    }
}

static void make_record(const struct record_table *record, uint8_t *to)
{
    uint64_t has = 0;
    memset(to, 0, record->size);
    for (uint32_t i = 0; i < record->field_count; i++) {
        if (!(record->fields[i].flags & REQUIRED) && pick(3) == 0)
            continue;
        make_field(&record->fields[i], to);
        has |= (uint64_t)1 << i;
    }
    memcpy(to, &has, sizeof has);
}

/* ---- comparison, deep: spans by their bytes ---- */

static void expect_same(const struct record_table *record, const uint8_t *a, const uint8_t *b, bool internals);

static void expect_same_items(const struct field *field, const uint8_t *a, const uint8_t *b, bool internals)
{
    uint32_t count = *(const uint32_t *)(a + field->count_offset);
    assert_int_equal(count, *(const uint32_t *)(b + field->count_offset));
    for (uint32_t i = 0; i < count; i++) {
        uint32_t offset = field->offset + i * field->inner->size;
        expect_same(field->inner, a + offset, b + offset, internals);
    }
}

static void expect_same_field(const struct field *field, const uint8_t *a, const uint8_t *b, bool internals)
{
    const void *left = a + field->offset, *right = b + field->offset;
    switch ((enum field_kind)field->kind) {
    case FIELD_NAME:
    case FIELD_LABEL:
    case FIELD_URI:
    case FIELD_DOCUMENT:
    case FIELD_TEXT:
    case FIELD_ANY:
        assert_true(span_equal(*(const struct span *)left, *(const struct span *)right));
        break;
    case FIELD_BOOL:
        assert_int_equal(*(const bool *)left, *(const bool *)right);
        break;
    case FIELD_TIME:
    case FIELD_INTEGER:
        assert_true(*(const int64_t *)left == *(const int64_t *)right);
        break;
    case FIELD_SCORE:
    case FIELD_CHOICE:
        assert_int_equal(*(const int32_t *)left, *(const int32_t *)right);
        break;
    case FIELD_FIGURE:
        assert_true(*(const double *)left == *(const double *)right);
        break;
    case FIELD_NAMES: {
        const struct name_list *x = left, *y = right;
        assert_int_equal(x->count, y->count);
        for (uint32_t i = 0; i < x->count; i++)
            assert_true(span_equal(x->item[i], y->item[i]));
        break;
    }
    case FIELD_SCORES: {
        const struct dimension_scores *x = left, *y = right;
        assert_int_equal(x->count, y->count);
        for (uint32_t i = 0; i < x->count; i++) {
            assert_true(span_equal(x->item[i].dimension, y->item[i].dimension));
            assert_int_equal(x->item[i].thousandths, y->item[i].thousandths);
        }
        break;
    }
    case FIELD_REFERENCE: {
        const struct reference *x = left, *y = right;
        assert_true(span_equal(x->id, y->id));
        assert_true(x->seq == y->seq);
        break;
    }
    case FIELD_NESTED:
        expect_same(field->inner, left, right, internals);
        break;
    case FIELD_LIST:
    case FIELD_KEYED:
        expect_same_items(field, a, b, internals);
        break;
    }
}

static void expect_same(const struct record_table *record, const uint8_t *a, const uint8_t *b, bool internals)
{
    uint64_t has_a, has_b;
    memcpy(&has_a, a, sizeof has_a);
    memcpy(&has_b, b, sizeof has_b);
    for (uint32_t i = 0; i < record->field_count; i++) {
        const struct field *field = &record->fields[i];
        if (field->flags & INTERNAL && !internals) {
            assert_false(has_b >> i & 1u);
            continue;
        }
        assert_int_equal(has_a >> i & 1u, has_b >> i & 1u);
        if (has_a >> i & 1u)
            expect_same_field(field, a, b, internals);
    }
}

static void expect_round_trips(enum encode_style style, uint64_t seed)
{
    const struct record_table *const *records;
    uint32_t count = record_tables(&records);
    maker.seed = seed;
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t round = 0; round < 200; round++) {
            struct wire_writer writer;
            struct flaw flaw = {0};
            maker.text_len = 0;
            assert_true(records[i]->size <= LARGEST_RECORD);
            make_record(records[i], (uint8_t *)&made);
            wire_writer_init(&writer, buffer, sizeof buffer);
            record_encode(records[i], &made, style, &writer);
            assert_false(writer.full);
            memset(&decoded, 0xa5, records[i]->size);
            if (record_decode(records[i], wire_written(&writer), &decoded, &flaw))
                fail_msg("%s %s: %s", records[i]->name, flaw.field, flaw.message);
            expect_same(records[i], (const uint8_t *)&made, (const uint8_t *)&decoded, style == ENCODE_STATE);
        }
    }
}

static void a_state_row_comes_back_as_it_was(void **state)
{
    (void)state;
    expect_round_trips(ENCODE_STATE, 1);
}

static void a_card_comes_back_without_what_is_internal(void **state)
{
    (void)state;
    expect_round_trips(ENCODE_CARD, 2);
}

static void an_event_comes_back_as_it_was(void **state)
{
    (void)state;
    expect_round_trips(ENCODE_EVENT, 3);
}

static uint32_t shown_fields(const struct record_table *record)
{
    uint32_t shown = 0;
    for (uint32_t i = 0; i < record->field_count; i++)
        shown += !(record->fields[i].flags & INTERNAL);
    return shown;
}

static void a_card_names_every_field_and_an_event_only_what_it_has(void **state)
{
    (void)state;
    struct task task = {0};
    SET(&task, task, id, span_of("T-57"));
    struct wire_writer writer;
    struct wire_value value;
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(&record_of_task, &task, ENCODE_CARD, &writer);
    struct wire_reader reader = wire_reader(wire_written(&writer));
    assert_int_equal(wire_read(&reader, &value), 0);
    assert_int_equal(value.count, shown_fields(&record_of_task));
    struct span bytes;
    assert_int_equal(wire_find(wire_written(&writer), "visit", &value, &bytes), 0);
    assert_int_equal(value.kind, WIRE_NIL);
    assert_int_equal(wire_find(wire_written(&writer), "history", &value, &bytes), 0);
    assert_int_equal(value.kind, WIRE_ARRAY); /* required: empty, not null */
    assert_int_equal(wire_find(wire_written(&writer), "completed_by", &value, &bytes), -E_NOT_FOUND);

    struct decided decision = {0};
    SET(&decision, decided, by, span_of("zhang.min"));
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(&record_of_decided, &decision, ENCODE_EVENT, &writer);
    assert_true(span_is(wire_written(&writer), "\x81\xa2"
                                               "by\xa9zhang.min"));
}

static void what_does_not_fit_fills_the_writer_at_every_size(void **state)
{
    (void)state;
    struct complaint complaint;
    maker.seed = 4;
    maker.text_len = 0;
    make_record(&record_of_complaint, (uint8_t *)&complaint);
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(&record_of_complaint, &complaint, ENCODE_STATE, &writer);
    size_t whole = writer.len;
    for (size_t capacity = 0; capacity <= whole; capacity++) {
        uint8_t *small = malloc(capacity ? capacity : 1);
        assert_non_null(small);
        wire_writer_init(&writer, small, capacity);
        record_encode(&record_of_complaint, &complaint, ENCODE_STATE, &writer);
        assert_int_equal(writer.full, capacity < whole);
        free(small);
    }
}

/* ---- the tables ---- */

static void every_word_finds_itself(void **state)
{
    (void)state;
    const struct choice_table *const *choices;
    uint32_t count = choice_tables(&choices);
    assert_true(count >= 10);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < choices[i]->count; k++) {
            int32_t item = -1;
            struct span name = span_of(choice_name(choices[i], (int32_t)k));
            assert_int_equal(choice_item_of(choices[i], name, &item), 0);
            assert_int_equal(item, k);
        }
        int32_t item = 42;
        assert_int_equal(choice_item_of(choices[i], span_of("nonsense"), &item), -E_UNKNOWN_CHOICE);
        assert_int_equal(choice_item_of(choices[i], span_make(NULL, 0), &item), -E_UNKNOWN_CHOICE);
        assert_int_equal(item, 42);
    }
    assert_string_equal(choice_name(choice_of_grade(), grade_is_urgent), "urgent");
}

static void every_type_finds_itself(void **state)
{
    (void)state;
    for (uint32_t i = EVENT_unknown + 1; i < EVENT_count; i++) {
        const struct event_table *table = event_table((enum event_type)i);
        assert_int_equal(event_type_of(span_of(table->type)), i);
        assert_non_null(table->record);
        assert_true((table->class == CLASS_CONSEQUENCE) == (table->channel != CHANNEL_none));
    }
    assert_int_equal(event_type_of(span_of("feedback.rate")), EVENT_unknown);
    assert_int_equal(event_type_of(span_of("unknown")), EVENT_unknown);
    assert_int_equal(event_type_of(span_make(NULL, 0)), EVENT_unknown);
    assert_null(event_table(EVENT_unknown)->record);
}

static void every_channel_and_record_finds_itself(void **state)
{
    (void)state;
    for (uint32_t i = CHANNEL_none + 1; i < CHANNEL_count; i++)
        assert_int_equal(channel_of(span_of(channel_name((enum card_channel)i))), i);
    assert_int_equal(channel_of(span_of("none")), CHANNEL_none);
    const struct record_table *const *records;
    uint32_t count = record_tables(&records);
    for (uint32_t i = 0; i < count; i++)
        assert_ptr_equal(record_table(records[i]->name), records[i]);
    assert_null(record_table("nonsense"));
}

static void a_record_has_each_field_name_once_and_no_personal_field_on_a_card(void **state)
{
    (void)state;
    const struct record_table *const *records;
    uint32_t count = record_tables(&records);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < records[i]->field_count; k++) {
            const struct field *field = &records[i]->fields[k];
            assert_int_equal(field->name_len, strlen(field->name));
            assert_int_equal(records[i]->required >> k & 1u, (field->flags & REQUIRED) != 0);
            for (uint32_t m = 0; m < k; m++)
                assert_string_not_equal(field->name, records[i]->fields[m].name);
        }
    }
    for (uint32_t i = EVENT_unknown + 1; i < EVENT_count; i++) {
        const struct event_table *table = event_table((enum event_type)i);
        for (uint32_t k = 0; table->class == CLASS_CONSEQUENCE && k < table->record->field_count; k++)
            assert_false(table->record->fields[k].flags & PERSONAL);
    }
}

static void what_is_allowed_is_said_within_a_sentence(void **state)
{
    (void)state;
    const struct {
        const struct field *field;
        const char *allowed;
    } rows[] = {
        {&record_of_rated.fields[rated_field_overall], "a number from 0 to 10"},
        {&record_of_rated.fields[rated_field_nps], "a whole number from 0 to 10"},
        {&record_of_rated.fields[rated_field_ces], "a number from 1 to 7"},
        {&record_of_graded.fields[graded_field_grade], "one of general, serious, major, urgent"},
        {&record_of_escalated.fields[escalated_field_level], "a whole number from 0 to 4"},
        {&record_of_judged.fields[judged_field_staff], "a list of up to 16 names of 1 to 64 bytes"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char allowed[160];
        field_allowed(rows[i].field, allowed, sizeof allowed);
        assert_string_equal(allowed, rows[i].allowed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_row_comes_back_as_it_was),
        cmocka_unit_test(a_card_comes_back_without_what_is_internal),
        cmocka_unit_test(an_event_comes_back_as_it_was),
        cmocka_unit_test(a_card_names_every_field_and_an_event_only_what_it_has),
        cmocka_unit_test(what_does_not_fit_fills_the_writer_at_every_size),
        cmocka_unit_test(every_word_finds_itself),
        cmocka_unit_test(every_type_finds_itself),
        cmocka_unit_test(every_channel_and_record_finds_itself),
        cmocka_unit_test(a_record_has_each_field_name_once_and_no_personal_field_on_a_card),
        cmocka_unit_test(what_is_allowed_is_said_within_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Texts that mean something: times, periods, ids of cases, UTF-8. What is read and written again is the same.
 *
 * The first byte chooses what the rest is read as.
 */
#include "core/rfc3339.h"
#include "core/score.h"
#include "core/status.h"
#include "tests/fuzz/judge.h"
#include "workers/case_key.h"
#include "workers/score_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define YEARS_10000_MS 315569520000000ll

static void time_text(struct span text)
{
    char written[RFC3339_LEN + 1];
    int64_t ms = 7, again;
    if (rfc3339_parse(text, &ms)) {
        ensure(ms == 7);
        return;
    }
    rfc3339_format(ms, written);
    ensure(strlen(written) == RFC3339_LEN);
    ensure(rfc3339_parse(span_of(written), &again) == 0);
    ensure(again == ms);
}

/* Days and dates are each other's inverse. */
static void time_number(struct carving *carving)
{
    uint64_t drawn = (uint64_t)carve_number(carving, 4) << 32 | carve_number(carving, 4);
    int64_t ms = (int64_t)(drawn % YEARS_10000_MS) - 62167219200000ll;
    char written[RFC3339_LEN + 1];
    int64_t again;
    rfc3339_format(ms, written);
    ensure(rfc3339_parse(span_of(written), &again) == 0);
    ensure(again == ms);
    int64_t days = (int64_t)(drawn % 3652425) - 719528; /* of the years 0 to 9999 */
    ensure(civil_to_days(civil_from_days(days)) == days);
}

static void period(struct span text)
{
    char written[PERIOD_OF_DAY_LEN + 1];
    int64_t first, last, day, same;
    if (period_days(text, &first, &last))
        return;
    ensure(first <= last);
    ensure(last - first < 366);
    period_of_day(first, written);
    ensure(period_days(span_of(written), &day, &same) == 0);
    ensure(day == first);
    ensure(same == first);
}

static void case_text(struct span text)
{
    struct case_key key, again;
    char written[CASE_ID_MAX];
    if (case_key_of_id(text, &key))
        return;
    ensure(memchr(text.at, '\0', text.len) || span_equal(case_id(&key, written), text));
    ensure(case_key_of_bytes(case_key_span(&key), &again) == 0);
    ensure(case_key_equal(&key, &again));
    uint8_t timer[TIMER_KEY_MAX], order[ORDER_KEY_MAX];
    int64_t due_ms;
    ensure(timer_key_read(timer_key(INT64_MAX, &key, timer), &due_ms, &again) == 0);
    ensure(due_ms == INT64_MAX);
    ensure(case_key_equal(&key, &again));
    ensure(order_key_case(order_key(ORDER_OPEN, 0, &key, order), &again) == 0);
    ensure(case_key_equal(&key, &again));
}

static void score_row_key(struct span bytes)
{
    struct score_place place;
    uint8_t again[SCORE_KEY_MAX];
    if (score_key_parse(bytes, &place))
        return;
    judge_inside(place.store, bytes);
    judge_inside(place.department, bytes);
    judge_inside(place.staff, bytes);
    ensure(place.day >= INT32_MIN && place.day <= INT32_MAX);
    size_t len = score_key_build(&place, again);
    ensure(span_equal(span_make(again, len), bytes));
}

/* Character by character, by another way: the table of the Unicode standard's D92. */
static bool utf8_by_table(struct span text, uint32_t *ret_characters)
{
    static const struct {
        uint8_t first_low, first_high, second_low, second_high;
        uint32_t len;
    } rows[] = {
        {0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    uint32_t characters = 0;
    for (size_t at = 0; at < text.len; characters++) {
        size_t row = 0;
        while (row < 9 && (text.at[at] < rows[row].first_low || text.at[at] > rows[row].first_high))
            row++;
        if (row == 9 || text.len - at < rows[row].len)
            return false;
        for (uint32_t i = 1; i < rows[row].len; i++) {
            uint8_t low = i == 1 ? rows[row].second_low : 0x80, high = i == 1 ? rows[row].second_high : 0xbf;
            if (text.at[at + i] < low || text.at[at + i] > high)
                return false;
        }
        at += rows[row].len;
    }
    *ret_characters = characters;
    return true;
}

static void utf8(struct span text)
{
    uint32_t ours = 0, theirs = 0;
    bool accepted = utf8_count(text, &ours) == 0;
    ensure(accepted == utf8_by_table(text, &theirs));
    ensure(ours == theirs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct carving carving = {data, size};
    uint8_t kind = carve_byte(&carving);
    struct span rest = span_make(carving.at, carving.left);
    switch (kind % 6) {
    case 0:
        time_text(rest);
        break;
    case 1:
        time_number(&carving);
        break;
    case 2:
        period(rest);
        break;
    case 3:
        case_text(rest);
        break;
    case 4:
        score_row_key(rest);
        break;
    default:
        utf8(rest);
        break;
    }
    return 0;
}

/*
 * query_scores.c - daily sums rolled up for whatever period and level is asked.
 *
 *   by           a row per                     divided by (the key of score_window.h)
 *   group        everything together           department, put together at the end
 *   department   department                    department
 *   store        store and department          store, department
 *   staff        store, department and person  store, department, staff; ratings of nobody are left out
 */
#include "core/status.h"
#include "workers/answer.h"
#include "workers/score_key.h"

enum level { BY_GROUP, BY_DEPARTMENT, BY_STORE, BY_STAFF, LEVELS };

/* What is asked, understood. */
struct question {
    const struct get_request *asked;
    enum level level;
    int64_t first_day, last_day;
    struct span after; /* rows up to this key were on earlier pages */
};

static int level_of(struct span name, enum level *ret_level)
{
    static const char *const names[LEVELS] = {"group", "department", "store", "staff"};
    for (int i = 0; i < LEVELS; i++) {
        if (span_is(name, names[i])) {
            *ret_level = (enum level)i;
            return 0;
        }
    }
    return -E_UNKNOWN_CHOICE;
}

static int question_read(struct answer *answer, uint8_t after[CURSOR_BYTES_MAX], struct question *question)
{
    const struct get_request *asked = answer->asked;
    *question = (struct question){.asked = asked, .level = BY_GROUP};
    if (HAS(asked, get_request, by) && level_of(asked->by, &question->level) < 0) {
        answer->detail = "`by` is group, store, department or staff";
        return -E_UNKNOWN_CHOICE;
    }
    answer->detail = "`period` is such as 2026-11-23, 2026-11, 2026-Q4, 2026-H2 or 2026";
    if (!HAS(asked, get_request, period))
        return -E_MISSING_FIELD;
    if (period_days(asked->period, &question->first_day, &question->last_day) < 0)
        return -E_BAD_TIME;
    answer->detail = NULL;
    return answer_cursor_read(answer, after, &question->after);
}

static bool name_fits(bool asked, struct span wanted, struct span name)
{
    return !asked || span_equal(wanted, name);
}

static bool place_fits(const struct question *question, const struct score_place *place)
{
    const struct get_request *asked = question->asked;
    if (question->level == BY_STAFF && place->staff.len == 0)
        return false;
    return name_fits(HAS(asked, get_request, department), asked->department, place->department) &&
           name_fits(HAS(asked, get_request, staff), asked->staff, place->staff);
}

static struct span key_put(uint8_t *key, const struct question *question, const struct score_place *place)
{
    uint8_t *to = key;
    const struct {
        bool divides;
        struct span name;
    } part[] = {
        {question->level >= BY_STORE, place->store},
        {true, place->department},
        {question->level == BY_STAFF, place->staff},
    };
    for (int i = 0; i < 3; i++) {
        if (i > 0)
            *to++ = 0;
        if (part[i].divides && part[i].name.len)
            memcpy(to, part[i].name.at, part[i].name.len);
        to += part[i].divides ? part[i].name.len : 0;
    }
    return span_make(key, (size_t)(to - key));
}

static int row_add(struct answer *answer, const struct question *question, const struct score_place *place,
                   struct span value)
{
    uint8_t buffer[WINDOW_KEY_MAX];
    struct score_sums sums;
    if (!place_fits(question, place))
        return 0;
    struct span key = key_put(buffer, question, place);
    if (question->after.len && span_compare(key, question->after) <= 0)
        return 0;
    struct window_row *row = score_window_row(answer->window, key);
    if (!row)
        return 0;
    if (score_row_read(value, &sums) < 0)
        return -E_CORRUPT;
    score_roll_up(&row->sums, &sums);
    return 0;
}

/* Days outside the period are jumped over. */
static int seek_on(const struct question *question, const struct score_place *place, struct store_cursor *cursor,
                   struct span *ret_key, struct span *ret_value)
{
    uint8_t key[SCORE_KEY_MAX + 1];
    struct score_place to = {.store = place->store, .department = place->department, .day = question->first_day};
    size_t len = score_key_build(&to, key);
    if (place->day > question->last_day)
        key[place->store.len + 1 + place->department.len] = 1; /* behind every day of the department */
    return store_seek(cursor, span_make(key, len), ret_key, ret_value);
}

static int scan(struct answer *answer, const struct question *question, struct store_cursor *cursor)
{
    const struct get_request *asked = question->asked;
    struct score_place place = {.day = INT64_MIN};
    struct span key, value;
    uint8_t from[SCORE_KEY_MAX];
    if (HAS(asked, get_request, store))
        place.store = asked->store;
    size_t from_len = HAS(asked, get_request, store) ? score_key_build(&place, from) : 0;
    int result = store_seek(cursor, span_make(from, from_len), &key, &value);
    while (result == 0) {
        if (score_key_parse(key, &place) < 0)
            return -E_CORRUPT;
        if (HAS(asked, get_request, store) && !span_equal(place.store, asked->store))
            break;
        if (place.day < question->first_day || place.day > question->last_day) {
            result = seek_on(question, &place, cursor, &key, &value);
            continue;
        }
        result = row_add(answer, question, &place, value);
        if (result == 0)
            result = store_next(cursor, &key, &value);
    }
    return result == -E_NOT_FOUND ? 0 : result;
}

/* ---- writing ---- */

/* The next name of a window's key. */
static struct span name_take(struct span *key)
{
    size_t len = 0;
    while (len < key->len && key->at[len] != 0)
        len++;
    struct span name = span_make(key->at, len);
    size_t past = len < key->len ? len + 1 : len;
    *key = span_make(key->at + past, key->len - past);
    return name;
}

static void score_write(struct answer *answer, struct score *card)
{
    card->period = answer->asked->period;
    record_encode(&record_of_score, card, ENCODE_CARD, &answer->rows);
    answer->count++;
}

static void row_write(struct answer *answer, const struct window_row *row)
{
    struct score card;
    struct span key = window_key(row);
    struct span store = name_take(&key), department = name_take(&key), staff = name_take(&key);
    struct department_sums part = {department, &row->sums};
    score_figures(answer->policy, &part, 1, &row->sums, &card);
    if (store.len)
        SET(&card, score, store, store);
    SET(&card, score, department, department);
    if (staff.len)
        SET(&card, score, staff, staff);
    score_write(answer, &card);
}

static void group_write(struct answer *answer)
{
    struct department_sums parts[ROWS_MAX];
    struct score_sums total = {0};
    struct score card;
    uint32_t count = score_window_count(answer->window);
    for (uint32_t i = 0; i < count; i++) {
        const struct window_row *row = score_window_at(answer->window, i);
        struct span key = window_key(row);
        name_take(&key);
        parts[i] = (struct department_sums){name_take(&key), &row->sums};
        score_roll_up(&total, &row->sums);
    }
    score_figures(answer->policy, parts, count, &total, &card);
    score_write(answer, &card);
}

int answer_scores(struct answer *answer)
{
    uint8_t after[CURSOR_BYTES_MAX];
    struct question question;
    struct store_cursor *cursor;
    int result = question_read(answer, after, &question);
    if (result == 0)
        result = answer_policy_read(answer);
    if (result == 0)
        result = store_cursor_open(answer->txn, STATE_SCORES, &cursor);
    if (result < 0)
        return result;
    score_window_clear(answer->window, question.level == BY_GROUP ? ROWS_MAX : answer->limit);
    result = scan(answer, &question, cursor);
    store_cursor_close(cursor);
    if (result < 0)
        return result;
    if (question.level == BY_GROUP) {
        group_write(answer);
        return 0;
    }
    uint32_t count = score_window_count(answer->window);
    for (uint32_t i = 0; i < count; i++)
        row_write(answer, score_window_at(answer->window, i));
    if (score_window_more(answer->window))
        answer_cursor_set(answer, window_key(score_window_at(answer->window, count - 1)));
    return 0;
}

/*
 * query_scores.c - daily sums rolled up for whatever period and level is asked.
 *
 *   by           a row per                     divided by (the key of score_window.h)
 *   group        everything together           department, put together at the end
 *   department   department                    department
 *   store        store and department          store, department
 *   staff        store, department and person  store, department, staff; ratings of nobody are left out
 */
#include "workers/query_scores.h"
#include "core/band.h"
#include "core/calendar.h"
#include "core/status.h"
#include "workers/accountable.h"
#include "workers/cases.h"
#include "workers/score_key.h"
#include "workers/sight.h"

#include <stdlib.h>

/* Which rows a scan reads: the voice, or what appeals have taken out of it and put into it. */
enum side { SIDE_VOICE, SIDE_OUT, SIDE_IN };

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

static int views_read(struct answer *answer, struct question *question)
{
    const struct get_request *asked = answer->asked;
    question->accountable = HAS(asked, get_request, view) && span_is(asked->view, "accountable");
    answer->detail = "`view` is voice or accountable";
    if (HAS(asked, get_request, view) && !question->accountable && !span_is(asked->view, "voice"))
        return -E_UNKNOWN_CHOICE;
    answer->detail = "`weight` is ratings or visits; visits weight stores, in rows by group, department or store";
    question->weighted = HAS(asked, get_request, weight) && span_is(asked->weight, "visits");
    if (question->weighted && question->level == BY_STAFF)
        return -E_UNKNOWN_CHOICE;
    if (HAS(asked, get_request, weight) && !question->weighted && !span_is(asked->weight, "ratings"))
        return -E_UNKNOWN_CHOICE;
    answer->detail = NULL;
    return 0;
}

static int question_read(struct answer *answer, uint8_t after[CURSOR_BYTES_MAX], struct question *question)
{
    const struct get_request *asked = answer->asked;
    *question = (struct question){.asked = asked, .level = BY_GROUP};
    if (HAS(asked, get_request, by) && level_of(asked->by, &question->level) < 0) {
        answer->detail = "`by` is group, store, department or staff";
        return -E_UNKNOWN_CHOICE;
    }
    question->pooled = question->level < BY_STORE;
    int result = views_read(answer, question);
    if (result < 0)
        return result;
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

/* The sums of a side in a row of the window; a side's are empty at its first. */
static struct score_sums *side_of(struct window_row *row, enum side side)
{
    if (side == SIDE_VOICE)
        return &row->sums;
    if (!row->accounted) {
        memset(&row->out, 0, sizeof row->out);
        memset(&row->in, 0, sizeof row->in);
        row->accounted = true;
    }
    return side == SIDE_OUT ? &row->out : &row->in;
}

/* What is left of a sum would be nobody's figure, and differ from reader to reader. */
static int pooled_refuse(struct answer *answer, int status)
{
    answer->detail =
        "these figures pool stores or departments that are not yours: ask for your `store` and `department`, "
        "or for rows by store";
    return status;
}

static int row_add(struct answer *answer, const struct question *question, enum side side,
                   const struct score_place *place, struct span value)
{
    uint8_t buffer[WINDOW_KEY_MAX];
    struct score_sums sums;
    if (!place_fits(question, place))
        return 0;
    /* Single ratings are one's own in rows of staff alone: of a store that one may not see they would pass for its figure. */
    struct span person = question->level == BY_STAFF ? place->staff : span_make(NULL, 0);
    int hidden = answer_sees(answer, place->store, place->department, person);
    if (hidden < 0)
        return question->pooled ? pooled_refuse(answer, hidden) : 0;
    struct span key = key_put(buffer, question, place);
    if (question->after.len && span_compare(key, question->after) <= 0)
        return 0;
    struct window_row *row = score_window_row(answer->window, key);
    if (!row)
        return 0;
    if (score_row_read(value, &sums) < 0)
        return -E_CORRUPT;
    score_roll_up(side_of(row, side), &sums);
    return 0;
}

/* Where the rows of a side lie: what appeals changed has a letter before the key. */
static uint32_t side_prefix(enum side side, uint8_t *key)
{
    key[0] = side == SIDE_OUT ? ACCOUNTED_OUT : ACCOUNTED_IN;
    return side == SIDE_VOICE ? 0 : 1;
}

static bool side_read(enum side side, struct span key, struct score_place *ret_place, int *ret_result)
{
    uint8_t letter;
    uint32_t before = side_prefix(side, &letter);
    if (before && key.at[0] != letter)
        return false; /* the other side's rows */
    *ret_result = score_key_parse(span_make(key.at + before, key.len - before), ret_place) < 0 ? -E_CORRUPT : 0;
    return true;
}

/* Days outside the period are jumped over. */
static int seek_on(const struct question *question, enum side side, const struct score_place *place,
                   struct store_cursor *cursor, struct span *ret_key, struct span *ret_value)
{
    uint8_t key[ACCOUNTED_KEY_MAX + 1];
    struct score_place to = {.store = place->store, .department = place->department, .day = question->first_day};
    uint32_t before = side_prefix(side, key);
    size_t len = score_key_build(&to, key + before);
    if (place->day > question->last_day)
        key[before + place->store.len + 1 + place->department.len] = 1; /* behind every day of the department */
    return store_seek(cursor, span_make(key, before + len), ret_key, ret_value);
}

static int scan(struct answer *answer, const struct question *question, enum side side, struct store_cursor *cursor)
{
    const struct get_request *asked = question->asked;
    struct score_place place = {.day = INT64_MIN};
    struct span key, value;
    uint8_t from[ACCOUNTED_KEY_MAX];
    if (HAS(asked, get_request, store))
        place.store = asked->store;
    size_t from_len = side_prefix(side, from);
    from_len += HAS(asked, get_request, store) ? score_key_build(&place, from + from_len) : 0;
    int result = store_seek(cursor, span_make(from, from_len), &key, &value);
    while (result == 0 && side_read(side, key, &place, &result) && result == 0) {
        if (HAS(asked, get_request, store) && !span_equal(place.store, asked->store))
            break;
        if (place.day < question->first_day || place.day > question->last_day) {
            result = seek_on(question, side, &place, cursor, &key, &value);
            continue;
        }
        result = row_add(answer, question, side, &place, value);
        if (result == 0)
            result = store_next(cursor, &key, &value);
    }
    return result == -E_NOT_FOUND ? 0 : result;
}

/* ---- flags ---- */

bool score_counts_flags(const struct question *question)
{
    return question->level != BY_STAFF && !HAS(question->asked, get_request, staff);
}

/* A rating's flag lies on the day on which it was raised; a month's in every period that has the whole month. */
static bool flag_lies_within(const struct answer *answer, const struct question *question, const struct flag *flag)
{
    int64_t first_day = calendar_day(answer->policy, flag->at), last_day = first_day;
    if (HAS(flag, flag, period) && period_days(flag->period, &first_day, &last_day) < 0)
        return false;
    return first_day >= question->first_day && last_day <= question->last_day;
}

static int flag_count(struct answer *answer, const struct question *question, struct span bytes, struct span value)
{
    const struct get_request *asked = question->asked;
    uint8_t buffer[WINDOW_KEY_MAX];
    struct case_key key;
    struct flag flag;
    int result = case_key_of_bytes(bytes, &key);
    if (result == 0)
        result = case_read(&key, value, &flag);
    if (result < 0)
        return -E_CORRUPT;
    struct score_place place = {.store = flag.store, .department = flag.department};
    if (!name_fits(HAS(asked, get_request, store), asked->store, flag.store) || !place_fits(question, &place) ||
        !flag_lies_within(answer, question, &flag))
        return 0;
    struct window_row *row = score_window_find(answer->window, key_put(buffer, question, &place));
    if (row)
        row->flags++;
    return 0;
}

/* Each flag once, to the row that its ratings are in; cases that are kept no longer are not told of. */
static int flags_count(struct answer *answer, const struct question *question)
{
    struct span key, value;
    struct store_cursor *cursor;
    if (!score_counts_flags(question))
        return 0;
    int result = store_cursor_open(answer->txn, STATE_CASES, &cursor);
    if (result < 0)
        return result;
    result = store_seek(cursor, span_of("F"), &key, &value);
    while (result == 0 && key.at[0] == 'F') {
        result = flag_count(answer, question, key, value);
        if (result == 0)
            result = store_next(cursor, &key, &value);
    }
    store_cursor_close(cursor);
    return result == -E_NOT_FOUND ? 0 : result;
}

/* The voice, what appeals changed, and how much of it is flagged. */
int score_scan(struct answer *answer, const struct question *question)
{
    int result = 0;
    for (enum side side = SIDE_VOICE; side <= SIDE_IN && result == 0; side++) {
        struct store_cursor *cursor;
        result = store_cursor_open(answer->txn, side == SIDE_VOICE ? STATE_SCORES : STATE_ACCOUNTED, &cursor);
        if (result < 0)
            return result;
        result = scan(answer, question, side, cursor);
        store_cursor_close(cursor);
    }
    return result < 0 ? result : flags_count(answer, question);
}

/* ---- writing ---- */

struct span score_name_take(struct span *key)
{
    size_t len = 0;
    while (len < key->len && key->at[len] != 0)
        len++;
    struct span name = span_make(key->at, len);
    size_t past = len < key->len ? len + 1 : len;
    *key = span_make(key->at + past, key->len - past);
    return name;
}

void score_write(struct answer *answer, struct score *card)
{
    card->period = answer->asked->period;
    record_encode(&record_of_score, card, ENCODE_CARD, &answer->rows);
    answer->count++;
}

/* A row's sums as they are accounted, into `room` when they differ from the voice. */
static int accountable_row(const struct window_row *row, struct score_sums *room, const struct score_sums **ret_sums)
{
    *ret_sums = &row->sums;
    if (!row->accounted)
        return 0;
    *room = row->sums;
    if (!score_take_out(room, &row->out))
        return -E_CORRUPT;
    score_roll_up(room, &row->in);
    *ret_sums = room;
    return 0;
}

/* The figures of one department: the voice, or what is accounted, and that beside it. */
static int department_figures(struct answer *answer, const struct question *question, const struct window_row *row,
                              struct span department, struct score *ret_card)
{
    struct score_sums room;
    const struct score_sums *accountable;
    int result = accountable_row(row, &room, &accountable);
    if (result < 0)
        return result;
    answer->figures[0] = question->accountable ? *accountable : row->sums;
    struct department_sums part = {department, &answer->figures[0]};
    score_figures(answer->policy, &part, 1, part.sums, ret_card);
    part.sums = accountable;
    accountable_figure(answer->policy, &part, 1, accountable, ret_card);
    return 0;
}

/* Only a period by which the department is judged has a band. */
static void band_write(const struct answer *answer, struct span department, struct score *card)
{
    if (!band_judges(answer->policy, department, answer->asked->period))
        return;
    struct interval_figure csi = {0};
    if (HAS(&card->accountable, accountable_figure, low)) {
        SET(&csi, interval_figure, low, card->accountable.low);
        SET(&csi, interval_figure, high, card->accountable.high);
    }
    SET(card, score, band, (int32_t)band_of(answer->policy, &csi, card->accountable.n));
}

static int row_write(struct answer *answer, const struct question *question, const struct window_row *row)
{
    struct score card;
    struct span key = window_key(row);
    struct span store = score_name_take(&key), department = score_name_take(&key), staff = score_name_take(&key);
    int result = department_figures(answer, question, row, department, &card);
    if (result < 0)
        return result;
    if (store.len)
        SET(&card, score, store, store);
    SET(&card, score, department, department);
    if (staff.len)
        SET(&card, score, staff, staff);
    else
        band_write(answer, department, &card);
    if (score_counts_flags(question))
        SET(&card, score, flags, row->flags);
    if (question->weighted)
        result = score_visits_set(answer, question, &card);
    score_write(answer, &card);
    return result;
}

/* ---- the group ---- */

int score_parts(const struct answer *answer, uint32_t from, uint32_t to, bool accountable,
                struct department_sums *parts, struct score_sums *sums, struct score_sums *ret_total)
{
    memset(ret_total, 0, sizeof *ret_total);
    for (uint32_t i = from; i < to; i++) {
        const struct window_row *row = score_window_at(answer->window, i);
        struct span key = window_key(row);
        const struct score_sums *found = &row->sums;
        int result = accountable ? accountable_row(row, &sums[i - from], &found) : 0;
        if (result < 0)
            return result;
        score_name_take(&key);
        parts[i - from] = (struct department_sums){score_name_take(&key), found};
        score_roll_up(ret_total, found);
    }
    return 0;
}

static int group_write(struct answer *answer, const struct question *question)
{
    struct department_sums parts[ROWS_MAX];
    struct score_sums accountable;
    struct score card;
    uint32_t count = score_window_count(answer->window);
    struct score_sums *room = calloc(count + 1u, sizeof *room);
    if (!room)
        return -E_NO_MEMORY;
    int result = score_parts(answer, 0, count, question->accountable, parts, room, &answer->figures[0]);
    if (result == 0) {
        score_figures(answer->policy, parts, count, &answer->figures[0], &card);
        result = score_parts(answer, 0, count, true, parts, room, &accountable);
    }
    if (result == 0) {
        accountable_figure(answer->policy, parts, count, &accountable, &card);
        int64_t flags = 0;
        for (uint32_t i = 0; i < count; i++)
            flags += score_window_at(answer->window, i)->flags;
        if (score_counts_flags(question))
            SET(&card, score, flags, flags);
        score_write(answer, &card);
    }
    free(room);
    return result;
}

int answer_scores(struct answer *answer)
{
    uint8_t after[CURSOR_BYTES_MAX];
    struct question question;
    int result = question_read(answer, after, &question);
    if (result == 0)
        result = answer_policy_read(answer);
    if (result < 0)
        return result;
    if (question.weighted && question.level != BY_STORE)
        return answer_scores_weighted(answer, &question);
    score_window_clear(answer->window, question.level == BY_GROUP ? ROWS_MAX : answer->limit);
    result = score_scan(answer, &question);
    if (result < 0 || question.level == BY_GROUP)
        return result < 0 ? result : group_write(answer, &question);
    uint32_t count = score_window_count(answer->window);
    for (uint32_t i = 0; i < count && result == 0; i++)
        result = row_write(answer, &question, score_window_at(answer->window, i));
    if (result == 0 && score_window_more(answer->window))
        answer_cursor_set(answer, window_key(score_window_at(answer->window, count - 1)));
    return result;
}

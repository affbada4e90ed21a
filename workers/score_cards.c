/* score_cards.c - says the cards of stores, departments and days that changed in an earlier second. */
#include "core/status.h"
#include "workers/accountable.h"
#include "workers/score_key.h"
#include "workers/scores.h"
#include "workers/step.h"

#include <stdio.h>

struct span score_card_id(struct span store, struct span department, const char *period, char *text)
{
    char whole[3 * NAME_MAX_BYTES];
    int len = snprintf(whole, sizeof whole, "S-%.*s.%.*s-%s", SPAN_ARGS(store), SPAN_ARGS(department), period);
    ensure(len > 0);
    /* names too long for a subject: two that differ must stay two */
    if ((size_t)len > NAME_MAX_BYTES)
        len = snprintf(whole, sizeof whole, "S-%016llx-%s", (unsigned long long)fact_fingerprint(store, department),
                       period);
    memcpy(text, whole, (size_t)len + 1);
    return span_make(text, (size_t)len);
}

/* The sums of all staff of a store, department and day. */
static int day_sums(struct fold *fold, struct span prefix, struct score_sums *ret_total)
{
    struct store_cursor *cursor;
    struct score_sums row;
    struct span key, value;
    memset(ret_total, 0, sizeof *ret_total);
    int result = store_cursor_open(fold->txn, STATE_SCORES, &cursor);
    if (result < 0)
        return result;
    result = store_seek(cursor, prefix, &key, &value);
    while (result == 0 && key.len >= prefix.len && memcmp(key.at, prefix.at, prefix.len) == 0) {
        result = score_row_read(value, &row);
        if (result < 0)
            break;
        score_roll_up(ret_total, &row);
        result = store_next(cursor, &key, &value);
    }
    store_cursor_close(cursor);
    return result == -E_NOT_FOUND ? 0 : result == -E_BAD_FORMAT ? -E_CORRUPT : result;
}

int score_day_from(struct fold *fold, struct span store, struct span department, int64_t first, int64_t last,
                   int64_t *ret_day, struct score_sums *ret_total)
{
    const struct score_place from = {.store = store, .department = department, .day = first};
    uint8_t prefix[SCORE_KEY_MAX];
    size_t len = score_key_build(&from, prefix);
    struct score_place place = {0};
    struct store_cursor *cursor;
    struct span key, value;
    int result = score_cache_flush(fold->scores, fold->txn, STATE_SCORES);
    if (result == 0)
        result = store_cursor_open(fold->txn, STATE_SCORES, &cursor);
    if (result < 0)
        return result;
    result = store_seek(cursor, span_make(prefix, len), &key, &value);
    if (result == 0 && score_key_parse(key, &place) < 0)
        result = -E_CORRUPT;
    if (result == 0 &&
        (!span_equal(place.store, store) || !span_equal(place.department, department) || place.day > last))
        result = -E_NOT_FOUND;
    store_cursor_close(cursor);
    if (result < 0)
        return result;
    *ret_day = place.day;
    const struct score_place found = {.store = store, .department = department, .day = place.day};
    len = score_key_build(&found, prefix);
    return day_sums(fold, span_make(prefix, len), ret_total);
}

static int card_say(struct fold *fold, struct span key)
{
    struct score_place place;
    struct score_sums total, accountable;
    struct score card;
    char id[NAME_MAX_BYTES + 1], period[PERIOD_OF_DAY_LEN + 1];
    if (score_key_parse(key, &place) < 0)
        return -E_CORRUPT;
    int result = day_sums(fold, key, &total);
    if (result == 0)
        result = accountable_of(fold->txn, key, &total, &accountable);
    if (result < 0)
        return result;
    struct department_sums part = {place.department, &total};
    score_figures(&fold->policy, &part, 1, &total, &card);
    struct department_sums accountable_part = {place.department, &accountable};
    accountable_figure(&fold->policy, &accountable_part, 1, &accountable, &card);
    period_of_day(place.day, period);
    card.period = span_of(period);
    SET(&card, score, id, score_card_id(place.store, place.department, period, id));
    SET(&card, score, store, place.store);
    SET(&card, score, department, place.department);
    if (total.n == 0 && accountable.n == 0)
        SET(&card, score, gone, true); /* all that was rated has been taken back */
    fold_say(fold, EVENT_score_changed, card.id, fold->step.cause.seq, &card);
    return 0;
}

/* Silent or aloud, the same cards are taken in the same steps; aloud they are looked up and said. */
static int publish_step(struct fold *fold, const struct entry *entry)
{
    struct span marks[STEP_CASES_MAX];
    uint32_t count = 0;
    step_begin(fold, entry);
    int result = dirty_set_take(fold->dirty, fold->txn, &fold->arena, marks, STEP_CASES_MAX, &count);
    if (result == 0 && !fold->step.silent)
        result = score_cache_flush(fold->scores, fold->txn, STATE_SCORES);
    for (uint32_t i = 0; i < count && result == 0 && !fold->step.silent; i++)
        result = card_say(fold, marks[i]);
    return result < 0 ? result : step_end(fold);
}

int scores_publish(struct fold *fold, const struct entry *entry)
{
    struct position *position = &fold->head.position;
    if (position->dirty_second == 0 || entry->at_ms / 1000 <= position->dirty_second)
        return FOLD_DONE;
    while (!dirty_set_is_empty(fold->dirty)) {
        if (fold_is_full(fold))
            return FOLD_PAUSES;
        int result = publish_step(fold, entry);
        if (result < 0)
            return result;
    }
    position->dirty_second = 0;
    return FOLD_DONE;
}

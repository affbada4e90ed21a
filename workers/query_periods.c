/*
 * query_periods.c - how stores and departments stand in a period.
 *
 *   ranking   by the figures as they are now
 *   period    as it was frozen when it closed, with `restated`: the index as later data has it; of an open one, as ranking
 */
#include "core/bytes.h"
#include "core/status.h"
#include "workers/answer.h"
#include "workers/league.h"
#include "workers/periods.h"
#include "workers/sight.h"

static bool row_fits(const struct answer *answer, const struct period *card)
{
    const struct get_request *asked = answer->asked;
    struct span department = HAS(card, period, department) ? card->department : (struct span){0};
    return (!HAS(asked, get_request, store) || span_equal(asked->store, card->store)) &&
           (!HAS(asked, get_request, department) || span_equal(asked->department, department)) &&
           answer_sees(answer, card->store, department, (struct span){0}) == 0;
}

/* The frozen row. -E_NOT_FOUND */
static int frozen_read(struct answer *answer, const struct period *live, struct period *ret_card)
{
    uint8_t key[PERIOD_KEY_MAX];
    struct span row;
    struct span department = HAS(live, period, department) ? live->department : (struct span){0};
    int result =
        store_get(answer->txn, STATE_PERIODS, period_row_key(live->period, live->store, department, key), &row);
    return result < 0 ? result : period_row_read(row, ret_card);
}

static void restated_write(const struct period *live, struct period *card)
{
    struct accountable_figure restated = {0};
    if (!HAS(live, period, n))
        return;
    SET(&restated, accountable_figure, n, live->n);
    if (HAS(live, period, csi)) {
        SET(&restated, accountable_figure, value, live->csi.value);
        if (HAS(&live->csi, interval_figure, low)) {
            SET(&restated, accountable_figure, low, live->csi.low);
            SET(&restated, accountable_figure, high, live->csi.high);
        }
    }
    SET(card, period, restated, restated);
}

static int row_answer(struct answer *answer, const struct period *live, bool frozen_first)
{
    struct period card = *live;
    int result = frozen_first ? frozen_read(answer, live, &card) : -E_NOT_FOUND;
    if (result == 0)
        restated_write(live, &card);
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    record_encode(&record_of_period, &card, ENCODE_CARD, &answer->rows);
    answer->count++;
    return 0;
}

static bool is_in(const struct league *league, const struct period *card)
{
    bool of_store = !HAS(card, period, department);
    for (uint32_t i = 0; of_store && i < league->store_count; i++) {
        if (span_is(card->store, league->store[i].store))
            return true;
    }
    for (uint32_t i = 0; !of_store && i < league->place_count; i++) {
        if (span_is(card->store, league->place[i].store) && span_is(card->department, league->place[i].department))
            return true;
    }
    return false;
}

/* Frozen rows of which later data has left nothing: every rating was taken back since. They stay all the same, restated as
 * none. Their numbers follow the league's. */
static int gone_answer(struct answer *answer, const struct league *league, uint32_t *row, bool *ret_more)
{
    uint8_t buffer[PERIOD_KEY_MAX];
    struct span none = {0}, prefix = period_row_key(answer->asked->period, none, none, buffer);
    const struct period nothing = {.has = (uint64_t)1 << period_field_n};
    uint32_t number = league_rows(league);
    struct store_cursor *cursor;
    struct span key, value;
    int result = store_cursor_open(answer->txn, STATE_PERIODS, &cursor);
    if (result < 0)
        return result;
    result = store_seek(cursor, prefix, &key, &value);
    while (result == 0 && key.len > prefix.len && memcmp(key.at, prefix.at, prefix.len) == 0) {
        struct period card;
        result = period_row_read(value, &card);
        bool next = result == 0 && !is_in(league, &card) && number++ >= *row;
        *ret_more = next && !answer_has_room(answer);
        if (*ret_more)
            break;
        *row += next;
        if (next && row_fits(answer, &card)) {
            restated_write(&nothing, &card);
            record_encode(&record_of_period, &card, ENCODE_CARD, &answer->rows);
            answer->count++;
        }
        if (result == 0)
            result = store_next(cursor, &key, &value);
    }
    store_cursor_close(cursor);
    return result == -E_NOT_FOUND ? 0 : result;
}

/* Rows from the number that the cursor names. */
static int cursor_row(struct answer *answer, uint32_t *ret_row)
{
    uint8_t buffer[CURSOR_BYTES_MAX];
    struct span key;
    int result = answer_cursor_read(answer, buffer, &key);
    if (result == 0 && key.len != 0 && key.len != 4)
        result = -E_BAD_REQUEST;
    if (result == 0)
        *ret_row = key.len ? bytes_u32(key.at) : 0;
    return result;
}

static int rows_answer(struct answer *answer, bool frozen_first)
{
    char id[LABEL_MAX_BYTES + 1];
    struct league *league;
    struct period card;
    uint32_t row = 0;
    answer->detail = "`period` is such as 2026-11, 2026-Q4, 2026-H2 or 2026";
    if (!HAS(answer->asked, get_request, period))
        return -E_MISSING_FIELD;
    int result = cursor_row(answer, &row);
    if (result == 0)
        result = answer_policy_read(answer);
    if (result == 0)
        result = league_make(answer->txn, answer->policy, answer->asked->period, &league);
    if (result < 0)
        return result;
    answer->detail = NULL;
    for (; row < league_rows(league) && result == 0 && answer_has_room(answer); row++) {
        league_card(league, answer->policy, row, answer->asked->period, id, &card);
        if (row_fits(answer, &card))
            result = row_answer(answer, &card, frozen_first);
    }
    bool more = row < league_rows(league);
    if (result == 0 && !more && frozen_first)
        result = gone_answer(answer, league, &row, &more);
    if (more) {
        uint8_t next[4];
        bytes_put_u32(next, row);
        answer_cursor_set(answer, span_make(next, sizeof next));
    }
    league_free(league);
    return result;
}

int answer_ranking(struct answer *answer)
{
    return rows_answer(answer, false);
}

int answer_period(struct answer *answer)
{
    return rows_answer(answer, true);
}

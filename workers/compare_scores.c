/*
 * compare_scores.c - the scores of two states: sums rolled up by what a department is judged by, figures by each side's rulebook.
 *
 * Rows lie by store, department, day and person (score_key.h), so that all of one period of a department lie side by side.
 * They are taken block by block: a block is what one judgement is made of, of one state.
 */
#include "workers/compare.h"

#include "core/band.h"
#include "core/rfc3339.h"
#include "core/score.h"
#include "core/status.h"
#include "workers/accountable.h"
#include "workers/score_key.h"
#include "workers/score_window.h"
#include "workers/scores.h"
#include "workers/state.h"

#include <stdio.h>
#include <stdlib.h>

#define CARD_BYTES (CARD_MAX + 64u)

/* One state's walk; its present block. */
struct blocks {
    const struct side *side;
    struct store_cursor *cursor;
    struct span key, row; /* the first row behind the block; key.len 0: there is none */
    bool some;            /* there is a block */
    char store[NAME_MAX_BYTES + 1], department[NAME_MAX_BYTES + 1], period[BAND_PERIOD_MAX];
    struct score_sums total;
    struct score_window *people;
    uint8_t *card; /* encoded */
};

/* The period in whose judgement this day counts. */
static void period_find(const struct policy *policy, struct span department, int64_t day,
                        char ret_period[BAND_PERIOD_MAX])
{
    struct civil_date date = civil_from_days(day);
    uint32_t month = date.month;
    while (!band_period(policy, department, date.year, month, ret_period))
        month++;
}

static int row_move(struct blocks *blocks, bool first)
{
    int result = first ? store_seek(blocks->cursor, (struct span){0}, &blocks->key, &blocks->row)
                       : store_next(blocks->cursor, &blocks->key, &blocks->row);
    if (result == -E_NOT_FOUND)
        blocks->key = (struct span){0};
    return result == -E_NOT_FOUND ? 0 : result;
}

static int row_add(struct blocks *blocks, const struct score_place *place)
{
    struct score_sums sums;
    if (score_row_read(blocks->row, &sums) < 0)
        return -E_CORRUPT;
    score_roll_up(&blocks->total, &sums);
    struct window_row *person = place->staff.len ? score_window_row(blocks->people, place->staff) : NULL;
    if (person)
        score_roll_up(&person->sums, &sums);
    return row_move(blocks, false);
}

/* Takes the next block. */
static int block_take(struct blocks *blocks)
{
    struct score_place place;
    char period[BAND_PERIOD_MAX];
    blocks->some = blocks->key.len > 0;
    if (!blocks->some)
        return 0;
    if (score_key_parse(blocks->key, &place) < 0)
        return -E_CORRUPT;
    snprintf(blocks->store, sizeof blocks->store, "%.*s", SPAN_ARGS(place.store));
    snprintf(blocks->department, sizeof blocks->department, "%.*s", SPAN_ARGS(place.department));
    period_find(blocks->side->policy, place.department, place.day, blocks->period);
    memset(&blocks->total, 0, sizeof blocks->total);
    score_window_clear(blocks->people, ROWS_MAX);
    for (;;) {
        int result = row_add(blocks, &place);
        if (result < 0 || blocks->key.len == 0)
            return result;
        if (score_key_parse(blocks->key, &place) < 0)
            return -E_CORRUPT;
        period_find(blocks->side->policy, place.department, place.day, period);
        if (!span_is(place.store, blocks->store) || !span_is(place.department, blocks->department) ||
            strcmp(period, blocks->period) != 0)
            return 0;
    }
}

static int order_of(const struct blocks *one, const struct blocks *other)
{
    if (!one->some || !other->some)
        return one->some ? -1 : 1;
    int order = strcmp(one->store, other->store);
    if (order == 0)
        order = strcmp(one->department, other->department);
    return order ? order : strcmp(one->period, other->period);
}

/* ---- figures ---- */

/* What a department is accounted for, and what that means. Nobody is judged by a band alone. */
static int judgement_set(const struct blocks *blocks, const struct score_sums *sums, struct score *card)
{
    struct score_sums accounted;
    struct interval_figure csi = {0};
    int64_t first_day, last_day;
    const struct policy *policy = blocks->side->policy;
    int result = period_days(span_of(blocks->period), &first_day, &last_day);
    ensure(result == 0);
    result = accountable_of_days(blocks->side->txn, span_of(blocks->store), span_of(blocks->department), first_day,
                                 last_day, sums, &accounted);
    if (result < 0)
        return result;
    struct department_sums part = {span_of(blocks->department), &accounted};
    accountable_figure(policy, &part, 1, &accounted, card);
    if (HAS(&card->accountable, accountable_figure, low)) {
        SET(&csi, interval_figure, low, card->accountable.low);
        SET(&csi, interval_figure, high, card->accountable.high);
    }
    SET(card, score, band, (int32_t)band_of(policy, &csi, card->accountable.n));
    return 0;
}

static int figures_encode(struct blocks *blocks, const struct score_sums *sums, struct span person,
                          struct span *ret_card)
{
    struct score card;
    struct department_sums part = {span_of(blocks->department), sums};
    struct wire_writer writer;
    score_figures(blocks->side->policy, &part, 1, sums, &card);
    int result = person.len ? 0 : judgement_set(blocks, sums, &card);
    if (result < 0)
        return result;
    card.period = span_of(blocks->period);
    SET(&card, score, store, span_of(blocks->store));
    SET(&card, score, department, span_of(blocks->department));
    if (person.len)
        SET(&card, score, staff, person);
    wire_writer_init(&writer, blocks->card, CARD_BYTES);
    record_encode(&record_of_score, &card, ENCODE_CARD, &writer);
    ensure(!writer.full);
    *ret_card = wire_written(&writer);
    return 0;
}

/* The same figures on both sides, or on one; `sums` NULL where there are none. */
static int figures_compare(struct blocks blocks[SIDES], const struct score_sums *const sums[SIDES], struct span person,
                           const struct comparison *comparison)
{
    char id[LABEL_MAX_BYTES + 1], text[3 * NAME_MAX_BYTES];
    const struct blocks *known = &blocks[sums[TODAY] ? TODAY : OTHER];
    struct span cards[SIDES] = {{0}, {0}};
    int result = 0;
    for (int side = TODAY; side < SIDES && result == 0; side++) {
        if (sums[side])
            result = figures_encode(&blocks[side], sums[side], person, &cards[side]);
    }
    if (result < 0)
        return result;
    struct span place = score_card_id(span_of(known->store), span_of(known->department), known->period, text);
    snprintf(id, sizeof id, "%.*s%s%.*s", SPAN_ARGS(place), person.len ? " " : "", SPAN_ARGS(person));
    return compare_cards(&record_of_score, span_of(id), cards, comparison);
}

static const struct score_sums *person_sums(const struct score_window *people, struct span person)
{
    for (uint32_t i = 0; i < score_window_count(people); i++) {
        if (span_equal(window_key(score_window_at(people, i)), person))
            return &score_window_at(people, i)->sums;
    }
    return NULL;
}

static int people_compare(struct blocks blocks[SIDES], const bool has[SIDES], const struct comparison *comparison)
{
    int result = 0;
    for (int side = TODAY; side < SIDES; side++) {
        const struct score_window *people = blocks[side].people;
        for (uint32_t i = 0; has[side] && i < score_window_count(people) && result == 0; i++) {
            const struct score_sums *sums[SIDES] = {NULL, NULL};
            struct span person = window_key(score_window_at(people, i));
            sums[side] = &score_window_at(people, i)->sums;
            sums[1 - side] = has[1 - side] ? person_sums(blocks[1 - side].people, person) : NULL;
            if (side == TODAY || !sums[TODAY])
                result = figures_compare(blocks, sums, person, comparison);
        }
    }
    return result;
}

static int blocks_compare(struct blocks blocks[SIDES], const struct comparison *comparison)
{
    int order = order_of(&blocks[TODAY], &blocks[OTHER]);
    const bool has[SIDES] = {order <= 0, order >= 0};
    const struct score_sums *sums[SIDES] = {has[TODAY] ? &blocks[TODAY].total : NULL,
                                            has[OTHER] ? &blocks[OTHER].total : NULL};
    int result = figures_compare(blocks, sums, (struct span){0}, comparison);
    if (result == 0)
        result = people_compare(blocks, has, comparison);
    for (int side = TODAY; side < SIDES && result == 0; side++) {
        if (has[side])
            result = block_take(&blocks[side]);
    }
    return result;
}

int compare_scores(const struct side sides[SIDES], const struct comparison *comparison)
{
    struct blocks *blocks = calloc(SIDES, sizeof *blocks);
    int result = blocks ? 0 : -E_NO_MEMORY;
    for (int side = TODAY; side < SIDES && result == 0; side++) {
        blocks[side].side = &sides[side];
        blocks[side].card = malloc(CARD_BYTES);
        result = blocks[side].card ? score_window_open(&blocks[side].people) : -E_NO_MEMORY;
        if (result == 0)
            result = store_cursor_open(sides[side].txn, STATE_SCORES, &blocks[side].cursor);
        if (result == 0)
            result = row_move(&blocks[side], true);
        if (result == 0)
            result = block_take(&blocks[side]);
    }
    while (result == 0 && (blocks[TODAY].some || blocks[OTHER].some))
        result = blocks_compare(blocks, comparison);
    for (int side = TODAY; blocks && side < SIDES; side++) {
        store_cursor_close(blocks[side].cursor);
        score_window_close(blocks[side].people);
        free(blocks[side].card);
    }
    free(blocks);
    return result;
}

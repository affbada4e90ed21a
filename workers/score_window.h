/*
 * score_window.h - the rows of one page of scores while they are added up: the first ones in order of key, no more.
 *
 * A key is store 0 department 0 staff, empty where the figures are not divided by it. Sums whose key lies behind a full
 * window are let go; a later page begins after the last key of this one.
 */
#ifndef MANYI_WORKERS_SCORE_WINDOW_H
#define MANYI_WORKERS_SCORE_WINDOW_H

#include "core/score.h"

#define WINDOW_KEY_MAX (3u * NAME_MAX_BYTES + 2u)

struct window_row {
    struct score_sums sums; /* the voice */
    bool accounted;         /* appeals have taken something out, or put something in: */
    struct score_sums out, in;
    uint32_t flags; /* about what it is made of */
    uint8_t key[WINDOW_KEY_MAX];
    uint8_t key_len;
};

struct score_window;

int score_window_open(struct score_window **ret_window); /* for ROWS_MAX rows; -E_NO_MEMORY */
void score_window_close(struct score_window *window);    /* NULL is allowed */

/* Empties it for at most `rows_max` rows. */
void score_window_clear(struct score_window *window, uint32_t rows_max);
/* The row of a key, new ones empty; NULL when it lies behind the window. Lives until the next call. */
struct window_row *score_window_row(struct score_window *window, struct span key);

/* The row of a key if there is one, else NULL. */
struct window_row *score_window_find(struct score_window *window, struct span key);

uint32_t score_window_count(const struct score_window *window);
const struct window_row *score_window_at(const struct score_window *window, uint32_t i); /* in order of key */
bool score_window_more(const struct score_window *window);                               /* rows were let go */

static inline struct span window_key(const struct window_row *row)
{
    return span_make(row->key, row->key_len);
}

#endif

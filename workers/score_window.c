/* score_window.c - rows in a pool, their order in an array of numbers. */
#include "workers/score_window.h"

#include "core/ensure.h"
#include "core/status.h"

#include <stdlib.h>

struct score_window {
    uint32_t rows_max;
    uint32_t count;
    bool more;
    struct window_row row[ROWS_MAX];
    uint16_t order[ROWS_MAX]; /* numbers of rows, by key */
};

int score_window_open(struct score_window **ret_window)
{
    struct score_window *window = calloc(1, sizeof *window);
    if (!window)
        return -E_NO_MEMORY;
    *ret_window = window;
    return 0;
}

void score_window_close(struct score_window *window)
{
    free(window);
}

void score_window_clear(struct score_window *window, uint32_t rows_max)
{
    ensure(rows_max >= 1);
    ensure(rows_max <= ROWS_MAX);
    window->rows_max = rows_max;
    window->count = 0;
    window->more = false;
}

/* The first place whose key is not before `key`. */
static uint32_t place_of(const struct score_window *window, struct span key)
{
    uint32_t low = 0, high = window->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (span_compare(window_key(&window->row[window->order[middle]]), key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct window_row *found_at(struct score_window *window, uint32_t place, struct span key)
{
    struct window_row *row = place < window->count ? &window->row[window->order[place]] : NULL;
    return row && span_equal(window_key(row), key) ? row : NULL;
}

struct window_row *score_window_find(struct score_window *window, struct span key)
{
    return found_at(window, place_of(window, key), key);
}

struct window_row *score_window_row(struct score_window *window, struct span key)
{
    ensure(key.len <= WINDOW_KEY_MAX);
    uint32_t place = place_of(window, key);
    struct window_row *found = found_at(window, place, key);
    if (found)
        return found;
    uint16_t number = (uint16_t)window->count;
    if (window->count == window->rows_max) {
        window->more = true;
        if (place == window->count)
            return NULL;
        number = window->order[--window->count]; /* the last row makes room */
    }
    memmove(&window->order[place + 1], &window->order[place], (window->count - place) * sizeof window->order[0]);
    window->order[place] = number;
    window->count++;
    struct window_row *row = &window->row[number];
    memset(&row->sums, 0, sizeof row->sums);
    row->accounted = false;
    row->flags = 0;
    row->key_len = (uint8_t)key.len;
    if (key.len)
        memcpy(row->key, key.at, key.len);
    return row;
}

uint32_t score_window_count(const struct score_window *window)
{
    return window->count;
}

const struct window_row *score_window_at(const struct score_window *window, uint32_t i)
{
    ensure(i < window->count);
    return &window->row[window->order[i]];
}

bool score_window_more(const struct score_window *window)
{
    return window->more;
}

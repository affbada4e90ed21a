/* compare.c - the cases of two states, side by side in the order of their keys. */
#include "workers/compare.h"

#include "core/status.h"
#include "workers/cases.h"
#include "workers/kinds.h"

#include <stdlib.h>

/* A walk over the cases of one state. */
struct cases {
    struct store_cursor *cursor;
    struct span key, row; /* key.len 0: at its end */
    uint8_t *buffer;      /* of its card, encoded */
};

static int cases_move(struct cases *cases, bool first)
{
    int result = first ? store_seek(cases->cursor, (struct span){0}, &cases->key, &cases->row)
                       : store_next(cases->cursor, &cases->key, &cases->row);
    if (result == -E_NOT_FOUND)
        cases->key = (struct span){0};
    return result == -E_NOT_FOUND ? 0 : result;
}

static int card_encode(struct cases *cases, const struct case_key *key, union card *card, struct span *ret_card)
{
    struct wire_writer writer;
    int result = case_read(key, cases->row, card);
    if (result < 0)
        return result;
    wire_writer_init(&writer, cases->buffer, EVENT_MAX);
    record_encode(kind_of(key)->record, card, ENCODE_CARD, &writer);
    ensure(!writer.full);
    *ret_card = wire_written(&writer);
    return 0;
}

/* The case that comes first, of whichever states have it. */
static int case_compare(struct cases cases[SIDES], union card *card, const struct comparison *comparison)
{
    int order = cases[TODAY].key.len == 0   ? 1
                : cases[OTHER].key.len == 0 ? -1
                                            : span_compare(cases[TODAY].key, cases[OTHER].key);
    const bool has[SIDES] = {order <= 0, order >= 0};
    struct span cards[SIDES] = {{0}, {0}};
    struct case_key key;
    char id[CASE_ID_MAX];
    int result = case_key_of_bytes(cases[has[TODAY] ? TODAY : OTHER].key, &key);
    bool equal = has[TODAY] && has[OTHER] && span_equal(cases[TODAY].row, cases[OTHER].row);
    for (int side = TODAY; side < SIDES && result == 0 && !equal; side++) {
        if (has[side])
            result = card_encode(&cases[side], &key, card, &cards[side]);
    }
    if (result == 0 && !equal)
        result = compare_cards(kind_of(&key)->record, case_id(&key, id), cards, comparison);
    for (int side = TODAY; side < SIDES && result == 0; side++) {
        if (has[side])
            result = cases_move(&cases[side], false);
    }
    return result;
}

int compare_cases(const struct side sides[SIDES], const struct comparison *comparison)
{
    struct cases cases[SIDES] = {{.cursor = NULL}, {.cursor = NULL}};
    union card *card = malloc(sizeof *card);
    int result = card ? 0 : -E_NO_MEMORY;
    for (int side = TODAY; side < SIDES && result == 0; side++) {
        cases[side].buffer = malloc(EVENT_MAX);
        result =
            cases[side].buffer ? store_cursor_open(sides[side].txn, STATE_CASES, &cases[side].cursor) : -E_NO_MEMORY;
        if (result == 0)
            result = cases_move(&cases[side], true);
    }
    while (result == 0 && (cases[TODAY].key.len || cases[OTHER].key.len))
        result = case_compare(cases, card, comparison);
    for (int side = TODAY; side < SIDES; side++) {
        store_cursor_close(cases[side].cursor);
        free(cases[side].buffer);
    }
    free(card);
    return result;
}

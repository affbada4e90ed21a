/*
 * query_places.c - {what: "places"}: the stores of the roster in force by the names that people read, and their departments. Who
 * holds which post stands in the roster itself, which fewer may read.
 */
#include "core/status.h"
#include "workers/answer.h"
#include "workers/prospects.h"

static void name_write(const struct roster *roster, const char *key, roster_text at, struct wire_writer *rows)
{
    wire_key(rows, key);
    if (at)
        wire_text(rows, roster_text_at(roster, at));
    else
        wire_nil(rows);
}

static void place_write(const struct roster *roster, const struct roster_store *store, struct wire_writer *rows)
{
    wire_map(rows, 5);
    name_write(roster, "store", store->store, rows);
    name_write(roster, "name", store->name, rows);
    name_write(roster, "name_en", store->name_en, rows);
    name_write(roster, "region", store->region, rows);
    wire_key(rows, "departments");
    wire_array(rows, store->department_count);
    for (uint32_t i = 0; i < store->department_count; i++)
        wire_text(rows, roster_text_at(roster, roster->department[store->first_department + i].department));
}

/* The first store that comes after this name: they are in order. */
static uint32_t place_after(const struct roster *roster, struct span name)
{
    uint32_t i = 0;
    while (i < roster->store_count && span_compare(roster_text_at(roster, roster->store[i].store), name) <= 0)
        i++;
    return i;
}

/* Without a roster nobody has named a place. */
int answer_places(struct answer *answer)
{
    uint8_t buffer[CURSOR_BYTES_MAX];
    struct span from, last = {0};
    const struct get_request *asked = answer->asked;
    int result = answer_cursor_read(answer, buffer, &from);
    if (result == 0)
        result = prospects_begin(answer->prospects, answer->txn, answer->now_ms);
    const struct roster *roster = prospects_roster(answer->prospects);
    if (result < 0 || !roster_is_adopted(roster))
        return result;
    for (uint32_t i = from.len ? place_after(roster, from) : 0; i < roster->store_count; i++) {
        const struct roster_store *store = &roster->store[i];
        if (HAS(asked, get_request, store) && !span_equal(asked->store, roster_text_at(roster, store->store)))
            continue;
        if (!answer_has_room(answer)) {
            answer_cursor_set(answer, last);
            break;
        }
        place_write(roster, store, &answer->rows);
        last = roster_text_at(roster, store->store);
        answer->count++;
    }
    return 0;
}

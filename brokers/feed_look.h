/*
 * feed_look.h - looking back through the journal for entries that fit, the newest first, a page at a time.
 *
 * There is no index: so many entries are looked through for an answer, and no more. A page may be empty and have a cursor all the
 * same, so that something rare is found page by page. A damaged record is passed over, and counted.
 */
#ifndef MANYI_BROKERS_FEED_LOOK_H
#define MANYI_BROKERS_FEED_LOOK_H

#include "brokers/feed_parts.h"

#define FEED_LOOK_MOST 200u

struct feed_look {
    /* what is asked for */
    const struct get_request *asked; /* `since` ends the search: journal time never goes back */
    bool (*fits)(void *context, const struct entry *entry);
    void *context;
    uint32_t class_mask;
    uint32_t most;  /* of a page: 1 to FEED_LOOK_MOST */
    uint64_t least; /* no entry before this one is asked for; at least 1 */
    /* what came of it */
    uint64_t before;                /* at first: where the search begins; then what lies at or after it has been told */
    uint64_t found[FEED_LOOK_MOST]; /* the newest first */
    uint32_t count;
    bool past; /* older than anything that is asked for: there is no more */
    /* its own */
    uint64_t window[FEED_LOOK_MOST]; /* a ring: the newest of the window */
    uint32_t in_window;
};

/* The entry before which the last page's cursor goes on; 0: there is none. -E_BAD_REQUEST: it is no cursor. */
int feed_look_cursor(const struct feed *feed, const struct get_request *asked, uint64_t *ret_before);

/* Fills found, count, past and moves before. What reading says, damage apart. */
int feed_look(struct feed *feed, struct feed_look *look);

/* The next page's cursor; empty when there is no more. */
void feed_look_next(const struct feed_look *look, char ret_cursor[ROWS_CURSOR_MAX]);

#endif

/*
 * mend.h - an event of the quarantine that somebody has mended: it becomes an entry under its own source and id, so that its sender's
 * next try is a duplicate, and what is kept of it says which entry took its place.
 *
 *   PUT {events: [one], mends: KEY} ─▶ right `mend`, the row of KEY ─▶ source and id are its own ─▶ entry and row, in one commit
 *
 * Whoever mends answers for it: the entry's principal is theirs. Facts ask for `mend` alone, wherever they come from; a decision is
 * still nobody's but whose right it is.
 */
#ifndef MANYI_BROKERS_MEND_H
#define MANYI_BROKERS_MEND_H

#include "brokers/sender.h"
#include "io/journal.h"

struct mending {
    char key[33]; /* empty: nothing is mended */
    struct quarantine_row row;
};

/* Looks for the row; its bytes are copied into buffer (PUT_BYTES_MAX). Sets whose source the sender may use. -E_BAD_REQUEST,
 * -E_NO_RIGHT, -E_NOT_FOUND; *ret_detail may say more. */
int mend_begin(struct journal *journal, struct span key, bool alone, struct sender *sender, uint8_t *buffer,
               struct mending *mending, const char **ret_detail);

/* Sets the flaw when the event is another than the one that was refused. */
void mend_check(const struct mending *mending, const struct event *event, struct flaw *flaw);

#endif

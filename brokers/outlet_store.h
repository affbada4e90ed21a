/*
 * outlet_store.h - the newest card of each subject, in DIR/outlet: what REPLAY answers from.
 *
 *   table     key                                 value
 *   cards     channel, n (8 bytes, big-endian)    version 1, gone, seq (8), at_ms (8), the card as MessagePack
 *   subjects  channel, subject                    n of its newest card (8)
 *   meta      "state"                             version 1, cursor (8), last n of each channel (8 each), lineage
 *
 * A channel is one byte, the number of enum card_channel: new channels are added at its end. This is a copy of what the
 * journal tells and may be lost at any time; a meta row of another version or length counts as lost. To change a
 * format, raise the version: the outlet then starts again from seq 0, and every card gets the n that it had.
 *
 * Caveats
 *   cards_keep and cards_forget open a turn, cards_commit closes it. A failed commit is final: end the process.
 *   Readers (cards_read_begin) see commits only, and never live longer than a page.
 */
#ifndef MANYI_BROKERS_OUTLET_STORE_H
#define MANYI_BROKERS_OUTLET_STORE_H

#include "core/limits.h"
#include "io/store.h"
#include "schemas/codec.h"

struct cards {
    struct store *store;
    struct store_txn *txn;            /* of the turn that is open; NULL when none is */
    uint64_t cursor;                  /* last seq of the journal that is in here, or was passed over */
    uint64_t committed_cursor;        /* the same on the disk; after a crash what lies between is passed over again */
    uint64_t last[CHANNEL_count];     /* last n of each channel */
    char lineage[NAME_MAX_BYTES + 1]; /* empty: nothing was ever kept */
    uint8_t row[SYSTEM_EVENT_MAX + 64u]; /* scratch: the row being written */
};

/* One card, as kept: `card` is lent until the transaction goes on. */
struct kept_card {
    uint64_t n;
    uint64_t seq;
    int64_t at_ms;
    bool gone; /* a tombstone */
    struct span card;
};

enum cards_table { CARDS_CARDS, CARDS_SUBJECTS, CARDS_META, CARDS_TABLES };
extern const char *const cards_table_names[CARDS_TABLES];

int cards_open(const char *dir, struct cards *cards); /* errors: those of store_open */
void cards_close(struct cards *cards);

/* Of which journal the cards in dir are, and up to which seq, beside whoever has them open elsewhere; "" and 0 when there are
 * none. */
int cards_look(const char *dir, char ret_lineage[NAME_MAX_BYTES + 1], uint64_t *ret_cursor);

/* Empties everything: what follows is another journal's. */
int cards_forget(struct cards *cards, struct span lineage);
/* The channel's next card: it gets n = last[channel] + 1 and takes the place of its subject's older one. */
int cards_keep(struct cards *cards, enum card_channel channel, struct span subject, const struct kept_card *card);
/* Ends the turn: everything up to `cursor` is in here. */
int cards_commit(struct cards *cards, uint64_t cursor);
/* Up to `cursor` nothing more is a card: known at once, written by the next cards_commit. No turn may be open. */
void cards_pass(struct cards *cards, uint64_t cursor);
/* Writes what was passed over; without it, or within a turn, nothing. */
int cards_settle(struct cards *cards);

/* The channel's cards with n above `after`, in order. Close the reader in any case. */
struct card_reader {
    struct store_txn *txn;
    struct store_cursor *cursor;
    uint8_t key[9];
    bool begun;
};

int cards_read_begin(const struct cards *cards, enum card_channel channel, uint64_t after,
                     struct card_reader *ret_reader);
int cards_read(struct card_reader *reader, struct kept_card *ret_card); /* -E_NOT_FOUND after the last */
void cards_read_end(struct card_reader *reader);

#endif

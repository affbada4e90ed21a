/*
 * feed_model.h - a feed over a journal of cards that a test makes up: one record for each consequence.
 */
#ifndef MANYI_TESTS_FEED_MODEL_H
#define MANYI_TESTS_FEED_MODEL_H

#include "io/bus.h"
#include "schemas/codec.h"

#define FEED_ENTRIES_MAX 4096u
#define FEED_START_MS 1795392000000ll /* 2026-11-23T00:00:00Z */

struct feed_model {
    struct port *port;
    struct parcel parcel;
    struct { /* the FETCH that waits for more */
        bool is;
        uint64_t after;
        uint8_t route[256];
        size_t route_len;
        uint8_t rid[64];
        size_t rid_len;
    } parked;
    char lineage[33];
    struct {
        uint8_t *bytes;
        size_t len;
    } records[FEED_ENTRIES_MAX]; /* of seq index + 1 */
    uint32_t count;
    uint32_t batch_max; /* records of one BATCH; 0: 16 */
    uint32_t overlap;   /* records before those asked for that come along */
};

void feed_model_open(struct feed_model *feed, struct bus *bus, const char *endpoint, const char *lineage);
void feed_model_close(struct feed_model *feed);

/* Appends a consequence of this type: the card is {id: subject, said: said, gone: gone}. It gets the next seq, and the
 * journal time FEED_START_MS + seq seconds. */
void feed_model_add(struct feed_model *feed, enum event_type type, const char *subject, const char *said, bool gone);

/* The same with a card of the test's own. */
void feed_model_add_card(struct feed_model *feed, enum event_type type, const char *subject, struct span card);

/* Another journal, empty. */
void feed_model_restore(struct feed_model *feed, const char *lineage);

/* Answers what was asked, and whoever is parked when there is something now. */
void feed_model_turn(struct feed_model *feed);

/* Whoever is parked has waited long enough, and gets what there is, if only the lineage. */
void feed_model_time_out(struct feed_model *feed);

#endif

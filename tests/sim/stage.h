/*
 * stage.h - a world small enough to lie to: all roles in calm weather, one board, and a test that publishes by hand and rewrites
 * what lies on the disk. For the tests of the checks.
 */
#ifndef MANYI_TESTS_SIM_STAGE_H
#define MANYI_TESTS_SIM_STAGE_H

#include "brokers/feed.h"
#include "brokers/intake.h"
#include "brokers/outlet.h"
#include "tests/sim/cast_inside.h"
#include "tests/sim/checks_inside.h"
#include "workers/worker.h"

struct stage {
    struct world world;
    struct journal *journal; /* NULL: the roles are closed */
    struct intake *intake;
    struct feed *feed;
    struct worker *worker;
    struct outlet *outlet;
    struct port *peer; /* DEALER at intake */
    struct parcel parcel;
    struct dice dice; /* of what is published */
    uint32_t published;
};

/* An empty disk, a journal whose first entry is the rulebook, all roles; nothing has been checked yet. */
void stage_open(struct stage *stage);
void stage_close(struct stage *stage);

/* The roles end, so that their stores can be rewritten; and begin again. */
void stage_stop(struct stage *stage);
void stage_start(struct stage *stage);

/* Looks at the journal anew: it may have become another one. */
void stage_read(struct stage *stage);

/* Turns of all roles and of the board until nothing moves; what is committed and said meanwhile is checked. */
void stage_settle(struct stage *stage);
void stage_pass(struct stage *stage, int64_t ms);

/* Publishes one event; returns its seq. */
uint64_t stage_publish(struct stage *stage, enum event_type type, const char *subject, const void *data);
/* A complaint about sh-pudong/service; a decision by this person. */
uint64_t stage_complain(struct stage *stage);
uint64_t stage_decide(struct stage *stage, enum event_type type, const char *subject, const char *by);

/* Writes an entry as intake would, but whatever a test likes; the roles must be closed. */
void stage_write(struct stage *stage, enum record_class class, const struct entry *entry, int64_t at_ms);

#endif

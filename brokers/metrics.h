/*
 * metrics.h - figures as text for Prometheus: OpenMetrics 1.0, or the older exposition format 0.0.4. Pure: PONGs in, text out.
 *
 *   PONGs of the roles ─┐
 *   times of HTTP ──────┴─▶ families: HELP, TYPE, UNIT, samples ─▶ "# EOF"
 *
 * Caveats
 *   No label is a customer, a case, a person or a store: there are as many series on the first day as after ten years.
 *   What a role that is down would have said is absent; `manyi_up` says so.
 */
#ifndef MANYI_BROKERS_METRICS_H
#define MANYI_BROKERS_METRICS_H

#include "core/histogram.h"
#include "core/span.h"

#include <stdbool.h>

#define METRICS_MAX (128u * 1024u) /* bytes of a text; what would be longer is a bug */

enum metrics_part {
    PART_INTAKE,
    PART_FEED,
    PART_WORKER,
    PART_OUTLET,
    PART_NOTIFIER,
    PART_GATEWAY,
    METRICS_PARTS,
};
const char *metrics_part_name(enum metrics_part part);

/* What a path of HTTP is for. */
enum metrics_place { PLACE_EVENTS, PLACE_DECISION, PLACE_QUERY, PLACE_PAGE, PLACE_LINK, PLACE_PROBE, METRICS_PLACES };
#define METRICS_ANSWERS 4u /* 2xx to 5xx */

struct metrics_source {
    struct span part[METRICS_PARTS];                 /* a PONG's map; empty: it did not answer */
    bool expected[METRICS_PARTS];                    /* there is such a role here */
    const struct histogram (*http)[METRICS_ANSWERS]; /* METRICS_PLACES of them */
    const char *version;
};

/* A figure of a PONG, by the way down to it: "open.tasks". A time is told in unix milliseconds. false: it is not there, or none. */
bool metrics_figure(struct span pong, const char *key, int64_t *ret_figure);
/* How many entries its PONG says it is behind intake's head; 0 when either is not known. */
uint64_t metrics_lag(const struct metrics_source *source, enum metrics_part part);

/* Returns the text's length; it is ended by a zero. */
size_t metrics_write(const struct metrics_source *source, bool openmetrics, char text[METRICS_MAX]);

#endif

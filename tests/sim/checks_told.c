/*
 * checks_told.c - when nothing moves any more nobody was forgotten: every notice of a missed deadline ends seen, settled, with
 * its reader, or with somebody above; at the top it is tried again for ever. What was to be sent by now has at least been tried.
 */
#include "schemas/record.h"
#include "tests/sim/checks_inside.h"

#define PATIENCE_MS (15 * 60000ll) /* nothing happens for longer before a world ends */

void told_check(struct checks *checks, struct span bytes)
{
    struct escalation card;
    struct flaw flaw;
    const char *wrong = NULL;
    if (checks->world->outcome.violated || record_decode(&record_of_escalation, bytes, &card, &flaw) != 0)
        return;
    bool settled = card.ended || HAS(&card, escalation, acknowledged_by);
    bool arrived = HAS(&card, escalation, sent_repeat) && card.sent_repeat == card.repeat;
    bool waits = HAS(&card, escalation, deliver_from), fails = HAS(&card, escalation, attempts);
    bool above = HAS(&card, escalation, climbed_to);
    int64_t late_ms = clock_read(checks->world->setup.clock).wall_ms - PATIENCE_MS;
    if (settled && (waits || HAS(&card, escalation, retry_at)))
        wrong = "is settled, and is still to be sent";
    else if (arrived && (waits || fails))
        wrong = "has arrived, and is still to be sent";
    else if (!settled && !arrived && !waits && !above)
        wrong = "has reached nobody, and nobody is told of it any more";
    else if (!settled && !arrived && fails && !above && !HAS(&card, escalation, retry_at))
        wrong = "has failed for good, and nobody above was told";
    else if (!checks->world->untended && !settled && !arrived && waits && !fails && card.deliver_from <= late_ms)
        wrong = "was to be sent a while ago, and nobody has even tried";
    if (wrong)
        world_violated(checks->world, "really told", "%.*s to %.*s %s", SPAN_ARGS(card.id), SPAN_ARGS(card.to), wrong);
}

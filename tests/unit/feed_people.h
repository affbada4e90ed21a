/*
 * feed_people.h - a desk that knows everybody of people.h by their keys, and everybody's port to its feed; for
 * test_feed_rights.c and test_feed_ratings.c.
 */
#ifndef MANYI_TESTS_UNIT_FEED_PEOPLE_H
#define MANYI_TESTS_UNIT_FEED_PEOPLE_H

#include "core/status.h"
#include "tests/support/desk.h"
#include "tests/support/people.h"

static struct desk desk;
static char folder[SCRATCH_MAX];
static struct port *ports[STRANGER + 1];

static int people_come(void **state)
{
    (void)state;
    scratch_make(folder);
    desk_open_empty(&desk);
    desk_stop(&desk);
    people_write(folder, &desk.setup, people_file);
    snprintf(desk.setup.intake_trusted_endpoint, ENDPOINT_MAX, "inproc://intake-trusted");
    desk_start(&desk);
    for (enum person person = WANG_LI; person <= STRANGER; person++)
        ports[person] = people_port(desk.setup.bus, desk.setup.feed_endpoint, person);
    return 0;
}

static int people_leave(void **state)
{
    (void)state;
    for (enum person person = WANG_LI; person <= STRANGER; person++)
        port_close(ports[person]);
    desk_close(&desk);
    scratch_remove(folder);
    return 0;
}

/* A request as it goes into a frame, lent until the next. */
static struct span body_of(const struct record_table *record, const void *request)
{
    static uint8_t buffer[1024];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(record, request, ENCODE_EVENT, &writer);
    assert_false(writer.full);
    return wire_written(&writer);
}

#endif

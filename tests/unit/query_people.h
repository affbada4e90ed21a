/*
 * query_people.h - a showroom behind an access file, somebody of each kind at its query port, and what they are told.
 *
 * Included by test_query_rights.c and test_query_audit.c alone.
 */
#ifndef MANYI_TESTS_QUERY_PEOPLE_H
#define MANYI_TESTS_QUERY_PEOPLE_H

#include "core/status.h"
#include "tests/support/people.h"
#include "tests/support/showroom.h"

static struct showroom showroom;
static struct port *ports[STRANGER + 1];   /* at the query port */
static struct port *readers[STRANGER + 1]; /* at the feed */
static char folder[SCRATCH_MAX];

static inline int people_come(void **state)
{
    (void)state;
    struct setup *setup = &showroom.desk.setup;
    scratch_make(folder);
    showroom_open_empty(&showroom);
    showroom_worker_stop(&showroom);
    desk_stop(&showroom.desk);
    people_write(folder, setup, people_file);
    snprintf(setup->intake_trusted_endpoint, ENDPOINT_MAX, "inproc://intake-trusted");
    snprintf(setup->query_trusted_endpoint, ENDPOINT_MAX, "inproc://query-trusted");
    desk_start(&showroom.desk);
    showroom_worker_start(&showroom);
    for (enum person person = WANG_LI; person <= STRANGER; person++) {
        ports[person] = people_port(setup->bus, setup->query_endpoint, person);
        readers[person] = people_port(setup->bus, setup->feed_endpoint, person);
    }
    showroom_turn(&showroom);
    return 0;
}

static inline int people_leave(void **state)
{
    (void)state;
    for (enum person person = WANG_LI; person <= STRANGER; person++) {
        port_close(ports[person]);
        port_close(readers[person]);
    }
    showroom_close(&showroom);
    scratch_remove(folder);
    return 0;
}

static inline uint64_t complain(const char *store)
{
    struct complained fact = showroom_complaint(NULL, NULL);
    SET(&fact, complained, store, span_of(store));
    uint64_t seq = showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &fact);
    showroom_turn(&showroom);
    return seq;
}

static inline void rate(const char *store, int32_t overall)
{
    struct rated fact = showroom_rating(NULL, overall);
    SET(&fact, rated, store, span_of(store));
    showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &fact);
    showroom_turn(&showroom);
}

/* Proposes a reward for that person in that store: L-<seq>-<person>. */
static inline uint64_t praise(const char *store, const char *person)
{
    struct praised fact = {.store = span_of(store), .text = span_of("friendly")};
    struct name_list staff = {.count = 1, .item = {span_of(person)}};
    SET(&fact, praised, staff, staff);
    SET(&fact, praised, department, span_of("service"));
    uint64_t seq = showroom_publish(&showroom, EVENT_feedback_praised, NULL, 0, &fact);
    showroom_turn(&showroom);
    return seq;
}

static inline struct get_request asking(const char *what)
{
    struct get_request request = {0};
    SET(&request, get_request, what, span_of(what));
    return request;
}

static inline struct reply ask(struct port *port, const struct get_request *request)
{
    static uint8_t buffer[4096];
    struct wire_writer writer;
    struct reply reply;
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(&record_of_get_request, request, ENCODE_EVENT, &writer);
    desk_send(port, "GET", wire_written(&writer));
    showroom_turn(&showroom);
    assert_true(desk_receive(&showroom.desk, port, &reply));
    return reply;
}

static inline void is_refused(struct port *port, const struct get_request *request, int status)
{
    desk_refused(ask(port, request), status);
}

/* What the rows say under `key`, one behind the other with a space between; page by page. */
static inline const char *told(struct port *port, struct get_request request, const char *key)
{
    static char all[1024];
    char cursor[512];
    all[0] = '\0';
    for (uint32_t page = 0; page < 100; page++) {
        struct rows_reply rows;
        struct wire_value header, value;
        struct span row, bytes;
        struct reply reply = ask(port, &request);
        assert_string_equal(reply.verb, "ROWS");
        desk_decode(reply.body, &record_of_rows_reply, &rows);
        struct wire_reader reader = wire_reader(rows.rows);
        assert_int_equal(wire_read(&reader, &header), 0);
        for (uint32_t i = 0; i < header.count; i++) {
            assert_int_equal(wire_skip(&reader, 16, &row), 0);
            assert_int_equal(wire_find(row, key, &value, &bytes), 0);
            if (value.kind != WIRE_STR)
                value.bytes = (struct span){0};
            size_t len = strlen(all);
            snprintf(all + len, sizeof all - len, "%s%.*s", len ? " " : "", SPAN_ARGS(value.bytes));
        }
        if (!HAS(&rows, rows_reply, cursor))
            return all;
        snprintf(cursor, sizeof cursor, "%.*s", SPAN_ARGS(rows.cursor));
        SET(&request, get_request, cursor, span_of(cursor));
    }
    fail_msg("pages without an end");
    return all;
}

#endif

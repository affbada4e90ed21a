/*
 * gate.h - a bay's desk behind an access file: visitors come with the keys of its principals, front ends by the trusted endpoint.
 *
 * The access file: bay-03 (4), a kiosk of Pudong's service; wang.li (7), who handles there; callcentre (9), a program that speaks
 * for agents of every store; gone (11), revoked; slow (12), ten events a second; hr.zhao (13).
 */
#ifndef MANYI_TESTS_SUPPORT_GATE_H
#define MANYI_TESTS_SUPPORT_GATE_H

#include "io/bus_sim.h"
#include "tests/support/bay.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define PRINCIPALS                                                                                  \
    "principals:\n"                                                                                 \
    "- {name: bay-03, number: 4, kind: device, roles: [publisher], stores: [sh-pudong],\n"          \
    "   departments: [service], sources: [\"" SOURCE "\"], speaks_for: []}\n"                       \
    "- {name: wang.li, number: 7, kind: person, roles: [handler], stores: [sh-pudong],\n"           \
    "   departments: [service], sources: [], speaks_for: []}\n"                                     \
    "- {name: callcentre, number: 9, kind: program, roles: [publisher, handler], stores: all,\n"    \
    "   departments: all, sources: [\"/calls/*\"], speaks_for: [\"agent.*\"]}\n"                    \
    "- {name: gone, number: 11, kind: device, roles: [publisher], stores: all, departments: all,\n" \
    "   sources: all, speaks_for: [], revoked: true}\n"                                             \
    "- {name: slow, number: 12, kind: device, roles: [publisher], stores: all, departments: all,\n" \
    "   sources: [/slow], speaks_for: [], rate: 10}\n"                                              \
    "- {name: hr.zhao, number: 13, kind: person, roles: [hr], stores: all, departments: all,\n"     \
    "   sources: [], speaks_for: []}\n"

static char folder[SCRATCH_MAX];
static char path[SCRATCH_MAX + 16];
static struct port *front; /* DEALER at the trusted endpoint */
static struct port *visitor;

static inline void file_write(const char *more)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fprintf(file, "%s%s", PRINCIPALS, more) > 0);
    assert_int_equal(fclose(file), 0);
}

static inline struct port *port_of(uint32_t principal, const char *endpoint)
{
    const struct port_options options = {.kind = PORT_DEALER, .endpoint = endpoint};
    struct port *port;
    bus_sim_principal(desk.setup.bus, principal);
    assert_int_equal(port_open(desk.setup.bus, &options, &port), 0);
    bus_sim_principal(desk.setup.bus, 0);
    return port;
}

static inline int gate_begin(void **state)
{
    (void)state;
    scratch_make(folder);
    snprintf(path, sizeof path, "%s/access.yaml", folder);
    file_write("");
    desk_open_empty(&desk);
    desk_stop(&desk);
    store_sim_forget(DESK_VOLUME);
    snprintf(desk.setup.access_path, sizeof desk.setup.access_path, "%s", path);
    desk_start(&desk);
    assert_int_equal(desk_turn(&desk), 0);
    front = port_of(0, desk.setup.intake_trusted_endpoint);
    visitor = NULL;
    return 0;
}

static inline int gate_end(void **state)
{
    (void)state;
    port_close(front);
    port_close(visitor);
    desk_close(&desk);
    scratch_remove(folder);
    return 0;
}

/* Whoever asks from now on has this principal's key. */
static inline struct port *visit(uint32_t principal)
{
    port_close(visitor);
    visitor = port_of(principal, desk.setup.intake_endpoint);
    return visitor;
}

/* ---- what is sent ---- */

/* An event's data is JSON-like pairs: "store=sh-pudong department=service". A value is a name, or a digit for an integer. */
static inline struct span event_of(const char *type, const char *source, const char *id, const char *subject,
                                   const char *pairs)
{
    char words[512];
    uint32_t count = 0;
    snprintf(words, sizeof words, "%s", pairs);
    for (const char *sign = words; *sign; sign++)
        count += *sign == '=';
    struct wire_writer writer;
    wire_writer_init(&writer, event_buffer, sizeof event_buffer);
    wire_map(&writer, subject[0] ? 5 : 4);
    wire_key(&writer, "id");
    wire_text(&writer, span_of(id));
    wire_key(&writer, "source");
    wire_text(&writer, span_of(source));
    wire_key(&writer, "type");
    wire_text(&writer, span_of(type));
    if (subject[0]) {
        wire_key(&writer, "subject");
        wire_text(&writer, span_of(subject));
    }
    wire_key(&writer, "data");
    wire_map(&writer, count);
    char *at = words;
    for (char *word; (word = strsep(&at, " "));) {
        char *value = strchr(word, '=');
        if (!value)
            continue;
        *value++ = '\0';
        wire_key(&writer, word);
        if (value[0] >= '0' && value[0] <= '9')
            wire_natural(&writer, (uint64_t)strtoull(value, NULL, 10));
        else
            wire_text(&writer, span_of(value));
    }
    assert_false(writer.full);
    return wire_written(&writer);
}

static inline struct reply put_as(struct port *port, struct span event, uint32_t as)
{
    struct wire_writer writer;
    wire_writer_init(&writer, desk.request, sizeof desk.request);
    wire_map(&writer, as ? 2 : 1);
    if (as) {
        wire_key(&writer, "as");
        wire_natural(&writer, as);
    }
    wire_key(&writer, "events");
    wire_array(&writer, 1);
    wire_bin(&writer, event);
    return desk_ask(&desk, port, "PUT", wire_written(&writer));
}

static inline struct reply put_ratings(struct port *port, const char *source, uint32_t first, uint32_t count)
{
    struct put_draft draft;
    draft_begin(&draft, &desk, count, NULL, 0, 0);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t buffer[1024];
        char id[16];
        snprintf(id, sizeof id, "r%u", first + i);
        draft_event(&draft, desk_rating(buffer, sizeof buffer, source, id, 9000), true);
    }
    return desk_ask(&desk, port, "PUT", draft_end(&draft));
}

/* ---- what is journaled ---- */

static uint8_t entry_buffer[SYSTEM_EVENT_MAX + RECORD_MAX];
static struct event entry_event;

static inline struct entry entry_at(uint64_t seq)
{
    struct journal_reader *reader;
    struct entry entry;
    struct flaw flaw;
    assert_int_equal(journal_reader_open(desk.journal, &reader), 0);
    assert_int_equal(journal_entry(reader, seq, entry_buffer, sizeof entry_buffer, &entry), 0);
    journal_reader_close(reader);
    assert_int_equal(event_decode(entry.event, &entry_event, &flaw), 0);
    return entry;
}

static inline uint32_t entries_of(enum event_type type)
{
    uint32_t count = 0;
    for (uint64_t seq = 1; seq <= journal_head(desk.journal); seq++) {
        entry_at(seq);
        count += entry_event.type == type;
    }
    return count;
}

static inline struct reply hello(struct port *port, const char *source)
{
    uint8_t buffer[256];
    struct wire_writer writer;
    struct hello_request request = {0};
    SET(&request, hello_request, source, span_of(source));
    SET(&request, hello_request, instance, span_of("x"));
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(&record_of_hello_request, &request, ENCODE_EVENT, &writer);
    return desk_ask(&desk, port, "HELLO", wire_written(&writer));
}

#endif

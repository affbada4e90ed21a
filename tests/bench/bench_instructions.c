/*
 * bench_instructions.c - a fixed number of events through one part of the line, for callgrind to count what they take.
 *
 *   bench_instructions decode|check|append|fold DIR EVENTS
 *
 * DIR is an empty folder. Nothing is measured here and nothing printed: tests/bench/instructions.py runs this under callgrind,
 * which collects only inside the functions that make up the part, and divides by the events.
 */
#include "brokers/intake.h"
#include "core/ensure.h"
#include "core/status.h"
#include "schemas/codec.h"
#include "tests/bench/events.h"
#include "workers/fold.h"

#include <dlfcn.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>

#define START_MS 1795392000000ll
#define PUT_EVENTS 128u
#define PUT_BYTES (PUT_EVENTS * (EVENT_MIX_BYTES + 8u) + 64u)

#define MAP_BYTES (1ull * GIB)

static struct event_mix mix;

/* Instead of LMDB's own, which is asked for 64 GiB of address space: valgrind has no room for that. */
int mdb_env_set_mapsize(MDB_env *env, size_t size)
{
    int (*set)(MDB_env *, size_t);
    void *found = dlsym(RTLD_NEXT, "mdb_env_set_mapsize");
    memcpy(&set, &found, sizeof set);
    return set(env, size < MAP_BYTES ? size : MAP_BYTES);
}

static void check(int status, const char *what)
{
    if (status == 0)
        return;
    fprintf(stderr, "%s: %s %s\n", what, status_text(status)->code, status_text(status)->summary);
    exit(1);
}

static void decode_run(const char *dir, uint32_t events)
{
    static struct event event;
    struct flaw flaw;
    (void)dir;
    for (uint32_t i = 0; i < events; i++)
        check(event_decode(event_mix_next(&mix), &event, &flaw), "decode");
}

/* ---- check: intake takes PUTs from a publisher of the same process ---- */

static struct span put_make(uint8_t body[PUT_BYTES])
{
    struct wire_writer writer;
    wire_writer_init(&writer, body, PUT_BYTES);
    wire_map(&writer, 1);
    wire_key(&writer, "events");
    wire_array(&writer, PUT_EVENTS);
    for (uint32_t i = 0; i < PUT_EVENTS; i++)
        wire_bin(&writer, event_mix_next(&mix));
    ensure(!writer.full);
    return wire_written(&writer);
}

/* One PUT, one turn, one answer. */
static void put_pass(const struct setup *setup, struct intake *intake, struct port *publisher)
{
    static uint8_t body[PUT_BYTES];
    static struct parcel parcel;
    const struct span frames[] = {span_make(NULL, 0), span_of("PUT"), put_make(body)};
    struct ack_reply ack;
    struct flaw flaw;
    int64_t wait_ms;
    check(port_send(publisher, frames, 3), "PUT");
    check(intake_turn(intake, clock_read(setup->clock), &wait_ms), "turn");
    check(port_receive(publisher, &parcel), "ACK");
    check(record_decode(&record_of_ack_reply, parcel.frame[2], &ack, &flaw), "ACK");
    ensure(ack.count == PUT_EVENTS);
    parcel_release(&parcel);
}

static void check_run(const char *dir, uint32_t events)
{
    static struct setup setup = {.identity_window = 20000};
    const struct clock_options clock = {.start_wall_ms = START_MS};
    const struct journal_options options = {.dir = dir};
    const struct port_options publishing = {.kind = PORT_DEALER, .endpoint = "inproc://intake"};
    struct journal *journal;
    struct intake *intake;
    struct port *publisher;
    snprintf(setup.dir, sizeof setup.dir, "%s", dir);
    snprintf(setup.intake_endpoint, sizeof setup.intake_endpoint, "inproc://intake");
    snprintf(setup.intake_inner_endpoint, sizeof setup.intake_inner_endpoint, "inproc://intake-inner");
    check(bus_open(&setup.bus), "bus");
    check(clock_open(&clock, &setup.clock), "clock");
    check(journal_open(&options, &journal), "journal");
    check(intake_open(&setup, journal, clock_read(setup.clock), &intake), "intake");
    check(port_open(setup.bus, &publishing, &publisher), "publisher");
    for (uint32_t i = 0; i < events / PUT_EVENTS; i++)
        put_pass(&setup, intake, publisher);
    port_close(publisher);
    intake_close(intake);
    journal_close(journal);
    clock_close(setup.clock);
    bus_close(setup.bus);
}

/* ---- append: turns of the journal, of some PUTs each ---- */

static void append_run(const char *dir, uint32_t events)
{
    const struct journal_options options = {.dir = dir};
    struct journal *journal;
    uint64_t seq;
    check(journal_open(&options, &journal), "journal");
    for (uint32_t i = 0; i < events; i++) {
        const struct entry entry = {.event = event_mix_next(&mix)};
        if (i % (16 * PUT_EVENTS) == 0)
            check(journal_begin(journal, START_MS + i), "begin");
        check(journal_add(journal, RECORD_OUTSIDE, &entry, &seq), "add");
        if (i % (16 * PUT_EVENTS) == 16 * PUT_EVENTS - 1 || i == events - 1)
            check(journal_commit(journal), "commit");
    }
    journal_close(journal);
}

/* ---- fold: silently, as in a rebuild ---- */

static void fold_run(const char *dir, uint32_t events)
{
    struct fold *fold;
    check(fold_open(dir, &fold), "fold");
    fold->silent_upto.seq = UINT64_MAX;
    check(fold_begin(fold, "0123456789abcdef0123456789abcdef"), "begin");
    for (uint32_t i = 0; i < events; i++) {
        const struct entry entry = {.seq = i + 1, .at_ms = START_MS + i / 200, .event = event_mix_next(&mix)};
        check(fold_entry(fold, &entry, NULL), "entry");
        if (fold_is_full(fold) || i == events - 1) {
            check(fold_commit(fold), "commit");
            check(fold_begin(fold, "0123456789abcdef0123456789abcdef"), "begin");
        }
    }
    fold_abort(fold);
    fold_close(fold);
}

int main(int count, char **arguments)
{
    static const struct {
        const char *name;
        void (*run)(const char *dir, uint32_t events);
    } parts[] = {{"decode", decode_run}, {"check", check_run}, {"append", append_run}, {"fold", fold_run}};
    uint32_t events = count == 4 ? (uint32_t)strtoul(arguments[3], NULL, 10) : 0;
    event_mix_init(&mix, 1, START_MS);
    for (uint32_t i = 0; i < sizeof parts / sizeof parts[0] && events > 0; i++) {
        if (strcmp(arguments[1], parts[i].name) == 0) {
            parts[i].run(arguments[2], events);
            return 0;
        }
    }
    fprintf(stderr, "bench_instructions decode|check|append|fold DIR EVENTS\n");
    return 64;
}

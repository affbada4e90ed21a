/*
 * fuzz_put.c - the body of a PUT, a HELLO, or any verb at all, through a whole intake over the simulated seams.
 *
 * The first byte chooses endpoint and verb, the rest is the body. Whatever comes in, there is one reply; what is refused leaves no
 * entry in the journal, and what is acknowledged as many as the reply says; each refused event has its code and sentence.
 */
#include "brokers/intake.h"
#include "core/status.h"
#include "io/store_sim.h"
#include "tests/fuzz/judge.h"

#include <stdlib.h>

#define RUNS_MAX 1000u /* then the journal starts anew, so that memory stays flat */

struct desk {
    struct setup setup;
    struct journal *journal;
    struct intake *intake;
    struct port *peers[2]; /* at the public endpoint, at the inner one */
    struct parcel parcel;
    bool awaited; /* an AWAIT may stand that wants a tick */
};

static struct port *dealer(struct desk *desk, const char *endpoint)
{
    const struct port_options options = {.kind = PORT_DEALER, .endpoint = endpoint};
    struct port *port;
    int status = port_open(desk->setup.bus, &options, &port);
    ensure(status == 0);
    return port;
}

static void desk_open(struct desk *desk)
{
    const struct journal_options journal = {.dir = "/fuzz", .lineage = "0123456789abcdef0123456700000000"};
    const struct clock_options clock = {0};
    *desk = (struct desk){.setup = {.dir = "/fuzz",
                                    .intake_endpoint = "inproc://intake",
                                    .intake_inner_endpoint = "inproc://intake-inner",
                                    .identity_window = 256}};
    store_sim_forget("/fuzz/journal/000001");
    int status = bus_open(&desk->setup.bus);
    ensure(status == 0);
    status = clock_open(&clock, &desk->setup.clock);
    ensure(status == 0);
    status = journal_open(&journal, &desk->journal);
    ensure(status == 0);
    status = intake_open(&desk->setup, desk->journal, clock_read(desk->setup.clock), &desk->intake);
    ensure(status == 0);
    desk->peers[0] = dealer(desk, desk->setup.intake_endpoint);
    desk->peers[1] = dealer(desk, desk->setup.intake_inner_endpoint);
}

static void desk_close(struct desk *desk)
{
    parcel_release(&desk->parcel);
    port_close(desk->peers[0]);
    port_close(desk->peers[1]);
    intake_close(desk->intake);
    journal_close(desk->journal);
    clock_close(desk->setup.clock);
    bus_close(desk->setup.bus);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void problems_check(struct span problems, uint32_t most)
{
    struct wire_reader reader = wire_reader(problems);
    struct wire_value header;
    struct span map;
    int64_t before = -1;
    ensure(wire_read(&reader, &header) == 0);
    ensure(header.kind == WIRE_ARRAY);
    ensure(header.count <= most);
    for (uint32_t i = 0; i < header.count; i++) {
        struct problem problem;
        struct flaw flaw;
        ensure(wire_skip(&reader, 2, &map) == 0);
        ensure(record_decode(&record_of_problem, map, &problem, &flaw) == 0);
        ensure(problem.i > before);
        before = problem.i;
        ensure(HAS(&problem, problem, code) == HAS(&problem, problem, message));
        if (HAS(&problem, problem, code))
            ensure(problem.code.len == 5 && problem.message.len > 0);
    }
    ensure(reader.at == reader.end);
}

/* How many entries the reply says that there are more of. */
static uint64_t reply_check(struct span verb, struct span body)
{
    struct ack_reply ack;
    struct nak_reply nak;
    struct flaw flaw;
    judge_value(body);
    if (span_is(verb, "NAK")) {
        ensure(record_decode(&record_of_nak_reply, body, &nak, &flaw) == 0);
        ensure(nak.code.len == 5 && nak.message.len > 0);
    }
    if (!span_is(verb, "ACK"))
        return 0;
    ensure(record_decode(&record_of_ack_reply, body, &ack, &flaw) == 0);
    ensure(HAS(&ack, ack_reply, first) == (ack.count > 0));
    problems_check(ack.problems, PUT_EVENTS_MAX);
    return (uint64_t)ack.count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const verbs[] = {"PUT", "PUT", "PUT", "HELLO", "PING", "AWAIT", "", "NONSENSE"};
    static struct desk desk;
    static uint32_t runs;
    if (runs == RUNS_MAX) {
        desk_close(&desk);
        runs = 0;
    }
    if (runs++ == 0)
        desk_open(&desk);
    if (size == 0)
        return 0;
    struct port *peer = desk.peers[data[0] >> 7];
    uint64_t head = journal_head(desk.journal), more = 0;
    const char *verb = verbs[data[0] & 7u];
    const struct span frames[] = {span_make(NULL, 0), span_of(verb), span_make(data + 1, size - 1)};
    int status = port_send(peer, frames, 3);
    ensure(status == 0);
    int64_t wait_ms;
    status = intake_turn(desk.intake, clock_read(desk.setup.clock), &wait_ms);
    ensure(status == 0);
    bool await = (data[0] >> 7) != 0 && strcmp(verb, "AWAIT") == 0;
    desk.awaited |= await;
    status = port_receive(peer, &desk.parcel);
    ensure(status == 0 || await); /* an AWAIT may stand, and be answered by what somebody else does */
    if (status == 0)
        more = reply_check(desk.parcel.frame[1], desk.parcel.frame[2]);
    while (port_receive(desk.peers[1], &desk.parcel) == 0)
        more += reply_check(desk.parcel.frame[1], desk.parcel.frame[2]);
    ensure(port_receive(desk.peers[0], &desk.parcel) == -E_AGAIN);
    uint64_t grown = journal_head(desk.journal) - head;
    ensure(grown == more || (desk.awaited && grown == more + 1));
    return 0;
}

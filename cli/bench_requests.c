/*
 * bench_requests.c - many PUTs of one event each in the air, as many small publishers would send them.
 *
 * The client library packs what waits into few PUTs; here each event is a request of its own.
 */
#include "cli/bench_measure.h"

#include "clients/c/client.h"
#include "core/status.h"
#include "schemas/wire.h"

#define RING 4096u
#define SILENCE_S 10.0

struct requests {
    struct bench *bench;
    struct port *port;
    struct parcel parcel;
    double sent_at[RING]; /* by rid */
    uint64_t sent, answered;
};

static int request_send(struct requests *requests, struct rating *rating)
{
    uint8_t body[BENCH_EVENT_BYTES + 64];
    struct wire_writer writer;
    rating_number(rating, requests->bench->next_id++);
    wire_writer_init(&writer, body, sizeof body);
    wire_map(&writer, 2);
    wire_key(&writer, "rid");
    wire_natural(&writer, requests->sent);
    wire_key(&writer, "events");
    wire_array(&writer, 1);
    wire_bin(&writer, span_make(rating->bytes, rating->len));
    const struct span frames[] = {{NULL, 0}, span_of("PUT"), wire_written(&writer)};
    requests->sent_at[requests->sent % RING] = bench_now();
    int result = port_send(requests->port, frames, 3);
    requests->sent += result == 0;
    return result;
}

/* -E_BAD_REQUEST when something else than an ACK came. */
static int answers_take(struct requests *requests)
{
    while (port_receive(requests->port, &requests->parcel) == 0) {
        struct wire_value rid;
        struct span bytes;
        const struct parcel *parcel = &requests->parcel;
        if (parcel->count != 3 || !span_is(parcel->frame[1], "ACK") ||
            wire_find(parcel->frame[2], "rid", &rid, &bytes) < 0 || rid.kind != WIRE_UINT)
            return -E_BAD_REQUEST;
        sample_add(requests->bench, bench_now() - requests->sent_at[rid.natural % RING]);
        requests->answered++;
    }
    return 0;
}

static int requests_run(struct requests *requests, struct bus *bus, uint32_t in_flight, uint64_t events_max,
                        double seconds)
{
    struct rating rating = {.digits = NULL};
    rating_prepare(&rating);
    double end = bench_now() + seconds, heard = bench_now();
    for (;;) {
        double now = bench_now();
        bool more = now < end && requests->sent < events_max;
        if (!more && requests->answered == requests->sent)
            return 0;
        while (more && requests->sent - requests->answered < in_flight && requests->sent < events_max) {
            if (request_send(requests, &rating) < 0)
                break;
        }
        uint64_t before = requests->answered;
        bus_wait(bus, &requests->port, 1, NULL, 0, 100);
        int result = answers_take(requests);
        if (result < 0)
            return result;
        heard = requests->answered != before ? now : heard;
        if (now - heard > SILENCE_S)
            return -E_UNREACHABLE;
    }
}

int measure_requests(struct bench *bench, uint32_t in_flight, uint64_t events_max, double seconds,
                     struct throughput *ret_throughput)
{
    char endpoint[ENDPOINT_MAX];
    struct requests requests = {.bench = bench};
    struct manyi *manyi = NULL;
    const struct port_options options = {.kind = PORT_DEALER,
                                         .endpoint = cli_endpoint(bench->cli, CLI_INTAKE, endpoint)};
    int result = cli_manyi(bench->cli, &manyi);
    if (result == 0)
        result = port_open(manyi->bus, &options, &requests.port);
    samples_begin(bench);
    double begin = bench_now();
    if (result == 0)
        result = requests_run(&requests, manyi->bus, in_flight, events_max, seconds);
    struct throughput throughput = {.events = requests.answered, .seconds = bench_now() - begin};
    samples_read(bench, &throughput);
    parcel_release(&requests.parcel);
    port_close(requests.port);
    if (result < 0)
        return cli_fail(bench->cli, result, "%s", endpoint);
    *ret_throughput = throughput;
    return 0;
}

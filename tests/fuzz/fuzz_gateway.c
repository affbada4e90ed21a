/*
 * Whoever asks over HTTP what he likes, and peers that answer what they like: each request is answered by its deadline, with a
 * status, and with JSON that another library reads.
 *
 *   method u8 | length u16, path and query | length u16, headers | length u16, body | answers of peers: verb u8, length u16, bytes
 *
 * A path "/ack/!", "/rate/!" or "/case/!/card" stands for a sound link, so that what lies behind it is reached, too.
 */
#include "brokers/gateway.h"
#include "core/status.h"
#include "io/http_sim.h"
#include "io/link.h"
#include "tests/fuzz/judge.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PEERS 4u
#define OUTLET 3u /* of them: it is asked for streams */
#define ROUNDS 6u
#define LATE_MS 16000
#define TEXT_MAX 4096u

static struct setup setup;
static struct gateway *gateway;
static struct port *peer[PEERS];
static struct parcel parcel;
static uint32_t asked;
static char uri[TEXT_MAX], headers[TEXT_MAX], body[16 * TEXT_MAX], link_text[3][LINK_TEXT_MAX];

static void links_make(void)
{
    uint8_t secret[LINK_SECRET_BYTES];
    struct link acknowledge = {.purpose = LINK_ACKNOWLEDGE, .expires_ms = INT64_MAX, .person = span_of("wang.li")};
    struct link rate = {.purpose = LINK_RATE, .expires_ms = INT64_MAX, .subject = span_of("v\ns\nd")};
    struct link customer = {.purpose = LINK_CUSTOMER, .expires_ms = INT64_MAX, .subject = span_of("C-3")};
    acknowledge.subject = span_of("E-41-response-100");
    ensure(link_secret_load(setup.dir, LINK_SECRET_NAME, secret) == 0);
    ensure(link_write(secret, &acknowledge, link_text[0]) == 0);
    ensure(link_write(secret, &rate, link_text[1]) == 0);
    ensure(link_write(secret, &customer, link_text[2]) == 0);
}

static void leave(void)
{
    char path[ENDPOINT_MAX + 32];
    snprintf(path, sizeof path, "%s/keys/%s.secret", setup.dir, LINK_SECRET_NAME);
    unlink(path);
    snprintf(path, sizeof path, "%s/keys", setup.dir);
    rmdir(path);
    rmdir(setup.dir);
}

static void begin(void)
{
    static const char *const endpoints[PEERS] = {"inproc://intake", "inproc://query", "inproc://feed",
                                                 "inproc://replay"};
    const struct clock_options options = {.start_wall_ms = 1795392000000ll};
    const char *folder = getenv("TMPDIR");
    snprintf(setup.dir, sizeof setup.dir, "%s/manyi-fuzz-gateway-XXXXXX", folder && folder[0] ? folder : "/tmp");
    ensure(mkdtemp(setup.dir) != NULL);
    ensure(clock_open(&options, &setup.clock) == 0);
    ensure(bus_open(&setup.bus) == 0);
    snprintf(setup.http_host, sizeof setup.http_host, "127.0.0.1");
    snprintf(setup.intake_trusted_endpoint, ENDPOINT_MAX, "%s", endpoints[0]);
    snprintf(setup.query_trusted_endpoint, ENDPOINT_MAX, "%s", endpoints[1]);
    snprintf(setup.feed_inner_endpoint, ENDPOINT_MAX, "%s", endpoints[2]);
    snprintf(setup.replay_trusted_endpoint, ENDPOINT_MAX, "%s", endpoints[OUTLET]);
    for (uint32_t i = 0; i < PEERS; i++) {
        const struct port_options bound = {.kind = PORT_ROUTER, .endpoint = endpoints[i], .bind = true};
        ensure(port_open(setup.bus, &bound, &peer[i]) == 0);
    }
    links_make();
    atexit(leave);
}

/* The simulated half remembers what it was asked: a new server from time to time. */
static void renew(void)
{
    if (gateway && asked < HTTP_SIM_PLACES)
        return;
    gateway_close(gateway);
    ensure(gateway_open(&setup, &gateway) == 0);
    asked = 0;
}

static void turn(void)
{
    int64_t wait_ms;
    ensure(gateway_turn(gateway, clock_read(setup.clock), &wait_ms) == 0);
    ensure(wait_ms >= 0);
}

static size_t body_take(struct carving *carving)
{
    struct span bytes = carve_bytes(carving, carve_number(carving, 2));
    size_t len = bytes.len < sizeof body ? bytes.len : sizeof body - 1;
    if (len > 0)
        memcpy(body, bytes.at, len);
    body[len] = '\0';
    return len;
}

static void text_take(struct carving *carving, char *text, size_t size)
{
    struct span bytes = carve_bytes(carving, carve_number(carving, 2));
    snprintf(text, size, "%.*s", SPAN_ARGS(bytes));
}

static void link_fill(void)
{
    static const char *const paths[] = {"/ack/!", "/rate/!", "/case/!"};
    static char rest[TEXT_MAX];
    for (uint32_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        size_t len = strlen(paths[i]);
        if (strncmp(uri, paths[i], len) != 0)
            continue;
        snprintf(rest, sizeof rest, "%s", uri + len);
        snprintf(uri, sizeof uri, "%.*s%s%.3000s", (int)len - 1, paths[i], link_text[i], rest);
    }
}

/* {rid, and whatever follows}, or the bytes as they are. */
static void peers_answer(struct carving *carving)
{
    static const char *const verbs[] = {"ACK", "ROWS", "NAK", "PONG"};
    static const char *const of_outlet[] = {"PONG", "CARDS", "NAK", "CARDS"};
    static uint8_t buffer[2 * 65536];
    for (uint32_t i = 0; i < PEERS; i++) {
        while (port_receive(peer[i], &parcel) == 0) {
            struct wire_value value;
            struct span rid;
            struct wire_writer writer;
            uint8_t how = carve_byte(carving);
            struct span bytes = carve_bytes(carving, carve_number(carving, 2));
            if (parcel.count != 4 || wire_find(parcel.frame[3], "rid", &value, &rid) < 0)
                continue;
            wire_writer_init(&writer, buffer, sizeof buffer);
            wire_map(&writer, 1u + (how >> 4));
            wire_key(&writer, "rid");
            wire_raw(&writer, rid);
            if (bytes.len > 0)
                wire_raw(&writer, bytes);
            const struct span frames[] = {parcel.frame[0], span_make(NULL, 0),
                                          span_of((i == OUTLET ? of_outlet : verbs)[how & 3u]),
                                          how & 4u ? bytes : wire_written(&writer)};
            port_send(peer[i], frames, 4);
        }
    }
}

static void answer_judge(uint64_t id)
{
    const char *said, *fields;
    uint32_t status = http_sim_answer(gateway_http(gateway), id, &said, &fields);
    ensure(status >= 200 && status < 600);
    if (!strstr(fields, "json"))
        return;
    json_error_t error;
    json_t *value = json_loadb(said, strlen(said), JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    /* what a peer sends may be no JSON's: a key twice, a text that is no UTF-8 */
    ensure(value || status == 200);
    json_decref(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct carving carving = {data, size};
    if (!setup.bus)
        begin();
    renew();
    struct http_sim_request request = {.uri = uri, .headers = headers, .body = body};
    request.method = (enum http_method)(carve_byte(&carving) & 3u);
    text_take(&carving, uri, sizeof uri);
    text_take(&carving, headers, sizeof headers);
    request.body_len = body_take(&carving);
    link_fill();
    uint64_t id = http_sim_ask(gateway_http(gateway), &request);
    asked++;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        turn();
        peers_answer(&carving);
    }
    turn();
    clock_sim_advance(setup.clock, LATE_MS, LATE_MS);
    turn();
    answer_judge(id);
    return 0;
}

/* The door of a keyed port, with strangers of plain ZeroMQ before it: who is let in, under whose number, and how it ends. */
#include "core/rfc3339.h"
#include "core/status.h"
#include "core/z85.h"
#include "io/bus_zmq.h"
#include "io/key_file.h"
#include "io/zap.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zmq.h>

#include <cmocka.h>

#define PATIENCE_MS 10000
#define ENDED_MS 3000    /* a second until the file is looked at, another until a role's turn */
#define HANDSHAKE_MS 400 /* what a refused peer waits before it tries again: nobody tells it */
#define SOCKETS_MAX 32u
#define CLOCK_RATE 10 /* so that a key's time ends soon */
#define HANDSHAKE_FAILED \
    (ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)

enum who { BOSS, BAY, WALL, STRANGER, PEOPLE };

static const char *const roles_at_first[PEOPLE] = {"group", "publisher", "display", NULL};

struct person {
    struct key_file key;
    const char *roles; /* NULL: not in the access file */
    const char *more;  /* of the principal */
    char until[40];    /* of the key; empty: for ever */
};

struct door {
    char folder[SCRATCH_MAX];
    struct setup setup;
    struct zap *zap;
    struct port *router, *publish;
    struct key_file server;
    struct person person[PEOPLE];
    void *strangers;           /* a ZeroMQ context of their own */
    void *socket[SOCKETS_MAX]; /* of theirs */
    uint32_t socket_count;
};

struct peer {
    void *socket, *monitor; /* closed with the door, also after a test that failed */
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- the stand ---- */

static void access_write(const struct door *door)
{
    char part[ENDPOINT_MAX + 8], public[41];
    snprintf(part, sizeof part, "%s.new", door->setup.access_path);
    FILE *file = fopen(part, "w");
    assert_non_null(file);
    fputs("principals:\n", file);
    for (enum who who = 0; who < PEOPLE; who++) {
        const struct person *person = &door->person[who];
        if (!person->roles)
            continue;
        z85_encode(person->key.public_key, 32, public);
        fprintf(
            file,
            "  - name: %s\n    number: %d\n    kind: program\n    roles: [%s]\n    stores: all\n    departments: all\n%s"
            "    keys:\n      - {public: \"%s\"%s%s}\n",
            person->key.name, who + 4, person->roles, person->more, public, person->until[0] ? ", until: " : "",
            person->until);
    }
    assert_int_equal(fclose(file), 0);
    assert_int_equal(rename(part, door->setup.access_path), 0);
}

static struct port *bound(struct door *door, enum port_kind kind)
{
    struct port *port;
    const struct port_options options = {.kind = kind, .endpoint = "tcp://127.0.0.1:*", .bind = true};
    assert_int_equal(port_open(door->setup.bus, &options, &port), 0);
    return port;
}

static void handler_open(struct door *door)
{
    char message[KEYRING_MESSAGE_MAX];
    assert_int_equal(zap_open(&door->setup, &door->zap, message), 0);
}

static int door_open(void **state)
{
    static const char *const names[PEOPLE] = {"boss", "bay", "wall", "stranger"};
    struct door *door = calloc(1, sizeof *door);
    assert_non_null(door);
    scratch_make(door->folder);
    snprintf(door->setup.access_path, sizeof door->setup.access_path, "%s/access.yaml", door->folder);
    key_file_draw(&door->server);
    for (enum who who = 0; who < PEOPLE; who++) {
        struct person *person = &door->person[who];
        *person = (struct person){.roles = roles_at_first[who], .more = ""};
        snprintf(person->key.name, sizeof person->key.name, "%s", names[who]);
        key_file_draw(&person->key);
    }
    access_write(door);
    struct bus_keys keys = {.public_key = {0}};
    memcpy(keys.public_key, door->server.public_key, 32);
    memcpy(keys.secret_key, door->server.secret_key, 32);
    assert_int_equal(clock_open(&(struct clock_options){.rate = CLOCK_RATE}, &door->setup.clock), 0);
    assert_int_equal(bus_open(&door->setup.bus), 0);
    assert_int_equal(bus_use_keys(door->setup.bus, &keys), 0);
    door->strangers = zmq_ctx_new();
    *state = door;
    return 0;
}

static int door_close(void **state)
{
    struct door *door = *state;
    for (uint32_t i = 0; i < door->socket_count; i++)
        zmq_close(door->socket[i]);
    zmq_ctx_term(door->strangers);
    port_close(door->router);
    port_close(door->publish);
    zap_close(door->zap);
    bus_close(door->setup.bus);
    clock_close(door->setup.clock);
    scratch_remove(door->folder);
    free(door);
    return 0;
}

/* ---- peers ---- */

static void *socket_make(struct door *door, int type)
{
    const int none = 0, patience_ms = PATIENCE_MS, handshake_ms = HANDSHAKE_MS;
    void *socket = zmq_socket(door->strangers, type);
    assert_non_null(socket);
    assert_true(door->socket_count < SOCKETS_MAX);
    zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof none);
    zmq_setsockopt(socket, ZMQ_SNDTIMEO, &patience_ms, sizeof patience_ms);
    zmq_setsockopt(socket, ZMQ_HANDSHAKE_IVL, &handshake_ms, sizeof handshake_ms);
    return door->socket[door->socket_count++] = socket;
}

static struct peer peer_make(struct door *door, int type)
{
    struct peer peer = {.socket = socket_make(door, type), .monitor = socket_make(door, ZMQ_PAIR)};
    char name[40];
    snprintf(name, sizeof name, "inproc://monitor-%u", door->socket_count);
    assert_int_equal(zmq_socket_monitor(peer.socket, name,
                                        HANDSHAKE_FAILED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED),
                     0);
    assert_int_equal(zmq_connect(peer.monitor, name), 0);
    return peer;
}

static void peer_key(struct peer *peer, const struct key_file *key, const uint8_t server_key[32])
{
    zmq_setsockopt(peer->socket, ZMQ_CURVE_PUBLICKEY, key->public_key, 32);
    zmq_setsockopt(peer->socket, ZMQ_CURVE_SECRETKEY, key->secret_key, 32);
    zmq_setsockopt(peer->socket, ZMQ_CURVE_SERVERKEY, server_key, 32);
}

static void peer_connect(struct peer *peer, struct port *port)
{
    assert_int_equal(zmq_connect(peer->socket, port->endpoint), 0);
}

static struct peer peer_of(struct door *door, enum who who, struct port *port)
{
    struct peer peer = peer_make(door, port == door->publish ? ZMQ_SUB : ZMQ_DEALER);
    peer_key(&peer, &door->person[who].key, door->server.public_key);
    peer_connect(&peer, port);
    return peer;
}

/* What roles do with their ports, for a moment. */
static void ports_see(struct door *door)
{
    struct parcel parcel = {.count = 0};
    struct port *ports[2];
    uint32_t count = 0;
    if (door->router)
        ports[count++] = door->router;
    if (door->publish)
        ports[count++] = door->publish;
    for (uint32_t i = 0; i < count; i++)
        port_receive(ports[i], &parcel);
    parcel_release(&parcel);
    bus_wait(door->setup.bus, ports, count, NULL, 0, 5);
}

/* The next event of those that are watched for: 0 when none comes in time. Ports are seen to meanwhile. */
static int peer_event(struct door *door, struct peer *peer, int64_t patience_ms)
{
    for (int64_t end_ms = now_ms() + patience_ms; now_ms() < end_ms;) {
        zmq_msg_t event;
        zmq_msg_init(&event);
        int taken = zmq_msg_recv(&event, peer->monitor, ZMQ_DONTWAIT);
        uint16_t number = 0;
        if (taken >= 2) {
            memcpy(&number, zmq_msg_data(&event), sizeof number);
            while (zmq_msg_more(&event))
                zmq_msg_recv(&event, peer->monitor, 0); /* whose it is */
        }
        zmq_msg_close(&event);
        if (taken >= 0)
            return number;
        ports_see(door);
    }
    return 0;
}

/* Waits until the peer has had this event, whatever it has before. */
static bool peer_has(struct door *door, struct peer *peer, int events, int64_t patience_ms)
{
    int event = 1;
    int64_t end_ms = now_ms() + patience_ms;
    while (event != 0 && now_ms() < end_ms) {
        event = peer_event(door, peer, end_ms - now_ms());
        if (event & events)
            return true;
    }
    return false;
}

static bool peer_is_in(struct door *door, struct peer *peer)
{
    return peer_has(door, peer, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, PATIENCE_MS);
}

/* The handler has said no so often. Who is told so hears nothing of it before the handshake's time is over. */
static bool door_has_refused(struct door *door, uint64_t times)
{
    for (int64_t end_ms = now_ms() + PATIENCE_MS; zap_counts(door->zap).refused < times && now_ms() < end_ms;)
        ports_see(door);
    return zap_counts(door->zap).refused >= times;
}

static bool peer_is_refused(struct door *door, struct peer *peer)
{
    return (peer_event(door, peer, PATIENCE_MS) & HANDSHAKE_FAILED) != 0;
}

/* Sends a message, and says as whose it was received. */
static uint32_t number_of(struct door *door, struct peer *peer)
{
    struct parcel parcel = {.count = 0};
    uint32_t number = PRINCIPAL_NOBODY;
    assert_int_equal(zmq_send(peer->socket, "", 0, ZMQ_SNDMORE), 0);
    assert_int_equal(zmq_send(peer->socket, "PING", 4, 0), 4);
    int status = -E_AGAIN;
    for (int64_t end_ms = now_ms() + PATIENCE_MS; status == -E_AGAIN && now_ms() < end_ms;) {
        bus_wait(door->setup.bus, &door->router, 1, NULL, 0, 50);
        status = port_receive(door->router, &parcel);
    }
    assert_int_equal(status, 0);
    assert_int_equal(parcel.count, 3);
    assert_true(span_is(parcel.frame[2], "PING"));
    number = parcel.principal;
    parcel_release(&parcel);
    return number;
}

/* ---- who is let in ---- */

static void who_has_a_key_is_served_under_his_number(void **state)
{
    struct door *door = *state;
    handler_open(door);
    door->router = bound(door, PORT_ROUTER);
    struct peer boss = peer_of(door, BOSS, door->router), bay = peer_of(door, BAY, door->router);
    assert_true(peer_is_in(door, &boss) && peer_is_in(door, &bay));
    assert_int_equal(number_of(door, &bay), 5);
    assert_int_equal(number_of(door, &boss), 4);
    assert_int_equal(number_of(door, &bay), 5);
    assert_int_equal(zap_counts(door->zap).admitted, 2);
}

static void nobody_else_is_let_in(void **state)
{
    struct door *door = *state;
    door->person[BAY].more = "    revoked: true\n";
    snprintf(door->person[WALL].until, sizeof door->person[WALL].until, "2026-01-01T00:00:00Z");
    access_write(door);
    handler_open(door);
    door->router = bound(door, PORT_ROUTER);
    struct peer known[PEOPLE];
    for (enum who who = BAY; who < PEOPLE; who++)
        known[who] = peer_of(door, who, door->router);
    assert_true(door_has_refused(door, 3));
    struct peer keyless = peer_make(door, ZMQ_DEALER), plain = peer_make(door, ZMQ_DEALER),
                misled = peer_make(door, ZMQ_DEALER);
    zmq_setsockopt(plain.socket, ZMQ_PLAIN_USERNAME, "boss", 4);
    zmq_setsockopt(plain.socket, ZMQ_PLAIN_PASSWORD, "secret", 6);
    peer_key(&misled, &door->person[BOSS].key, door->person[BAY].key.public_key); /* another server's */
    struct peer *others[] = {&keyless, &plain, &misled};
    for (int i = 0; i < 3; i++) {
        peer_connect(others[i], door->router);
        assert_true(peer_is_refused(door, others[i]));
    }
    for (enum who who = BAY; who < PEOPLE; who++) {
        assert_true(peer_is_refused(door, &known[who]));
    }
    assert_int_equal(zap_counts(door->zap).admitted, 0);
}

static void without_a_handler_nobody_is_let_in(void **state)
{
    struct door *door = *state;
    door->router = bound(door, PORT_ROUTER);
    struct peer boss = peer_of(door, BOSS, door->router);
    assert_true(peer_is_refused(door, &boss));
    handler_open(door);
    assert_true(peer_is_in(door, &boss));
}

static void when_the_handler_is_gone_those_inside_go_on_and_newcomers_wait(void **state)
{
    struct door *door = *state;
    handler_open(door);
    door->router = bound(door, PORT_ROUTER);
    struct peer boss = peer_of(door, BOSS, door->router);
    assert_true(peer_is_in(door, &boss));
    zap_close(door->zap);
    door->zap = NULL;
    struct peer bay = peer_of(door, BAY, door->router);
    assert_true(peer_is_refused(door, &bay));
    assert_int_equal(number_of(door, &boss), 4);
    handler_open(door);
    assert_true(peer_is_in(door, &bay));
    assert_int_equal(number_of(door, &bay), 5);
}

static void a_handler_that_does_not_answer_lets_nobody_in(void **state)
{
    struct door *door = *state;
    void *stuck = zmq_socket(door->setup.bus->context, ZMQ_ROUTER);
    assert_non_null(stuck);
    int bound_stuck = zmq_bind(stuck, "inproc://zeromq.zap.01");
    door->router = bound(door, PORT_ROUTER);
    struct peer boss = peer_of(door, BOSS, door->router);
    bool refused = peer_is_refused(door, &boss);
    zmq_close(stuck);
    assert_int_equal(bound_stuck, 0);
    assert_true(refused);
}

static void there_is_one_handler_in_a_process(void **state)
{
    struct door *door = *state;
    struct zap *second;
    char message[KEYRING_MESSAGE_MAX];
    handler_open(door);
    assert_int_equal(zap_open(&door->setup, &second, message), -E_PORT_IN_USE);
}

/* ---- how it ends ---- */

static void a_revoked_key_ends_its_connection_and_comes_back_when_allowed(void **state)
{
    struct door *door = *state;
    handler_open(door);
    door->router = bound(door, PORT_ROUTER);
    struct peer boss = peer_of(door, BOSS, door->router), bay = peer_of(door, BAY, door->router);
    assert_true(peer_is_in(door, &boss) && peer_is_in(door, &bay));
    door->person[BAY].more = "    revoked: true\n";
    access_write(door);
    assert_true(peer_has(door, &bay, ZMQ_EVENT_DISCONNECTED, ENDED_MS));
    assert_true(door_has_refused(door, 1));
    assert_true(peer_is_in(door, &boss)); /* again */
    assert_int_equal(number_of(door, &boss), 4);
    door->person[BAY].more = "";
    access_write(door);
    assert_true(peer_is_in(door, &bay)); /* with the same socket */
    assert_int_equal(number_of(door, &bay), 5);
}

static void a_key_ends_when_its_time_is_over(void **state)
{
    struct door *door = *state;
    char until[RFC3339_LEN + 1];
    rfc3339_format(clock_read(door->setup.clock).wall_ms + 15000, until); /* 1.5 s of ours */
    snprintf(door->person[BAY].until, sizeof door->person[BAY].until, "%.19sZ", until);
    access_write(door);
    handler_open(door);
    door->router = bound(door, PORT_ROUTER);
    struct peer bay = peer_of(door, BAY, door->router);
    assert_true(peer_is_in(door, &bay));
    assert_true(peer_has(door, &bay, ZMQ_EVENT_DISCONNECTED, PATIENCE_MS));
    assert_true(door_has_refused(door, 1));
}

static void a_new_key_disturbs_nobody(void **state)
{
    struct door *door = *state;
    handler_open(door);
    door->router = bound(door, PORT_ROUTER);
    struct peer boss = peer_of(door, BOSS, door->router), stranger = peer_of(door, STRANGER, door->router);
    assert_true(peer_is_in(door, &boss));
    assert_true(door_has_refused(door, 1));
    door->person[STRANGER].roles = "publisher";
    access_write(door);
    assert_true(peer_is_in(door, &stranger));
    assert_int_equal(number_of(door, &stranger), 7);
    assert_int_equal(number_of(door, &boss), 4);
    assert_int_equal(zap_counts(door->zap).admitted, 2); /* the boss had to come in but once */
}

static void who_may_not_see_everything_can_not_subscribe(void **state)
{
    struct door *door = *state;
    handler_open(door);
    door->router = bound(door, PORT_ROUTER);
    door->publish = bound(door, PORT_XPUB);
    struct peer wall = peer_of(door, WALL, door->publish), boss = peer_of(door, BOSS, door->publish);
    assert_true(peer_is_in(door, &boss));
    assert_true(door_has_refused(door, 1));
    struct peer asking = peer_of(door, WALL, door->router); /* where cards are filtered */
    assert_true(peer_is_in(door, &asking));
    door->person[BOSS].roles = "director"; /* of all stores: but not of the group's own cases */
    access_write(door);
    uint64_t refused = zap_counts(door->zap).refused;
    assert_true(peer_has(door, &boss, ZMQ_EVENT_DISCONNECTED, ENDED_MS));
    assert_true(door_has_refused(door, refused + 1));
    assert_false(peer_has(door, &wall, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, 1));
}

/* ---- keys of a bus ---- */

static void inner_ports_of_a_keyed_bus_are_keyless(void **state)
{
    struct door *door = *state;
    char endpoint[ENDPOINT_TEXT_MAX];
    snprintf(endpoint, sizeof endpoint, "ipc://%s/inner.sock", door->folder);
    const struct port_options options = {.kind = PORT_ROUTER, .endpoint = endpoint, .bind = true};
    assert_int_equal(port_open(door->setup.bus, &options, &door->router), 0);
    struct peer worker = peer_make(door, ZMQ_DEALER);
    peer_connect(&worker, door->router);
    assert_int_equal(number_of(door, &worker), 0);
}

static void halves_that_do_not_belong_together_are_refused(void **state)
{
    struct door *door = *state;
    struct bus_keys keys = {.public_key = {0}};
    memcpy(keys.public_key, door->person[BAY].key.public_key, 32);
    memcpy(keys.secret_key, door->person[BOSS].key.secret_key, 32);
    assert_int_equal(bus_use_keys(door->setup.bus, &keys), -E_BAD_KEY_FILE);
}

#define AT_THE_DOOR(test) cmocka_unit_test_setup_teardown(test, door_open, door_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_THE_DOOR(who_has_a_key_is_served_under_his_number),
        AT_THE_DOOR(nobody_else_is_let_in),
        AT_THE_DOOR(without_a_handler_nobody_is_let_in),
        AT_THE_DOOR(when_the_handler_is_gone_those_inside_go_on_and_newcomers_wait),
        AT_THE_DOOR(a_handler_that_does_not_answer_lets_nobody_in),
        AT_THE_DOOR(there_is_one_handler_in_a_process),
        AT_THE_DOOR(a_revoked_key_ends_its_connection_and_comes_back_when_allowed),
        AT_THE_DOOR(a_key_ends_when_its_time_is_over),
        AT_THE_DOOR(a_new_key_disturbs_nobody),
        AT_THE_DOOR(who_may_not_see_everything_can_not_subscribe),
        AT_THE_DOOR(inner_ports_of_a_keyed_bus_are_keyless),
        AT_THE_DOOR(halves_that_do_not_belong_together_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

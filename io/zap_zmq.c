/*
 * zap_zmq.c - the thread that answers at inproc://zeromq.zap.01.
 */
#include "io/zap.h"

#include "core/ensure.h"
#include "core/status.h"
#include "io/audit.h"
#include "io/bus_zmq.h"
#include "io/log.h"
#include "io/loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ZAP_ENDPOINT "inproc://zeromq.zap.01"
#define FRAMES_MAX (2 + ZAP_FRAMES) /* before them, ZeroMQ's route to the connection and an empty one */
#define TURN_REQUESTS 256u
#define LOOK_MS 1000 /* at the access file */
#define SAY_AGAIN_MS 60000
#define REASONS 4u

/* Refusals for one reason: said at once, then once a minute. */
struct reason {
    int status; /* 0: free */
    uint64_t times;
    int64_t said_ms;
};

struct zap {
    struct bus *bus;
    struct clock *clock;
    struct keyring *keyring;
    struct audit *audit;
    void *socket;
    int wake_fd;
    bool started;
    pthread_t thread;
    atomic_bool stop;
    atomic_uint_fast64_t admitted, refused;
    struct reason reason[REASONS];
};

/* One question as it came. */
struct question {
    zmq_msg_t message[FRAMES_MAX];
    struct span frame[FRAMES_MAX];
    uint32_t count;
    bool whole; /* of no more frames than one may have */
};

static void question_drop(struct question *question)
{
    for (uint32_t i = 0; i < question->count; i++)
        zmq_msg_close(&question->message[i]);
    question->count = 0;
}

/* false: there is none. */
static bool question_take(struct zap *zap, struct question *question)
{
    *question = (struct question){.whole = true};
    for (bool more = true; more;) {
        zmq_msg_t message;
        zmq_msg_init(&message);
        if (zmq_msg_recv(&message, zap->socket, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&message);
            question_drop(question);
            return false;
        }
        more = zmq_msg_more(&message);
        if (question->count == FRAMES_MAX) {
            question->whole = false;
            zmq_msg_close(&message);
            continue;
        }
        zmq_msg_t *kept = &question->message[question->count];
        zmq_msg_init(kept);
        zmq_msg_move(kept, &message);
        question->frame[question->count++] = span_make(zmq_msg_data(kept), zmq_msg_size(kept));
    }
    return true;
}

static void answer(struct zap *zap, const struct question *question, int status, uint32_t number)
{
    char user[16];
    const int user_len = snprintf(user, sizeof user, "%u", (unsigned)number);
    const struct span frames[] = {
        question->frame[0],
        span_of(""),
        span_of("1.0"),
        question->frame[2 + ZAP_REQUEST],
        span_of(status ? "300" : "200"),
        span_of(status ? status_text(status)->code : "OK"),
        span_make(user, status ? 0 : (size_t)user_len),
        span_of(""), /* no metadata of ours */
    };
    const uint32_t count = sizeof frames / sizeof frames[0];
    for (uint32_t i = 0; i < count; i++)
        zmq_send(zap->socket, frames[i].at, frames[i].len, ZMQ_DONTWAIT | (i + 1 < count ? ZMQ_SNDMORE : 0));
}

static void refusal_say(struct zap *zap, int status, struct span address, int64_t now_ms)
{
    struct reason *reason = zap->reason;
    while (reason < zap->reason + REASONS - 1 && reason->status != 0 && reason->status != status)
        reason++;
    if (reason->status == 0)
        *reason = (struct reason){.status = status, .said_ms = now_ms - SAY_AGAIN_MS};
    reason->times++;
    if (now_ms - reason->said_ms < SAY_AGAIN_MS)
        return;
    log_line(LOG_WARNING, "door", "refused %llu connection%s, the last from %.*s: %s %s",
             (unsigned long long)reason->times, reason->times == 1 ? "" : "s", SPAN_ARGS(address),
             status_text(status)->code, status_text(status)->summary);
    reason->times = 0;
    reason->said_ms = now_ms;
}

/* Who was refused: where from, and whose the key is or was. */
static struct caller caller_of_question(const struct zap *zap, const struct span *frame, uint32_t count)
{
    const struct access *access = keyring_access(zap->keyring);
    struct caller caller = {.peer = count > ZAP_ADDRESS ? frame[ZAP_ADDRESS] : span_of("nobody knows where")};
    if (count > ZAP_KEY && frame[ZAP_KEY].len == BUS_KEY_BYTES)
        caller.number = keyring_number_of_key(zap->keyring, frame[ZAP_KEY].at);
    if (caller.number != PRINCIPAL_LOCAL)
        caller.name = access_span(access, access_of_number(access, caller.number)->name);
    return caller;
}

static void question_answer(struct zap *zap, const struct question *question, struct clock_reading now)
{
    const struct principal *principal = NULL;
    const struct span *frame = question->frame + 2;
    if (question->count < 2 + ZAP_REQUEST + 1)
        return; /* nobody can be answered */
    uint32_t count = question->whole ? question->count - 2 : 0;
    int status = zap_judge(zap->keyring, frame, count, now.wall_ms, &principal);
    answer(zap, question, status, principal ? principal->number : 0);
    if (status == 0) {
        atomic_fetch_add(&zap->admitted, 1);
        return;
    }
    const struct caller caller = caller_of_question(zap, frame, count);
    atomic_fetch_add(&zap->refused, 1);
    bus_peer_refused(zap->bus);
    refusal_say(zap, status, caller.peer, now.monotonic_ms);
    audit_refused(zap->audit, &caller, span_of("connect"), status);
}

static void questions_answer(struct zap *zap, struct clock_reading now)
{
    struct question question;
    for (uint32_t i = 0; i < TURN_REQUESTS && question_take(zap, &question); i++) {
        question_answer(zap, &question, now);
        question_drop(&question);
    }
}

static void zap_wait(struct zap *zap, struct clock_reading now)
{
    struct port *port = audit_port(zap->audit);
    int64_t due_ms = audit_due_ms(zap->audit), wait_ms = LOOK_MS;
    if (due_ms < now.monotonic_ms + wait_ms)
        wait_ms = due_ms > now.monotonic_ms ? due_ms - now.monotonic_ms : 0;
    zmq_pollitem_t items[] = {
        {.socket = zap->socket, .events = ZMQ_POLLIN},
        {.fd = zap->wake_fd, .events = ZMQ_POLLIN},
        {.socket = port ? port->socket : NULL, .events = ZMQ_POLLIN},
    };
    zmq_poll(items, port ? 3 : 2, clock_real_wait_ms(zap->clock, wait_ms));
}

static void *zap_main(void *context)
{
    struct zap *zap = context;
    while (!atomic_load(&zap->stop)) {
        struct clock_reading now = clock_read(zap->clock);
        enum keyring_change change = keyring_turn(zap->keyring, now);
        if (change != KEYRING_SAME)
            bus_end_connections(zap->bus, change == KEYRING_ENDED);
        audit_turn(zap->audit, now);
        questions_answer(zap, now);
        zap_wait(zap, now);
    }
    return NULL;
}

static int socket_open(struct zap *zap)
{
    const int none = 0;
    zap->socket = zmq_socket(zap->bus->context, ZMQ_ROUTER);
    if (!zap->socket)
        return -E_NO_DESCRIPTORS;
    zmq_setsockopt(zap->socket, ZMQ_LINGER, &none, sizeof none);
    if (zmq_bind(zap->socket, ZAP_ENDPOINT) == 0)
        return 0;
    return errno == EADDRINUSE ? -E_PORT_IN_USE : -E_IO;
}

int zap_open(const struct setup *setup, struct zap **ret_zap, char message[KEYRING_MESSAGE_MAX])
{
    struct zap *zap = calloc(1, sizeof *zap);
    snprintf(message, KEYRING_MESSAGE_MAX, ZAP_ENDPOINT);
    if (!zap)
        return -E_NO_MEMORY;
    zap->bus = setup->bus;
    zap->clock = setup->clock;
    zap->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int result = zap->wake_fd < 0 ? -E_NO_DESCRIPTORS : keyring_open(setup->access_path, &zap->keyring, message);
    if (result == 0)
        result = audit_open(setup, "door", &zap->audit);
    if (result == 0)
        result = socket_open(zap);
    if (result == 0) {
        zap->started = pthread_create(&zap->thread, NULL, zap_main, zap) == 0;
        result = zap->started ? 0 : -E_NO_MEMORY;
    }
    if (result == 0)
        *ret_zap = zap;
    else
        zap_close(zap);
    return result;
}

void zap_close(struct zap *zap)
{
    if (!zap)
        return;
    if (zap->started) {
        atomic_store(&zap->stop, true);
        loop_wake(zap->wake_fd);
        pthread_join(zap->thread, NULL);
    }
    if (zap->socket)
        zmq_close(zap->socket);
    audit_close(zap->audit);
    keyring_close(zap->keyring);
    if (zap->wake_fd >= 0)
        close(zap->wake_fd);
    free(zap);
}

struct zap_counts zap_counts(const struct zap *zap)
{
    return (struct zap_counts){atomic_load(&zap->admitted), atomic_load(&zap->refused)};
}

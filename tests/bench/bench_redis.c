/*
 * bench_redis.c - loads a Redis stream with XADD, pipelined: what the server's `appendfsync` promises, its answer means.
 *
 *   bench_redis PORT [events unanswered, 900] [seconds, 5] [connections, 50]
 *
 * The unanswered events are shared by the connections: Redis syncs once for what it has read from all of them.
 */
#include "tests/bench/events.h"
#include "tests/bench/load.h"

#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS_MAX 1000u
#define XADD "*5\r\n$4\r\nXADD\r\n$4\r\nmain\r\n$1\r\n*\r\n$1\r\ne\r\n$229\r\n"
#define XADD_LEN (sizeof XADD - 1)

_Static_assert(EVENT_MIX_BYTES == 229, "XADD says how long an event is");

struct connection {
    redisContext *redis;
    struct latencies latencies; /* Redis answers each connection in its order */
    bool unwritten;
};

struct load {
    struct connection *connection;
    struct pollfd *poll;
    uint64_t connections, in_flight; /* in_flight: of each connection */
    struct event_mix mix;
    struct latencies all; /* whose samples come from every connection */
};

static void connection_open(struct connection *connection, int port, uint64_t in_flight)
{
    connection->redis = redisConnectNonBlock("127.0.0.1", port);
    if (!connection->redis || connection->redis->err)
        load_fail("redis: %s", connection->redis ? connection->redis->errstr : "no memory");
    latencies_open(&connection->latencies, in_flight);
}

static void fill(struct load *load, struct connection *connection)
{
    char command[XADD_LEN + EVENT_MIX_BYTES + 2];
    memcpy(command, XADD, XADD_LEN);
    memcpy(command + XADD_LEN + EVENT_MIX_BYTES, "\r\n", 2);
    double now = load_now();
    while (latencies_unanswered(&connection->latencies) < load->in_flight) {
        memcpy(command + XADD_LEN, event_mix_next(&load->mix).at, EVENT_MIX_BYTES);
        if (redisAppendFormattedCommand(connection->redis, command, sizeof command) != REDIS_OK)
            load_fail("redis: %s", connection->redis->errstr);
        latencies_sent(&connection->latencies, now);
        connection->unwritten = true;
    }
}

static void write_out(struct connection *connection)
{
    int done = 0;
    if (redisBufferWrite(connection->redis, &done) != REDIS_OK)
        load_fail("redis: %s", connection->redis->errstr);
    connection->unwritten = !done;
}

static uint64_t answers_take(struct connection *connection)
{
    uint64_t taken = 0;
    void *reply = NULL;
    if (redisBufferRead(connection->redis) != REDIS_OK)
        load_fail("redis: %s", connection->redis->errstr);
    double now = load_now();
    while (redisGetReplyFromReader(connection->redis, &reply) == REDIS_OK && reply) {
        const redisReply *answer = reply;
        if (answer->type == REDIS_REPLY_ERROR)
            load_fail("redis: %s", answer->str);
        latencies_answered(&connection->latencies, now);
        freeReplyObject(reply);
        reply = NULL;
        taken++;
    }
    return taken;
}

/* Answered events. */
static uint64_t turn(struct load *load)
{
    uint64_t taken = 0;
    for (uint64_t i = 0; i < load->connections; i++)
        load->poll[i] = (struct pollfd){.fd = load->connection[i].redis->fd,
                                        .events = (short)(POLLIN | (load->connection[i].unwritten ? POLLOUT : 0))};
    if (poll(load->poll, load->connections, (int)(LOAD_SILENCE_S * 1000)) == 0)
        load_fail("redis: no answer for %.0f s", LOAD_SILENCE_S);
    for (uint64_t i = 0; i < load->connections; i++) {
        if (load->poll[i].revents & POLLOUT)
            write_out(&load->connection[i]);
        if (load->poll[i].revents & (POLLIN | POLLHUP | POLLERR))
            taken += answers_take(&load->connection[i]);
    }
    return taken;
}

static uint64_t publish(struct load *load, double end)
{
    uint64_t answered = 0;
    for (;;) {
        uint64_t unanswered = 0;
        bool more = load_now() < end;
        for (uint64_t i = 0; i < load->connections; i++) {
            struct connection *connection = &load->connection[i];
            if (more)
                fill(load, connection);
            if (connection->unwritten)
                write_out(connection);
            unanswered += latencies_unanswered(&connection->latencies);
        }
        if (unanswered == 0)
            return answered;
        answered += turn(load);
    }
}

static void samples_gather(struct load *load)
{
    latencies_open(&load->all, 1);
    for (uint64_t i = 0; i < load->connections; i++) {
        struct latencies *one = &load->connection[i].latencies;
        for (uint64_t at = 0; at < one->samples && load->all.samples < LOAD_SAMPLES_MAX; at++)
            load->all.sample[load->all.samples++] = one->sample[at];
        latencies_close(one);
        redisFree(load->connection[i].redis);
    }
}

int main(int argc, char **argv)
{
    static struct load load;
    if (argc < 2) {
        fprintf(stderr, "bench_redis PORT [events unanswered] [seconds] [connections]\n");
        return 64;
    }
    uint64_t unanswered = load_number(argc, argv, 2, 900), seconds = load_number(argc, argv, 3, 5);
    load.connections = load_number(argc, argv, 4, 50);
    if (load.connections == 0 || load.connections > CONNECTIONS_MAX || unanswered < load.connections)
        load_fail("1 to %u connections, each with an event unanswered", CONNECTIONS_MAX);
    load.in_flight = unanswered / load.connections;
    load.connection = calloc(load.connections, sizeof *load.connection);
    load.poll = calloc(load.connections, sizeof *load.poll);
    event_mix_init(&load.mix, 0, 0);
    for (uint64_t i = 0; i < load.connections; i++)
        connection_open(&load.connection[i], (int)load_number(argc, argv, 1, 0), load.in_flight);
    double begin = load_now();
    uint64_t events = publish(&load, begin + (double)seconds);
    double took = load_now() - begin;
    samples_gather(&load);
    load_print(&load.all, events, took, "");
    latencies_close(&load.all);
    free(load.connection);
    free(load.poll);
    return 0;
}

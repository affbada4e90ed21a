/*
 * notifier_stand.h - a notifier between a made-up journal, whose cards say by the plainest rules what was sent, and receivers that
 * are fine, down, slow or forgetful.
 */
#ifndef MANYI_TESTS_NOTIFIER_STAND_H
#define MANYI_TESTS_NOTIFIER_STAND_H

#include "tests/unit/notifier_made.h"

/* ---- the files ---- */

static const char one_hook[] = "language: en\n"
                               "targets:\n"
                               "  - {name: hook, kind: webhook, url: \"http://127.0.0.1/\", secret_file: s}\n"
                               "people:\n"
                               "  wang.li: [{target: hook}]\n";

static const char many_ways[] = "language: zh\n"
                                "targets:\n"
                                "  - {name: mail, kind: smtp, host: localhost, from: a@example.com}\n"
                                "  - {name: sms, kind: command, command: /bin/sms}\n"
                                "  - {name: room, kind: wecom, url: \"https://robot\"}\n"
                                "people:\n"
                                "  wang.li:\n"
                                "    - {target: mail, address: wang.li@example.com}\n"
                                "    - {target: sms, address: \"13800000000\"}\n"
                                "  chen.jing: [{target: mail, address: chen.jing@example.com}]\n"
                                "  zhao.min: [{target: mail, address: full@example.com}]\n"
                                "  manager@sh-pudong/service: [{target: room}]\n"
                                "  director: [{target: sms, address: \"13900000000\"}]\n";

enum { MAIL, SMS, ROOM };

/* ---- the receivers ---- */

static inline struct courier_sim_fate stand_weather(void *context, const struct notice_target *target,
                                                    const struct courier_message *message, struct clock_reading now)
{
    struct stand *stand = context;
    const struct receiver *receiver = &stand->receiver[target - stand->notices->target];
    struct courier_sim_fate fate = {.arrives = true, .delay_ms = receiver->delay_ms};
    const char *reason = "";
    switch (receiver->weather) {
    case FINE:
    case SLOW:
        break;
    case DOWN:
        fate.arrives = false;
        fate.outcome.verdict = COURIER_TRANSIENT;
        fate.outcome.of_target = true;
        reason = "connection refused";
        break;
    case ERROR_500:
        fate.arrives = false;
        fate.outcome.verdict = COURIER_TRANSIENT;
        reason = "HTTP 500";
        break;
    case GONE:
        fate.arrives = false;
        fate.outcome.verdict = COURIER_PERMANENT;
        reason = "HTTP 410";
        break;
    case FORGETFUL:
        fate.outcome.verdict = COURIER_TRANSIENT;
        fate.outcome.of_target = true;
        reason = "timed out";
        break;
    case MAILBOX_FULL:
        fate.arrives = !span_is(message->address, "full@example.com");
        fate.outcome.verdict = fate.arrives ? COURIER_DELIVERED : COURIER_TRANSIENT;
        reason = fate.arrives ? "" : "SMTP 452";
        break;
    }
    snprintf(fate.outcome.reason, sizeof fate.outcome.reason, "%s", reason);
    assert_true(stand->arrival_count < ARRIVALS_MAX);
    struct arrival *arrival = &stand->arrivals[stand->arrival_count++];
    *arrival = (struct arrival){.at_ms = now.wall_ms, .arrived = fate.arrives};
    snprintf(arrival->target, sizeof arrival->target, "%s", target->name);
    snprintf(arrival->id, sizeof arrival->id, "%.*s", SPAN_ARGS(message->id));
    snprintf(arrival->address, sizeof arrival->address, "%.*s", SPAN_ARGS(message->address));
    snprintf(arrival->text, sizeof arrival->text, "%.*s", SPAN_ARGS(message->text));
    return fate;
}

static inline uint32_t arrivals_of(const struct stand *stand, const char *target)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < stand->arrival_count; i++)
        count += stand->arrivals[i].arrived && strcmp(stand->arrivals[i].target, target) == 0;
    return count;
}

/* ---- life ---- */

static inline struct port *router_open(struct stand *stand, const char *endpoint)
{
    struct port *port;
    const struct port_options options = {.kind = PORT_ROUTER, .endpoint = endpoint, .bind = true};
    assert_int_equal(port_open(stand->bus, &options, &port), 0);
    return port;
}

static inline void notifier_start(struct stand *stand)
{
    assert_int_equal(courier_open(&stand->courier), 0);
    courier_sim_set_weather(stand->courier, stand_weather, stand);
    assert_int_equal(notifier_open(&stand->setup, stand->courier, stand->notices, &stand->notifier), 0);
}

static inline void notifier_crash(struct stand *stand)
{
    notifier_close(stand->notifier);
    stand->parked_route_len = 0;
    notifier_start(stand);
}

static inline void stand_open(struct stand *stand, const char *file)
{
    char message[NOTICES_MESSAGE_MAX] = "";
    *stand = (struct stand){.lineage = "L1", .now = {START_MS, 1000000}};
    stand->cards = calloc(MADE_CARDS_MAX, sizeof *stand->cards);
    stand->told = calloc(TOLD_MAX, sizeof *stand->told);
    stand->arrivals = calloc(ARRIVALS_MAX, sizeof *stand->arrivals);
    stand->notices = calloc(1, sizeof *stand->notices);
    assert_true(stand->cards && stand->told && stand->arrivals && stand->notices);
    int result = notices_parse(span_of(file), stand->notices, message);
    if (result)
        print_message("%s\n", message);
    assert_int_equal(result, 0);
    assert_int_equal(bus_open(&stand->bus), 0);
    stand->setup = (struct setup){.bus = stand->bus,
                                  .intake_trusted_endpoint = "inproc://intake-trusted",
                                  .query_trusted_endpoint = "inproc://query-trusted",
                                  .replay_trusted_endpoint = "inproc://replay-trusted"};
    stand->replay = router_open(stand, stand->setup.replay_trusted_endpoint);
    stand->intake = router_open(stand, stand->setup.intake_trusted_endpoint);
    stand->query = router_open(stand, stand->setup.query_trusted_endpoint);
    notifier_start(stand);
}

static inline void stand_close(struct stand *stand)
{
    notifier_close(stand->notifier);
    parcel_release(&stand->parcel);
    port_close(stand->replay);
    port_close(stand->intake);
    port_close(stand->query);
    bus_close(stand->bus);
    free(stand->cards);
    free(stand->told);
    free(stand->arrivals);
    notices_free(stand->notices);
}

/* One turn of everybody; returns how long nothing more happens by itself. */
static inline int64_t stand_turn(struct stand *stand)
{
    int64_t wait_ms = 0;
    assert_int_equal(notifier_turn(stand->notifier, stand->now, &wait_ms), 0);
    stand_serve(stand);
    stand->turns++;
    return wait_ms;
}

static inline bool notifier_has_mail(const struct stand *stand)
{
    struct port *ports[4];
    uint32_t count = notifier_ports(stand->notifier, ports);
    bool any = false;
    for (uint32_t i = 0; i < count; i++)
        any = any || bus_sim_port_has_mail(ports[i]);
    return any;
}

static inline void time_passes(struct stand *stand, int64_t ms)
{
    int64_t end_ms = stand->now.monotonic_ms + ms;
    for (;;) {
        int64_t wait_ms = 0;
        do {
            wait_ms = stand_turn(stand);
        } while (notifier_has_mail(stand));
        int64_t left_ms = end_ms - stand->now.monotonic_ms;
        if (left_ms <= 0)
            return;
        if (wait_ms < 1)
            wait_ms = 1;
        int64_t step_ms = wait_ms < left_ms ? wait_ms : left_ms;
        stand->now.wall_ms += step_ms;
        stand->now.monotonic_ms += step_ms;
    }
}

#endif

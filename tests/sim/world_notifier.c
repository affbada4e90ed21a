/*
 * world_notifier.c - the notifier in the simulated world: its file, and receivers that are down for a day, slow, answer 500, or take a
 * message and say that they have not.
 *
 * It takes the postman's place (cast_postman.c) in one world of ten. Watched here: one message a target at a time, and none
 * again that its receiver has said to have, as long as the notifier lives.
 */
#include "core/ensure.h"
#include "core/sample.h"
#include "io/courier_sim.h"
#include "tests/sim/world_inside.h"

#include <stdio.h>
#include <stdlib.h>

#define TARGETS 3u

static const char file[] = "language: zh\n"
                           "targets:\n"
                           "  - {name: mail, kind: smtp, host: mail, from: manyi@example.com}\n"
                           "  - {name: room, kind: wecom, url: \"https://room\"}\n"
                           "  - {name: hook, kind: webhook, url: \"https://hook\", secret_file: hook}\n"
                           "people:\n"
                           "  director: [{target: hook}]\n"
                           "  manager: [{target: room}, {target: mail, address: manager@example.com}]\n"
                           "  default: [{target: mail, address: all@example.com}, {target: hook}]\n";

enum receiver_weather { FINE, DOWN, SLOW, ERROR_500, FORGETFUL, DEAD, WEATHERS };

struct receiver {
    enum receiver_weather weather;
    int64_t until_ms; /* then it changes */
    int64_t busy_ms;  /* until it has answered */
};

struct notifying {
    struct notices notices;
    struct receiver receivers[TARGETS];
    struct dice dice;
    uint64_t *taken; /* hashes of ids that receivers said to have, in this life */
    uint32_t taken_count, taken_capacity;
};

bool notifier_is_drawn(uint64_t seed)
{
    struct dice dice = dice_of(seed, "notifier");
    return dice_chance(&dice, 1, 10);
}

static void receiver_change(struct world *world, struct notifying *notifying, struct receiver *receiver)
{
    struct dice *dice = &notifying->dice;
    bool fine = world->healed || world->options.calm || dice_chance(dice, 1, 2);
    receiver->weather = fine ? FINE : (enum receiver_weather)dice_between(dice, DOWN, WEATHERS - 1);
    int64_t most_ms = receiver->weather == FINE ? HOURS(6) : HOURS(24);
    receiver->until_ms = world->now_ms + dice_between(dice, MINUTES(1), most_ms);
}

/* The receiver has said that it has this message: does it get it again? */
static void taken_note(struct world *world, struct notifying *notifying, struct span id)
{
    uint64_t hash = siphash(0, 0, id);
    for (uint32_t i = 0; i < notifying->taken_count; i++) {
        if (notifying->taken[i] == hash)
            world_violated(world, "told once", "%.*s goes out again, though it has arrived", SPAN_ARGS(id));
    }
    if (notifying->taken_count == notifying->taken_capacity) {
        notifying->taken_capacity = notifying->taken_capacity ? 2 * notifying->taken_capacity : 256;
        notifying->taken = realloc(notifying->taken, notifying->taken_capacity * sizeof *notifying->taken);
        ensure(notifying->taken != NULL);
    }
    notifying->taken[notifying->taken_count++] = hash;
}

static struct courier_sim_fate message_goes(void *context, const struct notice_target *target,
                                            const struct courier_message *message, struct clock_reading now)
{
    struct world *world = context;
    struct notifying *notifying = world->inside->notifying;
    struct receiver *receiver = &notifying->receivers[target - notifying->notices.target];
    struct heap_account *charged = heap_charge(NULL);
    (void)now;
    if (world->now_ms >= receiver->until_ms || (world->healed && receiver->weather != FINE))
        receiver_change(world, notifying, receiver);
    if (receiver->busy_ms > world->now_ms)
        world_violated(world, "one at a time", "%s gets another message before it has answered", target->name);
    static const enum courier_verdict verdicts[WEATHERS] = {[DOWN] = COURIER_TRANSIENT,
                                                            [ERROR_500] = COURIER_TRANSIENT,
                                                            [FORGETFUL] = COURIER_TRANSIENT,
                                                            [DEAD] = COURIER_PERMANENT};
    struct courier_sim_fate fate = {
        .arrives = receiver->weather == FINE || receiver->weather == SLOW || receiver->weather == FORGETFUL,
        .delay_ms = dice_between(&notifying->dice, 0, receiver->weather == SLOW ? MINUTES(10) : 400),
        .outcome = {.verdict = verdicts[receiver->weather],
                    .of_target = receiver->weather == DOWN || receiver->weather == FORGETFUL},
    };
    if (fate.outcome.verdict != COURIER_DELIVERED)
        snprintf(fate.outcome.reason, sizeof fate.outcome.reason, "weather %d", (int)receiver->weather);
    else
        taken_note(world, notifying, message->id);
    receiver->busy_ms = world->now_ms + fate.delay_ms;
    trace_bytes(world, message->id);
    world_tell(world, target->name, "%s %.*s", fate.arrives ? "gets" : "does not get", SPAN_ARGS(message->id));
    heap_charge(charged);
    return fate;
}

void notifying_open(struct world *world)
{
    char message[NOTICES_MESSAGE_MAX];
    struct notifying *notifying = calloc(1, sizeof *notifying);
    ensure(notifying != NULL);
    int status = notices_parse(span_of(file), &notifying->notices, message);
    ensure(status == 0);
    ensure(notifying->notices.target_count == TARGETS);
    notifying->dice = dice_of(world->options.seed, "receivers");
    world->inside->notifying = notifying;
}

void notifying_close(struct world *world)
{
    if (world->inside->notifying)
        free(world->inside->notifying->taken);
    free(world->inside->notifying);
    world->inside->notifying = NULL;
}

/* Another life: what was on its way is forgotten, and may go out again. */
int notifying_start(struct world *world, struct notifier **ret_notifier)
{
    struct notifying *notifying = world->inside->notifying;
    struct courier *courier;
    int status = courier_open(&courier);
    if (status)
        return status;
    notifying->taken_count = 0;
    for (uint32_t i = 0; i < TARGETS; i++)
        notifying->receivers[i].busy_ms = 0;
    courier_sim_set_weather(courier, message_goes, world);
    return notifier_open(&world->setup, courier, &notifying->notices, ret_notifier);
}

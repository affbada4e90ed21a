/*
 * world_weather.c - what becomes of each message: by where it travels, and by the weather there.
 *
 *     within a process             arrives at once, always
 *     between the server's own     a moment later; cut now and then, by faults
 *     to and from the cast         by the sky over that member: calm, or a storm of delays, losses, repeats and cuts;
 *                                  partitioned for a while: nothing gets through
 *
 * A HELLO never comes twice: a connection does not repeat, and greeting twice is how one fences oneself.
 */
#include "core/ensure.h"
#include "schemas/wire.h"
#include "tests/sim/world_inside.h"

#define CALM_DELAY_MOST_MS 3
#define CUT_EVERY 400 /* of the server's own messages, in a storm */

static struct sky *sky_of(struct world *world, const struct bus_sim_message *message)
{
    bool to_server = message->sender >= CAST_OWNER;
    uint32_t member = (to_server ? message->sender : message->receiver) - CAST_OWNER;
    ensure(member < MEMBERS_MAX);
    return &world->inside->sky[to_server ? 0 : 1][member];
}

static void sky_change(struct world *world, struct sky *sky)
{
    struct dice *dice = &world->inside->weather;
    const struct schedule *schedule = &world->inside->schedule;
    *sky = (struct sky){.until_ms = world->now_ms + dice_between(dice, SECONDS(5), HOURS(3)),
                        .partition_until_ms = sky->partition_until_ms,
                        .delay_most_ms = CALM_DELAY_MOST_MS};
    if (!dice_chance(dice, schedule->storm, 100))
        return;
    static const int64_t delays_ms[] = {20, 200, 1500, 6000};
    if (schedule->every[FAULT_delay])
        sky->delay_most_ms = delays_ms[dice_between(dice, 0, 3)];
    if (schedule->every[FAULT_loss] && dice_chance(dice, 1, 2))
        sky->loss = (uint32_t)dice_between(dice, 10, 1500);
    if (schedule->every[FAULT_repeat] && dice_chance(dice, 1, 2))
        sky->repeat = (uint32_t)dice_between(dice, 10, 1500);
    if (schedule->every[FAULT_cut] && dice_chance(dice, 1, 2))
        sky->cut = (uint32_t)dice_between(dice, 10, 500);
}

static bool may_come_twice(const struct bus_sim_message *message)
{
    return message->count == 3 && !span_is(message->frames[1], "HELLO");
}

static struct bus_sim_fate fate_outside(struct world *world, const struct bus_sim_message *message)
{
    struct dice *dice = &world->inside->weather;
    struct sky *sky = sky_of(world, message);
    struct bus_sim_fate fate = {.copies = 1};
    if (world->options.calm || world->healed)
        return fate;
    if (sky->until_ms <= world->now_ms)
        sky_change(world, sky);
    fate.delay_ms = dice_between(dice, 0, sky->delay_most_ms);
    if (fate.delay_ms > CALM_DELAY_MOST_MS)
        world_fault(world, FAULT_delay);
    if (sky->partition_until_ms > world->now_ms || dice_chance(dice, sky->loss, 10000)) {
        world_fault(world, FAULT_loss);
        fate.copies = 0;
    } else if (dice_chance(dice, sky->cut, 10000)) {
        world_fault(world, FAULT_cut);
        fate.cut = true;
    } else if (may_come_twice(message) && dice_chance(dice, sky->repeat, 10000)) {
        world_fault(world, FAULT_repeat);
        fate.copies = 2;
    }
    return fate;
}

static struct bus_sim_fate fate_inside(struct world *world, const struct bus_sim_message *message)
{
    struct dice *dice = &world->inside->weather;
    const struct process *from = process_of(world, (enum process_kind)message->sender);
    struct bus_sim_fate fate = {.copies = 1};
    if (from == process_of(world, (enum process_kind)message->receiver) || world->options.calm || world->healed)
        return fate;
    fate.delay_ms = dice_between(dice, 0, 1);
    if (world->inside->schedule.every[FAULT_cut] && dice_chance(dice, 1, CUT_EVERY)) {
        world_fault(world, FAULT_cut);
        fate.cut = true;
    }
    return fate;
}

/* Whoever is dead sends nothing; whoever lives may die of it. */
static bool leaves(struct world *world, const struct bus_sim_message *message)
{
    if (message->sender >= CAST_OWNER)
        return true;
    return doom_lets_send(world, (enum process_kind)message->sender);
}

static void message_trace(struct world *world, const struct bus_sim_message *message)
{
    world->outcome.messages++;
    trace_number(world, (uint64_t)message->sender << 32 | (uint64_t)message->receiver << 1 | message->to_binder);
    for (uint32_t i = 0; i < message->count; i++)
        trace_bytes(world, message->frames[i]);
}

/* A batch that ends before the journal does, because it may not be larger. */
static void batch_look(struct world *world, const struct bus_sim_message *message)
{
    struct wire_value head, upto;
    struct span bytes, body;
    if (world->setup.batch_bytes == 0 || message->count != 3 || !span_is(message->frames[1], "BATCH"))
        return;
    body = message->frames[2];
    if (wire_find(body, "head", &head, &bytes) == 0 && wire_find(body, "upto", &upto, &bytes) == 0 &&
        upto.natural < head.natural)
        world_fault(world, FAULT_small_batch);
}

static struct bus_sim_fate message_leaves(void *context, const struct bus_sim_message *message)
{
    struct world *world = context;
    struct heap_account *charged = heap_charge(NULL);
    struct bus_sim_fate fate = {.copies = 0};
    if (leaves(world, message)) {
        message_trace(world, message);
        checks_message(world->checks, message);
        batch_look(world, message);
        bool within = message->sender < CAST_OWNER && message->receiver < CAST_OWNER;
        fate = within ? fate_inside(world, message) : fate_outside(world, message);
        trace_number(world, (uint64_t)fate.delay_ms << 2 ^ fate.copies ^ (uint64_t)fate.cut << 63);
    }
    heap_charge(charged);
    return fate;
}

void weather_open(struct world *world)
{
    bus_sim_set_weather(world->setup.bus, message_leaves, world);
}

void weather_partition(struct world *world)
{
    struct world_inside *inside = world->inside;
    struct dice *dice = &inside->weather;
    uint32_t member = (uint32_t)dice_between(dice, 0, cast_members(world->cast) - 1);
    int64_t last_ms =
        dice_chance(dice, 1, 3) ? dice_between(dice, MINUTES(1), HOURS(2)) : dice_between(dice, 500, MINUTES(1));
    uint32_t ways = (uint32_t)dice_between(dice, 1, 3);
    for (uint32_t way = 0; way < 2; way++) {
        if (ways & (1u << way))
            inside->sky[way][member].partition_until_ms = world->now_ms + last_ms;
    }
    world_fault(world, FAULT_partition);
    world_tell(world, "weather", "%s %s for %lld s", cast_name(world->cast, member),
               ways == 1   ? "cannot be heard"
               : ways == 2 ? "hears nothing"
                           : "is cut off",
               (long long)(last_ms / 1000));
    if (dice_chance(dice, 1, 2))
        bus_sim_disconnect(world->setup.bus, CAST_OWNER + member);
}

void weather_heal(struct world *world)
{
    memset(world->inside->sky, 0, sizeof world->inside->sky);
}

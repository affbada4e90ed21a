/*
 * world.c - the loop: whoever has mail or is due gets his turn, in a drawn order; then time moves on.
 *
 *     phase one   faults are thrown; when nothing moves the world may sleep for minutes or hours, so that deadlines of days
 *                 pass in a few thousand turns
 *     phase two   no faults; time goes on moment by moment until nothing is committed any more
 */
#include "tests/sim/world.h"
#include "core/ensure.h"
#include "core/status.h"
#include "io/disk.h"
#include "tests/sim/world_inside.h"

#include <stdio.h>
#include <stdlib.h>

#define HOURS_LEAST 24
#define HOURS_MOST 240
#define EVENTS_LEAST 80
#define EVENT_HOURS_MOST 40000 /* whoever complains is called about for hours: more would all be repeats */
#define LEAPS_LEAST 100
#define LEAPS_MOST 500
#define MOMENTS_MAX 400000u     /* of phase one: more is a world that goes round in circles */
#define IDLE_MS MINUTES(20)     /* nobody publishes anything: what falls due now must fire by itself */
#define QUIET_MS SECONDS(30)    /* without a commit: longer than anybody's patience */
#define HEALING_MS_MAX HOURS(2) /* of phase two */
#define HEALING_MOMENTS_MAX 1000000u

/* ---- whose turn it is ---- */

struct ready {
    uint32_t count;
    uint32_t who[ROLE_COUNT + MEMBERS_MAX]; /* roles, then members */
};

static void ready_find(const struct world *world, struct ready *ready)
{
    ready->count = 0;
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        if (role_is_ready(world, role))
            ready->who[ready->count++] = role;
    }
    for (uint32_t i = 0; i < cast_members(world->cast); i++) {
        if (world->inside->members[i].due_ms <= world->now_ms || cast_has_mail(world->cast, i))
            ready->who[ready->count++] = ROLE_COUNT + i;
    }
}

static void member_turn(struct world *world, uint32_t i)
{
    int64_t wait_ms = 0;
    cast_turn(world->cast, i, clock_read(world->setup.clock), &wait_ms);
    world->inside->members[i].due_ms = world->now_ms + wait_ms;
    trace_number(world, (uint64_t)i << 48 ^ (uint64_t)wait_ms);
}

static void turn_give(struct world *world, const struct ready *ready)
{
    uint32_t who = ready->who[dice_between(&world->inside->order, 0, ready->count - 1)];
    if (who < ROLE_COUNT)
        role_turn(world, (enum role)who);
    else
        member_turn(world, who - ROLE_COUNT);
}

/* ---- time ---- */

void world_move(struct world *world, int64_t to_ms)
{
    int64_t passed_ms = to_ms - world->now_ms;
    ensure(passed_ms >= 0);
    clock_sim_advance(world->setup.clock, passed_ms, passed_ms);
    world->now_ms = to_ms;
    bus_sim_time(world->setup.bus, to_ms);
}

static int64_t earlier(int64_t a_ms, int64_t b_ms)
{
    return a_ms < b_ms ? a_ms : b_ms;
}

/* The next moment at which anything can happen. */
static int64_t next_ms(const struct world *world, int64_t mends_ms)
{
    const struct world_inside *inside = world->inside;
    int64_t next = earlier(mends_ms, bus_sim_next_ms(world->setup.bus));
    for (enum role role = 0; role < ROLE_COUNT; role++) {
        const struct role_running *running = &inside->roles[role];
        bool paused = running->pause_until_ms > world->now_ms;
        if (running->self)
            next = earlier(next, paused ? running->pause_until_ms : running->due_ms);
    }
    for (uint32_t i = 0; i < inside->process_count; i++) {
        if (!inside->processes[i].runs)
            next = earlier(next, inside->processes[i].starts_ms);
    }
    for (uint32_t i = 0; i < cast_members(world->cast); i++)
        next = earlier(next, inside->members[i].due_ms);
    return next;
}

/* The world may sleep for a while: as on a quiet afternoon when nothing is under way, else as machines do that stall. */
static bool leaps(const struct world *world)
{
    bool quiet = bus_sim_next_ms(world->setup.bus) == INT64_MAX;
    return !world->healed && dice_chance(&world->inside->time, 1, quiet ? 3 : 30);
}

static void time_passes(struct world *world, int64_t mends_ms)
{
    struct world_inside *inside = world->inside;
    int64_t to_ms = next_ms(world, mends_ms);
    ensure(to_ms > world->now_ms);
    if (leaps(world)) {
        bool long_one = dice_chance(&inside->time, 3, 4);
        int64_t most_ms = long_one ? inside->leap_most_ms : SECONDS(30);
        to_ms = world->now_ms + dice_between(&inside->time, 1, most_ms > 1 ? most_ms : 1);
        to_ms = earlier(to_ms, inside->end_ms > world->now_ms ? inside->end_ms : INT64_MAX);
    }
    world_move(world, to_ms);
}

/* One turn, or one step of time when nobody has one. */
static void moment(struct world *world)
{
    struct world_inside *inside = world->inside;
    struct ready ready;
    inside->moments++;
    int64_t mends_ms = faults_mend(world);
    for (uint32_t i = 0; i < inside->process_count; i++) {
        struct process *process = &inside->processes[i];
        if (!process->runs && process->starts_ms <= world->now_ms)
            process_start(world, process);
    }
    ready_find(world, &ready);
    if (ready.count > 0)
        turn_give(world, &ready);
    else
        time_passes(world, mends_ms);
    if (!world->healed)
        faults_throw(world);
}

/* ---- the phases ---- */

static void phase_one(struct world *world)
{
    struct world_inside *inside = world->inside;
    while (!world->outcome.violated && world->now_ms < inside->end_ms) {
        moment(world);
        if (inside->moments > MOMENTS_MAX)
            world_violated(world, "stuck", "%llu turns, and only %lld of %lld hours have passed",
                           (unsigned long long)inside->moments, (long long)(world->now_ms / HOURS(1)),
                           (long long)(inside->end_ms / HOURS(1)));
    }
}

static bool everything_rests(struct world *world)
{
    const struct world_inside *inside = world->inside;
    for (uint32_t i = 0; i < inside->process_count; i++) {
        if (!inside->processes[i].runs)
            return false;
    }
    return cast_is_done(world->cast) && world->now_ms - inside->committed_ms >= QUIET_MS &&
           world->now_ms - inside->healed_ms >= IDLE_MS;
}

static void stuck(struct world *world)
{
    const struct world_inside *inside = world->inside;
    const char *down = "";
    for (uint32_t i = 0; i < inside->process_count; i++) {
        if (!inside->processes[i].runs)
            down = inside->processes[i].name;
    }
    world_violated(world, "stuck", "%lld s after the world healed: %s%s; %s; the last commit was %lld s ago",
                   (long long)((world->now_ms - inside->healed_ms) / 1000), *down ? down : "every process",
                   *down ? " does not run" : " runs",
                   cast_is_done(world->cast) ? "everybody has his answers" : "somebody waits for an answer",
                   (long long)((world->now_ms - inside->committed_ms) / 1000));
}

static void phase_two(struct world *world)
{
    struct world_inside *inside = world->inside;
    world->healed = true;
    inside->healed_ms = world->now_ms;
    inside->committed_ms = world->now_ms;
    uint64_t moments_max = inside->moments + HEALING_MOMENTS_MAX;
    world_tell(world, "world", "heals");
    weather_heal(world);
    faults_heal(world);
    cast_heal(world->cast);
    for (uint32_t i = 0; i < cast_members(world->cast); i++)
        inside->members[i].due_ms = world->now_ms;
    while (!world->outcome.violated && !everything_rests(world)) {
        moment(world);
        if (world->now_ms - inside->healed_ms > HEALING_MS_MAX || inside->moments > moments_max)
            stuck(world);
    }
    if (world->outcome.violated)
        return;
    world->outcome.consequences = trace_consequences(world);
    checks_end(world->checks);
}

/* ---- a whole world ---- */

static uint32_t few_as_a_rule(struct dice *dice, int64_t least, int64_t most)
{
    return (uint32_t)dice_between(dice, least, dice_between(dice, least, most));
}

static void world_open(struct world *world)
{
    struct world_inside *inside = world->inside;
    uint64_t seed = world->options.seed;
    const struct clock_options clock = {.start_wall_ms = WORLD_BEGIN_MS};
    inside->order = dice_of(seed, "order");
    inside->weather = dice_of(seed, "weather");
    inside->faults = dice_of(seed, "faults");
    inside->time = dice_of(seed, "time");
    inside->server = dice_of(seed, "server");
    if (world->options.hours == 0)
        world->options.hours = few_as_a_rule(&inside->time, HOURS_LEAST, HOURS_MOST);
    if (world->options.events == 0)
        world->options.events =
            few_as_a_rule(&inside->time, EVENTS_LEAST, EVENTS_LEAST + EVENT_HOURS_MOST / world->options.hours);
    inside->end_ms = HOURS(world->options.hours);
    inside->leap_most_ms = 2 * inside->end_ms / dice_between(&inside->time, LEAPS_LEAST, LEAPS_MOST);
    inside->disk_mends_ms = inside->disk_short_ms = INT64_MAX;
    inside->wall_mends_ms = INT64_MAX;
    world->notifies = notifier_is_drawn(seed);
    trace_logs_of(world);
    store_sim_forget_all("/");
    disk_sim_free_bytes(UINT64_MAX);
    int status = bus_open(&world->setup.bus);
    if (status == 0)
        status = clock_open(&clock, &world->setup.clock);
    if (status == 0)
        status = checks_open(world, &world->checks);
    if (status == 0)
        status = cast_open(world, &world->cast);
    ensure(status == 0);
    ensure(cast_members(world->cast) <= MEMBERS_MAX);
    faults_open(world);
    weather_open(world);
    store_sim_set_watch(doom_watch_commit, world);
    server_open(world);
}

static int acked_count(void *context, const struct acked *acked)
{
    (void)acked;
    ++*(uint64_t *)context;
    return 0;
}

static void world_close(struct world *world)
{
    struct world_outcome *outcome = &world->outcome;
    outcome->acked = 0; /* a violated world, too, has promised something */
    cast_acked(world->cast, acked_count, &outcome->acked);
    outcome->entries = world->reader ? journal_head(world->reader) : 0;
    outcome->simulated_ms = world->now_ms;
    bus_sim_set_weather(world->setup.bus, NULL, NULL);
    store_sim_set_watch(NULL, NULL);
    server_close(world);
    notifying_close(world);
    cast_close(world->cast);
    checks_close(world->checks);
    journal_close(world->reader);
    bus_close(world->setup.bus);
    clock_close(world->setup.clock);
    store_sim_forget_all("/");
    disk_sim_free_bytes(UINT64_MAX);
    trace_logs_of(NULL);
}

void world_run(const struct world_options *options, struct world_outcome *ret_outcome)
{
    struct world *world = calloc(1, sizeof *world);
    struct world_inside *inside = calloc(1, sizeof *inside);
    ensure(world != NULL);
    ensure(inside != NULL);
    world->options = *options;
    world->inside = inside;
    world_open(world);
    phase_one(world);
    if (!world->outcome.violated)
        phase_two(world);
    world_close(world);
    *ret_outcome = world->outcome;
    free(inside->backup.bytes);
    free(inside);
    free(world);
}

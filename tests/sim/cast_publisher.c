/*
 * cast_publisher.c - showrooms that publish: desks with a session each, surveys that share a source, a kiosk that says
 * everything twice, and the head office, whose rulebooks and rosters are events like all others.
 */
#include "core/ensure.h"
#include "tests/sim/cast_inside.h"

#include <stdlib.h>

#define PUBLISHERS 6 /* of facts, that share what the cast publishes */
#define REPEATS_MAX 64u

struct shop {
    struct sender sender;
    bool twice;
    uint32_t repeats[REPEATS_MAX]; /* letters of a kiosk that come again later */
    uint32_t repeats_count;
};

static struct shop *shop_open(struct member *member, const char *source, bool session)
{
    struct shop *shop = cast_take(sizeof *shop);
    member->self = shop;
    sender_open(&shop->sender, member, source, session, &member->dice);
    member->next_ms = dice_pause_ms(&member->dice, MINUTES(1));
    return shop;
}

static void desk_open(struct member *member)
{
    static const char *const sources[] = {"/stores/sh-pudong/desk", "/stores/sh-minhang/desk"};
    shop_open(member, sources[member->number % 2], true);
}

static void survey_open(struct member *member)
{
    shop_open(member, "/survey", false);
}

static void kiosk_open(struct member *member)
{
    shop_open(member, "/stores/hz-xihu/kiosk", false)->twice = true;
}

static void office_open(struct member *member)
{
    shop_open(member, "/group/office", dice_chance(&member->dice, 1, 2));
    member->next_ms = dice_pause_ms(&member->dice, HOURS(8));
}

static void shop_close(struct member *member)
{
    struct shop *shop = member->self;
    sender_close(&shop->sender);
    free(shop);
}

/* ---- what a day brings ---- */

static void repeat_later(struct shop *shop, uint32_t letter)
{
    if (shop->repeats_count < REPEATS_MAX)
        shop->repeats[shop->repeats_count++] = letter;
    else
        sender_repeat(&shop->sender, letter);
}

static void repeats_say(struct shop *shop)
{
    for (uint32_t i = 0; i < shop->repeats_count; i++)
        sender_repeat(&shop->sender, shop->repeats[i]);
    shop->repeats_count = 0;
}

static void publish(struct member *member, uint32_t count, int64_t wall_ms)
{
    struct shop *shop = member->self;
    repeats_say(shop);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t letter = load_publish(&shop->sender, &member->dice, wall_ms);
        if (!shop->twice)
            continue;
        if (dice_chance(&member->dice, 1, 2))
            sender_repeat(&shop->sender, letter);
        else
            repeat_later(shop, letter);
    }
    world_tell(member->cast->world, member->name, "publishes %u", count);
}

/* Mostly single events, now and then an afternoon's post at once. */
static uint32_t how_many(struct dice *dice)
{
    if (dice_chance(dice, 1, 24))
        return (uint32_t)dice_between(dice, 20, 120);
    return dice_chance(dice, 1, 4) ? (uint32_t)dice_between(dice, 2, 9) : 1;
}

#define HOW_MANY_MEAN 5 /* of the above, about */

static void shop_act(struct member *member, int64_t wall_ms)
{
    struct cast *cast = member->cast;
    struct shop *shop = member->self;
    if (shop->sender.session && dice_chance(&member->dice, 1, 32)) {
        world_tell(cast->world, member->name, "is started anew");
        sender_restart(&shop->sender);
    }
    publish(member, how_many(&member->dice), wall_ms);
    int64_t pace_ms = cast->publishing_ms * PUBLISHERS * HOW_MANY_MEAN / (int64_t)cast->events_max;
    member->next_ms = cast->world->now_ms + dice_pause_ms(&member->dice, pace_ms);
}

static void office_act(struct member *member, int64_t wall_ms)
{
    struct cast *cast = member->cast;
    struct shop *shop = member->self;
    if (dice_chance(&member->dice, 1, 2)) {
        policy_publish(&shop->sender, &member->dice, wall_ms);
        world_fault(cast->world, FAULT_policy_change);
    } else {
        roster_publish(&shop->sender, &member->dice, wall_ms);
        world_fault(cast->world, FAULT_roster_change);
    }
    member->next_ms = cast->world->now_ms + dice_pause_ms(&member->dice, cast->publishing_ms / 6);
}

static int64_t turn_with(struct member *member, struct clock_reading now, void (*act)(struct member *, int64_t))
{
    struct shop *shop = member->self;
    struct cast *cast = member->cast;
    bool goes_on = !cast->healed && cast->published < cast->events_max;
    if (goes_on && cast->world->now_ms >= member->next_ms)
        act(member, now.wall_ms);
    int64_t wait_ms = sender_turn(&shop->sender, now);
    int64_t next_ms = member->next_ms - cast->world->now_ms;
    return goes_on && next_ms < wait_ms ? next_ms : wait_ms;
}

static int64_t shop_turn(struct member *member, struct clock_reading now)
{
    return turn_with(member, now, shop_act);
}

static int64_t office_turn(struct member *member, struct clock_reading now)
{
    return turn_with(member, now, office_act);
}

static void shop_heal(struct member *member)
{
    repeats_say(member->self);
}

static struct sender *shop_sender(struct member *member)
{
    return &((struct shop *)member->self)->sender;
}

#define SHOP .close = shop_close, .heal = shop_heal, .sender = shop_sender
const struct member_kind kind_desk = {.open = desk_open, .turn = shop_turn, SHOP};
const struct member_kind kind_survey = {.open = survey_open, .turn = shop_turn, SHOP};
const struct member_kind kind_kiosk = {.open = kiosk_open, .turn = shop_turn, SHOP};
const struct member_kind kind_office = {.open = office_open, .turn = office_turn, SHOP};

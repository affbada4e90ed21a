/*
 * cast.c - the members and their turns.
 */
#include "core/ensure.h"
#include "tests/sim/cast_inside.h"

#include <stdlib.h>

#define EVENTS_LEAST 100
#define EVENTS_MOST 900
#define HOURS_DEFAULT 72

void *cast_take(size_t size)
{
    void *memory = calloc(1, size ? size : 1);
    ensure(memory != NULL);
    return memory;
}

void member_owns(struct member *member)
{
    bus_sim_owner(member->cast->world->setup.bus, member->owner);
}

/* Between a tenth of it and twice it, sooner more often than later. */
int64_t dice_pause_ms(struct dice *dice, int64_t mean_ms)
{
    int64_t most_ms = dice_between(dice, mean_ms / 10 + 1, 3 * mean_ms + 2);
    return dice_between(dice, mean_ms / 10 + 1, most_ms > mean_ms / 10 ? most_ms : mean_ms / 10 + 1);
}

static void member_add(struct cast *cast, const char *name, const struct member_kind *kind, uint32_t number)
{
    ensure(cast->count < MEMBERS_MAX);
    struct member *member = &cast->members[cast->count];
    *member = (struct member){
        .cast = cast,
        .name = name,
        .kind = kind,
        .owner = CAST_OWNER + cast->count,
        .number = number,
        .dice = dice_of(cast->world->options.seed, name),
    };
    cast->count++;
}

int cast_open(struct world *world, struct cast **ret_cast)
{
    struct cast *cast = cast_take(sizeof *cast);
    struct dice dice = dice_of(world->options.seed, "cast");
    cast->world = world;
    cast->manyi = (struct manyi){.bus = world->setup.bus, .clock = world->setup.clock};
    cast->events_max =
        world->options.events ? world->options.events : (uint64_t)dice_between(&dice, EVENTS_LEAST, EVENTS_MOST);
    cast->publishing_ms = HOURS(world->options.hours ? world->options.hours : HOURS_DEFAULT) * 9 / 10;
    member_add(cast, "desk-pudong", &kind_desk, 0);
    member_add(cast, "desk-minhang", &kind_desk, 1);
    member_add(cast, "survey-a", &kind_survey, 0);
    member_add(cast, "survey-b", &kind_survey, 1);
    member_add(cast, "kiosk", &kind_kiosk, 0);
    member_add(cast, "office", &kind_office, 0);
    member_add(cast, "people", &kind_people, 0);
    member_add(cast, "board-a", &kind_board, 0);
    member_add(cast, "board-b", &kind_board, 1);
    member_add(cast, "board-slow", &kind_board, 2);
    member_add(cast, "clerk", &kind_clerk, 0);
    member_add(cast, "nonsense", &kind_nonsense, 0);
    if (!world->notifies)
        member_add(cast, "postman", &kind_postman, 0);
    *ret_cast = cast;
    return 0;
}

void cast_close(struct cast *cast)
{
    if (!cast)
        return;
    for (uint32_t i = 0; i < cast->count; i++) {
        if (cast->members[i].self)
            cast->members[i].kind->close(&cast->members[i]);
    }
    free(cast);
}

uint32_t cast_members(const struct cast *cast)
{
    return cast->count;
}

uint32_t cast_owner(const struct cast *cast, uint32_t i)
{
    ensure(i < cast->count);
    return cast->members[i].owner;
}

const char *cast_name(const struct cast *cast, uint32_t i)
{
    ensure(i < cast->count);
    return cast->members[i].name;
}

bool cast_turn(struct cast *cast, uint32_t i, struct clock_reading now, int64_t *ret_wait_ms)
{
    ensure(i < cast->count);
    struct member *member = &cast->members[i];
    if (!member->self)
        member->kind->open(member); /* they come with their first turn */
    int64_t wait_ms = member->kind->turn(member, now);
    *ret_wait_ms = wait_ms > 0 ? wait_ms : 0;
    return wait_ms <= 0;
}

bool cast_has_mail(const struct cast *cast, uint32_t i)
{
    ensure(i < cast->count);
    const struct member *member = &cast->members[i];
    if (!member->self)
        return false;
    return member->kind->has_mail ? member->kind->has_mail(member)
                                  : bus_sim_has_mail(cast->world->setup.bus, member->owner);
}

static struct sender *sender_of(const struct cast *cast, uint32_t i)
{
    struct member *member = (struct member *)&cast->members[i];
    return member->self && member->kind->sender ? member->kind->sender(member) : NULL;
}

void cast_restored(struct cast *cast, uint64_t head)
{
    cast->restores++;
    for (uint32_t i = 0; i < cast->count; i++) {
        struct sender *sender = sender_of(cast, i);
        if (sender)
            sender_restored(sender, head);
    }
}

void cast_heal(struct cast *cast)
{
    cast->healed = true;
    for (uint32_t i = 0; i < cast->count; i++) {
        struct member *member = &cast->members[i];
        if (member->self && member->kind->heal)
            member->kind->heal(member);
    }
}

bool cast_is_done(const struct cast *cast)
{
    for (uint32_t i = 0; i < cast->count; i++) {
        const struct sender *sender = sender_of(cast, i);
        if (sender && !sender_is_done(sender))
            return false;
    }
    return true;
}

int cast_acked(const struct cast *cast, int (*visit)(void *context, const struct acked *acked), void *context)
{
    int result = 0;
    for (uint32_t i = 0; i < cast->count && result == 0; i++) {
        const struct sender *sender = sender_of(cast, i);
        if (sender)
            result = sender_acked(sender, visit, context);
    }
    return result;
}

bool cast_may_repeat(const struct cast *cast, struct span source)
{
    for (uint32_t i = 0; i < cast->count; i++) {
        const struct sender *sender = sender_of(cast, i);
        if (sender && span_is(source, sender->source))
            return !sender->session || sender->opened > 1 || cast->restores > 0;
    }
    return true; /* nobody's who publishes in earnest */
}

/* ---- subscribers ---- */

static struct follower *follower_number(const struct cast *cast, uint32_t subscriber)
{
    for (uint32_t i = 0; i < cast->count; i++) {
        struct member *member = (struct member *)&cast->members[i];
        struct follower *follower = member->self && member->kind->follower ? member->kind->follower(member) : NULL;
        if (follower && subscriber-- == 0)
            return follower;
    }
    return NULL;
}

uint32_t cast_subscribers(const struct cast *cast)
{
    uint32_t count = 0;
    while (follower_number(cast, count))
        count++;
    return count;
}

bool cast_follows(const struct cast *cast, uint32_t subscriber, const char *channel)
{
    const struct follower *follower = follower_number(cast, subscriber);
    ensure(follower != NULL);
    for (uint32_t i = 0; i < follower->channel_count; i++) {
        if (strcmp(follower->channels[i], channel) == 0)
            return true;
    }
    return false;
}

int cast_believed(const struct cast *cast, uint32_t subscriber,
                  int (*visit)(void *context, const struct believed *believed), void *context)
{
    const struct follower *follower = follower_number(cast, subscriber);
    ensure(follower != NULL);
    int result = 0;
    for (uint32_t i = 0; i < follower->cards_count && result == 0; i++) {
        const struct kept *kept = &follower->cards[i];
        struct believed believed = {
            .channel = channel_name(kept->channel),
            .subject = span_make(kept->bytes, kept->subject_len),
            .n = kept->n,
            .card = span_make(kept->bytes + kept->subject_len, kept->card_len),
        };
        result = visit(context, &believed);
    }
    return result;
}

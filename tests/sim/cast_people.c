/*
 * cast_people.c - people who look at the boards and do something about what they see.
 *
 * What they see may be old by the time they decide, they may not be allowed to, somebody may have been quicker: all that is
 * journaled, and answered. How a decision is made up is in cast_decision.c.
 */
#include "core/ensure.h"
#include "tests/sim/cast_inside.h"
#include "tests/sim/town_access.h"

#include <stdlib.h>

#define TRIES 40

struct people {
    struct sender sender;
    struct follower follower;
    char working[32]; /* the complaint that they are at */
};

static void people_open(struct member *member)
{
    static const char *const channels[] = {"complaint", "escalation", "task", "callback", "ledger"};
    struct people *people = cast_take(sizeof *people);
    member->self = people;
    bool session = dice_chance(&member->dice, 1, 2);
    sender_open_as(&people->sender, member, "/people", session, &member->dice, TOWN_PEOPLE);
    follower_open(&people->follower, member, channels, 5);
    member->next_ms = dice_pause_ms(&member->dice, MINUTES(30));
}

static void people_close(struct member *member)
{
    struct people *people = member->self;
    sender_close(&people->sender);
    follower_close(&people->follower);
    free(people);
}

/* Mostly a complaint; there are many more notices than complaints, and nobody would come to an end with one. */
static const struct kept *some_card(struct people *people, struct dice *dice)
{
    static const enum card_channel channels[] = {
        CHANNEL_complaint,  CHANNEL_complaint, CHANNEL_complaint, CHANNEL_complaint, CHANNEL_task,
        CHANNEL_escalation, CHANNEL_ledger,    CHANNEL_ledger,    CHANNEL_callback,  CHANNEL_callback,
        CHANNEL_callback,   CHANNEL_callback,  CHANNEL_callback};
    enum card_channel channel = channels[dice_between(dice, 0, 12)];
    const struct kept *card = NULL;
    for (int tries = 0; tries < TRIES && people->follower.cards_count > 0; tries++) {
        card = &people->follower.cards[dice_between(dice, 0, people->follower.cards_count - 1)];
        if (card->channel == channel)
            break;
    }
    return card;
}

/* Whoever works on a complaint goes on with it. */
static const struct kept *card_at_hand(struct people *people, struct dice *dice)
{
    bool goes_on = dice_chance(dice, 1, 2);
    for (uint32_t i = 0; i < people->follower.cards_count && goes_on; i++) {
        const struct kept *card = &people->follower.cards[i];
        if (card->channel == CHANNEL_complaint && span_is(span_make(card->bytes, card->subject_len), people->working))
            return card;
    }
    const struct kept *card = some_card(people, dice);
    if (card && card->channel == CHANNEL_complaint)
        snprintf(people->working, sizeof people->working, "%.*s", SPAN_ARGS(span_make(card->bytes, card->subject_len)));
    return card;
}

/* One decision; now and then the same event or the same decision a second time. */
static void decide(struct member *member, int64_t wall_ms)
{
    struct people *people = member->self;
    struct dice *dice = &member->dice;
    struct draft draft;
    draft_begin_event(&draft, &people->sender, dice, wall_ms);
    decision_draft(&draft, card_at_hand(people, dice), some_card(people, dice));
    uint32_t letter = draft_publish(&draft, &people->sender);
    world_tell(member->cast->world, member->name, "%.*s: %s", SPAN_ARGS(draft.event.subject),
               event_table(draft.event.type)->type);
    if (dice_chance(dice, 1, 12))
        sender_repeat(&people->sender, letter);
    if (dice_chance(dice, 1, 12)) {
        snprintf(draft.id, sizeof draft.id, "%.24s-%u", member->name, people->sender.letters_count + 1);
        draft.event.id = span_of(draft.id);
        draft_publish(&draft, &people->sender);
    }
}

static void people_act(struct member *member, int64_t wall_ms)
{
    struct cast *cast = member->cast;
    struct people *people = member->self;
    if (dice_chance(&member->dice, 1, 40))
        sender_restart(&people->sender);
    int64_t count = dice_chance(&member->dice, 1, 6) ? dice_between(&member->dice, 2, 12) : 1;
    for (int64_t i = 0; i < count; i++)
        decide(member, wall_ms);
    member->next_ms =
        cast->world->now_ms + dice_pause_ms(&member->dice, 2 * cast->publishing_ms / (int64_t)cast->events_max);
}

static int64_t people_turn(struct member *member, struct clock_reading now)
{
    struct people *people = member->self;
    struct cast *cast = member->cast;
    bool goes_on = !cast->healed && cast->published < cast->events_max;
    if (goes_on && cast->world->now_ms >= member->next_ms)
        people_act(member, now.wall_ms);
    int64_t wait_ms = sender_turn(&people->sender, now);
    int64_t read_ms = follower_turn(&people->follower, now);
    int64_t next_ms = goes_on ? member->next_ms - cast->world->now_ms : AWHILE_MS;
    wait_ms = read_ms < wait_ms ? read_ms : wait_ms;
    return next_ms < wait_ms ? next_ms : wait_ms;
}

static bool people_have_mail(const struct member *member)
{
    const struct people *people = member->self;
    return bus_sim_port_has_mail(people->sender.publisher->port) || follower_has_mail(&people->follower);
}

static struct sender *people_sender(struct member *member)
{
    return &((struct people *)member->self)->sender;
}

static struct follower *people_follower(struct member *member)
{
    return &((struct people *)member->self)->follower;
}

const struct member_kind kind_people = {.open = people_open,
                                        .close = people_close,
                                        .turn = people_turn,
                                        .has_mail = people_have_mail,
                                        .sender = people_sender,
                                        .follower = people_follower};

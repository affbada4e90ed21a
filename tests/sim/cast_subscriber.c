/*
 * cast_subscriber.c - dashboards that follow cards: two that keep up, one that stalls; and the cards that they believe in.
 *
 * A board is closed for the night and opened again in the morning, as dashboards are; one that stalls just doesn't read.
 */
#include "core/ensure.h"
#include "tests/sim/cast_inside.h"

#include <stdlib.h>

#define GLANCE_MS 400 /* nobody looks more often than that while nothing comes */

/* ---- cards ---- */

static struct kept *kept_find(struct follower *follower, enum card_channel channel, struct span subject)
{
    for (uint32_t i = 0; i < follower->cards_count; i++) {
        struct kept *kept = &follower->cards[i];
        if (kept->channel == channel && span_equal(span_make(kept->bytes, kept->subject_len), subject))
            return kept;
    }
    return NULL;
}

static void kept_remove(struct follower *follower, struct kept *kept)
{
    free(kept->bytes);
    *kept = follower->cards[--follower->cards_count];
}

static struct kept *kept_add(struct follower *follower)
{
    if (follower->cards_count == follower->cards_capacity) {
        follower->cards_capacity = follower->cards_capacity ? 2 * follower->cards_capacity : 256;
        follower->cards = realloc(follower->cards, follower->cards_capacity * sizeof *follower->cards);
        ensure(follower->cards != NULL);
    }
    return &follower->cards[follower->cards_count++];
}

static void on_card(void *context, const struct manyi_card *card)
{
    struct follower *follower = context;
    struct world *world = follower->member->cast->world;
    enum card_channel channel = channel_of(span_of(card->channel));
    struct span bytes = span_make(card->card, card->card_len);
    struct span value_bytes;
    struct wire_value subject;
    if (wire_find(bytes, "id", &subject, &value_bytes) || subject.kind != WIRE_STR) {
        world_violated(world, "cards have a subject", "%s got a card of %s, n %llu, without an id",
                       follower->member->name, card->channel, (unsigned long long)card->n);
        return;
    }
    if (card->n <= follower->last[channel])
        world_violated(world, "n rises", "%s got %s n %llu after n %llu", follower->member->name, card->channel,
                       (unsigned long long)card->n, (unsigned long long)follower->last[channel]);
    follower->last[channel] = card->n;
    follower->applied++;
    struct kept *kept = kept_find(follower, channel, subject.bytes);
    if (kept)
        kept_remove(follower, kept);
    if (card->gone)
        return;
    kept = kept_add(follower);
    *kept = (struct kept){.channel = channel, .n = card->n, .subject_len = subject.bytes.len, .card_len = bytes.len};
    kept->bytes = cast_take(subject.bytes.len + bytes.len);
    memcpy(kept->bytes, subject.bytes.at, subject.bytes.len);
    memcpy(kept->bytes + subject.bytes.len, bytes.at, bytes.len);
}

static void on_reset(void *context, const char *channel_name_text)
{
    struct follower *follower = context;
    enum card_channel channel = channel_of(span_of(channel_name_text));
    follower->last[channel] = 0;
    for (uint32_t i = 0; i < follower->cards_count;) {
        if (follower->cards[i].channel == channel)
            kept_remove(follower, &follower->cards[i]);
        else
            i++;
    }
}

/* ---- following ---- */

static void subscriber_begin(struct follower *follower)
{
    struct cast *cast = follower->member->cast;
    struct manyi_subscriber_options options = {
        .publish_endpoint = cast->world->setup.publish_endpoint,
        .replay_endpoint = cast->world->setup.replay_endpoint,
        .channels = follower->channels,
        .channel_count = follower->channel_count,
        .on_card = on_card,
        .on_reset = on_reset,
        .context = follower,
    };
    member_owns(follower->member);
    int result = manyi_subscriber_open(&cast->manyi, &options, &follower->subscriber);
    ensure(result == 0);
}

void follower_open(struct follower *follower, struct member *member, const char *const *channels, uint32_t count)
{
    *follower = (struct follower){.member = member, .channels = channels, .channel_count = count};
    subscriber_begin(follower);
}

void follower_leave(struct follower *follower)
{
    manyi_subscriber_close(follower->subscriber);
    follower->subscriber = NULL;
    while (follower->cards_count > 0)
        kept_remove(follower, follower->cards);
    memset(follower->last, 0, sizeof follower->last);
}

void follower_return(struct follower *follower)
{
    if (!follower->subscriber)
        subscriber_begin(follower);
}

void follower_close(struct follower *follower)
{
    follower_leave(follower);
    free(follower->cards);
}

/* What the library waits for; its own header says when. */
static int64_t deadline_ms(const struct manyi_subscriber *subscriber)
{
    int64_t next_ms = subscriber->heard_ms + BEAT_LOST_MS;
    for (uint32_t i = 0; i < subscriber->channel_count; i++) {
        const struct topic *topic = &subscriber->topics[i];
        if (topic->state != TOPIC_LIVE && topic->due_ms < next_ms)
            next_ms = topic->due_ms;
    }
    return next_ms;
}

int64_t follower_turn(struct follower *follower, struct clock_reading now)
{
    if (!follower->subscriber)
        return AWHILE_MS;
    member_owns(follower->member); /* after silence it connects anew */
    int result = manyi_subscriber_turn(follower->subscriber, 0);
    if (result)
        world_violated(follower->member->cast->world, "subscribers live", "%s: %s", follower->member->name,
                       manyi_error_text(result));
    int64_t wait_ms = deadline_ms(follower->subscriber) - now.monotonic_ms;
    return wait_ms > GLANCE_MS ? wait_ms : GLANCE_MS;
}

bool follower_has_mail(const struct follower *follower)
{
    const struct manyi_subscriber *subscriber = follower->subscriber;
    if (!subscriber)
        return false;
    return bus_sim_port_has_mail(subscriber->replay) ||
           (subscriber->replaying == 0 && bus_sim_port_has_mail(subscriber->live));
}

/* ---- boards ---- */

struct board {
    struct follower follower;
    bool stalls; /* doesn't read until next_ms */
};

static void board_open(struct member *member)
{
    static const char *const all[] = {"complaint", "escalation", "task", "callback", "score", "system"};
    static const char *const cases[] = {"task", "complaint"};
    struct board *board = cast_take(sizeof *board);
    member->self = board;
    if (member->number == 1)
        follower_open(&board->follower, member, cases, 2);
    else
        follower_open(&board->follower, member, all, 6);
    member->next_ms = dice_pause_ms(&member->dice, MINUTES(20));
}

static void board_close(struct member *member)
{
    struct board *board = member->self;
    follower_close(&board->follower);
    free(board);
}

/* Day and night, or reading and not reading. */
static void board_act(struct member *member)
{
    struct board *board = member->self;
    struct world *world = member->cast->world;
    bool slow = member->number == 2;
    if (board->stalls || !board->follower.subscriber) {
        board->stalls = false;
        follower_return(&board->follower);
        member->next_ms = world->now_ms + dice_pause_ms(&member->dice, MINUTES(15));
    } else if (slow && dice_chance(&member->dice, 2, 3)) {
        board->stalls = true;
        world_fault(world, FAULT_stall);
        world_tell(world, member->name, "doesn't read any more");
        member->next_ms = world->now_ms + dice_pause_ms(&member->dice, MINUTES(10));
    } else {
        follower_leave(&board->follower);
        member->next_ms = world->now_ms + dice_pause_ms(&member->dice, HOURS(2));
    }
}

static int64_t board_turn(struct member *member, struct clock_reading now)
{
    struct board *board = member->self;
    struct cast *cast = member->cast;
    if (!cast->healed && cast->world->now_ms >= member->next_ms)
        board_act(member);
    int64_t next_ms = cast->healed ? AWHILE_MS : member->next_ms - cast->world->now_ms;
    int64_t wait_ms = board->stalls ? next_ms : follower_turn(&board->follower, now);
    return next_ms < wait_ms ? next_ms : wait_ms;
}

static bool board_has_mail(const struct member *member)
{
    const struct board *board = member->self;
    return !board->stalls && follower_has_mail(&board->follower);
}

static void board_heal(struct member *member)
{
    struct board *board = member->self;
    board->stalls = false;
    follower_return(&board->follower);
}

static struct follower *board_follower(struct member *member)
{
    return &((struct board *)member->self)->follower;
}

const struct member_kind kind_board = {.open = board_open,
                                       .close = board_close,
                                       .turn = board_turn,
                                       .has_mail = board_has_mail,
                                       .heal = board_heal,
                                       .follower = board_follower};

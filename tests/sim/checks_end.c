/*
 * checks_end.c - when nothing moves any more: the outlet is at the head and tells what the state has, and every subscriber
 * believes what the outlet has.
 */
#include "brokers/outlet_store.h"
#include "core/ensure.h"
#include "core/status.h"
#include "tests/sim/checks_inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* What the outlet has of a channel, as REPLAY would tell it. */
struct shown {
    uint64_t n;
    uint64_t hash; /* of the card */
    bool gone;
};

struct channel_shown {
    struct shown *cards; /* in order of n */
    uint32_t count, alive;
};

static int outlet_read(struct cards *cards)
{
    static const char *const tables[] = {"cards", "subjects", "meta"};
    const struct store_options options = {.path = WORLD_OUTLET, .tables = tables, .table_count = 3, .read_only = true};
    *cards = (struct cards){0};
    return store_open(&options, &cards->store);
}

static uint32_t channel_count_cards(struct checks *checks, const struct cards *cards, enum card_channel channel,
                                    struct channel_shown *shown)
{
    struct card_reader reader;
    struct kept_card card;
    int status = cards_read_begin(cards, channel, 0, &reader);
    uint32_t capacity = 0;
    while (status == 0 && (status = cards_read(&reader, &card)) == 0) {
        if (shown->count == capacity) {
            capacity = capacity ? 2 * capacity : 64;
            shown->cards = realloc(shown->cards, capacity * sizeof *shown->cards);
            ensure(shown->cards != NULL);
        }
        shown->alive += !card.gone;
        if (channel == CHANNEL_escalation && !card.gone)
            told_check(checks, card.card);
        shown->cards[shown->count++] =
            (struct shown){.n = card.n, .hash = hash_bytes(HASH_BEGIN, card.card), .gone = card.gone};
        if (!newest_told(checks, channel, card.card, card.seq))
            break;
    }
    cards_read_end(&reader);
    if (status != -E_NOT_FOUND && !checks->world->outcome.violated)
        world_violated(checks->world, "caught up", "the outlet's cards can't be read: %s", status_text(status)->code);
    return shown->count;
}

/* ---- subscribers ---- */

struct belief {
    struct checks *checks;
    const struct channel_shown *shown; /* by channel */
    uint32_t believed[CHANNEL_count];
    uint32_t subscriber;
};

static int belief_check(void *context, const struct believed *believed)
{
    struct belief *belief = context;
    enum card_channel channel = channel_of(span_of(believed->channel));
    const struct channel_shown *shown = &belief->shown[channel];
    uint64_t hash = hash_bytes(HASH_BEGIN, believed->card);
    belief->believed[channel]++;
    for (uint32_t i = 0; i < shown->count; i++) {
        if (shown->cards[i].n == believed->n && shown->cards[i].hash == hash && !shown->cards[i].gone)
            return 0;
    }
    world_violated(belief->checks->world, "caught up",
                   "subscriber %u believes %.*s of %s with n %" PRIu64 ", which the outlet does not have so",
                   belief->subscriber, SPAN_ARGS(believed->subject), believed->channel, believed->n);
    return 1;
}

static void subscribers_check(struct checks *checks, const struct channel_shown *shown)
{
    const struct cast *cast = checks->world->cast;
    for (uint32_t i = 0; i < cast_subscribers(cast); i++) {
        struct belief belief = {.checks = checks, .shown = shown, .subscriber = i};
        if (cast_believed(cast, i, belief_check, &belief))
            return;
        for (enum card_channel channel = CHANNEL_none + 1; channel < CHANNEL_count; channel++) {
            if (!cast_follows(cast, i, channel_name(channel)) || belief.believed[channel] == shown[channel].alive)
                continue;
            world_violated(checks->world, "caught up", "subscriber %u has %u cards of %s, the outlet %u", i,
                           belief.believed[channel], channel_name(channel), shown[channel].alive);
            return;
        }
    }
}

void end_check(struct checks *checks)
{
    struct cards cards;
    struct channel_shown shown[CHANNEL_count] = {0};
    int status = outlet_read(&cards);
    if (status) {
        world_violated(checks->world, "caught up", "the outlet's cards can't be read: %s", status_text(status)->code);
        return;
    }
    uint32_t count = 0;
    for (enum card_channel channel = CHANNEL_none + 1; channel < CHANNEL_count; channel++)
        count += channel_count_cards(checks, &cards, channel, &shown[channel]);
    if (count != subjects_told(checks) && !checks->world->outcome.violated)
        world_violated(checks->world, "caught up", "the outlet has %u cards, but the journal tells of %" PRIu64, count,
                       subjects_told(checks));
    subscribers_check(checks, shown);
    for (uint32_t channel = 0; channel < CHANNEL_count; channel++)
        free(shown[channel].cards);
    store_close(cards.store);
    if (!cast_is_done(checks->world->cast))
        world_violated(checks->world, "caught up", "somebody has no answer yet");
}

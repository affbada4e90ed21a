/*
 * cast_postman.c - plays the notifier: reports what became of notices, tasks and callbacks that somebody is to be told of.
 *
 * While faults are thrown it reports anything in any order: sent, failed, read; twice, too late, for somebody else, for a repeat
 * that is past or to come, for a case that nobody knows. Once the world is healed it does its work: of every card that is to be
 * sent it says what becomes of it, and whoever has a dead mailbox has it for ever.
 */
#include "core/ensure.h"
#include "core/sample.h"
#include "tests/sim/cast_inside.h"

#include <stdlib.h>

#define TRIES 40
#define DEAD_OF 4 /* one mailbox of so many */
#define REPORTED_MAX 16384u

struct postman {
    struct sender sender;
    struct follower follower;
    uint64_t reported[REPORTED_MAX]; /* what it has said of, once healed: case, repeat, reader, since when, try */
    uint32_t reported_count;
};

/* What a card says of its delivery. */
struct letter_wanted {
    struct span id, to;
    int64_t repeat, attempts, from_ms, retry_ms;
    bool wanted;
};

static void postman_open(struct member *member)
{
    static const char *const channels[] = {"escalation", "task", "callback"};
    struct postman *postman = cast_take(sizeof *postman);
    member->self = postman;
    sender_open_at(&postman->sender, member, "/manyi/notifier", member->cast->world->setup.intake_trusted_endpoint,
                   dice_chance(&member->dice, 1, 2), &member->dice);
    follower_open(&postman->follower, member, channels, 3);
    member->next_ms = dice_pause_ms(&member->dice, MINUTES(30));
}

static void postman_close(struct member *member)
{
    struct postman *postman = member->self;
    sender_close(&postman->sender);
    follower_close(&postman->follower);
    free(postman);
}

/* ---- reading cards ---- */

static bool escalation_look(struct span bytes, struct letter_wanted *ret_wanted)
{
    struct escalation card;
    struct flaw flaw;
    if (record_decode(&record_of_escalation, bytes, &card, &flaw))
        return false;
    *ret_wanted = (struct letter_wanted){
        .id = card.id,
        .to = card.to,
        .repeat = card.repeat,
        .attempts = HAS(&card, escalation, attempts) ? card.attempts : 0,
        .from_ms = card.deliver_from,
        .retry_ms = HAS(&card, escalation, retry_at) ? card.retry_at : 0,
        .wanted = HAS(&card, escalation, deliver_from),
    };
    return true;
}

static bool task_look(struct span bytes, struct letter_wanted *ret_wanted)
{
    struct task card;
    struct flaw flaw;
    if (record_decode(&record_of_task, bytes, &card, &flaw))
        return false;
    *ret_wanted = (struct letter_wanted){
        .id = card.id,
        .to = card.responsible,
        .attempts = HAS(&card, task, attempts) ? card.attempts : 0,
        .from_ms = card.deliver_from,
        .retry_ms = HAS(&card, task, retry_at) ? card.retry_at : 0,
        .wanted = HAS(&card, task, deliver_from),
    };
    return true;
}

static bool callback_look(struct span bytes, struct letter_wanted *ret_wanted)
{
    struct callback card;
    struct flaw flaw;
    if (record_decode(&record_of_callback, bytes, &card, &flaw))
        return false;
    *ret_wanted = (struct letter_wanted){
        .id = card.id,
        .to = HAS(&card, callback, notify_to) ? card.notify_to : span_of("nobody"),
        .attempts = HAS(&card, callback, attempts) ? card.attempts : 0,
        .from_ms = card.deliver_from,
        .retry_ms = HAS(&card, callback, retry_at) ? card.retry_at : 0,
        .wanted = HAS(&card, callback, deliver_from),
    };
    return true;
}

static bool look(const struct kept *kept, struct letter_wanted *ret_wanted)
{
    struct span card = span_make(kept->bytes + kept->subject_len, kept->card_len);
    return kept->channel == CHANNEL_escalation ? escalation_look(card, ret_wanted)
           : kept->channel == CHANNEL_task     ? task_look(card, ret_wanted)
                                               : callback_look(card, ret_wanted);
}

/* ---- reporting ---- */

static void sent_write(struct draft *draft, const struct letter_wanted *wanted)
{
    struct notice_sent *sent = &draft->data.notice_sent;
    draft->event.type = EVENT_notice_sent;
    SET(sent, notice_sent, to, wanted->to);
    SET(sent, notice_sent, target, span_of("their-target"));
    SET(sent, notice_sent, means, (int32_t)dice_between(draft->dice, 0, notice_means_count - 1));
    SET(sent, notice_sent, repeat, wanted->repeat);
    SET(sent, notice_sent, attempt, wanted->attempts + 1);
}

static void failed_write(struct draft *draft, const struct letter_wanted *wanted, bool permanent)
{
    static const char *const reasons[] = {"HTTP 500", "connection refused", "550 no such mailbox", "无此邮箱，请核对"};
    struct notice_failed *failed = &draft->data.notice_failed;
    draft->event.type = EVENT_notice_failed;
    SET(failed, notice_failed, to, wanted->to);
    SET(failed, notice_failed, repeat, wanted->repeat);
    SET(failed, notice_failed, attempt, wanted->attempts + 1);
    SET(failed, notice_failed, reason, span_of(reasons[dice_between(draft->dice, 0, 3)]));
    SET(failed, notice_failed, permanent, permanent);
    if (!permanent && dice_chance(draft->dice, 9, 10))
        SET(failed, notice_failed, retry_at, draft->wall_ms + dice_between(draft->dice, 0, HOURS(20)));
}

static void read_write(struct draft *draft)
{
    struct notice_read *read = &draft->data.notice_read;
    draft->event.type = EVENT_notice_read;
    SET(read, notice_read, by, span_of(town_person(draft->dice)));
    SET(read, notice_read, means, (int32_t)dice_between(draft->dice, 0, seen_by_count - 1));
}

/* Anything that may be said of a card, mostly what is true. */
static void report_something(struct draft *draft, struct letter_wanted wanted)
{
    struct dice *dice = draft->dice;
    int64_t die = dice_between(dice, 0, 19);
    if (dice_chance(dice, 1, 8))
        wanted.repeat += dice_between(dice, wanted.repeat > 0 ? -1 : 0, 1);
    if (dice_chance(dice, 1, 10))
        wanted.to = span_of(town_person(dice));
    if (dice_chance(dice, 1, 20))
        wanted.id = draft_word(draft, "%c-%lld%s", "ETBCX"[dice_between(dice, 0, 4)],
                               (long long)dice_between(dice, 1, 900), dice_chance(dice, 1, 2) ? "-response-100" : "");
    draft->event.subject = wanted.id;
    if (die < 8)
        sent_write(draft, &wanted);
    else if (die < 18)
        failed_write(draft, &wanted, die < 11);
    else
        read_write(draft);
}

static void postman_act(struct member *member, int64_t wall_ms)
{
    struct postman *postman = member->self;
    struct cast *cast = member->cast;
    struct letter_wanted wanted;
    struct draft draft;
    bool found = false;
    for (int tries = 0; tries < TRIES && !found && postman->follower.cards_count > 0; tries++) {
        uint32_t i = (uint32_t)dice_between(&member->dice, 0, postman->follower.cards_count - 1);
        found = look(&postman->follower.cards[i], &wanted) && (wanted.wanted || dice_chance(&member->dice, 1, 6));
    }
    member->next_ms =
        cast->world->now_ms + dice_pause_ms(&member->dice, 4 * cast->publishing_ms / (int64_t)cast->events_max);
    if (!found)
        return;
    draft_begin_event(&draft, &postman->sender, &member->dice, wall_ms);
    if (dice_chance(&member->dice, 3, 4))
        draft.event.time_ms = wall_ms;
    report_something(&draft, wanted);
    uint32_t letter = draft_publish(&draft, &postman->sender);
    world_tell(cast->world, member->name, "%.*s: %s", SPAN_ARGS(draft.event.subject),
               event_table(draft.event.type)->type);
    if (dice_chance(&member->dice, 1, 12))
        sender_repeat(&postman->sender, letter);
}

/* ---- once the world is healed ---- */

/* Whose turn it is since when is part of it: a card of before a restore may have been for the same reader, whose turn comes again. */
static uint64_t report_key(const struct letter_wanted *wanted)
{
    uint64_t key = siphash((uint64_t)wanted->repeat, (uint64_t)wanted->attempts, wanted->id);
    return siphash(key, (uint64_t)wanted->from_ms, wanted->to);
}

static bool was_reported(const struct postman *postman, uint64_t key)
{
    for (uint32_t i = 0; i < postman->reported_count; i++) {
        if (postman->reported[i] == key)
            return true;
    }
    return false;
}

static bool mailbox_is_dead(uint64_t seed, struct span to)
{
    return siphash(seed, 1, to) % DEAD_OF == 0;
}

static void postman_work(struct member *member, int64_t wall_ms)
{
    struct postman *postman = member->self;
    for (uint32_t i = 0; i < postman->follower.cards_count; i++) {
        struct letter_wanted wanted;
        struct draft draft;
        if (!look(&postman->follower.cards[i], &wanted) || !wanted.wanted || wanted.from_ms > wall_ms ||
            wanted.retry_ms > wall_ms || was_reported(postman, report_key(&wanted)))
            continue;
        ensure(postman->reported_count < REPORTED_MAX);
        postman->reported[postman->reported_count++] = report_key(&wanted);
        draft_begin_event(&draft, &postman->sender, &member->dice, wall_ms);
        draft.event.subject = wanted.id;
        draft.event.time_ms = wall_ms;
        if (mailbox_is_dead(member->cast->world->options.seed, wanted.to))
            failed_write(&draft, &wanted, true);
        else
            sent_write(&draft, &wanted);
        draft_publish(&draft, &postman->sender);
    }
}

static int64_t postman_turn(struct member *member, struct clock_reading now)
{
    struct postman *postman = member->self;
    struct cast *cast = member->cast;
    bool goes_on = !cast->healed && cast->published < cast->events_max;
    if (goes_on && cast->world->now_ms >= member->next_ms)
        postman_act(member, now.wall_ms);
    if (cast->healed)
        postman_work(member, now.wall_ms);
    int64_t wait_ms = sender_turn(&postman->sender, now);
    int64_t read_ms = follower_turn(&postman->follower, now);
    int64_t next_ms = goes_on ? member->next_ms - cast->world->now_ms : cast->healed ? MINUTES(1) : AWHILE_MS;
    wait_ms = read_ms < wait_ms ? read_ms : wait_ms;
    return next_ms < wait_ms ? next_ms : wait_ms;
}

static bool postman_has_mail(const struct member *member)
{
    const struct postman *postman = member->self;
    return bus_sim_port_has_mail(postman->sender.publisher->port) || follower_has_mail(&postman->follower);
}

static struct sender *postman_sender(struct member *member)
{
    return &((struct postman *)member->self)->sender;
}

static struct follower *postman_follower(struct member *member)
{
    return &((struct postman *)member->self)->follower;
}

const struct member_kind kind_postman = {.open = postman_open,
                                         .close = postman_close,
                                         .turn = postman_turn,
                                         .has_mail = postman_has_mail,
                                         .sender = postman_sender,
                                         .follower = postman_follower};

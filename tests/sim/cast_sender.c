/*
 * cast_sender.c - publishing with a log: what was published, what was heard of it, what must be said again.
 *
 *   publish ──▶ waiting ──▶ handed over, in order ──answer──▶ ACKED or REFUSED
 *                 ▲                    │
 *                 └── fenced, started anew, or the journal became another one meanwhile
 *
 * The client library answers for each event once and in order: the log checks that, too.
 */
#include "core/ensure.h"
#include "core/status.h"
#include "tests/sim/cast_inside.h"
#include "tests/sim/town_access.h"

#include <stdlib.h>

#define BEHIND_MAX_MS HOURS(12)    /* how far clocks are set back */
#define BEHIND_SLACK_MS MINUTES(5) /* what the journal's time is slewed */
#define BLOCKED_RETRY_MS 200       /* nobody is there to take a message */

/* ---- lists ---- */

static void *grow(void *at, uint32_t *capacity, size_t size)
{
    *capacity = *capacity ? 2 * *capacity : 64;
    at = realloc(at, *capacity * size);
    ensure(at != NULL);
    return at;
}

static void numbers_add(struct numbers *numbers, uint32_t number)
{
    if (numbers->first > 1024 && numbers->first > numbers->count / 2) {
        memmove(numbers->at, numbers->at + numbers->first, (numbers->count - numbers->first) * sizeof *numbers->at);
        numbers->count -= numbers->first;
        numbers->first = 0;
    }
    if (numbers->count == numbers->capacity)
        numbers->at = grow(numbers->at, &numbers->capacity, sizeof *numbers->at);
    numbers->at[numbers->count++] = number;
}

static void handed_add(struct sender *sender, uint32_t letter)
{
    if (sender->handed_first + sender->handed_count == sender->handed_capacity) {
        if (sender->handed_first > 0)
            memmove(sender->handed, sender->handed + sender->handed_first,
                    sender->handed_count * sizeof *sender->handed);
        else
            sender->handed = grow(sender->handed, &sender->handed_capacity, sizeof *sender->handed);
        sender->handed_first = 0;
    }
    sender->handed[sender->handed_first + sender->handed_count++] =
        (struct handed){.letter = letter, .restores = sender->member->cast->restores};
}

/* ---- what is heard ---- */

/* Whether its own time may be too far ahead: the journal's may be behind by as much as clocks were set back. */
static bool may_be_ahead(const struct world *world, const struct letter *letter)
{
    struct event *event = cast_take(sizeof *event);
    struct flaw flaw;
    int64_t behind_ms = world->outcome.faults[FAULT_clock_back] > 0 ? BEHIND_MAX_MS : 0;
    int64_t at_ms = WORLD_BEGIN_MS + letter->published_ms - behind_ms - BEHIND_SLACK_MS;
    bool may = event_decode(span_make(letter->bytes, letter->len), event, &flaw) == 0 &&
               event->time_ms > at_ms + FUTURE_MAX_MS;
    may = may && event->has_time;
    free(event);
    return may;
}

static bool may_refuse(const struct world *world, const struct letter *letter, int status)
{
    return letter->flawed || (status == -E_FUTURE_TIME && may_be_ahead(world, letter));
}

static void heard_refused(struct sender *sender, struct letter *letter, const struct manyi_result *result)
{
    struct world *world = sender->member->cast->world;
    if (!may_refuse(world, letter, result->status))
        world_violated(world, "sound events are accepted", "%s of %s is sound, but was refused: %s %s %s", letter->id,
                       sender->source, status_text(result->status)->code, result->field, result->message);
    if (letter->state == LETTER_WAITS)
        letter->state = LETTER_REFUSED;
}

static void heard_acked(struct sender *sender, struct letter *letter, const struct manyi_result *result)
{
    struct world *world = sender->member->cast->world;
    if (letter->flawed)
        world_violated(world, "flawed events are refused", "%s of %s is flawed, but was accepted as entry %llu",
                       letter->id, sender->source, (unsigned long long)result->seq);
    letter->state = LETTER_ACKED;
    if (result->seq > 0)
        letter->seq = result->seq;
}

static void on_result(void *context, const struct manyi_result *result)
{
    struct sender *sender = context;
    struct world *world = sender->member->cast->world;
    ensure(sender->handed_count > 0);
    struct handed handed = sender->handed[sender->handed_first++];
    sender->handed_count--;
    struct letter *letter = &sender->letters[handed.letter];
    if (result->token != handed.letter)
        world_violated(world, "answers come in order", "%s was told of event %llu where %u (%s) comes next",
                       sender->member->name, (unsigned long long)result->token, handed.letter, letter->id);
    if (!span_equal(span_make(result->event, result->event_len), span_make(letter->bytes, letter->len)))
        world_violated(world, "answers come in order", "%s was told of other bytes than those of %s",
                       sender->member->name, letter->id);
    if (handed.restores != sender->member->cast->restores)
        numbers_add(&sender->waiting, handed.letter); /* of the journal before: asked again */
    else if (result->status)
        heard_refused(sender, letter, result);
    else
        heard_acked(sender, letter, result);
}

static void on_fenced(void *context)
{
    struct sender *sender = context;
    sender->fenced = true;
}

/* ---- the publisher ---- */

static void publisher_begin(struct sender *sender)
{
    char instance[64];
    struct cast *cast = sender->member->cast;
    member_owns(sender->member);
    snprintf(instance, sizeof instance, "%s-%u", sender->member->name, ++sender->opened);
    struct manyi_publisher_options options = {
        .endpoint = sender->endpoint,
        .source = sender->session ? sender->source : NULL,
        .instance = instance,
        .window_bytes = sender->window_bytes,
        .batch_events = sender->batch_events,
        .on_result = on_result,
        .on_fenced = on_fenced,
        .context = sender,
    };
    bus_sim_principal(cast->world->setup.bus, sender->principal);
    int result = manyi_publisher_open(&cast->manyi, &options, &sender->publisher);
    ensure(result == 0);
    bus_sim_principal(cast->world->setup.bus, 0);
    sender->fenced = false;
}

static void begin(struct sender *sender, struct member *member, const char *source, const char *endpoint, bool session,
                  struct dice *dice)
{
    static const uint32_t batches[] = {1, 4, 16, 128, 512};
    sender->member = member;
    sender->endpoint = endpoint;
    sender->session = session;
    snprintf(sender->source, sizeof sender->source, "%s", source);
    sender->window_bytes = (uint64_t)dice_between(dice, 128, 1024) * KIB;
    sender->batch_events = batches[dice_between(dice, 0, 4)];
    publisher_begin(sender);
}

void sender_open(struct sender *sender, struct member *member, const char *source, bool session, struct dice *dice)
{
    sender_open_at(sender, member, source, member->cast->world->setup.intake_endpoint, session, dice);
}

void sender_open_as(struct sender *sender, struct member *member, const char *source, bool session, struct dice *dice,
                    uint32_t principal)
{
    const struct setup *setup = &member->cast->world->setup;
    *sender = (struct sender){.principal = setup->access_path[0] != '\0' ? principal : 0};
    begin(sender, member, source, setup->intake_endpoint, session, dice);
}

void sender_open_at(struct sender *sender, struct member *member, const char *source, const char *endpoint,
                    bool session, struct dice *dice)
{
    *sender = (struct sender){.principal = 0};
    begin(sender, member, source, endpoint, session, dice);
}

void sender_close(struct sender *sender)
{
    manyi_publisher_close(sender->publisher);
    for (uint32_t i = 0; i < sender->letters_count; i++)
        free(sender->letters[i].bytes);
    free(sender->letters);
    free(sender->waiting.at);
    free(sender->handed);
}

void sender_restart(struct sender *sender)
{
    struct numbers waiting = {0};
    for (uint32_t i = 0; i < sender->handed_count; i++)
        numbers_add(&waiting, sender->handed[sender->handed_first + i].letter);
    for (uint32_t i = sender->waiting.first; i < sender->waiting.count; i++)
        numbers_add(&waiting, sender->waiting.at[i]);
    free(sender->waiting.at);
    sender->waiting = waiting;
    sender->handed_first = sender->handed_count = 0;
    manyi_publisher_close(sender->publisher);
    publisher_begin(sender);
}

/* What intake must refuse of whoever has a key: an appeal in another's name, and what says of itself that it is in a store that is
 * not one of theirs. */
static bool is_forbidden(const struct sender *sender, struct span bytes)
{
    struct event *event = cast_take(sizeof *event);
    struct flaw flaw;
    bool forbidden = sender->principal != 0 && event_decode(bytes, event, &flaw) == 0;
    if (forbidden && event->type == EVENT_task_opened)
        forbidden = !town_directs(event->data.task_opened.store);
    else if (forbidden && event->type == EVENT_ledger_vetoed)
        forbidden = !town_directs(event->data.ledger_vetoed.store);
    else if (forbidden && event->type == EVENT_feedback_rated) /* told in a call */
        forbidden = !town_directs(event->data.rated.store);
    else
        forbidden = forbidden && event->type == EVENT_appeal_filed;
    free(event);
    return forbidden;
}

uint32_t sender_publish(struct sender *sender, const char *id, struct span event, bool flawed)
{
    if (sender->letters_count == sender->letters_capacity)
        sender->letters = grow(sender->letters, &sender->letters_capacity, sizeof *sender->letters);
    struct letter *letter = &sender->letters[sender->letters_count];
    *letter = (struct letter){.bytes = cast_take(event.len),
                              .len = event.len,
                              .flawed = flawed || is_forbidden(sender, event),
                              .published_ms = sender->member->cast->world->now_ms};
    snprintf(letter->id, sizeof letter->id, "%s", id);
    memcpy(letter->bytes, event.at, event.len);
    numbers_add(&sender->waiting, sender->letters_count);
    sender->member->cast->published++;
    return sender->letters_count++;
}

void sender_repeat(struct sender *sender, uint32_t letter)
{
    ensure(letter < sender->letters_count);
    numbers_add(&sender->waiting, letter);
}

static void hand_over(struct sender *sender)
{
    struct numbers *waiting = &sender->waiting;
    while (waiting->first < waiting->count) {
        uint32_t number = waiting->at[waiting->first];
        const struct letter *letter = &sender->letters[number];
        int result = manyi_publish(sender->publisher, letter->bytes, letter->len, number);
        if (result == -E_AGAIN || result == -E_FENCED)
            return;
        if (result) {
            world_violated(sender->member->cast->world, "the library takes events", "%s: %s was not taken: %s",
                           sender->member->name, letter->id, status_text(result)->code);
            return;
        }
        waiting->first++;
        handed_add(sender, number);
    }
}

/* What the library waits for; its own header says when. */
static int64_t patience_ms(const struct sender *sender, int64_t now_ms)
{
    const struct manyi_publisher *publisher = sender->publisher;
    bool greets = publisher->state == PUBLISHER_GREETING && publisher->greeted;
    if (publisher->rest_until_ms > now_ms)
        return publisher->rest_until_ms - now_ms;
    if (publisher_flying(publisher) || greets)
        return publisher->quiet_since_ms + ((int64_t)SILENCE_MS << publisher->silences) - now_ms;
    bool idle = publisher->state == PUBLISHER_SENDING && manyi_publisher_pending(publisher) == 0;
    return idle ? AWHILE_MS : BLOCKED_RETRY_MS;
}

int64_t sender_turn(struct sender *sender, struct clock_reading now)
{
    if (sender->fenced) {
        world_tell(sender->member->cast->world, sender->member->name, "fenced: opens anew, says again what it has");
        sender_restart(sender);
    }
    hand_over(sender);
    int result = manyi_publisher_turn(sender->publisher, 0);
    if (result && !sender->fenced) {
        world_violated(sender->member->cast->world, "publishers live", "%s died: %s", sender->member->name,
                       status_text(result)->summary);
        return AWHILE_MS;
    }
    if (sender->fenced)
        return 0;
    int64_t wait_ms = patience_ms(sender, now.monotonic_ms);
    return wait_ms > 0 ? wait_ms : 1;
}

/* ---- what is known ---- */

void sender_restored(struct sender *sender, uint64_t head)
{
    for (uint32_t i = 0; i < sender->letters_count; i++) {
        struct letter *letter = &sender->letters[i];
        if (letter->state != LETTER_ACKED || (letter->seq > 0 && letter->seq <= head))
            continue;
        letter->state = LETTER_WAITS;
        letter->seq = 0;
        numbers_add(&sender->waiting, i);
    }
}

bool sender_is_done(const struct sender *sender)
{
    return sender->waiting.first == sender->waiting.count && sender->handed_count == 0;
}

int sender_acked(const struct sender *sender, int (*visit)(void *context, const struct acked *acked), void *context)
{
    for (uint32_t i = 0; i < sender->letters_count; i++) {
        const struct letter *letter = &sender->letters[i];
        if (letter->state != LETTER_ACKED)
            continue;
        struct acked acked = {.source = sender->source,
                              .id = letter->id,
                              .event = span_make(letter->bytes, letter->len),
                              .seq = letter->seq};
        int result = visit(context, &acked);
        if (result)
            return result;
    }
    return 0;
}

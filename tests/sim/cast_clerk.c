/*
 * cast_clerk.c - a clerk who asks: lists, figures, one case, and what became of a decision that was acknowledged. Whatever comes
 * back must be what was asked for; that it is as of the worker's last commit is looked at when it leaves (checks_served.c).
 */
#include "clients/c/asker.h"
#include "core/ensure.h"
#include "core/status.h"
#include "tests/sim/cast_inside.h"

#include <stdlib.h>

#define TIMEOUT_MS MINUTES(2)
#define LIMIT 20

struct clerk {
    struct manyi_asker *asker;
    bool asks;
    uint32_t restores; /* seen when it asked */
    uint64_t outcome;  /* of which decision; 0: something else */
    char what[24];
};

static void clerk_open(struct member *member)
{
    struct clerk *clerk = cast_take(sizeof *clerk);
    struct cast *cast = member->cast;
    member_owns(member);
    int result = manyi_asker_open(&cast->manyi, cast->world->setup.query_endpoint, &clerk->asker);
    ensure(result == 0);
    member->self = clerk;
    member->next_ms = dice_pause_ms(&member->dice, MINUTES(30));
}

static void clerk_close(struct member *member)
{
    struct clerk *clerk = member->self;
    manyi_asker_close(clerk->asker);
    free(clerk);
}

/* ---- asking ---- */

/* A letter of somebody's that was acknowledged; NULL when the dice find none. */
static const struct letter *some_acked(struct member *member)
{
    for (int tries = 0; tries < 8; tries++) {
        struct member *other = &member->cast->members[dice_between(&member->dice, 0, member->cast->count - 1)];
        if (!other->self || !other->kind->sender)
            continue;
        const struct sender *sender = other->kind->sender(other);
        if (sender->letters_count == 0)
            continue;
        const struct letter *letter = &sender->letters[dice_between(&member->dice, 0, sender->letters_count - 1)];
        if (letter->state == LETTER_ACKED && letter->seq > 0)
            return letter;
    }
    return NULL;
}

static void filters_fill(struct dice *dice, struct get_request *request)
{
    static const char *const words[] = {"open", "received", "raised", "started", "closed", "whatever"};
    if (dice_chance(dice, 1, 4))
        SET(request, get_request, store, span_of(town_store(dice)));
    if (dice_chance(dice, 1, 6))
        SET(request, get_request, department, span_of(town_department(dice)));
    if (dice_chance(dice, 1, 3))
        SET(request, get_request, status, span_of(words[dice_between(dice, 0, 5)]));
    if (dice_chance(dice, 1, 4))
        SET(request, get_request, overdue, true);
    SET(request, get_request, limit, dice_between(dice, 1, LIMIT));
}

static void scores_fill(struct dice *dice, struct get_request *request)
{
    static const char *const by[] = {"group", "store", "department", "staff", "weekday"};
    static const char *const periods[] = {"2026-11-23", "2026-11", "2026-Q4", "2026-H2", "2026", "yesterday"};
    SET(request, get_request, by, span_of(by[dice_between(dice, 0, 4)]));
    SET(request, get_request, period, span_of(periods[dice_between(dice, 0, 5)]));
}

static void ask(struct member *member, int64_t now_ms)
{
    static const char *const whats[] = {"complaints", "escalations", "tasks",   "status",  "notices",
                                        "policy",     "scores",      "outcome", "outcome", "outcome"};
    struct clerk *clerk = member->self;
    struct get_request request = {0};
    uint8_t body[1024];
    struct wire_writer writer;
    const struct letter *letter = some_acked(member);
    int64_t die = dice_between(&member->dice, 0, 9);
    snprintf(clerk->what, sizeof clerk->what, "%s", whats[die]);
    clerk->outcome = 0;
    SET(&request, get_request, what, span_of(clerk->what));
    if (die < 3)
        filters_fill(&member->dice, &request);
    if (die == 6)
        scores_fill(&member->dice, &request);
    if (die >= 7) {
        clerk->outcome = letter ? letter->seq : 1;
        SET(&request, get_request, seq, (int64_t)clerk->outcome);
        SET(&request, get_request, wait_seq, (int64_t)clerk->outcome);
    }
    wire_writer_init(&writer, body, sizeof body);
    record_encode(&record_of_get_request, &request, ENCODE_EVENT, &writer);
    ensure(!writer.full);
    int result = asker_begin(clerk->asker, "GET", wire_written(&writer), now_ms, TIMEOUT_MS);
    ensure(result == 0);
    clerk->asks = true;
    clerk->restores = member->cast->restores;
}

/* ---- hearing ---- */

static void rows_hear(struct member *member, struct span body)
{
    struct clerk *clerk = member->self;
    struct world *world = member->cast->world;
    struct rows_reply rows;
    struct flaw flaw;
    struct wire_value header, seq = {.kind = WIRE_NIL};
    struct span row, bytes;
    if (strcmp(clerk->asker->reply_verb, "ROWS") != 0 || record_decode(&record_of_rows_reply, body, &rows, &flaw)) {
        world_violated(world, "queries answer", "GET %s is answered by a %s that can't be read", clerk->what,
                       clerk->asker->reply_verb);
        return;
    }
    struct wire_reader reader = wire_reader(rows.rows);
    if (wire_read(&reader, &header) || header.kind != WIRE_ARRAY || header.count > ROWS_MAX) {
        world_violated(world, "queries answer", "GET %s is answered by no rows", clerk->what);
        return;
    }
    if (clerk->outcome == 0 || clerk->restores != member->cast->restores)
        return;
    if ((uint64_t)rows.seq < clerk->outcome)
        world_violated(world, "queries answer", "what became of entry %llu is told as of entry %lld",
                       (unsigned long long)clerk->outcome, (long long)rows.seq);
    bool its = header.count == 0 || (wire_skip(&reader, 64, &row) == 0 && wire_find(row, "seq", &seq, &bytes) == 0 &&
                                     seq.kind == WIRE_UINT && seq.natural == clerk->outcome);
    if (header.count > 1 || !its)
        world_violated(world, "queries answer", "what became of entry %llu is told of another one",
                       (unsigned long long)clerk->outcome);
}

static bool may_refuse(int result)
{
    return result == -E_UNREACHABLE || result == -E_NOT_FOLDED || result == -E_UNKNOWN_CASE || result == -E_AGAIN ||
           result == -E_UNKNOWN_CHOICE || result == -E_BAD_TIME || result == -E_NO_POLICY || result == -E_NOT_FOUND;
}

static int64_t clerk_turn(struct member *member, struct clock_reading now)
{
    struct clerk *clerk = member->self;
    struct cast *cast = member->cast;
    struct span body;
    struct client_reply late;
    while (!clerk->asks && client_receive(clerk->asker->port, &clerk->asker->parcel, &late) == 0)
        continue; /* an answer that came after all */
    if (!clerk->asks && !cast->healed && cast->world->now_ms >= member->next_ms)
        ask(member, now.monotonic_ms);
    if (clerk->asks) {
        int result = asker_poll(clerk->asker, now.monotonic_ms, &body);
        if (result == -E_AGAIN) {
            int64_t next_ms =
                clerk->asker->resend_ms < clerk->asker->end_ms ? clerk->asker->resend_ms : clerk->asker->end_ms;
            return next_ms - now.monotonic_ms > 200 ? next_ms - now.monotonic_ms : 200;
        }
        clerk->asks = false;
        member->next_ms = cast->world->now_ms + dice_pause_ms(&member->dice, cast->publishing_ms / 80);
        if (result == 0)
            rows_hear(member, body);
        else if (!may_refuse(result))
            world_violated(cast->world, "queries answer", "GET %s is refused: %s %s", clerk->what,
                           status_text(result)->code, clerk->asker->message);
    }
    return cast->healed ? AWHILE_MS : member->next_ms - cast->world->now_ms;
}

const struct member_kind kind_clerk = {.open = clerk_open, .close = clerk_close, .turn = clerk_turn};

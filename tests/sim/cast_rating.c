/*
 * cast_rating.c - ratings in all their forms, and what is said about them afterwards: that they were wrong.
 */
#include "tests/sim/cast_inside.h"

static struct dimension_scores some_scores(struct draft *draft)
{
    static const char *const dimensions[] = {"quality",  "initiation", "advisor", "facility", "pickup", "consultation",
                                             "delivery", "price",      "answer",  "attitude", "image",  "smell"};
    struct dice *dice = draft->dice;
    struct dimension_scores scores = {.count = (uint32_t)dice_between(dice, 1, 5)};
    int64_t first = dice_between(dice, 0, 11);
    bool unhappy = dice_chance(dice, 1, 5);
    for (uint32_t i = 0; i < scores.count; i++) {
        scores.item[i].dimension = span_of(dimensions[(first + i) % 12]);
        scores.item[i].thousandths = (int32_t)dice_between(dice, unhappy ? 0 : 10, 20) * 500;
    }
    return scores;
}

static struct raw_answer some_key(struct draft *draft)
{
    static const char *const scales[] = {"huawei-cec", "huawei-cec", "cti-4", "yeastar", "acme"};
    struct raw_answer raw = {0};
    SET(&raw, raw_answer, key, dice_between(draft->dice, -3, 6));
    SET(&raw, raw_answer, scale, span_of(scales[dice_between(draft->dice, 0, 4)]));
    return raw;
}

static int32_t whole_score(struct dice *dice, int64_t least, int64_t most)
{
    return (int32_t)(1000 * dice_between(dice, least, most));
}

static void figures_fill(struct draft *draft, struct rated *fact)
{
    struct dice *dice = draft->dice;
    int64_t form = dice_between(dice, 0, 9);
    if (form <= 4)
        SET(fact, rated, scores, some_scores(draft));
    if (form == 5 || form == 6 || dice_chance(dice, 1, 8))
        SET(fact, rated, overall, (int32_t)dice_between(dice, 0, 10000));
    if (form == 7 || dice_chance(dice, 1, 6))
        SET(fact, rated, raw, some_key(draft));
    if (form == 8 || dice_chance(dice, 1, 4))
        SET(fact, rated, nps, whole_score(dice, dice_chance(dice, 1, 4) ? 0 : 6, 10));
    if (form == 9 || dice_chance(dice, 1, 6))
        SET(fact, rated, ces, (int32_t)dice_between(dice, 1000, 7000));
    /* A rating without any figure is flawed: E1210. */
    draft->flawed = dice_chance(dice, 1, 60);
    if (draft->flawed) {
        UNSET(fact, rated, scores);
        fact->scores.count = 0;
        UNSET(fact, rated, overall);
        UNSET(fact, rated, raw);
        UNSET(fact, rated, nps);
        UNSET(fact, rated, ces);
    }
}

/* Where something is wrong: the same few dimensions of one workshop, again and again. */
static void troubled_place(struct draft *draft, struct rated *fact)
{
    struct dice *dice = draft->dice;
    struct dimension_scores scores = {.count = (uint32_t)dice_between(dice, 1, 2)};
    SET(fact, rated, store, span_of("sh-pudong"));
    SET(fact, rated, department, span_of("service"));
    if (!HAS(fact, rated, scores))
        return;
    for (uint32_t i = 0; i < scores.count; i++) {
        scores.item[i].dimension = span_of(i == 0 ? "quality" : "pickup");
        scores.item[i].thousandths = (int32_t)dice_between(dice, 4, 20) * 500;
    }
    SET(fact, rated, scores, scores);
}

/* Who asked, and on what: calls of our own and of the manufacturer's, telephones that are passed on, contacts just edited. */
static void circumstances(struct draft *draft, struct rated *fact)
{
    struct dice *dice = draft->dice;
    if (dice_chance(dice, 1, 3))
        SET(fact, rated, channel, dice_chance(dice, 1, 2) ? channel_is_phone : channel_is_oem);
    if (!draft->flawed && fact->channel == channel_is_phone && dice_chance(dice, 1, 2))
        SET(fact, rated, overall, 10000);
    if (dice_chance(dice, 1, 3))
        SET(fact, rated, device, draft_word(draft, "tel-%d", (int)dice_between(dice, 1, 3)));
    if (dice_chance(dice, 1, 8))
        SET(fact, rated, contact_changed_at, draft->wall_ms - HOURS(dice_between(dice, -5, 90)));
}

void rating_draft(struct draft *draft)
{
    struct dice *dice = draft->dice;
    struct rated *fact = &draft->data.rated;
    draft->event.type = EVENT_feedback_rated;
    SET(fact, rated, store, span_of(town_store(dice)));
    SET(fact, rated, department, span_of(town_department(dice)));
    SET(fact, rated, channel, (int32_t)dice_between(dice, 0, channel_count - 1));
    if (dice_chance(dice, 1, 2))
        SET(fact, rated, visit, draft_visit(draft));
    if (dice_chance(dice, 1, 2))
        SET(fact, rated, customer, draft_customer(draft));
    if (dice_chance(dice, 1, 2))
        SET(fact, rated, staff, span_of(town_person(dice)));
    figures_fill(draft, fact);
    if (dice_chance(dice, 2, 5))
        troubled_place(draft, fact);
    circumstances(draft, fact);
    if (dice_chance(dice, 1, 10))
        SET(fact, rated, comment, span_of("as always"));
    if (dice_chance(dice, 1, 16))
        SET(fact, rated, historical, true);
}

/* ---- what was wrong ---- */

/* Something of the sender's own, by its id or (once it is known) by its seq; now and then of nobody's. */
static struct reference some_fact(struct draft *draft, const struct sender *sender)
{
    struct dice *dice = draft->dice;
    struct reference of = {0};
    const struct letter *letter = NULL;
    if (sender->letters_count > 0)
        letter = &sender->letters[dice_between(dice, 0, sender->letters_count - 1)];
    if (!letter || dice_chance(dice, 1, 12)) {
        if (dice_chance(dice, 1, 2))
            of.id = draft_word(draft, "nobody-%d", (int)dice_between(dice, 1, 9));
        else
            of.seq = (uint64_t)dice_between(dice, 1, 4000);
    } else if (letter->seq > 0 && dice_chance(dice, 1, 2)) {
        of.seq = letter->seq;
    } else {
        of.id = draft_word(draft, "%s", letter->id);
    }
    return of;
}

void correction_draft(struct draft *draft, const struct sender *sender)
{
    struct dice *dice = draft->dice;
    struct corrected *fact = &draft->data.corrected;
    draft->event.type = EVENT_feedback_corrected;
    SET(fact, corrected, of, some_fact(draft, sender));
    if (dice_chance(dice, 1, 5))
        SET(fact, corrected, store, span_of(town_store(dice)));
    if (dice_chance(dice, 1, 5))
        SET(fact, corrected, department, span_of(town_department(dice)));
    if (dice_chance(dice, 1, 6))
        SET(fact, corrected, visit, draft_visit(draft));
    if (dice_chance(dice, 1, 6))
        SET(fact, corrected, staff, span_of(town_person(dice)));
    if (dice_chance(dice, 1, 3))
        SET(fact, corrected, scores, some_scores(draft));
    if (dice_chance(dice, 1, 8))
        SET(fact, corrected, raw, some_key(draft));
    if (dice_chance(dice, 1, 3))
        SET(fact, corrected, overall, (int32_t)dice_between(dice, 0, 10000));
    if (dice_chance(dice, 1, 5))
        SET(fact, corrected, nps, whole_score(dice, 0, 10));
    if (dice_chance(dice, 1, 8))
        SET(fact, corrected, ces, (int32_t)dice_between(dice, 1000, 7000));
    if (dice_chance(dice, 2, 3))
        SET(fact, corrected, by, span_of(town_person(dice)));
}

void retraction_draft(struct draft *draft, const struct sender *sender)
{
    struct retracted *fact = &draft->data.retracted;
    draft->event.type = EVENT_feedback_retracted;
    SET(fact, retracted, of, some_fact(draft, sender));
    SET(fact, retracted, reason, span_of("entered twice"));
    if (dice_chance(draft->dice, 2, 3))
        SET(fact, retracted, by, span_of(town_person(draft->dice)));
}

/* Who was rated by one of the sender's own letters; anybody, when it is no rating or names nobody. */
static struct span rated_person(struct draft *draft, const struct letter *letter)
{
    struct event event;
    struct flaw flaw;
    bool rated = event_decode(span_make(letter->bytes, letter->len), &event, &flaw) == 0 &&
                 event.type == EVENT_feedback_rated && HAS(&event.data.rated, rated, staff);
    return rated ? event.data.rated.staff : span_of(town_person(draft->dice));
}

/* Somebody thinks that a rating is unfair: mostly of whom it is, sometimes of another, or about nothing that there is. */
void appeal_draft(struct draft *draft, const struct sender *sender)
{
    struct dice *dice = draft->dice;
    struct appeal_filed *filed = &draft->data.appeal_filed;
    struct reference of = some_fact(draft, sender);
    struct span by = span_of(town_person(dice));
    draft->event.type = EVENT_appeal_filed;
    if (sender->letters_count > 0 && dice_chance(dice, 4, 5)) {
        const struct letter *letter = &sender->letters[dice_between(dice, 0, sender->letters_count - 1)];
        by = rated_person(draft, letter);
        of = (struct reference){.id = draft_word(draft, "%s", letter->id)};
    }
    SET(filed, appeal_filed, by, by);
    SET(filed, appeal_filed, ground, (int32_t)dice_between(dice, 0, appeal_ground_count - 1));
    if (!dice_chance(dice, 1, 20))
        SET(filed, appeal_filed, rating, of);
    if (dice_chance(dice, 1, 20))
        SET(filed, appeal_filed, entry, span_of("L-9999999-nobody"));
}

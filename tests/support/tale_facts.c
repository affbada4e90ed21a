/* tale_facts.c - facts of a tale: visits, complaints, ratings, and what is put right about them. */
#include "tests/support/tale.h"

#define HOUR_MS (3600 * 1000ll)
#define DAY_MS (24 * HOUR_MS)

static void happen_visit(struct tale *tale)
{
    struct visit fact = {0};
    SET(&fact, visit, store, tale_store(tale));
    SET(&fact, visit, department, tale_department(tale));
    SET(&fact, visit, visit, tale_one_of(tale, "visit", 12));
    SET(&fact, visit, kind, tale_chance(tale, 2, 3) ? visit_kind_is_repair : visit_kind_is_sale);
    if (tale_chance(tale, 3, 4))
        SET(&fact, visit, vehicle, tale_one_of(tale, "vin", 3));
    if (tale_chance(tale, 3, 4))
        SET(&fact, visit, fault, tale_one_of(tale, "fault", 2));
    if (tale_chance(tale, 1, 2))
        SET(&fact, visit, staff, tale_person(tale));
    if (tale_chance(tale, 1, 8))
        SET(&fact, visit, safety, tale_chance(tale, 1, 2));
    if (tale_chance(tale, 1, 4))
        SET(&fact, visit, warranty, tale_chance(tale, 1, 2));
    if (tale_chance(tale, 1, 10))
        SET(&fact, visit, historical, true);
    tale_publish(tale, tale_chance(tale, 1, 2) ? EVENT_visit_opened : EVENT_visit_completed, NULL, tale_time(tale),
                 &fact);
}

static void happen_complaint(struct tale *tale)
{
    struct complained fact = {0};
    SET(&fact, complained, store, tale_store(tale));
    SET(&fact, complained, channel, tale_chance(tale, 1, 10) ? channel_is_regulator : channel_is_phone);
    SET(&fact, complained, category,
        tale_chance(tale, 1, 2) ? category_is_delay : (int32_t)tale_between(tale, 0, category_count - 1));
    SET(&fact, complained, text, span_of("the window does not close"));
    if (tale_chance(tale, 4, 5))
        SET(&fact, complained, department, tale_department(tale));
    if (tale_chance(tale, 1, 3)) {
        fact.staff.item[fact.staff.count++] = tale_person(tale);
        if (tale_chance(tale, 1, 3))
            fact.staff.item[fact.staff.count++] = tale_person(tale);
        SET(&fact, complained, staff, fact.staff);
    }
    if (tale_chance(tale, 1, 2))
        SET(&fact, complained, customer, tale_one_of(tale, "customer", 8));
    if (tale_chance(tale, 1, 2))
        SET(&fact, complained, visit, tale_one_of(tale, "visit", 12));
    if (tale_chance(tale, 1, 4))
        SET(&fact, complained, vehicle, tale_one_of(tale, "vin", 3));
    if (tale_chance(tale, 1, 6))
        SET(&fact, complained, grade, (int32_t)tale_between(tale, 0, grade_count - 1));
    if (tale_chance(tale, 1, 6))
        SET(&fact, complained, heard_at, tale->now_ms - tale_between(tale, -HOUR_MS, 9 * DAY_MS));
    if (tale_chance(tale, 1, 6))
        SET(&fact, complained, claim_fen, tale_between(tale, 0, 3) * 50000);
    if (tale_chance(tale, 1, 15))
        SET(&fact, complained, injury, tale_chance(tale, 1, 2));
    if (tale_chance(tale, 1, 15))
        SET(&fact, complained, press, tale_chance(tale, 1, 2));
    if (tale_chance(tale, 1, 15))
        SET(&fact, complained, historical, tale_chance(tale, 1, 2));
    uint64_t seq = tale_publish(tale, EVENT_feedback_complained, NULL, tale_time(tale), &fact);
    if (tale->complaints < TALE_SEQS_MAX)
        tale->complaint[tale->complaints++] = seq;
}

static void scores_of(struct tale *tale, struct dimension_scores *scores)
{
    static const char *const names[] = {"quality", "advisor", "pickup", "delivery", "price", "vehicle", "taste"};
    for (uint32_t i = 0; i < 7; i++)
        if (tale_chance(tale, 1, 3)) {
            scores->item[scores->count].dimension = span_of(names[i]);
            scores->item[scores->count++].thousandths =
                (int32_t)tale_between(tale, 60, 100) * 100 / (tale_chance(tale, 1, 6) + 1);
        }
}

static struct raw_answer raw_of(struct tale *tale)
{
    static const char *const scales[] = {"huawei-cec", "cti-4", "nobody"};
    struct raw_answer raw = {0};
    SET(&raw, raw_answer, key, tale_between(tale, -3, 6));
    SET(&raw, raw_answer, scale, span_of(scales[tale_between(tale, 0, 2)]));
    return raw;
}

static void happen_rating(struct tale *tale)
{
    struct rated fact = {0};
    SET(&fact, rated, store, tale_store(tale));
    SET(&fact, rated, department, tale_department(tale));
    SET(&fact, rated, channel, channel_is_kiosk);
    if (tale_chance(tale, 1, 2))
        SET(&fact, rated, visit, tale_one_of(tale, "visit", 12));
    if (tale_chance(tale, 1, 3))
        SET(&fact, rated, customer, tale_one_of(tale, "customer", 8));
    if (tale_chance(tale, 1, 2))
        SET(&fact, rated, staff, tale_person(tale));
    scores_of(tale, &fact.scores);
    if (fact.scores.count && tale_chance(tale, 1, 2))
        SET(&fact, rated, scores, fact.scores);
    if (tale_chance(tale, 1, 5))
        SET(&fact, rated, raw, raw_of(tale));
    if (tale_chance(tale, 1, 4))
        SET(&fact, rated, nps, (int32_t)tale_between(tale, tale_chance(tale, 1, 2) ? 5 : 0, 10) * 1000);
    if (tale_chance(tale, 1, 4))
        SET(&fact, rated, ces, (int32_t)tale_between(tale, 10, 70) * 100);
    if (tale_chance(tale, 1, 15))
        SET(&fact, rated, historical, true);
    bool any = HAS(&fact, rated, scores) || HAS(&fact, rated, raw) || HAS(&fact, rated, nps) || HAS(&fact, rated, ces);
    if (!any || tale_chance(tale, 1, 4))
        SET(&fact, rated, overall, (int32_t)tale_between(tale, tale_chance(tale, 1, 3) ? 0 : 58, 100) * 100);
    uint64_t seq = tale_publish(tale, EVENT_feedback_rated, NULL, tale_time(tale), &fact);
    if (tale->ratings < TALE_SEQS_MAX)
        tale->rating[tale->ratings++] = seq;
}

static struct reference fact_reference(struct tale *tale)
{
    struct reference of = {0};
    if (tale_chance(tale, 1, 3)) {
        of.id = tale_one_of(tale, "e", (int64_t)tale->events + 2);
        return of;
    }
    of.seq = tale_chance(tale, 1, 8) ? tale_pick(tale, tale->complaint, tale->complaints)
                                     : tale_pick(tale, tale->rating, tale->ratings);
    return of;
}

static void happen_correction(struct tale *tale)
{
    struct corrected fact = {0};
    SET(&fact, corrected, of, fact_reference(tale));
    if (tale_chance(tale, 1, 6))
        SET(&fact, corrected, store, tale_store(tale));
    if (tale_chance(tale, 1, 6))
        SET(&fact, corrected, department, tale_department(tale));
    if (tale_chance(tale, 1, 6))
        SET(&fact, corrected, visit, tale_one_of(tale, "visit", 12));
    if (tale_chance(tale, 1, 6))
        SET(&fact, corrected, customer, tale_one_of(tale, "customer", 8));
    if (tale_chance(tale, 1, 6))
        SET(&fact, corrected, staff, tale_person(tale));
    scores_of(tale, &fact.scores);
    if (fact.scores.count && tale_chance(tale, 1, 3))
        SET(&fact, corrected, scores, fact.scores);
    if (tale_chance(tale, 1, 8))
        SET(&fact, corrected, raw, raw_of(tale));
    if (tale_chance(tale, 1, 3))
        SET(&fact, corrected, overall, (int32_t)tale_between(tale, 0, 100) * 100);
    if (tale_chance(tale, 1, 6))
        SET(&fact, corrected, nps, (int32_t)tale_between(tale, 0, 10) * 1000);
    if (tale_chance(tale, 1, 6))
        SET(&fact, corrected, ces, (int32_t)tale_between(tale, 10, 70) * 100);
    if (tale_chance(tale, 1, 2))
        SET(&fact, corrected, by, tale_person(tale));
    tale_publish(tale, EVENT_feedback_corrected, NULL, tale_time(tale), &fact);
}

static void happen_retraction(struct tale *tale)
{
    struct retracted fact = {0};
    SET(&fact, retracted, of, fact_reference(tale));
    SET(&fact, retracted, reason, span_of("by mistake"));
    if (tale_chance(tale, 1, 2))
        SET(&fact, retracted, by, tale_person(tale));
    tale_publish(tale, EVENT_feedback_retracted, NULL, tale_time(tale), &fact);
}

static void happen_try(struct tale *tale)
{
    struct unreached fact = {0};
    SET(&fact, unreached, callback, span_of(tale_chance(tale, 1, 20) ? "B-60-day3" : tale_complaint_id(tale)));
    SET(&fact, unreached, reason, unreached_reason_is_busy);
    if (tale_chance(tale, 1, 2)) {
        if (tale_chance(tale, 2, 3))
            SET(&fact.call, call, agent, tale_person(tale));
        SET(&fact, unreached, call, fact.call);
    }
    tale_publish(tale, EVENT_feedback_unreached, NULL, tale_time(tale), &fact);
}

void tale_fact(struct tale *tale, int64_t what)
{
    if (what < 8)
        happen_visit(tale);
    else if (what < 18)
        happen_complaint(tale);
    else if (what < 33)
        happen_rating(tale);
    else if (what < 38)
        happen_correction(tale);
    else if (what < 40)
        happen_retraction(tale);
    else
        happen_try(tale);
}

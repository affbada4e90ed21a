/*
 * oracle_card.c - the newest score card of each store, department and day beside the oracle's own sums, by DESIGN.md's formulas.
 *
 * A card is due in the first entry of a later second than the last change of what it tells: it is checked when all are.
 */
#include "core/rfc3339.h"
#include "tests/sim/oracle_appeal.h"
#include "tests/sim/oracle_inside.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- what was told ---- */

bool oracle_period_day(struct span period, int64_t *ret_day)
{
    char text[sizeof "2026-11-23T00:00:00Z"];
    int64_t ms;
    if (period.len != 10)
        return false;
    snprintf(text, sizeof text, "%.10sT00:00:00Z", (const char *)period.at);
    if (rfc3339_parse(span_of(text), &ms) != 0)
        return false;
    *ret_day = ms / 86400000;
    return true;
}

static struct oracle_card *card_of(struct oracle *oracle, struct span store, struct span department, int64_t day)
{
    for (uint32_t i = 0; i < oracle->cards_count; i++) {
        struct oracle_card *card = &oracle->cards[i];
        if (card->day == day && oracle_is(card->store, store) && oracle_is(card->department, department))
            return card;
    }
    return NULL;
}

void oracle_score_told(struct oracle *oracle, uint64_t cause, const struct score *told, int64_t day)
{
    struct oracle_card *card = card_of(oracle, told->store, told->department, day);
    if (!card)
        card = ORACLE_ADD(oracle, cards);
    oracle_take(card->store, sizeof card->store, told->store);
    oracle_take(card->department, sizeof card->department, told->department);
    card->day = day;
    card->cause = cause;
    card->n = told->n;
    card->accountable_n = HAS(told, score, accountable) ? told->accountable.n : -1;
    card->accountable = HAS(told, score, accountable) && HAS(&told->accountable, accountable_figure, value)
                            ? told->accountable.value
                            : NAN;
    card->csi = HAS(told, score, csi) ? told->csi.value : NAN;
    card->share = HAS(told, score, csat) ? told->csat.share : NAN;
    card->nps = HAS(told, score, nps) ? told->nps.value : NAN;
    card->ces = HAS(told, score, ces) ? told->ces.mean : NAN;
    card->overall = HAS(told, score, overall) ? told->overall.mean : NAN;
}

/* ---- what must have been ---- */

static bool is_of(const struct oracle_score *score, const struct oracle_score *place)
{
    return score->day == place->day && strcmp(score->store, place->store) == 0 &&
           strcmp(score->department, place->department) == 0;
}

static double ratio(double part, int64_t n)
{
    return n > 0 ? part / (double)n : NAN;
}

/* Each dimension's mean over the department's staff weighs what the rulebook says. */
static double index_of(const struct oracle *oracle, const struct oracle_score *place, const struct policy *policy)
{
    double weighted = 0;
    int64_t weights = 0, n = 0;
    for (uint32_t i = 0; i < oracle->scores_count; i++) {
        const struct oracle_score *score = &oracle->scores[i];
        n += is_of(score, place) ? score->weighted.n : 0;
        for (uint32_t d = 0; is_of(score, place) && d < score->dimensions; d++) {
            const char *name = score->dimension[d].dimension;
            struct oracle_sum all = {0};
            bool first = true; /* of its name */
            for (uint32_t j = 0; j < oracle->scores_count; j++)
                for (uint32_t e = 0; is_of(&oracle->scores[j], place) && e < oracle->scores[j].dimensions; e++) {
                    if (strcmp(oracle->scores[j].dimension[e].dimension, name) != 0)
                        continue;
                    first = first && j >= i;
                    all.n += oracle->scores[j].dimension[e].sum.n;
                    all.sum += oracle->scores[j].dimension[e].sum.sum;
                }
            if (!first || all.n == 0)
                continue;
            int64_t weight = oracle_weight(policy, place->department, name);
            weighted += (double)weight * ratio((double)all.sum, all.n);
            weights += weight;
        }
    }
    return n > 0 && weights > 0 ? weighted / (double)weights / 10 : NAN;
}

static bool is_near(double mine, double theirs)
{
    return isnan(mine) ? isnan(theirs) : fabs(mine - theirs) <= 1e-6 * (1 + fabs(mine));
}

#define SAME_FIGURE(name, mine, theirs)                                                                            \
    do {                                                                                                           \
        if (!is_near(mine, theirs))                                                                                \
            return oracle_differs(                                                                                 \
                message,                                                                                           \
                "the card of %s/%s, day %" PRId64 ", told by entry %" PRIu64 ": " name " should be %.9g, is %.9g", \
                place->store, place->department, place->day, card->cause, (double)(mine), (double)(theirs));       \
    } while (0)

static bool place_agrees(struct oracle *oracle, const struct oracle_score *place, char message[ORACLE_MESSAGE_MAX])
{
    struct oracle_score all = {0};
    for (uint32_t i = 0; i < oracle->scores_count; i++) {
        const struct oracle_score *score = &oracle->scores[i];
        if (!is_of(score, place))
            continue;
        if (score->changed_at_ms / 1000 >= oracle->at_ms / 1000)
            return true; /* not due yet */
        all.n += score->n;
        all.satisfied += score->satisfied;
        all.overall.n += score->overall.n;
        all.nps_n += score->nps_n;
        all.promoters += score->promoters;
        all.detractors += score->detractors;
        all.ces.n += score->ces.n;
        all.ces.sum += score->ces.sum;
        all.overall_only.n += score->overall_only.n;
        all.overall_only.sum += score->overall_only.sum;
    }
    const struct oracle_card *card = card_of(oracle, span_of(place->store), span_of(place->department), place->day);
    int64_t accountable_n;
    double accountable;
    oracle_accountable(oracle, oracle_policy_of(oracle, card ? card->cause : UINT64_MAX), place->store,
                       place->department, place->day, place->day, &accountable_n, &accountable);
    if (!card)
        return (all.n == 0 && accountable_n == 0) ||
               oracle_differs(message, "%s/%s, day %" PRId64 " has %" PRId64 " ratings, and no card was told",
                              place->store, place->department, place->day, all.n);
    SAME_FIGURE("n", all.n, card->n);
    SAME_FIGURE("csi", index_of(oracle, place, oracle_policy_of(oracle, card->cause)), card->csi);
    SAME_FIGURE("accountable.n", accountable_n, card->accountable_n);
    SAME_FIGURE("accountable", accountable, card->accountable);
    SAME_FIGURE("csat", ratio((double)all.satisfied, all.overall.n), card->share);
    SAME_FIGURE("nps", ratio(100 * (double)(all.promoters - all.detractors), all.nps_n), card->nps);
    SAME_FIGURE("ces", ratio((double)all.ces.sum / 1000, all.ces.n), card->ces);
    SAME_FIGURE("overall", ratio((double)all.overall_only.sum / 1000, all.overall_only.n), card->overall);
    return true;
}

bool oracle_score_cards_agree(struct oracle *oracle, char message[ORACLE_MESSAGE_MAX])
{
    for (uint32_t i = 0; i < oracle->scores_count; i++)
        if (!place_agrees(oracle, &oracle->scores[i], message))
            return false;
    return true;
}

/*
 * query_weighted.c - scores of the group with stores weighted by their visits: sum N_i S_i / sum N_i.
 *
 * S_i is a store's own pooled figure, of all departments that were asked for together, N_i its visits there in the period. A
 * store without visits weighs nothing, one without ratings has no figure to weigh. Only figures that a mean of stores
 * makes sense of are told: index, satisfied share, net promoter score; the rest pool by ratings or not at all.
 */
#include "core/status.h"
#include "workers/query_scores.h"
#include "workers/visit_days.h"

#include <stdlib.h>

#define CSI_THOUSANDTHS 10.0 /* an item of 0-10 in thousandths to an index of 0-1000 */

/* Stores added up. */
struct weighing {
    struct weighted_mean csi, accountable, csat, nps;
    int64_t n, accountable_n, nps_n, visits, flags;
};

/* Room for the departments of a store. */
struct room {
    struct department_sums parts[ROWS_MAX];
    struct score_sums sums[ROWS_MAX];
    struct score_sums total;
    struct score figures;
};

static double clip(double value, double least, double most)
{
    return value < least ? least : value > most ? most : value;
}

/* The store whose rows are [from, to). */
static int store_add(struct answer *answer, const struct question *question, struct room *room, uint32_t from,
                     uint32_t to, double visits, struct weighing *weighing)
{
    const struct score *score = &room->figures;
    struct score_sums *total = &room->total;
    int result = score_parts(answer, from, to, question->accountable, room->parts, room->sums, total);
    if (result < 0)
        return result;
    score_figures(answer->policy, room->parts, to - from, total, &room->figures);
    weighing->n += score->n;
    if (HAS(score, score, csi))
        weighted_mean_add(&weighing->csi, visits, score->csi.value, &total->weighted);
    if (HAS(score, score, csat))
        weighted_mean_add(&weighing->csat, visits, score->csat.share, &total->overall);
    if (HAS(score, score, nps))
        weighted_mean_add(&weighing->nps, visits, score->nps.value, &total->overall);
    weighing->nps_n += HAS(score, score, nps) ? score->nps.n : 0;
    result = score_parts(answer, from, to, true, room->parts, room->sums, total);
    if (result < 0)
        return result;
    score_figures(answer->policy, room->parts, to - from, total, &room->figures);
    weighing->accountable_n += score->n;
    if (HAS(score, score, csi))
        weighted_mean_add(&weighing->accountable, visits, score->csi.value, &total->weighted);
    return 0;
}

/* The rows of a department, or with an empty one of all: store by store, as they lie in the window. */
static int stores_add(struct answer *answer, const struct question *question, struct span department, struct room *room,
                      struct weighing *weighing)
{
    uint32_t count = score_window_count(answer->window);
    for (uint32_t i = 0, next; i < count; i = next) {
        struct span key = window_key(score_window_at(answer->window, i));
        struct span store = score_name_take(&key), own = score_name_take(&key);
        next = i + 1;
        if (department.len && !span_equal(own, department))
            continue;
        while (!department.len && next < count) {
            key = window_key(score_window_at(answer->window, next));
            if (!span_equal(score_name_take(&key), store))
                break;
            next++;
        }
        uint64_t visits = 0;
        struct span only = department.len                                  ? department
                           : HAS(question->asked, get_request, department) ? question->asked->department
                                                                           : department;
        int result = visit_days_sum(answer->txn, store, only, question->first_day, question->last_day, &visits);
        if (result == 0)
            result = store_add(answer, question, room, i, next, (double)visits, weighing);
        if (result < 0)
            return result;
        weighing->visits += (int64_t)visits;
        for (uint32_t k = i; k < next; k++)
            weighing->flags += score_window_at(answer->window, k)->flags;
    }
    return 0;
}

static bool index_of(const struct weighted_mean *mean, struct interval_figure *ret_index)
{
    double half;
    struct interval_figure index = {0};
    if (mean->weights <= 0)
        return false;
    double value = mean->sum / mean->weights;
    SET(&index, interval_figure, value, value);
    if (weighted_mean_half_width_95(mean, &half)) {
        SET(&index, interval_figure, low, clip(value - half / CSI_THOUSANDTHS, 0, 1000));
        SET(&index, interval_figure, high, clip(value + half / CSI_THOUSANDTHS, 0, 1000));
    }
    *ret_index = index;
    return true;
}

static void accountable_set(const struct weighing *weighing, struct score *card)
{
    struct accountable_figure accountable = {0};
    struct interval_figure index;
    SET(&accountable, accountable_figure, n, weighing->accountable_n);
    if (index_of(&weighing->accountable, &index)) {
        SET(&accountable, accountable_figure, value, index.value);
        if (HAS(&index, interval_figure, low)) {
            SET(&accountable, accountable_figure, low, index.low);
            SET(&accountable, accountable_figure, high, index.high);
        }
    }
    SET(card, score, accountable, accountable);
}

static void weighing_write(struct answer *answer, const struct question *question, const struct weighing *weighing,
                           struct span department)
{
    struct score card;
    struct score_sums none = {.n = (uint64_t)weighing->n};
    struct interval_figure csi;
    score_figures(answer->policy, NULL, 0, &none, &card); /* n and its evidence alone */
    SET(&card, score, visits, weighing->visits);
    if (score_counts_flags(question))
        SET(&card, score, flags, weighing->flags);
    if (department.len)
        SET(&card, score, department, department);
    if (index_of(&weighing->csi, &csi))
        SET(&card, score, csi, csi);
    if (weighing->csat.weights > 0) {
        struct share_figure csat = {0};
        SET(&csat, share_figure, share, weighing->csat.sum / weighing->csat.weights);
        SET(&card, score, csat, csat);
    }
    if (weighing->nps.weights > 0) {
        struct nps_figure nps = {0};
        SET(&nps, nps_figure, value, weighing->nps.sum / weighing->nps.weights);
        SET(&nps, nps_figure, n, weighing->nps_n);
        SET(&card, score, nps, nps);
    }
    accountable_set(weighing, &card);
    score_write(answer, &card);
}

/* The first department after `after` in the window; empty when there is none. */
static struct span department_after(const struct answer *answer, struct span after)
{
    struct span found = {0};
    for (uint32_t i = 0; i < score_window_count(answer->window); i++) {
        struct span key = window_key(score_window_at(answer->window, i));
        score_name_take(&key);
        struct span department = score_name_take(&key);
        if (span_compare(department, after) > 0 && (found.len == 0 || span_compare(department, found) < 0))
            found = department;
    }
    return found;
}

static int rows_write(struct answer *answer, const struct question *question, struct room *room)
{
    struct span last = {0};
    struct span department = question->after; /* what the last page ended with */
    do {
        struct weighing weighing = {0};
        if (question->level == BY_DEPARTMENT)
            department = department_after(answer, department);
        if (question->level == BY_DEPARTMENT && department.len == 0)
            return 0;
        if (!answer_has_room(answer)) {
            answer_cursor_set(answer, last);
            return 0;
        }
        last = department;
        int result = stores_add(answer, question, question->level == BY_DEPARTMENT ? department : (struct span){0},
                                room, &weighing);
        if (result < 0)
            return result;
        weighing_write(answer, question, &weighing, question->level == BY_DEPARTMENT ? department : (struct span){0});
    } while (question->level == BY_DEPARTMENT);
    return 0;
}

int answer_scores_weighted(struct answer *answer, const struct question *question)
{
    struct question stores = *question;
    stores.level = BY_STORE;
    stores.after = (struct span){0};
    score_window_clear(answer->window, ROWS_MAX);
    int result = score_scan(answer, &stores);
    if (result < 0)
        return result;
    answer->detail = "too many stores and departments to be weighted at once: ask for one `department`";
    if (score_window_more(answer->window))
        return -E_BAD_REQUEST;
    answer->detail = NULL;
    struct room *room = malloc(sizeof *room);
    if (!room)
        return -E_NO_MEMORY;
    result = rows_write(answer, question, room);
    free(room);
    return result;
}

int score_visits_set(struct answer *answer, const struct question *question, struct score *card)
{
    uint64_t visits = 0;
    int result =
        visit_days_sum(answer->txn, card->store, card->department, question->first_day, question->last_day, &visits);
    SET(card, score, visits, (int64_t)visits);
    return result;
}

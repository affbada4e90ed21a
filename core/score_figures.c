/* Sums finished into the figures of a card or a query's row. */
#include "core/ensure.h"
#include "core/score.h"

#define THOUSANDTHS 1000.0
#define CSI_THOUSANDTHS 10.0 /* an item of 0-10 in thousandths to an index of 0-1000 */

static double mean_of(const struct sums *sums)
{
    return (double)sums->sum / (double)sums->n;
}

static double clip(double value, double least, double most)
{
    return value < least ? least : value > most ? most : value;
}

/* The index of one department in thousandths of an item; false when no answered dimension has a weight. */
static bool department_index(const struct policy *policy, const struct department_sums *part, double *ret_index)
{
    const struct department_weights *department = policy_department(policy, part->department);
    double weighted = 0;
    double weights = 0;
    for (uint32_t i = 0; i < part->sums->dimension_count; i++) {
        const struct dimension_sums *dimension = &part->sums->dimension[i];
        double weight = department ? policy_weight(department, dimension_name(dimension)) : 1;
        if (dimension->sums.n == 0)
            continue;
        weighted += weight * mean_of(&dimension->sums);
        weights += weight;
    }
    if (weights == 0)
        return false;
    *ret_index = weighted / weights;
    return true;
}

static void figure_csi(const struct policy *policy, const struct department_sums *parts, uint32_t count,
                       const struct score_sums *total, struct score *score)
{
    double pooled = 0;
    double n = 0;
    for (uint32_t i = 0; i < count; i++) {
        double index;
        double part_n = (double)parts[i].sums->weighted.n;
        if (part_n == 0 || !department_index(policy, &parts[i], &index))
            continue;
        pooled += part_n * index;
        n += part_n;
    }
    if (n == 0)
        return;
    struct interval_figure csi = {0};
    double index = pooled / n;
    SET(&csi, interval_figure, value, index / CSI_THOUSANDTHS);
    const struct sums *own = &total->weighted;
    if (own->n >= 2) {
        double half = mean_half_width_95(own->n, own->sum, own->squares);
        SET(&csi, interval_figure, low, clip((index - half) / CSI_THOUSANDTHS, 0, 1000));
        SET(&csi, interval_figure, high, clip((index + half) / CSI_THOUSANDTHS, 0, 1000));
    }
    SET(score, score, csi, csi);
}

static void figure_csat(const struct score_sums *total, struct score *score)
{
    if (total->overall.n == 0)
        return;
    struct share_figure csat = {0};
    struct interval interval = wilson_95(total->satisfied, total->overall.n);
    SET(&csat, share_figure, share, (double)total->satisfied / (double)total->overall.n);
    SET(&csat, share_figure, low, interval.low);
    SET(&csat, share_figure, high, interval.high);
    SET(score, score, csat, csat);
}

static void figure_nps(const struct score_sums *total, struct score *score)
{
    if (total->nps_n == 0)
        return;
    struct nps_figure nps = {0};
    struct interval interval = nps_95(total->promoters, total->detractors, total->nps_n);
    SET(&nps, nps_figure, value, 100 * ((double)total->promoters - (double)total->detractors) / (double)total->nps_n);
    SET(&nps, nps_figure, low, interval.low);
    SET(&nps, nps_figure, high, interval.high);
    SET(&nps, nps_figure, n, (int64_t)total->nps_n);
    SET(score, score, nps, nps);
}

static struct mean_figure figure_mean(const struct sums *sums)
{
    struct mean_figure figure = {0};
    SET(&figure, mean_figure, mean, mean_of(sums) / THOUSANDTHS);
    SET(&figure, mean_figure, n, (int64_t)sums->n);
    return figure;
}

static struct dimension_figure figure_dimension(const struct dimension_sums *dimension)
{
    struct dimension_figure figure = {0};
    const struct sums *sums = &dimension->sums;
    SET(&figure, dimension_figure, name, dimension_name(dimension));
    SET(&figure, dimension_figure, n, (int64_t)sums->n);
    SET(&figure, dimension_figure, mean, mean_of(sums) / THOUSANDTHS);
    if (sums->n >= 2) {
        double half = mean_half_width_95(sums->n, sums->sum, sums->squares);
        SET(&figure, dimension_figure, low, clip((mean_of(sums) - half) / THOUSANDTHS, 0, 10));
        SET(&figure, dimension_figure, high, clip((mean_of(sums) + half) / THOUSANDTHS, 0, 10));
    }
    return figure;
}

static void figure_dimensions(const struct score_sums *total, struct score *score)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < total->dimension_count; i++) {
        if (total->dimension[i].sums.n > 0)
            score->dimensions[count++] = figure_dimension(&total->dimension[i]);
    }
    score->dimensions_count = count;
    score->has |= (uint64_t)1 << score_field_dimensions;
}

static int32_t evidence_of(const struct policy *policy, uint64_t n)
{
    if (n >= (uint64_t)policy->evidence_rank_n)
        return evidence_is_rank;
    return n >= (uint64_t)policy->evidence_show_n ? evidence_is_show : evidence_is_insufficient;
}

void score_figures(const struct policy *policy, const struct department_sums *parts, uint32_t count,
                   const struct score_sums *total, struct score *ret_score)
{
    memset(ret_score, 0, sizeof *ret_score);
    SET(ret_score, score, n, (int64_t)total->n);
    figure_csi(policy, parts, count, total, ret_score);
    figure_csat(total, ret_score);
    figure_nps(total, ret_score);
    if (total->ces.n > 0)
        SET(ret_score, score, ces, figure_mean(&total->ces));
    if (total->overall_only.n > 0)
        SET(ret_score, score, overall, figure_mean(&total->overall_only));
    figure_dimensions(total, ret_score);
    SET(ret_score, score, evidence, evidence_of(policy, total->n));
}

/* One rating, reduced to the figures that are summed. On the path of every rating: no allocation, few lookups. */
#include "core/ensure.h"
#include "core/score.h"

#define BEST 10000 /* thousandths of 0-10 */

/* As policy_weight, from `guess` on: questionnaires ask in the policy's order more often than not. */
static uint32_t weight_of(const struct department_weights *department, struct span dimension, uint32_t guess)
{
    if (!department)
        return 1;
    uint32_t count = department->dimension_count;
    for (uint32_t tried = 0, i = guess; tried < count; tried++, i++) {
        if (i >= count)
            i = 0;
        if (policy_name_is(department->dimension[i].dimension, dimension))
            return department->dimension[i].weight;
    }
    return 0;
}

/* Most names differ in their first letter, which saves the call: a quarter of the whole reduction. */
static bool is_before(struct span a, struct span b)
{
    return a.at[0] != b.at[0] ? a.at[0] < b.at[0] : span_compare(a, b) < 0;
}

/* Keeps the dimensions in order of name, as the sums do. */
static void insert_dimension(struct rating_values *values, const struct dimension_score *score)
{
    uint32_t at = values->dimension_count++;
    while (at > 0 && is_before(score->dimension, values->dimension[at - 1])) {
        values->dimension[at] = values->dimension[at - 1];
        values->thousandths[at] = values->thousandths[at - 1];
        at--;
    }
    values->dimension[at] = score->dimension;
    values->thousandths[at] = score->thousandths;
}

/* Half is rounded away from zero; there are no negative scores. ABSENT when no dimension has a weight. */
static int32_t take_dimensions(const struct policy *policy, const struct rated *rating, struct rating_values *values)
{
    const struct department_weights *department = policy_department(policy, rating->department);
    int64_t weighted = 0;
    int64_t weights = 0;
    for (uint32_t i = 0; i < rating->scores.count; i++) {
        const struct dimension_score *score = &rating->scores.item[i];
        ensure(score->thousandths >= 0);
        ensure(score->dimension.len >= 1);
        int64_t weight = weight_of(department, score->dimension, i);
        weighted += weight * score->thousandths;
        weights += weight;
        insert_dimension(values, score);
    }
    return weights == 0 ? ABSENT : (int32_t)((2 * weighted + weights) / (2 * weights));
}

void rating_reduce(const struct policy *policy, const struct rated *rating, struct rating_values *ret_values,
                   enum mapped *ret_mapped)
{
    ensure(rating->scores.count <= DIMENSIONS_MAX);
    enum mapped mapped = MAPPED_NO_ANSWER;
    int32_t key_overall = ABSENT;
    if (HAS(rating, rated, raw))
        mapped = policy_map(policy, &rating->raw, &key_overall);

    ret_values->dimension_count = 0;
    ret_values->weighted = ABSENT;
    if (HAS(rating, rated, scores))
        ret_values->weighted = take_dimensions(policy, rating, ret_values);
    if (HAS(rating, rated, overall))
        ret_values->overall = rating->overall;
    else if (mapped == MAPPED_SCORE)
        ret_values->overall = key_overall;
    else
        ret_values->overall = ret_values->weighted;
    ret_values->overall_only = ret_values->dimension_count == 0 && ret_values->overall != ABSENT;
    ret_values->nps = HAS(rating, rated, nps) ? rating->nps : ABSENT;
    ret_values->ces = HAS(rating, rated, ces) ? rating->ces : ABSENT;
    ret_values->form = ret_values->dimension_count >= policy->honesty.form_dimensions;
    ret_values->perfect = ret_values->form;
    for (uint32_t i = 0; i < ret_values->dimension_count && ret_values->perfect; i++)
        ret_values->perfect = ret_values->thousandths[i] == BEST;
    ret_values->inhouse = rating->channel == channel_is_phone;
    ret_values->oem = rating->channel == channel_is_oem;
    if (ret_mapped)
        *ret_mapped = mapped;
}

bool rating_is_empty(const struct rating_values *values)
{
    return values->dimension_count == 0 && values->overall == ABSENT && values->nps == ABSENT && values->ces == ABSENT;
}

static void correct_scores(struct dimension_scores *scores, const struct dimension_scores *corrected)
{
    for (uint32_t i = 0; i < corrected->count; i++) {
        uint32_t at = 0;
        while (at < scores->count && !span_equal(scores->item[at].dimension, corrected->item[i].dimension))
            at++;
        if (at == DIMENSIONS_MAX)
            continue;
        scores->item[at] = corrected->item[i];
        if (at == scores->count)
            scores->count++;
    }
}

#define CORRECT(field)                                    \
    do {                                                  \
        if (HAS(correction, corrected, field))            \
            SET(rating, rated, field, correction->field); \
    } while (0)

void rating_correct(struct rated *rating, const struct corrected *correction)
{
    if (HAS(correction, corrected, scores)) {
        if (!HAS(rating, rated, scores))
            SET(rating, rated, scores, (struct dimension_scores){0});
        correct_scores(&rating->scores, &correction->scores);
    }
    CORRECT(store);
    CORRECT(department);
    CORRECT(channel);
    CORRECT(visit);
    CORRECT(customer);
    CORRECT(staff);
    CORRECT(raw);
    CORRECT(overall);
    CORRECT(nps);
    CORRECT(ces);
    CORRECT(comment);
}

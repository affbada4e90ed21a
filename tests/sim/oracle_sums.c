/* oracle_sums.c - the state's rows of daily sums and of corrected ratings beside the oracle's. */
#include "core/score.h"
#include "tests/sim/oracle_inside.h"
#include "workers/score_key.h"

#include <inttypes.h>
#include <stdio.h>

#define SAME_SUM(name, mine, theirs)                                                                            \
    do {                                                                                                        \
        if ((mine) != (int64_t)(theirs))                                                                        \
            return oracle_differs(                                                                              \
                message, "sums of %s/%s, day %" PRId64 ", '%s': " name " should be %" PRId64 ", is %" PRId64,   \
                score->store, score->department, score->day, score->staff, (int64_t)(mine), (int64_t)(theirs)); \
    } while (0)

#define SAME_SUMS(name, mine, theirs)                                \
    do {                                                             \
        SAME_SUM(name ".n", (mine).n, (theirs).n);                   \
        SAME_SUM(name ".sum", (mine).sum, (theirs).sum);             \
        SAME_SUM(name ".squares", (mine).squares, (theirs).squares); \
    } while (0)

static const struct sums *sums_of(const struct score_sums *sums, const char *dimension)
{
    static const struct sums none = {0};
    for (uint32_t i = 0; i < sums->dimension_count; i++)
        if (oracle_is(dimension, dimension_name(&sums->dimension[i])))
            return &sums->dimension[i].sums;
    return &none;
}

static bool row_agrees(const struct oracle_score *score, const struct score_sums *sums,
                       char message[ORACLE_MESSAGE_MAX])
{
    uint32_t answered = 0;
    SAME_SUM("n", score->n, sums->n);
    SAME_SUMS("weighted", score->weighted, sums->weighted);
    SAME_SUMS("overall", score->overall, sums->overall);
    SAME_SUMS("overall_only", score->overall_only, sums->overall_only);
    SAME_SUM("satisfied", score->satisfied, sums->satisfied);
    SAME_SUM("nps_n", score->nps_n, sums->nps_n);
    SAME_SUM("promoters", score->promoters, sums->promoters);
    SAME_SUM("detractors", score->detractors, sums->detractors);
    SAME_SUMS("ces", score->ces, sums->ces);
    SAME_SUM("forms", score->forms, sums->forms);
    SAME_SUM("perfect", score->perfect, sums->perfect);
    SAME_SUMS("inhouse", score->inhouse, sums->inhouse);
    SAME_SUMS("oem", score->oem, sums->oem);
    for (uint32_t i = 0; i < score->dimensions; i++)
        SAME_SUMS("dimension", score->dimension[i].sum, *sums_of(sums, score->dimension[i].dimension));
    for (uint32_t i = 0; i < sums->dimension_count; i++)
        answered += sums->dimension[i].sums.n != 0;
    SAME_SUM("dimensions", score->dimensions, answered);
    return true;
}

static bool score_agrees(const struct oracle_score *score, struct store_txn *state, char message[ORACLE_MESSAGE_MAX])
{
    static const struct score_sums none;
    uint8_t key[SCORE_KEY_MAX];
    struct score_sums sums;
    struct span row;
    const struct score_place place = {span_of(score->store), span_of(score->department), score->day,
                                      span_of(score->staff)};
    size_t len = score_key_build(&place, key);
    if (store_get(state, STATE_SCORES, span_make(key, len), &row) != 0)
        return row_agrees(score, &none, message);
    if (score_row_decode(row, &sums) != 0)
        return oracle_differs(message, "sums of %s/%s, day %" PRId64 ": can't be read", score->store, score->department,
                              score->day);
    return row_agrees(score, &sums, message);
}

bool oracle_scores_agree(struct oracle *oracle, struct store_txn *state, bool all, char message[ORACLE_MESSAGE_MAX])
{
    uint64_t amended = 0, theirs = 0;
    for (uint32_t i = 0; i < oracle->scores_count; i++) {
        struct oracle_score *score = &oracle->scores[i];
        if (!all && !score->changed)
            continue;
        if (!score_agrees(score, state, message))
            return false;
        score->changed = false;
    }
    for (uint32_t i = 0; i < oracle->ratings_count; i++)
        amended += oracle->ratings[i].amended;
    ensure(store_count(state, STATE_AMENDED, &theirs) == 0);
    if (amended != theirs)
        return oracle_differs(message, "ratings corrected or retracted should be %" PRIu64 ", are %" PRIu64, amended,
                              theirs);
    return true;
}

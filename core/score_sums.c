/*
 * Sums of ratings. Dimensions lie in order of name, so that equal sums are equal bytes whatever came first.
 *
 * At most DIMENSIONS_MAX names fit: the first in order of name stay, answers on the others are only counted
 * (`dropped`). While any are, no name leaves, not even at n = 0: thus the set is full, every dropped name lies behind
 * all that are kept, and an answer that is taken back finds the place where it was counted.
 */
#include "core/ensure.h"
#include "core/score.h"

/* Net promoter score, Reichheld 2003: 9 and 10 promote, 0 to 6 detract. */
#define PROMOTER_LEAST 9000
#define DETRACTOR_MOST 6000

static void sums_add(struct sums *sums, int64_t value, int sign)
{
    ensure(sign > 0 || sums->n > 0);
    sums->n += (uint64_t)(int64_t)sign;
    sums->sum += sign * value;
    sums->squares += sign * value * value;
    if (sums->n == 0) {
        ensure(sums->sum == 0);
        ensure(sums->squares == 0);
    }
}

static void sums_roll_up(struct sums *into, const struct sums *from)
{
    into->n += from->n;
    into->sum += from->sum;
    into->squares += from->squares;
}

static void count_add(uint64_t *count, bool counts, int sign)
{
    if (!counts)
        return;
    ensure(sign > 0 || *count > 0);
    *count += (uint64_t)(int64_t)sign;
}

/* Makes a place for a new name before *at, or NULL when the name lies behind a full set. */
static struct dimension_sums *dimension_insert(struct score_sums *sums, uint32_t at, struct span name)
{
    ensure(name.len >= 1);
    ensure(name.len <= NAME_MAX_BYTES);
    if (at == DIMENSIONS_MAX)
        return NULL;
    if (sums->dimension_count == DIMENSIONS_MAX)
        sums->dropped += sums->dimension[--sums->dimension_count].sums.n;
    struct dimension_sums *place = &sums->dimension[at];
    memmove(place + 1, place, (sums->dimension_count - at) * sizeof *place);
    memset(place, 0, sizeof *place);
    place->len = (uint8_t)name.len;
    memcpy(place->dimension, name.at, name.len);
    sums->dimension_count++;
    return place;
}

/* The place of a name, searched from *from on, where the next name in order goes on. */
static struct dimension_sums *dimension_place(struct score_sums *sums, uint32_t *from, struct span name)
{
    for (; *from < sums->dimension_count; ++*from) {
        int order = span_compare(name, dimension_name(&sums->dimension[*from]));
        if (order == 0)
            return &sums->dimension[(*from)++];
        if (order < 0)
            break;
    }
    return dimension_insert(sums, *from, name);
}

static void forget_unanswered(struct score_sums *sums)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < sums->dimension_count; i++) {
        if (sums->dimension[i].sums.n > 0)
            sums->dimension[kept++] = sums->dimension[i];
    }
    memset(&sums->dimension[kept], 0, (sums->dimension_count - kept) * sizeof sums->dimension[0]);
    sums->dimension_count = kept;
}

static void add_dimensions(struct score_sums *sums, const struct rating_values *values, int sign)
{
    uint32_t from = 0;
    for (uint32_t i = 0; i < values->dimension_count; i++) {
        struct dimension_sums *place = dimension_place(sums, &from, values->dimension[i]);
        if (place)
            sums_add(&place->sums, values->thousandths[i], sign);
        else
            count_add(&sums->dropped, true, sign);
    }
    if (sign < 0 && sums->dropped == 0)
        forget_unanswered(sums);
}

void score_add(const struct policy *policy, struct score_sums *sums, const struct rating_values *values, int sign)
{
    ensure(sign == 1 || sign == -1);
    count_add(&sums->n, true, sign);
    if (values->weighted != ABSENT)
        sums_add(&sums->weighted, values->weighted, sign);
    if (values->overall != ABSENT) {
        sums_add(&sums->overall, values->overall, sign);
        if (values->overall_only)
            sums_add(&sums->overall_only, values->overall, sign);
        count_add(&sums->satisfied, values->overall >= policy->satisfied_thousandths, sign);
        if (values->inhouse)
            sums_add(&sums->inhouse, values->overall, sign);
        if (values->oem)
            sums_add(&sums->oem, values->overall, sign);
    }
    if (values->nps != ABSENT) {
        count_add(&sums->nps_n, true, sign);
        count_add(&sums->promoters, values->nps >= PROMOTER_LEAST, sign);
        count_add(&sums->detractors, values->nps <= DETRACTOR_MOST, sign);
    }
    if (values->ces != ABSENT)
        sums_add(&sums->ces, values->ces, sign);
    count_add(&sums->forms, values->form, sign);
    count_add(&sums->perfect, values->perfect, sign);
    add_dimensions(sums, values, sign);
}

void score_roll_up(struct score_sums *into, const struct score_sums *from)
{
    into->n += from->n;
    sums_roll_up(&into->weighted, &from->weighted);
    sums_roll_up(&into->overall, &from->overall);
    sums_roll_up(&into->overall_only, &from->overall_only);
    into->satisfied += from->satisfied;
    into->nps_n += from->nps_n;
    into->promoters += from->promoters;
    into->detractors += from->detractors;
    sums_roll_up(&into->ces, &from->ces);
    into->forms += from->forms;
    into->perfect += from->perfect;
    sums_roll_up(&into->inhouse, &from->inhouse);
    sums_roll_up(&into->oem, &from->oem);
    into->dropped += from->dropped;
    uint32_t place_from = 0;
    for (uint32_t i = 0; i < from->dimension_count; i++) {
        struct dimension_sums *place = dimension_place(into, &place_from, dimension_name(&from->dimension[i]));
        if (place)
            sums_roll_up(&place->sums, &from->dimension[i].sums);
        else
            into->dropped += from->dimension[i].sums.n;
    }
}

/* ---- taking out ---- */

static bool sums_take_out(struct sums *from, const struct sums *what)
{
    if (what->n > from->n || what->sum > from->sum || what->squares > from->squares)
        return false;
    from->n -= what->n;
    from->sum -= what->sum;
    from->squares -= what->squares;
    return true;
}

static bool count_take_out(uint64_t *from, uint64_t what)
{
    if (what > *from)
        return false;
    *from -= what;
    return true;
}

/* A name that is not kept lies behind a full set, where its answers were dropped. */
static bool dimension_take_out(struct score_sums *from, const struct dimension_sums *what)
{
    for (uint32_t i = 0; i < from->dimension_count; i++) {
        if (span_equal(dimension_name(&from->dimension[i]), dimension_name(what)))
            return sums_take_out(&from->dimension[i].sums, &what->sums);
    }
    return count_take_out(&from->dropped, what->sums.n);
}

bool score_take_out(struct score_sums *from, const struct score_sums *what)
{
    bool there =
        count_take_out(&from->n, what->n) && sums_take_out(&from->weighted, &what->weighted) &&
        sums_take_out(&from->overall, &what->overall) && sums_take_out(&from->overall_only, &what->overall_only) &&
        count_take_out(&from->satisfied, what->satisfied) && count_take_out(&from->nps_n, what->nps_n) &&
        count_take_out(&from->promoters, what->promoters) && count_take_out(&from->detractors, what->detractors) &&
        sums_take_out(&from->ces, &what->ces) && count_take_out(&from->dropped, what->dropped) &&
        count_take_out(&from->forms, what->forms) && count_take_out(&from->perfect, what->perfect) &&
        sums_take_out(&from->inhouse, &what->inhouse) && sums_take_out(&from->oem, &what->oem);
    for (uint32_t i = 0; there && i < what->dimension_count; i++)
        there = dimension_take_out(from, &what->dimension[i]);
    return there;
}

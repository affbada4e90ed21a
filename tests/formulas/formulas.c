/*
 * formulas.c - answers what formulas_test.py asks, a line each, by the formulas of core/: so that they can be laid beside scipy's.
 *
 *   student FREEDOM          between FREEDOM          wilson HITS N           nps PROMOTERS DETRACTORS N
 *   half N SUM SQUARES       welch N SUM SQUARES N SUM SQUARES                drift TARGET SD SLACK BEFORE N SUM
 *   csi DEPARTMENT COUNT, then COUNT lines of "dimension thousandths ... ." by the rulebook as delivered
 */
#include "core/drift.h"
#include "core/ensure.h"
#include "core/score.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static struct policy policy;

static void tell(double value)
{
    printf("%.17g ", value);
}

static uint64_t number(void)
{
    uint64_t value;
    int read = scanf("%" SCNu64, &value);
    ensure(read == 1);
    return value;
}

static struct sums sums(void)
{
    uint64_t n = number();
    int64_t sum = (int64_t)number();
    return (struct sums){n, sum, (int64_t)number()};
}

static void student(void)
{
    tell(student_t_95(number()));
}

static void between(void)
{
    double freedom;
    int read = scanf("%lf", &freedom);
    ensure(read == 1);
    tell(student_t_95_between(freedom));
}

static void wilson(void)
{
    uint64_t hits = number();
    struct interval found = wilson_95(hits, number());
    tell(found.low);
    tell(found.high);
}

static void nps(void)
{
    uint64_t promoters = number(), detractors = number();
    struct interval found = nps_95(promoters, detractors, number());
    tell(found.low);
    tell(found.high);
}

static void half(void)
{
    struct sums of = sums();
    tell(mean_half_width_95(of.n, of.sum, of.squares));
}

static void welch(void)
{
    struct sums first = sums(), second = sums();
    double difference;
    struct interval found = welch_95(&first, &second, &difference);
    tell(difference);
    tell(found.low);
    tell(found.high);
}

static void weighted(void)
{
    struct weighted_mean mean = {0};
    double half = -1;
    for (uint64_t left = number(); left > 0; left--) {
        double weight = (double)number();
        struct sums part = sums();
        weighted_mean_add(&mean, weight, (double)part.sum / (double)part.n, &part);
    }
    ensure(weighted_mean_half_width_95(&mean, &half));
    tell(mean.sum / mean.weights);
    tell(half);
}

static void drift(void)
{
    struct improvement_policy figures = {.drift_target = (int32_t)number()};
    figures.drift_sd = (int32_t)number();
    figures.drift_slack = (int32_t)number();
    int64_t before = (int64_t)number();
    struct sums day = {.n = number()};
    day.sum = (int64_t)number();
    tell((double)drift_after(&figures, before, &day));
}

/* One line: dimensions and their thousandths, ended by a point. */
static void add_rating(struct span department, struct score_sums *total)
{
    char names[DIMENSIONS_MAX][NAME_MAX_BYTES + 1];
    struct rated rating = {.department = department};
    struct dimension_scores scores = {0};
    struct rating_values values;
    for (; scores.count < DIMENSIONS_MAX; scores.count++) {
        char *name = names[scores.count];
        int read = scanf("%64s", name);
        ensure(read == 1);
        if (name[0] == '.')
            break;
        scores.item[scores.count].dimension = span_of(name);
        scores.item[scores.count].thousandths = (int32_t)number();
    }
    SET(&rating, rated, scores, scores);
    rating_reduce(&policy, &rating, &values, NULL);
    score_add(&policy, total, &values, 1);
}

static void csi(void)
{
    static struct score score;
    char name[NAME_MAX_BYTES + 1];
    struct score_sums total = {0};
    int read = scanf("%64s", name);
    ensure(read == 1);
    struct department_sums part = {span_of(name), &total};
    for (uint64_t left = number(); left > 0; left--)
        add_rating(part.department, &total);
    score_figures(&policy, &part, 1, &total, &score);
    tell(score.csi.value);
    tell(score.csi.low);
    tell(score.csi.high);
}

static const struct {
    const char *name;
    void (*answer)(void);
} questions[] = {
    {"student", student}, {"between", between}, {"wilson", wilson}, {"nps", nps},           {"half", half},
    {"welch", welch},     {"drift", drift},     {"csi", csi},       {"weighted", weighted},
};

int main(void)
{
    char name[16];
    policy_default(&policy);
    while (scanf("%15s", name) == 1) {
        size_t i = 0;
        while (i < sizeof questions / sizeof questions[0] && strcmp(questions[i].name, name) != 0)
            i++;
        if (i == sizeof questions / sizeof questions[0]) {
            fprintf(stderr, "formulas: nothing is called %s\n", name);
            return EXIT_FAILURE;
        }
        questions[i].answer();
        printf("\n");
    }
    return EXIT_SUCCESS;
}

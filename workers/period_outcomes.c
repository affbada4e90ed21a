/*
 * period_outcomes.c - nothing here rewards or penalises: people confirm or waive what is proposed.
 *
 *   month, half-year, year   rank 1 to 3 among the same department of at least two stores   prize a head, ties share
 *   band of the period       reward, warning, penalty: stated, without money or points      below 80: improvement task, too
 *
 * A veto takes a prize and gives it to nobody else.
 */
#include "workers/period_outcomes.h"

#include "core/ranking.h"
#include "core/status.h"
#include "workers/ledger.h"
#include "workers/tasks.h"

#include <stdio.h>

#define INDEX_OF_PERCENT 10.0
#define COMPARED_LEAST 2 /* nobody wins against nobody */

/* A proposal on its way, with the texts that it borrows. */
struct outcome_draft {
    struct ledger_proposal proposal;
    char name[LABEL_MAX_BYTES + 1];
    char figure[LEDGER_INPUTS_MAX][LEDGER_FIGURE_TEXT];
};

static void figure_add(struct outcome_draft *draft, const char *name, double figure, const char *format)
{
    char *text = draft->figure[draft->proposal.input_count];
    snprintf(text, LEDGER_FIGURE_TEXT, format, figure);
    ledger_input(&draft->proposal, name, span_of(text));
}

/* What the row is, in figures that a person can check. */
static void draft_begin(struct outcome_draft *draft, const struct period *row, enum ledger_kind kind, const char *rule)
{
    *draft = (struct outcome_draft){.proposal = {
                                        .kind = kind,
                                        .store = row->store,
                                        .department = row->department,
                                        .period = row->period,
                                        .rule = span_of(rule),
                                        .at_close = true,
                                    }};
    snprintf(draft->name, sizeof draft->name, "%s-%.*s.%.*s-%.*s", rule, SPAN_ARGS(row->store),
             SPAN_ARGS(row->department), SPAN_ARGS(row->period));
    draft->proposal.name = span_of(draft->name);
    figure_add(draft, "ratings", (double)row->n, "%.0f");
    figure_add(draft, "csi", row->csi.value, "%.1f");
    draft->proposal.has_interval = HAS(&row->csi, interval_figure, low);
    draft->proposal.interval = row->csi;
}

/* ---- prizes ---- */

static const char *prize_rule(const struct ledger_policy *policy, struct span period, enum ledger_kind *ret_kind,
                              const int64_t **ret_prizes)
{
    if (period.len == 4) {
        *ret_kind = ledger_kind_is_year;
        *ret_prizes = policy->year_fen;
        return "year";
    }
    if (period.at[5] == 'H') {
        *ret_kind = ledger_kind_is_half_year;
        *ret_prizes = policy->half_year_fen;
        return "half_year";
    }
    *ret_kind = ledger_kind_is_store_of_month;
    *ret_prizes = policy->month_fen;
    return period.at[5] == 'Q' ? NULL : "month";
}

_Static_assert(LEDGER_PRIZES == PRIZE_RANKS, "a prize for each rank that has one");

static int prize_propose(struct fold *fold, const struct period *row)
{
    struct outcome_draft draft;
    enum ledger_kind kind;
    const int64_t *prizes;
    char id[CASE_ID_MAX];
    struct span veto = {0};
    struct case_key key;
    const char *rule = prize_rule(&fold->policy.ledger, row->period, &kind, &prizes);
    if (!rule || !HAS(row, period, rank) || row->ranked < COMPARED_LEAST)
        return 0;
    int64_t fen = ranking_prize_fen(prizes, (uint32_t)row->rank, (uint32_t)row->tied);
    if (fen == 0)
        return 0;
    int result = ledger_vetoed(fold, (struct span){0}, row->store, row->department, row->period, id, &veto);
    if (result < 0 || veto.len)
        return result;
    draft_begin(&draft, row, kind, rule);
    figure_add(&draft, "rank", (double)row->rank, "%.0f");
    figure_add(&draft, "tied", (double)row->tied, "%.0f");
    figure_add(&draft, "compared", (double)row->ranked, "%.0f");
    figure_add(&draft, "t", row->t, "%.1f");
    draft.proposal.amount_fen = fen;
    draft.proposal.per_head = true;
    return ledger_propose(fold, &draft.proposal, &key);
}

/* ---- bands ---- */

static int band_task(struct fold *fold, const struct period *row)
{
    struct band_figures figures = {
        .csi = row->csi.value / INDEX_OF_PERCENT,
        .low = row->csi.low / INDEX_OF_PERCENT,
        .high = row->csi.high / INDEX_OF_PERCENT,
        .n = (uint64_t)row->n,
    };
    return task_open_for_band(fold, row->store, row->department, row->period, &figures);
}

static int band_propose(struct fold *fold, const struct period *row)
{
    struct outcome_draft draft;
    struct case_key key;
    if (!HAS(row, period, band) || row->band == band_is_neutral || row->band == band_is_insufficient)
        return 0;
    draft_begin(&draft, row, ledger_kind_is_band, "band");
    ledger_input(&draft.proposal, "band", span_of(choice_name(choice_of_band(), row->band)));
    int result = ledger_propose(fold, &draft.proposal, &key);
    return result == 0 && row->band == band_is_severe ? band_task(fold, row) : result;
}

int period_outcome(struct fold *fold, const struct period *row)
{
    if (!HAS(row, period, department) || !HAS(row, period, csi))
        return 0;
    int result = prize_propose(fold, row);
    return result < 0 ? result : band_propose(fold, row);
}

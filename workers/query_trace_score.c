/* query_trace_score.c - why a score is what it is: ratings, means and weights in the formula, by the rulebook in force now. */
#include "core/band.h"
#include "core/calendar.h"
#include "core/score.h"
#include "core/status.h"
#include "io/policy_look.h"
#include "workers/accountable.h"
#include "workers/answer_trace.h"
#include "workers/score_key.h"
#include "workers/sight.h"

#include <stdio.h>

#define FORMULA_BYTES 1024u

/* What an id names. */
struct asked_score {
    char store[NAME_MAX_BYTES + 1];
    char department[NAME_MAX_BYTES + 1];
    char period[12];
    int64_t first_day, last_day;
};

/* "S-sh-pudong.service-2026-11": the period from its end, the department behind the last point. */
static int id_read(struct span id, struct asked_score *ret_asked)
{
    static const size_t lengths[] = {10, 7, 4};
    struct span rest = span_make(id.at + 2, id.len - 2);
    size_t period = 0;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0] && period == 0; i++) {
        size_t len = lengths[i];
        bool fits =
            rest.len > len + 1 && rest.at[rest.len - len - 1] == '-' &&
            period_days(span_make(rest.at + rest.len - len, len), &ret_asked->first_day, &ret_asked->last_day) == 0;
        period = fits ? len : 0;
    }
    if (period == 0)
        return -E_NOT_FOUND;
    size_t end = rest.len - period - 1, point = end;
    while (point > 0 && rest.at[point - 1] != '.')
        point--;
    if (point <= 1 || point == end || point - 1 > NAME_MAX_BYTES || end - point > NAME_MAX_BYTES)
        return -E_NOT_FOUND;
    snprintf(ret_asked->store, sizeof ret_asked->store, "%.*s", (int)(point - 1), (const char *)rest.at);
    snprintf(ret_asked->department, sizeof ret_asked->department, "%.*s", (int)(end - point),
             (const char *)rest.at + point);
    snprintf(ret_asked->period, sizeof ret_asked->period, "%.*s", (int)period, (const char *)rest.at + end + 1);
    return 0;
}

static int sums_read(struct answer *answer, const struct asked_score *asked, struct score_sums *ret_total)
{
    struct score_place place = {.store = span_of(asked->store), .department = span_of(asked->department)};
    struct store_cursor *cursor;
    struct span key, value;
    uint8_t from[SCORE_KEY_MAX];
    memset(ret_total, 0, sizeof *ret_total);
    place.day = asked->first_day;
    int result = store_cursor_open(answer->txn, STATE_SCORES, &cursor);
    if (result < 0)
        return result;
    result = store_seek(cursor, span_make(from, score_key_build(&place, from)), &key, &value);
    while (result == 0) {
        struct score_sums sums;
        if (score_key_parse(key, &place) < 0 || score_row_read(value, &sums) < 0)
            result = -E_CORRUPT;
        if (result < 0 || !span_is(place.store, asked->store) || !span_is(place.department, asked->department) ||
            place.day > asked->last_day)
            break;
        score_roll_up(ret_total, &sums);
        result = store_next(cursor, &key, &value);
    }
    store_cursor_close(cursor);
    return result == -E_NOT_FOUND ? 0 : result;
}

/* "100 x (quality 27 x 9.000 + initiation 20 x 8.000) / 47"; dimensions that weigh nothing are left out. */
static void formula_tell(const struct policy *policy, const struct score *card, char ret_text[FORMULA_BYTES])
{
    const struct department_weights *weights = policy_department(policy, card->department);
    uint32_t all = 0;
    size_t used = (size_t)snprintf(ret_text, FORMULA_BYTES, "100 x (");
    for (uint32_t i = 0; i < card->dimensions_count; i++) {
        const struct dimension_figure *figure = &card->dimensions[i];
        uint32_t weight = weights ? policy_weight(weights, figure->name) : 1;
        if (weight == 0 || !HAS(figure, dimension_figure, mean) || used >= FORMULA_BYTES)
            continue;
        used += (size_t)snprintf(ret_text + used, FORMULA_BYTES - used, "%s%.*s %u x %.3f", all ? " + " : "",
                                 SPAN_ARGS(figure->name), weight, figure->mean);
        all += weight;
    }
    if (used < FORMULA_BYTES)
        snprintf(ret_text + used, FORMULA_BYTES - used, ") / %u", all);
}

static void interval_tell(const struct interval_figure *csi, bool zh, char *ret_text, size_t size)
{
    if (HAS(csi, interval_figure, low) && HAS(csi, interval_figure, high))
        snprintf(ret_text, size,
                 zh ? "95%% 区间 %.1f–%.1f（对各评价加权均值的 t 分布）"
                    : "95 %% interval %.1f to %.1f (Student's t over the ratings' own weighted means)",
                 csi->low, csi->high);
    else
        snprintf(ret_text, size, zh ? "评价太少，没有区间" : "too few ratings for an interval");
}

/* What people are accounted for, where an appeal has made it another than the customers' voice; and what it means. */
static void judgement_tell(const struct score *card, bool zh, char *ret_text, size_t size)
{
    const struct accountable_figure *accountable = &card->accountable;
    const struct choice_item *band = HAS(card, score, band) ? &choice_of_band()->items[card->band] : NULL;
    size_t used = 0;
    ret_text[0] = '\0';
    if (HAS(accountable, accountable_figure, value) &&
        (accountable->n != card->n || accountable->value != card->csi.value))
        used = (size_t)snprintf(ret_text, size,
                                zh ? "；申诉后 %lld 条，考核得分 %.1f" : "; after appeals %lld ratings, %.1f",
                                (long long)accountable->n, accountable->value);
    if (band && used < size)
        snprintf(ret_text + used, size - used, zh ? "；等级：%s" : "; band: %s", zh ? band->zh : band->name);
}

static void sentence_write(struct answer *answer, const struct score *card, bool zh)
{
    char formula[FORMULA_BYTES], interval[256], judgement[256], text[2 * FORMULA_BYTES];
    formula_tell(answer->policy, card, formula);
    interval_tell(&card->csi, zh, interval, sizeof interval);
    judgement_tell(card, zh, judgement, sizeof judgement);
    if (!HAS(card, score, csi))
        snprintf(text, sizeof text, zh ? "%lld 条评价，没有维度得分" : "%lld ratings, none with a dimension",
                 (long long)card->n);
    else
        snprintf(text, sizeof text, zh ? "%lld 条评价：%s = %.1f；%s%s" : "%lld ratings: %s = %.1f; %s%s",
                 (long long)card->n, formula, card->csi.value, interval, judgement);
    wire_key(&answer->rows, zh ? "zh" : "en");
    wire_text(&answer->rows, span_of(text));
}

static void rules_write(struct answer *answer, const struct asked_score *asked, const struct rulebook_seen *seen)
{
    struct wire_writer *rows = &answer->rows;
    char keys[3][2 * NAME_MAX_BYTES], figures[3][FORMULA_BYTES];
    uint32_t count = 0;
    static const char *const paths[] = {"departments.%s", "bands", "ratings.evidence_rank"};
    for (size_t i = 0; seen->look && i < sizeof paths / sizeof paths[0]; i++) {
        if (i == 0)
            snprintf(keys[count], sizeof keys[count], "departments.%s", asked->department);
        else
            snprintf(keys[count], sizeof keys[count], "%s", paths[i]);
        count += policy_look_at(seen->look, keys[count], figures[count], sizeof figures[count]);
    }
    wire_key(rows, "rules");
    wire_array(rows, count);
    for (uint32_t i = 0; i < count; i++) {
        wire_map(rows, 2);
        wire_key(rows, "key");
        wire_text(rows, span_of(keys[i]));
        wire_key(rows, "figures");
        wire_text(rows, span_of(figures[i]));
    }
}

/* Is the department judged by periods such as this one? */
static bool is_judged(const struct policy *policy, const struct asked_score *asked)
{
    bool quarter = strchr(asked->period, 'Q') != NULL;
    bool month = strlen(asked->period) == 7 && !quarter && !strchr(asked->period, 'H');
    return span_is(span_of(asked->department), policy->ranking.quarterly) ? quarter : month;
}

static int card_make(struct answer *answer, const struct asked_score *asked, const struct score_sums *total,
                     struct score *ret_card)
{
    struct score_sums accounted;
    struct interval_figure csi = {0};
    struct department_sums part = {span_of(asked->department), total};
    int result = accountable_of_days(answer->txn, span_of(asked->store), part.department, asked->first_day,
                                     asked->last_day, total, &accounted);
    if (result < 0)
        return result;
    score_figures(answer->policy, &part, 1, total, ret_card);
    ret_card->period = span_of(asked->period);
    SET(ret_card, score, id, answer->asked->id);
    SET(ret_card, score, store, span_of(asked->store));
    SET(ret_card, score, department, part.department);
    part.sums = &accounted;
    accountable_figure(answer->policy, &part, 1, &accounted, ret_card);
    if (HAS(&ret_card->accountable, accountable_figure, low)) {
        SET(&csi, interval_figure, low, ret_card->accountable.low);
        SET(&csi, interval_figure, high, ret_card->accountable.high);
    }
    if (is_judged(answer->policy, asked))
        SET(ret_card, score, band, (int32_t)band_of(answer->policy, &csi, ret_card->accountable.n));
    return 0;
}

int answer_trace_score(struct answer *answer)
{
    struct asked_score asked;
    struct score_sums total;
    struct score card;
    struct rulebook_seen seen = {.seq = 0};
    struct wire_writer *rows = &answer->rows;
    int result = id_read(answer->asked->id, &asked);
    if (result == 0)
        result = answer_sees(answer, span_of(asked.store), span_of(asked.department), (struct span){0});
    if (result == 0)
        result = answer_policy_read(answer);
    if (result == 0)
        result = sums_read(answer, &asked, &total);
    if (result == 0 && total.n == 0)
        result = -E_NOT_FOUND;
    if (result == 0)
        result = rulebook_see(answer->txn, INT64_MAX, &seen);
    if (result < 0)
        return result;
    result = card_make(answer, &asked, &total, &card);
    if (result < 0) {
        rulebook_close(&seen);
        return result;
    }
    wire_map(rows, 9);
    wire_key(rows, "from");
    wire_time_text(rows, calendar_day_begin_ms(answer->policy, asked.first_day));
    wire_key(rows, "to");
    wire_time_text(rows, calendar_day_begin_ms(answer->policy, asked.last_day + 1));
    wire_key(rows, "case");
    wire_text(rows, answer->asked->id);
    wire_key(rows, "type");
    wire_text(rows, span_of("score"));
    sentence_write(answer, &card, false);
    sentence_write(answer, &card, true);
    rulebook_write(rows, &seen);
    rules_write(answer, &asked, &seen);
    wire_key(rows, "card");
    record_encode(&record_of_score, &card, ENCODE_CARD, rows);
    answer->count = 1;
    rulebook_close(&seen);
    return 0;
}

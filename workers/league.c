/* league.c - one pass over the daily sums of the period, one over its complaints, then the comparison. */
#include "workers/league.h"

#include "core/calendar.h"
#include "core/status.h"
#include "workers/accountable.h"
#include "workers/cases.h"
#include "workers/fact_index.h"
#include "workers/score_key.h"

#include <stdio.h>
#include <stdlib.h>

static const char sales[] = "sales", service[] = "service";

/* A league on its way. */
struct making {
    struct store_txn *txn;
    const struct policy *policy;
    int64_t first_day, last_day;
    struct league *league;
};

/* ---- departments ---- */

static void name_take(char to[NAME_MAX_BYTES + 1], struct span name)
{
    memset(to, 0, NAME_MAX_BYTES + 1);
    memcpy(to, name.at, name.len);
}

static struct league_store *store_of(struct league *league, struct span store)
{
    for (uint32_t i = 0; i < league->store_count; i++) {
        if (span_is(store, league->store[i].store))
            return &league->store[i];
    }
    if (league->store_count == LEAGUE_STORES_MAX) {
        league->more = true;
        return NULL;
    }
    struct league_store *found = &league->store[league->store_count++];
    name_take(found->store, store);
    return found;
}

static int place_end(struct making *making, struct span store, struct span department, const struct score_sums *voice)
{
    struct league *league = making->league;
    struct score_sums sums;
    struct score card = {0};
    int result = accountable_of_days(making->txn, store, department, making->first_day, making->last_day, voice, &sums);
    if (result < 0 || voice->n == 0)
        return result;
    if (league->place_count == LEAGUE_PLACES_MAX || !store_of(league, store)) {
        league->more = true;
        return 0;
    }
    struct league_place *place = &league->place[league->place_count++];
    name_take(place->store, store);
    name_take(place->department, department);
    struct department_sums part = {department, &sums};
    accountable_figure(making->policy, &part, 1, &sums, &card);
    place->figure = card.accountable;
    return 0;
}

/* Adds up the days of a department that lie in the period; the cursor is left behind the department. */
static int place_scan(struct making *making, struct store_cursor *cursor, struct span *key, struct span *value)
{
    struct score_place place, here;
    struct score_sums row, voice = {0};
    char store[NAME_MAX_BYTES + 1], department[NAME_MAX_BYTES + 1];
    uint8_t from[SCORE_KEY_MAX];
    if (score_key_parse(*key, &place) < 0)
        return -E_CORRUPT;
    name_take(store, place.store);
    name_take(department, place.department);
    here = (struct score_place){span_of(store), span_of(department), making->first_day, {0}};
    size_t len = score_key_build(&here, from);
    int result = place.day < making->first_day ? store_seek(cursor, span_make(from, len), key, value) : 0;
    while (result == 0) {
        if (score_key_parse(*key, &place) < 0)
            return -E_CORRUPT;
        bool same = span_equal(place.store, here.store) && span_equal(place.department, here.department);
        if (!same || place.day > making->last_day)
            break;
        if (score_row_read(*value, &row) < 0)
            return -E_CORRUPT;
        score_roll_up(&voice, &row);
        result = store_next(cursor, key, value);
    }
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    int ended = place_end(making, here.store, here.department, &voice);
    if (ended < 0 || result < 0)
        return ended < 0 ? ended : result;
    from[here.store.len + 1 + here.department.len] = 1; /* behind every day of it */
    return store_seek(cursor, span_make(from, len), key, value);
}

static int places_scan(struct making *making)
{
    struct store_cursor *cursor;
    struct span key, value;
    int result = store_cursor_open(making->txn, STATE_SCORES, &cursor);
    if (result < 0)
        return result;
    result = store_seek(cursor, (struct span){0}, &key, &value);
    while (result == 0)
        result = place_scan(making, cursor, &key, &value);
    store_cursor_close(cursor);
    return result == -E_NOT_FOUND ? 0 : result;
}

/* ---- complaints ---- */

static bool counts(const struct complaint *complaint)
{
    bool let_go = HAS(complaint, complaint, outcome) && (complaint->outcome == complaint_outcome_is_withdrawn ||
                                                         complaint->outcome == complaint_outcome_is_merged);
    return !complaint->historical && !let_go;
}

static bool in_time(const struct complaint *complaint)
{
    for (uint32_t i = 0; i < complaint->clocks_count; i++) {
        if (complaint->clocks[i].breached)
            return false;
    }
    return true;
}

/* When it arrived, or later: the oldest line that its history still has. An import tells of years ago, so that its opening says nothing
 * of the complaints that came before it; none opens after it has arrived. */
static int64_t arrived_ms(const struct complaint *complaint)
{
    return complaint->history_count > 0 ? complaint->history[0].at : NEVER;
}

/* From the newest back to those that arrived before the period. */
static int complaints_scan(struct making *making)
{
    const int64_t begin_ms = calendar_day_begin_ms(making->policy, making->first_day);
    const int64_t end_ms = calendar_day_begin_ms(making->policy, making->last_day + 1);
    const uint8_t behind = 'C' + 1;
    struct store_cursor *cursor;
    struct span key, row;
    struct case_key case_key;
    struct complaint complaint;
    int result = store_cursor_open(making->txn, STATE_CASES, &cursor);
    if (result < 0)
        return result;
    result = store_seek(cursor, span_make(&behind, 1), &key, &row);
    result = result == -E_NOT_FOUND ? store_last(cursor, &key, &row)
             : result == 0          ? store_previous(cursor, &key, &row)
                                    : result;
    while (result == 0 && key.at[0] == 'C') {
        result = case_key_of_bytes(key, &case_key);
        if (result == 0)
            result = case_read(&case_key, row, &complaint);
        if (result < 0 || arrived_ms(&complaint) < begin_ms)
            break;
        struct league_store *store = NULL;
        if (complaint.opened_at >= begin_ms && complaint.opened_at < end_ms && counts(&complaint))
            store = store_of(making->league, complaint.store);
        if (store) {
            store->complaints++;
            store->in_time += in_time(&complaint);
        }
        result = store_previous(cursor, &key, &row);
    }
    store_cursor_close(cursor);
    return result == -E_NOT_FOUND ? 0 : result;
}

/* ---- comparing ---- */

/* One department of all stores that have the evidence. */
static int department_compare(struct making *making, const char *department, struct ranked *compared)
{
    struct league *league = making->league;
    double n = 0, sum = 0;
    uint32_t count = 0;
    for (uint32_t i = 0; i < league->place_count; i++) {
        struct league_place *place = &league->place[i];
        if (strcmp(place->department, department) != 0)
            continue;
        bool known = HAS(&place->figure, accountable_figure, value);
        n += known ? (double)place->figure.n : 0;
        sum += known ? (double)place->figure.n * place->figure.value : 0;
        place->ranked =
            known && HAS(&place->figure, accountable_figure, low) && place->figure.n >= making->policy->evidence_rank_n;
    }
    for (uint32_t i = 0; i < league->place_count; i++) {
        const struct league_place *place = &league->place[i];
        if (strcmp(place->department, department) != 0 || !place->ranked)
            continue;
        compared[count++] = (struct ranked){
            .value = ranking_shrink((double)place->figure.n, place->figure.value, sum / n,
                                    (double)making->policy->ranking.shrink_ratings),
            .low = place->figure.low,
            .high = place->figure.high,
        };
    }
    ranking_compare(compared, count);
    for (uint32_t i = 0, k = 0; i < league->place_count; i++) {
        struct league_place *place = &league->place[i];
        if (strcmp(place->department, department) != 0 || !place->ranked)
            continue;
        place->standing = compared[k++];
        place->of = count;
    }
    return 0;
}

static void departments_compare(struct making *making, struct ranked *compared)
{
    const struct league *league = making->league;
    for (uint32_t i = 0; i < league->place_count; i++) {
        bool first = true;
        for (uint32_t k = 0; k < i && first; k++)
            first = strcmp(league->place[k].department, league->place[i].department) != 0;
        if (first)
            department_compare(making, league->place[i].department, compared);
    }
}

/* T scores of the shares of complaints that were handled in time, of the stores that have any. */
static void complaints_compare(const struct making *making, struct ranked *compared)
{
    const struct league *league = making->league;
    double n = 0, hits = 0;
    uint32_t count = 0;
    for (uint32_t i = 0; i < league->store_count; i++) {
        n += (double)league->store[i].complaints;
        hits += (double)league->store[i].in_time;
    }
    for (uint32_t i = 0; i < league->store_count; i++) {
        const struct league_store *store = &league->store[i];
        if (store->complaints == 0)
            continue;
        compared[count++].value =
            ranking_shrink((double)store->complaints, (double)store->in_time / (double)store->complaints, hits / n,
                           (double)making->policy->ranking.shrink_ratings);
    }
    ranking_compare(compared, count);
}

static void place_t(const struct league *league, const char *store, const char *department, double *ret_t,
                    bool *ret_present)
{
    for (uint32_t i = 0; i < league->place_count; i++) {
        const struct league_place *place = &league->place[i];
        if (place->ranked && strcmp(place->store, store) == 0 && strcmp(place->department, department) == 0) {
            *ret_t = place->standing.t;
            *ret_present = true;
        }
    }
}

static void stores_compare(struct making *making, struct ranked *compared, struct ranked *of_complaints)
{
    struct league *league = making->league;
    const struct ranking_rules *rules = &making->policy->ranking;
    const int64_t weight[3] = {rules->weight_sales, rules->weight_service, rules->weight_complaints};
    uint32_t count = 0, complaining = 0;
    complaints_compare(making, of_complaints);
    for (uint32_t i = 0; i < league->store_count; i++) {
        struct league_store *store = &league->store[i];
        double t[3] = {0}, combined = 0;
        bool present[3] = {false, false, store->complaints > 0};
        place_t(league, store->store, sales, &t[0], &present[0]);
        place_t(league, store->store, service, &t[1], &present[1]);
        if (present[2])
            t[2] = of_complaints[complaining++].t;
        store->ranked = ranking_combine(t, present, weight, 3, &combined);
        if (store->ranked)
            compared[count++] = (struct ranked){.value = combined, .low = combined, .high = combined};
    }
    ranking_compare(compared, count);
    for (uint32_t i = 0, k = 0; i < league->store_count; i++) {
        struct league_store *store = &league->store[i];
        if (!store->ranked)
            continue;
        store->standing = compared[k++];
        store->standing.t = store->standing.value; /* it is a T score already */
        store->of = count;
    }
}

int league_make(struct store_txn *txn, const struct policy *policy, struct span period, struct league **ret_league)
{
    struct making making = {.txn = txn, .policy = policy};
    if (period_days(period, &making.first_day, &making.last_day) < 0)
        return -E_BAD_TIME;
    making.league = calloc(1, sizeof *making.league);
    struct ranked *compared = calloc(LEAGUE_PLACES_MAX + LEAGUE_STORES_MAX, sizeof *compared);
    int result = making.league && compared ? 0 : -E_NO_MEMORY;
    if (result == 0)
        result = places_scan(&making);
    if (result == 0)
        result = complaints_scan(&making);
    if (result == 0) {
        departments_compare(&making, compared);
        stores_compare(&making, compared, compared + LEAGUE_PLACES_MAX);
        *ret_league = making.league;
    } else {
        league_free(making.league);
    }
    free(compared);
    return result;
}

void league_free(struct league *league)
{
    free(league);
}

/* ---- cards ---- */

/* A case that time brought begins with a letter, and a subject has 64 bytes: else the names are a fingerprint. */
static struct span card_id(const char *store, const char *department, struct span period, char *text)
{
    int len = snprintf(text, LABEL_MAX_BYTES + 1, "P-%s%s%s-%.*s", store, department[0] ? "." : "", department,
                       SPAN_ARGS(period));
    if (len > (int)NAME_MAX_BYTES || (store[0] >= '0' && store[0] <= '9'))
        snprintf(text, LABEL_MAX_BYTES + 1, "P-f%016llx-%.*s",
                 (unsigned long long)fact_fingerprint(span_of(store), span_of(department)), SPAN_ARGS(period));
    return span_of(text);
}

static void standing_write(const struct ranked *standing, uint32_t of, struct period *card)
{
    SET(card, period, t, standing->t);
    SET(card, period, rank, (int64_t)standing->rank);
    SET(card, period, tied, (int64_t)standing->tied);
    SET(card, period, ranked, (int64_t)of);
}

static void place_write(const struct league_place *place, const struct policy *policy, struct period *card)
{
    const struct accountable_figure *figure = &place->figure;
    struct interval_figure csi = {0};
    SET(card, period, department, span_of(place->department));
    SET(card, period, n, figure->n);
    if (HAS(figure, accountable_figure, value))
        SET(&csi, interval_figure, value, figure->value);
    if (HAS(figure, accountable_figure, low)) {
        SET(&csi, interval_figure, low, figure->low);
        SET(&csi, interval_figure, high, figure->high);
    }
    if (csi.has)
        SET(card, period, csi, csi);
    if (band_judges(policy, card->department, card->period))
        SET(card, period, band, (int32_t)band_of(policy, &csi, figure->n));
    if (!place->ranked)
        return;
    SET(card, period, shrunken, place->standing.value);
    standing_write(&place->standing, place->of, card);
}

static void store_write(const struct league_store *store, struct period *card)
{
    if (store->complaints > 0) {
        struct share_figure share = {0};
        struct interval interval = wilson_95(store->in_time, store->complaints);
        SET(&share, share_figure, share, (double)store->in_time / (double)store->complaints);
        SET(&share, share_figure, low, interval.low);
        SET(&share, share_figure, high, interval.high);
        SET(card, period, in_time, share);
    }
    if (store->ranked)
        standing_write(&store->standing, store->of, card);
}

void league_card(const struct league *league, const struct policy *policy, uint32_t row, struct span period,
                 char *id_text, struct period *ret_card)
{
    bool is_place = row < league->place_count;
    const char *store = is_place ? league->place[row].store : league->store[row - league->place_count].store;
    *ret_card = (struct period){.period = period, .status = period_status_is_open};
    ret_card->id = card_id(store, is_place ? league->place[row].department : "", period, id_text);
    SET(ret_card, period, store, span_of(store));
    if (is_place)
        place_write(&league->place[row], policy, ret_card);
    else
        store_write(&league->store[row - league->place_count], ret_card);
}

/*
 * A month of a group of 12 stores: 100,000 events folded, the month closed, entries confirmed, appealed and settled; what it brings
 * to people each day is printed, and is what people can bear.
 */
#include "core/score.h"
#include "core/status.h"
#include "tests/support/desk.h"
#include "tests/support/month.h"
#include "workers/fold.h"
#include "workers/ledger_rows.h"
#include "workers/score_key.h"
#include "workers/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct month month;

/* When the month has closed on the 4th, one of its ratings turns out to be wrong, and one to be no rating at all. */
static void the_month_is_restated(void)
{
    uint64_t wrong = month.last_scored_seq;
    month_plan(&month, month.at_ms,
               "\"type\":\"feedback.corrected\",\"data\":{\"of\":%llu,\"nps\":9,\"reason\":\"...\"}",
               (unsigned long long)wrong);
    month_plan(&month, month.at_ms, "\"type\":\"feedback.retracted\",\"data\":{\"of\":%llu,\"reason\":\"...\"}",
               (unsigned long long)wrong);
    month.ratings[month.last_scored_store]--;
}

/* The month, its close, what comes to light afterwards, and a month for decisions and appeals. */
static int a_month_goes_by(void **state)
{
    (void)state;
    month_begin(&month, "/month", 20261101);
    month_facts(&month);
    month_pass(&month, MONTH_START_MS + 36 * MONTH_DAY_MS);
    the_month_is_restated();
    month_plan(&month, MONTH_START_MS + 50 * MONTH_DAY_MS,
               "\"type\":\"ledger.settled\",\"data\":{\"by\":\"payroll\",\"period\":\"2026-11\"}");
    month_pass(&month, MONTH_START_MS + 60 * MONTH_DAY_MS);
    assert_int_equal(rehearsal_settle(month.rehearsal), 0);
    return 0;
}

static int it_is_over(void **state)
{
    (void)state;
    month_end(&month);
    return 0;
}

/* ---- what it brings ---- */

struct load {
    const char *what;
    uint32_t total, most;
};

static void load_add(struct load *load, uint32_t of_day)
{
    load->total += of_day;
    load->most = of_day > load->most ? of_day : load->most;
}

/* DOMAIN's issue: about 20 notices, 20 recovery tasks and 300 dials a day for 300 visits a day. */
static void its_daily_load_is_one_that_people_can_bear(void **state)
{
    (void)state;
    struct load load[] = {{"complaints", 0, 0},        {"notices", 0, 0}, {"recovery tasks", 0, 0},
                          {"improvement tasks", 0, 0}, {"dials", 0, 0},   {"entries proposed", 0, 0},
                          {"decisions refused", 0, 0}};
    for (uint32_t i = 0; i < MONTH_DAYS; i++) {
        const struct month_day *day = &month.day[i];
        const uint32_t of_day[] = {day->complaints, day->notices,   day->recovery_tasks, day->improvement_tasks,
                                   day->dials,      day->proposals, day->rejected};
        for (size_t k = 0; k < sizeof load / sizeof load[0]; k++)
            load_add(&load[k], of_day[k]);
    }
    print_message("%llu events; a day of %u visits brings\n", (unsigned long long)month.entries, MONTH_VISITS_A_DAY);
    for (size_t k = 0; k < sizeof load / sizeof load[0]; k++)
        print_message("  %-18s %6.1f on the average, %u at most\n", load[k].what, (double)load[k].total / MONTH_DAYS,
                      load[k].most);
    assert_true(month.entries >= 100000);
    assert_in_range(load[1].total / MONTH_DAYS, 5, 30);
    assert_in_range(load[2].total / MONTH_DAYS, 10, 30);
    assert_true(load[4].total / MONTH_DAYS <= 330);
    assert_true(load[6].total / MONTH_DAYS <= 3); /* people rarely decide what is not theirs to decide */
}

/* ---- sums ---- */

static void the_sums_of_the_group_are_those_of_its_stores(void **state)
{
    (void)state;
    struct fold *fold = rehearsal_fold(month.rehearsal);
    struct store_txn *txn;
    struct store_cursor *cursor;
    struct span key, value;
    uint64_t counted[MONTH_STORES] = {0}, group = 0, published = 0;
    assert_int_equal(store_begin(fold->store, false, &txn), 0);
    assert_int_equal(store_cursor_open(txn, STATE_SCORES, &cursor), 0);
    for (int result = store_seek(cursor, (struct span){0}, &key, &value); result == 0;
         result = store_next(cursor, &key, &value)) {
        struct score_place place;
        struct score_sums sums;
        char number[3] = "";
        assert_int_equal(score_key_parse(key, &place), 0);
        assert_int_equal(score_row_read(value, &sums), 0);
        memcpy(number, place.store.at + 1, 2);
        counted[strtoul(number, NULL, 10) - 1] += sums.n;
        group += sums.n;
    }
    store_cursor_close(cursor);
    store_abort(txn);
    for (uint32_t i = 0; i < MONTH_STORES; i++) {
        assert_int_equal(counted[i], month.ratings[i]);
        published += month.ratings[i];
    }
    assert_int_equal(group, published);
    assert_int_equal(month.ratings[MONTH_STORES], 0);
    print_message("%llu ratings of %u stores\n", (unsigned long long)group, MONTH_STORES);
}

/* ---- the close ---- */

/* Ratings of a store's service in November, counted from the daily sums. */
static uint64_t november_of(struct store_txn *txn, const char *store)
{
    struct store_cursor *cursor;
    struct span key, value;
    int64_t first_day, last_day;
    uint64_t n = 0;
    assert_int_equal(period_days(span_of("2026-11"), &first_day, &last_day), 0);
    assert_int_equal(store_cursor_open(txn, STATE_SCORES, &cursor), 0);
    for (int result = store_seek(cursor, (struct span){0}, &key, &value); result == 0;
         result = store_next(cursor, &key, &value)) {
        struct score_place place;
        struct score_sums sums;
        assert_int_equal(score_key_parse(key, &place), 0);
        assert_int_equal(score_row_read(value, &sums), 0);
        if (span_is(place.store, store) && span_is(place.department, "service") && place.day >= first_day &&
            place.day <= last_day)
            n += sums.n;
    }
    store_cursor_close(cursor);
    return n;
}

/* Shanghai's 4th of December, 00:00, is the 3rd, 16:00 UTC. */
static void the_month_closes_on_the_4th_with_what_every_store_was_rated(void **state)
{
    (void)state;
    struct store_txn *txn;
    assert_int_equal(store_begin(rehearsal_fold(month.rehearsal)->store, false, &txn), 0);
    for (uint32_t i = 1; i <= MONTH_STORES; i++) {
        char id[64], store[8];
        snprintf(store, sizeof store, "s%02u", i);
        snprintf(id, sizeof id, "P-%s.service-2026-11", store);
        const struct month_card *kept = month_card_of(&month, span_of(id));
        assert_non_null(kept);
        struct span card = span_make(kept->bytes, kept->len);
        assert_true(span_is(month_text(card, "status"), "closed"));
        assert_true(span_is(month_text(card, "closed_at"), "2026-12-03T16:00:00.000Z"));
        assert_int_equal(month_number(card, "n"), november_of(txn, store));
        assert_int_equal(month_number(card, "ranked"), MONTH_STORES);
    }
    store_abort(txn);
}

/* ---- the ledger ---- */

static bool is_entry(const struct month_card *card)
{
    return card->bytes && strcmp(event_table(card->type)->record->name, "ledger_entry") == 0;
}

/* DOMAIN: general 3 points, serious 5, major and urgent 10. */
static int64_t points_of(struct span grade)
{
    return span_is(grade, "general") ? -3 : span_is(grade, "serious") ? -5 : -10;
}

static bool truth(struct span card, const char *key)
{
    struct wire_value value;
    struct span bytes;
    return wire_find(card, key, &value, &bytes) == 0 && value.kind == WIRE_BOOL && value.truth;
}

/* DOMAIN: CNY 100, 200 and 500 by grade, of which 30 % is the manager's, not on top. */
static int64_t penalty_fen(struct span grade)
{
    return span_is(grade, "general") ? -10000 : span_is(grade, "serious") ? -20000 : -50000;
}

/* All that was proposed for one upheld complaint is that much money, however many share it. */
static void check_money(struct span about, struct span grade)
{
    int64_t sum_fen = 0, managers_fen = 0;
    for (uint32_t i = 0; i < MONTH_CARDS; i++) {
        struct span card = span_make(month.cards[i].bytes, month.cards[i].len);
        if (!is_entry(&month.cards[i]) || !span_equal(month_text(card, "about"), about))
            continue;
        bool share = span_is(month_text(card, "kind"), "manager_share");
        if (share || span_is(month_text(card, "kind"), "complaint_penalty"))
            sum_fen += month_number(card, "proposed_fen");
        managers_fen += share ? month_number(card, "proposed_fen") : 0;
    }
    assert_int_equal(sum_fen, penalty_fen(grade));
    assert_int_equal(managers_fen * 10, sum_fen * 3);
}

/* What an entry was made from, and who decided. */
static void check_entry(struct span card)
{
    struct span person = month_text(card, "person"), kind = month_text(card, "kind");
    if (month_text(card, "decided_by").len)
        assert_false(span_equal(month_text(card, "decided_by"), person)); /* never the one whose it is */
    if (span_is(kind, "complaint_penalty")) {
        const struct month_card *about = month_card_of(&month, month_text(card, "about"));
        assert_non_null(about);
        struct span complaint = span_make(about->bytes, about->len);
        assert_true(span_is(month_text(complaint, "verdict"), "upheld"));
        assert_int_equal(month_number(card, "points"), points_of(month_text(complaint, "grade")));
        check_money(month_text(card, "about"), month_text(complaint, "grade"));
    }
    if (span_is(kind, "adjustment")) {
        const struct month_card *of = month_card_of(&month, month_text(card, "adjusts"));
        assert_non_null(of);
        assert_int_equal(month_number(card, "points"), -month_number(span_make(of->bytes, of->len), "points"));
    }
    /* weeks later nothing hangs unseen: who left it unanswered is told of */
    assert_true(!span_is(month_text(card, "status"), "proposed") || truth(card, "unanswered"));
}

/* The account of a person is the sum of that person's entries that stand, added up here from the cards. */
static void the_ledger_adds_up(void **state)
{
    (void)state;
    struct fold *fold = rehearsal_fold(month.rehearsal);
    struct store_txn *txn;
    uint64_t entries = 0, penalties = 0, people = 0;
    int64_t points = 0, of_accounts = 0, fen = 0;
    assert_int_equal(store_begin(fold->store, false, &txn), 0);
    for (uint32_t i = 0; i < MONTH_CARDS; i++) {
        const struct month_card *kept = &month.cards[i];
        if (!is_entry(kept))
            continue;
        struct span card = span_make(kept->bytes, kept->len), person = month_text(card, "person");
        check_entry(card);
        entries++;
        penalties += span_is(month_text(card, "kind"), "complaint_penalty");
        if (person.len == 0)
            continue;
        struct ledger_account account;
        struct ledger_account sum = {0};
        bool first = true; /* of this person's entries in the table: the account is compared once */
        for (uint32_t k = 0; k < MONTH_CARDS; k++) {
            const struct month_card *other = &month.cards[k];
            struct span theirs = span_make(other->bytes, other->len);
            if (!is_entry(other) || !span_equal(month_text(theirs, "person"), person))
                continue;
            struct span status = month_text(theirs, "status");
            bool stands = span_is(status, "confirmed") || span_is(status, "settled");
            first = first && k >= i;
            sum.entries += stands;
            sum.points += stands ? month_number(theirs, "points") : 0;
            sum.amount_fen += stands ? month_number(theirs, "amount_fen") : 0;
        }
        assert_int_equal(ledger_account_get(txn, person, span_of("2026"), &account), 0);
        assert_int_equal(account.entries, sum.entries);
        assert_int_equal(account.points, sum.points);
        assert_int_equal(account.amount_fen, sum.amount_fen);
        points += first ? sum.points : 0;
        fen += first ? sum.amount_fen : 0;
        of_accounts += first ? account.points : 0;
        people += first;
    }
    store_abort(txn);
    assert_int_equal(points, of_accounts);
    print_message(
        "%llu ledger entries of %llu people, %llu penalties for upheld complaints, %lld points and CNY %lld in all\n",
        (unsigned long long)entries, (unsigned long long)people, (unsigned long long)penalties, (long long)points,
        (long long)(fen / 100));
    assert_true(entries > 50 && penalties > 20 && points < 0);
}

/* ---- what the close proposes ---- */

/* The frozen row of a store's service. */
static struct period frozen(uint32_t store)
{
    char id[64];
    struct period row;
    snprintf(id, sizeof id, "P-s%02u.service-2026-11", store);
    const struct month_card *kept = month_card_of(&month, span_of(id));
    assert_non_null(kept);
    desk_decode(span_make(kept->bytes, kept->len), &record_of_period, &row);
    return row;
}

/* DOMAIN: the whole interval in the band or beyond it, and at least 30 ratings. NULL: nothing follows. */
static const char *band_by_hand(const struct period *row)
{
    double low = row->csi.low / 10, high = row->csi.high / 10;
    if (row->n < 30 || (low < 95 && high >= 90))
        return NULL;
    return low >= 95 ? "reward" : high < 80 ? "severe" : high < 85 ? "penalty" : "warning";
}

/* Has a major or urgent complaint of the month been upheld against this store's service, so that there is no reward? */
static bool is_vetoed(struct span store)
{
    for (uint32_t i = 0; i < MONTH_CARDS; i++) {
        struct span card = span_make(month.cards[i].bytes, month.cards[i].len);
        struct span status = is_entry(&month.cards[i]) ? month_text(card, "status") : (struct span){0};
        if (status.len && span_is(month_text(card, "kind"), "veto") && span_equal(month_text(card, "store"), store) &&
            span_is(month_text(card, "department"), "service") && span_is(month_text(card, "period"), "2026-11") &&
            !span_is(status, "waived") && !span_is(status, "reversed"))
            return true;
    }
    return false;
}

static const struct month_card *entry_of(const char *rule, uint32_t store)
{
    char id[64];
    snprintf(id, sizeof id, "L-%s-s%02u.service-2026-11", rule, store);
    return month_card_of(&month, span_of(id));
}

/* DOMAIN: whoever's interval overlaps the leader's ties with the leader; the first three get CNY 300, 200 and 100 a head, which
 * ties share. The first places are counted here store against store, the prizes by dealing them out. */
static void the_close_proposes_what_its_figures_call_for(void **state)
{
    (void)state;
    static const int64_t prizes[] = {30000, 20000, 10000};
    struct period row[MONTH_STORES];
    uint32_t leader = 0, proposed = 0, vetoed = 0, bands = 0;
    for (uint32_t i = 0; i < MONTH_STORES; i++) {
        row[i] = frozen(i + 1);
        leader = row[i].shrunken > row[leader].shrunken ? i : leader;
    }
    for (uint32_t i = 0; i < MONTH_STORES; i++) {
        uint32_t first = 0, better = 0, same = 0;
        bool ties = row[i].csi.high >= row[leader].csi.low;
        for (uint32_t k = 0; k < MONTH_STORES; k++) {
            bool theirs = row[k].csi.high >= row[leader].csi.low;
            first += theirs;
            better += !theirs && row[k].shrunken > row[i].shrunken;
            same += !theirs && row[k].shrunken == row[i].shrunken;
        }
        uint32_t rank = ties ? 1 : first + better + 1, tied = ties ? first : same;
        assert_int_equal(row[i].rank, rank);
        assert_int_equal(row[i].tied, tied);
        int64_t pot = 0;
        for (uint32_t place = rank; place < rank + tied; place++)
            pot += place <= 3 ? prizes[place - 1] : 0;
        bool veto = is_vetoed(row[i].store);
        const struct month_card *prize = entry_of("month", i + 1), *band = entry_of("band", i + 1);
        vetoed += pot > 0 && veto;
        proposed += prize != NULL;
        bands += band != NULL;
        if ((prize != NULL) != (pot / tied > 0 && !veto))
            fail_msg("s%02u, rank %u: %s", i + 1, rank, prize ? "a prize that is not due" : "no prize");
        if (prize) {
            struct span card = span_make(prize->bytes, prize->len);
            assert_int_equal(month_number(card, "proposed_fen"), pot / tied);
            assert_true(truth(card, "per_head"));
            assert_true(span_is(month_text(card, "period"), "2026-11"));
        }
        assert_int_equal(band != NULL, band_by_hand(&row[i]) != NULL);
        if (band_by_hand(&row[i]))
            assert_string_equal(choice_name(choice_of_band(), row[i].band), band_by_hand(&row[i]));
        if (band) /* stated, and no more: without money or points */
            assert_int_equal(month_number(span_make(band->bytes, band->len), "proposed_fen"), 0);
    }
    print_message("the close proposed %u prizes, %u taken by vetoes, and %u bands\n", proposed, vetoed, bands);
    assert_true(proposed + vetoed > 0);
}

/* The state after the month, by the same checks as `manyi verify`. */
static void its_state_is_in_order(void **state)
{
    (void)state;
    static struct verified verified;
    assert_int_equal(state_verify("/month", UINT64_MAX, &verified), 0);
    for (uint32_t i = 0; i < verified.violations && i < VIOLATIONS_MAX; i++)
        print_message("%s\n", verified.violation[i]);
    assert_int_equal(verified.violations, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_daily_load_is_one_that_people_can_bear),
        cmocka_unit_test(the_sums_of_the_group_are_those_of_its_stores),
        cmocka_unit_test(the_month_closes_on_the_4th_with_what_every_store_was_rated),
        cmocka_unit_test(the_ledger_adds_up),
        cmocka_unit_test(the_close_proposes_what_its_figures_call_for),
        cmocka_unit_test(its_state_is_in_order),
    };
    return cmocka_run_group_tests(tests, a_month_goes_by, it_is_over);
}

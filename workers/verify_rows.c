/* verify_rows.c - the rows beside the cards: sums, facts, traces, visits, customers, the workshop, the ledger. */
#include "core/score.h"
#include "core/status.h"
#include "workers/accountable.h"
#include "workers/called.h"
#include "workers/cases.h"
#include "workers/fact_index.h"
#include "workers/periods.h"
#include "workers/repair_verify.h"
#include "workers/score_key.h"
#include "workers/verifying.h"
#include "workers/visit_days.h"
#include "workers/watches.h"

static void score_check(struct verification *verification, struct span key, struct span value)
{
    struct score_place place;
    struct score_sums sums;
    if (score_key_parse(key, &place) < 0 || score_row_read(value, &sums) < 0)
        verify_violated(verification, "a row of daily sums can't be read");
    else
        verification->ratings += sums.n;
}

/* What was taken out of a place was counted there; what was put in lies at a place of its own. */
static void accounted_check(struct verification *verification, struct span key, struct span value)
{
    struct score_place place;
    struct score_sums sums, voice;
    struct span row;
    bool out = key.len > 0 && key.at[0] == ACCOUNTED_OUT;
    if (key.len == 0 || (!out && key.at[0] != ACCOUNTED_IN) ||
        score_key_parse(span_make(key.at + 1, key.len - 1), &place) < 0 || score_row_read(value, &sums) < 0) {
        verify_violated(verification, "a row of what appeals changed can't be read");
        return;
    }
    if (!out)
        return;
    bool there = store_get(verification->txn, STATE_SCORES, span_make(key.at + 1, key.len - 1), &row) == 0 &&
                 score_row_read(row, &voice) == 0 && score_take_out(&voice, &sums);
    if (!there)
        verify_violated(verification, "appeals took more out of %.*s, %.*s than was counted there",
                        SPAN_ARGS(place.store), SPAN_ARGS(place.department));
}

/* A row of a closed period lies where its card says. */
static void period_check(struct verification *verification, struct span key, struct span value)
{
    struct period card;
    uint8_t buffer[PERIOD_KEY_MAX];
    if (period_row_read(value, &card) < 0) {
        verify_violated(verification, "figures of a closed period can't be read");
        return;
    }
    struct span department = HAS(&card, period, department) ? card.department : (struct span){0};
    bool closed = card.status == period_status_is_closed && HAS(&card, period, closed_at);
    if (!closed || !span_equal(key, period_row_key(card.period, card.store, department, buffer)))
        verify_violated(verification, "%.*s: not closed, or not where it belongs", SPAN_ARGS(card.id));
}

static void fact_check(struct verification *verification, struct span key, struct span value)
{
    uint64_t first, last;
    if (fact_block_read(key, value, &first, &last) < 0)
        verify_violated(verification, "a block of facts can't be read");
    else if (first <= verification->last_fact)
        verify_violated(verification, "the block of facts from entry %llu is not after the one before",
                        (unsigned long long)first);
    else
        verification->last_fact = last;
}

static void trace_check(struct verification *verification, struct span key)
{
    struct span row;
    if (key.len < CASE_KEY_FIXED + 16 ||
        store_get(verification->txn, STATE_CASES, span_make(key.at, key.len - 16), &row) < 0)
        verify_violated(verification, "a line of a trace belongs to no case");
}

static void visit_check(struct verification *verification, struct span key)
{
    struct visit_row row;
    const uint8_t *end = memchr(key.at, 0, key.len);
    size_t len = end ? (size_t)(end - key.at) : key.len;
    struct span store = span_make(key.at, len);
    struct span visit = end ? span_make(end + 1, key.len - len - 1) : (struct span){0};
    if (!end || state_visit_get(verification->txn, store, visit, &row) < 0)
        verify_violated(verification, "the row of a visit can't be read");
    else {
        verification->visits_counted += row.open_complaints * fact_fingerprint(store, visit);
        verification->visits_told += row.of_day;
    }
}

static void visit_day_check(struct verification *verification, struct span key, struct span value)
{
    struct score_place place;
    uint64_t visits = 0;
    if (score_key_parse(key, &place) < 0 || place.staff.len > 0 || visit_days_read(value, &visits) < 0)
        verify_violated(verification, "a day's count of visits can't be read");
    verification->visits_of_days += visits;
}

/* What a dimension is watched by: the task that it names is there. */
static void watch_check(struct verification *verification, struct span value)
{
    struct watch_row row;
    struct span card;
    if (watch_read(value, &row) < 0)
        verify_violated(verification, "the row of a watched dimension can't be read");
    else if (row.task.len > 0 && store_get(verification->txn, STATE_CASES, case_key_span(&row.task), &card) < 0)
        verify_violated(verification, "a watched dimension names a task that is not there");
}

/* Whom a customer's row names: the callback that has fallen due is open, the one that may sleep is there. */
static void contact_check(struct verification *verification, struct span customer)
{
    struct contact_row row;
    struct case_key key;
    struct span none;
    char id[CASE_ID_MAX];
    bool open = true;
    if (state_contact_get(verification->txn, customer, &row) < 0) {
        verify_violated(verification, "the row of a customer's callbacks can't be read");
        return;
    }
    verification->customers_counted += row.open_complaints * fact_fingerprint((struct span){0}, customer);
    bool named = row.current.len == 0 || case_key_of_id(row.current, &key) == 0;
    if (named && row.current.len > 0)
        named = case_is_open(verification->txn, &key, &open) == 0;
    if (!named || !open)
        verify_violated(verification, "a customer is said to be called by %.*s, which is not open",
                        SPAN_ARGS(row.current));
    snprintf(id, sizeof id, "B-%llu-lapsed", (unsigned long long)row.lapsed);
    if (row.lapsed > 0 && (case_key_of_id(span_of(id), &key) < 0 ||
                           store_get(verification->txn, STATE_CASES, case_key_span(&key), &none) < 0))
        verify_violated(verification, "%s: a customer's row names it, but there is no card", id);
}

void verify_row(struct verification *verification, enum state_table table, struct span key, struct span value)
{
    switch (table) {
    case STATE_VISITS:
        visit_check(verification, key);
        break;
    case STATE_VISIT_DAYS:
        visit_day_check(verification, key, value);
        break;
    case STATE_CONTACTS:
        contact_check(verification, key);
        break;
    case STATE_SCORES:
        score_check(verification, key, value);
        break;
    case STATE_ACCOUNTED:
        accounted_check(verification, key, value);
        break;
    case STATE_PERIODS:
        period_check(verification, key, value);
        break;
    case STATE_FACTS:
        fact_check(verification, key, value);
        break;
    case STATE_WATCHES:
        watch_check(verification, value);
        break;
    case STATE_TRACE:
        trace_check(verification, key);
        break;
    case STATE_CALLED:
        verify_told(verification, span_of("called"),
                    called_row_verify(value) < 0 ? "more were called than visited" : NULL);
        break;
    case STATE_WORKSHOP:
        verify_told(verification, span_of("workshop"), workshop_row_verify(verification->txn, key, value));
        break;
    case STATE_LEDGER:
        verify_told(verification, span_of("ledger"),
                    ledger_row_verify(verification->txn, key, value, &verification->ledger));
        break;
    default:
        break;
    }
}

/* verify.c - every row of every table, against what it must agree with. */
#include "workers/verify.h"
#include "workers/called.h"

#include "core/complaint.h"
#include "core/score.h"
#include "core/status.h"
#include "core/task.h"
#include "io/policy_file.h"
#include "io/roster_file.h"
#include "schemas/record.h"
#include "workers/accountable.h"
#include "workers/cases.h"
#include "workers/fact_index.h"
#include "workers/kinds.h"
#include "workers/periods.h"
#include "workers/repair_verify.h"
#include "workers/score_key.h"
#include "workers/verify_ledger.h"
#include "workers/visit_days.h"
#include "workers/watches.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *const verify_checks[] = {
    "the cursor is not ahead of the journal",
    "each open case has exactly one armed timer, as its card and the rulebook say, or a named rest",
    "no timer without a case; a closed case has none but that of its tombstone",
    "the index of open cases, its counts and the order of escalations agree with the cards",
    "ratings in the daily sums = ratings counted",
    "facts are in rising order; each line of a trace belongs to a case",
    "score cards wait only after ratings",
    "each vehicle in repair is in one open stay, which names it; each stay belongs to its visit",
    "each account of the ledger is the sum of its confirmed entries, and none is counted twice",
    "the task that a watched dimension names is there",
    "what appeals took out of the accountable sums is in the voice; figures of closed periods can be read and have a close",
    "each visit and each customer count as many open complaints as there are cards about them",
    "the days count as many visits as were told",
    "the callback that a customer waits for is open, and the one of a customer who stays away is there",
};
const uint32_t verify_checks_count = sizeof verify_checks / sizeof verify_checks[0];

struct verification {
    struct store_txn *txn;
    struct policy policy;
    struct verified *found;
    uint64_t journal_head;
    struct counters open; /* how many of each kind are in the index */
    uint64_t armed;       /* cards that say they have a timer */
    uint64_t ordered;     /* places in the order of escalations that their cards ask for */
    uint64_t ratings;
    uint64_t last_fact;
    struct ledger_tally ledger;
    uint64_t visits_told, visits_of_days;     /* visits that are counted on a day; and what the days count */
    uint64_t visits_of_cards, visits_counted; /* fingerprints of visits with open complaints, by cards and by visits */
    uint64_t customers_of_cards, customers_counted; /* the same of customers */
};

__attribute__((format(printf, 2, 3))) static void violated(struct verification *verification, const char *format, ...)
{
    struct verified *found = verification->found;
    if (found->violations < VIOLATIONS_MAX) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(found->violation[found->violations], VIOLATION_TEXT, format, arguments);
        va_end(arguments);
    }
    found->violations++;
}

/* ---- cases ---- */

/* A card, and what it says of its case. */
struct summary {
    union card card;
    struct standing standing;
};

static int summary_read(const struct verification *verification, const struct case_key *key, struct span row,
                        struct summary *ret_summary)
{
    int result = case_read(key, row, &ret_summary->card);
    if (result == 0)
        kind_of(key)->stand(&verification->policy, &ret_summary->card, &ret_summary->standing);
    return result;
}

/* An escalation stands among all, and among the open ones while it is open. */
static void order_check(struct verification *verification, const struct case_key *key, const struct summary *summary)
{
    int64_t raised_ms = summary->card.escalation.raised_at;
    bool is_open = summary->standing.open;
    char id[CASE_ID_MAX];
    uint8_t buffer[ORDER_KEY_MAX];
    struct span none;
    struct store_txn *txn = verification->txn;
    struct span open = order_key(ORDER_OPEN, raised_ms, key, buffer);
    verification->ordered += 1 + is_open;
    bool wrong = is_open != (store_get(txn, STATE_RAISED, open, &none) == 0);
    if (wrong || store_get(txn, STATE_RAISED, order_key(ORDER_ALL, raised_ms, key, buffer), &none) < 0)
        violated(verification, "%.*s: not in its place in the order of escalations", SPAN_ARGS(case_id(key, id)));
}

/* What another file has found about a case, if anything. */
static void told(struct verification *verification, struct span name, const char *what)
{
    if (what)
        violated(verification, "%.*s: %s", SPAN_ARGS(name), what);
}

static void case_check(struct verification *verification, struct span key_bytes, struct span row)
{
    char id[CASE_ID_MAX];
    uint8_t buffer[TIMER_KEY_MAX];
    struct span none;
    struct summary summary;
    bool indexed;
    struct case_key key;
    if (case_key_of_bytes(key_bytes, &key) < 0) {
        violated(verification, "a card stands where no case can");
        return;
    }
    struct span name = case_id(&key, id);
    if (summary_read(verification, &key, row, &summary) < 0 || case_is_open(verification->txn, &key, &indexed) < 0) {
        violated(verification, "%.*s: its card can't be read", SPAN_ARGS(name));
        return;
    }
    const struct standing standing = summary.standing;
    const struct complaint *complaint = &summary.card.complaint;
    if (case_letter(&key) == 'C' && standing.open && HAS(complaint, complaint, visit))
        verification->visits_of_cards += fact_fingerprint(complaint->visit_store, complaint->visit);
    if (case_letter(&key) == 'C' && standing.open && HAS(complaint, complaint, customer))
        verification->customers_of_cards += fact_fingerprint((struct span){0}, complaint->customer);
    if (indexed != standing.open)
        violated(verification, "%.*s: %s, but the index says otherwise", SPAN_ARGS(name),
                 standing.open ? "open" : "closed");
    if (standing.open && !standing.armed && !standing.rests)
        violated(verification, "%.*s: open, but no timer is armed and it doesn't rest", SPAN_ARGS(name));
    bool swept = verification->found->head.position.sweep.len == 0;
    if (swept && standing.open && standing.armed && standing.timer_ms != standing.due_ms)
        violated(verification, "%.*s: its timer is not armed for what the rulebook in force asks", SPAN_ARGS(name));
    if (!standing.open && standing.armed && standing.gone)
        violated(verification, "%.*s: gone, but a timer is armed", SPAN_ARGS(name));
    if (case_letter(&key) == 'L')
        told(verification, name,
             ledger_entry_verify(verification->txn, &key, &summary.card.entry, &verification->ledger));
    if (case_letter(&key) == 'V')
        told(verification, name, repair_verify(verification->txn, &summary.card.repair));
    if (case_letter(&key) == 'E')
        order_check(verification, &key, &summary);
    if (!standing.armed)
        return;
    verification->armed++;
    if (store_get(verification->txn, STATE_TIMERS, timer_key(standing.timer_ms, &key, buffer), &none) < 0)
        violated(verification, "%.*s: its card names a timer that is not armed", SPAN_ARGS(name));
}

static void open_check(struct verification *verification, struct span key_bytes)
{
    struct case_key key;
    struct span row;
    char id[CASE_ID_MAX];
    if (case_key_of_bytes(key_bytes, &key) < 0) {
        violated(verification, "the index of open cases names what can't be a case");
        return;
    }
    ++*kind_open_count(&verification->open, kind_of(&key));
    if (store_get(verification->txn, STATE_CASES, key_bytes, &row) < 0)
        violated(verification, "%.*s: in the index of open cases, but there is no card", SPAN_ARGS(case_id(&key, id)));
}

/* Which timer a card names is checked with the card; here that there is no second one. */
static void timer_check(struct verification *verification, struct span key_bytes)
{
    int64_t due_ms;
    struct case_key key;
    struct span row;
    struct summary summary;
    char id[CASE_ID_MAX];
    if (timer_key_read(key_bytes, &due_ms, &key) < 0) {
        violated(verification, "a timer is armed for what can't be a case");
        return;
    }
    int result = store_get(verification->txn, STATE_CASES, case_key_span(&key), &row);
    if (result == 0)
        result = summary_read(verification, &key, row, &summary);
    if (result < 0 || !summary.standing.armed || summary.standing.timer_ms != due_ms)
        violated(verification, "%.*s: a timer is armed that its card doesn't name", SPAN_ARGS(case_id(&key, id)));
}

/* ---- the other tables ---- */

static void score_check(struct verification *verification, struct span key, struct span value)
{
    struct score_place place;
    struct score_sums sums;
    if (score_key_parse(key, &place) < 0 || score_row_read(value, &sums) < 0)
        violated(verification, "a row of daily sums can't be read");
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
        violated(verification, "a row of what appeals changed can't be read");
        return;
    }
    if (!out)
        return;
    bool there = store_get(verification->txn, STATE_SCORES, span_make(key.at + 1, key.len - 1), &row) == 0 &&
                 score_row_read(row, &voice) == 0 && score_take_out(&voice, &sums);
    if (!there)
        violated(verification, "appeals took more out of %.*s, %.*s than was counted there", SPAN_ARGS(place.store),
                 SPAN_ARGS(place.department));
}

/* A row of a closed period lies where its card says. */
static void period_check(struct verification *verification, struct span key, struct span value)
{
    struct period card;
    uint8_t buffer[PERIOD_KEY_MAX];
    if (period_row_read(value, &card) < 0) {
        violated(verification, "figures of a closed period can't be read");
        return;
    }
    struct span department = HAS(&card, period, department) ? card.department : (struct span){0};
    bool closed = card.status == period_status_is_closed && HAS(&card, period, closed_at);
    if (!closed || !span_equal(key, period_row_key(card.period, card.store, department, buffer)))
        violated(verification, "%.*s: not closed, or not where it belongs", SPAN_ARGS(card.id));
}

static void fact_check(struct verification *verification, struct span key, struct span value)
{
    uint64_t first, last;
    if (fact_block_read(key, value, &first, &last) < 0)
        violated(verification, "a block of facts can't be read");
    else if (first <= verification->last_fact)
        violated(verification, "the block of facts from entry %llu is not after the one before",
                 (unsigned long long)first);
    else
        verification->last_fact = last;
}

static void trace_check(struct verification *verification, struct span key)
{
    struct span row;
    if (key.len < CASE_KEY_FIXED + 16 ||
        store_get(verification->txn, STATE_CASES, span_make(key.at, key.len - 16), &row) < 0)
        violated(verification, "a line of a trace belongs to no case");
}

static void visit_check(struct verification *verification, struct span key)
{
    struct visit_row row;
    const uint8_t *end = memchr(key.at, 0, key.len);
    size_t len = end ? (size_t)(end - key.at) : key.len;
    struct span store = span_make(key.at, len);
    struct span visit = end ? span_make(end + 1, key.len - len - 1) : (struct span){0};
    if (!end || state_visit_get(verification->txn, store, visit, &row) < 0)
        violated(verification, "the row of a visit can't be read");
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
        violated(verification, "a day's count of visits can't be read");
    verification->visits_of_days += visits;
}

/* What a dimension is watched by: the task that it names is there. */
static void watch_check(struct verification *verification, struct span value)
{
    struct watch_row row;
    struct span card;
    if (watch_read(value, &row) < 0)
        violated(verification, "the row of a watched dimension can't be read");
    else if (row.task.len > 0 && store_get(verification->txn, STATE_CASES, case_key_span(&row.task), &card) < 0)
        violated(verification, "a watched dimension names a task that is not there");
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
        violated(verification, "the row of a customer's callbacks can't be read");
        return;
    }
    verification->customers_counted += row.open_complaints * fact_fingerprint((struct span){0}, customer);
    bool named = row.current.len == 0 || case_key_of_id(row.current, &key) == 0;
    if (named && row.current.len > 0)
        named = case_is_open(verification->txn, &key, &open) == 0;
    if (!named || !open)
        violated(verification, "a customer is said to be called by %.*s, which is not open", SPAN_ARGS(row.current));
    snprintf(id, sizeof id, "B-%llu-lapsed", (unsigned long long)row.lapsed);
    if (row.lapsed > 0 && (case_key_of_id(span_of(id), &key) < 0 ||
                           store_get(verification->txn, STATE_CASES, case_key_span(&key), &none) < 0))
        violated(verification, "%s: a customer's row names it, but there is no card", id);
}

static void row_check(struct verification *verification, enum state_table table, struct span key, struct span value)
{
    switch (table) {
    case STATE_CASES:
        case_check(verification, key, value);
        break;
    case STATE_OPEN:
        open_check(verification, key);
        break;
    case STATE_TIMERS:
        timer_check(verification, key);
        break;
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
        told(verification, span_of("called"), called_row_verify(value) < 0 ? "more were called than visited" : NULL);
        break;
    case STATE_WORKSHOP:
        told(verification, span_of("workshop"), workshop_row_verify(verification->txn, key, value));
        break;
    case STATE_LEDGER:
        told(verification, span_of("ledger"), ledger_row_verify(verification->txn, key, value, &verification->ledger));
        break;
    default:
        break;
    }
}

static int table_check(struct verification *verification, enum state_table table)
{
    struct store_cursor *cursor;
    struct span key, value;
    struct verified *found = verification->found;
    int result = store_cursor_open(verification->txn, table, &cursor);
    if (result < 0)
        return result;
    result = store_seek(cursor, (struct span){0}, &key, &value);
    while (result == 0) {
        found->rows[table]++;
        found->checksum[table] = crc32c(crc32c(found->checksum[table], key), value);
        row_check(verification, table, key, value);
        result = store_next(cursor, &key, &value);
    }
    store_cursor_close(cursor);
    return result == -E_NOT_FOUND ? 0 : result;
}

/* ---- the whole ---- */

/* The index of open cases and the counters, kind by kind. */
static bool opens_agree(struct counters *index, struct counters counters)
{
    for (uint32_t i = 0; i < kinds_count; i++) {
        if (*kind_open_count(index, &kinds[i]) != *kind_open_count(&counters, &kinds[i]))
            return false;
    }
    return true;
}

static void counts_check(struct verification *verification)
{
    struct verified *found = verification->found;
    const struct counters *counters = &found->head.counters;
    const struct position *position = &found->head.position;
    if (position->seq > verification->journal_head)
        violated(verification, "folded up to entry %llu, but the journal ends at %llu",
                 (unsigned long long)position->seq, (unsigned long long)verification->journal_head);
    if (!opens_agree(&verification->open, *counters))
        violated(verification, "the counts of open cases are not those of the index");
    if (verification->armed != found->rows[STATE_TIMERS])
        violated(verification, "%llu cards name a timer, but %llu are armed", (unsigned long long)verification->armed,
                 (unsigned long long)found->rows[STATE_TIMERS]);
    if (verification->ordered != found->rows[STATE_RAISED])
        violated(verification, "%llu places in the order of escalations, but %llu that a card asks for",
                 (unsigned long long)found->rows[STATE_RAISED], (unsigned long long)verification->ordered);
    if (verification->ratings != counters->ratings)
        violated(verification, "%llu ratings in the daily sums, but %llu were counted",
                 (unsigned long long)verification->ratings, (unsigned long long)counters->ratings);
    if (verification->visits_counted != verification->visits_of_cards)
        violated(verification, "the open complaints that visits count are not those of the cards");
    if (verification->visits_told != verification->visits_of_days)
        violated(verification, "%llu visits were told, but the days count %llu",
                 (unsigned long long)verification->visits_told, (unsigned long long)verification->visits_of_days);
    told(verification, span_of("ledger"), ledger_tally_verify(&verification->ledger));
    if (verification->customers_counted != verification->customers_of_cards)
        violated(verification, "the open complaints that customers count are not those of the cards");
    if (found->rows[STATE_DIRTY] > 0 && position->dirty_second == 0)
        violated(verification, "score cards wait, but no rating came since");
}

static int policy_read(struct verification *verification)
{
    struct policy_row row;
    char message[POLICY_MESSAGE_MAX];
    int result = state_policy_at(verification->txn, INT64_MAX, &row);
    policy_default(&verification->policy); /* what can't be read is told; the rest is looked at by this one */
    if (result == -E_NOT_FOUND)
        return 0;
    if (result == 0 && policy_parse(row.content, &verification->policy, message) < 0)
        violated(verification, "the policy in force can't be read: %s", message);
    return result;
}

/* What was adopted was checked: one that can't be read now is broken. */
static int roster_read(struct verification *verification)
{
    struct roster_row row;
    char message[ROSTER_MESSAGE_MAX];
    int result = state_roster_get(verification->txn, &row);
    if (result < 0)
        return result == -E_NOT_FOUND ? 0 : result;
    struct roster *roster = malloc(sizeof *roster);
    result = roster ? roster_parse(row.content, roster, message) : -E_NO_MEMORY;
    if (result == -E_BAD_ROSTER)
        violated(verification, "the roster in force can't be read: %s", message);
    if (result == 0 && !span_is(row.hash, roster->hash))
        violated(verification, "the roster in force is not what its hash says");
    free(roster);
    return result == -E_BAD_ROSTER ? 0 : result;
}

static int verify(struct verification *verification)
{
    int result = state_head_get(verification->txn, &verification->found->head);
    if (result == 0)
        result = policy_read(verification);
    if (result == 0)
        result = roster_read(verification);
    for (uint32_t table = 0; table < STATE_TABLES && result == 0; table++)
        result = table_check(verification, table);
    if (result == 0)
        counts_check(verification);
    return result;
}

int state_verify(const char *dir, uint64_t journal_head, struct verified *ret_verified)
{
    struct store *store;
    struct verification *verification = calloc(1, sizeof *verification);
    if (!verification)
        return -E_NO_MEMORY;
    memset(ret_verified, 0, sizeof *ret_verified);
    verification->found = ret_verified;
    verification->journal_head = journal_head;
    int result = state_open(dir, true, &store);
    if (result == 0) {
        result = store_begin(store, false, &verification->txn);
        if (result == 0)
            result = verify(verification);
        store_abort(verification->txn);
        store_close(store);
    }
    free(verification);
    return result;
}

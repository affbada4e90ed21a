/* verify.c - cards, the index of open cases and timers against each other, and the sums of it all. */
#include "core/complaint.h"
#include "core/status.h"
#include "io/keyring.h"
#include "io/policy_file.h"
#include "io/roster_file.h"
#include "schemas/record.h"
#include "workers/kinds.h"
#include "workers/repair_verify.h"
#include "workers/verify_delivery.h"
#include "workers/verifying.h"

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
    "what is to be sent has not arrived and is not over; what did not arrive names the notice that went up because of it",
};
const uint32_t verify_checks_count = sizeof verify_checks / sizeof verify_checks[0];

void verify_violated(struct verification *verification, const char *format, ...)
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

void verify_told(struct verification *verification, struct span name, const char *what)
{
    if (what)
        verify_violated(verification, "%.*s: %s", SPAN_ARGS(name), what);
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
        verify_violated(verification, "%.*s: not in its place in the order of escalations",
                        SPAN_ARGS(case_id(key, id)));
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
        verify_violated(verification, "a card stands where no case can");
        return;
    }
    struct span name = case_id(&key, id);
    if (summary_read(verification, &key, row, &summary) < 0 || case_is_open(verification->txn, &key, &indexed) < 0) {
        verify_violated(verification, "%.*s: its card can't be read", SPAN_ARGS(name));
        return;
    }
    const struct standing standing = summary.standing;
    const struct complaint *complaint = &summary.card.complaint;
    if (case_letter(&key) == 'C' && standing.open && HAS(complaint, complaint, visit))
        verification->visits_of_cards += fact_fingerprint(complaint->visit_store, complaint->visit);
    if (case_letter(&key) == 'C' && standing.open && HAS(complaint, complaint, customer))
        verification->customers_of_cards += fact_fingerprint((struct span){0}, complaint->customer);
    if (indexed != standing.open)
        verify_violated(verification, "%.*s: %s, but the index says otherwise", SPAN_ARGS(name),
                        standing.open ? "open" : "closed");
    if (standing.open && !standing.armed && !standing.rests)
        verify_violated(verification, "%.*s: open, but no timer is armed and it doesn't rest", SPAN_ARGS(name));
    bool swept = verification->found->head.position.sweep.len == 0;
    if (swept && standing.open && standing.armed && standing.timer_ms != standing.due_ms)
        verify_violated(verification, "%.*s: its timer is not armed for what the rulebook in force asks",
                        SPAN_ARGS(name));
    if (!standing.open && standing.armed && standing.gone)
        verify_violated(verification, "%.*s: gone, but a timer is armed", SPAN_ARGS(name));
    if (case_letter(&key) == 'L')
        verify_told(verification, name,
                    ledger_entry_verify(verification->txn, &key, &summary.card.entry, &verification->ledger));
    verify_told(verification, name, delivery_verify(verification->txn, &key, &summary.card));
    if (case_letter(&key) == 'V')
        verify_told(verification, name, repair_verify(verification->txn, &summary.card.repair));
    if (case_letter(&key) == 'E')
        order_check(verification, &key, &summary);
    if (!standing.armed)
        return;
    verification->armed++;
    if (store_get(verification->txn, STATE_TIMERS, timer_key(standing.timer_ms, &key, buffer), &none) < 0)
        verify_violated(verification, "%.*s: its card names a timer that is not armed", SPAN_ARGS(name));
}

static void open_check(struct verification *verification, struct span key_bytes)
{
    struct case_key key;
    struct span row;
    char id[CASE_ID_MAX];
    if (case_key_of_bytes(key_bytes, &key) < 0) {
        verify_violated(verification, "the index of open cases names what can't be a case");
        return;
    }
    ++*kind_open_count(&verification->open, kind_of(&key));
    if (store_get(verification->txn, STATE_CASES, key_bytes, &row) < 0)
        verify_violated(verification, "%.*s: in the index of open cases, but there is no card",
                        SPAN_ARGS(case_id(&key, id)));
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
        verify_violated(verification, "a timer is armed for what can't be a case");
        return;
    }
    int result = store_get(verification->txn, STATE_CASES, case_key_span(&key), &row);
    if (result == 0)
        result = summary_read(verification, &key, row, &summary);
    if (result < 0 || !summary.standing.armed || summary.standing.timer_ms != due_ms)
        verify_violated(verification, "%.*s: a timer is armed that its card doesn't name",
                        SPAN_ARGS(case_id(&key, id)));
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
    default:
        verify_row(verification, table, key, value);
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
        verify_violated(verification, "folded up to entry %llu, but the journal ends at %llu",
                        (unsigned long long)position->seq, (unsigned long long)verification->journal_head);
    if (!opens_agree(&verification->open, *counters))
        verify_violated(verification, "the counts of open cases are not those of the index");
    if (verification->armed != found->rows[STATE_TIMERS])
        verify_violated(verification, "%llu cards name a timer, but %llu are armed",
                        (unsigned long long)verification->armed, (unsigned long long)found->rows[STATE_TIMERS]);
    if (verification->ordered != found->rows[STATE_RAISED])
        verify_violated(verification, "%llu places in the order of escalations, but %llu that a card asks for",
                        (unsigned long long)found->rows[STATE_RAISED], (unsigned long long)verification->ordered);
    if (verification->ratings != counters->ratings)
        verify_violated(verification, "%llu ratings in the daily sums, but %llu were counted",
                        (unsigned long long)verification->ratings, (unsigned long long)counters->ratings);
    if (verification->visits_counted != verification->visits_of_cards)
        verify_violated(verification, "the open complaints that visits count are not those of the cards");
    if (verification->visits_told != verification->visits_of_days)
        verify_violated(verification, "%llu visits were told, but the days count %llu",
                        (unsigned long long)verification->visits_told,
                        (unsigned long long)verification->visits_of_days);
    verify_told(verification, span_of("ledger"), ledger_tally_verify(&verification->ledger));
    if (verification->customers_counted != verification->customers_of_cards)
        verify_violated(verification, "the open complaints that customers count are not those of the cards");
    if (found->rows[STATE_DIRTY] > 0 && position->dirty_second == 0)
        verify_violated(verification, "score cards wait, but no rating came since");
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
        verify_violated(verification, "the policy in force can't be read: %s", message);
    return result;
}

/* What was adopted was checked: one that can't be read now is broken. */
static int roster_read(struct verification *verification)
{
    struct document_row row;
    char message[ROSTER_MESSAGE_MAX];
    int result = state_roster_get(verification->txn, &row);
    if (result < 0)
        return result == -E_NOT_FOUND ? 0 : result;
    struct roster *roster = malloc(sizeof *roster);
    result = roster ? roster_parse(row.content, roster, message) : -E_NO_MEMORY;
    if (result == -E_BAD_ROSTER)
        verify_violated(verification, "the roster in force can't be read: %s", message);
    if (result == 0 && !span_is(row.hash, roster->hash))
        verify_violated(verification, "the roster in force is not what its hash says");
    free(roster);
    return result == -E_BAD_ROSTER ? 0 : result;
}

/* Likewise. */
static int access_read(struct verification *verification)
{
    struct document_row row;
    char message[KEYRING_MESSAGE_MAX], hash[33];
    int result = state_access_get(verification->txn, &row);
    if (result < 0)
        return result == -E_NOT_FOUND ? 0 : result;
    struct access *access = malloc(sizeof *access);
    result = access ? access_parse(row.content, access, message) : -E_NO_MEMORY;
    if (result == -E_BAD_ACCESS)
        verify_violated(verification, "the principals in force can't be read: %s", message);
    policy_hash(row.content, hash);
    if (result == 0 && !span_is(row.hash, hash))
        verify_violated(verification, "the principals in force are not what their hash says");
    free(access);
    return result == -E_BAD_ACCESS ? 0 : result;
}

static int verify(struct verification *verification)
{
    int result = state_head_get(verification->txn, &verification->found->head);
    if (result == 0)
        result = policy_read(verification);
    if (result == 0)
        result = roster_read(verification);
    if (result == 0)
        result = access_read(verification);
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

/* ledger.c - entries of the ledger, in the state: kept with their account, proposed, frozen, taken back. */
#include "workers/ledger.h"

#include "core/status.h"
#include "workers/cases.h"
#include "workers/escalations.h"
#include "workers/ledger_case.h"
#include "workers/step.h"

#include <stdio.h>

/* ---- one entry in hand ---- */

int ledger_load(struct fold *fold, const struct case_key *key, struct ledger_case *ret_case)
{
    struct ledger_entry *card = &ret_case->card;
    int result = case_load(fold, key, card);
    if (result < 0)
        return result;
    ret_case->key = *key;
    ret_case->lines_before = case_lines(card->history, card->history_count, fold->step.cause);
    ret_case->part_before = ledger_part(card);
    return 0;
}

/* The sums of the person's year follow what the entry adds to them. */
static int account_follow(struct fold *fold, const struct ledger_case *held)
{
    const struct ledger_account before = held->part_before, now = ledger_part(&held->card);
    struct ledger_account account;
    struct span year = ledger_year(&held->card);
    if (before.entries == now.entries && before.points == now.points && before.amount_fen == now.amount_fen)
        return 0;
    int result = ledger_account_get(fold->txn, held->card.person, year, &account);
    if (result < 0)
        return result;
    if (account.entries + now.entries < before.entries)
        return -E_CORRUPT;
    account.entries += now.entries - before.entries;
    account.points += now.points - before.points;
    account.amount_fen += now.amount_fen - before.amount_fen;
    fold->writes++;
    return ledger_account_put(fold->txn, held->card.person, year, &account);
}

int ledger_keep(struct fold *fold, struct ledger_case *held)
{
    struct ledger_entry *card = &held->card;
    int64_t armed_ms = HAS(card, ledger_entry, timer_at) ? card->timer_at : NEVER;
    int64_t due_ms = ledger_next_due(&fold->policy, card);
    int result = account_follow(fold, held);
    if (result < 0)
        return result;
    held->part_before = ledger_part(card);
    if (due_ms == NEVER)
        UNSET(card, ledger_entry, timer_at);
    else
        SET(card, ledger_entry, timer_at, due_ms);
    return case_save(fold, &(struct case_change){
                               .key = held->key,
                               .card = card,
                               .armed_ms = armed_ms,
                               .due_ms = due_ms,
                               .open = ledger_is_open(card),
                               .event = EVENT_ledger_changed,
                               .history = card->history,
                               .history_count = card->history_count,
                               .lines_before = held->lines_before,
                           });
}

int ledger_find(struct fold *fold, const struct case_key *key, struct ledger_entry *ret_entry)
{
    return case_load(fold, key, ret_entry);
}

/* ---- proposing ---- */

/* "L-41-wang.li". Names too long for a subject: two that differ must stay two. */
struct span ledger_id(const struct ledger_proposal *proposal, char text[CASE_ID_MAX])
{
    char number[24] = "";
    if (proposal->seq > 0)
        snprintf(number, sizeof number, "%llu-", (unsigned long long)proposal->seq);
    int len = snprintf(text, CASE_ID_MAX, "L-%s%.*s", number, SPAN_ARGS(proposal->name));
    if (len > (int)NAME_MAX_BYTES)
        len = snprintf(text, CASE_ID_MAX, "L-%sx%016llx", number,
                       (unsigned long long)fact_fingerprint(proposal->rule, proposal->name));
    return span_make(text, (size_t)len);
}

int ledger_propose(struct fold *fold, const struct ledger_proposal *proposal, struct case_key *ret_key)
{
    char id[CASE_ID_MAX], period[PERIOD_TEXT_MAX];
    struct ledger_case held = {.lines_before = 0};
    struct span none;
    int known = case_key_of_id(ledger_id(proposal, id), &held.key);
    ensure(known == 0);
    *ret_key = held.key;
    int result = store_get(fold->txn, STATE_CASES, case_key_span(&held.key), &none);
    if (result != -E_NOT_FOUND)
        return result;
    ledger_open(&fold->policy, proposal, fold->step.cause, span_of(id), period, &held.card);
    fold->head.counters.ledger_entries++;
    fold->writes += 3;
    result = ledger_orders_put(fold->txn, &held.key, &held.card);
    return result < 0 ? result : ledger_keep(fold, &held);
}

/* ---- taking back ---- */

/* Proposes the entry against one that stays. */
int ledger_adjust(struct fold *fold, struct ledger_case *held, struct span by)
{
    struct ledger_proposal proposal;
    struct case_key key;
    char name[CASE_ID_MAX], id[CASE_ID_MAX];
    ledger_adjustment(&held->card, by, fold->step.cause, &proposal);
    snprintf(name, sizeof name, "back-%.*s", (int)held->card.id.len - 2, (const char *)held->card.id.at + 2);
    proposal.name = span_of(name);
    int result = ledger_propose(fold, &proposal, &key);
    if (result < 0)
        return result;
    SET(&held->card, ledger_entry, adjusted_by, arena_copy(&fold->arena, case_id(&key, id)));
    return 0;
}

int ledger_retire(struct fold *fold, struct ledger_case *held, struct span by, bool *ret_changed)
{
    struct ledger_effects effects = {0};
    int result = 0;
    *ret_changed = ledger_take_back(&fold->policy, &held->card, by, fold->step.cause, &effects);
    if (!*ret_changed)
        return 0;
    if (effects.adjust)
        result = ledger_adjust(fold, held, by);
    if (result == 0 && effects.answered)
        result = notices_end(fold, held->card.id);
    return result < 0 ? result : ledger_keep(fold, held);
}

/* ---- appeals ---- */

static int frozen_load(struct fold *fold, const struct case_key *key, struct ledger_case *ret_case)
{
    int result = ledger_load(fold, key, ret_case);
    return result == -E_NOT_FOUND ? -E_CORRUPT : result;
}

int ledger_appeal_filed(struct fold *fold, const struct case_key *key, struct span appeal)
{
    struct ledger_case held;
    int result = frozen_load(fold, key, &held);
    if (result < 0)
        return result;
    ledger_freeze(&held.card, appeal, fold->step.cause);
    return ledger_keep(fold, &held);
}

int ledger_appeal_rejected(struct fold *fold, const struct case_key *key)
{
    struct ledger_case held;
    int result = frozen_load(fold, key, &held);
    if (result < 0 || held.card.status != ledger_status_is_frozen)
        return result;
    ledger_thaw(&held.card, fold->step.cause);
    return ledger_keep(fold, &held);
}

int ledger_appeal_upheld(struct fold *fold, const struct case_key *key, struct span by)
{
    struct ledger_case held;
    int result = frozen_load(fold, key, &held);
    if (result < 0 || held.card.status != ledger_status_is_frozen)
        return result;
    bool changed;
    return ledger_retire(fold, &held, by, &changed);
}

/* ---- vetoes ---- */

#define VETO_MONTHS_MAX (24u * VETO_YEAR_COUNT_MOST)

struct vetoes {
    int32_t month[VETO_MONTHS_MAX];
    struct case_key key[VETO_MONTHS_MAX];
    uint32_t count;
};

/* Of one month no more are looked at than can make a difference. */
static bool month_is_full(const struct vetoes *vetoes, int32_t month)
{
    uint32_t same = 0;
    while (same < vetoes->count && vetoes->month[vetoes->count - 1 - same] == month)
        same++;
    return same >= VETO_YEAR_COUNT_MOST || vetoes->count == VETO_MONTHS_MAX;
}

static int veto_add(struct fold *fold, struct span row_key, int32_t first_month, int32_t last_month,
                    struct vetoes *vetoes)
{
    struct case_key key;
    struct span row;
    struct ledger_entry card;
    int result = ledger_key_case(row_key, &key);
    if (result == 0)
        result = store_get(fold->txn, STATE_CASES, case_key_span(&key), &row);
    if (result == 0)
        result = case_read(&key, row, &card);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    int32_t month = ledger_month_number(HAS(&card, ledger_entry, for_period) ? card.for_period : card.period);
    if (month < first_month || month > last_month || !ledger_veto_stands(&card) || month_is_full(vetoes, month))
        return 0;
    vetoes->month[vetoes->count] = month;
    vetoes->key[vetoes->count++] = key;
    return 0;
}

/* Those of the year before the period's and of its own: no others can take a reward of it. */
static int vetoes_read(struct fold *fold, const struct ledger_key *prefix, int32_t year, struct vetoes *vetoes)
{
    struct store_cursor *cursor;
    struct span key, none;
    struct ledger_key from = *prefix;
    char text[PERIOD_TEXT_MAX];
    int len = snprintf(text, sizeof text, "%04d", year > 0 ? year - 1 : 0);
    memcpy(from.bytes + from.len, text, (size_t)len);
    from.len += (size_t)len;
    int result = store_cursor_open(fold->txn, STATE_LEDGER, &cursor);
    if (result < 0)
        return result;
    result = store_seek(cursor, ledger_key_span(&from), &key, &none);
    while (result == 0 && key.len >= prefix->len && memcmp(key.at, prefix->bytes, prefix->len) == 0) {
        result = veto_add(fold, key, (year - 1) * 12, year * 12 + 11, vetoes);
        if (result == 0)
            result = store_next(cursor, &key, &none);
    }
    store_cursor_close(cursor);
    return result == -E_NOT_FOUND ? 0 : result;
}

int ledger_vetoed(struct fold *fold, struct span person, struct span store, struct span department, struct span period,
                  char id_text[CASE_ID_MAX], struct span *ret_veto)
{
    struct vetoes vetoes = {.count = 0};
    int32_t month = ledger_month_number(period);
    *ret_veto = (struct span){0};
    if (month < 0)
        return 0;
    struct ledger_key prefix = ledger_veto_prefix(person, store, department);
    int result = vetoes_read(fold, &prefix, month / 12, &vetoes);
    if (result < 0)
        return result;
    uint32_t taken_by = ledger_veto_takes(&fold->policy, vetoes.month, vetoes.count, period);
    if (taken_by < vetoes.count)
        *ret_veto = case_id(&vetoes.key[taken_by], id_text);
    return 0;
}

int ledger_entry_vetoed(struct fold *fold, const struct ledger_entry *entry, char id_text[CASE_ID_MAX],
                        struct span *ret_veto)
{
    struct span none = {0};
    *ret_veto = none;
    if (!ledger_is_reward(entry))
        return 0;
    return ledger_vetoed(fold, HAS(entry, ledger_entry, person) ? entry->person : none, entry->store,
                         HAS(entry, ledger_entry, department) ? entry->department : none,
                         HAS(entry, ledger_entry, for_period) ? entry->for_period : entry->period, id_text, ret_veto);
}

/* periods.c - one case, the month that is open; the rows of closed periods beside it. */
#include "workers/periods.h"

#include "core/month.h"
#include "core/status.h"
#include "workers/cases.h"
#include "workers/league.h"
#include "workers/notices.h"
#include "workers/period_outcomes.h"
#include "workers/row.h"
#include "workers/step.h"

#include <stdio.h>

#define ROW_VERSION 1u
#define NEXT_ROWS_MS 1000 /* the next rows follow a second later */
#define MONTH_CASE "month-"
#define SAID_BYTES 512u /* of a row's card beyond the row: what is null in it, and its envelope */

/* ---- rows ---- */

struct span period_row_key(struct span period, struct span store, struct span department,
                           uint8_t buffer[PERIOD_KEY_MAX])
{
    const struct span part[] = {period, store, department};
    uint8_t *to = buffer;
    ensure(period.len <= PERIOD_NAME_BYTES);
    for (int i = 0; i < 3 && (i == 0 || store.len > 0); i++) {
        if (part[i].len)
            memcpy(to, part[i].at, part[i].len);
        to += part[i].len;
        if (i < 2)
            *to++ = 0;
    }
    return span_make(buffer, (size_t)(to - buffer));
}

int period_row_read(struct span row, struct period *ret_card)
{
    struct flaw flaw;
    if (row.len < 2 || row.at[0] != ROW_VERSION)
        return -E_CORRUPT;
    return record_decode(&record_of_period, span_make(row.at + 1, row.len - 1), ret_card, &flaw) < 0 ? -E_CORRUPT : 0;
}

static int row_put(struct fold *fold, const struct period *card)
{
    uint8_t key[PERIOD_KEY_MAX];
    struct wire_writer writer;
    fold->row[0] = ROW_VERSION;
    wire_writer_init(&writer, fold->row + 1, sizeof fold->row - 1);
    record_encode(&record_of_period, card, ENCODE_STATE, &writer);
    ensure(!writer.full);
    fold->writes++;
    return store_put(fold->txn, STATE_PERIODS,
                     period_row_key(card->period, card->store,
                                    HAS(card, period, department) ? card->department : (struct span){0}, key),
                     span_make(fold->row, 1 + writer.len));
}

/* ---- the month's own case ---- */

struct month_case {
    struct case_key key;
    struct period card;
};

static int month_save(struct fold *fold, struct month_case *held, int64_t due_ms)
{
    struct period *card = &held->card;
    int64_t armed_ms = HAS(card, period, timer_at) ? card->timer_at : NEVER;
    bool open = card->status == period_status_is_open;
    if (due_ms == NEVER)
        UNSET(card, period, timer_at);
    else
        SET(card, period, timer_at, due_ms);
    card->changed_seq = (int64_t)fold->step.cause.seq;
    return case_save(fold, &(struct case_change){
                               .key = held->key,
                               .card = card,
                               .armed_ms = armed_ms,
                               .due_ms = due_ms,
                               .open = open,
                               .event = EVENT_period_changed,
                           });
}

static int64_t whole_second(int64_t ms)
{
    return (ms + 999) / 1000 * 1000;
}

static int month_open(struct fold *fold, int64_t month)
{
    char name[PERIOD_NAME_MAX], id[sizeof MONTH_CASE + PERIOD_NAME_MAX], whole[sizeof id + 2];
    month_name(month, name);
    snprintf(id, sizeof id, MONTH_CASE "%s", name);
    snprintf(whole, sizeof whole, "P-%s", id);
    int64_t close_ms = whole_second(month_close_ms(&fold->policy, month));
    struct month_case held = {
        .key = case_key_of_time('P', span_of(id)),
        .card = {.id = span_of(whole), .period = span_of(name), .status = period_status_is_open},
    };
    SET(&held.card, period, closes_at, close_ms);
    return month_save(fold, &held, close_ms);
}

int period_begin(struct fold *fold)
{
    return month_open(fold, month_open_at(&fold->policy, fold->step.cause.at_ms));
}

/* ---- closing ---- */

/* The periods that end with a month, in the order in which their rows are worked off. */
struct ending {
    char name[PERIOD_KINDS][PERIOD_NAME_MAX];
    uint32_t count;
};

static struct ending ending_with(int64_t month)
{
    struct ending ending = {.count = 0};
    for (enum period_kind kind = PERIOD_MONTH; kind < PERIOD_KINDS; kind++)
        ending.count += month_ends(month, kind, ending.name[ending.count]);
    return ending;
}

/* A quarter is only what its departments are judged by; the other periods are compared, too. */
static bool row_counts(const struct policy *policy, const struct period *row)
{
    bool quarter = row->period.len == 7 && row->period.at[5] == 'Q';
    return !quarter || (HAS(row, period, department) && band_judges(policy, row->department, row->period));
}

/* Freezes every row of a period. */
static int period_freeze(struct fold *fold, const char *name, int64_t due_ms)
{
    char id[LABEL_MAX_BYTES + 1];
    struct league *league;
    struct period card;
    int result = league_make(fold->txn, &fold->policy, span_of(name), &league);
    if (result < 0)
        return result;
    if (league->more)
        result = fold_notice(fold, "too_many_departments", span_of(name), true);
    for (uint32_t i = 0; i < league_rows(league) && result == 0; i++) {
        league_card(league, &fold->policy, i, span_of(name), id, &card);
        if (!row_counts(&fold->policy, &card))
            continue;
        card.status = period_status_is_closed;
        card.changed_seq = (int64_t)fold->step.cause.seq;
        SET(&card, period, closed_at, due_ms);
        if (fold->policy.hash[0])
            SET(&card, period, policy, span_of(fold->policy.hash));
        result = row_put(fold, &card);
    }
    league_free(league);
    return result;
}

/* At the instant of the close, before anything later is folded. */
static int month_freeze(struct fold *fold, struct month_case *held, const struct ending *ending, int64_t due_ms)
{
    int result = score_cache_flush(fold->scores, fold->txn, STATE_SCORES);
    for (uint32_t i = 0; i < ending->count && result == 0; i++)
        result = period_freeze(fold, ending->name[i], due_ms);
    SET(&held->card, period, closed_at, due_ms);
    if (fold->policy.hash[0])
        SET(&held->card, period, policy, arena_copy(&fold->arena, span_of(fold->policy.hash)));
    SET(&held->card, period, worked_off, 0);
    return result;
}

/* Copies the next rows, from the `from`-th of all that were frozen; fewer than asked for: that was all. */
static int rows_take(struct fold *fold, const struct ending *ending, uint32_t from, struct span *rows,
                     uint32_t *ret_count)
{
    struct store_cursor *cursor;
    uint32_t seen = 0, count = 0;
    int result = store_cursor_open(fold->txn, STATE_PERIODS, &cursor);
    for (uint32_t i = 0; i < ending->count && result == 0; i++) {
        uint8_t buffer[PERIOD_KEY_MAX];
        struct span prefix = period_row_key(span_of(ending->name[i]), (struct span){0}, (struct span){0}, buffer);
        struct span key, value;
        result = store_seek(cursor, prefix, &key, &value);
        while (result == 0 && count < PERIOD_ROWS_STEP && key.len > prefix.len &&
               memcmp(key.at, prefix.at, prefix.len) == 0) {
            if (seen++ >= from)
                rows[count++] = arena_copy(&fold->arena, value);
            result = store_next(cursor, &key, &value);
        }
        result = result == -E_NOT_FOUND ? 0 : result;
    }
    store_cursor_close(cursor);
    *ret_count = count;
    return result;
}

/* Says the next rows and what follows from them. */
static int rows_work_off(struct fold *fold, struct month_case *held, const struct ending *ending, bool *ret_all)
{
    struct span rows[PERIOD_ROWS_STEP];
    struct period card;
    uint32_t count = 0;
    int result = rows_take(fold, ending, (uint32_t)held->card.worked_off, rows, &count);
    for (uint32_t i = 0; i < count && result == 0; i++) {
        result = period_row_read(rows[i], &card);
        if (result < 0)
            break;
        fold->step.bytes += rows[i].len + SAID_BYTES; /* months of rows are due at once after an outage */
        fold_say(fold, EVENT_period_changed, card.id, fold->step.cause.seq, &card);
        result = period_outcome(fold, &card);
    }
    held->card.worked_off += count;
    *ret_all = count < PERIOD_ROWS_STEP;
    return result;
}

int periods_on_timer(struct fold *fold, const struct case_key *key, int64_t due_ms)
{
    struct month_case held = {.key = *key};
    int64_t month = 0;
    bool all = false;
    int result = case_load(fold, key, &held.card);
    if (result == 0 && month_of_name(held.card.period, &month) < 0)
        result = -E_CORRUPT;
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    const struct ending ending = ending_with(month);
    if (!HAS(&held.card, period, closed_at))
        result = month_freeze(fold, &held, &ending, due_ms);
    if (result == 0)
        result = rows_work_off(fold, &held, &ending, &all);
    if (result < 0)
        return result;
    if (!all)
        return month_save(fold, &held, due_ms + NEXT_ROWS_MS);
    held.card.status = period_status_is_closed;
    result = month_save(fold, &held, NEVER);
    return result < 0 ? result : month_open(fold, month + 1);
}

int periods_on_policy(struct fold *fold, const struct case_key *key)
{
    struct month_case held = {.key = *key};
    int64_t month = 0;
    int result = case_load(fold, key, &held.card);
    if (result == 0 && month_of_name(held.card.period, &month) < 0)
        result = -E_CORRUPT;
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    int64_t close_ms = whole_second(month_close_ms(&fold->policy, month));
    if (HAS(&held.card, period, closed_at) || held.card.closes_at == close_ms)
        return 0;
    SET(&held.card, period, closes_at, close_ms);
    return month_save(fold, &held, close_ms);
}

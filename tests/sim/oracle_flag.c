/*
 * oracle_flag.c - ratings that somebody should look at: each flag is raised once, changes nothing, and leaves with its card's days.
 */
#include "tests/sim/oracle_callback.h"
#include "tests/sim/oracle_improve.h"
#include "tests/sim/oracle_same.h"
#include "workers/fact_index.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void touch(struct oracle *oracle, struct oracle_flag *flag)
{
    flag->changed_seq = oracle->seq;
    flag->changed = true;
    oracle_touch(oracle, 'F', (uint32_t)(flag - oracle->flags), false);
}

static struct oracle_flag *raise_flag(struct oracle *oracle, int32_t kind, const char *store, const char *department)
{
    struct oracle_flag *flag = ORACLE_ADD(oracle, flags);
    flag->kind = kind;
    flag->seq = oracle->seq;
    flag->at_ms = oracle->at_ms;
    flag->leaves_ms = oracle_whole_second(oracle->at_ms + oracle->policy->card_keep_ms);
    snprintf(flag->store, sizeof flag->store, "%s", store);
    snprintf(flag->department, sizeof flag->department, "%s", department);
    oracle->counters.flags++;
    return flag;
}

static void raise_of_rating(struct oracle *oracle, const struct oracle_rating *rating, int32_t kind)
{
    struct oracle_flag *flag = raise_flag(oracle, kind, rating->store, rating->department);
    flag->fact = rating->seq;
    snprintf(flag->id, sizeof flag->id, "F-%llu-%s", (unsigned long long)rating->seq,
             choice_name(choice_of_flag_kind(), kind));
    touch(oracle, flag);
}

uint32_t oracle_flag_of_id(const struct oracle *oracle, struct span id)
{
    for (uint32_t i = 0; i < oracle->flags_count; i++)
        if (oracle_is(oracle->flags[i].id, id))
            return i;
    return UINT32_MAX;
}

const char *oracle_flag_rest(const struct oracle_flag *flag)
{
    return flag->fact ? strchr(flag->id + 2, '-') + 1 : flag->id + 2;
}

/* ---- one rating ---- */

/* How many customers answered on this device within the window. Where two devices share a place the later one is known alone. */
static int64_t customers_of(struct oracle *oracle, struct span device, struct span customer, int64_t at_ms)
{
    struct span nothing = {0};
    uint64_t print = fact_fingerprint(device, nothing);
    int64_t count = 0;
    for (uint32_t i = 0; i < oracle->uses_count; i++) {
        struct oracle_use *use = &oracle->uses[i];
        bool mine = oracle_is(use->device, device);
        bool place = fact_fingerprint(span_of(use->device), nothing) >> 48 == print >> 48;
        bool again = mine && oracle_is(use->customer, customer);
        bool old = mine && use->at_ms <= at_ms - oracle->policy->honesty.device_within_ms;
        use->forgotten = use->forgotten || (place && !mine) || again || old;
    }
    struct oracle_use *use = ORACLE_ADD(oracle, uses);
    oracle_take(use->device, sizeof use->device, device);
    oracle_take(use->customer, sizeof use->customer, customer);
    use->at_ms = at_ms;
    for (uint32_t i = 0; i < oracle->uses_count; i++)
        count += !oracle->uses[i].forgotten && oracle_is(oracle->uses[i].device, device);
    if (count > DEVICE_CUSTOMERS_MAX) /* the one that came first is let go */
        for (uint32_t i = 0; i < oracle->uses_count; i++) {
            if (oracle->uses[i].forgotten || !oracle_is(oracle->uses[i].device, device))
                continue;
            oracle->uses[i].forgotten = true;
            return count - 1;
        }
    return count;
}

void oracle_rating_flags(struct oracle *oracle, const struct oracle_rating *rating, const struct rated *fact)
{
    const struct honesty_policy *policy = &oracle->policy->honesty;
    if (rating->historical)
        return;
    int64_t ago_ms = HAS(fact, rated, contact_changed_at) ? rating->time_ms - fact->contact_changed_at : -1;
    if (ago_ms >= 0 && ago_ms <= policy->contact_within_ms)
        raise_of_rating(oracle, rating, flag_kind_is_contact);
    bool own = fact->channel == channel_is_online || fact->channel == channel_is_phone ||
               fact->channel == channel_is_ivr || fact->channel == channel_is_wechat;
    if (own && HAS(fact, rated, device) && HAS(fact, rated, customer) &&
        customers_of(oracle, fact->device, fact->customer, rating->time_ms) >= policy->device_customers)
        raise_of_rating(oracle, rating, flag_kind_is_device);
}

/* ---- a month ---- */

struct month_sums {
    double forms, perfect;
    struct oracle_sum inhouse, oem;
};

static void add(struct oracle_sum *to, const struct oracle_sum *from)
{
    to->n += from->n;
    to->sum += from->sum;
    to->squares += from->squares;
}

static struct month_sums sums_of(const struct oracle *oracle, const struct oracle_rating *where, int64_t first,
                                 int64_t last)
{
    struct month_sums sums = {0};
    for (uint32_t i = 0; i < oracle->scores_count; i++) {
        const struct oracle_score *score = &oracle->scores[i];
        if (score->day < first || score->day > last || strcmp(score->store, where->store) != 0 ||
            strcmp(score->department, where->department) != 0)
            continue;
        sums.forms += (double)score->forms;
        sums.perfect += (double)score->perfect;
        add(&sums.inhouse, &score->inhouse);
        add(&sums.oem, &score->oem);
    }
    return sums;
}

/* The ends of Wilson's interval are where the share lies 1.96 of its own standard errors from what was seen: found by halving. */
double oracle_wilson_end(double hits, double n, bool upper)
{
    const double seen = hits / n, z = 1.959963984540054;
    double inner = seen, outer = upper ? 1 : 0;
    for (int i = 0; i < 200; i++) {
        double middle = (inner + outer) / 2;
        bool within = fabs(seen - middle) <= z * sqrt(middle * (1 - middle) / n);
        *(within ? &inner : &outer) = middle;
    }
    return inner;
}

void oracle_flag_month(struct oracle *oracle, const char *store, const char *department, int32_t kind,
                       const char *month)
{
    oracle_label id;
    snprintf(id, sizeof id, "F-%s-%s.%s-%s", choice_name(choice_of_flag_kind(), kind), store, department, month);
    if (oracle_flag_of_id(oracle, span_of(id)) != UINT32_MAX)
        return;
    struct oracle_flag *flag = raise_flag(oracle, kind, store, department);
    memcpy(flag->id, id, sizeof flag->id);
    touch(oracle, flag);
}

/* The first day of the month that has this one, walking back. */
int64_t oracle_month_begin(int64_t day)
{
    char date[32];
    for (oracle_date_of(day, date); strcmp(date + 8, "01") != 0; oracle_date_of(day, date))
        day--;
    return day;
}

void oracle_day_flags(struct oracle *oracle, const struct oracle_rating *where, int64_t day)
{
    const struct policy *policy = oracle->policy;
    char month[32];
    int64_t first = oracle_month_begin(day), before = first;
    for (int64_t i = 0; i < policy->honesty.habit_months; i++)
        before = oracle_month_begin(before - 1);
    oracle_date_of(day, month);
    month[7] = '\0';
    struct month_sums now = sums_of(oracle, where, first, day), then = sums_of(oracle, where, before, first - 1);
    double least = (double)policy->evidence_rank_n;
    if (now.forms >= least && then.forms >= least &&
        oracle_wilson_end(now.perfect, now.forms, false) > oracle_wilson_end(then.perfect, then.forms, true))
        oracle_flag_month(oracle, where->store, where->department, flag_kind_is_perfect, month);
    struct oracle_effect apart;
    if (oracle_welch(policy, &now.oem, &now.inhouse, &apart) && apart.low > policy->honesty.inhouse_gap / 1000.0)
        oracle_flag_month(oracle, where->store, where->department, flag_kind_is_inhouse, month);
}

/* ---- in time ---- */

void oracle_flag_fire(struct oracle *oracle, struct oracle_flag *flag, int64_t due_ms)
{
    int64_t leaves = oracle_whole_second(flag->at_ms + oracle->policy->card_keep_ms);
    if (leaves > due_ms) {
        flag->leaves_ms = leaves;
        oracle_touch(oracle, 'F', (uint32_t)(flag - oracle->flags), false); /* said again, as it was */
        return;
    }
    flag->gone = true;
    flag->leaves_ms = ORACLE_NEVER;
    touch(oracle, flag);
}

/* ---- beside the state ---- */

bool oracle_flag_agrees(struct oracle *oracle, const struct oracle_flag *mine, const struct flag *card,
                        char message[ORACLE_MESSAGE_MAX])
{
    const char *what = mine->id;
    (void)oracle;
    SAME_TEXT("id", mine->id, card->id);
    SAME_NUMBER("kind", mine->kind, card->kind);
    SAME_NUMBER("seq", mine->seq, card->seq);
    SAME_NUMBER("rating", mine->fact, HAS(card, flag, rating) ? card->rating : 0);
    SAME_TEXT("store", mine->store, card->store);
    SAME_TEXT("department", mine->department, card->department);
    SAME_NUMBER("at", mine->at_ms, card->at);
    SAME_NUMBER("gone", mine->gone, TRUE_OF(card, flag, gone));
    SAME_NUMBER("changed_seq", mine->changed_seq, card->changed_seq);
    return true;
}

bool oracle_flags_agree(struct oracle *oracle, struct store_txn *state, bool all, char message[ORACLE_MESSAGE_MAX])
{
    if (all && !oracle_neglects_agree(oracle, state, message))
        return false;
    for (uint32_t i = 0; i < oracle->flags_count; i++) {
        struct oracle_flag *mine = &oracle->flags[i];
        struct flag card;
        if (!all && !mine->changed)
            continue;
        if (!oracle_case_found(state, mine->id, false, &card, message) ||
            !oracle_flag_agrees(oracle, mine, &card, message) ||
            !oracle_timer_agrees(state, mine->id, mine->leaves_ms, HAS(&card, flag, timer_at), card.timer_at, message))
            return false;
        mine->changed = false;
    }
    return true;
}

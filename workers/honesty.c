/* honesty.c - raises flags, and lets them go. */
#include "workers/honesty.h"

#include "core/calendar.h"
#include "core/honesty.h"
#include "core/status.h"
#include "workers/cases.h"
#include "workers/row.h"
#include "workers/scores.h"

#include <stdio.h>

/* ---- flags ---- */

#define SAID_MAX 192u

static int flag_save(struct fold *fold, const struct case_key *key, struct flag *flag)
{
    bool gone = HAS(flag, flag, gone);
    int64_t armed_ms = HAS(flag, flag, timer_at) ? flag->timer_at : NEVER;
    int64_t due_ms = gone ? NEVER : flag_due(&fold->policy, flag);
    if (gone)
        UNSET(flag, flag, timer_at);
    else
        SET(flag, flag, timer_at, due_ms);
    return case_save(fold, &(struct case_change){
                               .key = *key,
                               .card = flag,
                               .armed_ms = armed_ms,
                               .due_ms = due_ms,
                               .event = EVENT_flag_changed,
                           });
}

/* Everything but its id and what it is about. */
static int flag_raise(struct fold *fold, struct flag *flag, struct span id, const char *said)
{
    struct case_key key;
    int known = case_key_of_id(id, &key);
    ensure(known == 0);
    flag->id = id;
    flag->seq = flag->changed_seq = (int64_t)fold->step.cause.seq;
    flag->at = fold->step.cause.at_ms;
    flag->said = span_of(said);
    fold->head.counters.flags++;
    return flag_save(fold, &key, flag);
}

/* "F-57-device" */
static int rating_flag(struct fold *fold, const struct rated *rating, enum flag_kind kind, const char *said)
{
    char id[NAME_MAX_BYTES + 1];
    struct flag flag = {.kind = (int32_t)kind, .store = rating->store, .department = rating->department};
    snprintf(id, sizeof id, "F-%llu-%s", (unsigned long long)fold->step.cause.seq,
             choice_name(choice_of_flag_kind(), (int32_t)kind));
    SET(&flag, flag, rating, (int64_t)fold->step.cause.seq);
    return flag_raise(fold, &flag, span_of(id), said);
}

/* ---- one rating ---- */

static int contact_look(struct fold *fold, const struct rated *rating, int64_t given_ms)
{
    char said[SAID_MAX];
    const struct honesty_policy *policy = &fold->policy.honesty;
    if (!honesty_contact_edited(policy, rating, given_ms))
        return 0;
    snprintf(said, sizeof said, "contact edited %lld min before the survey; %lld h are asked for",
             (long long)((given_ms - rating->contact_changed_at) / 60000),
             (long long)(policy->contact_within_ms / 3600000));
    return rating_flag(fold, rating, flag_kind_is_contact, said);
}

/* Devices are remembered in so many places: one that takes another's place is what is forgotten, so that no number of devices
 * makes the state grow.
 *
 *   key: 2 bytes of the device's fingerprint     value: version | fingerprint | for each use: customer, seq, at */
#define DEVICE_VERSION 1u
#define DEVICE_USE_BYTES 24u

static int device_read(struct span value, uint64_t device, struct device_uses *ret_uses)
{
    struct device_uses found = {0};
    struct row_reader row = row_reader(value);
    uint64_t whose = row_u64(&row);
    for (; !row.bad && row.at < row.end; found.count++) {
        if (found.count == DEVICE_CUSTOMERS_MAX)
            return -E_CORRUPT;
        struct device_use *use = &found.use[found.count];
        use->customer = row_u64(&row);
        use->seq = row_u64(&row);
        use->at_ms = (int64_t)row_u64(&row);
    }
    if (row.bad || row.version != DEVICE_VERSION)
        return -E_CORRUPT;
    if (whose == device)
        *ret_uses = found;
    return 0;
}

static int device_keep(struct fold *fold, struct span key, uint64_t device, const struct device_uses *uses)
{
    uint8_t buffer[9 + DEVICE_CUSTOMERS_MAX * DEVICE_USE_BYTES];
    struct row_writer row = row_writer(buffer, sizeof buffer, DEVICE_VERSION);
    row_put_u64(&row, device);
    for (uint32_t i = 0; i < uses->count; i++) {
        row_put_u64(&row, uses->use[i].customer);
        row_put_u64(&row, uses->use[i].seq);
        row_put_u64(&row, (uint64_t)uses->use[i].at_ms);
    }
    fold->writes++;
    return store_put(fold->txn, STATE_DEVICES, key, row_written(&row));
}

static int device_flag(struct fold *fold, const struct rated *rating, const struct device_uses *uses)
{
    char said[SAID_MAX];
    int len = snprintf(said, sizeof said, "%u customers on one device within %lld d, ratings", uses->count,
                       (long long)(fold->policy.honesty.device_within_ms / (24 * 3600000ll)));
    for (uint32_t i = 0; i < uses->count && len < (int)SAID_MAX - 18; i++)
        len += snprintf(said + len, sizeof said - (size_t)len, " %llu", (unsigned long long)uses->use[i].seq);
    return rating_flag(fold, rating, flag_kind_is_device, said);
}

static int device_look(struct fold *fold, const struct rated *rating, int64_t given_ms)
{
    const struct span nothing = {0};
    if (!HAS(rating, rated, device) || !HAS(rating, rated, customer) ||
        !honesty_device_is_own((enum channel)rating->channel))
        return 0;
    uint64_t device = fact_fingerprint(rating->device, nothing);
    uint8_t bytes[8];
    bytes_put_u64(bytes, device);
    struct span key = span_make(bytes, 2), value;
    struct device_uses uses = {0};
    int result = store_get(fold->txn, STATE_DEVICES, key, &value);
    if (result == 0)
        result = device_read(value, device, &uses);
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    const struct device_use use = {
        .customer = fact_fingerprint(rating->customer, nothing),
        .seq = fold->step.cause.seq,
        .at_ms = given_ms,
    };
    bool shared = honesty_device_used(&fold->policy.honesty, use, &uses);
    result = device_keep(fold, key, device, &uses);
    return result < 0 || !shared ? result : device_flag(fold, rating, &uses);
}

int honesty_on_event(struct fold *fold, const struct event *event)
{
    const struct rated *rating = &event->data.rated;
    const struct cause *cause = &fold->step.cause;
    if (event->type != EVENT_feedback_rated || (HAS(rating, rated, historical) && rating->historical))
        return 0;
    int64_t given_ms = event->has_time && event->time_ms < cause->at_ms ? event->time_ms : cause->at_ms;
    int result = contact_look(fold, rating, given_ms);
    return result < 0 ? result : device_look(fold, rating, given_ms);
}

/* ---- a month ---- */

#define MONTH_LEN 7 /* 2026-11 */

struct month {
    struct span store, department;
    char period[PERIOD_OF_DAY_LEN + 1]; /* "2026-11" */
    int64_t first_day;
};

static void month_of(int64_t day, struct month *month)
{
    int64_t last_day;
    period_of_day(day, month->period);
    month->period[MONTH_LEN] = '\0';
    int known = period_days(span_of(month->period), &month->first_day, &last_day);
    ensure(known == 0);
}

static int days_sum(struct fold *fold, const struct month *month, int64_t first, int64_t last,
                    struct score_sums *ret_total)
{
    struct score_sums *day_total = arena_take(&fold->arena, sizeof *day_total);
    int64_t day = first - 1;
    int result = 0;
    memset(ret_total, 0, sizeof *ret_total);
    while (result == 0) {
        result = score_day_from(fold, month->store, month->department, day + 1, last, &day, day_total);
        if (result == 0)
            score_roll_up(ret_total, day_total);
    }
    return result == -E_NOT_FOUND ? 0 : result;
}

/* "F-perfect-sh-pudong.service-2026-11"; places with long names go by a fingerprint. */
static struct span month_id(const struct month *month, enum flag_kind kind, char text[NAME_MAX_BYTES + 1])
{
    const char *name = choice_name(choice_of_flag_kind(), (int32_t)kind);
    int len = snprintf(text, NAME_MAX_BYTES + 1, "F-%s-%.*s.%.*s-%s", name, SPAN_ARGS(month->store),
                       SPAN_ARGS(month->department), month->period);
    if (len > (int)NAME_MAX_BYTES)
        len = snprintf(text, NAME_MAX_BYTES + 1, "F-%s-%016llx-%s", name,
                       (unsigned long long)fact_fingerprint(month->store, month->department), month->period);
    return span_make(text, (size_t)len);
}

/* *ret_new: it has not been raised before. */
static int month_is_new(struct fold *fold, const struct month *month, enum flag_kind kind, bool *ret_new)
{
    char text[NAME_MAX_BYTES + 1];
    struct case_key key;
    struct span row;
    int known = case_key_of_id(month_id(month, kind, text), &key);
    ensure(known == 0);
    int result = store_get(fold->txn, STATE_CASES, case_key_span(&key), &row);
    *ret_new = result == -E_NOT_FOUND;
    return result == -E_NOT_FOUND ? 0 : result;
}

static int month_flag(struct fold *fold, const struct month *month, enum flag_kind kind, const char *said)
{
    char id[NAME_MAX_BYTES + 1];
    struct flag flag = {.kind = (int32_t)kind, .store = month->store, .department = month->department};
    SET(&flag, flag, period, span_of(month->period));
    return flag_raise(fold, &flag, month_id(month, kind, id), said);
}

int honesty_month_flag(struct fold *fold, struct span store, struct span department, int64_t day, enum flag_kind kind,
                       const char *said)
{
    struct month month = {.store = store, .department = department};
    bool new = false;
    month_of(day, &month);
    int result = month_is_new(fold, &month, kind, &new);
    return result < 0 || !new ? result : month_flag(fold, &month, kind, said);
}

static int perfect_look(struct fold *fold, const struct month *month, const struct score_sums *total)
{
    struct score_sums *before = arena_take(&fold->arena, sizeof *before);
    struct month first = *month;
    struct interval now, then;
    bool new = false;
    char said[SAID_MAX];
    if (total->forms < (uint64_t)fold->policy.evidence_rank_n)
        return 0;
    for (int64_t i = 0; i < fold->policy.honesty.habit_months; i++)
        month_of(first.first_day - 1, &first);
    int result = month_is_new(fold, month, flag_kind_is_perfect, &new);
    if (result == 0 && new)
        result = days_sum(fold, month, first.first_day, month->first_day - 1, before);
    if (result < 0 || !new || !honesty_too_perfect(&fold->policy, total, before, &now, &then))
        return result;
    snprintf(said, sizeof said, "%llu of %llu forms perfect (%.0f to %.0f %%), before %llu of %llu (%.0f to %.0f %%)",
             (unsigned long long)total->perfect, (unsigned long long)total->forms, 100 * now.low, 100 * now.high,
             (unsigned long long)before->perfect, (unsigned long long)before->forms, 100 * then.low, 100 * then.high);
    return month_flag(fold, month, flag_kind_is_perfect, said);
}

static int inhouse_look(struct fold *fold, const struct month *month, const struct score_sums *total)
{
    double difference;
    struct interval interval;
    bool new = false;
    char said[SAID_MAX];
    if (!honesty_inhouse_above(&fold->policy, total, &difference, &interval))
        return 0;
    int result = month_is_new(fold, month, flag_kind_is_inhouse, &new);
    if (result < 0 || !new)
        return result;
    snprintf(said, sizeof said, "our calls %.2f above the manufacturer's (%.2f to %.2f), n %llu and %llu", difference,
             interval.low, interval.high, (unsigned long long)total->inhouse.n, (unsigned long long)total->oem.n);
    return month_flag(fold, month, flag_kind_is_inhouse, said);
}

int honesty_day(struct fold *fold, struct span store, struct span department, int64_t day)
{
    struct month month = {.store = store, .department = department};
    struct score_sums *total = arena_take(&fold->arena, sizeof *total);
    month_of(day, &month);
    int result = days_sum(fold, &month, month.first_day, day, total);
    if (result == 0)
        result = perfect_look(fold, &month, total);
    return result < 0 ? result : inhouse_look(fold, &month, total);
}

/* ---- in time ---- */

int honesty_on_timer(struct fold *fold, const struct case_key *key, int64_t due_ms)
{
    struct flag flag;
    int result = case_load(fold, key, &flag);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    if (flag_due(&fold->policy, &flag) <= due_ms) { /* else a rulebook keeps cards longer now */
        SET(&flag, flag, gone, true);
        flag.changed_seq = (int64_t)fold->step.cause.seq;
    }
    return flag_save(fold, key, &flag);
}

/* Flags are never open, and no rulebook reckons what is over. */
int honesty_on_policy(struct fold *fold, const struct case_key *key)
{
    (void)fold;
    (void)key;
    return -E_CORRUPT;
}

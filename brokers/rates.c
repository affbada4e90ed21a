/* rates.c - see rates.h. Figures are in thousandths of an event: a rate of r events a second is r thousandths each millisecond. */
#include "brokers/rates.h"
#include "core/ensure.h"
#include "core/status.h"

#include <stdlib.h>

#define FULL INT64_MAX /* whatever the rate is */

struct bucket {
    uint32_t number;
    int64_t thousandths; /* at at_ms */
    int64_t at_ms;
    uint32_t sessions; /* begun */
};

struct rates {
    uint32_t count;
    struct bucket
        bucket[PRINCIPALS_MAX]; /* in the places of the access file's principals, so in the order of numbers */
    struct bucket before[PRINCIPALS_MAX];
};

int rates_open(struct rates **ret_rates)
{
    *ret_rates = calloc(1, sizeof **ret_rates);
    return *ret_rates ? 0 : -E_NO_MEMORY;
}

void rates_close(struct rates *rates)
{
    free(rates);
}

void rates_follow(struct rates *rates, const struct access *access)
{
    uint32_t before_count = rates->count, before = 0;
    memcpy(rates->before, rates->bucket, before_count * sizeof rates->bucket[0]);
    rates->count = access->count;
    for (uint32_t i = 0; i < access->count; i++) {
        uint32_t number = access->principal[i].number;
        while (before < before_count && rates->before[before].number < number)
            before++;
        bool known = before < before_count && rates->before[before].number == number;
        rates->bucket[i] = known ? rates->before[before] : (struct bucket){.number = number, .thousandths = FULL};
    }
}

static struct bucket *bucket_of(struct rates *rates, const struct access *access, const struct principal *principal)
{
    size_t place = (size_t)(principal - access->principal);
    ensure(place < rates->count);
    ensure(rates->bucket[place].number == principal->number);
    return &rates->bucket[place];
}

int rates_begin_session(struct rates *rates, const struct access *access, const struct principal *principal)
{
    if (!principal)
        return 0;
    struct bucket *bucket = bucket_of(rates, access, principal);
    if (bucket->sessions == PRINCIPAL_SESSIONS_MAX)
        return -E_TOO_MANY_SESSIONS;
    bucket->sessions++;
    return 0;
}

int rates_take(struct rates *rates, const struct access *access, const struct principal *principal, uint32_t events,
               int64_t monotonic_ms, int64_t *ret_retry_ms)
{
    if (!principal || principal->rate == RATE_UNLIMITED || events == 0)
        return 0;
    struct bucket *bucket = bucket_of(rates, access, principal);
    int64_t rate = principal->rate, full = rate * 1000, wanted = (int64_t)events * 1000;
    int64_t missing = bucket->thousandths < full ? full - bucket->thousandths : 0;
    int64_t passed_ms = monotonic_ms - bucket->at_ms;
    bucket->thousandths = passed_ms >= (missing + rate - 1) / rate ? full : bucket->thousandths + passed_ms * rate;
    bucket->at_ms = monotonic_ms;
    int64_t needed = wanted < full ? wanted : full;
    if (bucket->thousandths < needed) {
        *ret_retry_ms = (needed - bucket->thousandths + rate - 1) / rate;
        return -E_SLOW_DOWN;
    }
    bucket->thousandths -= wanted;
    return 0;
}

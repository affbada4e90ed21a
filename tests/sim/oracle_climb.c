/*
 * oracle_climb.c - notices that do not arrive: who is next, what theirs is called, and who knows of one knows of all.
 *
 *   E-41-response-100       to the director, does not arrive
 *   E-41-response-100-up-3  to the general manager, or to whoever is the next above whom nobody of the row was
 */
#include "tests/sim/oracle_delivery.h"
#include "workers/fact_index.h"

#include <stdio.h>
#include <stdlib.h>

#define NOTICES_OF_A_CASE 192u

static uint32_t index_of(const struct oracle *oracle, const char *id)
{
    for (uint32_t i = 0; id[0] && i < oracle->notices_count; i++)
        if (strcmp(oracle->notices[i].id, id) == 0)
            return i;
    return UINT32_MAX;
}

static bool is_in_row(const struct oracle *oracle, const struct oracle_notice *last, const char *to)
{
    if (strcmp(last->to, to) == 0)
        return true;
    uint32_t before = index_of(oracle, last->climbed_from);
    return before != UINT32_MAX && is_in_row(oracle, &oracle->notices[before], to);
}

static uint32_t of_case(const struct oracle *oracle, const char *about)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < oracle->notices_count; i++)
        count += strcmp(oracle->notices[i].about, about) == 0;
    return count;
}

/* "E-band-sh-pudong.service-2026-11-0123456789abcdef-up-2" of what would pass 64 bytes. */
static void write_name(const struct oracle_notice *from, int64_t level, uint32_t times, oracle_label id)
{
    oracle_label below, end, stem;
    memcpy(below, from->id, sizeof below);
    snprintf(end, sizeof end, "-up-%lld", (long long)from->level);
    if (from->climbed_from[0] && strlen(below) > strlen(end) && strcmp(below + strlen(below) - strlen(end), end) == 0)
        below[strlen(below) - strlen(end)] = '\0';
    memset(id, 0, sizeof(oracle_label));
    snprintf(end, sizeof end, "-up-%lld", (long long)level);
    if (times > 1)
        snprintf(end + strlen(end), 16, "-%u", times);
    if (strlen(below) + strlen(end) <= 64) {
        snprintf(id, sizeof(oracle_label), "%.64s%.64s", below, end);
        return;
    }
    unsigned long long whole = fact_fingerprint(span_of(from->about), span_of(below));
    unsigned long long print = fact_fingerprint(span_of(from->about), span_of(from->about + 2));
    if (strlen(from->about + 2) <= 36)
        snprintf(stem, sizeof stem, "%s", from->about + 2);
    else if (from->of == 0)
        snprintf(stem, sizeof stem, "f%016llx", print);
    else
        snprintf(stem, sizeof stem, "%llu-%016llx", (unsigned long long)from->of, print);
    snprintf(id, sizeof(oracle_label), "E-%.60s-%016llx%.40s", stem, whole, end);
}

void oracle_notice_because(struct oracle *oracle, const char *what, const char *to, const char *reason)
{
    struct oracle_notice *notice = &oracle->notices[oracle->notices_count - 1];
    char whole[1024];
    bool sleeps = notice->grade != grade_is_urgent && notice->level <= oracle->policy->quiet.level_most;
    snprintf(whole, sizeof whole, "%s to %s: %s", what, to, reason);
    size_t len = strlen(whole) < LABEL_MAX_BYTES ? strlen(whole) : LABEL_MAX_BYTES;
    while (((unsigned char)whole[len] & 0xc0) == 0x80)
        len--;
    memset(notice->because, 0, sizeof notice->because);
    memcpy(notice->because, whole, len);
    notice->telling.from_ms = sleeps ? oracle_night_end(oracle->policy, notice->store, notice->at_ms) : notice->at_ms;
}

static void raise_above(struct oracle *oracle, uint32_t index, const struct oracle_notice *above, int64_t at_ms)
{
    oracle_label id;
    uint32_t times = 1;
    struct oracle_notice from;
    memcpy(&from, &oracle->notices[index], sizeof from);
    do
        write_name(&from, above->level, times++, id);
    while (index_of(oracle, id) != UINT32_MAX);
    struct oracle_notice *up = ORACLE_ADD(oracle, notices);
    *up = *above;
    memcpy(up->id, id, sizeof id);
    up->repeat = 0;
    up->at_ms = up->raised_ms = at_ms;
    up->repeat_from_ms = ORACLE_NEVER;
    memset(&up->telling, 0, sizeof up->telling);
    snprintf(up->climbed_from, sizeof up->climbed_from, "%.64s", from.id);
    const struct oracle_addressee of = {up->store, up->grade, up->level};
    oracle_telling_begins(oracle, &of, at_ms, &up->telling);
    oracle_notice_because(oracle, from.id, from.to, from.telling.reason);
    snprintf(oracle->notices[index].telling.climbed_to, sizeof(oracle_name), "%.64s", id);
    oracle->counters.escalations++;
    oracle_notice_touch(oracle, up, true);
}

void oracle_notice_climbs(struct oracle *oracle, uint32_t index, int64_t at_ms)
{
    struct oracle_notice above;
    bool found = false;
    memcpy(&above, &oracle->notices[index], sizeof above);
    while (!found && above.level < oracle->policy->level_most) {
        above.level++;
        oracle_notice_recipient(oracle, &above, at_ms, above.to);
        found = !is_in_row(oracle, &oracle->notices[index], above.to);
    }
    found = found && of_case(oracle, above.about) < NOTICES_OF_A_CASE;
    if (found)
        raise_above(oracle, index, &above, at_ms);
    struct oracle_notice *notice = &oracle->notices[index];
    bool last_try = notice->telling.retry_ms == ORACLE_NEVER && notice->telling.attempts > 0;
    if (last_try && found)
        oracle_telling_ends(&notice->telling);
    else if (last_try)
        notice->telling.retry_ms = oracle_whole_second(at_ms + oracle->policy->delivery.top_again_after_ms);
    notice->telling.climb_ms = ORACLE_NEVER;
    oracle_notice_touch(oracle, notice, false);
}

void oracle_notice_row_seen(struct oracle *oracle, uint32_t index)
{
    const struct oracle_notice seen = oracle->notices[index];
    for (int up = 0; up < 2; up++) {
        uint32_t at = index;
        for (;;) {
            at = index_of(oracle, up ? oracle->notices[at].telling.climbed_to : oracle->notices[at].climbed_from);
            if (at == UINT32_MAX)
                break;
            struct oracle_notice *notice = &oracle->notices[at];
            if (!oracle_notice_is_open(notice))
                continue;
            notice->acknowledged = true;
            notice->acknowledged_ms = seen.acknowledged_ms;
            memcpy(notice->acknowledged_by, seen.acknowledged_by, sizeof notice->acknowledged_by);
            oracle_telling_ends(&notice->telling);
            oracle_notice_touch(oracle, notice, false);
        }
    }
}

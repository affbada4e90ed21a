/* policy_check.c - the checks behind `manyi policy check` that look at more than one figure. */
#include "io/policy_check.h"

#include "core/status.h"
#include "io/policy_callbacks.h"
#include "io/policy_delivery.h"
#include "io/policy_ledger.h"

#include <stdarg.h>
#include <stdio.h>

int policy_flaw(const struct policy_flaw *flaw, const char *path, const char *format, ...)
{
    uint32_t line = document_line(flaw->text, path);
    int len = line > 0 ? snprintf(flaw->message, POLICY_MESSAGE_MAX, "line %u: %s ", line, path)
                       : snprintf(flaw->message, POLICY_MESSAGE_MAX, "%s ", path);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(flaw->message + len, POLICY_MESSAGE_MAX - (size_t)len, format, arguments);
    va_end(arguments);
    return -E_BAD_POLICY;
}

int policy_text_read(const struct policy_flaw *flaw, const char *path, const char *text, uint32_t most, char *ret_text)
{
    for (const char *at = text; *at; at++) {
        if ((uint8_t)*at < 0x20 || *at == 0x7f)
            return policy_flaw(flaw, path, "has a control character; allowed are 1 to %u bytes of text", most);
    }
    memset(ret_text, 0, most + 1);
    memcpy(ret_text, text, strlen(text));
    return 0;
}

int policy_name_read(const struct policy_flaw *flaw, const char *path, const char *text,
                     char ret_name[NAME_MAX_BYTES + 1])
{
    return policy_text_read(flaw, path, text, NAME_MAX_BYTES, ret_name);
}

static int check_ladder(const struct policy *policy, const struct policy_flaw *place)
{
    bool breach = false;
    for (uint32_t i = 0; i < policy->rung_count; i++) {
        const struct rung *rung = &policy->ladder[i];
        char path[32];
        snprintf(path, sizeof path, "ladder[%u]", i);
        if (i > 0 && rung->percent <= rung[-1].percent)
            return policy_flaw(place, path, "has %u %%, not more than the %u %% before it; rungs rise", rung->percent,
                               rung[-1].percent);
        if (i > 0 && rung->level <= rung[-1].level)
            return policy_flaw(place, path, "has level %u, not above the %u before it; rungs rise", rung->level,
                               rung[-1].level);
        if (rung->level > policy->level_most)
            return policy_flaw(place, path, "has level %u; the highest is %lld", rung->level,
                               (long long)policy->level_most);
        breach = breach || rung->percent == policy->breach_percent;
    }
    if (!breach)
        return policy_flaw(place, "ladder", "has no rung at %u %%, where a clock is breached", policy->breach_percent);
    return 0;
}

static int check_limits(const struct policy *policy, const struct policy_flaw *place)
{
    if (policy->reopened_floor > policy->level_most)
        return policy_flaw(place, "escalation.reopened_floor", "is %lld; the highest level is %lld",
                           (long long)policy->reopened_floor, (long long)policy->level_most);
    if (policy->claim_major_fen < policy->claim_serious_fen)
        return policy_flaw(place, "complaints.claim_major", "is less than claim_serious");
    if (policy->evidence_rank_n < policy->evidence_show_n)
        return policy_flaw(place, "ratings.evidence_rank", "is %lld, less than the %lld of evidence_show",
                           (long long)policy->evidence_rank_n, (long long)policy->evidence_show_n);
    return 0;
}

static int check_weights(const struct policy *policy, const struct policy_flaw *place)
{
    for (uint32_t i = 0; i < policy->department_count; i++) {
        const struct department_weights *department = &policy->department[i];
        char path[64];
        snprintf(path, sizeof path, "departments[%u]", i);
        for (uint32_t k = 0; k < i; k++) {
            if (strcmp(department->department, policy->department[k].department) == 0)
                return policy_flaw(place, path, "gives %s a second time", department->department);
        }
        uint64_t sum = 0;
        for (uint32_t k = 0; k < department->dimension_count; k++)
            sum += department->dimension[k].weight;
        if (sum == 0)
            return policy_flaw(place, path, "has only weights of 0: %s could have no score", department->department);
    }
    return 0;
}

static int check_dimensions(const struct policy *policy, const struct policy_flaw *place)
{
    for (uint32_t i = 0; i < policy->department_count; i++) {
        const struct department_weights *department = &policy->department[i];
        for (uint32_t k = 1; k < department->dimension_count; k++) {
            for (uint32_t earlier = 0; earlier < k; earlier++) {
                if (strcmp(department->dimension[k].dimension, department->dimension[earlier].dimension) != 0)
                    continue;
                char path[64];
                snprintf(path, sizeof path, "departments[%u].weights[%u]", i, k);
                return policy_flaw(place, path, "gives %s a second time", department->dimension[k].dimension);
            }
        }
    }
    return 0;
}

static int check_map_keys(const struct policy *policy, const struct policy_flaw *place, uint32_t index)
{
    const struct score_map *map = &policy->score_map[index];
    bool answer = false;
    for (uint32_t k = 0; k < map->key_count; k++) {
        answer = answer || map->key[k].answer;
        for (uint32_t earlier = 0; earlier < k; earlier++) {
            if (map->key[k].key != map->key[earlier].key)
                continue;
            char path[64];
            snprintf(path, sizeof path, "score_maps[%u].keys[%u]", index, k);
            return policy_flaw(place, path, "gives key %d of %s a second time", map->key[k].key, map->scale);
        }
    }
    char path[64];
    snprintf(path, sizeof path, "score_maps[%u]", index);
    return answer ? 0 : policy_flaw(place, path, "has no key that is an answer");
}

static int check_maps(const struct policy *policy, const struct policy_flaw *place)
{
    for (uint32_t i = 0; i < policy->score_map_count; i++) {
        for (uint32_t k = 0; k < i; k++) {
            if (strcmp(policy->score_map[i].scale, policy->score_map[k].scale) != 0)
                continue;
            char path[64];
            snprintf(path, sizeof path, "score_maps[%u]", i);
            return policy_flaw(place, path, "gives %s a second time", policy->score_map[i].scale);
        }
        int rc = check_map_keys(policy, place, i);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int check_ranking(const struct policy *policy, const struct policy_flaw *place)
{
    const struct ranking_rules *rules = &policy->ranking;
    if (rules->band_neutral >= rules->band_reward)
        return policy_flaw(place, "bands.neutral", "begins at %lld, not below reward at %lld",
                           (long long)rules->band_neutral, (long long)rules->band_reward);
    if (rules->band_warning >= rules->band_neutral)
        return policy_flaw(place, "bands.warning", "begins at %lld, not below neutral at %lld",
                           (long long)rules->band_warning, (long long)rules->band_neutral);
    if (rules->band_penalty >= rules->band_warning)
        return policy_flaw(place, "bands.penalty", "begins at %lld, not below warning at %lld",
                           (long long)rules->band_penalty, (long long)rules->band_warning);
    if (rules->weight_sales + rules->weight_service + rules->weight_complaints == 0)
        return policy_flaw(place, "ranking", "has only weights of 0: no store could be ranked");
    return 0;
}

const char *const policy_checks[] = {
    "every key is known and stands once, every list has an entry and no more than its limit",
    "every figure has its unit and lies within its limits",
    "every zone is known to this system, and its offset is one that the zone has",
    "working hours rise and don't overlap; every holiday and make-up day exists, once, in a year that is covered",
    "every year that a calendar covers has a holiday; one calendar is the national one, and every store has one",
    "the ladder rises in percent and in level, ends at the highest level at most, and has a rung at the breach",
    "floors, claims and evidence are in order",
    "no clock of a grade, pauses left out, outlasts the law's; the law's warnings come before what they warn of",
    "bands fall from reward to penalty, and something weighs in the ranking",
    "callbacks come on rising days after a sale, and are overdue before they are given up",
    "the graver a notice, the sooner it goes to the next one up, and before anybody gives up",
    "prizes fall with their rank, and what an upheld complaint costs rises with its grade",
    "every department stands once and has a weight above 0",
    "every dimension stands once in its department",
    "every scale and every key of it stands once, and some key is an answer",
};
const uint32_t policy_checks_count = sizeof policy_checks / sizeof policy_checks[0];

int policy_check(const struct policy *policy, const struct policy_flaw *place)
{
    static int (*const checks[])(const struct policy *, const struct policy_flaw *) = {
        check_ladder,           check_limits,          policy_check_statutory, check_ranking,
        policy_check_ledger,    check_weights,         check_dimensions,       check_maps,
        policy_callbacks_check, policy_delivery_check,
    };
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        int rc = checks[i](policy, place);
        if (rc != 0)
            return rc;
    }
    return 0;
}

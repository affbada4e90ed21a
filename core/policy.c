/* policy.c - looking things up in the rulebook. */
#include "core/policy.h"

const struct department_weights *policy_department(const struct policy *policy, struct span department)
{
    for (uint32_t i = 0; i < policy->department_count; i++) {
        if (policy_name_is(policy->department[i].department, department))
            return &policy->department[i];
    }
    return NULL;
}

uint32_t policy_weight(const struct department_weights *department, struct span dimension)
{
    for (uint32_t i = 0; i < department->dimension_count; i++) {
        if (policy_name_is(department->dimension[i].dimension, dimension))
            return department->dimension[i].weight;
    }
    return 0;
}

enum mapped policy_map(const struct policy *policy, const struct raw_answer *raw, int32_t *ret_thousandths)
{
    for (uint32_t i = 0; i < policy->score_map_count; i++) {
        const struct score_map *map = &policy->score_map[i];
        if (!policy_name_is(map->scale, raw->scale))
            continue;
        for (uint32_t k = 0; k < map->key_count; k++) {
            if (map->key[k].key != raw->key)
                continue;
            if (!map->key[k].answer)
                return MAPPED_NO_ANSWER;
            *ret_thousandths = map->key[k].thousandths;
            return MAPPED_SCORE;
        }
        return MAPPED_UNKNOWN;
    }
    return MAPPED_UNKNOWN;
}

/* roles.c - the table. */
#include "workers/roles.h"

#include "core/status.h"
#include "workers/escalations.h"

const struct role roles[] = {
    {"complaints", complaints_on_event},
    {"tasks", tasks_on_event},
    {"scores", scores_on_event},
};
const uint32_t roles_count = sizeof roles / sizeof roles[0];

int role_on_timer(struct fold *fold, const struct case_key *key, int64_t due_ms)
{
    switch (case_letter(key)) {
    case 'C':
        return complaints_on_timer(fold, key, due_ms);
    case 'E':
        return escalations_on_timer(fold, key, due_ms);
    case 'T':
        return tasks_on_timer(fold, key, due_ms);
    default:
        return -E_CORRUPT;
    }
}

int role_on_policy(struct fold *fold, const struct case_key *key)
{
    switch (case_letter(key)) {
    case 'C':
        return complaints_on_policy(fold, key);
    case 'E':
        return escalations_on_policy(fold, key);
    case 'T':
        return tasks_on_policy(fold, key);
    default:
        return -E_CORRUPT;
    }
}

/* policies.c - documents are kept whole, so that a rating is taken back by the figures it was counted with. */
#include "workers/policies.h"

#include "core/status.h"
#include "io/policy_file.h"
#include "workers/notices.h"
#include "workers/step.h"

#include <stdio.h>

/* Documents were checked when they were adopted: one that fails now is broken. */
static int parse_kept(const struct policy_row *row, struct policy *ret_policy)
{
    char message[POLICY_MESSAGE_MAX];
    return policy_parse(row->content, ret_policy, message) < 0 ? -E_CORRUPT : 0;
}

int policies_load(struct fold *fold)
{
    struct policy_row row;
    fold->earlier_policy_known = false;
    int result = state_policy_at(fold->txn, INT64_MAX, &row);
    if (result == -E_NOT_FOUND) {
        policy_default(&fold->policy);
        fold->policy_seq = 0;
        return 0;
    }
    if (result < 0)
        return result;
    fold->policy_seq = row.seq;
    return parse_kept(&row, &fold->policy);
}

int policy_of(struct fold *fold, uint64_t seq, const struct policy **ret_policy)
{
    struct policy_row row = {0};
    int result = state_policy_at(fold->txn, seq, &row);
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    if (row.seq == fold->policy_seq) {
        *ret_policy = &fold->policy;
        return 0;
    }
    if (!fold->earlier_policy_known || fold->earlier_policy_seq != row.seq) {
        fold->earlier_policy_known = false;
        if (row.seq == 0)
            policy_default(&fold->earlier_policy);
        else if (parse_kept(&row, &fold->earlier_policy) < 0)
            return -E_CORRUPT;
        fold->earlier_policy_seq = row.seq;
        fold->earlier_policy_known = true;
    }
    *ret_policy = &fold->earlier_policy;
    return 0;
}

int policy_adopt(struct fold *fold, const struct event *event)
{
    const struct adopted *adopted = &event->data.adopted;
    char message[POLICY_MESSAGE_MAX];
    char hash[33];
    policy_hash(adopted->content, hash);
    if (!span_is(adopted->hash, hash))
        return fold_notice(fold, "policy_refused", span_of("its hash is not that of its content"), true);
    if (policy_parse(adopted->content, &fold->earlier_policy, message) < 0) {
        fold->earlier_policy_known = false;
        return fold_notice(fold, "policy_refused", span_of(message), true);
    }
    fold->earlier_policy_known = false;
    fold->policy = fold->earlier_policy;
    fold->policy_seq = fold->step.cause.seq;
    char said[NOTICE_SAID_MAX];
    snprintf(said, sizeof said, "%s %s", fold->policy.name, hash);
    int result = state_policy_put(fold->txn, &(struct policy_row){
                                                 .seq = fold->policy_seq,
                                                 .hash = span_of(hash),
                                                 .content = adopted->content,
                                             });
    if (result == 0)
        result = sweep_begin(fold, 0);
    return result < 0 ? result : fold_notice(fold, "policy_adopted", span_of(said), true);
}

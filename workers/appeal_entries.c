/* appeal_entries.c - the ledger's side of an appeal. */
#include "workers/appeal_entries.h"

#include "core/status.h"
#include "workers/step.h"

int appeal_entry(struct fold *fold, struct span entry, struct appeal_matter *ret_matter)
{
    (void)ret_matter;
    fold_refuse(fold, OUTCOME_REJECTED, -E_UNKNOWN_CASE, "%.*s is not known", SPAN_ARGS(entry));
    return 0;
}

int appeal_entry_freeze(struct fold *fold, struct span entry)
{
    (void)fold;
    (void)entry;
    return 0;
}

int appeal_entry_thaw(struct fold *fold, struct span entry)
{
    (void)fold;
    (void)entry;
    return 0;
}

int appeal_entry_reverse(struct fold *fold, const struct appeal *appeal)
{
    (void)fold;
    (void)appeal;
    return 0;
}

void appeal_heads(struct fold *fold, struct span store, struct span department, struct name_list *ret_heads)
{
    (void)fold;
    (void)store;
    (void)department;
    ret_heads->count = 0;
}

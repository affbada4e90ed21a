/* appeal_entries.h - what an appeal needs of the ledger and of the roster: whom an entry concerns, and that it rests meanwhile. */
#ifndef MANYI_WORKERS_APPEAL_ENTRIES_H
#define MANYI_WORKERS_APPEAL_ENTRIES_H

#include "core/appeal.h"
#include "workers/fold.h"

/* The matter of a ledger entry. When it can't be appealed against, the decision is refused and ret_matter stays as it was. */
int appeal_entry(struct fold *fold, struct span entry, struct appeal_matter *ret_matter);

/* It rests while it is appealed against; stands again; is taken back. */
int appeal_entry_freeze(struct fold *fold, struct span entry, struct span appeal);
int appeal_entry_thaw(struct fold *fold, struct span entry);
int appeal_entry_reverse(struct fold *fold, const struct appeal *appeal);

/* Who answers for a department, by the roster; nobody without one. */
void appeal_heads(struct fold *fold, struct span store, struct span department, struct name_list *ret_heads);

#endif

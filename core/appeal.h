/*
 * appeal.h - an employee's appeal against a ledger entry or a rating: filed, ruled on, looked at once more. Pure.
 *
 *             ruled: upheld
 *   FILED ───────────────────────────▶ UPHELD     the entry is taken back, the rating is accounted otherwise
 *     │                                  ▲
 *     └──ruled: not──▶ REJECTED ─────────┘ reviewed: upheld
 *                         └────reviewed: not, or nobody asked in time──▶ FINAL    the entry stands
 *
 *   Filed and rejected ones are open: the entry is frozen meanwhile. What is upheld is final: the second look is the
 *   employee's, and what is upheld takes nothing back from others.
 *
 * Source: DOMAIN, Ledger: filed within 7 working days of the notice to the employee (of a rating: since it was given), by whom it
 * concerns; ruled within 5 by someone who is not party to it, else the management group is told; one second review, by somebody else.
 *
 * Caveat: who is late is refused for good. A decision counts at its own time when that is near the journal's, as everywhere.
 */
#ifndef MANYI_CORE_APPEAL_H
#define MANYI_CORE_APPEAL_H

#include "core/complaint.h"

/* What is appealed against, as it stands. Names are borrowed. */
struct appeal_matter {
    struct span entry; /* id of the ledger entry; empty: a rating */
    uint64_t rating;   /* seq of the rating; 0: an entry */
    struct span store;
    struct span department;     /* empty: none */
    struct name_list concerned; /* whom it concerns: the person, or who answers for the department */
    struct name_list parties;   /* who may not rule: who confirmed, who judged, who profits */
    int64_t notice_ms;          /* when the employee was told, or the rating was given */
};

/* What a decision or a deadline has brought about. */
struct appeal_effects {
    bool upheld;  /* the matter is taken back, or accounted otherwise */
    bool final;   /* the matter stands: frozen no more */
    bool overdue; /* nobody has ruled: the management group is to be told */
    bool ruled;   /* notices of it end */
    bool gone;    /* and they leave with its card */
};

/* appeal.filed against this matter. id_text receives "A-<seq>" and outlives the card. 0, -E_NOT_ALLOWED_PERSON or -E_TOO_LATE with
 * a sentence in reason and ret_appeal untouched. */
int appeal_file(const struct policy *policy, const struct appeal_matter *matter, const struct event *decision,
                struct cause cause, char *id_text, struct appeal *ret_appeal, char *reason, size_t reason_size);

/* appeal.ruled or appeal.reviewed. is_party: whoever decides is known to be party to the matter, or to profit, beyond whom the
 * card names. 0 or a rejection: -E_WRONG_STATE, -E_ALREADY_DONE, -E_NOT_ALLOWED_PERSON, -E_BAD_DECISION; then nothing is
 * changed. */
int appeal_decide(const struct policy *policy, struct appeal *appeal, const struct event *decision, struct cause cause,
                  bool is_party, struct appeal_effects *effects, char *reason, size_t reason_size);

/* At due_ms: overdue, final, or (closed) a tombstone. */
void appeal_advance(const struct policy *policy, struct appeal *appeal, int64_t due_ms, struct cause cause,
                    struct appeal_effects *effects);

/* When the next thing is due; INT64_MAX for never: an overdue one waits for people, who are told again and again. */
int64_t appeal_next_due(const struct policy *policy, const struct appeal *appeal);

/* Another rulebook is in force: deadlines that have not passed are counted anew from their start. True when that changed it; the
 * history has then a line with the rulebook's name, which must outlive it. */
bool appeal_reckon(const struct policy *policy, struct appeal *appeal, struct cause cause);

bool appeal_is_open(const struct appeal *appeal);

#endif

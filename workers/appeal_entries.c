/* appeal_entries.c - the ledger's side of an appeal. */
#include "workers/appeal_entries.h"
#include "core/names.h"

#include "core/status.h"
#include "workers/cases.h"
#include "workers/ledger.h"
#include "workers/step.h"

static void party_add(struct name_list *parties, struct span name)
{
    if (name.len && parties->count < NAMES_MAX && !names_have(parties, name))
        parties->item[parties->count++] = name;
}

/* Whom the card names in a part of the life in which nobody can appeal. */
static void refuse_status(struct fold *fold, const struct ledger_entry *entry)
{
    fold_refuse(fold, OUTCOME_REJECTED, -E_WRONG_STATE,
                "%.*s is %s; what is confirmed and stands can be appealed against", SPAN_ARGS(entry->id),
                choice_name(choice_of_ledger_status(), entry->status));
}

int appeal_entry(struct fold *fold, struct span entry, struct appeal_matter *ret_matter)
{
    struct case_key key;
    struct ledger_entry card;
    int result =
        case_key_of_id(entry, &key) == 0 && case_letter(&key) == 'L' ? ledger_find(fold, &key, &card) : -E_NOT_FOUND;
    if (result == -E_NOT_FOUND) {
        fold_refuse(fold, OUTCOME_REJECTED, -E_UNKNOWN_CASE, "%.*s is not known", SPAN_ARGS(name_cut(entry)));
        return 0;
    }
    if (result < 0)
        return result;
    if (!ledger_may_freeze(&card) || !HAS(&card, ledger_entry, notice_at)) {
        refuse_status(fold, &card);
        return 0;
    }
    struct appeal_matter matter = {.entry = card.id, .store = span_of("group"), .notice_ms = card.notice_at};
    if (HAS(&card, ledger_entry, store))
        matter.store = card.store;
    if (HAS(&card, ledger_entry, department))
        matter.department = card.department;
    if (HAS(&card, ledger_entry, party))
        matter.parties = card.party;
    if (HAS(&card, ledger_entry, decided_by))
        party_add(&matter.parties, card.decided_by);
    if (HAS(&card, ledger_entry, amended_by))
        party_add(&matter.parties, card.amended_by);
    if (HAS(&card, ledger_entry, proposed_by))
        party_add(&matter.parties, card.proposed_by);
    if (HAS(&card, ledger_entry, person))
        matter.concerned = (struct name_list){{card.person}, 1};
    else
        appeal_heads(fold, matter.store, matter.department, &matter.concerned);
    *ret_matter = matter;
    return 0;
}

static struct case_key key_of(struct span entry)
{
    struct case_key key;
    int known = case_key_of_id(entry, &key);
    ensure(known == 0);
    return key;
}

int appeal_entry_freeze(struct fold *fold, struct span entry, struct span appeal)
{
    struct case_key key = key_of(entry);
    return ledger_appeal_filed(fold, &key, appeal);
}

int appeal_entry_thaw(struct fold *fold, struct span entry)
{
    struct case_key key = key_of(entry);
    return ledger_appeal_rejected(fold, &key);
}

int appeal_entry_reverse(struct fold *fold, const struct appeal *appeal)
{
    struct case_key key = key_of(appeal->entry);
    struct span by = HAS(appeal, appeal, reviewed_by) ? appeal->reviewed_by : appeal->ruled_by;
    return ledger_appeal_upheld(fold, &key, by);
}

void appeal_heads(struct fold *fold, struct span store, struct span department, struct name_list *ret_heads)
{
    ret_heads->count = 0;
    roster_department_heads(fold->roster, store, department, ret_heads);
}

/* parties.c - the roster's word and the complaint's, for whoever wants to decide. */
#include "workers/parties.h"
#include "core/names.h"

#include "core/appeal.h"
#include "core/status.h"
#include "workers/cases.h"

bool party_belongs(const struct fold *fold, struct span person, struct span store, struct span department)
{
    struct span at_store, at_department;
    struct name_list heads = {.count = 0};
    if (department.len == 0)
        return false;
    roster_department_heads(fold->roster, store, department, &heads);
    if (names_have(&heads, person))
        return true;
    return roster_place_of(fold->roster, person, &at_store, &at_department) && span_equal(at_store, store) &&
           span_equal(at_department, department);
}

int party_of_complaint(struct fold *fold, struct span about, struct span person, bool *ret_party)
{
    struct case_key key;
    struct complaint complaint;
    *ret_party = false;
    if (about.len == 0 || case_key_of_id(about, &key) < 0 || case_letter(&key) != 'C')
        return 0;
    int result = case_load(fold, &key, &complaint);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_CORRUPT : result;
    *ret_party = (HAS(&complaint, complaint, judged_by) && span_equal(complaint.judged_by, person)) ||
                 (HAS(&complaint, complaint, judged_staff) && names_have(&complaint.judged_staff, person));
    return 0;
}

int party_of_entry(struct fold *fold, const struct ledger_entry *entry, struct span person, bool *ret_party)
{
    bool own = HAS(entry, ledger_entry, person);
    bool named = (own && span_equal(entry->person, person)) ||
                 (HAS(entry, ledger_entry, decided_by) && span_equal(entry->decided_by, person)) ||
                 (HAS(entry, ledger_entry, amended_by) && span_equal(entry->amended_by, person)) ||
                 (HAS(entry, ledger_entry, proposed_by) && span_equal(entry->proposed_by, person));
    struct span department = HAS(entry, ledger_entry, department) ? entry->department : (struct span){0};
    *ret_party = named || (!own && party_belongs(fold, person, entry->store, department));
    if (*ret_party || !HAS(entry, ledger_entry, about))
        return 0;
    return party_of_complaint(fold, entry->about, person, ret_party);
}

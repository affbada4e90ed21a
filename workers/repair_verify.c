/* repair_verify.c - cards of stays beside the rows of their vehicles and visits. */
#include "workers/repair_verify.h"

#include "core/status.h"
#include "workers/cases.h"
#include "workers/row.h"

const char *repair_verify(struct store_txn *txn, const struct repair *card)
{
    struct vehicle_row vehicle;
    struct stay_row stay;
    bool open = card->status == repair_status_is_in_repair;
    if (stay_get(txn, card->store, card->visit, &stay) < 0 || stay.repair != (uint64_t)card->seq)
        return "its visit does not know of it";
    if (!HAS(card, repair, vehicle))
        return NULL;
    if (vehicle_get(txn, card->vehicle, &vehicle) < 0)
        return "its vehicle is not known";
    if (open != (vehicle.stay == (uint64_t)card->seq))
        return open ? "in repair, but its vehicle is not in it" : "over, but its vehicle is still in it";
    if (open && card->days_before != (int64_t)vehicle.days)
        return "it counts other days before than its vehicle";
    return NULL;
}

const char *workshop_row_verify(struct store_txn *txn, struct span key, struct span value)
{
    struct row_reader row = row_reader(value);
    uint64_t first = row_u64(&row), second = row_u64(&row);
    uint64_t seq = key.len && key.at[0] == 'v' ? second : first;
    struct span none;
    if (key.len < 2 || row.bad || (key.at[0] != 'v' && key.at[0] != 's'))
        return "a row can't be read";
    struct case_key stay = case_key_of_seq('V', seq);
    return seq && store_get(txn, STATE_CASES, case_key_span(&stay), &none) < 0 ? "a row names a stay that has no card"
                                                                               : NULL;
}

/* verify_delivery.c - the delivery of one case, against itself and against the notice that went up. */
#include "workers/verify_delivery.h"

#include "core/callback.h"
#include "core/delivery.h"
#include "core/status.h"
#include "core/task.h"
#include "workers/cases.h"

/* `open`: somebody is to be told of it. */
static const char *telling_verify(const struct escalation *telling, bool open)
{
    bool wanted = HAS(telling, escalation, deliver_from), fails = HAS(telling, escalation, attempts);
    bool climbs = HAS(telling, escalation, climb_at), sent = HAS(telling, escalation, sent_repeat);
    bool told = sent && telling->sent_repeat == telling->repeat;
    if (!open && (wanted || climbs || HAS(telling, escalation, retry_at)))
        return "is over, but is still to be sent";
    if (sent && telling->sent_repeat > telling->repeat)
        return "a repeat was sent that has not come";
    if (told && (wanted || fails || climbs))
        return "was sent, but is still to be sent";
    if (fails && (!HAS(telling, escalation, failing_since) || !HAS(telling, escalation, failed_reason)))
        return "has failed, but not since when or why";
    if (climbs && HAS(telling, escalation, climbed_to))
        return "has gone up, and is to go up again";
    return NULL;
}

/* The notice that it went up to is there, and says why. */
static const char *above_verify(struct store_txn *txn, const struct escalation *telling)
{
    struct case_key key;
    struct span row;
    struct escalation above;
    if (!HAS(telling, escalation, climbed_to))
        return NULL;
    int result = case_key_of_id(telling->climbed_to, &key);
    if (result == 0)
        result = store_get(txn, STATE_CASES, case_key_span(&key), &row);
    if (result == 0)
        result = case_letter(&key) == 'E' ? case_read(&key, row, &above) : -E_CORRUPT;
    if (result < 0)
        return "has gone up to a notice that is not there";
    return HAS(&above, escalation, because) && span_equal(above.about, telling->about)
               ? NULL
               : "has gone up to a notice that says nothing of it";
}

const char *delivery_verify(struct store_txn *txn, const struct case_key *key, const union card *card)
{
    struct escalation telling;
    bool open = true;
    if (case_letter(key) == 'E') {
        telling = card->escalation;
        open = escalation_is_open(&telling);
    } else if (case_letter(key) == 'T') {
        delivery_of_task(&card->task, &telling);
        open = task_is_to_do(&card->task);
    } else if (case_letter(key) == 'B') {
        delivery_of_callback(&card->callback, &telling);
        open = card->callback.status == callback_status_is_due;
    } else {
        return NULL;
    }
    const char *wrong = telling_verify(&telling, open);
    return wrong ? wrong : above_verify(txn, &telling);
}

/* kinds.c - the table. */
#include "workers/kinds.h"

#include "core/appeal.h"
#include "core/callback.h"
#include "core/honesty.h"
#include "core/ledger.h"
#include "core/repair.h"
#include "core/task.h"
#include "workers/escalations.h"
#include "workers/honesty.h"
#include "workers/ledger.h"
#include "workers/periods.h"
#include "workers/repairs.h"
#include "workers/roles.h"

static void complaint_stand(const struct policy *policy, const union card *card, struct standing *ret_standing)
{
    const struct complaint *complaint = &card->complaint;
    int64_t due_ms = complaint_next_due(policy, complaint);
    *ret_standing = (struct standing){
        .open = complaint->status != complaint_status_is_closed,
        .gone = HAS(complaint, complaint, gone) && complaint->gone,
        .rests = HAS(complaint, complaint, waits_for) || due_ms == NEVER,
        .armed = HAS(complaint, complaint, timer_at),
        .timer_ms = complaint->timer_at,
        .due_ms = due_ms,
        .changed_seq = (uint64_t)complaint->changed_seq,
    };
}

/* Its tombstone comes with its complaint's. */
static void escalation_stand(const struct policy *policy, const union card *card, struct standing *ret_standing)
{
    const struct escalation *escalation = &card->escalation;
    bool open = !escalation->ended && !HAS(escalation, escalation, acknowledged_by);
    int64_t due_ms = escalation_next_due(policy, escalation);
    *ret_standing = (struct standing){
        .open = open,
        .gone = !open,
        .rests = due_ms == NEVER,
        .armed = HAS(escalation, escalation, timer_at),
        .timer_ms = escalation->timer_at,
        .due_ms = due_ms,
        .changed_seq = (uint64_t)escalation->changed_seq,
    };
}

static void task_stand(const struct policy *policy, const union card *card, struct standing *ret_standing)
{
    const struct task *task = &card->task;
    int64_t due_ms = task_next_due(policy, task);
    *ret_standing = (struct standing){
        .open = task_is_open(task),
        .gone = HAS(task, task, gone) && task->gone,
        .rests = due_ms == NEVER,
        .armed = HAS(task, task, timer_at),
        .timer_ms = task->timer_at,
        .due_ms = due_ms,
        .changed_seq = (uint64_t)task->changed_seq,
    };
}

static void appeal_stand(const struct policy *policy, const union card *card, struct standing *ret_standing)
{
    const struct appeal *appeal = &card->appeal;
    int64_t due_ms = appeal_next_due(policy, appeal);
    *ret_standing = (struct standing){
        .open = appeal_is_open(appeal),
        .gone = HAS(appeal, appeal, gone) && appeal->gone,
        .rests = due_ms == NEVER,
        .armed = HAS(appeal, appeal, timer_at),
        .timer_ms = appeal->timer_at,
        .due_ms = due_ms,
        .changed_seq = (uint64_t)appeal->changed_seq,
    };
}

static void entry_stand(const struct policy *policy, const union card *card, struct standing *ret_standing)
{
    const struct ledger_entry *entry = &card->entry;
    int64_t due_ms = ledger_next_due(policy, entry);
    *ret_standing = (struct standing){
        .open = ledger_is_open(entry),
        .gone = HAS(entry, ledger_entry, gone) && entry->gone,
        .rests = due_ms == NEVER,
        .armed = HAS(entry, ledger_entry, timer_at),
        .timer_ms = entry->timer_at,
        .due_ms = due_ms,
        .changed_seq = (uint64_t)entry->changed_seq,
    };
}

static void period_stand(const struct policy *policy, const union card *card, struct standing *ret_standing)
{
    const struct period *period = &card->period;
    bool open = period->status == period_status_is_open;
    int64_t due_ms = HAS(period, period, timer_at) ? period->timer_at : NEVER; /* as it was armed: rows follow */
    (void)policy;
    *ret_standing = (struct standing){
        .open = open,
        .gone = !open,
        .armed = HAS(period, period, timer_at),
        .timer_ms = period->timer_at,
        .due_ms = due_ms,
        .changed_seq = (uint64_t)period->changed_seq,
    };
}

static void callback_stand(const struct policy *policy, const union card *card, struct standing *ret_standing)
{
    const struct callback *callback = &card->callback;
    int64_t due_ms = callback_next_due(policy, callback);
    *ret_standing = (struct standing){
        .open = callback_is_open(callback),
        .gone = HAS(callback, callback, gone) && callback->gone,
        .asleep = callback_sleeps(callback),
        .armed = HAS(callback, callback, timer_at),
        .timer_ms = callback->timer_at,
        .due_ms = due_ms,
        .changed_seq = (uint64_t)callback->changed_seq,
    };
}

/* Never open: it only leaves, in its time. */
static void flag_stand(const struct policy *policy, const union card *card, struct standing *ret_standing)
{
    const struct flag *flag = &card->flag;
    bool gone = HAS(flag, flag, gone) && flag->gone;
    *ret_standing = (struct standing){
        .gone = gone,
        .armed = HAS(flag, flag, timer_at),
        .timer_ms = flag->timer_at,
        .due_ms = gone ? NEVER : flag_due(policy, flag),
        .changed_seq = (uint64_t)flag->changed_seq,
    };
}

static void repair_stand(const struct policy *policy, const union card *card, struct standing *ret_standing)
{
    const struct repair *repair = &card->repair;
    int64_t due_ms = repair_next_due(policy, repair);
    *ret_standing = (struct standing){
        .open = repair->status == repair_status_is_in_repair,
        .gone = HAS(repair, repair, gone) && repair->gone,
        .rests = due_ms == NEVER,
        .armed = HAS(repair, repair, timer_at),
        .timer_ms = repair->timer_at,
        .due_ms = due_ms,
        .changed_seq = (uint64_t)repair->changed_seq,
    };
}

#define OPEN(counter) offsetof(struct counters, open_##counter)

const struct kind kinds[] = {
    {'C', &record_of_complaint, EVENT_complaint_changed, OPEN(complaints), complaint_stand, complaints_on_timer,
     complaints_on_policy, NULL},
    {'E', &record_of_escalation, EVENT_escalation_changed, OPEN(escalations), escalation_stand, escalations_on_timer,
     escalations_on_policy, escalations_on_roster},
    {'L', &record_of_ledger_entry, EVENT_ledger_changed, OPEN(ledger_entries), entry_stand, ledger_on_timer,
     ledger_on_policy, NULL},
    {'T', &record_of_task, EVENT_task_changed, OPEN(tasks), task_stand, tasks_on_timer, tasks_on_policy,
     tasks_on_roster},
    {'A', &record_of_appeal, EVENT_appeal_changed, OPEN(appeals), appeal_stand, appeals_on_timer, appeals_on_policy,
     NULL},
    {'P', &record_of_period, EVENT_period_changed, OPEN(periods), period_stand, periods_on_timer, periods_on_policy,
     NULL},
    {'B', &record_of_callback, EVENT_callback_changed, OPEN(callbacks), callback_stand, callbacks_on_timer,
     callbacks_on_policy, callbacks_on_roster},
    {'F', &record_of_flag, EVENT_flag_changed, OPEN(flags), flag_stand, honesty_on_timer, honesty_on_policy, NULL},
    {'V', &record_of_repair, EVENT_repair_changed, OPEN(repairs), repair_stand, repairs_on_timer, repairs_on_policy,
     NULL},
};
const uint32_t kinds_count = sizeof kinds / sizeof kinds[0];

const struct kind *kind_of(const struct case_key *key)
{
    for (uint32_t i = 0; i < kinds_count; i++) {
        if (kinds[i].letter == case_letter(key))
            return &kinds[i];
    }
    unreachable();
}

/* deliveries.c - a report finds its case. */
#include "workers/deliveries.h"

#include "core/delivery.h"
#include "core/status.h"
#include "workers/cases.h"
#include "workers/escalations_inside.h"
#include "workers/step.h"

static bool is_report(const struct event *event)
{
    return event->type == EVENT_notice_sent || event->type == EVENT_notice_failed || event->type == EVENT_notice_read;
}

static bool is_of_ours(const struct event *event)
{
    return span_is(event->source, "/manyi/notifier") || span_is(event->source, "/manyi/gateway");
}

/* The notifier goes by the clock on its wall, which may be ahead of the journal's time: a time to try again that has passed by
 * that clock would let it try again at once, and again. */
static void heed_their_clock(const struct fold *fold, const struct event *event, struct escalation *escalation)
{
    bool failed = event->type == EVENT_notice_failed && HAS(escalation, escalation, retry_at);
    if (failed && event->has_time && escalation->retry_at <= event->time_ms)
        delivery_not_before(&fold->policy, event->time_ms, escalation);
}

bool delivery_apply(const struct fold *fold, const struct event *event, struct escalation *escalation)
{
    const struct cause cause = fold->step.cause;
    if (event->type == EVENT_notice_sent)
        return delivery_sent(&event->data.notice_sent, cause, escalation);
    if (event->type == EVENT_notice_read)
        return delivery_read(cause, escalation);
    bool changed = delivery_failed(&fold->policy, &event->data.notice_failed, cause, escalation);
    if (changed)
        heed_their_clock(fold, event, escalation);
    return changed;
}

int delivery_trace(struct fold *fold, const struct case_key *key, const struct event *event)
{
    struct history_line line = {
        .seq = (int64_t)fold->step.cause.seq,
        .at = fold->step.cause.at_ms,
        .type = event->type_name,
    };
    if (event->type == EVENT_notice_sent) {
        SET(&line, history_line, said, name_cut(event->data.notice_sent.to));
    } else if (event->type == EVENT_notice_failed) {
        SET(&line, history_line, said, name_cut(event->data.notice_failed.reason));
    } else {
        SET(&line, history_line, by, event->data.notice_read.by);
        SET(&line, history_line, said, span_of(choice_name(choice_of_seen_by(), event->data.notice_read.means)));
    }
    return case_trace(fold, key, &line);
}

static int escalation_told(struct fold *fold, const struct case_key *key, const struct event *event)
{
    struct escalation escalation;
    int result = case_load(fold, key, &escalation);
    if (result < 0 || HAS(&escalation, escalation, gone))
        return result;
    result = delivery_trace(fold, key, event);
    if (result < 0 || !escalation_is_open(&escalation) || !delivery_apply(fold, event, &escalation))
        return result;
    if (delivery_climb_ms(&escalation) <= fold->step.cause.at_ms)
        result = escalation_go_up(fold, key, &escalation, fold->step.cause.at_ms);
    heed_their_clock(fold, event, &escalation);
    return result < 0 ? result : escalation_save(fold, key, &escalation, EVENT_escalation_changed);
}

int deliveries_on_event(struct fold *fold, const struct event *event)
{
    struct case_key key;
    if (!is_report(event) || !is_of_ours(event) || case_key_of_id(event->subject, &key) < 0)
        return 0;
    int result = 0;
    if (case_letter(&key) == 'E')
        result = escalation_told(fold, &key, event);
    else if (case_letter(&key) == 'T')
        result = task_told(fold, &key, event);
    else if (case_letter(&key) == 'B')
        result = callback_told(fold, &key, event);
    return result == -E_NOT_FOUND ? 0 : result;
}

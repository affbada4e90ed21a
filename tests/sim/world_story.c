/*
 * world_story.c - entries of the journal in words that a service manager reads.
 */
#include "schemas/codec.h"
#include "tests/sim/world_inside.h"

#include <stdio.h>

#define SHANGHAI_MS HOURS(8)
#define MORE_MAX 200u

/* "Wed 14:00", in Shanghai. */
static const char *when(int64_t at_ms, char text[16])
{
    static const char days[][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"}; /* 1970 began on a Thursday */
    int64_t ms = at_ms + SHANGHAI_MS;
    snprintf(text, 16, "%s %02d:%02d", days[ms / HOURS(24) % 7], (int)(ms % HOURS(24) / HOURS(1)),
             (int)(ms / MINUTES(1) % 60));
    return text;
}

static void outside_tell(struct world *world, const struct entry *entry, const struct event *event)
{
    char more[MORE_MAX] = "";
    const union event_data *data = &event->data;
    if (event->type == EVENT_feedback_complained)
        snprintf(more, sizeof more, "  %.*s/%.*s  %s", SPAN_ARGS(data->complained.store),
                 SPAN_ARGS(data->complained.department), choice_name(choice_of_category(), data->complained.category));
    else if (event->type == EVENT_feedback_rated)
        snprintf(more, sizeof more, "  %.*s/%.*s", SPAN_ARGS(data->rated.store), SPAN_ARGS(data->rated.department));
    else if (event->subject.len > 0)
        snprintf(more, sizeof more, "  %.*s", SPAN_ARGS(event->subject));
    trace_line(world, "intake", "seq %llu %.*s%s", (unsigned long long)entry->seq, SPAN_ARGS(event->type_name), more);
}

/* The clock that runs out first. */
static void deadline_write(const struct complaint *complaint, char *text, size_t size)
{
    const struct clock *first = NULL;
    char at[16];
    text[0] = '\0';
    for (uint32_t i = 0; i < complaint->clocks_count; i++) {
        const struct clock *clock = &complaint->clocks[i];
        if (!HAS(clock, clock, stopped_at) && (!first || clock->due_at < first->due_at))
            first = clock;
    }
    if (first)
        snprintf(text, size, "  %s by %s", choice_name(choice_of_clock_kind(), first->kind), when(first->due_at, at));
}

static void complaint_tell(struct world *world, const struct complaint *complaint)
{
    char deadline[48];
    const char *status = choice_name(choice_of_complaint_status(), complaint->status);
    const char *grade = choice_name(choice_of_grade(), complaint->grade);
    deadline_write(complaint, deadline, sizeof deadline);
    trace_line(world, "complaints", "%.*s %s  %s  level %d%s%s", SPAN_ARGS(complaint->id), status, grade,
               (int)complaint->level, HAS(complaint, complaint, paused) ? "  rests" : "",
               complaint->status == complaint_status_is_closed ? "" : deadline);
}

static void escalation_tell(struct world *world, const struct escalation *notice)
{
    char at[16];
    if (notice->ended)
        trace_line(world, "escalations", "%.*s ended", SPAN_ARGS(notice->id));
    else if (HAS(notice, escalation, acknowledged_by))
        trace_line(world, "escalations", "%.*s seen by %.*s", SPAN_ARGS(notice->id),
                   SPAN_ARGS(notice->acknowledged_by));
    else
        trace_line(world, "escalations", "%.*s level %d, as of %s, to %.*s%s", SPAN_ARGS(notice->id),
                   (int)notice->level, when(notice->at, at), SPAN_ARGS(notice->to),
                   notice->repeat > 0 ? " once more" : "");
}

static void consequence_tell(struct world *world, const struct event *event)
{
    const union event_data *data = &event->data;
    char at[16];
    switch (event->type) {
    case EVENT_complaint_changed:
        complaint_tell(world, &data->complaint);
        break;
    case EVENT_escalation_raised:
    case EVENT_escalation_changed:
        escalation_tell(world, &data->escalation);
        break;
    case EVENT_task_changed:
        trace_line(world, "tasks", "%.*s %s%s  by %s", SPAN_ARGS(data->task.id),
                   choice_name(choice_of_task_status(), data->task.status), data->task.overdue ? "  OVERDUE" : "",
                   when(data->task.due_at, at));
        break;
    case EVENT_callback_changed:
        trace_line(world, "callbacks", "%.*s %s%s%s  from %s", SPAN_ARGS(data->callback.id),
                   choice_name(choice_of_callback_status(), data->callback.status),
                   HAS(&data->callback, callback, skipped_because) ? ": " : "",
                   HAS(&data->callback, callback, skipped_because)
                       ? choice_name(choice_of_callback_skip(), data->callback.skipped_because)
                       : "",
                   when(data->callback.due_at, at));
        break;
    case EVENT_decision_rejected:
        trace_line(world, "people", "seq %lld had no effect: %.*s", (long long)data->rejection.seq,
                   SPAN_ARGS(data->rejection.reason));
        break;
    case EVENT_system_noticed:
        trace_line(world, "system", "%.*s  %.*s", SPAN_ARGS(data->notice.id), SPAN_ARGS(data->notice.said));
        break;
    default:
        break; /* a score card each second would hide the rest */
    }
}

void story_entry(struct world *world, const struct entry *entry, enum record_class class)
{
    struct event event;
    struct flaw flaw;
    if (event_decode(entry->event, &event, &flaw) < 0)
        trace_line(world, "intake", "seq %llu cannot be read: %s %s", (unsigned long long)entry->seq, flaw.field,
                   flaw.message);
    else if (class == RECORD_OUTSIDE)
        outside_tell(world, entry, &event);
    else
        consequence_tell(world, &event);
}

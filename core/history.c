/* history.c - the newest lines of what happened to a case. */
#include "core/complaint.h"

#include "core/ensure.h"

#define NEAR_MS 1000

void history_add(struct history_line *history, uint32_t *count, uint64_t seq, int64_t at_ms, struct span type,
                 struct span by, struct span said)
{
    if (*count == HISTORY_MAX) {
        memmove(history, history + 1, (HISTORY_MAX - 1) * sizeof *history);
        *count = HISTORY_MAX - 1;
    }
    struct history_line *line = &history[(*count)++];
    *line = (struct history_line){.seq = (int64_t)seq, .at = at_ms, .type = type};
    if (by.len > 0)
        SET(line, history_line, by, by);
    if (said.len > 0)
        SET(line, history_line, said, said);
}

void history_time(struct history_line *history, uint32_t count, const struct event *event)
{
    ensure(count > 0);
    struct history_line *line = &history[count - 1];
    int64_t apart_ms = event->has_time ? event->time_ms - line->at : 0;
    if (apart_ms > NEAR_MS || apart_ms < -NEAR_MS)
        SET(line, history_line, time, event->time_ms);
}

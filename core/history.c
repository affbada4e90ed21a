/* history.c - the newest lines of what happened to a case. */
#include "core/complaint.h"

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

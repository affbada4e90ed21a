/* query_status.c - the worker about itself: how far it is, what it counted, what it waits for. */
#include "core/status.h"
#include "io/request.h"
#include "workers/answer.h"
#include "workers/cases.h"
#include "workers/roles.h"

static void counters_write(const struct counters *counters, struct wire_writer *writer)
{
    uint32_t pairs = 0;
#define X(name) pairs++;
    COUNTERS(X)
#undef X
    wire_map(writer, pairs);
#define X(name)              \
    wire_key(writer, #name); \
    wire_natural(writer, counters->name);
    COUNTERS(X)
#undef X
}

static void natural_write(struct wire_writer *writer, const char *name, uint64_t value)
{
    wire_key(writer, name);
    wire_natural(writer, value);
}

int status_write(struct store_txn *txn, const struct state_head *head, const struct folded *folded, struct tally *tally,
                 struct wire_writer *writer)
{
    int64_t due_ms = 0;
    struct case_key key;
    const struct counters *counters = &head->counters;
    int result = timers_first(txn, &due_ms, &key);
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    uint64_t seq = answer_seq(head, folded);
    int counted = tally_refresh(tally, txn, seq, folded->now_ms);
    if (counted < 0)
        return counted;
    wire_key(writer, "lineage");
    wire_text(writer, span_of(head->lineage));
    natural_write(writer, "cursor", seq);
    natural_write(writer, "head", folded->head);
    natural_write(writer, "lag", folded->head > seq ? folded->head - seq : 0);
    wire_key(writer, "roles");
    wire_array(writer, roles_count);
    for (uint32_t i = 0; i < roles_count; i++)
        wire_text(writer, span_of(roles[i].name));
    wire_key(writer, "counters");
    counters_write(counters, writer);
    wire_key(writer, "next_due");
    if (result == 0)
        wire_time_text(writer, due_ms);
    else
        wire_nil(writer);
    natural_write(writer, "behind_ms", (uint64_t)folded->behind_ms);
    natural_write(writer, "state_bytes", folded->state_bytes);
    natural_write(writer, "state_map_bytes", STATE_MAP_BYTES);
    request_pong_times(writer, "commit", folded->commits);
    wire_key(writer, "open");
    wire_map(writer, 4 + TALLY_PAIRS);
    natural_write(writer, "complaints", counters->open_complaints);
    natural_write(writer, "tasks", counters->open_tasks);
    natural_write(writer, "escalations", counters->open_escalations);
    natural_write(writer, "callbacks", counters->open_callbacks);
    tally_write(tally, writer);
    return 0;
}

int answer_status(struct answer *answer)
{
    answer->count = 1;
    wire_map(&answer->rows, STATUS_PAIRS + 1);
    wire_key(&answer->rows, "role");
    wire_text(&answer->rows, span_of("worker"));
    return status_write(answer->txn, answer->head, answer->folded, answer->tally, &answer->rows);
}

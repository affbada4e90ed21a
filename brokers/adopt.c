/*
 * adopt.c - see adopt.h.
 */
#include "brokers/adopt.h"
#include "core/ensure.h"
#include "core/policy.h"
#include "core/status.h"
#include "io/file.h"
#include "io/log.h"
#include "io/policy_file.h"
#include "io/zone.h"
#include "schemas/codec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define TICK_MAX 512u

/* What adopting needs, too much for a stack. */
struct adoption {
    struct policy policy;
    char document[SYSTEM_EVENT_MAX];
    uint8_t event[SYSTEM_EVENT_MAX];
};

static int proposal_read(const char *path, struct policy *ret_policy)
{
    if (path[0] == '\0') {
        policy_default(ret_policy);
        return 0;
    }
    uint8_t *bytes;
    size_t len;
    int status = file_read(path, SYSTEM_EVENT_MAX, &bytes, &len);
    if (status) {
        log_line(LOG_ERROR, "intake", "policy %s: %s", path, status_text(status)->summary);
        return status;
    }
    char message[POLICY_MESSAGE_MAX];
    status = policy_propose(span_make(bytes, len), ZONE_DIR, ret_policy, message);
    if (status)
        log_line(LOG_ERROR, "intake", "policy %s: %s", path, message);
    free(bytes);
    return status;
}

static int event_add(struct journal *journal, const struct wire_writer *writer, uint64_t *ret_seq)
{
    if (writer->full)
        return -E_TOO_LARGE;
    const struct entry entry = {.event = wire_written(writer)};
    return journal_add(journal, RECORD_OUTSIDE, &entry, ret_seq);
}

static int policy_write(struct journal *journal, struct adoption *adoption, int64_t at_ms)
{
    char hash[33];
    char id[64];
    size_t len;
    int status = policy_render(&adoption->policy, adoption->document, sizeof adoption->document, &len, hash);
    if (status)
        return status;
    snprintf(id, sizeof id, "policy-%s", hash);
    struct adopted data = {0};
    SET(&data, adopted, by, span_of("manyi"));
    SET(&data, adopted, content, span_make(adoption->document, len));
    SET(&data, adopted, hash, span_of(hash));
    const struct event_draft draft = {
        .id = span_of(id),
        .source = span_of(INTAKE_SOURCE),
        .type = EVENT_policy_adopted,
        .time_ms = at_ms,
        .data = &data,
        .style = ENCODE_EVENT,
    };
    struct wire_writer writer;
    wire_writer_init(&writer, adoption->event, sizeof adoption->event);
    event_encode(&draft, &writer);
    status = journal_begin(journal, at_ms);
    if (status)
        return status;
    uint64_t seq;
    status = event_add(journal, &writer, &seq);
    if (status) {
        journal_abort(journal);
        return status;
    }
    ensure(seq == 1);
    return journal_commit(journal);
}

int adopt_policy(struct journal *journal, const char *policy_path, int64_t at_ms)
{
    ensure(journal_head(journal) == 0);
    struct adoption *adoption = calloc(1, sizeof *adoption);
    if (!adoption)
        return -E_NO_MEMORY;
    int status = proposal_read(policy_path, &adoption->policy);
    if (status == 0)
        status = policy_write(journal, adoption, at_ms);
    free(adoption);
    return status;
}

int adopt_tick(struct journal *journal, int64_t at_ms, int64_t wake_at_ms, uint64_t *ret_seq)
{
    char id[64];
    snprintf(id, sizeof id, "tick-%" PRId64, at_ms); /* at_ms grows from one tick to the next */
    struct ticked data = {0};
    SET(&data, ticked, wake_at, wake_at_ms);
    const struct event_draft draft = {
        .id = span_of(id),
        .source = span_of(INTAKE_SOURCE),
        .type = EVENT_clock_ticked,
        .time_ms = at_ms,
        .data = &data,
        .style = ENCODE_EVENT,
    };
    uint8_t buffer[TICK_MAX];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    event_encode(&draft, &writer);
    return event_add(journal, &writer, ret_seq);
}

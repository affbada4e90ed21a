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
#include "io/roster_file.h"
#include "io/zone.h"
#include "schemas/codec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define TICK_MAX 512u

/* What adopting needs, too much for a stack. */
struct adoption {
    struct policy policy;
    struct roster roster;
    char document[SYSTEM_EVENT_MAX];
    uint8_t event[SYSTEM_EVENT_MAX];
};

static int policy_read(const char *path, struct policy *ret_policy)
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

static int roster_read(const char *path, struct roster *ret_roster)
{
    uint8_t *bytes;
    size_t len;
    int status = file_read(path, SYSTEM_EVENT_MAX, &bytes, &len);
    if (status) {
        log_line(LOG_ERROR, "intake", "roster %s: %s", path, status_text(status)->summary);
        return status;
    }
    char message[ROSTER_MESSAGE_MAX];
    status = roster_parse(span_make(bytes, len), ret_roster, message);
    if (status)
        log_line(LOG_ERROR, "intake", "roster %s: %s", path, message);
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

/* The document of the adoption as an event: "policy-<hash>" or "roster-<hash>". */
static int document_add(struct journal *journal, struct adoption *adoption, enum event_type type, size_t len,
                        const char *hash, int64_t at_ms)
{
    char id[64];
    snprintf(id, sizeof id, "%s-%s", type == EVENT_policy_adopted ? "policy" : "roster", hash);
    struct adopted data = {0};
    SET(&data, adopted, by, span_of("manyi"));
    SET(&data, adopted, content, span_make(adoption->document, len));
    SET(&data, adopted, hash, span_of(hash));
    const struct event_draft draft = {
        .id = span_of(id),
        .source = span_of(INTAKE_SOURCE),
        .type = type,
        .time_ms = at_ms,
        .data = &data,
        .style = ENCODE_EVENT,
    };
    struct wire_writer writer;
    uint64_t seq;
    wire_writer_init(&writer, adoption->event, sizeof adoption->event);
    event_encode(&draft, &writer);
    return event_add(journal, &writer, &seq);
}

static int first_write(struct journal *journal, struct adoption *adoption, int64_t at_ms)
{
    char hash[33];
    size_t len;
    int status = policy_render(&adoption->policy, adoption->document, sizeof adoption->document, &len, hash);
    if (status == 0)
        status = document_add(journal, adoption, EVENT_policy_adopted, len, hash, at_ms);
    if (status || !roster_is_adopted(&adoption->roster))
        return status;
    status = roster_render(&adoption->roster, adoption->document, sizeof adoption->document, &len, hash);
    return status ? status : document_add(journal, adoption, EVENT_roster_changed, len, hash, at_ms);
}

int adopt_first(struct journal *journal, const char *policy_path, const char *roster_path, int64_t at_ms)
{
    ensure(journal_head(journal) == 0);
    struct adoption *adoption = calloc(1, sizeof *adoption);
    if (!adoption)
        return -E_NO_MEMORY;
    int status = policy_read(policy_path, &adoption->policy);
    if (status == 0 && roster_path[0])
        status = roster_read(roster_path, &adoption->roster);
    if (status == 0)
        status = journal_begin(journal, at_ms);
    if (status == 0) {
        status = first_write(journal, adoption, at_ms);
        if (status == 0)
            status = journal_commit(journal);
        else
            journal_abort(journal);
    }
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

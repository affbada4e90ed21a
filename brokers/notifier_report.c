/*
 * notifier_report.c - notice.sent and notice.failed, many to a PUT, one PUT at a time, again until it is answered.
 *
 * An event's id is made of what it tells of, so that what was sent again, or by the notifier before a crash, is the same event.
 */
#include "brokers/notifier_parts.h"

#include "core/ensure.h"
#include "core/sample.h"
#include "core/status.h"
#include "io/log.h"

#include <inttypes.h>
#include <stdio.h>

/* E-41-response-100~2~1~sent; of a task or callback the second it may be told from stands for the repeat, as it has none. What is
 * too long is a fingerprint. */
static void event_id(const struct errand *errand, char ret_id[NAME_MAX_BYTES + 1])
{
    const struct attempt *attempt = &errand->attempt;
    char whole[2 * NAME_MAX_BYTES + LABEL_MAX_BYTES + 64];
    uint64_t to = siphash(0, 0, span_of(attempt->key.to)) & 0xffff;
    int64_t since = attempt->key.deliver_from_ms / 1000;
    int len =
        snprintf(whole, sizeof whole, "%s~%" PRIu32 "~%" PRId64 "~%04" PRIx64 "~%" PRIu32 "~%s", errand->telling.id,
                 attempt->key.repeat, since, to, attempt->number, attempt->sent ? "sent" : "failed");
    if (len > (int)NAME_MAX_BYTES)
        len = snprintf(whole, sizeof whole, "notice-%016" PRIx64 "%016" PRIx64,
                       siphash(0, 0, span_make(whole, (size_t)len)), siphash(0, 1, span_make(whole, (size_t)len)));
    memcpy(ret_id, whole, (size_t)len + 1);
}

static void event_write(const struct errand *errand, struct wire_writer *writer)
{
    const struct attempt *attempt = &errand->attempt;
    char id[NAME_MAX_BYTES + 1];
    union event_data data = {0};
    event_id(errand, id);
    struct event_draft draft = {
        .id = span_of(id),
        .source = span_of(NOTIFIER_SOURCE),
        .type = attempt->sent ? EVENT_notice_sent : EVENT_notice_failed,
        .subject = span_of(errand->telling.id),
        .time_ms = attempt->at_ms,
        .data = &data,
        .style = ENCODE_EVENT,
    };
    if (attempt->sent) {
        SET(&data.notice_sent, notice_sent, to, span_of(attempt->key.to));
        SET(&data.notice_sent, notice_sent, target, span_of(attempt->target));
        SET(&data.notice_sent, notice_sent, means, attempt->means);
        SET(&data.notice_sent, notice_sent, repeat, attempt->key.repeat);
        SET(&data.notice_sent, notice_sent, attempt, attempt->number);
    } else {
        SET(&data.notice_failed, notice_failed, to, span_of(attempt->key.to));
        if (attempt->target[0]) {
            SET(&data.notice_failed, notice_failed, target, span_of(attempt->target));
            SET(&data.notice_failed, notice_failed, means, attempt->means);
        }
        SET(&data.notice_failed, notice_failed, repeat, attempt->key.repeat);
        SET(&data.notice_failed, notice_failed, attempt, attempt->number);
        SET(&data.notice_failed, notice_failed, reason, span_of(attempt->reason));
        SET(&data.notice_failed, notice_failed, permanent, attempt->permanent);
        if (!attempt->permanent)
            SET(&data.notice_failed, notice_failed, retry_at, attempt->retry_ms);
    }
    event_encode(&draft, writer);
}

/* Those that are in the PUT already, or, when none is on its way, the next ones. */
static uint32_t events_write(struct notifier *notifier, struct wire_writer *writer)
{
    uint32_t count = 0;
    bool again = notifier->put != 0;
    uint64_t number = again ? notifier->put : notifier->numbers + 1;
    wire_writer_init(writer, notifier->events + 3, sizeof notifier->events - 3);
    for (uint32_t i = 0; i < ERRANDS_MAX && count < REPORTS_PER_PUT; i++) {
        struct errand *errand = &notifier->errand[i];
        if (notifier->hash[i] == 0 || errand->state != ERRAND_REPORTING || errand->put != (again ? number : 0))
            continue;
        errand->put = number;
        event_write(errand, writer);
        count++;
    }
    ensure(!writer->full);
    return count;
}

static void put_send(struct notifier *notifier)
{
    struct wire_writer writer;
    uint32_t count = events_write(notifier, &writer);
    notifier->put_ms = notifier->now.monotonic_ms + RESEND_MS;
    if (count == 0)
        return;
    if (notifier->put == 0)
        notifier->put = ++notifier->numbers;
    /* The count is known at the end: an array of 16 bits before what was written. */
    notifier->events[0] = 0xdc;
    notifier->events[1] = (uint8_t)(count >> 8);
    notifier->events[2] = (uint8_t)count;
    uint8_t rid[16];
    struct wire_writer number;
    wire_writer_init(&number, rid, sizeof rid);
    wire_natural(&number, notifier->put);
    struct put_request put = {0};
    SET(&put, put_request, rid, wire_written(&number));
    SET(&put, put_request, events, span_make(notifier->events, 3 + writer.len));
    wire_writer_init(&writer, notifier->body, sizeof notifier->body);
    record_encode(&record_of_put_request, &put, ENCODE_EVENT, &writer);
    ensure(!writer.full);
    const struct span frames[] = {span_make(NULL, 0), span_of("PUT"), wire_written(&writer)};
    port_send(notifier->intake, frames, 3); /* refused while intake is not there: sent again */
}

void notifier_report(struct notifier *notifier)
{
    if (notifier->put != 0 && notifier->now.monotonic_ms < notifier->put_ms)
        return;
    put_send(notifier);
}

/* ---- answered ---- */

/* Refused is not unanswered: sent again it would be refused again. */
static void problems_tell(struct notifier *notifier, struct span problems)
{
    struct wire_reader reader = wire_reader(problems);
    struct wire_value list, code;
    struct span problem, bytes;
    if (wire_read(&reader, &list) || list.kind != WIRE_ARRAY)
        return;
    for (uint32_t i = 0; i < list.count && wire_skip(&reader, EVENT_DEPTH_MAX, &problem) == 0; i++) {
        if (wire_find(problem, "code", &code, &bytes) || code.kind != WIRE_STR)
            continue;
        if (notifier->counts.refused++ == 0)
            log_line(LOG_ERROR, "notifier", "intake refuses what became of a notice: %.*s", SPAN_ARGS(code.bytes));
    }
}

static void errand_reported(struct notifier *notifier, struct errand *errand)
{
    const struct attempt *attempt = &errand->attempt;
    if (attempt->lane > 0) {
        struct lane *lane = &notifier->lane[attempt->lane - 1];
        ensure(lane->held > 0);
        lane->held--;
    }
    bool same = notifier_key_same(&attempt->key, &errand->telling.key);
    bool waits = !attempt->sent && !attempt->permanent;
    if (waits && same && errand->attempts < attempt->number) {
        errand->attempts = attempt->number;
        errand->retry_ms = attempt->retry_ms;
    }
    errand->state = waits ? ERRAND_WAITING : ERRAND_TOLD;
    errand->put = 0;
    notifier_settle(notifier, errand);
}

void notifier_reported(struct notifier *notifier, uint64_t number, struct span problems)
{
    if (number == 0 || number != notifier->put)
        return;
    problems_tell(notifier, problems);
    for (uint32_t i = 0; i < ERRANDS_MAX; i++) {
        if (notifier->hash[i] != 0 && notifier->errand[i].state == ERRAND_REPORTING &&
            notifier->errand[i].put == number)
            errand_reported(notifier, &notifier->errand[i]);
    }
    notifier->put = 0;
}

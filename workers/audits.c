/* audits.c - one record in, the oldest out. */
#include "workers/audits.h"

#include "core/bytes.h"
#include "core/ensure.h"
#include "core/status.h"
#include "schemas/codec.h"

#define AUDIT_ROW_MAX 2048u

static struct audit_entry entry_of_read(const struct event *event)
{
    const struct read_audited *said = &event->data.read_audited;
    struct audit_entry entry = {.what = said->what, .via = said->via};
    SET(&entry, audit_entry, principal, said->principal);
    if (HAS(said, read_audited, subject))
        SET(&entry, audit_entry, subject, said->subject);
    if (HAS(said, read_audited, why))
        SET(&entry, audit_entry, why, said->why);
    return entry;
}

static struct audit_entry entry_of_refusal(const struct event *event)
{
    const struct access_refused *said = &event->data.access_refused;
    struct audit_entry entry = {.what = said->what, .via = said->via};
    if (HAS(said, access_refused, principal))
        SET(&entry, audit_entry, principal, said->principal);
    if (HAS(said, access_refused, peer))
        SET(&entry, audit_entry, peer, said->peer);
    SET(&entry, audit_entry, code, said->code);
    SET(&entry, audit_entry, times, said->times);
    return entry;
}

static int oldest_forget(struct store_txn *txn)
{
    struct store_cursor *cursor;
    struct span key, value;
    uint8_t oldest[8];
    int result = store_cursor_open(txn, STATE_AUDIT, &cursor);
    if (result < 0)
        return result;
    result = store_seek(cursor, span_make(NULL, 0), &key, &value);
    if (result == 0 && key.len == sizeof oldest)
        memcpy(oldest, key.at, sizeof oldest);
    else
        result = result < 0 ? result : -E_CORRUPT;
    store_cursor_close(cursor);
    return result < 0 ? result : store_delete(txn, STATE_AUDIT, span_make(oldest, sizeof oldest));
}

int audit_keep(struct fold *fold, const struct event *event)
{
    uint8_t key[8], row[AUDIT_ROW_MAX];
    struct wire_writer writer;
    uint64_t count;
    if (!span_starts(event->source, "/manyi/"))
        return 0;
    bool read = event->type == EVENT_audit_read;
    struct audit_entry entry = read ? entry_of_read(event) : entry_of_refusal(event);
    entry.seq = (int64_t)fold->step.cause.seq;
    entry.at = fold->step.cause.at_ms;
    entry.type = span_of(event_table(event->type)->type);
    wire_writer_init(&writer, row, sizeof row);
    record_encode(&record_of_audit_entry, &entry, ENCODE_CARD, &writer);
    ensure(!writer.full);
    bytes_put_u64(key, (uint64_t)entry.seq);
    fold->writes++;
    int result = store_put(fold->txn, STATE_AUDIT, span_make(key, sizeof key), wire_written(&writer));
    if (result == 0)
        result = store_count(fold->txn, STATE_AUDIT, &count);
    return result == 0 && count > AUDITS_MAX ? oldest_forget(fold->txn) : result;
}

int audit_row_read(struct span value, struct audit_entry *ret_entry)
{
    struct flaw flaw;
    return record_decode(&record_of_audit_entry, value, ret_entry, &flaw) < 0 ? -E_CORRUPT : 0;
}

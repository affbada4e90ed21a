/*
 * journal_check_records.c - each record against its checksum, its key and the one before; each entry against its schema.
 */
#include "core/bytes.h"
#include "core/status.h"
#include "io/journal_checking.h"

static void broken(struct checking *checking, uint64_t seq, const char *what)
{
    check_fault(checking, "entry %llu: %s", (unsigned long long)seq, what);
}

/* Sequences of a session rise for ever, over restarts and restores. */
static void session_check(struct checking *checking, const struct entry *entry)
{
    if (entry->session == 0)
        return;
    if (entry->session == 1 || entry->session > SESSIONS_MAX) {
        broken(checking, entry->seq, "of a session that no event from outside can have");
        return;
    }
    struct check_session *session = check_session_of(checking, entry->session);
    if (entry->sequence <= session->sequence) {
        broken(checking, entry->seq, "its session had this sequence before");
        return;
    }
    session->sequence = entry->sequence;
    session->id = check_fingerprint(checking->event.id, (struct span){0});
}

static void outside_check(struct checking *checking, const struct entry *entry)
{
    struct flaw flaw;
    struct journal_checked *checked = checking->checked;
    checked->outside++;
    if (event_decode(entry->event, &checking->event, &flaw) < 0) {
        broken(checking, entry->seq, "the event does not pass its own schema");
        return;
    }
    const struct event *event = &checking->event;
    checked->unknown += event->type == EVENT_unknown;
    if (event_table(event->type)->class == CLASS_CONSEQUENCE)
        broken(checking, entry->seq, "a consequence among outside events");
    checking->identities[checking->identity_count++ % checking->window] =
        (struct check_identity){check_fingerprint(event->source, event->id), entry->seq};
    session_check(checking, entry);
}

static void consequence_check(struct checking *checking, const struct entry *entry)
{
    struct flaw flaw;
    struct last_cause *cause = &checking->cause;
    checking->checked->consequences++;
    if (event_decode(entry->event, &checking->event, &flaw) < 0)
        broken(checking, entry->seq, "the consequence does not pass its own schema");
    else if (event_table(checking->event.type)->class != CLASS_CONSEQUENCE)
        broken(checking, entry->seq, "no consequence, but kept as one");
    if (entry->sequence >= entry->seq)
        broken(checking, entry->seq, "concluded from a later entry");
    if (entry->sequence < cause->seq || (entry->sequence == cause->seq && entry->step < cause->step))
        broken(checking, entry->seq, "concluded out of the order of causes, or twice");
    *cause = (struct last_cause){.seq = entry->sequence, .step = entry->step};
}

/* Where this record begins must be where the one before ended. */
static void chain_check(struct checking *checking, const struct record *record)
{
    if (record->first != checking->next_seq && !checking->gap) {
        if (record->first > checking->next_seq)
            check_fault(checking, "entries %llu to %llu are missing", (unsigned long long)checking->next_seq,
                        (unsigned long long)record->first - 1);
        else
            broken(checking, record->first, "its place has been taken before");
    }
    if (record->at_ms < checking->at_ms)
        broken(checking, record->first, "journal time goes back");
    checking->at_ms = record->at_ms;
    checking->next_seq = record->first;
}

/* A record that can't be believed: its seqs are passed over if its header tells how many, else by the next one. */
static void damage_pass(struct checking *checking, struct span key, struct span value)
{
    struct record record;
    uint64_t first = key.len == SEQ_KEY_BYTES ? bytes_u64(key.at) : checking->next_seq;
    check_fault(checking, "the record at entry %llu does not agree with its checksum or its key",
                (unsigned long long)first);
    if (record_salvage(value, &record) == 0 && record.first == checking->next_seq)
        checking->next_seq = record.first + record.count;
    else
        checking->gap = true;
}

void check_record(struct checking *checking, struct span key, struct span value)
{
    struct record record;
    struct record_cursor cursor = {0};
    struct entry entry;
    checking->checked->records++;
    checking->volume_records++;
    if (record_check(key, value, &record) < 0) {
        damage_pass(checking, key, value);
        return;
    }
    chain_check(checking, &record);
    checking->gap = false; /* the chain goes on from here */
    int result;
    while ((result = record_next(&record, &cursor, &entry)) == 0) {
        checking->checked->entries++;
        checking->next_seq++;
        if (record.class == RECORD_OUTSIDE)
            outside_check(checking, &entry);
        else
            consequence_check(checking, &entry);
    }
    if (result != -E_NOT_FOUND)
        broken(checking, record.first, "the record's lengths do not fit");
}

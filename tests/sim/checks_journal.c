/*
 * checks_journal.c - a memory of every durable entry: dense, never changed, never back in time, no event twice.
 */
#include "core/ensure.h"
#include "core/status.h"
#include "tests/sim/checks_inside.h"
#include "tests/sim/town_access.h"

#include <stdlib.h>

#define READ_BYTES (4u * MIB)

void memory_open(struct checks *checks)
{
    struct memory *memory = &checks->memory;
    memory->read = checks_take(sizeof *memory->read);
    memory->read->capacity = READ_BYTES;
    memory->read->buffer = checks_take(READ_BYTES);
    memory->event = checks_take(sizeof *memory->event);
    memory->read->class_mask = 1u << RECORD_OUTSIDE | 1u << RECORD_CONSEQUENCE;
}

void memory_close(struct checks *checks)
{
    struct memory *memory = &checks->memory;
    free(memory->read->buffer);
    free(memory->read);
    free(memory->event);
    free(memory->entries);
    table_clear(&memory->identities);
    table_clear(&memory->sequences);
}

/* ---- reading ---- */

static bool record_walk(struct checks *checks, struct span bytes, uint64_t after, uint64_t upto, entry_visit *visit)
{
    struct record record;
    struct record_cursor cursor = {0};
    struct entry entry;
    int status = record_open(bytes, &record);
    while (status == 0 && (status = record_next(&record, &cursor, &entry)) == 0) {
        if (entry.seq > upto)
            return true;
        if (entry.seq > after && !visit(checks, record.class, &entry))
            return false;
    }
    if (status != -E_NOT_FOUND)
        world_violated(checks->world, "immutable", "the record after entry %llu can't be read: %s",
                       (unsigned long long)after, status_text(status)->code);
    return status == -E_NOT_FOUND;
}

bool journal_walk(struct checks *checks, uint64_t after, uint64_t upto, entry_visit *visit)
{
    struct journal_read *read = checks->memory.read;
    struct journal_reader *reader;
    int status = journal_reader_open(checks->world->reader, &reader);
    ensure(status == 0);
    bool goes_on = true;
    read->after = after;
    while (goes_on && read->after < upto) {
        status = journal_read(reader, read);
        if (status || read->upto == read->after) {
            goes_on = world_violated(checks->world, "dense", "entries after %llu can't be read up to %llu: %s %s",
                                     (unsigned long long)read->after, (unsigned long long)upto,
                                     status_text(status)->code, read->message);
            break;
        }
        for (uint32_t i = 0; goes_on && i < read->count; i++)
            goes_on = record_walk(checks, read->records[i], after, upto, visit);
        read->after = read->upto;
    }
    journal_reader_close(reader);
    return goes_on;
}

/* ---- remembering ---- */

static struct remembered remember(enum record_class class, const struct entry *entry)
{
    uint8_t words[32];
    uint64_t figures[] = {entry->seq, entry->session, entry->sequence, (uint64_t)entry->step << 1 | class};
    memcpy(words, figures, sizeof words);
    struct remembered remembered = {
        .event_hash = hash_bytes(HASH_BEGIN, entry->event),
        .at_ms = entry->at_ms,
        .consequence = class == RECORD_CONSEQUENCE,
    };
    remembered.hash = hash_bytes(remembered.event_hash, span_make(words, sizeof words));
    return remembered;
}

static bool came_before(struct checks *checks, uint64_t seq, struct span source, struct span id)
{
    struct journal_reader *reader;
    struct entry entry;
    struct span old_id, old_source;
    uint8_t *buffer = checks_take(SYSTEM_EVENT_MAX + RECORD_MAX);
    int status = journal_reader_open(checks->world->reader, &reader);
    if (status == 0)
        status = journal_entry(reader, seq, buffer, SYSTEM_EVENT_MAX + RECORD_MAX, &entry);
    if (status == 0)
        status = event_identity(entry.event, &old_id, &old_source);
    bool same = status == 0 && span_equal(old_id, id) && span_equal(old_source, source);
    journal_reader_close(reader);
    free(buffer);
    return same;
}

/* Without a session, or where a publisher was opened anew, an event is known as long as the identity window: what left it at the
 * latest when the entry before came may come again. */
static void identity_remember(struct checks *checks, const struct entry *entry)
{
    struct span id, source;
    struct world *world = checks->world;
    struct remembered *remembered = &checks->memory.entries[entry->seq - 1];
    if (event_identity(entry->event, &id, &source)) {
        world_violated(world, "sound", "entry %llu has no id and source", (unsigned long long)entry->seq);
        return;
    }
    remembered->identity = hash_identity(source, id);
    uint64_t *newest = table_at(&checks->memory.identities, remembered->identity);
    uint64_t before = *newest;
    *newest = entry->seq;
    if (before == 0 || !came_before(checks, before, source, id))
        return;
    bool forgotten = before + world->setup.identity_window < entry->seq;
    if (forgotten && cast_may_repeat(world->cast, source))
        return;
    world->outcome.doubled++;
    world_violated(world, "acked once", "%.*s of %.*s is in the journal twice, as entry %llu and as %llu (window %u)",
                   SPAN_ARGS(id), SPAN_ARGS(source), (unsigned long long)before, (unsigned long long)entry->seq,
                   world->setup.identity_window);
}

/* Whose key it came with stands in the entry, and nobody else's. */
static void principal_check(struct checks *checks, const struct entry *entry, const struct event *event)
{
    bool keyed = checks->world->setup.access_path[0] != '\0' && span_is(event->source, "/people");
    if (entry->principal != (keyed ? TOWN_PEOPLE : 0))
        world_violated(checks->world, "stamped with who sent it", "entry %llu of %.*s is of principal %u",
                       (unsigned long long)entry->seq, SPAN_ARGS(event->source), entry->principal);
}

/* In the order of the journal the sequences of a session rise: whatever its publishers and the broker went through. */
static void sequence_remember(struct checks *checks, const struct entry *entry)
{
    if (entry->session == 0)
        return;
    uint64_t *newest = table_at(&checks->memory.sequences, entry->session);
    if (entry->sequence <= *newest)
        world_violated(checks->world, "consumed for ever",
                       "entry %llu is sequence %llu of session %u, after sequence %llu", (unsigned long long)entry->seq,
                       (unsigned long long)entry->sequence, entry->session, (unsigned long long)*newest);
    *newest = entry->sequence;
}

/* Manyi's own sources and types are nobody else's, whatever is sent; and who is not Manyi gets nothing of the disk's reserve. */
static void outsider_check(struct checks *checks, const struct entry *entry)
{
    struct event *event = checks->memory.event;
    struct flaw flaw;
    if (event_decode(entry->event, event, &flaw)) {
        world_violated(checks->world, "sound", "entry %llu can't be read: %s %s", (unsigned long long)entry->seq,
                       flaw.field, flaw.message);
        return;
    }
    principal_check(checks, entry, event);
    bool intake = span_is(event->source, "/manyi/intake"), worker = span_is(event->source, "/manyi/worker");
    bool ticks = event->type == EVENT_clock_ticked, adopts = event->type == EVENT_fold_adopted;
    bool concludes = event->type != EVENT_unknown && event_table(event->type)->class == CLASS_CONSEQUENCE;
    bool tells_access = event->type == EVENT_access_changed || event->type == EVENT_audit_refused;
    bool sound = intake ? ticks || tells_access || event->type == EVENT_policy_adopted
                        : worker == adopts && !ticks && !tells_access;
    if (concludes || !sound)
        world_violated(checks->world, "nobody forges", "entry %llu from outside is a %s of %.*s",
                       (unsigned long long)entry->seq, event_table(event->type)->type, SPAN_ARGS(event->source));
    else if (checks->world->disk_is_short && !intake && !worker)
        world_violated(checks->world, "the reserve is the worker's",
                       "entry %llu of %.*s was accepted while the disk has less than its reserve",
                       (unsigned long long)entry->seq, SPAN_ARGS(event->source));
}

/* The k-th consequence of a channel has n = k. */
static void card_remember(struct checks *checks, const struct entry *entry)
{
    struct memory *memory = &checks->memory;
    struct remembered *remembered = &memory->entries[entry->seq - 1];
    struct flaw flaw;
    if (event_decode(entry->event, memory->event, &flaw)) {
        world_violated(checks->world, "sound", "entry %llu, a consequence, can't be read: %s %s",
                       (unsigned long long)entry->seq, flaw.field, flaw.message);
        return;
    }
    remembered->channel = (uint8_t)event_table(memory->event->type)->channel;
    remembered->card_hash = hash_bytes(HASH_BEGIN, memory->event->data_bytes);
    remembered->n = ++memory->last_n[remembered->channel];
}

static bool entry_absorb(struct checks *checks, enum record_class class, const struct entry *entry)
{
    struct memory *memory = &checks->memory;
    if (entry->seq != memory->count + 1)
        return world_violated(checks->world, "dense", "entry %llu comes after entry %llu",
                              (unsigned long long)entry->seq, (unsigned long long)memory->count);
    if (memory->count > 0 && entry->at_ms < memory->entries[memory->count - 1].at_ms)
        return world_violated(checks->world, "time never goes back", "entry %llu is of %lld, the one before of %lld",
                              (unsigned long long)entry->seq, (long long)entry->at_ms,
                              (long long)memory->entries[memory->count - 1].at_ms);
    if (memory->count == memory->capacity) {
        memory->capacity = memory->capacity ? 2 * memory->capacity : 4096;
        memory->entries = realloc(memory->entries, memory->capacity * sizeof *memory->entries);
        ensure(memory->entries != NULL);
    }
    memory->entries[memory->count++] = remember(class, entry);
    memory->grown_ms = checks->world->now_ms;
    if (class == RECORD_OUTSIDE) {
        sequence_remember(checks, entry);
        identity_remember(checks, entry);
        outsider_check(checks, entry);
    } else {
        card_remember(checks, entry);
    }
    return true;
}

bool memory_has(const struct memory *memory, enum record_class class, const struct entry *entry)
{
    if (entry->seq == 0 || entry->seq > memory->count)
        return false;
    const struct remembered *then = &memory->entries[entry->seq - 1];
    struct remembered now = remember(class, entry);
    return now.hash == then->hash && now.at_ms == then->at_ms;
}

/* ---- comparing ---- */

static bool entry_compare(struct checks *checks, enum record_class class, const struct entry *entry)
{
    ensure(entry->seq <= checks->memory.count);
    const struct remembered *then = &checks->memory.entries[entry->seq - 1];
    struct remembered now = remember(class, entry);
    if (now.hash != then->hash || now.at_ms != then->at_ms)
        return world_violated(checks->world, "immutable", "entry %llu is not what it was",
                              (unsigned long long)entry->seq);
    return true;
}

void memory_compare_all(struct checks *checks)
{
    journal_walk(checks, 0, checks->memory.count, entry_compare);
}

void memory_compare_some(struct checks *checks)
{
    if (checks->memory.count == 0 || checks->memory.restored)
        return;
    uint64_t seq = (uint64_t)dice_between(&checks->dice, 1, (int64_t)checks->memory.count);
    checks->memory.read->bytes_max = 1;
    journal_walk(checks, seq - 1, seq, entry_compare);
    checks->memory.read->bytes_max = 0;
}

static bool identity_again(struct checks *checks, enum record_class class, const struct entry *entry)
{
    struct span id, source;
    if (class == RECORD_OUTSIDE && entry->session > 0)
        *table_at(&checks->memory.sequences, entry->session) = entry->sequence;
    if (class == RECORD_OUTSIDE && event_identity(entry->event, &id, &source) == 0)
        *table_at(&checks->memory.identities, hash_identity(source, id)) = entry->seq;
    return entry_compare(checks, class, entry);
}

/* The reader of the journal may be gone for a moment: what the backup has is compared when it is there again. */
void memory_restored(struct checks *checks, uint64_t head)
{
    struct memory *memory = &checks->memory;
    if (head > memory->count)
        world_violated(checks->world, "restored", "the backup is of entry %llu, the journal had %llu",
                       (unsigned long long)head, (unsigned long long)memory->count);
    else
        memory->count = head;
    memset(memory->last_n, 0, sizeof memory->last_n);
    for (uint64_t i = 0; i < memory->count; i++) {
        if (memory->entries[i].consequence)
            memory->last_n[memory->entries[i].channel] = memory->entries[i].n;
    }
    memory->restored = true;
    table_clear(&memory->identities);
    table_clear(&memory->sequences);
}

static void memory_reread(struct checks *checks)
{
    struct memory *memory = &checks->memory;
    memory->restored = false;
    journal_walk(checks, 0, memory->count, identity_again);
}

/* ---- taking in ---- */

void memory_absorb(struct checks *checks)
{
    struct memory *memory = &checks->memory;
    if (!checks->world->reader)
        return;
    int status = journal_refresh(checks->world->reader);
    uint64_t head = journal_head(checks->world->reader);
    if (status)
        world_violated(checks->world, "dense", "the journal can't be read: %s", status_text(status)->summary);
    else if (head < memory->count)
        world_violated(checks->world, "for ever", "the journal ends at entry %llu, but had %llu",
                       (unsigned long long)head, (unsigned long long)memory->count);
    else if (memory->restored)
        memory_reread(checks);
    if (!checks->world->outcome.violated && head > memory->count)
        journal_walk(checks, memory->count, head, entry_absorb);
}

/*
 * identity.c - see identity.h.
 */
#include "brokers/identity.h"
#include "core/ensure.h"
#include "core/status.h"
#include "io/log.h"
#include "io/memory.h"
#include "schemas/codec.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define PREFETCH_ROWS 16u
#define FINGERPRINTED_MAX (URI_MAX_BYTES + 1 + NAME_MAX_BYTES)
#define LOOKUP_BYTES (SYSTEM_EVENT_MAX + RECORD_MAX)
#define AHEAD_BYTES (256u * KIB) /* read at once, when hits follow each other */
#define AHEAD_ENTRIES 16u        /* and what counts as following */

_Static_assert(LINEAGE_LEN == 2 * crypto_shorthash_KEYBYTES, "a lineage is a key in hexadecimal");

struct slot {
    uint32_t tag;
    uint32_t row; /* number of the ring row, plus one; 0: free */
};

struct ring_row {
    uint64_t fingerprint;
    uint64_t seq;
};

struct identity {
    struct journal *journal;
    struct journal_reader *reader;
    uint8_t key[crypto_shorthash_KEYBYTES]; /* the lineage: other journals, other collisions */
    uint32_t window;                        /* entries of the journal, and rows of the ring */
    uint32_t oldest;                        /* row of the ring */
    uint32_t used;                          /* rows */
    uint32_t mask;                          /* slots minus one */
    struct slot *slots;
    struct ring_row *ring;

    /* Where a hit was confirmed last. Of a resent PUT one hit comes right after the other: then the records that follow are
     * read ahead. */
    uint64_t confirmed;
    uint64_t lookups;
    uint8_t *lookup;
    struct journal_read read; /* no records: `lookup` holds a single entry */
    uint32_t read_index;
    struct record record;
    struct record_cursor cursor;
};

/* ---- the table ---- */

static uint32_t tag_of(uint64_t fingerprint)
{
    return (uint32_t)fingerprint;
}

/* The tag's own bits, so that slots can be moved without a look at the ring. */
static uint32_t home_of(const struct identity *identity, uint32_t tag)
{
    return tag & identity->mask;
}

static void slot_take(struct identity *identity, uint64_t fingerprint, uint32_t row)
{
    uint32_t at = home_of(identity, tag_of(fingerprint));
    while (identity->slots[at].row != 0)
        at = (at + 1) & identity->mask;
    identity->slots[at] = (struct slot){tag_of(fingerprint), row + 1};
}

/* Frees a slot and moves those behind it up, so that no look-up stops early (Knuth 6.4, algorithm R). */
static void slot_free(struct identity *identity, uint64_t fingerprint, uint32_t row)
{
    struct slot *slots = identity->slots;
    uint32_t mask = identity->mask;
    uint32_t hole = home_of(identity, tag_of(fingerprint));
    while (slots[hole].row != row + 1) {
        ensure(slots[hole].row != 0);
        hole = (hole + 1) & mask;
    }
    for (uint32_t at = (hole + 1) & mask; slots[at].row != 0; at = (at + 1) & mask) {
        uint32_t home = home_of(identity, slots[at].tag);
        bool reaches_hole = ((at - home) & mask) >= ((at - hole) & mask);
        if (reaches_hole) {
            slots[hole] = slots[at];
            hole = at;
        }
    }
    slots[hole].row = 0;
}

/* What is forgotten when the next entries come is known long before. */
static void oldest_prefetch(const struct identity *identity)
{
    if (identity->window <= PREFETCH_ROWS)
        return;
    uint32_t row = identity->oldest + PREFETCH_ROWS;
    if (row >= identity->window)
        row -= identity->window;
    __builtin_prefetch(&identity->slots[home_of(identity, tag_of(identity->ring[row].fingerprint))], 1);
}

static void oldest_forget(struct identity *identity)
{
    oldest_prefetch(identity);
    slot_free(identity, identity->ring[identity->oldest].fingerprint, identity->oldest);
    identity->oldest = identity->oldest + 1 == identity->window ? 0 : identity->oldest + 1;
    identity->used--;
}

/* ---- the window ---- */

uint64_t identity_fingerprint(const struct identity *identity, struct span source, struct span id)
{
    uint8_t bytes[FINGERPRINTED_MAX];
    uint8_t hash[crypto_shorthash_BYTES];
    ensure(source.len <= URI_MAX_BYTES);
    ensure(id.len <= NAME_MAX_BYTES);
    memcpy(bytes, source.at, source.len);
    bytes[source.len] = 0;
    memcpy(bytes + source.len + 1, id.at, id.len);
    crypto_shorthash(hash, bytes, source.len + 1 + id.len, identity->key);
    uint64_t fingerprint;
    memcpy(&fingerprint, hash, sizeof fingerprint);
    return fingerprint;
}

void identity_prefetch(const struct identity *identity, uint64_t fingerprint)
{
    __builtin_prefetch(&identity->slots[home_of(identity, tag_of(fingerprint))], 1);
}

void identity_slide(struct identity *identity, uint64_t seq)
{
    while (identity->used > 0 && identity->ring[identity->oldest].seq + identity->window <= seq)
        oldest_forget(identity);
}

void identity_add(struct identity *identity, uint64_t fingerprint, uint64_t seq)
{
    identity_slide(identity, seq);
    ensure(identity->used < identity->window);
    uint32_t row = identity->oldest + identity->used;
    if (row >= identity->window)
        row -= identity->window;
    identity->ring[row] = (struct ring_row){fingerprint, seq};
    identity->used++;
    slot_take(identity, fingerprint, row);
}

/* ---- confirming a hit ---- */

/* Steps through the records that were read last, to the entry of seq. -E_NOT_FOUND: it is not ahead of us there. */
static int lookup_step(struct identity *identity, uint64_t seq, struct entry *ret_entry)
{
    struct entry entry;
    while (identity->read_index < identity->read.count) {
        if (identity->record.count > 0) {
            int status;
            do {
                status = record_next(&identity->record, &identity->cursor, &entry);
            } while (status == 0 && entry.seq < seq);
            if (status == 0 && entry.seq == seq) {
                *ret_entry = entry;
                return 0;
            }
            identity->record.count = 0;
            if (status != -E_NOT_FOUND)
                return status ? status : -E_NOT_FOUND; /* behind us */
            identity->read_index++;
        }
        if (identity->read_index < identity->read.count) {
            int status = record_open(identity->read.records[identity->read_index], &identity->record);
            if (status)
                return status;
            identity->cursor = (struct record_cursor){0};
        }
    }
    return -E_NOT_FOUND;
}

/* Reads records ahead, from the one with seq on. */
static int lookup_ahead(struct identity *identity, uint64_t seq, struct entry *ret_entry)
{
    identity->read = (struct journal_read){.after = seq - 1,
                                           .class_mask = 1u << RECORD_OUTSIDE,
                                           .buffer = identity->lookup,
                                           .capacity = LOOKUP_BYTES,
                                           .bytes_max = AHEAD_BYTES};
    identity->read_index = 0;
    identity->record.count = 0;
    int status = journal_read(identity->reader, &identity->read);
    if (status == 0)
        status = lookup_step(identity, seq, ret_entry);
    if (status != -E_NOT_FOUND)
        return status;
    snprintf(identity->read.message, sizeof identity->read.message, "seq %llu", (unsigned long long)seq);
    return -E_CORRUPT;
}

static int lookup(struct identity *identity, uint64_t seq, struct entry *ret_entry)
{
    bool follows = seq - identity->confirmed - 1 < AHEAD_ENTRIES;
    bool in_hand = identity->read.count > 0 && seq > identity->confirmed && seq <= identity->read.upto;
    if (in_hand && lookup_step(identity, seq, ret_entry) == 0) {
        identity->confirmed = seq;
        return 0;
    }
    identity->lookups++;
    if (seq > journal_head(identity->journal))
        return journal_turn_entry(identity->journal, seq, ret_entry);
    identity->confirmed = seq;
    if (follows)
        return lookup_ahead(identity, seq, ret_entry);
    identity->read.count = 0;
    int status = journal_entry(identity->reader, seq, identity->lookup, LOOKUP_BYTES, ret_entry);
    return status == -E_CORRUPT ? lookup_ahead(identity, seq, ret_entry) : status; /* which says where */
}

static int row_confirm(struct identity *identity, const struct ring_row *row, struct span source, struct span id)
{
    struct entry entry;
    struct span kept_id, kept_source;
    int status = lookup(identity, row->seq, &entry);
    if (status == 0)
        status = event_identity(entry.event, &kept_id, &kept_source);
    if (status)
        return status;
    return span_equal(kept_id, id) && span_equal(kept_source, source) ? 0 : -E_NOT_FOUND;
}

int identity_find(struct identity *identity, uint64_t fingerprint, struct span source, struct span id,
                  uint64_t *ret_seq)
{
    uint32_t tag = tag_of(fingerprint);
    for (uint32_t at = home_of(identity, tag); identity->slots[at].row != 0; at = (at + 1) & identity->mask) {
        const struct ring_row *row = &identity->ring[identity->slots[at].row - 1];
        if (identity->slots[at].tag != tag || row->fingerprint != fingerprint)
            continue;
        int status = row_confirm(identity, row, source, id);
        if (status == 0)
            *ret_seq = row->seq;
        if (status != -E_NOT_FOUND)
            return status;
    }
    return -E_NOT_FOUND;
}

uint64_t identity_lookups(const struct identity *identity)
{
    return identity->lookups;
}

const char *identity_damage(const struct identity *identity)
{
    return identity->read.message;
}

/* ---- opening ---- */

static int record_remember(struct identity *identity, struct span bytes, uint64_t after)
{
    struct record record;
    struct record_cursor cursor = {0};
    struct entry entry;
    int status = record_open(bytes, &record);
    while (status == 0 && (status = record_next(&record, &cursor, &entry)) == 0) {
        struct span id, source;
        if (entry.seq <= after)
            continue;
        status = event_identity(entry.event, &id, &source);
        if (status == 0)
            identity_add(identity, identity_fingerprint(identity, source, id), entry.seq);
    }
    return status == -E_NOT_FOUND ? 0 : status;
}

/* A damaged record is told, and reading goes on after it: the service starts without what was in it. */
static int damage_pass(struct identity *identity)
{
    struct journal_read *read = &identity->read;
    uint64_t after;
    int status = journal_skip(identity->reader, read->upto, &after);
    if (status)
        return status;
    ensure(after > read->upto);
    log_line(LOG_ERROR, "intake",
             "%s: a damaged record, up to seq %llu; repeats of what was in it are not known any more", read->message,
             (unsigned long long)after);
    read->upto = after;
    read->count = 0;
    return 0;
}

static int tail_remember(struct identity *identity)
{
    uint64_t head = journal_head(identity->journal);
    uint64_t after = head > identity->window ? head - identity->window : 0;
    struct journal_read *read = &identity->read;
    *read = (struct journal_read){
        .after = after, .class_mask = 1u << RECORD_OUTSIDE, .buffer = identity->lookup, .capacity = LOOKUP_BYTES};
    while (read->after < head) {
        int status = journal_read(identity->reader, read);
        if (status == -E_CORRUPT)
            status = damage_pass(identity);
        for (uint32_t i = 0; status == 0 && i < read->count; i++)
            status = record_remember(identity, read->records[i], after);
        if (status)
            return status;
        read->after = read->upto;
    }
    read->count = 0;
    return 0;
}

int identity_open(struct journal *journal, uint32_t entries, struct identity **ret_identity)
{
    ensure(entries > 0);
    ensure(entries <= 1u << 30);
    struct identity *identity = calloc(1, sizeof *identity);
    if (!identity)
        return -E_NO_MEMORY;
    uint32_t slots = 1;
    while (slots < 2 * entries)
        slots *= 2;
    identity->journal = journal;
    sodium_hex2bin(identity->key, sizeof identity->key, journal_lineage(journal), LINEAGE_LEN, NULL, NULL, NULL);
    identity->window = entries;
    identity->mask = slots - 1;
    identity->slots = memory_take(slots * sizeof *identity->slots);
    identity->ring = memory_take(entries * sizeof *identity->ring);
    identity->lookup = malloc(LOOKUP_BYTES);
    int status = -E_NO_MEMORY;
    if (identity->slots && identity->ring && identity->lookup)
        status = journal_reader_open(journal, &identity->reader);
    if (status == 0)
        status = tail_remember(identity);
    if (status) {
        identity_close(identity);
        return status;
    }
    *ret_identity = identity;
    return 0;
}

void identity_close(struct identity *identity)
{
    if (!identity)
        return;
    journal_reader_close(identity->reader);
    free(identity->slots);
    free(identity->ring);
    free(identity->lookup);
    free(identity);
}

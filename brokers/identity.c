/*
 * identity.c - see identity.h.
 */
#include "brokers/identity.h"
#include "brokers/fingerprints.h"
#include "core/ensure.h"
#include "core/status.h"
#include "io/log.h"
#include "schemas/codec.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define FINGERPRINTED_MAX (URI_MAX_BYTES + 1 + NAME_MAX_BYTES)
#define LOOKUP_BYTES (SYSTEM_EVENT_MAX + RECORD_MAX)
#define AHEAD_BYTES (256u * KIB) /* read at once, when hits follow each other */
#define AHEAD_ENTRIES 16u        /* and what counts as following */

_Static_assert(LINEAGE_LEN == 2 * crypto_shorthash_KEYBYTES, "a lineage is a key in hexadecimal");

struct identity {
    struct journal *journal;
    struct journal_reader *reader;
    uint8_t key[crypto_shorthash_KEYBYTES]; /* the lineage: other journals, other collisions */
    uint32_t window;                        /* entries of the journal */
    struct fingerprints *fingerprints;

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
    fingerprints_prefetch(identity->fingerprints, fingerprint);
}

void identity_slide(struct identity *identity, uint64_t seq)
{
    fingerprints_slide(identity->fingerprints, seq);
}

void identity_add(struct identity *identity, uint64_t fingerprint, uint64_t seq)
{
    fingerprints_add(identity->fingerprints, fingerprint, seq);
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

static int confirm(struct identity *identity, uint64_t seq, struct span source, struct span id)
{
    struct entry entry;
    struct span kept_id, kept_source;
    int status = lookup(identity, seq, &entry);
    if (status == 0)
        status = event_identity(entry.event, &kept_id, &kept_source);
    if (status)
        return status;
    return span_equal(kept_id, id) && span_equal(kept_source, source) ? 0 : -E_NOT_FOUND;
}

int identity_find(struct identity *identity, uint64_t fingerprint, struct span source, struct span id,
                  uint64_t *ret_seq)
{
    uint32_t steps = 0;
    int status = -E_NOT_FOUND;
    for (uint64_t seq;
         status == -E_NOT_FOUND && (seq = fingerprints_next(identity->fingerprints, fingerprint, &steps));) {
        status = confirm(identity, seq, source, id);
        if (status == 0)
            *ret_seq = seq;
    }
    return status;
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
    struct identity *identity = calloc(1, sizeof *identity);
    if (!identity)
        return -E_NO_MEMORY;
    identity->journal = journal;
    sodium_hex2bin(identity->key, sizeof identity->key, journal_lineage(journal), LINEAGE_LEN, NULL, NULL, NULL);
    identity->window = entries;
    identity->lookup = malloc(LOOKUP_BYTES);
    int status = identity->lookup ? fingerprints_open(entries, &identity->fingerprints) : -E_NO_MEMORY;
    if (status == 0)
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
    fingerprints_close(identity->fingerprints);
    free(identity->lookup);
    free(identity);
}

/*
 * verify.c - `manyi verify`: reads the whole journal and the state, opens nothing for writing, and says what it checked.
 */
#include "cli/commands.h"
#include "core/ensure.h"
#include "core/status.h"
#include "io/journal.h"
#include "schemas/codec.h"

#include <sodium.h>
#include <stdlib.h>

#define READ_BYTES (8u * MIB + SYSTEM_EVENT_MAX + RECORD_MAX)

/* Who an entry is from, for finding the same one twice. */
struct identity {
    uint64_t fingerprint;
    uint64_t seq;
};

struct verification {
    struct cli *cli;
    struct event event;
    uint64_t records, entries, outside, consequences, unknown;
    uint64_t next_seq;
    int64_t at_ms;
    uint64_t cause_seq; /* of the last consequence */
    uint32_t cause_step;
    struct identity *identity; /* of the newest events, a ring */
    uint64_t window;
};

static int broken(struct verification *verification, uint64_t seq, const char *what)
{
    return cli_fail(verification->cli, -E_CORRUPT, "entry %llu: %s", (unsigned long long)seq, what);
}

static int outside_check(struct verification *verification, const struct entry *entry)
{
    struct flaw flaw;
    if (event_decode(entry->event, &verification->event, &flaw) < 0)
        return broken(verification, entry->seq, "the event does not pass its own schema");
    const struct event *event = &verification->event;
    verification->unknown += event->type == EVENT_unknown;
    if (event_table(event->type)->class == CLASS_CONSEQUENCE)
        return broken(verification, entry->seq, "a consequence among outside events");
    uint8_t hash[16];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    crypto_generichash_update(&state, event->source.at, event->source.len);
    crypto_generichash_update(&state, (const uint8_t *)"", 1);
    crypto_generichash_update(&state, event->id.at, event->id.len);
    crypto_generichash_final(&state, hash, sizeof hash);
    struct identity *identity = &verification->identity[verification->outside++ % verification->window];
    identity->seq = entry->seq;
    memcpy(&identity->fingerprint, hash, sizeof identity->fingerprint);
    return 0;
}

static int consequence_check(struct verification *verification, const struct entry *entry)
{
    struct flaw flaw;
    if (event_decode(entry->event, &verification->event, &flaw) < 0)
        return broken(verification, entry->seq, "the consequence does not pass its own schema");
    if (event_table(verification->event.type)->class != CLASS_CONSEQUENCE)
        return broken(verification, entry->seq, "no consequence, but kept as one");
    if (entry->sequence >= entry->seq)
        return broken(verification, entry->seq, "concluded from a later entry");
    bool earlier = entry->sequence < verification->cause_seq ||
                   (entry->sequence == verification->cause_seq && entry->step < verification->cause_step);
    if (earlier)
        return broken(verification, entry->seq, "concluded out of the order of causes, or twice");
    verification->cause_seq = entry->sequence;
    verification->cause_step = entry->step;
    verification->consequences++;
    return 0;
}

static int record_check(struct verification *verification, struct span bytes)
{
    struct record record;
    int result = record_open(bytes, &record);
    if (result < 0)
        return broken(verification, verification->next_seq, "the record fails its checksum");
    if (record.first != verification->next_seq)
        return broken(verification, verification->next_seq, "the chain has a hole before this entry");
    if (record.at_ms < verification->at_ms)
        return broken(verification, record.first, "journal time goes back");
    verification->at_ms = record.at_ms;
    verification->records++;
    struct record_cursor cursor = {.index = 0};
    struct entry entry;
    while ((result = record_next(&record, &cursor, &entry)) == 0) {
        if (entry.seq != verification->next_seq)
            return broken(verification, entry.seq, "the chain has a hole before this entry");
        verification->next_seq++;
        verification->entries++;
        result = record.class == RECORD_OUTSIDE ? outside_check(verification, &entry)
                                                : consequence_check(verification, &entry);
        if (result < 0)
            return result;
    }
    return result == -E_NOT_FOUND ? 0 : broken(verification, record.first, "the record's lengths do not fit");
}

static int identity_order(const void *a, const void *b)
{
    const struct identity *left = a, *right = b;
    if (left->fingerprint != right->fingerprint)
        return left->fingerprint < right->fingerprint ? -1 : 1;
    return (left->seq > right->seq) - (left->seq < right->seq);
}

/* The same source and id twice among the newest events: somebody's event would count twice. */
static int identities_check(struct verification *verification)
{
    uint64_t count = verification->outside < verification->window ? verification->outside : verification->window;
    qsort(verification->identity, count, sizeof *verification->identity, identity_order);
    for (uint64_t i = 1; i < count; i++) {
        if (verification->identity[i].fingerprint == verification->identity[i - 1].fingerprint)
            return broken(verification, verification->identity[i].seq, "its source and id came before");
    }
    return 0;
}

static int chain_check(struct verification *verification, struct journal_reader *reader, uint64_t head,
                       struct journal_read *read)
{
    while (verification->next_seq <= head) {
        read->after = verification->next_seq - 1;
        read->class_mask = 1u << RECORD_OUTSIDE | 1u << RECORD_CONSEQUENCE;
        int result = journal_read(reader, read);
        if (result < 0)
            return cli_fail(verification->cli, result, "%s", read->message);
        if (read->count == 0)
            return broken(verification, verification->next_seq, "missing, though the journal's head is later");
        for (uint32_t i = 0; result == 0 && i < read->count; i++)
            result = record_check(verification, read->records[i]);
        if (result < 0)
            return result;
    }
    return identities_check(verification);
}

static int journal_check(struct verification *verification, struct journal *journal)
{
    struct journal_reader *reader;
    struct journal_read *read = calloc(1, sizeof *read);
    verification->identity = calloc(verification->window, sizeof *verification->identity);
    if (!read || !verification->identity) {
        free(read);
        return -E_NO_MEMORY;
    }
    read->capacity = READ_BYTES;
    read->buffer = malloc(read->capacity);
    int result = read->buffer ? journal_reader_open(journal, &reader) : -E_NO_MEMORY;
    if (result == 0) {
        result = chain_check(verification, reader, journal_head(journal), read);
        journal_reader_close(reader);
    }
    free(read->buffer);
    free(read);
    return result;
}

static void journal_print(const struct verification *verification, const struct journal *journal)
{
    printf("journal  %llu entries in %llu records and %u volumes: checksums, dense order, rising time\n",
           (unsigned long long)verification->entries, (unsigned long long)verification->records,
           journal_volumes(journal));
    printf(
        "events   %llu from outside, each passes its schema (%llu of unknown types), none twice among the newest %llu\n",
        (unsigned long long)verification->outside, (unsigned long long)verification->unknown,
        (unsigned long long)verification->window);
    printf("causes   %llu consequences, each after its cause and in the order of causes\n",
           (unsigned long long)verification->consequences);
}

int command_verify(struct cli *cli)
{
    const struct journal_options options = {
        .dir = cli->config.dir, .volume_bytes = cli->config.volume_bytes, .read_only = true};
    struct journal *journal;
    int result = journal_open(&options, &journal);
    if (result < 0)
        return cli_fail(cli, result, "%s", cli->config.dir);
    struct verification verification = {
        .cli = cli, .next_seq = 1, .at_ms = INT64_MIN, .window = cli->config.identity_window};
    result = journal_check(&verification, journal);
    free(verification.identity);
    if (result == 0 && !cli->json)
        journal_print(&verification, journal);
    journal_close(journal);
    return result;
}

/*
 * verify.c - `manyi verify`: reads the whole journal and the state, opens nothing for writing, and says what it checked.
 */
#include "cli/verify.h"
#include "cli/commands.h"
#include "core/status.h"
#include "io/journal.h"
#include "io/json.h"
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

static void journal_print(const struct verification *verification, uint32_t volumes)
{
    printf("journal  %llu entries in %llu records and %u volumes: checksums, dense order, rising time\n",
           (unsigned long long)verification->entries, (unsigned long long)verification->records, volumes);
    printf(
        "events   %llu from outside, each passes its schema (%llu of unknown types), none twice among the newest %llu\n",
        (unsigned long long)verification->outside, (unsigned long long)verification->unknown,
        (unsigned long long)verification->window);
    printf("causes   %llu consequences, each after its cause and in the order of causes\n",
           (unsigned long long)verification->consequences);
}

static void state_print(const struct verified *verified, const char *digest)
{
    for (uint32_t i = 0; i < verify_checks_count; i++)
        printf("state    %s\n", verify_checks[i]);
    printf("state    folded up to entry %llu, digest %s\n", (unsigned long long)verified->head.position.seq, digest);
}

static void json_verify_print(const struct verification *verification, const struct verified *verified,
                              uint32_t volumes, const char *digest)
{
    printf("{\"ok\":true,\"entries\":%llu,\"records\":%llu,\"volumes\":%u,\"events\":%llu,\"unknown_types\":%llu,"
           "\"consequences\":%llu,\"cursor\":%llu,\"state_digest\":%s%s%s,\"checks\":[",
           (unsigned long long)verification->entries, (unsigned long long)verification->records, volumes,
           (unsigned long long)verification->outside, (unsigned long long)verification->unknown,
           (unsigned long long)verification->consequences, (unsigned long long)verified->head.position.seq,
           digest[0] ? "\"" : "", digest[0] ? digest : "null", digest[0] ? "\"" : "");
    for (uint32_t i = 0; digest[0] && i < verify_checks_count; i++) {
        fputs(i ? "," : "", stdout);
        json_print_text(stdout, span_of(verify_checks[i]));
    }
    puts("]}");
}

void state_digest(const struct verified *verified, char ret_digest[33])
{
    uint8_t hash[16];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    for (uint32_t i = 0; i < STATE_TABLES; i++) {
        uint8_t row[12];
        for (uint32_t byte = 0; byte < 8; byte++)
            row[byte] = (uint8_t)(verified->rows[i] >> (8 * byte));
        for (uint32_t byte = 0; byte < 4; byte++)
            row[8 + byte] = (uint8_t)(verified->checksum[i] >> (8 * byte));
        crypto_generichash_update(&state, row, sizeof row);
    }
    crypto_generichash_final(&state, hash, sizeof hash);
    sodium_bin2hex(ret_digest, 33, hash, sizeof hash);
}

int state_look(struct cli *cli, const char *dir, struct verified *ret_verified, char ret_digest[33])
{
    int result = state_verify(dir, UINT64_MAX, ret_verified);
    ret_digest[0] = '\0';
    if (result < 0)
        return cli_fail(cli, result, "the state in %s", dir);
    for (uint64_t i = 1; i < ret_verified->violations && i < VIOLATIONS_MAX; i++)
        fprintf(stderr, "%s\n", ret_verified->violation[i]);
    if (ret_verified->violations > 0)
        return cli_fail(cli, -E_CORRUPT, "%llu faults of the state; %s", (unsigned long long)ret_verified->violations,
                        ret_verified->violation[0]);
    state_digest(ret_verified, ret_digest);
    return 0;
}

/* The state first: beside a server it may only fall behind the journal that is opened after it. */
static int verify_all(struct cli *cli, struct verification *verification, struct verified *verified)
{
    const struct journal_options options = {
        .dir = cli->config.dir, .volume_bytes = cli->config.volume_bytes, .read_only = true};
    char digest[33];
    int state = state_look(cli, cli->config.dir, verified, digest);
    if (state < 0 && state != -E_NO_JOURNAL) /* a journal without a state is whole: serve folds it anew */
        return state;
    struct journal *journal;
    int result = journal_open(&options, &journal);
    if (result < 0)
        return cli_fail(cli, result, "%s", cli->config.dir);
    result = journal_check(verification, journal);
    uint32_t volumes = journal_volumes(journal);
    if (result == 0 && state == 0 && verified->head.position.seq > journal_head(journal))
        result = cli_fail(cli, -E_CORRUPT, "the state is folded up to %llu, the journal ends at %llu",
                          (unsigned long long)verified->head.position.seq, (unsigned long long)journal_head(journal));
    journal_close(journal);
    if (result == 0 && cli->json) {
        json_verify_print(verification, verified, volumes, digest);
    } else if (result == 0) {
        journal_print(verification, volumes);
        if (state == 0)
            state_print(verified, digest);
        else
            puts("state    there is none yet");
    }
    return result;
}

int command_verify(struct cli *cli)
{
    struct verification *verification = calloc(1, sizeof *verification);
    struct verified *verified = calloc(1, sizeof *verified);
    int result = -E_NO_MEMORY;
    if (verification && verified) {
        verification->cli = cli;
        verification->next_seq = 1;
        verification->at_ms = INT64_MIN;
        verification->window = cli->config.identity_window;
        result = verify_all(cli, verification, verified);
        free(verification->identity);
    }
    free(verification);
    free(verified);
    return result;
}

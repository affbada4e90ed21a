/*
 * recover_check.c - a data directory opened as a start opens it, and compared with what publishers were told.
 */
#include "tests/crash/recover_check.h"

#include "brokers/outlet_store.h"
#include "core/ensure.h"
#include "core/status.h"
#include "io/journal.h"
#include "workers/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define OURS "/tests/"
#define READ_BYTES (8u * MIB + SYSTEM_EVENT_MAX + RECORD_MAX)

static uint64_t fingerprint_of(struct span source, struct span id)
{
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
    for (size_t i = 0; i < source.len; i++)
        hash = (hash ^ source.at[i]) * 0x100000001b3u;
    hash = (hash ^ ' ') * 0x100000001b3u;
    for (size_t i = 0; i < id.len; i++)
        hash = (hash ^ id.at[i]) * 0x100000001b3u;
    return hash;
}

static int told_order(const void *a, const void *b)
{
    const struct told *left = a, *right = b;
    return (left->fingerprint > right->fingerprint) - (left->fingerprint < right->fingerprint);
}

void told_read(const char *path, struct told_list *ret_list)
{
    struct told_list list = {.count = 0};
    char line[512], when[32], source[160], id[96];
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        struct told told = {.found = 0};
        if (sscanf(line, "%31s %" SCNu64 " %159s %95s", when, &told.seq, source, id) != 4)
            break;
        told.time_ns = when[0] == '-' ? UINT64_MAX : strtoull(when, NULL, 10);
        told.fingerprint = fingerprint_of(span_of(source), span_of(id));
        if ((list.count & (list.count - 1)) == 0)
            list.told = realloc(list.told, (2 * (size_t)list.count + 1) * sizeof told);
        ensure(list.told);
        list.told[list.count++] = told;
    }
    if (!file || !feof(file)) {
        fprintf(stderr, "recover: %s can't be read\n", path);
        exit(2);
    }
    fclose(file);
    qsort(list.told, list.count, sizeof *list.told, told_order);
    for (uint32_t i = 1; i < list.count; i++)
        ensure(list.told[i].fingerprint != list.told[i - 1].fingerprint);
    *ret_list = list;
}

/* The first flaw is told; the rest is counted. */
#define FLAW(recovered, ...) \
    ((recovered)->message[0] ? 0 : snprintf((recovered)->message, sizeof(recovered)->message, __VA_ARGS__))

/* ---- the journal ---- */

static void entry_look(struct told_list *list, const struct entry *entry, struct recovered *recovered)
{
    struct span id, source;
    int status = event_identity(entry->event, &id, &source);
    if (status) {
        FLAW(recovered, "seq %" PRIu64 ": its event can't be read", entry->seq);
        return;
    }
    if (source.len < strlen(OURS) || memcmp(source.at, OURS, strlen(OURS)) != 0)
        return;
    const struct told key = {.fingerprint = fingerprint_of(source, id)};
    struct told *told = bsearch(&key, list->told, list->count, sizeof key, told_order);
    if (!told) {
        FLAW(recovered, "seq %" PRIu64 ": nobody sent it", entry->seq);
        return;
    }
    told->found++;
    if (told->seq && told->seq != entry->seq && told->time_ns != UINT64_MAX)
        FLAW(recovered, "seq %" PRIu64 ": a publisher was told that it is %" PRIu64, entry->seq, told->seq);
}

static void record_look(struct told_list *list, struct span bytes, uint64_t *next_seq, int64_t *at_ms,
                        struct recovered *recovered)
{
    struct record record;
    struct record_cursor cursor = {.index = 0};
    struct entry entry;
    int status = record_open(bytes, &record);
    if (status || record.first != *next_seq || record.at_ms < *at_ms) {
        FLAW(recovered, "seq %" PRIu64 ": the record there is damaged or out of order", *next_seq);
        return;
    }
    *at_ms = record.at_ms;
    while ((status = record_next(&record, &cursor, &entry)) == 0) {
        if (entry.seq != (*next_seq)++)
            FLAW(recovered, "seq %" PRIu64 " is missing", *next_seq - 1);
        if (record.class == RECORD_OUTSIDE)
            entry_look(list, &entry, recovered);
    }
    if (status != -E_NOT_FOUND)
        FLAW(recovered, "seq %" PRIu64 ": the record's lengths don't fit", record.first);
}

static void journal_walk(struct journal *journal, struct told_list *list, struct recovered *recovered)
{
    struct journal_reader *reader;
    struct journal_read *read = calloc(1, sizeof *read);
    uint64_t next_seq = 1;
    int64_t at_ms = INT64_MIN;
    ensure(read);
    read->capacity = READ_BYTES;
    read->buffer = malloc(read->capacity);
    read->class_mask = 1u << RECORD_OUTSIDE | 1u << RECORD_CONSEQUENCE;
    ensure(read->buffer);
    int status = journal_reader_open(journal, &reader);
    ensure(status == 0);
    while (recovered->message[0] == '\0' && next_seq <= recovered->head) {
        read->after = next_seq - 1;
        status = journal_read(reader, read);
        if (status || read->count == 0)
            FLAW(recovered, "after seq %" PRIu64 " of %" PRIu64 ": %s", read->after, recovered->head,
                 status ? read->message : "nothing more can be read");
        for (uint32_t i = 0; status == 0 && i < read->count; i++)
            record_look(list, read->records[i], &next_seq, &at_ms, recovered);
    }
    if (next_seq != recovered->head + 1)
        FLAW(recovered, "the head is %" PRIu64 ", and the last entry %" PRIu64, recovered->head, next_seq - 1);
    journal_reader_close(reader);
    free(read->buffer);
    free(read);
}

static void told_compare(const struct told_list *list, uint64_t time_ns, struct recovered *recovered)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const struct told *told = &list->told[i];
        bool acknowledged = told->time_ns < time_ns;
        recovered->acknowledged += acknowledged;
        recovered->lost += acknowledged && told->found == 0;
        recovered->doubled += told->found > 1;
    }
    if (recovered->lost || recovered->doubled)
        FLAW(recovered, "of %u acknowledged events %u are lost; %u are there twice", recovered->acknowledged,
             recovered->lost, recovered->doubled);
}

/* ---- state and outlet ---- */

static void state_look(const char *dir, struct recovered *recovered)
{
    struct store *store;
    int status = state_open(dir, false, &store);
    if (status) {
        FLAW(recovered, "the state doesn't open: %s", status_text(status)->summary);
        return;
    }
    store_close(store);
    struct verified *verified = calloc(1, sizeof *verified);
    ensure(verified);
    status = state_verify(dir, recovered->head, verified);
    if (status)
        FLAW(recovered, "the state can't be read: %s", status_text(status)->summary);
    else if (verified->violations)
        FLAW(recovered, "%" PRIu64 " faults of the state; %s", verified->violations, verified->violation[0]);
    else if (verified->head.position.seq > recovered->head)
        FLAW(recovered, "the state is folded up to %" PRIu64 ", the journal ends at %" PRIu64,
             verified->head.position.seq, recovered->head);
    free(verified);
}

static void outlet_look(const char *dir, struct recovered *recovered)
{
    struct cards *cards = calloc(1, sizeof *cards);
    ensure(cards);
    int status = cards_open(dir, cards);
    if (status)
        FLAW(recovered, "the outlet doesn't open: %s", status_text(status)->summary);
    else if (cards->cursor > recovered->head)
        FLAW(recovered, "the outlet has come to %" PRIu64 ", the journal ends at %" PRIu64, cards->cursor,
             recovered->head);
    cards_close(cards);
    free(cards);
}

void recover_check(const char *dir, struct told_list *list, uint64_t time_ns, struct recovered *ret_recovered)
{
    struct journal *journal;
    char fault[STORE_FAULT_MAX] = "";
    const struct journal_options options = {.dir = dir, .volume_bytes = 16 * MIB, .fault = fault};
    *ret_recovered = (struct recovered){.head = 0};
    for (uint32_t i = 0; i < list->count; i++)
        list->told[i].found = 0;
    if (access(dir, F_OK) == 0) {
        int status = journal_open(&options, &journal);
        if (status) {
            FLAW(ret_recovered, "the journal doesn't open: %s %s", status_text(status)->summary, fault);
            return;
        }
        ret_recovered->head = journal_head(journal);
        journal_walk(journal, list, ret_recovered);
        state_look(dir, ret_recovered);
        outlet_look(dir, ret_recovered);
        journal_close(journal);
    }
    told_compare(list, time_ns, ret_recovered);
}

/*
 * journal_check.c - volume after volume: what the pages give is handed on, what they don't is told.
 */
#include "io/journal_check.h"
#include "core/bytes.h"
#include "core/status.h"
#include "io/journal_checking.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *const journal_checks[] = {
    "every page of every volume is used once or free, in bounds, and its keys are in order",
    "each record and each row of sessions and quarantine agrees with its checksum and its key",
    "entries are dense from 1 on over all volumes, time never goes back",
    "each event passes its own schema; none came twice within the identity window",
    "each consequence comes after its cause, in the order of causes, and the last cause is kept",
    "each session's entries have rising sequences, and its row agrees with the newest of them",
    "each refused event is found by its bytes, and each source has used what is kept of it",
};
const uint32_t journal_checks_count = sizeof journal_checks / sizeof journal_checks[0];

static const char *const table_names[TABLE_COUNT] = {"records", "sessions", "quarantine"};

void check_fault(struct checking *checking, const char *format, ...)
{
    struct journal_checked *checked = checking->checked;
    if (checked->faults < JOURNAL_FAULTS_MAX) {
        char *text = checked->fault[checked->faults];
        int len = snprintf(text, JOURNAL_FAULT_TEXT, "volume %06u, ", checking->volume);
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(text + len, JOURNAL_FAULT_TEXT - (size_t)len, format, arguments);
        va_end(arguments);
    }
    checked->faults++;
}

uint64_t check_fingerprint(struct span first, struct span second)
{
    uint8_t hash[16];
    uint64_t fingerprint;
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    crypto_generichash_update(&state, first.at, first.len);
    crypto_generichash_update(&state, (const uint8_t *)"", 1);
    crypto_generichash_update(&state, second.at, second.len);
    crypto_generichash_final(&state, hash, sizeof hash);
    memcpy(&fingerprint, hash, sizeof fingerprint);
    return fingerprint;
}

/* ---- one volume ---- */

static int row_take(void *context, uint32_t table, struct span key, struct span value)
{
    struct checking *checking = context;
    if (table == TABLE_RECORDS)
        check_record(checking, key, value);
    else if (table == TABLE_SESSIONS)
        check_session_row(checking, key, value);
    else
        check_quarantine_row(checking, key, value);
    return 0;
}

static void fault_take(void *context, const struct store_fault *fault)
{
    struct checking *checking = context;
    unsigned long long page = fault->page;
    if (fault->table == STORE_NO_TABLE) {
        check_fault(checking, "data.mdb: page %llu %s", page, fault->what);
    } else if (fault->table != TABLE_RECORDS) {
        check_fault(checking, "data.mdb: page %llu %s; rows of table %s are lost", page, fault->what,
                    table_names[fault->table]);
    } else {
        uint64_t from = fault->from.len == SEQ_KEY_BYTES ? bytes_u64(fault->from.at) : checking->volume_first;
        char upto[32] = "the volume's end";
        if (fault->to.len == SEQ_KEY_BYTES)
            snprintf(upto, sizeof upto, "%llu", (unsigned long long)bytes_u64(fault->to.at) - 1);
        check_fault(checking, "data.mdb: page %llu %s; records of entries %llu to %s are lost", page, fault->what,
                    (unsigned long long)from, upto);
    }
    checking->torn = true;
    checking->gap = checking->gap || fault->table == STORE_NO_TABLE || fault->table == TABLE_RECORDS;
}

static int volume_check(struct checking *checking, const char *dir, uint32_t number)
{
    char path[JOURNAL_PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/journal/%06u", dir, number);
    checking->volume = number;
    checking->volume_first = checking->next_seq;
    checking->volume_records = 0;
    checking->begun = false;
    checking->torn = false;
    checking->gap_before = checking->gap;
    checking->index_sum = checking->rows_sum = 0;
    checking->quota_sum = checking->used_sum = 0;
    checking->volume_sessions = 0;
    struct store_walk walk = {.path = path,
                              .tables = table_names,
                              .table_count = TABLE_COUNT,
                              .row = row_take,
                              .fault = fault_take,
                              .context = checking};
    int result = store_walk(&walk);
    if (result < 0)
        return result;
    checking->checked->volumes++;
    checking->checked->pages += walk.pages;
    if (checking->begun)
        checking->checked->sessions = checking->volume_sessions;
    if (!checking->torn)
        check_volume_rows(checking);
    return 0;
}

/* ---- all of them ---- */

static int identity_order(const void *a, const void *b)
{
    const struct check_identity *left = a, *right = b;
    if (left->fingerprint != right->fingerprint)
        return left->fingerprint < right->fingerprint ? -1 : 1;
    return (left->seq > right->seq) - (left->seq < right->seq);
}

/* The same source and id twice within the window: somebody's event would count twice. */
static void identities_check(struct checking *checking)
{
    uint64_t count = checking->identity_count < checking->window ? checking->identity_count : checking->window;
    struct check_identity *identities = checking->identities;
    qsort(identities, count, sizeof *identities, identity_order);
    for (uint64_t i = 1; i < count; i++) {
        if (identities[i].fingerprint == identities[i - 1].fingerprint &&
            identities[i].seq - identities[i - 1].seq < checking->window)
            check_fault(checking, "entry %llu: its source and id came before, as entry %llu",
                        (unsigned long long)identities[i].seq, (unsigned long long)identities[i - 1].seq);
    }
}

/* Those that were there at first: beside a server the last of them is one snapshot, and the others were complete by then. */
static int volumes_check(struct checking *checking, const char *dir)
{
    char path[JOURNAL_PATH_MAX + 32];
    uint32_t greatest;
    bool begun = true;
    snprintf(path, sizeof path, "%s/journal", dir);
    int result = store_greatest_number(path, &greatest);
    if (result == 0 && greatest == 0)
        result = -E_NO_JOURNAL;
    for (uint32_t number = 1; result == 0 && number <= greatest; number++) {
        result = volume_check(checking, dir, number);
        bool missing = result == -E_NO_JOURNAL;
        if (missing) {
            check_fault(checking, "missing, though there is one after it");
            checking->gap = true;
            result = 0;
        } else if (!begun) {
            check_fault(checking, "the volume before it has not begun");
        }
        begun = missing || checking->begun || checking->torn;
    }
    return result;
}

int journal_check(const char *dir, uint64_t window, struct journal_checked *ret_checked)
{
    if (sodium_init() < 0)
        return -E_IO;
    *ret_checked = (struct journal_checked){0};
    struct checking *checking = calloc(1, sizeof *checking);
    if (!checking)
        return -E_NO_MEMORY;
    checking->checked = ret_checked;
    checking->next_seq = 1;
    checking->at_ms = INT64_MIN;
    checking->window = window;
    checking->sessions = calloc(SESSIONS_MAX + 1, sizeof *checking->sessions);
    checking->identities = calloc(window, sizeof *checking->identities);
    int result = checking->sessions && checking->identities ? volumes_check(checking, dir) : -E_NO_MEMORY;
    if (result == 0) {
        identities_check(checking);
        ret_checked->head = checking->next_seq - 1;
        ret_checked->cause = checking->cause_row;
    }
    free(checking->sessions);
    free(checking->identities);
    free(checking);
    return result;
}

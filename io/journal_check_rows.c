/*
 * journal_check_rows.c - rows of `sessions` and `quarantine`: each against its checksum, and against what the journal has.
 *
 * What two tables must have in common is compared by sums of fingerprints, so that nothing has to be kept for it.
 */
#include "core/bytes.h"
#include "core/status.h"
#include "io/journal_checking.h"

#include <stdio.h>

#define HASH_BYTES 16u

/* A key as people read it: "s 2", "q 14", "h 5e01...". */
static void key_name(struct span key, char name[64])
{
    if (key.len == 5 && key.at[0] == 's')
        snprintf(name, 64, "s %u", bytes_u32(key.at + 1));
    else if (key.len == 9 && key.at[0] == 'q')
        snprintf(name, 64, "q %llu", (unsigned long long)bytes_u64(key.at + 1));
    else
        for (size_t i = 0, at = 0; i < key.len && i < 17; i++)
            at += (size_t)snprintf(name + at, 64 - at, i == 0 && key.at[0] > 0x20 && key.at[0] < 0x7f ? "%c " : "%02x",
                                   key.at[i]);
}

static void row_broken(struct checking *checking, const char *table, struct span key, const char *what)
{
    char name[64] = "";
    key_name(key, name);
    check_fault(checking, "table %s, row %s: %s", table, name, what);
}

/* ---- sessions ---- */

static void lineage_check(struct checking *checking, struct span key, struct span body)
{
    char *lineage = checking->checked->lineage;
    checking->begun = true;
    if (body.len != LINEAGE_BYTES) {
        row_broken(checking, "sessions", key, "its length is not that of a lineage");
        return;
    }
    if (lineage[0] == '\0')
        memcpy(lineage, body.at, LINEAGE_LEN);
    if (memcmp(lineage, body.at, LINEAGE_LEN) != 0)
        row_broken(checking, "sessions", key, "the volume is of another lineage");
    if (bytes_u64(body.at + LINEAGE_LEN) != checking->volume_first && !checking->gap_before)
        row_broken(checking, "sessions", key, "the volume does not begin where the one before ends");
}

static void cause_check(struct checking *checking, struct span key, struct span body)
{
    const struct last_cause *last = &checking->cause;
    if (body.len != CAUSE_BYTES) {
        row_broken(checking, "sessions", key, "its length is not that of a cause");
        return;
    }
    struct last_cause cause = cause_of_bytes(body.at);
    checking->cause_row = cause;
    if (cause.seq < last->seq || (cause.seq == last->seq && cause.step < last->step))
        row_broken(checking, "sessions", key, "the last cause comes before that of the last consequence");
    if (cause.seq >= checking->next_seq && !checking->gap)
        row_broken(checking, "sessions", key, "the last cause is no entry");
}

static void session_row_check(struct checking *checking, struct span key, const struct session_row *row)
{
    if (row->number == 0 || row->number > SESSIONS_MAX) {
        row_broken(checking, "sessions", key, "there is no session of this number");
        return;
    }
    struct check_session *session = check_session_of(checking, row->number);
    session->row_volume = checking->volume;
    checking->volume_sessions++;
    if (row->epoch < session->epoch || row->last < session->last)
        row_broken(checking, "sessions", key, "it says less than in the volume before");
    session->epoch = row->epoch;
    session->last = row->last;
    if (row->last < session->sequence)
        row_broken(checking, "sessions", key, "its last sequence comes before that of its newest entry");
    if (row->last == session->sequence && session->sequence > 0 &&
        check_fingerprint(span_of(row->last_id), (struct span){0}) != session->id)
        row_broken(checking, "sessions", key, "its last id is not that of its newest entry");
}

void check_session_row(struct checking *checking, struct span key, struct span value)
{
    struct span body;
    struct session_row row;
    bool cause = span_is(key, "c"), lineage = span_is(key, "l");
    int status = cause || lineage ? row_open(key, value, &body) : session_decode(key, value, &row);
    if (status < 0) {
        bool named = key.len == 5 && key.at[0] == 's' && bytes_u32(key.at + 1) <= SESSIONS_MAX;
        checking->begun = checking->begun || lineage;
        if (named)
            check_session_of(checking, bytes_u32(key.at + 1))->row_volume = checking->volume; /* told here */
        row_broken(checking, "sessions", key,
                   status == -E_BAD_FORMAT ? "of another version" : "does not agree with its checksum");
    } else if (cause) {
        cause_check(checking, key, body);
    } else if (lineage) {
        lineage_check(checking, key, body);
    } else {
        session_row_check(checking, key, &row);
    }
}

/* ---- quarantine ---- */

static void refused_check(struct checking *checking, struct span key, struct span value)
{
    struct quarantine_row row;
    uint8_t hash[HASH_BYTES];
    checking->checked->quarantined++;
    if (key.len != 1 + 8 || quarantine_decode(key, value, &row, hash) < 0) {
        row_broken(checking, "quarantine", key, "does not agree with its checksum");
        return;
    }
    uint8_t of_bytes[HASH_BYTES], of_source[HASH_BYTES];
    quarantine_hash(of_bytes, row.bytes);
    quarantine_hash(of_source, span_of(row.source));
    if (memcmp(of_bytes, hash, HASH_BYTES) != 0)
        row_broken(checking, "quarantine", key, "its hash is not that of its bytes");
    if (row.count == 0 || row.first_at_ms > row.last_at_ms)
        row_broken(checking, "quarantine", key, "its count or its times cannot be");
    struct span source = span_make(of_source, HASH_BYTES);
    checking->rows_sum += check_fingerprint(span_make(hash, HASH_BYTES), span_make(key.at + 1, 8));
    checking->used_sum += check_fingerprint(source, span_of("events"));
    checking->used_sum += check_fingerprint(source, span_of("bytes")) * row.bytes.len;
}

void check_quarantine_row(struct checking *checking, struct span key, struct span value)
{
    struct span body;
    if (key.at[0] == 'q') {
        refused_check(checking, key, value);
        return;
    }
    bool index = key.at[0] == 'h';
    bool known = key.len == 1 + HASH_BYTES && (index || key.at[0] == 'u');
    if (!known || row_open(key, value, &body) < 0 || body.len != (index ? 8 : 16)) {
        row_broken(checking, "quarantine", key, "does not agree with its checksum");
        return;
    }
    struct span hash = span_make(key.at + 1, HASH_BYTES);
    if (index) {
        checking->index_sum += check_fingerprint(hash, body);
    } else {
        checking->quota_sum += check_fingerprint(hash, span_of("events")) * bytes_u64(body.at);
        checking->quota_sum += check_fingerprint(hash, span_of("bytes")) * bytes_u64(body.at + 8);
    }
}

/* ---- what a volume has as a whole ---- */

void check_volume_rows(struct checking *checking)
{
    bool has_rows = checking->volume_records > 0 || checking->volume_sessions > 0;
    if (!checking->begun && has_rows)
        check_fault(checking, "table sessions: the lineage is missing");
    if (checking->begun && (checking->cause.seq > checking->cause_row.seq))
        check_fault(checking, "table sessions: the last cause is missing, or of an earlier volume");
    for (uint32_t number = 2; checking->begun && number <= checking->last_session; number++) {
        const struct check_session *session = &checking->sessions[number];
        if ((session->sequence > 0 || session->row_volume > 0) && session->row_volume != checking->volume)
            check_fault(checking, "table sessions: session %u has no row", number);
    }
    if (checking->index_sum != checking->rows_sum)
        check_fault(checking, "table quarantine: what is found by its bytes is not what is kept");
    if (checking->quota_sum != checking->used_sum)
        check_fault(checking, "table quarantine: what sources have used is not what is kept of them");
}

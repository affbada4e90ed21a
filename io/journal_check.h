/*
 * journal_check.h - the whole journal gone through in one pass, page by page and row by row, without trusting any of it.
 *
 * Reads only, beside a running server if need be: each volume is one snapshot, and what is appended meanwhile may be missing.
 * While the newest volume is read, what its writer frees stays: its file grows by that.
 */
#ifndef MANYI_IO_JOURNAL_CHECK_H
#define MANYI_IO_JOURNAL_CHECK_H

#include "io/journal.h"

#define JOURNAL_FAULTS_MAX 32u /* told in words; all are counted */
#define JOURNAL_FAULT_TEXT 256u

struct journal_checked {
    char lineage[LINEAGE_LEN + 1];
    uint32_t volumes;
    uint64_t head;
    uint64_t pages, records, entries, outside, consequences, unknown;
    uint64_t sessions;    /* in the newest volume */
    uint64_t quarantined; /* rows, in all volumes */
    struct last_cause cause;
    uint64_t faults;
    char fault[JOURNAL_FAULTS_MAX][JOURNAL_FAULT_TEXT]; /* each names volume and page, record or row */
};

/* What is checked, a line each. */
extern const char *const journal_checks[];
extern const uint32_t journal_checks_count;

/* Checks DIR/journal, which must not be open in this process. window: entries within which no event comes twice.
 * 0 whatever was found; -E_NO_JOURNAL, -E_IO, -E_NO_MEMORY. */
int journal_check(const char *dir, uint64_t window, struct journal_checked *ret_checked);

#endif

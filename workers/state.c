/* state.c - opens the state; where the fold stands. */
#include "workers/state.h"

#include "core/status.h"
#include "workers/row.h"

#include <stdio.h>

#define STATE_CHECK_BYTES (256ull * MIB) /* of each table, looked at before a worker begins */
#define SEQ_MOST 9007199254740991ull     /* what a reply can say: 2^53 - 1 */
#define HEAD_VERSION 1u

static const char *const table_names[STATE_TABLES] = {
    [STATE_META] = "meta",         [STATE_CASES] = "cases",           [STATE_OPEN] = "open",
    [STATE_RAISED] = "raised",     [STATE_TIMERS] = "timers",         [STATE_VISITS] = "visits",
    [STATE_REPAIRS] = "repairs",   [STATE_CUSTOMERS] = "customers",   [STATE_SCORES] = "scores",
    [STATE_FACTS] = "facts",       [STATE_AMENDED] = "amended",       [STATE_DIRTY] = "dirty",
    [STATE_OUTCOMES] = "outcomes", [STATE_NOTICES] = "notices",       [STATE_TRACE] = "trace",
    [STATE_POLICIES] = "policies", [STATE_WATCHES] = "watches",       [STATE_ACCOUNTED] = "accounted",
    [STATE_APPEALED] = "appealed", [STATE_LEDGER] = "ledger",         [STATE_PLANS] = "plans",
    [STATE_CONTACTS] = "contacts", [STATE_DEVICES] = "devices",       [STATE_WORKSHOP] = "workshop",
    [STATE_PERIODS] = "periods",   [STATE_VISIT_DAYS] = "visit_days", [STATE_CALLED] = "called",
    [STATE_AUDIT] = "audit",
};

_Static_assert(STATE_TABLES <= STORE_TABLES_MAX, "a store has room for every table");

const char *state_table_name(enum state_table table)
{
    return table_names[table];
}

int state_open(const char *dir, bool read_only, struct store **ret_store)
{
    char path[4096];
    int len = snprintf(path, sizeof path, "%s/state", dir);
    if (len < 0 || len >= (int)sizeof path)
        return -E_IO;
    struct store_options options = {
        .path = path,
        .tables = table_names,
        .table_count = STATE_TABLES,
        .durability = STORE_MAY_LOSE_LAST,
        .map_bytes = STATE_MAP_BYTES,
        .read_only = read_only,
        .check_bytes = read_only ? 0 : STATE_CHECK_BYTES,
    };
    return store_open(&options, ret_store);
}

int state_clear(struct store_txn *txn)
{
    for (uint32_t table = 0; table < STATE_TABLES; table++) {
        int result = store_clear(txn, table);
        if (result < 0)
            return result;
    }
    return 0;
}

static int head_read(struct span value, struct state_head *ret_head)
{
    struct row_reader row = row_reader(value);
    struct state_head head = {.fold_version = row_u32(&row)};
    head.sweep_since = row_u64(&row);
    struct span lineage = row_bytes(&row);
    struct position *position = &head.position;
    position->seq = row_u64(&row);
    position->step = row_u32(&row);
    position->entered = row_u8(&row) != 0;
    position->dirty_second = (int64_t)row_u64(&row);
    struct span sweep = row_bytes(&row);
#define X(name) head.counters.name = row_u64(&row);
    COUNTERS(X)
#undef X
    if (row.bad || row.version != HEAD_VERSION || lineage.len >= sizeof head.lineage || position->seq > SEQ_MOST)
        return -E_CORRUPT;
    memcpy(head.lineage, lineage.at, lineage.len);
    if (sweep.len && case_key_of_bytes(sweep, &position->sweep) < 0)
        return -E_CORRUPT;
    *ret_head = head;
    return 0;
}

int state_head_get(struct store_txn *txn, struct state_head *ret_head)
{
    struct span value;
    int result = store_get(txn, STATE_META, span_of("head"), &value);
    if (result == -E_NOT_FOUND) {
        *ret_head = (struct state_head){0};
        return 0;
    }
    return result < 0 ? result : head_read(value, ret_head);
}

int state_head_put(struct store_txn *txn, const struct state_head *head)
{
    uint8_t buffer[768];
    const struct position *position = &head->position;
    struct row_writer row = row_writer(buffer, sizeof buffer, HEAD_VERSION);
    row_put_u32(&row, head->fold_version);
    row_put_u64(&row, head->sweep_since);
    row_put_bytes(&row, span_of(head->lineage));
    row_put_u64(&row, position->seq);
    row_put_u32(&row, position->step);
    row_put_u8(&row, position->entered);
    row_put_u64(&row, (uint64_t)position->dirty_second);
    row_put_bytes(&row, case_key_span(&position->sweep));
#define X(name) row_put_u64(&row, head->counters.name);
    COUNTERS(X)
#undef X
    return store_put(txn, STATE_META, span_of("head"), row_written(&row));
}

int state_head_look(const char *dir, struct state_head *ret_head)
{
    struct store *store;
    struct store_txn *txn;
    int result = state_open(dir, true, &store);
    if (result == -E_NO_JOURNAL)
        *ret_head = (struct state_head){0};
    if (result < 0)
        return result == -E_NO_JOURNAL ? 0 : result;
    result = store_begin(store, false, &txn);
    if (result == 0) {
        result = state_head_get(txn, ret_head);
        store_abort(txn);
    }
    store_close(store);
    return result;
}

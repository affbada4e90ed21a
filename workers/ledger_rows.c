/* ledger_rows.c - keys and rows of the table `ledger`. */
#include "workers/ledger_rows.h"

#include "core/status.h"
#include "workers/row.h"

#define ROW_VERSION 1u

/* ---- keys ---- */

static void key_add(struct ledger_key *key, struct span part)
{
    ensure(key->len + part.len <= sizeof key->bytes);
    if (part.len)
        memcpy(key->bytes + key->len, part.at, part.len);
    key->len += part.len;
}

/* Names hold no control characters, so that a zero byte can stand behind them. */
static void key_name(struct ledger_key *key, struct span name)
{
    ensure(name.len <= NAME_MAX_BYTES);
    key_add(key, name);
    key_add(key, span_make("", 1));
}

static struct ledger_key key_begin(const char *order)
{
    struct ledger_key key = {.len = 0};
    key_add(&key, span_of(order));
    return key;
}

struct ledger_key ledger_person_prefix(struct span person, struct span period)
{
    struct ledger_key key = key_begin("p");
    key_name(&key, person);
    key_add(&key, period);
    return key;
}

struct ledger_key ledger_period_prefix(struct span period)
{
    struct ledger_key key = key_begin("m");
    key_name(&key, period);
    return key;
}

struct ledger_key ledger_veto_prefix(struct span person, struct span store, struct span department)
{
    struct ledger_key key = key_begin(person.len ? "vp" : "vu");
    if (person.len) {
        key_name(&key, person);
        return key;
    }
    key_name(&key, store);
    key_name(&key, department);
    return key;
}

/* A case key holds zeros itself: it is what follows the zero behind the period, 'L' and a seq. */
int ledger_key_case(struct span key, struct case_key *ret_key)
{
    uint32_t zeros = key.len == 0 ? 0 : key.at[0] == 'm' ? 1 : key.at[0] == 'p' || key.at[1] == 'p' ? 2 : 3;
    size_t at = 0;
    while (zeros > 0 && at < key.len)
        zeros -= key.at[at++] == 0;
    return zeros == 0 ? case_key_of_bytes(span_make(key.at + at, key.len - at), ret_key) : -E_CORRUPT;
}

/* ---- orders ---- */

#define ORDERS_MAX 3u

static uint32_t orders(const struct case_key *key, const struct ledger_entry *entry,
                       struct ledger_key ret_orders[ORDERS_MAX])
{
    uint32_t count = 0;
    ret_orders[count++] = ledger_period_prefix(entry->period);
    if (HAS(entry, ledger_entry, person)) {
        ret_orders[count] = ledger_person_prefix(entry->person, (struct span){0});
        key_name(&ret_orders[count++], entry->period);
    }
    if (entry->kind == ledger_kind_is_veto) {
        ret_orders[count] = ledger_veto_prefix(HAS(entry, ledger_entry, person) ? entry->person : (struct span){0},
                                               entry->store, entry->department);
        key_name(&ret_orders[count++], HAS(entry, ledger_entry, for_period) ? entry->for_period : entry->period);
    }
    for (uint32_t i = 0; i < count; i++)
        key_add(&ret_orders[i], case_key_span(key));
    return count;
}

uint32_t ledger_orders(const struct ledger_entry *entry)
{
    return 1u + (HAS(entry, ledger_entry, person) != 0) + (entry->kind == ledger_kind_is_veto);
}

int ledger_orders_put(struct store_txn *txn, const struct case_key *key, const struct ledger_entry *entry)
{
    struct ledger_key rows[ORDERS_MAX];
    uint32_t count = orders(key, entry, rows);
    int result = 0;
    for (uint32_t i = 0; i < count && result == 0; i++)
        result = store_put(txn, STATE_LEDGER, ledger_key_span(&rows[i]), (struct span){0});
    return result;
}

bool ledger_orders_are_kept(struct store_txn *txn, const struct case_key *key, const struct ledger_entry *entry)
{
    struct ledger_key rows[ORDERS_MAX];
    struct span none;
    uint32_t count = orders(key, entry, rows);
    for (uint32_t i = 0; i < count; i++) {
        if (store_get(txn, STATE_LEDGER, ledger_key_span(&rows[i]), &none) < 0)
            return false;
    }
    return true;
}

/* ---- accounts ---- */

static struct ledger_key account_key(struct span person, struct span year)
{
    struct ledger_key key = key_begin("a");
    key_name(&key, person);
    key_add(&key, year);
    return key;
}

struct ledger_key ledger_account_behind(struct span person)
{
    return account_key(person, span_make("\xff", 1));
}

static int account_decode(struct span value, struct ledger_account *ret_account)
{
    struct row_reader row = row_reader(value);
    struct ledger_account account = {.entries = row_u64(&row)};
    account.points = (int64_t)row_u64(&row);
    account.amount_fen = (int64_t)row_u64(&row);
    if (row.bad || row.version != ROW_VERSION || row.at != row.end)
        return -E_CORRUPT;
    *ret_account = account;
    return 0;
}

int ledger_account_get(struct store_txn *txn, struct span person, struct span year, struct ledger_account *ret_account)
{
    struct ledger_key key = account_key(person, year);
    struct span value;
    int result = store_get(txn, STATE_LEDGER, ledger_key_span(&key), &value);
    if (result == -E_NOT_FOUND) {
        *ret_account = (struct ledger_account){0};
        return 0;
    }
    return result < 0 ? result : account_decode(value, ret_account);
}

int ledger_account_put(struct store_txn *txn, struct span person, struct span year,
                       const struct ledger_account *account)
{
    struct ledger_key key = account_key(person, year);
    uint8_t buffer[32];
    struct row_writer row = row_writer(buffer, sizeof buffer, ROW_VERSION);
    row_put_u64(&row, account->entries);
    row_put_u64(&row, (uint64_t)account->points);
    row_put_u64(&row, (uint64_t)account->amount_fen);
    return store_put(txn, STATE_LEDGER, ledger_key_span(&key), row_written(&row));
}

int ledger_account_read(struct span key, struct span value, struct span *ret_person, struct span *ret_year,
                        struct ledger_account *ret_account)
{
    if (key.len < 3 + YEAR_LEN || key.at[0] != 'a' || key.at[key.len - YEAR_LEN - 1] != 0)
        return -E_CORRUPT;
    *ret_person = span_make(key.at + 1, key.len - YEAR_LEN - 2);
    *ret_year = span_make(key.at + key.len - YEAR_LEN, YEAR_LEN);
    return account_decode(value, ret_account);
}

struct span ledger_year(const struct ledger_entry *entry)
{
    return span_make(entry->period.at, entry->period.len < YEAR_LEN ? entry->period.len : YEAR_LEN);
}

struct ledger_account ledger_part(const struct ledger_entry *entry)
{
    if (!ledger_counts(entry) || !HAS(entry, ledger_entry, person))
        return (struct ledger_account){0};
    return (struct ledger_account){
        .entries = 1,
        .points = entry->points,
        .amount_fen = HAS(entry, ledger_entry, settled_fen) ? entry->settled_fen : entry->amount_fen,
    };
}

/* ---- what a complaint's verdict stands for ---- */

struct complaint_row_key {
    uint8_t bytes[9];
};

static struct span complaint_row_key(struct complaint_row_key *key, uint64_t complaint)
{
    key->bytes[0] = 'c';
    bytes_put_u64(key->bytes + 1, complaint);
    return span_make(key->bytes, sizeof key->bytes);
}

int ledger_complaint_get(struct store_txn *txn, uint64_t complaint, struct ledger_keys *ret_keys)
{
    struct complaint_row_key key;
    struct span value;
    struct ledger_keys keys = {.count = 0};
    int result = store_get(txn, STATE_LEDGER, complaint_row_key(&key, complaint), &value);
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    struct row_reader row = row_reader(result == 0 ? value : span_make("\1\0\0\0", 5));
    uint32_t count = row_u32(&row);
    if (row.bad || row.version != ROW_VERSION || count > COMPLAINT_ENTRIES_MAX)
        return -E_CORRUPT;
    while (keys.count < count) {
        if (case_key_of_bytes(row_bytes(&row), &keys.item[keys.count++]) < 0)
            return -E_CORRUPT;
    }
    if (row.bad || row.at != row.end)
        return -E_CORRUPT;
    *ret_keys = keys;
    return 0;
}

int ledger_complaint_put(struct store_txn *txn, uint64_t complaint, const struct ledger_keys *keys)
{
    struct complaint_row_key key;
    uint8_t buffer[8 + COMPLAINT_ENTRIES_MAX * (4 + CASE_KEY_MAX)];
    struct row_writer row = row_writer(buffer, sizeof buffer, ROW_VERSION);
    row_put_u32(&row, keys->count);
    for (uint32_t i = 0; i < keys->count; i++)
        row_put_bytes(&row, case_key_span(&keys->item[i]));
    return store_put(txn, STATE_LEDGER, complaint_row_key(&key, complaint), row_written(&row));
}

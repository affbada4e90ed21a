/* state_rows.c - the small rows: visits, repairs, customers, callbacks, amended ratings, outcomes, notices, policies. */
#include "workers/state.h"

#include "core/access.h"
#include "core/status.h"
#include "workers/row.h"

#define ROW_VERSION 1u

/* ---- keys of two names ---- */

/* Names hold no control characters, so that a zero byte can stand between them. */
struct pair_key {
    uint8_t bytes[2 * NAME_MAX_BYTES + 1];
    size_t len;
};

static struct span pair_key(struct pair_key *key, struct span first, struct span second)
{
    ensure(first.len <= NAME_MAX_BYTES);
    ensure(second.len <= NAME_MAX_BYTES);
    memcpy(key->bytes, first.at, first.len);
    key->bytes[first.len] = 0;
    memcpy(key->bytes + first.len + 1, second.at, second.len);
    key->len = first.len + 1 + second.len;
    return span_make(key->bytes, key->len);
}

struct seq_key {
    uint8_t bytes[8];
};

static struct span seq_key(struct seq_key *key, uint64_t seq)
{
    bytes_put_u64(key->bytes, seq);
    return span_make(key->bytes, sizeof key->bytes);
}

static int row_end(const struct row_reader *row)
{
    return row->bad || row->version != ROW_VERSION || row->at != row->end ? -E_CORRUPT : 0;
}

/* ---- visits ---- */

enum visit_flag { VISIT_SAFETY = 1, VISIT_WARRANTY = 2, VISIT_COUNTED = 4, VISIT_OF_DAY = 8 };

int state_visit_get(struct store_txn *txn, struct span store, struct span visit, struct visit_row *ret_visit)
{
    struct pair_key key;
    struct span value;
    int result = store_get(txn, STATE_VISITS, pair_key(&key, store, visit), &value);
    if (result < 0)
        return result;
    struct row_reader row = row_reader(value);
    struct visit_row found;
    uint8_t flags = row_u8(&row);
    found.safety = flags & VISIT_SAFETY;
    found.warranty = flags & VISIT_WARRANTY;
    found.counted = flags & VISIT_COUNTED;
    found.of_day = flags & VISIT_OF_DAY;
    found.open_complaints = row_u64(&row);
    found.task = row_u64(&row);
    found.vehicle = row_bytes(&row);
    found.fault = row_bytes(&row);
    found.staff = row_bytes(&row);
    result = row_end(&row);
    if (result == 0)
        *ret_visit = found;
    return result;
}

int state_visit_put(struct store_txn *txn, struct span store, struct span visit, const struct visit_row *row)
{
    struct pair_key key;
    uint8_t buffer[64 + 3 * NAME_MAX_BYTES];
    struct row_writer writer = row_writer(buffer, sizeof buffer, ROW_VERSION);
    row_put_u8(&writer, (uint8_t)((row->safety ? VISIT_SAFETY : 0) | (row->warranty ? VISIT_WARRANTY : 0) |
                                  (row->counted ? VISIT_COUNTED : 0) | (row->of_day ? VISIT_OF_DAY : 0)));
    row_put_u64(&writer, row->open_complaints);
    row_put_u64(&writer, row->task);
    row_put_bytes(&writer, row->vehicle);
    row_put_bytes(&writer, row->fault);
    row_put_bytes(&writer, row->staff);
    return store_put(txn, STATE_VISITS, pair_key(&key, store, visit), row_written(&writer));
}

/* ---- one number by a key ---- */

static int number_get(struct store_txn *txn, enum state_table table, struct span key, uint64_t *ret_number)
{
    struct span value;
    int result = store_get(txn, table, key, &value);
    if (result < 0)
        return result;
    struct row_reader row = row_reader(value);
    uint64_t number = row_u64(&row);
    result = row_end(&row);
    if (result == 0)
        *ret_number = number;
    return result;
}

static int number_put(struct store_txn *txn, enum state_table table, struct span key, uint64_t number)
{
    uint8_t buffer[16];
    struct row_writer row = row_writer(buffer, sizeof buffer, ROW_VERSION);
    row_put_u64(&row, number);
    return store_put(txn, table, key, row_written(&row));
}

int state_repairs_get(struct store_txn *txn, struct span vehicle, struct span fault, uint64_t *ret_count)
{
    struct pair_key key;
    uint64_t count = 0;
    int result = number_get(txn, STATE_REPAIRS, pair_key(&key, vehicle, fault), &count);
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    *ret_count = count;
    return 0;
}

int state_repairs_put(struct store_txn *txn, struct span vehicle, struct span fault, uint64_t count)
{
    struct pair_key key;
    return number_put(txn, STATE_REPAIRS, pair_key(&key, vehicle, fault), count);
}

int state_customer_get(struct store_txn *txn, struct span customer, int64_t *ret_at_ms)
{
    uint64_t at_ms;
    int result = number_get(txn, STATE_CUSTOMERS, customer, &at_ms);
    if (result == 0)
        *ret_at_ms = (int64_t)at_ms;
    return result;
}

int state_customer_put(struct store_txn *txn, struct span customer, int64_t at_ms)
{
    return number_put(txn, STATE_CUSTOMERS, customer, (uint64_t)at_ms);
}

/* ---- callbacks ---- */

int state_plan_get(struct store_txn *txn, struct span store, struct span visit, struct plan_row *ret_row)
{
    struct pair_key key;
    struct span value;
    int result = store_get(txn, STATE_PLANS, pair_key(&key, store, visit), &value);
    if (result < 0)
        return result;
    struct row_reader row = row_reader(value);
    struct plan_row found;
    found.seq = row_u64(&row);
    found.resurvey = row_u64(&row);
    found.answered_ms = (int64_t)row_u64(&row);
    found.complained = row_u8(&row) != 0;
    found.call = row_u8(&row);
    found.mood = row_u8(&row);
    found.customer = row_bytes(&row);
    found.department = row_bytes(&row);
    result = row_end(&row);
    if (result == 0)
        *ret_row = found;
    return result;
}

int state_plan_put(struct store_txn *txn, struct span store, struct span visit, const struct plan_row *row)
{
    struct pair_key key;
    uint8_t buffer[64 + 2 * NAME_MAX_BYTES];
    struct row_writer writer = row_writer(buffer, sizeof buffer, ROW_VERSION);
    row_put_u64(&writer, row->seq);
    row_put_u64(&writer, row->resurvey);
    row_put_u64(&writer, (uint64_t)row->answered_ms);
    row_put_u8(&writer, row->complained);
    row_put_u8(&writer, (uint8_t)row->call);
    row_put_u8(&writer, (uint8_t)row->mood);
    row_put_bytes(&writer, row->customer);
    row_put_bytes(&writer, row->department);
    return store_put(txn, STATE_PLANS, pair_key(&key, store, visit), row_written(&writer));
}

int state_contact_get(struct store_txn *txn, struct span customer, struct contact_row *ret_row)
{
    struct span value;
    int result = store_get(txn, STATE_CONTACTS, customer, &value);
    if (result < 0)
        return result;
    struct row_reader row = row_reader(value);
    struct contact_row found;
    found.opted_out = row_u32(&row);
    found.refusals = row_u32(&row);
    found.contacted_ms = (int64_t)row_u64(&row);
    found.visited_ms = (int64_t)row_u64(&row);
    found.lapsed = row_u64(&row);
    found.complaint = row_u64(&row);
    found.open_complaints = row_u64(&row);
    found.current = row_bytes(&row);
    result = row_end(&row);
    if (result == 0)
        *ret_row = found;
    return result;
}

int state_contact_put(struct store_txn *txn, struct span customer, const struct contact_row *row)
{
    uint8_t buffer[96 + NAME_MAX_BYTES];
    struct row_writer writer = row_writer(buffer, sizeof buffer, ROW_VERSION);
    row_put_u32(&writer, row->opted_out);
    row_put_u32(&writer, row->refusals);
    row_put_u64(&writer, (uint64_t)row->contacted_ms);
    row_put_u64(&writer, (uint64_t)row->visited_ms);
    row_put_u64(&writer, row->lapsed);
    row_put_u64(&writer, row->complaint);
    row_put_u64(&writer, row->open_complaints);
    row_put_bytes(&writer, row->current);
    return store_put(txn, STATE_CONTACTS, customer, row_written(&writer));
}

/* ---- amended ratings ---- */

int state_amended_get(struct store_txn *txn, uint64_t seq, struct amended_row *ret_row)
{
    struct seq_key key;
    struct span value;
    int result = store_get(txn, STATE_AMENDED, seq_key(&key, seq), &value);
    if (result < 0)
        return result;
    struct row_reader row = row_reader(value);
    struct amended_row found = {.retracted = row_u8(&row) != 0};
    found.rating = row_bytes(&row);
    result = row_end(&row);
    if (result == 0)
        *ret_row = found;
    return result;
}

int state_amended_put(struct store_txn *txn, uint64_t seq, const struct amended_row *row)
{
    struct seq_key key;
    uint8_t buffer[16 * KIB];
    struct row_writer writer = row_writer(buffer, sizeof buffer, ROW_VERSION);
    row_put_u8(&writer, row->retracted);
    row_put_bytes(&writer, row->rating);
    return store_put(txn, STATE_AMENDED, seq_key(&key, seq), row_written(&writer));
}

/* ---- what was appealed against ---- */

struct appealed_key {
    uint8_t bytes[1 + CASE_KEY_MAX];
};

static struct span appealed_rating_key(struct appealed_key *key, uint64_t seq)
{
    key->bytes[0] = 'R';
    bytes_put_u64(key->bytes + 1, seq);
    return span_make(key->bytes, 9);
}

static struct span appealed_entry_key(struct appealed_key *key, const struct case_key *entry)
{
    key->bytes[0] = 'L';
    memcpy(key->bytes + 1, entry->bytes, entry->len);
    return span_make(key->bytes, 1u + entry->len);
}

static int appealed_get(struct store_txn *txn, struct span key, struct appealed_row *ret_row)
{
    struct span value;
    int result = store_get(txn, STATE_APPEALED, key, &value);
    if (result < 0)
        return result;
    struct row_reader row = row_reader(value);
    struct appealed_row found = {.appeal = row_u64(&row)};
    found.accounted = (enum accounted)row_u8(&row);
    found.department = row_bytes(&row);
    if (row_end(&row) < 0 || found.accounted >= ACCOUNTED_COUNT || found.department.len > NAME_MAX_BYTES)
        return -E_CORRUPT;
    *ret_row = found;
    return 0;
}

static int appealed_put(struct store_txn *txn, struct span key, const struct appealed_row *row)
{
    uint8_t buffer[32 + NAME_MAX_BYTES];
    struct row_writer writer = row_writer(buffer, sizeof buffer, ROW_VERSION);
    row_put_u64(&writer, row->appeal);
    row_put_u8(&writer, (uint8_t)row->accounted);
    row_put_bytes(&writer, row->department);
    return store_put(txn, STATE_APPEALED, key, row_written(&writer));
}

int state_appealed_rating_get(struct store_txn *txn, uint64_t seq, struct appealed_row *ret_row)
{
    struct appealed_key key;
    return appealed_get(txn, appealed_rating_key(&key, seq), ret_row);
}

int state_appealed_rating_put(struct store_txn *txn, uint64_t seq, const struct appealed_row *row)
{
    struct appealed_key key;
    return appealed_put(txn, appealed_rating_key(&key, seq), row);
}

int state_appealed_entry_get(struct store_txn *txn, const struct case_key *entry, struct appealed_row *ret_row)
{
    struct appealed_key key;
    return appealed_get(txn, appealed_entry_key(&key, entry), ret_row);
}

int state_appealed_entry_put(struct store_txn *txn, const struct case_key *entry, const struct appealed_row *row)
{
    struct appealed_key key;
    return appealed_put(txn, appealed_entry_key(&key, entry), row);
}

/* ---- decisions ---- */

const char *outcome_name(enum outcome outcome)
{
    static const char *const names[OUTCOMES] = {"accepted", "rejected", "kept"};
    return names[outcome];
}

int state_outcome_get(struct store_txn *txn, uint64_t seq, struct outcome_row *ret_row)
{
    struct seq_key key;
    struct span value;
    int result = store_get(txn, STATE_OUTCOMES, seq_key(&key, seq), &value);
    if (result < 0)
        return result;
    struct row_reader row = row_reader(value);
    struct outcome_row found;
    uint8_t outcome = row_u8(&row);
    uint32_t problem = row_u32(&row); /* its number: 0 for none */
    found.outcome = (enum outcome)outcome;
    found.status = problem <= INT32_MAX ? -(int)problem : 0;
    found.type = row_bytes(&row);
    found.subject = row_bytes(&row);
    found.reason = row_bytes(&row);
    bool sent = row.at < row.end; /* a local one's row ends here */
    found.principal = sent ? row_u32(&row) : PRINCIPAL_LOCAL;
    bool sound = outcome < OUTCOMES && problem <= INT32_MAX && sent == (found.principal != PRINCIPAL_LOCAL);
    result = sound ? row_end(&row) : -E_CORRUPT;
    if (result == 0)
        *ret_row = found;
    return result;
}

int state_outcome_put(struct store_txn *txn, uint64_t seq, const struct outcome_row *row)
{
    struct seq_key key;
    uint8_t buffer[64 + 2 * URI_MAX_BYTES + REASON_MAX];
    struct row_writer writer = row_writer(buffer, sizeof buffer, ROW_VERSION);
    row_put_u8(&writer, (uint8_t)row->outcome);
    row_put_u32(&writer, (uint32_t)-row->status);
    row_put_bytes(&writer, row->type);
    row_put_bytes(&writer, row->subject);
    row_put_bytes(&writer, row->reason);
    if (row->principal != PRINCIPAL_LOCAL)
        row_put_u32(&writer, row->principal);
    return store_put(txn, STATE_OUTCOMES, seq_key(&key, seq), row_written(&writer));
}

/* ---- notices ---- */

int state_notice_read(struct span value, struct notice_row *ret_row)
{
    struct row_reader row = row_reader(value);
    struct notice_row found;
    found.count = row_u64(&row);
    found.seq = row_u64(&row);
    found.at_ms = (int64_t)row_u64(&row);
    found.said = row_bytes(&row);
    int result = row_end(&row);
    if (result == 0 && (found.at_ms < 0 || found.at_ms >= TIME_END_MS))
        result = -E_CORRUPT;
    if (result == 0)
        *ret_row = found;
    return result;
}

int state_notice_get(struct store_txn *txn, struct span kind, struct notice_row *ret_row)
{
    struct span value;
    int result = store_get(txn, STATE_NOTICES, kind, &value);
    return result < 0 ? result : state_notice_read(value, ret_row);
}

int state_notice_put(struct store_txn *txn, struct span kind, const struct notice_row *row)
{
    ensure(row->said.len <= NOTICE_SAID_MAX);
    uint8_t buffer[64 + NOTICE_SAID_MAX];
    struct row_writer writer = row_writer(buffer, sizeof buffer, ROW_VERSION);
    row_put_u64(&writer, row->count);
    row_put_u64(&writer, row->seq);
    row_put_u64(&writer, (uint64_t)row->at_ms);
    row_put_bytes(&writer, row->said);
    return store_put(txn, STATE_NOTICES, kind, row_written(&writer));
}

/* ---- policies: the hash is the rest of the key, the value is the document as it is ---- */

int state_policy_at(struct store_txn *txn, uint64_t upto, struct policy_row *ret_row)
{
    struct seq_key after;
    struct store_cursor *cursor;
    int result = store_cursor_open(txn, STATE_POLICIES, &cursor);
    if (result < 0)
        return result;
    struct span key, value;
    result = store_seek(cursor, seq_key(&after, upto + 1), &key, &value);
    if (result == -E_NOT_FOUND)
        result = store_last(cursor, &key, &value);
    else if (result == 0)
        result = store_previous(cursor, &key, &value);
    store_cursor_close(cursor);
    if (result == 0 && key.len <= sizeof after.bytes)
        result = -E_CORRUPT;
    if (result == 0)
        *ret_row = (struct policy_row){.seq = bytes_u64(key.at), .hash = {key.at + 8, key.len - 8}, .content = value};
    return result;
}

int state_policy_put(struct store_txn *txn, const struct policy_row *row)
{
    uint8_t key[8 + NAME_MAX_BYTES];
    ensure(row->hash.len <= NAME_MAX_BYTES);
    bytes_put_u64(key, row->seq);
    memcpy(key + 8, row->hash.at, row->hash.len);
    return store_put(txn, STATE_POLICIES, span_make(key, 8 + row->hash.len), row->content);
}

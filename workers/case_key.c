/* case_key.c - ids to keys and back; keys are canonical: one id, one key. */
#include "workers/case_key.h"

#include "core/bytes.h"
#include "core/ensure.h"
#include "core/status.h"

#include <stdio.h>

#define SEQ_MAX 9007199254740991ull /* 2^53 - 1: every JSON reader can hold it */

/* Decimal digits without a leading zero; moves *at past them. 0 when there is no such number. */
static uint64_t seq_read(struct span id, size_t *at)
{
    uint64_t seq = 0;
    size_t begin = *at;
    if (begin == id.len || id.at[begin] == '0')
        return 0;
    while (*at < id.len && id.at[*at] >= '0' && id.at[*at] <= '9') {
        seq = seq * 10 + (uint64_t)(id.at[*at] - '0');
        if (seq > SEQ_MAX)
            return 0;
        ++*at;
    }
    return *at == begin ? 0 : seq;
}

struct case_key case_key_of_seq(char letter, uint64_t seq)
{
    struct case_key key = {.len = CASE_KEY_FIXED};
    key.bytes[0] = (uint8_t)letter;
    bytes_put_u64(key.bytes + 1, seq);
    return key;
}

/* How cases of a letter are named: after the fact alone, the fact and more, or what time brought. */
enum { BY_FACT = 1, BY_FACT_AND_MORE = 2, BY_TIME = 4 };

static const struct {
    char letter;
    uint32_t forms;
} letters[] = {
    {'C', BY_FACT},                              /* complaint */
    {'E', BY_FACT_AND_MORE | BY_TIME},           /* escalation */
    {'P', BY_TIME},                              /* month that closes */
    {'A', BY_FACT},                              /* appeal */
    {'F', BY_FACT_AND_MORE | BY_TIME},           /* flag */
    {'L', BY_FACT_AND_MORE | BY_TIME},           /* entry of the ledger */
    {'V', BY_FACT},                              /* stay in the workshop */
    {'T', BY_FACT | BY_FACT_AND_MORE | BY_TIME}, /* task */
    {'B', BY_FACT_AND_MORE},                     /* callback */
};

static bool is_letter(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

/* May a case of this letter have such a key? */
static bool form_is_known(char letter, uint64_t seq, struct span rest)
{
    uint32_t form = seq == 0 ? BY_TIME : rest.len > 0 ? BY_FACT_AND_MORE : BY_FACT;
    if (seq == 0 && (rest.len == 0 || !is_letter(rest.at[0])))
        return false;
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
        if (letters[i].letter == letter)
            return letters[i].forms & form;
    }
    return false;
}

struct case_key case_key_of_time(char letter, struct span name)
{
    struct case_key key = case_key_of_seq(letter, 0);
    ensure(name.len > 0);
    ensure(name.len <= NAME_MAX_BYTES - 2);
    ensure(is_letter(name.at[0]));
    memcpy(key.bytes + CASE_KEY_FIXED, name.at, name.len);
    key.len = (uint8_t)(CASE_KEY_FIXED + name.len);
    return key;
}

int case_key_of_id(struct span id, struct case_key *ret_key)
{
    if (id.len < 3 || id.len > NAME_MAX_BYTES || id.at[1] != '-')
        return -E_UNKNOWN_CASE;
    size_t at = 2;
    bool numbered = id.at[at] >= '0' && id.at[at] <= '9';
    uint64_t seq = seq_read(id, &at);
    if (numbered && (seq == 0 || (at < id.len && (id.at[at] != '-' || at + 1 == id.len))))
        return -E_UNKNOWN_CASE;
    at += numbered && at < id.len;
    struct case_key key = case_key_of_seq((char)id.at[0], seq);
    if (!form_is_known((char)id.at[0], seq, span_make(id.at + at, id.len - at)))
        return -E_UNKNOWN_CASE;
    memcpy(key.bytes + CASE_KEY_FIXED, id.at + at, id.len - at);
    key.len = (uint8_t)(CASE_KEY_FIXED + (id.len - at));
    *ret_key = key;
    return 0;
}

int case_key_of_bytes(struct span bytes, struct case_key *ret_key)
{
    if (bytes.len < CASE_KEY_FIXED || bytes.len > CASE_KEY_MAX)
        return -E_CORRUPT;
    struct case_key key = {.len = (uint8_t)bytes.len};
    memcpy(key.bytes, bytes.at, bytes.len);
    if (!form_is_known(case_letter(&key), case_seq(&key),
                       span_make(bytes.at + CASE_KEY_FIXED, bytes.len - CASE_KEY_FIXED)))
        return -E_CORRUPT;
    *ret_key = key;
    return 0;
}

struct span case_id(const struct case_key *key, char text[CASE_ID_MAX])
{
    char number[24] = "";
    int rest = (int)(key->len - CASE_KEY_FIXED);
    if (case_seq(key) > 0)
        snprintf(number, sizeof number, "%llu%s", (unsigned long long)case_seq(key), rest ? "-" : "");
    int len = snprintf(text, CASE_ID_MAX, "%c-%s%.*s", key->bytes[0], number, rest,
                       (const char *)key->bytes + CASE_KEY_FIXED);
    ensure(len < (int)CASE_ID_MAX);
    return span_make(text, (size_t)len);
}

uint64_t case_seq(const struct case_key *key)
{
    return bytes_u64(key->bytes + 1);
}

bool case_key_equal(const struct case_key *a, const struct case_key *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

struct span timer_key(int64_t due_ms, const struct case_key *key, uint8_t buffer[TIMER_KEY_MAX])
{
    ensure(due_ms >= 0);
    bytes_put_u64(buffer, (uint64_t)due_ms);
    memcpy(buffer + 8, key->bytes, key->len);
    return span_make(buffer, 8u + key->len);
}

int timer_key_read(struct span bytes, int64_t *ret_due_ms, struct case_key *ret_key)
{
    if (bytes.len <= 8 || bytes_u64(bytes.at) > INT64_MAX)
        return -E_CORRUPT;
    int result = case_key_of_bytes(span_make(bytes.at + 8, bytes.len - 8), ret_key);
    if (result == 0)
        *ret_due_ms = (int64_t)bytes_u64(bytes.at);
    return result;
}

struct span order_key(char order, int64_t raised_ms, const struct case_key *key, uint8_t buffer[ORDER_KEY_MAX])
{
    buffer[0] = (uint8_t)order;
    return span_make(buffer, 1 + timer_key(raised_ms, key, buffer + 1).len);
}

int order_key_case(struct span bytes, struct case_key *ret_key)
{
    return bytes.len > 9 ? case_key_of_bytes(span_make(bytes.at + 9, bytes.len - 9), ret_key) : -E_CORRUPT;
}

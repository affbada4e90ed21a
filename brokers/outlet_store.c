/*
 * outlet_store.c - the newest card of each subject, kept.
 */
#include "brokers/outlet_store.h"
#include "core/bytes.h"
#include "core/ensure.h"
#include "core/status.h"

#include <stdio.h>
#include <stdlib.h>

#define CARDS_VERSION 1u
#define CARDS_MAP_BYTES (64ull * GIB)
#define CARDS_CHECK_BYTES (256ull * MIB) /* of each table, looked at before it is trusted */
#define CARD_HEADER_BYTES 18u
#define META_BYTES (1u + 8u + 8u * CHANNEL_count)
#define SUBJECT_KEY_MAX (1u + CASE_ID_MAX)

const char *const cards_table_names[CARDS_TABLES] = {"cards", "subjects", "meta"};

static void card_key(uint8_t key[9], enum card_channel channel, uint64_t n)
{
    key[0] = (uint8_t)channel;
    bytes_put_u64(key + 1, n);
}

/* ---- open ---- */

static int meta_read(struct cards *cards)
{
    struct store_txn *txn;
    struct span row;
    int result = store_begin(cards->store, false, &txn);
    if (result)
        return result;
    result = store_get(txn, CARDS_META, span_of("state"), &row);
    bool sound = result == 0 && row.len >= META_BYTES && row.len < META_BYTES + sizeof cards->lineage &&
                 row.at[0] == CARDS_VERSION;
    if (sound) {
        cards->cursor = cards->committed_cursor = bytes_u64(row.at + 1);
        for (uint32_t i = 0; i < CHANNEL_count; i++)
            cards->last[i] = bytes_u64(row.at + 9 + 8 * i);
        memcpy(cards->lineage, row.at + META_BYTES, row.len - META_BYTES);
    }
    store_abort(txn);
    return result == -E_NOT_FOUND ? 0 : result;
}

static int cards_enter(const char *dir, bool read_only, struct cards *cards)
{
    char path[1024];
    int len = snprintf(path, sizeof path, "%s/outlet", dir);
    ensure(len < (int)sizeof path);
    struct store_options options = {
        .path = path,
        .tables = cards_table_names,
        .table_count = CARDS_TABLES,
        .durability = STORE_MAY_LOSE_LAST,
        .map_bytes = CARDS_MAP_BYTES,
        .read_only = read_only,
        .check_bytes = read_only ? 0 : CARDS_CHECK_BYTES,
    };
    *cards = (struct cards){0};
    int result = store_open(&options, &cards->store);
    return result ? result : meta_read(cards);
}

int cards_open(const char *dir, struct cards *cards)
{
    return cards_enter(dir, false, cards);
}

int cards_look(const char *dir, char ret_lineage[NAME_MAX_BYTES + 1], uint64_t *ret_cursor)
{
    struct cards *cards = malloc(sizeof *cards);
    if (!cards)
        return -E_NO_MEMORY;
    int result = cards_enter(dir, true, cards);
    cards_close(cards);
    if (result == 0 || result == -E_NO_JOURNAL) {
        memcpy(ret_lineage, cards->lineage, sizeof cards->lineage);
        *ret_cursor = cards->cursor;
        result = 0;
    }
    free(cards);
    return result;
}

void cards_close(struct cards *cards)
{
    store_abort(cards->txn);
    store_close(cards->store);
}

/* ---- write ---- */

static int turn_open(struct cards *cards)
{
    return cards->txn ? 0 : store_begin(cards->store, true, &cards->txn);
}

int cards_forget(struct cards *cards, struct span lineage)
{
    int result = turn_open(cards);
    for (uint32_t table = 0; result == 0 && table < CARDS_TABLES; table++)
        result = store_clear(cards->txn, table);
    if (result)
        return result;
    ensure(lineage.len < sizeof cards->lineage);
    memset(cards->lineage, 0, sizeof cards->lineage);
    memcpy(cards->lineage, lineage.at, lineage.len);
    memset(cards->last, 0, sizeof cards->last);
    cards->cursor = 0;
    return 0;
}

/* Deletes the older card of the subject, if there is one, and lets the subject point to n. */
static int subject_move(struct cards *cards, enum card_channel channel, struct span subject, uint64_t n)
{
    uint8_t key[SUBJECT_KEY_MAX] = {(uint8_t)channel};
    size_t len = subject.len < CASE_ID_MAX ? subject.len : CASE_ID_MAX;
    if (len)
        memcpy(key + 1, subject.at, len);
    struct span old;
    int result = store_get(cards->txn, CARDS_SUBJECTS, span_make(key, 1 + len), &old);
    if (result == 0) {
        uint8_t old_key[9];
        ensure(old.len == 8);
        card_key(old_key, channel, bytes_u64(old.at));
        result = store_delete(cards->txn, CARDS_CARDS, span_make(old_key, sizeof old_key));
    }
    if (result && result != -E_NOT_FOUND)
        return result;
    uint8_t value[8];
    bytes_put_u64(value, n);
    return store_put(cards->txn, CARDS_SUBJECTS, span_make(key, 1 + len), span_make(value, sizeof value));
}

int cards_keep(struct cards *cards, enum card_channel channel, struct span subject, const struct kept_card *card)
{
    ensure(channel > CHANNEL_none && channel < CHANNEL_count);
    ensure(card->n == cards->last[channel] + 1);
    ensure(card->card.len <= SYSTEM_EVENT_MAX);
    int result = turn_open(cards);
    if (result == 0)
        result = subject_move(cards, channel, subject, card->n);
    if (result)
        return result;
    uint8_t key[9];
    card_key(key, channel, card->n);
    uint8_t *row = cards->row;
    row[0] = CARDS_VERSION;
    row[1] = card->gone;
    bytes_put_u64(row + 2, card->seq);
    bytes_put_u64(row + 10, (uint64_t)card->at_ms);
    memcpy(row + CARD_HEADER_BYTES, card->card.at, card->card.len);
    result = store_put(cards->txn, CARDS_CARDS, span_make(key, sizeof key),
                       span_make(row, CARD_HEADER_BYTES + card->card.len));
    if (result)
        return result;
    cards->last[channel] = card->n;
    return 0;
}

int cards_commit(struct cards *cards, uint64_t cursor)
{
    uint8_t row[META_BYTES + NAME_MAX_BYTES];
    size_t lineage_len = strlen(cards->lineage);
    row[0] = CARDS_VERSION;
    bytes_put_u64(row + 1, cursor);
    for (uint32_t i = 0; i < CHANNEL_count; i++)
        bytes_put_u64(row + 9 + 8 * i, cards->last[i]);
    memcpy(row + META_BYTES, cards->lineage, lineage_len);
    int result = turn_open(cards);
    if (result)
        return result;
    result = store_put(cards->txn, CARDS_META, span_of("state"), span_make(row, META_BYTES + lineage_len));
    if (result)
        return result;
    struct store_txn *txn = cards->txn;
    cards->txn = NULL;
    result = store_commit(txn);
    if (result == 0)
        cards->committed_cursor = cursor;
    cards->cursor = cards->committed_cursor; /* of what failed nothing is written later */
    return result;
}

void cards_pass(struct cards *cards, uint64_t cursor)
{
    ensure(!cards->txn);
    if (cursor > cards->cursor)
        cards->cursor = cursor;
}

int cards_settle(struct cards *cards)
{
    bool has_passed = !cards->txn && cards->cursor > cards->committed_cursor;
    return has_passed ? cards_commit(cards, cards->cursor) : 0;
}

/* ---- read ---- */

int cards_read_begin(const struct cards *cards, enum card_channel channel, uint64_t after,
                     struct card_reader *ret_reader)
{
    struct card_reader reader = {0};
    card_key(reader.key, channel, after + 1);
    int result = store_begin(cards->store, false, &reader.txn);
    if (result)
        return result;
    result = store_cursor_open(reader.txn, CARDS_CARDS, &reader.cursor);
    if (result) {
        store_abort(reader.txn);
        return result;
    }
    *ret_reader = reader;
    return 0;
}

int cards_read(struct card_reader *reader, struct kept_card *ret_card)
{
    struct span key, row;
    int result = reader->begun ? store_next(reader->cursor, &key, &row)
                               : store_seek(reader->cursor, span_make(reader->key, sizeof reader->key), &key, &row);
    reader->begun = true;
    if (result)
        return result;
    if (key.at[0] != reader->key[0])
        return -E_NOT_FOUND;
    if (key.len != 9 || row.len < CARD_HEADER_BYTES || row.at[0] != CARDS_VERSION)
        return -E_CORRUPT;
    *ret_card = (struct kept_card){
        .n = bytes_u64(key.at + 1),
        .seq = bytes_u64(row.at + 2),
        .at_ms = (int64_t)bytes_u64(row.at + 10),
        .gone = row.at[1] != 0,
        .card = span_make(row.at + CARD_HEADER_BYTES, row.len - CARD_HEADER_BYTES),
    };
    return 0;
}

void cards_read_end(struct card_reader *reader)
{
    store_cursor_close(reader->cursor);
    store_abort(reader->txn);
}

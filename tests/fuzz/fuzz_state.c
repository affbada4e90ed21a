/*
 * A worker's state whose rows have rotted: looked through by verify, asked by queries. It is told what can't be read, and
 * whatever else is wrong; nobody ends for it. Rows that are read and written again are the same.
 *
 * The state of a house with a morning behind it is taken, and some of its rows are changed:
 *
 *   an input is:  which questions u8, then changes as in rot.h
 */
#include "core/status.h"
#include "io/store_sim.h"
#include "tests/fuzz/house.h"
#include "tests/fuzz/rot.h"
#include "workers/case_key.h"
#include "workers/fact_index.h"
#include "workers/query.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROTTEN "/rotten"
#define CHANGES_MAX 12u
#define QUESTIONS_AT_ONCE 4u /* each reads the rulebook, which takes longest */

static uint64_t head; /* of the journal that the state was folded from */

/* ---- what rots ---- */

static void rot(struct carving *carving)
{
    struct store *store;
    struct store_txn *txn;
    store_sim_copy_all(HOUSE_DIR, ROTTEN);
    int status = state_open(ROTTEN, false, &store);
    ensure(status == 0);
    status = store_begin(store, true, &txn);
    ensure(status == 0);
    for (uint32_t i = 0; i < CHANGES_MAX && carving->left > 0; i++)
        rot_change(txn, STATE_TABLES, carving, NULL);
    status = store_commit(txn);
    ensure(status == 0);
    store_close(store);
}

/* ---- who reads it ---- */

static const char *const questions[] = {
    "{\"what\":\"complaints\"}",
    "{\"what\":\"complaints\",\"status\":\"open\",\"overdue\":true,\"store\":\"sh-pudong\",\"limit\":1}",
    "{\"what\":\"complaint\",\"id\":\"C-4\"}",
    "{\"what\":\"complaint\",\"id\":\"C-10\"}",
    "{\"what\":\"escalations\"}",
    "{\"what\":\"escalations\",\"status\":\"open\",\"visit\":\"R-7\"}",
    "{\"what\":\"escalations\",\"complaint\":\"C-10\"}",
    "{\"what\":\"tasks\"}",
    "{\"what\":\"scores\",\"by\":\"group\",\"period\":\"2026\"}",
    "{\"what\":\"scores\",\"by\":\"staff\",\"period\":\"2026-11\"}",
    "{\"what\":\"scores\",\"by\":\"department\",\"period\":\"2026-11-23\",\"store\":\"sh-pudong\"}",
    "{\"what\":\"outcome\",\"seq\":8}",
    "{\"what\":\"outcome\",\"seq\":9}",
    "{\"what\":\"status\"}",
    "{\"what\":\"trace\",\"id\":\"C-10\"}",
    "{\"what\":\"trace\",\"id\":\"C-4\"}",
    "{\"what\":\"policy\"}",
    "{\"what\":\"notices\"}",
};

static void ask(uint8_t first)
{
    struct setup setup = {.query_endpoint = "inproc://query"};
    const struct port_options dealer = {.kind = PORT_DEALER, .endpoint = setup.query_endpoint};
    struct store *store;
    struct query *query;
    struct port *peer;
    struct parcel parcel = {0};
    uint8_t body[512];
    int status = state_open(ROTTEN, true, &store);
    ensure(status == 0);
    status = bus_open(&setup.bus);
    ensure(status == 0);
    status = clock_open(&(struct clock_options){0}, &setup.clock);
    ensure(status == 0);
    status = query_open(&setup, store, &query);
    ensure(status == 0);
    status = port_open(setup.bus, &dealer, &peer);
    ensure(status == 0);
    for (size_t i = 0; i < QUESTIONS_AT_ONCE; i++) {
        const char *asked = questions[(first + i) % (sizeof questions / sizeof questions[0])];
        static const struct histogram commits;
        const struct folded folded = {.reached = head, .head = head, .commits = &commits};
        struct span question = house_encode(asked, body, sizeof body);
        const struct span frames[] = {span_make(NULL, 0), span_of("GET"), question};
        status = port_send(peer, frames, 3);
        ensure(status == 0);
        query_turn(query, &folded, clock_read(setup.clock));
        status = port_receive(peer, &parcel);
        ensure(status == 0);
        house_judge_reply(DOOR_QUERY, parcel.frame[1], parcel.frame[2]);
        ensure(port_receive(peer, &parcel) == -E_AGAIN);
    }
    port_close(peer);
    query_close(query);
    clock_close(setup.clock);
    bus_close(setup.bus);
    store_close(store);
}

/* Reads a row of each kind and writes it again: the same bytes. */
static void rewrite(struct store_txn *txn, uint32_t table, struct span key, struct span before)
{
    static uint8_t kept[ROT_VALUE_MAX];
    struct span value;
    struct visit_row visit;
    struct outcome_row outcome;
    struct notice_row notice;
    struct amended_row amended;
    int read = -E_NOT_FOUND, written = 0;
    const uint8_t *end = memchr(key.at, 0, key.len);
    uint64_t seq = 0;
    for (size_t i = 0; i < 8 && key.len == 8; i++)
        seq = seq << 8 | key.at[i];
    if (before.len > sizeof kept)
        return;
    if (before.len > 0)
        memcpy(kept, before.at, before.len);
    before.at = kept;
    if (table == STATE_VISITS && end) {
        struct span store = span_make(key.at, (size_t)(end - key.at));
        struct span number = span_make(end + 1, key.len - store.len - 1);
        read = state_visit_get(txn, store, number, &visit);
        written = read == 0 ? state_visit_put(txn, store, number, &visit) : 0;
    } else if (table == STATE_OUTCOMES && key.len == 8) {
        read = state_outcome_get(txn, seq, &outcome);
        written = read == 0 ? state_outcome_put(txn, seq, &outcome) : 0;
    } else if (table == STATE_NOTICES) {
        read = state_notice_get(txn, key, &notice);
        written = read == 0 ? state_notice_put(txn, key, &notice) : 0;
    } else if (table == STATE_AMENDED && key.len == 8) {
        read = state_amended_get(txn, seq, &amended);
        written = read == 0 ? state_amended_put(txn, seq, &amended) : 0;
    }
    ensure(written == 0);
    if (read)
        return;
    int status = store_get(txn, table, key, &value);
    ensure(status == 0);
    ensure(value.len <= before.len); /* a row may have grown at its end: that is not looked at */
    bool has_yes =
        table == STATE_VISITS || table == STATE_AMENDED; /* which is written as 1, and any other is yes, too */
    ensure(has_yes || memcmp(value.at, before.at, value.len) == 0);
}

static void read_rows(void)
{
    static const uint32_t tables[] = {STATE_VISITS, STATE_OUTCOMES, STATE_NOTICES, STATE_AMENDED};
    static struct rot_row row;
    struct store *store;
    struct store_txn *txn;
    struct state_head state;
    struct fact_index index = {0};
    int status = state_open(ROTTEN, false, &store);
    ensure(status == 0);
    status = store_begin(store, true, &txn);
    ensure(status == 0);
    if (state_head_get(txn, &state) == 0)
        ensure(state_head_put(txn, &state) == 0);
    status = fact_index_load(&index, txn);
    ensure(status == 0 || status == -E_CORRUPT);
    for (uint32_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        for (uint32_t k = 0; k < 4 && rot_row_find(txn, tables[i], k, &row); k++)
            rewrite(txn, tables[i], span_make(row.key, row.key_len), span_make(row.value, row.value_len));
    }
    store_abort(txn);
    store_close(store);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct verified verified;
    struct carving carving = {data, size};
    if (head == 0) {
        static struct house house;
        house_open(&house);
        head = journal_head(house.journal);
        house_close(&house);
    }
    uint8_t first = carve_byte(&carving);
    rot(&carving);
    int status = state_verify(ROTTEN, head, &verified);
    ensure(status == 0 || status == -E_CORRUPT || status == -E_BAD_FORMAT);
    if (size <= 1)
        ensure(verified.violations == 0);
    for (uint64_t i = 0; i < verified.violations && i < VIOLATIONS_MAX; i++)
        judge_sentence(verified.violation[i]);
    ask(first);
    read_rows();
    return 0;
}

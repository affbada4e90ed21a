/*
 * rot.h - a store whose rows are changed as a disk, or somebody, might change them.
 *
 *   a change:  table u8 | row u8 | how u8 | offset u8 | length u8 | bytes
 */
#ifndef MANYI_TESTS_FUZZ_ROT_H
#define MANYI_TESTS_FUZZ_ROT_H

#include "io/store.h"
#include "tests/fuzz/judge.h"

#define ROT_VALUE_MAX (2u << 20)

struct rot_row {
    uint8_t key[STORE_KEY_MAX + 1];
    size_t key_len;
    uint8_t value[ROT_VALUE_MAX];
    size_t value_len;
};

/* Copies the row of this number, counted round. false: the table is empty. */
bool rot_row_find(struct store_txn *txn, uint32_t table, uint32_t number, struct rot_row *row);

/* Takes one change out of the input and makes it. mend, or NULL, may put the checksum of the changed row right. */
void rot_change(struct store_txn *txn, uint32_t tables, struct carving *carving,
                void (*mend)(uint32_t table, struct rot_row *row));

#endif

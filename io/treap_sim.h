/*
 * treap_sim.h - ordered rows in memory, in versions that share what they have in common.
 *
 *     last commit ──▶ (m)                 a node with one owner is changed in place;
 *                    /   \                a node with two is copied on the way down,
 *     transaction ──▶(m')─▶(t)            and only that path is new
 *
 * So a reader keeps a version by keeping its root, and an abort lets go of one. A treap because its shape depends on
 * the keys alone (the priority is a hash of the key): no balancing code, and equal tables have equal trees.
 *
 * Caveats
 *   Out of memory ends the process: this is the simulated half.
 *   "Owned": a node passed to treap_put, treap_delete and treap_drop is consumed, a node returned is the caller's.
 */
#ifndef MANYI_IO_TREAP_SIM_H
#define MANYI_IO_TREAP_SIM_H

#include "core/span.h"

/* Bytes of a row: the key, then the value. Shared by the copies of its node. */
struct row {
    uint32_t owners;
    uint32_t priority;
    size_t key_len;
    size_t value_len;
    uint8_t bytes[];
};

struct node {
    uint32_t owners;
    uint64_t prefix; /* the key's first bytes, big-endian: most comparisons need no look at the row */
    struct row *row;
    struct node *left;
    struct node *right;
};

static inline struct span row_key(const struct row *row)
{
    return span_make(row->bytes, row->key_len);
}

static inline struct span row_value(const struct row *row)
{
    return span_make(row->bytes + row->key_len, row->value_len);
}

/* A row outlives the tree for whoever shares it; NULL is allowed. */
struct row *row_share(struct row *row);
void row_drop(struct row *row);

/* One more owner of the same version; NULL is the empty tree. */
struct node *treap_share(struct node *root);
void treap_drop(struct node *root);

struct node *treap_put(struct node *root, struct span key, struct span value);
struct node *treap_delete(struct node *root, struct span key); /* the key must be there */

/* Lent rows, NULL when there is none: at or after the key or strictly after it, before it, the last one. */
struct row *treap_from(const struct node *root, struct span key, bool strictly);
struct row *treap_before(const struct node *root, struct span key);
struct row *treap_last(const struct node *root);

/* The bytes of all keys and values. */
uint64_t treap_bytes(const struct node *root);

#endif

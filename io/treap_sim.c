/*
 * treap_sim.c - ordered rows in memory, in versions that share what they have in common.
 */
#include "io/treap_sim.h"
#include "core/ensure.h"
#include "io/memory_sim.h"

/* FNV-1a, stirred so that keys which follow each other get unrelated priorities. */
static uint32_t priority_of(struct span key)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < key.len; i++)
        hash = (hash ^ key.at[i]) * 0x100000001b3u;
    hash ^= hash >> 33;
    hash *= 0xff51afd7ed558ccdu;
    return (uint32_t)(hash >> 32);
}

/* Orders as the keys do, as far as it goes; a short key is filled up with zeroes. */
static uint64_t prefix_of(struct span key)
{
    uint64_t prefix = 0;
    for (size_t i = 0; i < sizeof prefix; i++)
        prefix = prefix << 8 | (i < key.len ? key.at[i] : 0);
    return prefix;
}

/* Negative: the key comes before the node's. */
static int node_order(const struct node *node, struct span key, uint64_t prefix)
{
    if (prefix != node->prefix)
        return prefix < node->prefix ? -1 : 1;
    return span_compare(key, row_key(node->row));
}

static struct row *row_make(struct span key, struct span value)
{
    struct row *row = memory_take(sizeof *row + key.len + value.len);
    *row = (struct row){.owners = 1, .priority = priority_of(key), .key_len = key.len, .value_len = value.len};
    memcpy(row->bytes, key.at, key.len);
    if (value.len)
        memcpy(row->bytes + key.len, value.at, value.len);
    return row;
}

void row_drop(struct row *row)
{
    if (row && --row->owners == 0)
        free(row);
}

struct row *row_share(struct row *row)
{
    if (row)
        row->owners++;
    return row;
}

struct node *treap_share(struct node *node)
{
    if (node)
        node->owners++;
    return node;
}

void treap_drop(struct node *node)
{
    if (!node || --node->owners > 0)
        return;
    treap_drop(node->left);
    treap_drop(node->right);
    row_drop(node->row);
    free(node);
}

static struct node *node_own(struct node *node)
{
    if (node->owners == 1)
        return node;
    struct node *copy = memory_take(sizeof *copy);
    *copy = (struct node){.owners = 1,
                          .prefix = node->prefix,
                          .row = row_share(node->row),
                          .left = treap_share(node->left),
                          .right = treap_share(node->right)};
    treap_drop(node);
    return copy;
}

static struct node *node_merge(struct node *left, struct node *right)
{
    if (!left)
        return right;
    if (!right)
        return left;
    if (left->row->priority >= right->row->priority) {
        left = node_own(left);
        left->right = node_merge(left->right, right);
        return left;
    }
    right = node_own(right);
    right->left = node_merge(left, right->left);
    return right;
}

static struct node *row_insert(struct node *node, struct row *row, uint64_t prefix)
{
    if (!node) {
        node = memory_take(sizeof *node);
        *node = (struct node){.owners = 1, .prefix = prefix, .row = row};
        return node;
    }
    node = node_own(node);
    int order = node_order(node, row_key(row), prefix);
    if (order == 0) {
        row_drop(node->row);
        node->row = row;
        return node;
    }
    struct node **side = order < 0 ? &node->left : &node->right;
    struct node *child = *side = row_insert(*side, row, prefix);
    if (child->row->priority <= node->row->priority)
        return node;
    struct node **inner = order < 0 ? &child->right : &child->left;
    *side = *inner;
    *inner = node;
    return child;
}

struct node *treap_put(struct node *root, struct span key, struct span value)
{
    return row_insert(root, row_make(key, value), prefix_of(key));
}

struct node *treap_delete(struct node *node, struct span key)
{
    ensure(node != NULL);
    int order = node_order(node, key, prefix_of(key));
    if (order == 0) {
        struct node *left = treap_share(node->left);
        struct node *right = treap_share(node->right);
        treap_drop(node);
        return node_merge(left, right);
    }
    node = node_own(node);
    struct node **side = order < 0 ? &node->left : &node->right;
    *side = treap_delete(*side, key);
    return node;
}

struct row *treap_from(const struct node *node, struct span key, bool strictly)
{
    struct row *found = NULL;
    uint64_t prefix = prefix_of(key);
    while (node) {
        int order = node_order(node, key, prefix);
        if (order < 0 || (order == 0 && !strictly)) {
            found = node->row;
            node = node->left;
        } else {
            node = node->right;
        }
    }
    return found;
}

struct row *treap_before(const struct node *node, struct span key)
{
    struct row *found = NULL;
    uint64_t prefix = prefix_of(key);
    while (node) {
        if (node_order(node, key, prefix) > 0) {
            found = node->row;
            node = node->right;
        } else {
            node = node->left;
        }
    }
    return found;
}

struct row *treap_last(const struct node *node)
{
    while (node && node->right)
        node = node->right;
    return node ? node->row : NULL;
}

uint64_t treap_bytes(const struct node *node)
{
    if (!node)
        return 0;
    return node->row->key_len + node->row->value_len + treap_bytes(node->left) + treap_bytes(node->right);
}

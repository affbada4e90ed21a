/*
 * store_walk_lmdb.c - every page of a store, from its meta page down, before LMDB is asked to read what it would believe.
 *
 *   meta ─▶ free pages: lists of page numbers          each page from 2 on is used once or free once
 *        └▶ tables ─▶ records, sessions, quarantine    keys ascend within a page and stay within what the branch above says
 */
#include "core/ensure.h"
#include "core/status.h"
#include "io/store_file_lmdb.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define VALUE_MAX (64u * 1024 * 1024)

enum { PAGE_UNSEEN, PAGE_USED, PAGE_FREE };

/* A tree as it says of itself, and as it is met. */
struct tree {
    enum { TREE_OF_FREE, TREE_OF_TABLES, TREE_OF_ROWS } kind;
    uint32_t table;
    struct file_tree told, met;
    uint64_t leaves_left_out; /* from its beginning */
};

struct walker {
    struct store_walk *walk;
    int fd;
    uint32_t page_bytes;
    const struct file_meta *meta;
    uint64_t file_pages;
    enum file_depth depth;
    uint64_t leaf_bytes;
    uint8_t *seen;    /* a byte for each page */
    uint8_t *pages;   /* one for each level of a tree */
    uint8_t *covered; /* a byte for each of a page */
    uint8_t *value;
    size_t value_capacity;
    bool left_out;       /* leaves: not every page can be accounted for */
    uint64_t freed_last; /* the greatest transaction that freed pages */
    struct tree tables[STORE_TABLES_MAX];
};

/* A page, and the keys that may be below it. */
struct place {
    uint64_t page;
    uint32_t level;
    struct span from, to;
};

static void fault_tell(struct walker *walker, const struct tree *tree, const struct place *place, const char *what)
{
    struct store_walk *walk = walker->walk;
    bool rows = tree && tree->kind == TREE_OF_ROWS;
    const struct store_fault fault = {.page = place->page,
                                      .what = what,
                                      .table = rows ? tree->table : STORE_NO_TABLE,
                                      .from = rows ? place->from : (struct span){0},
                                      .to = rows ? place->to : (struct span){0}};
    walk->faults++;
    if (walk->fault)
        walk->fault(walk->context, &fault);
}

static int key_compare(const struct tree *tree, struct span a, struct span b)
{
    if (tree->kind != TREE_OF_FREE || a.len != 8 || b.len != 8)
        return span_compare(a, b);
    uint64_t left = file_u64(a.at), right = file_u64(b.at);
    return (left > right) - (left < right);
}

/* Takes `count` pages into use. NULL, or what is wrong. */
static const char *pages_take(struct walker *walker, uint64_t page, uint64_t count, uint8_t as)
{
    if (page < 2 || page > walker->meta->last_page || count > walker->meta->last_page - page + 1)
        return "lies beyond the last page";
    if (as == PAGE_USED && page + count > walker->file_pages)
        return "lies beyond the end of the file";
    for (uint64_t i = page; i < page + count; i++) {
        if (walker->seen[i] != PAGE_UNSEEN)
            return walker->seen[i] == as ? "is used or freed twice" : "is used, but listed as free";
        walker->seen[i] = as;
    }
    return NULL;
}

static bool bytes_read(const struct walker *walker, uint64_t page, size_t skip, uint8_t *into, size_t len)
{
    uint64_t at = page * walker->page_bytes + skip;
    while (len > 0) {
        ssize_t got = pread(walker->fd, into, len, (off_t)at);
        if (got <= 0)
            return false;
        into += got;
        at += (uint64_t)got;
        len -= (size_t)got;
    }
    return true;
}

/* ---- one page ---- */

static uint32_t node_count(const uint8_t *page)
{
    return (file_u16(page + 12) - PAGE_HEADER_BYTES) / 2;
}

static const uint8_t *node_at(const uint8_t *page, uint32_t index)
{
    return page + file_u16(page + PAGE_HEADER_BYTES + 2 * index);
}

static struct span node_key(const uint8_t *node)
{
    return span_make(node + NODE_HEADER_BYTES, file_u16(node + 6));
}

static size_t node_data_len(const uint8_t *node)
{
    return (size_t)file_u16(node) | (size_t)file_u16(node + 2) << 16;
}

static uint64_t node_child(const uint8_t *node)
{
    return (uint64_t)node_data_len(node) | (uint64_t)file_u16(node + 4) << 32;
}

/* The bytes of a node on its page. */
static size_t node_len(const uint8_t *node, bool leaf)
{
    size_t len = NODE_HEADER_BYTES + node_key(node).len;
    if (leaf)
        len += file_u16(node + 4) & NODE_BIG ? 8 : node_data_len(node);
    return len + (len & 1);
}

/* Nodes lie side by side from `upper` to the page's end: none over another, nothing between them. */
static const char *nodes_check(const struct walker *walker, const uint8_t *page, bool leaf)
{
    uint32_t upper = file_u16(page + 14), size = walker->page_bytes;
    size_t sum = 0;
    memset(walker->covered + upper, 0, size - upper);
    for (uint32_t i = 0; i < node_count(page); i++) {
        uint32_t at = file_u16(page + PAGE_HEADER_BYTES + 2 * i);
        if (at < upper || at + NODE_HEADER_BYTES > size || at % 2 != 0)
            return "has a node beyond itself";
        const uint8_t *node = page + at;
        if (node_key(node).len > STORE_KEY_MAX || at + NODE_HEADER_BYTES + node_key(node).len > size)
            return "has a key beyond itself";
        size_t len = node_len(node, leaf);
        if (len > size - at)
            return "has a row beyond itself";
        if (memchr(walker->covered + at, 1, len))
            return "has nodes that overlap";
        memset(walker->covered + at, 1, len);
        sum += len;
    }
    return sum == size - upper ? NULL : "has room between its nodes";
}

static const char *keys_check(const struct tree *tree, const struct place *place, const uint8_t *page, bool leaf)
{
    struct span before = {0};
    for (uint32_t i = 0; i < node_count(page); i++) {
        struct span key = node_key(node_at(page, i));
        if (!leaf && i == 0)
            continue; /* stands for whatever is least */
        if (key.len == 0)
            return "has an empty key";
        if (tree->kind == TREE_OF_FREE && key.len != 8)
            return "has a key that is no transaction's number";
        if ((before.len && key_compare(tree, before, key) >= 0) ||
            (place->from.len && key_compare(tree, key, place->from) < 0) ||
            (place->to.len && key_compare(tree, key, place->to) >= 0))
            return "has keys out of order";
        before = key;
    }
    return NULL;
}

/* Reads a page of a tree and looks at everything that needs no other page. */
static const char *page_check(struct walker *walker, const struct tree *tree, const struct place *place, uint8_t *page)
{
    bool leaf = place->level + 1 == tree->told.depth;
    if (!bytes_read(walker, place->page, 0, page, walker->page_bytes))
        return "can't be read";
    walker->walk->pages++;
    if (file_u64(page) != place->page)
        return "has another page's number";
    if (file_u16(page + 10) != (leaf ? PAGE_LEAF : PAGE_BRANCH))
        return leaf ? "is no leaf, but should be one" : "is no branch, but should be one";
    uint32_t lower = file_u16(page + 12), upper = file_u16(page + 14);
    if (lower <= PAGE_HEADER_BYTES || lower % 2 != 0 || lower > upper || upper > walker->page_bytes)
        return "has bounds that cannot be";
    const char *what = nodes_check(walker, page, leaf);
    return what ? what : keys_check(tree, place, page, leaf);
}

/* ---- rows ---- */

/* Finds a value, on the page or in its overflow run. NULL, or what is wrong; *ret_page: with which page. */
static const char *value_find(struct walker *walker, struct tree *tree, const uint8_t *node, struct span *ret_value,
                              uint64_t *ret_page)
{
    const uint8_t *data = node + NODE_HEADER_BYTES + node_key(node).len;
    size_t len = node_data_len(node);
    *ret_value = span_make(data, len);
    if (!(file_u16(node + 4) & NODE_BIG))
        return NULL;
    uint64_t first = file_u64(data), needed = (PAGE_HEADER_BYTES - 1 + len) / walker->page_bytes + 1;
    uint8_t header[PAGE_HEADER_BYTES];
    *ret_page = first;
    if (len > VALUE_MAX)
        return "has a row of impossible length";
    walker->walk->pages++;
    if (first > walker->meta->last_page || !bytes_read(walker, first, 0, header, sizeof header))
        return "can't be read";
    uint64_t count = file_u32(header + 12); /* a value that has become shorter keeps its run */
    if (file_u64(header) != first || file_u16(header + 10) != PAGE_OVERFLOW || count < needed)
        return "does not begin the overflow run that belongs here";
    const char *what = pages_take(walker, first, count, PAGE_USED);
    if (what)
        return what;
    tree->met.overflow_pages += count;
    if (tree->kind == TREE_OF_ROWS && !walker->walk->row)
        return NULL;
    if (len > walker->value_capacity) {
        free(walker->value);
        walker->value = malloc(len);
        walker->value_capacity = walker->value ? len : 0;
        if (!walker->value)
            return "has a row that memory has no room for";
    }
    *ret_value = span_make(walker->value, len);
    return bytes_read(walker, first, PAGE_HEADER_BYTES, walker->value, len) ? NULL : "can't be read";
}

/* A list of pages that a transaction freed: how many, then their numbers, the greatest first. */
static const char *free_row_check(struct walker *walker, struct span key, struct span value, uint64_t *ret_page)
{
    if (file_u64(key.at) > walker->meta->txnid)
        return "frees pages in a transaction to come";
    if (value.len < 8 || file_u64(value.at) > value.len / 8 - 1)
        return "has a list of free pages of impossible length";
    walker->freed_last = file_u64(key.at);
    uint64_t count = file_u64(value.at), before = UINT64_MAX;
    for (uint64_t i = 1; i <= count; i++) {
        uint64_t page = file_u64(value.at + 8 * i);
        if (page >= before)
            return "has a list of free pages out of order";
        before = page;
        const char *what = pages_take(walker, page, 1, PAGE_FREE);
        if (what) {
            *ret_page = page;
            return what;
        }
    }
    return NULL;
}

/* The tree of a table that we know by its name. */
static const char *table_find(struct walker *walker, struct span name, uint16_t flags, struct span value)
{
    const struct store_walk *walk = walker->walk;
    uint32_t table = 0;
    while (table < walk->table_count && !span_is(name, walk->tables[table]))
        table++;
    if (table == walk->table_count)
        return "names a table that nobody knows";
    if (flags != NODE_TREE || value.len != TREE_BYTES)
        return "has no tree where a table's should be";
    struct tree *tree = &walker->tables[table];
    *tree = (struct tree){.kind = TREE_OF_ROWS, .table = table, .told = file_tree_read(value.at)};
    return tree->told.flags ? "has a table with flags that none of ours has" : NULL;
}

static int row_check(struct walker *walker, struct tree *tree, struct place *place, const uint8_t *node)
{
    struct span key = node_key(node), value;
    uint16_t flags = file_u16(node + 4);
    uint16_t known = tree->kind == TREE_OF_TABLES ? NODE_TREE : NODE_BIG;
    tree->met.entries++;
    const char *what = (flags & ~known) ? "has a row of an unknown kind" : NULL;
    if (!what)
        what = value_find(walker, tree, node, &value, &place->page);
    if (!what && tree->kind == TREE_OF_FREE)
        what = free_row_check(walker, key, value, &place->page);
    if (!what && tree->kind == TREE_OF_TABLES)
        what = table_find(walker, key, flags, value);
    if (what) {
        fault_tell(walker, tree, place, what);
        return 0;
    }
    struct store_walk *walk = walker->walk;
    return tree->kind == TREE_OF_ROWS && walk->row ? walk->row(walk->context, tree->table, key, value) : 0;
}

/* ---- trees ---- */

static int page_walk(struct walker *walker, struct tree *tree, const struct place *place);

static int leaf_walk(struct walker *walker, struct tree *tree, const struct place *place, const uint8_t *page)
{
    int result = 0;
    for (uint32_t i = 0; i < node_count(page) && result >= 0; i++) {
        struct place at = *place;
        at.from = node_key(node_at(page, i));
        if (i + 1 < node_count(page))
            at.to = node_key(node_at(page, i + 1));
        result = row_check(walker, tree, &at, node_at(page, i));
    }
    return result;
}

static int branch_walk(struct walker *walker, struct tree *tree, const struct place *place, const uint8_t *page)
{
    bool above_leaves = place->level + 2 == tree->told.depth;
    for (uint32_t i = 0; i < node_count(page); i++) {
        const uint8_t *node = node_at(page, i);
        struct place below = {
            .page = node_child(node), .level = place->level + 1, .from = place->from, .to = place->to};
        if (i > 0)
            below.from = node_key(node);
        if (i + 1 < node_count(page))
            below.to = node_key(node_at(page, i + 1));
        const char *what = pages_take(walker, below.page, 1, PAGE_USED);
        int result = 0;
        if (what) {
            fault_tell(walker, tree, &below, what);
        } else if (above_leaves && tree->met.leaf_pages < tree->leaves_left_out) {
            tree->met.leaf_pages++;
            walker->left_out = true;
        } else {
            result = page_walk(walker, tree, &below);
        }
        if (result < 0)
            return result;
    }
    return 0;
}

/* A page that has been taken into use, and all below it. */
static int page_walk(struct walker *walker, struct tree *tree, const struct place *place)
{
    uint8_t *page = walker->pages + (size_t)place->level * walker->page_bytes;
    bool leaf = place->level + 1 == tree->told.depth;
    if (leaf)
        tree->met.leaf_pages++;
    else
        tree->met.branch_pages++;
    const char *what = page_check(walker, tree, place, page);
    if (what) {
        fault_tell(walker, tree, place, what);
        return 0;
    }
    return leaf ? leaf_walk(walker, tree, place, page) : branch_walk(walker, tree, place, page);
}

static int tree_walk(struct walker *walker, struct tree *tree)
{
    const struct file_tree *told = &tree->told;
    struct place root = {.page = told->root};
    uint64_t faults = walker->walk->faults;
    if (told->root == NO_PAGE && told->depth == 0 && told->entries == 0)
        return 0;
    const char *what = told->depth == 0 || told->depth > TREE_DEPTH_MAX ? "is the root of a tree of impossible depth"
                                                                        : pages_take(walker, root.page, 1, PAGE_USED);
    if (what) {
        fault_tell(walker, tree, &root, what);
        return 0;
    }
    uint64_t leaves = walker->leaf_bytes / walker->page_bytes;
    if (walker->depth == FILE_ENDS && tree->kind == TREE_OF_ROWS && told->depth > 1 && told->leaf_pages > leaves)
        tree->leaves_left_out = told->leaf_pages - leaves;
    int result = page_walk(walker, tree, &root);
    const struct file_tree *met = &tree->met;
    bool whole = tree->leaves_left_out == 0;
    bool agrees = met->branch_pages == told->branch_pages && met->leaf_pages == told->leaf_pages &&
                  (!whole || (met->entries == told->entries && met->overflow_pages == told->overflow_pages));
    if (result >= 0 && walker->walk->faults == faults && !agrees)
        fault_tell(walker, tree, &root, "is the root of a tree that is not as large as it should be");
    return result;
}

/* ---- the file ---- */

/* Every page is accounted for: else one that is used may be written over, or the file grows without end. */
static void pages_account(struct walker *walker)
{
    for (uint64_t page = 2; page <= walker->meta->last_page; page++) {
        struct place place = {.page = page};
        if (walker->seen[page] != PAGE_UNSEEN)
            continue;
        fault_tell(walker, NULL, &place, "is neither used nor free");
        return;
    }
}

/* A transaction writes the roots anew and frees the old ones: a meta page with a greater number is an older one whose number has
 * flipped, and would undo the last commit in silence. */
static void number_check(struct walker *walker)
{
    struct place place = {.page = walker->meta->txnid & 1u};
    if (walker->meta->txnid > 1 && walker->freed_last != walker->meta->txnid)
        fault_tell(walker, NULL, &place, "is not of the transaction that was the last to free pages");
}

static int trees_walk(struct walker *walker)
{
    struct tree tables = {.kind = TREE_OF_TABLES, .told = walker->meta->tables};
    struct tree free_pages = {.kind = TREE_OF_FREE, .told = walker->meta->free_pages};
    for (uint32_t i = 0; i < walker->walk->table_count; i++)
        walker->tables[i].told.root = NO_PAGE;
    int result = tree_walk(walker, &tables);
    if (walker->depth == FILE_TABLES)
        return result;
    if (result >= 0)
        result = tree_walk(walker, &free_pages);
    if (result >= 0 && walker->walk->faults == 0)
        number_check(walker);
    for (uint32_t i = 0; i < walker->walk->table_count && result >= 0; i++)
        result = tree_walk(walker, &walker->tables[i]);
    if (result >= 0 && walker->walk->faults == 0 && !walker->left_out)
        pages_account(walker);
    return result;
}

int file_walk(int fd, const struct file_meta *meta, enum file_depth depth, uint64_t leaf_bytes, struct store_walk *walk)
{
    struct stat about;
    if (fstat(fd, &about) != 0)
        return -E_IO;
    ensure(walk->table_count <= STORE_TABLES_MAX);
    struct walker walker = {.walk = walk,
                            .fd = fd,
                            .page_bytes = meta->free_pages.pad,
                            .meta = meta,
                            .file_pages = (uint64_t)about.st_size / meta->free_pages.pad,
                            .depth = depth,
                            .leaf_bytes = leaf_bytes};
    walker.seen = calloc(meta->last_page + 1, 1);
    walker.pages = malloc((size_t)TREE_DEPTH_MAX * walker.page_bytes);
    walker.covered = malloc(walker.page_bytes);
    int result = walker.seen && walker.pages && walker.covered ? trees_walk(&walker) : -E_NO_MEMORY;
    free(walker.seen);
    free(walker.pages);
    free(walker.covered);
    free(walker.value);
    return result;
}

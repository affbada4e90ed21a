/*
 * store_file_lmdb.h - how LMDB 0.9 lays a store out in data.mdb, read with pread and believed in only after a look.
 *
 *   file    page 0 and 1: meta pages, written in turns (transaction n: page n mod 2), then pages of trees
 *   page    number u64 | pad u16 | flags u16 | lower u16, upper u16 (or of an overflow run: pages u32) | rest
 *   tree    offsets of nodes u16 up to lower | free | nodes from upper on
 *   node    low u16 | high u16 | flags u16 | key's length u16 | key | data
 *             in a branch low, high and flags are the number of a page; in a leaf low and high are the length of the data,
 *             which with NODE_BIG lies in an overflow run whose number stands here
 *   meta    magic u32 | version u32 | address u64 | map u64 | tree of free pages, tree of tables: 48 bytes each
 *             | last page u64 | transaction u64
 *
 * Numbers are native: a store does not travel to a machine of another byte order or page size.
 */
#ifndef MANYI_IO_STORE_FILE_LMDB_H
#define MANYI_IO_STORE_FILE_LMDB_H

#include "io/store.h"

#include <lmdb.h>

#define PAGE_HEADER_BYTES 16u
#define NODE_HEADER_BYTES 8u
#define TREE_BYTES 48u
#define TREE_DEPTH_MAX 32u
#define NO_PAGE UINT64_MAX

enum page_flag { PAGE_BRANCH = 0x01, PAGE_LEAF = 0x02, PAGE_OVERFLOW = 0x04, PAGE_META = 0x08 };
enum node_flag { NODE_BIG = 0x01, NODE_TREE = 0x02 };

struct file_tree {
    uint32_t pad;
    uint16_t flags, depth;
    uint64_t branch_pages, leaf_pages, overflow_pages, entries, root;
};

struct file_meta {
    uint64_t txnid, last_page;
    struct file_tree free_pages, tables;
};

static inline uint16_t file_u16(const uint8_t *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline uint32_t file_u32(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline uint64_t file_u64(const uint8_t *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

struct file_tree file_tree_read(const uint8_t bytes[TREE_BYTES]);

/* Whether it looks like a store at all. */
bool file_is_store(int fd);

/* Looks at both meta pages: NULL, or what is wrong, and with which page. */
const char *file_meta_check(int fd, uint64_t *ret_page);

/* Begins a read transaction and finds the meta page that it is of, whatever a writer does meanwhile: NULL, or as above. */
const char *file_pin(MDB_env *env, MDB_txn **ret_txn, struct file_meta *ret_meta, uint64_t *ret_page);

/* How much is looked at. */
enum file_depth {
    FILE_TABLES, /* the list of tables: what opening reads */
    FILE_ENDS,   /* and the free pages, all branches, and leaves from each table's end */
    FILE_ALL,
};
/* Goes through the pages as of meta. leaf_bytes: of each table with FILE_ENDS. Errors as of store_walk. */
int file_walk(int fd, const struct file_meta *meta, enum file_depth depth, uint64_t leaf_bytes,
              struct store_walk *walk);

/* In store_look_lmdb.c. Before the environment is opened, and before LMDB reads in it: 0, or MDB_CORRUPTED, which options->fault
 * tells, or an errno. */
int look_at_metas(const struct store_options *options);
int look_at_pages(MDB_env *env, const struct store_options *options);

#endif

/*
 * store_file_lmdb.c - the meta pages of a store: which transaction was the last, and where its trees begin.
 *
 * LMDB takes the greater transaction number and asks nothing further: a bit that flips in the older page's would open a store
 * as it was before its last commit. So both are compared: they are of neighbouring transactions, each in its own place.
 */
#include "io/store_file_lmdb.h"

#include <sys/stat.h>
#include <unistd.h>

#define META_MAGIC 0xBEEFC0DEu
#define META_VERSION 1u
#define META_BYTES (PAGE_HEADER_BYTES + 24 + 2 * TREE_BYTES + 16)
#define FREE_TREE_FLAGS 0x08u      /* its keys are native integers */
#define LAST_PAGE_MAX (1ull << 28) /* 1 TiB */
#define READ_TRIES 1000u

struct file_tree file_tree_read(const uint8_t bytes[TREE_BYTES])
{
    return (struct file_tree){
        .pad = file_u32(bytes),
        .flags = file_u16(bytes + 4),
        .depth = file_u16(bytes + 6),
        .branch_pages = file_u64(bytes + 8),
        .leaf_pages = file_u64(bytes + 16),
        .overflow_pages = file_u64(bytes + 24),
        .entries = file_u64(bytes + 32),
        .root = file_u64(bytes + 40),
    };
}

static const char *meta_read(const uint8_t *page, uint64_t number, struct file_meta *ret_meta)
{
    const uint8_t *meta = page + PAGE_HEADER_BYTES;
    if (file_u64(page) != number || file_u16(page + 10) != PAGE_META)
        return "is not the meta page that belongs here";
    if (file_u32(meta) != META_MAGIC || file_u32(meta + 4) != META_VERSION)
        return "is no meta page of a store of this version";
    struct file_meta read = {
        .free_pages = file_tree_read(meta + 24),
        .tables = file_tree_read(meta + 24 + TREE_BYTES),
        .last_page = file_u64(meta + 24 + 2 * TREE_BYTES),
        .txnid = file_u64(meta + 24 + 2 * TREE_BYTES + 8),
    };
    if (read.free_pages.pad != (uint32_t)sysconf(_SC_PAGESIZE))
        return "names another size of pages than this machine has";
    if (read.txnid > 0 && (read.txnid & 1u) != number)
        return "has the number of a transaction that is not written here";
    *ret_meta = read;
    return NULL;
}

static const char *newest_check(const struct file_meta *meta, uint64_t file_bytes)
{
    uint64_t page_bytes = meta->free_pages.pad;
    if (meta->free_pages.flags != FREE_TREE_FLAGS || meta->tables.flags != 0)
        return "has flags that no store of ours has";
    if (meta->last_page < 1 || meta->last_page > LAST_PAGE_MAX)
        return "names a last page that no store of ours has";
    if ((meta->tables.root != NO_PAGE && (meta->tables.root + 1) * page_bytes > file_bytes) ||
        (meta->free_pages.root != NO_PAGE && (meta->free_pages.root + 1) * page_bytes > file_bytes))
        return "names a page beyond the end of the file";
    return NULL;
}

static const char *metas_read(int fd, struct file_meta metas[2], uint64_t *ret_page)
{
    uint8_t page[META_BYTES];
    for (uint64_t number = 0; number < 2; number++) {
        *ret_page = number;
        off_t at = (off_t)number * sysconf(_SC_PAGESIZE);
        if (pread(fd, page, sizeof page, at) != (ssize_t)sizeof page)
            return "can't be read";
        const char *what = meta_read(page, number, &metas[number]);
        if (what)
            return what;
    }
    uint64_t newer = metas[0].txnid > metas[1].txnid ? metas[0].txnid : metas[1].txnid;
    uint64_t older = metas[0].txnid > metas[1].txnid ? metas[1].txnid : metas[0].txnid;
    *ret_page = metas[0].txnid > metas[1].txnid ? 0 : 1;
    return newer - older > 1 || (newer == older && newer > 0) ? "is not of the transaction after the other meta page's"
                                                              : NULL;
}

/* Both metas while a writer may be writing one of them; the newer one's page is *ret_page. */
static const char *metas_check(int fd, struct file_meta metas[2], uint64_t *ret_page)
{
    struct stat about;
    const char *what = NULL;
    for (uint32_t i = 0; i < READ_TRIES; i++) {
        what = metas_read(fd, metas, ret_page);
        if (!what)
            break;
    }
    if (!what && fstat(fd, &about) != 0)
        what = "can't be read";
    return what ? what : newest_check(&metas[*ret_page], (uint64_t)about.st_size);
}

bool file_is_store(int fd)
{
    uint8_t begins[PAGE_HEADER_BYTES + 4];
    bool is = false;
    for (uint32_t number = 0; number < 2 && !is; number++) {
        off_t at = (off_t)number * sysconf(_SC_PAGESIZE);
        is = pread(fd, begins, sizeof begins, at) == (ssize_t)sizeof begins &&
             file_u32(begins + PAGE_HEADER_BYTES) == META_MAGIC;
    }
    return is;
}

const char *file_meta_check(int fd, uint64_t *ret_page)
{
    struct file_meta metas[2];
    return metas_check(fd, metas, ret_page);
}

/* The transaction may be one before the newest meta page: its writer goes on meanwhile, or died before it told. */
const char *file_pin(MDB_env *env, MDB_txn **ret_txn, struct file_meta *ret_meta, uint64_t *ret_page)
{
    int fd;
    *ret_page = 0;
    if (mdb_env_get_fd(env, &fd) != 0)
        return "can't be read";
    for (uint32_t i = 0; i < READ_TRIES; i++) {
        MDB_txn *txn;
        struct file_meta metas[2];
        if (mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) != 0)
            return "can't be read: LMDB gives no transaction";
        const char *what = metas_check(fd, metas, ret_page);
        const struct file_meta *meta = &metas[mdb_txn_id(txn) & 1u];
        bool at_begin = metas[0].txnid == 0 && metas[1].txnid == 0;
        if (!what && (meta->txnid == mdb_txn_id(txn) || at_begin)) {
            *ret_txn = txn;
            *ret_meta = *meta;
            return NULL;
        }
        mdb_txn_abort(txn);
        if (what)
            return what;
    }
    return "is not of the transaction that LMDB reads";
}

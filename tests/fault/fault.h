/*
 * fault.h - a library to preload into a process: it counts the calls that touch a folder's files, makes the n-th one fail,
 * kills the process at it, or writes down what the disk was asked to do. Ours only; the product knows nothing of it.
 *
 *   LD_PRELOAD=build/tests/libmanyi_fault.so MANYI_FAULT_DIR=/tmp/x MANYI_FAULT_CALL=fsync MANYI_FAULT_AT=3
 *   MANYI_FAULT_DO=EIO build/manyi serve --dir /tmp/x/data
 *
 * Variables; wrong ones end the process with 99 and a line on stderr.
 *   MANYI_FAULT_DIR     a directory that is there. It, and everything below it but folders keys, is watched; without it no file is
 *   MANYI_FAULT_CALL    what is counted: names from the table below, separated by commas, or a group: durable (fsync,
 *                       fdatasync, msync, and writes through a descriptor with O_SYNC or O_DSYNC), writes, files, heap
 *   MANYI_FAULT_PATH    only calls whose path has this part, such as /state/ or data.mdb
 *   MANYI_FAULT_CALLER  of heap calls only those made straight from an object whose file name has this part: liblmdb;
 *                       manyi is the program itself
 *   MANYI_FAULT_AT      7: at the seventh of them; 7+: at the seventh and all after it; 0 or nothing: at none
 *   MANYI_FAULT_DO      EIO, ENOSPC, EMFILE, ENOMEM, EACCES, EDQUOT, EROFS, ENFILE: fails with it, nothing done ·
 *                       short: writes half and says so (other calls go on) · kill-before, kill-after: SIGKILL to itself
 *                       before, or after, the call · kill-within: after writing half (other calls: before)
 *   MANYI_FAULT_COUNTS  a file, shared as an array of little-endian u64, made if it isn't there, else taken as it is:
 *                       [0] how many calls were counted, [1] how many faults were made, [2] AT's number, [3] 1 for "+", from
 *                       [4] on all calls by kind in the order of the table, whatever CALL says. [2] and [3] are taken from
 *                       MANYI_FAULT_AT if that is set, and may be changed while the process runs: to make the next one
 *                       fail, write [0] + 1 into [2]. It outlives a kill
 *   MANYI_FAULT_RECORD  a file to which every change and sync of what is watched is appended; see record.c
 *
 * Caveats
 *   Not seen: fopen and what else libc does inside itself, writes through a shared map (LMDB's lock.mdb), the map's pages.
 *   Descriptors beyond FAULT_DESCRIPTORS_MAX, and those made by dup.
 *   With AddressSanitizer: LD_PRELOAD=libasan.so:libmanyi_fault.so, and no heap.
 */
#ifndef MANYI_TESTS_FAULT_H
#define MANYI_TESTS_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#define FAULT_DESCRIPTORS_MAX 65536
#define FAULT_PATH_MAX 1024

/* name, group */
#define FAULT_CALLS(X)                        \
    X(open, GROUP_FILES)                      \
    X(pwrite, GROUP_FILES | GROUP_WRITES)     \
    X(pwritev, GROUP_FILES | GROUP_WRITES)    \
    X(write, GROUP_FILES | GROUP_WRITES)      \
    X(writev, GROUP_FILES | GROUP_WRITES)     \
    X(ftruncate, GROUP_FILES)                 \
    X(fallocate, GROUP_FILES)                 \
    X(fsync, GROUP_FILES | GROUP_DURABLE)     \
    X(fdatasync, GROUP_FILES | GROUP_DURABLE) \
    X(msync, GROUP_FILES | GROUP_DURABLE)     \
    X(rename, GROUP_FILES)                    \
    X(unlink, GROUP_FILES)                    \
    X(mkdir, GROUP_FILES)                     \
    X(rmdir, GROUP_FILES)                     \
    X(mmap, GROUP_FILES)                      \
    X(malloc, GROUP_HEAP)                     \
    X(calloc, GROUP_HEAP)                     \
    X(realloc, GROUP_HEAP)                    \
    X(memalign, GROUP_HEAP)

enum fault_group { GROUP_FILES = 1, GROUP_WRITES = 2, GROUP_DURABLE = 4, GROUP_HEAP = 8 };

enum fault_call {
#define X(name, group) CALL_##name,
    FAULT_CALLS(X)
#undef X
        FAULT_CALL_COUNT
};

#define EXPORT __attribute__((visibility("default")))

/* ---- watch.c: which paths and descriptors are watched ---- */

struct watched {
    bool is; /* below the directory, or it */
    char path[FAULT_PATH_MAX];
};

struct descriptor {
    uint64_t handle; /* of this opening, as the record names it; 0: not watched */
    bool durable;    /* O_SYNC or O_DSYNC */
    char path[FAULT_PATH_MAX];
};

void watch_enter(const char *dir);
/* The path without links and dots; its last part need not be there. dir: AT_FDCWD, or what a relative path starts from. */
void watch_path(int dir, const char *path, struct watched *ret_watched);
void watch_opened(int fd, const char *path, int flags);
void watch_closed(int fd);
/* NULL: not watched. */
const struct descriptor *watch_descriptor(int fd);

/* ---- plan.c: which call is to go wrong, and how ---- */

enum fault_act { ACT_NONE, ACT_FAIL, ACT_SHORT, ACT_KILL_BEFORE, ACT_KILL_AFTER, ACT_KILL_WITHIN };

struct fault {
    enum fault_act act;
    int error;
};

/* Counts the call and decides. KILL_BEFORE, and KILL_WITHIN of what is no write, don't return. */
struct fault plan_decide(enum fault_call call, const char *path, bool durable);
struct fault plan_decide_heap(enum fault_call call, const void *caller);
/* After the call: KILL_AFTER and KILL_WITHIN don't return. Leaves errno alone. */
void plan_done(struct fault fault);
_Noreturn void plan_wrong(const char *what, const char *value);

/* ---- record.c: what the disk was asked to do ---- */

struct record_change {
    enum fault_call call;
    uint32_t flags; /* of open */
    uint64_t handle;
    uint64_t offset; /* of writes; the new size of ftruncate and fallocate */
    uint64_t len;    /* bytes that follow */
    const char *path, *other;
    const struct iovec *data;
    int data_count;
};

void record_enter(const char *path);
bool record_is_on(void);
/* Before the call; the number that ties its end to it. 0 when nothing is recorded. */
uint64_t record_begin(const struct record_change *change);
void record_end(uint64_t number, const struct record_change *change, int64_t result);
/* Waits for the calls that are under way in other threads; none begins after it. */
void record_finish(void);

#endif

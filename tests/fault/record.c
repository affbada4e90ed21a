/*
 * record.c - what the disk was asked to do, in the order in which it was asked, appended to a file.
 *
 * Each call stands there twice: when it begins, with its bytes, and when it has ended, with its result. A kill by plan waits
 * for the calls of other threads; one from outside may leave a first half alone, and nobody knows what came of it. Times are CLOCK_MONOTONIC and never go back in the file. Little-endian:
 *
 *   bytes u32 (of all this) · call u16 (order of FAULT_CALLS) · phase u16 (0 begins, 1 ended) · number u64 · time ns u64 ·
 *   result i64 (errno below 0) · handle u64 · offset u64 (of ftruncate: the size) · len u64 · flags u32 (of open) ·
 *   path's length u16 · other path's length u16 · path · other path (of rename: the new one) · len bytes, when it begins
 *
 * A handle is one opening of a file: it is named by the `open` that ended, and paths are what they were called then.
 */
#define _GNU_SOURCE
#include "tests/fault/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PARTS_MAX (IOV_MAX + 3)

struct head {
    uint32_t bytes;
    uint16_t call, phase;
    uint64_t number, time_ns;
    int64_t result;
    uint64_t handle, offset, len;
    uint32_t flags;
    uint16_t path_len, other_len;
};
_Static_assert(sizeof(struct head) == 64, "the record has no gaps");

static int file = -1;
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t under_way = PTHREAD_RWLOCK_INITIALIZER; /* read: a call between its halves */
static atomic_uint_fast32_t numbers;

void record_enter(const char *path)
{
    file = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0)
        plan_wrong("MANYI_FAULT_RECORD", path);
}

bool record_is_on(void)
{
    return file >= 0;
}

/* All of the parts, however often the kernel has to be asked; they are used up. */
static void parts_write(struct iovec *parts, int count)
{
    for (int first = 0; first < count;) {
        int few = count - first < IOV_MAX ? count - first : IOV_MAX;
        ssize_t written = syscall(SYS_writev, file, parts + first, few);
        if (written < 0)
            plan_wrong("MANYI_FAULT_RECORD", strerror(errno));
        for (size_t left = (size_t)written; first < count && left >= parts[first].iov_len; first++) {
            left -= parts[first].iov_len;
            written = (ssize_t)left;
        }
        if (first < count) {
            parts[first].iov_base = (char *)parts[first].iov_base + written;
            parts[first].iov_len -= (size_t)written;
        }
    }
}

static void append(uint16_t phase, uint64_t number, const struct record_change *change, int64_t result)
{
    struct timespec now;
    struct head head = {.call = (uint16_t)change->call,
                        .phase = phase,
                        .number = number,
                        .result = result,
                        .handle = change->handle,
                        .offset = change->offset,
                        .len = change->len,
                        .flags = change->flags};
    head.path_len = change->path ? (uint16_t)strlen(change->path) : 0;
    head.other_len = change->other ? (uint16_t)strlen(change->other) : 0;
    uint64_t data_len = phase == 0 ? change->len : 0;
    head.bytes = (uint32_t)(sizeof head + head.path_len + head.other_len + data_len);
    struct iovec parts[PARTS_MAX] = {
        {&head, sizeof head}, {(void *)change->path, head.path_len}, {(void *)change->other, head.other_len}};
    int count = 3;
    for (int i = 0; phase == 0 && i < change->data_count && count < PARTS_MAX; i++)
        parts[count++] = change->data[i];
    pthread_mutex_lock(&order);
    clock_gettime(CLOCK_MONOTONIC, &now);
    head.time_ns = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    parts_write(parts, count);
    pthread_mutex_unlock(&order);
}

uint64_t record_begin(const struct record_change *change)
{
    if (file < 0)
        return 0;
    pthread_rwlock_rdlock(&under_way);
    uint64_t number = (uint64_t)getpid() << 32 | (atomic_fetch_add(&numbers, 1) + 1);
    append(0, number, change, 0);
    return number;
}

void record_end(uint64_t number, const struct record_change *change, int64_t result)
{
    if (!number)
        return;
    append(1, number, change, result);
    pthread_rwlock_unlock(&under_way);
}

void record_finish(void)
{
    if (file >= 0)
        pthread_rwlock_wrlock(&under_way);
}

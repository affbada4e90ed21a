/*
 * calls.c - the calls themselves, straight to the kernel: what is not watched passes, the rest is counted, recorded, broken.
 */
#define _GNU_SOURCE
#include "tests/fault/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Names that glibc's headers don't tell. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);

static int64_t result_of(int64_t returned)
{
    return returned < 0 ? -errno : returned;
}

static int failed(struct fault fault)
{
    errno = fault.error;
    return -1;
}

/* ---- opening and closing ---- */

static int open_watched(int dir, const char *path, int flags, mode_t mode)
{
    struct watched watched;
    watch_path(dir, path, &watched);
    if (!watched.is)
        return (int)syscall(SYS_openat, dir, path, flags, mode);
    struct fault fault = plan_decide(CALL_open, watched.path, false);
    if (fault.act == ACT_FAIL)
        return failed(fault);
    struct record_change change = {.call = CALL_open, .flags = (uint32_t)flags, .path = watched.path};
    uint64_t number = record_begin(&change);
    int fd = (int)syscall(SYS_openat, dir, path, flags, mode);
    int64_t result = result_of(fd);
    if (fd >= 0)
        watch_opened(fd, watched.path, flags);
    const struct descriptor *descriptor = watch_descriptor(fd);
    change.handle = descriptor ? descriptor->handle : 0;
    record_end(number, &change, result);
    plan_done(fault);
    errno = result < 0 ? (int)-result : errno;
    return fd;
}

static mode_t mode_of(int flags, va_list rest)
{
    return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0;
}

EXPORT int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return open_watched(AT_FDCWD, path, flags, mode);
}

EXPORT int open64(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return open_watched(AT_FDCWD, path, flags, mode);
}

EXPORT int openat(int dir, const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return open_watched(dir, path, flags, mode);
}

EXPORT int openat64(int dir, const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return open_watched(dir, path, flags, mode);
}

EXPORT int __open_2(const char *path, int flags)
{
    return open_watched(AT_FDCWD, path, flags, 0);
}

EXPORT int __open64_2(const char *path, int flags)
{
    return open_watched(AT_FDCWD, path, flags, 0);
}

EXPORT int creat(const char *path, mode_t mode)
{
    return open_watched(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

EXPORT int close(int fd)
{
    watch_closed(fd);
    return (int)syscall(SYS_close, fd);
}

/* ---- writing ---- */

static size_t len_of(const struct iovec *parts, int count)
{
    size_t len = 0;
    for (int i = 0; i < count; i++)
        len += parts[i].iov_len;
    return len;
}

/* The parts of the first len bytes. */
static int parts_cut(const struct iovec *parts, int count, size_t len, struct iovec ret_parts[IOV_MAX])
{
    int kept = 0;
    for (; kept < count && len > 0; kept++) {
        ret_parts[kept] = parts[kept];
        ret_parts[kept].iov_len = parts[kept].iov_len < len ? parts[kept].iov_len : len;
        len -= ret_parts[kept].iov_len;
    }
    return kept;
}

/* offset: -1 for where the descriptor stands. */
static ssize_t write_watched(enum fault_call call, const struct descriptor *descriptor, int fd,
                             const struct iovec *parts, int count, off_t offset)
{
    struct fault fault = plan_decide(call, descriptor->path, descriptor->durable);
    if (fault.act == ACT_FAIL)
        return failed(fault);
    struct iovec half[IOV_MAX];
    if (fault.act == ACT_SHORT || fault.act == ACT_KILL_WITHIN) {
        count = parts_cut(parts, count, len_of(parts, count) / 2, half);
        parts = half;
    }
    struct record_change change = {.call = call,
                                   .handle = descriptor->handle,
                                   .len = len_of(parts, count),
                                   .path = descriptor->path,
                                   .data = parts,
                                   .data_count = count};
    if (offset < 0 && record_is_on())
        change.offset = (uint64_t)syscall(SYS_lseek, fd, 0, SEEK_CUR);
    else if (offset >= 0)
        change.offset = (uint64_t)offset;
    uint64_t number = record_begin(&change);
    ssize_t written =
        offset < 0 ? syscall(SYS_writev, fd, parts, count) : syscall(SYS_pwritev, fd, parts, count, (long)offset, 0L);
    int64_t result = result_of(written);
    record_end(number, &change, result);
    plan_done(fault);
    errno = result < 0 ? (int)-result : errno;
    return written;
}

EXPORT ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
    const struct descriptor *descriptor = watch_descriptor(fd);
    const struct iovec part = {(void *)bytes, len};
    return descriptor ? write_watched(CALL_pwrite, descriptor, fd, &part, 1, offset)
                      : syscall(SYS_pwrite64, fd, bytes, len, offset);
}

EXPORT ssize_t pwrite64(int fd, const void *bytes, size_t len, off_t offset)
{
    return pwrite(fd, bytes, len, offset);
}

EXPORT ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    const struct descriptor *descriptor = watch_descriptor(fd);
    return descriptor ? write_watched(CALL_pwritev, descriptor, fd, parts, count, offset)
                      : syscall(SYS_pwritev, fd, parts, count, (long)offset, 0L);
}

EXPORT ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t offset)
{
    return pwritev(fd, parts, count, offset);
}

EXPORT ssize_t write(int fd, const void *bytes, size_t len)
{
    const struct descriptor *descriptor = watch_descriptor(fd);
    const struct iovec part = {(void *)bytes, len};
    return descriptor ? write_watched(CALL_write, descriptor, fd, &part, 1, -1) : syscall(SYS_write, fd, bytes, len);
}

EXPORT ssize_t writev(int fd, const struct iovec *parts, int count)
{
    const struct descriptor *descriptor = watch_descriptor(fd);
    return descriptor ? write_watched(CALL_writev, descriptor, fd, parts, count, -1)
                      : syscall(SYS_writev, fd, parts, count);
}

/* ---- sizes, syncs, maps: calls on a descriptor ---- */

/* The call itself, with up to four further arguments. */
static int descriptor_call(enum fault_call call, uint64_t size, long number_of_call, int fd, long a, long b, long c)
{
    const struct descriptor *descriptor = watch_descriptor(fd);
    if (!descriptor)
        return (int)syscall(number_of_call, fd, a, b, c);
    struct fault fault = plan_decide(call, descriptor->path, false);
    if (fault.act == ACT_FAIL)
        return failed(fault);
    const struct record_change change = {
        .call = call, .handle = descriptor->handle, .offset = size, .path = descriptor->path};
    uint64_t number = record_begin(&change);
    int returned = (int)syscall(number_of_call, fd, a, b, c);
    int64_t result = result_of(returned);
    record_end(number, &change, result);
    plan_done(fault);
    errno = result < 0 ? (int)-result : errno;
    return returned;
}

EXPORT int ftruncate(int fd, off_t size)
{
    return descriptor_call(CALL_ftruncate, (uint64_t)size, SYS_ftruncate, fd, size, 0, 0);
}

EXPORT int ftruncate64(int fd, off_t size)
{
    return ftruncate(fd, size);
}

EXPORT int fallocate(int fd, int mode, off_t from, off_t len)
{
    return descriptor_call(CALL_fallocate, (uint64_t)(from + len), SYS_fallocate, fd, mode, from, len);
}

EXPORT int fallocate64(int fd, int mode, off_t from, off_t len)
{
    return fallocate(fd, mode, from, len);
}

EXPORT int posix_fallocate(int fd, off_t from, off_t len)
{
    return fallocate(fd, 0, from, len) == 0 ? 0 : errno;
}

EXPORT int posix_fallocate64(int fd, off_t from, off_t len)
{
    return posix_fallocate(fd, from, len);
}

EXPORT int fsync(int fd)
{
    return descriptor_call(CALL_fsync, 0, SYS_fsync, fd, 0, 0, 0);
}

EXPORT int fdatasync(int fd)
{
    return descriptor_call(CALL_fdatasync, 0, SYS_fdatasync, fd, 0, 0, 0);
}

EXPORT int msync(void *at, size_t len, int flags)
{
    struct fault fault = plan_decide(CALL_msync, "", false);
    if (fault.act == ACT_FAIL)
        return failed(fault);
    int returned = (int)syscall(SYS_msync, at, len, flags);
    plan_done(fault);
    return returned;
}

/* Recorded when it can write to the file: what it writes is then unknown. */
EXPORT void *mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
    const struct descriptor *descriptor = flags & MAP_ANONYMOUS ? NULL : watch_descriptor(fd);
    if (!descriptor)
        return (void *)syscall(SYS_mmap, at, len, protection, flags, fd, offset);
    struct fault fault = plan_decide(CALL_mmap, descriptor->path, false);
    if (fault.act == ACT_FAIL)
        return failed(fault), MAP_FAILED;
    const struct record_change change = {.call = CALL_mmap, .handle = descriptor->handle, .path = descriptor->path};
    bool writes = (flags & MAP_SHARED) && (protection & PROT_WRITE);
    uint64_t number = writes ? record_begin(&change) : 0;
    void *made = (void *)syscall(SYS_mmap, at, len, protection, flags, fd, offset);
    int kept = errno;
    record_end(number, &change, made == MAP_FAILED ? -errno : 0);
    plan_done(fault);
    errno = kept;
    return made;
}

EXPORT void *mmap64(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
    return mmap(at, len, protection, flags, fd, offset);
}

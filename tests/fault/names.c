/*
 * names.c - calls that change which names there are: rename, unlink, mkdir, rmdir.
 */
#define _GNU_SOURCE
#include "tests/fault/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Counts, breaks, records and makes one call; two paths for rename. */
static int name_call(enum fault_call call, const char *path, const char *other,
                     int (*make)(const char *path, long more), long more)
{
    struct watched first, second = {.is = false};
    watch_path(AT_FDCWD, path, &first);
    if (other)
        watch_path(AT_FDCWD, other, &second);
    if (!first.is && !second.is)
        return make(path, more);
    struct fault fault = plan_decide(call, first.is ? first.path : second.path, false);
    if (fault.act == ACT_FAIL) {
        errno = fault.error;
        return -1;
    }
    const struct record_change change = {.call = call, .path = first.path, .other = other ? second.path : NULL};
    uint64_t number = record_begin(&change);
    int returned = make(path, more);
    int kept = errno;
    record_end(number, &change, returned < 0 ? -kept : returned);
    plan_done(fault);
    errno = kept;
    return returned;
}

static int make_rename(const char *path, long other)
{
    return (int)syscall(SYS_rename, path, (const char *)other);
}

static int make_unlink(const char *path, long unused)
{
    (void)unused;
    return (int)syscall(SYS_unlink, path);
}

static int make_rmdir(const char *path, long unused)
{
    (void)unused;
    return (int)syscall(SYS_rmdir, path);
}

static int make_mkdir(const char *path, long mode)
{
    return (int)syscall(SYS_mkdir, path, mode);
}

EXPORT int rename(const char *path, const char *other)
{
    return name_call(CALL_rename, path, other, make_rename, (long)other);
}

EXPORT int unlink(const char *path)
{
    return name_call(CALL_unlink, path, NULL, make_unlink, 0);
}

EXPORT int rmdir(const char *path)
{
    return name_call(CALL_rmdir, path, NULL, make_rmdir, 0);
}

EXPORT int mkdir(const char *path, mode_t mode)
{
    return name_call(CALL_mkdir, path, NULL, make_mkdir, (long)mode);
}

EXPORT int remove(const char *path)
{
    int returned = unlink(path);
    return returned < 0 && errno == EISDIR ? rmdir(path) : returned;
}

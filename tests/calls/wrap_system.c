/*
 * wrap_system.c - what our own objects ask of the system: files and their folders, descriptors, threads, the time.
 */
#include "tests/calls/wrap.h"

#include "io/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Whether this call fails, errno being set to the way that it does. */
#define STRIKES(call, ...)              \
    (fault_strikes(FAULT_FILE, call) && \
     (errno = ((const int[]){__VA_ARGS__})[fault_way(sizeof((const int[]){__VA_ARGS__}) / sizeof(int))], true))

WRAPPED(int, open, const char *path, int flags, ...)
{
    va_list more;
    va_start(more, flags);
    mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
    va_end(more);
    return STRIKES("open", EMFILE, EIO, EACCES, ENOSPC) ? -1 : __real_open(path, flags, mode);
}

WRAPPED(int, mkdir, const char *path, mode_t mode)
{
    return STRIKES("mkdir", ENOSPC, EACCES, EIO, EROFS) ? -1 : __real_mkdir(path, mode);
}

WRAPPED(int, rename, const char *from, const char *to)
{
    return STRIKES("rename", EIO, ENOSPC, EACCES) ? -1 : __real_rename(from, to);
}

WRAPPED(int, fsync, int fd)
{
    return STRIKES("fsync", EIO, ENOSPC) ? -1 : __real_fsync(fd);
}

WRAPPED(int, link, const char *from, const char *to)
{
    return STRIKES("link", EIO, ENOSPC, EMLINK) ? -1 : __real_link(from, to);
}

WRAPPED(int, ftruncate, int fd, off_t len)
{
    return STRIKES("ftruncate", EIO, ENOSPC) ? -1 : __real_ftruncate(fd, len);
}

WRAPPED(int, unlink, const char *path)
{
    return STRIKES("unlink", EIO, EACCES) ? -1 : __real_unlink(path);
}

WRAPPED(int, rmdir, const char *path)
{
    return STRIKES("rmdir", EIO, ENOTEMPTY) ? -1 : __real_rmdir(path);
}

WRAPPED(int, remove, const char *path)
{
    return STRIKES("remove", EIO, EACCES) ? -1 : __real_remove(path);
}

WRAPPED(int, access, const char *path, int mode)
{
    return STRIKES("access", EIO, EACCES) ? -1 : __real_access(path, mode);
}

WRAPPED(int, stat, const char *path, struct stat *about)
{
    return STRIKES("stat", EIO, EACCES, ENOMEM) ? -1 : __real_stat(path, about);
}

WRAPPED(int, fstat, int fd, struct stat *about)
{
    return STRIKES("fstat", EIO, ENOMEM) ? -1 : __real_fstat(fd, about);
}

/* Of files alone: a descriptor that wakes a loop takes every byte. */
static bool is_file(int fd)
{
    struct stat about;
    return __real_fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
}

WRAPPED(ssize_t, write, int fd, const void *bytes, size_t len)
{
    return fd > STDERR_FILENO && is_file(fd) && STRIKES("write", ENOSPC, EIO, EDQUOT) ? -1
                                                                                      : __real_write(fd, bytes, len);
}

WRAPPED(ssize_t, read, int fd, void *bytes, size_t len)
{
    return fd > STDERR_FILENO && is_file(fd) && STRIKES("read", EIO) ? -1 : __real_read(fd, bytes, len);
}

WRAPPED(int, statvfs, const char *path, struct statvfs *about)
{
    return STRIKES("statvfs", EIO, ENOMEM) ? -1 : __real_statvfs(path, about);
}

WRAPPED(int, flock, int fd, int operation)
{
    return STRIKES("flock", EIO, ENOLCK) ? -1 : __real_flock(fd, operation);
}

WRAPPED(int, dup, int fd)
{
    return STRIKES("dup", EMFILE) ? -1 : __real_dup(fd);
}

WRAPPED(int, eventfd, unsigned int value, int flags)
{
    return STRIKES("eventfd", EMFILE, ENFILE) ? -1 : __real_eventfd(value, flags);
}

WRAPPED(int, signalfd, int fd, const sigset_t *signals, int flags)
{
    return STRIKES("signalfd", EMFILE, ENOMEM) ? -1 : __real_signalfd(fd, signals, flags);
}

WRAPPED(void *, mmap, void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
    return STRIKES("mmap", ENOMEM) ? MAP_FAILED : __real_mmap(at, len, protection, flags, fd, offset);
}

WRAPPED(FILE *, fopen, const char *path, const char *mode)
{
    return STRIKES("fopen", EMFILE, EIO, EACCES) ? NULL : __real_fopen(path, mode);
}

WRAPPED(FTS *, fts_open, char *const *paths, int options, int (*compare)(const FTSENT **, const FTSENT **))
{
    return STRIKES("fts_open", ENOMEM, EMFILE) ? NULL : __real_fts_open(paths, options, compare);
}

WRAPPED(int, pthread_create, pthread_t *thread, const pthread_attr_t *options, void *(*run)(void *), void *context)
{
    return fault_strikes(FAULT_FILE, "pthread_create") ? EAGAIN : __real_pthread_create(thread, options, run, context);
}

/* ---- the time ---- */

static struct clock_reading told;
static bool tells;

void fault_clock_set(int64_t wall_ms, int64_t monotonic_ms)
{
    told = (struct clock_reading){.wall_ms = wall_ms, .monotonic_ms = monotonic_ms};
    tells = true;
}

void fault_clock_let_go(void)
{
    tells = false;
}

WRAPPED(struct clock_reading, clock_read, const struct clock *clock)
{
    return tells ? told : __real_clock_read(clock);
}

/*
 * watch.c - which paths and descriptors lie below the watched directory.
 */
#define _GNU_SOURCE
#include "tests/fault/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char top[PATH_MAX];
static size_t top_len;
static atomic_uint_fast32_t openings;
static struct descriptor *_Atomic table[FAULT_DESCRIPTORS_MAX]; /* made once, then used again: never freed */

void *__libc_calloc(size_t count, size_t len);

void watch_enter(const char *dir)
{
    if (!realpath(dir, top))
        plan_wrong("MANYI_FAULT_DIR", dir);
    top_len = strlen(top);
}

/* Not a folder keys and what is in it: secrets are made once, as files without a name, which tests/crash/disk_model.h does
 * not know; what is lost of them is made again. */
static bool is_below(const char *path)
{
    if (!top_len || strncmp(path, top, top_len) != 0 || (path[top_len] != '/' && path[top_len] != '\0'))
        return false;
    const char *secret = strstr(path + top_len, "/keys");
    return !secret || (secret[5] != '/' && secret[5] != '\0');
}

/* Where a relative path starts from. */
static bool start_of(int dir, char ret_start[PATH_MAX])
{
    if (dir == AT_FDCWD)
        return getcwd(ret_start, PATH_MAX) != NULL;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
    ssize_t len = readlink(link, ret_start, PATH_MAX - 1);
    if (len < 0)
        return false;
    ret_start[len] = '\0';
    return true;
}

/* Empty when it is too long. */
static void path_join(const char *dir, const char *name, char ret_path[FAULT_PATH_MAX])
{
    size_t dir_len = strlen(dir), name_len = strlen(name);
    if (dir_len + 1 + name_len >= FAULT_PATH_MAX)
        return;
    memcpy(ret_path, dir, dir_len);
    ret_path[dir_len] = '/';
    memcpy(ret_path + dir_len + (name_len > 0), name, name_len + 1);
}

void watch_path(int dir, const char *path, struct watched *ret_watched)
{
    int kept = errno;
    char whole[2 * PATH_MAX], start[PATH_MAX] = "", real[PATH_MAX];
    ret_watched->is = false;
    ret_watched->path[0] = '\0';
    if (!top_len || !path || strlen(path) >= PATH_MAX || (path[0] != '/' && !start_of(dir, start)))
        return;
    snprintf(whole, sizeof whole, "%s%s%s", start, path[0] == '/' ? "" : "/", path);
    size_t len = strlen(whole);
    while (len > 1 && whole[len - 1] == '/')
        whole[--len] = '\0';
    char *last = strrchr(whole, '/') + 1;
    if (strcmp(last, "..") == 0 || strcmp(last, ".") == 0) {
        if (realpath(whole, real))
            path_join(real, "", ret_watched->path);
    } else {
        char name[NAME_MAX + 1];
        snprintf(name, sizeof name, "%s", last);
        *last = '\0';
        if (realpath(whole, real))
            path_join(real[1] ? real : "", name, ret_watched->path);
    }
    ret_watched->is = is_below(ret_watched->path);
    errno = kept;
}

void watch_opened(int fd, const char *path, int flags)
{
    if (fd < 0 || fd >= FAULT_DESCRIPTORS_MAX)
        return;
    struct descriptor *descriptor = table[fd];
    if (!descriptor) {
        descriptor = __libc_calloc(1, sizeof *descriptor);
        if (!descriptor)
            plan_wrong("memory", path);
        table[fd] = descriptor;
    }
    snprintf(descriptor->path, sizeof descriptor->path, "%s", path);
    descriptor->durable = flags & O_DSYNC; /* O_SYNC has this bit, too */
    descriptor->handle = (uint64_t)getpid() << 32 | (atomic_fetch_add(&openings, 1) + 1);
}

void watch_closed(int fd)
{
    if (fd >= 0 && fd < FAULT_DESCRIPTORS_MAX && table[fd])
        table[fd]->handle = 0;
}

const struct descriptor *watch_descriptor(int fd)
{
    const struct descriptor *descriptor = fd >= 0 && fd < FAULT_DESCRIPTORS_MAX ? table[fd] : NULL;
    return descriptor && descriptor->handle ? descriptor : NULL;
}

/*
 * disk_real.c - the disk as the system tells it.
 */
#include "core/status.h"
#include "io/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

int disk_free_bytes(const char *path, uint64_t *ret_bytes)
{
    struct statvfs disk;
    if (statvfs(path, &disk) != 0)
        return -E_IO;
    *ret_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    return 0;
}

static int status_of(int error)
{
    switch (error) {
    case EACCES:
    case EPERM:
    case EROFS:
        return -E_NOT_PERMITTED;
    case ENOSPC:
    case EDQUOT:
        return -E_STORE_FULL;
    case ENOTDIR:
        return -E_NOT_A_DIRECTORY;
    default:
        return -E_IO;
    }
}

/* A directory survives a power cut only when its entry in the parent does. */
static int entry_sync(const char *path)
{
    char parent[4096];
    int len = snprintf(parent, sizeof parent, "%s/..", path);
    if (len >= (int)sizeof parent)
        return -E_IO;
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return status_of(errno);
    int status = fsync(fd) && errno != EINVAL ? -E_IO : 0; /* EINVAL: this file system has nothing to sync */
    close(fd);
    return status;
}

/* One that is there may be of a start that was killed before it had synced the entry. If it is not, others made it long ago,
 * maybe where we can't read: then nobody is to be stopped by that. */
static int found_directory_sync(const char *path)
{
    struct stat about;
    if (stat(path, &about) == 0 && !S_ISDIR(about.st_mode))
        return -E_NOT_A_DIRECTORY;
    return entry_sync(path) == -E_IO ? -E_IO : 0;
}

int disk_make_new_directory(const char *path, bool *ret_made)
{
    *ret_made = mkdir(path, 0750) == 0;
    if (*ret_made)
        return entry_sync(path);
    return errno == EEXIST ? found_directory_sync(path) : status_of(errno);
}

int disk_make_directory(const char *path)
{
    bool made;
    return disk_make_new_directory(path, &made);
}

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

int disk_make_new_directory(const char *path, bool *ret_made)
{
    char parent[4096];
    struct stat about;
    if (mkdir(path, 0750) != 0) {
        if (errno != EEXIST)
            return status_of(errno);
        *ret_made = false;
        return stat(path, &about) == 0 && !S_ISDIR(about.st_mode) ? -E_NOT_A_DIRECTORY : 0;
    }
    *ret_made = true;
    int len = snprintf(parent, sizeof parent, "%s/..", path);
    if (len >= (int)sizeof parent)
        return -E_IO;
    /* A new directory survives a power cut only when its entry in the parent does. */
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return status_of(errno);
    int status = fsync(fd) ? -E_IO : 0;
    close(fd);
    return status;
}

int disk_make_directory(const char *path)
{
    bool made;
    return disk_make_new_directory(path, &made);
}

/* secret_file.c - a secret on disk. */
#define _GNU_SOURCE /* mkostemp, O_TMPFILE */
#include "io/secret_file.h"

#include "core/status.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int secret_file_status(int error)
{
    if (error == EACCES || error == EPERM || error == EROFS)
        return -E_NOT_PERMITTED;
    return error == ENOENT || error == ENOTDIR ? -E_NO_INPUT_FILE : -E_IO;
}

static void folder_of(const char *path, char ret_folder[SECRET_PATH_MAX])
{
    snprintf(ret_folder, SECRET_PATH_MAX, "%s", path);
    char *slash = strrchr(ret_folder, '/');
    if (slash)
        slash[slash == ret_folder] = '\0';
    else
        snprintf(ret_folder, SECRET_PATH_MAX, ".");
}

static int folder_sync(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int result = fsync(fd) != 0 && errno != EINVAL ? -1 : 0; /* EINVAL: this file system has nothing to sync */
    close(fd);
    return result;
}

/* own: "", or the name that it has meanwhile. */
static int nameless_open(const char *folder, const char *path, char own[SECRET_PATH_MAX + 16])
{
    int fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    own[0] = '\0';
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
        return fd;
    snprintf(own, SECRET_PATH_MAX + 16, "%s.XXXXXX", path);
    return mkostemp(own, O_CLOEXEC); /* mode 0600 */
}

static int name_give(int fd, const char *own, const char *path)
{
    char open_file[40];
    snprintf(open_file, sizeof open_file, "/proc/self/fd/%d", fd);
    return own[0] ? link(own, path) : linkat(AT_FDCWD, open_file, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

/* owner: NULL: whoever writes it. */
static int write_for(const struct stat *owner, const char *path, struct span bytes)
{
    char folder[SECRET_PATH_MAX], own[SECRET_PATH_MAX + 16];
    if (strlen(path) >= SECRET_PATH_MAX) {
        errno = ENAMETOOLONG;
        return -E_IO;
    }
    folder_of(path, folder);
    int fd = nameless_open(folder, path, own);
    if (fd < 0)
        return secret_file_status(errno);
    bool written = write(fd, bytes.at, bytes.len) == (ssize_t)bytes.len && fsync(fd) == 0 &&
                   (!owner || fchown(fd, owner->st_uid, owner->st_gid) == 0) && name_give(fd, own, path) == 0;
    int error = errno;
    close(fd);
    if (own[0])
        unlink(own);
    errno = error;
    if (!written)
        return error == EEXIST ? 1 : secret_file_status(error);
    return folder_sync(folder) == 0 ? 0 : secret_file_status(errno);
}

int secret_file_write(const char *path, struct span bytes)
{
    return write_for(NULL, path, bytes);
}

int secret_file_make(const char *dir, const char *name, struct span bytes)
{
    char folder[SECRET_PATH_MAX], path[SECRET_PATH_MAX];
    struct stat owner;
    snprintf(folder, sizeof folder, "%s/keys", dir);
    if ((size_t)snprintf(path, sizeof path, "%s/keys/%s", dir, name) >= sizeof path) {
        errno = ENAMETOOLONG;
        return -E_IO;
    }
    bool root = geteuid() == 0;
    if (root && stat(dir, &owner) != 0)
        return secret_file_status(errno);
    bool made = mkdir(folder, 0750) == 0;
    if (made ? root && chown(folder, owner.st_uid, owner.st_gid) != 0 : errno != EEXIST)
        return secret_file_status(errno);
    return write_for(root ? &owner : NULL, path, bytes);
}

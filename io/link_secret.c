/*
 * link_secret.c - the secret that links are signed with: a file, made once.
 *
 * Gateway and notifier may begin at the same moment: each writes a file of its own and gives it the name, if nobody else has.
 * Whoever is second reads the first one's.
 */
#define _GNU_SOURCE /* mkostemp */
#include "io/link.h"

#include "core/status.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET_PATH_MAX 512u

static int status_of(int error)
{
    if (error == EACCES || error == EPERM || error == EROFS)
        return -E_NOT_PERMITTED;
    return -E_IO;
}

/* -E_NOT_FOUND: there is none. */
static int secret_read(const char *path, uint8_t ret_secret[LINK_SECRET_BYTES])
{
    uint8_t bytes[LINK_SECRET_BYTES + 1];
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return -E_NOT_FOUND;
    if (fd < 0)
        return errno == ELOOP ? -E_BAD_KEY_FILE : status_of(errno);
    ssize_t len = read(fd, bytes, sizeof bytes);
    bool sound = fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && (about.st_mode & (S_IRWXG | S_IRWXO)) == 0 &&
                 len == LINK_SECRET_BYTES;
    close(fd);
    if (sound)
        memcpy(ret_secret, bytes, LINK_SECRET_BYTES);
    sodium_memzero(bytes, sizeof bytes);
    return sound ? 0 : -E_BAD_KEY_FILE;
}

static int directory_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return status_of(errno);
    int result = fsync(fd) != 0 && errno != EINVAL ? -E_IO : 0; /* EINVAL: this file system has nothing to sync */
    close(fd);
    return result;
}

/* On disk, and whole under its name, or not there at all. */
static int secret_make(const char *directory, const char *path)
{
    char own[SECRET_PATH_MAX + 16];
    uint8_t bytes[LINK_SECRET_BYTES];
    snprintf(own, sizeof own, "%s.XXXXXX", path);
    int fd = mkostemp(own, O_CLOEXEC); /* mode 0600 */
    if (fd < 0)
        return status_of(errno);
    randombytes_buf(bytes, sizeof bytes);
    int result = write(fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes && fsync(fd) == 0 ? 0 : -E_IO;
    sodium_memzero(bytes, sizeof bytes);
    close(fd);
    if (result == 0 && link(own, path) != 0 && errno != EEXIST)
        result = status_of(errno);
    unlink(own);
    return result == 0 ? directory_sync(directory) : result;
}

int link_secret_load(const char *dir, const char *name, uint8_t ret_secret[LINK_SECRET_BYTES])
{
    char directory[SECRET_PATH_MAX], path[SECRET_PATH_MAX];
    if (sodium_init() < 0)
        return -E_IO;
    int len = snprintf(directory, sizeof directory, "%s/keys", dir);
    int path_len = snprintf(path, sizeof path, "%s/keys/%s.secret", dir, name);
    if (len < 0 || path_len < 0 || (size_t)path_len >= sizeof path)
        return -E_IO;
    int result = secret_read(path, ret_secret);
    if (result != -E_NOT_FOUND)
        return result;
    if (mkdir(directory, 0750) != 0 && errno != EEXIST)
        return status_of(errno);
    result = secret_make(directory, path);
    return result == 0 ? secret_read(path, ret_secret) : result;
}

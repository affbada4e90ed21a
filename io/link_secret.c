/*
 * link_secret.c - the secret that links are signed with: a file, made once.
 *
 * Gateway and notifier may begin at the same moment: whoever is second reads the first one's.
 */
#include "io/link.h"

#include "core/status.h"
#include "io/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* -E_NOT_FOUND: there is none. */
static int secret_read(const char *path, uint8_t ret_secret[LINK_SECRET_BYTES])
{
    uint8_t bytes[LINK_SECRET_BYTES + 1];
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return -E_NOT_FOUND;
    if (fd < 0)
        return errno == ELOOP ? -E_BAD_KEY_FILE : secret_file_status(errno);
    ssize_t len = read(fd, bytes, sizeof bytes);
    bool sound = fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && (about.st_mode & (S_IRWXG | S_IRWXO)) == 0 &&
                 len == LINK_SECRET_BYTES;
    close(fd);
    if (sound)
        memcpy(ret_secret, bytes, LINK_SECRET_BYTES);
    sodium_memzero(bytes, sizeof bytes);
    return sound ? 0 : -E_BAD_KEY_FILE;
}

int link_secret_load(const char *dir, const char *name, uint8_t ret_secret[LINK_SECRET_BYTES])
{
    char path[SECRET_PATH_MAX];
    uint8_t bytes[LINK_SECRET_BYTES];
    if (sodium_init() < 0 || (size_t)snprintf(path, sizeof path, "%s/keys/%s.secret", dir, name) >= sizeof path)
        return -E_IO;
    int result = secret_read(path, ret_secret);
    if (result != -E_NOT_FOUND)
        return result;
    randombytes_buf(bytes, sizeof bytes);
    result = secret_file_make(dir, strrchr(path, '/') + 1, span_make(bytes, sizeof bytes));
    sodium_memzero(bytes, sizeof bytes);
    return result >= 0 ? secret_read(path, ret_secret) : result;
}

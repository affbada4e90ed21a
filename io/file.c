/*
 * file.c - a small file, read whole.
 */
#include "io/file.h"

#include "core/status.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int file_read(const char *path, size_t len_max, uint8_t **ret_bytes, size_t *ret_len)
{
    FILE *file = fopen(path, "rbe");
    if (!file && (errno == EMFILE || errno == ENFILE))
        return -E_NO_DESCRIPTORS;
    if (!file)
        return errno == ENOENT || errno == ENOTDIR ? -E_NO_INPUT_FILE : -E_IO;
    int result = 0;
    struct stat about;
    if (fstat(fileno(file), &about) == 0 && S_ISDIR(about.st_mode)) {
        errno = EISDIR;
        result = -E_IO;
    }
    uint8_t *bytes = malloc(len_max + 1);
    if (!bytes && result == 0)
        result = -E_NO_MEMORY;
    size_t len = result == 0 ? fread(bytes, 1, len_max + 1, file) : 0;
    if (result == 0 && ferror(file))
        result = -E_IO;
    if (result == 0 && len > len_max)
        result = -E_TOO_LARGE;
    fclose(file);
    if (result < 0) {
        free(bytes);
        return result;
    }
    *ret_bytes = bytes;
    *ret_len = len;
    return 0;
}

/*
 * file.h - a small file, read whole.
 */
#ifndef MANYI_IO_FILE_H
#define MANYI_IO_FILE_H

#include <stddef.h>
#include <stdint.h>

/* The caller frees *ret_bytes (malloc). -E_NO_INPUT_FILE, -E_TOO_LARGE (more than len_max), -E_NO_MEMORY, -E_NO_DESCRIPTORS,
 * -E_IO; errno tells more. */
int file_read(const char *path, size_t len_max, uint8_t **ret_bytes, size_t *ret_len);

#endif

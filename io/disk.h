/*
 * disk.h - the seam to the disk that the stores lie on: its free space and its directories.
 *
 * Real half: disk_real.c. Simulated half: disk_sim.c, an endless disk until a test says otherwise.
 */
#ifndef MANYI_IO_DISK_H
#define MANYI_IO_DISK_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes that an ordinary user can still write where path lies. -E_IO. */
int disk_free_bytes(const char *path, uint64_t *ret_bytes);

/* Makes one directory with mode 0750, durably; one that exists already is fine. -E_NOT_PERMITTED, -E_STORE_FULL,
 * -E_NOT_A_DIRECTORY, -E_IO. */
int disk_make_directory(const char *path);
/* The same; *ret_made: it was not there, and nobody else made it meanwhile. */
int disk_make_new_directory(const char *path, bool *ret_made);

/* Simulated half only: the free bytes of every path from now on. */
void disk_sim_free_bytes(uint64_t bytes);

#endif

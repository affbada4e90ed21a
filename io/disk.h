/*
 * disk.h - the seam to the disk that the stores lie on: its free space and its directories.
 *
 * Real half: disk_real.c. Simulated half: disk_sim.c, an endless disk until a test says otherwise.
 */
#ifndef MANYI_IO_DISK_H
#define MANYI_IO_DISK_H

#include <stdint.h>

/* Bytes that an ordinary user can still write where path lies. -E_IO. */
int disk_free_bytes(const char *path, uint64_t *ret_bytes);

/* Makes one directory with mode 0750, durably; one that exists already is fine. -E_NOT_PERMITTED, -E_STORE_FULL, -E_IO. */
int disk_make_directory(const char *path);

/* Simulated half only: the free bytes of every path from now on. */
void disk_sim_free_bytes(uint64_t bytes);

#endif

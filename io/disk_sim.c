/*
 * disk_sim.c - a disk that is as full as a test wants it.
 */
#include "io/disk.h"

static uint64_t free_bytes = UINT64_MAX;

int disk_free_bytes(const char *path, uint64_t *ret_bytes)
{
    (void)path;
    *ret_bytes = free_bytes;
    return 0;
}

int disk_make_directory(const char *path)
{
    (void)path; /* simulated stores need none */
    return 0;
}

int disk_make_new_directory(const char *path, bool *ret_made)
{
    *ret_made = false;
    return disk_make_directory(path);
}

void disk_sim_free_bytes(uint64_t bytes)
{
    free_bytes = bytes;
}

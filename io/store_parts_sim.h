/*
 * store_parts_sim.h - what the two files of the simulated store share: the disk under each path, and its versions.
 *
 * Included by store*_sim.c only.
 */
#ifndef MANYI_IO_STORE_PARTS_SIM_H
#define MANYI_IO_STORE_PARTS_SIM_H

#include "io/store.h"
#include "io/store_sim.h"
#include "io/treap_sim.h"

/* All tables as of one moment. */
struct version {
    struct node *root[STORE_TABLES_MAX];
    uint64_t count[STORE_TABLES_MAX];
    uint64_t bytes;
};

struct disk {
    struct disk *next;
    struct version last;
    struct version before; /* what a crash falls back to when the last commit may be lost */
    uint32_t handles;      /* open on it, dead ones too */
    bool exists;
    bool open; /* by its writer */
    bool writing;
    uint32_t crashes;
    int next_commit;
    bool may_lose_last;
    const char *fault; /* planted; NULL: none */
    char path[];
};

struct version version_share(const struct version *version);
void version_drop(struct version *version);

struct disk *disk_find(const char *path); /* NULL: there is none */
struct disk *disk_at(const char *path);   /* made when there is none */
/* Makes the version the disk's last one; it is shared. 0, or what the commit fails with. */
int disk_commit(struct disk *disk, const struct version *version);

#endif

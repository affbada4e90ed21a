/*
 * store_walk_sim.c - a store in memory, gone through as a suspicious reader would: always sound, unless a fault was planted.
 */
#include "core/ensure.h"
#include "core/status.h"
#include "io/store_parts_sim.h"
#include "io/store_sim.h"

static struct {
    store_sim_walked *hear;
    void *context;
} walked;

void store_sim_set_walked(store_sim_walked *hear, void *context)
{
    walked.hear = hear;
    walked.context = context;
}

void store_sim_plant_fault(const char *path, const char *what)
{
    disk_at(path)->fault = what;
}

static int table_walk(struct store_walk *walk, uint32_t table, struct node *root)
{
    int result = 0;
    struct row *row = treap_from(root, span_make(NULL, 0), false);
    while (row && result >= 0) {
        result = walk->row ? walk->row(walk->context, table, row_key(row), row_value(row)) : 0;
        row = treap_from(root, row_key(row), true);
    }
    return result;
}

int store_walk(struct store_walk *walk)
{
    ensure(walk->table_count <= STORE_TABLES_MAX);
    struct disk *disk = disk_find(walk->path);
    walk->pages = 0;
    walk->faults = 0;
    if (!disk || !disk->exists)
        return -E_NO_JOURNAL;
    if (disk->fault) {
        const struct store_fault fault = {.page = 7, .what = disk->fault, .table = STORE_NO_TABLE};
        walk->faults++;
        if (walk->fault)
            walk->fault(walk->context, &fault);
        return 0;
    }
    struct version version = version_share(&disk->last);
    int result = 0;
    for (uint32_t table = 0; table < walk->table_count && result >= 0; table++)
        result = table_walk(walk, table, version.root[table]);
    version_drop(&version);
    if (walked.hear)
        walked.hear(walked.context, walk->path);
    return result;
}

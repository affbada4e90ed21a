/*
 * store_disk_sim.c - the disk under the simulated stores: what each path has, and what can become of it.
 */
#include "core/ensure.h"
#include "core/status.h"
#include "io/memory_sim.h"
#include "io/store_parts_sim.h"

#include <stdio.h>

#define PATH_MAX_BYTES 512u

static struct disk *disks;

static struct {
    store_sim_watch *look;
    void *context;
} watch;

struct version version_share(const struct version *version)
{
    for (uint32_t i = 0; i < STORE_TABLES_MAX; i++)
        treap_share(version->root[i]);
    return *version;
}

void version_drop(struct version *version)
{
    for (uint32_t i = 0; i < STORE_TABLES_MAX; i++)
        treap_drop(version->root[i]);
    *version = (struct version){0};
}

struct disk *disk_find(const char *path)
{
    struct disk *disk = disks;
    while (disk && strcmp(disk->path, path) != 0)
        disk = disk->next;
    return disk;
}

int store_greatest_number(const char *dir, uint32_t *ret_number)
{
    size_t len = strlen(dir);
    uint32_t greatest = 0;
    for (const struct disk *disk = disks; disk; disk = disk->next) {
        unsigned number;
        int end = 0;
        bool inside = disk->exists && strncmp(disk->path, dir, len) == 0 && disk->path[len] == '/';
        if (inside && sscanf(disk->path + len, "/%6u%n", &number, &end) == 1 && end == 7 &&
            disk->path[len + 7] == '\0' && number > greatest)
            greatest = number;
    }
    *ret_number = greatest;
    return 0;
}

struct disk *disk_at(const char *path)
{
    struct disk *disk = disk_find(path);
    if (disk)
        return disk;
    size_t len = strlen(path) + 1;
    disk = memory_take(sizeof *disk + len);
    *disk = (struct disk){.next = disks};
    memcpy(disk->path, path, len);
    disks = disk;
    return disk;
}

/* Who still reads keeps an empty disk. */
static void disk_empty(struct disk *disk)
{
    ensure(!disk->open);
    version_drop(&disk->last);
    version_drop(&disk->before);
    disk->exists = false;
    disk->next_commit = 0;
    disk->may_lose_last = false;
    if (disk->handles > 0)
        return;
    struct disk **at = &disks;
    while (*at != disk)
        at = &(*at)->next;
    *at = disk->next;
    free(disk);
}

static bool lies_under(const struct disk *disk, const char *prefix)
{
    return strncmp(disk->path, prefix, strlen(prefix)) == 0;
}

void store_sim_forget(const char *path)
{
    struct disk *disk = disk_find(path);
    if (disk)
        disk_empty(disk);
}

void store_sim_forget_all(const char *prefix)
{
    for (struct disk *disk = disks, *next; disk; disk = next) {
        next = disk->next;
        if (lies_under(disk, prefix))
            disk_empty(disk);
    }
}

void store_sim_copy_all(const char *from, const char *to)
{
    char path[PATH_MAX_BYTES];
    ensure(strncmp(from, to, strlen(from)) != 0);
    ensure(strncmp(from, to, strlen(to)) != 0);
    store_sim_forget_all(to);
    for (const struct disk *disk = disks; disk; disk = disk->next) {
        if (!lies_under(disk, from) || !disk->exists)
            continue;
        int len = snprintf(path, sizeof path, "%s%s", to, disk->path + strlen(from));
        ensure((size_t)len < sizeof path);
        struct disk *copy = disk_at(path); /* put in front: not met again */
        copy->last = version_share(&disk->last);
        copy->exists = true;
        copy->may_lose_last = disk->may_lose_last;
    }
}

void store_sim_fail_next_commit(const char *path, int result)
{
    ensure(result < 0);
    disk_at(path)->next_commit = result;
}

void store_sim_spoil(const char *path, uint32_t table, struct span key)
{
    struct row *row = treap_from(disk_at(path)->last.root[table], key, false);
    ensure(row != NULL && span_equal(row_key(row), key));
    ensure(row->value_len > 0);
    row->bytes[row->key_len + row->value_len / 2] ^= 0x10;
}

/* ---- dying ---- */

static bool version_is(const struct version *version, const struct version *other)
{
    return memcmp(version->root, other->root, sizeof version->root) == 0;
}

/* Whether a commit was lost: one that changed something, and since the last crash. */
static bool disk_crash(struct disk *disk, bool lose_last)
{
    disk->crashes++;
    disk->open = false;
    disk->writing = false;
    if (!lose_last || version_is(&disk->last, &disk->before))
        return false;
    version_drop(&disk->last);
    disk->last = version_share(&disk->before);
    return true;
}

void store_sim_crash(const char *path, bool lose_last)
{
    struct disk *disk = disk_at(path);
    ensure(disk->may_lose_last || !lose_last);
    disk_crash(disk, lose_last);
}

bool store_sim_crash_all(const char *prefix, bool lose_last)
{
    bool lost = false;
    for (struct disk *disk = disks; disk; disk = disk->next) {
        if (lies_under(disk, prefix) && disk_crash(disk, lose_last && disk->may_lose_last))
            lost = true;
    }
    return lost;
}

bool store_sim_may_lose_last(const char *prefix)
{
    for (const struct disk *disk = disks; disk; disk = disk->next) {
        if (lies_under(disk, prefix) && disk->may_lose_last)
            return true;
    }
    return false;
}

/* ---- committing ---- */

void store_sim_set_watch(store_sim_watch *look, void *context)
{
    watch.look = look;
    watch.context = context;
}

int disk_commit(struct disk *disk, const struct version *version)
{
    int result = disk->next_commit;
    disk->next_commit = 0;
    if (result == 0 && watch.look)
        result = watch.look(watch.context, disk->path, false);
    if (result < 0)
        return result;
    version_drop(&disk->before);
    disk->before = disk->last;
    disk->last = version_share(version);
    return watch.look ? watch.look(watch.context, disk->path, true) : 0;
}

/*
 * disk_lay.c - one disk as it may be found after the power failed, laid out as files.
 */
#include "tests/crash/disk_inside.h"

#include "core/ensure.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR_BYTES 512u
#define PAGE_BYTES 4096u
#define PATH_BYTES 1024u

static const char *const loss_names[LOSS_KINDS] = {"none", "all", "prefix", "writes", "pages", "sectors", "grown"};

const char *disk_loss_name(enum disk_loss loss)
{
    return loss_names[loss];
}

/* SplitMix64: a number that depends on all of these alone. */
static uint64_t drawn(uint64_t seed, uint64_t a, uint64_t b)
{
    uint64_t x = seed + a * 0x9e3779b97f4a7c15u + b * 0xd1b54a32d192ed03u + 0x632be59bd9b4e019u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

enum draw { DRAW_NAMES = 1, DRAW_NAME, DRAW_BOTH, DRAW_MOMENT, DRAW_TORN, DRAW_WRITE, DRAW_UNIT, DRAW_SIZE, DRAW_LOCK };

struct laying {
    const struct disk_model *model;
    enum disk_loss loss;
    uint64_t seed;
    const char *dir; /* NULL: only the hash is wanted */
    uint64_t hash;   /* of each file and folder, added up: their order is no matter */
    struct tree tree;
};

static uint64_t bytes_hash(uint64_t hash, const uint8_t *bytes, uint64_t len)
{
    uint64_t word = 0;
    for (; len >= sizeof word; bytes += sizeof word, len -= sizeof word) {
        memcpy(&word, bytes, sizeof word);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
    }
    for (; len > 0; len--)
        hash = (hash ^ *bytes++) * 0x100000001b3u;
    return hash;
}

/* ---- names ---- */

/* All of them, none, those up to a moment, or each by itself. */
static void names_choose(struct laying *laying)
{
    const struct disk_model *model = laying->model;
    uint64_t how = drawn(laying->seed, DRAW_NAMES, 0) % 4;
    uint32_t upto = (uint32_t)(drawn(laying->seed, DRAW_NAMES, 1) % (model->change_count + 1));
    laying->tree = model->kept;
    for (uint32_t i = 0; i < model->change_count; i++) {
        const struct name_change *change = &model->change[i];
        bool kept = how == 0 || (how == 1 && i < upto) || (how == 2 && drawn(laying->seed, DRAW_NAME, i) % 2);
        kept = laying->loss == LOSS_NONE || (kept && laying->loss != LOSS_ALL);
        bool moves = change->sets && change->takes && change->made.dir != change->old.dir;
        bool both = moves && laying->loss != LOSS_NONE && drawn(laying->seed, DRAW_BOTH, i) % 4 == 0;
        if (kept)
            name_change_apply(&laying->tree, change, !both);
    }
}

/* ---- bytes ---- */

/* How many of the writes the disk has done, where it does them unit by unit. */
static uint32_t moment_of(const struct laying *laying, const struct file *file, uint64_t number, uint64_t sector)
{
    uint64_t page = sector / (PAGE_BYTES / SECTOR_BYTES);
    uint64_t unit = laying->loss == LOSS_SECTORS ? sector : page;
    uint64_t choices = drawn(laying->seed, DRAW_MOMENT, number) % 2 ? 2 : file->write_count + 1u; /* all or nothing */
    uint64_t moment = drawn(laying->seed, DRAW_UNIT, unit + (number << 40)) % choices;
    return (uint32_t)(choices == 2 ? moment * file->write_count : moment);
}

/* Whether a write by itself is chosen, or one that lies over it. */
static bool write_is_chosen(const struct laying *laying, const struct file *file, uint32_t index)
{
    const struct disk_write *below = &file->write[index];
    for (uint32_t i = index; i < file->write_count; i++) {
        const struct disk_write *over = &file->write[i];
        bool meet = i == index ||
                    (below->offset < over->offset + over->data.len && over->offset < below->offset + below->data.len);
        if (meet && drawn(laying->seed, DRAW_WRITE, over->number) % 2)
            return true;
    }
    return false;
}

/* How much of a write's first bytes the prefix has. */
static uint64_t prefix_len(const struct laying *laying, const struct file *file, uint64_t number, uint32_t index)
{
    const struct disk_write *write = &file->write[index];
    uint32_t moment = (uint32_t)(drawn(laying->seed, DRAW_MOMENT, number) % (file->write_count + 1u));
    if (index != moment)
        return index < moment ? write->data.len : 0;
    uint64_t end = (write->offset / SECTOR_BYTES + 1) * SECTOR_BYTES; /* the write's first sector ends here */
    uint64_t sectors = (write->data.len + SECTOR_BYTES - 1) / SECTOR_BYTES;
    uint64_t torn = drawn(laying->seed, DRAW_TORN, number) % (sectors + 1);
    uint64_t upto = torn == 0 ? write->offset : end + (torn - 1) * SECTOR_BYTES;
    return upto > write->offset + write->data.len ? write->data.len : upto - write->offset;
}

static bool sector_is_written(const struct laying *laying, const struct file *file, uint64_t number, uint32_t index,
                              uint64_t sector)
{
    switch (laying->loss) {
    case LOSS_NONE:
        return true;
    case LOSS_PAGES:
    case LOSS_SECTORS:
    case LOSS_GROWN:
        return index < moment_of(laying, file, number, sector);
    default:
        return false;
    }
}

static void write_lay(const struct laying *laying, const struct file *file, uint64_t number, uint32_t index,
                      uint8_t *bytes)
{
    const struct disk_write *write = &file->write[index];
    if (laying->loss == LOSS_PREFIX || laying->loss == LOSS_WRITES) {
        bool whole = laying->loss == LOSS_WRITES;
        uint64_t len = whole ? (write_is_chosen(laying, file, index) ? write->data.len : 0)
                             : prefix_len(laying, file, number, index);
        if (len)
            memcpy(bytes + write->offset, write->data.at, len);
        return;
    }
    for (uint64_t at = write->offset; at < write->offset + write->data.len;) {
        uint64_t next = (at / SECTOR_BYTES + 1) * SECTOR_BYTES, end = write->offset + write->data.len;
        next = next < end ? next : end;
        if (sector_is_written(laying, file, number, index, at / SECTOR_BYTES))
            memcpy(bytes + at, write->data.at + (at - write->offset), next - at);
        at = next;
    }
}

/* The file's length: as of some moment, of the last one if it has grown without its bytes. */
static uint64_t size_of(const struct laying *laying, const struct file *file, uint64_t number)
{
    uint64_t size = file->len, largest = file->len;
    uint32_t salt = laying->loss == LOSS_PREFIX ? DRAW_MOMENT : DRAW_SIZE;
    uint32_t moment = (uint32_t)(drawn(laying->seed, salt, number) % (file->write_count + 1u));
    for (uint32_t i = 0; i < file->write_count; i++) {
        uint64_t len = file->write[i].data.len;
        if (laying->loss == LOSS_PREFIX)
            len = prefix_len(laying, file, number, i);
        uint64_t end = len ? file->write[i].offset + len : 0;
        largest = end > largest ? end : largest;
        if (i < moment || laying->loss == LOSS_PREFIX)
            size = end > size ? end : size;
    }
    if (laying->loss == LOSS_ALL)
        return file->len;
    return laying->loss == LOSS_NONE || laying->loss == LOSS_GROWN ? largest : size;
}

static void place_of(const struct laying *laying, const char *path, char place[PATH_BYTES])
{
    int len = snprintf(place, PATH_BYTES, "%s%s", laying->dir, path);
    ensure(len < (int)PATH_BYTES);
}

/* path: below the folder in which all is laid out. */
static void file_write(const struct laying *laying, const char *path, const uint8_t *bytes, uint64_t len)
{
    char place[PATH_BYTES];
    if (!laying->dir)
        return;
    place_of(laying, path, place);
    int fd = open(place, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    ensure(fd >= 0);
    for (uint64_t done = 0; done < len;) {
        ssize_t written = write(fd, bytes + done, len - done);
        ensure(written > 0);
        done += (uint64_t)written;
    }
    close(fd);
}

static void file_keep(struct laying *laying, const char *path, const uint8_t *bytes, uint64_t len)
{
    uint64_t name = bytes_hash(len, (const uint8_t *)path, strlen(path));
    laying->hash += bytes_hash(name, bytes, len);
    file_write(laying, path, bytes, len);
}

/* Left out, empty, zeros or rubbish. */
static void lock_lay(const struct laying *laying, uint64_t number, const char *path)
{
    uint64_t rubbish[1024] = {0};
    uint64_t how = drawn(laying->seed, DRAW_LOCK, number) % 4;
    for (uint32_t i = 0; how == 3 && i < 1024; i++)
        rubbish[i] = drawn(laying->seed, DRAW_LOCK, i + 1);
    if (how > 0)
        file_write(laying, path, (const uint8_t *)rubbish, how > 1 ? sizeof rubbish : 0);
}

static void file_lay(struct laying *laying, uint32_t number, const char *path)
{
    const struct file *file = &laying->model->file[number];
    if (file->is_lock) {
        lock_lay(laying, number, path);
        return;
    }
    if (file->write_count == 0 || laying->loss == LOSS_ALL) {
        file_keep(laying, path, file->bytes, file->len);
        return;
    }
    uint64_t room = file->len;
    for (uint32_t i = 0; i < file->write_count; i++) {
        uint64_t end = file->write[i].offset + file->write[i].data.len;
        room = end > room ? end : room;
    }
    uint8_t *bytes = calloc(1, room + 1);
    ensure(bytes);
    if (file->len)
        memcpy(bytes, file->bytes, file->len);
    for (uint32_t i = 0; i < file->write_count; i++)
        write_lay(laying, file, number, i, bytes);
    file_keep(laying, path, bytes, size_of(laying, file, number));
    free(bytes);
}

static void directory_make(struct laying *laying, const char *path)
{
    char place[PATH_BYTES];
    laying->hash += bytes_hash(1, (const uint8_t *)path, strlen(path));
    if (!laying->dir)
        return;
    place_of(laying, path, place);
    int made = mkdir(place, 0750);
    ensure(made == 0);
}

static void directory_lay(struct laying *laying, uint32_t number, const char *path)
{
    for (uint32_t i = 0; i < laying->tree.count; i++) {
        const struct link *link = &laying->tree.link[i];
        char below[PATH_BYTES];
        if (link->name.dir != number)
            continue;
        int len = snprintf(below, sizeof below, "%s/%s", path, link->name.text);
        ensure(len < (int)sizeof below);
        if (laying->model->file[link->file].is_directory) {
            directory_make(laying, below);
            directory_lay(laying, link->file, below);
        } else {
            file_lay(laying, link->file, below);
        }
    }
}

uint64_t disk_model_lay(const struct disk_model *model, enum disk_loss loss, uint64_t seed, const char *dir)
{
    struct laying laying = {.model = model, .loss = loss, .seed = seed, .dir = dir};
    names_choose(&laying);
    directory_lay(&laying, 0, "");
    return laying.hash;
}

/*
 * disk_model.c - files and names as the disk was asked for them: what is synced, and what is not yet.
 */
#include "tests/crash/disk_inside.h"

#include "core/ensure.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct disk_model *disk_model_new(void)
{
    struct disk_model *model = calloc(1, sizeof *model);
    ensure(model);
    model->file_count = 1; /* the watched directory */
    model->file[0].is_directory = true;
    return model;
}

void disk_model_free(struct disk_model *model)
{
    for (uint32_t i = 0; i < model->file_count; i++)
        free(model->file[i].bytes);
    free(model);
}

/* ---- names ---- */

int tree_find(const struct tree *tree, struct entry_name name)
{
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct link *link = &tree->link[i];
        if (link->name.dir == name.dir && strcmp(link->name.text, name.text) == 0)
            return (int)i;
    }
    return -1;
}

void tree_set(struct tree *tree, struct entry_name name, uint32_t file)
{
    int at = tree_find(tree, name);
    if (at < 0) {
        ensure(tree->count < LINKS_MAX);
        at = (int)tree->count++;
    }
    tree->link[at] = (struct link){.name = name, .file = file};
}

void tree_clear(struct tree *tree, struct entry_name name)
{
    int at = tree_find(tree, name);
    if (at >= 0)
        tree->link[at] = tree->link[--tree->count];
}

/* Whose directory is in the tree as it is now. False: there is no such directory. */
static bool name_of(const struct disk_model *model, struct span path, struct entry_name *ret_name)
{
    struct entry_name name = {.dir = 0};
    for (size_t from = 0;;) {
        const uint8_t *slash = memchr(path.at + from, '/', path.len - from);
        size_t len = slash ? (size_t)(slash - path.at) - from : path.len - from;
        ensure(len < sizeof name.text);
        memcpy(name.text, path.at + from, len);
        name.text[len] = '\0';
        if (!slash)
            break;
        int at = tree_find(&model->live, name);
        if (at < 0)
            return false;
        name.dir = model->live.link[at].file;
        from += len + 1;
    }
    *ret_name = name;
    return true;
}

static uint32_t file_add(struct disk_model *model, bool is_directory)
{
    ensure(model->file_count < FILES_MAX);
    model->file[model->file_count] = (struct file){.is_directory = is_directory};
    return model->file_count++;
}

static void change_add(struct disk_model *model, struct name_change change)
{
    ensure(model->change_count < CHANGES_MAX);
    model->change[model->change_count++] = change;
    model->changes++;
    name_change_apply(&model->live, &change, true);
}

bool name_change_apply(struct tree *tree, const struct name_change *change, bool both)
{
    if (change->takes && tree_find(tree, change->old) < 0 && !change->sets)
        return false;
    if (change->sets)
        tree_set(tree, change->made, change->file);
    if (change->takes && both)
        tree_clear(tree, change->old);
    return true;
}

static void names_step(struct disk_model *model, const struct disk_step *step, uint32_t index)
{
    struct name_change change = {.index = index};
    if (!name_of(model, step->path, &change.old))
        return;
    change.made = change.old;
    int at = tree_find(&model->live, change.old);
    switch (step->call) {
    case CALL_mkdir:
        change.sets = true;
        change.file = file_add(model, true);
        break;
    case CALL_rename:
        ensure(at >= 0);
        change.sets = change.takes = name_of(model, step->other, &change.made);
        ensure(change.sets);
        change.file = model->live.link[at].file;
        break;
    default:
        change.takes = true;
    }
    change_add(model, change);
}

/* ---- descriptors ---- */

static void open_step(struct disk_model *model, const struct disk_step *step, uint32_t index)
{
    struct entry_name name;
    uint32_t file = 0;
    if (step->path.len > 0) {
        bool known = name_of(model, step->path, &name);
        ensure(known);
        int at = tree_find(&model->live, name);
        ensure(at >= 0 || (step->flags & O_CREAT));
        if (at >= 0) {
            file = model->live.link[at].file;
        } else {
            file = file_add(model, false);
            change_add(model, (struct name_change){.index = index, .sets = true, .made = name, .file = file});
        }
        model->file[file].is_lock = strcmp(name.text, "lock.mdb") == 0;
    }
    ensure(model->handle_count < HANDLES_MAX);
    ensure(!(step->flags & O_TRUNC));
    model->handle[model->handle_count++] =
        (struct handle){.number = step->handle, .file = file, .durable = step->flags & O_DSYNC};
}

static const struct handle *handle_of(const struct disk_model *model, const struct disk_step *step)
{
    for (uint32_t i = model->handle_count; i-- > 0;) {
        if (model->handle[i].number == step->handle)
            return &model->handle[i];
    }
    unreachable();
}

/* ---- bytes ---- */

static void file_reach(struct file *file, uint64_t len)
{
    if (len > file->room) {
        uint64_t room = len + len / 2;
        file->bytes = realloc(file->bytes, room);
        ensure(file->bytes);
        memset(file->bytes + file->room, 0, room - file->room);
        file->room = room;
    }
    file->len = len > file->len ? len : file->len;
}

static void write_settle(struct file *file, struct disk_write *write)
{
    file_reach(file, write->offset + write->data.len);
    if (write->data.len)
        memcpy(file->bytes + write->offset, write->data.at, write->data.len);
    write->settled = true;
}

static bool overlaps(const struct disk_write *a, const struct disk_write *b)
{
    return a->offset < b->offset + b->data.len && b->offset < a->offset + a->data.len;
}

/* What is durable leaves the list; an older write below it goes along, as the page holds both. */
static void writes_settle(struct file *file)
{
    for (uint32_t i = 0; i < file->write_count; i++) {
        bool below = false;
        for (uint32_t later = i + 1; later < file->write_count; later++)
            below = below || (file->write[later].due && overlaps(&file->write[i], &file->write[later]));
        if (file->write[i].due || below)
            write_settle(file, &file->write[i]);
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < file->write_count; i++) {
        if (!file->write[i].settled)
            file->write[kept++] = file->write[i];
    }
    file->write_count = kept;
}

static struct disk_write *write_find(struct file *file, uint64_t number)
{
    for (uint32_t i = 0; i < file->write_count; i++) {
        if (file->write[i].number == number)
            return &file->write[i];
    }
    unreachable();
}

static void write_step(struct disk_model *model, const struct disk_step *step, uint32_t index)
{
    const struct handle *handle = handle_of(model, step);
    struct file *file = &model->file[handle->file];
    if (!step->ended) {
        ensure(file->write_count < WRITES_MAX);
        file->write[file->write_count++] =
            (struct disk_write){.number = step->number, .offset = step->offset, .data = step->data};
        return;
    }
    struct disk_write *write = write_find(file, step->number);
    write->data.len = step->result > 0 ? (size_t)step->result : 0;
    write->ended_index = index;
    write->due = write->data.len == 0 || handle->durable;
    if (write->due)
        writes_settle(file);
}

/* Sizes that are set and maps that are written to belong to locks: of a store the model knows writes only. */
static void lock_step(struct disk_model *model, const struct disk_step *step)
{
    struct file *file = &model->file[handle_of(model, step)->file];
    ensure(file->is_lock);
}

/* ---- syncs ---- */

static bool change_touches(const struct name_change *change, uint32_t directory)
{
    return change->sets ? change->made.dir == directory : change->old.dir == directory;
}

/* Of a rename from elsewhere only the new name: the old one goes with the directory that it was in. */
static void names_settle(struct disk_model *model, uint32_t directory, uint32_t before)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < model->change_count; i++) {
        struct name_change change = model->change[i];
        bool settles = change.index < before && change_touches(&change, directory);
        bool leaves = settles && change.sets && change.takes && change.old.dir != directory;
        if (settles)
            name_change_apply(&model->kept, &change, !leaves);
        change.sets = change.sets && !leaves;
        if (!settles || leaves)
            model->change[kept++] = change;
    }
    model->change_count = kept;
}

static void sync_step(struct disk_model *model, const struct disk_step *step, uint32_t index)
{
    const struct handle *handle = handle_of(model, step);
    struct file *file = &model->file[handle->file];
    if (!step->ended) {
        ensure(model->sync_count < SYNCS_MAX);
        model->sync[model->sync_count++] = (struct sync){.number = step->number, .index = index};
        return;
    }
    uint32_t at = 0;
    while (at < model->sync_count && model->sync[at].number != step->number)
        at++;
    ensure(at < model->sync_count);
    uint32_t began = model->sync[at].index;
    model->sync[at] = model->sync[--model->sync_count];
    if (step->result < 0)
        return;
    if (file->is_directory)
        names_settle(model, handle->file, began);
    for (uint32_t i = 0; i < file->write_count; i++)
        file->write[i].due = file->write[i].ended_index && file->write[i].ended_index < began;
    writes_settle(file);
}

void disk_model_step(struct disk_model *model, const struct disk_step *step, uint32_t index)
{
    ensure(!step->lost); /* killed from outside: what the next start found nobody knows; record it again */
    switch (step->call) {
    case CALL_pwrite:
    case CALL_pwritev:
    case CALL_write:
    case CALL_writev:
        write_step(model, step, index);
        return;
    case CALL_fsync:
    case CALL_fdatasync:
        sync_step(model, step, index);
        return;
    default:
        break;
    }
    if (!step->ended || step->result < 0)
        return;
    if (step->call == CALL_open)
        open_step(model, step, index);
    else if (step->call == CALL_ftruncate || step->call == CALL_fallocate || step->call == CALL_mmap)
        lock_step(model, step);
    else
        names_step(model, step, index);
}

uint32_t disk_model_unsynced(const struct disk_model *model)
{
    uint32_t count = model->change_count;
    for (uint32_t i = 0; i < model->file_count; i++)
        count += model->file[i].write_count;
    return count;
}

uint32_t disk_model_changes(const struct disk_model *model)
{
    return model->changes;
}

bool disk_step_is_sync(const struct disk_step *step, const struct disk_model *model)
{
    if (!step->ended || step->result < 0)
        return false;
    if (step->call == CALL_fsync || step->call == CALL_fdatasync)
        return true;
    bool writes = step->call == CALL_pwrite || step->call == CALL_pwritev || step->call == CALL_write ||
                  step->call == CALL_writev;
    return writes && handle_of(model, step)->durable;
}

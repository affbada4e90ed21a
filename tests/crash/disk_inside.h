/*
 * disk_inside.h - what the two files of the disk's model share.
 */
#ifndef MANYI_TESTS_DISK_INSIDE_H
#define MANYI_TESTS_DISK_INSIDE_H

#include "tests/crash/disk_model.h"

#define FILES_MAX 512u
#define LINKS_MAX 256u
#define CHANGES_MAX 512u
#define HANDLES_MAX 4096u
#define WRITES_MAX 4096u
#define SYNCS_MAX 64u

struct entry_name {
    uint32_t dir; /* a file's number; 0: the watched directory */
    char text[60];
};

struct link {
    struct entry_name name;
    uint32_t file;
};

struct tree {
    struct link link[LINKS_MAX];
    uint32_t count;
};

/* mkdir and open set a name, unlink and rmdir take one, rename does both. */
struct name_change {
    uint32_t index; /* of the step with which it was done */
    bool sets, takes;
    struct entry_name made, old;
    uint32_t file;
};

struct disk_write {
    uint64_t number, offset;
    struct span data;
    uint32_t ended_index; /* 0: under way */
    bool due, settled;
};

struct file {
    bool is_directory, is_lock;
    uint8_t *bytes; /* durable */
    uint64_t len, room;
    struct disk_write write[WRITES_MAX]; /* not durable, in order */
    uint32_t write_count;
};

struct handle {
    uint64_t number;
    uint32_t file;
    bool durable;
};

struct sync {
    uint64_t number;
    uint32_t index; /* of the step with which it began */
};

struct disk_model {
    struct tree live, kept; /* as programs see it; as the disk has it */
    struct name_change change[CHANGES_MAX];
    uint32_t change_count;
    uint32_t changes; /* that there ever were */
    struct file file[FILES_MAX];
    uint32_t file_count;
    struct handle handle[HANDLES_MAX];
    uint32_t handle_count;
    struct sync sync[SYNCS_MAX]; /* under way */
    uint32_t sync_count;
};

int tree_find(const struct tree *tree, struct entry_name name); /* index of the link, or -1 */
void tree_set(struct tree *tree, struct entry_name name, uint32_t file);
void tree_clear(struct tree *tree, struct entry_name name);
/* both: of a rename the old name goes as well. False: it can't be done in this tree. */
bool name_change_apply(struct tree *tree, const struct name_change *change, bool both);

#endif

/*
 * disk_model.h - what a disk holds of what it was asked to do, and what it may hold after the power failed.
 *
 * What it must keep: bytes and sizes whose file was synced after they were written; bytes written through a descriptor with
 * O_DSYNC, once that returned; names whose directory was synced after they were made, taken or changed.
 * What it may do with the rest: keep it or not, in any order, sector (512 bytes) by sector, as of any moment since the
 * sync, but never an older content over a newer one; let a file be longer than its bytes (zeros), or shorter; keep names or not, each
 * by itself or all up to a moment. A rename is there or not; only between two directories may both names be.
 * lock.mdb is written through a map that nobody records: any content, or none.
 */
#ifndef MANYI_TESTS_DISK_MODEL_H
#define MANYI_TESTS_DISK_MODEL_H

#include "tests/crash/disk_log.h"

enum disk_loss {
    LOSS_NONE,    /* nothing is lost */
    LOSS_ALL,     /* all that was not synced */
    LOSS_PREFIX,  /* from here on a part: all after a moment, within a write too */
    LOSS_WRITES,  /* whole writes, here and there */
    LOSS_PAGES,   /* page by page, each as of a moment of its own */
    LOSS_SECTORS, /* the same by sectors */
    LOSS_GROWN,   /* pages, though the file has its final size */
    LOSS_KINDS
};

const char *disk_loss_name(enum disk_loss loss);

struct disk_model;

struct disk_model *disk_model_new(void);
void disk_model_free(struct disk_model *model);
/* The next step of the log. index: of the step, rising. */
void disk_model_step(struct disk_model *model, const struct disk_step *step, uint32_t index);
/* Lays out, in a directory that is there and empty, what might be found after a power cut now. The same seed, the same. dir: NULL
 * lays out nothing. Returns a hash of all names and bytes, locks aside. */
uint64_t disk_model_lay(const struct disk_model *model, enum disk_loss loss, uint64_t seed, const char *dir);
/* Writes and names that are not synced now. */
uint32_t disk_model_unsynced(const struct disk_model *model);

/* Names made, taken or changed since the beginning. */
uint32_t disk_model_changes(const struct disk_model *model);

/* A step with which something became durable. */
bool disk_step_is_sync(const struct disk_step *step, const struct disk_model *model);

#endif

/*
 * desk_story.h - setup and teardown of a test at a desk: *state is the desk, the disk is empty at the beginning.
 *
 * Only tests of the simulated seams include it.
 */
#ifndef MANYI_TESTS_SUPPORT_DESK_STORY_H
#define MANYI_TESTS_SUPPORT_DESK_STORY_H

#include "io/disk.h"
#include "tests/support/desk.h"

static inline int desk_story_begin(void **state)
{
    desk_open_empty(*state);
    return 0;
}

/* Also ends a shortage of room on the disk. */
static inline int desk_story_end(void **state)
{
    disk_sim_free_bytes(UINT64_MAX);
    desk_close(*state);
    return 0;
}

#endif

/*
 * scratch.h - a folder of a test's own, that leaves nothing behind.
 *
 * Make it in the setup and remove it in the teardown: cmocka runs that after a failed test, too.
 */
#ifndef MANYI_TESTS_SUPPORT_SCRATCH_H
#define MANYI_TESTS_SUPPORT_SCRATCH_H

/* Short, since the path of a socket has no more than 107 bytes. */
#define SCRATCH_MAX 64

/* An empty folder below TMPDIR, or /tmp. A TMPDIR that is too long or not there fails the test. */
void scratch_make(char ret_path[SCRATCH_MAX]);
/* Removes the folder with all that is in it. */
void scratch_remove(const char *path);

/* The same as a test's setup and teardown, where the folder is all it needs: *state is the path. */
int scratch_setup(void **state);
int scratch_teardown(void **state);

#endif

/*
 * scratch.c - a folder of a test's own, that leaves nothing behind.
 */
#include "tests/support/scratch.h"

#include <fts.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

void scratch_make(char ret_path[SCRATCH_MAX])
{
    const char *base = getenv("TMPDIR");
    int len = snprintf(ret_path, SCRATCH_MAX, "%s/manyi-XXXXXX", base && *base ? base : "/tmp");
    assert_in_range(len, 1, SCRATCH_MAX - 1);
    assert_non_null(mkdtemp(ret_path));
}

void scratch_remove(const char *path)
{
    char *const paths[] = {(char *)path, NULL};
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT, NULL);
    assert_non_null(tree);
    for (FTSENT *found = fts_read(tree); found; found = fts_read(tree)) {
        if (found->fts_info != FTS_D)
            remove(found->fts_accpath); /* what stays keeps the folder, and fails the test below */
    }
    fts_close(tree);
    struct stat gone;
    assert_int_equal(stat(path, &gone), -1);
}

int scratch_setup(void **state)
{
    *state = malloc(SCRATCH_MAX);
    assert_non_null(*state);
    scratch_make(*state);
    return 0;
}

int scratch_teardown(void **state)
{
    scratch_remove(*state);
    free(*state);
    return 0;
}

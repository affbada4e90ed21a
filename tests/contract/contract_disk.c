/*
 * contract_disk.c - the disk, over either half.
 */
#include "core/status.h"
#include "io/disk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static void free_space_is_told(void **state)
{
    (void)state;
    uint64_t bytes = 0;
    assert_int_equal(disk_free_bytes("/tmp", &bytes), 0);
    assert_true(bytes > 0);
}

static void a_directory_is_made_and_made_again(void **state)
{
    (void)state;
    char path[] = "/tmp/manyi-disk-XXXXXX";
    char inner[64];
    assert_non_null(mkdtemp(path));
    snprintf(inner, sizeof inner, "%s/journal", path);
    assert_int_equal(disk_make_directory(inner), 0);
    assert_int_equal(disk_make_directory(inner), 0);
    rmdir(inner); /* the simulated half has none */
    assert_int_equal(rmdir(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(free_space_is_told),
        cmocka_unit_test(a_directory_is_made_and_made_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

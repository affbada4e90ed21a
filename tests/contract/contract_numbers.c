/* How stores that are numbered 000001, 000002, ... are found in their directory. Built twice: on LMDB and in memory. */
#include "io/store.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const char *const tables[] = {"records"};

static uint32_t greatest(const char *dir)
{
    uint32_t number = 7;
    assert_int_equal(store_greatest_number(dir, &number), 0);
    return number;
}

static void the_greatest_number_is_found_over_gaps_and_other_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t greatest;
    } made[] = {{"000002", 2}, {"000011", 11}, {"000005", 11}, {"000012.new", 11}, {"13", 11}, {"000013x", 11}};
    char dir[SCRATCH_MAX], path[SCRATCH_MAX + 16];
    scratch_make(dir);
    assert_int_equal(greatest(dir), 0);
    for (uint32_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, made[i].name);
        const struct store_options options = {
            .path = path, .tables = tables, .table_count = 1, .durability = STORE_DURABLE, .map_bytes = 1u << 20};
        struct store *store;
        assert_int_equal(store_open(&options, &store), 0);
        assert_int_equal(greatest(dir), made[i].greatest);
        store_close(store);
    }
    scratch_remove(dir);
    assert_int_equal(greatest("/nowhere/at/all"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_greatest_number_is_found_over_gaps_and_other_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

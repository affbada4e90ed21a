/* What a role keeps is counted, whoever gives it back. */
#include "tests/sim/heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void an_account_counts_what_was_taken_and_not_given_back(void **state)
{
    (void)state;
    struct heap_account intake = {0}, worker = {0};
    heap_charge(&intake);
    char *volatile buffer = malloc(1000); /* volatile: a compiler leaves out what nobody looks at */
    char *volatile rows = calloc(10, 30);
    assert_ptr_equal(heap_charge(&worker), &intake);
    char *volatile state_rows = malloc(77);
    buffer = realloc(buffer, 5000); /* is the worker's from here on */
    heap_charge(NULL);
    char *volatile nobodys = malloc(123456);
    assert_int_equal(intake.live_bytes, 300);
    assert_int_equal(intake.live_blocks, 1);
    assert_int_equal(worker.live_bytes, 5077);
    assert_int_equal(worker.live_blocks, 2);
    free(nobodys);
    free(rows);
    free(buffer);
    assert_int_equal(intake.live_bytes, 0);
    assert_int_equal(worker.live_bytes, 77);
    heap_forget(&worker);
    free(state_rows);
    assert_int_equal(worker.live_bytes, 0);
    assert_int_equal(worker.live_blocks, 0);
}

static void thousands_of_blocks_are_found_again(void **state)
{
    (void)state;
    struct heap_account account = {0};
    void *volatile blocks[4000];
    heap_charge(&account);
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < 4000; i++)
            blocks[i] = malloc(i + 1);
        assert_int_equal(account.live_bytes, 4000 * 4001 / 2);
        for (size_t i = 0; i < 4000; i++)
            free(blocks[(i * 7 + round) % 4000]);
        assert_int_equal(account.live_bytes, 0);
        assert_int_equal(account.live_blocks, 0);
    }
    heap_charge(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_account_counts_what_was_taken_and_not_given_back),
        cmocka_unit_test(thousands_of_blocks_are_found_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

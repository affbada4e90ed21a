/* test_host.c - which hosts are this machine alone: what is not, is open to others, or may be another's page in the browser. */
#include "io/host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void this_machine_alone_is_loopback(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        bool loopback;
    } rows[] = {
        {"127.0.0.1", true},    {"127.255.3.4", true},        {"::1", true},
        {"[::1]", true},        {"localhost", true},          {"", false},
        {"*", false},           {"0.0.0.0", false},           {"::", false},
        {"10.0.0.1", false},    {"126.255.255.255", false},   {"128.0.0.1", false},
        {"127.example", false}, {"127.0.0.1.example", false}, {"localhost.example", false},
        {"::1.example", false}, {"127.0.0", false},           {"127.0.0.1 ", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(host_is_loopback(rows[i].host), rows[i].loopback);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(this_machine_alone_is_loopback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

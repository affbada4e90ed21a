/* The question at the door (RFC 27): only ZAP 1.0 about CURVE in one of our domains is one, and only a good key is a yes. */
#include "core/status.h"
#include "core/z85.h"
#include "io/zap.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Keys of ZeroMQ's own documents and tests. */
#define BOSS "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
#define WALL "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
#define NOBODYS "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"

static const char people[] = "principals:\n"
                             "  - name: boss\n    number: 4\n    kind: person\n    roles: [auditor]\n    stores: all\n"
                             "    departments: all\n    keys:\n      - {public: \"" BOSS "\"}\n"
                             "  - name: wall\n    number: 9\n    kind: device\n    roles: [display]\n    stores: all\n"
                             "    departments: all\n    keys:\n      - {public: \"" WALL "\"}\n";

static struct keyring *keyring_make(const char *folder)
{
    char path[SCRATCH_MAX + 16], message[KEYRING_MESSAGE_MAX];
    struct keyring *keyring = NULL;
    snprintf(path, sizeof path, "%s/access.yaml", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(people, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(keyring_open(path, &keyring, message), 0);
    return keyring;
}

static void only_a_good_key_to_where_it_may_is_a_yes(void **state)
{
    static const struct {
        const char *version, *domain, *mechanism, *key; /* of 40 characters: Z85; else as it is */
        uint32_t count;
        int status;
        uint32_t number;
    } rows[] = {
        {"1.0", "request", "CURVE", BOSS, 7, 0, 4},
        {"1.0", "request", "CURVE", WALL, 7, 0, 9},
        {"1.0", "publish", "CURVE", BOSS, 7, 0, 4},
        {"1.0", "publish", "CURVE", WALL, 7, -E_NO_RIGHT, 0},
        {"1.0", "request", "CURVE", NOBODYS, 7, -E_UNKNOWN_PRINCIPAL, 0},
        {"1.0", "request", "CURVE", "short", 7, -E_BAD_REQUEST, 0},
        {"1.0", "request", "CURVE", "", 7, -E_BAD_REQUEST, 0},
        {"1.0", "request", "NULL", BOSS, 7, -E_BAD_REQUEST, 0},
        {"1.0", "request", "PLAIN", BOSS, 7, -E_BAD_REQUEST, 0},
        {"1.0", "request", "", BOSS, 7, -E_BAD_REQUEST, 0},
        {"1.0", "", "CURVE", BOSS, 7, -E_BAD_REQUEST, 0},
        {"1.0", "global", "CURVE", BOSS, 7, -E_BAD_REQUEST, 0},
        {"2.0", "request", "CURVE", BOSS, 7, -E_BAD_REQUEST, 0},
        {"1.0", "request", "CURVE", BOSS, 6, -E_BAD_REQUEST, 0},
        {"1.0", "request", "CURVE", BOSS, 8, -E_BAD_REQUEST, 0},
        {"1.0", "request", "CURVE", BOSS, 0, -E_BAD_REQUEST, 0},
    };
    struct keyring *keyring = keyring_make(*state);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t key[BUS_KEY_BYTES];
        bool z85 = strlen(rows[i].key) == 40;
        if (z85)
            assert_int_equal(z85_decode(span_of(rows[i].key), key, sizeof key), 0);
        const struct span frames[8] = {
            span_of(rows[i].version),
            span_of("1"),
            span_of(rows[i].domain),
            span_of("192.0.2.7"),
            span_of(""),
            span_of(rows[i].mechanism),
            z85 ? span_make(key, sizeof key) : span_of(rows[i].key),
            span_of("more"),
        };
        const struct principal *principal = NULL;
        assert_int_equal(zap_judge(keyring, frames, rows[i].count, 0, &principal), rows[i].status);
        assert_int_equal(principal ? principal->number : 0, rows[i].number);
    }
    keyring_close(keyring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_a_good_key_to_where_it_may_is_a_yes, scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

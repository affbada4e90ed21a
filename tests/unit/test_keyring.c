/* Whose key, token or password it is; and what happens when the file says otherwise. */
#include "core/status.h"
#include "io/guard.h"
#include "tests/support/scratch.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define NOON_MS 1764072000000ll                              /* 2025-11-25T12:00:00Z */
#define BAY_KEY "0rAi40rAi40rAi40rAi40rAi40rAi40rAi40rAi4"   /* 32 bytes 01 */
#define BAY_KEY_2 "0S&A80S&A80S&A80S&A80S&A80S&A80S&A80S&A8" /* 32 bytes 02 */
#define WALL_KEY "0%nSc0%nSc0%nSc0%nSc0%nSc0%nSc0%nSc0%nSc"  /* 32 bytes 03 */
#define GONE_KEY "1oX&g1oX&g1oX&g1oX&g1oX&g1oX&g1oX&g1oX&g"  /* 32 bytes 04 */
/* BLAKE2b-256 of "mt_token", by Python's hashlib */
#define TOKEN_HASH "8ed8890f2ead229ab93c3bb7e80e033e39702075303db2f671245429a5a2fbac"
/* argon2id of "correct horse" by libargon2, the reference implementation: t=2, m=64 MiB, p=1, salt "sixteen bytes ok" */
#define PASSWORD_HASH \
    "$argon2id$v=19$m=65536,t=2,p=1$c2l4dGVlbiBieXRlcyBvaw$L5NScfS8A1CQVP+25XKQFy3a4GzPWNZrMGbyPCOhEpM"

static const char names[] =
    "next_number: 20\n"
    "principals:\n"
    "  - name: bay-03\n"
    "    number: 4\n"
    "    kind: device\n"
    "    roles: [publisher]\n"
    "    stores: [sh-pudong]\n"
    "    departments: all\n"
    "    sources: [/stores/sh-pudong/service/bay-03]\n"
    "    rate: 2000\n"
    "    keys:\n"
    "      - {public: \"" BAY_KEY "\", until: 2025-11-25T12:00:05Z}\n"
    "      - public: \"" BAY_KEY_2 "\"\n"
    "  - {name: wang.li, number: 9, kind: person, roles: [handler, manager],\n"
    "     stores: [sh-pudong, nj-gulou], departments: [service],\n"
    "     tokens: [{id: t1, hash: " TOKEN_HASH ", until: 2025-11-26T00:00:00Z}],\n"
    "     password: \"" PASSWORD_HASH "\"}\n"
    "  - {name: wall, number: 2, kind: program, roles: [auditor], keys: [{public: \"" WALL_KEY "\"}]}\n"
    "  - {name: gone, number: 7, kind: person, roles: [], revoked: true,\n"
    "     keys: [{public: \"" GONE_KEY "\"}], password: \"" PASSWORD_HASH "\"}\n";

static char folder[SCRATCH_MAX];
static char path[SCRATCH_MAX + 32];
static char message[KEYRING_MESSAGE_MAX];

static int folder_make(void **state)
{
    (void)state;
    scratch_make(folder);
    snprintf(path, sizeof path, "%s/access.yaml", folder);
    return 0;
}

static int folder_remove(void **state)
{
    (void)state;
    scratch_remove(folder);
    return 0;
}

/* The file's time is noon of the test's day. */
static void time_set(const char *of)
{
    const struct timespec noon[2] = {{.tv_sec = NOON_MS / 1000}, {.tv_sec = NOON_MS / 1000}};
    assert_int_equal(utimensat(AT_FDCWD, of, noon, 0), 0);
}

/* As `manyi key` does: beside, then in its place. */
static void file_write(const char *text)
{
    char beside[SCRATCH_MAX + 40];
    snprintf(beside, sizeof beside, "%s.new", path);
    FILE *file = fopen(beside, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    time_set(beside);
    assert_int_equal(rename(beside, path), 0);
}

/* The text with one part of it replaced; the caller frees it. */
static char *changed(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    assert_non_null(at);
    size_t size = strlen(text) + strlen(to) + 1;
    char *copy = malloc(size);
    snprintf(copy, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return copy;
}

static void file_change(const char *from, const char *to)
{
    char *text = changed(names, from, to);
    file_write(text);
    free(text);
}

static struct clock_reading at(int64_t ms)
{
    return (struct clock_reading){.wall_ms = NOON_MS + ms, .monotonic_ms = 50000 + ms};
}

static struct keyring *opened(const char *text)
{
    struct keyring *keyring = NULL;
    file_write(text);
    int result = keyring_open(path, &keyring, message);
    if (result < 0)
        print_message("%s\n", message);
    assert_int_equal(result, 0);
    assert_int_equal(keyring_turn(keyring, at(0)), KEYRING_SAME);
    return keyring;
}

/* The number of whose key of 32 equal bytes it is, or the error. */
static int holder(const struct keyring *keyring, uint8_t byte, int64_t ms)
{
    uint8_t key[32];
    const struct principal *principal = NULL;
    memset(key, byte, sizeof key);
    int result = keyring_of_key(keyring, key, NOON_MS + ms, &principal);
    return result < 0 ? result : (int)principal->number;
}

static int bearer(const struct keyring *keyring, const char *token, int64_t ms)
{
    const struct principal *principal = NULL;
    int result = keyring_of_token(keyring, span_of(token), NOON_MS + ms, &principal);
    return result < 0 ? result : (int)principal->number;
}

static int visitor(const struct keyring *keyring, const char *name, const char *password)
{
    const struct principal *principal = NULL;
    int result = keyring_of_password(keyring, span_of(name), span_of(password), &principal);
    return result < 0 ? result : (int)principal->number;
}

static void a_key_is_its_principals_until_its_time_is_over(void **state)
{
    (void)state;
    struct keyring *keyring = opened(names);
    assert_int_equal(holder(keyring, 1, 0), 4);
    assert_int_equal(holder(keyring, 1, 4999), 4);
    assert_int_equal(holder(keyring, 1, 5000), -E_REVOKED);
    assert_int_equal(holder(keyring, 2, 5000), 4);
    assert_int_equal(holder(keyring, 3, 0), 2);
    assert_int_equal(holder(keyring, 4, 0), -E_REVOKED);
    assert_int_equal(holder(keyring, 5, 0), -E_UNKNOWN_PRINCIPAL);
    keyring_close(keyring);
}

static void a_token_is_known_by_its_hash_alone(void **state)
{
    (void)state;
    struct keyring *keyring = opened(names);
    assert_int_equal(bearer(keyring, "mt_token", 0), 9);
    assert_int_equal(bearer(keyring, "mt_token", 12 * 3600 * 1000), -E_REVOKED);
    assert_int_equal(bearer(keyring, "mt_tokem", 0), -E_UNKNOWN_PRINCIPAL);
    assert_int_equal(bearer(keyring, TOKEN_HASH, 0), -E_UNKNOWN_PRINCIPAL);
    assert_int_equal(bearer(keyring, "", 0), -E_UNKNOWN_PRINCIPAL);
    keyring_close(keyring);
}

static void a_password_tells_a_wrong_name_from_a_wrong_password_to_nobody(void **state)
{
    (void)state;
    struct keyring *keyring = opened(names);
    assert_int_equal(visitor(keyring, "wang.li", "correct horse"), 9);
    assert_int_equal(visitor(keyring, "wang.li", "correct Horse"), -E_BAD_CREDENTIALS);
    assert_int_equal(visitor(keyring, "wang.li", ""), -E_BAD_CREDENTIALS);
    assert_int_equal(visitor(keyring, "wang.lo", "correct horse"), -E_BAD_CREDENTIALS);
    assert_int_equal(visitor(keyring, "bay-03", "correct horse"), -E_BAD_CREDENTIALS); /* it has none */
    assert_int_equal(visitor(keyring, "", ""), -E_BAD_CREDENTIALS);
    assert_int_equal(visitor(keyring, "gone", "correct horse"), -E_REVOKED);
    keyring_close(keyring);
}

static int64_t password_time_us(const struct keyring *keyring, const char *name)
{
    int64_t least = INT64_MAX;
    for (int i = 0; i < 5; i++) { /* the shortest of some */
        struct timespec begun, ended;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begun); /* others have the processor, too */
        assert_int_equal(visitor(keyring, name, "wrong"), -E_BAD_CREDENTIALS);
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ended);
        int64_t took = (ended.tv_sec - begun.tv_sec) * 1000000ll + (ended.tv_nsec - begun.tv_nsec) / 1000;
        least = took < least ? took : least;
    }
    return least;
}

static void the_time_of_a_check_does_not_tell_whether_a_name_is_known(void **state)
{
    (void)state;
    struct keyring *keyring = opened(names);
    int64_t known = password_time_us(keyring, "wang.li"), unknown = password_time_us(keyring, "nobody");
    print_message("a wrong password takes %lld us, an unknown name %lld us\n", (long long)known, (long long)unknown);
    assert_true(known < 2 * unknown);
    assert_true(unknown < 2 * known);
    keyring_close(keyring);
}

static void principals_are_what_the_file_says(void **state)
{
    (void)state;
    struct keyring *keyring = opened(names);
    const struct access *access = keyring_access(keyring);
    assert_int_equal(access->count, 4);
    const struct principal *bay = access_of_number(access, 4);
    assert_true(span_is(access_span(access, bay->name), "bay-03"));
    assert_int_equal(bay->kind, PRINCIPAL_DEVICE);
    assert_int_equal(bay->roles, 1u << ROLE_OF_publisher);
    assert_int_equal(bay->rate, 2000);
    assert_true(bay->departments.all);
    assert_false(bay->stores.all);
    assert_true(access_owns_source(access, bay, span_of("/stores/sh-pudong/service/bay-03")));
    assert_false(access_owns_source(access, bay, span_of("/stores/sh-pudong/service/bay-04")));
    const struct principal *wang = access_of_name(access, span_of("wang.li"));
    assert_int_equal(wang->number, 9);
    assert_int_equal(wang->roles, 1u << ROLE_OF_handler | 1u << ROLE_OF_manager);
    struct access_ask ask = {MAY_direct, span_of("nj-gulou"), span_of("service"), span_of("")};
    assert_int_equal(access_decide(access, wang, &ask), 0);
    ask.department = span_of("sales");
    assert_int_equal(access_decide(access, wang, &ask), -E_OTHER_PLACE);
    assert_true(access_of_number(access, 7)->revoked);
    assert_null(access_of_number(access, 20));
    keyring_close(keyring);
}

static void a_change_is_seen_within_a_second(void **state)
{
    (void)state;
    struct keyring *keyring = opened(names);
    file_change("rate: 2000", "rate: 9");
    assert_int_equal(keyring_turn(keyring, at(999)), KEYRING_SAME);
    assert_int_equal(access_of_number(keyring_access(keyring), 4)->rate, 2000);
    assert_int_equal(keyring_turn(keyring, at(1000)), KEYRING_CHANGED);
    assert_int_equal(access_of_number(keyring_access(keyring), 4)->rate, 9);
    assert_int_equal(keyring_turn(keyring, at(2000)), KEYRING_SAME);
    file_change("rate: 2000", "rate: 9"); /* another file of the same content */
    assert_int_equal(keyring_turn(keyring, at(3000)), KEYRING_SAME);
    keyring_close(keyring);
}

/* What is changed in the file, and whether somebody may be connected who could not connect any more. */
static const struct {
    const char *from, *to;
    enum keyring_change expected;
} changes[] = {
    {"roles: [auditor]", "roles: [auditor, ops]", KEYRING_CHANGED},
    {"roles: [auditor]", "roles: [ops]", KEYRING_ENDED},
    {"roles: [auditor]", "roles: [auditor], revoked: true", KEYRING_ENDED},
    {"{public: \"" WALL_KEY "\"}", "{public: \"" WALL_KEY "\", revoked: true}", KEYRING_ENDED},
    {"{public: \"" WALL_KEY "\"}", "{public: \"" WALL_KEY "\", until: 2025-11-25T12:00:01Z}", KEYRING_ENDED},
    {"{public: \"" WALL_KEY "\"}", "{public: \"" WALL_KEY "\", until: 2025-11-25T12:00:02Z}", KEYRING_CHANGED},
    {"{public: \"" WALL_KEY "\"}", "", KEYRING_ENDED},
    {"number: 2,", "number: 3,", KEYRING_ENDED},
    {"{public: \"" GONE_KEY "\"}", "", KEYRING_CHANGED},
    {"id: t1", "revoked: true, id: t1", KEYRING_CHANGED},
    {"next_number: 20\n", "next_number: 30 # and nobody new\n", KEYRING_SAME},
};

static void connections_end_when_a_good_key_is_good_no_longer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct keyring *keyring = opened(names);
        file_change(changes[i].from, changes[i].to);
        enum keyring_change change = keyring_turn(keyring, at(1000));
        if (change != changes[i].expected)
            print_message("\"%s\" instead of \"%s\"\n", changes[i].to, changes[i].from);
        assert_int_equal(change, changes[i].expected);
        keyring_close(keyring);
    }
}

static void connections_end_when_the_time_of_a_key_is_over_though_nobody_writes(void **state)
{
    (void)state;
    struct keyring *keyring = opened(names);
    assert_int_equal(keyring_turn(keyring, at(4999)), KEYRING_SAME);
    assert_int_equal(keyring_turn(keyring, at(5000)), KEYRING_ENDED);
    assert_int_equal(keyring_turn(keyring, at(5001)), KEYRING_SAME);
    assert_int_equal(keyring_turn(keyring, at(9000)), KEYRING_SAME);
    keyring_close(keyring);
}

static void what_ended_before_the_clock_was_set_back_ends_again(void **state)
{
    (void)state;
    struct keyring *keyring = opened(names);
    assert_int_equal(keyring_turn(keyring, at(0)), KEYRING_SAME);
    assert_int_equal(keyring_turn(keyring, at(3600000)), KEYRING_ENDED); /* a wrong clock */
    struct clock_reading back = {.wall_ms = NOON_MS + 1000, .monotonic_ms = at(3600000).monotonic_ms + 1};
    assert_int_equal(keyring_turn(keyring, back), KEYRING_SAME);
    assert_int_equal(holder(keyring, 1, 1000), 4); /* who may connect again, and does */
    back.wall_ms = NOON_MS + 5000;
    assert_int_equal(keyring_turn(keyring, back), KEYRING_ENDED);
    assert_int_equal(keyring_turn(keyring, back), KEYRING_SAME);
    keyring_close(keyring);
}

/* In place, as some editors do: neither size nor time tells it, as the file's time is coarse. */
static void what_is_written_again_within_the_same_moment_is_seen_too(void **state)
{
    (void)state;
    struct keyring *keyring = opened(names);
    char *text = changed(names, "rate: 2000", "rate: 3000");
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    free(text);
    time_set(path);
    assert_int_equal(keyring_turn(keyring, at(1000)), KEYRING_CHANGED);
    assert_int_equal(access_of_number(keyring_access(keyring), 4)->rate, 3000);
    keyring_close(keyring);
}

static void a_file_that_is_broken_or_gone_changes_nothing_until_it_is_mended(void **state)
{
    (void)state;
    struct keyring *keyring = opened(names);
    assert_string_equal(keyring_trouble(keyring), "");
    file_change("kind: device", "kind: devise");
    assert_int_equal(keyring_turn(keyring, at(1000)), KEYRING_SAME);
    assert_non_null(strstr(keyring_trouble(keyring), "line 5: principals[0].kind is \"devise\""));
    assert_int_equal(holder(keyring, 1, 1000), 4);
    assert_int_equal(keyring_turn(keyring, at(2000)), KEYRING_SAME);
    assert_non_null(strstr(keyring_trouble(keyring), "line 5")); /* it still is */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(keyring_turn(keyring, at(3000)), KEYRING_SAME);
    assert_non_null(strstr(keyring_trouble(keyring), "No such file"));
    assert_int_equal(holder(keyring, 1, 3000), 4);
    file_write(names);
    assert_int_equal(keyring_turn(keyring, at(4000)), KEYRING_SAME);
    assert_string_equal(keyring_trouble(keyring), "");
    keyring_close(keyring);
}

static void a_file_that_anybody_may_write_is_refused(void **state)
{
    (void)state;
    struct keyring *keyring = NULL;
    file_write(names);
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(keyring_open(path, &keyring, message), -E_BAD_ACCESS);
    assert_non_null(strstr(message, "chmod o-w"));
    assert_int_equal(keyring_open(folder, &keyring, message), -E_BAD_ACCESS);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(keyring_open(path, &keyring, message), -E_NO_INPUT_FILE);
    assert_non_null(strstr(message, path));
    assert_null(keyring);
}

static void without_a_file_everybody_is_local(void **state)
{
    (void)state;
    static struct setup setup; /* access_path is empty */
    struct guard guard;
    const struct principal *principal;
    const struct access_ask ask = {MAY_govern, span_of("sh-pudong"), span_of("service"), span_of("")};
    assert_int_equal(guard_open(&setup, "feed", &guard), 0);
    assert_int_equal(guard_turn(&guard, at(0)), KEYRING_SAME);
    assert_int_equal(guard_who(&guard, 0, &principal), 0);
    assert_null(principal);
    assert_int_equal(guard_may(&guard, 0, &ask), 0);
    assert_true(span_is(guard_name(&guard, 0), "local"));
    assert_int_equal(guard_who(&guard, 1, &principal), -E_UNKNOWN_PRINCIPAL);
    assert_int_equal(guard_may(&guard, 1, &ask), -E_UNKNOWN_PRINCIPAL);
    assert_true(span_is(guard_name(&guard, 1), "unknown"));
    guard_close(&guard);
    guard_close(&guard);
}

static void a_guard_asks_who_it_is_before_what_they_may(void **state)
{
    (void)state;
    static struct setup setup;
    struct guard guard;
    const struct principal *principal;
    snprintf(setup.access_path, sizeof setup.access_path, "%s", path);
    file_write(names);
    assert_int_equal(guard_open(&setup, "query", &guard), 0);
    assert_int_equal(guard_who(&guard, 9, &principal), 0);
    assert_int_equal(principal->number, 9);
    assert_int_equal(guard_who(&guard, 7, &principal), -E_REVOKED);
    assert_int_equal(guard_who(&guard, 20, &principal), -E_UNKNOWN_PRINCIPAL);
    const struct access_ask here = {MAY_handle, span_of("sh-pudong"), span_of("service"), span_of("")};
    assert_int_equal(guard_may(&guard, 9, &here), 0);
    assert_int_equal(guard_may(&guard, 4, &here), -E_NO_RIGHT);
    assert_int_equal(guard_may(&guard, 7, &here), -E_REVOKED);
    assert_int_equal(guard_may(&guard, 0, &here), 0);
    assert_true(span_is(guard_name(&guard, 9), "wang.li"));
    assert_true(span_is(guard_name(&guard, 7), "gone"));
    guard_close(&guard);
    snprintf(setup.access_path, sizeof setup.access_path, "%s/none.yaml", folder);
    assert_int_equal(guard_open(&setup, "query", &guard), -E_NO_INPUT_FILE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_its_principals_until_its_time_is_over),
        cmocka_unit_test(a_token_is_known_by_its_hash_alone),
        cmocka_unit_test(a_password_tells_a_wrong_name_from_a_wrong_password_to_nobody),
        cmocka_unit_test(the_time_of_a_check_does_not_tell_whether_a_name_is_known),
        cmocka_unit_test(principals_are_what_the_file_says),
        cmocka_unit_test(a_change_is_seen_within_a_second),
        cmocka_unit_test(connections_end_when_a_good_key_is_good_no_longer),
        cmocka_unit_test(connections_end_when_the_time_of_a_key_is_over_though_nobody_writes),
        cmocka_unit_test(what_ended_before_the_clock_was_set_back_ends_again),
        cmocka_unit_test(what_is_written_again_within_the_same_moment_is_seen_too),
        cmocka_unit_test(a_file_that_is_broken_or_gone_changes_nothing_until_it_is_mended),
        cmocka_unit_test(a_file_that_anybody_may_write_is_refused),
        cmocka_unit_test(without_a_file_everybody_is_local),
        cmocka_unit_test(a_guard_asks_who_it_is_before_what_they_may),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}

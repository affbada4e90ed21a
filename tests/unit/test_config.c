/* Each key comes from the strongest place that names it, and a slip of the pen is named with its line. */
#include "core/status.h"
#include "io/config.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char *origin_of(const struct config *config, const char *key)
{
    for (uint32_t i = 0; i < CONFIG_KEYS; i++) {
        if (strcmp(config_key(i)->name, key) == 0)
            return config->origin[i];
    }
    return "there is no such key";
}

static void file_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void later_places_win_and_are_named(void **state)
{
    const char *folder = *state;
    char path[SCRATCH_MAX + 16], message[CONFIG_MESSAGE_MAX];
    struct config config;
    snprintf(path, sizeof path, "%s/manyi.conf", folder);
    file_write(path, "# ours\nbase_port: 7400\nhost: 127.0.0.2\nvolume_bytes: 2GiB\n");
    setenv("MANYI_HOST", "127.0.0.3", 1);
    assert_int_equal(config_load(&config, path, message), 0);
    unsetenv("MANYI_HOST");
    assert_int_equal(config_set(&config, "dir", "/data", "--dir", message), 0);
    assert_int_equal(config.base_port, 7400);
    assert_int_equal(config.volume_bytes, 2147483648); /* 2 x 2^30 */
    assert_string_equal(config.host, "127.0.0.3");
    assert_string_equal(config.dir, "/data");
    char expected[sizeof path + 2];
    snprintf(expected, sizeof expected, "%s:2", path);
    assert_string_equal(origin_of(&config, "base_port"), expected);
    assert_string_equal(origin_of(&config, "host"), "MANYI_HOST");
    assert_string_equal(origin_of(&config, "dir"), "--dir");
    assert_string_equal(origin_of(&config, "policy"), "default");
    assert_string_equal(origin_of(&config, "roster"), "default");
}

static void a_file_is_taken_whole_or_not_at_all(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *said;
    } rows[] = {
        {"base_port: 7400\nbase_prt: 1\n", "f:2: Unexpected key: base_prt"},
        {"base_port: 7400\nvolume_bytes: 3\n",
         "f:2: volume_bytes is \"3\"; use a whole number from 16777216 to 51539607552"}, /* 16 x 2^20, 48 x 2^30 */
        {"base_port: seven\n", "f:1: base_port is \"seven\"; use a whole number from 1 to 65000"},
        {"base_port: 65001\n", "f:1: base_port is \"65001\"; use a whole number from 1 to 65000"},
        {"base_port: -1\n", "f:1: base_port is \"-1\"; use a whole number from 1 to 65000"},
        {"base_port: 18446744073709551616\n",
         "f:1: base_port is \"18446744073709551616\"; use a whole number from 1 to 65000"},
        {"volume_bytes: 99999999999GiB\n",
         "f:1: volume_bytes is \"99999999999GiB\"; use a whole number from 16777216 to 51539607552"},
        {"base_port: 7400\ndir: \"\"\n", "f:2: dir is empty"},
        {"host: 0.0.0.0\nkeys: yes\n", "f:2: keys is \"yes\"; use auto or always"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct config config, before;
        char message[CONFIG_MESSAGE_MAX];
        config_defaults(&config);
        before = config;
        assert_int_equal(config_read_document(&config, span_of(rows[i].text), "f", message), -E_BAD_CONFIG);
        assert_string_equal(message, rows[i].said);
        assert_memory_equal(&config, &before, sizeof config);
    }
}

static void what_is_no_map_is_refused(void **state)
{
    (void)state;
    static const char *const none[] = {"- a\n",     "text", "dir: [a]\n",      "dir: {a: b}\n",
                                       "a: b: c\n", "\t",   "dir: a\ndir: b\n"};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        struct config config;
        char message[CONFIG_MESSAGE_MAX] = "";
        config_defaults(&config);
        int result = config_read_document(&config, span_of(none[i]), "f", message);
        if (i == 5)
            assert_int_equal(result, 0); /* blank: nothing is said, nothing is changed */
        else
            assert_int_equal(result, -E_BAD_CONFIG);
    }
}

static void a_file_of_comments_is_in_order(void **state)
{
    (void)state;
    struct config config;
    char message[CONFIG_MESSAGE_MAX];
    config_defaults(&config);
    assert_int_equal(config_read_document(&config, span_of("# nothing: here\n\n   # yet"), "f", message), 0);
    assert_int_equal(config_read_document(&config, span_of("\xef\xbb\xbf"), "f", message), 0);
    assert_int_equal(config_read_document(&config, span_of("\xff\xfe"), "f", message), 0);
    assert_int_equal(config.base_port, 7300);
}

static void the_example_that_is_delivered_says_the_defaults(void **state)
{
    (void)state;
    struct config defaults, example;
    char message[CONFIG_MESSAGE_MAX];
    config_defaults(&defaults);
    assert_int_equal(config_load(&example, MANYI_SOURCE_DIR "/deploy/manyi.conf", message), 0);
    for (uint32_t i = 0; i < CONFIG_KEYS; i++) {
        char ours[CONFIG_TEXT_MAX], delivered[CONFIG_TEXT_MAX];
        config_text(&defaults, i, ours);
        config_text(&example, i, delivered);
        assert_string_equal(delivered, ours);
        assert_string_not_equal(example.origin[i], "default"); /* every key stands in it */
    }
}

static void whoever_can_be_reached_by_others_needs_keys(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        bool loopback;
    } rows[] = {{"127.0.0.1", true}, {"127.255.3.4", true}, {"::1", true},       {"[::1]", true},
                {"localhost", true}, {"0.0.0.0", false},    {"*", false},        {"10.0.0.1", false},
                {"[::]", false},     {"128.0.0.1", false},  {"127.evil", false}, {"127.1.evil", false},
                {"eth0", false},     {"::ffff:1", false},   {"126.0.0.1", false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct config config;
        char message[CONFIG_MESSAGE_MAX] = "";
        config_defaults(&config);
        assert_int_equal(config_set(&config, "host", rows[i].host, "t", message), 0);
        assert_int_equal(config_keys_check(&config, message), rows[i].loopback ? 0 : -E_KEYS_NEEDED);
        assert_true(rows[i].loopback || strstr(message, "keys: always") != NULL);
        assert_int_equal(config_set(&config, "keys", "always", "t", message), 0);
        assert_int_equal(config_keys_check(&config, message), 0);
    }
}

static void a_file_that_was_named_must_be_there(void **state)
{
    (void)state;
    struct config config;
    char message[CONFIG_MESSAGE_MAX];
    assert_int_equal(config_load(&config, "/nowhere/manyi.conf", message), -E_NO_INPUT_FILE);
    assert_string_equal(message, "/nowhere/manyi.conf: No such file or directory");
}

static void ports_count_from_the_base_port(void **state)
{
    (void)state;
    struct config config;
    struct setup setup;
    char message[CONFIG_MESSAGE_MAX];
    config_defaults(&config);
    assert_int_equal(config_setup(&config, true, &setup, message), 0);
    assert_string_equal(setup.intake_endpoint, "tcp://127.0.0.1:7301");
    assert_string_equal(setup.feed_endpoint, "tcp://127.0.0.1:7302");
    assert_string_equal(setup.query_endpoint, "tcp://127.0.0.1:7303");
    assert_string_equal(setup.publish_endpoint, "tcp://127.0.0.1:7304");
    assert_string_equal(setup.replay_endpoint, "tcp://127.0.0.1:7305");
    assert_int_equal(strncmp(setup.intake_inner_endpoint, "inproc://", 9), 0);
    assert_int_equal(config_set(&config, "dir", "/data", "--dir", message), 0);
    assert_int_equal(config_set(&config, "host", "::1", "--host", message), 0);
    assert_int_equal(config_setup(&config, false, &setup, message), 0);
    assert_string_equal(setup.intake_endpoint, "tcp://[::1]:7301");
    assert_string_equal(setup.feed_inner_endpoint, "ipc:///data/run/feed.sock");
}

static void a_directory_too_deep_for_sockets_is_refused_only_where_sockets_are_needed(void **state)
{
    (void)state;
    struct config config;
    struct setup setup;
    char message[CONFIG_MESSAGE_MAX], dir[120];
    memset(dir, 'd', sizeof dir - 1);
    dir[0] = '/';
    dir[sizeof dir - 1] = '\0';
    config_defaults(&config);
    assert_int_equal(config_set(&config, "dir", dir, "--dir", message), 0);
    assert_int_equal(config_setup(&config, true, &setup, message), 0);
    assert_int_equal(config_setup(&config, false, &setup, message), -E_BAD_CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(later_places_win_and_are_named, scratch_setup, scratch_teardown),
        cmocka_unit_test(a_file_is_taken_whole_or_not_at_all),
        cmocka_unit_test(what_is_no_map_is_refused),
        cmocka_unit_test(a_file_of_comments_is_in_order),
        cmocka_unit_test(the_example_that_is_delivered_says_the_defaults),
        cmocka_unit_test(whoever_can_be_reached_by_others_needs_keys),
        cmocka_unit_test(a_file_that_was_named_must_be_there),
        cmocka_unit_test(ports_count_from_the_base_port),
        cmocka_unit_test(a_directory_too_deep_for_sockets_is_refused_only_where_sockets_are_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

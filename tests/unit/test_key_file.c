/* A key in a file of its own: written for its owner alone, read back, and refused without a word of what stands in it. */
#include "core/status.h"
#include "io/key_file.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* The server's and the client's pair of RFC 26/CurveZMQ's examples in libzmq's documentation (zmq_curve). */
#define PUBLIC "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"
#define SECRET "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"
#define SERVER "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"

static char path[SCRATCH_MAX + 32], message[KEY_FILE_MESSAGE_MAX];

static void file_write(const char *folder, const char *text, mode_t mode)
{
    snprintf(path, sizeof path, "%s/bay-03.key", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void what_people_write_is_read(void **state)
{
    struct key_file key;
    file_write(*state,
               "# ours\r\n\nname: bay-03   # third bay\npublic: '" PUBLIC "'\n"
               "secret: \"" SECRET "\"\nserver: \"" SERVER "\" # of the group\n",
               0600);
    assert_int_equal(key_file_read(path, &key, message), 0);
    assert_string_equal(key.name, "bay-03");
    assert_true(key.has_server);
    /* the first and last bytes, by Python's zmq.utils.z85 */
    assert_int_equal(key.public_key[0], 0xbb);
    assert_int_equal(key.public_key[31], 0x18);
    assert_int_equal(key.secret_key[0], 0x7b);
    assert_int_equal(key.server_key[31], 0x52);
}

static void a_new_key_is_its_owners_alone_and_never_written_over_another(void **state)
{
    struct key_file key = {.name = "wang.li", .has_server = true}, again, other = {.name = "wang.li"};
    struct stat about;
    snprintf(path, sizeof path, "%s/wang.key", (const char *)*state);
    key_file_draw(&key);
    key_file_draw(&other);
    assert_memory_not_equal(key.secret_key, other.secret_key, KEY_BYTES);
    assert_int_equal(key_file_write(path, &key, message), 0);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0600);
    assert_int_equal(key_file_write(path, &other, message), -E_USAGE);
    assert_non_null(strstr(message, "left as it is"));
    assert_int_equal(key_file_read(path, &again, message), 0);
    assert_memory_equal(&again, &key, sizeof key);
}

static void the_servers_key_is_made_once(void **state)
{
    struct key_file one, same;
    struct stat about;
    assert_int_equal(server_key_load(*state, &one, message), 0);
    assert_int_equal(server_key_load(*state, &same, message), 0);
    assert_memory_equal(&one, &same, sizeof one);
    assert_string_equal(one.name, "server");
    assert_false(one.has_server);
    snprintf(path, sizeof path, "%s/" SERVER_KEY_FILE, (const char *)*state);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0600);
    assert_int_equal(server_key_load("/nowhere/at/all", &one, message), -E_NO_INPUT_FILE);
}

#define NAME "name: a\n"
#define PAIR "public: \"" PUBLIC "\"\nsecret: \"" SECRET "\"\n"

static const struct {
    const char *text;
    mode_t mode;
    const char *said;
} mistakes[] = {
    {NAME PAIR, 0640, "chmod 600"},
    {NAME PAIR, 0604, "chmod 600"},
    {"", 0600, "needs name, public and secret"},
    {PAIR, 0600, "needs name, public and secret"},
    {NAME "public: \"" PUBLIC "\"\n", 0600, "needs name, public and secret"},
    {NAME "public: \"" PUBLIC "\"\nsecret: \"" SERVER "\"\n", 0600, "are no pair"},
    {NAME PAIR NAME, 0600, "line 4: a key stands a second time"},
    {NAME PAIR "sever: \"" SERVER "\"\n", 0600, "line 4: an unknown key"},
    {NAME PAIR "server: \"" SERVER "\n", 0600, "line 4: not of the form"},
    {NAME PAIR "server: \"" SERVER "\" or so\n", 0600, "line 4: not of the form"},
    {NAME PAIR "server: Yne@$w\n", 0600, "line 4: no key"},
    {"name\n" PAIR, 0600, "line 1: not of the form"},
    {"name: \"\"\n" PAIR, 0600, "line 1: a name has 1 to 64 bytes"},
};

static void a_wrong_file_is_named_with_its_line_and_none_of_its_secrets(void **state)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        struct key_file key = {.name = "untouched"};
        file_write(*state, mistakes[i].text, mistakes[i].mode);
        assert_int_equal(key_file_read(path, &key, message), -E_BAD_KEY_FILE);
        if (!strstr(message, mistakes[i].said))
            print_message("%s\n", message);
        assert_non_null(strstr(message, mistakes[i].said));
        assert_non_null(strstr(message, path));
        assert_null(strstr(message, "D:)Q"));
        assert_string_equal(key.name, "untouched");
    }
    struct key_file key;
    char large[4096];
    memset(large, '#', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    file_write(*state, large, 0600);
    assert_int_equal(key_file_read(path, &key, message), -E_BAD_KEY_FILE);
    assert_int_equal(key_file_read(*state, &key, message), -E_BAD_KEY_FILE);
    assert_int_equal(key_file_read("/nowhere/a.key", &key, message), -E_NO_INPUT_FILE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_people_write_is_read, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(a_new_key_is_its_owners_alone_and_never_written_over_another, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(the_servers_key_is_made_once, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(a_wrong_file_is_named_with_its_line_and_none_of_its_secrets, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

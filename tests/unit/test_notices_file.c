/* Whom to tell how is read from a file, and a slip of the pen in it is named with its line. */
#include "core/status.h"
#include "io/notices_file.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#define MAIL "  - {name: mail, kind: smtp, host: mx, from: m@example.com}\n"

static struct notices *notices;

static void files_that_are_wrong_are_told_with_line_and_cause(void **state)
{
    static const struct {
        const char *text, *said;
    } rows[] = {
        {"", "line 1: the file is empty"},
        {"targets: [\n", "line 2: this is no YAML"},
        {"targets: []\npeople: {}\n---\na: b\n", "line 3: a second document"},
        {"- a\n", "line 1: here a map"},
        {"people: {}\n", "line 1: `targets` is missing"},
        {"targets: []\n", "line 1: `people` is missing"},
        {"target: []\npeople: {}\n", "line 1: unknown key `target`"},
        {"targets: []\npeople: {}\nlanguage: fr\n", "line 3: language is \"fr\"; use one of zh, en"},
        {"targets: []\npeople: {}\nlinks: notices.example.com\n", "line 3: links is the gateway's address"},
        {"targets: []\ntargets: []\npeople: {}\n", "line 2: `targets` stands twice"},
        {"targets: {}\npeople: {}\n", "line 1: targets is a list"},
        {"targets:\n  - {kind: smtp}\npeople: {}\n", "line 2: a target lacks `name`"},
        {"targets:\n  - {name: a, kind: fax}\npeople: {}\n",
         "line 2: kind is \"fax\"; use one of webhook, smtp, wecom"},
        {"targets:\n  - {name: a, kind: smtp, host: h}\npeople: {}\n", "line 2: target a lacks `from`"},
        {"targets:\n  - {name: a, kind: wecom}\npeople: {}\n", "line 2: target a lacks `url`"},
        {"targets:\n  - {name: a, kind: wecom, url: ftp://x}\npeople: {}\n", "line 2: the url of target a begins"},
        {"targets:\n  - {name: a, kind: webhook, url: http://x}\npeople: {}\n", "line 2: target a lacks `secret_file`"},
        {"targets:\n  - {name: a, kind: command, command: sms}\npeople: {}\n", "line 2: the command of target a is no"},
        {"targets:\n  - {name: a, kind: command, command: /s, url: x}\npeople: {}\n",
         "line 2: a target of this kind has no key `url`"},
        {"targets:\n" MAIL MAIL "people: {}\n", "line 3: target mail stands twice"},
        {"targets:\n  - {name: a, kind: smtp, host: h, from: f, port: 70000}\npeople: {}\n",
         "line 2: port is \"70000\"; use a whole number from 1 to 65535"},
        {"targets:\n  - {name: a, kind: smtp, host: h, from: f, user: u}\npeople: {}\n",
         "line 2: target a has a user and no `password_file`"},
        {"targets:\n  - {name: a, kind: smtp, host: h, from: f, tls: none, password_file: p}\npeople: {}\n",
         "line 2: target a would send a password that everybody can read"},
        {"targets:\n" MAIL "people:\n  wang.li: []\n", "line 4: wang.li has a list of ways"},
        {"targets:\n" MAIL "people:\n  wang.li: mail\n", "line 4: wang.li has a list of ways"},
        {"targets:\n" MAIL "people:\n  wang.li:\n    - {target: sms}\n", "line 5: no target has the name sms"},
        {"targets:\n" MAIL "people:\n  wang.li:\n    - {address: a@b}\n", "line 5: a way lacks `target`"},
        {"targets:\n" MAIL "people:\n  wang.li:\n    - {target: mail, address: 138}\n",
         "line 5: the address for target mail is no mail address"},
        {"targets:\n" MAIL "people:\n  wang.li:\n    - {target: mail, address: \"a@b\\nBcc: c@d\"}\n",
         "line 5: address has a line break or a control character in it"},
        {"targets:\n" MAIL "people:\n  a: [{target: mail, address: a@b}]\n  b: [{target: mail, address: a@b}]\n"
         "  a: [{target: mail, address: a@b}]\n",
         "line 6: a stands twice"},
        {"targets:\n" MAIL "people: &p\n  wang.li: [*p]\n", "line 4: an alias (*name) stands here"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char message[NOTICES_MESSAGE_MAX] = "";
        int result = notices_parse(span_of(rows[i].text), notices, message);
        if (result != -E_BAD_NOTICES || strncmp(message, rows[i].said, strlen(rows[i].said)) != 0)
            fail_msg("%s\nsaid %s\nnot  %s", rows[i].text, message, rows[i].said);
    }
}

static void whoever_is_told_is_found_by_name_post_and_default(void **state)
{
    static const char text[] = "targets:\n" MAIL "people:\n"
                               "  zoe: [{target: mail, address: zoe@example.com}]\n"
                               "  manager@sh-pudong: [{target: mail, address: store@example.com}]\n"
                               "  manager@sh-pudong/sales: [{target: mail, address: sales@example.com}]\n"
                               "  director: [{target: mail, address: directors@example.com}]\n"
                               "  default: [{target: mail, address: all@example.com}]\n";
    static const struct {
        const char *to, *address;
    } rows[] = {
        {"zoe", "zoe@example.com"},
        {"manager@sh-pudong/sales", "sales@example.com"},
        {"manager@sh-pudong/service", "store@example.com"},
        {"manager@sh-pudong", "store@example.com"},
        {"director@sh-minhang", "directors@example.com"},
        {"manager@sh-minhang/sales", "all@example.com"},
        {"adam", "all@example.com"},
    };
    char message[NOTICES_MESSAGE_MAX];
    (void)state;
    assert_int_equal(notices_parse(span_of(text), notices, message), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct notice_person *person = notices_person(notices, span_of(rows[i].to));
        assert_non_null(person);
        assert_string_equal(notices->way[person->first].address, rows[i].address);
    }
}

static void addresses_are_shown_masked(void **state)
{
    static const struct {
        const char *address, *shown;
    } rows[] = {
        {"wang.li@example.com", "w***@example.com"},
        {"王力@example.com", "****@example.com"},
        {"13812345678", "138***78"},
        {"+86 138-1234-5678", "+86***78"},
        {"U024BE7LH", "***"},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char shown[NOTICE_TEXT_MAX];
        notices_mask(rows[i].address, shown);
        assert_string_equal(shown, rows[i].shown);
    }
}

static void file_write(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void secrets_are_read_from_files_that_nobody_else_may_read(void **state)
{
    const char *folder = *state;
    char path[SCRATCH_MAX + 32], secret[SCRATCH_MAX + 32], message[NOTICES_MESSAGE_MAX];
    struct notices *loaded = NULL;
    snprintf(path, sizeof path, "%s/notices.yaml", folder);
    snprintf(secret, sizeof secret, "%s/hook.secret", folder);
    file_write(path,
               "targets:\n  - {name: hook, kind: webhook, url: http://x, secret_file: hook.secret}\n"
               "people: {default: [{target: hook}]}\n",
               0600);
    static const char good[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"; /* of the Standard Webhooks specification */
    static const struct {
        const char *text;
        mode_t mode;
        const char *said;
    } rows[] = {
        {good, 0644, "others may read it"},
        {good, 0660, "others may read it"},
        {"\n", 0600, "its first line has to be the secret"},
        {"sesame\n", 0600, "is not whsec_ and the base64"},
        {"whsec_c2hvcnQ=\n", 0600, "is not whsec_ and the base64"},
        {good, 0600, NULL},
        {good, 0640, NULL},
    };
    assert_int_equal(notices_load(path, &loaded, message), -E_BAD_NOTICES);
    assert_non_null(
        strstr(message, "notices.yaml: line 2: the secret of target hook, hook.secret: there is no such file"));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        file_write(secret, rows[i].text, rows[i].mode);
        int result = notices_load(path, &loaded, message);
        assert_int_equal(result, rows[i].said ? -E_BAD_NOTICES : 0);
        if (rows[i].said)
            assert_non_null(strstr(message, rows[i].said));
        assert_null(strstr(message, "sesame"));
        if (result == 0) {
            assert_string_equal(loaded->target[0].secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
            assert_int_equal(notices_stamp(path, loaded), loaded->stamp);
            file_write(secret, "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n", 0600); /* another secret is news, too */
            assert_int_not_equal(notices_stamp(path, loaded), loaded->stamp);
            notices_free(loaded);
        }
    }
    uint64_t before = notices_stamp(path, NULL);
    file_write(path, "targets: []\npeople: {}\n", 0600);
    assert_int_not_equal(notices_stamp(path, NULL), before);
    remove(path);
    assert_int_equal(notices_stamp(path, NULL), 0);
    assert_int_equal(notices_load(path, &loaded, message), -E_NO_INPUT_FILE);
}

static int room_make(void **state)
{
    (void)state;
    notices = malloc(sizeof *notices);
    return notices ? 0 : -1;
}

static int room_free(void **state)
{
    (void)state;
    notices_free(notices);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_that_are_wrong_are_told_with_line_and_cause),
        cmocka_unit_test(whoever_is_told_is_found_by_name_post_and_default),
        cmocka_unit_test(addresses_are_shown_masked),
        cmocka_unit_test_setup_teardown(secrets_are_read_from_files_that_nobody_else_may_read, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests(tests, room_make, room_free);
}

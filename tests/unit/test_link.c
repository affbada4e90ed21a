/* Signed links and reply codes: against values made with Python's hashlib, hmac and base64, and whatever was bent is refused. */
#include "core/status.h"
#include "io/link.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define EXPIRES_MS 1795392000000ll

/* The secret is the bytes 0 to 31; m = version 1, purpose, expires_ms (8 bytes, big-endian), nonce, texts with their length before;
 * base64.urlsafe_b64encode(m + hmac.new(secret, m, "sha512").digest()[:32]) without its "=". */
static const char acknowledge_link[] =
    "AQEAAAGiBbPQAAABAgMEBQYHCAkKCwwNDg8RRS00MS1yZXNwb25zZS0xMDAHd2FuZy5saexagmV7v1RJdtURvPX2gN17"
    "_nUJsO5h6s57S1ksz0v0";
static const char session_link[] =
    "AQQAAAGiBbPQAP____________________8ABueOi-S4vYdnY2r7ayl16gO5ijC9GgcyNKBQMFCWSQTmnoA23WjE";

static void secret_fill(uint8_t secret[LINK_SECRET_BYTES])
{
    for (uint8_t i = 0; i < LINK_SECRET_BYTES; i++)
        secret[i] = i;
}

static struct link acknowledge_make(void)
{
    struct link link = {.purpose = LINK_ACKNOWLEDGE,
                        .expires_ms = EXPIRES_MS,
                        .subject = span_of("E-41-response-100"),
                        .person = span_of("wang.li")};
    for (uint8_t i = 0; i < LINK_NONCE_BYTES; i++)
        link.nonce[i] = i;
    return link;
}

static void a_link_is_what_another_library_signs(void **state)
{
    (void)state;
    uint8_t secret[LINK_SECRET_BYTES];
    char text[LINK_TEXT_MAX];
    secret_fill(secret);
    struct link link = acknowledge_make();
    assert_int_equal(link_write(secret, &link, text), 0);
    assert_string_equal(text, acknowledge_link);
    struct link session = {.purpose = LINK_SESSION, .expires_ms = EXPIRES_MS, .person = span_of("王丽")};
    memset(session.nonce, 0xff, sizeof session.nonce);
    assert_int_equal(link_write(secret, &session, text), 0);
    assert_string_equal(text, session_link);
}

static void a_link_says_what_it_was_made_for_until_it_expires(void **state)
{
    (void)state;
    uint8_t secret[LINK_SECRET_BYTES], buffer[LINK_TEXT_MAX];
    struct link link, made = acknowledge_make();
    secret_fill(secret);
    assert_int_equal(link_read(secret, span_of(acknowledge_link), EXPIRES_MS - 1, buffer, &link), 0);
    assert_int_equal(link.purpose, LINK_ACKNOWLEDGE);
    assert_int_equal(link.expires_ms, EXPIRES_MS);
    assert_memory_equal(link.nonce, made.nonce, LINK_NONCE_BYTES);
    assert_true(span_is(link.subject, "E-41-response-100"));
    assert_true(span_is(link.person, "wang.li"));
    link.person = span_of("untouched");
    assert_int_equal(link_read(secret, span_of(acknowledge_link), EXPIRES_MS, buffer, &link), -E_LINK_EXPIRED);
    assert_true(span_is(link.person, "untouched"));
}

static void a_link_with_any_character_changed_is_forged(void **state)
{
    (void)state;
    uint8_t secret[LINK_SECRET_BYTES], buffer[LINK_TEXT_MAX];
    struct link link;
    secret_fill(secret);
    for (size_t i = 0; i < sizeof acknowledge_link - 1; i++) {
        char bent[sizeof acknowledge_link];
        memcpy(bent, acknowledge_link, sizeof bent);
        bent[i] = bent[i] == 'A' ? 'B' : 'A';
        assert_int_equal(link_read(secret, span_of(bent), 0, buffer, &link), -E_LINK_FORGED);
    }
    for (size_t len = 0; len < sizeof acknowledge_link - 1; len++) {
        struct span cut = span_make(acknowledge_link, len);
        assert_int_equal(link_read(secret, cut, 0, buffer, &link), -E_LINK_FORGED);
    }
    secret[31] ^= 1;
    assert_int_equal(link_read(secret, span_of(acknowledge_link), 0, buffer, &link), -E_LINK_FORGED);
}

static void what_is_no_link_at_all_is_forged(void **state)
{
    (void)state;
    uint8_t secret[LINK_SECRET_BYTES], buffer[LINK_TEXT_MAX];
    char padded[LINK_TEXT_MAX], endless[4 * LINK_TEXT_MAX];
    struct link link;
    secret_fill(secret);
    snprintf(padded, sizeof padded, "%s=", acknowledge_link);
    memset(endless, 'A', sizeof endless);
    const struct span nonsense[] = {span_of(""), span_of("../../etc/passwd"), span_of(padded),
                                    span_make(endless, sizeof endless), span_make("\0\xff", 2)};
    for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++)
        assert_int_equal(link_read(secret, nonsense[i], 0, buffer, &link), -E_LINK_FORGED);
}

static void texts_too_long_for_a_link_are_refused_before_anything_is_written(void **state)
{
    (void)state;
    uint8_t secret[LINK_SECRET_BYTES], buffer[LINK_TEXT_MAX];
    char text[LINK_TEXT_MAX] = "untouched", longest[256];
    secret_fill(secret);
    memset(longest, 'x', sizeof longest);
    struct link link = {.purpose = LINK_RATE, .expires_ms = 1, .subject = span_make(longest, 256)};
    assert_int_equal(link_write(secret, &link, text), -E_NO_ROOM);
    link.subject.len = LABEL_MAX_BYTES;
    link.person = span_make(longest, 255);
    assert_int_equal(link_write(secret, &link, text), -E_NO_ROOM);
    assert_string_equal(text, "untouched");
    link.person.len = NAME_MAX_BYTES;
    assert_int_equal(link_write(secret, &link, text), 0);
    assert_int_equal(link_read(secret, span_of(text), 0, buffer, &link), 0);
    assert_int_equal(link.subject.len, LABEL_MAX_BYTES);
    assert_int_equal(link.person.len, NAME_MAX_BYTES);
}

static void a_link_names_its_event_by_its_nonce(void **state)
{
    (void)state;
    char id[LINK_EVENT_ID_MAX];
    struct link link = acknowledge_make();
    link_event_id(&link, id);
    assert_string_equal(id, "link-000102030405060708090a0b0c0d0e0f");
}

/* hmac.new(secret, b"n" + what, "sha512").digest()[:16] */
static void the_same_notice_has_the_same_nonce(void **state)
{
    (void)state;
    static const uint8_t expected[LINK_NONCE_BYTES] = {0xa9, 0xbe, 0x3b, 0x1a, 0x53, 0xc0, 0x08, 0x2e,
                                                       0x1d, 0x55, 0x57, 0x7c, 0x4e, 0x55, 0x7b, 0x99};
    uint8_t secret[LINK_SECRET_BYTES], nonce[LINK_NONCE_BYTES];
    secret_fill(secret);
    link_nonce(secret, span_of("E-41-response-100 wang.li"), nonce);
    assert_memory_equal(nonce, expected, sizeof expected);
}

/* The first forty bits of hmac.new(secret, b"r" + len(subject) (4 bytes, big-endian) + subject + person, "sha512"). */
static void a_reply_code_is_of_one_notice_and_one_person(void **state)
{
    (void)state;
    static const struct {
        const char *subject, *person, *code;
    } rows[] = {
        {"E-41-response-100", "wang.li", "6LYJ-6WC5"},
        {"E-41-response-100", "li.na", "RLC7-22VZ"},
        {"E-41-response-100w", "ang.li", "EXPJ-UPFE"},
    };
    uint8_t secret[LINK_SECRET_BYTES];
    char code[REPLY_CODE_MAX];
    secret_fill(secret);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        reply_code_write(secret, span_of(rows[i].subject), span_of(rows[i].person), code);
        assert_string_equal(code, rows[i].code);
        for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++)
            assert_int_equal(
                reply_code_fits(secret, span_of(rows[k].subject), span_of(rows[k].person), span_of(rows[i].code)),
                i == k);
    }
}

static void a_reply_code_may_be_typed_carelessly_but_not_wrongly(void **state)
{
    (void)state;
    static const struct {
        const char *typed;
        bool fits;
    } rows[] = {
        {"6LYJ-6WC5", true}, {"6lyj6wc5", true},    {" 6lyj 6wc5 ", true}, {"6LYJ-6WC6", false},
        {"6LYJ-6WC", false}, {"6LYJ-6WC55", false}, {"", false},           {"--------", false},
    };
    uint8_t secret[LINK_SECRET_BYTES];
    secret_fill(secret);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(
            reply_code_fits(secret, span_of("E-41-response-100"), span_of("wang.li"), span_of(rows[i].typed)),
            rows[i].fits);
}

static void a_secret_is_made_once_and_is_nobody_elses(void **state)
{
    const char *dir = *state;
    uint8_t first[LINK_SECRET_BYTES], again[LINK_SECRET_BYTES], other[LINK_SECRET_BYTES];
    char path[SCRATCH_MAX + 32];
    struct stat about;
    assert_int_equal(link_secret_load(dir, "links", first), 0);
    assert_int_equal(link_secret_load(dir, "links", again), 0);
    assert_memory_equal(first, again, LINK_SECRET_BYTES);
    assert_int_equal(link_secret_load(dir, "sessions", other), 0);
    assert_memory_not_equal(first, other, LINK_SECRET_BYTES);
    snprintf(path, sizeof path, "%s/keys/links.secret", dir);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(about.st_size, LINK_SECRET_BYTES);
}

static void what_root_makes_belongs_to_whom_the_directory_belongs_to(void **state)
{
    char path[SCRATCH_MAX + 64];
    uint8_t secret[LINK_SECRET_BYTES];
    const char *dir = *state;
    struct stat folder, file, whole;
    if (geteuid() == 0)
        assert_int_equal(chown(dir, 1234, 1234), 0);
    assert_int_equal(link_secret_load(dir, "links", secret), 0);
    snprintf(path, sizeof path, "%s/keys/links.secret", dir);
    assert_int_equal(stat(path, &file), 0);
    snprintf(path, sizeof path, "%s/keys", dir);
    assert_int_equal(stat(path, &folder), 0);
    assert_int_equal(stat(dir, &whole), 0);
    assert_int_equal(file.st_uid, whole.st_uid);
    assert_int_equal(folder.st_uid, whole.st_uid);
    assert_int_equal(link_secret_load("/nowhere/at/all", "links", secret), -E_NO_INPUT_FILE);
}

static void a_secret_that_others_can_read_or_that_is_cut_off_is_refused(void **state)
{
    const char *dir = *state;
    uint8_t secret[LINK_SECRET_BYTES];
    char path[SCRATCH_MAX + 32];
    assert_int_equal(link_secret_load(dir, "links", secret), 0);
    snprintf(path, sizeof path, "%s/keys/links.secret", dir);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(link_secret_load(dir, "links", secret), -E_BAD_KEY_FILE);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(truncate(path, LINK_SECRET_BYTES - 1), 0);
    assert_int_equal(link_secret_load(dir, "links", secret), -E_BAD_KEY_FILE);
    assert_int_equal(truncate(path, LINK_SECRET_BYTES + 1), 0);
    assert_int_equal(link_secret_load(dir, "links", secret), -E_BAD_KEY_FILE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_is_what_another_library_signs),
        cmocka_unit_test(a_link_says_what_it_was_made_for_until_it_expires),
        cmocka_unit_test(a_link_with_any_character_changed_is_forged),
        cmocka_unit_test(what_is_no_link_at_all_is_forged),
        cmocka_unit_test(texts_too_long_for_a_link_are_refused_before_anything_is_written),
        cmocka_unit_test(a_link_names_its_event_by_its_nonce),
        cmocka_unit_test(the_same_notice_has_the_same_nonce),
        cmocka_unit_test(a_reply_code_is_of_one_notice_and_one_person),
        cmocka_unit_test(a_reply_code_may_be_typed_carelessly_but_not_wrongly),
        cmocka_unit_test_setup_teardown(a_secret_is_made_once_and_is_nobody_elses, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(what_root_makes_belongs_to_whom_the_directory_belongs_to, scratch_setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(a_secret_that_others_can_read_or_that_is_cut_off_is_refused, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The access file: what is wrong in it by line and key, what of it is journaled, and how one entry is changed. */
#include "core/status.h"
#include "io/access_edit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define K1 "0rAi40rAi40rAi40rAi40rAi40rAi40rAi40rAi4" /* 32 bytes 01 */
#define K2 "0S&A80S&A80S&A80S&A80S&A80S&A80S&A80S&A8"
#define HASH "8ed8890f2ead229ab93c3bb7e80e033e39702075303db2f671245429a5a2fbac"
#define BAY "principals:\n  - {name: bay, number: 1, kind: device, roles: [publisher]}\n"
#define BAY_WITH(more) "principals:\n  - {name: bay, number: 1, kind: device, roles: [publisher], " more "}\n"
#define TEN(text) text text text text text text text text text text

static struct access_file *file, *again;
static char message[KEYRING_MESSAGE_MAX];
static char rendered[ACCESS_DOCUMENT_MAX];

static int room_make(void **state)
{
    (void)state;
    file = calloc(1, sizeof *file);
    again = calloc(1, sizeof *again);
    return file && again ? 0 : -1;
}

static int room_free(void **state)
{
    (void)state;
    free(file);
    free(again);
    return 0;
}

/* ---- what is wrong ---- */

static const struct {
    const char *text;
    const char *said[2]; /* all of these stand in the message */
} mistakes[] = {
    {"", {"empty", "manyi key new"}},
    {"# nobody yet\n", {"empty"}},
    {"- a\n", {"line 1: ", "a map of keys"}},
    {"principals: [\n", {"line 2: "}},
    {"a: b\n", {"line 1: a is no key"}},
    {"next_number: 3\n", {"line 1: has no principals"}},
    {"principals: {}\n", {"line 1: principals is no list"}},
    {"principals: [a]\n", {"line 1: principals[0] is no map", "{name: ...}"}},
    {"principals:\n  - {}\n", {"line 2: principals[0] has no name"}},
    {"principals:\n  - name: bay\n    number: 1\n    kind: device\n", {"line 2: principals[0] has no roles"}},
    {"principals:\n  - name: bay\n    nmber: 1\n", {"line 3: principals[0].nmber is no key"}},
    {"principals:\n  - name: bay\n    ? [a]\n    : b\n", {"line 3: principals[0] has a key that is no text"}},
    {"principals:\n  - name: bay\n    number: 1\n    number: 2\n",
     {"line 4: principals[0].number stands a second time"}},
    {"principals:\n  - name: [bay]\n", {"line 2: principals[0].name is no text"}},
    {"principals:\n  - name: ''\n", {"principals[0].name is empty"}},
    {"principals:\n  - name: \"a\\nb\"\n", {"principals[0].name has a control character"}},
    {"principals:\n  - name: local\n", {"principals[0].name is \"local\"", "nobody in particular"}},
    {"principals:\n  - name: a\"b\n", {"principals[0].name has a quotation mark"}},
    {"principals:\n  - name: " TEN("1234567") "\n", {"principals[0].name is longer than 64 bytes"}},
    {"principals:\n  - {name: a, number: 0}\n", {"number is \"0\"", "from 1 to 1000000000"}},
    {"principals:\n  - {name: a, number: -1}\n", {"number is \"-1\""}},
    {"principals:\n  - {name: a, number: 1.0}\n", {"number is \"1.0\""}},
    {"principals:\n  - {name: a, number: 1000000001}\n", {"number is \"1000000001\""}},
    {"principals:\n  - {name: a, number: 99999999999999999999999}\n", {"number is \"99999"}},
    {"principals:\n  - {name: a, number: 1, kind: human}\n", {"kind is \"human\"", "person, device or program"}},
    {"principals:\n  - {name: a, number: 1, kind: person, roles: [boss]}\n",
     {"roles[0] is \"boss\"", "publisher, handler"}},
    {"principals:\n  - {name: a, number: 1, kind: person, roles: handler}\n", {"roles is no list"}},
    {"principals:\n  - {name: a, number: 1, kind: person, roles: []}\n", {"line 2: principals[0] has no role"}},
    {BAY_WITH("stores: sh-pudong"), {"stores is no list", "the word all"}},
    {BAY_WITH("stores: [\"sh-*\"]"), {"stores[0] is \"sh-*\"", "`all`"}},
    {BAY_WITH("stores: [\"\"]"), {"stores[0] is empty"}},
    {BAY_WITH("sources: [/a/*/b]"), {"sources[0] is \"/a/*/b\"", "a * may only end it"}},
    {BAY_WITH("sources: [/stores/sh*]"), {"sources[0] is \"/stores/sh*\"", "/ before the *"}},
    {BAY_WITH("sources: [/manyi/notifier]"), {"sources[0] is \"/manyi/notifier\"", "Manyi's own"}},
    {BAY_WITH("sources: [/manyi/cli]"), {"Manyi's own"}},
    {BAY_WITH("speaks_for: [a*b]"), {"speaks_for[0] is \"a*b\""}},
    {BAY_WITH("sources: [\"/*" TEN(TEN("王王")) "\"]"), {"sources[0] is longer"}},
    {BAY_WITH("rate: fast"), {"rate is \"fast\""}},
    {BAY_WITH("revoked: yes"), {"revoked is \"yes\"", "true or false"}},
    {BAY_WITH("keys: [{public: abc}]"), {"keys[0].public is no key", "40 characters"}},
    {BAY_WITH("keys: [{until: 2026-12-01T00:00:00Z}]"), {"keys[0] has no public"}},
    {BAY_WITH("keys: [{public: \"" K1 "\", until: tomorrow}]"), {"keys[0].until is \"tomorrow\""}},
    {BAY_WITH("keys: [{public: \"" K1 "\", until: 2026-02-30T00:00:00Z}]"), {"keys[0].until is \"2026-02-30"}},
    {BAY_WITH("keys: [{public: \"" K1 "\"}, {public: \"" K1 "\"}]"), {"line 2: this public key stands a second time"}},
    {BAY_WITH("tokens: [{id: t1, hash: abcd}]"), {"tokens[0].hash is no hash", "64 hexadecimal"}},
    {BAY_WITH("tokens: [{id: t1, hash: " HASH "}, {id: t2, hash: " HASH "}]"), {"line 2: this token stands a second"}},
    {BAY_WITH("tokens: [{id: t1, hash: " HASH "}, {id: t1, hash: 0" HASH "}]"), {"tokens[1].hash is longer than 64"}},
    {BAY_WITH("password: secret"), {"password is no hash", "manyi key new --password"}},
    /* stronger than ours: a check would take a second and a gigabyte */
    {BAY_WITH("password: \"$argon2id$v=19$m=1048576,t=4,p=1$c2l4dGVlbiBieXRlcyBvaw$L5NScfS8A1CQVP+"
              "25XKQFy3a4GzPWNZrMGbyPCOhEpM\""),
     {"password is no hash of ours"}},
    {BAY "  - {name: bay, number: 2, kind: device, roles: [display]}\n", {"line 3: the name bay stands a second time"}},
    {BAY "  - {name: bee, number: 1, kind: device, roles: [display]}\n", {"line 3: the number 1 stands a second time"}},
    {BAY "next_number: 1\n", {"line 3: next_number is 1, but the number 1 is given already; write 2"}},
    {"x: &a [1]\nprincipals: *a\n", {"line 2: an alias"}},
    {"principals: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n", {"too deep"}},
    {"principals: []\n---\nprincipals: []\n", {"line 2: a second document"}},
    {"\xff\xfep\0", {"not UTF-8"}},
    {"principals: []\n# \xff\n", {"line 2: ", "UTF-8"}},
};

static void each_mistake_is_told_with_its_line_and_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        message[0] = '\0';
        assert_int_equal(access_file_parse(span_of(mistakes[i].text), true, file, message), -E_BAD_ACCESS);
        for (size_t k = 0; k < 2 && mistakes[i].said[k]; k++) {
            if (!strstr(message, mistakes[i].said[k]))
                print_message("%s-> %s\n   (%s)\n", mistakes[i].text, message, mistakes[i].said[k]);
            assert_non_null(strstr(message, mistakes[i].said[k]));
        }
        assert_true(strncmp(message, "line ", 5) == 0);
    }
}

static void what_is_journaled_has_no_keys_in_it(void **state)
{
    (void)state;
    static struct access access;
    static const char *const texts[] = {BAY_WITH("keys: []"), BAY_WITH("tokens: []"), BAY_WITH("password: x"),
                                        "next_number: 3\n" BAY};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        access.count = 77;
        assert_int_equal(access_parse(span_of(texts[i]), &access, message), -E_BAD_ACCESS);
        assert_non_null(strstr(message, "stands in access files only"));
        assert_int_equal(access.count, 77);
    }
}

/* Worked by hand from the sentence above access_render. */
static void principals_are_journaled_a_line_each_by_number(void **state)
{
    (void)state;
    static const char given[] = "next_number: 10\n"
                                "principals:\n"
                                "- name: 王丽\n"
                                "  number: 9\n"
                                "  kind: person\n"
                                "  roles: [manager, handler, manager]\n"
                                "  stores: [a, b]\n"
                                "  departments: all\n"
                                "  speaks_for: ['x*']\n"
                                "  rate: 0\n"
                                "- {number: 2, roles: [ops], kind: program, name: bay, rate: 5, revoked: true,\n"
                                "   sources: all, keys: [{public: \"" K1 "\"}]}\n";
    static const char expected[] =
        "principals:\n"
        "  - {name: \"bay\", number: 2, kind: program, roles: [ops], sources: all, rate: 5, revoked: true}\n"
        "  - {name: \"王丽\", number: 9, kind: person, roles: [handler, manager], stores: [\"a\", \"b\"], departments: all, "
        "speaks_for: [\"x*\"]}\n";
    size_t len = 0;
    char hash[33], hash_again[33];
    assert_int_equal(access_file_parse(span_of(given), true, file, message), 0);
    assert_int_equal(access_render(&file->access, rendered, sizeof rendered, &len, hash), 0);
    assert_int_equal(len, sizeof expected - 1);
    assert_memory_equal(rendered, expected, len);
    assert_string_equal(hash, "98cd6177a7a9a53fe2d13943b6e66f82"); /* by Python's hashlib.blake2b */
    assert_string_equal(file->access.hash, hash);
    static struct access access;
    assert_int_equal(access_parse(span_make(rendered, len), &access, message), 0);
    assert_string_equal(access.hash, hash);
    static char twice[sizeof expected];
    assert_int_equal(access_render(&access, twice, sizeof twice, &len, hash_again), 0);
    assert_memory_equal(twice, expected, len);
    assert_int_equal(access_render(&access, twice, sizeof twice - 1, &len, hash_again), -E_NO_ROOM);
}

static void nobody_is_a_document_too(void **state)
{
    (void)state;
    size_t len;
    char hash[33];
    static const char *const nobody[] = {"principals: []\n", "principals:\n", "next_number: 7\nprincipals:   # soon\n",
                                         "{principals: [], next_number: 7}"};
    for (size_t i = 0; i < sizeof nobody / sizeof nobody[0]; i++) {
        assert_int_equal(access_file_parse(span_of(nobody[i]), true, file, message), 0);
        assert_int_equal(file->access.count, 0);
        assert_int_equal(access_render(&file->access, rendered, sizeof rendered, &len, hash), 0);
        assert_memory_equal(rendered, "principals: []\n", len);
    }
}

static void four_thousand_principals_fit_and_one_more_is_refused(void **state)
{
    (void)state;
    size_t size = (PRINCIPALS_MAX + 1) * 80 + 32, len = 0;
    char *text = malloc(size);
    len += (size_t)snprintf(text, size, "principals:\n");
    for (uint32_t i = PRINCIPALS_MAX; i > 0; i--) /* backwards: the order of the file is nobody's business */
        len += (size_t)snprintf(text + len, size - len, "- {name: p%u, number: %u, kind: device, roles: [display]}\n",
                                i, i);
    assert_int_equal(access_file_parse(span_make(text, len), true, file, message), 0);
    assert_int_equal(file->access.count, PRINCIPALS_MAX);
    assert_true(span_is(access_span(&file->access, access_of_number(&file->access, 77)->name), "p77"));
    snprintf(text + len, size - len, "- {name: q, number: 9999, kind: device, roles: [display]}\n");
    assert_int_equal(access_file_parse(span_of(text), true, file, message), -E_BAD_ACCESS);
    assert_non_null(strstr(message, "line 4098: principals has more than 4096 entries"));
    free(text);
}

static void what_would_not_fit_into_the_journal_is_refused(void **state)
{
    (void)state;
    size_t size = 2u << 20, len = 0;
    char *text = malloc(size);
    len +=
        (size_t)snprintf(text, size, "principals:\n- {name: p, number: 1, kind: device, roles: [display], stores: [");
    for (uint32_t i = 0; i < 20000; i++)
        len += (size_t)snprintf(text + len, size - len, "%s%06u-%050u", i ? ", " : "", i, i);
    len += (size_t)snprintf(text + len, size - len, "]}\n");
    assert_int_equal(access_file_parse(span_make(text, len), true, file, message), -E_BAD_ACCESS);
    assert_non_null(strstr(message, "too much"));
    free(text);
}

/* ---- changes ---- */

static uint32_t bay_add(const char *name)
{
    struct span stores[] = {span_of("sh-pudong")};
    const struct access_draft draft = {.name = span_of(name),
                                       .kind = PRINCIPAL_DEVICE,
                                       .roles = 1u << ROLE_OF_publisher,
                                       .stores = {.count = 1, .name = stores},
                                       .departments = {.all = true}};
    uint32_t number = 0;
    assert_int_equal(access_add(file, &draft, &number, message), 0);
    return number;
}

static void expect_text(const char *before, uint32_t number, const char *expected)
{
    char *text = NULL;
    size_t len = 0;
    int result = access_edit(span_of(before), file, number, &text, &len, message);
    if (result < 0)
        print_message("%s\n", message);
    assert_int_equal(result, 0);
    char *ended = calloc(1, len + 1);
    memcpy(ended, text, len);
    assert_string_equal(ended, expected);
    free(ended);
    free(text);
}

#define NEW_BLOCK(indent)                                                                               \
    "name: \"new\"\n" indent "number: 3\n" indent "kind: device\n" indent "roles: [publisher]\n" indent \
    "stores: [\"sh-pudong\"]\n" indent "departments: all"
#define NEW_FLOW \
    "{name: \"new\", number: 3, kind: device, roles: [publisher], stores: [\"sh-pudong\"], departments: all}"
#define A "name: a\n    number: 2\n    kind: person\n    roles: [handler]"

/* Files in the styles that people use, and what they are with somebody new in them. */
static const struct {
    const char *before, *after;
} additions[] = {
    {"next_number: 3\nprincipals: []\n", "next_number: 4\nprincipals: \n  - " NEW_BLOCK("    ") "\n"},
    {"# ours\nprincipals:\nnext_number: 3 # do not touch",
     "# ours\nprincipals:\n  - " NEW_BLOCK("    ") "\nnext_number: 4 # do not touch\n"},
    {"principals:\n  # the first\n  - " A " # last\n  # the end\n",
     "next_number: 4\nprincipals:\n  # the first\n  - " A " # last\n  - " NEW_BLOCK("    ") "\n  # the end\n"},
    {"# 中文\nprincipals:\n- name: 二\n  number: 2\n  kind: person\n  roles: [hr] # 人力\n\nnext_number: 3\n",
     "# 中文\nprincipals:\n- name: 二\n  number: 2\n  kind: person\n  roles: [hr] # 人力\n- " NEW_BLOCK(
         "  ") "\n\nnext_number: 4\n"},
    {"\xef\xbb\xbfprincipals: [{name: a, number: 2, kind: person, roles: [hr]}] # all\n",
     "\xef\xbb\xbfnext_number: 4\nprincipals: [{name: a, number: 2, kind: person, roles: [hr]}, " NEW_FLOW "] # all\n"},
    {"principals:\r\n  - {name: a, number: 2, kind: person, roles: [hr]} # one\r\n",
     "next_number: 4\nprincipals:\r\n  - {name: a, number: 2, kind: person, roles: [hr]} # one\n  - " NEW_BLOCK(
         "    ") "\r\n"},
};

static void somebody_new_is_added_in_the_style_of_the_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof additions / sizeof additions[0]; i++) {
        assert_int_equal(access_file_parse(span_of(additions[i].before), true, file, message), 0);
        if (file->access.count == 0 && file->next_number == 0)
            file->next_number = 3;
        uint32_t number = bay_add("new");
        assert_int_equal(number, 3);
        expect_text(additions[i].before, number, additions[i].after);
    }
}

static void a_number_is_never_given_again(void **state)
{
    (void)state;
    assert_int_equal(access_file_parse(span_of("next_number: 12\n" BAY), true, file, message), 0);
    assert_int_equal(bay_add("new"), 12); /* 2 to 11 were somebody once */
    assert_int_equal(file->next_number, 13);
    const struct access_draft draft = {.name = span_of("bay")};
    uint32_t number = 0;
    assert_int_equal(access_add(file, &draft, &number, message), -E_BAD_ACCESS);
    assert_non_null(strstr(message, "bay is in it already"));
}

static void one_entry_is_written_anew_and_all_else_stays(void **state)
{
    (void)state;
    static const char before[] = "# top\n"
                                 "principals:\n"
                                 "  # bays\n"
                                 "  - name: bay   # third\n"
                                 "    kind: device\n"
                                 "    number: 1\n"
                                 "    roles: [publisher]\n"
                                 "    keys:\n"
                                 "      - public: \"" K1 "\" # old\n"
                                 "\n"
                                 "  # people\n"
                                 "  - {name: a, number: 2, kind: person, roles: [hr], revoked: false} # hr\n"
                                 "next_number: 3 # next\n";
    static const char after[] = "# top\n"
                                "principals:\n"
                                "  # bays\n"
                                "  - name: \"bay\"\n"
                                "    number: 1\n"
                                "    kind: device\n"
                                "    roles: [publisher]\n"
                                "    keys:\n"
                                "      - {public: \"" K1 "\", until: 2026-12-01T00:00:00Z}\n"
                                "      - {public: \"" K2 "\"} # old\n"
                                "\n"
                                "  # people\n"
                                "  - {name: a, number: 2, kind: person, roles: [hr], revoked: false} # hr\n"
                                "next_number: 3 # next\n";
    uint8_t two[32];
    memset(two, 2, sizeof two);
    assert_int_equal(access_file_parse(span_of(before), true, file, message), 0);
    file->key[0].until_ms = 1796083200000ll; /* 2026-12-01T00:00:00Z, by Python's datetime */
    assert_int_equal(access_key_add(file, 1, two, ACCESS_FOR_EVER, 0, message), 0);
    expect_text(before, 1, after);
    assert_int_equal(access_file_parse(span_of(before), true, file, message), 0);
    file->access.principal[1].revoked = true;
    static const char hr[] = "  - {name: a, number: 2, kind: person, roles: [hr], revoked: false} # hr\n";
    static const char gone[] = "  - {name: \"a\", number: 2, kind: person, roles: [hr], revoked: true} # hr\n";
    char expected[sizeof before + sizeof gone];
    const char *at = strstr(before, hr);
    snprintf(expected, sizeof expected, "%.*s%s%s", (int)(at - before), before, gone, at + sizeof hr - 1);
    expect_text(before, 2, expected);
}

static void the_ninth_key_takes_the_place_of_one_that_is_over(void **state)
{
    (void)state;
    uint8_t key[32];
    assert_int_equal(access_file_parse(span_of("next_number: 2\n" BAY), true, file, message), 0);
    for (uint8_t i = 1; i <= 8; i++) {
        memset(key, i, sizeof key);
        assert_int_equal(access_key_add(file, 1, key, i == 5 ? 1000 : ACCESS_FOR_EVER, 500, message), 0);
    }
    memset(key, 8, sizeof key);
    assert_int_equal(access_key_add(file, 1, key, ACCESS_FOR_EVER, 500, message), -E_BAD_ACCESS);
    assert_non_null(strstr(message, "already"));
    memset(key, 9, sizeof key);
    assert_int_equal(access_key_add(file, 1, key, ACCESS_FOR_EVER, 999, message), -E_BAD_ACCESS);
    assert_non_null(strstr(message, "8 good keys"));
    assert_int_equal(access_key_add(file, 1, key, ACCESS_FOR_EVER, 1000, message), 0);
    assert_int_equal(file->key_count, 8);
    for (uint32_t i = 0; i < 8; i++)
        assert_int_not_equal(file->key[i].public_key[0], 5);
}

static void tokens_have_ids_that_nobody_else_of_the_principal_has(void **state)
{
    (void)state;
    uint8_t hash[32] = {7};
    char id[TOKEN_ID_MAX + 1];
    static const char text[] = "next_number: 2\n" BAY_WITH("tokens: [{id: t2, hash: " HASH ", revoked: true}]");
    assert_int_equal(access_file_parse(span_of(text), true, file, message), 0);
    assert_int_equal(access_token_add(file, 1, hash, ACCESS_FOR_EVER, 0, id, message), 0);
    assert_string_equal(id, "t1");
    hash[0] = 8;
    assert_int_equal(access_token_add(file, 1, hash, 1796083200000ll, 0, id, message), 0);
    assert_string_equal(id, "t3");
    expect_text(
        text, 1,
        "next_number: 2\nprincipals:\n  - {name: \"bay\", number: 1, kind: device, roles: [publisher], tokens: "
        "[{id: \"t2\", hash: \"" HASH "\", revoked: true}, {id: \"t1\", hash: "
        "\"0700000000000000000000000000000000000000000000000000000000000000\"}, {id: \"t3\", hash: "
        "\"0800000000000000000000000000000000000000000000000000000000000000\", until: 2026-12-01T00:00:00Z}]}\n");
}

static void what_cannot_be_changed_is_said_and_stays(void **state)
{
    (void)state;
    static const char one_map[] = "{principals: []}\n";
    char *text = NULL;
    size_t len;
    assert_int_equal(access_file_parse(span_of(one_map), true, file, message), 0);
    uint32_t number = bay_add("new");
    assert_int_equal(access_edit(span_of(one_map), file, number, &text, &len, message), -E_BAD_ACCESS);
    assert_non_null(strstr(message, "line 1"));
    assert_null(text);
    /* a name that no file may have */
    assert_int_equal(access_file_parse(span_of(access_fresh), true, file, message), 0);
    number = bay_add("a\"b");
    assert_int_equal(access_edit(span_of(access_fresh), file, number, &text, &len, message), -E_BAD_ACCESS);
    assert_non_null(strstr(message, "principals[0].name has a quotation mark"));
    assert_null(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mistake_is_told_with_its_line_and_key),
        cmocka_unit_test(what_is_journaled_has_no_keys_in_it),
        cmocka_unit_test(principals_are_journaled_a_line_each_by_number),
        cmocka_unit_test(nobody_is_a_document_too),
        cmocka_unit_test(four_thousand_principals_fit_and_one_more_is_refused),
        cmocka_unit_test(what_would_not_fit_into_the_journal_is_refused),
        cmocka_unit_test(somebody_new_is_added_in_the_style_of_the_file),
        cmocka_unit_test(a_number_is_never_given_again),
        cmocka_unit_test(one_entry_is_written_anew_and_all_else_stays),
        cmocka_unit_test(the_ninth_key_takes_the_place_of_one_that_is_over),
        cmocka_unit_test(tokens_have_ids_that_nobody_else_of_the_principal_has),
        cmocka_unit_test(what_cannot_be_changed_is_said_and_stays),
    };
    return cmocka_run_group_tests(tests, room_make, room_free);
}

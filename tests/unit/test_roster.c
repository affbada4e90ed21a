/* A roster: whom a notice reaches, step by step, and what is wrong in a file, by line and key. */
#include "core/rfc3339.h"
#include "core/roster.h"
#include "core/status.h"
#include "io/roster_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define DOCUMENT_MAX (64 * 1024)

/*
 * sh-pudong   service  handler wang.li, manager chen.jing      sales  manager sun.fang, handler the store's: guo.ping
 *             director zhao.min, general manager the group's: qian.lei
 * nj-gulou    support  nobody; director liu.wei
 * group       he.ping, then zhang.min
 *
 * chen.jing is away 23 to 27 November, wang.li stands in; wang.li 25 to 26 November, xu.lei stands in
 * zhao.min is away on 30 November, nobody stands in
 */
static const char group[] = "name: November\n"
                            "general_manager: qian.lei\n"
                            "management_group: [he.ping, zhang.min]\n"
                            "contacts:\n"
                            "  - {topic: press, person: zhang.min}\n"
                            "stores:\n"
                            "  - store: sh-pudong\n"
                            "    name: 上海浦东店\n"
                            "    name_en: Shanghai Pudong\n"
                            "    region: east\n"
                            "    handler: guo.ping\n"
                            "    director: zhao.min\n"
                            "    departments:\n"
                            "      - department: service\n"
                            "        handler: wang.li\n"
                            "        manager: chen.jing\n"
                            "      - department: sales\n"
                            "        manager: sun.fang\n"
                            "  - store: nj-gulou\n"
                            "    director: liu.wei\n"
                            "    departments:\n"
                            "      - department: support\n"
                            "staff:\n"
                            "  - {number: wang.li, title: advisor, store: sh-pudong, department: service}\n"
                            "  - {number: xu.lei, title: advisor, store: sh-pudong, department: service}\n"
                            "  - {number: chen.jing, title: manager, store: sh-pudong, department: service}\n"
                            "  - {number: guo.ping, store: sh-pudong, department: sales}\n"
                            "  - {number: sun.fang, store: sh-pudong, department: sales}\n"
                            "  - {number: zhao.min, title: director, store: sh-pudong}\n"
                            "  - {number: liu.wei, store: nj-gulou}\n"
                            "  - {number: zhou.hui, store: nj-gulou, department: support, superior: chen.jing}\n"
                            "  - {number: qian.lei, title: general manager}\n"
                            "  - {number: he.ping}\n"
                            "  - {number: zhang.min, superior: he.ping}\n"
                            "substitutes:\n"
                            "  - {person: chen.jing, by: wang.li, from: 2026-11-23, to: 2026-11-27}\n"
                            "  - {person: wang.li, by: xu.lei, from: 2026-11-25, to: 2026-11-26}\n"
                            "  - {person: zhao.min, from: 2026-11-30, to: 2026-11-30}\n";

static struct roster *roster;
static char message[ROSTER_MESSAGE_MAX];

static int the_group(void **state)
{
    (void)state;
    roster = calloc(1, sizeof *roster);
    assert_non_null(roster);
    if (roster_parse(span_of(group), roster, message) < 0)
        fail_msg("%s", message);
    return 0;
}

static int gone(void **state)
{
    (void)state;
    free(roster);
    return 0;
}

static int64_t day_of(const char *text)
{
    int64_t day;
    assert_int_equal(roster_day_parse(span_of(text), &day), 0);
    return day;
}

static struct name_list names_of(const char *a, const char *b)
{
    struct name_list names = {.count = 0};
    if (a)
        names.item[names.count++] = span_of(a);
    if (b)
        names.item[names.count++] = span_of(b);
    return names;
}

/* ---- whom it reaches ---- */

static void a_notice_reaches_a_person(void **state)
{
    (void)state;
    static const struct {
        const char *store, *department;
        int64_t level;
        const char *day, *first, *skip, *skip_too, *reaches;
    } rows[] = {
        /* posts, each by its own place, else by the store's, else by the group's */
        {"sh-pudong", "service", 0, "2026-11-20", NULL, NULL, NULL, "wang.li"},
        {"sh-pudong", "sales", 0, "2026-11-20", NULL, NULL, NULL, "guo.ping"},
        {"sh-pudong", "", 0, "2026-11-20", NULL, NULL, NULL, "guo.ping"},
        {"sh-pudong", "service", 1, "2026-11-20", NULL, NULL, NULL, "chen.jing"},
        {"sh-pudong", "service", 2, "2026-11-20", NULL, NULL, NULL, "zhao.min"},
        {"sh-pudong", "service", 3, "2026-11-20", NULL, NULL, NULL, "qian.lei"},
        {"sh-pudong", "service", 4, "2026-11-20", NULL, NULL, NULL, "he.ping"},
        {"sh-pudong", "service", 9, "2026-11-20", NULL, NULL, NULL, "he.ping"},
        /* vacant: the next one up */
        {"nj-gulou", "support", 0, "2026-11-20", NULL, NULL, NULL, "liu.wei"},
        {"sh-pudong", "", 1, "2026-11-20", NULL, NULL, NULL, "zhao.min"},
        {"sh-pudong", "canteen", 1, "2026-11-20", NULL, NULL, NULL, "zhao.min"},
        {"hz-xihu", "service", 0, "2026-11-20", NULL, NULL, NULL, "qian.lei"}, /* a store that it doesn't know */
        /* away: who stands in, on the days alone, and for whom stands in, too */
        {"sh-pudong", "service", 1, "2026-11-22", NULL, NULL, NULL, "chen.jing"},
        {"sh-pudong", "service", 1, "2026-11-23", NULL, NULL, NULL, "wang.li"},
        {"sh-pudong", "service", 1, "2026-11-27", NULL, NULL, NULL, "wang.li"},
        {"sh-pudong", "service", 1, "2026-11-28", NULL, NULL, NULL, "chen.jing"},
        {"sh-pudong", "service", 1, "2026-11-25", NULL, NULL, NULL, "xu.lei"},
        {"sh-pudong", "service", 2, "2026-11-30", NULL, NULL, NULL, "qian.lei"}, /* away, nobody stands in */
        /* complained about: the next one up, and nobody who stands in for them */
        {"sh-pudong", "service", 0, "2026-11-20", NULL, "wang.li", NULL, "chen.jing"},
        {"sh-pudong", "service", 1, "2026-11-23", NULL, "wang.li", NULL, "zhao.min"},
        {"sh-pudong", "service", 1, "2026-11-23", NULL, "chen.jing", NULL, "zhao.min"},
        {"sh-pudong", "service", 0, "2026-11-20", NULL, "wang.li", "chen.jing", "zhao.min"},
        {"sh-pudong", "service", 4, "2026-11-20", NULL, "he.ping", NULL, "zhang.min"},
        {"sh-pudong", "service", 4, "2026-11-20", NULL, "he.ping", "zhang.min", "management-group"},
        /* named by people: first, whether the roster knows them or not */
        {"sh-pudong", "service", 1, "2026-11-20", "xu.lei", NULL, NULL, "xu.lei"},
        {"sh-pudong", "service", 1, "2026-11-20", "E-4711", NULL, NULL, "E-4711"},
        {"sh-pudong", "service", 1, "2026-11-20", "xu.lei", "xu.lei", NULL, "chen.jing"},
        {"sh-pudong", "service", 1, "2026-11-25", "wang.li", NULL, NULL, "xu.lei"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[LABEL_MAX_BYTES + 1];
        struct name_list skip = names_of(rows[i].skip, NULL), skip_too = names_of(rows[i].skip_too, NULL);
        const struct roster_question question = {
            .store = span_of(rows[i].store),
            .department = span_of(rows[i].department),
            .level = rows[i].level,
            .day = day_of(rows[i].day),
            .first = span_of(rows[i].first),
            .skip = &skip,
            .skip_too = &skip_too,
        };
        roster_recipient(roster, &question, text, sizeof text);
        if (strcmp(text, rows[i].reaches) != 0)
            fail_msg("row %zu: %s instead of %s", i, text, rows[i].reaches);
    }
}

static void without_a_roster_a_role_stands_for_its_person(void **state)
{
    (void)state;
    char text[LABEL_MAX_BYTES + 1];
    struct roster *none = calloc(1, sizeof *none);
    struct name_list skip = names_of("wang.li", NULL);
    struct roster_question question = {.store = span_of("sh-pudong"), .department = span_of("service"), .level = 1};
    roster_recipient(NULL, &question, text, sizeof text);
    assert_string_equal(text, "manager@sh-pudong/service");
    question.first = span_of("wang.li");
    roster_recipient(none, &question, text, sizeof text);
    assert_string_equal(text, "wang.li");
    question.skip = &skip;
    roster_recipient(none, &question, text, sizeof text);
    assert_string_equal(text, "manager@sh-pudong/service");
    assert_false(roster_is_adopted(none));
    assert_int_equal(roster_find_person(none, span_of("wang.li")), ROSTER_NOBODY);
    assert_int_equal(roster_find_person(NULL, span_of("wang.li")), ROSTER_NOBODY);
    assert_int_equal(roster_find_store(NULL, span_of("sh-pudong")), ROSTER_NOBODY);
    assert_int_equal(roster_staff_count(none, span_of("sh-pudong")), 0);
    free(none);
}

static void the_steps_say_why(void **state)
{
    (void)state;
    struct roster_step steps[ROSTER_STEPS_MAX];
    uint32_t count;
    struct name_list skip = names_of("xu.lei", NULL);
    const struct roster_question question = {
        .store = span_of("sh-pudong"),
        .department = span_of("service"),
        .level = 1,
        .day = day_of("2026-11-25"),
        .skip = &skip,
    };
    roster_ask(roster, &question, steps, &count);
    assert_int_equal(count, 4);
    static const struct {
        const char *person;
        enum roster_why why;
        bool stands_in;
    } expected[] = {
        {"chen.jing", ROSTER_AWAY, false},
        {"wang.li", ROSTER_AWAY, true},
        {"xu.lei", ROSTER_SKIPPED, true},
        {"zhao.min", ROSTER_TOLD, false},
    };
    for (uint32_t i = 0; i < count; i++) {
        assert_true(span_is(steps[i].person, expected[i].person));
        assert_int_equal(steps[i].why, expected[i].why);
        assert_int_equal(steps[i].stands_in, expected[i].stands_in);
    }
}

/* ---- who is who ---- */

static void everybody_has_a_place_and_a_next_one_up(void **state)
{
    (void)state;
    static const struct {
        const char *person, *store, *department, *superior;
    } rows[] = {
        {"wang.li", "sh-pudong", "service", "chen.jing"}, /* a handler: the manager */
        {"xu.lei", "sh-pudong", "service", "chen.jing"},  /* the handler is a colleague */
        {"chen.jing", "sh-pudong", "service", "zhao.min"},
        {"guo.ping", "sh-pudong", "sales", "sun.fang"},
        {"zhao.min", "sh-pudong", "", "qian.lei"},
        {"liu.wei", "nj-gulou", "", "qian.lei"},
        {"zhou.hui", "nj-gulou", "support", "chen.jing"}, /* as the document says */
        {"qian.lei", "", "", "he.ping"},
        {"he.ping", "", "", ""},
        {"zhang.min", "", "", "he.ping"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct span store, department, person = span_of(rows[i].person);
        assert_true(roster_place_of(roster, person, &store, &department));
        assert_true(span_is(store, rows[i].store));
        assert_true(span_is(department, rows[i].department));
        uint32_t superior = roster_superior_of(roster, roster_find_person(roster, person));
        if (rows[i].superior[0])
            assert_int_equal(superior, roster_find_person(roster, span_of(rows[i].superior)));
        else
            assert_int_equal(superior, ROSTER_NOBODY);
    }
    struct span store, department;
    assert_false(roster_place_of(roster, span_of("nobody"), &store, &department));
}

static void a_department_has_its_head_and_a_store_its_people(void **state)
{
    (void)state;
    struct name_list heads;
    roster_department_heads(roster, span_of("sh-pudong"), span_of("sales"), &heads);
    assert_int_equal(heads.count, 1);
    assert_true(span_is(heads.item[0], "sun.fang"));
    roster_department_heads(roster, span_of("nj-gulou"), span_of("support"), &heads);
    assert_int_equal(heads.count, 0);
    assert_int_equal(roster_staff_count(roster, span_of("sh-pudong")), 6);
    assert_int_equal(roster_staff_count(roster, span_of("nj-gulou")), 2);
    struct name_list one = names_of("liu.wei", NULL), other = names_of("zhou.hui", NULL);
    assert_true(roster_has_other(roster, span_of("nj-gulou"), &one, NULL));
    assert_false(roster_has_other(roster, span_of("nj-gulou"), &one, &other));
}

/* ---- the file ---- */

static void what_is_rendered_is_read_again_as_the_same(void **state)
{
    (void)state;
    static char rendered[DOCUMENT_MAX], again[DOCUMENT_MAX];
    char hash[33], hash_again[33];
    size_t len, len_again;
    struct roster *other = calloc(1, sizeof *other);
    assert_int_equal(roster_render(roster, rendered, sizeof rendered, &len, hash), 0);
    if (roster_parse(span_make(rendered, len), other, message) < 0)
        fail_msg("%s", message);
    assert_int_equal(roster_render(other, again, sizeof again, &len_again, hash_again), 0);
    assert_int_equal(len, len_again);
    assert_memory_equal(rendered, again, len);
    assert_string_equal(hash, other->hash);
    assert_int_equal(other->staff_count, 11);
    assert_int_equal(other->substitute_count, 3);
    assert_int_equal(roster_render(roster, rendered, len, &len_again, hash), -E_NO_ROOM);
    free(other);
}

static void a_store_has_names_for_people_to_read(void **state)
{
    (void)state;
    static char rendered[DOCUMENT_MAX];
    char hash[33];
    size_t len;
    struct roster *again = calloc(1, sizeof *again);
    assert_int_equal(roster_render(roster, rendered, sizeof rendered, &len, hash), 0);
    if (roster_parse(span_make(rendered, len), again, message) < 0)
        fail_msg("%s", message);
    const struct roster_store *named = &again->store[roster_find_store(again, span_of("sh-pudong"))];
    const struct roster_store *unnamed = &again->store[roster_find_store(again, span_of("nj-gulou"))];
    assert_string_equal(again->text + named->name, "上海浦东店");
    assert_string_equal(again->text + named->name_en, "Shanghai Pudong");
    assert_int_equal(unnamed->name, 0);
    assert_int_equal(unnamed->name_en, 0);
    free(again);
}

/* What journals have from before stores had an English name: worked by hand, byte for byte. */
static void a_roster_of_before_is_what_it_was(void **state)
{
    (void)state;
    static const char text[] = "management_group:\n  - \"a\"\nstores:\n  - store: \"s\"\n    name: \"浦东\"\n"
                               "staff:\n  - {number: \"a\"}\n";
    static char rendered[DOCUMENT_MAX];
    char hash[33];
    size_t len;
    struct roster *old = calloc(1, sizeof *old);
    if (roster_parse(span_of(text), old, message) < 0)
        fail_msg("%s", message);
    assert_int_equal(roster_render(old, rendered, sizeof rendered, &len, hash), 0);
    assert_int_equal(len, sizeof text - 1);
    assert_memory_equal(rendered, text, len);
    free(old);
}

static void a_text_is_quoted_whatever_it_has(void **state)
{
    (void)state;
    static char rendered[DOCUMENT_MAX];
    char hash[33];
    size_t len;
    struct roster *odd = calloc(1, sizeof *odd);
    static const char text[] = "management_group: ['a\"b']\nstores:\n  - store: 'yes: {no} \\ # 1'\n"
                               "staff:\n  - {number: 'a\"b', title: '- x', store: 'yes: {no} \\ # 1'}\n";
    if (roster_parse(span_of(text), odd, message) < 0)
        fail_msg("%s", message);
    assert_int_equal(roster_render(odd, rendered, sizeof rendered, &len, hash), 0);
    if (roster_parse(span_make(rendered, len), odd, message) < 0)
        fail_msg("%s", message);
    assert_int_equal(roster_find_person(odd, span_of("a\"b")), 0);
    assert_true(roster_knows_store(odd, span_of("yes: {no} \\ # 1")));
    free(odd);
}

#define HEAD "management_group: [a]\nstores:\n  - store: s\n    departments:\n      - department: d\n"
#define STAFF "staff:\n  - {number: a}\n  - {number: b, store: s, department: d}\n  - {number: c, store: s}\n"

static void what_is_wrong_is_told_with_line_and_key(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } rows[] = {
        {HEAD STAFF "colour: red\n", "line 10: Unexpected key: colour"},
        {HEAD "staff:\n  - {number: a, phone: 1}\n", "line 7: Unexpected key: phone in staff[0]"},
        {HEAD STAFF "  - {number: b}\n", "line 10: staff[3] gives b a second time"},
        {HEAD "  - store: s\n" STAFF, "line 6: stores[1] gives s a second time"},
        {HEAD "      - department: d\n" STAFF, "line 6: stores[0].departments[1] gives d a second time"},
        {HEAD "        manager: x\n" STAFF,
         "line 6: stores[0].departments[0].manager names x, who is not among the staff"},
        {"director: x\n" HEAD STAFF, "line 1: director names x, who is not among the staff"},
        {"management_group: [a, a]\nstores: [{store: s}]\nstaff: [{number: a}]\n",
         "line 1: management_group[1] gives a a second time"},
        {HEAD STAFF "  - {number: e, store: t}\n", "line 10: staff[3].store names t, which is not among the stores"},
        {HEAD STAFF "  - {number: e, store: s, department: x}\n",
         "line 10: staff[3].department names x, which s does not have"},
        {HEAD STAFF "  - {number: e, department: d}\n", "line 10: staff[3].department needs its store, too"},
        {HEAD STAFF "  - {number: e, superior: x}\n", "line 10: staff[3].superior names x, who is not among the staff"},
        {HEAD STAFF "  - {number: e, superior: e}\n", "line 10: staff[3].superior is the person's own number"},
        {HEAD STAFF "  - {number: e, superior: f}\n  - {number: f, superior: e}\n",
         "line 10: staff[3] has e above e at last: a circle of superiors; mend one of them or a post"},
        {HEAD STAFF "substitutes:\n  - {person: b, by: x, from: 2026-11-23, to: 2026-11-24}\n",
         "line 11: substitutes[0].by names x, who is not among the staff"},
        {HEAD STAFF "substitutes:\n  - {person: b, by: b, from: 2026-11-23, to: 2026-11-24}\n",
         "line 11: substitutes[0].by is b, who is the one to be away"},
        {HEAD STAFF "substitutes:\n  - {person: b, by: c, from: 2026-02-29, to: 2026-11-24}\n",
         "line 11: substitutes[0].from is \"2026-02-29\", which is no day; allowed is a date such as 2026-11-23"},
        {HEAD STAFF "substitutes:\n  - {person: b, by: c, from: 2026-11-24, to: 2026-11-23}\n",
         "line 11: substitutes[0].to is 2026-11-23, before 2026-11-24, when it begins"},
        {HEAD STAFF "substitutes:\n  - {person: b, by: c, from: 2026-11-01, to: 2026-11-10}\n"
                    "  - {person: b, by: a, from: 2026-11-10, to: 2026-11-12}\n",
         "line 12: substitutes[1] has b away on 2026-11-10 a second time; let the days follow each other"},
        {HEAD STAFF "substitutes:\n  - {person: b, by: c, from: 2026-11-01, to: 2026-11-10}\n"
                    "  - {person: c, by: b, from: 2026-11-10, to: 2026-11-12}\n",
         "line 12: substitutes[1] has b stand in for c on 2026-11-10, who is away then, too: a circle"},
        {"management_group: [a]\nstores: [{store: s}]\n", "line 2: staff is missing"},
        {"management_group: [\"a\\u2028\"]\nstores: [{store: s}]\nstaff: [{number: \"a\\u2028\"}]\n",
         "line 3: staff[0] has a control character"},
        {"", "the document is empty"},
    };
    struct roster *untouched = calloc(1, sizeof *untouched);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(roster_parse(span_of(rows[i].text), untouched, message), -E_BAD_ROSTER);
        if (!strstr(message, rows[i].says))
            fail_msg("row %zu: \"%s\" instead of \"%s\"", i, message, rows[i].says);
        assert_false(roster_is_adopted(untouched));
    }
    free(untouched);
}

/* Away one after the other is no circle. */
static void two_people_may_stand_in_for_each_other_one_after_the_other(void **state)
{
    (void)state;
    struct roster *other = calloc(1, sizeof *other);
    static const char text[] = HEAD STAFF "substitutes:\n  - {person: b, by: c, from: 2026-11-01, to: 2026-11-10}\n"
                                          "  - {person: c, by: b, from: 2026-11-11, to: 2026-11-12}\n";
    if (roster_parse(span_of(text), other, message) < 0)
        fail_msg("%s", message);
    free(other);
}

static void a_day_is_a_date_that_exists(void **state)
{
    (void)state;
    int64_t day;
    char text[24];
    assert_int_equal(day_of("1970-01-01"), 0);
    assert_int_equal(day_of("2026-11-23"), 20780); /* date -d 2026-11-23 +%s / 86400 */
    roster_day_format(20780, text);
    assert_string_equal(text, "2026-11-23");
    assert_int_equal(roster_day_parse(span_of("2026-13-01"), &day), -E_BAD_TIME);
    assert_int_equal(roster_day_parse(span_of("23.11.2026"), &day), -E_BAD_TIME);
    assert_int_equal(roster_day_parse(span_of("2026-11-3"), &day), -E_BAD_TIME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_notice_reaches_a_person),
        cmocka_unit_test(without_a_roster_a_role_stands_for_its_person),
        cmocka_unit_test(the_steps_say_why),
        cmocka_unit_test(everybody_has_a_place_and_a_next_one_up),
        cmocka_unit_test(a_department_has_its_head_and_a_store_its_people),
        cmocka_unit_test(what_is_rendered_is_read_again_as_the_same),
        cmocka_unit_test(a_store_has_names_for_people_to_read),
        cmocka_unit_test(a_roster_of_before_is_what_it_was),
        cmocka_unit_test(a_text_is_quoted_whatever_it_has),
        cmocka_unit_test(what_is_wrong_is_told_with_line_and_key),
        cmocka_unit_test(two_people_may_stand_in_for_each_other_one_after_the_other),
        cmocka_unit_test(a_day_is_a_date_that_exists),
    };
    return cmocka_run_group_tests_name("roster", tests, the_group, gone);
}

/* A table of staff as HR exports it becomes a roster: whatever its encoding and the order of its columns. */
#include "cli/roster.h"
#include "core/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <iconv.h>

#define MESSAGE_MAX 320

static struct roster roster;
static char message[MESSAGE_MAX], left_out[256];

static int read_bytes(const char *bytes, size_t len)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    rewind(file);
    message[0] = '\0';
    int result = roster_csv_read(file, &roster, message, left_out);
    fclose(file);
    return result;
}

static int read_table(const char *text)
{
    return read_bytes(text, strlen(text));
}

static const char table[] = "工号,姓名,手机,门店,部门,职务,岗位,上级\r\n"
                            "wang.li,王丽,13800000000,sh-pudong,service,服务顾问,受理人,\r\n"
                            "chen.jing,\"陈,静\",13800000001,sh-pudong,service,服务经理,部门经理,\r\n"
                            "zhao.min,赵敏,13800000002,sh-pudong,,总监,店总监,\r\n"
                            "\r\n"
                            "qian.lei,钱磊,13800000003,,,总经理,总经理;管理小组,\r\n"
                            "he.ping,何平,13800000004,,,,,qian.lei\r\n";

static void holds(const char *store, const char *department, int64_t level, const char *person)
{
    char text[LABEL_MAX_BYTES + 1];
    const struct roster_question question = {
        .store = span_of(store), .department = span_of(department), .level = level};
    roster_recipient(&roster, &question, text, sizeof text);
    assert_string_equal(text, person);
}

static void it_is_the_group(void)
{
    holds("sh-pudong", "service", 0, "wang.li");
    holds("sh-pudong", "service", 1, "chen.jing");
    holds("sh-pudong", "service", 2, "zhao.min");
    holds("sh-pudong", "service", 3, "qian.lei");
    holds("hz-xihu", "", 3, "qian.lei"); /* without a store: the group's */
    assert_int_equal(roster.staff_count, 5);
    assert_int_equal(roster.management_group_count, 1);
    assert_int_equal(roster_superior_of(&roster, roster_find_person(&roster, span_of("he.ping"))),
                     roster_find_person(&roster, span_of("qian.lei")));
    assert_string_equal(left_out, "姓名, 手机"); /* names and telephone numbers stay outside */
}

static void a_table_of_staff_is_a_roster(void **state)
{
    (void)state;
    if (read_table(table) < 0)
        fail_msg("%s", message);
    it_is_the_group();
}

static void its_encoding_does_not_matter(void **state)
{
    (void)state;
    char bytes[2 * sizeof table], *from = (char *)(uintptr_t)table, *to = bytes;
    size_t from_left = sizeof table - 1, to_left = sizeof bytes;
    iconv_t converter = iconv_open("GB18030", "UTF-8");
    assert_true(converter != (iconv_t)-1);
    assert_int_equal(iconv(converter, &from, &from_left, &to, &to_left), 0);
    iconv_close(converter);
    if (read_bytes(bytes, sizeof bytes - to_left) < 0)
        fail_msg("%s", message);
    it_is_the_group();
    snprintf(bytes, sizeof bytes, "\xef\xbb\xbf%s", table);
    if (read_table(bytes) < 0)
        fail_msg("%s", message);
    it_is_the_group();
}

static void columns_may_be_english_and_in_any_order(void **state)
{
    (void)state;
    if (read_table("post;number;store;department\nmanager handler;a;s;d\nmanagement_group;b;;\n") < 0)
        fail_msg("%s", message);
    holds("s", "d", 0, "a");
    holds("s", "d", 1, "a");
    holds("s", "d", 4, "b");
    assert_string_equal(left_out, "");
}

static void what_is_wrong_is_told_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"", "there is no line of column names"},
        {"name,store\nx,s\n", "line 1: no column is named number, 工号 or 员工号"},
        {"number,store\na,s\n", "nobody has the post management_group (管理小组)"},
        {"number,post\na,management_group\n,\"manager\"\n", "line 3: no staff number"},
        {"number,post\na,management_group\nb,boss\n", "line 3: boss is no post; use handler"},
        {"number,post\na,management_group\nb,manager\n", "line 3: manager needs a store"},
        {"number,store,post\na,,management_group\nb,s,director\nc,s,director\n",
         "line 4: director is b already; a place has one"},
        {"number,post\na,management_group\nb,\na,\n", "line 4: staff[2] gives a a second time"},
        {"number,post,superior\na,management_group,\nb,,x\n",
         "line 3: staff[1].superior names x, who is not among the staff"},
        {"number,post,department\na,management_group,d\n", "line 2: staff[0].department needs its store, too"},
        {"number,post,superior\na,management_group,\nb,,c\nc,,b\n", "line 3: staff[1] has b above b at last: a circle"},
        {"number,number\na,b\n", "line 1: two columns are named number"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(read_table(rows[i].text), -E_BAD_ROSTER);
        if (!strstr(message, rows[i].says))
            fail_msg("row %zu: \"%s\" instead of \"%s\"", i, message, rows[i].says);
    }
    static const char with_nul[] = "number,post\na,management_group\nb\0c,\n"; /* it would have been b */
    assert_int_equal(read_bytes(with_nul, sizeof with_nul - 1), -E_BAD_ROSTER);
    assert_string_equal(message, "line 3: a NUL stands in it: this is no text in UTF-8 or GB18030");
    char longest[256];
    snprintf(longest, sizeof longest, "number,post\n%070d,management_group\n", 1);
    assert_int_equal(read_table(longest), -E_BAD_ROSTER);
    assert_string_equal(message, "line 2: number has more than 64 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_of_staff_is_a_roster),
        cmocka_unit_test(its_encoding_does_not_matter),
        cmocka_unit_test(columns_may_be_english_and_in_any_order),
        cmocka_unit_test(what_is_wrong_is_told_with_its_line),
    };
    return cmocka_run_group_tests_name("cli, roster", tests, NULL, NULL);
}

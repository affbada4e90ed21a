/* What a person types is understood, or refused with what was probably meant. */
#include "cli/options.h"
#include "core/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const struct option_row own[] = {
    OPTION("limit", "N", "rows at most"),
    OPTION("overdue", NULL, "past a deadline"),
    {"satisfied", "true|false", "the customer's answer", OPTION_TRUTH},
    OPTION("store", "STORE", "of this store"),
    OPTION("status", "STATUS", "in this status"),
};
static const struct option_row global[] = {OPTION("dir", "DIR", "data directory"), OPTION("json", NULL, "as JSON")};
static const struct option_tables tables = {.rows = {own, global}, .count = {5, 2}};

#define WORDS_MAX 8

struct line {
    int argc;
    char *argv[WORDS_MAX + 1];
    char text[256];
};

/* "complaints --limit 5" to argv. */
static struct line *line_of(struct line *line, const char *text)
{
    line->argc = 0;
    snprintf(line->text, sizeof line->text, "%s", text);
    for (char *at = line->text; *at && line->argc < WORDS_MAX;) {
        line->argv[line->argc++] = at;
        at += strcspn(at, " ");
        if (*at)
            *at++ = '\0';
    }
    line->argv[line->argc] = NULL;
    return line;
}

static int parse(const char *text, bool first_operand_ends, struct arguments *arguments, int *ret_next, char *message)
{
    static struct line line;
    memset(arguments, 0, sizeof *arguments);
    message[0] = '\0';
    line_of(&line, text);
    return options_parse(line.argc, line.argv, &tables, first_operand_ends, arguments, ret_next, message);
}

static void options_and_operands_may_stand_in_any_order(void **state)
{
    (void)state;
    static const char *const same[] = {
        "complaint C-41 acknowledge --store sh-pudong --json",
        "complaint --store sh-pudong C-41 --json acknowledge",
        "complaint --json --store=sh-pudong C-41 acknowledge",
        "complaint --store sh-pudong --json -- C-41 acknowledge",
    };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        struct arguments arguments;
        char message[OPTION_MESSAGE_MAX];
        int next;
        assert_int_equal(parse(same[i], false, &arguments, &next, message), 0);
        assert_int_equal(arguments.operand_count, 2);
        assert_string_equal(arguments.operand[0], "C-41");
        assert_string_equal(arguments.operand[1], "acknowledge");
        assert_string_equal(option_text(&arguments, "store"), "sh-pudong");
        assert_true(option_given(&arguments, "json"));
        assert_false(option_given(&arguments, "overdue"));
    }
}

static void the_last_of_several_values_counts(void **state)
{
    (void)state;
    struct arguments arguments;
    char message[OPTION_MESSAGE_MAX];
    int next;
    assert_int_equal(parse("complaints --store a --store b", false, &arguments, &next, message), 0);
    assert_string_equal(option_text(&arguments, "store"), "b");
}

static void a_truth_needs_no_value_and_takes_only_true_and_false(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *value;
        uint32_t operands;
    } rows[] = {
        {"complaint C-1 --satisfied", "", 1},
        {"complaint C-1 --satisfied false", "false", 1},
        {"complaint C-1 --satisfied=false", "false", 1},
        {"complaint --satisfied C-1 verify", "", 2},
        {"complaint --satisfied true C-1", "true", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arguments arguments;
        char message[OPTION_MESSAGE_MAX];
        int next;
        assert_int_equal(parse(rows[i].line, false, &arguments, &next, message), 0);
        assert_string_equal(option_text(&arguments, "satisfied"), rows[i].value);
        assert_int_equal(arguments.operand_count, rows[i].operands);
    }
}

static void what_is_wrong_is_named_with_what_was_meant(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        const char *said;
    } rows[] = {
        {"complaints --stroe x", "unknown option --stroe; did you mean --store?"},
        {"complaints --overdu3", "unknown option --overdu3; did you mean --overdue?"},
        {"complaints --frobnicate", "unknown option --frobnicate"},
        {"complaints --store", "--store needs a value"},
        {"complaints --json=1", "--json takes no value"},
        {"complaints --st x", "--st is the beginning of several options"},
        {"complaints -x", "unknown option -x"},
        {"key allow bay-03 -3u.ptJ", "unknown option -3u.ptJ; if it is none, put -- before it"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arguments arguments;
        char message[OPTION_MESSAGE_MAX];
        int next;
        assert_int_equal(parse(rows[i].line, false, &arguments, &next, message), -E_USAGE);
        assert_string_equal(message, rows[i].said);
    }
}

static void the_command_is_the_first_word_that_is_no_option(void **state)
{
    (void)state;
    struct arguments arguments;
    char message[OPTION_MESSAGE_MAX];
    int next;
    assert_int_equal(parse("manyi --dir /data complaints --limit 5", true, &arguments, &next, message), 0);
    assert_int_equal(next, 3);
    assert_string_equal(option_text(&arguments, "dir"), "/data");
    assert_int_equal(parse("manyi --json", true, &arguments, &next, message), 0);
    assert_int_equal(next, 2);
}

static void a_number_is_whole_and_within_its_bounds(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        int result;
        int64_t number;
    } rows[] = {
        {"complaints --limit 5", 0, 5},         {"complaints --limit 1", 0, 1},
        {"complaints --limit 10", 0, 10},       {"complaints", 0, 7 /* untouched */},
        {"complaints --limit 0", -E_USAGE, 7},  {"complaints --limit 11", -E_USAGE, 7},
        {"complaints --limit 5x", -E_USAGE, 7}, {"complaints --limit 2.5", -E_USAGE, 7},
        {"complaints --limit=", -E_USAGE, 7},   {"complaints --limit 99999999999999999999", -E_USAGE, 7},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arguments arguments;
        char message[OPTION_MESSAGE_MAX];
        int next;
        int64_t number = 7;
        assert_int_equal(parse(rows[i].line, false, &arguments, &next, message), 0);
        assert_int_equal(option_number(&arguments, "limit", 1, 10, &number, message), rows[i].result);
        assert_int_equal(number, rows[i].number);
    }
}

static void only_a_word_that_is_near_is_meant(void **state)
{
    (void)state;
    static const char *const words[] = {"acknowledge", "assign", "plan", "serve", "status"};
    static const struct {
        const char *typed;
        const char *meant;
    } rows[] = {
        {"aknowledge", "acknowledge"},
        {"asign", "assign"},
        {"paln", "plan"},
        {"serv", "serve"},
        {"staus", "status"},
        {"xyz", NULL},
        {"a", NULL},
        {"a-word-that-is-much-too-long-for-anybody-to-have-meant-it", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *meant = nearest_word(rows[i].typed, words, 5);
        if (rows[i].meant)
            assert_string_equal(meant, rows[i].meant);
        else
            assert_null(meant);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_operands_may_stand_in_any_order),
        cmocka_unit_test(the_last_of_several_values_counts),
        cmocka_unit_test(a_truth_needs_no_value_and_takes_only_true_and_false),
        cmocka_unit_test(what_is_wrong_is_named_with_what_was_meant),
        cmocka_unit_test(the_command_is_the_first_word_that_is_no_option),
        cmocka_unit_test(a_number_is_whole_and_within_its_bounds),
        cmocka_unit_test(only_a_word_that_is_near_is_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Rewards and penalties in a policy: read, refused with line and key, and written as they are read. */
#include "core/status.h"
#include "io/policy_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void figures_are_read_into_fen_and_points(void **state)
{
    (void)state;
    struct policy policy;
    char message[POLICY_MESSAGE_MAX];
    static const char text[] = "name: trial\n"
                               "ledger:\n"
                               "  praise: 80.50\n"
                               "  month: {first: 400, second: 200}\n"
                               "  points: {urgent: 20}\n"
                               "  money_penalties: yes\n"
                               "  manager_share: 25\n"
                               "  veto_grade: serious\n"
                               "  answer_due: 3 d w\n";
    assert_int_equal(policy_parse(span_of(text), &policy, message), 0);
    assert_int_equal(policy.ledger.praise_fen, 8050);
    assert_int_equal(policy.ledger.month_fen[0], 40000);
    assert_int_equal(policy.ledger.month_fen[1], 20000);
    assert_int_equal(policy.ledger.month_fen[2], 10000); /* as delivered */
    assert_int_equal(policy.ledger.penalty_points[grade_is_urgent], 20);
    assert_int_equal(policy.ledger.penalty_points[grade_is_general], 3);
    assert_true(policy.ledger.money_penalties);
    assert_int_equal(policy.ledger.manager_share_percent, 25);
    assert_int_equal(policy.ledger.veto_grade, grade_is_serious);
    assert_int_equal(policy.ledger.answer_due.ms, 3 * 86400000ll);
}

static void what_is_wrong_is_refused_with_line_and_key(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line, *says;
    } rows[] = {
        {"ledger:\n  praise: -1\n", "line 2", "allowed is an amount in yuan"},
        {"ledger:\n  money_penalties: maybe\n", "line 2", "yes or no"},
        {"ledger:\n  veto_grade: awful\n", "line 2", "general, serious, major or urgent"},
        {"ledger:\n  manager_share: 101\n", "line 2", "from 0 to 100"},
        {"ledger:\n  month: {first: 100, second: 300, third: 50}\n", "line 2", "rank 2 more than rank 1"},
        {"ledger:\n  points: {general: 9}\n", "line 2", "less for serious than for general"},
        {"ledger:\n  penalty: {urgent: 1}\n", "line 2", "less for urgent than for major"},
        {"ledger:\n  veto_year_months: 13\n", "line 2", "from 1 to 12"},
        {"ledger:\n  veto_year_count: 0\n", "line 2", "from 1 to 8"},
        {"ledger:\n  prays: 50\n", "line 2", "prays"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct policy policy;
        char message[POLICY_MESSAGE_MAX] = "";
        assert_int_equal(policy_parse(span_of(rows[i].text), &policy, message), -E_BAD_POLICY);
        if (!strstr(message, rows[i].line) || !strstr(message, rows[i].says))
            fail_msg("%s\n says: %s", rows[i].text, message);
    }
}

static void what_is_written_is_read_back_the_same(void **state)
{
    (void)state;
    static struct policy policy, again;
    static char document[65536];
    char hash[33], message[POLICY_MESSAGE_MAX];
    size_t len;
    policy_default(&policy);
    policy.ledger.money_penalties = true;
    policy.ledger.veto_grade = grade_is_urgent;
    policy.ledger.praise_fen = 1;
    policy.ledger.year_fen[2] = 99;
    assert_int_equal(policy_render(&policy, document, sizeof document, &len, hash), 0);
    assert_int_equal(policy_parse(span_make(document, len), &again, message), 0);
    assert_memory_equal(&policy.ledger, &again.ledger, sizeof policy.ledger);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_read_into_fen_and_points),
        cmocka_unit_test(what_is_wrong_is_refused_with_line_and_key),
        cmocka_unit_test(what_is_written_is_read_back_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

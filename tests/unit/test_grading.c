/* How grave is it? DOMAIN's rules, one row each; the gravest that applies wins. */
#include "core/complaint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define NONE (-1)

static const struct {
    const char *case_is;
    enum category category;
    enum channel channel;
    int64_t claim_fen; /* NONE: no claim */
    bool injury, press;
    struct complaint_context context; /* second of customer, repairs of the fault, safety visit */
    int32_t given;                    /* NONE: no person graded */
    enum grade grade;
} complaints[] = {
    {"workmanship", category_is_workmanship, channel_is_phone, NONE, false, false, {0}, NONE, grade_is_general},
    {"delay", category_is_delay, channel_is_phone, NONE, false, false, {0}, NONE, grade_is_general},
    {"attitude", category_is_attitude, channel_is_phone, NONE, false, false, {0}, NONE, grade_is_serious},
    {"broken promise", category_is_promise, channel_is_phone, NONE, false, false, {0}, NONE, grade_is_serious},
    {"second in 30 days",
     category_is_price,
     channel_is_phone,
     NONE,
     false,
     false,
     {true, 0, false},
     NONE,
     grade_is_serious},
    {"claim of 1,000 yuan", category_is_price, channel_is_phone, 100000, false, false, {0}, NONE, grade_is_general},
    {"claim over 1,000", category_is_price, channel_is_phone, 100001, false, false, {0}, NONE, grade_is_serious},
    {"claim of 10,000", category_is_price, channel_is_phone, 1000000, false, false, {0}, NONE, grade_is_serious},
    {"claim over 10,000", category_is_price, channel_is_phone, 1000001, false, false, {0}, NONE, grade_is_major},
    {"refund", category_is_refund, channel_is_phone, NONE, false, false, {0}, NONE, grade_is_major},
    {"regulator", category_is_other, channel_is_regulator, NONE, false, false, {0}, NONE, grade_is_major},
    {"repaired once",
     category_is_workmanship,
     channel_is_phone,
     NONE,
     false,
     false,
     {false, 1, false},
     NONE,
     grade_is_general},
    {"repaired twice",
     category_is_workmanship,
     channel_is_phone,
     NONE,
     false,
     false,
     {false, 2, false},
     NONE,
     grade_is_major},
    {"safety", category_is_safety, channel_is_phone, NONE, false, false, {0}, NONE, grade_is_urgent},
    {"injury", category_is_attitude, channel_is_phone, NONE, true, false, {0}, NONE, grade_is_urgent},
    {"press", category_is_price, channel_is_phone, NONE, false, true, {0}, NONE, grade_is_urgent},
    {"work on the brakes",
     category_is_workmanship,
     channel_is_phone,
     NONE,
     false,
     false,
     {false, 0, true},
     NONE,
     grade_is_urgent},
    {"price of the brakes",
     category_is_price,
     channel_is_phone,
     NONE,
     false,
     false,
     {false, 0, true},
     NONE,
     grade_is_general},
    {"refund and injury", category_is_refund, channel_is_regulator, NONE, true, false, {0}, NONE, grade_is_urgent},
    {"a person graded",
     category_is_safety,
     channel_is_phone,
     NONE,
     true,
     true,
     {0},
     grade_is_general,
     grade_is_general},
};

static void the_gravest_rule_that_applies_wins(void **state)
{
    (void)state;
    struct policy policy;
    policy_default(&policy);
    for (size_t i = 0; i < sizeof complaints / sizeof complaints[0]; i++) {
        struct complained fact = {.category = (int32_t)complaints[i].category,
                                  .channel = (int32_t)complaints[i].channel};
        SET(&fact, complained, injury, complaints[i].injury);
        SET(&fact, complained, press, complaints[i].press);
        if (complaints[i].claim_fen != NONE)
            SET(&fact, complained, claim_fen, complaints[i].claim_fen);
        if (complaints[i].given != NONE)
            SET(&fact, complained, grade, complaints[i].given);
        enum grade grade = complaint_grade(&policy, &fact, &complaints[i].context);
        if (grade != complaints[i].grade)
            fail_msg("%s is graded %s", complaints[i].case_is, choice_name(choice_of_grade(), (int32_t)grade));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gravest_rule_that_applies_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

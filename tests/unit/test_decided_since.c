/* test_decided_since.c - two people at once: who saw the case before the other decided is told so, whatever clocks did meanwhile. */
#include "core/status.h"
#include "tests/support/showroom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct showroom showroom;

#define HOURS(n) ((n)*3600 * 1000ll)

static int acknowledge(const char *id, const char *by, uint64_t if_seq)
{
    struct decided decided = {0};
    SET(&decided, decided, by, span_of(by));
    return showroom_decide_seen(&showroom, EVENT_complaint_acknowledged, id, if_seq, &decided);
}

static int assign(const char *id, const char *by, const char *handler, uint64_t if_seq)
{
    struct assigned assigned = {0};
    SET(&assigned, assigned, by, span_of(by));
    SET(&assigned, assigned, handler, span_of(handler));
    return showroom_decide_seen(&showroom, EVENT_complaint_assigned, id, if_seq, &assigned);
}

static uint64_t seen(const char *what, const char *id)
{
    struct get_request request = {0};
    struct wire_value value;
    struct span bytes;
    SET(&request, get_request, what, span_of(what));
    SET(&request, get_request, id, span_of(id));
    struct span row = showroom_get(&showroom, &request, 1);
    assert_int_equal(wire_find(row, "changed_seq", &value, &bytes), 0);
    return value.natural;
}

static const char *complaint(void)
{
    static char id[24];
    snprintf(id, sizeof id, "C-%llu", (unsigned long long)showroom_complain(&showroom, NULL, NULL));
    return id;
}

static void the_second_of_two_who_saw_the_same_card_is_refused(void **state)
{
    (void)state;
    const char *id = complaint();
    uint64_t as_of = seen("complaint", id);
    assert_int_equal(acknowledge(id, "li.na", as_of), 0);
    assert_int_equal(assign(id, "wu.di", "li.na", as_of), -E_CARD_CHANGED);
    assert_int_equal(assign(id, "wu.di", "li.na", seen("complaint", id)), 0);
}

static void whoever_names_no_entry_decides_as_before(void **state)
{
    (void)state;
    const char *id = complaint();
    assert_int_equal(acknowledge(id, "li.na", 0), 0);
    assert_int_equal(assign(id, "wu.di", "li.na", 0), 0);
}

/* A general complaint: half of the response clock is used after four working hours, all after eight. */
static void what_a_clock_did_meanwhile_stands_in_nobodys_way(void **state)
{
    (void)state;
    const char *id = complaint();
    uint64_t as_of = seen("complaint", id);
    showroom_pass(&showroom, HOURS(48));
    assert_true(showroom_count(&showroom, "escalation.raised", "") >= 3);
    assert_true(seen("complaint", id) > as_of);
    assert_int_equal(acknowledge(id, "li.na", as_of), 0);
}

static void seeing_a_notice_is_no_decision_about_its_complaint(void **state)
{
    (void)state;
    char notice[64];
    const char *id = complaint();
    uint64_t as_of = seen("complaint", id);
    showroom_pass(&showroom, HOURS(48));
    snprintf(notice, sizeof notice, "E-%s-response-100", id + 2);
    uint64_t notice_as_of = seen("escalation", notice);
    struct decided decided = {0};
    SET(&decided, decided, by, span_of("chen.jing"));
    assert_int_equal(showroom_decide_seen(&showroom, EVENT_escalation_acknowledged, notice, notice_as_of, &decided), 0);
    assert_int_equal(showroom_decide_seen(&showroom, EVENT_escalation_acknowledged, notice, notice_as_of, &decided),
                     -E_CARD_CHANGED);
    assert_int_equal(acknowledge(id, "li.na", as_of), 0);
}

static void a_refused_decision_changes_nothing_for_the_next_one(void **state)
{
    (void)state;
    const char *id = complaint();
    uint64_t as_of = seen("complaint", id);
    struct decided decided = {0};
    SET(&decided, decided, by, span_of("li.na"));
    assert_int_equal(showroom_decide_seen(&showroom, EVENT_complaint_resumed, id, as_of, &decided), -E_WRONG_STATE);
    assert_int_equal(acknowledge(id, "li.na", as_of), 0);
}

static void nobody_has_seen_what_is_yet_to_come(void **state)
{
    (void)state;
    const char *id = complaint();
    assert_int_equal(acknowledge(id, "li.na", 1000000), -E_CARD_CHANGED);
    assert_int_equal(acknowledge("C-999999", "li.na", 1000000), -E_UNKNOWN_CASE);
}

static int begin(void **state)
{
    *state = &showroom;
    return showroom_begin(state);
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, begin, showroom_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(the_second_of_two_who_saw_the_same_card_is_refused),
        STORY(whoever_names_no_entry_decides_as_before),
        STORY(what_a_clock_did_meanwhile_stands_in_nobodys_way),
        STORY(seeing_a_notice_is_no_decision_about_its_complaint),
        STORY(a_refused_decision_changes_nothing_for_the_next_one),
        STORY(nobody_has_seen_what_is_yet_to_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

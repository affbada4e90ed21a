/* Flags beside scores: how much of a figure somebody should look at. */
#include "tests/support/showroom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct showroom showroom;

static void answers_on(const char *department, const char *customer, const char *device)
{
    struct rated rating = {0};
    SET(&rating, rated, store, span_of("sh-pudong"));
    SET(&rating, rated, department, span_of(department));
    SET(&rating, rated, channel, channel_is_wechat);
    SET(&rating, rated, staff, span_of("s-204"));
    SET(&rating, rated, customer, span_of(customer));
    SET(&rating, rated, device, span_of(device));
    SET(&rating, rated, overall, 9000);
    showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &rating);
    showroom_turn(&showroom);
}

/* Of each row, in their order; -1: null. */
static void flags_are(const char *by, const char *period, const int64_t *flags, uint32_t count)
{
    struct get_request request = {0};
    struct rows_reply reply;
    struct wire_value header;
    SET(&request, get_request, what, span_of("scores"));
    SET(&request, get_request, by, span_of(by));
    SET(&request, get_request, period, span_of(period));
    showroom_ask(&showroom, &request, &reply);
    struct wire_reader reader = wire_reader(reply.rows);
    assert_int_equal(wire_read(&reader, &header), 0);
    assert_int_equal(header.count, count);
    for (uint32_t i = 0; i < count; i++) {
        static struct score card;
        struct span row;
        assert_int_equal(wire_skip(&reader, 8, &row), 0);
        desk_decode(row, &record_of_score, &card);
        assert_int_equal(HAS(&card, score, flags) ? card.flags : -1, flags[i]);
    }
}

/* Three customers of the service on one telephone, and then a fourth: two flags. Two of sales on another: none. */
static void scores_say_how_much_of_them_is_flagged(void **state)
{
    (void)state;
    answers_on("service", "K-1", "d-1");
    answers_on("service", "K-2", "d-1");
    answers_on("service", "K-3", "d-1");
    answers_on("service", "K-4", "d-1");
    answers_on("sales", "K-5", "d-2");
    answers_on("sales", "K-6", "d-2");
    const int64_t by_department[] = {0, 2}, all[] = {2}, nobodys[] = {-1, -1};
    flags_are("store", "2026-11", by_department, 2);
    flags_are("department", "2026-Q4", by_department, 2);
    flags_are("group", "2026", all, 1);
    flags_are("staff", "2026-11", nobodys, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate_setup_teardown(scores_say_how_much_of_them_is_flagged, showroom_begin, showroom_end,
                                                 &showroom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

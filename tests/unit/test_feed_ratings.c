/*
 * test_feed_ratings.c - single ratings of a department, against a plain list of what was rated.
 */
#include "tests/unit/feed_people.h"

#define RATINGS 230u
#define SECRET "the secret comment"

/* What the test itself knows of each rating, in the order in which they came. */
static struct known {
    uint64_t seq;
    const char *store, *department, *staff;
    int64_t time_ms;
} known[RATINGS];

static struct span rating_of(const char *kind, uint32_t number, const char *store, const char *department,
                             int64_t time_ms, uint8_t buffer[512])
{
    static const char *const staff[] = {"wang.li", "zhang.ping"};
    char id[32];
    struct rated data = {0};
    struct wire_writer writer;
    SET(&data, rated, store, span_of(store));
    SET(&data, rated, department, span_of(department));
    SET(&data, rated, staff, span_of(staff[number % 2]));
    SET(&data, rated, customer, span_of("c-0815"));
    SET(&data, rated, channel, channel_is_kiosk);
    SET(&data, rated, overall, (int32_t)(number % 11) * 1000);
    SET(&data, rated, comment, span_of(SECRET));
    snprintf(id, sizeof id, "%s-%u", kind, number);
    const struct event_draft draft = {
        .id = span_of(id), .source = span_of("/desk"), .type = EVENT_feedback_rated, .time_ms = time_ms, .data = &data};
    wire_writer_init(&writer, buffer, 512);
    event_encode(&draft, &writer);
    return wire_written(&writer);
}

static void rate(uint32_t number)
{
    static const char *const stores[] = {"sh-pudong", "hz-xihu", "sh-pudong"};
    static const char *const departments[] = {"service", "service", "sales", "service"};
    struct known *one = &known[number];
    uint8_t buffer[512];
    struct put_draft put;
    one->store = stores[number % 3];
    one->department = departments[number % 4];
    one->staff = number % 2 ? "zhang.ping" : "wang.li";
    one->time_ms = DESK_MONDAY_MS - (int64_t)(number % 7) * 3600000; /* some are told hours late */
    draft_begin(&put, &desk, 1, NULL, 0, 0);
    draft_event(&put, rating_of("r", number, one->store, one->department, one->time_ms, buffer), true);
    one->seq = (uint64_t)desk_acked(desk_ask(&desk, desk.peer, "PUT", draft_end(&put))).first;
}

static int people_rate(void **state)
{
    people_come(state);
    for (uint32_t i = 0; i < RATINGS; i++)
        rate(i);
    return 0;
}

static struct get_request question(const char *store, const char *department)
{
    struct get_request asked = {0};
    SET(&asked, get_request, what, span_of("ratings"));
    if (store)
        SET(&asked, get_request, store, span_of(store));
    if (department)
        SET(&asked, get_request, department, span_of(department));
    return asked;
}

static struct reply ask(struct port *port, const struct get_request *asked)
{
    return desk_ask(&desk, port, "GET", body_of(&record_of_get_request, asked));
}

static bool knows(const struct known *one, const struct get_request *asked)
{
    return span_is(asked->store, one->store) && span_is(asked->department, one->department) &&
           (!HAS(asked, get_request, staff) || span_is(asked->staff, one->staff)) &&
           (!HAS(asked, get_request, since) || one->time_ms >= asked->since) &&
           (!HAS(asked, get_request, until) || one->time_ms < asked->until);
}

/* Page by page, the answers are what the list has, newest first; how many. */
static uint32_t pages_are_the_list(struct get_request asked, int64_t limit)
{
    static char cursor[32];
    uint32_t at = RATINGS, told = 0;
    SET(&asked, get_request, limit, limit);
    for (bool more = true; more;) {
        struct rows_reply rows;
        struct wire_value header, value;
        struct span row, bytes;
        struct reply reply = ask(desk.reader, &asked);
        assert_string_equal(reply.verb, "ROWS");
        desk_decode(reply.body, &record_of_rows_reply, &rows);
        struct wire_reader reader = wire_reader(rows.rows);
        assert_int_equal(wire_read(&reader, &header), 0);
        assert_true(header.count <= limit);
        for (uint32_t i = 0; i < header.count; i++, told++) {
            assert_int_equal(wire_skip(&reader, 8, &row), 0);
            do
                assert_true(at-- > 0);
            while (!knows(&known[at], &asked));
            assert_int_equal(desk_figure(row, "seq"), known[at].seq);
            assert_int_equal(wire_find(row, "staff", &value, &bytes), 0);
            assert_true(span_is(value.bytes, known[at].staff));
            assert_int_equal(wire_find(row, "comment", &value, &bytes), -E_NOT_FOUND);
            assert_int_equal(wire_find(row, "customer", &value, &bytes), -E_NOT_FOUND);
        }
        more = HAS(&rows, rows_reply, cursor);
        if (more) {
            snprintf(cursor, sizeof cursor, "%.*s", SPAN_ARGS(rows.cursor));
            SET(&asked, get_request, cursor, span_of(cursor));
        }
    }
    while (at > 0)
        assert_false(knows(&known[--at], &asked));
    return told;
}

static void every_rating_of_a_department_is_told_once_the_newest_first(void **state)
{
    (void)state;
    struct get_request asked = question("sh-pudong", "service");
    uint32_t all = pages_are_the_list(asked, 100);
    assert_int_equal(all, 115); /* of 230, two in three are of that store, three in four of these of that department */
    assert_int_equal(pages_are_the_list(asked, 1), all);
    assert_int_equal(pages_are_the_list(asked, 7), all);
    assert_int_equal(pages_are_the_list(question("nowhere", "service"), 100), 0);
}

/* An import: a thousand ratings in a record, so that some record lies across wherever one stops to look; one in fifty is asked for. */
static void ratings_that_came_by_the_thousand_are_told_once_too(void **state)
{
    (void)state;
    enum { IMPORTED = 3600, A_PUT = 900, OF_THEM = 50 };
    static uint8_t buffer[512];
    uint64_t last = UINT64_MAX;
    for (uint32_t first = 0; first < IMPORTED; first += A_PUT) {
        struct put_draft put;
        draft_begin(&put, &desk, A_PUT, NULL, 0, 0);
        for (uint32_t i = 0; i < A_PUT; i++) {
            const char *store = i % OF_THEM ? "nj-gulou" : "nb-yinzhou";
            draft_event(&put, rating_of("import", first + i, store, "service", DESK_MONDAY_MS, buffer), true);
        }
        assert_int_equal(desk_acked(desk_ask(&desk, desk.peer, "PUT", draft_end(&put))).count, A_PUT);
    }
    struct get_request asked = question("nb-yinzhou", "service");
    static char cursor[32];
    uint32_t told = 0;
    SET(&asked, get_request, limit, 100);
    for (bool more = true; more;) {
        struct rows_reply rows;
        struct wire_value header;
        struct span row;
        desk_decode(ask(desk.reader, &asked).body, &record_of_rows_reply, &rows);
        struct wire_reader reader = wire_reader(rows.rows);
        assert_int_equal(wire_read(&reader, &header), 0);
        for (uint32_t i = 0; i < header.count; i++, told++) {
            assert_int_equal(wire_skip(&reader, 8, &row), 0);
            assert_true((uint64_t)desk_figure(row, "seq") < last);
            last = (uint64_t)desk_figure(row, "seq");
        }
        more = HAS(&rows, rows_reply, cursor);
        if (more) {
            snprintf(cursor, sizeof cursor, "%.*s", SPAN_ARGS(rows.cursor));
            SET(&asked, get_request, cursor, span_of(cursor));
        }
    }
    assert_int_equal(told, IMPORTED / OF_THEM);
}

static void a_time_and_a_person_narrow_them_down(void **state)
{
    (void)state;
    struct get_request asked = question("hz-xihu", "service");
    SET(&asked, get_request, staff, span_of("zhang.ping"));
    assert_true(pages_are_the_list(asked, 10) > 0);
    SET(&asked, get_request, since, DESK_MONDAY_MS - 4 * 3600000);
    SET(&asked, get_request, until, DESK_MONDAY_MS - 2 * 3600000);
    assert_true(pages_are_the_list(asked, 10) > 0);
}

static void only_who_may_see_the_score_or_whose_ratings_they_are_is_told(void **state)
{
    (void)state;
    struct get_request here = question("sh-pudong", "service"), there = question("hz-xihu", "service");
    assert_string_equal(ask(ports[WANG_LI], &here).verb, "ROWS");
    assert_string_equal(ask(ports[GU_ALL], &there).verb, "ROWS");
    assert_string_equal(ask(ports[WALL], &here).verb, "ROWS");
    desk_refused(ask(ports[WANG_LI], &there), -E_OTHER_PLACE);
    desk_refused(ask(ports[BAY_03], &here), -E_NO_RIGHT);
    desk_refused(ask(ports[HE_OPS], &here), -E_NO_RIGHT);
    desk_refused(ask(ports[STRANGER], &here), -E_UNKNOWN_PRINCIPAL);
    SET(&there, get_request, staff, span_of("wang.li"));
    assert_string_equal(ask(ports[WANG_LI], &there).verb, "ROWS");
    SET(&there, get_request, staff, span_of("zhang.ping"));
    desk_refused(ask(ports[WANG_LI], &there), -E_OTHER_PLACE);
}

static void what_is_not_a_question_is_refused(void **state)
{
    (void)state;
    struct get_request asked = question("sh-pudong", NULL);
    desk_refused(ask(desk.reader, &asked), -E_MISSING_FIELD);
    asked = question("sh-pudong", "service");
    SET(&asked, get_request, cursor, span_of("12x"));
    desk_refused(ask(desk.reader, &asked), -E_BAD_REQUEST);
    SET(&asked, get_request, cursor, span_of("99999999999999999999999999"));
    desk_refused(ask(desk.reader, &asked), -E_BAD_REQUEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rating_of_a_department_is_told_once_the_newest_first),
        cmocka_unit_test(ratings_that_came_by_the_thousand_are_told_once_too),
        cmocka_unit_test(a_time_and_a_person_narrow_them_down),
        cmocka_unit_test(only_who_may_see_the_score_or_whose_ratings_they_are_is_told),
        cmocka_unit_test(what_is_not_a_question_is_refused),
    };
    return cmocka_run_group_tests(tests, people_rate, people_leave);
}

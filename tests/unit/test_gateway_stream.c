/* GET /v1/stream between made-up browsers and a made-up outlet, on simulated seams: what is asked in whose name, who is told what,
 * and how it ends. */
#include "tests/unit/stream_stand.h"

static void what_is_new_is_told_with_its_place(void **state)
{
    struct stand *stand = *state;
    const uint64_t n[] = {8, 10};
    uint64_t id = ask(stand, HTTP_GET, "/v1/stream?channels=complaint&after=now", HOST);
    assert_int_equal(answered(stand, id, "Content-Type: text/event-stream"), 200);
    hears(stand, id, "retry: 2000\n\n");
    hears_not(stand, id, "event: hello"); /* nobody knows yet where it is */
    assert_true(outlet_asked(stand, "PING"));
    outlet_is(stand, "g1", 7, 0, 1);
    hears(stand, id,
          "id: g1;complaint=7\nevent: hello\ndata: {\"g\":\"g1\",\"at\":\"2026-11-23T00:00:00.000Z\","
          "\"channels\":{\"complaint\":7}}\n\n");
    hears(stand, id, "event: ready\n");
    assert_true(outlet_asked(stand, "REPLAY"));
    assert_int_equal(asked_figure(stand, "as"), 0);
    assert_int_equal(asked_figure(stand, "after"), 7);
    assert_true(asked_figure(stand, "wait_ms") > 0);
    assert_true(asked_figure(stand, "max") <= 8); /* five hundred people's answers fit into the ring, cards of 2 KiB */
    outlet_tells(stand, "g1", n, 2, 12, 1);
    hears(stand, id,
          "id: g1;complaint=8\nevent: complaint\ndata: {\"n\":8,\"seq\":1008,"
          "\"at\":\"2026-11-23T00:00:00.000Z\",\"card\":{\"text\":\"x\"}}\n\n"
          "id: g1;complaint=10\nevent: complaint\n");
    assert_true(outlet_asked(stand, "REPLAY"));
    assert_int_equal(asked_figure(stand, "after"), 12); /* over what it may not see, too */
}

static void streams_of_one_principal_ask_once(void **state)
{
    struct stand *stand = *state;
    const uint64_t n[] = {8};
    uint64_t id[20] = {listener(stand)};
    struct parcel question = stand->parcel;
    stand->parcel = (struct parcel){.count = 0};
    for (uint32_t i = 1; i < 20; i++)
        id[i] = ask(stand, HTTP_GET, "/v1/stream?channels=complaint&after=now", HOST);
    assert_false(outlet_asked(stand, "REPLAY"));
    stand->parcel = question;
    outlet_tells(stand, "g1", n, 1, 8, 1);
    for (uint32_t i = 0; i < 20; i++)
        assert_int_equal(times(heard(stand, id[i]), "event: complaint\n"), 1);
    assert_true(outlet_asked(stand, "REPLAY"));
    assert_false(outlet_asked(stand, "REPLAY"));
}

static void who_comes_back_has_what_it_missed_once_and_in_order(void **state)
{
    struct stand *stand = *state;
    const uint64_t missed[] = {3, 4, 6}, fresh[] = {7, 8}; /* the first of each came before */
    listener(stand);
    struct parcel question = stand->parcel;
    stand->parcel = (struct parcel){.count = 0};
    uint64_t id =
        ask(stand, HTTP_GET, "/v1/stream?channels=complaint&after=now", HOST "Last-Event-ID: g1;complaint=3\n");
    hears(stand, id, "id: g1;complaint=3\nevent: hello\n");
    hears_not(stand, id, "event: ready");
    assert_true(outlet_asked(stand, "REPLAY"));
    assert_int_equal(asked_figure(stand, "after"), 3);
    assert_false(asked_has(stand, "wait_ms"));
    struct parcel page = stand->parcel;
    stand->parcel = question;
    outlet_tells(stand, "g1", fresh, 2, 8, 1); /* meanwhile something new */
    hears_not(stand, id, "complaint=8");
    parcel_release(&stand->parcel);
    stand->parcel = page;
    outlet_tells(stand, "g1", missed, 3, 7, 1);
    const char *text = heard(stand, id);
    const char *at[] = {strstr(text, "\"n\":4,"), strstr(text, "\"n\":6,"), strstr(text, "\"n\":8,"),
                        strstr(text, "event: ready")};
    for (int i = 0; i < 4; i++)
        assert_true(at[i] && (i == 0 || at[i] > at[i - 1]));
    assert_int_equal(times(text, "event: complaint\n"), 3);
}

static void a_page_that_does_not_fit_is_asked_for_again_from_where_it_ended(void **state)
{
    struct stand *stand = *state;
    static const uint64_t n[] = {1, 2, 3, 4, 5, 6, 7};
    listener(stand);
    uint64_t id = ask(stand, HTTP_GET, "/v1/stream?channels=complaint", HOST);
    http_sim_reads(gateway_http(stand->gateway), id, false);
    assert_true(outlet_asked(stand, "REPLAY"));
    outlet_tells(stand, "g1", n, 7, 7, 19990); /* of 20 KB each: six have room in 128 KiB */
    assert_int_equal(times(heard(stand, id), "event: complaint\n"), 6);
    turn(stand);
    assert_false(outlet_asked(stand, "REPLAY"));
    http_sim_reads(gateway_http(stand->gateway), id, true);
    turn(stand);
    assert_true(outlet_asked(stand, "REPLAY"));
    assert_int_equal(asked_figure(stand, "after"), 6);
    outlet_tells(stand, "g1", n + 6, 1, 7, 10);
    assert_int_equal(times(heard(stand, id), "event: complaint\n"), 7);
    hears(stand, id, "event: ready\n");
}

static void another_journal_is_told_and_ends_the_stream(void **state)
{
    struct stand *stand = *state;
    const uint64_t n[] = {1};
    uint64_t id = listener(stand);
    outlet_tells(stand, "g2", n, 1, 1, 1);
    hears(stand, id, "\n\nid:\nevent: resync\ndata: {\"reason\":\"lineage\"}\n\n");
    hears_not(stand, id, "event: complaint");
    assert_false(is_open(stand, id));
    uint64_t back = ask(stand, HTTP_GET, "/v1/stream?channels=complaint", HOST "Last-Event-ID: g1;complaint=7\n");
    assert_true(outlet_asked(stand, "PING"));
    outlet_is(stand, "g2", 1, 0, 1);
    hears(stand, back, "event: resync\ndata: {\"reason\":\"lineage\"}\n\n");
    assert_false(is_open(stand, back));
}

static void ids_that_are_none_of_ours_begin_anew_or_are_refused(void **state)
{
    struct stand *stand = *state;
    static const char *const ids[] = {"xx",
                                      "x;complaint",
                                      "g1;complaint=-1",
                                      "g1;complaint=1;complaint=2",
                                      "g1;none=1",
                                      ";;",
                                      "g1;complaint=99999999999999999999"};
    listener(stand);
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char header[128], uri[160];
        snprintf(header, sizeof header, HOST "Last-Event-ID: %s\n", ids[i]);
        uint64_t id = ask(stand, HTTP_GET, "/v1/stream?channels=complaint", header);
        hears(stand, id, "event: resync\ndata: {\"reason\":\"unknown_id\"}\n\n");
        assert_false(is_open(stand, id));
        snprintf(uri, sizeof uri, "/v1/stream?after=%s", ids[i]);
        assert_int_equal(answered(stand, ask(stand, HTTP_GET, uri, HOST), "after is now, or the id"), 400);
    }
    assert_int_equal(answered(stand, ask(stand, HTTP_GET, "/v1/stream?channels=complaint,x", HOST), "x is no channel"),
                     400);
    assert_int_equal(answered(stand, ask(stand, HTTP_GET, "/v1/stream?chanels=x", HOST), "chanels is unknown"), 400);
    assert_int_equal(answered(stand, ask(stand, HTTP_POST, "/v1/stream", HOST), "Allow: GET, HEAD"), 405);
    uint64_t head = ask(stand, HTTP_HEAD, "/v1/stream", HOST);
    assert_int_equal(answered(stand, head, "text/event-stream"), 200);
    assert_false(is_open(stand, head));
    uint64_t elsewhere = ask(stand, HTTP_GET, "/v1/stream", HOST "Sec-Fetch-Site: cross-site\n");
    assert_int_equal(answered(stand, elsewhere, "E1"), 403);
}

static void an_id_from_the_future_ends_when_its_time_does_not_come(void **state)
{
    struct stand *stand = *state;
    listener(stand);
    uint64_t id = ask(stand, HTTP_GET, "/v1/stream?channels=complaint&after=g1;complaint=70", HOST);
    time_passes(stand, 9000, 7);
    assert_true(is_open(stand, id)); /* after a start the outlet may yet come so far */
    time_passes(stand, 7000, 7);
    hears(stand, id, "event: resync\ndata: {\"reason\":\"unknown_id\"}\n\n");
    assert_false(is_open(stand, id));
}

static void a_beat_comes_every_five_seconds_and_owns_that_nothing_is_known(void **state)
{
    struct stand *stand = *state;
    uint64_t id = listener(stand);
    time_passes(stand, 20250, 7);
    assert_int_equal(times(heard(stand, id), ": beat\nid: g1;complaint=7\nevent: beat\n"), 4);
    assert_int_equal(times(heard(stand, id), "\"channels\":null"), 0);
    time_passes(stand, 15000, 0); /* the outlet is silent */
    hears(stand, id, "event: beat\ndata: {\"g\":\"g1\",\"at\":\"2026-11-23T00:00:30.");
    assert_int_equal(times(heard(stand, id), "\"channels\":null"), 3);
}

static void an_outlet_that_begins_anew_is_asked_at_once(void **state)
{
    struct stand *stand = *state;
    const uint64_t n[] = {8};
    uint64_t id = listener(stand);
    clock_sim_advance(stand->setup.clock, 1000, 1000);
    turn(stand);
    assert_true(outlet_asked(stand, "PING"));
    outlet_is(stand, "g1", 8, 0, 2); /* it has forgotten who waits */
    assert_true(outlet_asked(stand, "REPLAY"));
    assert_int_equal(asked_figure(stand, "after"), 7);
    outlet_tells(stand, "g1", n, 1, 8, 1);
    assert_int_equal(times(heard(stand, id), "event: complaint\n"), 1);
}

static void an_outlet_that_does_not_park_is_not_asked_in_a_circle(void **state)
{
    struct stand *stand = *state;
    listener(stand);
    outlet_tells(stand, "g1", NULL, 0, 7, 1);
    assert_false(outlet_asked(stand, "REPLAY"));
    clock_sim_advance(stand->setup.clock, 500, 500);
    turn(stand);
    assert_true(outlet_asked(stand, "REPLAY"));
}

static void who_reads_nothing_for_long_is_told_to_begin_anew(void **state)
{
    struct stand *stand = *state;
    const uint64_t n[] = {8, 9, 10, 11, 12, 13, 14, 15};
    uint64_t deaf = listener(stand);
    struct parcel question = stand->parcel;
    stand->parcel = (struct parcel){.count = 0};
    uint64_t reads = ask(stand, HTTP_GET, "/v1/stream?channels=complaint&after=now", HOST);
    http_sim_reads(gateway_http(stand->gateway), deaf, false);
    stand->parcel = question;
    outlet_tells(stand, "g1", n, 8, 15, 19990);
    assert_int_equal(times(heard(stand, reads), "event: complaint\n"), 8);
    assert_int_equal(times(heard(stand, deaf), "event: complaint\n"), 6);
    time_passes(stand, 14000, 15);
    assert_true(is_open(stand, deaf));
    time_passes(stand, 7000, 15);
    hears(stand, deaf, "id:\nevent: resync\ndata: {\"reason\":\"slow\"}\n\n");
    assert_false(is_open(stand, deaf));
    assert_true(is_open(stand, reads));
}

static void a_right_that_is_lost_ends_the_stream(void **state)
{
    struct stand *stand = *state;
    uint64_t id = listener(stand);
    peer_refuses(stand, stand->outlet, "E1001", 0); /* later, then */
    assert_true(is_open(stand, id));
    clock_sim_advance(stand->setup.clock, 1000, 1000);
    turn(stand);
    assert_true(outlet_asked(stand, "PING"));
    assert_true(outlet_asked(stand, "REPLAY"));
    peer_refuses(stand, stand->outlet, "E1801", 0);
    hears(stand, id, "event: resync\ndata: {\"reason\":\"rights\"}\n\n");
    assert_false(is_open(stand, id));
}

static void when_the_last_one_has_left_nothing_is_asked_any_more(void **state)
{
    struct stand *stand = *state;
    uint64_t id = listener(stand);
    http_sim_leave(gateway_http(stand->gateway), id);
    clock_sim_advance(stand->setup.clock, 250, 250);
    turn(stand);
    outlet_tells(stand, "g1", NULL, 0, 7, 1);
    time_passes(stand, 20000, 0);
    assert_false(outlet_asked(stand, "REPLAY"));
}

static void a_card_larger_than_any_may_be_leaves_a_gap_that_is_seen(void **state)
{
    struct stand *stand = *state;
    const uint64_t n[] = {8};
    static uint8_t buffer[400 * 1024], text[70 * 1024];
    struct wire_writer writer;
    uint64_t id = listener(stand);
    memset(text, 1, sizeof text); /* six characters each */
    wire_writer_init(&writer, buffer, sizeof buffer);
    wire_key(&writer, "g");
    wire_text(&writer, span_of("g1"));
    wire_key(&writer, "cards");
    wire_array(&writer, 1);
    wire_map(&writer, 3);
    wire_key(&writer, "n");
    wire_natural(&writer, n[0]);
    wire_key(&writer, "seq");
    wire_natural(&writer, 9);
    wire_key(&writer, "card");
    wire_text(&writer, span_make(text, sizeof text));
    wire_key(&writer, "upto");
    wire_natural(&writer, 8);
    wire_key(&writer, "more");
    wire_bool(&writer, false);
    peer_says(stand, stand->outlet, "CARDS", 4, wire_written(&writer));
    hears(stand, id, "id: g1;complaint=8\nevent: complaint\ndata: {\"n\":8,\"seq\":9,\"at\":\"\",\"card\":null}\n\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_new_is_told_with_its_place, begin, end),
        cmocka_unit_test_setup_teardown(streams_of_one_principal_ask_once, begin, end),
        cmocka_unit_test_setup_teardown(who_comes_back_has_what_it_missed_once_and_in_order, begin, end),
        cmocka_unit_test_setup_teardown(a_page_that_does_not_fit_is_asked_for_again_from_where_it_ended, begin, end),
        cmocka_unit_test_setup_teardown(another_journal_is_told_and_ends_the_stream, begin, end),
        cmocka_unit_test_setup_teardown(ids_that_are_none_of_ours_begin_anew_or_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(an_id_from_the_future_ends_when_its_time_does_not_come, begin, end),
        cmocka_unit_test_setup_teardown(a_beat_comes_every_five_seconds_and_owns_that_nothing_is_known, begin, end),
        cmocka_unit_test_setup_teardown(an_outlet_that_begins_anew_is_asked_at_once, begin, end),
        cmocka_unit_test_setup_teardown(an_outlet_that_does_not_park_is_not_asked_in_a_circle, begin, end),
        cmocka_unit_test_setup_teardown(who_reads_nothing_for_long_is_told_to_begin_anew, begin, end),
        cmocka_unit_test_setup_teardown(a_right_that_is_lost_ends_the_stream, begin, end),
        cmocka_unit_test_setup_teardown(when_the_last_one_has_left_nothing_is_asked_any_more, begin, end),
        cmocka_unit_test_setup_teardown(a_card_larger_than_any_may_be_leaves_a_gap_that_is_seen, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The gateway between a made-up browser and made-up peers, on simulated seams: for whom it asks, and what it makes of every
 * answer, silence and nonsense. */
#include "tests/unit/gateway_stand.h"

#define FAR_MS 16000 /* longer than the gateway waits */

static int begin(void **state)
{
    struct stand *stand = stand_new();
    stand_bind(stand, stand->setup.intake_trusted_endpoint, &stand->intake);
    stand_bind(stand, stand->setup.query_trusted_endpoint, &stand->query);
    stand_start(stand);
    *state = stand;
    return 0;
}

static uint64_t ask(struct stand *stand, enum http_method method, const char *uri, const char *body)
{
    uint64_t id = http_sim_ask(gateway_http(stand->gateway),
                               &(struct http_sim_request){.method = method,
                                                          .uri = uri,
                                                          .body = body,
                                                          .headers = "Host: 127.0.0.1:7300\nContent-Type: "
                                                                     "application/json\n"});
    turn(stand);
    return id;
}

/* What the peer was asked: its verb and body, lent until the next. */
static struct span peer_hears(struct stand *stand, struct port *port, const char *verb)
{
    assert_int_equal(port_receive(port, &stand->parcel), 0);
    assert_int_equal(stand->parcel.count, 4);
    assert_true(span_is(stand->parcel.frame[2], verb));
    return stand->parcel.frame[3];
}

static void peer_acknowledges(struct stand *stand, uint64_t seq)
{
    uint8_t buffer[128];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    wire_key(&writer, "first");
    wire_natural(&writer, seq);
    wire_key(&writer, "count");
    wire_natural(&writer, 1);
    wire_key(&writer, "head");
    wire_natural(&writer, seq);
    wire_key(&writer, "problems");
    wire_array(&writer, 0);
    peer_says(stand, stand->intake, "ACK", 4, wire_written(&writer));
}

static const char event[] =
    "{\"id\":\"x1\",\"source\":\"/a\",\"type\":\"feedback.praised\",\"data\":{\"store\":\"s\",\"text\":"
    "\"good\"}}";

static void an_event_is_answered_after_intake_has_it(void **state)
{
    struct stand *stand = *state;
    struct wire_value value;
    struct span bytes;
    uint64_t id = ask(stand, HTTP_POST, "/v1/events", event);
    struct span put = peer_hears(stand, stand->intake, "PUT");
    assert_int_equal(wire_find(put, "as", &value, &bytes), 0); /* somebody local, and not one of Manyi's own roles */
    assert_true(value.kind == WIRE_UINT && value.natural == 0);
    assert_int_equal(answered(stand, id, ""), 0);
    peer_acknowledges(stand, 41);
    assert_int_equal(answered(stand, id, "{\"seq\":41,\"duplicate\":false}"), 201);
}

static void what_a_peer_refuses_is_told_by_its_own_code(void **state)
{
    struct stand *stand = *state;
    static const struct {
        const char *code;
        uint32_t status;
        int64_t retry_ms;
        const char *says;
    } rows[] = {
        {"E1801", 403, 0, "none of your roles"},
        {"E1804", 401, 0, "WWW-Authenticate: Bearer"},
        {"E1808", 429, 2100, "Retry-After: 3"}, /* 2.1 s: the next whole second */
        {"E1311", 503, 0, "Retry-After: 1"},
        {"E1817", 503, 0, "because of \\\"this\\\""},
        {"E1304", 413, 0, "E1304"},
        {"nonsense", 400, 0, "E1303"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t id = ask(stand, HTTP_POST, "/v1/events", event);
        peer_hears(stand, stand->intake, "PUT");
        peer_refuses(stand, stand->intake, rows[i].code, rows[i].retry_ms);
        assert_int_equal(answered(stand, id, rows[i].says), rows[i].status);
    }
}

static void silence_is_answered_at_the_deadline_and_a_late_answer_goes_nowhere(void **state)
{
    struct stand *stand = *state;
    uint64_t id = ask(stand, HTTP_GET, "/v1/complaints?store=s&limit=5", NULL);
    peer_hears(stand, stand->query, "GET");
    clock_sim_advance(stand->setup.clock, 14999, 14999);
    turn(stand);
    assert_int_equal(answered(stand, id, ""), 0);
    clock_sim_advance(stand->setup.clock, 1, 1);
    turn(stand);
    assert_int_equal(answered(stand, id, "E1001"), 503);
    peer_refuses(stand, stand->query, "E1801", 0);
    assert_int_equal(answered(stand, id, "E1001"), 503);
}

static void a_decision_that_is_not_folded_in_time_is_told_to_be_on_disk(void **state)
{
    struct stand *stand = *state;
    uint64_t id = ask(stand, HTTP_POST, "/v1/complaints/C-41/acknowledge", "{\"by\":\"wang.li\"}");
    peer_hears(stand, stand->intake, "PUT");
    peer_acknowledges(stand, 42);
    peer_hears(stand, stand->query, "GET");
    peer_refuses(stand, stand->query, "E1412", 0);
    assert_int_equal(answered(stand, id, "{\"seq\":42,\"outcome\":null}"), 202);
    uint64_t other = ask(stand, HTTP_POST, "/v1/complaints/C-41/acknowledge", "{\"by\":\"wang.li\"}");
    peer_hears(stand, stand->intake, "PUT");
    peer_acknowledges(stand, 43);
    clock_sim_advance(stand->setup.clock, FAR_MS, FAR_MS);
    turn(stand);
    assert_int_equal(answered(stand, other, "{\"seq\":43,\"outcome\":null}"), 202);
}

static void peers_may_talk_nonsense(void **state)
{
    struct stand *stand = *state;
    static const uint8_t bytes[] = {0xc1, 0xff, 0x81, 0xa3, 'r', 'i', 'd', 0xcf};
    uint64_t id = ask(stand, HTTP_POST, "/v1/events", event);
    peer_hears(stand, stand->intake, "PUT");
    for (size_t len = 0; len <= sizeof bytes; len++) {
        const struct span frames[] = {stand->parcel.frame[0], span_make(NULL, 0), span_of("ACK"),
                                      span_make(bytes, len)};
        assert_int_equal(port_send(stand->intake, frames, 4), 0);
        turn(stand);
    }
    assert_int_equal(answered(stand, id, ""), 0);
    peer_says(stand, stand->intake, "ACK", 0, span_make(NULL, 0));
    assert_int_equal(answered(stand, id, "E1303"), 400);
    id = ask(stand, HTTP_GET, "/v1/complaints", NULL);
    peer_hears(stand, stand->query, "GET");
    peer_says(stand, stand->query, "ROWS", 0, span_make(NULL, 0));
    assert_int_equal(answered(stand, id, "{}"), 200);
}

static void nobody_asks_without_the_peers(void **state)
{
    struct stand *stand = *state;
    port_close(stand->query);
    stand->query = NULL;
    uint64_t id = ask(stand, HTTP_GET, "/readyz", NULL);
    peer_hears(stand, stand->intake, "PING");
    peer_says(stand, stand->intake, "PONG", 0, span_make(NULL, 0));
    clock_sim_advance(stand->setup.clock, FAR_MS, FAR_MS);
    turn(stand);
    assert_int_equal(answered(stand, id, "the worker does not answer"), 503);
}

/* ---- people ---- */

static void a_link_that_lost_its_end_is_told_so_on_a_page(void **state)
{
    struct stand *stand = *state;
    static const char *const lost[] = {"/ack",  "/ack/",  "/rate",     "/rate/",
                                       "/case", "/case/", "/ack/abc/", "/case/abc/"};
    for (size_t i = 0; i < sizeof lost / sizeof lost[0]; i++) {
        char uri[32];
        uint64_t id = ask(stand, HTTP_GET, lost[i], NULL);
        assert_int_equal(answered(stand, id, "Content-Type: text/html"), 404);
        answered(stand, id, "Open it exactly as it was sent.");
        snprintf(uri, sizeof uri, "%s?lang=zh", lost[i]);
        assert_int_equal(answered(stand, ask(stand, HTTP_GET, uri, NULL), "请完整打开收到的链接"), 404);
        assert_int_equal(answered(stand, ask(stand, HTTP_POST, lost[i], "{}"), "application/problem+json") / 100, 4);
    }
    assert_int_equal(answered(stand, ask(stand, HTTP_GET, "/v1/complaints/", NULL), "E1303"), 400); /* for programs */
}

/* ---- figures ---- */

/* What intake says of itself, as far as it is looked at here. */
static struct span intake_figures(uint8_t *buffer, size_t size)
{
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, size);
    wire_key(&writer, "role");
    wire_text(&writer, span_of("intake"));
    wire_key(&writer, "head");
    wire_natural(&writer, 41);
    wire_key(&writer, "accepted");
    wire_natural(&writer, 40);
    wire_key(&writer, "disk_short");
    wire_natural(&writer, 0);
    return wire_written(&writer);
}

static void a_role_that_is_silent_is_told_to_be_down_and_the_others_are_told(void **state)
{
    struct stand *stand = *state;
    uint8_t buffer[128];
    uint64_t metrics = ask(stand, HTTP_GET, "/metrics", NULL);
    uint64_t ready = ask(stand, HTTP_GET, "/readyz?verbose", NULL);
    uint64_t status = ask(stand, HTTP_GET, "/v1/status", NULL);
    peer_hears(stand, stand->intake, "PING");
    peer_says(stand, stand->intake, "PONG", 4, intake_figures(buffer, sizeof buffer));
    assert_int_equal(port_receive(stand->intake, &stand->parcel), -E_AGAIN); /* all three share one round */
    assert_int_equal(answered(stand, metrics, ""), 0);
    clock_sim_advance(stand->setup.clock, 1000, 1000);
    turn(stand);
    assert_int_equal(answered(stand, metrics, "manyi_up{role=\"intake\"} 1\n"), 200);
    assert_int_equal(answered(stand, metrics, "manyi_up{role=\"worker\"} 0\n"), 200);
    assert_int_equal(answered(stand, metrics, "manyi_intake_events_accepted_total 40\n"), 200);
    assert_int_equal(answered(stand, ready, "[-]worker failed: does not answer\n"), 503);
    assert_int_equal(answered(stand, ready, "[+]disk ok\n"), 503);
    assert_int_equal(answered(stand, status, "{\"role\":\"worker\",\"up\":false}"), 200);
    answered(stand, status, "{\"seq\":null,"); /* nobody says how far the state is */
    assert_int_equal(answered(stand, status, "\"accepted\":40"), 200);
}

/* It is asked again in the next round, and what came late is not taken for an answer of that. */
static void a_late_pong_is_no_figure_of_the_next_round(void **state)
{
    struct stand *stand = *state;
    uint8_t buffer[128];
    ask(stand, HTTP_GET, "/metrics", NULL);
    peer_hears(stand, stand->intake, "PING");
    clock_sim_advance(stand->setup.clock, 1000, 1000);
    turn(stand);
    uint64_t again = ask(stand, HTTP_GET, "/metrics", NULL);
    peer_says(stand, stand->intake, "PONG", 4, intake_figures(buffer, sizeof buffer)); /* to the first PING */
    clock_sim_advance(stand->setup.clock, 1000, 1000);
    turn(stand);
    assert_int_equal(answered(stand, again, "manyi_up{role=\"intake\"} 0\n"), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_event_is_answered_after_intake_has_it, begin, end),
        cmocka_unit_test_setup_teardown(what_a_peer_refuses_is_told_by_its_own_code, begin, end),
        cmocka_unit_test_setup_teardown(silence_is_answered_at_the_deadline_and_a_late_answer_goes_nowhere, begin, end),
        cmocka_unit_test_setup_teardown(a_decision_that_is_not_folded_in_time_is_told_to_be_on_disk, begin, end),
        cmocka_unit_test_setup_teardown(peers_may_talk_nonsense, begin, end),
        cmocka_unit_test_setup_teardown(nobody_asks_without_the_peers, begin, end),
        cmocka_unit_test_setup_teardown(a_link_that_lost_its_end_is_told_so_on_a_page, begin, end),
        cmocka_unit_test_setup_teardown(a_role_that_is_silent_is_told_to_be_down_and_the_others_are_told, begin, end),
        cmocka_unit_test_setup_teardown(a_late_pong_is_no_figure_of_the_next_round, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

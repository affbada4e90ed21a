/* The outlet gives the same numbers after a crash, a loss and a rebuild, and pages of what it has. */
#include "tests/unit/outlet_stand.h"

/* ---- the outlet's own memory ---- */

static void fill(struct stand *stand)
{
    char subject[16];
    for (uint32_t i = 0; i < 40; i++) {
        snprintf(subject, sizeof subject, "C-%u", i % 7);
        complaint(stand, subject, "changed");
        snprintf(subject, sizeof subject, "E-%u", i % 3);
        feed_model_add(&stand->feed, EVENT_escalation_raised, subject, "raised", false);
    }
}

/* What a REPLAY from 0 gives: n of each card, in order. */
static uint32_t numbers_of(struct stand *stand, uint64_t *numbers)
{
    struct watcher *watcher = watch_complaints(stand);
    run(stand, 50);
    assert_int_equal(watcher->ready, 1);
    for (uint32_t i = 0; i < watcher->count; i++)
        numbers[i] = watcher->seen[i].n;
    return watcher->count;
}

static void an_outlet_rebuilt_from_nothing_gives_the_same_n(void **state)
{
    (void)state;
    uint64_t lived[64], rebuilt[64];
    struct stand stand;
    stand_open(&stand);
    fill(&stand);
    run(&stand, 30);
    uint32_t count = numbers_of(&stand, lived);
    assert_int_equal(count, 7);
    assert_int_equal(lived[6], 40); /* 40 complaint cards, seven cases */
    assert_int_equal(lived[0], 34);
    outlet_close(stand.outlet);
    store_sim_forget(OUTLET_DIR);
    outlet_start(&stand);
    run(&stand, 150);
    assert_int_equal(numbers_of(&stand, rebuilt), count);
    assert_memory_equal(lived, rebuilt, count * sizeof lived[0]);
    assert_int_equal(stand.watchers[0].resets, 0);
    assert_int_equal(stand.watchers[0].count, 7); /* saw nothing twice */
    stand_close(&stand);
}

static void a_crash_between_publishing_and_the_commit_gives_the_same_n_again(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    struct watcher *watcher = watch_complaints(&stand);
    complaint(&stand, "C-1", "before");
    run(&stand, 20);
    complaint(&stand, "C-2", "published, not committed");
    feed_model_turn(&stand.feed);
    store_sim_fail_next_commit(OUTLET_DIR, -E_COMMIT_FAILED);
    int64_t wait_ms;
    assert_int_equal(outlet_turn(stand.outlet, clock_read(stand.manyi.clock), &wait_ms), -E_COMMIT_FAILED);
    store_sim_crash(OUTLET_DIR, false);
    outlet_close(stand.outlet);
    outlet_start(&stand);
    run(&stand, 600);
    complaint(&stand, "C-3", "after");
    run(&stand, 20);
    assert_int_equal(watcher->count, 3);
    assert_seen(watcher, 1, 2, "published, not committed", false);
    assert_int_equal(watcher->seen[2].n, 3);
    assert_int_equal(watcher->resets, 0);
    stand_close(&stand);
}

static void entries_before_the_cursor_are_passed_over(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    stand.feed.overlap = 3; /* as in a record that begins before what was asked for */
    struct watcher *watcher = watch_complaints(&stand);
    for (uint32_t i = 0; i < 10; i++) {
        complaint(&stand, "C-1", "changed");
        run(&stand, 3);
    }
    run(&stand, 110);
    assert_int_equal(watcher->seen[watcher->count - 1].n, 10);
    stand_close(&stand);
}

static int commit_count(void *context, const char *path, bool kept)
{
    *(uint32_t *)context += kept && strcmp(path, OUTLET_DIR) == 0;
    return 0;
}

/* Ratings, one every 10 ms for half a second, each told by a BATCH of its own. */
static void ratings_pass(struct stand *stand)
{
    for (uint32_t i = 0; i < 50; i++) {
        feed_model_add(&stand->feed, EVENT_feedback_rated, "R-1", "no card", false);
        run(stand, 1);
    }
}

static void what_holds_no_card_is_written_once_a_second_and_a_crash_before_it_costs_nothing(void **state)
{
    (void)state;
    struct stand stand;
    uint32_t commits = 0;
    stand_open(&stand);
    struct watcher *watcher = watch_complaints(&stand);
    complaint(&stand, "C-1", "opened");
    run(&stand, 110);
    store_sim_set_watch(commit_count, &commits);
    ratings_pass(&stand);
    run(&stand, 110);
    assert_in_range(commits, 1, 2); /* half a second lies in one beat, or in two */
    commits = 0;
    run(&stand, 500);
    assert_int_equal(commits, 0); /* idle */
    ratings_pass(&stand);
    store_sim_crash(OUTLET_DIR, false);
    outlet_close(stand.outlet);
    outlet_start(&stand);
    complaint(&stand, "C-2", "opened");
    run(&stand, 600);
    store_sim_set_watch(NULL, NULL);
    assert_int_equal(watcher->count, 2);
    assert_seen(watcher, 1, 2, "opened", false);
    stand_close(&stand);
}

static void a_journal_that_has_lost_entries_ends_the_outlet(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    for (uint32_t i = 0; i < 5; i++)
        complaint(&stand, "C-1", "changed");
    run(&stand, 5);
    feed_model_restore(&stand.feed, "first");
    complaint(&stand, "C-9", "all there is");
    feed_model_time_out(&stand.feed);
    int64_t wait_ms;
    int result = 0;
    for (int i = 0; i < 20 && result == 0; i++) {
        feed_model_turn(&stand.feed);
        result = outlet_turn(stand.outlet, clock_read(stand.manyi.clock), &wait_ms);
    }
    assert_int_equal(result, -E_CORRUPT);
    stand_close(&stand);
}

static void a_lost_last_commit_is_made_good_from_the_journal(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    struct watcher *watcher = watch_complaints(&stand);
    complaint(&stand, "C-1", "one");
    run(&stand, 20);
    complaint(&stand, "C-1", "two");
    run(&stand, 2);
    store_sim_crash(OUTLET_DIR, true);
    outlet_close(stand.outlet);
    outlet_start(&stand);
    run(&stand, 600);
    complaint(&stand, "C-1", "three");
    run(&stand, 20);
    assert_int_equal(watcher->count, 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(watcher->seen[i].n, i + 1);
    stand_close(&stand);
}

/* ---- the replay port, frame by frame ---- */

static void ask(struct stand *stand, const char *verb, const struct record_table *table, const void *request)
{
    uint8_t body[512];
    struct wire_writer writer;
    wire_writer_init(&writer, body, sizeof body);
    record_encode(table, request, ENCODE_EVENT, &writer);
    assert_int_equal(client_send(stand->asker, verb, wire_written(&writer)), 0);
}

static struct client_reply answer(struct stand *stand)
{
    struct client_reply reply;
    feed_and_outlet(stand);
    assert_int_equal(client_receive(stand->asker, &stand->parcel, &reply), 0);
    return reply;
}

static struct cards_reply replay(struct stand *stand, int64_t after, int64_t max)
{
    struct replay_request request = {0};
    SET(&request, replay_request, channel, span_of("complaint"));
    SET(&request, replay_request, after, after);
    SET(&request, replay_request, max, max);
    ask(stand, "REPLAY", &record_of_replay_request, &request);
    struct client_reply reply = answer(stand);
    assert_true(span_is(reply.verb, "CARDS"));
    struct cards_reply cards;
    struct flaw flaw;
    assert_int_equal(record_decode(&record_of_cards_reply, reply.body, &cards, &flaw), 0);
    return cards;
}

static uint32_t count_of(const struct cards_reply *cards)
{
    struct wire_reader reader = wire_reader(cards->cards);
    struct wire_value value;
    assert_int_equal(wire_read(&reader, &value), 0);
    return value.count;
}

static void pages_skip_what_was_replaced_and_say_how_far_they_looked(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    for (uint32_t i = 0; i < 5; i++)
        complaint(&stand, "C-1", "changed"); /* 1 to 5, only 5 stays */
    complaint(&stand, "C-2", "opened");      /* 6 */
    complaint(&stand, "C-3", "opened");      /* 7 */
    feed_model_add(&stand.feed, EVENT_escalation_raised, "E-1-response-50", "of another channel", false);
    run(&stand, 5);
    struct {
        int64_t after, max;
        uint32_t count;
        int64_t upto;
        bool more;
    } rows[] = {
        {0, 256, 3, 7, false}, {0, 1, 1, 5, true},    {5, 1, 1, 6, true},        {6, 1, 1, 7, false},
        {7, 1, 0, 7, false},   {99, 1, 0, 99, false}, {0, 1000000, 3, 7, false},
    };
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cards_reply cards = replay(&stand, rows[i].after, rows[i].max);
        assert_int_equal(count_of(&cards), rows[i].count);
        assert_int_equal(cards.upto, rows[i].upto);
        assert_int_equal(cards.more, rows[i].more);
        assert_true(span_is(cards.g, "first"));
    }
    stand_close(&stand);
}

static void a_page_has_no_more_than_a_mebibyte_of_cards(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    static char said[15001];
    memset(said, 'x', 15000);
    for (uint32_t i = 0; i < 100; i++) { /* 1.5 MB in all */
        char subject[16];
        snprintf(subject, sizeof subject, "C-%u", i);
        complaint(&stand, subject, said);
    }
    run(&stand, 20);
    struct cards_reply cards = replay(&stand, 0, 256);
    assert_in_range(cards.cards.len, MIB - 16000, MIB);
    assert_true(cards.more);
    uint32_t count = count_of(&cards);
    assert_int_equal(cards.upto, count);
    cards = replay(&stand, cards.upto, 256);
    assert_false(cards.more);
    assert_int_equal(count_of(&cards) + count, 100);
    stand_close(&stand);
}

static void a_replay_never_lacks_what_was_published_before(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    run(&stand, 5);
    complaint(&stand, "C-1", "published in this very turn");
    struct cards_reply cards = replay(&stand, 0, 256);
    assert_int_equal(cards.upto, 1);
    stand_close(&stand);
}

static void wrong_requests_are_refused_with_their_code(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    run(&stand, 5);
    struct replay_request unknown = {0};
    SET(&unknown, replay_request, channel, span_of("weather"));
    SET(&unknown, replay_request, after, 0);
    struct {
        const char *verb;
        const struct record_table *table;
        const void *request;
        const char *code;
    } rows[] = {
        {"REPLAY", &record_of_replay_request, &unknown, "E1303"},
        {"REPLAY", &record_of_ping_request, &(struct ping_request){0}, "E1303"},
        {"PLAY", &record_of_ping_request, &(struct ping_request){0}, "E1302"},
    };
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ask(&stand, rows[i].verb, rows[i].table, rows[i].request);
        struct client_reply reply = answer(&stand);
        assert_true(span_is(reply.verb, "NAK"));
        struct wire_value code;
        struct span bytes;
        assert_int_equal(wire_find(reply.body, "code", &code, &bytes), 0);
        assert_true(span_is(code.bytes, rows[i].code));
    }
    stand_close(&stand);
}

static void nobody_is_told_anything_before_the_journal_has_answered(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    complaint(&stand, "C-1", "opened");
    struct replay_request request = {0};
    SET(&request, replay_request, channel, span_of("complaint"));
    SET(&request, replay_request, after, 0);
    ask(&stand, "REPLAY", &record_of_replay_request, &request);
    int64_t wait_ms;
    assert_int_equal(outlet_turn(stand.outlet, clock_read(stand.manyi.clock), &wait_ms), 0);
    struct client_reply reply;
    assert_int_equal(client_receive(stand.asker, &stand.parcel, &reply), 0);
    assert_true(span_is(reply.verb, "NAK"));
    struct watcher *watcher = watch_complaints(&stand);
    run(&stand, 20);
    assert_int_equal(watcher->count, 1);
    stand_close(&stand);
}

static void ping_tells_cursor_and_last_n_of_each_channel(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    fill(&stand);
    watch_complaints(&stand);
    run(&stand, 30);
    ask(&stand, "PING", &record_of_ping_request, &(struct ping_request){0});
    struct client_reply reply = answer(&stand);
    assert_true(span_is(reply.verb, "PONG"));
    static const struct {
        const char *name;
        uint64_t figure;
    } rows[] = {{"cursor", 80}, {"subscribed", 2}, {"dropped_replies", 0}};
    struct wire_value value;
    struct span bytes;
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(wire_find(reply.body, rows[i].name, &value, &bytes), 0);
        assert_int_equal(value.natural, rows[i].figure);
    }
    assert_int_equal(wire_find(reply.body, "channels", &value, &bytes), 0);
    struct span channels = bytes;
    assert_int_equal(wire_find(channels, "complaint", &value, &bytes), 0);
    assert_int_equal(value.natural, 40);
    assert_int_equal(wire_find(channels, "ledger", &value, &bytes), 0);
    assert_int_equal(value.natural, 0);
    stand_close(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_outlet_rebuilt_from_nothing_gives_the_same_n),
        cmocka_unit_test(a_crash_between_publishing_and_the_commit_gives_the_same_n_again),
        cmocka_unit_test(entries_before_the_cursor_are_passed_over),
        cmocka_unit_test(what_holds_no_card_is_written_once_a_second_and_a_crash_before_it_costs_nothing),
        cmocka_unit_test(a_journal_that_has_lost_entries_ends_the_outlet),
        cmocka_unit_test(a_lost_last_commit_is_made_good_from_the_journal),
        cmocka_unit_test(pages_skip_what_was_replaced_and_say_how_far_they_looked),
        cmocka_unit_test(a_page_has_no_more_than_a_mebibyte_of_cards),
        cmocka_unit_test(a_replay_never_lacks_what_was_published_before),
        cmocka_unit_test(wrong_requests_are_refused_with_their_code),
        cmocka_unit_test(nobody_is_told_anything_before_the_journal_has_answered),
        cmocka_unit_test(ping_tells_cursor_and_last_n_of_each_channel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

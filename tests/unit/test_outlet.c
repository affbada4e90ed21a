/* Cards reach every subscriber: from the outlet over a made-up feed, to subscribers that join late, lose frames, and heal. */
#include "brokers/outlet.h"
#include "clients/c/subscriber.h"
#include "core/status.h"
#include "io/store_sim.h"
#include "tests/support/feed_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define CARDS_MAX 8192u
#define WATCHERS_MAX 4u
#define OUTLET_DIR "/data/outlet"

struct seen {
    char channel[16];
    uint64_t n;
    uint64_t seq;
    char said[32];
    char at[32];
    bool gone;
    bool snapshot;
};

/* A subscriber and what it has seen. */
struct watcher {
    struct manyi_subscriber *subscriber;
    struct seen *seen;
    uint32_t count;
    uint32_t resets;
    uint32_t ready;
};

struct stand {
    struct manyi manyi;
    struct setup setup;
    struct feed_model feed;
    struct outlet *outlet;
    struct watcher watchers[WATCHERS_MAX];
    uint32_t watcher_count;
    struct port *asker; /* DEALER at the replay port */
    struct parcel parcel;
};

static void on_card(void *context, const struct manyi_card *card)
{
    struct watcher *watcher = context;
    assert_true(watcher->count < CARDS_MAX);
    struct seen *seen = &watcher->seen[watcher->count++];
    *seen = (struct seen){.n = card->n, .seq = card->seq, .gone = card->gone, .snapshot = card->snapshot};
    client_copy(seen->channel, sizeof seen->channel, span_of(card->channel));
    client_copy(seen->at, sizeof seen->at, span_of(card->at));
    struct wire_value said;
    struct span bytes;
    assert_int_equal(wire_find(span_make(card->card, card->card_len), "said", &said, &bytes), 0);
    client_copy(seen->said, sizeof seen->said, said.bytes);
}

static void on_reset(void *context, const char *channel)
{
    struct watcher *watcher = context;
    assert_string_not_equal(channel, "");
    watcher->resets++;
    watcher->count = 0;
}

static void on_ready(void *context, const char *channel)
{
    struct watcher *watcher = context;
    assert_string_not_equal(channel, "");
    watcher->ready++;
}

static void outlet_start(struct stand *stand)
{
    assert_int_equal(outlet_open(&stand->setup, &stand->outlet), 0);
}

static void stand_open(struct stand *stand)
{
    *stand = (struct stand){0};
    store_sim_forget(OUTLET_DIR);
    assert_int_equal(bus_open(&stand->manyi.bus), 0);
    assert_int_equal(clock_open(&(struct clock_options){0}, &stand->manyi.clock), 0);
    stand->setup = (struct setup){
        .bus = stand->manyi.bus,
        .clock = stand->manyi.clock,
        .dir = "/data",
        .publish_endpoint = "tcp://127.0.0.1:7304",
        .replay_endpoint = "tcp://127.0.0.1:7305",
        .feed_inner_endpoint = "inproc://feed",
    };
    feed_model_open(&stand->feed, stand->manyi.bus, "inproc://feed", "first");
    outlet_start(stand);
    struct port_options asker = {.kind = PORT_DEALER, .endpoint = stand->setup.replay_endpoint};
    assert_int_equal(port_open(stand->manyi.bus, &asker, &stand->asker), 0);
}

static void stand_close(struct stand *stand)
{
    for (uint32_t i = 0; i < stand->watcher_count; i++) {
        manyi_subscriber_close(stand->watchers[i].subscriber);
        free(stand->watchers[i].seen);
    }
    parcel_release(&stand->parcel);
    port_close(stand->asker);
    outlet_close(stand->outlet);
    feed_model_close(&stand->feed);
    clock_close(stand->manyi.clock);
    bus_close(stand->manyi.bus);
}

static struct watcher *watch(struct stand *stand, const char *const *channels, uint32_t count)
{
    struct watcher *watcher = &stand->watchers[stand->watcher_count++];
    struct manyi_subscriber_options options = {
        .publish_endpoint = stand->setup.publish_endpoint,
        .replay_endpoint = stand->setup.replay_endpoint,
        .channels = channels,
        .channel_count = count,
        .on_card = on_card,
        .on_reset = on_reset,
        .on_ready = on_ready,
        .context = watcher,
    };
    watcher->seen = calloc(CARDS_MAX, sizeof *watcher->seen);
    assert_non_null(watcher->seen);
    assert_int_equal(manyi_subscriber_open(&stand->manyi, &options, &watcher->subscriber), 0);
    return watcher;
}

static struct watcher *watch_complaints(struct stand *stand)
{
    static const char *const channels[] = {"complaint"};
    return watch(stand, channels, 1);
}

static void complaint(struct stand *stand, const char *subject, const char *said)
{
    feed_model_add(&stand->feed, EVENT_complaint_changed, subject, said, false);
}

static void feed_and_outlet(struct stand *stand)
{
    int64_t wait_ms = -1;
    feed_model_turn(&stand->feed);
    assert_int_equal(outlet_turn(stand->outlet, clock_read(stand->manyi.clock), &wait_ms), 0);
    assert_in_range(wait_ms, 1, 1000);
}

static void pass(struct stand *stand, int64_t ms)
{
    clock_sim_advance(stand->manyi.clock, ms, ms);
}

/* Turns of everybody, 10 ms each: enough for whatever is on its way, and for a beat when count is above 100. */
static void run(struct stand *stand, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        feed_and_outlet(stand);
        for (uint32_t k = 0; k < stand->watcher_count; k++)
            assert_int_equal(manyi_subscriber_turn(stand->watchers[k].subscriber, 0), 0);
        pass(stand, 10);
    }
}

/* Takes the next live message out of the subscriber's queue, as if the network had dropped it. */
static void lose_one(const struct watcher *watcher)
{
    struct parcel lost = {0};
    assert_int_equal(port_receive(watcher->subscriber->live, &lost), 0);
    parcel_release(&lost);
}

static void assert_seen(const struct watcher *watcher, uint32_t at, uint64_t n, const char *said, bool snapshot)
{
    assert_true(at < watcher->count);
    assert_int_equal(watcher->seen[at].n, n);
    assert_string_equal(watcher->seen[at].said, said);
    assert_int_equal(watcher->seen[at].snapshot, snapshot);
}

/* ---- subscribers ---- */

static void a_card_reaches_a_subscriber_as_it_was_concluded(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    struct watcher *watcher = watch_complaints(&stand);
    run(&stand, 20);
    assert_int_equal(watcher->ready, 1);
    complaint(&stand, "C-41", "opened");
    run(&stand, 2);
    assert_int_equal(watcher->count, 1);
    assert_seen(watcher, 0, 1, "opened", false);
    assert_int_equal(watcher->seen[0].seq, 1);
    assert_string_equal(watcher->seen[0].at, "2026-11-23T00:00:01.000Z");
    assert_string_equal(watcher->seen[0].channel, "complaint");
    stand_close(&stand);
}

static void who_joins_late_gets_the_newest_card_of_each_case_then_what_comes(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    complaint(&stand, "C-1", "opened");       /* n 1 */
    complaint(&stand, "C-2", "opened");       /* 2 */
    complaint(&stand, "C-1", "acknowledged"); /* 3 */
    complaint(&stand, "C-3", "opened");       /* 4 */
    complaint(&stand, "C-1", "planned");      /* 5 */
    run(&stand, 10);
    struct watcher *watcher = watch_complaints(&stand);
    run(&stand, 20);
    assert_int_equal(watcher->count, 3);
    assert_seen(watcher, 0, 2, "opened", true);
    assert_seen(watcher, 1, 4, "opened", true);
    assert_seen(watcher, 2, 5, "planned", true);
    assert_int_equal(watcher->ready, 1);
    complaint(&stand, "C-2", "acknowledged");
    run(&stand, 2);
    assert_int_equal(watcher->count, 4);
    assert_seen(watcher, 3, 6, "acknowledged", false);
    assert_int_equal(watcher->resets, 0);
    stand_close(&stand);
}

static void each_channel_counts_for_itself(void **state)
{
    (void)state;
    static const char *const channels[] = {"task", "escalation"};
    struct stand stand;
    stand_open(&stand);
    struct watcher *watcher = watch(&stand, channels, 2);
    run(&stand, 20);
    complaint(&stand, "C-1", "opened");
    feed_model_add(&stand.feed, EVENT_task_changed, "T-1", "a", false);
    feed_model_add(&stand.feed, EVENT_escalation_raised, "E-1-response-50", "b", false);
    feed_model_add(&stand.feed, EVENT_task_changed, "T-2", "c", false);
    run(&stand, 5);
    assert_int_equal(watcher->count, 3);
    assert_seen(watcher, 0, 1, "a", false);
    assert_seen(watcher, 1, 1, "b", false);
    assert_string_equal(watcher->seen[1].channel, "escalation");
    assert_seen(watcher, 2, 2, "c", false);
    assert_int_equal(watcher->ready, 2);
    stand_close(&stand);
}

static void a_lost_frame_is_healed_by_the_next_one(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    struct watcher *watcher = watch_complaints(&stand);
    run(&stand, 20);
    complaint(&stand, "C-1", "opened");
    feed_and_outlet(&stand);
    lose_one(watcher);
    complaint(&stand, "C-2", "opened");
    complaint(&stand, "C-3", "opened");
    run(&stand, 5);
    assert_int_equal(watcher->count, 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(watcher->seen[i].n, i + 1);
    stand_close(&stand);
}

static void a_lost_last_frame_is_healed_by_the_beat(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    struct watcher *watcher = watch_complaints(&stand);
    run(&stand, 20);
    complaint(&stand, "C-1", "opened");
    feed_and_outlet(&stand);
    lose_one(watcher);
    run(&stand, 110); /* 1.1 s */
    assert_int_equal(watcher->count, 1);
    assert_seen(watcher, 0, 1, "opened", true);
    stand_close(&stand);
}

static void a_lost_welcome_delays_the_snapshot_by_a_second(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    complaint(&stand, "C-1", "opened");
    run(&stand, 10);
    struct watcher *watcher = watch_complaints(&stand);
    feed_and_outlet(&stand);
    lose_one(watcher);
    run(&stand, 50);
    assert_int_equal(watcher->count, 0);
    run(&stand, 60);
    assert_int_equal(watcher->count, 1);
    assert_int_equal(watcher->ready, 1);
    stand_close(&stand);
}

static void a_snapshot_of_many_pages_is_complete_and_in_order(void **state)
{
    (void)state;
    enum { CASES = 1000 }; /* 4 pages of 256 */
    struct stand stand;
    stand_open(&stand);
    for (uint32_t i = 0; i < CASES; i++) {
        char subject[16];
        snprintf(subject, sizeof subject, "C-%u", i);
        complaint(&stand, subject, "opened");
    }
    run(&stand, 100);
    struct watcher *watcher = watch_complaints(&stand);
    run(&stand, 3);
    complaint(&stand, "C-0", "arrives while the pages are on their way");
    run(&stand, 30);
    assert_int_equal(watcher->ready, 1);
    assert_int_equal(watcher->seen[watcher->count - 1].n, CASES + 1);
    for (uint32_t i = 1; i < watcher->count; i++)
        assert_true(watcher->seen[i].n > watcher->seen[i - 1].n);
    assert_in_range(watcher->count, CASES, CASES + 1); /* the first card of C-0 may have gone out before */
    stand_close(&stand);
}

static void a_tombstone_reaches_who_has_the_card_and_is_left_out_of_a_snapshot(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    struct watcher *early = watch_complaints(&stand);
    complaint(&stand, "C-1", "closed long ago");
    complaint(&stand, "C-2", "open");
    run(&stand, 20);
    feed_model_add(&stand.feed, EVENT_complaint_changed, "C-1", "gone", true);
    feed_and_outlet(&stand);
    lose_one(early); /* it comes by REPLAY then, which has it, for it is not from 0 */
    run(&stand, 110);
    assert_int_equal(early->count, 3);
    assert_true(early->seen[2].gone);
    assert_int_equal(early->seen[2].n, 3);

    struct watcher *late = watch_complaints(&stand);
    run(&stand, 20);
    assert_int_equal(late->count, 1);
    assert_seen(late, 0, 2, "open", true);
    assert_int_equal(late->ready, 1);
    complaint(&stand, "C-2", "still open"); /* n 4: the tombstone's n is no gap */
    run(&stand, 2);
    assert_seen(late, 1, 4, "still open", false);
    stand_close(&stand);
}

static void another_generation_starts_from_zero(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    struct watcher *watcher = watch_complaints(&stand);
    complaint(&stand, "C-1", "of the first journal");
    complaint(&stand, "C-2", "of the first journal");
    run(&stand, 20);
    assert_int_equal(watcher->count, 2);
    feed_model_restore(&stand.feed, "second");
    complaint(&stand, "C-1", "of the second journal");
    feed_model_time_out(&stand.feed);
    run(&stand, 110); /* a beat tells */
    assert_int_equal(watcher->resets, 1);
    assert_int_equal(watcher->count, 1);
    assert_seen(watcher, 0, 1, "of the second journal", true);
    assert_int_equal(watcher->ready, 2);
    stand_close(&stand);
}

static void a_restored_journal_without_cards_empties_the_board(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    struct watcher *watcher = watch_complaints(&stand);
    complaint(&stand, "C-1", "of the first journal");
    run(&stand, 20);
    feed_model_restore(&stand.feed, "second");
    feed_model_time_out(&stand.feed);
    run(&stand, 110); /* only a beat can tell */
    assert_int_equal(watcher->resets, 1);
    assert_int_equal(watcher->count, 0);
    stand_close(&stand);
}

static void a_snapshot_ends_under_a_steady_flow_of_changes(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    char subject[16];
    for (uint32_t i = 0; i < 1000; i++) {
        snprintf(subject, sizeof subject, "C-%u", i);
        complaint(&stand, subject, "opened");
    }
    run(&stand, 100);
    struct watcher *watcher = watch_complaints(&stand);
    for (uint32_t i = 0; i < 30; i++) { /* four pages, a turn or two each */
        complaint(&stand, "C-5", "changed again");
        run(&stand, 1);
    }
    assert_int_equal(watcher->ready, 1);
    run(&stand, 5);
    assert_int_equal(watcher->seen[watcher->count - 1].n, 1030);
    stand_close(&stand);
}

static void a_silent_outlet_is_connected_to_anew_and_nothing_is_told_twice(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    struct watcher *watcher = watch_complaints(&stand);
    complaint(&stand, "C-1", "opened");
    run(&stand, 20);
    assert_int_equal(watcher->count, 1);
    struct port *before = watcher->subscriber->live;
    assert_in_range(manyi_subscriber_silence_ms(watcher->subscriber), 0, 1000);
    pass(&stand, 5001); /* nobody moves */
    assert_in_range(manyi_subscriber_silence_ms(watcher->subscriber), 5001, 7000);
    assert_int_equal(manyi_subscriber_turn(watcher->subscriber, 0), 0);
    assert_ptr_not_equal(watcher->subscriber->live, before);
    complaint(&stand, "C-2", "opened");
    run(&stand, 20);
    assert_int_equal(watcher->count, 2);
    assert_int_equal(watcher->seen[1].n, 2);
    assert_int_equal(watcher->resets, 0);
    stand_close(&stand);
}

static void a_channel_that_nobody_knows_is_said_to_be_wrong(void **state)
{
    (void)state;
    static const char *const channels[] = {"complaints"};
    struct stand stand;
    stand_open(&stand);
    run(&stand, 5);
    struct watcher *watcher = watch(&stand, channels, 1);
    int result = 0;
    for (uint32_t i = 0; i < 200 && result == 0; i++) {
        feed_and_outlet(&stand);
        result = manyi_subscriber_turn(watcher->subscriber, 0);
        pass(&stand, 10);
    }
    assert_int_equal(result, -E_BAD_REQUEST);
    stand_close(&stand);
}

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

static void a_journal_that_has_become_shorter_is_read_anew(void **state)
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
    run(&stand, 5);
    struct watcher *watcher = watch_complaints(&stand);
    run(&stand, 20);
    assert_int_equal(watcher->count, 1);
    assert_seen(watcher, 0, 1, "all there is", true);
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

/* ---- everything at once ---- */

/* A subscriber that loses every third message still ends with the newest card of every case, in order and once. */
static void a_subscriber_that_loses_a_third_ends_with_every_newest_card(void **state)
{
    (void)state;
    enum { CASES = 20, CHANGES = 1000 };
    struct stand stand;
    stand_open(&stand);
    struct watcher *watcher = watch_complaints(&stand);
    run(&stand, 20);
    uint64_t newest[CASES] = {0};
    uint64_t seed = 7;
    for (uint64_t n = 1; n <= CHANGES; n++) {
        char subject[16];
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        uint32_t which = (uint32_t)(seed >> 33) % CASES;
        snprintf(subject, sizeof subject, "C-%u", which);
        complaint(&stand, subject, subject);
        newest[which] = n;
        feed_and_outlet(&stand);
        if ((seed >> 40) % 3 == 0) {
            struct parcel lost = {0};
            port_receive(watcher->subscriber->live, &lost);
            parcel_release(&lost);
        }
        assert_int_equal(manyi_subscriber_turn(watcher->subscriber, 0), 0);
        pass(&stand, 10);
    }
    run(&stand, 250);
    uint64_t had[CASES] = {0};
    for (uint32_t i = 0; i < watcher->count; i++) {
        assert_true(i == 0 || watcher->seen[i].n > watcher->seen[i - 1].n);
        had[atoi(watcher->seen[i].said + 2)] = watcher->seen[i].n;
    }
    assert_memory_equal(had, newest, sizeof had);
    stand_close(&stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_card_reaches_a_subscriber_as_it_was_concluded),
        cmocka_unit_test(who_joins_late_gets_the_newest_card_of_each_case_then_what_comes),
        cmocka_unit_test(each_channel_counts_for_itself),
        cmocka_unit_test(a_lost_frame_is_healed_by_the_next_one),
        cmocka_unit_test(a_lost_last_frame_is_healed_by_the_beat),
        cmocka_unit_test(a_lost_welcome_delays_the_snapshot_by_a_second),
        cmocka_unit_test(a_snapshot_of_many_pages_is_complete_and_in_order),
        cmocka_unit_test(a_tombstone_reaches_who_has_the_card_and_is_left_out_of_a_snapshot),
        cmocka_unit_test(another_generation_starts_from_zero),
        cmocka_unit_test(a_restored_journal_without_cards_empties_the_board),
        cmocka_unit_test(a_snapshot_ends_under_a_steady_flow_of_changes),
        cmocka_unit_test(a_silent_outlet_is_connected_to_anew_and_nothing_is_told_twice),
        cmocka_unit_test(a_channel_that_nobody_knows_is_said_to_be_wrong),
        cmocka_unit_test(an_outlet_rebuilt_from_nothing_gives_the_same_n),
        cmocka_unit_test(a_crash_between_publishing_and_the_commit_gives_the_same_n_again),
        cmocka_unit_test(entries_before_the_cursor_are_passed_over),
        cmocka_unit_test(a_journal_that_has_become_shorter_is_read_anew),
        cmocka_unit_test(a_lost_last_commit_is_made_good_from_the_journal),
        cmocka_unit_test(pages_skip_what_was_replaced_and_say_how_far_they_looked),
        cmocka_unit_test(a_page_has_no_more_than_a_mebibyte_of_cards),
        cmocka_unit_test(a_replay_never_lacks_what_was_published_before),
        cmocka_unit_test(wrong_requests_are_refused_with_their_code),
        cmocka_unit_test(nobody_is_told_anything_before_the_journal_has_answered),
        cmocka_unit_test(ping_tells_cursor_and_last_n_of_each_channel),
        cmocka_unit_test(a_subscriber_that_loses_a_third_ends_with_every_newest_card),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

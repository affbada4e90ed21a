/*
 * test_outlet_rights.c - followers by REPLAY alone: each sees their own stores and departments, gap-free, and nothing else.
 */
#include "tests/support/people.h"
#include "tests/unit/outlet_stand.h"

#define SEEN_MAX 64u

/* A follower with a key, and what it was told: "C-1", "C-1 gone". */
struct follower {
    struct manyi_subscriber *subscriber;
    char said[SEEN_MAX][32];
    uint64_t n[SEEN_MAX];
    bool snapshot[SEEN_MAX];
    uint32_t count, ready, resets;
    int refused;
};

struct hall {
    struct stand stand;
    struct port *intake; /* ROUTER: the trusted door of an intake that the test plays */
    struct parcel parcel;
    struct follower followers[8];
    uint32_t follower_count;
};

static char folder[SCRATCH_MAX];
static struct hall hall;

static void on_follower_card(void *context, const struct manyi_card *card)
{
    struct follower *follower = context;
    struct wire_value id;
    struct span bytes;
    assert_true(follower->count < SEEN_MAX);
    assert_int_equal(wire_find(span_make(card->card, card->card_len), "id", &id, &bytes), 0);
    uint32_t i = follower->count++;
    snprintf(follower->said[i], 32, "%.*s%s", SPAN_ARGS(id.bytes), card->gone ? " gone" : "");
    follower->n[i] = card->n;
    follower->snapshot[i] = card->snapshot;
}

static void on_follower_reset(void *context, const char *channel)
{
    (void)channel;
    struct follower *follower = context;
    follower->resets++;
    follower->count = 0;
}

static void on_follower_ready(void *context, const char *channel)
{
    (void)channel;
    ((struct follower *)context)->ready++;
}

static void on_follower_refused(void *context, const char *channel, int status)
{
    assert_string_not_equal(channel, "");
    ((struct follower *)context)->refused = status;
}

static int hall_open(void **state)
{
    (void)state;
    hall = (struct hall){.follower_count = 0};
    scratch_make(folder);
    stand_open(&hall.stand);
    outlet_close(hall.stand.outlet);
    people_write(folder, &hall.stand.setup, people_file);
    snprintf(hall.stand.setup.intake_trusted_endpoint, ENDPOINT_MAX, "inproc://intake-trusted");
    snprintf(hall.stand.setup.replay_trusted_endpoint, ENDPOINT_MAX, "inproc://replay-trusted");
    const struct port_options intake = {.kind = PORT_ROUTER, .endpoint = "inproc://intake-trusted", .bind = true};
    assert_int_equal(port_open(hall.stand.setup.bus, &intake, &hall.intake), 0);
    outlet_start(&hall.stand);
    return 0;
}

static int hall_close(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < hall.follower_count; i++)
        manyi_subscriber_close(hall.followers[i].subscriber);
    parcel_release(&hall.parcel);
    port_close(hall.intake);
    stand_close(&hall.stand);
    scratch_remove(folder);
    return 0;
}

static struct follower *follow(enum person person, const char *channel)
{
    struct follower *follower = &hall.followers[hall.follower_count++];
    const struct manyi_subscriber_options options = {
        .replay_endpoint = hall.stand.setup.replay_endpoint,
        .channels = &channel,
        .channel_count = 1,
        .on_card = on_follower_card,
        .on_reset = on_follower_reset,
        .on_ready = on_follower_ready,
        .on_refused = on_follower_refused,
        .why = "month end",
        .context = follower,
    };
    bus_sim_principal(hall.stand.setup.bus, (uint32_t)person);
    assert_int_equal(manyi_subscriber_open(&hall.stand.manyi, &options, &follower->subscriber), 0);
    bus_sim_principal(hall.stand.setup.bus, 0);
    return follower;
}

/* Turns of everybody, 10 ms each. */
static void go(uint32_t turns)
{
    for (uint32_t i = 0; i < turns; i++) {
        int64_t wait_ms;
        struct stand *stand = &hall.stand;
        feed_model_turn(&stand->feed);
        assert_int_equal(outlet_turn(stand->outlet, clock_read(stand->manyi.clock), &wait_ms), 0);
        for (uint32_t k = 0; k < hall.follower_count; k++)
            assert_int_equal(manyi_subscriber_turn(hall.followers[k].subscriber, 0), 0);
        pass(stand, 10);
    }
}

/* A card of somebody's; move, a type, and to whom stand in its history; NULL: nothing does. */
static void card_moved(enum event_type type, const char *id, const char *store, const char *person_key,
                       const char *person, const char *move, const char *said)
{
    uint8_t bytes[512];
    struct wire_writer writer;
    wire_writer_init(&writer, bytes, sizeof bytes);
    wire_map(&writer, 5);
    wire_key(&writer, "id");
    wire_text(&writer, span_of(id));
    wire_key(&writer, "store");
    wire_text(&writer, span_of(store));
    wire_key(&writer, "department");
    wire_text(&writer, span_of("service"));
    wire_key(&writer, person_key);
    person ? wire_text(&writer, span_of(person)) : wire_nil(&writer);
    wire_key(&writer, "history");
    wire_array(&writer, move ? 1 : 0);
    if (move) {
        wire_map(&writer, 2);
        wire_key(&writer, "type");
        wire_text(&writer, span_of(move));
        wire_key(&writer, "said");
        wire_text(&writer, span_of(said));
    }
    assert_false(writer.full);
    feed_model_add_card(&hall.stand.feed, type, id, wire_written(&writer));
}

static void card(enum event_type type, const char *id, const char *store, const char *person_key, const char *person)
{
    card_moved(type, id, store, person_key, person, NULL, NULL);
}

/* At sh-pudong, service. */
static void notice_about(const char *id, const char *about, const char *to)
{
    uint8_t bytes[256];
    struct wire_writer writer;
    static const char *const keys[] = {"id", "about", "store", "department", "to"};
    const char *const texts[] = {id, about, "sh-pudong", "service", to};
    wire_writer_init(&writer, bytes, sizeof bytes);
    wire_map(&writer, 5);
    for (int i = 0; i < 5; i++) {
        wire_key(&writer, keys[i]);
        wire_text(&writer, span_of(texts[i]));
    }
    feed_model_add_card(&hall.stand.feed, EVENT_escalation_raised, id, wire_written(&writer));
}

static void complaint_of(const char *id, const char *store)
{
    card(EVENT_complaint_changed, id, store, "handler", NULL);
}

static void was_told(const struct follower *follower, const char *const *said, uint32_t count)
{
    assert_int_equal(follower->count, count);
    for (uint32_t i = 0; i < count; i++)
        assert_string_equal(follower->said[i], said[i]);
}

static void each_follower_sees_the_cards_of_their_own_place(void **state)
{
    (void)state;
    complaint_of("C-1", "sh-pudong");
    complaint_of("C-2", "hz-xihu");
    go(20);
    struct follower *wang = follow(WANG_LI, "complaint"), *zhou = follow(ZHOU_JIE, "complaint");
    struct follower *sun = follow(SUN_TAO, "complaint"), *local = follow(NOBODY, "complaint");
    go(20);
    assert_int_equal(wang->ready + zhou->ready + sun->ready + local->ready, 4);
    complaint_of("C-3", "hz-xihu");
    complaint_of("C-4", "sh-pudong");
    go(20);
    was_told(wang, (const char *const[]){"C-1", "C-4"}, 2);
    was_told(zhou, (const char *const[]){"C-2", "C-3"}, 2);
    was_told(sun, (const char *const[]){"C-1", "C-2", "C-3", "C-4"}, 4);
    was_told(local, (const char *const[]){"C-1", "C-2", "C-3", "C-4"}, 4);
    assert_int_equal(wang->n[1], 4); /* everybody has the same numbers */
    assert_true(wang->snapshot[0]);
    assert_false(wang->snapshot[1]);
}

static void whose_case_it_is_sees_it_wherever_it_is(void **state)
{
    (void)state;
    card(EVENT_task_changed, "T-1", "hz-xihu", "responsible", "wang.li");
    card(EVENT_task_changed, "T-2", "hz-xihu", "responsible", "zhou.jie");
    card(EVENT_escalation_raised, "E-1-manual", "hz-xihu", "to", "he.ops");
    card(EVENT_escalation_raised, "E-2-manual", "hz-xihu", "to", "zhou.jie");
    card(EVENT_escalation_raised, "E-3-manual", "sh-pudong", "to", "zhou.jie");
    notice_about("E-L-9-chen.mo-unanswered", "L-9-chen.mo", "zhou.jie");
    notice_about("E-A-9-unanswered", "A-9", "wang.li");
    card(EVENT_ledger_changed, "L-1-wang.li", "hz-xihu", "person", "wang.li");
    card(EVENT_ledger_changed, "L-1-sun.tao", "sh-pudong", "person", "sun.tao");
    go(20);
    struct follower *tasks = follow(WANG_LI, "task"), *notices = follow(HE_OPS, "escalation");
    go(20);
    was_told(tasks, (const char *const[]){"T-1"}, 1);
    was_told(notices, (const char *const[]){"E-1-manual"}, 1);
    /* a notice about somebody's reward is for whom it was sent to, and who sees the reward */
    struct follower *wang = follow(WANG_LI, "escalation"), *wall = follow(WALL, "escalation"),
                    *group = follow(GU_ALL, "escalation");
    go(20);
    was_told(wang, (const char *const[]){"E-3-manual", "E-A-9-unanswered"}, 2);
    was_told(wall, (const char *const[]){"E-3-manual"}, 1);
    assert_int_equal(group->count, 5);
}

static void a_complaint_that_leaves_ones_place_leaves_ones_screen(void **state)
{
    (void)state;
    complaint_of("C-1", "sh-pudong");
    go(20);
    struct follower *wang = follow(WANG_LI, "complaint"), *zhou = follow(ZHOU_JIE, "complaint");
    go(20);
    card_moved(EVENT_complaint_changed, "C-1", "hz-xihu", "handler", NULL, "complaint.transferred", "hz-xihu");
    go(20);
    was_told(wang, (const char *const[]){"C-1", "C-1 gone"}, 2);
    was_told(zhou, (const char *const[]){"C-1"}, 1);
    go(300);
    assert_int_equal(wang->count, 2);
    was_told(follow(WANG_LI, "complaint"), NULL, 0);
    go(20);
    was_told(&hall.followers[2], NULL, 0); /* who comes later hears nothing of it */
}

/* wang.li worked on two of another store; one of them is somebody else's now. */
static void a_case_that_is_ones_own_no_longer_leaves_ones_screen(void **state)
{
    (void)state;
    card(EVENT_task_changed, "T-1", "hz-xihu", "responsible", "wang.li");
    card(EVENT_task_changed, "T-2", "hz-xihu", "responsible", "wang.li");
    go(20);
    struct follower *wang = follow(WANG_LI, "task");
    go(20);
    card_moved(EVENT_task_changed, "T-1", "hz-xihu", "responsible", "chen.mo", "task.assigned", "wang.li");
    card_moved(EVENT_task_changed, "T-3", "hz-xihu", "responsible", "chen.mo", "task.assigned", "chen.mo");
    go(20);
    was_told(wang, (const char *const[]){"T-1", "T-2", "T-1 gone"}, 3);
}

static void who_may_see_nothing_of_a_channel_is_told_so(void **state)
{
    (void)state;
    struct follower *bay = follow(BAY_03, "complaint"), *stranger = follow(STRANGER, "complaint");
    struct follower *lin = follow(LIN_HR, "complaint"), *none = follow(SUN_TAO, "horoscope");
    go(20);
    assert_int_equal(bay->refused, -E_NO_RIGHT);
    assert_int_equal(lin->refused, -E_NO_RIGHT);
    assert_int_equal(stranger->refused, -E_UNKNOWN_PRINCIPAL);
    assert_int_equal(none->refused, -E_BAD_REQUEST);
}

/* The last answer is two seconds old at most, though nothing happens; without a server it grows. */
static void a_follower_knows_how_old_its_picture_is(void **state)
{
    (void)state;
    go(5);
    struct follower *wang = follow(WANG_LI, "complaint");
    assert_int_equal(manyi_subscriber_silence_ms(wang->subscriber), INT64_MAX);
    for (int i = 0; i < 100; i++) {
        go(10);
        assert_in_range(manyi_subscriber_silence_ms(wang->subscriber), 0, 2200);
    }
    outlet_close(hall.stand.outlet);
    for (int i = 0; i < 10; i++) {
        pass(&hall.stand, 1000);
        assert_int_equal(manyi_subscriber_turn(wang->subscriber, 0), 0);
    }
    assert_true(manyi_subscriber_silence_ms(wang->subscriber) > 9000);
    outlet_start(&hall.stand); /* it has forgotten who waited */
    complaint_of("C-1", "sh-pudong");
    go(700);
    was_told(wang, (const char *const[]){"C-1"}, 1);
}

static void another_journal_is_read_from_its_beginning(void **state)
{
    (void)state;
    complaint_of("C-1", "sh-pudong");
    go(20);
    struct follower *wang = follow(WANG_LI, "complaint");
    go(20);
    feed_model_restore(&hall.stand.feed, "second");
    complaint_of("C-9", "sh-pudong");
    feed_model_time_out(&hall.stand.feed);
    go(700);
    assert_int_equal(wang->resets, 1);
    was_told(wang, (const char *const[]){"C-9"}, 1);
}

/* At rest a follower asks twice in five seconds, and is answered then: it neither spins nor sleeps through a card. */
static void waiting_costs_a_question_every_two_seconds(void **state)
{
    (void)state;
    go(20);
    follow(WANG_LI, "complaint");
    go(50);
    uint64_t before = hall.followers[0].subscriber->topics[0].attempt;
    go(1000); /* ten seconds */
    assert_in_range(hall.followers[0].subscriber->topics[0].attempt - before, 4, 6);
}

/* A principal that takes every place to wait in leaves them to others. */
static void nobody_waits_in_more_places_than_are_theirs(void **state)
{
    (void)state;
    struct port *ports[] = {people_port(hall.stand.setup.bus, hall.stand.setup.replay_endpoint, WANG_LI),
                            people_port(hall.stand.setup.bus, hall.stand.setup.replay_endpoint, SUN_TAO)};
    struct parcel parcel = {0};
    go(20);
    for (uint32_t i = 0; i < 2; i++) {
        for (uint32_t k = 0; k < 257u - i; k++) { /* sun.tao asks for one less */
            uint8_t body[128], rid[8];
            struct wire_writer writer;
            struct replay_request request = {0};
            wire_writer_init(&writer, rid, sizeof rid);
            wire_natural(&writer, k);
            SET(&request, replay_request, rid, wire_written(&writer));
            SET(&request, replay_request, channel, span_of("complaint"));
            SET(&request, replay_request, after, 0);
            SET(&request, replay_request, wait_ms, 60000);
            wire_writer_init(&writer, body, sizeof body);
            record_encode(&record_of_replay_request, &request, ENCODE_EVENT, &writer);
            const struct span frames[] = {span_make(NULL, 0), span_of("REPLAY"), wire_written(&writer)};
            assert_int_equal(port_send(ports[i], frames, 3), 0);
        }
    }
    go(10);
    assert_int_equal(port_receive(ports[0], &parcel), 0);
    assert_true(span_is(parcel.frame[1], "NAK"));
    assert_int_equal(port_receive(ports[0], &parcel), -E_AGAIN);
    assert_int_equal(port_receive(ports[1], &parcel), -E_AGAIN);
    complaint_of("C-1", "hz-xihu"); /* not wang.li's */
    go(10);
    assert_int_equal(port_receive(ports[0], &parcel), -E_AGAIN);
    for (uint32_t k = 0; k < 256; k++) {
        assert_int_equal(port_receive(ports[1], &parcel), 0);
        assert_true(span_is(parcel.frame[1], "CARDS"));
    }
    parcel_release(&parcel);
    port_close(ports[0]);
    port_close(ports[1]);
}

/* ---- the ledger ---- */

/* Takes one PUT at intake's door, and answers it; the event it holds in ret_event. false: none came. */
static bool record_take(struct event *ret_event)
{
    struct put_request put;
    struct flaw flaw;
    uint8_t body[128];
    struct wire_writer writer;
    if (port_receive(hall.intake, &hall.parcel))
        return false;
    assert_int_equal(hall.parcel.count, 4);
    assert_int_equal(record_decode(&record_of_put_request, hall.parcel.frame[3], &put, &flaw), 0);
    assert_int_equal(put.events.at[0], 0x91); /* one */
    assert_int_equal(event_decode(span_make(put.events.at + 1, put.events.len - 1), ret_event, &flaw), 0);
    wire_writer_init(&writer, body, sizeof body);
    struct ack_reply ack = {0};
    SET(&ack, ack_reply, first, 1);
    uint8_t none = 0x90;
    SET(&ack, ack_reply, problems, span_make(&none, 1));
    if (HAS(&put, put_request, rid))
        SET(&ack, ack_reply, rid, put.rid);
    SET(&ack, ack_reply, count, 1);
    SET(&ack, ack_reply, head, 1);
    record_encode(&record_of_ack_reply, &ack, ENCODE_EVENT, &writer);
    const struct span frames[] = {hall.parcel.frame[0], span_make(NULL, 0), span_of("ACK"), wire_written(&writer)};
    assert_int_equal(port_send(hall.intake, frames, 4), 0);
    return true;
}

static void who_follows_the_ledger_is_on_record_first(void **state)
{
    (void)state;
    static struct event event;
    card(EVENT_ledger_changed, "L-1-wang.li", "sh-pudong", "person", "wang.li");
    card(EVENT_ledger_changed, "L-1-sun.tao", "sh-pudong", "person", "sun.tao");
    go(20);
    struct follower *wang = follow(WANG_LI, "ledger");
    go(50);
    assert_int_equal(wang->count, 0);
    assert_true(record_take(&event));
    assert_int_equal(event.type, EVENT_audit_read);
    assert_true(span_is(event.source, "/manyi/outlet"));
    assert_true(span_is(event.data.read_audited.principal, "wang.li"));
    assert_true(span_is(event.data.read_audited.what, "ledger"));
    assert_true(span_is(event.data.read_audited.why, "month end"));
    go(120);
    was_told(wang, (const char *const[]){"L-1-wang.li"}, 1); /* their own alone */
}

/* Who subscribes at 7304 can't be asked why: under keys the beat says that there is a card, and REPLAY tells it, on record. */
static void live_cards_of_the_ledger_are_fetched_on_record(void **state)
{
    (void)state;
    static struct event event;
    hall.stand.setup.keyed = true;
    outlet_close(hall.stand.outlet);
    outlet_start(&hall.stand);
    struct port *live;
    struct parcel parcel = {0};
    const struct port_options sub = {.kind = PORT_SUB, .endpoint = hall.stand.setup.publish_endpoint};
    assert_int_equal(port_open(hall.stand.setup.bus, &sub, &live), 0);
    assert_int_equal(port_subscribe(live, "ledger"), 0);
    assert_int_equal(port_subscribe(live, "task"), 0);
    struct follower *group = &hall.followers[hall.follower_count++];
    static const char *const channel[] = {"ledger"};
    const struct manyi_subscriber_options options = {
        .publish_endpoint = hall.stand.setup.publish_endpoint,
        .replay_endpoint = hall.stand.setup.replay_endpoint,
        .channels = channel,
        .channel_count = 1,
        .on_card = on_follower_card,
        .context = group,
    };
    bus_sim_principal(hall.stand.setup.bus, GU_ALL);
    assert_int_equal(manyi_subscriber_open(&hall.stand.manyi, &options, &group->subscriber), 0);
    bus_sim_principal(hall.stand.setup.bus, 0);
    go(20);
    assert_true(record_take(&event));
    assert_true(span_is(event.data.read_audited.principal, "gu.all"));
    go(5);
    assert_false(record_take(&event));
    card(EVENT_ledger_changed, "L-1-wang.li", "sh-pudong", "person", "wang.li");
    card(EVENT_task_changed, "T-1", "sh-pudong", "responsible", "wang.li");
    go(150);
    assert_false(record_take(&event)); /* within the hour it is on record */
    was_told(group, (const char *const[]){"L-1-wang.li"}, 1);
    uint32_t tasks = 0;
    while (port_receive(live, &parcel) == 0) {
        struct wire_value card_value;
        struct span bytes;
        bool tells = wire_find(parcel.frame[1], "card", &card_value, &bytes) == 0 && card_value.kind == WIRE_MAP;
        assert_false(tells && span_is(parcel.frame[0], "ledger"));
        tasks += tells;
    }
    assert_int_equal(tasks, 1);
    parcel_release(&parcel);
    port_close(live);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, hall_open, hall_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_follower_sees_the_cards_of_their_own_place),
        TEST(whose_case_it_is_sees_it_wherever_it_is),
        TEST(a_complaint_that_leaves_ones_place_leaves_ones_screen),
        TEST(a_case_that_is_ones_own_no_longer_leaves_ones_screen),
        TEST(who_may_see_nothing_of_a_channel_is_told_so),
        TEST(a_follower_knows_how_old_its_picture_is),
        TEST(another_journal_is_read_from_its_beginning),
        TEST(waiting_costs_a_question_every_two_seconds),
        TEST(nobody_waits_in_more_places_than_are_theirs),
        TEST(who_follows_the_ledger_is_on_record_first),
        TEST(live_cards_of_the_ledger_are_fetched_on_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

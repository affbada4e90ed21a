/*
 * test_intake_model.c - 10,000 random requests to intake, each reply foretold by the most naive model of it.
 *
 * The model keeps every entry in an array and searches it from the front. Publishers send duplicates, nonsense, gaps, old
 * epochs and old sequences; several requests meet in one turn; now and then the process dies and starts again.
 */
#include "core/status.h"
#include "tests/support/desk.h"
#include "tests/support/operations.h"
#include "tests/support/ratings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define REQUESTS 10000u
#define WINDOW 200u
#define SOURCES 4u
#define IDS 150u
#define EVENTS_MAX 12u
#define TURN_MAX 6u
#define ENTRIES_MAX 100000u
#define BROKEN UINT32_MAX

static struct desk desk;
static uint64_t seed = 0x20261123;
static uint64_t operations; /* greetings, and events of PUTs */

/* ---- the model ---- */

static uint32_t entries[ENTRIES_MAX]; /* by seq: source * IDS + id; what intake wrote itself: BROKEN */
static uint64_t head;
static struct {
    uint64_t epoch; /* 0: no session yet */
    uint64_t last;
} sessions[SOURCES];

static uint64_t model_find(uint32_t event)
{
    for (uint64_t seq = head > WINDOW ? head - WINDOW + 1 : 1; seq <= head; seq++) {
        if (event != BROKEN && entries[seq] == event)
            return seq;
    }
    return 0;
}

struct expected_problem {
    uint32_t i;
    bool refused;
    uint64_t duplicate_of;
};

struct expected {
    int status;     /* of a NAK */
    uint64_t epoch; /* of a WELCOME */
    uint64_t expected;
    uint64_t first;
    uint32_t count;
    uint64_t last; /* 0: without a session */
    bool in_session;
    uint32_t problem_count;
    struct expected_problem problems[EVENTS_MAX];
};

struct asked {
    bool hello;
    uint32_t source;
    bool in_session;
    uint64_t epoch;
    uint64_t first;
    uint32_t count;
    uint32_t events[EVENTS_MAX];
};

static struct expected model_hello(uint32_t source)
{
    sessions[source].epoch++;
    return (struct expected){.epoch = sessions[source].epoch, .last = sessions[source].last};
}

static void model_event(struct expected *expected, const struct asked *asked, uint32_t i)
{
    uint32_t event = asked->events[i];
    uint64_t known = model_find(event);
    bool consumed = asked->in_session && asked->first + i <= sessions[asked->source].last;
    bool foreign = asked->in_session && event / IDS != asked->source;
    if (!consumed && !known && event != BROKEN && !foreign) {
        entries[++head] = event;
        expected->first = expected->count++ ? expected->first : head;
        return;
    }
    if (foreign)
        known = 0; /* what is wrong with an event is seen before who sent it first */
    bool refused = !known && (!consumed || foreign || event == BROKEN); /* refused again, when resent */
    expected->problems[expected->problem_count++] =
        (struct expected_problem){.i = i, .refused = refused, .duplicate_of = known};
}

static struct expected model_put(const struct asked *asked)
{
    struct expected expected = {.in_session = asked->in_session};
    if (asked->in_session) {
        uint64_t epoch = sessions[asked->source].epoch;
        if (epoch == 0 || asked->epoch > epoch)
            return (struct expected){.status = -E_NO_SESSION};
        if (asked->epoch < epoch)
            return (struct expected){.status = -E_FENCED};
        if (asked->first > sessions[asked->source].last + 1)
            return (struct expected){.status = -E_GAP, .expected = sessions[asked->source].last + 1};
    }
    for (uint32_t i = 0; i < asked->count; i++)
        model_event(&expected, asked, i);
    if (asked->in_session) {
        uint64_t last = asked->first + asked->count - 1;
        if (last > sessions[asked->source].last)
            sessions[asked->source].last = last;
        expected.last = sessions[asked->source].last;
    }
    return expected;
}

/* ---- asking ---- */

static const char *source_of(uint32_t source)
{
    static const char *const sources[SOURCES] = {"/stores/a", "/stores/b", "/stores/c", "/stores/d"};
    return sources[source];
}

static struct asked draw_request(void)
{
    struct asked asked = {.source = draw(&seed, SOURCES)};
    asked.hello = draw(&seed, 20) == 0;
    asked.in_session = draw(&seed, 2) == 0;
    asked.count = draw(&seed, EVENTS_MAX + 1);
    uint64_t epoch = sessions[asked.source].epoch;
    uint32_t luck = draw(&seed, 20);
    asked.epoch = luck == 0 && epoch > 1 ? epoch - 1 : luck == 1 ? epoch + 1 : epoch;
    asked.epoch = asked.epoch ? asked.epoch : 1;
    uint64_t last = sessions[asked.source].last;
    uint32_t back = draw(&seed, 4) == 0 ? draw(&seed, 10) : 0;
    asked.first = last + 1 > back ? last + 1 - back : 1;
    asked.first += draw(&seed, 30) == 0 ? 1 + draw(&seed, 3) : 0;
    for (uint32_t i = 0; i < asked.count; i++) {
        uint32_t source = asked.in_session && draw(&seed, 20) ? asked.source : draw(&seed, SOURCES);
        asked.events[i] = draw(&seed, 15) == 0 ? BROKEN : source * IDS + draw(&seed, IDS);
    }
    return asked;
}

static void ask(const struct asked *asked)
{
    uint8_t buffer[512];
    if (asked->hello) {
        struct wire_writer writer;
        struct hello_request request = {0};
        SET(&request, hello_request, source, span_of(source_of(asked->source)));
        SET(&request, hello_request, instance, span_of("till-1"));
        wire_writer_init(&writer, buffer, sizeof buffer);
        record_encode(&record_of_hello_request, &request, ENCODE_EVENT, &writer);
        desk_send(desk.peer, "HELLO", wire_written(&writer));
        return;
    }
    struct put_draft draft;
    draft_begin(&draft, &desk, asked->count, asked->in_session ? source_of(asked->source) : NULL, asked->epoch,
                asked->first);
    for (uint32_t i = 0; i < asked->count; i++) {
        char id[16];
        struct span event = span_make("\x81\xa2id", 4); /* cut off */
        if (asked->events[i] != BROKEN) {
            snprintf(id, sizeof id, "%u", asked->events[i] % IDS);
            event = desk_rating(buffer, sizeof buffer, source_of(asked->events[i] / IDS), id, 7000);
        }
        draft_event(&draft, event, true);
    }
    desk_send(desk.peer, "PUT", draft_end(&draft));
}

static void check_ack(const struct ack_reply *ack, const struct expected *expected)
{
    assert_int_equal(ack->count, expected->count);
    assert_int_equal(HAS(ack, ack_reply, first), expected->count > 0);
    if (expected->count > 0)
        assert_int_equal(ack->first, expected->first);
    assert_int_equal(HAS(ack, ack_reply, last), expected->in_session);
    if (expected->in_session)
        assert_int_equal(ack->last, expected->last);
    assert_int_equal(desk_problems(ack), expected->problem_count);
    for (uint32_t n = 0; n < expected->problem_count; n++) {
        struct problem problem = desk_problem(ack, n);
        assert_int_equal(problem.i, expected->problems[n].i);
        assert_int_equal(HAS(&problem, problem, code), expected->problems[n].refused);
        assert_int_equal(HAS(&problem, problem, quarantine), expected->problems[n].refused);
        uint64_t duplicate_of = HAS(&problem, problem, duplicate_of) ? (uint64_t)problem.duplicate_of : 0;
        assert_int_equal(duplicate_of, expected->problems[n].duplicate_of);
    }
}

static void check_reply(const struct asked *asked, const struct expected *expected)
{
    struct reply reply;
    assert_true(desk_receive(&desk, desk.peer, &reply));
    if (asked->hello) {
        struct welcome_reply welcome;
        assert_string_equal(reply.verb, "WELCOME");
        desk_decode(reply.body, &record_of_welcome_reply, &welcome);
        assert_int_equal(welcome.epoch, expected->epoch);
        assert_int_equal(welcome.last, expected->last);
    } else if (expected->status) {
        struct nak_reply nak = desk_refused(reply, expected->status);
        assert_int_equal(HAS(&nak, nak_reply, expected), expected->expected > 0);
        if (expected->expected > 0)
            assert_int_equal(nak.expected, expected->expected);
    } else {
        struct ack_reply ack = desk_acked(reply);
        check_ack(&ack, expected);
    }
}

static void replies_are_compared(bool writes_itself)
{
    desk_open_empty(&desk);
    desk.setup.identity_window = WINDOW;
    desk.writes_itself = writes_itself;
    desk_restart(&desk);
    memset(sessions, 0, sizeof sessions);
    head = 1;
    entries[1] = BROKEN;
    for (uint32_t done = 0; done < REQUESTS;) {
        struct asked asked[TURN_MAX];
        struct expected expected[TURN_MAX];
        uint32_t count = 1 + draw(&seed, TURN_MAX);
        for (uint32_t i = 0; i < count; i++) {
            asked[i] = draw_request();
            ask(&asked[i]);
            operations += asked[i].hello ? 1 : asked[i].count;
            expected[i] = asked[i].hello ? model_hello(asked[i].source) : model_put(&asked[i]);
            int64_t wait_ms;
            if (draw(&seed, 3) == 0) /* the rest comes while this is on its way */
                assert_int_equal(intake_turn(desk.intake, clock_read(desk.setup.clock), &wait_ms), 0);
        }
        desk_pass(&desk, draw(&seed, 100));
        assert_int_equal(desk_turn(&desk), 0);
        assert_int_equal(journal_head(desk.journal), head);
        for (uint32_t i = 0; i < count; i++)
            check_reply(&asked[i], &expected[i]);
        done += count;
        uint32_t luck = draw(&seed, 100);
        if (luck == 0)
            desk_crash(&desk);
        else if (luck == 1)
            desk_restart(&desk);
    }
    assert_true(head > WINDOW * 2); /* old identities have left the window and come back */
    desk_close(&desk);
}

static void every_reply_is_what_the_model_foretells(void **state)
{
    (void)state;
    replies_are_compared(true);
}

/* Duplicates must be seen although the first one is still on its way to the disk. */
static void and_when_turns_are_written_beside_the_next_one(void **state)
{
    (void)state;
    replies_are_compared(false);
    operations_tell("intake's replies", operations);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reply_is_what_the_model_foretells),
        cmocka_unit_test(and_when_turns_are_written_beside_the_next_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

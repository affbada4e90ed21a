/* A question gets its own answer: also when it was asked twice, when nobody is there yet, and when it is refused. */
#include "clients/c/asker.h"
#include "core/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define ENDPOINT "tcp://127.0.0.1:7303"

struct stand {
    struct manyi manyi;
    struct port *broker;
    struct parcel parcel;
    struct manyi_asker *asker;
};

static void broker_start(struct stand *stand)
{
    struct port_options options = {.kind = PORT_ROUTER, .endpoint = ENDPOINT, .bind = true};
    assert_int_equal(port_open(stand->manyi.bus, &options, &stand->broker), 0);
}

static void stand_open(struct stand *stand)
{
    *stand = (struct stand){0};
    assert_int_equal(bus_open(&stand->manyi.bus), 0);
    assert_int_equal(clock_open(&(struct clock_options){0}, &stand->manyi.clock), 0);
    assert_int_equal(manyi_asker_open(&stand->manyi, ENDPOINT, &stand->asker), 0);
}

static void stand_close(struct stand *stand)
{
    parcel_release(&stand->parcel);
    port_close(stand->broker);
    manyi_asker_close(stand->asker);
    clock_close(stand->manyi.clock);
    bus_close(stand->manyi.bus);
}

static int64_t now_of(const struct stand *stand)
{
    return client_now_ms(&stand->manyi);
}

static void pass(struct stand *stand, int64_t ms)
{
    clock_sim_advance(stand->manyi.clock, ms, ms);
}

/* {"seq": 7} */
static const uint8_t asked[] = {0x81, 0xa3, 's', 'e', 'q', 0x07};

static void begin(struct stand *stand, int64_t timeout_ms)
{
    assert_int_equal(asker_begin(stand->asker, "GET", span_make(asked, sizeof asked), now_of(stand), timeout_ms), 0);
}

/* The broker takes a question and lends its rid. */
static struct span question(struct stand *stand)
{
    struct wire_value rid;
    struct span bytes;
    assert_int_equal(port_receive(stand->broker, &stand->parcel), 0);
    assert_int_equal(stand->parcel.count, 4);
    assert_true(span_is(stand->parcel.frame[2], "GET"));
    struct wire_value seq;
    assert_int_equal(wire_find(stand->parcel.frame[3], "seq", &seq, &bytes), 0);
    assert_int_equal(seq.natural, 7);
    assert_int_equal(wire_find(stand->parcel.frame[3], "rid", &rid, &bytes), 0);
    return bytes;
}

static void answer(struct stand *stand, const char *verb, struct span rid, uint64_t figure)
{
    uint8_t body[128];
    struct wire_writer writer;
    wire_writer_init(&writer, body, sizeof body);
    wire_map(&writer, 2);
    wire_key(&writer, "rid");
    wire_raw(&writer, rid);
    wire_key(&writer, "figure");
    wire_natural(&writer, figure);
    struct span frames[] = {stand->parcel.frame[0], span_make(NULL, 0), span_of(verb), wire_written(&writer)};
    assert_int_equal(port_send(stand->broker, frames, 4), 0);
}

static void assert_answered(struct stand *stand, uint64_t figure)
{
    struct span body, bytes;
    struct wire_value value;
    assert_int_equal(asker_poll(stand->asker, now_of(stand), &body), 0);
    assert_string_equal(stand->asker->reply_verb, "ROWS");
    assert_int_equal(wire_find(body, "figure", &value, &bytes), 0);
    assert_int_equal(value.natural, figure);
}

static void assert_waits(struct stand *stand)
{
    struct span body;
    assert_int_equal(asker_poll(stand->asker, now_of(stand), &body), -E_AGAIN);
}

static void a_question_is_answered(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    broker_start(&stand);
    begin(&stand, 5000);
    assert_waits(&stand);
    answer(&stand, "ROWS", question(&stand), 42);
    assert_answered(&stand, 42);
    stand_close(&stand);
}

static void a_late_second_answer_is_not_taken_for_the_next_one(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    broker_start(&stand);
    begin(&stand, 60000);
    pass(&stand, 2000);
    assert_waits(&stand); /* asks again */
    answer(&stand, "ROWS", question(&stand), 1);
    answer(&stand, "ROWS", question(&stand), 2); /* to the second time */
    assert_answered(&stand, 1);
    begin(&stand, 60000);
    assert_waits(&stand);
    answer(&stand, "ROWS", question(&stand), 3);
    assert_answered(&stand, 3);
    stand_close(&stand);
}

static void a_question_waits_for_a_broker_that_comes_later(void **state)
{
    (void)state;
    struct stand stand;
    stand_open(&stand);
    begin(&stand, 5000);
    assert_waits(&stand);
    pass(&stand, 20);
    broker_start(&stand);
    assert_waits(&stand);
    answer(&stand, "ROWS", question(&stand), 42);
    assert_answered(&stand, 42);
    stand_close(&stand);
}

static void nobody_there_is_said_in_time(void **state)
{
    (void)state;
    struct stand stand;
    struct span body;
    stand_open(&stand);
    begin(&stand, 5000);
    pass(&stand, 4999);
    assert_waits(&stand);
    pass(&stand, 1);
    assert_int_equal(asker_poll(stand.asker, now_of(&stand), &body), -E_UNREACHABLE);
    stand_close(&stand);
}

static void a_refusal_comes_as_its_code_and_its_sentence(void **state)
{
    (void)state;
    static const bool with_rid[] = {true, false};
    for (uint32_t i = 0; i < 2; i++) {
        struct stand stand;
        struct span body;
        stand_open(&stand);
        broker_start(&stand);
        begin(&stand, 5000);
        struct span rid = question(&stand);
        uint8_t buffer[256];
        struct wire_writer writer;
        wire_writer_init(&writer, buffer, sizeof buffer);
        struct nak_reply nak = {0};
        if (with_rid[i])
            SET(&nak, nak_reply, rid, rid);
        SET(&nak, nak_reply, code, span_of("E1601"));
        SET(&nak, nak_reply, message, span_of("unknown case: C-7"));
        record_encode(&record_of_nak_reply, &nak, ENCODE_EVENT, &writer);
        struct span frames[] = {stand.parcel.frame[0], span_make(NULL, 0), span_of("NAK"), wire_written(&writer)};
        assert_int_equal(port_send(stand.broker, frames, 4), 0);
        assert_int_equal(asker_poll(stand.asker, now_of(&stand), &body), -E_UNKNOWN_CASE);
        assert_string_equal(manyi_asker_message(stand.asker), "unknown case: C-7");
        stand_close(&stand);
    }
}

static void a_body_that_is_no_map_or_has_a_rid_is_refused_at_once(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } rows[] = {{"\x01", 1}, {"\x91\x01", 2}, {"\x81\xa3rid\x01", 6}, {"\xc1", 1}};
    struct stand stand;
    stand_open(&stand);
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(asker_begin(stand.asker, "GET", span_make(rows[i].bytes, rows[i].len), 1, 1), -E_BAD_REQUEST);
    assert_int_equal(asker_begin(stand.asker, "A VERB THAT IS LONG", span_make(NULL, 0), 1, 1), -E_UNKNOWN_VERB);
    stand_close(&stand);
}

static void a_text_that_is_too_long_is_cut_at_a_whole_character(void **state)
{
    (void)state;
    char copied[8]; /* seven bytes: two characters of three, and no third of a third */
    client_copy(copied, sizeof copied, span_of("\xe6\xbb\xa1\xe6\x84\x8f\xe6\xbb\xa1"));
    assert_string_equal(copied, "\xe6\xbb\xa1\xe6\x84\x8f");
    client_copy(copied, sizeof copied, span_of("1234567"));
    assert_string_equal(copied, "1234567");
    client_copy(copied, sizeof copied, span_of("123456789"));
    assert_string_equal(copied, "1234567");
    client_copy(copied, 1, span_of("\xe6\xbb\xa1"));
    assert_string_equal(copied, "");
}

static void errors_have_a_code_and_a_text(void **state)
{
    (void)state;
    assert_string_equal(manyi_error_code(-E_GAP), "E1306");
    assert_string_equal(manyi_error_code(0), "");
    assert_memory_equal(manyi_error_text(-E_GAP), "gap", 3);
    assert_string_equal(manyi_error_text(0), "success");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_is_answered),
        cmocka_unit_test(a_late_second_answer_is_not_taken_for_the_next_one),
        cmocka_unit_test(a_question_waits_for_a_broker_that_comes_later),
        cmocka_unit_test(nobody_there_is_said_in_time),
        cmocka_unit_test(a_refusal_comes_as_its_code_and_its_sentence),
        cmocka_unit_test(a_body_that_is_no_map_or_has_a_rid_is_refused_at_once),
        cmocka_unit_test(a_text_that_is_too_long_is_cut_at_a_whole_character),
        cmocka_unit_test(errors_have_a_code_and_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

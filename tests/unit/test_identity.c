/*
 * test_identity.c - the identity window against a naive one: a list, searched from the front.
 */
#include "brokers/identity.h"
#include "core/status.h"
#include "io/store_sim.h"
#include "schemas/codec.h"
#include "tests/support/ratings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define WINDOW 50u
#define NAMES 120u /* ids in use: more than the window, so that some come back after they have left it */
#define ENTRIES_MAX 4000u

static struct journal *journal;
static struct identity *identity;

/* Every entry ever added: number of its id; NAMES for a consequence, which has no place in the window. */
static uint32_t entries[ENTRIES_MAX + 1];
static uint64_t head;

static void open_both(void)
{
    struct journal_options options = {.dir = "/house", .lineage = "00112233445566778899aabbccddeeff"};
    assert_int_equal(journal_open(&options, &journal), 0);
    assert_int_equal(identity_open(journal, WINDOW, &identity), 0);
}

static void close_both(void)
{
    identity_close(identity);
    journal_close(journal);
}

static struct span source_of(uint32_t number)
{
    return number % 2 ? span_of("/stores/a") : span_of("/stores/b");
}

static struct span id_of(uint32_t number)
{
    static char text[16];
    snprintf(text, sizeof text, "id-%u", number / 2);
    return span_of(text);
}

static void add(uint32_t number)
{
    uint8_t buffer[256];
    struct wire_writer writer;
    struct rated data = {0};
    const struct event_draft draft = {
        .id = id_of(number), .source = source_of(number), .type = EVENT_feedback_rated, .data = &data};
    wire_writer_init(&writer, buffer, sizeof buffer);
    event_encode(&draft, &writer);
    struct entry entry = {.event = wire_written(&writer)};
    uint64_t seq;
    enum record_class class = number == NAMES ? RECORD_CONSEQUENCE : RECORD_OUTSIDE;
    assert_int_equal(journal_add(journal, class, &entry, &seq), 0);
    assert_int_equal(seq, head + 1);
    head = seq;
    entries[seq] = number;
    if (class == RECORD_OUTSIDE)
        identity_add(identity, identity_fingerprint(identity, source_of(number), id_of(number)), seq);
    else
        identity_slide(identity, seq);
}

/* The model: the outside events among the newest WINDOW entries, oldest first. */
static uint64_t model_find(uint32_t number)
{
    uint64_t first = head > WINDOW ? head - WINDOW + 1 : 1;
    for (uint64_t seq = first; seq <= head; seq++) {
        if (entries[seq] == number)
            return seq;
    }
    return 0;
}

static uint64_t find(uint32_t number)
{
    uint64_t seq = 0;
    uint64_t fingerprint = identity_fingerprint(identity, source_of(number), id_of(number));
    identity_prefetch(identity, fingerprint);
    int status = identity_find(identity, fingerprint, source_of(number), id_of(number), &seq);
    assert_true(status == 0 || status == -E_NOT_FOUND);
    return status == 0 ? seq : 0;
}

static void compare_all(void)
{
    for (uint32_t number = 0; number < NAMES; number++)
        assert_int_equal(find(number), model_find(number));
}

/* Turns of 1 to 40 entries: duplicates of other turns, of the same turn, and restarts between. */
static void the_window_is_what_a_list_would_say(void **state)
{
    (void)state;
    uint64_t seed = 20261123;
    store_sim_forget("/house/journal/000001");
    head = 0;
    open_both();
    while (head < ENTRIES_MAX - 40) {
        assert_int_equal(journal_begin(journal, 1000), 0);
        uint32_t count = 1 + draw(&seed, 40);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t number = draw(&seed, NAMES + 10);
            if (number >= NAMES)
                add(NAMES);
            else if (find(number) == 0)
                add(number);
            assert_int_equal(number < NAMES ? find(number) : 0, number < NAMES ? model_find(number) : 0);
        }
        compare_all();
        assert_int_equal(journal_commit(journal), 0);
        compare_all();
        if (draw(&seed, 5) == 0) {
            close_both();
            open_both();
            compare_all();
        }
    }
    close_both();
}

/* Two events that share a fingerprint: here forced by asking with one event's fingerprint for the other. */
static void a_shared_fingerprint_is_not_a_duplicate(void **state)
{
    (void)state;
    store_sim_forget("/house/journal/000001");
    head = 0;
    open_both();
    assert_int_equal(journal_begin(journal, 1000), 0);
    add(1);
    uint64_t shared = identity_fingerprint(identity, source_of(1), id_of(1));
    uint64_t seq;
    assert_int_equal(identity_find(identity, shared, source_of(7), id_of(7), &seq), -E_NOT_FOUND);
    assert_int_equal(identity_find(identity, shared, source_of(2), id_of(1), &seq), -E_NOT_FOUND);
    assert_int_equal(identity_find(identity, shared, source_of(1), id_of(1), &seq), 0);
    assert_int_equal(seq, 1);
    assert_int_equal(journal_commit(journal), 0);
    close_both();
}

/* "ab" + "c" and "a" + "bc" would be one without the zero byte between. */
static void source_and_id_do_not_run_into_each_other(void **state)
{
    (void)state;
    store_sim_forget("/house/journal/000001");
    open_both();
    assert_int_not_equal(identity_fingerprint(identity, span_of("ab"), span_of("c")),
                         identity_fingerprint(identity, span_of("a"), span_of("bc")));
    close_both();
}

/* 50 entries in one record. In the journal's order the record is read once after the first; in any other once a hit. */
static void hits_in_the_journals_order_share_a_look_into_it(void **state)
{
    (void)state;
    store_sim_forget("/house/journal/000001");
    head = 0;
    open_both();
    assert_int_equal(journal_begin(journal, 1000), 0);
    for (uint32_t number = 0; number < WINDOW; number++)
        add(number);
    assert_int_equal(journal_commit(journal), 0);
    for (uint32_t number = 0; number < WINDOW; number++)
        assert_int_equal(find(number), number + 1);
    assert_in_range(identity_lookups(identity), 1, 2);
    uint64_t before = identity_lookups(identity);
    for (uint32_t number = WINDOW; number-- > 0;)
        assert_int_equal(find(number), number + 1);
    assert_int_equal(identity_lookups(identity) - before, WINDOW);
    close_both();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_window_is_what_a_list_would_say),
        cmocka_unit_test(a_shared_fingerprint_is_not_a_duplicate),
        cmocka_unit_test(source_and_id_do_not_run_into_each_other),
        cmocka_unit_test(hits_in_the_journals_order_share_a_look_into_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

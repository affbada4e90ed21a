/*
 * test_identity_model.c - the identity window against a list, where it is hardest: ids that come back just when they leave the
 * window, fingerprints that many share, windows of one entry, restarts, and turns that are on their way.
 */
#include "brokers/identity.h"
#include "core/status.h"
#include "io/store_sim.h"
#include "schemas/codec.h"
#include "tests/support/operations.h"
#include "tests/support/ratings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define OPERATIONS 30000u /* of each way */
#define ENTRIES_MAX 40000u
#define DIR "/window"
#define NOBODY UINT32_MAX /* a consequence, which has no place in the window */

struct way {
    uint32_t window;
    uint32_t names;
    uint64_t fingerprints; /* mask: how many different ones there are */
    bool overlaps;         /* turns are written beside the next one */
};

static struct journal *journal;
static struct identity *identity;
static uint32_t entries[ENTRIES_MAX + 1];
static uint64_t newest[ENTRIES_MAX]; /* by name: seq of its last entry; 0: none */
static uint64_t head;
static const struct way *way;
static uint64_t seed = 20261123;
static uint64_t operations;

static void open_both(void)
{
    const struct journal_options options = {.dir = DIR, .lineage = "00112233445566778899aabbccddeeff"};
    assert_int_equal(journal_open(&options, &journal), 0);
    assert_int_equal(identity_open(journal, way->window, &identity), 0);
}

static void close_both(void)
{
    identity_close(identity);
    journal_close(journal);
}

static struct span source_of(uint32_t name)
{
    return name % 2 ? span_of("/stores/a") : span_of("/stores/b");
}

static struct span id_of(uint32_t name)
{
    static char text[16];
    snprintf(text, sizeof text, "id-%u", name / 2);
    return span_of(text);
}

/* Whoever starts anew counts fingerprints as they are, so that restarts go with a full mask only. */
static uint64_t fingerprint_of(uint32_t name)
{
    return identity_fingerprint(identity, source_of(name), id_of(name)) & way->fingerprints;
}

static void add(uint32_t name)
{
    uint8_t buffer[256];
    struct wire_writer writer;
    struct rated data = {0};
    bool nobody = name == NOBODY;
    const struct event_draft draft = {.id = nobody ? span_of("n") : id_of(name),
                                      .source = nobody ? span_of("/manyi/worker") : source_of(name),
                                      .type = EVENT_feedback_rated,
                                      .data = &data};
    wire_writer_init(&writer, buffer, sizeof buffer);
    event_encode(&draft, &writer);
    const struct entry entry = {.event = wire_written(&writer)};
    uint64_t seq;
    assert_int_equal(journal_add(journal, nobody ? RECORD_CONSEQUENCE : RECORD_OUTSIDE, &entry, &seq), 0);
    assert_int_equal(seq, head + 1);
    head = seq;
    entries[seq] = name;
    if (nobody) {
        identity_slide(identity, seq);
        return;
    }
    newest[name] = seq;
    identity_add(identity, fingerprint_of(name), seq);
}

/* An id is added only when the window has forgotten it, so that its newest entry is the only one that can lie within. */
static uint64_t model_find(uint32_t name)
{
    uint64_t seq = newest[name];
    return seq > 0 && seq + way->window > head ? seq : 0;
}

static void find(uint32_t name)
{
    uint64_t seq = 0;
    int status = identity_find(identity, fingerprint_of(name), source_of(name), id_of(name), &seq);
    assert_int_equal(status, model_find(name) ? 0 : -E_NOT_FOUND);
    assert_int_equal(seq, model_find(name));
    operations++;
}

/* Mostly one whose entry is about to leave the window, or has just left it. */
static uint32_t draw_name(void)
{
    uint64_t age = way->window + draw(&seed, 5);
    if (draw(&seed, 2) && head + 2 > age && entries[head + 2 - age] != NOBODY && head + 2 - age >= 1)
        return entries[head + 2 - age];
    return draw(&seed, way->names);
}

static void turn(void)
{
    assert_int_equal(journal_begin(journal, 1000), 0);
    for (uint32_t i = 1 + draw(&seed, 30); i > 0; i--) {
        uint32_t name = draw_name();
        find(name);
        if (draw(&seed, 12) == 0)
            add(NOBODY);
        else if (model_find(name) == 0)
            add(name);
        find(name);
    }
    assert_int_equal(journal_commit_wait(journal), 0);
    assert_int_equal(journal_commit_start(journal, way->overlaps), 0);
    if (!way->overlaps || draw(&seed, 3) == 0)
        assert_int_equal(journal_commit_wait(journal), 0);
}

static void the_window_is_what_a_list_would_say(void **state)
{
    (void)state;
    static const struct way ways[] = {
        {1, 40, UINT64_MAX, false},   {7, 30, UINT64_MAX, true}, {50, 120, 0x7, false},
        {300, 900, UINT64_MAX, true}, {64, 150, 0, true},        {255, 700, 0xff, true},
    };
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        uint64_t until = operations + OPERATIONS;
        way = &ways[i];
        head = 0;
        memset(newest, 0, sizeof newest);
        store_sim_forget_all(DIR);
        open_both();
        while (operations < until && head < ENTRIES_MAX - 40) {
            turn();
            if (way->fingerprints == UINT64_MAX && draw(&seed, 100) == 0) {
                assert_int_equal(journal_commit_wait(journal), 0);
                close_both();
                open_both();
            }
        }
        assert_int_equal(journal_commit_wait(journal), 0);
        for (uint32_t name = 0; name < way->names; name++)
            find(name);
        close_both();
    }
    operations_tell("the identity window", operations);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_window_is_what_a_list_would_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

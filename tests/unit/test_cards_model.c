/*
 * test_cards_model.c - the outlet's cards against a list: kept, replaced, committed, lost with their process, forgotten with their
 * journal, and read page by page from any n.
 */
#include "brokers/outlet_store.h"
#include "core/status.h"
#include "io/store_sim.h"
#include "tests/support/operations.h"
#include "tests/support/ratings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define OPERATIONS 120000u
#define SUBJECTS 80u
#define DIR "/boards"

struct newest {
    uint64_t n; /* 0: the channel has no card of it */
    uint64_t seq;
    bool gone;
};

struct board {
    struct newest card[CHANNEL_count][SUBJECTS];
    uint64_t last[CHANNEL_count];
    uint64_t cursor;
};

static struct board model, committed, before_last;
static struct cards cards;
static uint64_t seed = 20261123;
static uint64_t seq;

static enum card_channel draw_channel(void)
{
    return (enum card_channel)(1 + draw(&seed, CHANNEL_count - 1));
}

static struct span card_of(uint64_t number, uint8_t buffer[64])
{
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, 64);
    wire_map(&writer, 1);
    wire_key(&writer, "said");
    wire_natural(&writer, number);
    return wire_written(&writer);
}

static void keep(void)
{
    uint8_t bytes[64];
    char subject[16];
    enum card_channel channel = draw_channel();
    uint32_t number = draw(&seed, SUBJECTS);
    struct newest *card = &model.card[channel][number];
    *card = (struct newest){.n = ++model.last[channel], .seq = ++seq, .gone = draw(&seed, 8) == 0};
    const struct kept_card kept = {
        .n = card->n, .seq = seq, .at_ms = (int64_t)seq * 10, .gone = card->gone, .card = card_of(seq, bytes)};
    snprintf(subject, sizeof subject, "C-%u", number);
    assert_int_equal(cards_keep(&cards, channel, span_of(subject), &kept), 0);
    assert_int_equal(cards.last[channel], card->n);
}

static void commit(void)
{
    model.cursor = seq;
    assert_int_equal(cards_commit(&cards, seq), 0);
    before_last = committed;
    committed = model;
}

/* What holds no card is known at once, and on the disk only when it is settled. */
static void pass(void)
{
    commit();
    seq += 1 + draw(&seed, 9);
    cards_pass(&cards, seq);
    model.cursor = seq;
    assert_int_equal(cards.cursor, seq);
    if (draw(&seed, 2) == 0)
        return;
    assert_int_equal(cards_settle(&cards), 0);
    before_last = committed;
    committed = model;
}

/* The store may lose its last commit, and nothing else. */
static void die(bool loses)
{
    store_sim_crash_all(DIR, loses);
    cards_close(&cards);
    committed = loses ? before_last : committed;
    model = committed;
    assert_int_equal(cards_open(DIR, &cards), 0);
    assert_int_equal(cards.cursor, model.cursor);
    assert_memory_equal(cards.last, model.last, sizeof model.last);
    seq = model.cursor;
}

/* The next card of the channel after n, in the list; NULL at the end. */
static const struct newest *list_next(enum card_channel channel, uint64_t n)
{
    const struct newest *next = NULL;
    for (uint32_t i = 0; i < SUBJECTS; i++) {
        const struct newest *card = &committed.card[channel][i];
        if (card->n > n && (!next || card->n < next->n))
            next = card;
    }
    return next;
}

static void read_page(void)
{
    uint8_t bytes[64];
    struct card_reader reader;
    struct kept_card kept;
    enum card_channel channel = draw_channel();
    uint64_t after = draw(&seed, (uint32_t)committed.last[channel] + 2);
    assert_int_equal(cards_read_begin(&cards, channel, after, &reader), 0);
    for (uint32_t i = draw(&seed, 40); i > 0; i--) {
        const struct newest *expected = list_next(channel, after);
        assert_int_equal(cards_read(&reader, &kept), expected ? 0 : -E_NOT_FOUND);
        if (!expected)
            break;
        assert_int_equal(kept.n, expected->n);
        assert_int_equal(kept.seq, expected->seq);
        assert_int_equal(kept.at_ms, expected->seq * 10);
        assert_int_equal(kept.gone, expected->gone);
        assert_true(span_equal(kept.card, card_of(expected->seq, bytes)));
        after = kept.n;
    }
    cards_read_end(&reader);
}

static void the_cards_are_what_a_list_would_hold(void **state)
{
    (void)state;
    store_sim_forget_all(DIR);
    assert_int_equal(cards_open(DIR, &cards), 0);
    for (uint32_t i = 0; i < OPERATIONS; i++) {
        uint32_t luck = draw(&seed, 10000);
        if (luck < 10) {
            die(luck < 5);
        } else if (luck < 12) {
            assert_int_equal(cards_forget(&cards, span_of("another")), 0);
            model = (struct board){.cursor = 0};
            seq = 0;
            commit();
        } else if (luck < 300) {
            commit();
        } else if (luck < 400) {
            pass();
        } else if (luck < 2000) {
            read_page();
        } else {
            keep();
        }
    }
    cards_close(&cards);
    operations_tell("the outlet's cards", OPERATIONS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cards_are_what_a_list_would_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

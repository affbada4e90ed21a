/*
 * test_sessions_model.c - the sessions against an array searched from the front: greetings, takeovers, old epochs, sequences that
 * are consumed, turns that are committed, aborted with their process, and starts from what the disk has.
 */
#include "brokers/sessions.h"
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

#define OPERATIONS 150000u
#define SOURCES 900u
#define DIR "/reception"

struct known {
    char source[40];
    uint32_t number;
    uint64_t epoch, last;
    char last_id[24];
    char instance[16];
};

static struct {
    struct known row[SOURCES + 1];
    uint32_t count;
} model, durable;

static struct journal *journal;
static struct sessions *sessions;
static uint64_t seed = 20261123;

static void open_both(void)
{
    const struct journal_options options = {
        .dir = DIR, .volume_bytes = 4 * MIB, .lineage = "00112233445566778899aabbccddeeff"};
    assert_int_equal(journal_open(&options, &journal), 0);
    assert_int_equal(sessions_open(journal, &sessions), 0);
    assert_int_equal(sessions_count(sessions), model.count);
}

static void close_both(void)
{
    sessions_close(sessions);
    journal_close(journal);
}

static const char *source_of(uint32_t number)
{
    static char text[40];
    if (number == SOURCES)
        return WORKER_SOURCE;
    snprintf(text, sizeof text, "/stores/%u/desk", number * 7919 % 100003); /* names that don't come in order */
    return text;
}

static struct known *model_find(const char *source)
{
    for (uint32_t i = 0; i < model.count; i++) {
        if (strcmp(model.row[i].source, source) == 0)
            return &model.row[i];
    }
    return NULL;
}

/* Numbers are given in the order of the first greetings; 1 is the worker's before anybody has greeted. */
static struct known *model_add(const char *source)
{
    struct known *row = &model.row[model.count++];
    *row = (struct known){.number = model.count};
    snprintf(row->source, sizeof row->source, "%s", source);
    return row;
}

static void compare(const struct session_row *row, const struct known *known)
{
    assert_int_equal(row->number, known->number);
    assert_int_equal(row->epoch, known->epoch);
    assert_int_equal(row->last, known->last);
    assert_string_equal(row->source, known->source);
    assert_string_equal(row->last_id, known->last_id);
    assert_string_equal(row->instance, known->instance);
}

static void hello(void)
{
    const char *source = source_of(draw(&seed, SOURCES + 1));
    struct known *known = model_find(source);
    const struct session_row *row;
    if (!known)
        known = model_add(source);
    known->epoch++;
    snprintf(known->instance, sizeof known->instance, "till-%u", draw(&seed, 100));
    assert_int_equal(sessions_hello(sessions, span_of(source), span_of(known->instance), &row), 0);
    compare(row, known);
}

static void put(void)
{
    const char *source = source_of(draw(&seed, SOURCES + 1));
    struct known *known = model_find(source);
    if (known && known->epoch == 0)
        return; /* the worker, who has not greeted yet */
    uint64_t newest = known ? known->epoch : 0, luck = draw(&seed, 10);
    uint64_t epoch = luck == 0 && newest > 0 ? newest - 1 : luck == 1 ? newest + 1 : newest;
    int expected = !known || epoch > newest ? -E_NO_SESSION : epoch < newest ? -E_FENCED : 0;
    const struct session_row *row = NULL;
    assert_int_equal(sessions_find(sessions, span_of(source), epoch, &row), expected);
    if (expected)
        return;
    compare(row, known);
    known->last += 1 + draw(&seed, 4096);
    bool named = draw(&seed, 5) > 0;
    snprintf(known->last_id, sizeof known->last_id, named ? "id-%llu" : "", (unsigned long long)known->last);
    sessions_consume(sessions, known->number, known->last, span_of(known->last_id));
}

static void commit(void)
{
    if (!sessions_changed(sessions))
        return;
    assert_int_equal(journal_begin(journal, 1000), 0);
    assert_int_equal(sessions_save(sessions, journal), 0);
    assert_int_equal(journal_commit(journal), 0);
    assert_false(sessions_changed(sessions));
    durable = model;
}

/* What was not committed is not known to the next process. */
static void start_anew(bool dies)
{
    if (dies) {
        store_sim_crash_all(DIR, false);
        model = durable;
    } else {
        commit();
    }
    close_both();
    open_both();
}

static void compare_all(void)
{
    for (uint32_t i = 0; i < model.count; i++) {
        const struct session_row *row;
        const struct known *known = &model.row[i];
        assert_int_equal(sessions_find(sessions, span_of(known->source), known->epoch, &row), 0);
        compare(row, known);
    }
    assert_int_equal(sessions_count(sessions), model.count);
}

static void the_sessions_are_what_a_list_would_say(void **state)
{
    (void)state;
    store_sim_forget_all(DIR);
    model_add(WORKER_SOURCE);
    durable = model;
    open_both();
    for (uint32_t i = 0; i < OPERATIONS; i++) {
        uint32_t luck = draw(&seed, 10000);
        if (luck < 8)
            start_anew(luck < 5);
        else if (luck < 400)
            commit();
        else if (luck < 2000)
            hello();
        else
            put();
        if (luck < 8)
            compare_all();
    }
    compare_all();
    assert_int_equal(model.count, SOURCES + 1);
    close_both();
    operations_tell("sessions", OPERATIONS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sessions_are_what_a_list_would_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

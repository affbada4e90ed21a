/*
 * test_sessions_model.c - the sessions against an array searched from the front: greetings, takeovers, old epochs, sequences that
 * are consumed, turns that are committed, aborted with their process, and starts from what the disk has, from a backup as another
 * lineage, and from a disk on which a row is damaged.
 *
 * By a list of its own: no epoch of a source is ever answered twice, whatever was restored or damaged in between.
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
#define ROWS (SOURCES + 1 + 200) /* those that are nobody's, too */
#define EPOCHS 200u
#define DIR "/reception"

struct known {
    char source[40];
    uint32_t number;
    bool greeted; /* in this lineage */
    uint64_t epoch, last;
    char last_id[24];
    char instance[16];
};

static struct {
    struct known row[ROWS];
    uint32_t count;
    uint32_t lost;   /* of them: nobody's any more, without a source */
    uint64_t begins; /* epoch of whoever is new */
} model, durable, backup;

/* Epochs that were answered, by source; those of the turn that is not committed come last. */
static struct {
    uint64_t epoch[EPOCHS];
    uint32_t count, durable;
} given[SOURCES + 1];

static uint32_t lineage_digits; /* its last ones */
static int64_t at_ms = 1795392000000;

static struct journal *journal;
static struct sessions *sessions;
static uint64_t seed = 20261123;

static uint64_t leap(void)
{
    return 1 + (uint64_t)lineage_digits;
}

static void begins_find(void)
{
    model.begins = leap();
    for (uint32_t i = 0; i < model.count; i++) {
        const struct known *row = &model.row[i];
        uint64_t begins = row->epoch + (row->greeted ? 0 : leap());
        if (row->source[0] == '\0' && begins > model.begins)
            model.begins = begins;
    }
}

static void open_journal(void)
{
    char lineage[40];
    snprintf(lineage, sizeof lineage, "00112233445566778899aabb%08x", lineage_digits);
    const struct journal_options options = {.dir = DIR, .volume_bytes = 4 * MIB, .lineage = lineage};
    assert_int_equal(journal_open(&options, &journal), 0);
}

static void open_both(void)
{
    at_ms += 1 + draw(&seed, 100000);
    begins_find();
    open_journal();
    assert_int_equal(sessions_open(journal, at_ms, &sessions), 0);
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
    uint32_t which = draw(&seed, SOURCES + 1);
    const char *source = source_of(which);
    struct known *known = model_find(source);
    const struct session_row *row;
    if (!known)
        known = model_add(source);
    known->epoch = known->epoch == 0 ? model.begins : known->epoch + (known->greeted ? 1 : leap());
    known->greeted = true;
    for (uint32_t i = 0; i < given[which].count; i++)
        assert_int_not_equal(given[which].epoch[i], known->epoch);
    assert_true(given[which].count < EPOCHS);
    given[which].epoch[given[which].count++] = known->epoch;
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
    assert_int_equal(journal_begin(journal, at_ms), 0);
    assert_int_equal(sessions_save(sessions, journal), 0);
    assert_int_equal(journal_commit(journal), 0);
    assert_false(sessions_changed(sessions));
    durable = model;
    for (uint32_t i = 0; i <= SOURCES; i++)
        given[i].durable = given[i].count;
    if (draw(&seed, 20) == 0)
        backup = durable;
}

/* Nobody was answered, and nobody will be. */
static void turn_lost(void)
{
    model = durable;
    for (uint32_t i = 0; i <= SOURCES; i++)
        given[i].count = given[i].durable;
}

/* What was not committed is not known to the next process. */
static void start_anew(bool dies)
{
    if (dies) {
        store_sim_crash_all(DIR, false);
        turn_lost();
    } else {
        commit();
    }
    close_both();
    open_both();
}

/* The disk is lost, with all that came after the backup: the same rows, whose instances are forgotten, in another lineage. */
static void restore(void)
{
    close_both();
    turn_lost();
    store_sim_forget_all(DIR);
    lineage_digits = draw(&seed, UINT32_MAX);
    open_journal();
    assert_int_equal(journal_begin(journal, at_ms), 0);
    for (uint32_t i = 0; i < backup.count; i++) {
        struct known *known = &backup.row[i];
        struct session_row row = {.number = known->number, .epoch = known->epoch, .last = known->last};
        known->greeted = false;
        known->instance[0] = '\0';
        memcpy(row.source, known->source, sizeof known->source);
        memcpy(row.last_id, known->last_id, sizeof known->last_id);
        if (row.epoch > 0)
            assert_int_equal(journal_session_set(journal, &row), 0);
    }
    assert_int_equal(journal_commit(journal), 0);
    journal_close(journal);
    model = backup;
    durable = model;
    open_both();
}

/* A row has no entries here: it becomes nobody's, unless it is the worker's. */
static void damage(void)
{
    commit();
    struct known *known = &model.row[draw(&seed, model.count)];
    if (known->epoch == 0)
        return; /* the worker's is not written before it greets */
    close_both();
    const uint8_t key[] = {'s', 0, 0, (uint8_t)(known->number >> 8), (uint8_t)known->number};
    store_sim_spoil(DIR "/journal/000001", 1, span_make(key, sizeof key));
    bool worker = known->number == WORKER_SESSION;
    *known = (struct known){.number = known->number, .greeted = true, .instance = "nobody"};
    snprintf(known->source, sizeof known->source, "%s", worker ? WORKER_SOURCE : "");
    open_both();
    uint64_t now = leap() + 1024 * (uint64_t)at_ms;
    model.begins = now > model.begins ? now : model.begins + leap();
    known->epoch = model.begins;
    model.lost = 0;
    for (uint32_t i = 0; i < model.count; i++)
        model.lost += model.row[i].source[0] == '\0';
    commit();
}

static void compare_all(void)
{
    for (uint32_t i = 0; i < model.count; i++) {
        const struct session_row *row;
        const struct known *known = &model.row[i];
        if (known->source[0] == '\0')
            continue;
        assert_int_equal(sessions_find(sessions, span_of(known->source), known->epoch, &row), 0);
        compare(row, known);
    }
    assert_int_equal(sessions_count(sessions), model.count - model.lost);
}

static void the_sessions_are_what_a_list_would_say(void **state)
{
    (void)state;
    store_sim_forget_all(DIR);
    model_add(WORKER_SOURCE);
    durable = model;
    backup = model;
    open_both();
    for (uint32_t i = 0; i < OPERATIONS; i++) {
        uint32_t luck = draw(&seed, 10000);
        if (luck < 8)
            start_anew(luck < 5);
        else if (luck < 10)
            restore();
        else if (luck < 13)
            damage();
        else if (luck < 400)
            commit();
        else if (luck < 2000)
            hello();
        else
            put();
        if (luck < 13)
            compare_all();
    }
    compare_all();
    assert_true(model.lost > 0);
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

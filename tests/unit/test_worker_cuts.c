/*
 * One journal of large PUTs, folded in every way: by a worker that lives through it, by one that dies again and again,
 * silently or aloud, an entry a turn, a few, or as many as fit. All states and all that is said are the same bytes.
 */
#include "core/status.h"
#include "tests/support/ratings.h"
#include "tests/support/showroom.h"
#include "workers/fold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define DAYS 200u                 /* of one store and department */
#define IMPORTED (DAYS * 4u * 3u) /* stores and departments: more cards than a worker keeps marks of */
#define COMPLAINTS 300u           /* in one PUT: their timers are due together */
#define HOUR_MS (3600 * 1000ll)
#define DAY_MS (24 * HOUR_MS)
#define ENTRIES_MAX 30000u
#define JOURNAL_BYTES_MAX (32u * MIB)

_Static_assert(IMPORTED > 2048, "more than the set of changed cards has room for");
_Static_assert(COMPLAINTS > STEP_CASES_MAX, "more than fit into one step");

static struct showroom showroom;

/* ---- what happens ---- */

static void put_add(struct put_draft *put, const char *id, enum event_type type, const char *subject, int64_t time_ms,
                    const void *data)
{
    uint8_t buffer[EVENT_MAX];
    struct wire_writer writer;
    const struct event_draft draft = {
        .id = span_of(id),
        .source = span_of("/import"),
        .subject = span_of(subject),
        .type = type,
        .time_ms = time_ms,
        .data = data,
    };
    wire_writer_init(&writer, buffer, sizeof buffer);
    event_encode(&draft, &writer);
    assert_false(writer.full);
    draft_event(put, wire_written(&writer), true);
}

/* Returns the seq of its first event. */
static uint64_t put_send(struct put_draft *put, uint32_t count)
{
    struct ack_reply ack = desk_acked(desk_ask(&showroom.desk, showroom.desk.peer, "PUT", draft_end(put)));
    assert_int_equal(ack.count, count);
    assert_int_equal(desk_problems(&ack), 0);
    return (uint64_t)ack.first;
}

/* Two ratings of each store, department and day, in two PUTs of the same second. */
static uint64_t import(const char *name, int64_t until_ms)
{
    static const char *const departments[] = {"sales", "service", "call_centre"};
    uint64_t first = 0;
    for (uint32_t round = 0; round < 2; round++) {
        struct put_draft put;
        draft_begin(&put, &showroom.desk, IMPORTED, NULL, 0, 0);
        for (uint32_t i = 0; i < IMPORTED; i++) {
            char id[32], store[16];
            struct rated fact = showroom_rating(NULL, (int32_t)(i % 10) * 1000);
            snprintf(id, sizeof id, "%s-%u-%u", name, round, i);
            snprintf(store, sizeof store, "sh-%02u", i % 4);
            SET(&fact, rated, historical, true);
            SET(&fact, rated, store, span_of(store));
            SET(&fact, rated, department, span_of(departments[i / 4 % 3]));
            put_add(&put, id, EVENT_feedback_rated, NULL, until_ms - (int64_t)(i / 12) * DAY_MS, &fact);
        }
        uint64_t seq = put_send(&put, IMPORTED);
        first = round == 0 ? seq : first;
    }
    return first;
}

/* Complaints, and as many unhappy visits. */
static uint64_t complain(void)
{
    struct put_draft put;
    draft_begin(&put, &showroom.desk, 2 * COMPLAINTS, NULL, 0, 0);
    for (uint32_t i = 0; i < COMPLAINTS; i++) {
        char id[32], visit[16];
        snprintf(id, sizeof id, "c-%u", i);
        snprintf(visit, sizeof visit, "V-%u", i % 200);
        struct complained fact = showroom_complaint(NULL, visit);
        put_add(&put, id, EVENT_feedback_complained, NULL, 0, &fact);
    }
    for (uint32_t i = 0; i < COMPLAINTS; i++) {
        char id[32], visit[16];
        snprintf(id, sizeof id, "r-%u", i);
        snprintf(visit, sizeof visit, "V-%u", 100 + i);
        struct rated fact = showroom_rating(visit, (int32_t)(i % 4) * 1000);
        put_add(&put, id, EVENT_feedback_rated, NULL, 0, &fact);
    }
    return put_send(&put, 2 * COMPLAINTS);
}

/* By id and by seq, of what is there and of what nobody knows; some are taken back. */
static void amend(uint64_t first)
{
    struct put_draft put;
    draft_begin(&put, &showroom.desk, 400, NULL, 0, 0);
    for (uint32_t i = 0; i < 400; i++) {
        char id[32], of[32];
        struct corrected fact = {0};
        snprintf(id, sizeof id, "a-%u", i);
        snprintf(of, sizeof of, i % 4 == 3 ? "nobody-%u" : "old-1-%u", 5 * i);
        if (i % 4 == 1)
            fact.of.seq = (int64_t)first + 7 * i;
        else
            fact.of.id = span_of(of);
        fact.has |= 1ull << corrected_field_of;
        SET(&fact, corrected, overall, (int32_t)(i % 11) * 1000);
        struct retracted taken = {.has = 1ull << retracted_field_of, .of = fact.of};
        SET(&taken, retracted, reason, span_of("sent twice"));
        if (i % 8 == 2)
            put_add(&put, id, EVENT_feedback_retracted, NULL, 0, &taken);
        else
            put_add(&put, id, EVENT_feedback_corrected, NULL, 0, &fact);
    }
    put_send(&put, 400);
}

static void decide(uint64_t first)
{
    static const enum event_type types[] = {EVENT_complaint_acknowledged, EVENT_complaint_noted,
                                            EVENT_complaint_withdrawn, EVENT_complaint_resumed};
    struct put_draft put;
    draft_begin(&put, &showroom.desk, COMPLAINTS, NULL, 0, 0);
    for (uint32_t i = 0; i < COMPLAINTS; i++) {
        char id[32], subject[32];
        struct decided decided = {0};
        SET(&decided, decided, by, span_of("wang.li"));
        snprintf(id, sizeof id, "d-%u", i);
        snprintf(subject, sizeof subject, "C-%llu", (unsigned long long)first + i);
        put_add(&put, id, types[i % 4], subject, 0, &decided);
    }
    put_send(&put, COMPLAINTS);
}

/* ---- living through it ---- */

struct life {
    uint64_t crashes; /* drawn from; 0: none */
    uint32_t died;
};

/* It dies a few times at most: with hundreds of originals to fetch a turn would never come to its end. */
static void live(struct life *life)
{
    int calm = 0;
    uint32_t die_until = life->died + 12;
    while (calm < 4) {
        int64_t wait_ms;
        uint64_t head = journal_head(showroom.desk.journal);
        assert_int_equal(worker_turn(showroom.worker, clock_read(showroom.desk.setup.clock), &wait_ms), 0);
        if (life->crashes && life->died < die_until && draw(&life->crashes, 6) == 0) {
            showroom_worker_crash(&showroom, draw(&life->crashes, 2));
            showroom_worker_start(&showroom);
            life->died++;
            wait_ms = 0;
        }
        assert_int_equal(desk_turn(&showroom.desk), 0);
        calm = wait_ms != 0 && head == journal_head(showroom.desk.journal) ? calm + 1 : 0;
    }
}

/* The worker is behind each time when the next second's events come, as it is after an import. */
static uint8_t *live_through(struct life *life, size_t *ret_len)
{
    struct desk *desk = &showroom.desk;
    showroom_open_empty(&showroom);
    desk_pass(desk, 1000);
    uint64_t imported = import("old", DESK_MONDAY_MS);
    desk_pass(desk, 2000);
    uint64_t complained = complain();
    live(life);
    import("older", DESK_MONDAY_MS - 150 * DAY_MS);
    desk_pass(desk, 1000);
    amend(imported);
    live(life);
    desk_pass(desk, 5 * HOUR_MS);
    live(life);
    decide(complained);
    desk_pass(desk, 2 * DAY_MS);
    live(life);
    desk_pass(desk, 2000);
    live(life);
    showroom_nothing_twice(&showroom);
    return showroom_journal(&showroom, ret_len);
}

/* ---- folding what was lived ---- */

struct entries {
    uint8_t *bytes;
    struct entry entry[ENTRIES_MAX];
    uint32_t count;
};

static struct entries outside, concluded;

static void entries_add(struct entries *entries, struct span bytes)
{
    struct record record;
    struct record_cursor cursor = {0};
    assert_int_equal(record_open(bytes, &record), 0);
    while (record_next(&record, &cursor, &entries->entry[entries->count]) == 0)
        assert_true(++entries->count < ENTRIES_MAX);
}

static void entries_read(struct entries *entries, enum record_class class)
{
    static struct journal_read read;
    struct journal_reader *reader;
    uint8_t *end;
    entries->count = 0;
    entries->bytes = malloc(JOURNAL_BYTES_MAX);
    assert_non_null(entries->bytes);
    end = entries->bytes + JOURNAL_BYTES_MAX;
    read = (struct journal_read){.class_mask = 1u << class, .buffer = entries->bytes};
    assert_int_equal(journal_reader_open(showroom.desk.journal, &reader), 0);
    for (; read.after < journal_head(showroom.desk.journal); read.after = read.upto) {
        read.capacity = (size_t)(end - read.buffer);
        assert_int_equal(journal_read(reader, &read), 0);
        for (uint32_t i = 0; i < read.count; i++)
            entries_add(entries, read.records[i]);
        if (read.count)
            read.buffer = (uint8_t *)read.records[read.count - 1].at + read.records[read.count - 1].len;
    }
    journal_reader_close(reader);
}

struct way {
    uint32_t turn;    /* entries of a turn at most */
    bool aloud;       /* as if nothing had been said yet */
    uint64_t crashes; /* drawn from; 0: none */
};

struct refold {
    struct fold *fold;
    struct way way;
    uint32_t said; /* consequences, all equal to those of the journal */
    uint32_t fresh;
};

static void said_check(struct refold *refold)
{
    const struct consequences *consequences = &refold->fold->consequences;
    struct wire_reader reader = wire_reader(span_make(consequences->bytes, consequences->len));
    struct wire_value value;
    while (wire_read(&reader, &value) == 0) {
        assert_true(refold->said < concluded.count);
        assert_true(span_equal(value.bytes, concluded.entry[refold->said].event));
        refold->said++;
    }
}

static void turn_end(struct refold *refold)
{
    struct fold *fold = refold->fold;
    if (refold->way.crashes && draw(&refold->way.crashes, 3) == 0) {
        fold_abort(fold);
    } else {
        said_check(refold);
        assert_int_equal(fold_commit(fold), 0);
    }
    assert_int_equal(fold_begin(fold, showroom.desk.lineage), 0);
}

static const struct entry *outside_entry(uint64_t seq)
{
    for (uint32_t i = 0; i < outside.count; i++) {
        if (outside.entry[i].seq == seq)
            return &outside.entry[i];
    }
    return NULL;
}

static int entry_fold(struct fold *fold, const struct entry *entry)
{
    struct original original;
    int result = fold_entry(fold, entry, NULL);
    while (result == FOLD_WANTS) {
        original = (struct original){fold->wanted_seq, outside_entry(fold->wanted_seq)};
        result = fold_entry(fold, entry, &original);
    }
    assert_true(result >= 0);
    return result;
}

static uint8_t *refold_rows(const char *dir, struct way way, size_t *ret_len)
{
    struct refold refold = {.way = way};
    uint32_t folded = 0;
    assert_int_equal(fold_open(dir, &refold.fold), 0);
    struct fold *fold = refold.fold;
    if (!way.aloud) {
        fold->silent_upto.seq = concluded.entry[concluded.count - 1].sequence;
        fold->silent_upto.step = concluded.entry[concluded.count - 1].step;
    }
    assert_int_equal(fold_begin(fold, showroom.desk.lineage), 0);
    for (uint32_t i = 0; i < outside.count;) {
        if (outside.entry[i].seq <= fold->head.position.seq) {
            i++;
            continue;
        }
        int result = entry_fold(fold, &outside.entry[i]);
        if (result == FOLD_PAUSES || ++folded % way.turn == 0 || fold_is_full(fold)) {
            turn_end(&refold);
            i = 0;
        }
    }
    said_check(&refold);
    assert_int_equal(refold.said, way.aloud ? concluded.count : 0);
    assert_int_equal(fold_commit(fold), 0);
    fold_close(fold);
    return state_rows(dir, ret_len);
}

static void a_journal_is_folded_to_the_same_state_however_it_is_cut(void **state)
{
    (void)state;
    static const struct way ways[] = {
        {1, false, 0},   {7, false, 0}, {1000, false, 0},      {UINT32_MAX, false, 0}, {3, false, 5},
        {613, false, 6}, {7, true, 0},  {UINT32_MAX, true, 0}, {613, true, 7},
    };
    size_t lived_len;
    assert_true(outside.count > 0);
    showroom_worker_stop(&showroom);
    uint8_t *lived = state_rows(showroom.desk.setup.dir, &lived_len);
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        char dir[32];
        size_t len;
        snprintf(dir, sizeof dir, "/cut-%zu", i);
        uint8_t *rows = refold_rows(dir, ways[i], &len);
        assert_int_equal(lived_len, len);
        assert_memory_equal(lived, rows, len);
        free(rows);
    }
    free(lived);
    showroom_worker_start(&showroom);
    showroom_turn(&showroom);
}

/* With empty state it folds all silently, goes on, and has one new card to say. */
static void a_worker_that_folds_anew_says_no_card_twice(void **state)
{
    (void)state;
    showroom_rebuild_is_equal(&showroom, "/cut-rebuilt");
    uint32_t before = showroom_count(&showroom, "score.changed", "");
    showroom_worker_stop(&showroom);
    store_sim_forget(SHOWROOM_STATE);
    showroom_worker_start(&showroom);
    showroom_turn(&showroom);
    struct rated fact = showroom_rating(NULL, 9000);
    showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &fact);
    showroom_pass(&showroom, 2000);
    showroom_pass(&showroom, 2000);
    assert_int_equal(showroom_count(&showroom, "score.changed", ""), before + 1);
    showroom_nothing_twice(&showroom);
}

static void a_worker_that_dies_in_an_import_says_the_same(void **state)
{
    (void)state;
    struct life calm = {0}, disturbed = {.crashes = 41};
    size_t len, disturbed_len;
    showroom_close(&showroom); /* both journals are lived here; the later stories go on with the second */
    uint8_t *journal = live_through(&calm, &len);
    /* every day's card once after its import, as more than one step */
    assert_true(showroom_count(&showroom, "score.changed", "") > 2 * 2048);
    assert_true(showroom_count(&showroom, "escalation.raised", "") > STEP_CASES_MAX);
    assert_true(showroom_count(&showroom, "task.changed", "") > 200);
    showroom_close(&showroom);
    uint8_t *disturbed_journal = live_through(&disturbed, &disturbed_len);
    assert_true(disturbed.died > 20);
    assert_int_equal(len, disturbed_len);
    assert_memory_equal(journal, disturbed_journal, len);
    free(journal);
    free(disturbed_journal);
    entries_read(&outside, RECORD_OUTSIDE);
    entries_read(&concluded, RECORD_CONSEQUENCE);
}

static int begin(void **state)
{
    (void)state;
    showroom_open_empty(&showroom);
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(outside.bytes);
    free(concluded.bytes);
    showroom_close(&showroom);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_worker_that_dies_in_an_import_says_the_same),
        cmocka_unit_test(a_journal_is_folded_to_the_same_state_however_it_is_cut),
        cmocka_unit_test(a_worker_that_folds_anew_says_no_card_twice),
    };
    return cmocka_run_group_tests(tests, begin, end);
}

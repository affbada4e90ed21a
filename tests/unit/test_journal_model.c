/*
 * test_journal_model.c - the journal against an array: turns that overlap, are aborted or die half-way, volumes that follow each
 * other after a few hundred entries, restarts, and every way of reading.
 *
 * An entry is made of its number alone, so that the model keeps numbers and compares bytes.
 */
#include "core/status.h"
#include "io/journal.h"
#include "io/store_sim.h"
#include "tests/support/operations.h"
#include "tests/support/ratings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define OPERATIONS 120000u
#define ENTRIES_MAX 200000u
#define VOLUME_BYTES (256u * KIB)
#define SESSIONS 6u
#define ANY ((1u << RECORD_OUTSIDE) | (1u << RECORD_CONSEQUENCE))
#define DIR "/chain"

struct fact {
    uint32_t number;
    enum record_class class;
    int64_t at_ms;
};

/* What a whole turn leaves besides its entries. */
struct side {
    uint64_t session_last[SESSIONS + 1];
    struct last_cause cause;
};

static struct {
    struct fact fact[ENTRIES_MAX + 1]; /* by seq */
    uint16_t volume[ENTRIES_MAX + 1];
    uint64_t durable; /* seq of the last entry whose turn has been waited for */
    uint64_t on_disk; /* of the last one that is there: readers and whoever dies may find it already */
    uint64_t left;    /* of the last one whose turn has been started on its way */
    uint64_t head;    /* of the last one that was added */
    struct side durable_side, on_disk_side, left_side, side;
    bool in_turn, leaving;
    int64_t at_ms;
    uint32_t numbers;
} model;

static struct journal *journal;
static struct journal_reader *reader;
static uint64_t seed = 20261123;
static uint64_t operations;
static uint8_t buffer[4 * (SYSTEM_EVENT_MAX + RECORD_MAX)];

/* ---- entries out of numbers ---- */

static struct span bytes_of(uint32_t number)
{
    static uint8_t bytes[90 * KIB];
    uint64_t mixed = (uint64_t)number * 0x9e3779b97f4a7c15u >> 40;
    size_t len = number % 1500 == 7 ? 70 * KIB + mixed % 1000 : mixed % 400;
    memset(bytes, (int)(mixed & 0xff), len);
    for (size_t i = 0; i < 4 && i < len; i++)
        bytes[i] = (uint8_t)(number >> 8 * i);
    return span_make(bytes, len);
}

static struct entry entry_of(uint32_t number)
{
    return (struct entry){.session = number % 5,
                          .principal = 0,
                          .sequence = number * 3ull,
                          .step = number % 7,
                          .event = bytes_of(number)};
}

static void compare(const struct entry *entry)
{
    assert_true(entry->seq >= 1 && entry->seq <= model.head);
    const struct fact *fact = &model.fact[entry->seq];
    struct entry expected = entry_of(fact->number);
    assert_int_equal(entry->at_ms, fact->at_ms);
    assert_int_equal(entry->session, expected.session);
    assert_int_equal(entry->sequence, expected.sequence);
    assert_int_equal(entry->step, expected.step);
    assert_true(span_equal(entry->event, expected.event));
}

/* ---- opening, closing, dying ---- */

static void open_both(void)
{
    const struct journal_options options = {
        .dir = DIR, .volume_bytes = VOLUME_BYTES, .lineage = "00112233445566778899aabbccddeeff"};
    assert_int_equal(journal_open(&options, &journal), 0);
    assert_int_equal(journal_reader_open(journal, &reader), 0);
}

static void close_both(void)
{
    journal_reader_close(reader);
    journal_close(journal);
}

/* What is only in memory is gone: back to what is on the disk. */
static void forget_to(uint64_t seq, const struct side *side)
{
    model.durable = model.on_disk = model.left = model.head = seq;
    model.durable_side = model.on_disk_side = model.left_side = model.side = *side;
    model.in_turn = model.leaving = false;
}

/* A turn lies in one volume: the newest after it. */
static void volumes_keep(uint64_t first, uint64_t last)
{
    for (uint64_t seq = first; seq <= last; seq++)
        model.volume[seq] = (uint16_t)journal_volumes(journal);
}

static void left_is_on_disk(void)
{
    volumes_keep(model.on_disk + 1, model.left);
    model.on_disk = model.left;
    model.on_disk_side = model.left_side;
}

static void wait_for_leaving(void)
{
    assert_int_equal(journal_commit_wait(journal), 0);
    model.leaving = false;
    left_is_on_disk();
    model.durable = model.left;
    model.durable_side = model.left_side;
    assert_int_equal(journal_head(journal), model.durable);
}

/* What is not written beside the next turn is on the disk when this returns, and told when it is waited for. */
static void commit_begin(bool beside)
{
    if (model.leaving)
        wait_for_leaving();
    assert_int_equal(journal_commit_start(journal, beside), 0);
    model.left = model.head;
    model.left_side = model.side;
    model.leaving = true;
    model.in_turn = false;
    assert_int_equal(journal_commit_is_beside(journal), beside);
    if (!beside)
        left_is_on_disk();
}

static void begin(void)
{
    model.at_ms += draw(&seed, 3) ? 0 : draw(&seed, 1000);
    assert_int_equal(journal_begin(journal, model.at_ms), 0);
    model.in_turn = true;
}

static void abort_turn(void)
{
    journal_abort(journal);
    model.head = model.left;
    model.side = model.left_side;
    model.in_turn = false;
}

static void restart(void)
{
    if (model.in_turn && draw(&seed, 2))
        abort_turn();
    else if (model.in_turn)
        commit_begin(false);
    if (model.leaving)
        wait_for_leaving();
    close_both();
    open_both();
    forget_to(model.durable, &model.durable_side);
}

/* The commit that is under way when the process dies is kept or lost, whole; nobody hears of it. */
static int last_commit(void *context, const char *path, bool kept)
{
    (void)path;
    const bool *is_kept = context;
    return kept == *is_kept ? -E_COMMIT_FAILED : 0;
}

/* With a turn open, one on its way, or none: what is on the disk is there, and nothing else. */
static void die(void)
{
    if (model.leaving && journal_commit_is_beside(journal)) {
        bool is_kept = draw(&seed, 2);
        store_sim_set_watch(last_commit, &is_kept);
        assert_int_equal(journal_commit_wait(journal), -E_COMMIT_FAILED);
        store_sim_set_watch(NULL, NULL);
        if (is_kept) {
            model.on_disk = model.left;
            model.on_disk_side = model.left_side;
        }
    }
    uint64_t durable = model.durable;
    store_sim_crash_all(DIR, false);
    if (model.in_turn)
        journal_abort(journal);
    close_both();
    open_both();
    volumes_keep(durable + 1, model.on_disk);
    forget_to(model.on_disk, &model.on_disk_side);
}

/* ---- writing ---- */

static void add(void)
{
    uint32_t number = ++model.numbers;
    struct entry entry = entry_of(number);
    enum record_class class = draw(&seed, 3) == 0 ? RECORD_CONSEQUENCE : RECORD_OUTSIDE;
    uint64_t seq;
    assert_int_equal(journal_add(journal, class, &entry, &seq), 0);
    assert_int_equal(seq, model.head + 1);
    assert_true(seq <= ENTRIES_MAX);
    model.fact[seq] = (struct fact){number, class, model.at_ms};
    model.head = seq;
}

static void side_set(void)
{
    uint32_t number = 1 + draw(&seed, SESSIONS);
    struct session_row row = {.number = number, .epoch = number, .last = model.side.session_last[number] + 1};
    snprintf(row.source, sizeof row.source, "/s/%u", number);
    assert_int_equal(journal_session_set(journal, &row), 0);
    model.side.session_last[number] = row.last;
    if (draw(&seed, 2) == 0) {
        model.side.cause.seq += 1 + draw(&seed, 5);
        assert_int_equal(journal_last_cause_set(journal, model.side.cause), 0);
    }
}

/* ---- reading ---- */

static void look_at_the_turn(void)
{
    struct entry entry;
    if (model.head == model.durable)
        return;
    uint64_t seq = model.durable + 1 + draw(&seed, (uint32_t)(model.head - model.durable));
    assert_int_equal(journal_turn_entry(journal, seq, &entry), 0);
    assert_int_equal(entry.seq, seq);
    compare(&entry);
}

static void read_entry(void)
{
    struct entry entry;
    uint64_t seq = draw(&seed, (uint32_t)model.durable + 3);
    int status = journal_entry(reader, seq, buffer, sizeof buffer, &entry);
    bool must = seq >= 1 && seq <= model.durable, may = seq >= 1 && seq <= model.on_disk;
    assert_true(status == 0 ? may : status == -E_NOT_FOUND && !must);
    if (status == 0) {
        assert_int_equal(entry.seq, seq);
        compare(&entry);
    }
}

/* From `after` to the present end, in one call: everything of the class up to `upto`, in order, and nothing else after it. */
static uint64_t read_on(uint64_t after, uint32_t class_mask)
{
    struct journal_read read = {.after = after, .class_mask = class_mask, .buffer = buffer};
    read.capacity = draw(&seed, 2) ? sizeof buffer : SYSTEM_EVENT_MAX + RECORD_MAX + 16;
    read.gap = draw(&seed, 2) ? 5 : 0;
    read.bytes_max = draw(&seed, 3) ? 1 + draw(&seed, 100000) : 0;
    assert_int_equal(journal_read(reader, &read), 0);
    uint64_t next = after + 1;
    for (uint32_t i = 0; i < read.count; i++) {
        struct record record;
        struct record_cursor cursor = {0};
        struct entry entry;
        assert_int_equal(record_open(read.records[i], &record), 0);
        assert_true((class_mask >> record.class) & 1u);
        while (record_next(&record, &cursor, &entry) == 0) {
            compare(&entry);
            assert_int_equal(model.fact[entry.seq].class, record.class);
            while (entry.seq > next && next <= model.on_disk && !((class_mask >> model.fact[next].class) & 1u))
                next++;
            assert_true(entry.seq <= after || entry.seq == next);
            next += entry.seq == next;
        }
    }
    for (; next <= read.upto; next++)
        assert_false((class_mask >> model.fact[next].class) & 1u);
    assert_true(read.upto >= after);
    assert_true(read.upto > after || after >= model.durable);
    assert_true(read.upto <= model.on_disk);
    return read.upto;
}

static void read_some(void)
{
    static const uint32_t masks[] = {ANY, 1u << RECORD_OUTSIDE, 1u << RECORD_CONSEQUENCE};
    uint64_t after = draw(&seed, (uint32_t)model.durable + 1);
    read_on(after, masks[draw(&seed, 3)]);
}

static int session_check(void *context, const struct session_row *row)
{
    uint64_t *seen = context;
    assert_true(row->number >= 1 && row->number <= SESSIONS);
    assert_int_equal(row->last, model.durable_side.session_last[row->number]);
    seen[row->number] = row->last;
    return 0;
}

static void check_sides(void)
{
    uint64_t seen[SESSIONS + 1] = {0};
    assert_int_equal(journal_sessions(journal, session_check, seen), 0);
    assert_memory_equal(seen, model.durable_side.session_last, sizeof seen);
    struct last_cause cause = journal_last_cause(journal);
    assert_int_equal(cause.seq, model.durable_side.cause.seq);
    assert_int_equal(journal_head(journal), model.durable);
    assert_string_equal(journal_lineage(journal), "00112233445566778899aabbccddeeff");
    if (model.durable > 0)
        assert_int_equal(journal_last_at_ms(journal), model.fact[model.durable].at_ms);
}

/* ---- all of it ---- */

static void operate(void)
{
    uint32_t luck = draw(&seed, 1000);
    if (luck < 2) {
        die();
        check_sides();
    } else if (luck < 4) {
        restart();
        check_sides();
    } else if (luck < 200) {
        read_entry();
    } else if (luck < 260) {
        read_some();
    } else if (!model.in_turn) {
        if (model.leaving && draw(&seed, 2))
            wait_for_leaving();
        begin();
    } else if (luck < 300) {
        look_at_the_turn();
    } else if (luck < 350) {
        side_set();
    } else if (luck < 360) {
        abort_turn();
    } else if (luck < 460) {
        commit_begin(draw(&seed, 2));
        if (draw(&seed, 3))
            wait_for_leaving();
    } else {
        add();
    }
    operations++;
}

static uint64_t read_everything(void)
{
    uint64_t after = 0;
    while (after < model.durable)
        after = read_on(after, ANY);
    return after;
}

static void the_journal_is_what_an_array_would_be(void **state)
{
    (void)state;
    store_sim_forget_all(DIR);
    memset(&model, 0, sizeof model);
    model.at_ms = 1795392000000;
    open_both();
    while (operations < OPERATIONS)
        operate();
    restart();
    check_sides();
    assert_int_equal(read_everything(), model.durable);
    assert_true(journal_volumes(journal) > 20);
    assert_true(model.durable > 40000);
    close_both();
    operations_tell("the journal", operations);
}

/* ---- damage ---- */

#define ROTTEN 60u

struct sheet {
    uint64_t first, last;
    bool rotten;
};

/* Every record, in order. */
static uint32_t sheets_find(struct sheet *sheets, uint32_t most)
{
    struct journal_read read = {.class_mask = ANY, .buffer = buffer, .capacity = sizeof buffer};
    uint32_t count = 0;
    for (; read.after < model.durable; read.after = read.upto) {
        assert_int_equal(journal_read(reader, &read), 0);
        for (uint32_t i = 0; i < read.count; i++) {
            struct record record;
            assert_true(count < most);
            assert_int_equal(record_open(read.records[i], &record), 0);
            sheets[count++] = (struct sheet){.first = record.first, .last = record.first + record.count - 1};
        }
    }
    return count;
}

static void spoil(struct sheet *sheet)
{
    char path[64];
    uint8_t key[8];
    for (uint32_t i = 0; i < 8; i++)
        key[i] = (uint8_t)(sheet->first >> (56 - 8 * i));
    snprintf(path, sizeof path, DIR "/journal/%06u", model.volume[sheet->first]);
    store_sim_spoil(path, 0, span_make(key, sizeof key));
    sheet->rotten = true;
}

/* A few of many records rot. Reading stops right before each, and goes on behind it with what comes next. */
static void what_has_rotted_is_passed_over_and_nothing_else(void **state)
{
    (void)state;
    static struct sheet sheets[ENTRIES_MAX];
    open_both();
    uint32_t count = sheets_find(sheets, ENTRIES_MAX);
    assert_true(count > 20 * ROTTEN);
    spoil(&sheets[count - 1]);
    for (uint32_t i = 1; i < ROTTEN; i++) {
        uint32_t which = draw(&seed, count - 1);
        for (uint32_t run = draw(&seed, 3) + 1; run > 0 && which < count - 1; run--, which++) {
            if (!sheets[which].rotten)
                spoil(&sheets[which]);
        }
    }
    uint64_t after = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct journal_read read = {.after = after, .class_mask = ANY, .buffer = buffer, .capacity = sizeof buffer};
        struct record record;
        read.bytes_max = 1; /* one record at a time */
        int status = journal_read(reader, &read);
        assert_int_equal(status, sheets[i].rotten ? -E_CORRUPT : 0);
        if (status == 0) {
            assert_int_equal(read.count, 1);
            assert_int_equal(record_open(read.records[0], &record), 0);
            assert_int_equal(record.first, sheets[i].first);
            assert_int_equal(read.upto, sheets[i].last);
            after = read.upto;
            continue;
        }
        assert_int_equal(read.upto, sheets[i].first - 1);
        assert_true(read.message[0] != '\0');
        assert_int_equal(journal_skip(reader, read.upto, &after), 0);
        assert_int_equal(after, sheets[i].last);
        struct entry entry;
        assert_int_equal(journal_entry(reader, sheets[i].first, buffer, sizeof buffer, &entry), -E_CORRUPT);
    }
    assert_int_equal(after, model.durable);
    close_both();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_journal_is_what_an_array_would_be),
        cmocka_unit_test(what_has_rotted_is_passed_over_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

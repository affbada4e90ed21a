/*
 * test_flipped_bits.c - one bit of a journal flips, anywhere in any page of any volume: it is told, or it costs nothing.
 *
 * For each flip a process of its own (which must not die) does what `manyi verify` and a start do, and compares whatever it is
 * given with what was read before:
 *
 *     told       verify names the volume
 *     harmless   verify finds all in order: then every event, session, cause and refused event is what it was
 *     served     an event, a `last` or a head that is not what it was: never
 *
 * With FLIP in the environment only that one; with FLIPS so many, and a line of JSON at the end, of what was counted, good or
 * bad. Events of 3 KiB lie in overflow pages.
 */
#include "brokers/sessions.h"
#include "core/limits.h"
#include "core/status.h"
#include "io/journal.h"
#include "io/journal_check.h"
#include "tests/support/chain.h"
#include "tests/support/ratings.h"
#include "tests/support/scratch.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define VOLUME_BYTES (64 * KIB)
#define VOLUMES 16u
#define PAGE 4096u
#define ENTRIES_MAX 128u
#define REFUSED_MAX 16u
#define FLIPS_DEFAULT 200u
#define ANY ((1u << RECORD_OUTSIDE) | (1u << RECORD_CONSEQUENCE))

enum finding { HARMLESS, TOLD, SERVED_WRONG, LOST_SILENTLY, NAMED_WRONG, FINDINGS };

/* A journal as it is read. */
struct reading {
    uint64_t head, entries;
    uint64_t event[ENTRIES_MAX]; /* by seq, a fingerprint of all that its entry says; 0: not given */
    uint64_t sessions, session_sum, last_sum, refused, refused_sum, strange;
    uint64_t refused_bytes[REFUSED_MAX];
    struct last_cause cause;
};

static struct {
    char dir[SCRATCH_MAX];
    uint8_t *file[VOLUMES]; /* as they were written */
    size_t len[VOLUMES];
    uint32_t volumes;
    struct reading truth;
    uint64_t dice;
} house;

static uint8_t buffer[4 * (SYSTEM_EVENT_MAX + RECORD_MAX)];

static uint64_t fingerprint(uint64_t sum, struct span bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        sum = (sum ^ bytes.at[i]) * 1099511628211ull; /* FNV-1a */
    return sum;
}

static uint64_t entry_print(const struct entry *entry)
{
    uint64_t head[] = {entry->seq,       (uint64_t)entry->at_ms, entry->session,
                       entry->principal, entry->sequence,        entry->step};
    return fingerprint(fingerprint(14695981039346656037ull, span_make(head, sizeof head)), entry->event) | 1;
}

static int session_read(void *context, const struct session_row *row)
{
    struct reading *reading = context;
    uint64_t head[] = {row->number, row->epoch, row->last};
    uint64_t sum = fingerprint(17, span_make(head, sizeof head));
    sum = fingerprint(fingerprint(sum, span_of(row->last_id)), span_of(row->source));
    reading->session_sum += fingerprint(sum, span_of(row->instance));
    reading->sessions++;
    return 0;
}

static uint64_t refused_print(const struct quarantine_row *row)
{
    uint64_t head[] = {(uint64_t)row->first_at_ms, (uint64_t)row->last_at_ms, row->count};
    uint64_t sum = fingerprint(fingerprint(19, span_make(head, sizeof head)), row->bytes);
    return fingerprint(fingerprint(sum, span_of(row->source)), span_of(row->code));
}

/* Of bytes that were refused: of damaged ones an older copy may be listed, too, but never others. */
static int refused_read(void *context, const struct quarantine_row *row)
{
    struct reading *reading = context;
    uint64_t bytes = fingerprint(fingerprint(23, row->bytes), span_of(row->source));
    bool known = house.truth.head == 0; /* this is what is true */
    for (uint64_t i = 0; i < house.truth.refused; i++)
        known = known || house.truth.refused_bytes[i] == bytes;
    reading->strange += !known;
    if (reading->refused < REFUSED_MAX)
        reading->refused_bytes[reading->refused] = bytes;
    reading->refused++;
    reading->refused_sum += refused_print(row);
    return 0;
}

static void records_read(struct journal_reader *reader, struct reading *reading)
{
    struct journal_read read = {.class_mask = ANY, .buffer = buffer, .capacity = sizeof buffer};
    while (read.after < reading->head) {
        int status = journal_read(reader, &read);
        for (uint32_t i = 0; status == 0 && i < read.count; i++) {
            struct record record;
            struct record_cursor cursor = {0};
            struct entry entry;
            if (record_open(read.records[i], &record))
                continue;
            while (record_next(&record, &cursor, &entry) == 0) {
                if (entry.seq < ENTRIES_MAX)
                    reading->event[entry.seq] = entry_print(&entry);
            }
        }
        if (status && journal_skip(reader, read.upto, &read.upto))
            return;
        read.after = read.upto;
    }
}

/* What was given by journal_read is given by journal_entry, too. */
static bool entries_agree(struct journal_reader *reader, const struct reading *truth, uint64_t head)
{
    for (uint64_t seq = 1; seq <= head && seq < ENTRIES_MAX; seq++) {
        struct entry entry;
        if (journal_entry(reader, seq, buffer, sizeof buffer, &entry) == 0 && entry_print(&entry) != truth->event[seq])
            return false;
    }
    return true;
}

/* As intake does: a session whose row is damaged goes on after its newest entry, which is its last here. */
static int sessions_take(struct journal *journal, struct reading *reading)
{
    struct sessions *sessions;
    int status = sessions_open(journal, journal_last_at_ms(journal), &sessions);
    if (status)
        return status;
    for (uint32_t i = 0; i < CHAIN_SESSIONS; i++) {
        const struct session_row *row;
        const char source[] = {'/', 's', 't', 'o', 'r', 'e', 's', '/', (char)('a' + i), '\0'};
        if (sessions_hello(sessions, span_of(source), span_of("till"), &row) == 0) {
            uint64_t last = row->last;
            reading->last_sum += fingerprint(fingerprint(i, span_make(&last, sizeof last)), span_of(row->last_id));
        }
    }
    sessions_close(sessions);
    return 0;
}

/* As a start does. Negative: it is refused. */
static int journal_take(struct journal *journal, struct reading *reading, bool *ret_agree, const struct reading *truth)
{
    struct journal_reader *reader;
    *reading = (struct reading){.head = journal_head(journal), .cause = journal_last_cause(journal)};
    int status = journal_sessions(journal, session_read, reading);
    if (status == 0 || status == -E_CORRUPT)
        status = sessions_take(journal, reading);
    if (status == 0)
        status = journal_reader_open(journal, &reader);
    if (status)
        return status;
    records_read(reader, reading);
    *ret_agree = !truth || entries_agree(reader, truth, reading->head);
    status = journal_quarantine_list(reader, "", refused_read, reading);
    journal_reader_close(reader);
    return status;
}

static int journal_at(struct journal **ret_journal)
{
    const struct journal_options options = {.dir = house.dir, .volume_bytes = VOLUME_BYTES};
    return journal_open(&options, ret_journal);
}

/* Whoever starts on it may be given less, but nothing else. */
static bool reading_is_true(const struct reading *reading, const struct reading *truth)
{
    bool same = reading->head == truth->head && reading->cause.seq == truth->cause.seq &&
                reading->cause.step == truth->cause.step && reading->last_sum == truth->last_sum &&
                reading->strange == 0;
    for (uint64_t seq = 0; seq < ENTRIES_MAX; seq++)
        same = same && (reading->event[seq] == 0 || reading->event[seq] == truth->event[seq]);
    return same;
}

/* Three more turns, as they would come. */
static int turns_append(struct journal *journal)
{
    int status = 0;
    for (uint32_t i = 0; i < 3 && status == 0; i++) {
        uint64_t seq;
        const struct entry entry = {.event = chain_event(i)};
        struct quarantine_row bad = {.code = "E1102", .source = "/stores/d", .bytes = span_of("worse")};
        status = journal_begin(journal, journal_last_at_ms(journal));
        if (status == 0)
            status = journal_add(journal, RECORD_OUTSIDE, &entry, &seq);
        if (status == 0)
            status = journal_quarantine_add(journal, &bad);
        if (status == 0)
            status = journal_commit(journal);
    }
    return status;
}

static enum finding flip_judge(uint32_t volume, bool goes_on)
{
    static struct journal_checked checked;
    struct reading reading;
    struct journal *journal;
    bool agree = true;
    char named[32];
    snprintf(named, sizeof named, "volume %06u, ", volume + 1);
    int verified = journal_check(house.dir, 1000, &checked);
    if (verified < 0)
        return LOST_SILENTLY; /* it says that there is no journal */
    if (checked.faults > 0 && strncmp(checked.fault[0], named, strlen(named)) != 0)
        return NAMED_WRONG;
    for (uint64_t i = 0; getenv("FLIP") && i < checked.faults; i++)
        fprintf(stderr, "%s\n", checked.fault[i]);
    bool opened = journal_at(&journal) == 0;
    if (opened) {
        int status = journal_take(journal, &reading, &agree, &house.truth);
        if (status == 0 && (!agree || !reading_is_true(&reading, &house.truth)))
            return SERVED_WRONG;
        opened = status == 0;
        bool whole = opened && reading.session_sum == house.truth.session_sum &&
                     reading.refused == house.truth.refused && reading.refused_sum == house.truth.refused_sum &&
                     memcmp(reading.event, house.truth.event, sizeof reading.event) == 0;
        if (checked.faults == 0 && !whole)
            return LOST_SILENTLY;
        /* What is written later goes over nothing. */
        if (opened && goes_on && turns_append(journal) == 0) {
            struct reading later;
            if (journal_take(journal, &later, &agree, NULL) == 0)
                for (uint64_t seq = 1; seq <= house.truth.head; seq++)
                    agree = agree && later.event[seq] == reading.event[seq];
            if (!agree)
                return SERVED_WRONG;
        }
        journal_close(journal);
    } else if (checked.faults == 0) {
        return LOST_SILENTLY;
    }
    return checked.faults > 0 ? TOLD : HARMLESS;
}

/* ---- the house ---- */

static void volume_path(uint32_t volume, char path[SCRATCH_MAX + 48])
{
    snprintf(path, SCRATCH_MAX + 48, "%s/journal/%06u/data.mdb", house.dir, volume + 1);
}

static void volume_write(uint32_t volume)
{
    char path[SCRATCH_MAX + 48];
    volume_path(volume, path);
    int fd = open(path, O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, house.file[volume], house.len[volume]), house.len[volume]);
    close(fd);
}

/* As before the turns that were appended, which may have begun volumes. */
static void house_restore(void)
{
    char path[SCRATCH_MAX + 48];
    for (uint32_t volume = house.volumes; volume < house.volumes + 4; volume++) {
        volume_path(volume, path);
        if (unlink(path) != 0)
            break;
        memcpy(strrchr(path, '/'), "/lock.mdb", 10);
        unlink(path);
        *strrchr(path, '/') = '\0';
        assert_int_equal(rmdir(path), 0);
    }
    volume_write(house.volumes - 1);
}

static int house_open(void **state)
{
    (void)state;
    char path[SCRATCH_MAX + 48];
    struct journal *journal;
    struct stat about;
    bool agree;
    scratch_make(house.dir);
    chain_make(house.dir, VOLUME_BYTES);
    chain_expect(house.dir, false);
    for (volume_path(0, path); stat(path, &about) == 0; volume_path(house.volumes, path)) {
        uint32_t volume = house.volumes++;
        assert_true(volume < VOLUMES);
        house.len[volume] = (size_t)about.st_size;
        house.file[volume] = malloc(house.len[volume]);
        int fd = open(path, O_RDONLY);
        assert_int_equal(read(fd, house.file[volume], house.len[volume]), about.st_size);
        close(fd);
    }
    assert_int_equal(journal_at(&journal), 0);
    assert_int_equal(journal_take(journal, &house.truth, &agree, NULL), 0);
    assert_int_equal(house.truth.head, chain_head());
    journal_close(journal);
    house.dice = 20261123;
    return 0;
}

static int house_close(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < house.volumes; i++)
        free(house.file[i]);
    scratch_remove(house.dir);
    return 0;
}

/* ---- flips ---- */

static size_t pages_total(void)
{
    size_t pages = 0;
    for (uint32_t i = 0; i < house.volumes; i++)
        pages += house.len[i] / PAGE;
    return pages;
}

/* Page after page, each in turn: in its header, in its offsets, in its rows, anywhere. */
static void place_choose(uint32_t number, uint32_t *ret_volume, size_t *ret_byte)
{
    static const struct {
        uint32_t from, len;
    } parts[] = {{0, 16}, {16, 120}, {16, 48}, {PAGE - 700, 700}, {0, PAGE}};
    size_t pages = pages_total(), page = number % pages;
    uint32_t part = (uint32_t)(number / pages) % 5u;
    *ret_volume = 0;
    while (page >= house.len[*ret_volume] / PAGE)
        page -= house.len[(*ret_volume)++] / PAGE;
    *ret_byte = page * PAGE + parts[part].from + draw(&house.dice, parts[part].len);
}

static enum finding flip(uint32_t volume, size_t byte, uint32_t bit, bool goes_on)
{
    int finding;
    house.file[volume][byte] ^= (uint8_t)(1u << bit);
    volume_write(volume);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        int nowhere = open("/dev/null", O_WRONLY);
        if (!getenv("FLIP"))
            dup2(nowhere, STDERR_FILENO); /* the journal tells of damage: all day long here */
        _exit(flip_judge(volume, goes_on));
    }
    assert_int_equal(waitpid(child, &finding, 0), child);
    house.file[volume][byte] ^= (uint8_t)(1u << bit);
    volume_write(volume);
    house_restore();
    const char *where = "page %zu, %zu within it, again: FLIP=%u:%zu:%u\n";
    if (!WIFEXITED(finding) || WEXITSTATUS(finding) >= FINDINGS) {
        print_error(where, byte / PAGE, byte % PAGE, volume + 1, byte, bit);
        fail_msg("died of signal %d", WTERMSIG(finding));
    }
    if (WEXITSTATUS(finding) > TOLD) {
        static const char *const names[FINDINGS] = {"", "", "served wrong", "lost silently", "named wrong"};
        print_error("%s: ", names[WEXITSTATUS(finding)]);
        print_error(where, byte / PAGE, byte % PAGE, volume + 1, byte, bit);
    }
    return WEXITSTATUS(finding);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void a_flipped_bit_is_told_or_costs_nothing(void **state)
{
    (void)state;
    const char *asked = getenv("FLIPS"), *again = getenv("FLIP");
    uint32_t only_volume, only_bit;
    size_t only_byte;
    if (again && sscanf(again, "%u:%zu:%u", &only_volume, &only_byte, &only_bit) == 3) {
        assert_in_range(flip(only_volume - 1, only_byte, only_bit, true), HARMLESS, TOLD);
        return;
    }
    uint32_t flips = asked ? (uint32_t)strtoul(asked, NULL, 10) : FLIPS_DEFAULT, count[FINDINGS] = {0};
    double begin = seconds_now();
    for (uint32_t i = 0; i < flips; i++) {
        uint32_t volume;
        size_t byte;
        place_choose(i, &volume, &byte);
        count[flip(volume, byte, draw(&house.dice, 8), i % 4 == 0)]++;
    }
    printf("{\"flips\":%u,\"pages\":%zu,\"reported\":%u,\"harmless\":%u,\"served\":%u,\"silent\":%u,\"misnamed\":%u,"
           "\"seconds\":%.1f}\n",
           flips, pages_total(), count[TOLD], count[HARMLESS], count[SERVED_WRONG], count[LOST_SILENTLY],
           count[NAMED_WRONG], seconds_now() - begin);
    fflush(stdout);
    assert_int_equal(count[TOLD] + count[HARMLESS], flips);
    assert_true(count[TOLD] > flips / 10);
    assert_true(count[HARMLESS] > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_flipped_bit_is_told_or_costs_nothing)};
    return cmocka_run_group_tests(tests, house_open, house_close);
}

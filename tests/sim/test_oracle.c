/*
 * test_oracle.c - random tales, folded by the worker's fold and recounted by the oracle: after each entry both say the same, and
 * the oracle knows each consequence.
 *
 * MANYI_ORACLE_TALES=FIRST..LAST tells other ones than CI does, MANYI_ORACLE_EVENTS how long they are; MANYI_ORACLE_TRACE=1
 * prints what happens, MANYI_ORACLE_SHOW=C-41 a case's row after each entry, MANYI_ORACLE_ALL=1 compares everything each time.
 */
#include "core/rfc3339.h"
#include "core/status.h"
#include "io/json.h"
#include "io/store_sim.h"
#include "tests/sim/oracle.h"
#include "tests/support/tale.h"
#include "workers/fold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MONDAY_MS 1795392000000ll
#define DAY_MS (24 * 3600 * 1000ll)
#define DIR "/oracle"
#define LINEAGE "0123456789abcdef0123456789abcdef"
#define ENTRIES_MAX 400000u

struct kept {
    struct entry entry;
    uint8_t *bytes;
};

struct telling {
    struct tale tale;
    struct fold *fold;
    struct oracle *oracle;
    struct kept *kept; /* entries by seq */
    uint64_t head;
    uint64_t outside; /* last outside entry */
    uint64_t left;    /* notices to go until the one that is picked */
    char notice[CASE_ID_MAX];
};

/* ---- the journal ---- */

static void keep(struct telling *telling, enum record_class class, const struct entry *entry)
{
    struct kept *kept = &telling->kept[entry->seq];
    assert_true(entry->seq < ENTRIES_MAX);
    kept->bytes = malloc(entry->event.len);
    assert_non_null(kept->bytes);
    memcpy(kept->bytes, entry->event.at, entry->event.len);
    kept->entry = *entry;
    kept->entry.event = span_make(kept->bytes, entry->event.len);
    oracle_entry(telling->oracle, class, &kept->entry);
}

/* What the fold says goes into the journal, as intake puts it there. */
static void keep_consequences(struct telling *telling)
{
    const struct consequences *said = &telling->fold->consequences;
    char message[ORACLE_MESSAGE_MAX] = "";
    for (uint32_t i = 0; i < said->cause_count; i++) {
        const struct spoken_cause *cause = &said->cause[i];
        struct wire_reader reader = wire_reader(span_make(said->bytes + cause->offset, cause->len));
        for (uint32_t n = 0; n < cause->count; n++) {
            struct wire_value value;
            assert_int_equal(wire_read(&reader, &value), 0);
            assert_int_equal(value.kind, WIRE_BIN);
            const struct entry entry = {.seq = ++telling->head,
                                        .at_ms = telling->tale.now_ms,
                                        .session = 1,
                                        .sequence = cause->seq,
                                        .step = cause->step,
                                        .event = value.bytes};
            keep(telling, RECORD_CONSEQUENCE, &entry);
            if (!oracle_knows(telling->oracle, &entry, message))
                fail_msg("by entry %llu: %s", (unsigned long long)telling->outside, message);
        }
    }
}

/* ---- comparing ---- */

static void agree(struct telling *telling, bool all)
{
    char message[ORACLE_MESSAGE_MAX] = "";
    struct store_txn *txn;
    assert_int_equal(store_begin(telling->fold->store, false, &txn), 0);
    bool agrees = oracle_agrees(telling->oracle, txn, all, message);
    store_abort(txn);
    if (!agrees)
        fail_msg("after entry %llu: %s", (unsigned long long)telling->outside, message);
}

static void print_case(struct telling *telling, const char *id)
{
    struct store_txn *txn;
    struct case_key key;
    struct span row;
    if (!id || case_key_of_id(span_of(id), &key) != 0)
        return;
    assert_int_equal(store_begin(telling->fold->store, false, &txn), 0);
    if (store_get(txn, STATE_CASES, case_key_span(&key), &row) == 0) {
        printf("    ");
        json_print(stdout, span_make(row.at + 1, row.len - 1)); /* behind its version */
        printf("\n");
    }
    store_abort(txn);
}

static void print_event(const struct telling *telling, struct span event)
{
    char at[RFC3339_LEN + 1];
    rfc3339_format(telling->tale.now_ms, at);
    printf("%llu %s ", (unsigned long long)telling->outside, at);
    json_print(stdout, event);
    printf("\n");
}

/* ---- telling ---- */

/* One outside entry: into the journal, through fold and oracle, and compared. */
static void tell(struct telling *telling, struct span event)
{
    const struct entry entry = {.seq = ++telling->head, .at_ms = telling->tale.now_ms, .event = event};
    struct original original = {0};
    const struct original *given = NULL;
    telling->outside = entry.seq;
    if (getenv("MANYI_ORACLE_TRACE"))
        print_event(telling, event);
    keep(telling, RECORD_OUTSIDE, &entry);
    int result = FOLD_PAUSES;
    while (result != FOLD_DONE) {
        assert_int_equal(fold_begin(telling->fold, LINEAGE), 0);
        result = fold_entry(telling->fold, &telling->kept[entry.seq].entry, given);
        assert_true(result >= 0);
        if (result == FOLD_WANTS) {
            original.seq = telling->fold->wanted_seq;
            bool there = original.seq && original.seq <= telling->head;
            original.entry = there ? &telling->kept[original.seq].entry : NULL;
            given = &original;
        }
        keep_consequences(telling);
        assert_int_equal(fold_commit(telling->fold), 0);
        consequences_clear(&telling->fold->consequences);
    }
    print_case(telling, getenv("MANYI_ORACLE_SHOW"));
    agree(telling, getenv("MANYI_ORACLE_ALL") != NULL);
    telling->tale.wake_ms = fold_wake_at(telling->fold);
    telling->tale.head = telling->head;
}

static uint64_t publish(void *context, enum event_type type, const char *source, const char *id, const char *subject,
                        int64_t time_ms, const void *data)
{
    static uint8_t buffer[SYSTEM_EVENT_MAX];
    struct telling *telling = context;
    struct wire_writer writer;
    const struct event_draft draft = {
        .id = span_of(id),
        .source = span_of(source),
        .subject = span_of(subject),
        .type = type,
        .time_ms = time_ms,
        .data = data,
    };
    wire_writer_init(&writer, buffer, sizeof buffer);
    event_encode(&draft, &writer);
    assert_false(writer.full);
    tell(telling, wire_written(&writer));
    return telling->outside;
}

static int notice_count(void *context, const char *id)
{
    struct telling *telling = context;
    (void)id;
    telling->left++;
    return 0;
}

static int notice_take(void *context, const char *id)
{
    struct telling *telling = context;
    snprintf(telling->notice, sizeof telling->notice, "%s", id);
    return --telling->left == 0;
}

/* One of the newest eight, mostly. */
static const char *notice(void *context, struct dice *dice)
{
    struct telling *telling = context;
    telling->left = 0;
    oracle_notices(telling->oracle, notice_count, telling);
    uint64_t count = telling->left;
    if (count == 0)
        return NULL;
    int64_t least = count > 8 && dice_chance(dice, 3, 4) ? (int64_t)count - 8 : 1;
    telling->left = (uint64_t)dice_between(dice, least, (int64_t)count);
    oracle_notices(telling->oracle, notice_take, telling);
    return telling->notice;
}

static void tell_tale(uint64_t seed, uint32_t events)
{
    struct telling *telling = calloc(1, sizeof *telling);
    assert_non_null(telling);
    telling->kept = calloc(ENTRIES_MAX, sizeof *telling->kept);
    assert_non_null(telling->kept);
    struct tale *tale = &telling->tale;
    tale->dice = dice_of(seed, "tale");
    tale->now_ms = MONDAY_MS + dice_between(&tale->dice, 0, 3 * DAY_MS);
    tale->publish = publish;
    tale->notice = notice;
    tale->context = telling;
    store_sim_forget(DIR "/state");
    assert_int_equal(fold_open(DIR, &telling->fold), 0);
    assert_int_equal(oracle_open(&telling->oracle), 0);
    tale_adopt(tale, false);
    for (uint32_t i = 0; i < events; i++)
        tale_step(tale);
    agree(telling, true);
    fold_close(telling->fold);
    oracle_close(telling->oracle);
    for (uint64_t seq = 0; seq <= telling->head; seq++)
        free(telling->kept[seq].bytes);
    free(telling->kept);
    free(telling);
}

static void random_tales_are_folded_as_the_oracle_recounts_them(void **state)
{
    (void)state;
    const char *range = getenv("MANYI_ORACLE_TALES");
    const char *events = getenv("MANYI_ORACLE_EVENTS");
    unsigned long long first = 1, last = 20;
    if (range && sscanf(range, "%llu..%llu", &first, &last) == 1)
        last = first;
    for (unsigned long long seed = first; seed <= last; seed++) {
        if (range)
            printf("tale %llu\n", seed);
        tell_tale(seed, events ? (uint32_t)strtoul(events, NULL, 10) : 200);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_tales_are_folded_as_the_oracle_recounts_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * showroom.c - see showroom.h.
 */
#include "tests/support/showroom.h"
#include "core/status.h"
#include "workers/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define CALM_ROUNDS 4 /* in a row without anything to do */
#define ROUNDS_MAX 4000

void showroom_worker_start(struct showroom *showroom)
{
    assert_int_equal(worker_open(&showroom->desk.setup, &showroom->worker), 0);
}

void showroom_worker_stop(struct showroom *showroom)
{
    worker_close(showroom->worker);
    showroom->worker = NULL;
}

void showroom_open(struct showroom *showroom)
{
    memset(showroom, 0, sizeof *showroom);
    desk_open(&showroom->desk);
    snprintf(showroom->desk.setup.query_endpoint, ENDPOINT_MAX, "inproc://query");
    const struct port_options options = {.kind = PORT_DEALER, .endpoint = "inproc://query"};
    assert_int_equal(port_open(showroom->desk.setup.bus, &options, &showroom->asker), 0);
    showroom_worker_start(showroom);
    showroom_turn(showroom);
}

void showroom_close(struct showroom *showroom)
{
    showroom_worker_stop(showroom);
    port_close(showroom->asker);
    desk_close(&showroom->desk);
}

void showroom_turn(struct showroom *showroom)
{
    int calm = 0;
    for (int i = 0; calm < CALM_ROUNDS; i++) {
        assert_true(i < ROUNDS_MAX);
        int64_t wait_ms = 1;
        uint64_t head = journal_head(showroom->desk.journal);
        if (showroom->worker)
            assert_int_equal(worker_turn(showroom->worker, clock_read(showroom->desk.setup.clock), &wait_ms), 0);
        assert_int_equal(desk_turn(&showroom->desk), 0);
        calm = wait_ms != 0 && head == journal_head(showroom->desk.journal) ? calm + 1 : 0;
    }
}

void showroom_pass(struct showroom *showroom, int64_t ms)
{
    desk_pass(&showroom->desk, ms);
    showroom_turn(showroom);
}

/* ---- publishing ---- */

static uint64_t publish(struct showroom *showroom, struct port *port, const struct event_draft *draft)
{
    uint8_t buffer[EVENT_MAX];
    struct wire_writer writer;
    struct put_draft put;
    wire_writer_init(&writer, buffer, sizeof buffer);
    event_encode(draft, &writer);
    assert_false(writer.full);
    draft_begin(&put, &showroom->desk, 1, NULL, 0, 0);
    draft_event(&put, wire_written(&writer), true);
    struct ack_reply ack = desk_acked(desk_ask(&showroom->desk, port, "PUT", draft_end(&put)));
    assert_int_equal(ack.count, 1);
    return (uint64_t)ack.first;
}

uint64_t showroom_publish_as(struct showroom *showroom, const char *source, const char *id, enum event_type type,
                             const char *subject, int64_t time_ms, const void *data)
{
    const struct event_draft draft = {
        .id = span_of(id),
        .source = span_of(source),
        .subject = span_of(subject),
        .type = type,
        .time_ms = time_ms,
        .data = data,
    };
    return publish(showroom, showroom->desk.peer, &draft);
}

uint64_t showroom_publish_inner(struct showroom *showroom, enum event_type type, const void *data)
{
    const struct event_draft draft = {
        .id = span_of("inner-1"), .source = span_of("/manyi/worker"), .type = type, .data = data};
    return publish(showroom, showroom->desk.worker, &draft);
}

uint64_t showroom_publish(struct showroom *showroom, enum event_type type, const char *subject, int64_t time_ms,
                          const void *data)
{
    char id[32];
    snprintf(id, sizeof id, "e-%llu", (unsigned long long)++showroom->events);
    return showroom_publish_as(showroom, "/stores/sh-pudong", id, type, subject, time_ms, data);
}

struct complained showroom_complaint(const char *customer, const char *visit)
{
    struct complained fact = {0};
    SET(&fact, complained, store, span_of("sh-pudong"));
    SET(&fact, complained, department, span_of("service"));
    SET(&fact, complained, channel, channel_is_phone);
    SET(&fact, complained, category, category_is_workmanship);
    SET(&fact, complained, text, span_of("the brakes squeal"));
    if (customer)
        SET(&fact, complained, customer, span_of(customer));
    if (visit)
        SET(&fact, complained, visit, span_of(visit));
    return fact;
}

uint64_t showroom_complain(struct showroom *showroom, const char *customer, const char *visit)
{
    struct complained fact = showroom_complaint(customer, visit);
    uint64_t seq = showroom_publish(showroom, EVENT_feedback_complained, NULL, 0, &fact);
    showroom_turn(showroom);
    return seq;
}

struct rated showroom_rating(const char *visit, int32_t overall)
{
    struct rated fact = {0};
    SET(&fact, rated, store, span_of("sh-pudong"));
    SET(&fact, rated, department, span_of("service"));
    SET(&fact, rated, channel, channel_is_kiosk);
    SET(&fact, rated, overall, overall);
    if (visit)
        SET(&fact, rated, visit, span_of(visit));
    return fact;
}

uint64_t showroom_decide(struct showroom *showroom, enum event_type type, const char *subject, const char *by)
{
    struct decided decided = {0};
    SET(&decided, decided, by, span_of(by));
    uint64_t seq = showroom_publish(showroom, type, subject, 0, &decided);
    showroom_turn(showroom);
    return seq;
}

int showroom_decide_seen(struct showroom *showroom, enum event_type type, const char *subject, uint64_t if_seq,
                         const void *data)
{
    char id[32];
    snprintf(id, sizeof id, "e-%llu", (unsigned long long)++showroom->events);
    const struct event_draft draft = {
        .id = span_of(id),
        .source = span_of("/stores/sh-pudong"),
        .subject = span_of(subject),
        .type = type,
        .if_seq = (int64_t)if_seq,
        .data = data,
    };
    uint64_t seq = publish(showroom, showroom->desk.peer, &draft);
    showroom_turn(showroom);
    return showroom_outcome(showroom, seq);
}

/* ---- asking ---- */

void showroom_ask(struct showroom *showroom, const struct get_request *request, struct rows_reply *ret_rows)
{
    uint8_t buffer[2048];
    struct wire_writer writer;
    struct reply reply;
    wire_writer_init(&writer, buffer, sizeof buffer);
    record_encode(&record_of_get_request, request, ENCODE_EVENT, &writer);
    desk_send(showroom->asker, "GET", wire_written(&writer));
    showroom_turn(showroom);
    assert_true(desk_receive(&showroom->desk, showroom->asker, &reply));
    if (strcmp(reply.verb, "ROWS") != 0) {
        struct nak_reply nak;
        desk_decode(reply.body, &record_of_nak_reply, &nak);
        fail_msg("%.*s %.*s", SPAN_ARGS(nak.code), SPAN_ARGS(nak.message));
    }
    desk_decode(reply.body, &record_of_rows_reply, ret_rows);
}

struct span showroom_get(struct showroom *showroom, const struct get_request *request, uint32_t count)
{
    struct rows_reply rows;
    struct wire_value header;
    showroom_ask(showroom, request, &rows);
    struct wire_reader reader = wire_reader(rows.rows);
    assert_int_equal(wire_read(&reader, &header), 0);
    assert_int_equal(header.count, count);
    return span_make(reader.at, (size_t)(reader.end - reader.at));
}

void showroom_card(struct showroom *showroom, const char *what, const char *id, void *ret_card)
{
    struct get_request request = {0};
    SET(&request, get_request, what, span_of(what));
    SET(&request, get_request, id, span_of(id));
    struct span row = showroom_get(showroom, &request, 1);
    desk_decode(row, record_table(what), ret_card);
}

int showroom_outcome(struct showroom *showroom, uint64_t seq)
{
    struct get_request request = {0};
    struct wire_value code;
    struct span bytes;
    SET(&request, get_request, what, span_of("outcome"));
    SET(&request, get_request, seq, (int64_t)seq);
    struct span row = showroom_get(showroom, &request, 1);
    assert_int_equal(wire_find(row, "code", &code, &bytes), 0);
    if (code.kind == WIRE_NIL)
        return 0;
    int number = 0;
    for (size_t i = 1; i < code.bytes.len; i++)
        number = number * 10 + (code.bytes.at[i] - '0');
    return -number;
}

/* ---- what was said ---- */

typedef void entry_visit(void *context, const struct entry *entry);

static void journal_walk(struct showroom *showroom, uint32_t class_mask, entry_visit *visit, void *context)
{
    struct journal_reader *reader;
    struct journal_read *read = calloc(1, sizeof *read);
    assert_non_null(read);
    read->capacity = FETCH_BYTES_MAX;
    read->buffer = malloc(read->capacity);
    assert_non_null(read->buffer);
    read->class_mask = class_mask;
    assert_int_equal(journal_reader_open(showroom->desk.journal, &reader), 0);
    while (read->after < journal_head(showroom->desk.journal)) {
        assert_int_equal(journal_read(reader, read), 0);
        for (uint32_t i = 0; i < read->count; i++) {
            struct record record;
            struct record_cursor cursor = {0};
            struct entry entry;
            assert_int_equal(record_open(read->records[i], &record), 0);
            while (record_next(&record, &cursor, &entry) == 0)
                visit(context, &entry);
        }
        assert_true(read->upto > read->after);
        read->after = read->upto;
    }
    journal_reader_close(reader);
    free(read->buffer);
    free(read);
}

/* Bytes that grow by doubling. */
struct text {
    uint8_t *at;
    size_t len;
    size_t capacity;
};

static void text_add(struct text *text, struct span more)
{
    while (text->len + more.len + 1 > text->capacity) {
        text->capacity = text->capacity ? 2 * text->capacity : 64 * KIB;
        text->at = realloc(text->at, text->capacity);
        assert_non_null(text->at);
    }
    if (more.len)
        memcpy(text->at + text->len, more.at, more.len);
    text->len += more.len;
    text->at[text->len] = '\0';
}

static void decode(const struct entry *entry, struct event *ret_event)
{
    struct flaw flaw = {0};
    if (event_decode(entry->event, ret_event, &flaw) < 0)
        fail_msg("%s %s", flaw.field, flaw.message);
}

struct count {
    const char *type;
    const char *subject;
    uint32_t count;
};

static void count_add(void *context, const struct entry *entry)
{
    struct count *count = context;
    struct event event;
    decode(entry, &event);
    count->count +=
        span_is(event.type_name, count->type) && (count->subject[0] == '\0' || span_is(event.subject, count->subject));
}

uint32_t showroom_count(struct showroom *showroom, const char *type, const char *subject)
{
    struct count count = {type, subject, 0};
    journal_walk(showroom, 1u << RECORD_CONSEQUENCE, count_add, &count);
    return count.count;
}

struct causes {
    const char *type;
    uint64_t seq;
    uint32_t step;
    uint32_t count; /* of this cause */
    uint32_t most;
    uint32_t causes;
};

static void cause_add(void *context, const struct entry *entry)
{
    struct causes *causes = context;
    struct event event;
    decode(entry, &event);
    if (!span_is(event.type_name, causes->type))
        return;
    if (causes->count == 0 || entry->sequence != causes->seq || entry->step != causes->step) {
        causes->causes++;
        causes->count = 0;
    }
    causes->seq = entry->sequence;
    causes->step = entry->step;
    causes->count++;
    causes->most = causes->count > causes->most ? causes->count : causes->most;
}

uint32_t showroom_most_of_a_cause(struct showroom *showroom, const char *type, uint32_t *ret_causes)
{
    struct causes causes = {.type = type};
    journal_walk(showroom, 1u << RECORD_CONSEQUENCE, cause_add, &causes);
    *ret_causes = causes.causes;
    return causes.most;
}

static void id_add(void *context, const struct entry *entry)
{
    char line[128];
    struct text *ids = context;
    struct event event;
    decode(entry, &event);
    snprintf(line, sizeof line, "\n%.*s\n", SPAN_ARGS(event.id));
    assert_null(strstr((const char *)ids->at, line));
    text_add(ids, span_of(line));
    char cause[64];
    int len = snprintf(cause, sizeof cause, "%llu-%u-", (unsigned long long)entry->sequence, entry->step);
    assert_memory_equal(event.id.at, cause, (size_t)len);
}

void showroom_nothing_twice(struct showroom *showroom)
{
    struct text ids = {0};
    text_add(&ids, span_of(""));
    journal_walk(showroom, 1u << RECORD_CONSEQUENCE, id_add, &ids);
    free(ids.at);
}

/* ---- state ---- */

/* A line for each, so that a key and a value can't be taken for each other. */
static void line_add(struct text *text, struct span line)
{
    text_add(text, line);
    text_add(text, span_of("\n"));
}

static void entry_add(void *context, const struct entry *entry)
{
    uint64_t figures[] = {entry->seq, (uint64_t)entry->at_ms, entry->session, entry->sequence, entry->step};
    line_add(context, span_make(figures, sizeof figures));
    line_add(context, entry->event);
}

uint8_t *showroom_journal(struct showroom *showroom, size_t *ret_len)
{
    struct text text = {0};
    journal_walk(showroom, 1u << RECORD_OUTSIDE | 1u << RECORD_CONSEQUENCE, entry_add, &text);
    *ret_len = text.len;
    return text.at;
}

uint8_t *state_rows(const char *dir, size_t *ret_len)
{
    struct store *store;
    struct store_txn *txn;
    struct text text = {0};
    assert_int_equal(state_open(dir, true, &store), 0);
    assert_int_equal(store_begin(store, false, &txn), 0);
    for (uint32_t table = 0; table < STATE_TABLES; table++) {
        struct store_cursor *cursor;
        struct span key, value;
        line_add(&text, span_of(state_table_name(table)));
        assert_int_equal(store_cursor_open(txn, table, &cursor), 0);
        int result = store_seek(cursor, (struct span){0}, &key, &value);
        for (; result == 0; result = store_next(cursor, &key, &value)) {
            line_add(&text, key);
            line_add(&text, value);
        }
        assert_int_equal(result, -E_NOT_FOUND);
        store_cursor_close(cursor);
    }
    store_abort(txn);
    store_close(store);
    *ret_len = text.len;
    return text.at;
}

static void state_is_sound(const char *dir, uint64_t head)
{
    static struct verified verified;
    assert_int_equal(state_verify(dir, head, &verified), 0);
    if (verified.violations)
        fail_msg("%s", verified.violation[0]);
}

void showroom_verify(struct showroom *showroom)
{
    showroom_worker_stop(showroom);
    state_is_sound(showroom->desk.setup.dir, journal_head(showroom->desk.journal));
    showroom_worker_start(showroom);
    showroom_turn(showroom);
}

void showroom_rebuild_is_equal(struct showroom *showroom, const char *dir)
{
    size_t lived_len, rebuilt_len;
    char own[ENDPOINT_MAX];
    showroom_worker_stop(showroom);
    uint8_t *lived = state_rows(showroom->desk.setup.dir, &lived_len);
    memcpy(own, showroom->desk.setup.dir, sizeof own);
    snprintf(showroom->desk.setup.dir, ENDPOINT_MAX, "%s", dir);
    uint64_t head = journal_head(showroom->desk.journal);
    showroom_worker_start(showroom);
    showroom_turn(showroom);
    showroom_worker_stop(showroom);
    assert_int_equal(journal_head(showroom->desk.journal), head); /* it was silent */
    state_is_sound(dir, head);
    uint8_t *rebuilt = state_rows(dir, &rebuilt_len);
    memcpy(showroom->desk.setup.dir, own, sizeof own);
    assert_int_equal(lived_len, rebuilt_len);
    assert_memory_equal(lived, rebuilt, lived_len);
    free(lived);
    free(rebuilt);
    showroom_worker_start(showroom);
    showroom_turn(showroom);
}

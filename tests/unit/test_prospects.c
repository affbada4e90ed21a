/*
 * test_prospects.c - what is told beforehand is what happens: for hundreds of cases, people and decisions of any kind, "allowed" and
 * the reason's code agree with what becomes of the decision when it is sent.
 */
#include "core/rfc3339.h"
#include "core/status.h"
#include "tests/support/showroom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define MINUTES(n) ((n)*60 * 1000ll)
#define HOURS(n) (60 * MINUTES(n))
#define ROUNDS 900
#define CASES_MAX 400

static struct showroom showroom;
static uint64_t dice;
static char cases[CASES_MAX][CASE_ID_MAX];
static uint32_t cases_count;

static const char *const people[] = {"li.na", "wang.li", "chen.jing", "zhao.min"};

/* SplitMix64 (Steele, Lea, Flood 2014) */
static int64_t between(int64_t least, int64_t most)
{
    uint64_t z = dice += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return least + (int64_t)((z ^ z >> 31) % (uint64_t)(most - least + 1));
}

static int64_t now_ms(void)
{
    return clock_read(showroom.desk.setup.clock).wall_ms;
}

/* ---- what is told beforehand ---- */

struct told {
    enum event_type type;
    bool allowed;
    char code[16];
    char grade[16], department[NAME_MAX_BYTES + 1]; /* of the card */
    int64_t due_ms;
};

static bool text_find(struct span map, const char *key, char *ret_text, size_t size)
{
    struct wire_value value;
    struct span bytes;
    ret_text[0] = '\0';
    if (wire_find(map, key, &value, &bytes) < 0 || value.kind != WIRE_STR)
        return false;
    snprintf(ret_text, size, "%.*s", SPAN_ARGS(value.bytes));
    return true;
}

/* A row of the decisions about a case, as this person; any of them. */
static struct told told_any(const char *id, const char *by)
{
    struct get_request request = {0};
    struct rows_reply rows;
    struct wire_value header, allowed;
    struct span row, bytes;
    struct told told = {0};
    char type[NAME_MAX_BYTES + 1];
    SET(&request, get_request, what, span_of("decisions"));
    SET(&request, get_request, id, span_of(id));
    SET(&request, get_request, by, span_of(by));
    showroom_ask(&showroom, &request, &rows);
    struct wire_reader reader = wire_reader(rows.rows);
    assert_int_equal(wire_read(&reader, &header), 0);
    assert_true(header.count > 0);
    int64_t chosen = between(0, header.count - 1);
    for (int64_t i = 0; i <= chosen; i++)
        assert_int_equal(wire_skip(&reader, 16, &row), 0);
    assert_true(text_find(row, "type", type, sizeof type));
    told.type = event_type_of(span_of(type));
    assert_int_equal(wire_find(row, "allowed", &allowed, &bytes), 0);
    told.allowed = allowed.truth;
    assert_int_equal(text_find(row, "code", told.code, sizeof told.code), !told.allowed);
    return told;
}

/* What the card says, as far as a decision that makes sense has to know it. */
static void card_look(const char *id, struct told *told)
{
    static const char *const whats[128] = {['C'] = "complaint", ['T'] = "task", ['B'] = "callback"};
    struct get_request request = {0};
    char due[40];
    const char *what = whats[(unsigned char)id[0] & 127];
    told->due_ms = now_ms();
    if (!what)
        return;
    SET(&request, get_request, what, span_of(what));
    SET(&request, get_request, id, span_of(id));
    struct span row = showroom_get(&showroom, &request, 1);
    text_find(row, "grade", told->grade, sizeof told->grade);
    text_find(row, "department", told->department, sizeof told->department);
    if (id[0] == 'T' && text_find(row, "due_at", due, sizeof due))
        assert_int_equal(rfc3339_parse(span_of(due), &told->due_ms), 0);
}

/* ---- a decision that makes sense ---- */

static void fill_complaint(const struct told *told, union event_data *data, char text[32])
{
    switch (told->type) {
    case EVENT_complaint_graded:
        data->graded.grade = strcmp(told->grade, "major") == 0 ? grade_is_general : grade_is_major;
        break;
    case EVENT_complaint_assigned:
        SET(&data->assigned, assigned, handler, span_of(text));
        break;
    case EVENT_complaint_planned:
        data->planned.measure = span_of("new pads");
        break;
    case EVENT_complaint_paused:
        data->paused.reason = pause_reason_is_parts;
        data->paused.until = now_ms() + 2000;
        break;
    case EVENT_complaint_verified:
        SET(&data->complaint_verified, complaint_verified, satisfied, true);
        break;
    case EVENT_complaint_judged:
        data->judged.verdict = verdict_is_upheld;
        SET(&data->judged, judged, staff, ((struct name_list){.count = 1, .item = {span_of("wang.li")}}));
        break;
    case EVENT_complaint_reopened:
        data->reasoned.reason = span_of("it squeals again");
        break;
    case EVENT_complaint_merged:
        snprintf(text, 32, "C-%llu", (unsigned long long)showroom_complain(&showroom, NULL, NULL));
        data->merged.into = span_of(text);
        break;
    case EVENT_complaint_transferred:
        SET(&data->transferred, transferred, department,
            span_of(strcmp(told->department, "sales") == 0 ? "service" : "sales"));
        break;
    default:
        break;
    }
}

static void fill_other(const struct told *told, union event_data *data, const char *text)
{
    int64_t later_ms = (told->due_ms > now_ms() ? told->due_ms : now_ms()) + HOURS(30);
    switch (told->type) {
    case EVENT_task_assigned:
        SET(&data->assigned, assigned, responsible, span_of(text));
        break;
    case EVENT_task_extended:
        data->extended.due = later_ms;
        data->extended.reason = span_of("the part is late");
        break;
    case EVENT_task_verified:
        data->task_verified.effective = between(0, 1) == 0;
        break;
    case EVENT_task_cancelled:
    case EVENT_ledger_waived:
    case EVENT_ledger_reversed:
        data->reasoned.reason = span_of("not this time");
        break;
    case EVENT_callback_rescheduled:
        data->rescheduled.at = now_ms() + HOURS(20);
        break;
    case EVENT_ledger_settled:
        data->ledger_settled.period = span_of("2026-11");
        break;
    case EVENT_appeal_ruled:
    case EVENT_appeal_reviewed:
        data->appeal_ruled.upheld = between(0, 2) == 0;
        data->appeal_ruled.reason = span_of("after hearing both");
        break;
    default:
        break;
    }
}

static int decide(const struct told *told, const char *id, const char *by)
{
    static uint32_t number;
    union event_data data = {0};
    char text[32];
    snprintf(text, sizeof text, "somebody-%u", ++number);
    data.decided.by = span_of(by);
    data.decided.has = 1;
    if (id[0] == 'C')
        fill_complaint(told, &data, text);
    else
        fill_other(told, &data, text);
    return showroom_decide_seen(&showroom, told->type, id, 0, &data);
}

/* ---- the town ---- */

static void case_add(const char *id)
{
    for (uint32_t i = 0; i < cases_count; i++) {
        if (strcmp(cases[i], id) == 0)
            return;
    }
    if (cases_count < CASES_MAX)
        snprintf(cases[cases_count++], sizeof cases[0], "%s", id);
}

static void cases_look(void)
{
    static const char *const whats[] = {"complaints", "escalations", "tasks", "callbacks", "ledger", "appeals"};
    for (size_t i = 0; i < sizeof whats / sizeof whats[0]; i++) {
        struct get_request request = {0};
        struct rows_reply rows;
        struct wire_value header;
        struct span row;
        char id[CASE_ID_MAX];
        SET(&request, get_request, what, span_of(whats[i]));
        SET(&request, get_request, limit, 30);
        showroom_ask(&showroom, &request, &rows);
        struct wire_reader reader = wire_reader(rows.rows);
        assert_int_equal(wire_read(&reader, &header), 0);
        for (uint32_t k = 0; k < header.count; k++) {
            assert_int_equal(wire_skip(&reader, 16, &row), 0);
            assert_true(text_find(row, "id", id, sizeof id));
            case_add(id);
        }
    }
}

/* Something happens to a customer: a complaint about wang.li, a visit and a bad rating of it, praise. */
static void something_happens(uint32_t number)
{
    char visit[32], customer[32];
    snprintf(visit, sizeof visit, "V-%u", number);
    snprintf(customer, sizeof customer, "K-%u", number);
    struct complained complained = showroom_complaint(number % 3 ? customer : NULL, NULL);
    SET(&complained, complained, staff, ((struct name_list){.count = 1, .item = {span_of("wang.li")}}));
    showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &complained);
    struct visit fact = {0};
    SET(&fact, visit, store, span_of("sh-pudong"));
    SET(&fact, visit, department, span_of("sales"));
    SET(&fact, visit, visit, span_of(visit));
    SET(&fact, visit, kind, visit_kind_is_sale);
    SET(&fact, visit, staff, span_of("zhao.min"));
    showroom_publish(&showroom, EVENT_visit_completed, NULL, 0, &fact);
    snprintf(visit, sizeof visit, "R-%u", number);
    struct rated rated = showroom_rating(visit, 2000);
    SET(&rated, rated, staff, span_of("wang.li"));
    uint64_t rating = showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &rated);
    struct praised praised = {.store = span_of("sh-pudong"), .text = span_of("friendly")};
    SET(&praised, praised, staff, ((struct name_list){.count = 1, .item = {span_of(people[number % 4])}}));
    showroom_publish(&showroom, EVENT_feedback_praised, NULL, 0, &praised);
    showroom_turn(&showroom);
    struct appeal_filed filed = {0};
    SET(&filed, appeal_filed, by, span_of("wang.li"));
    SET(&filed, appeal_filed, rating, ((struct reference){.seq = rating}));
    SET(&filed, appeal_filed, ground, appeal_ground_is_other);
    assert_int_equal(showroom_decide_seen(&showroom, EVENT_appeal_filed, NULL, 0, &filed), 0);
}

static void what_is_told_beforehand_is_what_becomes_of_it(void **state)
{
    (void)state;
    uint32_t allowed = 0, refused = 0, letters[128] = {0};
    dice = 7;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        if (round % 60 == 0) {
            something_happens(round / 60);
            something_happens(1000 + round / 60);
            showroom_pass(&showroom, round % 240 == 180 ? HOURS(75) : MINUTES(between(1, 300)));
            cases_look();
        }
        const char *id = cases[between(0, cases_count - 1)];
        const char *by = people[between(0, 3)];
        struct told told = told_any(id, by);
        card_look(id, &told);
        int status = decide(&told, id, by);
        if (told.allowed != (status == 0) || (status && strcmp(status_text(status)->code, told.code) != 0))
            fail_msg("round %u: %s of %s by %s was told as %s, and is %s", round, event_table(told.type)->type, id, by,
                     told.allowed ? "allowed" : told.code, status ? status_text(status)->code : "accepted");
        allowed += told.allowed;
        refused += !told.allowed;
        letters[(unsigned char)id[0] & 127]++;
    }
    assert_true(allowed > ROUNDS / 6);
    assert_true(refused > ROUNDS / 6);
    for (const char *letter = "CETBLA"; *letter; letter++)
        assert_true(letters[(unsigned char)*letter] > 10);
}

static int begin(void **state)
{
    *state = &showroom;
    cases_count = 0;
    return showroom_begin(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_told_beforehand_is_what_becomes_of_it, begin, showroom_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

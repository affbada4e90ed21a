/* Why: steps in words, with the figures of the rulebook that was in force then; a score with its formula filled in. */
#include "core/status.h"
#include "io/policy_file.h"
#include "io/policy_look.h"
#include "tests/support/showroom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define HOUR_MS (3600 * 1000ll)

static struct showroom showroom;

static void adopt(const char *name, int64_t urgent_response_ms)
{
    static struct policy policy;
    static char content[SYSTEM_EVENT_MAX];
    size_t len;
    char hash[33];
    policy_default(&policy);
    snprintf(policy.name, sizeof policy.name, "%s", name);
    policy.grade[grade_is_urgent].clock[clock_kind_is_response].ms = urgent_response_ms;
    assert_int_equal(policy_render(&policy, content, sizeof content, &len, hash), 0);
    struct adopted adopted = {0};
    SET(&adopted, adopted, by, span_of("group"));
    SET(&adopted, adopted, content, span_make(content, len));
    SET(&adopted, adopted, hash, span_of(hash));
    showroom_publish(&showroom, EVENT_policy_adopted, NULL, 0, &adopted);
    showroom_turn(&showroom);
}

/* The rows of a trace, whole. */
static struct span trace_of(const char *id)
{
    struct get_request request = {0};
    struct rows_reply reply;
    SET(&request, get_request, what, span_of("trace"));
    SET(&request, get_request, id, span_of(id));
    showroom_ask(&showroom, &request, &reply);
    return reply.rows;
}

static struct span row_of(struct span rows, const char *type)
{
    struct wire_reader reader = wire_reader(rows);
    struct wire_value header, value;
    struct span row, bytes;
    assert_int_equal(wire_read(&reader, &header), 0);
    for (uint32_t i = 0; i < header.count; i++) {
        assert_int_equal(wire_skip(&reader, 16, &row), 0);
        if (wire_find(row, "type", &value, &bytes) == 0 && span_is(value.bytes, type))
            return row;
    }
    fail_msg("no step of type %s", type);
    return row;
}

static const char *text_at(struct span map, const char *key)
{
    static char text[4][2048];
    static int turn;
    struct wire_value value;
    struct span bytes;
    char *to = text[turn = (turn + 1) % 4];
    assert_int_equal(wire_find(map, key, &value, &bytes), 0);
    assert_int_equal(value.kind, WIRE_STR);
    snprintf(to, sizeof text[0], "%.*s", SPAN_ARGS(value.bytes));
    return to;
}

static struct span map_at(struct span map, const char *key)
{
    struct wire_value value;
    struct span bytes;
    assert_int_equal(wire_find(map, key, &value, &bytes), 0);
    return bytes;
}

/* The figures of one key among a row's rules. */
static const char *figures_of(struct span row, const char *key)
{
    struct wire_reader reader = wire_reader(map_at(row, "rules"));
    struct wire_value header;
    struct span rule;
    assert_int_equal(wire_read(&reader, &header), 0);
    for (uint32_t i = 0; i < header.count; i++) {
        assert_int_equal(wire_skip(&reader, 16, &rule), 0);
        if (strcmp(text_at(rule, "key"), key) == 0)
            return text_at(rule, "figures");
    }
    return NULL;
}

/* Urgent: two hours to answer; half of it after one. Then a rulebook that gives four: the old step keeps its figures. */
static void a_step_tells_the_rulebook_that_was_in_force_then(void **state)
{
    (void)state;
    struct complained fact = showroom_complaint(NULL, NULL);
    SET(&fact, complained, category, category_is_safety);
    uint64_t seq = showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &fact);
    showroom_turn(&showroom);
    showroom_pass(&showroom, HOUR_MS);
    adopt("winter", 4 * HOUR_MS);
    showroom_pass(&showroom, HOUR_MS); /* half of four hours */
    char id[32];
    snprintf(id, sizeof id, "C-%llu", (unsigned long long)seq);
    struct span rows = trace_of(id);
    struct span opened = row_of(rows, "feedback.complained"), half = row_of(rows, "clock.half_used");
    assert_string_equal(text_at(opened, "en"), "opened, urgent");
    assert_string_equal(text_at(opened, "zh"), "立案，重大紧急");
    assert_string_equal(text_at(opened, "case"), id);
    assert_string_equal(text_at(half, "en"), "half of the response clock is used");
    assert_string_equal(figures_of(half, "clocks.urgent.response"), "2 h c");
    assert_null(figures_of(half, "clocks.urgent.plan"));
    assert_string_equal(text_at(map_at(half, "policy"), "name"), "customer-satisfaction");
    struct span reckoned = row_of(rows, "policy.adopted");
    assert_string_equal(text_at(map_at(reckoned, "policy"), "name"), "winter");
    assert_string_equal(text_at(reckoned, "zh"), "按新办法《winter》重新计算");
}

/* A regraded complaint: its clock is ruled by the grade of its time. */
static void a_clock_is_ruled_by_the_grade_of_its_time(void **state)
{
    (void)state;
    struct complained fact = showroom_complaint(NULL, NULL);
    SET(&fact, complained, category, category_is_safety);
    uint64_t seq = showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &fact);
    showroom_turn(&showroom);
    char id[32];
    snprintf(id, sizeof id, "C-%llu", (unsigned long long)seq);
    struct graded graded = {.by = span_of("wang.li"), .grade = grade_is_general};
    showroom_publish(&showroom, EVENT_complaint_graded, id, 0, &graded);
    showroom_turn(&showroom);
    showroom_decide(&showroom, EVENT_complaint_acknowledged, id, "wang.li");
    struct span rows = trace_of(id);
    assert_string_equal(text_at(row_of(rows, "complaint.graded"), "en"), "graded general by wang.li");
    assert_non_null(figures_of(row_of(rows, "complaint.graded"), "clocks.general"));
    assert_string_equal(figures_of(row_of(rows, "complaint.acknowledged"), "clocks.general.response"), "8 h w");
    assert_non_null(figures_of(row_of(rows, "feedback.complained"), "clocks.urgent"));
}

/* quality 9 and initiation 8, twice: 100 x (20 x 8 + 27 x 9) / 47 = 100 x 403 / 47 = 857.4468. */
static void a_score_fills_its_formula_in(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct rated rating = showroom_rating(NULL, 9000);
        struct dimension_scores scores = {.count = 2};
        scores.item[0] = (struct dimension_score){span_of("initiation"), 8000};
        scores.item[1] = (struct dimension_score){span_of("quality"), 9000};
        SET(&rating, rated, scores, scores);
        showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &rating);
    }
    showroom_turn(&showroom);
    struct span row = row_of(trace_of("S-sh-pudong.service-2026-11"), "score");
    assert_string_equal(
        text_at(row, "en"),
        "2 ratings: 100 x (initiation 20 x 8.000 + quality 27 x 9.000) / 47 = 857.4; 95 % interval 857.4 to "
        "857.4 (Student's t over the ratings' own weighted means); band: insufficient");
    assert_non_null(strstr(text_at(row, "zh"), "证据不足"));
    assert_non_null(strstr(figures_of(row, "departments.service"), "dimension quality, weight 27"));
    assert_string_equal(figures_of(row, "ratings.evidence_rank"), "30");
}

static void what_nobody_rated_has_no_trace(void **state)
{
    (void)state;
    static const char *const ids[] = {
        "S-sh-pudong.sales-2026-11", "S-sh-pudong.service-2025", "S-2026-11", "S-.service-2026",
        "S-sh-pudong.-2026",         "S-sh-pudong.service-",     "S-"};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        uint8_t buffer[512];
        struct get_request request = {0};
        struct wire_writer writer;
        struct reply reply;
        SET(&request, get_request, what, span_of("trace"));
        SET(&request, get_request, id, span_of(ids[i]));
        wire_writer_init(&writer, buffer, sizeof buffer);
        record_encode(&record_of_get_request, &request, ENCODE_EVENT, &writer);
        desk_send(showroom.asker, "GET", wire_written(&writer));
        showroom_turn(&showroom);
        assert_true(desk_receive(&showroom.desk, showroom.asker, &reply));
        desk_refused(reply, -E_NOT_FOUND);
    }
}

/* ---- figures of a document ---- */

static void figures_are_read_out_by_their_keys(void **state)
{
    (void)state;
    static const struct {
        const char *path, *figures;
    } cases[] = {
        {"name", "winter"},
        {"clocks.general.response", "8 h w"},
        {"clocks.general", "response 8 h w, plan 16 h w"},
        {"ladder", "percent 50, level 0; percent 80, level 1"},
        {"departments.sales", "department sales, weights dimension price, weight 20"},
        {"departments.sales.weights.price.weight", "20"},
        {"departments.parts", NULL},
        {"clocks.general.lunch", NULL},
        {"name.first", NULL},
    };
    struct policy_look *look;
    assert_int_equal(policy_look_open(span_of("name: winter\n"
                                              "clocks:\n  general: {response: 8 h w, plan: 16 h w}\n"
                                              "ladder:\n- {percent: 50, level: 0}\n- {percent: 80, level: 1}\n"
                                              "departments:\n- department: sales\n  weights:\n"
                                              "  - {dimension: price, weight: 20}\n"),
                                      &look),
                     0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[128];
        bool found = policy_look_at(look, cases[i].path, text, sizeof text);
        assert_int_equal(found, cases[i].figures != NULL);
        if (found)
            assert_string_equal(text, cases[i].figures);
    }
    char little[5];
    assert_true(policy_look_at(look, "clocks.general.response", little, sizeof little));
    assert_string_equal(little, "8 h ");
    policy_look_close(look);
    assert_int_equal(policy_look_open(span_of("a: [b"), &look), -E_BAD_POLICY);
}

static int begin(void **state)
{
    *state = &showroom;
    return showroom_begin(state);
}

#define STORY(test) cmocka_unit_test_setup_teardown(test, begin, showroom_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_step_tells_the_rulebook_that_was_in_force_then),
        STORY(a_clock_is_ruled_by_the_grade_of_its_time),
        STORY(a_score_fills_its_formula_in),
        STORY(what_nobody_rated_has_no_trace),
        cmocka_unit_test(figures_are_read_out_by_their_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

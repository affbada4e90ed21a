/* A manager's file becomes the policy and back; what is wrong in it is named by line, key and what is allowed. */
#include "core/status.h"
#include "io/policy_file.h"
#include "schemas/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define HOUR (3600 * 1000ll)
#define DAY (24 * HOUR)
#define DOCUMENT_MAX (64 * 1024)

static struct policy policy;
static char message[POLICY_MESSAGE_MAX];
static char rendered[DOCUMENT_MAX];
static char rendered_again[DOCUMENT_MAX];
static char shipped[DOCUMENT_MAX];

static struct span shipped_policy(void)
{
    FILE *file = fopen(MANYI_SOURCE_DIR "/deploy/policy.yaml", "rb");
    assert_non_null(file);
    size_t len = fread(shipped, 1, sizeof shipped, file);
    fclose(file);
    assert_in_range(len, 1000, sizeof shipped - 1);
    return span_make(shipped, len);
}

static void parse(const char *text)
{
    int rc = policy_parse(span_of(text), &policy, message);
    if (rc != 0)
        fail_msg("%s", message);
}

static struct span render(const struct policy *from, char *to)
{
    size_t len = 0;
    char hash[33];
    assert_int_equal(policy_render(from, to, DOCUMENT_MAX, &len, hash), 0);
    return span_make(to, len);
}

/* "daily" is a word of repeats alone; no other time is nothing, and a file that says so is refused by its line and key. */
static void a_time_of_nothing_is_never_called_daily(void **state)
{
    (void)state;
    struct policy rulebook;
    policy_default(&rulebook);
    rulebook.improvement.overdue_again.ms = 0;
    struct span text = render(&rulebook, rendered);
    rendered[text.len] = '\0';
    assert_non_null(strstr(rendered, "overdue_again: 0 d w"));
    assert_int_equal(policy_parse(text, &policy, message), -E_BAD_POLICY);
    assert_non_null(strstr(message, "improvement.overdue_again is \"0 d w\""));
}

static void the_shipped_file_says_what_the_default_rulebook_says(void **state)
{
    (void)state;
    int rc = policy_parse(shipped_policy(), &policy, message);
    if (rc != 0)
        fail_msg("%s", message);
    struct policy rulebook;
    policy_default(&rulebook);
    struct span ours = render(&rulebook, rendered);
    struct span theirs = render(&policy, rendered_again);
    assert_true(span_equal(ours, theirs));
}

/* Figures as DOMAIN's tables have them. */
static void the_figures_are_those_of_the_rulebook(void **state)
{
    (void)state;
    assert_int_equal(policy_parse(shipped_policy(), &policy, message), 0);
    static const struct {
        enum grade grade;
        int64_t hours[4];
        enum time_unit unit[4];
        int64_t repeat_ms;
    } rows[] = {
        {grade_is_general, {8, 16, 24, 24}, {TIME_WORKING, TIME_WORKING, TIME_WORKING, TIME_WALL}, 0},
        {grade_is_serious, {4, 8, 24, 24}, {TIME_WORKING, TIME_WORKING, TIME_WORKING, TIME_WALL}, 0},
        {grade_is_major, {2, 4, 24, 24}, {TIME_WORKING, TIME_WORKING, TIME_WORKING, TIME_WALL}, 7200000},
        {grade_is_urgent, {2, 4, 48, 24}, {TIME_WALL, TIME_WALL, TIME_WALL, TIME_WALL}, 1800000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (uint32_t kind = 0; kind < CLOCKS_OF_GRADE; kind++) {
            assert_int_equal(policy.grade[rows[i].grade].clock[kind].ms, rows[i].hours[kind] * HOUR);
            assert_int_equal(policy.grade[rows[i].grade].clock[kind].unit, rows[i].unit[kind]);
        }
        assert_int_equal(policy.grade[rows[i].grade].repeat.ms, rows[i].repeat_ms);
    }
    assert_int_equal(policy.pause_most.ms, 10 * DAY);
    assert_int_equal(policy.pause_most.unit, TIME_WORKING_DAYS);
    assert_int_equal(policy.claim_major_fen, 1000000);
    assert_int_equal(policy.repeat_minute, 540);
    assert_int_equal(policy.low_rating_thousandths, 6000);
    assert_int_equal(policy.improvement.low_ratings, 3);
    assert_int_equal(policy.improvement.low_within_ms, 30 * DAY);
    assert_int_equal(policy.improvement.due.ms, 30 * DAY);
    assert_int_equal(policy_weight(policy_department(&policy, span_of("service")), span_of("quality")), 27);
    assert_null(policy_department(&policy, span_of("garage")));
}

static void a_key_means_what_its_scale_says(void **state)
{
    (void)state;
    assert_int_equal(policy_parse(shipped_policy(), &policy, message), 0);
    static const struct {
        const char *scale;
        int64_t key;
        enum mapped mapped;
        int32_t thousandths;
    } rows[] = {
        {"huawei-cec", 1, MAPPED_SCORE, 0},       {"huawei-cec", 5, MAPPED_SCORE, 10000},
        {"huawei-cec", 2, MAPPED_SCORE, 2500},    {"huawei-cec", -1, MAPPED_NO_ANSWER, -1},
        {"huawei-cec", -2, MAPPED_NO_ANSWER, -1}, {"huawei-cec", 6, MAPPED_UNKNOWN, -1},
        {"cti-4", 1, MAPPED_SCORE, 10000},        {"cti-4", 2, MAPPED_SCORE, 6670},
        {"cti-4", 3, MAPPED_SCORE, 3330},         {"cti-4", 4, MAPPED_SCORE, 0},
        {"cti-4", 5, MAPPED_UNKNOWN, -1},         {"yeastar", 5, MAPPED_SCORE, 10000},
        {"nobody", 1, MAPPED_UNKNOWN, -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct raw_answer raw = {.key = rows[i].key, .scale = span_of(rows[i].scale)};
        int32_t thousandths = -1;
        assert_int_equal(policy_map(&policy, &raw, &thousandths), rows[i].mapped);
        assert_int_equal(thousandths, rows[i].thousandths);
    }
}

static void what_is_left_out_stays_as_in_the_rulebook(void **state)
{
    (void)state;
    parse("name: north\nclocks:\n  major: {response: 90 min w}\nescalation: {repeat_at: \"08:30\"}\n"
          "complaints: {claim_serious: 99.5}\n");
    assert_string_equal(policy.name, "north");
    assert_int_equal(policy.grade[grade_is_major].clock[clock_kind_is_response].ms, 90 * 60 * 1000);
    assert_int_equal(policy.grade[grade_is_major].clock[clock_kind_is_plan].ms, 4 * HOUR);
    assert_int_equal(policy.repeat_minute, 8 * 60 + 30);
    assert_int_equal(policy.claim_serious_fen, 9950);
    assert_int_equal(policy.claim_major_fen, 1000000);
    assert_int_equal(policy.rung_count, 5);
}

static void a_list_counts_as_a_whole(void **state)
{
    (void)state;
    parse("ladder:\n- {percent: 100, level: 1}\ndepartments:\n- department: sales\n  weights:\n"
          "  - {dimension: price, weight: 1}\n");
    assert_int_equal(policy.rung_count, 1);
    assert_int_equal(policy.department_count, 1);
    assert_int_equal(policy.department[0].dimension_count, 1);
}

static void the_resolved_document_gives_the_same_policy(void **state)
{
    (void)state;
    static const char *const documents[] = {
        "name: north\n",
        "zone: Europe/Berlin\nutc_offset_minutes: 60\n",
        "clocks: {urgent: {response: 1 min c, repeat: 31 min w}}\n",
        "complaints: {claim_major: 99999.99, claim_serious: 0.05, pause_most: 1 h w, fact_age_most: 36 h c}\n",
        "ratings: {low: 6.125, satisfied: 9.5}\n",
        "name: \"a: b # 'c' \\\"d\\\"\"\ndepartments:\n- department: \"- x\"\n  weights:\n"
        "  - {dimension: \"null\", weight: 1}\n",
        "name: 满意\nscore_maps:\n- scale: s\n  keys: [{key: -3, score: 0.001}, {key: 0, score: none}]\n",
    };
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        parse(documents[i]);
        struct policy again;
        struct span text = render(&policy, rendered);
        int rc = policy_parse(text, &again, message);
        if (rc != 0)
            fail_msg("%s", message);
        assert_true(span_equal(render(&again, rendered_again), text));
    }
}

/* b2sum -l 128 of "hello\n" and of nothing. */
static void the_hash_is_blake2b_128(void **state)
{
    (void)state;
    char hash[33];
    policy_hash(span_of("hello\n"), hash);
    assert_string_equal(hash, "ea41b4de6c03f13a95758b28dd75693e");
    policy_hash(span_of(""), hash);
    assert_string_equal(hash, "cae66941d9efbd404e4d88758ea67670");
}

static void a_document_that_does_not_fit_is_not_cut(void **state)
{
    (void)state;
    policy_default(&policy);
    size_t len = 7;
    char hash[33] = "";
    assert_int_equal(policy_render(&policy, rendered, 100, &len, hash), -E_NO_ROOM);
    assert_int_equal(len, 7);
    assert_string_equal(hash, "");
}

/* What a document says wrong, and words that the message must have. */
static const struct {
    const char *text;
    const char *said[3]; /* all of these stand in the message */
} mistakes[] = {
    {"name: a\nclock: {}\n", {"line 2: Unexpected key: clock"}},
    {"clocks:\n  general:\n    respnse: 8 h w\n", {"line 3: Unexpected key: respnse in clocks.general"}},
    {"ladder:\n- {percent: 1, level: 1}\n- {percent: 1, lvl: 1}\n", {"line 3: Unexpected key: lvl in ladder[1]"}},
    {"name: a\nname: b\n", {"already seen: name"}},
    {"name: [a\n", {"line 1: ", " in name"}},
    {"name: a\n\tb: c\n", {"line 2: ", "tab character"}},
    {"name: a\n\nzone: \xff\n", {"line 3: ", "UTF-8"}},
    {"name: a\nzone: b\x01\n", {"line 2: ", "control characters"}},
    {"name: a\nzone: \"As\\0ia\"\n", {"line 2: a text has a NUL in it"}},
    {"name: a\n---\nname: b\n", {"line 2: a second document begins here"}},
    {"name: a\nzone: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n", {"line 2: maps and lists stand too deep"}},
    {"# a list\n- a\n", {"line 2: here a map of keys and values must begin"}},
    {"", {"empty"}},
    {"name: &x a\nzone: *x\n", {"alias"}},
    {"name: \"a\\x01b\"\n", {"line 1: name", "control character"}},
    {"clocks:\n  general: {response: 8 h}\n", {"line 2: clocks.general.response is \"8 h\"", "8 h w"}},
    {"clocks:\n  urgent:\n    plan: 0 h w\n", {"line 3: clocks.urgent.plan"}},
    {"clocks: {general: {plan: 500 d c}}\n", {"clocks.general.plan"}},
    {"clocks: {general: {plan: -4 h c}}\n", {"clocks.general.plan"}},
    {"clocks: {general: {plan: daily}}\n", {"clocks.general.plan"}},
    {"escalation:\n  repeat_at: 9 Uhr\n", {"line 2: escalation.repeat_at", "09:00"}},
    {"escalation: {repeat_at: \"24:00\"}\n", {"escalation.repeat_at"}},
    {"escalation: {repeat_at: \"09:60\"}\n", {"escalation.repeat_at"}},
    {"满满满满满满满满满满满满满满满满满满满满满满满满满满满满满满满满满满满满满满满满满满满满满满满满满满满满满满: 1\n",
     {"line 1: Unexpected key: 满满"}},
    {"escalation: {breach_percent: 99}\n", {"ladder has no rung at 99 %"}},
    {"escalation: {level_most: 5}\n", {"a whole number from 0 to 4"}},
    {"escalation: {level_most: 3}\n", {"ladder[4] has level 4; the highest is 3"}},
    {"escalation: {level_most: 99999999999999999999}\n", {"escalation.level_most"}},
    {"complaints: {card_keep: 30 d w}\n", {"complaints.card_keep", "wall-clock"}},
    {"complaints: {claim_major: 10.005}\n", {"complaints.claim_major", "yuan"}},
    {"complaints:\n  claim_major: 10\n", {"line 2: complaints.claim_major is less than claim_serious"}},
    /* 161 h are more than 20 days of 8 h; 15 days hold (15 - 9) * 5 / 7 = 4 working days */
    {"clocks:\n  general: {resolve: 161 h w}\n",
     {"clocks.general.resolve can take 21 working days, but statutory.refund_finish may be over after 20"}},
    {"clocks:\n  serious: {resolve: 33 h w}\n",
     {"clocks.serious.resolve can take 5 working days, but statutory.deliberate may be over after 4"}},
    {"clocks:\n  major: {plan: 81 h w}\n",
     {"clocks.major.plan can take 11", "statutory.refund_answer may be over after 10"}},
    {"clocks:\n  urgent: {response: 8 d c}\n", {"clocks.urgent.response can take 8", "statutory.regulator_accept"}},
    {"statutory:\n  loaner_warn_day: 6\n", {"line 2: statutory.loaner_warn_day is 6, not before the 6 of loaner_day"}},
    {"statutory: {repair_days_warn: 30}\n",
     {"statutory.repair_days_warn is 30, not before the 30 of repair_days_most"}},
    {"statutory: {deliberate: soon}\n", {"statutory.deliberate is \"soon\""}},
    {"quiet_hours: {from: 25:00}\n", {"quiet_hours.from"}},
    {"ratings: {low: 11}\n", {"ratings.low", "0 to 10"}},
    {"ratings: {low: -1}\n", {"ratings.low"}},
    {"ratings: {evidence_rank: 4}\n", {"ratings.evidence_rank is 4, less than the 5"}},
    {"bands:\n  reward: 90\n", {"bands.neutral begins at 90, not below reward"}},
    {"bands:\n  neutral: 94\n  warning: 94\n", {"line 3: bands.warning begins at 94, not below neutral"}},
    {"bands:\n  penalty: 85\n", {"line 2: bands.penalty begins at 85, not below warning"}},
    {"bands: {reward: 101}\n", {"bands.reward", "from 0 to 100"}},
    {"bands: {reward: 99.5}\n", {"bands.reward", "a whole number"}},
    {"ranking: {sales: -1}\n", {"ranking.sales", "from 0 to 1000"}},
    {"ranking:\n  sales: 0\n  service: 0\n  complaints: 0\n", {"line 2: ranking has only weights of 0"}},
    {"period: {close_day: 29}\n", {"period.close_day", "from 1 to 28"}},
    {"appeals: {file_within: 7}\n", {"appeals.file_within", "8 h w"}},
    {"improvement: {low_ratings: 0}\n", {"improvement.low_ratings", "from 1 to 16"}},
    {"improvement:\n  low_within: 30 d w\n", {"line 2: improvement.low_within", "wall-clock"}},
    {"improvement: {deu: 30 d c}\n", {"line 1: Unexpected key: deu in improvement"}},
    {"drift: {sd: 0}\n", {"drift.sd"}},
    {"drift: {alarm: -5}\n", {"drift.alarm"}},
    {"honesty: {device_customers: 1}\n", {"honesty.device_customers", "from 2 to 8"}},
    {"honesty: {called_months: 13}\n", {"honesty.called_months", "from 1 to 12"}},
    {"measures: {band: \"a\\x01b\"}\n", {"measures.band", "control character"}},
    {"callbacks:\n  sale_day7: {day: 3}\n", {"line 2: callbacks.sale_day7.day is 3, not after the 3"}},
    {"callbacks:\n  repair_day3: {percent: 101}\n", {"line 2: callbacks.repair_day3.percent", "from 0 to 100"}},
    {"callbacks:\n  lapsed: {day: 0}\n", {"line 2: callbacks.lapsed.day is 0", "percent: 0"}},
    {"callbacks:\n  give_up_after: 1 d c\n", {"line 2: callbacks.give_up_after is not longer than overdue_after"}},
    {"callbacks: {tries_most: 0}\n", {"callbacks.tries_most", "from 1 to 100"}},
    {"callbacks: {contact_gap: 30 d w}\n", {"callbacks.contact_gap", "wall-clock"}},
    {"callbacks: {sale_day4: {day: 4}}\n", {"Unexpected key: sale_day4 in callbacks"}},
    {"callbacks: {sampling_key: \"a\\x01b\"}\n", {"callbacks.sampling_key", "control character"}},
    {"zone: Europe/Berlin\n", {"line 1: zone is Europe/Berlin", "utc_offset_minutes"}},
    {"ladder: []\n", {"ladder"}},
    {"ladder:\n- {percent: 50}\n", {"line 2: level is missing in ladder[0]"}},
    {"ladder:\n- {percent: 50, level: 0}\n- {percent: 50, level: 1}\n", {"line 3: ladder[1] has 50 %", "rise"}},
    {"ladder:\n- {percent: 50, level: 1}\n- {percent: 100, level: 1}\n", {"ladder[1] has level 1", "rise"}},
    {"ladder:\n- {percent: 100, level: 9}\n", {"line 2: ladder[0].level", "from 0 to 4"}},
    {"departments:\n- department: a\n  weights:\n  - {dimension: x, weight: -1}\n",
     {"line 4: departments[0].weights[0].weight", "from 0"}},
    {"departments:\n- department: a\n  weights:\n  - {dimension: x, weight: 0}\n",
     {"departments[0] has only weights of 0"}},
    {"departments:\n- department: a\n  weights:\n  - {dimension: x, weight: 1}\n  - {dimension: x, weight: 2}\n",
     {"line 5: departments[0].weights[1] gives x a second time"}},
    {"departments:\n- department: a\n  weights: [{dimension: x, weight: 1}]\n- department: a\n"
     "  weights: [{dimension: x, weight: 1}]\n",
     {"line 4: departments[1] gives a a second time"}},
    {"score_maps:\n- scale: s\n  keys: [{key: 1, score: 10.001}]\n", {"score_maps[0].keys[0].score"}},
    {"score_maps:\n- scale: s\n  keys: [{key: 1, score: none}]\n", {"no key that is an answer"}},
    {"score_maps:\n- scale: s\n  keys: [{key: 1, score: 1}, {key: 1, score: 2}]\n",
     {"line 3: score_maps[0].keys[1] gives key 1 of s a second time"}},
    {"score_maps:\n- scale: s\n  keys: [{key: 1, score: 1}]\n- scale: s\n  keys: [{key: 1, score: 1}]\n",
     {"score_maps[1] gives s a second time"}},
    {"name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n", {"length > 64"}},
};

static void a_mistake_is_named_by_line_and_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        policy_default(&policy);
        struct policy before = policy;
        int rc = policy_parse(span_of(mistakes[i].text), &policy, message);
        if (rc != -E_BAD_POLICY)
            fail_msg("accepted: %s", mistakes[i].text);
        assert_memory_equal(&policy, &before, sizeof policy);
        for (size_t k = 0; k < 3 && mistakes[i].said[k]; k++) {
            if (!strstr(message, mistakes[i].said[k]))
                fail_msg("for %s it said \"%s\", not \"%s\"", mistakes[i].text, message, mistakes[i].said[k]);
        }
    }
}

/* Bytes of the shipped file are changed, dropped or doubled: it is understood or refused, and a refusal can be shown. */
static void a_damaged_file_does_no_harm(void **state)
{
    (void)state;
    struct span whole = shipped_policy();
    static char damaged[DOCUMENT_MAX];
    uint64_t seed = 31;
    uint32_t refused = 0;
    for (int round = 0; round < 1500; round++) {
        size_t len = whole.len;
        memcpy(damaged, whole.at, len);
        for (int k = 0; k <= round % 4; k++) {
            seed = seed * 6364136223846793005ull + 1442695040888963407ull; /* Knuth's MMIX */
            size_t at = (size_t)(seed >> 33) % (len - 64);
            size_t piece = 1 + (size_t)(seed >> 20) % 60;
            if (seed >> 63)
                damaged[at] = (char)(seed >> 40);
            else if (seed >> 62)
                len -= piece, memmove(damaged + at, damaged + at + piece, len - at);
            else
                memmove(damaged + at + piece, damaged + at, len - at), len += piece;
        }
        memset(message, '?', sizeof message);
        int rc = policy_parse(span_make(damaged, len), &policy, message);
        uint32_t characters;
        if (rc == 0) {
            struct span text = render(&policy, rendered);
            struct policy again;
            assert_int_equal(policy_parse(text, &again, message), 0);
            assert_true(span_equal(render(&again, rendered_again), text));
        } else {
            refused++;
            assert_int_equal(rc, -E_BAD_POLICY);
            assert_in_range(strnlen(message, sizeof message), 10, sizeof message - 1);
            assert_int_equal(utf8_count(span_of(message), &characters), 0);
        }
    }
    assert_in_range(refused, 100, 1490);
}

static void every_check_is_told(void **state)
{
    (void)state;
    assert_true(policy_checks_count >= 8);
    for (uint32_t i = 0; i < policy_checks_count; i++)
        assert_true(strlen(policy_checks[i]) > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_file_says_what_the_default_rulebook_says),
        cmocka_unit_test(the_figures_are_those_of_the_rulebook),
        cmocka_unit_test(a_key_means_what_its_scale_says),
        cmocka_unit_test(what_is_left_out_stays_as_in_the_rulebook),
        cmocka_unit_test(a_list_counts_as_a_whole),
        cmocka_unit_test(the_resolved_document_gives_the_same_policy),
        cmocka_unit_test(the_hash_is_blake2b_128),
        cmocka_unit_test(a_document_that_does_not_fit_is_not_cut),
        cmocka_unit_test(a_mistake_is_named_by_line_and_key),
        cmocka_unit_test(a_damaged_file_does_no_harm),
        cmocka_unit_test(every_check_is_told),
        cmocka_unit_test(a_time_of_nothing_is_never_called_daily),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

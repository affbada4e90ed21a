/* A roster comes into force: open notices go to who holds the post, over a crash as well; a bad one changes nothing. */
#include "core/status.h"
#include "io/bus_sim.h"
#include "io/policy_file.h"
#include "tests/support/showroom.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define HOUR_MS (3600 * 1000ll)

static struct showroom showroom;

/* One store, whose post this person holds. */
static uint64_t change_roster_post(const char *post, const char *person, bool right_hash)
{
    char content[512], hash[33];
    snprintf(content, sizeof content,
             "management_group: [he.ping]\nstores:\n  - {store: sh-pudong, %s: %s}\n"
             "staff:\n  - {number: he.ping}\n  - {number: wang.li}\n  - {number: xu.lei}\n",
             post, person);
    policy_hash(span_of(content), hash);
    if (!right_hash)
        hash[0] = hash[0] == '0' ? '1' : '0';
    struct adopted adopted = {.has = 0};
    SET(&adopted, adopted, by, span_of("group"));
    SET(&adopted, adopted, content, span_of(content));
    SET(&adopted, adopted, hash, span_of(hash));
    return showroom_publish(&showroom, EVENT_roster_changed, NULL, 0, &adopted);
}

static uint64_t change_roster(const char *handler, bool right_hash)
{
    return change_roster_post("handler", handler, right_hash);
}

/* Urgent ones: half of their 2 h is used after one, and each has a notice of level 0. */
static uint64_t notices(uint32_t count)
{
    uint64_t first = 0;
    struct complained fact = showroom_complaint(NULL, NULL);
    SET(&fact, complained, category, category_is_safety);
    for (uint32_t i = 0; i < count; i++) {
        uint64_t seq = showroom_publish(&showroom, EVENT_feedback_complained, NULL, 0, &fact);
        first = i == 0 ? seq : first;
    }
    showroom_turn(&showroom);
    showroom_pass(&showroom, HOUR_MS);
    return first;
}

static void notice_goes_to(uint64_t complaint, const char *person)
{
    char id[64];
    struct escalation card;
    snprintf(id, sizeof id, "E-%llu-response-50", (unsigned long long)complaint);
    showroom_card(&showroom, "escalation", id, &card);
    if (!span_is(card.to, person))
        fail_msg("%s goes to %.*s instead of %s", id, SPAN_ARGS(card.to), person);
}

static void open_notices_follow_and_seen_ones_stay(void **state)
{
    (void)state;
    char id[64];
    uint64_t first = notices(300);
    notice_goes_to(first, "handler@sh-pudong/service");
    snprintf(id, sizeof id, "E-%llu-response-50", (unsigned long long)first);
    showroom_decide(&showroom, EVENT_escalation_acknowledged, id, "wang.li");
    change_roster("wang.li", true);
    showroom_turn(&showroom);
    notice_goes_to(first, "handler@sh-pudong/service");
    for (uint64_t i = 1; i < 300; i++)
        notice_goes_to(first + i, "wang.li");
    assert_int_equal(showroom_count(&showroom, "escalation.changed", ""), 1 + 299); /* seen, and followed */
    assert_int_equal(showroom_count(&showroom, "escalation.raised", ""), 300);      /* nobody is called again */
    showroom_nothing_twice(&showroom);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-roster");
}

/* The worker dies when the sweep has said `said` records of its consequences; whatever it had said is not said again. */
static void dies_after(uint32_t said)
{
    uint64_t first = notices(700);
    change_roster("wang.li", true);
    showroom_turn(&showroom);
    uint32_t before = showroom_count(&showroom, "escalation.changed", "");
    change_roster("xu.lei", true);
    uint64_t head = journal_head(showroom.desk.journal);
    for (int i = 0; journal_head(showroom.desk.journal) < head + said; i++) {
        int64_t wait_ms;
        assert_true(i < 200);
        assert_int_equal(desk_turn(&showroom.desk), 0);
        assert_int_equal(worker_turn(showroom.worker, clock_read(showroom.desk.setup.clock), &wait_ms), 0);
    }
    showroom_worker_crash(&showroom, true);
    showroom_worker_start(&showroom);
    showroom_turn(&showroom);
    for (uint64_t i = 0; i < 700; i++)
        notice_goes_to(first + i, "xu.lei");
    assert_int_equal(showroom_count(&showroom, "escalation.changed", ""), before + 700);
    showroom_nothing_twice(&showroom);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-amid");
}

static void a_crash_as_the_roster_comes_loses_nothing(void **state)
{
    (void)state;
    dies_after(1);
}

static void a_crash_amid_the_following_loses_nothing(void **state)
{
    (void)state;
    dies_after(300);
}

/* What the worker concludes does not arrive. */
static struct bus_sim_fate no_put(void *context, const struct bus_sim_message *message)
{
    (void)context;
    return (struct bus_sim_fate){.copies = message->count > 1 && span_is(message->frames[1], "PUT") ? 0 : 1};
}

/* The head of a department appeals before any roster says that she is, and then it comes. What follows is lost on its way, and both
 * are folded again: still she was nobody when she appealed. */
static void a_roster_that_is_folded_again_was_not_in_force_before(void **state)
{
    (void)state;
    struct rated rating = showroom_rating(NULL, 2000);
    struct appeal_filed filed = {.has = 0};
    uint64_t rated = showroom_publish(&showroom, EVENT_feedback_rated, NULL, 0, &rating);
    showroom_turn(&showroom);
    SET(&filed, appeal_filed, by, span_of("wang.li"));
    SET(&filed, appeal_filed, rating, ((struct reference){.seq = rated}));
    SET(&filed, appeal_filed, ground, appeal_ground_is_other);
    showroom_worker_stop(&showroom); /* so that both come in one batch */
    uint64_t appeal = showroom_publish(&showroom, EVENT_appeal_filed, NULL, 0, &filed);
    change_roster_post("manager", "wang.li", true);
    bus_sim_set_weather(showroom.desk.setup.bus, no_put, NULL);
    showroom_worker_start(&showroom);
    uint64_t head = journal_head(showroom.desk.journal);
    showroom_pass(&showroom, 3000);
    assert_int_equal(journal_head(showroom.desk.journal), head);
    bus_sim_set_weather(showroom.desk.setup.bus, NULL, NULL);
    showroom_pass(&showroom, 3000);
    showroom_pass(&showroom, 3000);
    assert_int_equal(showroom_outcome(&showroom, appeal), -E_NOT_ALLOWED_PERSON);
    showroom_nothing_twice(&showroom);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-before");
}

static void a_bad_roster_changes_nothing_and_is_told(void **state)
{
    (void)state;
    uint64_t first = notices(1);
    change_roster("wang.li", true);
    change_roster("xu.lei", false); /* the hash of another content */
    change_roster("nobody", true);  /* not among the staff */
    showroom_turn(&showroom);
    notice_goes_to(first, "wang.li");
    assert_int_equal(showroom_count(&showroom, "system.noticed", "N-roster_refused"), 2);
    assert_int_equal(showroom_count(&showroom, "system.noticed", "N-roster_adopted"), 1);
    showroom_rebuild_is_equal(&showroom, "/rebuilt-bad");
}

static void a_worker_that_starts_again_knows_the_roster(void **state)
{
    (void)state;
    change_roster("xu.lei", true);
    showroom_turn(&showroom);
    showroom_worker_stop(&showroom);
    showroom_worker_start(&showroom);
    notice_goes_to(notices(1), "xu.lei");
}

static void the_roster_in_force_can_be_asked_for(void **state)
{
    (void)state;
    struct wire_value value;
    struct span after;
    struct get_request request = {.has = 0};
    SET(&request, get_request, what, span_of("roster"));
    change_roster("xu.lei", true);
    uint64_t seq = change_roster("wang.li", true);
    showroom_turn(&showroom);
    struct span row = showroom_get(&showroom, &request, 1);
    assert_int_equal(wire_find(row, "adopted_seq", &value, &after), 0);
    assert_int_equal(value.natural, seq);
    assert_int_equal(wire_find(row, "content", &value, &after), 0);
    assert_true(
        span_starts(value.bytes, "management_group: [he.ping]\nstores:\n  - {store: sh-pudong, handler: wang.li}"));
}

/* ---- places ---- */

static void name_stores(const char *stores)
{
    char content[512], hash[33];
    snprintf(content, sizeof content, "management_group: [he.ping]\nstores:\n%sstaff:\n  - {number: he.ping}\n",
             stores);
    policy_hash(span_of(content), hash);
    struct adopted adopted = {.has = 0};
    SET(&adopted, adopted, by, span_of("group"));
    SET(&adopted, adopted, content, span_of(content));
    SET(&adopted, adopted, hash, span_of(hash));
    showroom_publish(&showroom, EVENT_roster_changed, NULL, 0, &adopted);
    showroom_turn(&showroom);
}

/* text NULL: nil */
static void assert_says(struct span row, const char *key, const char *text)
{
    struct wire_value value;
    struct span after;
    assert_int_equal(wire_find(row, key, &value, &after), 0);
    assert_int_equal(value.kind, text ? WIRE_STR : WIRE_NIL);
    assert_true(!text || span_is(value.bytes, text));
}

static void places_go_by_the_names_of_the_roster_in_force(void **state)
{
    (void)state;
    struct get_request all = {.has = 0}, one = {.has = 0};
    SET(&all, get_request, what, span_of("places"));
    SET(&one, get_request, what, span_of("places"));
    SET(&one, get_request, store, span_of("b"));
    showroom_turn(&showroom);
    showroom_get(&showroom, &all, 0); /* nobody has named any */
    name_stores("  - {store: b, name: 上海浦东店, name_en: Shanghai Pudong, handler: he.ping}\n  - store: a\n");
    struct span row = showroom_get(&showroom, &all, 2);
    assert_says(row, "store", "a");
    assert_says(row, "name", NULL);
    assert_says(row, "name_en", NULL);
    row = showroom_get(&showroom, &one, 1);
    assert_says(row, "name", "上海浦东店");
    assert_says(row, "name_en", "Shanghai Pudong");
    name_stores("  - {store: b, name: 浦东新店}\n");
    row = showroom_get(&showroom, &all, 1);
    assert_says(row, "name", "浦东新店");
    assert_says(row, "name_en", NULL);
}

/* Whoever is known may ask for places: no post's holder is told. */
static void places_say_nothing_about_people(void **state)
{
    (void)state;
    static const char person[] = "wang.li";
    struct get_request request = {.has = 0};
    struct rows_reply reply;
    SET(&request, get_request, what, span_of("places"));
    change_roster(person, true);
    showroom_turn(&showroom);
    showroom_ask(&showroom, &request, &reply);
    for (size_t i = 0; i + sizeof person - 1 <= reply.rows.len; i++)
        assert_memory_not_equal(reply.rows.at + i, person, sizeof person - 1);
}

static void places_are_told_page_by_page(void **state)
{
    (void)state;
    static const char *const in_order[] = {"a", "b", "c"};
    char cursor[256];
    struct get_request request = {.has = 0};
    struct rows_reply reply;
    struct wire_reader reader;
    struct wire_value header;
    SET(&request, get_request, what, span_of("places"));
    SET(&request, get_request, limit, 1);
    name_stores("  - store: c\n  - store: a\n  - store: b\n");
    for (size_t i = 0; i < 3; i++) {
        showroom_ask(&showroom, &request, &reply);
        reader = wire_reader(reply.rows);
        assert_int_equal(wire_read(&reader, &header), 0);
        assert_int_equal(header.count, 1);
        assert_says(span_make(reader.at, (size_t)(reader.end - reader.at)), "store", in_order[i]);
        assert_int_equal(HAS(&reply, rows_reply, cursor) && reply.cursor.len > 0, i < 2);
        snprintf(cursor, sizeof cursor, "%.*s", SPAN_ARGS(reply.cursor));
        SET(&request, get_request, cursor, span_of(cursor));
    }
}

#define IN_A_SHOWROOM(test) cmocka_unit_test_prestate_setup_teardown(test, showroom_begin, showroom_end, &showroom)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_SHOWROOM(open_notices_follow_and_seen_ones_stay),
        IN_A_SHOWROOM(a_crash_as_the_roster_comes_loses_nothing),
        IN_A_SHOWROOM(a_crash_amid_the_following_loses_nothing),
        IN_A_SHOWROOM(a_roster_that_is_folded_again_was_not_in_force_before),
        IN_A_SHOWROOM(a_bad_roster_changes_nothing_and_is_told),
        IN_A_SHOWROOM(a_worker_that_starts_again_knows_the_roster),
        IN_A_SHOWROOM(the_roster_in_force_can_be_asked_for),
        IN_A_SHOWROOM(places_go_by_the_names_of_the_roster_in_force),
        IN_A_SHOWROOM(places_say_nothing_about_people),
        IN_A_SHOWROOM(places_are_told_page_by_page),
    };
    return cmocka_run_group_tests_name("worker, roster", tests, NULL, NULL);
}

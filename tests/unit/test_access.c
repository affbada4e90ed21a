/*
 * Who may: the decision over the whole table, beside core/access.def as this test reads it for itself, line by line; whose names one may
 * give, and as which source one publishes.
 */
#include "core/access.h"
#include "core/status.h"
#include "io/keyring.h"
#include "schemas/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define MOST 40u

/* The table as text. */
static struct {
    char role[MOST][32], right[MOST][32], reach[MOST][MOST][8];
    uint32_t roles, rights;
} table;

static struct access access;

/* The next name, number of letters or quoted text of a line; NULL at its end. */
static const char *word_next(const char *at, char *word, size_t size)
{
    at += strspn(at, " ,");
    size_t len = *at == '"' ? strcspn(at + 1, "\"") + 2 : strcspn(at, ",)");
    snprintf(word, size, "%.*s", (int)len, at);
    return len > 0 && *at != ')' ? at + len : NULL;
}

static int table_read(void **state)
{
    (void)state;
    FILE *file = fopen(MANYI_SOURCE_DIR "/core/access.def", "r");
    char line[512], word[256];
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        if (strncmp(line, "ROLE(", 5) == 0) {
            word_next(line + 5, table.role[table.roles], sizeof table.role[0]);
            table.roles++;
        } else if (strncmp(line, "RIGHT(", 6) == 0) {
            const char *at = word_next(line + 6, table.right[table.rights], sizeof table.right[0]);
            at = word_next(at, word, sizeof word); /* in Chinese */
            for (uint32_t role = 0; role < table.roles; role++)
                at = word_next(at, table.reach[table.rights][role], sizeof table.reach[0][0]);
            table.rights++;
        }
    }
    fclose(file);
    return 0;
}

/* Somebody with these roles, of store s1 and department d1 unless `places` says otherwise. */
static const struct principal *somebody(const char *roles, const char *places)
{
    char text[512], message[KEYRING_MESSAGE_MAX];
    snprintf(text, sizeof text, "principals:\n  - {name: me, number: 7, kind: person, roles: [%s], %s}\n", roles,
             places ? places : "stores: [s1], departments: [d1]");
    int result = access_parse(span_of(text), &access, message);
    if (result < 0)
        print_message("%s%s\n", text, message);
    assert_int_equal(result, 0);
    return access_of_number(&access, 7);
}

/* NONE, OWN, PLACE, ALL, as words. */
static int reach_of(const char *word)
{
    static const char *const words[] = {"NONE", "OWN", "PLACE", "ALL"};
    for (int reach = 0; reach < 4; reach++) {
        if (strcmp(words[reach], word) == 0)
            return reach;
    }
    fail_msg("%s is no reach", word);
    return -1;
}

/* By the words of core/access.def's head. */
static int expected(int reach, const char *store, const char *department, const char *person)
{
    bool own = strcmp(person, "me") == 0;
    bool here = strcmp(store, "s1") == 0 && strcmp(department, "d1") == 0;
    if (reach == 3)
        return 0;
    if (reach == 2)
        return own || here ? 0 : -E_OTHER_PLACE;
    if (reach == 1)
        return own ? 0 : -E_OTHER_PERSON;
    return -E_NO_RIGHT;
}

static void cells_try(const struct principal *principal, uint32_t one, uint32_t other)
{
    static const char *const stores[] = {"", "s1", "s2", "s"}, *const departments[] = {"", "d1", "d2"},
                             *const people[] = {"", "me", "somebody"};
    for (uint32_t right = 0; right < table.rights; right++) {
        int reach = reach_of(table.reach[right][one]), wider = reach_of(table.reach[right][other]);
        reach = wider > reach ? wider : reach;
        assert_int_equal(access_widest(principal, (enum access_right)right), reach);
        for (uint32_t i = 0; i < 4 * 3 * 3; i++) {
            const char *store = stores[i / 9], *department = departments[i / 3 % 3], *person = people[i % 3];
            struct access_ask ask = {(enum access_right)right, span_of(store), span_of(department), span_of(person)};
            int decided = access_decide(&access, principal, &ask);
            if (decided != expected(reach, store, department, person))
                print_message("%s and %s: %s at '%s' '%s' of '%s'\n", table.role[one], table.role[other],
                              table.right[right], store, department, person);
            assert_int_equal(decided, expected(reach, store, department, person));
        }
    }
}

static void each_role_and_each_two_may_what_the_table_says(void **state)
{
    (void)state;
    assert_int_equal(table.roles, ACCESS_ROLES);
    assert_int_equal(table.rights, ACCESS_RIGHTS);
    for (uint32_t one = 0; one < table.roles; one++) {
        assert_string_equal(access_role_name((enum access_role)one), table.role[one]);
        for (uint32_t other = one; other < table.roles; other++) {
            char roles[80];
            snprintf(roles, sizeof roles, "%s, %s", table.role[one], table.role[other]);
            cells_try(somebody(roles, NULL), one, other);
        }
    }
    for (uint32_t right = 0; right < table.rights; right++)
        assert_string_equal(access_right_name((enum access_right)right), table.right[right]);
}

/* A handler of some places, who asks to handle something there. */
static const struct {
    const char *places, *store, *department;
    int expected;
} places[] = {
    {"stores: all, departments: all", "", "", 0},
    {"stores: all, departments: all", "s9", "d9", 0},
    {"stores: [s1, s2], departments: all", "s2", "d9", 0},
    {"stores: [s1, s2], departments: all", "s2", "", 0},            /* the store's own matters */
    {"stores: [s1, s2], departments: all", "", "", -E_OTHER_PLACE}, /* the group's */
    {"stores: [s1, s2], departments: all", "s3", "d1", -E_OTHER_PLACE},
    {"stores: all, departments: [d1]", "s3", "d1", 0},
    {"stores: all, departments: [d1]", "s3", "", -E_OTHER_PLACE},
    {"stores: all, departments: [d1]", "", "", -E_OTHER_PLACE},
    {"stores: [s1], departments: []", "s1", "d1", -E_OTHER_PLACE},
    {"rate: 1", "s1", "d1", -E_OTHER_PLACE}, /* nowhere */
    {"stores: all, departments: all, revoked: true", "s1", "d1", -E_REVOKED},
};

static void a_place_is_a_store_times_a_department(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const struct principal *handler = somebody("handler", places[i].places);
        struct access_ask ask = {MAY_handle, span_of(places[i].store), span_of(places[i].department), span_of("")};
        int decided = access_decide(&access, handler, &ask);
        if (decided != places[i].expected)
            print_message("%s: '%s' '%s'\n", places[i].places, places[i].store, places[i].department);
        assert_int_equal(decided, places[i].expected);
    }
}

static void who_is_local_may_everything_and_claims_whatever_name_they_give(void **state)
{
    (void)state;
    bool claimed = false;
    somebody("display", NULL);
    for (enum access_right right = 0; right < ACCESS_RIGHTS; right++) {
        const struct access_ask ask = {.right = right};
        assert_int_equal(access_decide(&access, NULL, &ask), 0);
        assert_int_equal(access_widest(NULL, right), REACH_ALL);
    }
    assert_true(access_speaks_for(&access, NULL, span_of("zhao.min"), &claimed));
    assert_true(claimed);
    assert_true(access_owns_source(&access, NULL, span_of("/stores/any")));
}

static const struct {
    const char *list, *person;
    bool may, claimed;
} names[] = {
    {"speaks_for: []", "me", true, false},
    {"speaks_for: []", "you", false, false},
    {"speaks_for: [you]", "you", true, true},
    {"speaks_for: [you]", "you.2", false, false},
    {"speaks_for: ['agent.*']", "agent.7", true, true},
    {"speaks_for: ['agent.*']", "agent.", true, true},
    {"speaks_for: ['agent.*']", "agent", false, false},
    {"speaks_for: ['agent.*']", "an.agent.7", false, false},
    {"speaks_for: ['agent.*']", "me", true, false},
    {"speaks_for: ['*']", "anybody", true, true},
    {"speaks_for: all", "anybody", true, true},
    {"speaks_for: all", "me", true, false},
    {"speaks_for: []", "", false, false},
};

static void a_principal_gives_its_own_name_and_those_it_speaks_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct principal *me = somebody("handler", names[i].list);
        bool claimed = !names[i].claimed;
        bool may = access_speaks_for(&access, me, span_of(names[i].person), &claimed);
        if (may != names[i].may)
            print_message("%s: %s\n", names[i].list, names[i].person);
        assert_int_equal(may, names[i].may);
        assert_int_equal(claimed, may ? names[i].claimed : !names[i].claimed); /* untouched when it may not */
    }
}

/* A name may be a piece of a longer text: what stands behind it is none of it. */
static void a_name_ends_where_it_ends(void **state)
{
    (void)state;
    static const char line[] = "agent.7";
    bool claimed;
    const struct principal *me = somebody("handler", "speaks_for: ['agent.*']");
    assert_true(access_speaks_for(&access, me, span_make(line, 6), &claimed));
    assert_false(access_speaks_for(&access, me, span_make(line, 5), &claimed));
    me = somebody("publisher", "rate: 1");
    assert_true(access_owns_source(&access, me, span_make("/principals/mex", 14)));
    assert_false(access_owns_source(&access, me, span_make("/principals/mex", 15)));
}

static const struct {
    const char *list, *source;
    bool owns;
} sources[] = {
    {"rate: 1", "/principals/me", true},
    {"rate: 1", "/principals/me/2", false},
    {"rate: 1", "/principals/m", false},
    {"rate: 1", "/principals/", false},
    {"rate: 1", "/stores/s1", false},
    {"rate: 1", "", false},
    {"sources: [/stores/s1/bay]", "/stores/s1/bay", true},
    {"sources: [/stores/s1/bay]", "/stores/s1/bay/", false},
    {"sources: [/stores/s1/bay]", "/principals/me", true},
    {"sources: ['/stores/s1/*']", "/stores/s1/bay", true},
    {"sources: ['/stores/s1/*']", "/stores/s1/", true},
    {"sources: ['/stores/s1/*']", "/stores/s1", false},
    {"sources: ['/stores/s1/*']", "/stores/s11/bay", false},
    {"sources: ['/a', '/b/*']", "/b/c", true},
    {"sources: all", "/stores/any", true},
};

static void a_source_belongs_to_whoever_lists_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        const struct principal *me = somebody("publisher", sources[i].list);
        if (access_owns_source(&access, me, span_of(sources[i].source)) != sources[i].owns)
            print_message("row %zu\n", i);
        assert_int_equal(access_owns_source(&access, me, span_of(sources[i].source)), sources[i].owns);
    }
}

/* What people send asks for a right that fits: read from DOMAIN's list of who decides what. */
static const struct {
    const char *type, *right;
} asked[] = {
    {"visit.opened", "publish"},
    {"feedback.rated", "publish"},
    {"feedback.corrected", "publish"},
    {"feedback.complained", "report"},
    {"feedback.praised", "report"},
    {"feedback.enquired", "report"},
    {"complaint.acknowledged", "handle"},
    {"complaint.resolved", "handle"},
    {"complaint.paused", "handle"},
    {"complaint.assigned", "direct"},
    {"complaint.graded", "direct"},
    {"complaint.reopened", "direct"},
    {"complaint.withdrawn", "direct"},
    {"complaint.merged", "direct"},
    {"task.opened", "direct"},
    {"task.completed", "handle"},
    {"callback.done", "handle"},
    {"escalation.acknowledged", "acknowledge"},
    {"ledger.confirmed", "reward"},
    {"ledger.vetoed", "reward"},
    {"appeal.filed", "appeal"},
    {"appeal.ruled", "rule"},
    {"appeal.reviewed", "rule"},
    {"policy.adopted", "govern"},
    {"roster.changed", "staff"},
};

static void each_type_asks_for_its_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        enum event_type type = event_type_of(span_of(asked[i].type));
        assert_int_not_equal(type, EVENT_unknown);
        assert_string_equal(access_right_name(access_right_of_event(type)), asked[i].right);
    }
    /* No decision is free for whoever may send ratings. */
    for (uint32_t i = EVENT_unknown + 1; i < EVENT_count; i++) {
        if (event_table((enum event_type)i)->class == CLASS_DECISION)
            assert_int_not_equal(access_right_of_event((enum event_type)i), MAY_publish);
    }
    assert_int_equal(access_right_of_event(EVENT_unknown), MAY_publish);
    assert_int_equal(access_right_of_channel(span_of("ledger")), MAY_see_ledger);
    assert_int_equal(access_right_of_channel(span_of("complaint")), MAY_see_complaint);
    assert_int_equal(access_right_of_channel(span_of("beat")), ACCESS_RIGHTS);
    assert_int_equal(access_right_of_channel(span_of("")), ACCESS_RIGHTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_role_and_each_two_may_what_the_table_says),
        cmocka_unit_test(a_place_is_a_store_times_a_department),
        cmocka_unit_test(who_is_local_may_everything_and_claims_whatever_name_they_give),
        cmocka_unit_test(a_principal_gives_its_own_name_and_those_it_speaks_for),
        cmocka_unit_test(a_name_ends_where_it_ends),
        cmocka_unit_test(a_source_belongs_to_whoever_lists_it),
        cmocka_unit_test(each_type_asks_for_its_right),
    };
    return cmocka_run_group_tests(tests, table_read, NULL);
}

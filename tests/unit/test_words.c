/* What happened to a case can be said in English and in Chinese, whatever it was. */
#include "io/policy_file.h"
#include "io/policy_look.h"
#include "schemas/codec.h"
#include "schemas/words.h"

#include <dirent.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char *said(const char *type, const char *by, const char *what, enum words_language language)
{
    static char text[256];
    words_say(span_of(type), span_of(by), span_of(what), language, text, sizeof text);
    return text;
}

static void a_sentence_has_who_and_what(void **state)
{
    (void)state;
    assert_string_equal(said("complaint.graded", "wang.li", "serious", WORDS_EN), "graded serious by wang.li");
    assert_string_equal(said("complaint.graded", "wang.li", "serious", WORDS_ZH), "wang.li 改定级别：较大");
    assert_string_equal(said("clock.half_used", NULL, "response", WORDS_EN), "half of the response clock is used");
    assert_string_equal(said("clock.half_used", NULL, "response", WORDS_ZH), "首次答复时限已用一半");
}

static void what_is_not_known_is_left_out_with_its_words(void **state)
{
    (void)state;
    assert_string_equal(said("feedback.complained", NULL, "urgent", WORDS_EN), "opened, urgent");
    assert_string_equal(said("feedback.complained", "li.na", "urgent", WORDS_EN), "opened, urgent, reported by li.na");
    assert_string_equal(said("feedback.complained", NULL, NULL, WORDS_ZH), "立案");
}

static void a_type_without_words_is_told_by_its_name(void **state)
{
    (void)state;
    assert_string_equal(said("tea.brewed", "li.na", "green", WORDS_ZH), "tea.brewed li.na: green");
    assert_null(words_template(span_of("tea.brewed"), WORDS_EN));
}

/* A text that is cut ends with a whole character: Chinese ones have three bytes. */
static void a_text_is_cut_between_characters(void **state)
{
    (void)state;
    char text[12];
    words_say(span_of("task.overdue"), (struct span){0}, (struct span){0}, WORDS_ZH, text, 6);
    assert_string_equal(text, "逾");
    words_say(span_of("policy.adopted"), (struct span){0}, span_of("新办法"), WORDS_ZH, text, sizeof text);
    assert_string_equal(text, "按新办");
}

/* Both languages, and brackets that close. */
static void expect_words(const char *type, const char *where)
{
    for (int language = WORDS_EN; language <= WORDS_ZH; language++) {
        const char *template = words_template(span_of(type), (enum words_language)language);
        if (!template)
            fail_msg("%s says \"%s\": schemas/words.def has no row for it", where, type);
        int depth = 0;
        for (const char *at = template; *at; at++) {
            depth += (*at == '[') - (*at == ']');
            assert_in_range(depth, 0, 1);
        }
        assert_int_equal(depth, 0);
    }
}

static void every_decision_has_words(void **state)
{
    (void)state;
    for (uint32_t type = EVENT_unknown + 1; type < EVENT_count; type++) {
        const struct event_table *table = event_table((enum event_type)type);
        if (table->class == CLASS_DECISION)
            expect_words(table->type, "types.def");
    }
}

/* Literals such as "clock.half_used" in a source of the rules. */
static uint32_t look_through(const char *path, const regex_t *literal)
{
    char line[512];
    uint32_t found = 0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        regmatch_t match[2];
        for (char *at = line; !strstr(line, "#include") && regexec(literal, at, 2, match, 0) == 0;
             at += match[1].rm_eo) {
            char type[128];
            snprintf(type, sizeof type, "%.*s", (int)(match[1].rm_eo - match[1].rm_so), at + match[1].rm_so);
            expect_words(type, path);
            found++;
        }
    }
    fclose(file);
    return found;
}

static void every_history_line_of_the_rules_has_words(void **state)
{
    (void)state;
    static const char *const folders[] = {"core", "workers"};
    regex_t literal;
    uint32_t found = 0;
    assert_int_equal(regcomp(&literal, "\"([a-z_]+\\.[a-z_]+)\"", REG_EXTENDED), 0);
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        char path[1024];
        snprintf(path, sizeof path, "%s/%s", MANYI_SOURCE_DIR, folders[i]);
        DIR *folder = opendir(path);
        assert_non_null(folder);
        for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
            size_t len = strlen(entry->d_name);
            if (len < 3 || strcmp(entry->d_name + len - 2, ".c") != 0 || strncmp(entry->d_name, "query", 5) == 0)
                continue; /* queries tell what happened, they don't make it */
            snprintf(path, sizeof path, "%s/%s/%s", MANYI_SOURCE_DIR, folders[i], entry->d_name);
            found += look_through(path, &literal);
        }
        closedir(folder);
    }
    regfree(&literal);
    assert_true(found >= 8); /* those of issue 1: clocks, notices, tasks, the rulebook */
}

/* A key that ruled must be one that the rulebook has, with words of closed lists in the place of {grade} and {said}. */
static void every_rule_is_a_key_of_the_rulebook(void **state)
{
    (void)state;
    static const char *const types[] = {
#define WORDS(type, en, zh)
#define RULES(type, keys) type,
#include "schemas/words.def"
#undef WORDS
#undef RULES
    };
    static struct policy policy;
    static char document[SYSTEM_EVENT_MAX];
    char hash[33];
    size_t len;
    struct policy_look *look;
    policy_default(&policy);
    assert_int_equal(policy_render(&policy, document, sizeof document, &len, hash), 0);
    assert_int_equal(policy_look_open(span_make(document, len), &look), 0);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        const char *at = words_rules(span_of(types[i]));
        assert_non_null(at);
        assert_non_null(words_template(span_of(types[i]), WORDS_EN));
        for (; *at; at += strcspn(at, ",") + (at[strcspn(at, ",")] == ',')) {
            char key[128] = "", text[2048];
            for (const char *from = at; *from && *from != ',';) {
                const char *word = strncmp(from, "{grade}", 7) == 0        ? "general"
                                   : strncmp(from, "{said}", 6) != 0       ? NULL
                                   : strncmp(at, "clocks.{said}", 13) == 0 ? "serious"
                                   : strncmp(at, "clocks", 6) == 0         ? "response"
                                   : strncmp(at, "ledger", 6) == 0         ? "praise"
                                                                           : "deliberate";
                size_t used = strlen(key);
                snprintf(key + used, sizeof key - used, "%.*s", word ? (int)strlen(word) : 1, word ? word : from);
                from += word ? strcspn(from, "}") + 1 : 1;
            }
            if (!policy_look_at(look, key, text, sizeof text))
                fail_msg("%s: the rulebook has no %s", types[i], key);
        }
    }
    policy_look_close(look);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sentence_has_who_and_what),
        cmocka_unit_test(what_is_not_known_is_left_out_with_its_words),
        cmocka_unit_test(a_type_without_words_is_told_by_its_name),
        cmocka_unit_test(a_text_is_cut_between_characters),
        cmocka_unit_test(every_decision_has_words),
        cmocka_unit_test(every_history_line_of_the_rules_has_words),
        cmocka_unit_test(every_rule_is_a_key_of_the_rulebook),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * demo_story.c - what a card tells, as a line that a service manager can read. People are masked.
 *
 *   [14:02] sh-pudong/service   C-41 opened: workmanship, serious, first deadline 16:02
 *   [16:02] sh-pudong/service   E-41-response-100 100 % of the response clock used: level 2, director@sh-pudong is told
 */
#include "cli/demo_story.h"

#include "cli/table.h"
#include "schemas/wire.h"

struct texts {
    char id[CELL_MAX], store[CELL_MAX], department[CELL_MAX], at[CELL_MAX];
};

/* "s***": whoever shows the demo in a meeting shows nobody's name. Roles such as director@sh-pudong
 * and management-group stay. */
static void person_mask(const char *name, char masked[CELL_MAX])
{
    bool role = strchr(name, '@') || strcmp(name, "management-group") == 0;
    if (name[0] == '\0' || role)
        snprintf(masked, CELL_MAX, "%s", name);
    else
        snprintf(masked, CELL_MAX, "%c***", name[0]);
}

static void line_begin(FILE *to, const struct texts *texts)
{
    char place[2 * CELL_MAX + 2];
    const char *clock = strchr(texts->at, ' ');
    snprintf(place, sizeof place, "%s/%s", texts->store, texts->department);
    fprintf(to, "[%s] %-20s %s ", clock ? clock + 1 : texts->at, place, texts->id);
}

/* The newest line of a case's history. */
static bool history_last(struct span card, struct span *ret_line)
{
    struct wire_value array;
    struct span bytes;
    if (wire_find(card, "history", &array, &bytes) < 0 || array.kind != WIRE_ARRAY || array.count == 0)
        return false;
    struct wire_reader reader = wire_reader(bytes);
    wire_read(&reader, &array);
    for (uint32_t i = 0; i < array.count; i++) {
        if (wire_skip(&reader, 4, ret_line) < 0)
            return false;
    }
    return true;
}

static void complaint_print(FILE *to, struct texts *texts, struct span card, const char *type, const char *by)
{
    char category[CELL_MAX], grade[CELL_MAX], due[CELL_MAX];
    if (strncmp(type, "clock.", 6) == 0)
        return; /* its escalation tells more */
    cell_text(card, "clocks", CELL_DUE, due);
    line_begin(to, texts);
    if (strcmp(type, "feedback.complained") == 0) {
        cell_text(card, "category", CELL_TEXT, category);
        cell_text(card, "grade", CELL_TEXT, grade);
        fprintf(to, "opened: %s, %s, first deadline %s\n", category, grade, due);
        return;
    }
    const char *what = strchr(type, '.');
    fprintf(to, "%s%s%s%s%s\n", what ? what + 1 : type, by[0] ? " by " : "", by, due[0] ? ", next deadline " : "", due);
}

static void escalation_print(FILE *to, const struct texts *texts, struct span card)
{
    char to_whom[CELL_MAX], clock[CELL_MAX], percent[CELL_MAX], level[CELL_MAX], seen_by[CELL_MAX], masked[CELL_MAX];
    cell_text(card, "to", CELL_TEXT, to_whom);
    cell_text(card, "clock", CELL_TEXT, clock);
    cell_text(card, "rung_percent", CELL_NUMBER, percent);
    cell_text(card, "level", CELL_NUMBER, level);
    cell_text(card, "acknowledged_by", CELL_TEXT, seen_by);
    line_begin(to, texts);
    if (seen_by[0]) {
        person_mask(seen_by, masked);
        fprintf(to, "was seen by %s\n", masked);
        return;
    }
    person_mask(to_whom, masked);
    fprintf(to, "%s %% of the %s clock used: level %s, %s is told\n", percent, clock, level, masked);
}

static void task_print(FILE *to, const struct texts *texts, struct span card, const char *type, const char *by)
{
    char kind[CELL_MAX], due[CELL_MAX];
    const char *what = strchr(type, '.');
    line_begin(to, texts);
    if (strncmp(type, "feedback.", 9) == 0) {
        cell_text(card, "kind", CELL_TEXT, kind);
        cell_text(card, "due_at", CELL_TIME, due);
        fprintf(to, "%s task after a low rating, due %s\n", kind, due);
        return;
    }
    fprintf(to, "%s%s%s\n", what ? what + 1 : type, by[0] ? " by " : "", by);
}

static bool is_true(struct span card, const char *key)
{
    struct wire_value value;
    struct span bytes;
    return wire_find(card, key, &value, &bytes) == 0 && value.kind == WIRE_BOOL && value.truth;
}

void story_print(FILE *to, const char *channel, struct span card)
{
    struct texts texts;
    struct span line;
    char type[CELL_MAX] = "", by[CELL_MAX] = "", masked[CELL_MAX] = "";
    cell_text(card, "id", CELL_TEXT, texts.id);
    cell_text(card, "store", CELL_TEXT, texts.store);
    cell_text(card, "department", CELL_TEXT, texts.department);
    if (is_true(card, "gone"))
        return;
    if (strcmp(channel, "escalation") == 0) {
        cell_text(card, "acknowledged_by", CELL_TEXT, by);
        cell_text(card, by[0] ? "acknowledged_at" : "at", CELL_TIME, texts.at);
        if (!is_true(card, "ended"))
            escalation_print(to, &texts, card);
        return;
    }
    if (!history_last(card, &line))
        return;
    cell_text(line, "type", CELL_TEXT, type);
    cell_text(line, "by", CELL_TEXT, by);
    cell_text(line, "at", CELL_TIME, texts.at);
    person_mask(by, masked);
    if (strcmp(channel, "complaint") == 0)
        complaint_print(to, &texts, card, type, masked);
    else if (strcmp(channel, "task") == 0)
        task_print(to, &texts, card, type, masked);
}

bool story_is_notice(const char *channel, struct span card)
{
    char seen_by[CELL_MAX], level[CELL_MAX], repeat[CELL_MAX];
    if (strcmp(channel, "escalation") != 0 || is_true(card, "ended") || is_true(card, "gone"))
        return false;
    cell_text(card, "acknowledged_by", CELL_TEXT, seen_by);
    cell_text(card, "level", CELL_NUMBER, level);
    cell_text(card, "repeat", CELL_NUMBER, repeat);
    return !seen_by[0] && strcmp(level, "0") != 0 && strcmp(repeat, "0") == 0;
}

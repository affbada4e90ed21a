/*
 * oracle_roster.c - who works where, as a list of lines: every question goes through all of them.
 *
 * The office writes one thing a line (cast_roster.c), so that no reader of YAML is needed here.
 */
#include "tests/sim/oracle_roster.h"
#include "io/policy_file.h"
#include "tests/sim/oracle_delivery.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define DAY_MS (24 * 3600 * 1000ll)
#define POSTS_OF_PERSONS 4

static const char *const posts[POSTS_OF_PERSONS] = {"handler", "manager", "director", "general_manager"};

/* ---- reading ---- */

static int64_t day_number(int year, int month, int day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t days = 0;
    for (int y = 1970; y < year; y++)
        days += y % 4 == 0 && (y % 100 != 0 || y % 400 == 0) ? 366 : 365;
    for (int m = 1; m < month; m++)
        days += lengths[m - 1] + (m == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
    return days + day - 1;
}

static void read_post(struct oracle_roster *roster, const char *line, const char *store, const char *department)
{
    char post[32];
    oracle_name person;
    if (sscanf(line, " %31[a-z_]: %64[a-z.]", post, person) != 2)
        return;
    for (int level = 0; level < POSTS_OF_PERSONS; level++) {
        if (strcmp(post, posts[level]) != 0)
            continue;
        struct oracle_post *at = &roster->post[roster->posts++];
        at->level = level;
        memcpy(at->person, person, sizeof at->person);
        snprintf(at->store, sizeof at->store, "%s", store);
        snprintf(at->department, sizeof at->department, "%s", department);
    }
}

static void read_leave(struct oracle_roster *roster, const char *line)
{
    struct oracle_leave *leave = &roster->leave[roster->leaves];
    int from[3], to[3];
    memset(leave, 0, sizeof *leave);
    if (sscanf(line, "  - {person: %64[a-z.], by: %64[a-z.], from: %d-%d-%d, to: %d-%d-%d}", leave->person, leave->by,
               &from[0], &from[1], &from[2], &to[0], &to[1], &to[2]) != 8) {
        leave->by[0] = '\0';
        if (sscanf(line, "  - {person: %64[a-z.], from: %d-%d-%d, to: %d-%d-%d}", leave->person, &from[0], &from[1],
                   &from[2], &to[0], &to[1], &to[2]) != 7)
            return;
    }
    leave->from = day_number(from[0], from[1], from[2]);
    leave->to = day_number(to[0], to[1], to[2]);
    roster->leaves++;
}

static void read_line(struct oracle_roster *roster, const char *line, oracle_name store, oracle_name department)
{
    oracle_name name;
    int past = 0;
    if (sscanf(line, "management_group: [%n", &past) == 0 && past > 0) {
        for (bool more = true; more && sscanf(line + past, "%64[a-z.]", name) == 1;) {
            memcpy(roster->group.item[roster->group.count++], name, sizeof name);
            past += (int)strlen(name);
            more = line[past] == ',';
            past += 2;
        }
    } else if (sscanf(line, "  - store: %64[a-z-]", name) == 1) {
        memcpy(store, name, sizeof name);
        department[0] = '\0';
    } else if (sscanf(line, "      - department: %64[a-z_]", name) == 1) {
        memcpy(department, name, sizeof name);
    } else if (sscanf(line, "  - {number: %64[a-z.]", name) == 1) {
        memcpy(roster->people.item[roster->people.count++], name, sizeof name);
    } else if (strncmp(line, "  - {person", 11) == 0) {
        read_leave(roster, line);
    } else {
        read_post(roster, line, store, department);
    }
}

/* ---- does it make sense? ---- */

static bool is_known(const struct oracle_roster *roster, const char *person)
{
    return oracle_has(&roster->people, span_of(person));
}

static const struct oracle_leave *leave_on(const struct oracle_roster *roster, const char *person, int64_t day,
                                           uint32_t *ret_count)
{
    const struct oracle_leave *found = NULL;
    *ret_count = 0;
    for (uint32_t i = 0; i < roster->leaves; i++) {
        const struct oracle_leave *leave = &roster->leave[i];
        if (strcmp(leave->person, person) != 0 || day < leave->from || day > leave->to)
            continue;
        found = leave;
        ++*ret_count;
    }
    return found;
}

/* Day by day, person by person. */
static bool leaves_make_sense(const struct oracle_roster *roster)
{
    for (uint32_t i = 0; i < roster->leaves; i++) {
        const struct oracle_leave *leave = &roster->leave[i];
        if (leave->to < leave->from || strcmp(leave->person, leave->by) == 0)
            return false;
        for (int64_t day = leave->from; day <= leave->to; day++) {
            uint32_t count;
            const struct oracle_leave *at = leave_on(roster, leave->person, day, &count);
            if (count > 1)
                return false;
            for (uint32_t steps = 0; at && at->by[0]; steps++) {
                if (steps > roster->leaves)
                    return false; /* round and round */
                at = leave_on(roster, at->by, day, &count);
            }
        }
    }
    return true;
}

static bool makes_sense(const struct oracle_roster *roster)
{
    bool known = roster->group.count > 0;
    for (uint32_t i = 0; i < roster->group.count; i++)
        known = known && is_known(roster, roster->group.item[i]);
    for (uint32_t i = 0; i < roster->posts; i++)
        known = known && is_known(roster, roster->post[i].person);
    for (uint32_t i = 0; i < roster->leaves; i++)
        known = known && is_known(roster, roster->leave[i].person) &&
                (!roster->leave[i].by[0] || is_known(roster, roster->leave[i].by));
    return known && leaves_make_sense(roster);
}

static bool roster_read(struct oracle *oracle, const struct event *event)
{
    const struct adopted *adopted = &event->data.adopted;
    char hash[33];
    struct oracle_roster *read = calloc(1, sizeof *read);
    char *text = calloc(1, adopted->content.len + 1);
    oracle_name store = "", department = "";
    ensure(read && text);
    memcpy(text, adopted->content.at, adopted->content.len);
    policy_hash(adopted->content, hash);
    for (char *line = text, *end = line; line; line = end ? end + 1 : NULL) {
        end = strchr(line, '\n');
        if (end)
            *end = '\0';
        read_line(read, line, store, department);
    }
    bool sound = oracle_is(hash, adopted->hash) && makes_sense(read);
    if (sound) {
        read->seq = oracle->seq;
        free(oracle->roster);
        oracle->roster = read;
    } else {
        free(read);
    }
    free(text);
    return sound;
}

/* ---- whom it reaches ---- */

static void role(const struct oracle_question *question, char *to, size_t size)
{
    const char *slash = question->department[0] ? "/" : "";
    if (question->level <= 1)
        snprintf(to, size, "%s@%s%s%s", question->level == 0 ? "handler" : "manager", question->store, slash,
                 question->department);
    else if (question->level <= 3)
        snprintf(to, size, "%s@%s", question->level == 2 ? "director" : "general-manager", question->store);
    else
        snprintf(to, size, "management-group");
}

static bool is_skipped(const struct oracle_question *question, const char *person)
{
    return (question->skip && oracle_has(question->skip, span_of(person))) ||
           (question->skip_too && oracle_has(question->skip_too, span_of(person)));
}

/* Somebody, or whoever stands in on that day; false when nobody of them may be told. */
static bool tell(const struct oracle_roster *roster, const struct oracle_question *question, const char *person,
                 char *to, size_t size)
{
    while (!is_skipped(question, person)) {
        uint32_t count;
        const struct oracle_leave *leave = leave_on(roster, person, question->day, &count);
        if (!leave) {
            snprintf(to, size, "%s", person);
            return true;
        }
        if (!leave->by[0])
            return false;
        person = leave->by;
    }
    return false;
}

/* The post of a department, else of its store, else of the group. */
static const char *holder(const struct oracle_roster *roster, const struct oracle_question *question, int64_t level)
{
    const char *found = NULL;
    int best = -1;
    for (uint32_t i = 0; i < roster->posts; i++) {
        const struct oracle_post *post = &roster->post[i];
        bool here = strcmp(post->store, question->store) == 0;
        int near = post->department[0] ? 2 : post->store[0] ? 1 : 0;
        bool meant = near == 0 || (here && near == 1) || (here && strcmp(post->department, question->department) == 0);
        if (post->level != level || !meant || near <= best)
            continue;
        best = near;
        found = post->person;
    }
    return found;
}

void oracle_recipient(const struct oracle *oracle, const struct oracle_question *question, char *to, size_t size)
{
    const struct oracle_roster *roster = oracle->roster;
    bool named = question->first && question->first[0];
    if (!roster) {
        if (named && !is_skipped(question, question->first))
            snprintf(to, size, "%s", question->first);
        else
            role(question, to, size);
        return;
    }
    bool told = named && tell(roster, question, question->first, to, size);
    for (int64_t level = question->level; !told && level < POSTS_OF_PERSONS; level++) {
        const char *person = holder(roster, question, level);
        told = person && tell(roster, question, person, to, size);
    }
    for (uint32_t i = 0; !told && i < roster->group.count; i++)
        told = tell(roster, question, roster->group.item[i], to, size);
    if (!told)
        snprintf(to, size, "management-group");
}

const char *oracle_holder(const struct oracle *oracle, const char *store, const char *department, int64_t level)
{
    const struct oracle_question question = {.store = store, .department = department};
    const char *found = oracle->roster ? holder(oracle->roster, &question, level) : NULL;
    return found ? found : "";
}

void oracle_manager(const struct oracle *oracle, const char *store, const char *department, char *to, size_t size)
{
    const struct oracle_question question = {
        .store = store,
        .department = department,
        .level = 1,
        .day = oracle_day(oracle->policy, oracle->at_ms),
    };
    oracle_recipient(oracle, &question, to, size);
}

bool oracle_heads_have(const struct oracle *oracle, const char *store, const char *department, struct span person)
{
    const struct oracle_question question = {.store = store, .department = department};
    const char *head = oracle->roster ? holder(oracle->roster, &question, 1) : NULL;
    return head && oracle_is(head, person);
}

/* ---- a roster comes into force ---- */

void oracle_roster_changed(struct oracle *oracle, const struct event *event)
{
    if (!roster_read(oracle, event))
        return;
    oracle->anything = true;
    /* In the order of their letters: what the first ones end does not follow the roster any more. */
    for (uint32_t i = 0; i < oracle->callbacks_count; i++)
        oracle_callback_renamed(oracle, &oracle->callbacks[i]);
    oracle_remember(oracle);
    oracle_notices_renamed(oracle);
    oracle_remember(oracle);
    for (uint32_t i = 0; i < oracle->tasks_count; i++) {
        struct oracle_task *task = &oracle->tasks[i];
        oracle_label manager = "";
        oracle_manager(oracle, task->store, task->department, manager, sizeof manager);
        if (!task->by_post || !oracle_task_is_open(task) || strcmp(manager, task->responsible) == 0)
            continue;
        memcpy(task->responsible, manager, sizeof manager);
        oracle_task_touch(oracle, task);
    }
}

/* ---- beside the state ---- */

bool oracle_in_force_agrees(const struct oracle *oracle, struct store_txn *state, char message[ORACLE_MESSAGE_MAX])
{
    const struct oracle_policy *last = &oracle->policies[oracle->policies_count - 1];
    struct policy_row policy = {.seq = 0};
    struct document_row roster = {.seq = 0};
    int status = state_policy_at(state, oracle->cursor, &policy);
    if (status != 0 && status != -E_NOT_FOUND)
        return oracle_differs(message, "the rulebook in force can't be read");
    if (policy.seq != last->seq)
        return oracle_differs(message, "the rulebook of entry %" PRIu64 " should be in force, is that of %" PRIu64,
                              last->seq, policy.seq);
    status = state_roster_get(state, &roster);
    if (status != 0 && status != -E_NOT_FOUND)
        return oracle_differs(message, "the roster in force can't be read");
    uint64_t wanted = oracle->roster ? oracle->roster->seq : 0;
    if (roster.seq != wanted)
        return oracle_differs(message, "the roster of entry %" PRIu64 " should be in force, is that of %" PRIu64,
                              wanted, roster.seq);
    return true;
}

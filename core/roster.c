/* roster.c - looks people up, and walks from post to post until somebody may be told. */
#include "core/roster.h"

#include "core/ensure.h"
#include "core/names.h"

#include <stdio.h>

bool roster_is_adopted(const struct roster *roster)
{
    return roster && roster->staff_count > 0;
}

struct span roster_text_at(const struct roster *roster, roster_text at)
{
    return at ? span_of(roster->text + at) : (struct span){0};
}

/* ---- indices ---- */

/* Where a name stands among `count` that are in order. */
static uint32_t find(const struct roster *roster, uint32_t count,
                     struct span (*name_at)(const struct roster *roster, uint32_t index), struct span name)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        int order = span_compare(name, name_at(roster, middle));
        if (order == 0)
            return middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return ROSTER_NOBODY;
}

static struct span store_at(const struct roster *roster, uint32_t index)
{
    return roster_text_at(roster, roster->store[index].store);
}

static struct span number_at(const struct roster *roster, uint32_t index)
{
    return roster_text_at(roster, roster->staff[index].number);
}

uint32_t roster_find_store(const struct roster *roster, struct span store)
{
    return find(roster, roster ? roster->store_count : 0, store_at, store);
}

uint32_t roster_find_department(const struct roster *roster, uint32_t store, struct span department)
{
    if (store == ROSTER_NOBODY)
        return ROSTER_NOBODY;
    const struct roster_store *at = &roster->store[store];
    for (uint32_t i = at->first_department; i < at->first_department + at->department_count; i++) {
        if (span_equal(department, roster_text_at(roster, roster->department[i].department)))
            return i;
    }
    return ROSTER_NOBODY;
}

uint32_t roster_find_person(const struct roster *roster, struct span person)
{
    return find(roster, roster ? roster->staff_count : 0, number_at, person);
}

uint32_t roster_find_substitute(const struct roster *roster, uint32_t person, int64_t day)
{
    uint32_t low = 0, high = roster->substitute_count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (roster->substitute[middle].person < person)
            low = middle + 1;
        else
            high = middle;
    }
    for (uint32_t i = low; i < roster->substitute_count && roster->substitute[i].person == person; i++) {
        if (roster->substitute[i].from_day <= day && day <= roster->substitute[i].to_day)
            return i;
    }
    return ROSTER_NOBODY;
}

/* Who holds a post for a place; indices may be ROSTER_NOBODY. */
static uint32_t post_holder(const struct roster *roster, uint32_t store, uint32_t department, uint32_t level)
{
    uint32_t holder = ROSTER_NOBODY;
    if (department != ROSTER_NOBODY)
        holder = roster->department[department].post[level];
    if (holder == ROSTER_NOBODY && store != ROSTER_NOBODY)
        holder = roster->store[store].post[level];
    return holder == ROSTER_NOBODY ? roster->post[level] : holder;
}

/* ---- the walk ---- */

struct walk {
    const struct roster *roster;
    const struct roster_question *question;
    struct roster_step *steps;
    uint32_t count;
};

static bool is_skipped(const struct roster_question *question, struct span person)
{
    return names_have(question->skip, person) || names_have(question->skip_too, person);
}

/* Asks a person, or whoever stands in. True when somebody is told. */
static bool ask_person(struct walk *walk, struct roster_step step)
{
    const struct roster *roster = walk->roster;
    for (uint32_t hops = 0; hops <= ROSTER_HOPS_MAX; hops++) {
        uint32_t person = roster_find_person(roster, step.person);
        uint32_t away =
            person == ROSTER_NOBODY ? ROSTER_NOBODY : roster_find_substitute(roster, person, walk->question->day);
        step.why = is_skipped(walk->question, step.person) ? ROSTER_SKIPPED
                   : away != ROSTER_NOBODY                 ? ROSTER_AWAY
                                                           : ROSTER_TOLD;
        ensure(walk->count < ROSTER_STEPS_MAX);
        walk->steps[walk->count++] = step;
        if (step.why != ROSTER_AWAY || roster->substitute[away].by == ROSTER_NOBODY)
            return step.why == ROSTER_TOLD;
        step.person = number_at(roster, roster->substitute[away].by);
        step.stands_in = true;
    }
    return false;
}

static bool ask_post(struct walk *walk, enum roster_level level, uint32_t holder)
{
    struct roster_step step = {.level = level, .why = ROSTER_VACANT};
    if (holder == ROSTER_NOBODY) {
        walk->steps[walk->count++] = step;
        return false;
    }
    step.person = number_at(walk->roster, holder);
    return ask_person(walk, step);
}

static void ask_all(struct walk *walk)
{
    const struct roster *roster = walk->roster;
    const struct roster_question *question = walk->question;
    uint32_t store = roster_find_store(roster, question->store);
    uint32_t department = roster_find_department(roster, store, question->department);
    struct roster_step named = {.level = ROSTER_HANDLER, .person = question->first, .named = true};
    if (question->first.len > 0 && ask_person(walk, named))
        return;
    for (uint32_t level = (uint32_t)question->level; question->level < ROSTER_POSTS && level < ROSTER_POSTS; level++) {
        if (ask_post(walk, (enum roster_level)level, post_holder(roster, store, department, level)))
            return;
    }
    for (uint32_t i = 0; i < roster->management_group_count; i++) {
        if (ask_post(walk, ROSTER_MANAGEMENT_GROUP, roster->management_group[i]))
            return;
    }
    if (roster->management_group_count == 0)
        ask_post(walk, ROSTER_MANAGEMENT_GROUP, ROSTER_NOBODY);
}

void roster_ask(const struct roster *roster, const struct roster_question *question,
                struct roster_step ret_steps[ROSTER_STEPS_MAX], uint32_t *ret_count)
{
    struct walk walk = {.roster = roster, .question = question, .steps = ret_steps};
    ensure(roster_is_adopted(roster));
    ensure(question->level >= 0);
    ask_all(&walk);
    *ret_count = walk.count;
}

/* ---- whom to tell ---- */

static const char *const roles[] = {"handler", "manager", "director", "general-manager", "management-group"};

/* As long as there is no roster, a role stands for its person. */
static void role_text(const struct roster_question *question, char *text, size_t size)
{
    if (question->first.len > 0 && !is_skipped(question, question->first))
        snprintf(text, size, "%.*s", SPAN_ARGS(question->first));
    else if (question->level >= ROSTER_MANAGEMENT_GROUP)
        snprintf(text, size, "%s", roles[ROSTER_MANAGEMENT_GROUP]);
    else if (question->level <= ROSTER_MANAGER && question->department.len > 0)
        snprintf(text, size, "%s@%.*s/%.*s", roles[question->level], SPAN_ARGS(question->store),
                 SPAN_ARGS(question->department));
    else
        snprintf(text, size, "%s@%.*s", roles[question->level], SPAN_ARGS(question->store));
}

void roster_recipient(const struct roster *roster, const struct roster_question *question, char *text, size_t size)
{
    ensure(question->level >= 0);
    if (!roster_is_adopted(roster)) {
        role_text(question, text, size);
        return;
    }
    struct roster_step steps[ROSTER_STEPS_MAX];
    uint32_t count;
    roster_ask(roster, question, steps, &count);
    if (steps[count - 1].why == ROSTER_TOLD)
        snprintf(text, size, "%.*s", SPAN_ARGS(steps[count - 1].person));
    else
        snprintf(text, size, "%s", roles[ROSTER_MANAGEMENT_GROUP]);
}

/* ---- who is who ---- */

bool roster_knows_store(const struct roster *roster, struct span store)
{
    return roster_find_store(roster, store) != ROSTER_NOBODY;
}

bool roster_place_of(const struct roster *roster, struct span person, struct span *ret_store,
                     struct span *ret_department)
{
    uint32_t found = roster_find_person(roster, person);
    if (found == ROSTER_NOBODY)
        return false;
    const struct roster_person *at = &roster->staff[found];
    *ret_store = (struct span){0};
    *ret_department = (struct span){0};
    if (at->store != ROSTER_NOBODY)
        *ret_store = store_at(roster, at->store);
    if (at->department != ROSTER_NOBODY)
        *ret_department = roster_text_at(roster, roster->department[at->department].department);
    return true;
}

/* The highest post that somebody holds where they work, or in the group; -1 for none. */
static int32_t rank_of(const struct roster *roster, uint32_t person)
{
    const struct roster_person *at = &roster->staff[person];
    for (uint32_t i = 0; i < roster->management_group_count; i++) {
        if (roster->management_group[i] == person)
            return ROSTER_MANAGEMENT_GROUP;
    }
    for (uint32_t level = ROSTER_POSTS; level-- > 0;) {
        if (post_holder(roster, at->store, at->department, level) == person)
            return (int32_t)level;
    }
    return -1;
}

uint32_t roster_superior_of(const struct roster *roster, uint32_t person)
{
    const struct roster_person *at = &roster->staff[person];
    if (at->superior != ROSTER_NOBODY)
        return at->superior;
    int32_t rank = rank_of(roster, person);
    if (rank == ROSTER_MANAGEMENT_GROUP)
        return ROSTER_NOBODY;
    /* a handler is a colleague, not a superior */
    for (uint32_t level = rank < ROSTER_MANAGER ? ROSTER_MANAGER : (uint32_t)rank + 1; level < ROSTER_POSTS; level++) {
        uint32_t holder = post_holder(roster, at->store, at->department, level);
        if (holder != ROSTER_NOBODY)
            return holder;
    }
    return roster->management_group_count > 0 ? roster->management_group[0] : ROSTER_NOBODY;
}

void roster_department_heads(const struct roster *roster, struct span store, struct span department,
                             struct name_list *ret_heads)
{
    uint32_t at_store = roster_find_store(roster, store);
    uint32_t holder = ROSTER_NOBODY;
    if (at_store != ROSTER_NOBODY)
        holder = post_holder(roster, at_store, roster_find_department(roster, at_store, department), ROSTER_MANAGER);
    ret_heads->count = 0;
    if (holder != ROSTER_NOBODY)
        ret_heads->item[ret_heads->count++] = number_at(roster, holder);
}

uint32_t roster_staff_count(const struct roster *roster, struct span store)
{
    uint32_t at_store = roster_find_store(roster, store);
    uint32_t count = 0;
    for (uint32_t i = 0; at_store != ROSTER_NOBODY && i < roster->staff_count; i++)
        count += roster->staff[i].store == at_store;
    return count;
}

bool roster_has_other(const struct roster *roster, struct span store, const struct name_list *skip,
                      const struct name_list *skip_too)
{
    uint32_t at_store = roster_find_store(roster, store);
    for (uint32_t i = 0; at_store != ROSTER_NOBODY && i < roster->staff_count; i++) {
        struct span person = number_at(roster, i);
        if (roster->staff[i].store == at_store && !names_have(skip, person) && !names_have(skip_too, person))
            return true;
    }
    return false;
}

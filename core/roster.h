/*
 * roster.h - who works where, and whom a notice reaches: never nobody. Pure.
 *
 *   level  post                named by
 *     0    default handler     the department, else its store
 *     1    manager             the department, else its store
 *     2    director            the store, else the group
 *     3    general manager     the store, else the group
 *     4    management group    the group: several, in order
 *
 * A post that is vacant, whose holder is skipped (complained about, or party to it), or is away without anybody to stand
 * in, goes to the next one up. Who stands in for somebody may be away, too: then whoever stands in for them. A substitute
 * of a skipped person is not asked: whoever speaks for a party is one.
 *
 * Caveats
 *   Without a roster (NULL, or nobody in it) a role stands for its person: "manager@sh-pudong/service". At the very end, when
 *   everybody is away or skipped, the group itself is meant: "management-group".
 *   Names and telephone numbers of people are in no roster: staff go by their numbers. Stores have names to be shown by.
 *   A struct roster holds offsets, no pointers: copy it freely, but it is large (1.4 MB): not on a stack. io/roster_file.h
 *   reads and checks one; what is in such a one names only who is in it, and no chain in it is a circle.
 *   Spans that are handed out live as long as the roster stays as it is.
 */
#ifndef MANYI_CORE_ROSTER_H
#define MANYI_CORE_ROSTER_H

#include "schemas/types.h"

#define ROSTER_STORES_MAX 256u
#define ROSTER_DEPARTMENTS_MAX 2048u /* of all stores together */
#define ROSTER_STORE_DEPARTMENTS_MAX 16u
#define ROSTER_STAFF_MAX 8192u
#define ROSTER_SUBSTITUTES_MAX 2048u
#define ROSTER_GROUP_MAX 16u
#define ROSTER_CONTACTS_MAX 16u
#define ROSTER_TEXT_BYTES SYSTEM_EVENT_MAX
#define ROSTER_HOPS_MAX 8u /* who stands in for whom: a longer chain ends in the next one up */

enum roster_level {
    ROSTER_HANDLER,
    ROSTER_MANAGER,
    ROSTER_DIRECTOR,
    ROSTER_GENERAL_MANAGER,
    ROSTER_MANAGEMENT_GROUP,
};
#define ROSTER_POSTS 4u /* levels that one person holds */
#define ROSTER_NOBODY UINT32_MAX

/* A text of the roster: where it begins in `text`; 0 for none. */
typedef uint32_t roster_text;

struct roster_store {
    roster_text store;
    roster_text name,
        name_en; /* what people call it, by the group's own language and in English; pages, nothing else */
    roster_text region;
    uint32_t post[ROSTER_POSTS]; /* index of staff, or ROSTER_NOBODY */
    uint32_t first_department, department_count;
};

struct roster_department {
    roster_text department;
    uint32_t post[ROSTER_POSTS]; /* handler and manager */
};

struct roster_person {
    roster_text number, title;
    uint32_t store;      /* index, or ROSTER_NOBODY: of the group */
    uint32_t department; /* index, or ROSTER_NOBODY */
    uint32_t superior;   /* as the document says; ROSTER_NOBODY: by the posts */
    uint32_t entry;      /* place in the document, from 0 */
};

/* Away on these local days, both included. */
struct roster_substitute {
    uint32_t person;
    uint32_t by; /* ROSTER_NOBODY: nobody stands in */
    int64_t from_day, to_day;
    uint32_t entry;
};

struct roster_contact {
    roster_text topic;
    uint32_t person;
};

struct roster {
    roster_text name;
    char hash[33];                                /* BLAKE2b-128 of the document, hexadecimal */
    struct roster_store store[ROSTER_STORES_MAX]; /* by name */
    struct roster_department department[ROSTER_DEPARTMENTS_MAX];
    struct roster_person staff[ROSTER_STAFF_MAX];                /* by number */
    struct roster_substitute substitute[ROSTER_SUBSTITUTES_MAX]; /* by person, from_day */
    uint32_t post[ROSTER_POSTS];                                 /* the group's director and general manager */
    uint32_t management_group[ROSTER_GROUP_MAX];
    struct roster_contact contact[ROSTER_CONTACTS_MAX];
    uint32_t store_count, department_count, staff_count, substitute_count, management_group_count, contact_count;
    uint32_t text_len;
    char text[ROSTER_TEXT_BYTES]; /* ended texts, one after the other; the first is empty */
};

/* ---- whom to tell ---- */

struct roster_question {
    struct span store;
    struct span department; /* may be empty */
    int64_t level;          /* 0 to 4; more is 4 */
    int64_t day;            /* local, in days since 1970-01-01: substitutes stand in on their days */
    struct span first;      /* who was named for it by people, before the posts; may be empty, may be unknown */
    const struct name_list *skip, *skip_too; /* who must not be told; may be NULL */
};

/* Who is told: a staff number, or a role as above. text has LABEL_MAX_BYTES + 1; never empty. */
void roster_recipient(const struct roster *roster, const struct roster_question *question, char *text, size_t size);

/* The same, step by step, for people who ask why. */
enum roster_why { ROSTER_VACANT, ROSTER_SKIPPED, ROSTER_AWAY, ROSTER_TOLD };
struct roster_step {
    enum roster_level level;
    enum roster_why why;
    struct span person; /* empty: vacant */
    bool stands_in;     /* for the person of the step before */
    bool named;         /* question->first */
};
#define ROSTER_STEPS_MAX ((1u + ROSTER_POSTS + ROSTER_GROUP_MAX) * (ROSTER_HOPS_MAX + 1u))
/* At least one step; the last tells who, if it is ROSTER_TOLD, else the group itself is meant. Needs a roster. */
void roster_ask(const struct roster *roster, const struct roster_question *question,
                struct roster_step ret_steps[ROSTER_STEPS_MAX], uint32_t *ret_count);

/* ---- who is who; false, none and 0 without a roster ---- */

/* Is there one? */
bool roster_is_adopted(const struct roster *roster);

/* The text at a place of it. */
struct span roster_text_at(const struct roster *roster, roster_text at);

bool roster_knows_store(const struct roster *roster, struct span store);

/* False: unknown. Both empty for somebody of the group, the department for somebody of a whole store. */
bool roster_place_of(const struct roster *roster, struct span person, struct span *ret_store,
                     struct span *ret_department);

/* Who leads a department, for a joint share: its manager, or the store's where it has none. */
void roster_department_heads(const struct roster *roster, struct span store, struct span department,
                             struct name_list *ret_heads);

/* People of a store, all departments together. */
uint32_t roster_staff_count(const struct roster *roster, struct span store);
/* Does the store have somebody who is in neither list (either may be NULL)? A store too small has not: the next one up must. */
bool roster_has_other(const struct roster *roster, struct span store, const struct name_list *skip,
                      const struct name_list *skip_too);

/* ---- for who reads one: indices, ROSTER_NOBODY when there is none ---- */

uint32_t roster_find_store(const struct roster *roster, struct span store);
uint32_t roster_find_department(const struct roster *roster, uint32_t store, struct span department);
uint32_t roster_find_person(const struct roster *roster, struct span person);
/* Their entry for that day. */
uint32_t roster_find_substitute(const struct roster *roster, uint32_t person, int64_t day);
/* Next one up: the superior whom the document names, else who holds the lowest post of their place that is above their own. */
uint32_t roster_superior_of(const struct roster *roster, uint32_t person);

#endif

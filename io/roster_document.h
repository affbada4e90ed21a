/*
 * roster_document.h - the YAML form of a roster: every name as it stands in the file. Only for roster_*.c.
 *
 * libcyaml checks the shape; who is meant by the names is worked out in roster_file.c. An empty text was left out. Plain data,
 * 4 MB of it.
 */
#ifndef MANYI_IO_ROSTER_DOCUMENT_H
#define MANYI_IO_ROSTER_DOCUMENT_H

#include "core/roster.h"

typedef char roster_name[NAME_MAX_BYTES + 1];
typedef char roster_date[24];

struct document_posts {
    roster_name post[ROSTER_POSTS];
};

struct document_store_department {
    roster_name department;
    struct document_posts posts;
};

struct document_store {
    roster_name store, name, name_en, region;
    struct document_posts posts;
    struct document_store_department departments[ROSTER_STORE_DEPARTMENTS_MAX];
    uint32_t departments_count;
};

struct document_person {
    roster_name number, title, store, department, superior;
    uint32_t line; /* of a table of staff; 0: to be looked for in the text */
};

struct document_substitute {
    roster_name person, by;
    roster_date from, to;
};

struct document_contact {
    roster_name topic, person;
};

struct roster_document {
    roster_name name;
    struct document_posts posts; /* of the group */
    roster_name management_group[ROSTER_GROUP_MAX];
    uint32_t management_group_count;
    struct document_contact contacts[ROSTER_CONTACTS_MAX];
    uint32_t contacts_count;
    struct document_store stores[ROSTER_STORES_MAX];
    uint32_t stores_count;
    struct document_person staff[ROSTER_STAFF_MAX];
    uint32_t staff_count;
    struct document_substitute substitutes[ROSTER_SUBSTITUTES_MAX];
    uint32_t substitutes_count;
};

/* The keys of posts, by enum roster_level. */
extern const char *const roster_posts[ROSTER_POSTS];

/* -E_BAD_ROSTER with line, key and cause in message; -E_NO_MEMORY. Give it back with roster_document_free. */
int roster_document_load(struct span text, struct roster_document **ret_document, char *message);
void roster_document_free(struct roster_document *document); /* NULL is allowed */

#endif

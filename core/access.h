/*
 * access.h - who may do and see what: principals, and the one function that decides, for ZeroMQ and HTTP alike. Pure.
 *
 * A principal is whoever holds a key or a token: a person (named by staff number), a device or a program. What it may is said by its
 * roles (core/access.def) times its stores times its departments; for whom it speaks and as which source it publishes, by
 * its own lists.
 *
 *   ask (right, place, whose) --> each role of the principal --> the widest reach --> 0, or why not
 *
 * Caveats
 *   Number 0 is local: whoever connects without keys, where keys are not asked for. Local may do everything, and is believed
 *   whatever name it gives; what it claims is on record as claimed.
 *   A place without a department belongs to the whole store: only who may see all its departments sees it. A place without a
 *   store belongs to the group.
 *   Keys, tokens and passwords are none of this: io/keyring.h.
 *   A struct access holds offsets, no pointers: copy it freely, but it is large: not on a stack.
 */
#ifndef MANYI_CORE_ACCESS_H
#define MANYI_CORE_ACCESS_H

#include "schemas/types.h"

enum access_role {
#define ROLE(role, zh, doc) ROLE_OF_##role,
#include "core/access.def"
    ACCESS_ROLES
};

enum access_right {
#define RIGHT(right, zh, publisher, handler, manager, director, group, hr, analyst, auditor, ops, display, doc) \
    MAY_##right,
#include "core/access.def"
    ACCESS_RIGHTS
};

enum access_reach { REACH_NONE, REACH_OWN, REACH_PLACE, REACH_ALL };

enum principal_kind { PRINCIPAL_PERSON, PRINCIPAL_DEVICE, PRINCIPAL_PROGRAM, PRINCIPAL_KINDS };

#define PRINCIPALS_MAX 4096u
#define PRINCIPAL_TEXTS_MAX 32768u /* names of stores, departments, sources and people of all principals together */
#define ACCESS_TEXT_BYTES SYSTEM_EVENT_MAX
#define PRINCIPAL_LOCAL 0u
#define RATE_UNLIMITED 0u

/* A text of struct access: where it begins in `text`; 0 for none. */
typedef uint32_t access_text;

/* Names in a row of `name`; `all`: whatever it is, and the names are none. */
struct access_names {
    uint32_t first, count;
    bool all;
};

struct principal {
    access_text name; /* of a person: the staff number */
    uint32_t number;  /* from 1; given once, never used again: journal entries carry it */
    uint32_t roles;   /* bit per enum access_role */
    enum principal_kind kind;
    bool revoked; /* kept, so that its number still has a name */
    struct access_names stores, departments;
    struct access_names sources;    /* URIs; with "/" and "*" at the end: and all below. Beside "/principals/<name>" */
    struct access_names speaks_for; /* whose names it may give in `by`, beside its own; "agent.*": all that begin so */
    uint32_t rate;                  /* events a second that it may publish; RATE_UNLIMITED */
};

struct access {
    char hash[33];                              /* BLAKE2b-128 of the document, hexadecimal */
    struct principal principal[PRINCIPALS_MAX]; /* by number */
    access_text name[PRINCIPAL_TEXTS_MAX];
    uint32_t count, name_count, text_len;
    char text[ACCESS_TEXT_BYTES]; /* ended texts, one after the other; the first is empty */
};

/* ---- the table ---- */

const char *access_role_name(enum access_role role); /* "handler" */
const char *access_role_zh(enum access_role role);
const char *access_role_doc(enum access_role role);
const char *access_right_name(enum access_right right); /* "see_complaint" */
const char *access_right_zh(enum access_right right);
const char *access_right_doc(enum access_right right);
const char *access_reach_name(enum access_reach reach); /* "place" */
const char *principal_kind_name(enum principal_kind kind);
enum access_reach access_reach(enum access_role role, enum access_right right);

/* ---- the principal ---- */

/* By number, by name. NULL: none of these. */
const struct principal *access_of_number(const struct access *access, uint32_t number);
const struct principal *access_of_name(const struct access *access, struct span name);

static inline struct span access_span(const struct access *access, access_text text)
{
    return span_of(access->text + text);
}

/* ---- the decision ---- */

/* What somebody wants. Empty spans: nowhere, nobody. */
struct access_ask {
    enum access_right right;
    struct span store, department;
    struct span person; /* whom it is about, or whose case it is */
};

/* 0; -E_NO_RIGHT: none of its roles may at all; -E_OTHER_PLACE: not there; -E_OTHER_PERSON: about its own person only;
 * -E_REVOKED. principal NULL: local. */
int access_decide(const struct access *access, const struct principal *principal, const struct access_ask *ask);

/* The same of what tells of a case, such as a notice or a refused decision: of rewards, penalties and appeals (L-…,
 * A-…) only who may see those, and whom it is for. about: the case; empty for none. */
int access_decide_about(const struct access *access, const struct principal *principal, const struct access_ask *ask,
                        struct span about);

/* The widest reach that it has for a right, wherever. principal NULL: REACH_ALL. */
enum access_reach access_widest(const struct principal *principal, enum access_right right);

/* May it give this name in `by`? *ret_claimed: the name is not its own. principal NULL: yes, claimed. */
bool access_speaks_for(const struct access *access, const struct principal *principal, struct span person,
                       bool *ret_claimed);

/* May it publish as this source? principal NULL: yes. */
bool access_owns_source(const struct access *access, const struct principal *principal, struct span source);

/* ---- what asks for which right ---- */

/* Of a fact, decision or system event that people may send; MAY_publish for a type that nobody knows. */
enum access_right access_right_of_event(enum event_type type);
/* Of a channel of cards, "complaint" ... "system"; ACCESS_RIGHTS: there is no such channel. */
enum access_right access_right_of_channel(struct span channel);

#endif

/*
 * notices_file.h - where people's notices are sent: targets (a mail server, a webhook, a robot, a command) and, person by person,
 * which of them reach whom at which address.
 *
 *   targets: [{name: mail, kind: smtp, host: ...}]      people: {wang.li: [{target: mail, address: wang.li@example.com}]}
 *
 * Caveats
 *   Addresses are personal data and secrets are secrets: neither is journaled, logged or printed (notices_mask).
 *   Secrets stand in files of their own: an absolute path, or a name that is looked for in $CREDENTIALS_DIRECTORY (systemd) and
 *   else beside the notices file. One that others may read is refused.
 *   A struct notices is large (some 4 MB) and plain; notices_free wipes it.
 */
#ifndef MANYI_IO_NOTICES_FILE_H
#define MANYI_IO_NOTICES_FILE_H

#include "schemas/types.h"

#define NOTICES_MESSAGE_MAX 384u
#define NOTICE_TARGETS_MAX 64u
#define NOTICE_PEOPLE_MAX 4096u
#define NOTICE_WAYS_MAX 8192u      /* of all people together */
#define NOTICE_ALTERNATIVES_MAX 8u /* of one person */
#define NOTICE_URL_MAX 1024u       /* with its end, as all below */
#define NOTICE_TEXT_MAX 256u
#define NOTICE_SECRET_MAX 256u

enum notice_tls { NOTICE_STARTTLS, NOTICE_TLS, NOTICE_PLAIN };

struct notice_target {
    char name[NAME_MAX_BYTES + 1];
    int32_t means; /* notice_means_is_smtp ... */
    uint32_t line; /* where it begins */
    char url[NOTICE_URL_MAX];
    char host[NOTICE_TEXT_MAX];
    uint32_t port; /* 0: the usual one of its tls */
    enum notice_tls tls;
    char ca_file[NOTICE_TEXT_MAX]; /* of the receiver's certificate; empty: the system's */
    char proxy[NOTICE_TEXT_MAX];   /* empty: none, whatever the environment says */
    char from[NOTICE_TEXT_MAX];
    char user[NOTICE_TEXT_MAX];
    char command[NOTICE_TEXT_MAX];     /* absolute path */
    char secret[NOTICE_SECRET_MAX];    /* whsec_..., a robot's secret, a password; empty: none */
    char secret_file[NOTICE_TEXT_MAX]; /* where it was read, as the file names it; empty: none was */
    uint32_t timeout_ms;               /* of the whole */
};

/* One way to a person. */
struct notice_way {
    uint32_t target; /* index */
    char address[NOTICE_TEXT_MAX];
};

struct notice_person {
    char name[LABEL_MAX_BYTES + 1]; /* a person, a post such as manager@sh-pudong/service, or default */
    uint32_t line;
    uint32_t first, count; /* of way[], in the order in which they are tried */
};

struct notices {
    bool english;                /* language: en; zh otherwise */
    char links[NOTICE_TEXT_MAX]; /* base of links, without a slash at its end; empty: no links */
    struct notice_target target[NOTICE_TARGETS_MAX];
    struct notice_person person[NOTICE_PEOPLE_MAX]; /* by name */
    struct notice_way way[NOTICE_WAYS_MAX];
    uint32_t target_count, person_count, way_count;
    uint64_t stamp; /* of the file and its secrets, from before they were read */
};

/* Reads a file and the secrets that it names. -E_BAD_NOTICES: message says file, line, key and cause; *ret_notices is untouched.
 * -E_NO_INPUT_FILE, -E_NO_MEMORY. */
int notices_load(const char *path, struct notices **ret_notices, char message[NOTICES_MESSAGE_MAX]);
/* Differs from the stamp of `read` when the file or a secret of those was written anew; 0: there is no file. `read` may be NULL. */
uint64_t notices_stamp(const char *path, const struct notices *read);
void notices_free(struct notices *notices); /* NULL is allowed */

/* The text alone, without reading secrets: what notices_load begins with. `notices` is written to in any case. */
int notices_parse(struct span text, struct notices *notices, char message[NOTICES_MESSAGE_MAX]);

/* The ways to whom a notice is for: the name's own entry; of manager@sh-pudong/service then manager@sh-pudong and manager; then
 * `default`. NULL: there is none. */
const struct notice_person *notices_person(const struct notices *notices, struct span to);
const struct notice_target *notices_target(const struct notices *notices, struct span name); /* NULL */

/* What a person may be shown of an address: "w***@example.com", "138***21". */
void notices_mask(const char *address, char ret_text[NOTICE_TEXT_MAX]);

/* What was checked, a line each. */
extern const char *const notices_checks[];
extern const uint32_t notices_checks_count;

#endif

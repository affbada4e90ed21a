/*
 * link.h - signed texts that let whoever holds them do one thing, once, until a time: links in notices, visits' rating links,
 * reply codes.
 *
 *   link = base64url(version ‖ purpose ‖ expires_ms ‖ nonce 16 ‖ len ‖ subject ‖ len ‖ person ‖ HMAC-SHA-512-256 of all before)
 *
 * Caveats
 *   Single use is not checked here: whoever acts on a link publishes under an event id made of its nonce (link_event_id), and
 *   intake answers the second one as a duplicate.
 *   A GET of a link must change nothing: mail programs open links by themselves.
 */
#ifndef MANYI_IO_LINK_H
#define MANYI_IO_LINK_H

#include "core/limits.h"
#include "core/span.h"

#define LINK_SECRET_NAME "links" /* whose secret notices and ratings are signed with: DIR/keys/links.secret */
#define LINK_SECRET_BYTES 32u
#define LINK_NONCE_BYTES 16u
#define LINK_TEXT_MAX 512u /* with its end */
#define REPLY_CODE_MAX 16u /* "K7QM-4TXD", with its end */

enum link_purpose { LINK_ACKNOWLEDGE = 1, LINK_RATE = 2, LINK_CUSTOMER = 3, LINK_SESSION = 4, LINK_COUNT };

struct link {
    enum link_purpose purpose;
    int64_t expires_ms;
    uint8_t nonce[LINK_NONCE_BYTES];
    struct span subject; /* E-41-response-100; of a rating link visit, store and department, a line each */
    struct span person;  /* who acts; empty: nobody known */
};

/* DIR/keys/<name>.secret: 32 random bytes, mode 0600, made when there is none (io/secret_file.h). Errors: -E_IO,
 * -E_NO_INPUT_FILE (no such DIR), -E_NOT_PERMITTED, -E_BAD_KEY_FILE. */
int link_secret_load(const char *dir, const char *name, uint8_t ret_secret[LINK_SECRET_BYTES]);

/* nonce: from the caller, so that the same notice's link is the same link each time it is sent. -E_NO_ROOM. */
int link_write(const uint8_t secret[LINK_SECRET_BYTES], const struct link *link, char ret_text[LINK_TEXT_MAX]);
/* A nonce that is a function of what the link is for: keyed, so that nobody can guess it. */
void link_nonce(const uint8_t secret[LINK_SECRET_BYTES], struct span what, uint8_t ret_nonce[LINK_NONCE_BYTES]);

/* Spans of ret_link point into buffer (LINK_TEXT_MAX). -E_LINK_FORGED, -E_LINK_EXPIRED. */
int link_read(const uint8_t secret[LINK_SECRET_BYTES], struct span text, int64_t wall_ms, uint8_t *buffer,
              struct link *ret_link);

/* "link-<nonce, hexadecimal>" */
#define LINK_EVENT_ID_MAX 48u
void link_event_id(const struct link *link, char ret_id[LINK_EVENT_ID_MAX]);

/* Eight characters that a person can type, of a subject and a person; compared in constant time, case and dashes aside. */
void reply_code_write(const uint8_t secret[LINK_SECRET_BYTES], struct span subject, struct span person,
                      char ret_code[REPLY_CODE_MAX]);
bool reply_code_fits(const uint8_t secret[LINK_SECRET_BYTES], struct span subject, struct span person,
                     struct span code);

#endif

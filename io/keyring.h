/*
 * keyring.h - the access file: principals (core/access.h) with their keys, tokens and passwords; read anew when it changes.
 *
 * One YAML file, written by `manyi key` and by people:
 *
 *   next_number: 5                   # of whoever comes next; `manyi key` sees to it
 *   principals:
 *     - name: bay-03                 # of a person: the staff number
 *       number: 4                    # given once; never used again
 *       kind: device                 # person, device, program
 *       roles: [publisher]
 *       stores: [sh-pudong]          # or: all
 *       departments: all
 *       sources: ["/stores/sh-pudong/service/bay-03"]
 *       speaks_for: []
 *       rate: 2000                   # events a second; 0 or left out: no limit
 *       keys:                        # CURVE, public halves, Z85
 *         - {public: "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7", until: 2026-12-01T00:00:00Z}
 *       tokens:                      # of HTTP; BLAKE2b-256 of the token, hexadecimal
 *         - {id: t1, hash: "...", until: 2027-01-01T00:00:00Z}
 *       password: "$argon2id$..."
 *       revoked: false
 *
 * Caveats
 *   A keyring belongs to one thread; every role has its own of the same file.
 *   A file that can't be read any more changes nothing: what was read last stays, and intake's log says so once.
 *   Keys and tokens whose time is over, or with `revoked: true`, may stand in it for as long as people want to see them.
 *   Secrets are never in it: whoever reads it can't connect as anybody. It is written with mode 0640 all the same.
 */
#ifndef MANYI_IO_KEYRING_H
#define MANYI_IO_KEYRING_H

#include "core/access.h"
#include "io/clock.h"

#define KEYRING_MESSAGE_MAX 384u
#define KEY_Z85_LEN 40u
#define PRINCIPAL_KEYS_MAX 8u /* of one principal: rotation overlaps */
#define PRINCIPAL_TOKENS_MAX 8u
#define ACCESS_DOCUMENT_MAX (SYSTEM_EVENT_MAX - 4u * KIB) /* as journaled: its event fits, too */

struct keyring;

/* path "": a keyring without anybody in it, for ports that ask for no keys. -E_BAD_ACCESS: message names file, line and key, what
 * is wrong and what to do. -E_NO_INPUT_FILE, -E_NO_MEMORY, -E_NO_DESCRIPTORS, -E_IO. */
int keyring_open(const char *path, struct keyring **ret_keyring, char message[KEYRING_MESSAGE_MAX]);
void keyring_close(struct keyring *keyring); /* NULL is allowed */

/* Looks at the file at most once a second. KEYRING_CHANGED: there is another content. KEYRING_ENDED: a key that was
 * good is good no longer (revoked, removed, its time over), or its principal has lost a role: connections must end. Tokens and
 * passwords are asked for at each request. */
enum keyring_change { KEYRING_SAME, KEYRING_CHANGED, KEYRING_ENDED };
enum keyring_change keyring_turn(struct keyring *keyring, struct clock_reading now);

/* Why the file can't be read any more, with file, line and key; "": it can. Lives until the next keyring_turn. */
const char *keyring_trouble(const struct keyring *keyring);

/* Who there is. Lives until the next keyring_turn. */
const struct access *keyring_access(const struct keyring *keyring);

/* Whose key, token or password it is at wall_ms. -E_UNKNOWN_PRINCIPAL, -E_REVOKED (principal, key or token, or its time is over);
 * of a password -E_BAD_CREDENTIALS, whether the name is wrong or the password, after the same time. */
int keyring_of_key(const struct keyring *keyring, const uint8_t public_key[32], int64_t wall_ms,
                   const struct principal **ret_principal);
/* Whose key it is or was, good or not; 0: nobody's. */
uint32_t keyring_number_of_key(const struct keyring *keyring, const uint8_t public_key[32]);
int keyring_of_token(const struct keyring *keyring, struct span token, int64_t wall_ms,
                     const struct principal **ret_principal);
/* Likewise of what keyring_token_hash makes of a token: who keeps that can ask again without keeping the token. */
#define KEYRING_TOKEN_BYTES 32u
void keyring_token_hash(struct span token, uint8_t ret_hash[KEYRING_TOKEN_BYTES]);
int keyring_of_token_hash(const struct keyring *keyring, const uint8_t hash[KEYRING_TOKEN_BYTES], int64_t wall_ms,
                          const struct principal **ret_principal);
int keyring_of_password(const struct keyring *keyring, struct span name, struct span password,
                        const struct principal **ret_principal);

/* What a session of this principal is bound to: it is another one after another password. Zeros: there is no password. */
#define KEYRING_MARK_BYTES 16u
void keyring_password_mark(const struct keyring *keyring, uint32_t number, uint8_t ret_mark[KEYRING_MARK_BYTES]);

/* ---- the part that is journaled (access.changed): principals without their keys ---- */

/* access.hash is that of the document as access_render writes it: two files that differ in keys and comments alone have the same.
 * -E_BAD_ACCESS: message names line and key; ret_access is untouched. -E_NO_MEMORY. */
int access_parse(struct span document, struct access *ret_access, char message[KEYRING_MESSAGE_MAX]);
/* At most ACCESS_DOCUMENT_MAX bytes, whoever was read from a file. In the order of numbers; access_parse of it gives
 * the same. -E_NO_ROOM. */
int access_render(const struct access *access, char *buffer, size_t size, size_t *ret_len, char ret_hash[33]);

#endif

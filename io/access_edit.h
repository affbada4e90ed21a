/*
 * access_edit.h - changes to an access file: made in what was read, and then in its text, of which all but one entry stays as
 * people wrote it.
 *
 *   text --access_file_parse--> file --access_add, access_key_add ...--> file --access_edit--> text, read again to be the same
 *
 * Caveats
 *   The entry that is changed is written anew: comments within it are lost, those before, after and between entries stay.
 *   What is added is checked when the text is read again; messages name lines of the new text.
 */
#ifndef MANYI_IO_ACCESS_EDIT_H
#define MANYI_IO_ACCESS_EDIT_H

#include "io/access_file.h"

struct access_list {
    bool all;
    uint32_t count;
    const struct span *name;
};

struct access_draft {
    struct span name;
    enum principal_kind kind;
    uint32_t roles, rate;
    struct access_list stores, departments, sources, speaks_for;
};

/* A new principal, whose number nobody had. Results of all: -E_BAD_ACCESS, message says why. */
int access_add(struct access_file *file, const struct access_draft *draft, uint32_t *ret_number,
               char message[KEYRING_MESSAGE_MAX]);

/* until_ms: ACCESS_FOR_EVER or when it ends. Where a principal has as many as it may, one that is good no longer at now_ms makes
 * room. */
int access_key_add(struct access_file *file, uint32_t number, const uint8_t public_key[32], int64_t until_ms,
                   int64_t now_ms, char message[KEYRING_MESSAGE_MAX]);
int access_token_add(struct access_file *file, uint32_t number, const uint8_t hash[32], int64_t until_ms,
                     int64_t now_ms, char ret_id[TOKEN_ID_MAX + 1], char message[KEYRING_MESSAGE_MAX]);
void access_password_set(struct access_file *file, uint32_t number, const char hash[PASSWORD_HASH_MAX]);

/* A principal's keys and tokens in the order of the file, however they are sorted to be found: *at begins as 0; NULL: no more. */
const struct access_key *access_key_next(const struct access_file *file, uint32_t number, uint64_t *at);
const struct access_token *access_token_next(const struct access_file *file, uint32_t number, uint64_t *at);

/* What tells a public key from others: 12 hexadecimal digits of its BLAKE2b-128. */
#define KEY_FINGERPRINT_LEN 12u
void key_fingerprint(const uint8_t public_key[32], char ret_text[KEY_FINGERPRINT_LEN + 1]);

/* What a new file begins as: nobody is in it. */
extern const char access_fresh[];

/* The text with the entry of this number written anew, or added; the caller frees *ret_text. -E_BAD_ACCESS: message
 * says why; -E_NO_MEMORY. */
int access_edit(struct span text, struct access_file *file, uint32_t number, char **ret_text, size_t *ret_len,
                char message[KEYRING_MESSAGE_MAX]);

#endif

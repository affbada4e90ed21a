/*
 * access_file.h - the access file as a whole: principals, and the keys, tokens and passwords by which they are known. Only for
 * keyring.c, access_*.c and `manyi key`; what the file looks like stands in io/keyring.h.
 *
 * Caveats
 *   Plain data of several megabytes, most of it never touched: on the heap, from calloc.
 *   Keys, tokens and passwords name their principal by its number.
 */
#ifndef MANYI_IO_ACCESS_FILE_H
#define MANYI_IO_ACCESS_FILE_H

#include "io/keyring.h"

#define ACCESS_FILE_MAX (4u * MIB)
#define ACCESS_KEYS_MAX 16384u /* of all principals together; tokens alike */
#define PRINCIPAL_NUMBER_MAX 1000000000u
#define PASSWORD_HASH_MAX 128u /* crypto_pwhash_STRBYTES */
#define TOKEN_ID_MAX 16u
#define ACCESS_FOR_EVER INT64_MAX

struct access_key {
    uint8_t public_key[32];
    uint32_t number, line;
    int64_t until_ms; /* ACCESS_FOR_EVER */
    bool revoked;
};

struct access_token {
    uint8_t hash[32]; /* BLAKE2b-256 of the token's text */
    uint32_t number, line;
    int64_t until_ms;
    bool revoked;
    char id[TOKEN_ID_MAX + 1]; /* "t1"; of one principal no other has it */
};

struct access_password {
    uint32_t number, line;
    char hash[PASSWORD_HASH_MAX];
};

/* Where an entry stands in the text, in characters (not bytes), for whoever rewrites it. */
struct access_place {
    uint32_t number, line;
    size_t begin, end; /* of what stands between them nothing is another's */
    uint32_t column;
    bool flow; /* {name: ...} */
};

struct access_file {
    struct access access;
    uint32_t next_number; /* above each number that there is or was; 0: the file does not say */
    uint32_t key_count, token_count, password_count;
    struct access_place place[PRINCIPALS_MAX];       /* by number, as access.principal */
    struct access_place list;                        /* the list of principals itself; number: that of its entries */
    struct access_place next_place;                  /* of next_number's value; line 0: there is none */
    struct access_place map;                         /* the whole document */
    struct access_key key[ACCESS_KEYS_MAX];          /* by public key */
    struct access_token token[ACCESS_KEYS_MAX];      /* by hash */
    struct access_password password[PRINCIPALS_MAX]; /* by number */
};

/* -E_BAD_ACCESS: message names line and key; ret_file is undefined then. -E_NO_MEMORY. with_keys: keys, tokens, passwords and
 * next_number may stand in it. */
int access_file_parse(struct span text, bool with_keys, struct access_file *ret_file,
                      char message[KEYRING_MESSAGE_MAX]);

/* Sets access.hash: that of the document as access_render writes it. -E_NO_ROOM: that is larger than ACCESS_DOCUMENT_MAX. */
int access_hash(struct access *access);

/* Puts everything into the order in which it is looked for. */
void access_file_sort(struct access_file *file);

/* The same principals, keys, tokens and passwords? */
bool access_file_same(const struct access_file *a, const struct access_file *b);

void content_hash(struct span content, uint8_t ret_hash[32]); /* BLAKE2b-256 */

/* What was checked, a line each, for `manyi access check`. */
extern const char *const access_checks[];
extern const uint32_t access_checks_count;

#endif

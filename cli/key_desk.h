/*
 * key_desk.h - the access file on the desk of `manyi key`: read under a lock, changed, and put back whole.
 */
#ifndef MANYI_CLI_KEY_DESK_H
#define MANYI_CLI_KEY_DESK_H

#include "cli/cli.h"
#include "io/access_edit.h"
#include "io/key_file.h"

/* Zero-initialise; desk_close in the end. */
struct key_desk {
    struct cli *cli;
    char path[4096]; /* of the file itself, not of a link to it */
    int folder_fd;   /* locked; 0: none */
    bool is_new;     /* there was no file */
    uint8_t *text;
    size_t len;
    struct access_file *file;
    int64_t now_ms; /* of the wall clock, whole seconds: what is written ends at one */
};

/* change: locks out other changes until desk_close, and a file that lacks is nobody yet. Failures are said. */
int desk_open(struct cli *cli, bool change, struct key_desk *desk);
/* Writes the entry of this number, beside the file and then in its place. */
int desk_save(struct key_desk *desk, uint32_t number);
void desk_close(struct key_desk *desk);

/* The principal of that name. -E_NOT_FOUND: said, with what was probably meant. */
int desk_find(struct key_desk *desk, const char *name, struct principal **ret_principal);

/* ---- what is made for a principal: key_make.c ---- */

/* A pair, whose file is --out or NAME.key; it is added to the principal. Remove the file when the desk can't be saved. */
struct made_key {
    char path[512];
    char fingerprint[KEY_FINGERPRINT_LEN + 1];
};
int key_make(struct key_desk *desk, const struct principal *principal, int64_t until_ms, struct made_key *ret_made);

#define TOKEN_TEXT_MAX 64u
int token_make(struct key_desk *desk, const struct principal *principal, int64_t until_ms,
               char ret_token[TOKEN_TEXT_MAX], char ret_id[TOKEN_ID_MAX + 1]);

/* Asks for a password: twice and unseen on a terminal, else one line of stdin. */
int password_ask(struct cli *cli, const char *name, char ret_hash[PASSWORD_HASH_MAX]);

/* The server's public half, as clients need it; made when there is none yet. */
int server_public(struct cli *cli, uint8_t ret_public[KEY_BYTES]);

/* ---- key_list.c ---- */

int key_list(struct cli *cli);
/* All principals, as a table or as JSON. */
int principals_print(struct key_desk *desk);

#endif

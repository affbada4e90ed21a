/*
 * key_file.h - a pair of keys (CURVE) in a file of its own: a client's, or the server's.
 *
 *   # Key of bay-03 for Manyi. Whoever has this file is bay-03: keep it secret.
 *   name: "bay-03"
 *   public: "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
 *   secret: "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"
 *   server: "JTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6"      # public, of the server; its own file has none
 *
 * Caveats
 *   A file that others than its owner may read is refused: its secret may be no secret any more.
 *   No message quotes what stands in it. Whoever has read one wipes it with key_file_forget.
 */
#ifndef MANYI_IO_KEY_FILE_H
#define MANYI_IO_KEY_FILE_H

#include "core/limits.h"

#include <stdbool.h>
#include <stdint.h>

#define KEY_BYTES 32u
#define KEY_FILE_MESSAGE_MAX 384u
#define SERVER_KEY_FILE "keys/server.key" /* in the data directory */

struct key_file {
    char name[NAME_MAX_BYTES + 1];
    uint8_t public_key[KEY_BYTES], secret_key[KEY_BYTES];
    uint8_t server_key[KEY_BYTES]; /* public */
    bool has_server;
};

/* A new pair; name, server_key and has_server are kept. */
void key_file_draw(struct key_file *key);

/* -E_NO_INPUT_FILE, -E_NOT_PERMITTED, -E_BAD_KEY_FILE: message names file and line, what is wrong and what to do. */
int key_file_read(const char *path, struct key_file *ret_key, char message[KEY_FILE_MESSAGE_MAX]);

/* A new file, mode 0600, whole and on disk or not there at all. -E_USAGE: there is a file already. -E_NO_INPUT_FILE
 * (no such folder), -E_NOT_PERMITTED, -E_IO: message says why. */
int key_file_write(const char *path, const struct key_file *key, char message[KEY_FILE_MESSAGE_MAX]);

/* DIR/keys/server.key, made with its folder (mode 0750) when there is none; several processes may do so at the same moment and
 * get the same. Made by root, they belong to whom the data directory belongs to. Errors: those of both. */
int server_key_load(const char *dir, struct key_file *ret_key, char message[KEY_FILE_MESSAGE_MAX]);

void key_file_forget(struct key_file *key);

#endif

/* access_add.c - principals, keys, tokens and passwords added to what was read. */
#include "core/ensure.h"
#include "core/status.h"
#include "io/access_edit.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 2, 3))) static int refuse(char message[KEYRING_MESSAGE_MAX], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, KEYRING_MESSAGE_MAX, format, arguments);
    va_end(arguments);
    return -E_BAD_ACCESS;
}

/* ---- principals ---- */

static bool text_add(struct access *access, struct span text, access_text *ret_at)
{
    if (access->text_len + text.len + 1 > sizeof access->text)
        return false;
    memcpy(access->text + access->text_len, text.at, text.len);
    access->text[access->text_len + text.len] = '\0';
    *ret_at = access->text_len;
    access->text_len += (uint32_t)text.len + 1;
    return true;
}

static bool list_add(struct access *access, const struct access_list *list, struct access_names *ret_names)
{
    *ret_names = (struct access_names){.first = access->name_count, .count = list->count, .all = list->all};
    for (uint32_t i = 0; i < list->count; i++) {
        if (access->name_count == PRINCIPAL_TEXTS_MAX ||
            !text_add(access, list->name[i], &access->name[access->name_count++]))
            return false;
    }
    return true;
}

int access_add(struct access_file *file, const struct access_draft *draft, uint32_t *ret_number,
               char message[KEYRING_MESSAGE_MAX])
{
    struct access *access = &file->access;
    if (access_of_name(access, draft->name))
        return refuse(message, "%.*s is in it already; `manyi key rotate` gives a new key, an editor other rights",
                      SPAN_ARGS(draft->name));
    if (access->count == PRINCIPALS_MAX)
        return refuse(message, "it has %u principals, which is the most", PRINCIPALS_MAX);
    uint32_t number = access->count > 0 ? access->principal[access->count - 1].number + 1 : 1;
    if (number < file->next_number)
        number = file->next_number;
    if (number > PRINCIPAL_NUMBER_MAX)
        return refuse(message, "all numbers up to %u are given", PRINCIPAL_NUMBER_MAX);
    struct principal *principal = &access->principal[access->count];
    *principal = (struct principal){.number = number, .roles = draft->roles, .kind = draft->kind, .rate = draft->rate};
    if (!text_add(access, draft->name, &principal->name) || !list_add(access, &draft->stores, &principal->stores) ||
        !list_add(access, &draft->departments, &principal->departments) ||
        !list_add(access, &draft->sources, &principal->sources) ||
        !list_add(access, &draft->speaks_for, &principal->speaks_for))
        return refuse(message, "it is full: all names together have at most %u bytes", ACCESS_TEXT_BYTES);
    file->place[access->count++] = (struct access_place){.number = number};
    file->next_number = number + 1;
    *ret_number = number;
    return 0;
}

/* ---- keys ---- */

/* Room among the principal's `count` things: -1 none is needed; else the index of one that is over. -E_BAD_ACCESS: all are good. */
struct room {
    uint32_t count, over;
    bool has_over;
};

static void room_see(struct room *room, uint32_t index, bool over)
{
    room->count++;
    if (over && !room->has_over)
        *room = (struct room){room->count, index, true};
}

int access_key_add(struct access_file *file, uint32_t number, const uint8_t public_key[32], int64_t until_ms,
                   int64_t now_ms, char message[KEYRING_MESSAGE_MAX])
{
    struct room room = {.count = 0};
    for (uint32_t i = 0; i < file->key_count; i++) {
        const struct access_key *key = &file->key[i];
        if (memcmp(key->public_key, public_key, sizeof key->public_key) == 0)
            return refuse(message, "this public key is in it already, in line %u; a key belongs to one principal",
                          key->line);
        if (key->number == number)
            room_see(&room, i, key->revoked || key->until_ms <= now_ms);
    }
    if (room.count == PRINCIPAL_KEYS_MAX && !room.has_over)
        return refuse(message, "it has %u good keys, which is the most; revoke one first", PRINCIPAL_KEYS_MAX);
    if (room.count == PRINCIPAL_KEYS_MAX) {
        file->key_count--;
        memmove(&file->key[room.over], &file->key[room.over + 1], (file->key_count - room.over) * sizeof file->key[0]);
    }
    if (file->key_count == ACCESS_KEYS_MAX)
        return refuse(message, "it has %u keys, which is the most", ACCESS_KEYS_MAX);
    struct access_key *key = &file->key[file->key_count++];
    *key = (struct access_key){.number = number, .line = UINT32_MAX, .until_ms = until_ms};
    memcpy(key->public_key, public_key, sizeof key->public_key);
    return 0;
}

/* ---- tokens ---- */

static bool id_taken(const struct access_file *file, uint32_t number, const char *id)
{
    for (uint32_t i = 0; i < file->token_count; i++) {
        if (file->token[i].number == number && strcmp(file->token[i].id, id) == 0)
            return true;
    }
    return false;
}

int access_token_add(struct access_file *file, uint32_t number, const uint8_t hash[32], int64_t until_ms,
                     int64_t now_ms, char ret_id[TOKEN_ID_MAX + 1], char message[KEYRING_MESSAGE_MAX])
{
    struct room room = {.count = 0};
    char id[TOKEN_ID_MAX + 1] = "t1";
    for (uint32_t i = 2; id_taken(file, number, id); i++)
        snprintf(id, sizeof id, "t%u", i);
    for (uint32_t i = 0; i < file->token_count; i++) {
        if (file->token[i].number == number)
            room_see(&room, i, file->token[i].revoked || file->token[i].until_ms <= now_ms);
    }
    if (room.count == PRINCIPAL_TOKENS_MAX && !room.has_over)
        return refuse(message, "it has %u good tokens, which is the most; revoke one first", PRINCIPAL_TOKENS_MAX);
    if (room.count == PRINCIPAL_TOKENS_MAX) {
        file->token_count--;
        memmove(&file->token[room.over], &file->token[room.over + 1],
                (file->token_count - room.over) * sizeof file->token[0]);
    }
    if (file->token_count == ACCESS_KEYS_MAX)
        return refuse(message, "it has %u tokens, which is the most", ACCESS_KEYS_MAX);
    struct access_token *token = &file->token[file->token_count++];
    *token = (struct access_token){.number = number, .line = UINT32_MAX, .until_ms = until_ms};
    memcpy(token->hash, hash, sizeof token->hash);
    memcpy(token->id, id, sizeof id);
    memcpy(ret_id, id, sizeof id);
    return 0;
}

void access_password_set(struct access_file *file, uint32_t number, const char hash[PASSWORD_HASH_MAX])
{
    uint32_t i = 0;
    while (i < file->password_count && file->password[i].number != number)
        i++;
    if (i == file->password_count)
        file->password_count++;
    file->password[i] = (struct access_password){.number = number};
    memcpy(file->password[i].hash, hash, PASSWORD_HASH_MAX);
}

/* ---- in order ---- */

static uint64_t place_in_file(uint32_t line, uint32_t index)
{
    return ((uint64_t)line << 32) + index;
}

const struct access_key *access_key_next(const struct access_file *file, uint32_t number, uint64_t *at)
{
    const struct access_key *next = NULL;
    uint64_t nearest = UINT64_MAX;
    for (uint32_t i = 0; i < file->key_count; i++) {
        uint64_t place = place_in_file(file->key[i].line, i);
        if (file->key[i].number != number || place <= *at || place >= nearest)
            continue;
        next = &file->key[i];
        nearest = place;
    }
    *at = nearest;
    return next;
}

const struct access_token *access_token_next(const struct access_file *file, uint32_t number, uint64_t *at)
{
    const struct access_token *next = NULL;
    uint64_t nearest = UINT64_MAX;
    for (uint32_t i = 0; i < file->token_count; i++) {
        uint64_t place = place_in_file(file->token[i].line, i);
        if (file->token[i].number != number || place <= *at || place >= nearest)
            continue;
        next = &file->token[i];
        nearest = place;
    }
    *at = nearest;
    return next;
}

void key_fingerprint(const uint8_t public_key[32], char ret_text[KEY_FINGERPRINT_LEN + 1])
{
    uint8_t digest[16];
    char text[33];
    int rc = crypto_generichash(digest, sizeof digest, public_key, 32, NULL, 0);
    ensure(rc == 0);
    sodium_bin2hex(text, sizeof text, digest, sizeof digest);
    memcpy(ret_text, text, KEY_FINGERPRINT_LEN);
    ret_text[KEY_FINGERPRINT_LEN] = '\0';
}

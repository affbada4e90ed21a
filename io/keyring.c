/*
 * keyring.c - who has which key, token or password, and whether the file says otherwise by now.
 *
 *   keyring_turn --(a second later)--> stat --(another file, time or size)--> read --> parse --> takes the place of the old content
 *                                        |                                      |
 *                                        +-- the same: nothing                  +-- refused: the old content stays
 */
#include "io/keyring.h"

#include "core/ensure.h"
#include "core/status.h"
#include "io/access_file.h"
#include "io/file.h"
#include "io/yaml_look.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define LOOK_MS 1000
#define FRESH_MS 3000 /* a file written so short ago may be written again without looking other: its time is coarse */

/* What a file looks like from outside. */
struct look {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec written;
    uint8_t digest[32]; /* of what was read */
};

struct keyring {
    char *path; /* empty: nobody, ever */
    struct access_file *file, *next;
    struct look look;
    bool fresh;
    int64_t looked_ms; /* monotonic */
    int64_t wall_ms;   /* of the last turn */
    int64_t ends_ms;   /* when the first key's time is over that was good then */
    char trouble[KEYRING_MESSAGE_MAX];
};

/* A hash of nobody's password, as strong as all others. */
static const char nobodys[PASSWORD_HASH_MAX] =
    "$argon2id$v=19$m=65536,t=2,p=1$bQVM/AMk1eXIpBUFlUjZBQ$O1N3/guPNBLBT+cIh5PZhqW0r8NPHwxB0nlu0lKgA48";

/* ---- the file ---- */

void content_hash(struct span content, uint8_t ret_hash[32])
{
    int rc = crypto_generichash(ret_hash, 32, content.at, content.len, NULL, 0);
    ensure(rc == 0);
}

static bool look_same(const struct look *a, const struct look *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->written.tv_sec == b->written.tv_sec && a->written.tv_nsec == b->written.tv_nsec;
}

static int file_look(const char *path, struct look *ret_look, char message[KEYRING_MESSAGE_MAX])
{
    struct stat status;
    if (stat(path, &status) < 0) {
        snprintf(message, KEYRING_MESSAGE_MAX, "%.200s: %s; make it by `manyi key new`, or mend `access`", path,
                 strerror(errno));
        return errno == ENOENT || errno == ENOTDIR ? -E_NO_INPUT_FILE : -E_BAD_ACCESS;
    }
    if (!S_ISREG(status.st_mode)) {
        snprintf(message, KEYRING_MESSAGE_MAX, "%.200s: this is no file; mend `access`", path);
        return -E_BAD_ACCESS;
    }
    if (status.st_mode & S_IWOTH) {
        snprintf(message, KEYRING_MESSAGE_MAX, "%.200s: everybody may write it; say `chmod o-w` of it", path);
        return -E_BAD_ACCESS;
    }
    *ret_look = (struct look){
        .device = status.st_dev, .inode = status.st_ino, .size = status.st_size, .written = status.st_mtim};
    return 0;
}

/* Looks before it reads: what is written in between is seen by the next look. 1: it is what was read before, by `known`
 * (NULL: nothing was). */
static int file_load(const char *path, const uint8_t *known, struct access_file *file, struct look *ret_look,
                     char message[KEYRING_MESSAGE_MAX])
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    char flaw[KEYRING_MESSAGE_MAX] = "";
    int result = file_look(path, ret_look, message);
    if (result < 0)
        return result;
    result = file_read(path, ACCESS_FILE_MAX, &bytes, &len);
    if (result < 0) {
        snprintf(message, KEYRING_MESSAGE_MAX, "%.200s: %s", path,
                 result == -E_TOO_LARGE ? "larger than 4 MiB; nobody has so many keys" : strerror(errno));
        return result == -E_TOO_LARGE ? -E_BAD_ACCESS : result;
    }
    content_hash(span_make(bytes, len), ret_look->digest);
    bool same = known && memcmp(known, ret_look->digest, sizeof ret_look->digest) == 0;
    result = same ? 1 : access_file_parse(span_make(bytes, len), true, file, flaw);
    if (result == -E_BAD_ACCESS)
        snprintf(message, KEYRING_MESSAGE_MAX, "%.100s: %.280s", path, flaw);
    yaml_cut_whole(message);
    free(bytes);
    return result;
}

static void fresh_set(struct keyring *keyring, int64_t wall_ms)
{
    int64_t written_ms = (int64_t)keyring->look.written.tv_sec * 1000 + keyring->look.written.tv_nsec / 1000000;
    keyring->fresh = written_ms > wall_ms - FRESH_MS && written_ms < wall_ms + FRESH_MS;
}

/* ---- open and close ---- */

int keyring_open(const char *path, struct keyring **ret_keyring, char message[KEYRING_MESSAGE_MAX])
{
    struct keyring *keyring = calloc(1, sizeof *keyring);
    int result = keyring ? 0 : -E_NO_MEMORY;
    snprintf(message, KEYRING_MESSAGE_MAX, "out of memory");
    if (result == 0) {
        keyring->path = strdup(path);
        keyring->file = calloc(1, sizeof *keyring->file);
        keyring->looked_ms = INT64_MIN;
        keyring->fresh = true;
        if (!keyring->path || !keyring->file || sodium_init() < 0)
            result = -E_NO_MEMORY;
    }
    if (result == 0 && path[0]) {
        keyring->next = calloc(1, sizeof *keyring->next);
        result = keyring->next ? file_load(path, NULL, keyring->file, &keyring->look, message) : -E_NO_MEMORY;
    }
    if (result == 0)
        *ret_keyring = keyring;
    else
        keyring_close(keyring);
    return result;
}

void keyring_close(struct keyring *keyring)
{
    if (!keyring)
        return;
    free(keyring->path);
    free(keyring->file);
    free(keyring->next);
    free(keyring);
}

const struct access *keyring_access(const struct keyring *keyring)
{
    return &keyring->file->access;
}

const char *keyring_trouble(const struct keyring *keyring)
{
    return keyring->trouble;
}

/* ---- finding ---- */

static const struct access_key *key_find(const struct access_file *file, const uint8_t public_key[32])
{
    uint32_t low = 0, high = file->key_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = memcmp(file->key[middle].public_key, public_key, 32);
        if (order == 0)
            return &file->key[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Among hashes: how long it takes tells nothing of a token. */
static const struct access_token *token_find(const struct access_file *file, const uint8_t hash[32])
{
    uint32_t low = 0, high = file->token_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (sodium_memcmp(file->token[middle].hash, hash, 32) == 0)
            return &file->token[middle];
        if (memcmp(file->token[middle].hash, hash, 32) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static const struct access_password *password_find(const struct access_file *file, uint32_t number)
{
    uint32_t low = 0, high = file->password_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (file->password[middle].number == number)
            return &file->password[middle];
        if (file->password[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static int holder_of(const struct access_file *file, uint32_t number, bool good, const struct principal **ret_principal)
{
    const struct principal *principal = access_of_number(&file->access, number);
    ensure(principal != NULL);
    if (!good || principal->revoked)
        return -E_REVOKED;
    *ret_principal = principal;
    return 0;
}

int keyring_of_key(const struct keyring *keyring, const uint8_t public_key[32], int64_t wall_ms,
                   const struct principal **ret_principal)
{
    const struct access_key *key = key_find(keyring->file, public_key);
    if (!key)
        return -E_UNKNOWN_PRINCIPAL;
    return holder_of(keyring->file, key->number, !key->revoked && wall_ms < key->until_ms, ret_principal);
}

uint32_t keyring_number_of_key(const struct keyring *keyring, const uint8_t public_key[32])
{
    const struct access_key *key = key_find(keyring->file, public_key);
    return key ? key->number : PRINCIPAL_LOCAL;
}

void keyring_token_hash(struct span token, uint8_t ret_hash[KEYRING_TOKEN_BYTES])
{
    content_hash(token, ret_hash);
}

int keyring_of_token(const struct keyring *keyring, struct span token, int64_t wall_ms,
                     const struct principal **ret_principal)
{
    uint8_t hash[KEYRING_TOKEN_BYTES];
    keyring_token_hash(token, hash);
    return keyring_of_token_hash(keyring, hash, wall_ms, ret_principal);
}

int keyring_of_token_hash(const struct keyring *keyring, const uint8_t hash[KEYRING_TOKEN_BYTES], int64_t wall_ms,
                          const struct principal **ret_principal)
{
    const struct access_token *found = token_find(keyring->file, hash);
    if (!found)
        return -E_UNKNOWN_PRINCIPAL;
    return holder_of(keyring->file, found->number, !found->revoked && wall_ms < found->until_ms, ret_principal);
}

int keyring_of_password(const struct keyring *keyring, struct span name, struct span password,
                        const struct principal **ret_principal)
{
    const struct principal *principal = access_of_name(keyring_access(keyring), name);
    const struct access_password *kept = principal ? password_find(keyring->file, principal->number) : NULL;
    static const char empty[] = "";
    const char *given = password.len > 0 ? (const char *)password.at : empty;
    bool fits = crypto_pwhash_str_verify(kept ? kept->hash : nobodys, given, password.len) == 0;
    if (!kept || !fits)
        return -E_BAD_CREDENTIALS;
    return holder_of(keyring->file, principal->number, true, ret_principal);
}

void keyring_password_mark(const struct keyring *keyring, uint32_t number, uint8_t ret_mark[KEYRING_MARK_BYTES])
{
    const struct access_password *kept = password_find(keyring->file, number);
    memset(ret_mark, 0, KEYRING_MARK_BYTES);
    if (kept)
        crypto_generichash(ret_mark, KEYRING_MARK_BYTES, (const uint8_t *)kept->hash, strlen(kept->hash), NULL, 0);
}

/* ---- what changes ---- */

static bool key_good(const struct access_file *file, const struct access_key *key, int64_t wall_ms)
{
    return !key->revoked && wall_ms < key->until_ms && !access_of_number(&file->access, key->number)->revoked;
}

static int64_t next_end(const struct access_file *file, int64_t wall_ms)
{
    int64_t ends_ms = ACCESS_FOR_EVER;
    for (uint32_t i = 0; i < file->key_count; i++) {
        if (key_good(file, &file->key[i], wall_ms) && file->key[i].until_ms < ends_ms)
            ends_ms = file->key[i].until_ms;
    }
    return ends_ms;
}

/* A key with which somebody may be connected, but could not connect now; or not everywhere. */
static bool something_ended(const struct access_file *old, const struct access_file *now, int64_t old_ms,
                            int64_t wall_ms)
{
    for (uint32_t i = 0; i < old->key_count; i++) {
        const struct access_key *key = &old->key[i];
        if (!key_good(old, key, old_ms))
            continue;
        const struct access_key *found = key_find(now, key->public_key);
        if (!found || found->number != key->number || !key_good(now, found, wall_ms))
            return true;
        uint32_t roles = access_of_number(&old->access, key->number)->roles;
        if (roles & ~access_of_number(&now->access, key->number)->roles)
            return true;
    }
    return false;
}

static enum keyring_change reload(struct keyring *keyring, int64_t wall_ms)
{
    struct look look;
    char message[KEYRING_MESSAGE_MAX] = "out of memory";
    bool seen = file_look(keyring->path, &look, message) == 0;
    if (seen && look_same(&look, &keyring->look) && !keyring->fresh)
        return KEYRING_SAME;
    const uint8_t *known = keyring->trouble[0] ? NULL : keyring->look.digest;
    int result = seen ? file_load(keyring->path, known, keyring->next, &look, message) : -E_BAD_ACCESS;
    if (result < 0) {
        memcpy(keyring->trouble, message, sizeof message);
        keyring->fresh = true; /* want of memory passes, and a file that is gone may come back as it was */
        if (seen && result == -E_BAD_ACCESS) { /* what stands in it does not, before somebody mends it */
            keyring->look = look;
            fresh_set(keyring, wall_ms);
        }
        return KEYRING_SAME;
    }
    keyring->trouble[0] = '\0';
    keyring->look = look;
    fresh_set(keyring, wall_ms);
    if (result == 1 || access_file_same(keyring->file, keyring->next))
        return KEYRING_SAME;
    bool ended = something_ended(keyring->file, keyring->next, keyring->wall_ms, wall_ms);
    struct access_file *old = keyring->file;
    keyring->file = keyring->next;
    keyring->next = old;
    keyring->ends_ms = next_end(keyring->file, wall_ms);
    return ended ? KEYRING_ENDED : KEYRING_CHANGED;
}

enum keyring_change keyring_turn(struct keyring *keyring, struct clock_reading now)
{
    enum keyring_change change = KEYRING_SAME;
    if (!keyring->path[0])
        return KEYRING_SAME;
    bool first = keyring->looked_ms == INT64_MIN;
    if (first) {
        keyring->wall_ms = now.wall_ms;
        keyring->ends_ms = next_end(keyring->file, now.wall_ms);
    }
    if (first || now.monotonic_ms - keyring->looked_ms >= LOOK_MS) {
        keyring->looked_ms = now.monotonic_ms;
        change = reload(keyring, now.wall_ms);
    }
    if (now.wall_ms < keyring->wall_ms) /* a clock that was set back: what was over is good again, and ends once more */
        keyring->ends_ms = next_end(keyring->file, now.wall_ms);
    if (now.wall_ms >= keyring->ends_ms) {
        keyring->ends_ms = next_end(keyring->file, now.wall_ms);
        change = KEYRING_ENDED;
    }
    keyring->wall_ms = now.wall_ms;
    return change;
}

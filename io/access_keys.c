/* access_keys.c - by what a principal of the access file is known: keys, tokens, the password. */
#include "core/rfc3339.h"
#include "core/status.h"
#include "core/z85.h"
#include "io/access_reading.h"

#include <sodium.h>
#include <stdio.h>

_Static_assert(PASSWORD_HASH_MAX == crypto_pwhash_STRBYTES, "libsodium's strings fit");

static int until_read(struct reading *reading, const yaml_node_t *node, int64_t *ret_until_ms)
{
    const char *text;
    int result = reading_text(reading, node, NAME_MAX_BYTES, &text);
    if (result < 0)
        return result;
    if (rfc3339_parse(span_of(text), ret_until_ms) < 0)
        return reading_flaw(reading, "is \"%s\"; use a time such as 2026-12-01T00:00:00Z, or leave it out", text);
    return 0;
}

/* ---- keys ---- */

static struct access_key *key_of(struct reading *reading)
{
    return &reading->file->key[reading->file->key_count];
}

static int read_public(struct reading *reading, const yaml_node_t *node)
{
    const char *text;
    int result = reading_text(reading, node, NAME_MAX_BYTES, &text);
    if (result < 0)
        return result;
    if (z85_decode(span_of(text), key_of(reading)->public_key, 32) < 0)
        return reading_flaw(reading, "is no key: a public key is %u characters of Z85, in quotes", KEY_Z85_LEN);
    return 0;
}

static int read_key_until(struct reading *reading, const yaml_node_t *node)
{
    return until_read(reading, node, &key_of(reading)->until_ms);
}

static int read_key_revoked(struct reading *reading, const yaml_node_t *node)
{
    return reading_bool(reading, node, &key_of(reading)->revoked);
}

static int read_key(struct reading *reading, const yaml_node_t *node)
{
    static const struct reading_field fields[] = {
        {"public", read_public, true, true},
        {"until", read_key_until, false, true},
        {"revoked", read_key_revoked, false, true},
    };
    if (reading->file->key_count == ACCESS_KEYS_MAX)
        return reading_flaw(reading, "is one too many: all principals together have at most %u keys", ACCESS_KEYS_MAX);
    *key_of(reading) = (struct access_key){.until_ms = ACCESS_FOR_EVER, .line = reading->line};
    int result = reading_map(reading, node, fields, sizeof fields / sizeof fields[0]);
    if (result == 0)
        reading->file->key_count++;
    return result;
}

int reading_keys(struct reading *reading, const yaml_node_t *node)
{
    return reading_list(reading, node, PRINCIPAL_KEYS_MAX, read_key);
}

/* ---- tokens ---- */

static struct access_token *token_of(struct reading *reading)
{
    return &reading->file->token[reading->file->token_count];
}

static int read_token_id(struct reading *reading, const yaml_node_t *node)
{
    const char *text;
    int result = reading_text(reading, node, TOKEN_ID_MAX, &text);
    if (result == 0)
        memcpy(token_of(reading)->id, text, strlen(text) + 1);
    return result;
}

static int read_token_hash(struct reading *reading, const yaml_node_t *node)
{
    const char *text;
    size_t len = 0;
    int result = reading_text(reading, node, 64, &text);
    if (result < 0)
        return result;
    struct access_token *token = token_of(reading);
    if (sodium_hex2bin(token->hash, sizeof token->hash, text, strlen(text), NULL, &len, NULL) < 0 ||
        len != sizeof token->hash)
        return reading_flaw(reading, "is no hash of a token: that is 64 hexadecimal digits; `manyi key new` writes it");
    return 0;
}

static int read_token_until(struct reading *reading, const yaml_node_t *node)
{
    return until_read(reading, node, &token_of(reading)->until_ms);
}

static int read_token_revoked(struct reading *reading, const yaml_node_t *node)
{
    return reading_bool(reading, node, &token_of(reading)->revoked);
}

static int read_token(struct reading *reading, const yaml_node_t *node)
{
    static const struct reading_field fields[] = {
        {"id", read_token_id, true, true},
        {"hash", read_token_hash, true, true},
        {"until", read_token_until, false, true},
        {"revoked", read_token_revoked, false, true},
    };
    if (reading->file->token_count == ACCESS_KEYS_MAX)
        return reading_flaw(reading, "is one too many: all principals together have at most %u tokens",
                            ACCESS_KEYS_MAX);
    *token_of(reading) = (struct access_token){.until_ms = ACCESS_FOR_EVER, .line = reading->line};
    int result = reading_map(reading, node, fields, sizeof fields / sizeof fields[0]);
    if (result == 0)
        reading->file->token_count++;
    return result;
}

static int ids_check(struct reading *reading, uint32_t first)
{
    const struct access_file *file = reading->file;
    for (uint32_t i = first; i < file->token_count; i++) {
        for (uint32_t k = first; k < i; k++) {
            if (strcmp(file->token[i].id, file->token[k].id) == 0)
                return reading_flaw(reading, "have the id %s twice; give each its own", file->token[i].id);
        }
    }
    return 0;
}

int reading_tokens(struct reading *reading, const yaml_node_t *node)
{
    uint32_t first = reading->file->token_count;
    int result = reading_list(reading, node, PRINCIPAL_TOKENS_MAX, read_token);
    return result == 0 ? ids_check(reading, first) : result;
}

/* ---- the password ---- */

/* One strength for all: a weaker one is soon guessed, a stronger one, by mistake or on purpose, would stop the gateway. And
 * whether a name is known must not be told by the time that a check takes. */
int reading_password(struct reading *reading, const yaml_node_t *node)
{
    const char *text;
    int result = reading_text(reading, node, PASSWORD_HASH_MAX - 1, &text);
    if (result < 0)
        return result;
    struct access_password *password = &reading->file->password[reading->file->password_count];
    *password = (struct access_password){.line = reading->line};
    memcpy(password->hash, text, strlen(text) + 1);
    if (crypto_pwhash_str_needs_rehash(password->hash, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                       crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
        return reading_flaw(reading,
                            "is no hash of ours; `manyi key new --password` asks for a password and writes it");
    reading->file->password_count++;
    return 0;
}

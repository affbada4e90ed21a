/*
 * link.c - signed texts, and the codes that people type.
 *
 * Everything is HMAC-SHA-512-256 by one secret, told apart by its first byte: 1 (the version) begins a link, 'n' what a nonce is
 * made of, 'r' what a reply code is made of.
 */
#include "io/link.h"

#include "core/bytes.h"
#include "core/ensure.h"
#include "core/status.h"

#include <ctype.h>
#include <sodium.h>

#define VERSION 1u
#define HEAD_BYTES (1u + 1u + 8u + LINK_NONCE_BYTES)
#define MAC_BYTES crypto_auth_hmacsha512256_BYTES
#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING
#define SIGNED_MAX (((LINK_TEXT_MAX - 1u) * 3u) / 4u) /* what LINK_TEXT_MAX characters can hold */

#define REPLY_CHARACTERS 8u
#define REPLY_HALF 4u
/* 32 characters that nobody takes for another: no 0 and O, no 1 and I. */
static const char reply_alphabet[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

_Static_assert(crypto_auth_hmacsha512256_KEYBYTES == LINK_SECRET_BYTES, "the secret is the key");
_Static_assert(sizeof reply_alphabet == 32 + 1, "five bits a character");
_Static_assert(REPLY_CHARACTERS + 2 <= REPLY_CODE_MAX, "with its dash and its end");

static void text_put(uint8_t **at, struct span text)
{
    *(*at)++ = (uint8_t)text.len;
    if (text.len > 0)
        memcpy(*at, text.at, text.len);
    *at += text.len;
}

int link_write(const uint8_t secret[LINK_SECRET_BYTES], const struct link *link, char ret_text[LINK_TEXT_MAX])
{
    uint8_t signed_bytes[SIGNED_MAX];
    if (link->subject.len > UINT8_MAX || link->person.len > UINT8_MAX ||
        HEAD_BYTES + 1 + link->subject.len + 1 + link->person.len + MAC_BYTES > sizeof signed_bytes)
        return -E_NO_ROOM;
    uint8_t *at = signed_bytes;
    *at++ = VERSION;
    *at++ = (uint8_t)link->purpose;
    bytes_put_u64(at, (uint64_t)link->expires_ms);
    at += 8;
    memcpy(at, link->nonce, LINK_NONCE_BYTES);
    at += LINK_NONCE_BYTES;
    text_put(&at, link->subject);
    text_put(&at, link->person);
    crypto_auth_hmacsha512256(at, signed_bytes, (size_t)(at - signed_bytes), secret);
    at += MAC_BYTES;
    sodium_bin2base64(ret_text, LINK_TEXT_MAX, signed_bytes, (size_t)(at - signed_bytes), BASE64);
    return 0;
}

/* What follows the head: two texts and nothing more. */
static bool texts_take(const uint8_t *at, const uint8_t *end, struct span *ret_subject, struct span *ret_person)
{
    struct span text[2];
    for (size_t i = 0; i < 2; i++) {
        if (at == end || (size_t)(end - at) < 1u + *at)
            return false;
        text[i] = span_make(at + 1, *at);
        at += 1u + *at;
    }
    *ret_subject = text[0];
    *ret_person = text[1];
    return at == end;
}

int link_read(const uint8_t secret[LINK_SECRET_BYTES], struct span text, int64_t wall_ms, uint8_t *buffer,
              struct link *ret_link)
{
    size_t len;
    const char *end;
    const char *from = text.len > 0 ? (const char *)text.at : "";
    if (sodium_base642bin(buffer, LINK_TEXT_MAX, from, text.len, NULL, &len, &end, BASE64) != 0 ||
        end != from + text.len || len < HEAD_BYTES + 2 + MAC_BYTES)
        return -E_LINK_FORGED;
    len -= MAC_BYTES;
    if (crypto_auth_hmacsha512256_verify(buffer + len, buffer, len, secret) != 0 || buffer[0] != VERSION ||
        buffer[1] == 0 || buffer[1] >= LINK_COUNT)
        return -E_LINK_FORGED;
    struct link link = {.purpose = (enum link_purpose)buffer[1], .expires_ms = (int64_t)bytes_u64(buffer + 2)};
    memcpy(link.nonce, buffer + 10, LINK_NONCE_BYTES);
    if (!texts_take(buffer + HEAD_BYTES, buffer + len, &link.subject, &link.person))
        return -E_LINK_FORGED;
    if (wall_ms >= link.expires_ms)
        return -E_LINK_EXPIRED;
    *ret_link = link;
    return 0;
}

void link_nonce(const uint8_t secret[LINK_SECRET_BYTES], struct span what, uint8_t ret_nonce[LINK_NONCE_BYTES])
{
    static const uint8_t kind = 'n';
    uint8_t mac[MAC_BYTES];
    crypto_auth_hmacsha512256_state state;
    crypto_auth_hmacsha512256_init(&state, secret, LINK_SECRET_BYTES);
    crypto_auth_hmacsha512256_update(&state, &kind, 1);
    crypto_auth_hmacsha512256_update(&state, what.at, what.len);
    crypto_auth_hmacsha512256_final(&state, mac);
    memcpy(ret_nonce, mac, LINK_NONCE_BYTES);
}

void link_event_id(const struct link *link, char ret_id[LINK_EVENT_ID_MAX])
{
    char hexadecimal[LINK_NONCE_BYTES * 2 + 1];
    sodium_bin2hex(hexadecimal, sizeof hexadecimal, link->nonce, LINK_NONCE_BYTES);
    memcpy(ret_id, "link-", 5);
    memcpy(ret_id + 5, hexadecimal, sizeof hexadecimal);
}

/* ---- reply codes ---- */

/* Forty bits of subject and person, as characters, without the dash. */
static void reply_characters(const uint8_t secret[LINK_SECRET_BYTES], struct span subject, struct span person,
                             char ret_characters[REPLY_CHARACTERS])
{
    uint8_t head[5] = {'r'};
    uint8_t mac[MAC_BYTES];
    bytes_put_u32(head + 1, (uint32_t)subject.len); /* so that a letter can't pass from the one to the other */
    crypto_auth_hmacsha512256_state state;
    crypto_auth_hmacsha512256_init(&state, secret, LINK_SECRET_BYTES);
    crypto_auth_hmacsha512256_update(&state, head, sizeof head);
    crypto_auth_hmacsha512256_update(&state, subject.at, subject.len);
    crypto_auth_hmacsha512256_update(&state, person.at, person.len);
    crypto_auth_hmacsha512256_final(&state, mac);
    uint64_t bits = bytes_u64(mac);
    for (size_t i = 0; i < REPLY_CHARACTERS; i++)
        ret_characters[i] = reply_alphabet[(bits >> (59 - 5 * i)) & 31u];
}

void reply_code_write(const uint8_t secret[LINK_SECRET_BYTES], struct span subject, struct span person,
                      char ret_code[REPLY_CODE_MAX])
{
    char characters[REPLY_CHARACTERS];
    reply_characters(secret, subject, person, characters);
    memcpy(ret_code, characters, REPLY_HALF);
    ret_code[REPLY_HALF] = '-';
    memcpy(ret_code + REPLY_HALF + 1, characters + REPLY_HALF, REPLY_CHARACTERS - REPLY_HALF);
    ret_code[REPLY_CHARACTERS + 1] = '\0';
}

bool reply_code_fits(const uint8_t secret[LINK_SECRET_BYTES], struct span subject, struct span person, struct span code)
{
    char told[REPLY_CHARACTERS], expected[REPLY_CHARACTERS];
    size_t count = 0;
    for (size_t i = 0; i < code.len; i++) {
        if (code.at[i] == '-' || code.at[i] == ' ')
            continue;
        if (count == REPLY_CHARACTERS)
            return false;
        told[count++] = (char)toupper(code.at[i]);
    }
    reply_characters(secret, subject, person, expected);
    return count == REPLY_CHARACTERS && sodium_memcmp(told, expected, REPLY_CHARACTERS) == 0;
}

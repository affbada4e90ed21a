/*
 * gateway_stream_who.c - whether whoever opened a stream may still listen: sessions end, tokens run out, rights change.
 */
#include "brokers/gateway_stream.h"

#include <sodium.h>

static uint64_t mix(uint64_t hash, const void *bytes, size_t len) /* FNV-1a */
{
    const uint8_t *at = bytes;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ at[i]) * 0x100000001b3u;
    return hash;
}

static uint64_t names_mix(uint64_t hash, const struct access *access, const struct access_names *names)
{
    hash = mix(hash, &names->all, sizeof names->all);
    for (uint32_t i = 0; i < names->count; i++) {
        struct span name = access_span(access, access->name[names->first + i]);
        hash = mix(mix(hash, name.at, name.len), "", 1);
    }
    return mix(hash, "", 1);
}

/* What a principal may see follows from these. */
static uint64_t rights_of(const struct access *access, const struct principal *principal)
{
    uint64_t hash = 0xcbf29ce484222325u;
    if (!principal)
        return hash;
    hash = mix(hash, &principal->roles, sizeof principal->roles);
    hash = names_mix(hash, access, &principal->stores);
    return names_mix(hash, access, &principal->departments);
}

void credential_take(struct gateway *gateway, const struct http_request *request, const struct who *who,
                     struct credential *ret_credential)
{
    struct credential credential = {.number = who->number, .session = who->session};
    const struct keyring *keyring = gateway->guard.keyring;
    credential.rights = rights_of(guard_access(&gateway->guard), who->principal);
    if (who->session) {
        credential.link.expires_ms = who->expires_ms;
        memcpy(credential.link.nonce, who->nonce, LINK_NONCE_BYTES);
        keyring_password_mark(keyring, who->number, credential.mark);
    } else if (who->number != PRINCIPAL_LOCAL) {
        struct span header = http_header(gateway->http, request->id, "Authorization");
        const size_t scheme = sizeof "Bearer " - 1; /* who_asks has read it so */
        credential.token = true;
        keyring_token_hash(span_make(header.at + scheme, header.len - scheme), credential.hash);
    }
    *ret_credential = credential;
}

static bool session_lasts(struct gateway *gateway, const struct credential *credential)
{
    uint8_t mark[KEYRING_MARK_BYTES];
    keyring_password_mark(gateway->guard.keyring, credential->number, mark);
    return credential->link.expires_ms > gateway->now.wall_ms &&
           sodium_memcmp(mark, credential->mark, sizeof mark) == 0 &&
           !session_is_ended(gateway, &credential->link, credential->number);
}

static bool token_lasts(struct gateway *gateway, const struct credential *credential)
{
    const struct principal *principal;
    return keyring_of_token_hash(gateway->guard.keyring, credential->hash, gateway->now.wall_ms, &principal) == 0;
}

const char *credential_over(struct gateway *gateway, const struct credential *credential)
{
    const struct principal *principal;
    if (credential->number == PRINCIPAL_LOCAL)
        return NULL;
    if (guard_who(&gateway->guard, credential->number, &principal) < 0)
        return "revoked";
    if (credential->session && !session_lasts(gateway, credential))
        return "session";
    if (credential->token && !token_lasts(gateway, credential))
        return "revoked";
    return rights_of(guard_access(&gateway->guard), principal) == credential->rights ? NULL : "rights";
}

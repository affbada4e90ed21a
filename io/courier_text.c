/* courier_text.c - webhooks and commands: their JSON, the signature, what a status means. */
#include "io/courier_text.h"

#include "core/status.h"
#include "io/json.h"

#include <sodium.h>

/* ---- JSON ---- */

static int page_end(FILE *page, int result, size_t size, size_t *ret_len)
{
    bool flushed = fflush(page) == 0 && !ferror(page);
    long len = ftell(page);
    fclose(page);
    if (result < 0)
        return result;
    if (!flushed || len < 0 || (size_t)len + 1 >= size) /* fmemopen keeps one byte for its own end */
        return -E_NO_ROOM;
    *ret_len = (size_t)len;
    return 0;
}

int courier_webhook(const struct courier_message *message, char *buffer, size_t size, size_t *ret_len)
{
    FILE *page = fmemopen(buffer, size, "w");
    return page ? page_end(page, json_print(page, message->body), size, ret_len) : -E_NO_MEMORY;
}

static void pair_print(FILE *page, const char *before, struct span text)
{
    fputs(before, page);
    json_print_text(page, text);
}

int courier_command(const struct courier_message *message, char *buffer, size_t size, size_t *ret_len)
{
    FILE *page = fmemopen(buffer, size, "w");
    if (!page)
        return -E_NO_MEMORY;
    pair_print(page, "{\"id\":", message->id);
    pair_print(page, ",\"address\":", message->address);
    pair_print(page, ",\"title\":", message->title);
    pair_print(page, ",\"text\":", message->text);
    fputs(",\"data\":", page);
    int result = json_print(page, message->body);
    fputs("}\n", page);
    return page_end(page, result, size, ret_len);
}

/* ---- the signature of Standard Webhooks ---- */

int courier_webhook_sign(const char *secret, struct span id, int64_t timestamp_s, struct span body,
                         char ret_signature[SIGNATURE_MAX])
{
    static const char prefix[] = "whsec_";
    uint8_t key[NOTICE_SECRET_MAX], mac[crypto_auth_hmacsha256_BYTES];
    size_t len = 0;
    if (strncmp(secret, prefix, sizeof prefix - 1) != 0 ||
        sodium_base642bin(key, sizeof key, secret + sizeof prefix - 1, strlen(secret) - (sizeof prefix - 1), NULL, &len,
                          NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
        return -E_BAD_NOTICES;
    char stamp[32];
    int stamp_len = snprintf(stamp, sizeof stamp, ".%lld.", (long long)timestamp_s);
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, key, len);
    crypto_auth_hmacsha256_update(&state, id.at, id.len);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)stamp, (size_t)stamp_len);
    crypto_auth_hmacsha256_update(&state, body.at, body.len);
    crypto_auth_hmacsha256_final(&state, mac);
    memcpy(ret_signature, "v1,", 3);
    sodium_bin2base64(ret_signature + 3, SIGNATURE_MAX - 3, mac, sizeof mac, sodium_base64_VARIANT_ORIGINAL);
    sodium_memzero(key, sizeof key);
    sodium_memzero(&state, sizeof state);
    return 0;
}

/* ---- HTTP ---- */

void courier_http_verdict(long code, struct courier_outcome *ret_outcome)
{
    struct courier_outcome *outcome = ret_outcome;
    outcome->verdict = COURIER_PERMANENT;
    outcome->of_target = false;
    snprintf(outcome->reason, sizeof outcome->reason, "HTTP %ld", code);
    if (code >= 200 && code < 300) {
        outcome->verdict = COURIER_DELIVERED;
        outcome->reason[0] = '\0';
    } else if (code == 408 || code == 425 || code == 429 || code >= 500 || code < 200) {
        outcome->verdict = COURIER_TRANSIENT;
        outcome->of_target = code == 429 || (code >= 502 && code <= 504); /* a 500 may be this message's alone */
    }
}

/* ---- SMTP ---- */

void courier_mail_verdict(long status, bool denied, const char *words, struct courier_outcome *ret_outcome)
{
    struct courier_outcome *outcome = ret_outcome;
    bool at_the_door = denied || status == 530 || (status >= 534 && status <= 538);
    bool at_the_mailbox =
        status == 250; /* whom it is from was taken: what is asked about then is one reader's mailbox */
    outcome->verdict = status >= 500 && !at_the_door ? COURIER_PERMANENT : COURIER_TRANSIENT;
    outcome->of_target = (status < 400 && !at_the_mailbox) || status == 421 || at_the_door;
    if (status >= 400)
        snprintf(outcome->reason, sizeof outcome->reason, "SMTP %ld", status);
    else
        snprintf(outcome->reason, sizeof outcome->reason, "%s", words);
}

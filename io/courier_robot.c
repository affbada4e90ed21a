/* courier_robot.c - the group robots of Enterprise WeChat, DingTalk and Feishu: what they are sent, how it is signed, what they answer. */
#include "io/courier_text.h"

#include "core/status.h"
#include "io/json.h"

#include <jansson.h>
#include <sodium.h>

static void sign(const char *key, size_t key_len, const char *text, size_t len, char ret_signature[SIGNATURE_MAX])
{
    uint8_t mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const uint8_t *)key, key_len);
    crypto_auth_hmacsha256_update(&state, (const uint8_t *)text, len);
    crypto_auth_hmacsha256_final(&state, mac);
    sodium_bin2base64(ret_signature, SIGNATURE_MAX, mac, sizeof mac, sodium_base64_VARIANT_ORIGINAL);
    sodium_memzero(&state, sizeof state);
}

static struct span cut(struct span text, size_t most)
{
    if (text.len <= most)
        return text;
    size_t len = most;
    while (len > 0 && (text.at[len] & 0xc0) == 0x80)
        len--;
    return span_make(text.at, len);
}

/* Feishu: the key is the time, a line break and the secret; what is signed is nothing. */
static void feishu_begin(FILE *page, const char *secret, int64_t wall_ms)
{
    char key[NOTICE_SECRET_MAX + 32], signature[SIGNATURE_MAX];
    if (secret[0]) {
        int len = snprintf(key, sizeof key, "%lld\n%s", (long long)(wall_ms / 1000), secret);
        sign(key, (size_t)len, "", 0, signature);
        fprintf(page, "\"timestamp\":\"%lld\",\"sign\":\"%s\",", (long long)(wall_ms / 1000), signature);
        sodium_memzero(key, sizeof key);
    }
    fputs("\"msg_type\":\"interactive\",\"card\":{\"header\":{\"title\":{\"tag\":\"plain_text\",\"content\":", page);
}

int courier_robot(const struct notice_target *target, const struct courier_message *message, int64_t wall_ms,
                  char *buffer, size_t size, size_t *ret_len)
{
    FILE *page = fmemopen(buffer, size, "w");
    if (!page)
        return -E_NO_MEMORY;
    fputs("{", page);
    if (target->means == notice_means_is_wecom) {
        fputs("\"msgtype\":\"markdown\",\"markdown\":{\"content\":", page);
        json_print_text(page, cut(message->markdown, WECOM_BYTES_MAX));
        fputs("}}", page);
    } else if (target->means == notice_means_is_dingtalk) {
        fputs("\"msgtype\":\"markdown\",\"markdown\":{\"title\":", page);
        json_print_text(page, message->title);
        fputs(",\"text\":", page);
        json_print_text(page, message->markdown);
        fputs("},\"at\":{\"atMobiles\":[", page);
        if (message->address.len > 0)
            json_print_text(page, message->address);
        fputs("],\"isAtAll\":false}}", page);
    } else {
        feishu_begin(page, target->secret, wall_ms);
        json_print_text(page, message->title);
        fputs("}},\"elements\":[{\"tag\":\"markdown\",\"content\":", page);
        json_print_text(page, message->markdown);
        fputs("}]}}", page);
    }
    bool flushed = fflush(page) == 0 && !ferror(page);
    long len = ftell(page);
    fclose(page);
    if (!flushed || len < 0 || (size_t)len + 1 >= size)
        return -E_NO_ROOM;
    *ret_len = (size_t)len;
    return 0;
}

/* DingTalk: the time, a line break and the secret are signed by the secret, and stand in the address. */
int courier_robot_url(const struct notice_target *target, int64_t wall_ms, char *buffer, size_t size)
{
    int len = snprintf(buffer, size, "%s", target->url);
    if (target->means == notice_means_is_dingtalk && target->secret[0] && len >= 0 && (size_t)len < size) {
        char text[NOTICE_SECRET_MAX + 32], signature[SIGNATURE_MAX];
        int text_len = snprintf(text, sizeof text, "%lld\n%s", (long long)wall_ms, target->secret);
        sign(target->secret, strlen(target->secret), text, (size_t)text_len, signature);
        sodium_memzero(text, sizeof text);
        len += snprintf(buffer + len, size - (size_t)len,
                        "%ctimestamp=%lld&sign=", strchr(target->url, '?') ? '&' : '?', (long long)wall_ms);
        for (const char *c = signature; *c && (size_t)len < size; c++) {
            bool escaped = *c == '+' || *c == '/' || *c == '=';
            len += snprintf(buffer + len, size - (size_t)len, escaped ? "%%%02X" : "%c", *c);
        }
    }
    return len >= 0 && (size_t)len < size ? 0 : -E_NO_ROOM;
}

/* Too often, or busy: a later try helps. Any other code is a fault of address, signature or content, which it does not. */
static bool is_passing(int32_t means, json_int_t code)
{
    static const struct {
        int32_t means;
        json_int_t code;
    } passing[] = {
        {notice_means_is_wecom, -1},        {notice_means_is_wecom, 45009},     {notice_means_is_dingtalk, -1},
        {notice_means_is_dingtalk, 130101}, {notice_means_is_dingtalk, 410100}, {notice_means_is_feishu, 11232},
        {notice_means_is_feishu, 9499},     {notice_means_is_feishu, 99991400},
    };
    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        if (passing[i].means == means && passing[i].code == code)
            return true;
    }
    return false;
}

void courier_robot_verdict(int32_t means, struct span answer, struct courier_outcome *ret_outcome)
{
    static const char *const keys[] = {"errcode", "code", "StatusCode"};
    json_t *document = json_loadb(answer.len ? (const char *)answer.at : "", answer.len, 0, NULL);
    const json_t *code = NULL;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0] && !json_is_integer(code); i++)
        code = json_object_get(document, keys[i]);
    struct courier_outcome *outcome = ret_outcome;
    outcome->of_target = true; /* a robot speaks into one room: whatever it refuses, it refuses all */
    if (!json_is_integer(code)) {
        outcome->verdict = COURIER_TRANSIENT;
        snprintf(outcome->reason, sizeof outcome->reason, "an answer that is not a robot's");
    } else if (json_integer_value(code) == 0) {
        outcome->verdict = COURIER_DELIVERED;
        outcome->of_target = false;
        outcome->reason[0] = '\0';
    } else {
        outcome->verdict = is_passing(means, json_integer_value(code)) ? COURIER_TRANSIENT : COURIER_PERMANENT;
        snprintf(outcome->reason, sizeof outcome->reason, "errcode %lld", (long long)json_integer_value(code));
    }
    json_decref(document);
}

/*
 * courier_transfer_curl.c - one message as libcurl carries it: a mail or a request over HTTP, and what its end means.
 */
#include "io/courier_parts_curl.h"
#include "io/courier_text.h"

#include "core/status.h"

#include <sodium.h>
#include <stdio.h>

#define ANSWER_MAX (64u * KIB)
#define CONNECT_MS 5000
#define RETRY_AFTER_MAX_S 86400

/* ---- what libcurl asks for ---- */

static size_t on_answer(char *bytes, size_t size, size_t count, void *context)
{
    struct errand *errand = context;
    size_t len = size * count, room = ANSWER_KEPT - errand->answer_kept;
    size_t kept = len < room ? len : room;
    memcpy(errand->answer + errand->answer_kept, bytes, kept);
    errand->answer_kept += kept;
    errand->answer_len += len;
    return errand->answer_len > ANSWER_MAX ? 0 : len; /* 0 ends it: nobody listens for ever */
}

static size_t on_mail(char *buffer, size_t size, size_t count, void *context)
{
    struct errand *errand = context;
    size_t rest = errand->len - errand->sent, room = size * count;
    size_t len = rest < room ? rest : room;
    memcpy(buffer, errand->request + errand->sent, len);
    errand->sent += len;
    return len;
}

/* ---- setting out ---- */

static int list_add(struct errand *errand, const char *text)
{
    struct curl_slist *longer = curl_slist_append(errand->list, text);
    if (!longer)
        return -E_NO_MEMORY;
    errand->list = longer;
    return 0;
}

/* What every transfer has: limits, no signals, nothing that the environment or a receiver may change. */
static void transfer_begin(struct errand *errand, const struct notice_target *target)
{
    CURL *easy = errand->easy;
    curl_easy_reset(easy);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, errand);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)target->timeout_ms);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, target->proxy);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_answer);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, errand);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* nobody waits for a silent name server */
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    if (target->ca_file[0])
        curl_easy_setopt(easy, CURLOPT_CAINFO, target->ca_file);
}

static int mail_begin(struct errand *errand, const struct notice_target *target, const struct courier_message *message)
{
    char url[NOTICE_TEXT_MAX + 32], rcpt[NOTICE_TEXT_MAX + 2], from[NOTICE_TEXT_MAX + 2];
    static const uint32_t usual[] = {[NOTICE_STARTTLS] = 587, [NOTICE_TLS] = 465, [NOTICE_PLAIN] = 25};
    int result = courier_mail(target, message, clock_ms(CLOCK_REALTIME), errand->request, REQUEST_MAX, &errand->len);
    if (result < 0)
        return result;
    snprintf(url, sizeof url, "%s://%s:%u", target->tls == NOTICE_TLS ? "smtps" : "smtp", target->host,
             target->port ? target->port : usual[target->tls]);
    snprintf(from, sizeof from, "<%.253s>", target->from);
    snprintf(rcpt, sizeof rcpt, "<%.*s>", (int)(message->address.len < 253 ? message->address.len : 253),
             (const char *)message->address.at);
    CURL *easy = errand->easy;
    transfer_begin(errand, target);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_USE_SSL, (long)(target->tls == NOTICE_PLAIN ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, from);
    if (target->user[0]) {
        curl_easy_setopt(easy, CURLOPT_USERNAME, target->user);
        curl_easy_setopt(easy, CURLOPT_PASSWORD, target->secret);
    }
    result = list_add(errand, rcpt);
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, errand->list);
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, on_mail);
    curl_easy_setopt(easy, CURLOPT_READDATA, errand);
    return result;
}

static int webhook_headers(struct errand *errand, const struct notice_target *target,
                           const struct courier_message *message)
{
    char line[COURIER_ID_MAX + 64], signature[SIGNATURE_MAX];
    int64_t now_s = clock_ms(CLOCK_REALTIME) / 1000;
    int result =
        courier_webhook_sign(target->secret, message->id, now_s, span_make(errand->request, errand->len), signature);
    snprintf(line, sizeof line, "webhook-id: %.*s", SPAN_ARGS(message->id));
    result = result ? result : list_add(errand, line);
    snprintf(line, sizeof line, "webhook-timestamp: %lld", (long long)now_s);
    result = result ? result : list_add(errand, line);
    snprintf(line, sizeof line, "webhook-signature: %s", signature);
    return result ? result : list_add(errand, line);
}

static int http_begin(struct errand *errand, const struct notice_target *target, const struct courier_message *message)
{
    char url[NOTICE_URL_MAX + 256];
    int64_t now_ms = clock_ms(CLOCK_REALTIME);
    bool robot = target->means != notice_means_is_webhook;
    int result = robot ? courier_robot(target, message, now_ms, errand->request, REQUEST_MAX, &errand->len)
                       : courier_webhook(message, errand->request, REQUEST_MAX, &errand->len);
    if (result == 0)
        result = courier_robot_url(target, now_ms, url, sizeof url);
    if (result < 0)
        return result;
    CURL *easy = errand->easy;
    transfer_begin(errand, target);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "manyi/" MANYI_VERSION);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)errand->len);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, errand->request);
    sodium_memzero(url, sizeof url);
    result = list_add(errand, "Content-Type: application/json; charset=utf-8");
    if (result == 0)
        result = list_add(errand, "Expect:"); /* no waiting for a 100 */
    if (result == 0 && !robot)
        result = webhook_headers(errand, target, message);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, errand->list);
    return result;
}

int transfer_set(struct errand *errand, const struct notice_target *target, const struct courier_message *message)
{
    if (!errand->easy)
        errand->easy = curl_easy_init();
    if (!errand->easy)
        return -E_NO_MEMORY;
    return target->means == notice_means_is_smtp ? mail_begin(errand, target, message)
                                                 : http_begin(errand, target, message);
}

/* ---- what becomes of it ---- */

static void http_verdict(const struct errand *errand, CURLcode code, long status, struct courier_outcome *outcome)
{
    curl_off_t after_s = 0;
    bool answered = code == CURLE_OK || errand->answer_len > ANSWER_MAX; /* an endless answer is one, too */
    if (!answered || status == 0) {
        outcome->of_target = true;
        snprintf(outcome->reason, sizeof outcome->reason, "%s", curl_easy_strerror(code));
        return;
    }
    courier_http_verdict(status, outcome);
    if (outcome->verdict == COURIER_DELIVERED && errand->means != notice_means_is_webhook)
        courier_robot_verdict(errand->means, span_make(errand->answer, errand->answer_kept), outcome);
    if (outcome->verdict == COURIER_TRANSIENT &&
        curl_easy_getinfo(errand->easy, CURLINFO_RETRY_AFTER, &after_s) == CURLE_OK && after_s > 0)
        outcome->retry_after_ms = (after_s < RETRY_AFTER_MAX_S ? after_s : RETRY_AFTER_MAX_S) * 1000;
}

void transfer_judge(struct errand *errand, CURLcode code)
{
    long status = 0;
    curl_easy_getinfo(errand->easy, CURLINFO_RESPONSE_CODE, &status);
    if (errand->means != notice_means_is_smtp)
        http_verdict(errand, code, status, &errand->outcome);
    else if (code == CURLE_OK)
        errand->outcome.verdict = COURIER_DELIVERED;
    else
        courier_mail_verdict(status, code == CURLE_LOGIN_DENIED, curl_easy_strerror(code), &errand->outcome);
}

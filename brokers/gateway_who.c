/*
 * gateway_who.c - who asks, and whether the request comes from where it says: tokens, sessions, pages of others.
 *
 *   Authorization: Bearer ─▶ keyring's tokens ─▶ a principal
 *   Cookie                ─▶ signed, not over, not ended, the password still the same ─▶ a principal
 *   neither               ─▶ without an access file local, if the request names this machine; else 401
 *
 * A browser sends cookies, and reaches this machine, for whatever page is open in it. So what changes something has to come from
 * one of our pages: by Origin and Sec-Fetch-Site, and with a session by a token that only our pages know. A page elsewhere
 * whose name has come to mean this machine (DNS rebinding) is known by its Host.
 */
#include "brokers/gateway_parts.h"

#include "io/host.h"

#include <sodium.h>
#include <stdio.h>
#include <strings.h>

void refused_tell(struct gateway *gateway, const struct http_request *request, const struct who *who, const char *what,
                  int status)
{
    struct caller caller = {.trusted = true, .peer = span_of(request->peer)};
    if (who && who->number != PRINCIPAL_LOCAL) {
        caller.number = who->number;
        caller.principal = who->principal;
        caller.name = who->name;
        caller.peer = span_make(NULL, 0);
    }
    audit_refused(gateway->audit, &caller, span_of(what), status);
}

/* ---- where it comes from ---- */

/* "manyi.example:7300" without its port; "[::1]:7300" as "[::1]". */
static struct span host_name(struct span host)
{
    if (host.len > 0 && host.at[0] == '[') {
        const uint8_t *end = memchr(host.at, ']', host.len);
        return end ? span_make(host.at, (size_t)(end - host.at) + 1) : host;
    }
    const uint8_t *colon = host.len ? memchr(host.at, ':', host.len) : NULL;
    return colon ? span_make(host.at, (size_t)(colon - host.at)) : host;
}

static bool host_is_ours(struct gateway *gateway, const struct http_request *request)
{
    char name[64];
    struct span host = host_name(http_header(gateway->http, request->id, "Host"));
    if (host.len == 0 || host.len >= sizeof name)
        return false;
    memcpy(name, host.at, host.len);
    name[host.len] = '\0';
    return host_is_loopback(name) || strcasecmp(name, gateway->setup.http_host) == 0;
}

bool same_origin(struct gateway *gateway, const struct http_request *request)
{
    struct span site = http_header(gateway->http, request->id, "Sec-Fetch-Site");
    struct span origin = http_header(gateway->http, request->id, "Origin");
    struct span host = http_header(gateway->http, request->id, "Host");
    if (site.len > 0 && !span_is(site, "same-origin") && !span_is(site, "none"))
        return false;
    if (origin.len == 0)
        return true;
    if (span_is(origin, "null")) /* whoever hides where a page was; no page can say the other header itself */
        return span_is(site, "same-origin");
    const char *scheme = request->secure ? "https://" : "http://";
    size_t len = strlen(scheme);
    return span_starts(origin, scheme) && span_equal(span_make(origin.at + len, origin.len - len), host);
}

void csrf_write(const struct gateway *gateway, const struct who *who, char ret_token[2 * LINK_NONCE_BYTES + 1])
{
    uint8_t what[1 + LINK_NONCE_BYTES] = {'c'}, token[LINK_NONCE_BYTES];
    memcpy(what + 1, who->nonce, LINK_NONCE_BYTES);
    link_nonce(gateway->session_secret, span_make(what, sizeof what), token);
    sodium_bin2hex(ret_token, 2 * LINK_NONCE_BYTES + 1, token, sizeof token);
}

static bool csrf_fits(struct gateway *gateway, const struct http_request *request, const struct who *who)
{
    char expected[2 * LINK_NONCE_BYTES + 1], told[2 * LINK_NONCE_BYTES + 1] = "";
    struct span header = http_header(gateway->http, request->id, "X-CSRF-Token");
    if (header.len == sizeof told - 1)
        memcpy(told, header.at, sizeof told - 1);
    else if (form_field(request->body, "csrf", told, sizeof told) < 0 || strlen(told) != sizeof told - 1)
        return false;
    csrf_write(gateway, who, expected);
    return sodium_memcmp(expected, told, sizeof expected) == 0;
}

/* A form of another page, or its script without asking first, sends fields or plain text, even none of them, but none of these
 * types. */
static bool is_meant(struct gateway *gateway, const struct http_request *request)
{
    enum media media = media_of(gateway, request);
    return media == MEDIA_NONE ? request->body.len == 0 : media != MEDIA_OTHER;
}

bool who_may_change(struct gateway *gateway, const struct http_request *request, const struct who *who)
{
    const char *why = NULL;
    if (who->number != PRINCIPAL_LOCAL && !who->session)
        return true; /* a token is sent by whoever means it */
    if (!same_origin(gateway, request))
        why = "its Origin or Sec-Fetch-Site is another one";
    else if (who->session && !csrf_fits(gateway, request, who))
        why = "the token of our pages is missing: X-CSRF-Token, or csrf in a form";
    else if (!who->session && !is_meant(gateway, request))
        why = "send Content-Type: application/json";
    else
        return true;
    refused_tell(gateway, request, who, "cross-site", -E_CROSS_SITE);
    answer_problem(gateway, request, -E_CROSS_SITE, why, "");
    return false;
}

/* ---- who it is ---- */

static void who_set(struct gateway *gateway, const struct principal *principal, struct who *who)
{
    who->number = principal->number;
    who->principal = principal;
    who->name = access_span(guard_access(&gateway->guard), principal->name);
}

static int token_asks(struct gateway *gateway, const struct http_request *request, struct span header, struct who *who)
{
    const struct principal *principal;
    const size_t scheme = strlen("Bearer ");
    int result = -E_UNKNOWN_PRINCIPAL;
    if (header.len > scheme && strncasecmp((const char *)header.at, "Bearer ", scheme) == 0)
        result = keyring_of_token(gateway->guard.keyring, span_make(header.at + scheme, header.len - scheme),
                                  gateway->now.wall_ms, &principal);
    if (result == 0) {
        who_set(gateway, principal, who);
        return 0;
    }
    refused_tell(gateway, request, NULL, "token", result);
    answer_problem(gateway, request, result, "", "");
    return result;
}

/* "a=b; manyi=..." */
static struct span cookie_find(struct span cookies, const char *name)
{
    size_t len = strlen(name);
    while (cookies.len > 0) {
        const uint8_t *end = memchr(cookies.at, ';', cookies.len);
        size_t one = end ? (size_t)(end - cookies.at) : cookies.len;
        if (one > len && memcmp(cookies.at, name, len) == 0 && cookies.at[len] == '=')
            return span_make(cookies.at + len + 1, one - len - 1);
        size_t skip = end ? one + 1 : one;
        while (skip < cookies.len && cookies.at[skip] == ' ')
            skip++;
        cookies = span_make(cookies.at + skip, cookies.len - skip);
    }
    return span_make(NULL, 0);
}

static bool session_asks(struct gateway *gateway, struct span cookie, struct who *who)
{
    uint8_t buffer[LINK_TEXT_MAX], mark[KEYRING_MARK_BYTES];
    struct link session;
    if (link_read(gateway->session_secret, cookie, gateway->now.wall_ms, buffer, &session) < 0 ||
        session.purpose != LINK_SESSION)
        return false;
    const struct principal *principal = access_of_name(guard_access(&gateway->guard), session.person);
    if (!principal || principal->revoked || session_is_ended(gateway, &session, principal->number))
        return false;
    keyring_password_mark(gateway->guard.keyring, principal->number, mark);
    if (session.subject.len != sizeof mark || sodium_memcmp(session.subject.at, mark, sizeof mark) != 0)
        return false; /* another password since */
    who_set(gateway, principal, who);
    who->session = true;
    who->expires_ms = session.expires_ms;
    memcpy(who->nonce, session.nonce, LINK_NONCE_BYTES);
    return true;
}

static bool wants_page(struct gateway *gateway, const struct http_request *request)
{
    struct span accept = http_header(gateway->http, request->id, "Accept");
    return request->method == HTTP_GET && span_starts(accept, "text/html");
}

int who_asks(struct gateway *gateway, const struct http_request *request, struct who *ret_who)
{
    struct span token = http_header(gateway->http, request->id, "Authorization");
    struct span cookie = cookie_find(http_header(gateway->http, request->id, "Cookie"), session_cookie_name(request));
    struct who who = {.number = PRINCIPAL_LOCAL};
    int result = 0;
    if (token.len > 0 && gateway->keyed) {
        result = token_asks(gateway, request, token, &who);
    } else if (gateway->keyed && !(cookie.len > 0 && session_asks(gateway, cookie, &who))) {
        result = -E_BAD_CREDENTIALS;
        if (wants_page(gateway, request))
            login_page(gateway, request, 401);
        else
            answer_problem(gateway, request, result,
                           cookie.len > 0 ? "the session is over: log in again at /login"
                                          : "send Authorization: Bearer TOKEN, or log in at /login",
                           "");
    } else if (!gateway->keyed && !host_is_ours(gateway, request)) {
        result = -E_CROSS_SITE;
        answer_problem(gateway, request, result, "its Host is not this machine", "");
    }
    if (result == 0)
        *ret_who = who;
    return result;
}

/*
 * gateway_login.c - people log in: one password at a time is looked at beside the turn, since that takes a tenth of a second on purpose.
 *
 *   POST /login ─▶ locked out? ─▶ a queue of LOGINS_MAX ─▶ aside: argon2id ─▶ cookie, or one wrong try more
 */
#include "brokers/gateway_parts.h"
#include "core/ensure.h"

#include <sodium.h>
#include <stdio.h>

#define COOKIE_MAX (LINK_TEXT_MAX + 128u)

/* The prefix makes browsers refuse it from anybody but this host, over TLS. */
const char *session_cookie_name(const struct http_request *request)
{
    return request->secure ? "__Host-manyi" : "manyi";
}

static void cookie_write(const struct http_request *request, const char *value, int64_t seconds,
                         char ret_cookie[COOKIE_MAX])
{
    snprintf(ret_cookie, COOKIE_MAX, "%s=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld%s",
             session_cookie_name(request), value, (long long)seconds, request->secure ? "; Secure" : "");
}

void login_page(struct gateway *gateway, const struct http_request *request, uint32_t status)
{
    page_send(gateway, request, &(struct page){.text = PAGE_LOGIN, .status = status});
}

/* ---- sessions ---- */

bool session_is_ended(const struct gateway *gateway, const struct link *session, uint32_t number)
{
    if (session->expires_ms < gateway->ended_before_ms)
        return true;
    for (uint32_t i = 0; i < SESSIONS_ENDED_MAX; i++) {
        const struct session_ended *ended = &gateway->ended[i];
        bool among = ended->all && ended->number == number && session->expires_ms <= ended->expires_ms;
        if (among ||
            (ended->expires_ms == session->expires_ms && memcmp(ended->nonce, session->nonce, LINK_NONCE_BYTES) == 0))
            return true;
    }
    return false;
}

/* The place for one more of theirs. Whoever has many ended ends all that they began before: one place is enough for them.
 * With no place left the oldest sessions end, whosever they are. */
static struct session_ended *ended_find(struct gateway *gateway, uint32_t number)
{
    struct session_ended *oldest = &gateway->ended[0], *own = NULL;
    uint32_t count = 0;
    for (uint32_t i = 0; i < SESSIONS_ENDED_MAX; i++) {
        struct session_ended *ended = &gateway->ended[i];
        bool is_own = ended->number == number && ended->expires_ms > gateway->now.wall_ms;
        count += is_own;
        if (is_own && (!own || ended->all))
            own = ended;
        if (ended->expires_ms < oldest->expires_ms)
            oldest = ended;
    }
    if (!own || (!own->all && count < SESSIONS_ENDED_EACH)) {
        if (oldest->expires_ms > gateway->now.wall_ms)
            gateway->ended_before_ms = oldest->expires_ms + 1;
        *oldest = (struct session_ended){.number = number};
        return oldest;
    }
    for (uint32_t i = 0; i < SESSIONS_ENDED_MAX; i++) {
        struct session_ended *ended = &gateway->ended[i];
        if (ended == own || ended->number != number)
            continue;
        if (ended->expires_ms > own->expires_ms)
            own->expires_ms = ended->expires_ms;
        *ended = (struct session_ended){.expires_ms = 0};
    }
    own->all = true;
    return own;
}

/* Remembered until it would have been over by itself. */
static void session_end(struct gateway *gateway, const struct who *who)
{
    struct session_ended *ended = ended_find(gateway, who->number);
    memcpy(ended->nonce, who->nonce, LINK_NONCE_BYTES);
    ended->expires_ms = who->expires_ms > ended->expires_ms ? who->expires_ms : ended->expires_ms;
    streams_recheck(gateway);
}

void logout_take(struct gateway *gateway, const struct http_request *request, const struct who *who)
{
    char cookie[COOKIE_MAX];
    if (who->session)
        session_end(gateway, who);
    cookie_write(request, "", 0, cookie);
    struct http_answer answer = {
        .status = 303,
        .type = "text/plain; charset=utf-8",
        .field = {{"Location", "/login"}, {"Set-Cookie", cookie}},
        .field_count = 2,
    };
    answer_send(gateway, request, &answer);
}

/* ---- logging in ---- */

uint64_t lockout_key(const struct gateway *gateway, char kind, const char *text)
{
    char what[NAME_MAX_BYTES + HTTP_PEER_MAX + 3];
    uint8_t hash[LINK_NONCE_BYTES];
    uint64_t key;
    int len = snprintf(what, sizeof what, "%c%s", kind, text);
    ensure(len > 0);
    size_t kept = (size_t)len < sizeof what ? (size_t)len : sizeof what - 1;
    link_nonce(gateway->session_secret, span_make(what, kept), hash);
    memcpy(&key, hash, sizeof key);
    return key | 1u;
}

/* 0, or how long it is locked out. */
static int64_t locked_ms(const struct gateway *gateway, const struct login *login)
{
    int64_t now_ms = gateway->now.monotonic_ms;
    int64_t name_ms = lockout_until_ms(&gateway->lockout, login->name_key, LOCKOUT_WRONG_NAME, now_ms);
    int64_t address_ms = lockout_until_ms(&gateway->lockout, login->address_key, LOCKOUT_WRONG_ADDRESS, now_ms);
    int64_t pair_ms = lockout_until_ms(&gateway->lockout, login->pair_key, LOCKOUT_WRONG_PAIR, now_ms);
    int64_t until_ms = name_ms > address_ms ? name_ms : address_ms;
    until_ms = pair_ms > until_ms ? pair_ms : until_ms;
    return until_ms ? until_ms - now_ms : 0;
}

void login_take(struct gateway *gateway, const struct http_request *request)
{
    char pair[NAME_MAX_BYTES + HTTP_PEER_MAX + 2];
    struct login login = {.request = *request};
    if (!same_origin(gateway, request)) {
        answer_problem(gateway, request, -E_CROSS_SITE, "its Origin or Sec-Fetch-Site is another one", "");
        return;
    }
    if (form_field(request->body, "name", login.name, sizeof login.name) < 0 ||
        form_field(request->body, "password", login.password, sizeof login.password) < 0) {
        page_send(gateway, request, &(struct page){.text = PAGE_REFUSED, .status = 400});
        return;
    }
    login.name_key = lockout_key(gateway, 'n', login.name);
    login.address_key = lockout_key(gateway, 'a', request->network);
    snprintf(pair, sizeof pair, "%s %s", request->network, login.name);
    login.pair_key = lockout_key(gateway, 'p', pair);
    int64_t wait_ms = locked_ms(gateway, &login);
    if (wait_ms > 0) {
        refused_tell(gateway, request, NULL, "login", -E_LOCKED_OUT);
        page_send(gateway, request,
                  &(struct page){.text = PAGE_BUSY, .status = 429, .minutes = (wait_ms + 59999) / 60000});
    } else if (gateway->login_count == LOGINS_MAX) {
        page_send(gateway, request, &(struct page){.text = PAGE_BUSY, .status = 503, .minutes = 1});
    } else {
        lockout_wrong(&gateway->lockout, login.name_key, LOCKOUT_WRONG_NAME, gateway->now.monotonic_ms);
        lockout_wrong(&gateway->lockout, login.pair_key, LOCKOUT_WRONG_PAIR, gateway->now.monotonic_ms);
        lockout_wrong(&gateway->lockout, login.address_key, LOCKOUT_WRONG_ADDRESS, gateway->now.monotonic_ms);
        gateway->login[(gateway->login_first + gateway->login_count++) % LOGINS_MAX] = login;
    }
    sodium_memzero(login.password, sizeof login.password);
}

/* Beside the turn, with a keyring of its own. Its result: the principal's number, or why not. */
static int password_look(void *context)
{
    struct login_work *work = context;
    const struct principal *principal;
    guard_turn(&work->guard, work->now);
    int result = keyring_of_password(work->guard.keyring, span_of(work->name), span_of(work->password), &principal);
    sodium_memzero(work->password, sizeof work->password);
    if (result < 0)
        return result;
    keyring_password_mark(work->guard.keyring, principal->number, work->mark);
    return (int)principal->number;
}

static void session_begin(struct gateway *gateway, const struct login *login)
{
    char text[LINK_TEXT_MAX], cookie[COOKIE_MAX];
    struct link session = {
        .purpose = LINK_SESSION,
        .expires_ms = gateway->now.wall_ms + SESSION_MS,
        .subject = span_make(gateway->work.mark, sizeof gateway->work.mark),
        .person = span_of(login->name),
    };
    memcpy(session.nonce, login->request.nonce, LINK_NONCE_BYTES);
    int written = link_write(gateway->session_secret, &session, text);
    ensure(written == 0);
    cookie_write(&login->request, text, SESSION_MS / 1000, cookie);
    struct http_answer answer = {
        .status = 303,
        .type = "text/plain; charset=utf-8",
        .field = {{"Location", "/"}, {"Set-Cookie", cookie}},
        .field_count = 2,
    };
    answer_send(gateway, &login->request, &answer);
}

static void login_done(struct gateway *gateway, const struct login *login, int result)
{
    if (result > 0) {
        lockout_forget(&gateway->lockout, login->pair_key);
        lockout_take_back(&gateway->lockout, login->name_key); /* what strangers tried counts on */
        lockout_take_back(&gateway->lockout, login->address_key);
        session_begin(gateway, login);
        return;
    }
    refused_tell(gateway, &login->request, NULL, "login", -E_BAD_CREDENTIALS);
    page_send(gateway, &login->request, &(struct page){.text = PAGE_REFUSED, .status = 401});
}

void logins_turn(struct gateway *gateway)
{
    if (gateway->working && aside_ready(gateway->aside)) {
        int result = aside_wait(gateway->aside);
        struct login *login = &gateway->login[gateway->login_first];
        gateway->working = false;
        login_done(gateway, login, result);
        sodium_memzero(login, sizeof *login);
        gateway->login_first = (gateway->login_first + 1) % LOGINS_MAX;
        gateway->login_count--;
    }
    if (gateway->working || gateway->login_count == 0)
        return;
    struct login *login = &gateway->login[gateway->login_first];
    gateway->work.now = gateway->now;
    memcpy(gateway->work.name, login->name, sizeof login->name);
    memcpy(gateway->work.password, login->password, sizeof login->password);
    sodium_memzero(login->password, sizeof login->password);
    gateway->working = true;
    aside_start(gateway->aside, password_look, &gateway->work);
}

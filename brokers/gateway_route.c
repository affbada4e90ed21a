/*
 * gateway_route.c - from a path to what it asks for.
 *
 *   open to everybody      /livez /readyz /login /ack/LINK /rate/LINK /case/LINK, and what pages are made of (/app.js);
 *                          a link that lost its end (/rate/) has a page that says so: people read it
 *   for whoever is known   / /notices /logout /metrics /v1/...
 */
#include "brokers/gateway_parts.h"

#include <stdio.h>

static bool path_is(const struct path *path, const char *first, uint32_t count)
{
    return path->count == count && (count == 0 || span_is(path->segment[0], first));
}

static bool is_reading(const struct http_request *request)
{
    return request->method == HTTP_GET || request->method == HTTP_HEAD;
}

static void refuse_method(struct gateway *gateway, const struct http_request *request, const char *allowed)
{
    char problem[HTTP_PROBLEM_MAX];
    size_t len = http_problem_as(405, -E_UNKNOWN_VERB, "this path has other methods", "", "", problem);
    struct http_answer answer = {
        .status = 405,
        .type = "application/problem+json",
        .body = span_make(problem, len),
        .field = {{"Allow", allowed}},
        .field_count = 1,
    };
    answer_send(gateway, request, &answer);
}

/* ---- is it ready? ---- */

static void ready_answer(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    char text[192];
    if (reply->status) {
        answer_problem(gateway, &errand->request, -E_AGAIN, "the worker does not answer", "");
        return;
    }
    snprintf(text, sizeof text, "{\"ready\":true,\"requests\":%llu,\"refused\":%llu,\"untold_refusals\":%llu}\n",
             (unsigned long long)gateway->requests, (unsigned long long)gateway->refused,
             (unsigned long long)audit_untold(gateway->audit));
    struct http_answer answer = {.status = 200, .type = "application/json", .body = span_of(text)};
    answer_send(gateway, &errand->request, &answer);
}

static void ready_worker_ask(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct wire_writer writer;
    if (reply->status) {
        answer_problem(gateway, &errand->request, -E_AGAIN, "intake does not answer", "");
        return;
    }
    ask_begin(gateway, errand, OURSELVES, 0, &writer);
    ask_send(gateway, errand, PEER_QUERY, "PING", &writer, ready_answer);
}

/* Everybody who is needed for an answer answers, in turn. */
static void ready_begin(struct gateway *gateway, const struct http_request *request)
{
    struct wire_writer writer;
    struct errand *errand = errand_begin(gateway, request, OURSELVES);
    if (!errand)
        return;
    errand->until_ms = gateway->now.monotonic_ms + READY_MS;
    ask_begin(gateway, errand, OURSELVES, 0, &writer);
    ask_send(gateway, errand, PEER_INTAKE, "PING", &writer, ready_worker_ask);
}

/* ---- where to? ---- */

/* Whoever has a customer's link need not log in. */
static void route_case(struct gateway *gateway, const struct http_request *request, const struct path *path)
{
    bool reads = is_reading(request);
    bool says =
        path->count == 3 && (span_is(path->segment[2], "satisfied") || span_is(path->segment[2], "unsatisfied"));
    bool card = path->count == 3 && span_is(path->segment[2], "card");
    if (path->count == 2 && reads)
        case_page(gateway, request);
    else if (card && reads)
        case_card(gateway, request);
    else if (says && !reads)
        case_say(gateway, request, span_is(path->segment[2], "satisfied"));
    else if (says)
        refuse_method(gateway, request, "POST");
    else if (card || path->count == 2)
        refuse_method(gateway, request, "GET, HEAD");
    else
        answer_problem(gateway, request, -E_NOT_FOUND, "nothing is at this path", "");
}

/* Is it one of those that anybody may ask for? Then it was taken. */
static bool route_open(struct gateway *gateway, const struct http_request *request, const struct path *path)
{
    bool reads = is_reading(request), posts = request->method == HTTP_POST;
    if (path_is(path, "livez", 1) && reads)
        answer_text(gateway, request, 200, "ok\n");
    else if (path_is(path, "readyz", 1) && reads && span_starts(request->query, "verbose"))
        ready_checks(gateway, request);
    else if (path_is(path, "readyz", 1) && reads)
        ready_begin(gateway, request);
    else if (path_is(path, "login", 1) && reads)
        login_page(gateway, request, 200);
    else if (path_is(path, "login", 1) && posts)
        login_take(gateway, request);
    else if (path_is(path, "ack", 2) && reads)
        link_page(gateway, request, path->segment[1]);
    else if (path_is(path, "ack", 2) && posts)
        link_acknowledge(gateway, request, path->segment[1]);
    else if (reads && (path_is(path, "ack", 1) || path_is(path, "rate", 1) || path_is(path, "case", 1)))
        link_missing(gateway, request);
    else if (path->count >= 2 && span_is(path->segment[0], "case"))
        route_case(gateway, request, path);
    else if (path_is(path, "rate", 2) && posts)
        link_rate(gateway, request, path->segment[1]);
    else if (path_is(path, "rate", 2) && reads)
        rate_page(gateway, request);
    else if (path_is(path, "rate", 3) && span_is(path->segment[2], "visit") && reads)
        rate_visit(gateway, request, path->segment[1]);
    else
        return reads && path->count > 0 && asset_send(gateway, request, request->path);
    return true;
}

static void route_post(struct gateway *gateway, const struct http_request *request, const struct who *who,
                       const struct path *path)
{
    bool v1 = path->count >= 2 && span_is(path->segment[0], "v1");
    if (path_is(path, "logout", 1))
        logout_take(gateway, request, who);
    else if (v1 && path->count == 2 && span_is(path->segment[1], "events"))
        post_events(gateway, request, who);
    else if (v1 && path->count == 2 && span_is(path->segment[1], "replies"))
        post_reply(gateway, request, who);
    else if (v1 && path->count == 2 && span_is(path->segment[1], "stream"))
        refuse_method(gateway, request, "GET, HEAD");
    else if (v1 && path->count == 4 && span_is(path->segment[1], "complaints") && span_is(path->segment[3], "link"))
        case_link_give(gateway, request, who, path->segment[2]);
    else if (v1 && path->count == 4 && span_is(path->segment[1], "quarantine") && span_is(path->segment[3], "resubmit"))
        post_mended(gateway, request, who, path->segment[2]);
    else if (v1)
        post_decision(gateway, request, who, path);
    else
        answer_problem(gateway, request, -E_NOT_FOUND, "nothing is at this path", "");
}

void route(struct gateway *gateway, const struct http_request *request)
{
    struct path path;
    struct who who;
    gateway->requests++;
    if (request->method == HTTP_OTHER) {
        refuse_method(gateway, request, "GET, HEAD, POST");
        return;
    }
    if (!media_takes_encoding(gateway, request))
        return;
    if (path_read(gateway, request->path, &path) < 0) {
        if (request->place == PLACE_LINK && is_reading(request))
            link_missing(gateway, request);
        else
            answer_problem(gateway, request, -E_BAD_REQUEST, "the path is not readable", "");
        return;
    }
    if (route_open(gateway, request, &path) || who_asks(gateway, request, &who) < 0)
        return;
    if (!is_reading(request)) {
        if (who_may_change(gateway, request, &who))
            route_post(gateway, request, &who, &path);
    } else if (path.count == 0) {
        asset_send(gateway, request, span_of("/index.html"));
    } else if (path_is(&path, "notices", 1)) {
        home_page(gateway, request, &who);
    } else if (path.count == 2 && span_is(path.segment[0], "v1") && span_is(path.segment[1], "me")) {
        get_me(gateway, request, &who);
    } else if (path_is(&path, "metrics", 1)) {
        get_metrics(gateway, request, &who);
    } else if (path.count == 2 && span_is(path.segment[0], "v1") && span_is(path.segment[1], "status")) {
        get_status(gateway, request, &who);
    } else if (path.count == 2 && span_is(path.segment[0], "v1") && span_is(path.segment[1], "stream")) {
        stream_take(gateway, request, &who);
    } else if (span_is(path.segment[0], "v1")) {
        get_rows(gateway, request, &who, &path);
    } else {
        answer_problem(gateway, request, -E_NOT_FOUND, "nothing is at this path", "");
    }
}

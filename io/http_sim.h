/*
 * http_sim.h - what only simulated HTTP can do: be asked, and show what was answered.
 */
#ifndef MANYI_IO_HTTP_SIM_H
#define MANYI_IO_HTTP_SIM_H

#include "io/http.h"

#define HTTP_SIM_PLACES 64u /* requests in the life of one server */

struct http_sim_request {
    enum http_method method;
    const char *uri;     /* "/v1/complaints?status=open" */
    const char *headers; /* "Cookie: a=b\nHost: manyi\n"; NULL: none */
    const char *body;    /* NULL: none */
    size_t body_len;     /* 0: the body is an ended text */
    const char *peer;    /* NULL: 127.0.0.1 */
    bool secure;
};

/* Everything is lent until the server closes. Returns the request's id. */
uint64_t http_sim_ask(struct http *http, const struct http_sim_request *request);

/* 0 while nobody has answered; else the status, and, each ended and living until the server closes: the body, and the headers, a
 * line each. */
uint32_t http_sim_answer(const struct http *http, uint64_t id, const char **ret_body, const char **ret_headers);

/* ---- answers that stay open: their body is what was sent so far ---- */

/* Its client reads nothing any more, or everything again. */
void http_sim_reads(struct http *http, uint64_t id, bool reads);
void http_sim_leave(struct http *http, uint64_t id);
bool http_sim_is_open(const struct http *http, uint64_t id);

#endif

/*
 * http.c - what every answer over HTTP has: its protective headers, how our statuses are told, problems.
 */
#include "io/http.h"

#include "core/status.h"
#include "io/json.h"

#include <stdio.h>

/* Nothing may be framed, guessed, cached or loaded from elsewhere, and no page may run what stands in it. */
const struct http_field http_always[] = {
    {"Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
                                "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
                                "frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "same-origin"}, /* with no-referrer browsers send our own forms with `Origin: null` */
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
};
const uint32_t http_always_count = sizeof http_always / sizeof http_always[0];

bool http_has_own(const struct http_answer *answer, const char *name)
{
    for (uint32_t i = 0; i < answer->field_count; i++) {
        if (strcmp(answer->field[i].name, name) == 0)
            return true;
    }
    return false;
}

static const struct {
    int status;
    uint32_t told;
} told[] = {
    {-E_NOT_FOUND, 404},
    {-E_UNKNOWN_CASE, 404},
    {-E_NO_POLICY, 404},
    {-E_NO_ROSTER, 404},
    {-E_UNKNOWN_FACT, 404},
    {-E_TOO_LARGE, 413},
    {-E_REQUEST_TOO_LARGE, 413},
    {-E_NOT_ALLOWED_PERSON, 403},
    {-E_NO_RIGHT, 403},
    {-E_OTHER_PLACE, 403},
    {-E_OTHER_PERSON, 403},
    {-E_FORGED_BY, 403},
    {-E_FOREIGN_SOURCE, 403},
    {-E_LINK_FORGED, 403},
    {-E_NOT_PERMITTED, 403},
    {-E_CROSS_SITE, 403},
    {-E_REVOKED, 401},
    {-E_UNKNOWN_PRINCIPAL, 401},
    {-E_BAD_CREDENTIALS, 401},
    {-E_SLOW_DOWN, 429},
    {-E_LOCKED_OUT, 429},
    {-E_LINK_USED, 410},
    {-E_LINK_EXPIRED, 410},
    {-E_CARD_CHANGED, 412},
    {-E_MEDIA_TYPE, 415},
    {-E_MENDED, 409},
    {-E_FENCED, 409},
    {-E_GAP, 409},
    {-E_NO_SESSION, 409},
    {-E_NOT_FOLDED, 503},
    {-E_NOT_RECORDED, 503},
    {-E_BAD_UTF8, 400},
    {-E_BAD_REQUEST, 400},
    {-E_UNKNOWN_VERB, 404},
    {-E_DISK_NEARLY_FULL, 503},
    {-E_RESERVED_SOURCE, 403},
};

uint32_t http_status_of(int status)
{
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        if (told[i].status == status)
            return told[i].told;
    }
    int number = -status;
    if (number >= 1100 && number < 1200)
        return 400; /* the form */
    if (number >= 1200 && number < 1300)
        return 422; /* the fields */
    if (number >= 1300 && number < 1400)
        return 400;
    if (number >= 1600 && number < 1700)
        return 409; /* the state forbids it */
    return number >= 1000 && number < 1100 ? 503 : 500;
}

size_t http_problem_as(uint32_t told_as, int status, const char *detail, const char *pointer, const char *more,
                       char text[HTTP_PROBLEM_MAX])
{
    const struct status_text *row = status_text(status);
    FILE *to = fmemopen(text, HTTP_PROBLEM_MAX, "w");
    if (!to)
        return 0;
    fprintf(to, "{\"type\":\"urn:manyi:%s\",\"title\":", row->code);
    json_print_text(to, span_of(row->summary));
    fprintf(to, ",\"status\":%u,\"code\":\"%s\",\"fix\":", (unsigned)told_as, row->code);
    json_print_text(to, span_of(row->fix));
    uint32_t characters;
    if (detail[0] && utf8_count(span_of(detail), &characters) == 0) {
        fputs(",\"detail\":", to);
        json_print_text(to, span_of(detail));
    }
    if (pointer[0]) {
        fputs(",\"pointer\":", to);
        json_print_text(to, span_of(pointer));
    }
    fprintf(to, "%s}", more);
    bool whole = fflush(to) == 0 && !ferror(to);
    long len = ftell(to);
    whole = fclose(to) == 0 && whole && len > 0 && (size_t)len < HTTP_PROBLEM_MAX;
    if (whole)
        return (size_t)len;
    return detail[0] || pointer[0] || more[0] ? http_problem_as(told_as, status, "", "", "", text)
                                              : 0; /* too long to be told */
}

size_t http_problem(int status, const char *detail, const char *pointer, const char *more, char text[HTTP_PROBLEM_MAX])
{
    return http_problem_as(http_status_of(status), status, detail, pointer, more, text);
}

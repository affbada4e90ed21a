/* demo_links.c - where a browser finds the demonstration. */
#include "cli/demo_links.h"

#include "cli/demo_plan.h"

#include <sodium.h>
#include <stdio.h>

#define WEEK_MS (7 * 24 * 3600 * 1000ll)

void demo_dashboard_url(const struct setup *setup, char url[DEMO_URL_MAX])
{
    snprintf(url, DEMO_URL_MAX, "http%s://%s:%u/", setup->tls_certificate_path[0] ? "s" : "", setup->http_host,
             setup->http_port);
}

static int url_write(const struct setup *setup, const char *path, enum link_purpose purpose, const char *subject,
                     char url[DEMO_URL_MAX])
{
    char text[LINK_TEXT_MAX], base[DEMO_URL_MAX];
    uint8_t secret[LINK_SECRET_BYTES];
    struct link link = {.purpose = purpose, .subject = span_of(subject)};
    int result = link_secret_load(setup->dir, LINK_SECRET_NAME, secret);
    link.expires_ms = clock_read(setup->clock).wall_ms + WEEK_MS;
    randombytes_buf(link.nonce, sizeof link.nonce);
    if (result == 0)
        result = link_write(secret, &link, text);
    sodium_memzero(secret, sizeof secret);
    demo_dashboard_url(setup, base);
    if (result == 0)
        snprintf(url, DEMO_URL_MAX, "%.*s%s/%s", (int)ENDPOINT_MAX, base, path, text);
    return result;
}

int demo_kiosk_url(const struct setup *setup, char url[DEMO_URL_MAX])
{
    char subject[128];
    snprintf(subject, sizeof subject, "R-90001\n%s\nservice", demo_store(0));
    return url_write(setup, "rate", LINK_RATE, subject, url);
}

int demo_case_url(const struct setup *setup, uint64_t seq, char url[DEMO_URL_MAX])
{
    char subject[32];
    snprintf(subject, sizeof subject, "C-%llu", (unsigned long long)seq);
    return url_write(setup, "case", LINK_CUSTOMER, subject, url);
}

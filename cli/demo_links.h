/*
 * demo_links.h - where a browser finds the demonstration: the dashboard, a customer's rating page, a complaint's page.
 */
#ifndef MANYI_CLI_DEMO_LINKS_H
#define MANYI_CLI_DEMO_LINKS_H

#include "io/link.h"
#include "io/setup.h"

#define DEMO_URL_MAX (ENDPOINT_MAX + LINK_TEXT_MAX + 32u)

void demo_dashboard_url(const struct setup *setup, char url[DEMO_URL_MAX]);

/* Of a visit that nobody has rated yet; for a week. Errors: those of link_secret_load. */
int demo_kiosk_url(const struct setup *setup, char url[DEMO_URL_MAX]);

/* Of a complaint that is there, for its customer. */
int demo_case_url(const struct setup *setup, uint64_t seq, char url[DEMO_URL_MAX]);

#endif

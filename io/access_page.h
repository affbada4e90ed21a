/* access_page.h - principals written as YAML. Only for access_*.c. */
#ifndef MANYI_IO_ACCESS_PAGE_H
#define MANYI_IO_ACCESS_PAGE_H

#include "core/access.h"
#include "io/page.h"

void page_roles(struct page *page, const struct principal *principal); /* [publisher, handler] */
/* `before`, then `all` or ["a", "b"]; nothing for an empty list. */
void page_names(struct page *page, const char *before, const struct access *access, const struct access_names *names);

#endif

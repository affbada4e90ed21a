/* access_page.h - principals written as YAML, each text in quotes, which every reader of YAML and JSON understands alike. Only for
 * access_*.c. */
#ifndef MANYI_IO_ACCESS_PAGE_H
#define MANYI_IO_ACCESS_PAGE_H

#include "core/access.h"

struct page {
    char *at;
    size_t size, len; /* len >= size: it did not fit */
};

__attribute__((format(printf, 2, 3))) void page_add(struct page *page, const char *format, ...);
void page_quoted(struct page *page, const char *text);
void page_roles(struct page *page, const struct principal *principal); /* [publisher, handler] */
/* `before`, then `all` or ["a", "b"]; nothing for an empty list. */
void page_names(struct page *page, const char *before, const struct access *access, const struct access_names *names);

#endif

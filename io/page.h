/*
 * page.h - a text that grows in a buffer of its caller's, and knows in the end whether it fit. YAML that is written by hand has
 * its texts in quotes, which every reader of YAML and JSON understands alike.
 */
#ifndef MANYI_IO_PAGE_H
#define MANYI_IO_PAGE_H

#include <stddef.h>

struct page {
    char *at;
    size_t size, len; /* len >= size: it did not fit */
};

__attribute__((format(printf, 2, 3))) void page_add(struct page *page, const char *format, ...);

/* In quotes. The text is one that yaml_is_plain allows. */
void page_quoted(struct page *page, const char *text);

#endif

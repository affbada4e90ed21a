/* page.c - a text that grows. */
#include "io/page.h"

#include "core/ensure.h"

#include <stdarg.h>
#include <stdio.h>

void page_add(struct page *page, const char *format, ...)
{
    size_t room = page->len < page->size ? page->size - page->len : 0;
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(room ? page->at + page->len : NULL, room, format, arguments);
    va_end(arguments);
    ensure(len >= 0);
    page->len += (size_t)len;
}

void page_quoted(struct page *page, const char *text)
{
    page_add(page, "\"");
    for (const char *c = text; *c; c++)
        page_add(page, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
    page_add(page, "\"");
}

/* access_page.c - what a line of an access file is made of. */
#include "io/access_page.h"

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

void page_roles(struct page *page, const struct principal *principal)
{
    const char *before = "";
    page_add(page, "[");
    for (enum access_role role = 0; role < ACCESS_ROLES; role++) {
        if (!((principal->roles >> role) & 1))
            continue;
        page_add(page, "%s%s", before, access_role_name(role));
        before = ", ";
    }
    page_add(page, "]");
}

void page_names(struct page *page, const char *before, const struct access *access, const struct access_names *names)
{
    if (!names->all && names->count == 0)
        return;
    page_add(page, "%s%s", before, names->all ? "all" : "[");
    for (uint32_t i = 0; i < names->count && !names->all; i++) {
        page_add(page, "%s", i ? ", " : "");
        page_quoted(page, access->text + access->name[names->first + i]);
    }
    page_add(page, "%s", names->all ? "" : "]");
}

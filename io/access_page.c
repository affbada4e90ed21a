/* access_page.c - what a line of an access file is made of. */
#include "io/access_page.h"

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

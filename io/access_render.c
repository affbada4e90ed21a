/* access_render.c - principals as they are journaled: a line each, in the order of numbers, without their keys. */
#include "core/ensure.h"
#include "core/status.h"
#include "io/access_file.h"
#include "io/access_page.h"
#include "io/policy_file.h"

#include <stdio.h>
#include <stdlib.h>

static void write_principal(struct page *page, const struct access *access, const struct principal *principal)
{
    page_add(page, "  - {name: ");
    page_quoted(page, access->text + principal->name);
    page_add(page, ", number: %u, kind: %s, roles: ", principal->number, principal_kind_name(principal->kind));
    page_roles(page, principal);
    page_names(page, ", stores: ", access, &principal->stores);
    page_names(page, ", departments: ", access, &principal->departments);
    page_names(page, ", sources: ", access, &principal->sources);
    page_names(page, ", speaks_for: ", access, &principal->speaks_for);
    if (principal->rate != RATE_UNLIMITED)
        page_add(page, ", rate: %u", principal->rate);
    page_add(page, principal->revoked ? ", revoked: true}\n" : "}\n");
}

int access_render(const struct access *access, char *buffer, size_t size, size_t *ret_len, char ret_hash[33])
{
    struct page page = {.at = buffer, .size = size};
    page_add(&page, access->count > 0 ? "principals:\n" : "principals: []\n");
    for (uint32_t i = 0; i < access->count; i++)
        write_principal(&page, access, &access->principal[i]);
    if (page.len >= page.size)
        return -E_NO_ROOM;
    policy_hash(span_make(buffer, page.len), ret_hash);
    *ret_len = page.len;
    return 0;
}

int access_hash(struct access *access)
{
    size_t len;
    char *document = malloc(ACCESS_DOCUMENT_MAX);
    int result = document ? access_render(access, document, ACCESS_DOCUMENT_MAX, &len, access->hash) : -E_NO_MEMORY;
    free(document);
    return result;
}

int access_parse(struct span document, struct access *ret_access, char message[KEYRING_MESSAGE_MAX])
{
    struct access_file *file = calloc(1, sizeof *file);
    int result = file ? access_file_parse(document, false, file, message) : -E_NO_MEMORY;
    if (result == 0)
        memcpy(ret_access, &file->access, sizeof *ret_access);
    free(file);
    return result;
}

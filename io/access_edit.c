/*
 * access_edit.c - an access file's text with one entry written anew or added.
 *
 *   next_number: 5               <- its value is replaced, or the line is put before the map
 *   principals:
 *     - name: bay-03  # third    <- an entry is replaced from its first letter to its last
 *     ...
 *     - name: new                <- or added after the last one's line
 */
#include "io/access_edit.h"

#include "core/ensure.h"
#include "core/rfc3339.h"
#include "core/status.h"
#include "core/z85.h"
#include "io/access_page.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define NEW_COLUMN 4u /* of the keys of entries in a file that has none yet */

/* ---- an entry ---- */

struct entry {
    struct page *page;
    const struct access_file *file;
    const struct principal *principal;
    uint32_t column;
    bool flow; /* {name: ..., ...} on one line */
};

static void line_begin(const struct entry *entry, uint32_t more)
{
    page_add(entry->page, "\n%*s", (int)(entry->column + more), "");
}

/* What stands before a key: of the first one nothing. */
static void key_begin(const struct entry *entry)
{
    if (entry->flow)
        page_add(entry->page, ", ");
    else
        line_begin(entry, 0);
}

static void names_write(const struct entry *entry, const char *key, const struct access_names *names)
{
    char before[24];
    snprintf(before, sizeof before, "%s: ", key);
    if (!names->all && names->count == 0)
        return;
    key_begin(entry);
    page_names(entry->page, before, &entry->file->access, names);
}

/* "2026-12-01T00:00:00Z": without fractions where there are none. */
static void until_write(struct page *page, int64_t until_ms, bool revoked)
{
    char text[RFC3339_LEN + 1];
    if (until_ms != ACCESS_FOR_EVER) {
        rfc3339_format(until_ms, text);
        if (strcmp(text + 19, ".000Z") == 0)
            memcpy(text + 19, "Z", 2);
        page_add(page, ", until: %s", text);
    }
    page_add(page, revoked ? ", revoked: true}" : "}");
}

static void item_begin(const struct entry *entry, uint32_t index, const char *key)
{
    if (index == 0) {
        key_begin(entry);
        page_add(entry->page, entry->flow ? "%s: [" : "%s:", key);
    } else if (entry->flow) {
        page_add(entry->page, ", ");
    }
    if (!entry->flow) {
        line_begin(entry, 2);
        page_add(entry->page, "- ");
    }
}

static void keys_write(const struct entry *entry)
{
    uint32_t index = 0;
    uint64_t at = 0;
    for (const struct access_key *key; (key = access_key_next(entry->file, entry->principal->number, &at));) {
        char text[KEY_Z85_LEN + 1];
        z85_encode(key->public_key, sizeof key->public_key, text);
        item_begin(entry, index++, "keys");
        page_add(entry->page, "{public: \"%s\"", text);
        until_write(entry->page, key->until_ms, key->revoked);
    }
    if (index > 0 && entry->flow)
        page_add(entry->page, "]");
}

static void tokens_write(const struct entry *entry)
{
    uint32_t index = 0;
    uint64_t at = 0;
    for (const struct access_token *token; (token = access_token_next(entry->file, entry->principal->number, &at));) {
        char text[2 * sizeof token->hash + 1];
        sodium_bin2hex(text, sizeof text, token->hash, sizeof token->hash);
        item_begin(entry, index++, "tokens");
        page_add(entry->page, "{id: ");
        page_quoted(entry->page, token->id);
        page_add(entry->page, ", hash: \"%s\"", text);
        until_write(entry->page, token->until_ms, token->revoked);
    }
    if (index > 0 && entry->flow)
        page_add(entry->page, "]");
}

static void password_write(const struct entry *entry)
{
    for (uint32_t i = 0; i < entry->file->password_count; i++) {
        if (entry->file->password[i].number != entry->principal->number)
            continue;
        key_begin(entry);
        page_add(entry->page, "password: \"%s\"", entry->file->password[i].hash);
    }
}

static void entry_write(const struct entry *entry)
{
    const struct principal *principal = entry->principal;
    page_add(entry->page, entry->flow ? "{name: " : "name: ");
    page_quoted(entry->page, entry->file->access.text + principal->name);
    key_begin(entry);
    page_add(entry->page, "number: %u", principal->number);
    key_begin(entry);
    page_add(entry->page, "kind: %s", principal_kind_name(principal->kind));
    key_begin(entry);
    page_add(entry->page, "roles: ");
    page_roles(entry->page, principal);
    names_write(entry, "stores", &principal->stores);
    names_write(entry, "departments", &principal->departments);
    names_write(entry, "sources", &principal->sources);
    names_write(entry, "speaks_for", &principal->speaks_for);
    if (principal->rate != RATE_UNLIMITED) {
        key_begin(entry);
        page_add(entry->page, "rate: %u", principal->rate);
    }
    keys_write(entry);
    tokens_write(entry);
    password_write(entry);
    if (principal->revoked) {
        key_begin(entry);
        page_add(entry->page, "revoked: true");
    }
    if (entry->flow)
        page_add(entry->page, "}");
}

/* ---- the text ---- */

struct edit {
    struct span text;
    struct access_file *file;
    struct page page;
    size_t done; /* bytes of the text that are on the page, or have been replaced */
};

/* libyaml counts characters, and a byte order mark is none. */
static size_t byte_of(struct span text, size_t character)
{
    size_t at = span_starts(text, "\xef\xbb\xbf") ? 3 : 0;
    for (; at < text.len && (character > 0 || (text.at[at] & 0xc0) == 0x80); at++)
        character -= (text.at[at] & 0xc0) != 0x80;
    return at;
}

static void copy_to(struct edit *edit, size_t end)
{
    ensure(end >= edit->done);
    ensure(end <= edit->text.len);
    size_t len = end - edit->done, room = edit->page.size - edit->page.len;
    if (edit->page.len < edit->page.size && len > 0)
        memcpy(edit->page.at + edit->page.len, edit->text.at + edit->done, len < room ? len : room);
    edit->page.len += len;
    edit->done = end;
}

static void next_number_write(struct edit *edit)
{
    const struct access_place *next = &edit->file->next_place;
    if (next->line > 0) {
        copy_to(edit, byte_of(edit->text, next->begin));
        page_add(&edit->page, "%u", edit->file->next_number);
        edit->done = byte_of(edit->text, next->end);
        return;
    }
    copy_to(edit, byte_of(edit->text, edit->file->map.begin));
    page_add(&edit->page, "next_number: %u\n%*s", edit->file->next_number, (int)edit->file->map.column, "");
}

/* Where the last entry in the text ends; 0: there is none. */
static size_t last_end(const struct access_file *file)
{
    size_t end = 0;
    for (uint32_t i = 0; i < file->access.count; i++)
        end = file->place[i].line > 0 && file->place[i].end > end ? file->place[i].end : end;
    return end;
}

static size_t line_end(struct span text, size_t at)
{
    const uint8_t *end = at < text.len ? memchr(text.at + at, '\n', text.len - at) : NULL;
    size_t found = end ? (size_t)(end - text.at) : text.len;
    return found > at && text.at[found - 1] == '\r' ? found - 1 : found;
}

static void principal_write(struct edit *edit, uint32_t index)
{
    const struct access_place *place = &edit->file->place[index], *list = &edit->file->list;
    struct entry entry = {.page = &edit->page, .file = edit->file, .principal = &edit->file->access.principal[index]};
    size_t last = last_end(edit->file);
    if (place->line > 0) { /* it is there: in its own style */
        entry.flow = place->flow;
        entry.column = place->column;
        copy_to(edit, byte_of(edit->text, place->begin));
        entry_write(&entry);
        edit->done = byte_of(edit->text, place->end);
    } else if (last > 0 && list->flow) {
        entry.flow = true;
        copy_to(edit, byte_of(edit->text, last));
        page_add(&edit->page, ", ");
        entry_write(&entry);
    } else if (last > 0) {
        entry.column = list->column + 2;
        copy_to(edit, line_end(edit->text, byte_of(edit->text, last)));
        page_add(&edit->page, "\n%*s- ", (int)list->column, "");
        entry_write(&entry);
    } else { /* nobody was there */
        entry.column = NEW_COLUMN + edit->file->map.column;
        copy_to(edit, byte_of(edit->text, list->begin));
        page_add(&edit->page, "\n%*s- ", (int)entry.column - 2, "");
        entry_write(&entry);
        edit->done = byte_of(edit->text, list->end);
    }
}

const char access_fresh[] =
    "# Who may do what, and their keys. Written by `manyi key` and by people; `manyi access` prints what roles may.\n"
    "# Roles read it again when it changes. Nothing in it is secret.\n"
    "next_number: 1\n"
    "principals:\n";

static int text_check(struct edit *edit, char message[KEYRING_MESSAGE_MAX])
{
    struct access_file *again = calloc(1, sizeof *again);
    if (!again)
        return -E_NO_MEMORY;
    int result = access_file_parse(span_make(edit->page.at, edit->page.len), true, again, message);
    if (result == 0) {
        access_file_sort(edit->file);
        result = access_hash(&edit->file->access);
        if (result < 0 || !access_file_same(edit->file, again)) {
            snprintf(message, KEYRING_MESSAGE_MAX,
                     "its YAML is written in a way that `manyi key` can't change; write entries as `- name: ...`");
            result = -E_BAD_ACCESS;
        }
    }
    free(again);
    return result;
}

int access_edit(struct span text, struct access_file *file, uint32_t number, char **ret_text, size_t *ret_len,
                char message[KEYRING_MESSAGE_MAX])
{
    uint32_t index = 0;
    ensure(file->access.count > 0);
    if (file->next_number == 0)
        file->next_number = file->access.principal[file->access.count - 1].number + 1;
    while (index < file->access.count && file->access.principal[index].number != number)
        index++;
    ensure(index < file->access.count);
    if (file->map.flow) {
        snprintf(message, KEYRING_MESSAGE_MAX,
                 "line 1: the file is one {...}; write `principals:` on a line of its own");
        return -E_BAD_ACCESS;
    }
    struct edit edit = {.text = text, .file = file, .page = {.size = ACCESS_FILE_MAX}};
    edit.page.at = malloc(edit.page.size);
    if (!edit.page.at)
        return -E_NO_MEMORY;
    if (file->next_place.line > 0 && file->next_place.begin > file->list.begin) {
        principal_write(&edit, index);
        next_number_write(&edit);
    } else {
        next_number_write(&edit);
        principal_write(&edit, index);
    }
    copy_to(&edit, text.len);
    if (text.len > 0 && text.at[text.len - 1] != '\n' && edit.page.len < edit.page.size)
        page_add(&edit.page, "\n");
    int result = 0;
    if (edit.page.len >= edit.page.size) {
        snprintf(message, KEYRING_MESSAGE_MAX, "it would be larger than 4 MiB; remove whoever is revoked for long");
        result = -E_BAD_ACCESS;
    }
    if (result == 0)
        result = text_check(&edit, message);
    if (result < 0) {
        free(edit.page.at);
        return result;
    }
    *ret_text = edit.page.at;
    *ret_len = edit.page.len;
    return 0;
}

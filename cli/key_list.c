/* key_list.c - `manyi key list`: who is in the access file, what they are, and by what they are known. */
#include "cli/key_desk.h"
#include "cli/table.h"
#include "core/status.h"
#include "io/json.h"
#include "schemas/wire.h"

#include <stdarg.h>
#include <stdlib.h>

static const struct column columns[] = {
    {"Number", "number", CELL_NUMBER}, {"Name", "name", CELL_TEXT},       {"Kind", "kind", CELL_TEXT},
    {"Roles", "roles", CELL_TEXT},     {"Stores", "stores", CELL_TEXT},   {"Departments", "departments", CELL_TEXT},
    {"Known by", "keys", CELL_TEXT},   {"Revoked", "revoked", CELL_MARK},
};

/* ---- for programs ---- */

static void names_write(struct wire_writer *writer, const char *key, const struct access *access,
                        const struct access_names *names)
{
    wire_key(writer, key);
    if (names->all) {
        wire_text(writer, span_of("all"));
        return;
    }
    wire_array(writer, names->count);
    for (uint32_t i = 0; i < names->count; i++)
        wire_text(writer, access_span(access, access->name[names->first + i]));
}

static void until_write(struct wire_writer *writer, int64_t until_ms, bool revoked)
{
    wire_key(writer, "until");
    if (until_ms == ACCESS_FOR_EVER)
        wire_nil(writer);
    else
        wire_time_text(writer, until_ms);
    wire_key(writer, "revoked");
    wire_bool(writer, revoked);
}

static uint32_t keys_of(const struct access_file *file, uint32_t number)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < file->key_count; i++)
        count += file->key[i].number == number;
    return count;
}

static uint32_t tokens_of(const struct access_file *file, uint32_t number)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < file->token_count; i++)
        count += file->token[i].number == number;
    return count;
}

static bool has_password(const struct access_file *file, uint32_t number)
{
    bool has = false;
    for (uint32_t i = 0; i < file->password_count && !has; i++)
        has = file->password[i].number == number;
    return has;
}

static void keys_write(struct wire_writer *writer, const struct access_file *file, uint32_t number)
{
    char fingerprint[KEY_FINGERPRINT_LEN + 1];
    wire_key(writer, "keys");
    wire_array(writer, keys_of(file, number));
    uint64_t at = 0;
    for (const struct access_key *key; (key = access_key_next(file, number, &at));) {
        key_fingerprint(key->public_key, fingerprint);
        wire_map(writer, 3);
        wire_key(writer, "fingerprint");
        wire_text(writer, span_of(fingerprint));
        until_write(writer, key->until_ms, key->revoked);
    }
    wire_key(writer, "tokens");
    wire_array(writer, tokens_of(file, number));
    at = 0;
    for (const struct access_token *token; (token = access_token_next(file, number, &at));) {
        wire_map(writer, 3);
        wire_key(writer, "id");
        wire_text(writer, span_of(token->id));
        until_write(writer, token->until_ms, token->revoked);
    }
    wire_key(writer, "password");
    wire_bool(writer, has_password(file, number));
}

static void row_write(struct wire_writer *writer, const struct access_file *file, const struct principal *principal)
{
    const struct access *access = &file->access;
    uint32_t roles = 0;
    for (enum access_role role = 0; role < ACCESS_ROLES; role++)
        roles += (principal->roles >> role) & 1;
    wire_map(writer, 13);
    wire_key(writer, "name");
    wire_text(writer, access_span(access, principal->name));
    wire_key(writer, "number");
    wire_natural(writer, principal->number);
    wire_key(writer, "kind");
    wire_text(writer, span_of(principal_kind_name(principal->kind)));
    wire_key(writer, "roles");
    wire_array(writer, roles);
    for (enum access_role role = 0; role < ACCESS_ROLES; role++) {
        if ((principal->roles >> role) & 1)
            wire_text(writer, span_of(access_role_name(role)));
    }
    names_write(writer, "stores", access, &principal->stores);
    names_write(writer, "departments", access, &principal->departments);
    names_write(writer, "sources", access, &principal->sources);
    names_write(writer, "speaks_for", access, &principal->speaks_for);
    wire_key(writer, "rate");
    wire_natural(writer, principal->rate);
    keys_write(writer, file, principal->number);
    wire_key(writer, "revoked");
    wire_bool(writer, principal->revoked);
}

/* ---- for people ---- */

/* "a, b, ..." as much as a cell holds. */
struct words {
    char text[CELL_MAX];
    size_t len;
};

__attribute__((format(printf, 2, 3))) static void word_add(struct words *words, const char *format, ...)
{
    char word[CELL_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(word, sizeof word, format, arguments);
    va_end(arguments);
    size_t room = sizeof words->text - words->len;
    if (strlen(word) + sizeof ", ..." > room) {
        snprintf(words->text + words->len, room, "%s", words->len && words->text[words->len - 1] != '.' ? " ..." : "");
        words->len = strlen(words->text);
        return;
    }
    words->len += (size_t)snprintf(words->text + words->len, room, "%s%s", words->len ? ", " : "", word);
}

static void cell_write(struct wire_writer *writer, const char *key, const struct words *words)
{
    wire_key(writer, key);
    wire_text(writer, span_of(words->text));
}

static void names_cell(struct wire_writer *writer, const char *key, const struct access *access,
                       const struct access_names *names)
{
    struct words words = {.len = 0};
    if (names->all)
        word_add(&words, "all");
    for (uint32_t i = 0; i < names->count && !names->all; i++)
        word_add(&words, "%s", access->text + access->name[names->first + i]);
    cell_write(writer, key, &words);
}

static void thing_add(struct words *words, const char *what, int64_t until_ms, bool revoked, int64_t now_ms)
{
    char until[24];
    if (until_ms != ACCESS_FOR_EVER)
        time_short(until_ms, until);
    if (revoked)
        word_add(words, "%s (revoked)", what);
    else if (until_ms == ACCESS_FOR_EVER)
        word_add(words, "%s", what);
    else
        word_add(words, "%s (%s %s)", what, until_ms > now_ms ? "until" : "ended", until);
}

static void keys_cell(struct wire_writer *writer, const struct key_desk *desk, uint32_t number)
{
    const struct access_file *file = desk->file;
    struct words words = {.len = 0};
    uint64_t at = 0;
    for (const struct access_key *key; (key = access_key_next(file, number, &at));) {
        char fingerprint[KEY_FINGERPRINT_LEN + 1];
        key_fingerprint(key->public_key, fingerprint);
        thing_add(&words, fingerprint, key->until_ms, key->revoked, desk->now_ms);
    }
    at = 0;
    for (const struct access_token *token; (token = access_token_next(file, number, &at));)
        thing_add(&words, token->id, token->until_ms, token->revoked, desk->now_ms);
    if (has_password(file, number))
        word_add(&words, "password");
    cell_write(writer, "keys", &words);
}

static void cells_write(struct wire_writer *writer, const struct key_desk *desk, const struct principal *principal)
{
    const struct access *access = &desk->file->access;
    struct words roles = {.len = 0};
    for (enum access_role role = 0; role < ACCESS_ROLES; role++) {
        if ((principal->roles >> role) & 1)
            word_add(&roles, "%s", access_role_name(role));
    }
    wire_map(writer, 8);
    wire_key(writer, "number");
    wire_natural(writer, principal->number);
    wire_key(writer, "name");
    wire_text(writer, access_span(access, principal->name));
    wire_key(writer, "kind");
    wire_text(writer, span_of(principal_kind_name(principal->kind)));
    cell_write(writer, "roles", &roles);
    names_cell(writer, "stores", access, &principal->stores);
    names_cell(writer, "departments", access, &principal->departments);
    keys_cell(writer, desk, principal->number);
    wire_key(writer, "revoked");
    wire_bool(writer, principal->revoked);
}

int principals_print(struct key_desk *desk)
{
    const struct access *access = &desk->file->access;
    size_t size = ACCESS_FILE_MAX * 2;
    uint8_t *rows = malloc(size);
    if (!rows)
        return -E_NO_MEMORY;
    struct wire_writer writer;
    wire_writer_init(&writer, rows, size);
    wire_array(&writer, access->count);
    for (uint32_t i = 0; i < access->count; i++) {
        if (desk->cli->json)
            row_write(&writer, desk->file, &access->principal[i]);
        else
            cells_write(&writer, desk, &access->principal[i]);
    }
    int result = writer.full ? -E_NO_ROOM : 0;
    if (result == 0 && desk->cli->json) {
        result = json_print(stdout, wire_written(&writer));
        putchar('\n');
    } else if (result == 0) {
        result = table_print(stdout, columns, sizeof columns / sizeof columns[0], wire_written(&writer));
    }
    if (access->count == 0 && !desk->cli->quiet)
        fprintf(stderr, "nobody is in %s\n", desk->path);
    free(rows);
    return result;
}

int key_list(struct cli *cli)
{
    struct key_desk desk;
    int result = desk_open(cli, false, &desk);
    if (result == 0)
        result = principals_print(&desk);
    desk_close(&desk);
    return result;
}

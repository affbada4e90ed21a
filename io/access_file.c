/*
 * access_file.c - an access file's principals.
 *
 *   text --> yaml_look (one map, no aliases, not too deep) --> nodes --> principals, keys, tokens, passwords --> sorted, none twice
 *
 * libyaml's nodes and not libcyaml's structures: a list may be the word `all` instead, each flaw knows its own line, and
 * `manyi key` rewrites one entry and leaves people's comments around it.
 */
#include "io/access_file.h"

#include "core/status.h"
#include "io/access_reading.h"
#include "io/yaml_look.h"

#include <stdio.h>

_Static_assert(PRINCIPAL_TEXTS_MAX * 2 < ACCESS_DOCUMENT_MAX, "names alone don't make a document too large");

const char *const access_checks[] = {
    "every key is known and stands once, every role, kind and time is one",
    "every name, number, public key and token stands once",
    "every number is below next_number, where the file has one: numbers are never used again",
    "every list has no more than its limit, and everything together fits into one entry of the journal",
    "every pattern has its * at the end, and no source is one of Manyi's own",
    "every password is a hash by argon2id of the strength that `manyi key --password` uses",
};
const uint32_t access_checks_count = sizeof access_checks / sizeof access_checks[0];

static int text_keep(struct reading *reading, const char *text, access_text *ret_at)
{
    struct access *access = &reading->file->access;
    size_t len = strlen(text) + 1;
    if (access->text_len + len > sizeof access->text)
        return reading_flaw(reading, "is too much: all names together have at most %u bytes", ACCESS_TEXT_BYTES);
    memcpy(access->text + access->text_len, text, len);
    *ret_at = access->text_len;
    access->text_len += (uint32_t)len;
    return 0;
}

/* ---- one value each ---- */

static int read_name(struct reading *reading, const yaml_node_t *node)
{
    const char *text;
    int result = reading_text(reading, node, NAME_MAX_BYTES, &text);
    if (result < 0)
        return result;
    if (strcmp(text, "local") == 0 || strcmp(text, "unknown") == 0)
        return reading_flaw(reading, "is \"%s\", which stands for nobody in particular; use another name", text);
    if (strpbrk(text, "\"\\"))
        return reading_flaw(reading, "has a quotation mark or a backslash; use letters, digits, dots and dashes");
    return text_keep(reading, text, &reading->principal->name);
}

static int read_principal_number(struct reading *reading, const yaml_node_t *node)
{
    return reading_number(reading, node, 1, PRINCIPAL_NUMBER_MAX, &reading->principal->number);
}

static int read_kind(struct reading *reading, const yaml_node_t *node)
{
    const char *text;
    int result = reading_text(reading, node, NAME_MAX_BYTES, &text);
    for (enum principal_kind kind = 0; result == 0 && kind < PRINCIPAL_KINDS; kind++) {
        if (strcmp(text, principal_kind_name(kind)) == 0) {
            reading->principal->kind = kind;
            return 0;
        }
    }
    return result < 0 ? result : reading_flaw(reading, "is \"%s\"; use person, device or program", text);
}

static int read_role(struct reading *reading, const yaml_node_t *node)
{
    const char *text;
    int result = reading_text(reading, node, NAME_MAX_BYTES, &text);
    if (result < 0)
        return result;
    char known[160] = "";
    for (enum access_role role = 0; role < ACCESS_ROLES; role++) {
        if (strcmp(text, access_role_name(role)) == 0) {
            reading->principal->roles |= 1u << role;
            return 0;
        }
        size_t len = strlen(known);
        snprintf(known + len, sizeof known - len, "%s%s", len ? ", " : "", access_role_name(role));
    }
    return reading_flaw(reading, "is \"%s\"; use one of %s", text, known);
}

static int read_roles(struct reading *reading, const yaml_node_t *node)
{
    return reading_list(reading, node, ACCESS_ROLES, read_role);
}

static int read_rate(struct reading *reading, const yaml_node_t *node)
{
    return reading_number(reading, node, 0, 1000000, &reading->principal->rate);
}

static int read_revoked(struct reading *reading, const yaml_node_t *node)
{
    return reading_bool(reading, node, &reading->principal->revoked);
}

/* ---- lists of names ---- */

static int name_keep(struct reading *reading, const char *text)
{
    struct access *access = &reading->file->access;
    if (access->name_count == PRINCIPAL_TEXTS_MAX)
        return reading_flaw(reading, "is one too many: all lists together have at most %u names", PRINCIPAL_TEXTS_MAX);
    return text_keep(reading, text, &access->name[access->name_count++]);
}

static int read_place(struct reading *reading, const yaml_node_t *node)
{
    const char *text;
    int result = reading_text(reading, node, NAME_MAX_BYTES, &text);
    if (result == 0 && strchr(text, '*'))
        return reading_flaw(reading, "is \"%s\"; write names, or `all` instead of the list", text);
    return result < 0 ? result : name_keep(reading, text);
}

/* A * that does not end the pattern would be taken for itself, and nobody means that. */
static int pattern_check(struct reading *reading, const char *text, const char *before)
{
    const char *star = strchr(text, '*');
    if (star && star[1])
        return reading_flaw(reading, "is \"%s\"; a * may only end it", text);
    if (star && before && star > text && !strchr(before, star[-1]))
        return reading_flaw(reading, "is \"%s\"; write it with / before the *, which means all below", text);
    return 0;
}

static int read_source(struct reading *reading, const yaml_node_t *node)
{
    const char *text;
    int result = reading_text(reading, node, URI_MAX_BYTES, &text);
    if (result < 0)
        return result;
    if (strncmp(text, "/manyi/", 7) == 0)
        return reading_flaw(reading, "is \"%s\"; /manyi/... are Manyi's own sources", text);
    result = pattern_check(reading, text, "/");
    return result < 0 ? result : name_keep(reading, text);
}

static int read_speaks_for(struct reading *reading, const yaml_node_t *node)
{
    const char *text;
    int result = reading_text(reading, node, NAME_MAX_BYTES, &text);
    if (result == 0)
        result = pattern_check(reading, text, NULL);
    return result < 0 ? result : name_keep(reading, text);
}

static int names_read(struct reading *reading, const yaml_node_t *node, struct access_names *names,
                      int (*read)(struct reading *reading, const yaml_node_t *node))
{
    const struct access *access = &reading->file->access;
    if (node->type == YAML_SCALAR_NODE) {
        names->all = strcmp((const char *)node->data.scalar.value, "all") == 0;
        return names->all ? 0 : reading_flaw(reading, "is no list; write it as [...], or the word all");
    }
    names->first = access->name_count;
    int result = reading_list(reading, node, PRINCIPAL_TEXTS_MAX, read);
    names->count = access->name_count - names->first;
    return result;
}

static int read_stores(struct reading *reading, const yaml_node_t *node)
{
    return names_read(reading, node, &reading->principal->stores, read_place);
}

static int read_departments(struct reading *reading, const yaml_node_t *node)
{
    return names_read(reading, node, &reading->principal->departments, read_place);
}

static int read_sources(struct reading *reading, const yaml_node_t *node)
{
    return names_read(reading, node, &reading->principal->sources, read_source);
}

static int read_all_spoken_for(struct reading *reading, const yaml_node_t *node)
{
    return names_read(reading, node, &reading->principal->speaks_for, read_speaks_for);
}

/* ---- principals ---- */

/* Where what stands in it ends: a block's own mark lies behind the comments that follow it. */
static size_t end_of(struct reading *reading, const yaml_node_t *node)
{
    size_t end = node->start_mark.index;
    if (node->type == YAML_SCALAR_NODE)
        return node->end_mark.index;
    if (node->type == YAML_MAPPING_NODE) {
        if (node->data.mapping.style == YAML_FLOW_MAPPING_STYLE)
            return node->end_mark.index;
        for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++)
            end = end_of(reading, yaml_document_get_node(&reading->document, pair->value));
        return end;
    }
    if (node->data.sequence.style == YAML_FLOW_SEQUENCE_STYLE)
        return node->end_mark.index;
    for (const yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top; item++)
        end = end_of(reading, yaml_document_get_node(&reading->document, *item));
    return end;
}

static struct access_place place_of(struct reading *reading, const yaml_node_t *node)
{
    bool list_flow = node->type == YAML_SEQUENCE_NODE && node->data.sequence.style == YAML_FLOW_SEQUENCE_STYLE;
    bool map_flow = node->type == YAML_MAPPING_NODE && node->data.mapping.style == YAML_FLOW_MAPPING_STYLE;
    return (struct access_place){
        .line = (uint32_t)node->start_mark.line + 1,
        .begin = node->start_mark.index,
        .end = end_of(reading, node),
        .column = (uint32_t)node->start_mark.column,
        .flow = list_flow || map_flow,
    };
}

static int read_principal(struct reading *reading, const yaml_node_t *node)
{
    static const struct reading_field fields[] = {
        {"name", read_name, true, false},
        {"number", read_principal_number, true, false},
        {"kind", read_kind, true, false},
        {"roles", read_roles, true, false},
        {"stores", read_stores, false, false},
        {"departments", read_departments, false, false},
        {"sources", read_sources, false, false},
        {"speaks_for", read_all_spoken_for, false, false},
        {"rate", read_rate, false, false},
        {"revoked", read_revoked, false, false},
        {"keys", reading_keys, false, true},
        {"tokens", reading_tokens, false, true},
        {"password", reading_password, false, true},
    };
    struct access_file *file = reading->file;
    uint32_t keys = file->key_count, tokens = file->token_count, passwords = file->password_count;
    reading->principal = &file->access.principal[file->access.count];
    *reading->principal = (struct principal){.name = 0};
    int result = reading_map(reading, node, fields, sizeof fields / sizeof fields[0]);
    if (result < 0)
        return result;
    if (reading->principal->roles == 0 && !reading->principal->revoked)
        return reading_flaw(reading, "has no role; give it one, or write `revoked: true`");
    uint32_t number = reading->principal->number; /* it may stand behind them */
    for (uint32_t i = keys; i < file->key_count; i++)
        file->key[i].number = number;
    for (uint32_t i = tokens; i < file->token_count; i++)
        file->token[i].number = number;
    for (uint32_t i = passwords; i < file->password_count; i++)
        file->password[i].number = number;
    struct access_place *place = &file->place[file->access.count++];
    *place = place_of(reading, node);
    place->number = number;
    return 0;
}

static int read_principals(struct reading *reading, const yaml_node_t *node)
{
    reading->file->list = place_of(reading, node);
    if (node->type == YAML_SCALAR_NODE && node->data.scalar.length == 0)
        return 0; /* the key alone: nobody yet */
    return reading_list(reading, node, PRINCIPALS_MAX, read_principal);
}

static int read_next_number(struct reading *reading, const yaml_node_t *node)
{
    reading->file->next_place = place_of(reading, node);
    return reading_number(reading, node, 1, PRINCIPAL_NUMBER_MAX + 1, &reading->file->next_number);
}

/* ---- the document ---- */

static int document_read(struct reading *reading)
{
    static const struct reading_field fields[] = {
        {"principals", read_principals, true, false},
        {"next_number", read_next_number, false, true},
    };
    const yaml_node_t *root = yaml_document_get_root_node(&reading->document);
    reading->line = 1;
    if (!root)
        return reading_flaw(reading,
                            "the document is empty; `manyi key new` makes one, and `principals: []` is nobody");
    int result = reading_map(reading, root, fields, sizeof fields / sizeof fields[0]);
    if (result == 0)
        reading->file->map = place_of(reading, root);
    if (result == 0)
        result = reading_order(reading);
    if (result == 0)
        result = access_hash(&reading->file->access);
    if (result == -E_NO_ROOM) {
        reading->line = reading->file->list.line;
        return reading_flaw(reading, "is too much: without keys the principals must fit into %u bytes",
                            ACCESS_DOCUMENT_MAX);
    }
    return result;
}

int access_file_parse(struct span text, bool with_keys, struct access_file *ret_file, char message[KEYRING_MESSAGE_MAX])
{
    struct reading reading = {.with_keys = with_keys, .message = message, .file = ret_file};
    char looked[YAML_MESSAGE_MAX];
    unsigned unreadable = 0;
    if (text.len >= 2 && (text.at[0] >= 0xfe || text.at[0] == 0 || text.at[1] == 0)) {
        snprintf(message, KEYRING_MESSAGE_MAX, "line 1: this is not UTF-8; save it as UTF-8");
        return -E_BAD_ACCESS;
    }
    int result = yaml_look(text, &unreadable, looked);
    if (result == -E_BAD_FORMAT) {
        snprintf(message, KEYRING_MESSAGE_MAX, "%s", looked);
        return -E_BAD_ACCESS;
    }
    yaml_parser_t parser;
    if (result < 0 || !yaml_parser_initialize(&parser))
        return -E_NO_MEMORY;
    yaml_parser_set_input_string(&parser, text.at, text.len);
    ret_file->key_count = ret_file->token_count = ret_file->password_count = ret_file->next_number = 0;
    ret_file->next_place = ret_file->list = (struct access_place){.line = 0};
    ret_file->access.count = ret_file->access.name_count = 0;
    ret_file->access.text_len = 1; /* 0 is no text */
    ret_file->access.text[0] = '\0';
    if (yaml_parser_load(&parser, &reading.document)) {
        result = document_read(&reading);
        yaml_document_delete(&reading.document);
    } else if (parser.error == YAML_MEMORY_ERROR) {
        result = -E_NO_MEMORY;
    } else {
        snprintf(message, KEYRING_MESSAGE_MAX, "line %u: %s", unreadable ? unreadable : 1,
                 parser.problem ? parser.problem : "this is no YAML");
        result = -E_BAD_ACCESS;
    }
    yaml_parser_delete(&parser);
    return result;
}

/*
 * key_command.c - `manyi key`: who has which key, token or password; all of it in the access file, without a server.
 */
#include "cli/commands.h"
#include "cli/fields.h"
#include "cli/key_desk.h"
#include "core/status.h"
#include "core/z85.h"
#include "io/json.h"

#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

#define OVERLAP_DEFAULT "7d"
#define LIST_MAX GIVEN_MAX

/* ---- options ---- */

/* --until, or for ever. */
static int until_option(struct key_desk *desk, int64_t *ret_until_ms)
{
    const char *text = option_text(&desk->cli->arguments, "until");
    *ret_until_ms = ACCESS_FOR_EVER;
    if (!text)
        return 0;
    if (time_from_text(text, desk->now_ms, ret_until_ms) < 0 || *ret_until_ms <= desk->now_ms)
        return cli_fail(desk->cli, -E_USAGE, "--until %.40s; use a time to come, such as 2027-01-01, or +90d", text);
    return 0;
}

/* "7d", "12h", "0d": how long what was good stays good. */
static int overlap_option(struct key_desk *desk, int64_t *ret_end_ms)
{
    const char *text = option_text(&desk->cli->arguments, "overlap");
    char ahead[32];
    snprintf(ahead, sizeof ahead, "+%.24s", text ? text : OVERLAP_DEFAULT);
    if (time_from_text(ahead, desk->now_ms, ret_end_ms) < 0)
        return cli_fail(desk->cli, -E_USAGE, "--overlap %.24s; use a time such as 7d, 12h or 0d", text);
    return 0;
}

/* Each value of an option that may stand several times; with `separated`, several in one, too. */
static int list_option(struct cli *cli, const char *name, bool separated, struct span names[LIST_MAX],
                       struct access_list *ret_list)
{
    *ret_list = (struct access_list){.name = names};
    for (uint32_t i = 0; i < cli->arguments.given_count; i++) {
        const struct given_option *given = &cli->arguments.given[i];
        if (strcmp(given->row->name, name) != 0)
            continue;
        for (const char *at = given->value; at;) {
            const char *comma = separated ? strchr(at, ',') : NULL;
            struct span value = comma ? span_make(at, (size_t)(comma - at)) : span_of(at);
            at = comma ? comma + 1 : NULL;
            if (span_is(value, "all")) {
                ret_list->all = true;
            } else if (ret_list->count == LIST_MAX) {
                return cli_fail(cli, -E_USAGE, "--%s has more than %u values; write the others into the file", name,
                                LIST_MAX);
            } else {
                names[ret_list->count++] = value;
            }
        }
    }
    if (ret_list->all && ret_list->count > 0)
        return cli_fail(cli, -E_USAGE, "--%s is all and names, too; use one of them", name);
    return 0;
}

static int roles_option(struct cli *cli, uint32_t *ret_roles)
{
    struct span names[LIST_MAX];
    struct access_list list;
    const char *known[ACCESS_ROLES];
    for (enum access_role role = 0; role < ACCESS_ROLES; role++)
        known[role] = access_role_name(role);
    int result = list_option(cli, "role", true, names, &list);
    for (uint32_t i = 0; result == 0 && i < list.count; i++) {
        enum access_role role = 0;
        char word[NAME_MAX_BYTES + 1];
        while (role < ACCESS_ROLES && !span_is(names[i], known[role]))
            role++;
        snprintf(word, sizeof word, "%.*s", SPAN_ARGS(names[i]));
        const char *meant = nearest_word(word, known, ACCESS_ROLES);
        if (role == ACCESS_ROLES)
            return cli_fail(cli, -E_USAGE, "--role %s; %s%s%s", word, meant ? "did you mean " : "`manyi access` lists",
                            meant ? meant : " them", meant ? "?" : "");
        *ret_roles |= 1u << role;
    }
    if (result == 0 && *ret_roles == 0)
        return cli_fail(cli, -E_USAGE, "--role is missing; `manyi access` says what each may do");
    return result;
}

static int kind_option(struct cli *cli, enum principal_kind *ret_kind)
{
    const char *text = option_text(&cli->arguments, "kind");
    for (enum principal_kind kind = 0; text && kind < PRINCIPAL_KINDS; kind++) {
        if (strcmp(text, principal_kind_name(kind)) == 0) {
            *ret_kind = kind;
            return 0;
        }
    }
    return cli_fail(cli, -E_USAGE,
                    text ? "--kind %.40s; use person, device or program"
                         : "--kind is missing; use person, device or program%.0s",
                    text ? text : "");
}

/* Does one of these roles reach to its places only? Then it needs some. */
static bool needs_places(uint32_t roles)
{
    for (enum access_role role = 0; role < ACCESS_ROLES; role++) {
        for (enum access_right right = 0; ((roles >> role) & 1) && right < ACCESS_RIGHTS; right++) {
            if (access_reach(role, right) == REACH_PLACE)
                return true;
        }
    }
    return false;
}

struct draft_names {
    struct span stores[LIST_MAX], departments[LIST_MAX], sources[LIST_MAX], speaks_for[LIST_MAX];
};

static int draft_read(struct cli *cli, const char *name, struct draft_names *names, struct access_draft *draft)
{
    char message[OPTION_MESSAGE_MAX];
    int64_t rate = 0;
    *draft = (struct access_draft){.name = span_of(name)};
    int result = kind_option(cli, &draft->kind);
    if (result == 0)
        result = roles_option(cli, &draft->roles);
    if (result == 0)
        result = list_option(cli, "store", true, names->stores, &draft->stores);
    if (result == 0)
        result = list_option(cli, "department", true, names->departments, &draft->departments);
    if (result == 0)
        result = list_option(cli, "source", false, names->sources, &draft->sources);
    if (result == 0)
        result = list_option(cli, "speaks-for", false, names->speaks_for, &draft->speaks_for);
    if (result == 0 && option_number(&cli->arguments, "rate", 0, 1000000, &rate, message) < 0)
        result = cli_fail(cli, -E_USAGE, "%s", message);
    draft->rate = (uint32_t)rate;
    if (result == 0 && needs_places(draft->roles) &&
        ((!draft->stores.all && draft->stores.count == 0) ||
         (!draft->departments.all && draft->departments.count == 0)))
        result = cli_fail(cli, -E_USAGE,
                          "say where: --store NAME or --store all, and --department NAME or --department all");
    return result;
}

/* ---- what was made ---- */

struct made {
    bool has_key, has_token, has_password;
    struct made_key key;
    char token[TOKEN_TEXT_MAX], token_id[TOKEN_ID_MAX + 1];
};

/* A pair, unless a token or a password is asked for. */
static int things_make(struct key_desk *desk, const struct principal *principal, struct made *made)
{
    struct cli *cli = desk->cli;
    int64_t until_ms;
    char hash[PASSWORD_HASH_MAX];
    made->has_token = option_given(&cli->arguments, "token");
    made->has_password = option_given(&cli->arguments, "password");
    made->has_key = !made->has_token && !made->has_password;
    int result = until_option(desk, &until_ms);
    if (result == 0 && made->has_password)
        result = password_ask(cli, desk->file->access.text + principal->name, hash);
    if (result == 0 && made->has_password)
        access_password_set(desk->file, principal->number, hash);
    if (result == 0 && made->has_token)
        result = token_make(desk, principal, until_ms, made->token, made->token_id);
    if (result == 0 && made->has_key)
        result = key_make(desk, principal, until_ms, &made->key);
    return result;
}

static void made_print_json(const struct key_desk *desk, const struct principal *principal, const struct made *made)
{
    printf("{\"name\":");
    json_print_text(stdout, access_span(&desk->file->access, principal->name));
    printf(",\"number\":%u", principal->number);
    if (made->has_key) {
        printf(",\"fingerprint\":\"%s\",\"key_file\":", made->key.fingerprint);
        json_print_text(stdout, span_of(made->key.path));
    }
    if (made->has_token)
        printf(",\"token_id\":\"%s\",\"token\":\"%s\"", made->token_id, made->token);
    puts(made->has_password ? ",\"password\":true}" : "}");
}

static void made_print(const struct key_desk *desk, const struct principal *principal, const struct made *made)
{
    const char *name = desk->file->access.text + principal->name;
    bool tell = !desk->cli->quiet;
    if (desk->cli->json) {
        made_print_json(desk, principal, made);
        return;
    }
    if (tell)
        fprintf(stderr, "%s is principal %u\n", name, principal->number);
    if (made->has_key)
        printf("%s\n", made->key.path);
    if (made->has_key && tell)
        fprintf(stderr, "key %s: whoever has that file is %s; it is nowhere else\n", made->key.fingerprint, name);
    if (made->has_token)
        printf("%s\n", made->token);
    if (made->has_token && tell)
        fprintf(stderr, "token %s: it is shown this once; whoever has it is %s\n", made->token_id, name);
    if (made->has_password && tell)
        fprintf(stderr, "password set\n");
}

/* Saves, and shows what was made; a key file that nobody knows is removed. */
static int finish(struct key_desk *desk, uint32_t number, struct made *made)
{
    int result = desk_save(desk, number);
    if (result == 0)
        made_print(desk, access_of_number(&desk->file->access, number), made);
    else if (made->has_key)
        unlink(made->key.path);
    sodium_memzero(made, sizeof *made);
    return result;
}

/* ---- verbs ---- */

static int key_new(struct key_desk *desk, const char *name)
{
    struct draft_names *names = calloc(1, sizeof *names);
    struct access_draft draft;
    struct made made = {.has_key = false};
    char message[KEYRING_MESSAGE_MAX];
    uint32_t number = 0;
    int result = names ? draft_read(desk->cli, name, names, &draft) : -E_NO_MEMORY;
    if (result == 0 && (result = access_add(desk->file, &draft, &number, message)) < 0)
        cli_fail(desk->cli, result, "%s: %s", desk->path, message);
    if (result == 0)
        result = things_make(desk, access_of_number(&desk->file->access, number), &made);
    if (result == 0)
        result = finish(desk, number, &made);
    free(names);
    return result;
}

/* Somebody who may be given something. */
static int desk_find_welcome(struct key_desk *desk, const char *name, struct principal **ret_principal)
{
    int result = desk_find(desk, name, ret_principal);
    if (result == 0 && (*ret_principal)->revoked)
        result = cli_fail(desk->cli, -E_REVOKED, "%s; take `revoked` out of its entry in %s first", name, desk->path);
    return result;
}

static int key_rotate(struct key_desk *desk, const char *name)
{
    struct principal *principal;
    struct made made = {.has_key = false};
    int64_t end_ms;
    int result = desk_find_welcome(desk, name, &principal);
    if (result == 0)
        result = overlap_option(desk, &end_ms);
    if (result < 0)
        return result;
    bool tokens = option_given(&desk->cli->arguments, "token"),
         password = option_given(&desk->cli->arguments, "password");
    for (uint32_t i = 0; i < desk->file->key_count && !tokens && !password; i++) {
        struct access_key *key = &desk->file->key[i];
        if (key->number == principal->number && key->until_ms > end_ms)
            key->until_ms = end_ms;
    }
    for (uint32_t i = 0; i < desk->file->token_count && tokens; i++) {
        struct access_token *token = &desk->file->token[i];
        if (token->number == principal->number && token->until_ms > end_ms)
            token->until_ms = end_ms;
    }
    uint32_t number = principal->number;
    result = things_make(desk, principal, &made);
    return result == 0 ? finish(desk, number, &made) : result;
}

static int key_allow(struct key_desk *desk, const char *name)
{
    struct principal *principal;
    uint8_t public_key[KEY_BYTES], server_key[KEY_BYTES];
    char message[KEYRING_MESSAGE_MAX], server[KEY_Z85_LEN + 1];
    int64_t until_ms;
    const struct arguments *arguments = &desk->cli->arguments;
    if (arguments->operand_count < 3)
        return cli_fail(desk->cli, -E_USAGE, "key allow NAME PUBLIC: the public half of a pair is missing");
    if (z85_decode(span_of(arguments->operand[2]), public_key, sizeof public_key) < 0)
        return cli_fail(desk->cli, -E_USAGE, "PUBLIC is no key: that is %u characters of Z85, in quotes", KEY_Z85_LEN);
    int result = desk_find_welcome(desk, name, &principal);
    if (result == 0)
        result = until_option(desk, &until_ms);
    if (result == 0)
        result = server_public(desk->cli, server_key);
    if (result < 0)
        return result;
    result = access_key_add(desk->file, principal->number, public_key, until_ms, desk->now_ms, message);
    if (result < 0)
        return cli_fail(desk->cli, result, "%s: %s", name, message);
    z85_encode(server_key, sizeof server_key, server);
    result = desk_save(desk, principal->number);
    if (result == 0 && desk->cli->json)
        printf("{\"server\":\"%s\"}\n", server);
    else if (result == 0)
        printf("server: \"%s\"\n", server);
    return result;
}

/* One key, token or the password; false: the principal has no such thing. */
static bool thing_revoke(struct key_desk *desk, uint32_t number, const char *what)
{
    struct access_file *file = desk->file;
    char fingerprint[KEY_FINGERPRINT_LEN + 1];
    for (uint32_t i = 0; i < file->key_count; i++) {
        key_fingerprint(file->key[i].public_key, fingerprint);
        if (file->key[i].number == number && strcmp(fingerprint, what) == 0)
            return file->key[i].revoked = true;
    }
    for (uint32_t i = 0; i < file->token_count; i++) {
        if (file->token[i].number == number && strcmp(file->token[i].id, what) == 0)
            return file->token[i].revoked = true;
    }
    for (uint32_t i = 0; i < file->password_count && strcmp(what, "password") == 0; i++) {
        if (file->password[i].number != number)
            continue;
        file->password[i] = file->password[--file->password_count];
        return true;
    }
    return false;
}

/* All that it is known by, too: whoever is taken back later comes back with something new, not with what was lost. */
static void principal_revoke(struct key_desk *desk, struct principal *principal)
{
    struct access_file *file = desk->file;
    principal->revoked = true;
    for (uint32_t i = 0; i < file->key_count; i++)
        file->key[i].revoked |= file->key[i].number == principal->number;
    for (uint32_t i = 0; i < file->token_count; i++)
        file->token[i].revoked |= file->token[i].number == principal->number;
    thing_revoke(desk, principal->number, "password");
}

static int key_revoke(struct key_desk *desk, const char *name)
{
    struct principal *principal;
    const struct arguments *arguments = &desk->cli->arguments;
    const char *what = arguments->operand_count > 2 ? arguments->operand[2] : NULL;
    int result = desk_find(desk, name, &principal);
    if (result < 0)
        return result;
    if (!what)
        principal_revoke(desk, principal);
    else if (!thing_revoke(desk, principal->number, what))
        return cli_fail(desk->cli, -E_NOT_FOUND, "%s has no key or token %.40s; `manyi key list` shows them", name,
                        what);
    result = desk_save(desk, principal->number);
    if (result == 0 && desk->cli->json)
        puts("{\"ok\":true}");
    else if (result == 0 && !desk->cli->quiet)
        fprintf(stderr, "revoked; a Manyi that is running ends its connections within a second or two\n");
    return result;
}

int command_key(struct cli *cli)
{
    static const struct {
        const char *verb;
        uint32_t operands_max;
        int (*run)(struct key_desk *desk, const char *name);
    } verbs[] = {{"new", 2, key_new}, {"allow", 3, key_allow}, {"revoke", 3, key_revoke}, {"rotate", 2, key_rotate}};
    const struct arguments *arguments = &cli->arguments;
    const char *verb = arguments->operand_count > 0 ? arguments->operand[0] : "list";
    if (sodium_init() < 0)
        return -E_NO_MEMORY;
    if (strcmp(verb, "list") == 0)
        return key_list(cli);
    size_t i = 0;
    while (i < sizeof verbs / sizeof verbs[0] && strcmp(verbs[i].verb, verb) != 0)
        i++;
    if (i == sizeof verbs / sizeof verbs[0])
        return cli_fail(cli, -E_USAGE, "key %.40s; use key new, list, allow, revoke or rotate", verb);
    if (arguments->operand_count < 2)
        return cli_fail(cli, -E_USAGE, "key %s NAME: the name is missing", verb);
    if (arguments->operand_count > verbs[i].operands_max)
        return cli_fail(cli, -E_USAGE, "key %s: %.60s is one word too many", verb,
                        arguments->operand[verbs[i].operands_max]);
    struct key_desk desk = {.cli = cli};
    int result = desk_open(cli, true, &desk);
    if (result == 0)
        result = verbs[i].run(&desk, arguments->operand[1]);
    desk_close(&desk);
    return result;
}

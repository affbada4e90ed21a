/*
 * access_command.c - `manyi access`: who may do what, as text, as a page of the documentation and for programs; and whether an access
 * file is in order.
 */
#include "cli/commands.h"
#include "cli/key_desk.h"
#include "core/status.h"
#include "io/file.h"
#include "io/json.h"
#include "schemas/codec.h"
#include "workers/query_table.h"

#include <errno.h>
#include <stdlib.h>

/* Asked of the feed, and of intake; what the query port answers has a table of its own. */
static const struct {
    const char *port, *verb, *what;
    enum access_right right;
} verbs[] = {
    {"feed", "FETCH", "", MAY_journal},
    {"feed", "GET", "event", MAY_journal},
    {"feed", "GET", "events", MAY_journal},
    {"feed", "GET", "personal", MAY_personal},
    {"feed", "GET", "quarantine", MAY_quarantine},
    {"feed", "GET", "quarantined", MAY_quarantine},
    {"intake", "PUT", "mends", MAY_mend},
    {"feed", "GET", "ratings", MAY_see_score},
};
#define VERBS (sizeof verbs / sizeof verbs[0])

/* Does anybody but Manyi itself send it? */
static bool is_sent_by_people(enum event_type type)
{
    enum event_class class = event_table(type)->class;
    return class == CLASS_FACT || class == CLASS_DECISION || type == EVENT_policy_adopted ||
           type == EVENT_roster_changed;
}

/* ---- for people ---- */

static void table_text(void)
{
    printf("%-15s", "");
    for (enum access_role role = 0; role < ACCESS_ROLES; role++)
        printf(" %-9s", access_role_name(role));
    printf("\n");
    for (enum access_right right = 0; right < ACCESS_RIGHTS; right++) {
        printf("%-15s", access_right_name(right));
        for (enum access_role role = 0; role < ACCESS_ROLES; role++) {
            enum access_reach reach = access_reach(role, right);
            printf(" %-9s", reach == REACH_NONE ? "-" : access_reach_name(reach));
        }
        printf(" %s\n", access_right_doc(right));
    }
    printf(
        "\nown: about the principal itself, or its own case; place: in its stores and departments; all: everywhere\n\n");
    for (enum access_role role = 0; role < ACCESS_ROLES; role++)
        printf("%-15s %s\n", access_role_name(role), access_role_doc(role));
}

/* ---- the page ---- */

static void markdown_matrix(void)
{
    printf("| Right | |");
    for (enum access_role role = 0; role < ACCESS_ROLES; role++)
        printf(" %s |", access_role_name(role));
    printf(" |\n|---|---|");
    for (enum access_role role = 0; role < ACCESS_ROLES; role++)
        printf("---|");
    printf("---|\n");
    for (enum access_right right = 0; right < ACCESS_RIGHTS; right++) {
        printf("| `%s` | %s |", access_right_name(right), access_right_zh(right));
        for (enum access_role role = 0; role < ACCESS_ROLES; role++) {
            enum access_reach reach = access_reach(role, right);
            printf(" %s |", reach == REACH_NONE ? "" : access_reach_name(reach));
        }
        printf(" %s |\n", access_right_doc(right));
    }
}

static void markdown_asked(enum access_right right)
{
    printf("| `%s` |", access_right_name(right));
    for (uint32_t i = EVENT_unknown + 1; i < EVENT_count; i++) {
        if (is_sent_by_people((enum event_type)i) && access_right_of_event((enum event_type)i) == right)
            printf(" `%s`", event_table((enum event_type)i)->type);
    }
    printf(" |");
    for (enum card_channel channel = CHANNEL_none + 1; channel < CHANNEL_count; channel++) {
        if (access_right_of_channel(span_of(channel_name(channel))) == right)
            printf(" channel `%s`", channel_name(channel));
    }
    for (size_t i = 0; i < VERBS; i++) {
        if (verbs[i].right == right)
            printf(" %s `%s%s%s`", verbs[i].port, verbs[i].verb, verbs[i].what[0] ? " " : "", verbs[i].what);
    }
    uint32_t count;
    const struct answer_kind *kinds = answer_kinds(&count);
    for (uint32_t i = 0; i < count; i++) {
        if (kinds[i].right == right)
            printf(" query `GET %s`", kinds[i].what);
    }
    printf(" |\n");
}

static void table_markdown(void)
{
    printf("| Role | | |\n|---|---|---|\n");
    for (enum access_role role = 0; role < ACCESS_ROLES; role++)
        printf("| `%s` | %s | %s |\n", access_role_name(role), access_role_zh(role), access_role_doc(role));
    printf(
        "\nHow far a role reaches: `own` what is about the principal's own person, or its own case; `place` its stores and\n"
        "departments; `all` everywhere. Empty: not at all. Of several roles the widest counts.\n\n");
    markdown_matrix();
    printf("\nWhat asks for it:\n\n| Right | to send | to read |\n|---|---|---|\n");
    for (enum access_right right = 0; right < ACCESS_RIGHTS; right++)
        markdown_asked(right);
}

/* ---- for programs ---- */

static void json_named(bool first, const char *key, const char *name, const char *zh, const char *doc)
{
    printf("%s{\"%s\":\"%s\",\"zh\":", first ? "" : ",", key, name);
    json_print_text(stdout, span_of(zh));
    printf(",\"doc\":");
    json_print_text(stdout, span_of(doc));
    printf("}");
}

static void json_asked(void)
{
    bool first = true;
    printf(",\"events\":[");
    for (uint32_t i = EVENT_unknown + 1; i < EVENT_count; i++) {
        enum event_type type = (enum event_type)i;
        if (!is_sent_by_people(type))
            continue;
        printf("%s{\"type\":\"%s\",\"right\":\"%s\"}", first ? "" : ",", event_table(type)->type,
               access_right_name(access_right_of_event(type)));
        first = false;
    }
    printf("],\"channels\":[");
    first = true;
    for (enum card_channel channel = CHANNEL_none + 1; channel < CHANNEL_count; channel++) {
        enum access_right right = access_right_of_channel(span_of(channel_name(channel)));
        if (right == ACCESS_RIGHTS)
            continue;
        printf("%s{\"channel\":\"%s\",\"right\":\"%s\"}", first ? "" : ",", channel_name(channel),
               access_right_name(right));
        first = false;
    }
    uint32_t count;
    const struct answer_kind *kinds = answer_kinds(&count);
    printf("],\"verbs\":[");
    for (size_t i = 0; i < VERBS; i++)
        printf("%s{\"port\":\"%s\",\"verb\":\"%s\",\"what\":\"%s\",\"right\":\"%s\"}", i ? "," : "", verbs[i].port,
               verbs[i].verb, verbs[i].what, access_right_name(verbs[i].right));
    for (uint32_t i = 0; i < count; i++)
        printf(",{\"port\":\"query\",\"verb\":\"GET\",\"what\":\"%s\",\"right\":\"%s\"}", kinds[i].what,
               access_right_name(kinds[i].right));
    printf("]}\n");
}

static void table_json(void)
{
    printf("{\"roles\":[");
    for (enum access_role role = 0; role < ACCESS_ROLES; role++)
        json_named(role == 0, "role", access_role_name(role), access_role_zh(role), access_role_doc(role));
    printf("],\"rights\":[");
    for (enum access_right right = 0; right < ACCESS_RIGHTS; right++)
        json_named(right == 0, "right", access_right_name(right), access_right_zh(right), access_right_doc(right));
    printf("],\"cells\":[");
    for (enum access_role role = 0; role < ACCESS_ROLES; role++) {
        for (enum access_right right = 0; right < ACCESS_RIGHTS; right++)
            printf("%s{\"role\":\"%s\",\"right\":\"%s\",\"reach\":\"%s\"}", role + right ? "," : "",
                   access_role_name(role), access_right_name(right), access_reach_name(access_reach(role, right)));
    }
    printf("]");
    json_asked();
}

/* ---- files ---- */

static void checked_print(const struct cli *cli, const char *path, const struct access_file *file)
{
    const char *hash = file->access.hash;
    if (cli->json) {
        printf("{\"ok\":true,\"hash\":\"%s\",\"principals\":%u,\"keys\":%u,\"tokens\":%u,\"passwords\":%u}\n", hash,
               file->access.count, file->key_count, file->token_count, file->password_count);
        return;
    }
    for (uint32_t i = 0; i < access_checks_count; i++)
        printf("checked: %s\n", access_checks[i]);
    printf("%s is in order: %u principals, %u keys, %u tokens, %u passwords, hash %s\n", path, file->access.count,
           file->key_count, file->token_count, file->password_count, hash);
}

static int access_check(struct cli *cli, const char *path)
{
    char message[KEYRING_MESSAGE_MAX];
    uint8_t *bytes = NULL;
    size_t len;
    int result = file_read(path, ACCESS_FILE_MAX, &bytes, &len);
    if (result == -E_TOO_LARGE)
        return cli_fail_file(cli, -E_BAD_ACCESS, path, "larger than 4 MiB");
    if (result < 0)
        return cli_fail(cli, result, "%s: %s", path, strerror(errno));
    struct access_file *file = calloc(1, sizeof *file);
    result = file ? access_file_parse(span_make(bytes, len), true, file, message) : -E_NO_MEMORY;
    if (result == -E_BAD_ACCESS)
        cli_fail_file(cli, result, path, message);
    if (result == 0)
        checked_print(cli, path, file);
    free(file);
    free(bytes);
    return result;
}

/* As it is journaled: principals alone. */
static int access_show(struct cli *cli)
{
    struct key_desk desk;
    char hash[33], *document = malloc(ACCESS_DOCUMENT_MAX);
    size_t len;
    int result = desk_open(cli, false, &desk);
    if (result == 0 && cli->json) {
        result = principals_print(&desk);
    } else if (result == 0) {
        result = document ? access_render(&desk.file->access, document, ACCESS_DOCUMENT_MAX, &len, hash) : -E_NO_MEMORY;
        if (result == 0)
            fwrite(document, 1, len, stdout);
    }
    desk_close(&desk);
    free(document);
    return result;
}

int command_access(struct cli *cli)
{
    const struct arguments *arguments = &cli->arguments;
    const char *verb = arguments->operand_count > 0 ? arguments->operand[0] : "";
    if (strcmp(verb, "check") == 0 && arguments->operand_count == 2)
        return access_check(cli, arguments->operand[1]);
    if (strcmp(verb, "check") == 0)
        return cli_fail(cli, -E_USAGE, "access check FILE: one file");
    if (strcmp(verb, "show") == 0)
        return access_show(cli);
    if (verb[0])
        return cli_fail(cli, -E_USAGE, "access %.40s; use access alone, access check FILE or access show", verb);
    if (cli->json)
        table_json();
    else if (option_given(arguments, "markdown"))
        table_markdown();
    else
        table_text();
    return 0;
}

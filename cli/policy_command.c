/*
 * policy_command.c - `manyi policy`: check a rulebook, adopt it, show the one in force, tell two apart.
 */
#include "cli/commands.h"
#include "cli/decide.h"
#include "cli/policy_diff.h"
#include "cli/policy_replay.h"
#include "cli/policy_test.h"
#include "cli/rows.h"
#include "core/status.h"
#include "io/file.h"
#include "io/json.h"
#include "io/policy_file.h"
#include "io/zone.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A rulebook from a file, resolved: every default written out. */
struct rulebook {
    struct policy policy;
    char document[SYSTEM_EVENT_MAX / 2];
    size_t len;
    char hash[33];
};

static int policy_load(struct cli *cli, const char *path, struct rulebook *rulebook)
{
    uint8_t *bytes = NULL;
    size_t len;
    char message[POLICY_MESSAGE_MAX];
    int result = file_read(path, SYSTEM_EVENT_MAX, &bytes, &len);
    if (result < 0)
        return result == -E_TOO_LARGE ? cli_fail_file(cli, -E_BAD_POLICY, path, "larger than 1 MiB")
                                      : cli_fail(cli, result, "%s: %s", path, strerror(errno));
    result = policy_propose(span_make(bytes, len), ZONE_DIR, &rulebook->policy, message);
    free(bytes);
    if (result < 0)
        return cli_fail_file(cli, result, path, message);
    result =
        policy_render(&rulebook->policy, rulebook->document, sizeof rulebook->document, &rulebook->len, rulebook->hash);
    return result < 0 ? cli_fail(cli, result, "%s", path) : 0;
}

static int policy_check(struct cli *cli, struct rulebook *rulebook, const char *path)
{
    int result = policy_load(cli, path, rulebook);
    if (result < 0)
        return result;
    if (cli->json) {
        printf("{\"ok\":true,\"name\":");
        json_print_text(stdout, span_of(rulebook->policy.name));
        printf(",\"hash\":\"%s\"}\n", rulebook->hash);
        return 0;
    }
    for (uint32_t i = 0; i < policy_checks_count; i++)
        printf("checked: %s\n", policy_checks[i]);
    printf("%s is in order, hash %s\n", path, rulebook->hash);
    return 0;
}

static int policy_adopt(struct cli *cli, struct rulebook *rulebook, const char *path)
{
    const char *by = option_text(&cli->arguments, "by");
    if (!by)
        return cli_fail(cli, -E_USAGE, "--by is missing: the staff number of who adopts it");
    const char *source;
    int result = policy_load(cli, path, rulebook);
    if (result == 0)
        result = cli_source(cli, "/manyi/cli", &source);
    uint8_t *bytes = result == 0 ? malloc(PUT_BYTES_MAX) : NULL;
    if (result < 0 || !bytes)
        return result < 0 ? result : -E_NO_MEMORY;
    char id[33];
    id_random(id);
    struct adopted adopted = {.has = 0};
    SET(&adopted, adopted, by, span_of(by));
    SET(&adopted, adopted, content, span_make(rulebook->document, rulebook->len));
    SET(&adopted, adopted, hash, span_of(rulebook->hash));
    if (option_given(&cli->arguments, "note"))
        SET(&adopted, adopted, note, span_of(option_text(&cli->arguments, "note")));
    const struct event_draft draft = {.id = span_of(id),
                                      .source = span_of(source),
                                      .type = EVENT_policy_adopted,
                                      .data = &adopted,
                                      .style = ENCODE_EVENT};
    struct wire_writer writer;
    wire_writer_init(&writer, bytes, PUT_BYTES_MAX);
    event_encode(&draft, &writer);
    uint64_t seq;
    result = writer.full ? cli_fail(cli, -E_TOO_LARGE, "%s", path) : event_put(cli, wire_written(&writer), &seq);
    free(bytes);
    if (result == 0 && cli->json)
        printf("{\"seq\":%llu,\"hash\":\"%s\"}\n", (unsigned long long)seq, rulebook->hash);
    else if (result == 0)
        printf("%s is in force from entry %llu on, hash %s\n", rulebook->policy.name, (unsigned long long)seq,
               rulebook->hash);
    return result;
}

/* The rulebook in force, as the worker has it; the row lives in `rows`. */
static int policy_get(struct cli *cli, struct row_list *rows)
{
    struct get_request request = {.has = 0};
    SET(&request, get_request, what, span_of("policy"));
    int result = rows_get(cli, CLI_QUERY, &request, 1, rows);
    return result == 0 && rows->count == 0 ? cli_fail(cli, -E_NO_POLICY, "%s", "the journal is empty") : result;
}

static int content_of(struct cli *cli, const struct row_list *rows, struct span *ret_content)
{
    struct wire_value value;
    struct span bytes;
    if (wire_find(rows_first(rows), "content", &value, &bytes) < 0 || value.kind != WIRE_STR)
        return cli_fail(cli, -E_MALFORMED, "in the reply to GET policy");
    *ret_content = value.bytes;
    return 0;
}

static int policy_show(struct cli *cli)
{
    struct row_list rows = {.count = 0};
    struct span content = {0};
    int result = policy_get(cli, &rows);
    if (result == 0 && cli->json) {
        result = object_print_json(cli, rows_first(&rows));
    } else if (result == 0) {
        result = content_of(cli, &rows, &content);
        if (result == 0)
            fwrite(content.at, 1, content.len, stdout);
    }
    rows_free(&rows);
    return result;
}

/* FILE against the one in force, or FILE against FILE. */
static int policy_diff(struct cli *cli, struct rulebook *rulebook, const char *path, const char *other_path)
{
    struct row_list rows = {.count = 0};
    struct rulebook *other = calloc(1, sizeof *other);
    int result = other ? policy_load(cli, path, rulebook) : -E_NO_MEMORY;
    struct span before = {NULL, 0}, after = {NULL, 0};
    if (result == 0 && other_path) {
        result = policy_load(cli, other_path, other);
        before = span_make(rulebook->document, rulebook->len);
        after = other ? span_make(other->document, other->len) : after;
    } else if (result == 0) {
        result = policy_get(cli, &rows);
        if (result == 0)
            result = content_of(cli, &rows, &before);
        after = span_make(rulebook->document, rulebook->len);
    }
    if (result == 0)
        result = policy_diff_print(cli->json, before, after);
    if (result == 0 && !cli->json && !cli->quiet && before.len > 0)
        fputs("no figure differs\n", stderr);
    rows_free(&rows);
    free(other);
    return result < 0 ? result : 0;
}

/* What a journal would have come to under it. */
static int policy_try(struct cli *cli, struct rulebook *rulebook, const char *path)
{
    int result = policy_load(cli, path, rulebook);
    if (result < 0)
        return result;
    memcpy(rulebook->policy.hash, rulebook->hash, sizeof rulebook->policy.hash);
    return policy_replay(cli, &rulebook->policy, span_make(rulebook->document, rulebook->len));
}

int command_policy(struct cli *cli)
{
    const struct arguments *arguments = &cli->arguments;
    const char *what = arguments->operand_count ? arguments->operand[0] : "show";
    const char *path = arguments->operand_count > 1 ? arguments->operand[1] : NULL;
    const char *other = arguments->operand_count > 2 ? arguments->operand[2] : NULL;
    if (strcmp(what, "show") == 0)
        return policy_show(cli);
    if (strcmp(what, "test") == 0)
        return policy_test(cli);
    bool known = strcmp(what, "check") == 0 || strcmp(what, "adopt") == 0 || strcmp(what, "diff") == 0;
    if (!known || !path)
        return cli_fail(cli, -E_USAGE,
                        known ? "policy %.20s takes a file" : "policy %.20s; use check, adopt, show, diff or test",
                        what);
    bool replay = option_given(arguments, "dir");
    if (strcmp(what, "diff") == 0 && replay && other)
        return cli_fail(cli, -E_USAGE, "%s",
                        "policy diff --dir takes one file: the journal has the rulebooks of today");
    struct rulebook *rulebook = calloc(1, sizeof *rulebook);
    if (!rulebook)
        return -E_NO_MEMORY;
    int result = strcmp(what, "check") == 0   ? policy_check(cli, rulebook, path)
                 : strcmp(what, "adopt") == 0 ? policy_adopt(cli, rulebook, path)
                 : replay                     ? policy_try(cli, rulebook, path)
                                              : policy_diff(cli, rulebook, path, other);
    free(rulebook);
    return result;
}

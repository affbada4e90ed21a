/*
 * roster_command.c - `manyi roster`: check who works where, adopt it, show what is in force, say whom a notice reaches.
 */
#include "cli/commands.h"
#include "cli/decide.h"
#include "cli/roster.h"
#include "cli/rows.h"
#include "core/status.h"
#include "io/file.h"
#include "io/json.h"
#include "io/roster_file.h"

#include <errno.h>
#include <stdlib.h>

static bool is_table(const char *path)
{
    size_t len = strlen(path);
    return len > 4 && (strcmp(path + len - 4, ".csv") == 0 || strcmp(path + len - 4, ".CSV") == 0);
}

static int table_load(struct cli *cli, const char *path, struct roster_proposal *proposal, char message[320])
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return cli_fail(cli, -E_NO_INPUT_FILE, "%s: %s", path, strerror(errno));
    int result = roster_csv_read(file, &proposal->roster, message, proposal->left_out);
    fclose(file);
    return result < 0 ? cli_fail_file(cli, result, path, message) : 0;
}

static int document_load(struct cli *cli, const char *path, struct roster_proposal *proposal, char message[320])
{
    uint8_t *bytes = NULL;
    size_t len;
    int result = file_read(path, SYSTEM_EVENT_MAX, &bytes, &len);
    if (result < 0)
        return result == -E_TOO_LARGE ? cli_fail_file(cli, -E_BAD_ROSTER, path, "larger than 1 MiB")
                                      : cli_fail(cli, result, "%s: %s", path, strerror(errno));
    result = roster_parse(span_make(bytes, len), &proposal->roster, message);
    free(bytes);
    return result < 0 ? cli_fail_file(cli, result, path, message) : 0;
}

int roster_load(struct cli *cli, const char *path, struct roster_proposal *proposal)
{
    char message[320] = "";
    int result =
        is_table(path) ? table_load(cli, path, proposal, message) : document_load(cli, path, proposal, message);
    if (result < 0)
        return result;
    result =
        roster_render(&proposal->roster, proposal->document, sizeof proposal->document, &proposal->len, proposal->hash);
    return result < 0 ? cli_fail_file(cli, -E_BAD_ROSTER, path, "written out it is larger than 1 MiB") : 0;
}

static void counts_print(const struct cli *cli, const struct roster_proposal *proposal, const char *path)
{
    const struct roster *roster = &proposal->roster;
    if (proposal->left_out[0] && !cli->quiet)
        fprintf(stderr, "left out of the roster: %s\n", proposal->left_out);
    printf("%s is in order: %u stores, %u departments, %u people, %u substitutes, hash %s\n", path, roster->store_count,
           roster->department_count, roster->staff_count, roster->substitute_count, proposal->hash);
}

static int roster_checked(struct cli *cli, struct roster_proposal *proposal, const char *path)
{
    int result = roster_load(cli, path, proposal);
    if (result < 0)
        return result;
    if (cli->json) {
        printf("{\"ok\":true,\"hash\":\"%s\",\"stores\":%u,\"staff\":%u}\n", proposal->hash,
               proposal->roster.store_count, proposal->roster.staff_count);
        return 0;
    }
    for (uint32_t i = 0; i < roster_checks_count; i++)
        printf("checked: %s\n", roster_checks[i]);
    counts_print(cli, proposal, path);
    return 0;
}

static int roster_put(struct cli *cli, const struct roster_proposal *proposal, const char *path, const char *by)
{
    const char *source;
    int result = cli_source(cli, "/manyi/cli", &source);
    uint8_t *bytes = result == 0 ? malloc(PUT_BYTES_MAX) : NULL;
    char id[33];
    uint64_t seq;
    if (!bytes)
        return result < 0 ? result : -E_NO_MEMORY;
    id_random(id);
    struct adopted adopted = {.has = 0};
    SET(&adopted, adopted, by, span_of(by));
    SET(&adopted, adopted, content, span_make(proposal->document, proposal->len));
    SET(&adopted, adopted, hash, span_of(proposal->hash));
    if (option_given(&cli->arguments, "note"))
        SET(&adopted, adopted, note, span_of(option_text(&cli->arguments, "note")));
    const struct event_draft draft = {.id = span_of(id),
                                      .source = span_of(source),
                                      .type = EVENT_roster_changed,
                                      .data = &adopted,
                                      .style = ENCODE_EVENT};
    struct wire_writer writer;
    wire_writer_init(&writer, bytes, PUT_BYTES_MAX);
    event_encode(&draft, &writer);
    result = writer.full ? cli_fail(cli, -E_TOO_LARGE, "%s", path) : event_put(cli, wire_written(&writer), &seq);
    free(bytes);
    if (result == 0 && cli->json)
        printf("{\"seq\":%llu,\"hash\":\"%s\"}\n", (unsigned long long)seq, proposal->hash);
    else if (result == 0)
        printf("%s is in force from entry %llu on: %u people of %u stores, hash %s\n", path, (unsigned long long)seq,
               proposal->roster.staff_count, proposal->roster.store_count, proposal->hash);
    return result;
}

static int roster_adopt(struct cli *cli, struct roster_proposal *proposal, const char *path)
{
    const char *by = option_text(&cli->arguments, "by");
    bool dry = option_given(&cli->arguments, "dry-run");
    if (!by && !dry)
        return cli_fail(cli, -E_USAGE, "--by is missing: the staff number of who adopts it");
    int result = roster_load(cli, path, proposal);
    if (result < 0)
        return result;
    if (!dry)
        return roster_put(cli, proposal, path, by);
    fwrite(proposal->document, 1, proposal->len, stdout);
    return 0;
}

/* The roster in force, as the worker has it. */
static int roster_get(struct cli *cli, struct roster *roster)
{
    struct row_list rows = {.count = 0};
    struct get_request request = {.has = 0};
    struct wire_value value;
    struct span bytes;
    char message[ROSTER_MESSAGE_MAX];
    SET(&request, get_request, what, span_of("roster"));
    int result = rows_get(cli, CLI_QUERY, &request, 1, &rows);
    if (result == 0 && (rows.count == 0 || wire_find(rows_first(&rows), "content", &value, &bytes) < 0 ||
                        value.kind != WIRE_STR || roster_parse(value.bytes, roster, message) < 0))
        result = cli_fail(cli, -E_MALFORMED, "in the reply to GET roster");
    rows_free(&rows);
    return result;
}

int command_roster(struct cli *cli)
{
    const struct arguments *arguments = &cli->arguments;
    const char *what = arguments->operand_count ? arguments->operand[0] : "show";
    const char *path = arguments->operand_count > 1 ? arguments->operand[1] : NULL;
    bool shows = strcmp(what, "show") == 0, asks = strcmp(what, "who") == 0;
    bool checks = strcmp(what, "check") == 0, adopts = strcmp(what, "adopt") == 0;
    if (!shows && !asks && !checks && !adopts)
        return cli_fail(cli, -E_USAGE, "roster %.20s; use check, adopt, show or who", what);
    if ((checks || adopts) && !path)
        return cli_fail(cli, -E_USAGE, "roster %.20s takes a file", what);
    struct roster_proposal *proposal = calloc(1, sizeof *proposal);
    if (!proposal)
        return -E_NO_MEMORY;
    int result;
    if (checks)
        result = roster_checked(cli, proposal, path);
    else if (adopts)
        result = roster_adopt(cli, proposal, path);
    else if (path) /* of a file, without a server */
        result = roster_load(cli, path, proposal);
    else
        result = roster_get(cli, &proposal->roster);
    if (result == 0 && shows)
        roster_print(cli, &proposal->roster, option_text(arguments, "store"));
    else if (result == 0 && asks)
        result = roster_print_who(cli, &proposal->roster);
    free(proposal);
    return result;
}

/*
 * case.c - one complaint, escalation or task: its card, or a decision about it.
 */
#include "cli/case.h"
#include "cli/commands.h"
#include "cli/decide.h"
#include "cli/rows.h"
#include "core/status.h"
#include "io/json.h"

#include <string.h>

static const struct column clock_columns[] = {
    {"CLOCK", "kind", CELL_TEXT},         {"STARTED", "started_at", CELL_TIME}, {"DUE", "due_at", CELL_TIME},
    {"STOPPED", "stopped_at", CELL_TIME}, {"BREACHED", "breached", CELL_MARK},
};

static const struct column history_columns[] = {
    {"AT", "at", CELL_TIME}, {"SEQ", "seq", CELL_NUMBER}, {"WHAT", "type", CELL_TEXT},
    {"BY", "by", CELL_TEXT}, {"SAID", "said", CELL_TEXT}, {"TIME", "time", CELL_TIME},
};

static const struct column input_columns[] = {{"MADE FROM", "name", CELL_TEXT}, {"VALUE", "value", CELL_TEXT}};

static bool ends_with(struct span name, const char *end)
{
    size_t len = strlen(end);
    return name.len >= len && memcmp(name.at + name.len - len, end, len) == 0;
}

static int list_print(struct span map, const char *key, const struct column *columns, uint32_t count)
{
    struct wire_value value;
    struct span bytes;
    if (wire_find(map, key, &value, &bytes) < 0 || value.kind != WIRE_ARRAY || value.count == 0)
        return 0;
    putchar('\n');
    return table_print(stdout, columns, count, bytes);
}

/* Every field that has a value, a line each; clocks and history as tables. */
static int card_print(struct span card)
{
    struct wire_reader reader = wire_reader(card);
    struct wire_value map, key, value;
    struct span bytes;
    int result = wire_read(&reader, &map);
    for (uint32_t i = 0; result == 0 && i < map.count; i++) {
        char path[NAME_MAX_BYTES + 1], text[CELL_MAX];
        result = wire_read(&reader, &key);
        if (result == 0)
            result = wire_skip(&reader, 16, &bytes);
        if (result < 0 || key.kind != WIRE_STR || key.bytes.len > NAME_MAX_BYTES)
            break;
        snprintf(path, sizeof path, "%.*s", SPAN_ARGS(key.bytes));
        struct wire_reader inner = wire_reader(bytes);
        bool map_inside = wire_read(&inner, &value) == 0 && value.kind == WIRE_MAP;
        enum cell_kind kind = ends_with(key.bytes, "_at") || span_is(key.bytes, "at") ? CELL_TIME : CELL_MARK;
        if (map_inside && span_is(key.bytes, "paused")) {
            char until[CELL_MAX];
            cell_text(bytes, "reason", CELL_TEXT, text);
            cell_text(bytes, "until", CELL_TIME, until);
            printf("%-18s %s until %s\n", path, text, until);
            continue;
        }
        cell_text(card, path, kind, text);
        if (text[0])
            printf("%-18s %s\n", path, text);
    }
    if (result == 0)
        result = list_print(card, "clocks", clock_columns, sizeof clock_columns / sizeof clock_columns[0]);
    if (result == 0)
        result = list_print(card, "inputs", input_columns, sizeof input_columns / sizeof input_columns[0]);
    if (result == 0)
        result = list_print(card, "history", history_columns, sizeof history_columns / sizeof history_columns[0]);
    return result;
}

/* The customer's words and contact, from the fact in the journal: they stand on no card. */
static int personal_get(struct cli *cli, struct span card, struct row_list *rows)
{
    struct wire_value seq;
    struct span bytes;
    struct get_request request = {.has = 0};
    if (wire_find(card, "seq", &seq, &bytes) < 0 || seq.kind != WIRE_UINT)
        return cli_fail(cli, -E_MALFORMED, "in the reply");
    SET(&request, get_request, what, span_of("personal"));
    SET(&request, get_request, seq, (int64_t)seq.natural);
    return rows_get(cli, CLI_FEED, &request, 1, rows);
}

static int case_print(struct cli *cli, struct span card, struct span personal)
{
    if (!cli->json) {
        int result = card_print(card);
        if (result == 0 && personal.len > 0) {
            putchar('\n');
            result = card_print(personal);
        }
        return result < 0 ? cli_fail(cli, result, "in the reply") : 0;
    }
    if (personal.len == 0)
        return object_print_json(cli, card);
    fputs("{\"card\":", stdout);
    int result = json_print(stdout, card);
    fputs(",\"personal\":", stdout);
    if (result == 0)
        result = json_print(stdout, personal);
    puts("}");
    return result < 0 ? cli_fail(cli, result, "in the reply") : 0;
}

int case_show(struct cli *cli, const char *what, const char *id)
{
    struct get_request request = {.has = 0};
    SET(&request, get_request, what, span_of(what));
    SET(&request, get_request, id, span_of(id));
    struct row_list rows = {.count = 0};
    int result = rows_get(cli, CLI_QUERY, &request, 1, &rows);
    if (result == -E_NOT_FOUND || (result == 0 && rows.count == 0))
        result = cli_fail(cli, -E_NOT_FOUND, "%s", id);
    struct row_list personal = {.count = 0};
    bool asks = option_given(&cli->arguments, "personal");
    if (result == 0 && asks && !option_text(&cli->arguments, "why"))
        result = cli_fail(cli, -E_USAGE, "--personal needs --why TEXT: the reason goes on record");
    if (result == 0 && asks)
        result = personal_get(cli, rows_first(&rows), &personal);
    if (result == 0)
        result = case_print(cli, rows_first(&rows), personal.count ? rows_first(&personal) : (struct span){NULL, 0});
    rows_free(&personal);
    rows_free(&rows);
    return result;
}

/* An action's options belong to it alone: --grade says nothing when somebody acknowledges. */
static int options_fit(struct cli *cli, const struct record_table *record, const char *action)
{
    for (uint32_t i = 0; i < cli->arguments.given_count; i++) {
        const char *name = cli->arguments.given[i].row->name;
        char field[64];
        snprintf(field, sizeof field, "%s", name);
        for (char *at = field; *at; at++)
            *at = (char)(*at == '-' ? '_' : *at);
        uint32_t global_count;
        const struct option_row *global = global_options(&global_count);
        bool known = field_find(record, span_of(field)) != NULL || strcmp(name, OPTION_IF_SEQ) == 0;
        for (uint32_t k = 0; k < global_count; k++)
            known |= strcmp(global[k].name, name) == 0;
        if (!known)
            return cli_fail(cli, -E_USAGE, "--%s is nothing that %s takes (manyi %s --help)", name, action,
                            cli->command->name);
    }
    return 0;
}

int case_decide(struct cli *cli, const char *id, const char *action)
{
    const char *prefix = cli->command->fields_of;
    enum event_type type = action_find(prefix, action);
    if (type == EVENT_unknown) {
        const char *names[32], *meant;
        uint32_t count = action_list(prefix, names, 32);
        meant = nearest_word(action, names, count);
        return cli_fail(cli, -E_USAGE, "unknown action %.40s%s%s%s", action, meant ? "; did you mean " : "",
                        meant ? meant : "", meant ? "?" : "");
    }
    int result = options_fit(cli, event_table(type)->record, action);
    if (result == 0 && !option_given(&cli->arguments, "by"))
        result = cli_fail(cli, -E_USAGE, "--by is missing: the staff number of who decides");
    return result == 0 ? decide(cli, type, id) : result;
}

/* Is it the decision that a case of this kind begins with: open or opened, file or filed? */
static bool first_is(const struct arguments *arguments, const char *name, const char *kind, const char *action)
{
    return strcmp(name, kind) == 0 && strncmp(arguments->operand[0], action, strlen(action)) == 0;
}

int command_case(struct cli *cli)
{
    const struct arguments *arguments = &cli->arguments;
    const char *name = cli->command->name;
    bool begins = arguments->operand_count == 1 &&
                  (first_is(arguments, name, "task", "open") || first_is(arguments, name, "appeal", "file"));
    if (begins)
        return case_decide(cli, NULL, arguments->operand[0]);
    if (arguments->operand_count == 2)
        return case_decide(cli, arguments->operand[0], arguments->operand[1]);
    if (arguments->operand_count == 1)
        return case_show(cli, name, arguments->operand[0]);
    if (arguments->operand_count > 2)
        return cli_fail(cli, -E_USAGE,
                        "%.40s is a word too many; a text of several words stands in quotation marks, and what is so "
                        "or not so is true or false",
                        arguments->operand[2]);
    return cli_fail(cli, -E_USAGE, "%s takes an identifier and, to decide, an action; `manyi %ss` lists them", name,
                    name);
}

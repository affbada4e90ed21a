/*
 * cli.c - one run of the manyi command: parse, configure, do, and say once what went wrong.
 */
#include "cli/cli.h"

#include "cli/fields.h"
#include "core/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static const struct option_row globals[] = {
    OPTION("dir", "DIR", "data directory"),
    OPTION("base-port", "N", "first of Manyi's ports (7300)"),
    OPTION("host", "ADDRESS", "address of Manyi (127.0.0.1)"),
    OPTION("key", "FILE", "your key, as `manyi key new` wrote it"),
    OPTION("config", "FILE", "configuration file, stronger than those in /etc/manyi"),
    OPTION("json", NULL, "data as JSON"),
    OPTION("why", "TEXT", "why personal data, the ledger or the journal is read; goes on record"),
    OPTION("quiet", NULL, "no progress, no remarks"),
    OPTION("help", NULL, "examples and options"),
    OPTION("version", NULL, "version"),
};

const struct option_row *global_options(uint32_t *ret_count)
{
    *ret_count = sizeof globals / sizeof globals[0];
    return globals;
}

int cli_fail(struct cli *cli, int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(cli->message, sizeof cli->message, format, arguments);
    va_end(arguments);
    return status;
}

int cli_fail_file(struct cli *cli, int status, const char *path, const char *why)
{
    if (status_text(status)->sysexit == EX_CONFIG)
        cli->exit_code = EX_DATAERR;
    return cli_fail(cli, status, "%s: %s", path, why);
}

void cli_report(int status, const char *message)
{
    const struct status_text *text = status_text(status);
    char line[CLI_MESSAGE_MAX + 512];
    bool more = message && message[0];
    int len = snprintf(line, sizeof line, "manyi: %s %s%s%s", text->code, text->summary, more ? ": " : "",
                       more ? message : "");
    for (int i = 0; i < len; i++) { /* nobody's data may steer the terminal or look like another line */
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            line[i] = ' ';
    }
    fprintf(stderr, "%s%s Fix: %s\n", line, len > 0 && strchr(".?!", line[len - 1]) ? "" : ".", text->fix);
}

const struct command *command_find(const char *name)
{
    uint32_t count;
    const struct command *commands = command_table(&count);
    for (uint32_t i = 0; i < count; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

static int command_unknown(struct cli *cli, const char *name)
{
    uint32_t count;
    const struct command *commands = command_table(&count);
    const char *names[64];
    uint32_t shown = 0;
    for (; shown < count && shown < 64; shown++)
        names[shown] = commands[shown].name;
    const char *meant = nearest_word(name, names, shown);
    if (meant)
        return cli_fail(cli, -E_USAGE, "unknown command %.60s; did you mean %s?", name, meant);
    return cli_fail(cli, -E_USAGE, "unknown command %.60s; `manyi --help` lists them", name);
}

/* Flags are the strongest place of all. */
static int flags_configure(struct cli *cli)
{
    static const struct {
        const char *option;
        const char *key;
    } flags[] = {{"dir", "dir"}, {"base-port", "base_port"}, {"host", "host"}, {"key", "key"}};
    char message[CONFIG_MESSAGE_MAX] = "";
    int result = config_load(&cli->config, option_text(&cli->arguments, "config"), message);
    if (result < 0)
        return cli_fail(cli, result, "%s", message);
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        const char *text = option_text(&cli->arguments, flags[i].option);
        char origin[32];
        snprintf(origin, sizeof origin, "--%s", flags[i].option);
        if (text && config_set(&cli->config, flags[i].key, text, origin, message) < 0)
            return cli_fail(cli, -E_USAGE, "%s", message);
    }
    return 0;
}

static int command_run(struct cli *cli)
{
    cli->json = option_given(&cli->arguments, "json");
    cli->quiet = option_given(&cli->arguments, "quiet");
    int result = flags_configure(cli);
    if (result < 0)
        return result;
    result = cli->command->run(cli);
    cli_hang_up(cli);
    return result;
}

/* The words after the command: its own options, those made from decisions' fields, and the global ones. */
static int command_parse(struct cli *cli, int argc, char **argv)
{
    const struct command *command = cli->command;
    struct field_options fields = {.count = 0};
    if (command->fields_of)
        fields_options(command->fields_of, &fields);
    struct option_tables tables = {.rows = {command->options, fields.row},
                                   .count = {command->option_count, fields.count}};
    tables.rows[2] = global_options(&tables.count[2]);
    int next;
    char message[OPTION_MESSAGE_MAX];
    if (options_parse(argc, argv, &tables, false, &cli->arguments, &next, message) < 0)
        return cli_fail(cli, -E_USAGE, "%s (manyi %s --help)", message, command->name);
    if (option_given(&cli->arguments, "help")) {
        help_command(stdout, command);
        return 0;
    }
    return command_run(cli);
}

static int cli_run(struct cli *cli, int argc, char **argv)
{
    struct option_tables tables = {.count = {0}};
    tables.rows[0] = global_options(&tables.count[0]);
    int next;
    char message[OPTION_MESSAGE_MAX];
    if (options_parse(argc, argv, &tables, true, &cli->arguments, &next, message) < 0)
        return cli_fail(cli, -E_USAGE, "%s", message);
    if (option_given(&cli->arguments, "version")) {
        puts("manyi " MANYI_VERSION);
        return 0;
    }
    if (next >= argc) {
        bool asked = option_given(&cli->arguments, "help");
        help_overview(asked ? stdout : stderr);
        return asked ? 0 : -E_USAGE;
    }
    const char *name = argv[next];
    bool help = strcmp(name, "help") == 0;
    if (help && next + 1 >= argc) {
        help_overview(stdout);
        return 0;
    }
    cli->command = command_find(help ? argv[next + 1] : name);
    if (!cli->command)
        return command_unknown(cli, help ? argv[next + 1] : name);
    if (help || option_given(&cli->arguments, "help")) {
        help_command(stdout, cli->command);
        return 0;
    }
    return command_parse(cli, argc - next, argv + next);
}

/* Whoever reads an output shall have all of it, or be told: what was refused once in the middle, too. */
static int output_end(struct cli *cli)
{
    if (fflush(stdout) != 0)
        return cli_fail(cli, -E_IO, "stdout cannot be written: %s", strerror(errno));
    return ferror(stdout) ? cli_fail(cli, -E_IO, "stdout cannot be written") : 0;
}

int cli_main(int argc, char **argv)
{
    struct cli *cli = calloc(1, sizeof *cli);
    if (!cli) {
        cli_report(-E_NO_MEMORY, NULL);
        return status_text(-E_NO_MEMORY)->sysexit;
    }
    cli->program = argv[0];
    int result = cli_run(cli, argc, argv);
    if (result == 0)
        result = output_end(cli);
    if (result < 0 && !(result == -E_USAGE && cli->message[0] == '\0'))
        cli_report(result, cli->message);
    int exit_code = result == 0 ? 0 : cli->exit_code ? cli->exit_code : status_text(result)->sysexit;
    free(cli);
    return exit_code;
}

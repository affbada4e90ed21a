/*
 * cli.h - one run of the manyi command: what was asked, where Manyi runs, and how to fail.
 *
 * A command is a row of the table in commands.c. It returns 0 or a negative status, having said why by cli_fail;
 * main prints that, once, as one line on stderr, and exits with the status's sysexits code. Data goes to stdout.
 */
#ifndef MANYI_CLI_CLI_H
#define MANYI_CLI_CLI_H

#include "cli/options.h"
#include "core/limits.h"
#include "core/span.h"
#include "io/config.h"

#include <stdio.h>

#define CLI_MESSAGE_MAX 1024u

struct cli;
struct manyi;
struct manyi_asker;

enum cli_port { CLI_INTAKE, CLI_FEED, CLI_QUERY, CLI_OUTLET, CLI_NOTIFIER, CLI_GATEWAY, CLI_PORTS };

struct command {
    const char *name;
    const char *operands; /* "[FILE...|-]" */
    const char *summary;  /* one clause */
    const char *examples; /* whole lines, shown first in help */
    const char *details;  /* a paragraph or NULL */
    const struct option_row *options;
    uint32_t option_count;
    const char *fields_of; /* options are made from the records of decisions whose type begins so; NULL: none */
    int (*run)(struct cli *cli);
};

struct cli {
    const char *program; /* as it was called */
    const struct command *command;
    struct arguments arguments;
    struct config config;
    bool json;
    bool quiet;
    char message[CLI_MESSAGE_MAX];  /* why it failed; empty: the status says it all */
    int exit_code;                  /* of the failure; 0: the one of its status */
    struct manyi *manyi;            /* opened when first needed */
    char source[URI_MAX_BYTES + 1]; /* filled by cli_source */
    struct manyi_asker *asker[CLI_PORTS];
};

const struct command *command_table(uint32_t *ret_count);
const struct command *command_find(const char *name);
const struct option_row *global_options(uint32_t *ret_count);

/* The whole run: parse, configure, do. Returns the exit code. */
int cli_main(int argc, char **argv);

/* Says why, for main to print, and returns status (negative). */
int cli_fail(struct cli *cli, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The content of a file that an operand names is wrong: "path: why", and the exit code for bad data, whatever the
 * status has for such a file that is configured. */
int cli_fail_file(struct cli *cli, int status, const char *path, const char *why);

/* "manyi: E1406 port in use: tcp://127.0.0.1:7301. Fix: ..." on stderr; message may be NULL or empty. */
void cli_report(int status, const char *message);

/* ---- help.c ---- */

void help_overview(FILE *to);
void help_command(FILE *to, const struct command *command);

/* ---- asking a running Manyi: ask.c ---- */

/* One request and its reply, which lives until the next one to this port; wait_ms 0: 5 s. A NAK and silence are failures that are
 * already said. expected: the verb of the reply. */
int cli_ask(struct cli *cli, enum cli_port port, const char *verb, struct span body, const char *expected,
            int64_t wait_ms, struct span *ret_reply);
int cli_manyi(struct cli *cli, struct manyi **ret_manyi);
/* As which source the command publishes when nobody names one: "/principals/bay-03" by its key, else `keyless`. It is lent. */
int cli_source(struct cli *cli, const char *keyless, const char **ret_source);
void cli_hang_up(struct cli *cli);
const char *cli_endpoint(const struct cli *cli, enum cli_port port, char endpoint[ENDPOINT_MAX]);

#endif

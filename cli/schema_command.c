/*
 * schema_command.c - `manyi schema`: the contract for others' tools and for people.
 */
#include "cli/commands.h"
#include "cli/schema.h"
#include "core/status.h"

int command_schema(struct cli *cli)
{
    static const struct {
        const char *option;
        int (*write)(FILE *out);
    } forms[] = {
        {"json-schema", schema_write_json},
        {"asyncapi", schema_write_asyncapi},
        {"markdown", schema_write_markdown},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (!option_given(&cli->arguments, forms[i].option))
            continue;
        int result = forms[i].write(stdout);
        return result < 0 ? cli_fail(cli, result, "stdout cannot be written") : 0;
    }
    return cli_fail(cli, -E_USAGE, "schema takes one of --json-schema, --asyncapi and --markdown");
}

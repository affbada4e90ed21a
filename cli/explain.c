/*
 * explain.c - `manyi explain`: what an error code means and what to do about it.
 */
#include "cli/commands.h"
#include "core/status.h"
#include "io/json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void row_print(const struct cli *cli, const struct status_text *row, bool first)
{
    if (cli->json) {
        printf("%s{\"code\":\"%s\",\"name\":\"%s\",\"exit\":%d,\"summary\":", first ? "" : ",\n", row->code, row->name,
               row->sysexit);
        json_print_text(stdout, span_of(row->summary));
        fputs(",\"fix\":", stdout);
        json_print_text(stdout, span_of(row->fix));
        putchar('}');
        return;
    }
    printf("%s %s\n  %s\n  Fix: %s\n  Exit code: %d\n", row->code, row->name, row->summary, row->fix, row->sysexit);
}

/* E1203, 1203 or OUT_OF_RANGE. */
static bool row_is(const struct status_text *row, const char *word)
{
    return strcasecmp(row->code, word) == 0 || strcmp(row->code + 1, word) == 0 || strcasecmp(row->name, word) == 0;
}

int command_explain(struct cli *cli)
{
    uint32_t count, shown = 0;
    const struct status_text *rows = status_table(&count);
    bool all = cli->arguments.operand_count == 0;
    const char *codes[256];
    if (cli->json && all)
        puts("[");
    for (uint32_t i = 0; i < count; i++) {
        if (i < 256)
            codes[i] = rows[i].code;
        if (all || row_is(&rows[i], cli->arguments.operand[0]))
            row_print(cli, &rows[i], shown++ == 0);
    }
    if (cli->json && shown > 0)
        puts(all ? "\n]" : "");
    if (shown > 0)
        return 0;
    const char *meant = nearest_word(cli->arguments.operand[0], codes, count < 256 ? count : 256);
    return cli_fail(cli, -E_USAGE, "unknown code %.40s%s%s%s", cli->arguments.operand[0],
                    meant ? "; did you mean " : "", meant ? meant : "", meant ? "?" : "; `manyi explain` lists all");
}

/*
 * quarantine.c - one event of the quarantine: shown as it came, to be mended; and sent on, when somebody has.
 */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/decide.h"
#include "cli/rows.h"
#include "core/status.h"
#include "io/file.h"
#include "io/json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KEY_LEN 32u

static int row_ask(struct cli *cli, const char *key, struct row_list *rows)
{
    struct get_request request = {.has = 0};
    SET(&request, get_request, what, span_of("quarantined"));
    SET(&request, get_request, id, span_of(key));
    int result = rows_get(cli, CLI_FEED, &request, 1, rows);
    if (result == 0 && rows->count == 0)
        return cli_fail(cli, -E_NOT_FOUND, "%.40s is no key of the quarantine; `manyi quarantine` lists them", key);
    return result;
}

static struct span text_of(struct span row, const char *name)
{
    struct wire_value value;
    struct span bytes;
    bool found = wire_find(row, name, &value, &bytes) == 0 && (value.kind == WIRE_STR || value.kind == WIRE_BIN);
    return found ? value.bytes : span_make(NULL, 0);
}

/* The event alone on stdout, so that it can be written to a file and sent on. */
static int row_show(struct cli *cli, struct span row)
{
    struct wire_value mended;
    struct span bytes;
    if (cli->json)
        return object_print_json(cli, row);
    struct span code = text_of(row, "code"), field = text_of(row, "field"), message = text_of(row, "message");
    if (!cli->quiet)
        fprintf(stderr, "%.*s %.*s%s%.*s\n", SPAN_ARGS(code), SPAN_ARGS(field), field.len > 0 ? ": " : "",
                SPAN_ARGS(message));
    if (wire_find(row, "mended_seq", &mended, &bytes) == 0 && mended.kind == WIRE_UINT && !cli->quiet)
        fprintf(stderr, "mended: entry %llu took its place\n", (unsigned long long)mended.natural);
    int result = json_print(stdout, text_of(row, "bytes"));
    if (result < 0)
        return cli_fail(cli, result, "its bytes are no event; --json shows them");
    putchar('\n');
    return 0;
}

static int event_read(struct cli *cli, const char *path, uint8_t **ret_event, size_t *ret_len)
{
    char message[JSON_MESSAGE_MAX] = "";
    uint8_t *text = NULL;
    size_t len = 0;
    int result = file_read(strcmp(path, "-") == 0 ? "/dev/stdin" : path, SYSTEM_EVENT_MAX, &text, &len);
    if (result < 0)
        return cli_fail(cli, result, "%s: %s", path,
                        result == -E_TOO_LARGE ? "an event has at most 1 MiB" : strerror(errno));
    size_t capacity = 3 * len + 16; /* 0.1 is three bytes, then nine */
    uint8_t *event = malloc(capacity);
    if (!event) {
        free(text);
        return -E_NO_MEMORY;
    }
    struct wire_writer writer;
    wire_writer_init(&writer, event, capacity);
    result = json_to_wire(span_make(text, len), &writer, message);
    free(text);
    if (result < 0) {
        free(event);
        return cli_fail_file(cli, result, path, message);
    }
    *ret_event = event;
    *ret_len = writer.len;
    return 0;
}

static int row_mend(struct cli *cli, const char *key, const char *path)
{
    uint8_t *event = NULL;
    size_t len = 0;
    uint64_t seq = 0;
    int result = event_read(cli, path, &event, &len);
    if (result == 0)
        result = event_mend(cli, span_make(event, len), key, &seq);
    free(event);
    if (result < 0)
        return result;
    printf(cli->json ? "{\"seq\":%llu}\n" : "it is entry %llu now\n", (unsigned long long)seq);
    return 0;
}

int quarantine_one(struct cli *cli)
{
    const struct arguments *arguments = &cli->arguments;
    const char *key = arguments->operand[0];
    bool mends = arguments->operand_count == 3 && strcmp(arguments->operand[1], "resubmit") == 0;
    if (!mends && arguments->operand_count != 1)
        return cli_fail(cli, -E_USAGE, "use `manyi quarantine KEY`, or `manyi quarantine KEY resubmit FILE`");
    if (strlen(key) != KEY_LEN)
        return cli_fail(cli, -E_USAGE, "\"%.40s\" is no key; `manyi quarantine` lists them", key);
    if (mends)
        return row_mend(cli, key, arguments->operand[2]);
    struct row_list rows = {.count = 0};
    int result = row_ask(cli, key, &rows);
    if (result == 0)
        result = row_show(cli, rows_first(&rows));
    rows_free(&rows);
    return result;
}

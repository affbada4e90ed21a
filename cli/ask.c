/*
 * ask.c - questions to a running Manyi, one request and its reply at a time.
 */
#include "cli/cli.h"
#include "clients/c/manyi.h"
#include "core/ensure.h"
#include "core/status.h"
#include "io/key_file.h"

#include <stdio.h>
#include <string.h>

#define ASK_WAIT_MS 5000

/* Ports after the base port, by enum cli_port; notifier and gateway have a socket in DIR/run. */
static const uint32_t offsets[CLI_NOTIFIER] = {1, 2, 3, 5};

const char *cli_endpoint(const struct cli *cli, enum cli_port port, char endpoint[ENDPOINT_MAX])
{
    if (port == CLI_NOTIFIER || port == CLI_GATEWAY)
        config_ping_endpoint(&cli->config, port == CLI_NOTIFIER ? "notifier" : "gateway", endpoint);
    else
        config_endpoint(&cli->config, offsets[port], endpoint);
    return endpoint;
}

static int keys_use(struct cli *cli)
{
    struct manyi_keys keys;
    char message[CLI_MESSAGE_MAX] = "";
    const char *path = cli->config.key;
    if (path[0] == '\0')
        return config_is_keyed(&cli->config)
                   ? cli_fail(cli, -E_BAD_KEY_FILE, "this Manyi asks for keys: name yours by --key FILE or MANYI_KEY")
                   : 0;
    int result = manyi_read_keys(path, &keys, message, sizeof message);
    if (result < 0)
        return cli_fail(cli, result, "%s", message);
    result = manyi_use_keys(cli->manyi, &keys);
    explicit_bzero(&keys, sizeof keys);
    return result < 0 ? cli_fail(cli, result, "%s", path) : 0;
}

int cli_source(struct cli *cli, const char *keyless, const char **ret_source)
{
    struct key_file key;
    char message[KEY_FILE_MESSAGE_MAX];
    *ret_source = keyless;
    if (cli->config.key[0] == '\0')
        return 0;
    int result = key_file_read(cli->config.key, &key, message);
    if (result < 0)
        return cli_fail(cli, result, "%s", message);
    snprintf(cli->source, sizeof cli->source, "/principals/%s", key.name);
    key_file_forget(&key);
    *ret_source = cli->source;
    return 0;
}

int cli_manyi(struct cli *cli, struct manyi **ret_manyi)
{
    int result = 0;
    if (!cli->manyi) {
        result = manyi_open(&cli->manyi);
        if (result < 0)
            return cli_fail(cli, result, "no messages can be sent");
        result = keys_use(cli);
    }
    if (result < 0) {
        manyi_close(cli->manyi);
        cli->manyi = NULL;
        return result;
    }
    *ret_manyi = cli->manyi;
    return 0;
}

static int asker_open(struct cli *cli, enum cli_port port)
{
    struct manyi *manyi = NULL;
    char endpoint[ENDPOINT_MAX];
    int result = cli_manyi(cli, &manyi);
    if (result < 0 || cli->asker[port])
        return result;
    result = manyi_asker_open(manyi, cli_endpoint(cli, port, endpoint), &cli->asker[port]);
    return result < 0 ? cli_fail(cli, result, "%s", endpoint) : 0;
}

/* The code's own words stand before the message: they are not said twice. */
static int ask_failed(struct cli *cli, int status, enum cli_port port, const char *message)
{
    char endpoint[ENDPOINT_MAX];
    if (status == -E_UNREACHABLE && cli->config.key[0] && port < CLI_NOTIFIER) /* who is not let in is told nothing */
        return cli_fail(cli, status, "%s; or the key in %s is not, or no longer, allowed there",
                        cli_endpoint(cli, port, endpoint), cli->config.key);
    if (status == -E_UNREACHABLE || !message || !message[0])
        return cli_fail(cli, status, "%s", cli_endpoint(cli, port, endpoint));
    const char *summary = status_text(status)->summary;
    size_t len = strlen(summary);
    if (strncmp(message, summary, len) == 0)
        message += len + strspn(message + len, ": ");
    return cli_fail(cli, status, "%s", message);
}

int cli_ask(struct cli *cli, enum cli_port port, const char *verb, struct span body, const char *expected,
            int64_t wait_ms, struct span *ret_reply)
{
    ensure(port < CLI_PORTS);
    int result = asker_open(cli, port);
    if (result < 0)
        return result;
    const char *reply_verb;
    const void *reply;
    size_t reply_len;
    result = manyi_ask(cli->asker[port], verb, body.at, body.len, wait_ms ? wait_ms : ASK_WAIT_MS, &reply_verb, &reply,
                       &reply_len);
    if (result < 0)
        return ask_failed(cli, result, port, manyi_asker_message(cli->asker[port]));
    if (strcmp(reply_verb, expected) != 0)
        return cli_fail(cli, -E_BAD_FRAMES, "%s was answered by %.16s", verb, reply_verb);
    *ret_reply = span_make(reply, reply_len);
    return 0;
}

void cli_hang_up(struct cli *cli)
{
    for (int port = 0; port < CLI_PORTS; port++) {
        if (cli->asker[port])
            manyi_asker_close(cli->asker[port]);
        cli->asker[port] = NULL;
    }
    if (cli->manyi)
        manyi_close(cli->manyi);
    cli->manyi = NULL;
}

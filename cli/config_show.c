/*
 * config_show.c - `manyi config`: what the configuration is, and where each value comes from.
 */
#include "brokers/gateway.h"
#include "cli/commands.h"
#include "core/status.h"
#include "io/json.h"

#include <string.h>

static void value_print(const struct cli *cli, uint32_t index, bool with_origin)
{
    const struct config_key *key = config_key(index);
    char text[CONFIG_TEXT_MAX];
    config_text(&cli->config, index, text);
    if (!cli->json) {
        if (with_origin)
            printf("%-18s  %-24s  %s\n", key->name, text, cli->config.origin[index]);
        else
            printf("%s: %s\n", key->name, text[0] ? text : "\"\"");
        return;
    }
    printf("%s\"%s\":", index ? "," : "{", key->name);
    if (with_origin)
        fputs("{\"value\":", stdout);
    if (key->number)
        fputs(text, stdout);
    else
        json_print_text(stdout, span_of(text));
    if (with_origin) {
        fputs(",\"origin\":", stdout);
        json_print_text(stdout, span_of(cli->config.origin[index]));
        putchar('}');
    }
}

/* Loading has already checked every value; here is what was checked. */
static int config_check(struct cli *cli)
{
    struct setup setup;
    char message[CONFIG_MESSAGE_MAX];
    int result = config_setup(&cli->config, false, &setup, message);
    if (result == 0)
        result = config_keys_check(&cli->config, message);
    if (result == 0)
        result = gateway_check(&setup, message);
    if (result < 0)
        return cli_fail(cli, result, "%s", message);
    if (cli->json) {
        puts("{\"ok\":true}");
        return 0;
    }
    printf("known keys only, each within its range: %u keys\n", CONFIG_KEYS);
    printf("addresses: %s to %s, %s at %s port %u\n", setup.intake_endpoint, setup.replay_endpoint,
           setup.tls_certificate_path[0] ? "HTTPS" : "HTTP", setup.http_host, setup.http_port);
    puts(setup.keyed ? "who connects needs a key" : "who connects needs no key: only this machine can");
    puts("paths fit into the sockets of roles in processes of their own");
    puts("configuration is in order");
    return 0;
}

int command_config(struct cli *cli)
{
    const char *what = cli->arguments.operand_count ? cli->arguments.operand[0] : "show";
    if (cli->arguments.operand_count > 1)
        return cli_fail(cli, -E_USAGE, "config %.20s takes no file of its own; name it by --config %.200s", what,
                        cli->arguments.operand[1]);
    if (strcmp(what, "check") == 0)
        return config_check(cli);
    if (strcmp(what, "show") != 0)
        return cli_fail(cli, -E_USAGE, "config %.40s; use config check or config show", what);
    for (uint32_t i = 0; i < CONFIG_KEYS; i++)
        value_print(cli, i, option_given(&cli->arguments, "origin"));
    if (cli->json)
        puts("}");
    return 0;
}

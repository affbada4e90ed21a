/*
 * bench_keys.c - `manyi bench --keys`: the server asks for keys, and the bench has one.
 */
#include "cli/bench_keys.h"

#include "core/status.h"
#include "core/z85.h"
#include "io/key_file.h"

#include <errno.h>
#include <stdlib.h>

/* What the bench does: it publishes, it follows, it asks how far the fold is. */
static const char principal[] = "principals:\n"
                                "  - name: bench\n"
                                "    number: 1\n"
                                "    kind: program\n"
                                "    roles: [group, ops]\n"
                                "    stores: all\n"
                                "    departments: all\n"
                                "    sources: [\"/stores/*\"]\n"
                                "    keys:\n"
                                "      - {public: \"%s\"}\n";

static int access_write(struct cli *cli, const struct key_file *key)
{
    char path[ENDPOINT_MAX], public[BUS_KEY_BYTES / 4 * 5 + 1];
    config_access_path(&cli->config, path);
    z85_encode(key->public_key, BUS_KEY_BYTES, public);
    FILE *file = fopen(path, "we");
    bool written = file && fprintf(file, principal, public) > 0;
    if (file)
        written = fclose(file) == 0 && written;
    return written ? 0 : cli_fail(cli, -E_IO, "%s: %s", path, strerror(errno));
}

int bench_keys(struct cli *cli)
{
    char path[CONFIG_TEXT_MAX + 16], message[CONFIG_MESSAGE_MAX];
    struct key_file server, key = {.name = "bench", .has_server = true};
    int result = server_key_load(cli->config.dir, &server, message);
    if (result < 0)
        return cli_fail(cli, result, "%s", message);
    memcpy(key.server_key, server.public_key, sizeof key.server_key);
    key_file_forget(&server);
    key_file_draw(&key);
    snprintf(path, sizeof path, "%s/bench.key", cli->config.dir);
    result = key_file_write(path, &key, message);
    if (result < 0)
        cli_fail(cli, result, "%s", message);
    if (result == 0)
        result = config_set(&cli->config, "access", "", "bench", message);
    if (result == 0)
        result = access_write(cli, &key);
    if (result == 0)
        result = config_set(&cli->config, "key", path, "bench", message);
    if (result == 0)
        result = config_set(&cli->config, "keys", "always", "bench", message);
    key_file_forget(&key);
    /* The server is told by what it inherits. */
    if (result == 0 && (setenv("MANYI_KEYS", "always", 1) < 0 || setenv("MANYI_ACCESS", "", 1) < 0))
        result = -E_NO_MEMORY;
    return result;
}

/*
 * demo_files.c - the rulebook and the roster that the demonstration proposes to its own journal.
 */
#include "cli/demo_files.h"

#include "core/status.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The day that is shown ends now, be it a Sunday or the Spring Festival: by office hours no clock would run then, and nobody
 * would be told anything. */
static void policy_write(FILE *to)
{
    static const char *const days[] = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
    fputs("name: demonstration\ncalendars:\n  - calendar: national\n    years: 1970-2199\n    hours:\n", to);
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++)
        fprintf(to, "      %s: 00:00-24:00\n", days[i]);
    fputs("quiet_hours: {from: \"00:00\", until: \"00:00\"}\n", to);
}

static int file_make(struct cli *cli, const char *key, void (*content_write)(FILE *), char path[CONFIG_TEXT_MAX])
{
    char message[CONFIG_MESSAGE_MAX], made[CONFIG_TEXT_MAX];
    snprintf(made, sizeof made, "/tmp/manyi-demo-%s-XXXXXX", key);
    int fd = mkstemp(made);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!file) {
        if (fd >= 0)
            close(fd);
        return cli_fail(cli, -E_IO, "/tmp cannot be written");
    }
    snprintf(path, CONFIG_TEXT_MAX, "%s", made);
    content_write(file);
    bool failed = ferror(file) != 0;
    failed = fclose(file) != 0 || failed;
    if (failed)
        return cli_fail(cli, -E_IO, "%s cannot be written", made);
    return config_set(&cli->config, key, made, "demo", message) < 0 ? cli_fail(cli, -E_USAGE, "%s", message) : 0;
}

static void file_withdraw(struct cli *cli, const char *key, char path[CONFIG_TEXT_MAX])
{
    char message[CONFIG_MESSAGE_MAX];
    if (path[0] == '\0')
        return;
    unlink(path);
    path[0] = '\0';
    config_set(&cli->config, key, "", "demo", message);
}

int demo_files_make(struct cli *cli, struct demo_files *files)
{
    *files = (struct demo_files){.policy = ""};
    int result = cli->config.policy[0] ? 0 : file_make(cli, "policy", policy_write, files->policy);
    if (result == 0)
        result = file_make(cli, "roster", demo_roster_write, files->roster);
    if (result < 0)
        demo_files_withdraw(cli, files);
    return result;
}

void demo_files_withdraw(struct cli *cli, struct demo_files *files)
{
    file_withdraw(cli, "policy", files->policy);
    file_withdraw(cli, "roster", files->roster);
}

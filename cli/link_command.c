/*
 * link_command.c - `manyi link rate`: the signed path by which a customer rates one visit, once.
 */
#include "cli/commands.h"
#include "cli/decide.h"
#include "cli/fields.h"
#include "core/status.h"
#include "io/json.h"
#include "io/link.h"

#include <sodium.h>
#include <stdio.h>
#include <time.h>

#define DAYS_DEFAULT 30

static int64_t wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --expires, or in thirty days. */
static int expires_option(struct cli *cli, int64_t now_ms, int64_t *ret_expires_ms)
{
    const char *text = option_text(&cli->arguments, "expires");
    *ret_expires_ms = now_ms + DAYS_DEFAULT * 86400000ll;
    if (!text)
        return 0;
    if (time_from_text(text, now_ms, ret_expires_ms) < 0 || *ret_expires_ms <= now_ms)
        return cli_fail(cli, -E_USAGE, "--expires %.40s; use a time to come, such as 2027-01-01, or +7d", text);
    return 0;
}

/* "visit\nstore\ndepartment", as the gateway reads it. */
static int subject_write(struct cli *cli, char *subject, size_t size)
{
    static const char *const names[] = {"visit", "store", "department"};
    size_t len = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *text = option_text(&cli->arguments, names[i]);
        if (!text || text[0] == '\0')
            return cli_fail(cli, -E_USAGE, "--%s is missing: whose visit, of which store and department", names[i]);
        if (strlen(text) > NAME_MAX_BYTES || strpbrk(text, "\n\r\t"))
            return cli_fail(cli, -E_USAGE, "--%s is no name: at most 64 bytes, no line ends", names[i]);
        len += (size_t)snprintf(subject + len, size - len, i ? "\n%s" : "%s", text);
    }
    return 0;
}

int command_link(struct cli *cli)
{
    char subject[3 * (NAME_MAX_BYTES + 1)], text[LINK_TEXT_MAX];
    uint8_t secret[LINK_SECRET_BYTES];
    if (cli->arguments.operand_count != 1 || strcmp(cli->arguments.operand[0], "rate") != 0)
        return cli_fail(cli, -E_USAGE, "link makes links for one thing: rate");
    struct link link = {.purpose = LINK_RATE};
    int result = subject_write(cli, subject, sizeof subject);
    if (result == 0)
        result = expires_option(cli, wall_ms(), &link.expires_ms);
    if (result < 0)
        return result;
    result = link_secret_load(cli->config.dir, LINK_SECRET_NAME, secret);
    if (result < 0)
        return cli_fail(cli, result, "%s/keys/%s.secret", cli->config.dir, LINK_SECRET_NAME);
    randombytes_buf(link.nonce, sizeof link.nonce);
    link.subject = span_of(subject);
    result = link_write(secret, &link, text);
    sodium_memzero(secret, sizeof secret);
    if (result < 0)
        return cli_fail(cli, -E_USAGE, "the names are too long for a link");
    if (cli->json)
        printf("{\"path\":\"/rate/%s\"}\n", text);
    else
        printf("/rate/%s\n", text);
    return 0;
}

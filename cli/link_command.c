/*
 * link_command.c - `manyi link rate`: the signed path by which a customer rates one visit, once; `manyi link case`: by which one sees
 * what became of a complaint, and says whether that is good.
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
#define CASE_DAYS_DEFAULT 90
#define CASE_DAYS_MOST 366

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

/* Signs and prints it. nonce NULL: a new one. */
static int link_print(struct cli *cli, struct link *link, const char *path, const char *nonce_of)
{
    uint8_t secret[LINK_SECRET_BYTES];
    char text[LINK_TEXT_MAX];
    int result = link_secret_load(cli->config.dir, LINK_SECRET_NAME, secret);
    if (result < 0)
        return cli_fail(cli, result, "%s/keys/%s.secret", cli->config.dir, LINK_SECRET_NAME);
    if (nonce_of)
        link_nonce(secret, span_of(nonce_of), link->nonce);
    else
        randombytes_buf(link->nonce, sizeof link->nonce);
    result = link_write(secret, link, text);
    sodium_memzero(secret, sizeof secret);
    if (result < 0)
        return cli_fail(cli, -E_USAGE, "the names are too long for a link");
    printf(cli->json ? "{\"path\":\"/%s/%s\"}\n" : "/%s/%s\n", path, text);
    return 0;
}

static int link_of_visit(struct cli *cli)
{
    char subject[3 * (NAME_MAX_BYTES + 1)];
    struct link link = {.purpose = LINK_RATE};
    int result = subject_write(cli, subject, sizeof subject);
    if (result == 0)
        result = expires_option(cli, wall_ms(), &link.expires_ms);
    if (result < 0)
        return result;
    link.subject = span_of(subject);
    return link_print(cli, &link, "rate", NULL);
}

/* Whether there is such a case is seen when the link is opened: no server is asked. */
static int link_of_case(struct cli *cli, const char *id)
{
    char nonce_of[CASE_ID_MAX + 16], message[OPTION_MESSAGE_MAX];
    int64_t days = CASE_DAYS_DEFAULT;
    size_t digits = strlen(id) > 2 ? strspn(id + 2, "0123456789") : 0;
    if (strncmp(id, "C-", 2) != 0 || digits == 0 || digits > 16 || id[2 + digits] != '\0')
        return cli_fail(cli, -E_USAGE, "%.40s is no complaint; its number looks like C-41", id);
    if (option_number(&cli->arguments, "days", 1, CASE_DAYS_MOST, &days, message) < 0)
        return cli_fail(cli, -E_USAGE, "%s", message);
    struct link link = {.purpose = LINK_CUSTOMER, .expires_ms = wall_ms() + days * 86400000ll, .subject = span_of(id)};
    snprintf(nonce_of, sizeof nonce_of, "customer\n%s", id); /* as the gateway names what is said by it */
    return link_print(cli, &link, "case", nonce_of);
}

int command_link(struct cli *cli)
{
    const struct arguments *arguments = &cli->arguments;
    if (arguments->operand_count == 1 && strcmp(arguments->operand[0], "rate") == 0)
        return link_of_visit(cli);
    if (arguments->operand_count == 2 && strcmp(arguments->operand[0], "case") == 0)
        return link_of_case(cli, arguments->operand[1]);
    return cli_fail(cli, -E_USAGE, "link makes links for two things: `link rate` of a visit, `link case C-41`");
}

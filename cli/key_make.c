/* key_make.c - pairs, tokens and passwords: made, shown to one person once, and kept as public halves and hashes. */
#include "cli/key_desk.h"

#include "cli/house.h"
#include "core/status.h"

#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define TOKEN_BYTES 32u
#define PASSWORD_LEAST 10u
#define PASSWORD_MOST 256u

/* ---- pairs ---- */

int server_public(struct cli *cli, uint8_t ret_public[KEY_BYTES])
{
    struct key_file key;
    char message[KEY_FILE_MESSAGE_MAX];
    if (mkdir(cli->config.dir, 0750) != 0 && errno != EEXIST)
        return cli_fail(cli, status_of_errno(), "%s: %s", cli->config.dir, strerror(errno));
    int result = server_key_load(cli->config.dir, &key, message);
    if (result < 0)
        return cli_fail(cli, result, "%s", message);
    memcpy(ret_public, key.public_key, KEY_BYTES);
    key_file_forget(&key);
    return 0;
}

static void path_choose(const struct cli *cli, const char *name, struct made_key *made)
{
    const char *out = option_text(&cli->arguments, "out");
    snprintf(made->path, sizeof made->path, out ? "%s" : "%s.key", out ? out : name);
    for (char *at = made->path; !out && *at; at++)
        *at = *at == '/' ? '_' : *at;
}

int key_make(struct key_desk *desk, const struct principal *principal, int64_t until_ms, struct made_key *ret_made)
{
    const char *name = desk->file->access.text + principal->name;
    char message[KEY_FILE_MESSAGE_MAX];
    struct key_file key = {.has_server = true};
    snprintf(key.name, sizeof key.name, "%s", name);
    int result = server_public(desk->cli, key.server_key);
    if (result < 0)
        return result;
    key_file_draw(&key);
    key_fingerprint(key.public_key, ret_made->fingerprint);
    result = access_key_add(desk->file, principal->number, key.public_key, until_ms, desk->now_ms, message);
    if (result < 0)
        cli_fail(desk->cli, result, "%s: %s", name, message);
    path_choose(desk->cli, name, ret_made);
    if (result == 0 && (result = key_file_write(ret_made->path, &key, message)) < 0)
        cli_fail(desk->cli, result, "%s", message);
    key_file_forget(&key);
    return result;
}

/* ---- tokens ---- */

int token_make(struct key_desk *desk, const struct principal *principal, int64_t until_ms,
               char ret_token[TOKEN_TEXT_MAX], char ret_id[TOKEN_ID_MAX + 1])
{
    uint8_t bytes[TOKEN_BYTES], hash[32];
    char message[KEYRING_MESSAGE_MAX];
    static const char prefix[] = "manyi_"; /* so that whoever finds one knows what it is */
    memcpy(ret_token, prefix, sizeof prefix);
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2base64(ret_token + sizeof prefix - 1, TOKEN_TEXT_MAX - sizeof prefix + 1, bytes, sizeof bytes,
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(bytes, sizeof bytes);
    content_hash(span_of(ret_token), hash);
    int result = access_token_add(desk->file, principal->number, hash, until_ms, desk->now_ms, ret_id, message);
    return result < 0 ? cli_fail(desk->cli, result, "%s: %s", desk->file->access.text + principal->name, message) : 0;
}

/* ---- passwords ---- */

/* A line of stdin without its end. -1: there is none. */
static int line_read(char line[PASSWORD_MOST + 3])
{
    if (!fgets(line, PASSWORD_MOST + 3, stdin))
        return -1;
    line[strcspn(line, "\r\n")] = '\0';
    return 0;
}

/* Unseen while it is typed. Whoever interrupts gets their terminal back first: the signal waits for the end of the line. */
static int line_ask(const char *question, char line[PASSWORD_MOST + 3])
{
    struct termios before, unseen;
    sigset_t interrupts, mask;
    sigemptyset(&interrupts);
    sigaddset(&interrupts, SIGINT);
    sigaddset(&interrupts, SIGQUIT);
    sigaddset(&interrupts, SIGTSTP);
    sigprocmask(SIG_BLOCK, &interrupts, &mask);
    bool terminal = tcgetattr(STDIN_FILENO, &before) == 0;
    if (terminal) {
        unseen = before;
        unseen.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &unseen);
    }
    fprintf(stderr, "%s", question);
    int rc = line_read(line);
    if (terminal)
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
    fprintf(stderr, "\n");
    sigprocmask(SIG_SETMASK, &mask, NULL);
    return rc;
}

static int password_read(struct cli *cli, const char *name, char password[PASSWORD_MOST + 3])
{
    char again[PASSWORD_MOST + 3], question[128];
    if (!isatty(STDIN_FILENO))
        return line_read(password) == 0 ? 0 : cli_fail(cli, -E_USAGE, "no password on stdin; write it as one line");
    snprintf(question, sizeof question, "Password of %s: ", name);
    if (line_ask(question, password) < 0)
        return cli_fail(cli, -E_USAGE, "no password was typed");
    int result = 0;
    if (line_ask("The same again: ", again) < 0 || strcmp(password, again) != 0)
        result = cli_fail(cli, -E_USAGE, "these were two different passwords; nothing was changed");
    sodium_memzero(again, sizeof again);
    return result;
}

int password_ask(struct cli *cli, const char *name, char ret_hash[PASSWORD_HASH_MAX])
{
    char password[PASSWORD_MOST + 3] = "";
    int result = password_read(cli, name, password);
    size_t len = strlen(password);
    if (result == 0 && (len < PASSWORD_LEAST || len > PASSWORD_MOST))
        result = cli_fail(cli, -E_USAGE, "a password has %u to %u bytes; a few words are easy to keep in mind",
                          PASSWORD_LEAST, PASSWORD_MOST);
    memset(ret_hash, 0, PASSWORD_HASH_MAX);
    if (result == 0 && crypto_pwhash_str(ret_hash, password, len, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                         crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
        result = -E_NO_MEMORY;
    sodium_memzero(password, sizeof password);
    return result;
}

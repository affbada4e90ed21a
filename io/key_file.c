/* key_file.c - key files: drawn, written once, read line by line. */
#include "io/key_file.h"

#include "core/ensure.h"
#include "core/status.h"
#include "core/z85.h"
#include "io/secret_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEXT_MAX 2048u
#define KEY_TEXT 40u

_Static_assert(KEY_BYTES == crypto_box_PUBLICKEYBYTES, "CURVE's keys are libsodium's");
_Static_assert(KEY_BYTES == crypto_box_SECRETKEYBYTES, "both halves");

void key_file_draw(struct key_file *key)
{
    int rc = sodium_init();
    ensure(rc >= 0);
    crypto_box_keypair(key->public_key, key->secret_key);
}

void key_file_forget(struct key_file *key)
{
    sodium_memzero(key, sizeof *key);
}

static int tell(char message[KEY_FILE_MESSAGE_MAX], int status, const char *path, const char *why)
{
    snprintf(message, KEY_FILE_MESSAGE_MAX, "%.240s: %s", path, why);
    return status;
}

static int tell_errno(char message[KEY_FILE_MESSAGE_MAX], const char *path)
{
    return tell(message, secret_file_status(errno), path, strerror(errno));
}

/* ---- reading ---- */

/* `name: "text"`, or without quotes up to a space; what follows must be a comment. */
static bool line_split(struct span line, struct span *ret_key, struct span *ret_value)
{
    const char *at = (const char *)line.at, *end = at + line.len;
    const char *colon = memchr(at, ':', line.len);
    if (!colon)
        return false;
    *ret_key = span_make(at, (size_t)(colon - at));
    for (at = colon + 1; at < end && (*at == ' ' || *at == '\t'); at++)
        ;
    const char quote = at < end && (*at == '"' || *at == '\'') ? *at++ : '\0';
    const char *stop = at;
    while (stop < end && (quote ? *stop != quote : *stop != ' ' && *stop != '\t'))
        stop++;
    if (quote && stop == end)
        return false;
    *ret_value = span_make(at, (size_t)(stop - at));
    for (stop += quote != '\0'; stop < end && (*stop == ' ' || *stop == '\t'); stop++)
        ;
    return stop == end || *stop == '#';
}

enum part { PART_NAME = 1, PART_PUBLIC = 2, PART_SECRET = 4, PART_SERVER = 8 };

static const char *value_take(struct key_file *key, struct span name, struct span value, unsigned *seen)
{
    const struct {
        const char *name;
        enum part part;
        uint8_t *bytes;
    } parts[] = {{"name", PART_NAME, NULL},
                 {"public", PART_PUBLIC, key->public_key},
                 {"secret", PART_SECRET, key->secret_key},
                 {"server", PART_SERVER, key->server_key}};
    size_t i = 0;
    while (i < sizeof parts / sizeof parts[0] && !span_is(name, parts[i].name))
        i++;
    if (i == sizeof parts / sizeof parts[0])
        return "an unknown key; known are name, public, secret and server";
    if (*seen & parts[i].part)
        return "a key stands a second time; keep one of them";
    *seen |= parts[i].part;
    if (parts[i].part != PART_NAME)
        return z85_decode(value, parts[i].bytes, KEY_BYTES) < 0 ? "no key: that is 40 characters of Z85, in quotes"
                                                                : NULL;
    if (value.len == 0 || value.len > NAME_MAX_BYTES)
        return "a name has 1 to 64 bytes";
    memcpy(key->name, value.at, value.len);
    key->name[value.len] = '\0';
    return NULL;
}

static int text_read(const char *path, struct span text, struct key_file *key, char message[KEY_FILE_MESSAGE_MAX])
{
    unsigned seen = 0, line = 1;
    for (size_t at = 0; at < text.len; line++) {
        const uint8_t *end = memchr(text.at + at, '\n', text.len - at);
        size_t len = end ? (size_t)(end - text.at) - at : text.len - at;
        struct span left = span_make(text.at + at, len), name, value;
        at += len + 1;
        if (left.len > 0 && left.at[left.len - 1] == '\r')
            left.len--;
        if (left.len == 0 || left.at[0] == '#')
            continue;
        const char *flaw =
            line_split(left, &name, &value) ? value_take(key, name, value, &seen) : "not of the form name: \"value\"";
        char why[128];
        snprintf(why, sizeof why, "line %u: %s", line, flaw ? flaw : "");
        if (flaw)
            return tell(message, -E_BAD_KEY_FILE, path, why);
    }
    uint8_t public_key[KEY_BYTES];
    if ((seen & (PART_NAME | PART_PUBLIC | PART_SECRET)) != (PART_NAME | PART_PUBLIC | PART_SECRET))
        return tell(message, -E_BAD_KEY_FILE, path, "it needs name, public and secret");
    if (crypto_scalarmult_base(public_key, key->secret_key) != 0 ||
        memcmp(public_key, key->public_key, sizeof public_key) != 0)
        return tell(message, -E_BAD_KEY_FILE, path,
                    "public and secret are no pair; make a new key by `manyi key rotate`");
    key->has_server = (seen & PART_SERVER) != 0;
    return 0;
}

int key_file_read(const char *path, struct key_file *ret_key, char message[KEY_FILE_MESSAGE_MAX])
{
    char text[TEXT_MAX + 1];
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return tell_errno(message, path);
    ssize_t len = -1;
    int result = 0;
    if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
        result = tell(message, -E_BAD_KEY_FILE, path, "this is no file");
    else if (about.st_mode & (S_IRWXG | S_IRWXO))
        result =
            tell(message, -E_BAD_KEY_FILE, path,
                 "others than its owner may read it; say `chmod 600` of it, and `manyi key rotate` if somebody did");
    else if ((len = read(fd, text, sizeof text)) < 0)
        result = tell_errno(message, path);
    else if ((size_t)len > TEXT_MAX)
        result = tell(message, -E_BAD_KEY_FILE, path, "larger than 2 KiB: this is no key file");
    close(fd);
    struct key_file key = {.has_server = false};
    if (result == 0)
        result = text_read(path, span_make(text, (size_t)len), &key, message);
    if (result == 0)
        *ret_key = key;
    key_file_forget(&key);
    sodium_memzero(text, sizeof text);
    return result;
}

/* ---- writing ---- */

static int text_write(const struct key_file *key, char text[TEXT_MAX])
{
    char public_text[KEY_TEXT + 1], secret_text[KEY_TEXT + 1], server_text[KEY_TEXT + 1];
    z85_encode(key->public_key, KEY_BYTES, public_text);
    z85_encode(key->secret_key, KEY_BYTES, secret_text);
    z85_encode(key->server_key, KEY_BYTES, server_text);
    int len = snprintf(text, TEXT_MAX,
                       "# Key of %s for Manyi. Whoever has this file is %s: keep it secret.\n"
                       "name: \"%s\"\npublic: \"%s\"\nsecret: \"%s\"\n%s%s%s",
                       key->name, key->name, key->name, public_text, secret_text, key->has_server ? "server: \"" : "",
                       key->has_server ? server_text : "", key->has_server ? "\"\n" : "");
    sodium_memzero(secret_text, sizeof secret_text);
    return len;
}

int key_file_write(const char *path, const struct key_file *key, char message[KEY_FILE_MESSAGE_MAX])
{
    char text[TEXT_MAX];
    if (strlen(path) >= SECRET_PATH_MAX)
        return tell(message, -E_USAGE, path, "the path is too long");
    int len = text_write(key, text);
    int result = secret_file_write(path, span_make(text, (size_t)len));
    sodium_memzero(text, sizeof text);
    if (result == 1)
        return tell(message, -E_USAGE, path, "there is a file of this name; it was left as it is");
    return result < 0 ? tell_errno(message, path) : 0;
}

int server_key_load(const char *dir, struct key_file *ret_key, char message[KEY_FILE_MESSAGE_MAX])
{
    char path[SECRET_PATH_MAX], text[TEXT_MAX];
    if ((size_t)snprintf(path, sizeof path, "%s/" SERVER_KEY_FILE, dir) >= sizeof path)
        return tell(message, -E_USAGE, dir, "the path is too long");
    int result = key_file_read(path, ret_key, message);
    if (result != -E_NO_INPUT_FILE)
        return result;
    struct key_file key = {.name = "server"};
    key_file_draw(&key);
    int len = text_write(&key, text);
    result = secret_file_make(dir, strrchr(path, '/') + 1, span_make(text, (size_t)len));
    key_file_forget(&key);
    sodium_memzero(text, sizeof text);
    return result < 0 ? tell_errno(message, path) : key_file_read(path, ret_key, message);
}

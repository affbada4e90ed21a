/* notices_file.c - the file of targets and people: read with its secrets, looked up, masked. */
#include "io/notices_file.h"

#include "core/sample.h"
#include "core/status.h"
#include "io/file.h"
#include "schemas/codec.h"

#include <errno.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX (4u * MIB)

_Static_assert(NOTICE_TEXT_MAX == NOTICE_SECRET_MAX, "a secret's name stands in the secret's place until it is read");

/* ---- secrets ---- */

/* Where a secret lies. -E_NO_ROOM. */
static int secret_path(const char *file, const char *name, char ret_path[PATH_MAX])
{
    const char *credentials = getenv("CREDENTIALS_DIRECTORY");
    struct stat found;
    int len = snprintf(ret_path, PATH_MAX, "%s", name);
    if (name[0] != '/') {
        len = credentials ? snprintf(ret_path, PATH_MAX, "%s/%s", credentials, name) : 0;
        if (!credentials || len >= PATH_MAX || stat(ret_path, &found) != 0) {
            const char *slash = strrchr(file, '/');
            len = snprintf(ret_path, PATH_MAX, "%.*s%s", slash ? (int)(slash - file + 1) : 0, file, name);
        }
    }
    return len < PATH_MAX ? 0 : -E_NO_ROOM;
}

/* The first line of the file that the target's `secret` names takes its place. */
static int secret_read(const char *file, struct notice_target *target, char message[NOTICES_MESSAGE_MAX])
{
    char path[PATH_MAX];
    struct stat found;
    uint8_t *bytes = NULL;
    size_t len = 0;
    const char *cause = NULL;
    if (secret_path(file, target->secret, path) < 0 || stat(path, &found) != 0)
        cause = "there is no such file";
    else if (!S_ISREG(found.st_mode))
        cause = "it is no file";
    else if (found.st_mode & (S_IRWXO | S_IWGRP))
        cause = "others may read it: chmod 600";
    else if (file_read(path, 64 * KIB, &bytes, &len) < 0)
        cause = errno == EACCES ? "it may not be read by this user" : "it can't be read";
    size_t line = 0;
    while (line < len && bytes[line] != '\n' && bytes[line] != '\r')
        line++;
    if (!cause && (line == 0 || line >= NOTICE_SECRET_MAX || memchr(bytes, '\0', line)))
        cause = "its first line has to be the secret, of 1 to 255 bytes";
    if (cause) {
        snprintf(message, NOTICES_MESSAGE_MAX, "%.120s: line %u: the secret of target %s, %.100s: %s", file,
                 target->line, target->name, target->secret, cause);
    } else {
        memcpy(target->secret, bytes, line);
        target->secret[line] = '\0';
    }
    if (bytes)
        sodium_memzero(bytes, len);
    free(bytes);
    return cause ? -E_BAD_NOTICES : 0;
}

/* whsec_<base64 of 24 to 64 bytes>, as Standard Webhooks have it. */
static int secret_check(const char *file, const struct notice_target *target, char message[NOTICES_MESSAGE_MAX])
{
    uint8_t key[NOTICE_SECRET_MAX];
    size_t len = 0;
    if (target->means != notice_means_is_webhook)
        return 0;
    const char *text = target->secret;
    bool fits = strncmp(text, "whsec_", 6) == 0 &&
                sodium_base642bin(key, sizeof key, text + 6, strlen(text + 6), NULL, &len, NULL,
                                  sodium_base64_VARIANT_ORIGINAL) == 0 &&
                len >= 24 && len <= 64;
    sodium_memzero(key, sizeof key);
    if (fits)
        return 0;
    snprintf(message, NOTICES_MESSAGE_MAX,
             "%.120s: line %u: the secret of target %s is not whsec_ and the base64 of 24 to 64 bytes", file,
             target->line, target->name);
    return -E_BAD_NOTICES;
}

/* Joins what a file looks like from outside. */
static uint64_t stamp_join(uint64_t stamp, const char *path)
{
    struct stat found;
    if (stat(path, &found) != 0)
        return siphash(stamp, 1, span_of("gone"));
    const uint64_t parts[] = {(uint64_t)found.st_mtim.tv_sec, (uint64_t)found.st_mtim.tv_nsec, (uint64_t)found.st_size,
                              (uint64_t)found.st_ino, (uint64_t)found.st_mode};
    return siphash(stamp, 0, span_make(parts, sizeof parts));
}

static uint64_t stamp_join_secret(uint64_t stamp, const char *file, const struct notice_target *target)
{
    char path[PATH_MAX];
    bool found = target->secret_file[0] != '\0' && secret_path(file, target->secret_file, path) == 0;
    return found ? stamp_join(stamp, path) : stamp;
}

uint64_t notices_stamp(const char *path, const struct notices *read)
{
    if (access(path, F_OK) != 0)
        return 0;
    uint64_t stamp = stamp_join(0, path);
    for (uint32_t i = 0; read && i < read->target_count; i++)
        stamp = stamp_join_secret(stamp, path, &read->target[i]);
    return stamp | 1;
}

int notices_load(const char *path, struct notices **ret_notices, char message[NOTICES_MESSAGE_MAX])
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    char cause[NOTICES_MESSAGE_MAX];
    snprintf(message, NOTICES_MESSAGE_MAX, "%.200s", path);
    uint64_t stamp = stamp_join(0, path);
    int result = file_read(path, FILE_BYTES_MAX, &bytes, &len);
    if (result < 0) {
        snprintf(message, NOTICES_MESSAGE_MAX, "%.200s: %s", path,
                 result == -E_TOO_LARGE ? "larger than 4 MiB" : strerror(errno));
        return result == -E_TOO_LARGE ? -E_BAD_NOTICES : result;
    }
    struct notices *notices = malloc(sizeof *notices);
    result = notices ? notices_parse(span_make(bytes, len), notices, cause) : -E_NO_MEMORY;
    if (result == -E_BAD_NOTICES)
        snprintf(message, NOTICES_MESSAGE_MAX, "%.120s: %.250s", path, cause);
    for (uint32_t i = 0; result == 0 && i < notices->target_count; i++) {
        struct notice_target *target = &notices->target[i];
        if (target->secret[0] == '\0')
            continue;
        memcpy(target->secret_file, target->secret, sizeof target->secret_file);
        stamp = stamp_join_secret(stamp, path, target);
        result = secret_read(path, target, message);
        if (result == 0)
            result = secret_check(path, &notices->target[i], message);
    }
    free(bytes);
    if (result < 0) {
        notices_free(notices);
        return result;
    }
    notices->stamp = stamp | 1;
    *ret_notices = notices;
    return 0;
}

void notices_free(struct notices *notices)
{
    if (notices)
        sodium_memzero(notices, sizeof *notices);
    free(notices);
}

/* ---- looking up ---- */

const struct notice_target *notices_target(const struct notices *notices, struct span name)
{
    for (uint32_t i = 0; i < notices->target_count; i++) {
        if (span_is(name, notices->target[i].name))
            return &notices->target[i];
    }
    return NULL;
}

static const struct notice_person *person_find(const struct notices *notices, struct span name)
{
    uint32_t low = 0, high = notices->person_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = span_compare(span_of(notices->person[middle].name), name);
        if (order == 0)
            return &notices->person[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct notice_person *notices_person(const struct notices *notices, struct span to)
{
    const struct notice_person *found = person_find(notices, to);
    const uint8_t *at = to.len ? memchr(to.at, '@', to.len) : NULL;
    const uint8_t *slash = at ? memchr(at, '/', to.len - (size_t)(at - to.at)) : NULL;
    if (!found && slash)
        found = person_find(notices, span_make(to.at, (size_t)(slash - to.at)));
    if (!found && at)
        found = person_find(notices, span_make(to.at, (size_t)(at - to.at)));
    return found ? found : person_find(notices, span_of("default"));
}

/* ---- masking ---- */

void notices_mask(const char *address, char ret_text[NOTICE_TEXT_MAX])
{
    const char *at = strrchr(address, '@');
    size_t len = strlen(address);
    if (len == 0)
        ret_text[0] = '\0';
    else if (at && at > address)
        snprintf(ret_text, NOTICE_TEXT_MAX, "%c***%s", (unsigned char)address[0] < 0x80 ? address[0] : '*', at);
    else if (len >= 7 && strspn(address, "+0123456789 -") == len)
        snprintf(ret_text, NOTICE_TEXT_MAX, "%.3s***%s", address, address + len - 2);
    else
        snprintf(ret_text, NOTICE_TEXT_MAX, "***");
}

const char *const notices_checks[] = {
    "every key is known and stands once, every target has what its kind needs",
    "every secret is in a file of its own that others may not read; a webhook's is one of Standard Webhooks",
    "every way names a target; mail addresses look like such, commands are absolute paths",
    "no password goes over a line that everybody can read",
};
const uint32_t notices_checks_count = sizeof notices_checks / sizeof notices_checks[0];

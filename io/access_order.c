/* access_order.c - what was read in the order in which it is looked for, and nothing of it twice. */
#include "core/status.h"
#include "io/access_reading.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

static int number_order(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int principals_by_number(const void *a, const void *b)
{
    return number_order(((const struct principal *)a)->number, ((const struct principal *)b)->number);
}

static int places_by_number(const void *a, const void *b)
{
    const struct access_place *one = a, *other = b;
    int order = number_order(one->number, other->number);
    return order ? order : number_order(one->line, other->line);
}

static int passwords_by_number(const void *a, const void *b)
{
    return number_order(((const struct access_password *)a)->number, ((const struct access_password *)b)->number);
}

static int keys_by_public(const void *a, const void *b)
{
    const struct access_key *one = a, *other = b;
    int order = memcmp(one->public_key, other->public_key, sizeof one->public_key);
    return order ? order : number_order(one->line, other->line);
}

static int tokens_by_hash(const void *a, const void *b)
{
    const struct access_token *one = a, *other = b;
    int order = memcmp(one->hash, other->hash, sizeof one->hash);
    return order ? order : number_order(one->line, other->line);
}

static int flaw_at(struct reading *reading, uint32_t line, const char *what)
{
    reading->line = line;
    reading->path[0] = '\0';
    return reading_flaw(reading, "%s", what);
}

/* ---- names ---- */

struct named {
    const char *name;
    uint32_t line;
};

static int by_name(const void *a, const void *b)
{
    const struct named *one = a, *other = b;
    int order = strcmp(one->name, other->name);
    return order ? order : number_order(one->line, other->line);
}

static int names_order(struct reading *reading)
{
    const struct access_file *file = reading->file;
    const struct access *access = &file->access;
    struct named *named = malloc((access->count + 1) * sizeof *named);
    if (!named)
        return -E_NO_MEMORY;
    for (uint32_t i = 0; i < access->count; i++)
        named[i] = (struct named){access->text + access->principal[i].name, file->place[i].line};
    qsort(named, access->count, sizeof named[0], by_name);
    int result = 0;
    for (uint32_t i = 1; i < access->count && result == 0; i++) {
        char what[160];
        snprintf(what, sizeof what, "the name %.64s stands a second time; give each principal its own", named[i].name);
        if (strcmp(named[i - 1].name, named[i].name) == 0)
            result = flaw_at(reading, named[i].line, what);
    }
    free(named);
    return result;
}

/* ---- numbers ---- */

static int numbers_order(struct reading *reading)
{
    const struct access_file *file = reading->file;
    char what[160];
    for (uint32_t i = 1; i < file->access.count; i++) {
        if (file->place[i - 1].number != file->place[i].number)
            continue;
        snprintf(what, sizeof what, "the number %u stands a second time; a number is given once, and never again",
                 file->place[i].number);
        return flaw_at(reading, file->place[i].line, what);
    }
    if (file->next_number == 0 || file->access.count == 0)
        return 0;
    const struct access_place *last = &file->place[file->access.count - 1];
    if (last->number < file->next_number)
        return 0;
    snprintf(what, sizeof what, "next_number is %u, but the number %u is given already; write %u", file->next_number,
             last->number, last->number + 1);
    return flaw_at(reading, file->next_place.line, what);
}

/* ---- keys, tokens, passwords ---- */

static int keys_order(struct reading *reading)
{
    const struct access_file *file = reading->file;
    for (uint32_t i = 1; i < file->key_count; i++) {
        if (memcmp(file->key[i - 1].public_key, file->key[i].public_key, sizeof file->key[i].public_key) == 0)
            return flaw_at(reading, file->key[i].line,
                           "this public key stands a second time; a key belongs to one principal");
    }
    for (uint32_t i = 1; i < file->token_count; i++) {
        if (memcmp(file->token[i - 1].hash, file->token[i].hash, sizeof file->token[i].hash) == 0)
            return flaw_at(reading, file->token[i].line,
                           "this token stands a second time; a token belongs to one principal");
    }
    return 0;
}

void access_file_sort(struct access_file *file)
{
    qsort(file->access.principal, file->access.count, sizeof file->access.principal[0], principals_by_number);
    qsort(file->place, file->access.count, sizeof file->place[0], places_by_number);
    qsort(file->key, file->key_count, sizeof file->key[0], keys_by_public);
    qsort(file->token, file->token_count, sizeof file->token[0], tokens_by_hash);
    qsort(file->password, file->password_count, sizeof file->password[0], passwords_by_number);
}

bool access_file_same(const struct access_file *a, const struct access_file *b)
{
    bool same = strcmp(a->access.hash, b->access.hash) == 0 && a->key_count == b->key_count &&
                a->token_count == b->token_count && a->password_count == b->password_count;
    for (uint32_t i = 0; same && i < a->key_count; i++) {
        const struct access_key *one = &a->key[i], *other = &b->key[i];
        same = memcmp(one->public_key, other->public_key, sizeof one->public_key) == 0 &&
               one->number == other->number && one->until_ms == other->until_ms && one->revoked == other->revoked;
    }
    for (uint32_t i = 0; same && i < a->token_count; i++) {
        const struct access_token *one = &a->token[i], *other = &b->token[i];
        same = memcmp(one->hash, other->hash, sizeof one->hash) == 0 && one->number == other->number &&
               one->until_ms == other->until_ms && one->revoked == other->revoked && strcmp(one->id, other->id) == 0;
    }
    for (uint32_t i = 0; same && i < a->password_count; i++)
        same = a->password[i].number == b->password[i].number && strcmp(a->password[i].hash, b->password[i].hash) == 0;
    return same;
}

int reading_order(struct reading *reading)
{
    int result = names_order(reading); /* while principals and places are in the order of the text */
    if (result < 0)
        return result;
    access_file_sort(reading->file);
    result = numbers_order(reading);
    return result == 0 ? keys_order(reading) : result;
}

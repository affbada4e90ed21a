/*
 * keys.c - who a client is: its keys as texts, from a file or from wherever the program keeps them.
 */
#include "clients/c/client.h"
#include "core/status.h"
#include "core/z85.h"
#include "io/key_file.h"

_Static_assert(sizeof(((struct manyi_keys *)0)->public_key) == BUS_KEY_BYTES / 4 * 5 + 1, "Z85 and an end");

static int keys_of(const char *path, struct manyi_keys *ret_keys, char why[KEY_FILE_MESSAGE_MAX])
{
    struct key_file file;
    int result = key_file_read(path, &file, why);
    if (result)
        return result;
    if (file.has_server) {
        z85_encode(file.public_key, BUS_KEY_BYTES, ret_keys->public_key);
        z85_encode(file.secret_key, BUS_KEY_BYTES, ret_keys->secret_key);
        z85_encode(file.server_key, BUS_KEY_BYTES, ret_keys->server_key);
    } else {
        client_copy(why, KEY_FILE_MESSAGE_MAX,
                    span_of("`server` is missing; a client's file, as `manyi key new` writes it, has it"));
        result = -E_BAD_KEY_FILE;
    }
    key_file_forget(&file);
    return result;
}

int manyi_read_keys(const char *path, struct manyi_keys *ret_keys, char *message, size_t size)
{
    char why[KEY_FILE_MESSAGE_MAX] = "";
    int result = keys_of(path, ret_keys, why);
    if (result && message && size > 0)
        client_copy(message, size, span_of(why));
    return result;
}

int manyi_use_keys(struct manyi *manyi, const struct manyi_keys *keys)
{
    struct bus_keys own;
    int result = 0;
    if (z85_decode(span_of(keys->public_key), own.public_key, BUS_KEY_BYTES) ||
        z85_decode(span_of(keys->secret_key), own.secret_key, BUS_KEY_BYTES) ||
        z85_decode(span_of(keys->server_key), own.server_key, BUS_KEY_BYTES))
        result = -E_BAD_KEY_FILE;
    if (result == 0)
        result = bus_use_keys(manyi->bus, &own);
    explicit_bzero(&own, sizeof own);
    return result;
}

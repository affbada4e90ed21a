/*
 * config.h - where Manyi runs: a handful of keys, each from the strongest place that names it.
 *
 *   defaults < /usr/lib/manyi/manyi.conf < /etc/manyi/manyi.conf < /etc/manyi/conf.d/<any>.conf (by name) < --config FILE
 *            < environment (MANYI_BASE_PORT) < flags (--base-port)
 *
 * Files are small YAML maps, read by libcyaml; unknown keys are refused. Every value is text until config_set checks
 * it, so that a file, the environment and a flag are held to the same rules. Business figures are no configuration:
 * they stand in the policy (core/policy.h).
 */
#ifndef MANYI_IO_CONFIG_H
#define MANYI_IO_CONFIG_H

#include "io/setup.h"

#define CONFIG_MESSAGE_MAX 384u
#define CONFIG_TEXT_MAX 200u
#define CONFIG_ORIGIN_MAX 240u
#define CONFIG_KEYS 15u
#define BASE_PORT_DEFAULT 7300

/* In the order of config_key(). */
struct config {
    char dir[CONFIG_TEXT_MAX];
    char host[CONFIG_TEXT_MAX];
    char policy[CONFIG_TEXT_MAX];                                    /* empty: the built-in default */
    char roster[CONFIG_TEXT_MAX];                                    /* empty: none */
    char access[CONFIG_TEXT_MAX];                                    /* empty: DIR/access.yaml, if there is one */
    char notices[CONFIG_TEXT_MAX];                                   /* empty: nobody is told */
    char keys[CONFIG_TEXT_MAX];                                      /* "auto", "always" */
    char key[CONFIG_TEXT_MAX];                                       /* of a client; empty: none */
    char tls_certificate[CONFIG_TEXT_MAX], tls_key[CONFIG_TEXT_MAX]; /* empty: HTTP without TLS */
    char behind_proxy[CONFIG_TEXT_MAX];                              /* true or false */
    uint64_t base_port;
    uint64_t volume_bytes;
    uint64_t identity_window;
    uint64_t disk_reserve_bytes;
    char origin[CONFIG_KEYS][CONFIG_ORIGIN_MAX]; /* "default", "/etc/manyi/manyi.conf:3", "MANYI_DIR", "--dir" */
};

struct config_key {
    const char *name; /* "base_port" */
    const char *initial;
    const char *doc;
    size_t offset;        /* into struct config */
    bool number;          /* uint64_t, else char[CONFIG_TEXT_MAX] */
    uint64_t least, most; /* of a number */
};

const struct config_key *config_key(uint32_t index); /* index < CONFIG_KEYS */

void config_defaults(struct config *config);

/* One value. Sizes may end in KiB, MiB or GiB. -E_BAD_CONFIG: message names origin, key and what is allowed; config is
 * unchanged then. */
int config_set(struct config *config, const char *key, const char *text, const char *origin,
               char message[CONFIG_MESSAGE_MAX]);

/* A YAML document; origin is its path. -E_BAD_CONFIG: message names path and line. */
int config_read_document(struct config *config, struct span document, const char *origin,
                         char message[CONFIG_MESSAGE_MAX]);

/* Defaults, files and environment; flags are the caller's to set afterwards. file: of --config, or NULL; it must exist. */
int config_load(struct config *config, const char *file, char message[CONFIG_MESSAGE_MAX]);

/* A key's value as text, for `config show`. */
void config_text(const struct config *config, uint32_t index, char text[CONFIG_TEXT_MAX]);

/* Fills everything of setup but bus, clock and accept_time. one_process: the inner endpoints are inproc, else ipc in
 * DIR/run. -E_BAD_CONFIG when a path is too long for a socket. */
int config_setup(const struct config *config, bool one_process, struct setup *ret_setup,
                 char message[CONFIG_MESSAGE_MAX]);

/* Where the access file is, or would be: what `access` says, or DIR/access.yaml. */
void config_access_path(const struct config *config, char ret_path[ENDPOINT_MAX]);

/* Where the notifier or the gateway answers PING: a socket in DIR/run. "" when its path would be too long. */
void config_ping_endpoint(const struct config *config, const char *role, char ret_endpoint[ENDPOINT_MAX]);

bool config_is_keyed(const struct config *config);

/* Before it is listened on. -E_KEYS_NEEDED: others reach it, and nobody would have to say who they are; message has the line to
 * write. */
int config_keys_check(const struct config *config, char message[CONFIG_MESSAGE_MAX]);

/* "tcp://127.0.0.1:7301" for base port + offset. */
void config_endpoint(const struct config *config, uint32_t offset, char ret_endpoint[ENDPOINT_MAX]);

#endif

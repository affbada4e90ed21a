/*
 * config.c - where Manyi runs: a handful of keys, each from the strongest place that names it.
 */
#include "io/config.h"

#include "core/ensure.h"
#include "core/limits.h"
#include "core/status.h"
#include "io/host.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define KEY_TEXT(key, initial_text, text)                                                          \
    {                                                                                              \
        .name = #key, .initial = initial_text, .doc = text, .offset = offsetof(struct config, key) \
    }
#define KEY_NUMBER(key, initial_text, low, high, text)                                                              \
    {                                                                                                               \
        .name = #key, .initial = initial_text, .doc = text, .offset = offsetof(struct config, key), .number = true, \
        .least = (low), .most = (high)                                                                              \
    }

static const struct config_key keys[CONFIG_KEYS] = {
    KEY_TEXT(dir, "/var/lib/manyi", "data directory; made with mode 0750"),
    KEY_TEXT(host, "127.0.0.1", "address to listen on, and to ask"),
    KEY_TEXT(policy, "", "rulebook proposed to an empty journal; empty: the built-in default"),
    KEY_TEXT(roster, "", "roster proposed to an empty journal; empty: none, roles stand for their people"),
    KEY_TEXT(access, "", "who may do what, and their keys; empty: DIR/access.yaml if there is one, else everybody may"),
    KEY_TEXT(notices, "", "how people are told: mail, webhooks, robots; empty: nobody is told"),
    KEY_TEXT(keys, "auto", "who needs a key: always, everybody; auto, nobody, and then only loopback is listened on"),
    KEY_TEXT(key, "", "this client's key file, as `manyi key new` wrote it; empty: it connects without"),
    KEY_TEXT(tls_certificate, "", "certificate of the gateway, PEM; empty: HTTP without TLS"),
    KEY_TEXT(tls_key, "", "its private key, PEM"),
    KEY_TEXT(behind_proxy, "false",
             "true: a proxy on this machine speaks TLS for the gateway, which listens on 127.0.0.1"),
    KEY_NUMBER(base_port, "7300", 1, 65000, "first of six ports: 7300 is HTTP, 7301 intake"),
    KEY_NUMBER(volume_bytes, "8GiB", 16 * MIB, 48 * GIB, "a new journal volume begins after this"),
    KEY_NUMBER(identity_window, "2000000", 1000, 100000000, "newest events that a repeat is recognised among"),
    KEY_NUMBER(disk_reserve_bytes, "512MiB", 0, 1024 * GIB, "events are refused below this much free disk"),
};

const struct config_key *config_key(uint32_t index)
{
    ensure(index < CONFIG_KEYS);
    return &keys[index];
}

static char *text_of(struct config *config, const struct config_key *key)
{
    return (char *)config + key->offset;
}

static uint64_t *number_of(struct config *config, const struct config_key *key)
{
    return (uint64_t *)(void *)((char *)config + key->offset);
}

/* "8GiB" to bytes. */
static int number_parse(const char *text, uint64_t *ret_number)
{
    static const struct {
        const char *name;
        uint64_t bytes;
    } units[] = {{"", 1}, {"KiB", KIB}, {"MiB", MIB}, {"GiB", GIB}};
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || errno != 0)
        return -E_BAD_CONFIG;
    end += *end == ' ';
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(end, units[i].name) == 0 && number <= UINT64_MAX / units[i].bytes) {
            *ret_number = number * units[i].bytes;
            return 0;
        }
    }
    return -E_BAD_CONFIG;
}

int config_set(struct config *config, const char *name, const char *text, const char *origin,
               char message[CONFIG_MESSAGE_MAX])
{
    uint32_t index = 0;
    while (index < CONFIG_KEYS && strcmp(keys[index].name, name) != 0)
        index++;
    ensure(index < CONFIG_KEYS);
    const struct config_key *key = &keys[index];
    if (key->number) {
        uint64_t number = 0;
        if (number_parse(text, &number) < 0 || number < key->least || number > key->most) {
            snprintf(message, CONFIG_MESSAGE_MAX, "%.200s: %s is \"%.40s\"; use a whole number from %llu to %llu",
                     origin, name, text, (unsigned long long)key->least, (unsigned long long)key->most);
            return -E_BAD_CONFIG;
        }
        *number_of(config, key) = number;
    } else {
        bool may_be_empty = key->initial[0] == '\0';
        if (strlen(text) >= CONFIG_TEXT_MAX || (text[0] == '\0' && !may_be_empty)) {
            snprintf(message, CONFIG_MESSAGE_MAX, "%.200s: %s is %s", origin, name,
                     text[0] ? "longer than 199 bytes" : "empty");
            return -E_BAD_CONFIG;
        }
        if (strcmp(name, "keys") == 0 && strcmp(text, "auto") != 0 && strcmp(text, "always") != 0) {
            snprintf(message, CONFIG_MESSAGE_MAX, "%.200s: keys is \"%.40s\"; use auto or always", origin, text);
            return -E_BAD_CONFIG;
        }
        snprintf(text_of(config, key), CONFIG_TEXT_MAX, "%s", text);
    }
    snprintf(config->origin[index], CONFIG_ORIGIN_MAX, "%s", origin);
    return 0;
}

void config_defaults(struct config *config)
{
    memset(config, 0, sizeof *config);
    char message[CONFIG_MESSAGE_MAX];
    for (uint32_t i = 0; i < CONFIG_KEYS; i++) {
        int result = config_set(config, keys[i].name, keys[i].initial, "default", message);
        ensure(result == 0);
    }
}

void config_text(const struct config *config, uint32_t index, char text[CONFIG_TEXT_MAX])
{
    ensure(index < CONFIG_KEYS);
    const struct config_key *key = &keys[index];
    const char *at = (const char *)config + key->offset;
    if (key->number) {
        uint64_t number;
        memcpy(&number, at, sizeof number);
        snprintf(text, CONFIG_TEXT_MAX, "%llu", (unsigned long long)number);
    } else {
        snprintf(text, CONFIG_TEXT_MAX, "%s", at);
    }
}

void config_endpoint(const struct config *config, uint32_t offset, char ret_endpoint[ENDPOINT_MAX])
{
    bool bare_ipv6 = strchr(config->host, ':') && config->host[0] != '[';
    snprintf(ret_endpoint, ENDPOINT_MAX, bare_ipv6 ? "tcp://[%s]:%u" : "tcp://%s:%u", config->host,
             (unsigned)config->base_port + offset);
}

void config_access_path(const struct config *config, char ret_path[ENDPOINT_MAX])
{
    if (config->access[0])
        snprintf(ret_path, ENDPOINT_MAX, "%s", config->access);
    else
        snprintf(ret_path, ENDPOINT_MAX, "%s/access.yaml", config->dir);
}

bool config_is_keyed(const struct config *config)
{
    return strcmp(config->keys, "always") == 0;
}

int config_keys_check(const struct config *config, char message[CONFIG_MESSAGE_MAX])
{
    if (config_is_keyed(config) || host_is_loopback(config->host))
        return 0;
    snprintf(message, CONFIG_MESSAGE_MAX,
             "%.100s would be open to everybody who reaches it. Write `keys: always` into the configuration, or set "
             "MANYI_KEYS=always",
             config->host);
    return -E_KEYS_NEEDED;
}

/* A file that is named must be there, and where keys are asked for, too; else the one in the data directory may lack. */
static void access_setup(const struct config *config, struct setup *setup)
{
    char path[ENDPOINT_MAX];
    config_access_path(config, path);
    setup->keyed = config_is_keyed(config);
    if (setup->keyed || config->access[0] || access(path, F_OK) == 0)
        snprintf(setup->access_path, sizeof setup->access_path, "%s", path);
}

/* Inner endpoints: a Unix socket's path has to fit into 107 bytes. */
static int inner_endpoint(const struct config *config, bool one_process, const char *role,
                          char ret_endpoint[ENDPOINT_MAX], char *message)
{
    if (one_process) {
        snprintf(ret_endpoint, ENDPOINT_MAX, "inproc://%s", role);
        return 0;
    }
    int len = snprintf(ret_endpoint, ENDPOINT_MAX, "ipc://%s/run/%s.sock", config->dir, role);
    if (len > 6 + 107) {
        snprintf(message, CONFIG_MESSAGE_MAX,
                 "%.200s: dir is too long for the sockets of its roles; use at most 83 bytes", config->origin[0]);
        return -E_BAD_CONFIG;
    }
    return 0;
}

void config_ping_endpoint(const struct config *config, const char *role, char ret_endpoint[ENDPOINT_MAX])
{
    int len = snprintf(ret_endpoint, ENDPOINT_MAX, "ipc://%s/run/%s.sock", config->dir, role);
    if (len > 6 + 107)
        ret_endpoint[0] = '\0';
}

static int gateway_setup(const struct config *config, struct setup *setup, char *message)
{
    if ((config->tls_certificate[0] != '\0') != (config->tls_key[0] != '\0')) {
        snprintf(message, CONFIG_MESSAGE_MAX, "tls_certificate and tls_key belong together; one of them is empty");
        return -E_BAD_CONFIG;
    }
    if (strcmp(config->behind_proxy, "true") != 0 && strcmp(config->behind_proxy, "false") != 0) {
        snprintf(message, CONFIG_MESSAGE_MAX, "behind_proxy is \"%.40s\"; use true or false", config->behind_proxy);
        return -E_BAD_CONFIG;
    }
    bool behind_proxy = strcmp(config->behind_proxy, "true") == 0;
    snprintf(setup->http_host, sizeof setup->http_host, "%s", behind_proxy ? "127.0.0.1" : config->host);
    setup->http_port = (uint16_t)config->base_port;
    snprintf(setup->tls_certificate_path, sizeof setup->tls_certificate_path, "%s", config->tls_certificate);
    snprintf(setup->tls_key_path, sizeof setup->tls_key_path, "%s", config->tls_key);
    setup->behind_proxy = behind_proxy;
    return 0;
}

int config_setup(const struct config *config, bool one_process, struct setup *ret_setup,
                 char message[CONFIG_MESSAGE_MAX])
{
    struct setup setup = {
        .volume_bytes = config->volume_bytes,
        .identity_window = (uint32_t)config->identity_window,
        .disk_reserve_bytes = config->disk_reserve_bytes,
    };
    snprintf(setup.dir, sizeof setup.dir, "%s", config->dir);
    snprintf(setup.policy_path, sizeof setup.policy_path, "%s", config->policy);
    snprintf(setup.roster_path, sizeof setup.roster_path, "%s", config->roster);
    snprintf(setup.notices_path, sizeof setup.notices_path, "%s", config->notices);
    config_ping_endpoint(config, "notifier", setup.notifier_endpoint);
    config_ping_endpoint(config, "gateway", setup.gateway_endpoint);
    access_setup(config, &setup);
    int result = gateway_setup(config, &setup, message);
    if (result < 0)
        return result;
    config_endpoint(config, 1, setup.intake_endpoint);
    config_endpoint(config, 2, setup.feed_endpoint);
    config_endpoint(config, 3, setup.query_endpoint);
    config_endpoint(config, 4, setup.publish_endpoint);
    config_endpoint(config, 5, setup.replay_endpoint);
    result = inner_endpoint(config, one_process, "intake", setup.intake_inner_endpoint, message);
    if (result == 0)
        result = inner_endpoint(config, one_process, "feed", setup.feed_inner_endpoint, message);
    if (result == 0)
        result = inner_endpoint(config, one_process, "intake-trusted", setup.intake_trusted_endpoint, message);
    if (result == 0)
        result = inner_endpoint(config, one_process, "query-trusted", setup.query_trusted_endpoint, message);
    if (result == 0)
        result = inner_endpoint(config, one_process, "replay-trusted", setup.replay_trusted_endpoint, message);
    if (result == 0)
        *ret_setup = setup;
    return result;
}

/*
 * config_file.c - configuration from files (YAML by libcyaml) and from the environment.
 */
#include "io/config.h"

#include "core/status.h"
#include "io/file.h"

#include <cyaml/cyaml.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX (64u * 1024u)
#define FILES_MAX 64u

/* The document as libcyaml fills it: a text each, NULL when absent, in the order of config_key(). */
struct document {
    char *text[CONFIG_KEYS];
};

static cyaml_schema_field_t text_field(uint32_t index)
{
    return (cyaml_schema_field_t){
        .key = config_key(index)->name,
        .value = {.type = CYAML_STRING,
                  .flags = CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                  .data_size = sizeof(char),
                  .string = {.min = 0, .max = CYAML_UNLIMITED}},
        .data_offset = (uint32_t)(offsetof(struct document, text) + index * sizeof(char *)),
    };
}

/* What libcyaml said: its first line names the fault, its back-trace the line. */
struct complaint_text {
    char said[200];
    unsigned line;
};

static void listen_to_cyaml(cyaml_log_t level, void *context, const char *format, va_list arguments)
{
    (void)level;
    struct complaint_text *heard = context;
    char line[256];
    vsnprintf(line, sizeof line, format, arguments);
    const char *position = strstr(line, "(line: ");
    if (position && heard->line == 0)
        heard->line = (unsigned)strtoul(position + 7, NULL, 10);
    if (heard->said[0] == '\0') {
        const char *text = strncmp(line, "Load: ", 6) == 0 ? line + 6 : line;
        snprintf(heard->said, sizeof heard->said, "%.*s", (int)strcspn(text, "\n"), text);
    }
}

/* The line on which a top-level key stands; 0 when it can't be found. */
static unsigned line_of(struct span document, const char *key)
{
    unsigned line = 1;
    size_t key_len = strlen(key);
    for (size_t at = 0; at < document.len; line++) {
        const uint8_t *text = document.at + at;
        size_t left = document.len - at;
        if (left > key_len && memcmp(text, key, key_len) == 0 && text[key_len] == ':')
            return line;
        const uint8_t *end = memchr(text, '\n', left);
        at = end ? (size_t)(end - document.at) + 1 : document.len;
    }
    return 0;
}

static bool document_is_blank(struct span document)
{
    bool comment = false;
    for (size_t i = 0; i < document.len; i++) {
        uint8_t c = document.at[i];
        comment = c == '#' || (comment && c != '\n');
        if (!comment && c != ' ' && c != '\t' && c != '\n' && c != '\r')
            return false;
    }
    return true;
}

/* FILE:LINE, or the file alone when no line is to blame. */
static void place_write(char place[CONFIG_ORIGIN_MAX], const char *origin, unsigned line)
{
    int len = snprintf(place, CONFIG_ORIGIN_MAX, "%.200s", origin);
    if (line > 0)
        snprintf(place + len, CONFIG_ORIGIN_MAX - (size_t)len, ":%u", line);
}

int config_read_document(struct config *config, struct span document, const char *origin,
                         char message[CONFIG_MESSAGE_MAX])
{
    if (document_is_blank(document))
        return 0; /* a file of comments is in order; libcyaml would miss a map */
    cyaml_schema_field_t fields[CONFIG_KEYS + 1] = {0};
    for (uint32_t i = 0; i < CONFIG_KEYS; i++)
        fields[i] = text_field(i);
    const cyaml_schema_value_t schema = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct document, fields)};
    struct complaint_text heard = {.line = 0};
    const cyaml_config_t cyaml = {
        .log_fn = listen_to_cyaml, .log_ctx = &heard, .mem_fn = cyaml_mem, .log_level = CYAML_LOG_ERROR};
    struct document *read = NULL;
    cyaml_err_t error = cyaml_load_data(document.at, document.len, &cyaml, &schema, (cyaml_data_t **)&read, NULL);
    if (error != CYAML_OK) {
        const char *key = strstr(heard.said, "key: "); /* it tells where the map begins, not where the key stands */
        if (key && line_of(document, key + 5))
            heard.line = line_of(document, key + 5);
        char place[CONFIG_ORIGIN_MAX];
        place_write(place, origin, heard.line);
        snprintf(message, CONFIG_MESSAGE_MAX, "%.140s: %.200s", place,
                 heard.said[0] ? heard.said : cyaml_strerror(error));
        return -E_BAD_CONFIG;
    }
    if (!read)
        return 0; /* a byte order mark and nothing else, as some editors save an empty file */
    int result = 0;
    struct config changed = *config; /* all of a file or nothing */
    for (uint32_t i = 0; i < CONFIG_KEYS && result == 0; i++) {
        char place[CONFIG_ORIGIN_MAX];
        place_write(place, origin, line_of(document, config_key(i)->name));
        if (read->text[i])
            result = config_set(&changed, config_key(i)->name, read->text[i], place, message);
    }
    cyaml_free(&cyaml, &schema, read, 0);
    if (result == 0)
        *config = changed;
    return result;
}

static int file_read_into(struct config *config, const char *path, bool must_exist, char *message)
{
    uint8_t *bytes = NULL;
    size_t len = 0;
    int result = file_read(path, FILE_MAX, &bytes, &len);
    if (result == -E_NO_INPUT_FILE && !must_exist)
        return 0;
    if (result < 0) {
        snprintf(message, CONFIG_MESSAGE_MAX, "%.200s: %s", path,
                 result == -E_TOO_LARGE ? "larger than 64 KiB" : strerror(errno));
        return result == -E_NO_INPUT_FILE ? result : -E_BAD_CONFIG;
    }
    result = config_read_document(config, span_make(bytes, len), path, message);
    free(bytes);
    return result;
}

static int is_conf(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".conf") == 0;
}

static int folder_read(struct config *config, const char *folder, char *message)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_conf, alphasort);
    int result = 0;
    for (int i = 0; i < count; i++) {
        char path[CONFIG_ORIGIN_MAX + 256];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (result == 0)
            result = file_read_into(config, path, true, message);
        free(entries[i]);
    }
    free(entries);
    return result;
}

/* MANYI_BASE_PORT for base_port. */
static int environment_read(struct config *config, char *message)
{
    for (uint32_t i = 0; i < CONFIG_KEYS; i++) {
        char name[64] = "MANYI_";
        size_t len = strlen(name);
        for (const char *from = config_key(i)->name; *from; from++)
            name[len++] = (char)(*from >= 'a' && *from <= 'z' ? *from - 'a' + 'A' : *from);
        name[len] = '\0';
        const char *text = getenv(name);
        if (text && config_set(config, config_key(i)->name, text, name, message) < 0)
            return -E_BAD_CONFIG;
    }
    return 0;
}

int config_load(struct config *config, const char *file, char message[CONFIG_MESSAGE_MAX])
{
    config_defaults(config);
    int result = file_read_into(config, "/usr/lib/manyi/manyi.conf", false, message);
    if (result == 0)
        result = file_read_into(config, "/etc/manyi/manyi.conf", false, message);
    if (result == 0)
        result = folder_read(config, "/etc/manyi/conf.d", message);
    if (result == 0 && file)
        result = file_read_into(config, file, true, message);
    if (result == 0)
        result = environment_read(config, message);
    return result;
}

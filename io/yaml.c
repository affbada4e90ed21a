/* yaml.c - loads a document of a shape, and tells in one sentence why it has not that shape. */
#include "io/yaml.h"

#include "core/ensure.h"
#include "core/status.h"
#include "io/policy_document.h"
#include "io/yaml_look.h"

#include <stdio.h>

/* libcyaml tells the cause first, then where it was, innermost first; its line is that of the value before. */
struct refusal {
    char cause[160];
    char path[128]; /* "ladder[1]" */
    unsigned line;
};

static void keep_place(struct refusal *refusal, const char *place)
{
    char outer[sizeof refusal->path];
    char step[80] = "";
    unsigned entry = 0;
    const char *marks = strstr(place, "(line: ");
    if (sscanf(place, "  in mapping field '%79[^']'", step) == 1)
        snprintf(outer, sizeof outer, "%.79s%s%.40s", step, refusal->path[0] && refusal->path[0] != '[' ? "." : "",
                 refusal->path);
    else if (sscanf(place, "  in sequence entry '%u'", &entry) == 1 && entry > 0)
        snprintf(outer, sizeof outer, "[%u]%s%.80s", entry - 1, refusal->path[0] ? "." : "", refusal->path);
    else
        snprintf(outer, sizeof outer, "%s", refusal->path);
    memcpy(refusal->path, outer, sizeof outer);
    if (refusal->line == 0 && marks)
        sscanf(marks, "(line: %u", &refusal->line);
}

static void keep_message(cyaml_log_t level, void *context, const char *format, va_list arguments)
{
    (void)level;
    struct refusal *refusal = context;
    char text[sizeof refusal->cause];
    vsnprintf(text, sizeof text, format, arguments);
    size_t len = strcspn(text, "\n");
    while (len == sizeof text - 1 || (len > sizeof text - 5 && (text[len - 1] & 0x80)))
        len--; /* it was cut: not within a character */
    text[len] = '\0';
    const char *said = strncmp(text, "Load: ", 6) == 0 ? text + 6 : text;
    if (strncmp(said, "  in ", 5) == 0)
        keep_place(refusal, said);
    else if (refusal->cause[0] == '\0' && strncmp(said, "Backtrace", 9) != 0)
        memcpy(refusal->cause, said, strlen(said) + 1);
}

/* libcyaml tells what is missing when it has read the last key beside it, and calls that the place. */
static void mend_missing(struct refusal *refusal)
{
    static const char missing[] = "Missing required mapping field: ";
    if (strncmp(refusal->cause, missing, sizeof missing - 1) != 0)
        return;
    char key[sizeof refusal->cause];
    snprintf(key, sizeof key, "%.80s is missing", refusal->cause + sizeof missing - 1);
    memcpy(refusal->cause, key, sizeof key);
    char *last = strrchr(refusal->path, '.');
    *(last ? last : refusal->path) = '\0';
}

/* "line 3: Unexpected key: respnse in clocks.general". An unknown key can be found, so its own line is told. */
static void tell_refusal(const struct refusal *refusal, cyaml_err_t result, struct span text,
                         char message[YAML_MESSAGE_MAX])
{
    static const char unexpected[] = "Unexpected key: ";
    unsigned line = refusal->line;
    if (strncmp(refusal->cause, unexpected, sizeof unexpected - 1) == 0) {
        char path[sizeof refusal->path + sizeof refusal->cause];
        snprintf(path, sizeof path, "%s%s%s", refusal->path, refusal->path[0] ? "." : "",
                 refusal->cause + sizeof unexpected - 1);
        unsigned found = document_line(text, path);
        line = found > 0 ? found : line;
    }
    int len = line > 0 ? snprintf(message, YAML_MESSAGE_MAX, "line %u: ", line) : 0;
    snprintf(message + len, YAML_MESSAGE_MAX - (size_t)len, "%s%s%.70s",
             refusal->cause[0] ? refusal->cause : cyaml_strerror(result), refusal->path[0] ? " in " : "",
             refusal->path);
}

static cyaml_config_t config_of(struct refusal *refusal)
{
    return (cyaml_config_t){
        .log_fn = keep_message,
        .log_ctx = refusal,
        .mem_fn = cyaml_mem,
        .log_level = CYAML_LOG_ERROR,
        .flags = CYAML_CFG_NO_ALIAS,
    };
}

int yaml_load(const cyaml_schema_value_t *shape, struct span text, void **ret_document, char message[YAML_MESSAGE_MAX])
{
    unsigned unreadable = 0;
    int seen = yaml_look(text, &unreadable, message);
    if (seen < 0)
        return seen;
    struct refusal refusal = {0};
    cyaml_config_t config = config_of(&refusal);
    cyaml_data_t *loaded = NULL;
    cyaml_err_t result = cyaml_load_data(text.at, text.len, &config, shape, &loaded, NULL);
    if (result == CYAML_ERR_OOM)
        return -E_NO_MEMORY;
    if (result != CYAML_OK) {
        mend_missing(&refusal);
        if (unreadable && strncmp(refusal.cause, "libyaml: ", 9) == 0) /* it may have stopped before */
            refusal.line = unreadable;
        tell_refusal(&refusal, result, text, message);
        return -E_BAD_FORMAT;
    }
    if (!loaded) {
        snprintf(message, YAML_MESSAGE_MAX, "the document is empty; give at least a name");
        return -E_BAD_FORMAT;
    }
    *ret_document = loaded;
    return 0;
}

void yaml_free(const cyaml_schema_value_t *shape, void *document)
{
    struct refusal refusal = {0};
    cyaml_config_t config = config_of(&refusal);
    cyaml_free(&config, shape, document, 0);
}

int yaml_save(const cyaml_schema_value_t *shape, const void *document, char *buffer, size_t size, size_t *ret_len)
{
    struct refusal refusal = {0};
    cyaml_config_t config = config_of(&refusal);
    char *text = NULL;
    size_t len = 0;
    cyaml_err_t result = cyaml_save_data(&text, &len, &config, shape, document, 0);
    if (result == CYAML_ERR_OOM)
        return -E_NO_MEMORY;
    ensure(result == CYAML_OK);
    int rc = len <= size ? 0 : -E_NO_ROOM;
    if (rc == 0) {
        memcpy(buffer, text, len);
        *ret_len = len;
    }
    cyaml_mem(NULL, text, 0);
    return rc;
}

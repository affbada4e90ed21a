/* story_content.c - a rulebook or a roster from a file or written into the story, complete as it would be journaled. */
#include "cli/story.h"

#include "core/calendar.h"
#include "core/roster.h"
#include "core/status.h"
#include "io/file.h"
#include "io/policy_file.h"
#include "io/roster_file.h"

#include <errno.h>
#include <stdlib.h>

#define CONTENT_BYTES (SYSTEM_EVENT_MAX / 2)

/* The text as it was written: of a path, or of the keys right here, with the lines that they have in the file. */
static int source_read(struct story *story, yaml_node_t *node, char ret_path[1024], uint8_t **ret_bytes,
                       size_t *ret_len)
{
    char *text = NULL;
    ret_path[0] = '\0';
    if (node->type == YAML_MAPPING_NODE) {
        int result = yaml_source(story->file, node, &text, ret_len);
        *ret_bytes = (uint8_t *)text;
        return result;
    }
    const char *name = yaml_text(node);
    if (!name)
        return yaml_refuse(story->file, node, "a path belongs here, or the document's own keys");
    const char *slash = name[0] == '/' ? NULL : strrchr(story->file->path, '/');
    snprintf(ret_path, 1024, "%.*s%s", slash ? (int)(slash + 1 - story->file->path) : 0, story->file->path, name);
    if (file_read(ret_path, SYSTEM_EVENT_MAX, ret_bytes, ret_len) < 0)
        return yaml_refuse(story->file, node, "%.200s: %s", ret_path, strerror(errno));
    return 0;
}

static int content_blame(struct story *story, yaml_node_t *node, const char *path, const char *message)
{
    if (path[0])
        return yaml_refuse(story->file, node, "%.200s: %s", path, message);
    snprintf(story->file->message, sizeof story->file->message, "%.200s: %s", story->file->path, message);
    return -E_BAD_INPUT_FILE;
}

int story_policy_read(struct story *story, yaml_node_t *node, struct policy *ret_policy)
{
    char path[1024], message[POLICY_MESSAGE_MAX];
    uint8_t *bytes = NULL;
    size_t len;
    int result = source_read(story, node, path, &bytes, &len);
    if (result == 0 && policy_parse(span_make(bytes, len), ret_policy, message) < 0)
        result = content_blame(story, node, path, message);
    free(bytes);
    return result;
}

static int policy_content(struct story *story, yaml_node_t *node, struct story_content *content)
{
    struct policy *policy = malloc(sizeof *policy);
    int result = policy ? story_policy_read(story, node, policy) : -E_NO_MEMORY;
    if (result == 0)
        result = policy_render(policy, content->bytes, CONTENT_BYTES, &content->len, content->hash);
    free(policy);
    return result;
}

static int roster_content(struct story *story, yaml_node_t *node, struct story_content *content)
{
    char path[1024], message[ROSTER_MESSAGE_MAX];
    uint8_t *bytes = NULL;
    size_t len;
    struct roster *roster = malloc(sizeof *roster);
    int result = roster ? source_read(story, node, path, &bytes, &len) : -E_NO_MEMORY;
    if (result == 0)
        result = roster_parse(span_make(bytes, len), roster, message);
    if (result == -E_BAD_ROSTER)
        result = content_blame(story, node, path, message);
    if (result == 0)
        result = roster_render(roster, content->bytes, CONTENT_BYTES, &content->len, content->hash);
    free(bytes);
    free(roster);
    return result;
}

int story_content_read(struct story *story, yaml_node_t *node, enum event_type type, struct story_content *ret_content)
{
    struct story_content content = {.bytes = malloc(CONTENT_BYTES)};
    int result = !content.bytes                 ? -E_NO_MEMORY
                 : type == EVENT_roster_changed ? roster_content(story, node, &content)
                                                : policy_content(story, node, &content);
    if (result < 0) {
        free(content.bytes);
        return result;
    }
    *ret_content = content;
    return 0;
}

void story_content_write(const struct story_content *content, const char *by, struct wire_writer *writer)
{
    struct adopted adopted = {.has = 0};
    SET(&adopted, adopted, by, span_of(by));
    SET(&adopted, adopted, content, span_make(content->bytes, content->len));
    SET(&adopted, adopted, hash, span_of(content->hash));
    record_encode(&record_of_adopted, &adopted, ENCODE_EVENT, writer);
}

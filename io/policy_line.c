/* policy_line.c - finds the line of a value, so that a message about its meaning can point at it. */
#include "io/policy_document.h"

#include <stdio.h>
#include <yaml.h>

#define DEPTH_MAX 16u
#define PATH_MAX_BYTES 256u

/* Where the walk stands: one frame for each open mapping or list. */
struct frame {
    bool list;
    bool key_read;   /* a mapping's next node is the value of the key that path ends with */
    uint32_t index;  /* of a list's next item */
    size_t path_len; /* of the container itself */
};

struct walk {
    char path[PATH_MAX_BYTES];
    struct frame frames[DEPTH_MAX];
    uint32_t depth;
};

/* Extends the path to the node that begins here; false when the node is a mapping's key. */
static bool node_begins(struct walk *walk, const yaml_event_t *event)
{
    if (walk->depth == 0)
        return true;
    struct frame *frame = &walk->frames[walk->depth - 1];
    char *end = walk->path + frame->path_len;
    size_t room = sizeof walk->path - frame->path_len;
    if (frame->list) {
        snprintf(end, room, "[%u]", frame->index++);
        return true;
    }
    if (frame->key_read) {
        frame->key_read = false;
        return true;
    }
    if (event->type == YAML_SCALAR_EVENT)
        snprintf(end, room, "%s%s", frame->path_len > 0 ? "." : "", (const char *)event->data.scalar.value);
    frame->key_read = true;
    return false;
}

static bool container_begins(struct walk *walk, bool list)
{
    if (walk->depth == DEPTH_MAX)
        return false;
    walk->frames[walk->depth++] = (struct frame){.list = list, .path_len = strlen(walk->path)};
    return true;
}

/* One event of the walk; false ends it. *ret_line is set when the wanted value begins here. */
static bool walk_event(struct walk *walk, const yaml_event_t *event, const char *wanted, uint32_t *ret_line)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
    case YAML_ALIAS_EVENT:
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT:
        if (node_begins(walk, event) && strcmp(walk->path, wanted) == 0) {
            *ret_line = (uint32_t)event->start_mark.line + 1;
            return false;
        }
        if (event->type == YAML_MAPPING_START_EVENT || event->type == YAML_SEQUENCE_START_EVENT)
            return container_begins(walk, event->type == YAML_SEQUENCE_START_EVENT);
        return true;
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        walk->depth--;
        walk->path[walk->frames[walk->depth].path_len] = '\0';
        return true;
    default:
        return event->type != YAML_STREAM_END_EVENT;
    }
}

uint32_t document_line(struct span text, const char *path)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return 0;
    yaml_parser_set_input_string(&parser, text.at, text.len);
    struct walk walk = {0};
    uint32_t line = 0;
    bool going = true;
    while (going) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event))
            break;
        going = walk_event(&walk, &event, path, &line);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return line;
}

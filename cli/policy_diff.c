/*
 * policy_diff.c - which figures differ between two rulebooks, by the keys that lead to them.
 *
 * A document is flattened into figures, "grades.urgent.response" and the like; an item of a sequence is named by its
 * number, from 1. libyaml, which libcyaml stands on, reads it.
 */
#include "cli/policy_diff.h"

#include "core/status.h"
#include "io/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

#define FIGURES_MAX 4096u
#define PATH_MAX_BYTES 240u
#define LEVELS_MAX 12u

struct figure {
    char path[PATH_MAX_BYTES];
    char value[160];
};

struct figures {
    struct figure figure[FIGURES_MAX];
    uint32_t count;
};

/* Where the parser stands: a path that grows and shrinks. */
struct walk {
    char path[PATH_MAX_BYTES];
    size_t len[LEVELS_MAX]; /* of path when the level began */
    bool sequence[LEVELS_MAX];
    bool value_next[LEVELS_MAX]; /* of a map: its key has been read */
    uint32_t item[LEVELS_MAX];
    uint32_t depth;
};

static void path_add(struct walk *walk, const char *name)
{
    size_t len = strlen(walk->path);
    snprintf(walk->path + len, PATH_MAX_BYTES - len, "%s%.80s", len ? "." : "", name);
}

static void path_end(struct walk *walk)
{
    if (walk->depth == 0)
        return;
    walk->path[walk->len[walk->depth - 1]] = '\0';
    walk->value_next[walk->depth - 1] = false;
}

/* A sequence's next item is named by its number. */
static void item_begin(struct walk *walk)
{
    if (walk->depth > 0 && walk->sequence[walk->depth - 1]) {
        char number[16];
        snprintf(number, sizeof number, "%u", ++walk->item[walk->depth - 1]);
        path_add(walk, number);
    }
}

static int level_begin(struct walk *walk, bool sequence)
{
    item_begin(walk);
    if (walk->depth == LEVELS_MAX)
        return -E_BAD_POLICY;
    walk->len[walk->depth] = strlen(walk->path);
    walk->sequence[walk->depth] = sequence;
    walk->value_next[walk->depth] = false;
    walk->item[walk->depth] = 0;
    walk->depth++;
    return 0;
}

static int scalar_take(struct walk *walk, struct figures *figures, const char *text)
{
    bool in_map = walk->depth > 0 && !walk->sequence[walk->depth - 1];
    if (in_map && !walk->value_next[walk->depth - 1]) {
        path_add(walk, text);
        walk->value_next[walk->depth - 1] = true;
        return 0;
    }
    item_begin(walk);
    if (figures->count == FIGURES_MAX)
        return -E_BAD_POLICY;
    struct figure *figure = &figures->figure[figures->count++];
    snprintf(figure->path, sizeof figure->path, "%s", walk->path);
    snprintf(figure->value, sizeof figure->value, "%s", text);
    path_end(walk);
    return 0;
}

static int event_take(struct walk *walk, struct figures *figures, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return scalar_take(walk, figures, (const char *)event->data.scalar.value);
    case YAML_MAPPING_START_EVENT:
    case YAML_SEQUENCE_START_EVENT:
        return level_begin(walk, event->type == YAML_SEQUENCE_START_EVENT);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        walk->depth--;
        path_end(walk);
        return 0;
    default:
        return 0;
    }
}

static int flatten(struct span document, struct figures *figures)
{
    yaml_parser_t parser;
    yaml_event_t event;
    struct walk walk = {.depth = 0};
    if (!yaml_parser_initialize(&parser))
        return -E_NO_MEMORY;
    yaml_parser_set_input_string(&parser, document.at, document.len);
    int result = 0;
    for (bool end = false; !end && result == 0;) {
        if (!yaml_parser_parse(&parser, &event)) {
            result = -E_BAD_POLICY;
            break;
        }
        end = event.type == YAML_STREAM_END_EVENT;
        result = event_take(&walk, figures, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return result;
}

static const struct figure *figure_find(const struct figures *figures, const char *path)
{
    for (uint32_t i = 0; i < figures->count; i++) {
        if (strcmp(figures->figure[i].path, path) == 0)
            return &figures->figure[i];
    }
    return NULL;
}

static void value_print_json(const struct figure *figure)
{
    if (figure)
        json_print_text(stdout, span_of(figure->value));
    else
        fputs("null", stdout);
}

static void difference_print(bool json, const struct figure *before, const struct figure *after, bool first)
{
    const char *path = before ? before->path : after->path;
    if (!json) {
        printf("%s: %s -> %s\n", path, before ? before->value : "(none)", after ? after->value : "(none)");
        return;
    }
    fputs(first ? "\n{\"key\":" : ",\n{\"key\":", stdout);
    json_print_text(stdout, span_of(path));
    fputs(",\"before\":", stdout);
    value_print_json(before);
    fputs(",\"after\":", stdout);
    value_print_json(after);
    putchar('}');
}

static int differences_print(bool json, const struct figures *before, const struct figures *after)
{
    int count = 0;
    for (uint32_t i = 0; i < before->count; i++) {
        const struct figure *figure = &before->figure[i], *other = figure_find(after, figure->path);
        if (!other || strcmp(figure->value, other->value) != 0)
            difference_print(json, figure, other, count++ == 0);
    }
    for (uint32_t i = 0; i < after->count; i++) {
        if (!figure_find(before, after->figure[i].path))
            difference_print(json, NULL, &after->figure[i], count++ == 0);
    }
    return count;
}

int policy_diff_print(bool json, struct span before, struct span after)
{
    struct figures *figures = calloc(2, sizeof *figures);
    if (!figures)
        return -E_NO_MEMORY;
    int result = flatten(before, &figures[0]);
    if (result == 0)
        result = flatten(after, &figures[1]);
    if (result == 0) {
        if (json)
            putchar('[');
        result = differences_print(json, &figures[0], &figures[1]);
        if (json)
            puts(result ? "\n]" : "]");
    }
    free(figures);
    return result;
}

/* yaml_look.c - goes once through libyaml's events. */
#include "io/yaml_look.h"

#include "core/status.h"

#include <stdio.h>
#include <string.h>

#include <yaml.h>

/* libyaml's time grows with the square of it. */
#define DEPTH_MAX 32u

static int refuse(char message[YAML_MESSAGE_MAX], size_t line, const char *cause)
{
    snprintf(message, YAML_MESSAGE_MAX, "line %zu: %s", line + 1, cause);
    return -E_BAD_FORMAT;
}

/* The line that libyaml could not read; the scanner counts lines, the decoder bytes. */
static unsigned unreadable_line(const yaml_parser_t *parser, struct span text)
{
    size_t line = parser->problem_mark.line;
    if (parser->error == YAML_READER_ERROR) {
        line = 0;
        for (size_t i = 0; i < text.len && i < parser->problem_offset; i++)
            line += text.at[i] == '\n';
    }
    return (unsigned)line + 1;
}

/* `depth` is that of the maps and lists around the event. */
static int event_look(const yaml_event_t *event, uint32_t documents, uint32_t depth, char message[YAML_MESSAGE_MAX])
{
    size_t line = event->start_mark.line;
    if (event->type == YAML_DOCUMENT_START_EVENT && documents > 0)
        return refuse(message, line, "a second document begins here; one file is one document");
    if (depth > DEPTH_MAX)
        return refuse(message, line, "maps and lists stand too deep within each other");
    if (event->type == YAML_ALIAS_EVENT)
        return refuse(message, line, "an alias (*name) stands here; write out what it means");
    if (event->type == YAML_SCALAR_EVENT && memchr(event->data.scalar.value, '\0', event->data.scalar.length))
        return refuse(message, line, "a text has a NUL in it");
    if (depth == 0 && (event->type == YAML_SCALAR_EVENT || event->type == YAML_SEQUENCE_START_EVENT))
        return refuse(message, line, "here a map of keys and values must begin, such as name: north");
    return 0;
}

bool yaml_is_plain(const char *text)
{
    for (const uint8_t *at = (const uint8_t *)text; *at; at++) {
        bool control = *at < 0x20 || *at == 0x7f || (at[0] == 0xc2 && at[1] < 0xa0);
        bool line_end = at[0] == 0xe2 && at[1] == 0x80 && (at[2] == 0xa8 || at[2] == 0xa9); /* U+2028, U+2029 */
        bool mark = at[0] == 0xef && ((at[1] == 0xbb && at[2] == 0xbf) || (at[1] == 0xbf && at[2] > 0xbd)); /* U+FEFF */
        if (control || line_end || mark)
            return false;
    }
    return true;
}

void yaml_cut_whole(char *text)
{
    size_t len = strlen(text), begin = len;
    while (begin > 0 && len - begin < 4 && ((uint8_t)text[begin - 1] & 0xc0) == 0x80)
        begin--;
    if (begin == 0 || (uint8_t)text[begin - 1] < 0x80)
        return;
    uint8_t lead = (uint8_t)text[begin - 1];
    size_t wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (len - begin + 1 < wanted)
        text[begin - 1] = '\0';
}

int yaml_look(struct span text, unsigned *ret_unreadable, char message[YAML_MESSAGE_MAX])
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        return -E_NO_MEMORY;
    yaml_parser_set_input_string(&parser, text.at, text.len);
    int result = 0;
    unsigned unreadable = 0;
    uint32_t documents = 0, depth = 0;
    for (bool ended = false; result == 0 && !ended;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            unreadable = unreadable_line(&parser, text);
            result = parser.error == YAML_MEMORY_ERROR ? -E_NO_MEMORY : 0;
            break;
        }
        result = event_look(&event, documents, depth, message);
        documents += event.type == YAML_DOCUMENT_START_EVENT;
        depth += event.type == YAML_MAPPING_START_EVENT || event.type == YAML_SEQUENCE_START_EVENT;
        depth -= event.type == YAML_MAPPING_END_EVENT || event.type == YAML_SEQUENCE_END_EVENT;
        ended = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    if (result == 0)
        *ret_unreadable = unreadable;
    return result;
}

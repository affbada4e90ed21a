/*
 * yaml_look.h - a first look at a YAML text: whether it is one map that can be read whole, and if not, in which line not.
 *
 * libcyaml names no line for what libyaml can't read, takes the first of several documents for all of them, and cuts a
 * text at an escaped NUL.
 */
#ifndef MANYI_IO_YAML_LOOK_H
#define MANYI_IO_YAML_LOOK_H

#include "core/span.h"
#include "io/yaml.h"

/* *ret_unreadable is the line from 1 that libyaml can't read, of which libcyaml then tells the key; 0: there is none.
 * -E_BAD_FORMAT: message names line and cause. -E_NO_MEMORY. Nothing at all is in order here. */
int yaml_look(struct span text, unsigned *ret_unreadable, char message[YAML_MESSAGE_MAX]);

/* Is it text on one line, as YAML prints it? It may have come in by an escape, and must be read again as it is. It is UTF-8. */
bool yaml_is_plain(const char *text);

/* A text that was cut to fit: what is left of its last character goes, too, when that is not whole. */
void yaml_cut_whole(char *text);

#endif

/*
 * text.h - UTF-8 text on a terminal: how wide it is, and what of it is safe to print.
 */
#ifndef MANYI_CLI_TEXT_H
#define MANYI_CLI_TEXT_H

#include "core/span.h"

/* Columns that a terminal needs for it: East Asian wide characters take two, combining ones none. */
uint32_t text_width(const char *text);

/* Copies text, cut at a character's end to fit, without what could steer a terminal: control characters, changes of
 * direction and ill-formed bytes become U+FFFD. */
void text_clean(struct span text, char *ret_text, size_t size);

#endif

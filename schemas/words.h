/*
 * words.h - history lines as sentences, for people: English and Chinese (words.def).
 */
#ifndef MANYI_SCHEMAS_WORDS_H
#define MANYI_SCHEMAS_WORDS_H

#include "core/span.h"

enum words_language { WORDS_EN, WORDS_ZH };

/* The sentence's template for a type of history line; NULL when words.def has none. */
const char *words_template(struct span type, enum words_language language);

/* The template with {by} and {said} filled in, cut at a character's end to what fits; empty ones leave out their [ ].
 * A type without a row is told by its name, so that nothing that happened goes unsaid. */
void words_say(struct span type, struct span by, struct span said, enum words_language language, char *ret_text,
               size_t size);

/* Keys of the rulebook whose figures ruled it, separated by commas; NULL when no figure did. */
const char *words_rules(struct span type);

/* A word of any closed list of types.def in Chinese, or the word itself. */
struct span words_zh(struct span word);

#endif

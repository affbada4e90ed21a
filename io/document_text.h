/* document_text.h - the kinds of text that a document of policies or calendars is made of. */
#ifndef MANYI_IO_DOCUMENT_TEXT_H
#define MANYI_IO_DOCUMENT_TEXT_H

#include "core/limits.h"

#define FIGURE_TEXT_MAX 24u

typedef char figure_text[FIGURE_TEXT_MAX];
typedef char name_text[NAME_MAX_BYTES + 1];

#endif

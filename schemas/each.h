/*
 * each.h - one reading of types.def.
 *
 * Caveat: has no include guard, it is meant to be included again and again. Define the macros of types.def that
 * you read, then include this: the others expand to nothing, and all are undefined afterwards.
 */
#ifndef CHOICE_BEGIN
#define CHOICE_BEGIN(choice)
#endif
#ifndef CHOICE_ITEM
#define CHOICE_ITEM(choice, item, zh)
#endif
#ifndef CHOICE_END
#define CHOICE_END(choice)
#endif
#ifndef RECORD_BEGIN
#define RECORD_BEGIN(record, doc)
#endif
#ifndef FIELD
#define FIELD(record, name, kind, flags, doc)
#endif
#ifndef INTEGER
#define INTEGER(record, name, least, most, flags, doc)
#endif
#ifndef CHOICE
#define CHOICE(record, name, choice, flags, doc)
#endif
#ifndef NESTED
#define NESTED(record, name, inner, flags, doc)
#endif
#ifndef LIST
#define LIST(record, name, inner, most, flags, doc)
#endif
#ifndef KEYED
#define KEYED(record, name, inner, most, flags, doc)
#endif
#ifndef RECORD_END
#define RECORD_END(record)
#endif
#ifndef EVENT
#define EVENT(event, text, record, class, channel, doc)
#endif

#include "schemas/types.def"

#undef CHOICE_BEGIN
#undef CHOICE_ITEM
#undef CHOICE_END
#undef RECORD_BEGIN
#undef FIELD
#undef INTEGER
#undef CHOICE
#undef NESTED
#undef LIST
#undef KEYED
#undef RECORD_END
#undef EVENT

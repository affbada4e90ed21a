/*
 * notices.h - what a person should know of the system itself, counted by what it is about.
 *
 *   key in the state              subject of the card         what
 *   unmapped_key 0 stars:7        N-unmapped_key-stars:7      the 256 of a kind that came first
 *   unmapped_key                  N-unmapped_key              all the others of the kind, and kinds that are about nothing else
 *
 * Whoever publishes chooses what there is a notice about: without the bound they could make cards without end.
 */
#ifndef MANYI_WORKERS_NOTICES_H
#define MANYI_WORKERS_NOTICES_H

#include "workers/fold.h"

#define NOTICE_SUBJECTS_MAX 256u /* of a kind */
#define NOTICE_ABOUT_MAX 96u
#define NOTICE_KEY_MAX (NAME_MAX_BYTES + 1u + NOTICE_ABOUT_MAX)

/* Counts a notice of this kind, and says so at the first and every 1,000th; `each`: always. */
int fold_notice(struct fold *fold, const char *kind, struct span said, bool each);
/* The same, each `about` for itself. */
int fold_notice_about(struct fold *fold, const char *kind, struct span about, struct span said);

/* The subject of a key's card, into text, and the kind, which the key lends. */
struct span notice_id(struct span key, char text[NAME_MAX_BYTES + 1], struct span *ret_kind);

#endif

/*
 * sight.h - who may see a row of an answer: the one place that filters. Only for query*.c.
 *
 *   whole answers   what `what` asks for (query_table.c), before anything is read
 *   rows            where they are and whose, one by one: answer_sees, answer_sees_card
 *   pooled figures  refused when a part is out of sight: a sum of what one may see would not be the group's
 */
#ifndef MANYI_WORKERS_SIGHT_H
#define MANYI_WORKERS_SIGHT_H

#include "core/access.h"
#include "workers/answer.h"
#include "workers/kinds.h"

/* May whoever asks see a row of this place and person, by answer->right? 0, or why not. Empty spans: nowhere, nobody. */
int answer_sees(const struct answer *answer, struct span store, struct span department, struct span person);

/* The same of a case's card, by the right that its letter asks for. */
int answer_sees_card(const struct answer *answer, char letter, const union card *card);

/* The right that a case's card asks for, by its letter. */
enum access_right right_of_letter(char letter);

#endif

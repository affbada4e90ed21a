/*
 * query_table.h - what can be asked for, a row each: who writes it, what right it asks for, whether its being read goes on record.
 */
#ifndef MANYI_WORKERS_QUERY_TABLE_H
#define MANYI_WORKERS_QUERY_TABLE_H

#include "core/access.h"
#include "workers/answer.h"

struct answer_kind {
    const char *what;
    answer_rows *rows;
    enum access_right right; /* without it none of it is told; of a trace: what its case asks for */
    bool on_record;
};

const struct answer_kind *answer_kinds(uint32_t *ret_count);
/* "`what` is none of complaints, ...": those that list something. */
#define ANSWER_KINDS_TEXT 384u
void answer_kinds_name(char text[ANSWER_KINDS_TEXT]);
/* NULL: there is no such thing. */
const struct answer_kind *answer_kind_of(struct span what);

/* The right of this very question, and whether it goes on record: a trace is what its case is. */
enum access_right answer_right(const struct answer_kind *kind, const struct get_request *asked);
bool answer_on_record(const struct answer_kind *kind, const struct get_request *asked);

#endif

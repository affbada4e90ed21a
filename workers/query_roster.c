/* query_roster.c - GET roster: the document in force. */
#include "core/status.h"
#include "workers/answer.h"

int answer_roster(struct answer *answer)
{
    struct document_row row;
    struct wire_writer *rows = &answer->rows;
    int result = state_roster_get(answer->txn, &row);
    if (result < 0)
        return result == -E_NOT_FOUND ? -E_NO_ROSTER : result;
    answer->count = 1;
    wire_map(rows, 3);
    wire_key(rows, "hash");
    wire_text(rows, row.hash);
    wire_key(rows, "adopted_seq");
    wire_natural(rows, row.seq);
    wire_key(rows, "content");
    wire_text(rows, row.content);
    return 0;
}

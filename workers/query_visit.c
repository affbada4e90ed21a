/* query_visit.c - {what: "visit", store, visit}: has a customer rated it? */
#include "core/status.h"
#include "workers/answer.h"
#include "workers/sight.h"

/* A visit that nobody has heard of yet has no rating either. */
int answer_visit(struct answer *answer)
{
    struct plan_row plan = {0};
    const struct get_request *asked = answer->asked;
    struct wire_writer *rows = &answer->rows;
    if (!HAS(asked, get_request, store) || !HAS(asked, get_request, visit)) {
        answer->detail = "`store` and `visit` say which";
        return -E_BAD_REQUEST;
    }
    int result = state_plan_get(answer->txn, asked->store, asked->visit, &plan);
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    result = answer_sees(answer, asked->store, plan.department, (struct span){0});
    if (result < 0)
        return result;
    answer->count = 1;
    wire_map(rows, 3);
    wire_key(rows, "store");
    wire_text(rows, asked->store);
    wire_key(rows, "visit");
    wire_text(rows, asked->visit);
    wire_key(rows, "rated_at");
    if (plan.answered_ms > 0)
        wire_time_text(rows, plan.answered_ms);
    else
        wire_nil(rows);
    return 0;
}

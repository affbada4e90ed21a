/* rosters.c - puts a roster into force, and asks it. */
#include "workers/rosters.h"

#include "core/calendar.h"
#include "core/status.h"
#include "io/policy_file.h"
#include "io/roster_file.h"
#include "workers/notices.h"
#include "workers/step.h"

#include <stdio.h>

int rosters_load(struct fold *fold)
{
    struct document_row row;
    char message[ROSTER_MESSAGE_MAX];
    int result = state_roster_get(fold->txn, &row);
    if (result == -E_NOT_FOUND) {
        fold->roster_seq = 0;
        memset(fold->roster, 0, sizeof *fold->roster); /* posts, too: one that is folded again was in force already */
        return 0;
    }
    if (result < 0)
        return result;
    fold->roster_seq = row.seq;
    result = roster_parse(row.content, fold->roster, message);
    return result == -E_BAD_ROSTER ? -E_CORRUPT : result; /* it was checked when it was adopted */
}

int roster_adopt(struct fold *fold, const struct event *event)
{
    const struct adopted *adopted = &event->data.adopted;
    char message[ROSTER_MESSAGE_MAX];
    char hash[33];
    policy_hash(adopted->content, hash);
    if (!span_is(adopted->hash, hash))
        return fold_notice(fold, "roster_refused", span_of("its hash is not that of its content"), true);
    int result = roster_parse(adopted->content, fold->roster, message);
    if (result == -E_BAD_ROSTER)
        return fold_notice(fold, "roster_refused", span_of(message), true);
    if (result < 0)
        return result;
    fold->roster_seq = fold->step.cause.seq;
    result = state_roster_put(fold->txn, &(struct document_row){
                                             .seq = fold->roster_seq,
                                             .hash = span_of(hash),
                                             .content = adopted->content,
                                         });
    if (result == 0)
        result = sweep_begin(fold, 0);
    if (result < 0)
        return result;
    char said[NOTICE_SAID_MAX];
    struct span name = roster_text_at(fold->roster, fold->roster->name);
    snprintf(said, sizeof said, "%.*s%s%s", SPAN_ARGS(name), name.len ? " " : "", hash);
    return fold_notice(fold, "roster_adopted", span_of(said), true);
}

void recipient_of_complaint(const struct fold *fold, const struct complaint *complaint, int64_t level, int64_t at_ms,
                            char *text, size_t size)
{
    complaint_recipient(fold->roster, calendar_local_day(&fold->policy, complaint->store, at_ms), complaint, level,
                        text, size);
}

void recipient_of_other(const struct fold *fold, const struct notice_about *about, int64_t level, int64_t at_ms,
                        char *text, size_t size)
{
    struct complaint stand_in = {.id = about->id, .store = about->store, .staff = about->skip};
    if (about->department.len)
        SET(&stand_in, complaint, department, about->department);
    if (about->responsible.len)
        SET(&stand_in, complaint, handler, about->responsible);
    recipient_of_complaint(fold, &stand_in, level, at_ms, text, size);
}

/* Who resolved, who served, and against whom it is upheld; whom it is about stands on the card. */
static void party_take(const struct complaint *complaint, struct name_list *ret_party)
{
    ret_party->count = 0;
    if (HAS(complaint, complaint, resolved_by))
        ret_party->item[ret_party->count++] = complaint->resolved_by;
    if (HAS(complaint, complaint, served_by))
        ret_party->item[ret_party->count++] = complaint->served_by;
    for (uint32_t i = 0; HAS(complaint, complaint, judged_staff) && i < complaint->judged_staff.count; i++) {
        if (ret_party->count < NAMES_MAX)
            ret_party->item[ret_party->count++] = complaint->judged_staff.item[i];
    }
}

void verifier_name(const struct fold *fold, const struct complaint *complaint, char reason[REASON_MAX])
{
    struct name_list party;
    char to[LABEL_MAX_BYTES + 1];
    party_take(complaint, &party);
    if (!roster_knows_store(fold->roster, complaint->store) ||
        roster_has_other(fold->roster, complaint->store, &complaint->staff, &party))
        return;
    struct roster_question question = {
        .store = complaint->store,
        .level = ROSTER_MANAGER,
        .day = calendar_local_day(&fold->policy, complaint->store, fold->step.cause.at_ms),
        .skip = &complaint->staff,
        .skip_too = &party,
    };
    if (HAS(complaint, complaint, department))
        question.department = complaint->department;
    roster_recipient(fold->roster, &question, to, sizeof to);
    size_t len = strlen(reason);
    snprintf(reason + len, REASON_MAX - len, "; %.*s has nobody else: %s must", SPAN_ARGS(complaint->store), to);
}

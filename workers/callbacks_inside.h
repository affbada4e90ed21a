/* callbacks_inside.h - a callback in hand, and who is told of it. Only for workers/callback*.c. */
#ifndef MANYI_WORKERS_CALLBACKS_INSIDE_H
#define MANYI_WORKERS_CALLBACKS_INSIDE_H

#include "core/callback.h"
#include "workers/fold.h"

struct callback_case {
    struct case_key key;
    struct callback card;
    uint32_t lines_before;
    int32_t was; /* its status when it was loaded */
    bool was_overdue;
};

int callback_load(struct fold *fold, const struct case_key *key, struct callback_case *ret_case);
/* Keeps it after a rule has changed it; its customer's row follows. */
int callback_keep(struct fold *fold, struct callback_case *held);

/* ---- callback_delivery.c ---- */

/* Who takes the calls of the store is told when it falls due; when it is not due any more, nobody is. */
int callback_telling_follow(struct fold *fold, struct callback_case *held);
/* They can't be reached: the next one up is told so. */
int callback_go_up(struct fold *fold, struct callback *card, int64_t at_ms);

#endif

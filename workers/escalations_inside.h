/* escalations_inside.h - how a notice is kept, traced and named. Only for workers/escalation*.c. */
#ifndef MANYI_WORKERS_ESCALATIONS_INSIDE_H
#define MANYI_WORKERS_ESCALATIONS_INSIDE_H

#include "workers/escalations.h"

/* Keeps it after a rule has changed it, with its one timer. */
int escalation_save(struct fold *fold, const struct case_key *key, struct escalation *escalation,
                    enum event_type event);
/* Keeps and tells a new one. */
int escalation_keep_new(struct fold *fold, const struct case_key *key, struct escalation *escalation);

/* A line of what happened to it, in its own trace and in its case's; `seen` is NULL for what a clock did. */
int escalation_trace(struct fold *fold, const struct case_key *key, const struct escalation *escalation,
                     const char *type, const struct event *seen);

/* The key of a name that the rules gave, and whether there is such a notice already. */
int notice_find(struct fold *fold, const struct notice_wanted *wanted, struct case_key *ret_key, bool *ret_taken);

/* What a notice's id has in the place of its case's: "77-wang.li", or "band-sh-pudong.service-2026-11"; a fingerprint of
 * what would leave no room for the rest of the id. */
void notice_stem(const struct case_key *about, char stem[NAME_MAX_BYTES + 1]);

/* Whom it reaches by now. The names in `to` are cut as cards have them. */
int recipient_find(struct fold *fold, const struct escalation *escalation, int64_t at_ms, char to[LABEL_MAX_BYTES + 1]);

/* ---- escalation_climb.c ---- */

/* It did not arrive: the next one up has a notice of his own, as of at_ms. Where nobody is above it stays, and the system
 * says so once a day. The caller saves it. */
int escalation_go_up(struct fold *fold, const struct case_key *key, struct escalation *escalation, int64_t at_ms);

/* Somebody has seen it: so are those that it stands for, and those that stand for it. */
int escalation_row_seen(struct fold *fold, const struct escalation *seen, const struct event *event);

#endif

/*
 * audit.h - what a role puts on record before it answers: who read personal data or the ledger, and what was refused to whom.
 *
 *   a request ──▶ audit_read ──0──▶ answered
 *                     │ -E_AGAIN: it is kept here, audit.read is on its way to intake
 *                     '──ACK, or 3 s──▶ audit_take ──▶ the role takes it as if it had just come
 *
 * The record is on disk before the answer leaves. The same principal, what, subject and reason are on record already for an hour, and
 * are answered at once. Refusals are told once and then, as often as they came, once a minute.
 *
 * Caveats
 *   Local callers have no name and are not put on record.
 *   A refusal is sent once and not waited for: one that intake can't take just then is told with the next ones.
 *   Everything is bounded: AUDIT_WAITING_MAX requests wait, AUDIT_READS_MAX reads are remembered, AUDIT_REFUSALS_MAX
 *   kinds of refusal are told apart; more are counted in `untold` alone. A principal makes no more than AUDIT_RECORDS_MAX
 *   records a minute and AUDIT_RECORDS_HOUR an hour: whoever asks for everything one by one, or for one thing with ever new reasons,
 *   would fill the journal, and push what they read off the list that people look at. No more than AUDIT_WAITING_EACH of its
 *   requests wait: the other places are for others.
 */
#ifndef MANYI_IO_AUDIT_H
#define MANYI_IO_AUDIT_H

#include "io/caller.h"

#define AUDIT_WAITING_MAX 64u
#define AUDIT_WAITING_EACH 16u /* of one principal */
#define AUDIT_READS_MAX 1024u
#define AUDIT_REFUSALS_MAX 256u
#define AUDIT_REQUEST_MAX 2048u /* bytes of a request that can be kept */
#define AUDIT_RECORDS_MAX 600u  /* of one principal's reads, new ones, in a minute */
#define AUDIT_RECORDS_HOUR 3000u
#define AUDIT_PATIENCE_MS 3000 /* whoever asks hears of it before they give up, after 5 s */
#define AUDIT_FRESH_MS (3600 * 1000ll)
#define AUDIT_MINUTE_MS 60000

struct audit;

/* What is asked for. Empty spans: all, no reason given. What is longer than its field is cut. */
struct audit_asked {
    struct span what, subject, why;
};

/* role: "feed", "query", "outlet", "gateway". Sends to setup->intake_trusted_endpoint; where there is none nothing can be put on
 * record. Errors: those of port_open, -E_NO_MEMORY. */
int audit_open(const struct setup *setup, const char *role, struct audit **ret_audit);
void audit_close(struct audit *audit); /* NULL is allowed */
/* Wakes the role when a record is written. NULL: there is none. */
struct port *audit_port(struct audit *audit);

/* First in a turn: hears intake, gives up what took too long, tells refusals. */
void audit_turn(struct audit *audit, struct clock_reading now);
/* When it wants the next turn, monotonic; INT64_MAX: not until a message comes. */
int64_t audit_due_ms(const struct audit *audit);

/* 0: on record, answer it. -E_AGAIN: kept, answer nothing now. Else refuse it: -E_NOT_RECORDED, -E_SLOW_DOWN. */
int audit_read(struct audit *audit, const struct caller *caller, const struct audit_asked *asked, struct port *port,
               const struct request *request);

/* A request that was kept and can be answered now; its status is -E_NOT_RECORDED when it can't be put on record. false: there is
 * none. Lives until the next audit_take. */
bool audit_take(struct audit *audit, struct port **ret_port, struct request *ret_request);

/* Somebody was refused: status is one of 1801 to 1807, 1811 to 1815 or 1818, any other is none of this. Local callers
 * are not told of. */
void audit_refused(struct audit *audit, const struct caller *caller, struct span what, int status);

/* Refusals that nobody was told of. */
uint64_t audit_untold(const struct audit *audit);

#endif

/*
 * speaker.h - the worker's session at intake: says the consequences of a turn, and knows when they are on disk.
 *
 *   SILENT --speaker_greet--> GREETING --WELCOME--> SILENT --speaker_say----> SPEAKING --all ACKed--> SILENT
 *                                ^  '--2 s: again      '-----speaker_adopt--> ADOPTING      |
 *                                                                                 '---------'--NAK, 2 s--> SILENT (lost)
 *
 * One PUT is under way at a time; a cause is never divided. After losing it the worker greets and folds again: what is
 * in the journal already, WELCOME's last cause tells.
 */
#ifndef MANYI_WORKERS_SPEAKER_H
#define MANYI_WORKERS_SPEAKER_H

#include "core/limits.h"
#include "io/setup.h"
#include "workers/consequences.h"

struct speaker;

struct welcome {
    char lineage[NAME_MAX_BYTES + 1];
    uint64_t epoch;
    uint64_t cause_seq; /* last cause whose consequences are in the journal; 0: none */
    uint32_t cause_step;
    uint32_t cause_fold; /* version of the rules that counted the step */
};

/* Connects to the inner endpoint. Errors: those of port_open, -E_NO_MEMORY. */
int speaker_open(const struct setup *setup, struct speaker **ret_speaker);
void speaker_close(struct speaker *speaker); /* NULL is allowed */
struct port *speaker_port(struct speaker *speaker);

/* Says HELLO, not before `after_ms` of the monotonic clock, and again until it is answered. */
void speaker_greet(struct speaker *speaker, int64_t after_ms);
/* Begins to say them; they are borrowed until speaker_turn returns something else than -E_AGAIN. */
void speaker_say(struct speaker *speaker, const struct consequences *consequences, uint32_t fold_version);

/* Begins to say fold.adopted: after WELCOME's last cause this version of the rules concludes. Saying it again after a lost answer
 * is the same event. */
void speaker_adopt(struct speaker *speaker, uint32_t version);

/* 0: greeted, or all is said and on disk. -E_AGAIN: not yet. Anything else: lost; speaker_problem says why. */
int speaker_turn(struct speaker *speaker, int64_t monotonic_ms);
const struct welcome *speaker_welcome(const struct speaker *speaker);
const char *speaker_problem(const struct speaker *speaker);

/* How many milliseconds of the role's clock pass while `real_ms` do: in a time-lapse patience is longer. */
int64_t patience_ms(const struct setup *setup, int64_t real_ms);

#endif

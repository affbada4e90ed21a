/*
 * silence.h - stands in for intake while a worker folds a journal that nobody may write.
 *
 * It welcomes the worker with the journal's last cause, so that everything up to there is folded silently, and takes no
 * PUT: what the worker would say beyond is not in the journal yet, and stays for the server to say.
 */
#ifndef MANYI_CLI_SILENCE_H
#define MANYI_CLI_SILENCE_H

#include "io/journal.h"
#include "io/setup.h"

struct silence {
    struct port *port;
    struct parcel parcel;
    const struct journal *journal;
    bool spoken_to; /* the worker had something to say */
};

/* Binds setup->intake_inner_endpoint. Errors: those of port_open. */
int silence_open(const struct setup *setup, const struct journal *journal, struct silence *ret_silence);
void silence_close(struct silence *silence);

/* Answers what has come. */
void silence_turn(struct silence *silence);

#endif

/*
 * verify.h - journal, state and cards, looked at whole: are they in order, and which state is it.
 */
#ifndef MANYI_CLI_VERIFY_H
#define MANYI_CLI_VERIFY_H

#include "cli/cli.h"
#include "io/journal_check.h"
#include "workers/verify.h"

/* Checks DIR/state. Faults are told on stderr, the first one by cli_fail. ret_digest: equal for equal states. */
int state_look(struct cli *cli, const char *dir, struct verified *ret_verified, char ret_digest[33]);

/* BLAKE2b-128 over every table's count and checksum of rows, hexadecimal. */
void state_digest(const struct verified *verified, char ret_digest[33]);

#define VERIFY_FAULTS_MAX 256u /* told in words; all are counted */

struct verify_fault {
    const char *part; /* "journal", "state" or "outlet" */
    char text[JOURNAL_FAULT_TEXT];
};

/* What a look at a whole directory has found. */
struct verification {
    struct journal_checked journal;
    struct verified state;
    bool has_state, has_cards;
    char digest[33]; /* of the state; empty without one, or when it is damaged */
    uint64_t faults; /* of all; those in words on stderr, too, unless quiet */
    uint32_t told;
    struct verify_fault fault[VERIFY_FAULTS_MAX];
};

/* Goes through all of DIR, whatever is found: 0, or what kept it from looking, said by cli_fail. */
int verification_run(struct cli *cli, const char *dir, struct verification *ret_verification);
/* What was checked and found, on stdout: lines, or one JSON object. */
void verification_print(const struct cli *cli, const struct verification *verification);

/* In verify_state.c: the state's and the outlet's part of it. */
int verify_state(struct cli *cli, const char *dir, struct verification *verification);
int verify_cards(struct cli *cli, const char *dir, struct verification *verification);

/* In verify_faults.c. Counts a fault and says it. */
__attribute__((format(printf, 4, 5))) void verify_fault(const struct cli *cli, struct verification *verification,
                                                        const char *part, const char *format, ...);
/* So many of which no words are known. */
void verify_more(const struct cli *cli, struct verification *verification, const char *part, uint64_t count);
/* A list of objects: part, text, and volume, page and seq as far as they are known. */
void verify_faults_json_print(const struct verification *verification);

#endif

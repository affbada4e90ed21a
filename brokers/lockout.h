/*
 * lockout.h - names and addresses with too many wrong passwords, and until when they have to wait. Pure.
 *
 *   wrong ─▶ counted ─(LOCKOUT_WRONG within LOCKOUT_WINDOW_MS)─▶ locked ─(LOCKOUT_MS later)─▶ forgotten
 *
 * Caveats
 *   A try counts as wrong when it begins, and is taken back when it was right: many at once are no more than so many in a row.
 *   Names are kept as keyed hashes, whether there is such a name or not: nobody learns of it here.
 *   Memory is bounded. When every row is in use, the one whose time is over soonest makes room.
 */
#ifndef MANYI_BROKERS_LOCKOUT_H
#define MANYI_BROKERS_LOCKOUT_H

#include <stdint.h>

#define LOCKOUT_ROWS 4096u
#define LOCKOUT_WINDOW_MS (15 * 60 * 1000ll)
#define LOCKOUT_MS (15 * 60 * 1000ll)
#define LOCKOUT_WRONG_PAIR 5u      /* of one name from one address */
#define LOCKOUT_WRONG_NAME 50u     /* from all addresses: a stranger can't lock somebody out with five tries */
#define LOCKOUT_WRONG_ADDRESS 20u  /* behind one address may sit a whole store */
#define LOCKOUT_WRONG_READER 20u   /* reply codes of one telephone, or of a program that does not say whose */
#define LOCKOUT_WRONG_REPLIES 200u /* of one program: of 1,000 open notices a guesser finds one in some 150 years */

struct lockout_row {
    uint64_t key; /* 0: free */
    uint32_t wrong;
    int64_t ends_ms; /* of the window, or of the lock */
};

struct lockout {
    struct lockout_row row[LOCKOUT_ROWS];
};

/* Until when it is locked; 0: it is not. Times are monotonic. */
int64_t lockout_until_ms(const struct lockout *lockout, uint64_t key, uint32_t wrong_most, int64_t now_ms);

/* One more wrong try; the one that makes wrong_most locks. */
void lockout_wrong(struct lockout *lockout, uint64_t key, uint32_t wrong_most, int64_t now_ms);

/* The last try was right after all. */
void lockout_take_back(struct lockout *lockout, uint64_t key);
/* It was right: what was wrong before counts no more. */
void lockout_forget(struct lockout *lockout, uint64_t key);

#endif

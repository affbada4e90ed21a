/*
 * heap.h - how much memory a role keeps: calls of malloc, calloc, realloc and free, counted by account.
 *
 * For programs linked with --wrap of the four. Only what our own code calls is seen: neither what shared libraries take for
 * themselves, nor aligned_alloc (the simulated seams, memory_sim.h). Not under a sanitizer that replaces them as well:
 * there the accounts stay at zero.
 */
#ifndef MANYI_TESTS_SIM_HEAP_H
#define MANYI_TESTS_SIM_HEAP_H

#include <stdint.h>

struct heap_account {
    int64_t live_bytes;
    int64_t live_blocks;
};

/* Whose calls they are from now on; NULL: nobody's. Returns whose they were. What is given back is taken off the account of
 * whoever took it. */
struct heap_account *heap_charge(struct heap_account *account);

/* The account ends: what it has not given back is nobody's. */
void heap_forget(struct heap_account *account);

#endif

/*
 * memory.h - large tables that are read at random, and large blocks that come and go.
 *
 * In pages of 4 KiB each look-up also misses the processor's table of pages, and a prefetch waits for it: so these lie in
 * pages of 2 MiB where the system has them.
 */
#ifndef MANYI_IO_MEMORY_H
#define MANYI_IO_MEMORY_H

#include <stddef.h>

/* len zero bytes, all of them handed out by the system now and not one page fault at a time later. NULL: there is no memory.
 * The caller gives them back with free(). */
void *memory_take(size_t len);

/* Blocks of malloc of less than `len` bytes (itself less than 32 MiB), once freed, stay with the process for those that come next. Left alone, glibc
 * gives a large one back to the system each time, and the next is faulted in anew. For the whole process; the last word counts. */
void memory_keep(size_t len);

#endif

/*
 * heap.c - see heap.h. Blocks of an account stand in a table by address: there are few, taken at a role's start.
 */
#include "tests/sim/heap.h"
#include "core/ensure.h"

#include <stddef.h>
#include <stdlib.h>

#define SLOTS (1u << 14)
#define SLOTS_USED_MAX (SLOTS / 2)

/* As the linker calls them. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void __real_free(void *memory);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __wrap_free(void *memory);

static struct block {
    void *at; /* NULL: free */
    size_t size;
    struct heap_account *account;
} blocks[SLOTS];

static uint32_t used;
static struct heap_account *charged;

static uint32_t slot_first(const void *at)
{
    uint64_t bits = (uint64_t)(uintptr_t)at * 0x9e3779b97f4a7c15u;
    return (uint32_t)(bits >> 50);
}

static struct block *block_find(const void *at)
{
    uint32_t slot = slot_first(at);
    while (blocks[slot].at && blocks[slot].at != at)
        slot = (slot + 1) % SLOTS;
    return &blocks[slot];
}

/* Closes the gap, so that a search never ends too soon. */
static void block_remove(struct block *block)
{
    uint32_t gap = (uint32_t)(block - blocks);
    for (uint32_t slot = (gap + 1) % SLOTS; blocks[slot].at; slot = (slot + 1) % SLOTS) {
        uint32_t first = slot_first(blocks[slot].at);
        if ((slot - first) % SLOTS < (slot - gap) % SLOTS)
            continue;
        blocks[gap] = blocks[slot];
        gap = slot;
    }
    blocks[gap] = (struct block){0};
    used--;
}

static void *taken(void *at, size_t size)
{
    if (!at || !charged)
        return at;
    ensure(used < SLOTS_USED_MAX);
    *block_find(at) = (struct block){.at = at, .size = size, .account = charged};
    used++;
    charged->live_bytes += (int64_t)size;
    charged->live_blocks++;
    return at;
}

static void given(const void *at)
{
    struct block *block = at && used > 0 ? block_find(at) : NULL;
    if (!block || !block->at)
        return;
    block->account->live_bytes -= (int64_t)block->size;
    block->account->live_blocks--;
    block_remove(block);
}

void *__wrap_malloc(size_t size)
{
    return taken(__real_malloc(size), size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return taken(__real_calloc(count, size), count * size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    given(memory);
    return taken(__real_realloc(memory, size), size);
}

void __wrap_free(void *memory)
{
    given(memory);
    __real_free(memory);
}

struct heap_account *heap_charge(struct heap_account *account)
{
    struct heap_account *before = charged;
    charged = account;
    return before;
}

void heap_forget(struct heap_account *account)
{
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        while (blocks[slot].account == account && blocks[slot].at)
            block_remove(&blocks[slot]);
    }
    *account = (struct heap_account){0};
}

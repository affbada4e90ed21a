/*
 * recent.c - the newest cards as they are sent, in one ring for everybody who is followed.
 */
#include "brokers/recent.h"

#include "core/ensure.h"
#include "core/status.h"

#include <stdlib.h>
#include <string.h>

/* Before the bytes of each block. chain NULL: nobody's any more, or the rest of the ring that was too short. */
struct header {
    struct recent_chain *chain;
    uint64_t n, next;
    uint64_t len;
};

#define ALIGNED(len) (((len) + 7u) & ~(uint64_t)7u)

_Static_assert(sizeof(struct header) % 8 == 0, "blocks begin where headers may");

int recent_open(struct recent *recent, uint64_t size)
{
    ensure(size > 0 && (size & (size - 1)) == 0);
    recent->ring = malloc(size);
    recent->size = recent->head = recent->tail = size; /* positions are never 0 */
    return recent->ring ? 0 : -E_NO_MEMORY;
}

void recent_close(struct recent *recent)
{
    free(recent->ring);
    *recent = (struct recent){.ring = NULL};
}

static struct header *header_at(const struct recent *recent, uint64_t at)
{
    ensure(at >= recent->tail && at < recent->head);
    return (struct header *)(void *)(recent->ring + at % recent->size);
}

static uint64_t block_size(const struct recent *recent, uint64_t at)
{
    return at % recent->size + sizeof(struct header) > recent->size
               ? recent->size - at % recent->size /* not even a header had room */
               : sizeof(struct header) + ALIGNED(header_at(recent, at)->len);
}

static void oldest_drop(struct recent *recent)
{
    uint64_t size = block_size(recent, recent->tail);
    if (size >= sizeof(struct header)) {
        const struct header *header = header_at(recent, recent->tail);
        struct recent_chain *chain = header->chain;
        if (chain) {
            ensure(chain->first == recent->tail);
            chain->from = header->n;
            chain->first = header->next;
            chain->last = header->next ? chain->last : 0;
        }
    }
    recent->tail += size;
}

static void room_make(struct recent *recent, uint64_t size)
{
    while (recent->head + size - recent->tail > recent->size)
        oldest_drop(recent);
}

/* A block lies in one piece: the rest of the ring is passed over when it is too short. */
static void rest_pass(struct recent *recent, uint64_t size)
{
    uint64_t rest = recent->size - recent->head % recent->size;
    if (rest >= size)
        return;
    room_make(recent, rest);
    uint64_t at = recent->head;
    recent->head += rest;
    if (rest >= sizeof(struct header))
        *header_at(recent, at) = (struct header){.len = rest - sizeof(struct header)};
}

void recent_add(struct recent *recent, struct recent_chain *chain, uint64_t n, struct span block)
{
    uint64_t size = sizeof(struct header) + ALIGNED(block.len);
    ensure(size <= recent->size / 4);
    rest_pass(recent, size);
    room_make(recent, size);
    uint64_t at = recent->head;
    recent->head += size;
    struct header *header = header_at(recent, at);
    *header = (struct header){.chain = chain, .n = n, .len = block.len};
    memcpy(header + 1, block.at, block.len);
    if (chain->last)
        header_at(recent, chain->last)->next = at;
    else
        chain->first = at;
    chain->last = at;
}

bool recent_next(const struct recent *recent, const struct recent_chain *chain, uint64_t *n, uint64_t *at,
                 struct span *ret_block)
{
    bool known = *at >= recent->tail && *at < recent->head && header_at(recent, *at)->chain == chain;
    uint64_t next = known ? header_at(recent, *at)->next : chain->first;
    ensure(*n >= chain->from);
    while (next && header_at(recent, next)->n <= *n)
        next = header_at(recent, next)->next;
    if (!next)
        return false;
    const struct header *header = header_at(recent, next);
    *n = header->n;
    *at = next;
    *ret_block = span_make(header + 1, header->len);
    return true;
}

void recent_forget(struct recent *recent, struct recent_chain *chain)
{
    for (uint64_t at = chain->first; at; at = header_at(recent, at)->next)
        header_at(recent, at)->chain = NULL;
    *chain = (struct recent_chain){.from = 0};
}

/*
 * checks_table.c - hashing, and a table that only grows.
 */
#include "core/ensure.h"
#include "tests/sim/checks_inside.h"

#include <stdlib.h>

void *checks_take(size_t size)
{
    void *memory = calloc(1, size ? size : 1);
    ensure(memory != NULL);
    return memory;
}

uint64_t hash_bytes(uint64_t hash, struct span bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        hash = (hash ^ bytes.at[i]) * 0x100000001b3ull;
    hash = (hash ^ bytes.len) * 0x9e3779b97f4a7c15ull;
    hash ^= hash >> 29;
    return hash ? hash : 1;
}

uint64_t hash_identity(struct span source, struct span id)
{
    return hash_bytes(hash_bytes(HASH_BEGIN, source), id);
}

void table_clear(struct table *table)
{
    free(table->slots);
    *table = (struct table){0};
}

static struct table_slot *slot_of(const struct table *table, uint64_t key)
{
    uint64_t at = key & (table->capacity - 1);
    while (table->slots[at].key != 0 && table->slots[at].key != key)
        at = (at + 1) & (table->capacity - 1);
    return &table->slots[at];
}

static void table_grow(struct table *table)
{
    struct table larger = {.capacity = table->capacity ? 2 * table->capacity : 1024, .count = table->count};
    larger.slots = checks_take(larger.capacity * sizeof *larger.slots);
    for (uint64_t i = 0; i < table->capacity; i++) {
        if (table->slots[i].key != 0)
            *slot_of(&larger, table->slots[i].key) = table->slots[i];
    }
    free(table->slots);
    *table = larger;
}

uint64_t *table_at(struct table *table, uint64_t key)
{
    ensure(key != 0);
    if (2 * (table->count + 1) > table->capacity)
        table_grow(table);
    struct table_slot *slot = slot_of(table, key);
    table->count += slot->key == 0;
    slot->key = key;
    return &slot->value;
}

const uint64_t *table_find(const struct table *table, uint64_t key)
{
    if (table->capacity == 0)
        return NULL;
    const struct table_slot *slot = slot_of(table, key);
    return slot->key == key ? &slot->value : NULL;
}

/*
 * fingerprints.c - see fingerprints.h.
 *
 *   slot    [ bits of the fingerprint | distance, 1 to 5 bits | number of the row, plus one ]; all 0: free
 *
 * A distance too long for its bits is written as the greatest one: then the ring says where the slot belongs. Windows of 2^26
 * entries and more have no bits of the fingerprint, those of 2^27 and more fewer bits for the distance.
 */
#include "brokers/fingerprints.h"

#include "core/ensure.h"
#include "core/status.h"
#include "io/memory.h"

#include <stdbool.h>
#include <stdlib.h>

#define AHEAD_ROWS 16u
#define DISTANCE_BITS 5u

struct fingerprints {
    uint64_t newest; /* seq */
    uint32_t newest_row;
    uint32_t entries; /* of the window, and rows of the ring */
    uint32_t mask;    /* slots minus one */
    uint32_t row_bits;
    uint32_t distance_bits;
    uint32_t *slots;
    uint64_t *ring;
};

/* ---- a slot ---- */

static uint32_t home_of(const struct fingerprints *prints, uint64_t fingerprint)
{
    return (uint32_t)fingerprint & prints->mask;
}

static uint32_t row_of(const struct fingerprints *prints, uint32_t slot)
{
    return (slot & ((1u << prints->row_bits) - 1)) - 1;
}

static uint32_t distance_most(const struct fingerprints *prints)
{
    return (1u << prints->distance_bits) - 1;
}

static uint32_t slot_make(const struct fingerprints *prints, uint64_t fingerprint, uint32_t row, uint32_t distance)
{
    uint32_t most = distance_most(prints);
    uint64_t bits = fingerprint >> 32 << prints->distance_bits | (distance < most ? distance : most);
    return (uint32_t)(bits << prints->row_bits) | (row + 1);
}

/* Whether the bits of it that are in the slot are those of the fingerprint. */
static bool slot_may_be(const struct fingerprints *prints, uint32_t slot, uint64_t fingerprint)
{
    uint32_t others = prints->row_bits + prints->distance_bits;
    return others == 32 || slot >> others == (uint32_t)(fingerprint >> 32 << others) >> others;
}

/* From where it belongs, of the slot at `at`. */
static uint32_t distance_of(const struct fingerprints *prints, uint32_t at)
{
    uint32_t slot = prints->slots[at];
    uint32_t most = distance_most(prints);
    uint32_t distance = slot >> prints->row_bits & most;
    return distance < most ? distance : (at - home_of(prints, prints->ring[row_of(prints, slot)])) & prints->mask;
}

/* ---- the table ---- */

static void slot_take(struct fingerprints *prints, uint64_t fingerprint, uint32_t row)
{
    uint32_t home = home_of(prints, fingerprint);
    uint32_t distance = 0;
    while (prints->slots[(home + distance) & prints->mask] != 0)
        distance++;
    prints->slots[(home + distance) & prints->mask] = slot_make(prints, fingerprint, row, distance);
}

static uint32_t slot_find(const struct fingerprints *prints, uint32_t row)
{
    uint32_t at = home_of(prints, prints->ring[row]);
    while (row_of(prints, prints->slots[at]) != row) {
        ensure(prints->slots[at] != 0);
        at = (at + 1) & prints->mask;
    }
    return at;
}

static void slot_move(struct fingerprints *prints, uint32_t from, uint32_t to, uint32_t distance)
{
    uint32_t most = distance_most(prints);
    uint32_t kept = prints->slots[from] & ~(most << prints->row_bits);
    prints->slots[to] = kept | (distance < most ? distance : most) << prints->row_bits;
}

/* Frees a row's slot and moves those behind it up, so that no search stops early (Knuth 6.4, algorithm R). */
static void slot_free(struct fingerprints *prints, uint32_t row)
{
    uint32_t hole = slot_find(prints, row);
    for (uint32_t at = (hole + 1) & prints->mask; prints->slots[at] != 0; at = (at + 1) & prints->mask) {
        uint32_t distance = distance_of(prints, at);
        uint32_t gap = (at - hole) & prints->mask;
        if (distance >= gap) {
            slot_move(prints, at, hole, distance - gap);
            hole = at;
        }
    }
    prints->slots[hole] = 0;
}

/* ---- the window ---- */

void fingerprints_prefetch(const struct fingerprints *prints, uint64_t fingerprint)
{
    __builtin_prefetch(&prints->slots[home_of(prints, fingerprint)], 1);
}

/* 0 stands for none: the one that is 0 shares another's place. */
static uint64_t told_apart(uint64_t fingerprint)
{
    return fingerprint ? fingerprint : 1;
}

/* The next entry takes the oldest one's row. Which slot will be freed some rows later is known now: brought nearer here, as GCC takes
 * a function that does nothing else for one without effect. */
static void row_step(struct fingerprints *prints)
{
    uint32_t row = prints->newest_row + 1 == prints->entries ? 0 : prints->newest_row + 1;
    if (prints->ring[row]) {
        slot_free(prints, row);
        prints->ring[row] = 0;
    }
    prints->newest_row = row;
    prints->newest++;
    if (prints->entries - row > AHEAD_ROWS)
        __builtin_prefetch(&prints->slots[home_of(prints, prints->ring[row + AHEAD_ROWS])], 1);
}

void fingerprints_slide(struct fingerprints *prints, uint64_t seq)
{
    if (seq <= prints->newest)
        return;
    if (seq - prints->newest > prints->entries) /* nothing stays: each row is stepped over once */
        prints->newest = seq - prints->entries;
    while (prints->newest < seq)
        row_step(prints);
}

void fingerprints_add(struct fingerprints *prints, uint64_t fingerprint, uint64_t seq)
{
    if (seq <= prints->newest)
        return;
    fingerprints_slide(prints, seq);
    prints->ring[prints->newest_row] = told_apart(fingerprint);
    slot_take(prints, told_apart(fingerprint), prints->newest_row);
}

uint64_t fingerprints_next(const struct fingerprints *prints, uint64_t fingerprint, uint32_t *steps)
{
    fingerprint = told_apart(fingerprint);
    for (;;) {
        uint32_t slot = prints->slots[(home_of(prints, fingerprint) + *steps) & prints->mask];
        if (slot == 0)
            return 0;
        ++*steps;
        uint32_t row = row_of(prints, slot);
        if (!slot_may_be(prints, slot, fingerprint) || prints->ring[row] != fingerprint)
            continue;
        uint32_t age =
            prints->newest_row >= row ? prints->newest_row - row : prints->newest_row + prints->entries - row;
        return prints->newest - age;
    }
}

/* ---- opening ---- */

static uint32_t bits_of(uint32_t number)
{
    uint32_t bits = 0;
    while (number >> bits)
        bits++;
    return bits;
}

int fingerprints_open(uint32_t entries, struct fingerprints **ret_fingerprints)
{
    ensure(entries > 0);
    ensure(entries <= FINGERPRINTS_MAX);
    struct fingerprints *prints = calloc(1, sizeof *prints);
    if (!prints)
        return -E_NO_MEMORY;
    size_t slots = 1;
    while (slots < (size_t)2 * entries)
        slots *= 2;
    prints->entries = entries;
    prints->mask = (uint32_t)(slots - 1);
    prints->row_bits = bits_of(entries);
    prints->distance_bits = 32 - prints->row_bits < DISTANCE_BITS ? 32 - prints->row_bits : DISTANCE_BITS;
    prints->slots = memory_take(slots * sizeof *prints->slots);
    prints->ring = memory_take(entries * sizeof *prints->ring);
    if (!prints->slots || !prints->ring) {
        fingerprints_close(prints);
        return -E_NO_MEMORY;
    }
    *ret_fingerprints = prints;
    return 0;
}

void fingerprints_close(struct fingerprints *prints)
{
    if (!prints)
        return;
    free(prints->slots);
    free(prints->ring);
    free(prints);
}

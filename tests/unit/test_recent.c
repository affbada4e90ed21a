/* The ring of recent cards beside a naive list of everything that was ever put into it. */
#include "brokers/recent.h"
#include "core/ensure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RING 8192u
#define CHAINS 5u
#define BLOCKS 4000u
#define BLOCK_MAX 700u

struct noted {
    uint32_t chain;
    uint64_t n;
    size_t len;
};

static struct noted noted[BLOCKS];
static uint8_t bytes[BLOCK_MAX];

static uint32_t dice(uint64_t *seed, uint32_t sides)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % sides;
}

static void block_make(const struct noted *block)
{
    for (size_t i = 0; i < block->len; i++)
        bytes[i] = (uint8_t)(block->n * 7 + block->chain * 31 + i);
}

/* All blocks of the chain above `from` that were noted, in order, and no other. Returns their bytes. */
static size_t chain_check(const struct recent *recent, const struct recent_chain *chain, uint32_t which, uint32_t count,
                          bool by_hand)
{
    uint64_t n = chain->from, at = 0;
    size_t sum = 0;
    struct span block;
    for (uint32_t i = 0; i < count; i++) {
        if (noted[i].chain != which || noted[i].n <= chain->from)
            continue;
        if (!by_hand)
            at = 0; /* whoever does not know where it was finds it, too */
        assert_true(recent_next(recent, chain, &n, &at, &block));
        assert_int_equal(n, noted[i].n);
        assert_int_equal(block.len, noted[i].len);
        block_make(&noted[i]);
        assert_memory_equal(block.at, bytes, block.len);
        sum += block.len;
    }
    assert_false(recent_next(recent, chain, &n, &at, &block));
    return sum;
}

static void a_chain_has_its_newest_blocks_without_a_gap(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct recent recent = {0};
        struct recent_chain chain[CHAINS] = {{0}};
        uint64_t last[CHAINS] = {0}, random = seed;
        assert_int_equal(recent_open(&recent, RING), 0);
        for (uint32_t i = 0; i < BLOCKS; i++) {
            struct noted *one = &noted[i];
            one->chain = dice(&random, 3) ? 0 : dice(&random, CHAINS); /* one is told of more than the others */
            one->n = last[one->chain] += 1 + dice(&random, 3);
            one->len = dice(&random, 20) ? dice(&random, BLOCK_MAX) : 0;
            block_make(one);
            recent_add(&recent, &chain[one->chain], one->n, span_make(bytes, one->len));
            assert_true(chain[one->chain].from < one->n);
            if (i % 97 == 0 && i > 0) { /* somebody is followed no longer: what comes is a new one's */
                uint32_t which = dice(&random, CHAINS);
                recent_forget(&recent, &chain[which]);
                chain[which].from = last[which];
            }
            size_t sum = 0;
            for (uint32_t k = 0; i % 5 == 0 && k < CHAINS; k++)
                sum += chain_check(&recent, &chain[k], k, i + 1, i % 2 == 0);
            assert_true(sum <= RING);
        }
        recent_close(&recent);
    }
}

static void a_full_ring_keeps_what_fits(void **state)
{
    (void)state;
    struct recent recent = {0};
    struct recent_chain chain = {0};
    struct span block;
    assert_int_equal(recent_open(&recent, RING), 0);
    for (uint64_t n = 1; n <= 1000; n++)
        recent_add(&recent, &chain, n, span_make(bytes, 480)); /* 512 with what stands before it: sixteen fit */
    assert_int_equal(chain.from, 1000 - RING / 512);
    uint64_t n = chain.from, at = 0;
    for (uint64_t expected = chain.from + 1; expected <= 1000; expected++) {
        assert_true(recent_next(&recent, &chain, &n, &at, &block));
        assert_int_equal(n, expected);
    }
    recent_close(&recent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_has_its_newest_blocks_without_a_gap),
        cmocka_unit_test(a_full_ring_keeps_what_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

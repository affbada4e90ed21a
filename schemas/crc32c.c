/*
 * crc32c.c - CRC-32C (Castagnoli, reflected polynomial 0x82f63b78), as iSCSI and ext4 use it.
 *
 * With SSE4.2 eight bytes a step, elsewhere half a byte a step from a table that anyone can check by eye.
 *
 * A step waits three cycles for the one before, though one can begin each cycle. Long stretches are therefore walked
 * in three lanes at once, as Gopal et al. describe ("Fast CRC Computation for iSCSI Polynomial Using CRC32
 * Instruction", Intel 2011):
 *
 *   [ first lane | second lane | third lane ]     crc = first x^(2n) + second x^n + third, n bits a lane
 */
#include "schemas/record.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define LANE 1024u                  /* bytes */
#define PAST_ONE_LANE 0x170076fall  /* x^(8 * 1024 - 33), reflected: the step that follows adds the other 33 */
#define PAST_TWO_LANES 0xa51b6135ll /* x^(8 * 2048 - 33) */

__attribute__((target("sse4.2"))) static inline uint64_t step_eight(uint64_t crc, const uint8_t *at)
{
    uint64_t eight;
    memcpy(&eight, at, sizeof eight);
    return _mm_crc32_u64(crc, eight);
}

/* What a remainder becomes when as many zero bytes follow as `past` says. */
__attribute__((target("sse4.2,pclmul"))) static inline uint64_t move_past(uint64_t crc, long long past)
{
    __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)crc), _mm_cvtsi64_si128(past), 0);
    return _mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(product));
}

__attribute__((target("sse4.2,pclmul"))) static uint32_t crc32c_lanes(uint32_t crc, const uint8_t *at)
{
    uint64_t first = crc, second = 0, third = 0;
    for (const uint8_t *end = at + LANE; at < end; at += 8) {
        first = step_eight(first, at);
        second = step_eight(second, at + LANE);
        third = step_eight(third, at + 2 * LANE);
    }
    return (uint32_t)(move_past(first, PAST_TWO_LANES) ^ move_past(second, PAST_ONE_LANE) ^ third);
}

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse(uint32_t crc, const uint8_t *at, size_t len)
{
    if (__builtin_cpu_supports("pclmul")) {
        for (; len >= 3 * LANE; at += 3 * LANE, len -= 3 * LANE)
            crc = crc32c_lanes(crc, at);
    }
    uint64_t wide = crc;
    for (; len >= 8; at += 8, len -= 8)
        wide = step_eight(wide, at);
    crc = (uint32_t)wide;
    for (; len > 0; at++, len--)
        crc = _mm_crc32_u8(crc, *at);
    return crc;
}
#endif

/* Remainders of the sixteen values of half a byte. */
static const uint32_t remainders[16] = {
    0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
    0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

static uint32_t crc32c_table(uint32_t crc, const uint8_t *at, size_t len)
{
    for (; len > 0; at++, len--) {
        crc ^= *at;
        crc = (crc >> 4) ^ remainders[crc & 15u];
        crc = (crc >> 4) ^ remainders[crc & 15u];
    }
    return crc;
}

uint32_t crc32c_portable(uint32_t crc, struct span bytes)
{
    return ~crc32c_table(~crc, bytes.at, bytes.len);
}

uint32_t crc32c(uint32_t crc, struct span bytes)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2"))
        return ~crc32c_sse(~crc, bytes.at, bytes.len);
#endif
    return crc32c_portable(crc, bytes);
}

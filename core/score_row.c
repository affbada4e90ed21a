/*
 * A row's bytes:
 *
 *   version | n | weighted | overall | overall_only | satisfied | nps_n | promoters | detractors | ces | dropped
 *           | forms | perfect | inhouse | oem | dimension count | for each, in order of name: length, name, sums
 *
 * Numbers are LEB128 (seven bits a byte, lowest first, the shortest form), sums are n, sum and squares. One row has
 * one form: equal sums are equal bytes. To change the format, raise ROW_VERSION and let the decoder read the older
 * ones.
 */
#include "core/ensure.h"
#include "core/score.h"
#include "core/status.h"

#define ROW_VERSION 2u
#define NUMBER_MAX 10u /* bytes of the longest number */
#define SUMS_MAX (3u * NUMBER_MAX)
#define DIMENSION_MAX (1u + NAME_MAX_BYTES + SUMS_MAX)

_Static_assert(1 + 8 * NUMBER_MAX + 6 * SUMS_MAX + 1 + DIMENSIONS_MAX * DIMENSION_MAX <= SCORE_ROW_MAX,
               "the largest row fits");

static uint8_t *put_number(uint8_t *to, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        *to++ = (uint8_t)(number | 0x80);
    *to++ = (uint8_t)number;
    return to;
}

static uint8_t *put_sums(uint8_t *to, const struct sums *sums)
{
    ensure(sums->sum >= 0);
    ensure(sums->squares >= 0);
    to = put_number(to, sums->n);
    to = put_number(to, (uint64_t)sums->sum);
    return put_number(to, (uint64_t)sums->squares);
}

size_t score_row_encode(const struct score_sums *sums, uint8_t buffer[SCORE_ROW_MAX])
{
    uint8_t *to = buffer;
    *to++ = ROW_VERSION;
    to = put_number(to, sums->n);
    to = put_sums(to, &sums->weighted);
    to = put_sums(to, &sums->overall);
    to = put_sums(to, &sums->overall_only);
    to = put_number(to, sums->satisfied);
    to = put_number(to, sums->nps_n);
    to = put_number(to, sums->promoters);
    to = put_number(to, sums->detractors);
    to = put_sums(to, &sums->ces);
    to = put_number(to, sums->dropped);
    to = put_number(to, sums->forms);
    to = put_number(to, sums->perfect);
    to = put_sums(to, &sums->inhouse);
    to = put_sums(to, &sums->oem);
    ensure(sums->dimension_count <= DIMENSIONS_MAX);
    *to++ = (uint8_t)sums->dimension_count;
    for (uint32_t i = 0; i < sums->dimension_count; i++) {
        const struct dimension_sums *dimension = &sums->dimension[i];
        *to++ = dimension->len;
        memcpy(to, dimension->dimension, dimension->len);
        to = put_sums(to + dimension->len, &dimension->sums);
    }
    return (size_t)(to - buffer);
}

/* Reads on after a fault find nothing and give 0; `bad` is asked once at the end. */
struct row_reader {
    const uint8_t *at;
    const uint8_t *end;
    bool bad;
};

static uint8_t take_byte(struct row_reader *reader)
{
    if (reader->at == reader->end) {
        reader->bad = true;
        return 0;
    }
    return *reader->at++;
}

static uint64_t take_number(struct row_reader *reader)
{
    uint64_t number = 0;
    for (uint32_t shift = 0; shift < 7 * NUMBER_MAX; shift += 7) {
        uint64_t byte = take_byte(reader);
        number |= (byte & 0x7f) << shift;
        if (byte < 0x80) {
            bool longer_than_needed = byte == 0 && shift > 0;
            bool past_64_bits = shift == 63 && byte > 1;
            reader->bad |= longer_than_needed || past_64_bits;
            return number;
        }
    }
    reader->bad = true;
    return 0;
}

static int64_t take_signed(struct row_reader *reader)
{
    uint64_t number = take_number(reader);
    reader->bad |= number > INT64_MAX;
    return (int64_t)number;
}

static struct sums take_sums(struct row_reader *reader)
{
    struct sums sums;
    sums.n = take_number(reader);
    sums.sum = take_signed(reader);
    sums.squares = take_signed(reader);
    return sums;
}

static void take_dimension(struct row_reader *reader, struct score_sums *sums)
{
    struct dimension_sums *dimension = &sums->dimension[sums->dimension_count];
    uint8_t len = take_byte(reader);
    if (len == 0 || len > NAME_MAX_BYTES || len > reader->end - reader->at) {
        reader->bad = true;
        return;
    }
    struct span name = span_make(reader->at, len);
    reader->at += len;
    if (sums->dimension_count > 0)
        reader->bad |= span_compare(dimension_name(dimension - 1), name) >= 0;
    memcpy(dimension->dimension, name.at, name.len);
    dimension->len = len;
    dimension->sums = take_sums(reader);
    sums->dimension_count++;
}

int score_row_decode(struct span row, struct score_sums *ret_sums)
{
    struct row_reader reader = {row.at, row.at + row.len, row.len > SCORE_ROW_MAX};
    if (take_byte(&reader) != ROW_VERSION)
        return -E_BAD_FORMAT;
    struct score_sums sums = {0};
    sums.n = take_number(&reader);
    sums.weighted = take_sums(&reader);
    sums.overall = take_sums(&reader);
    sums.overall_only = take_sums(&reader);
    sums.satisfied = take_number(&reader);
    sums.nps_n = take_number(&reader);
    sums.promoters = take_number(&reader);
    sums.detractors = take_number(&reader);
    sums.ces = take_sums(&reader);
    sums.dropped = take_number(&reader);
    sums.forms = take_number(&reader);
    sums.perfect = take_number(&reader);
    sums.inhouse = take_sums(&reader);
    sums.oem = take_sums(&reader);
    uint32_t count = take_byte(&reader);
    reader.bad |= count > DIMENSIONS_MAX;
    for (uint32_t i = 0; i < count && !reader.bad; i++)
        take_dimension(&reader, &sums);
    if (reader.bad || reader.at != reader.end)
        return -E_BAD_FORMAT;
    *ret_sums = sums;
    return 0;
}

/* Answers of 0 to 10,000 thousandths, at most one a rating: what no ratings could add up to is rot, and would be met as a bug of
 * ours where figures are made of it. */
#define ANSWER_MAX 10000
#define ROW_RATINGS_MAX 1000000000u

static bool sums_possible(const struct sums *sums, uint64_t ratings)
{
    int64_t n = (int64_t)sums->n;
    if (sums->n > ratings || sums->sum < 0 || sums->sum > n * ANSWER_MAX || sums->squares > sums->sum * ANSWER_MAX)
        return false;
    return (__int128)sums->squares * n >= (__int128)sums->sum * sums->sum; /* Cauchy and Schwarz */
}

static bool row_possible(const struct score_sums *sums)
{
    if (sums->n > ROW_RATINGS_MAX || !sums_possible(&sums->weighted, sums->n) ||
        !sums_possible(&sums->overall, sums->n) || !sums_possible(&sums->overall_only, sums->n) ||
        !sums_possible(&sums->ces, sums->n) || !sums_possible(&sums->inhouse, sums->n) ||
        !sums_possible(&sums->oem, sums->n))
        return false;
    for (uint32_t i = 0; i < sums->dimension_count; i++) {
        if (!sums_possible(&sums->dimension[i].sums, sums->n))
            return false;
    }
    return sums->perfect <= sums->forms && sums->forms <= sums->n && sums->satisfied <= sums->overall.n &&
           sums->nps_n <= sums->n && sums->promoters <= sums->nps_n &&
           sums->detractors <= sums->nps_n - sums->promoters;
}

int score_row_read(struct span row, struct score_sums *ret_sums)
{
    struct score_sums sums;
    int result = score_row_decode(row, &sums);
    if (result == 0 && !row_possible(&sums))
        result = -E_BAD_FORMAT;
    if (result == 0)
        *ret_sums = sums;
    return result;
}

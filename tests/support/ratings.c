#include "tests/support/ratings.h"

#include "core/ensure.h"

#include <stdlib.h>

static struct span word_of(const char **text)
{
    *text += strspn(*text, " ");
    struct span word = span_make(*text, strcspn(*text, " "));
    *text += word.len;
    return word;
}

static int32_t thousandths_of(struct span word)
{
    return (int32_t)(strtod((const char *)word.at, NULL) * 1000 + 0.5);
}

static struct raw_answer key_of(struct span word)
{
    char *scale;
    struct raw_answer raw = {0};
    SET(&raw, raw_answer, key, strtol((const char *)word.at, &scale, 10));
    ensure(*scale == '@');
    SET(&raw, raw_answer, scale, span_make(scale + 1, (size_t)((const char *)word.at + word.len - (scale + 1))));
    return raw;
}

struct rated rating_of(const char *department, const char *text)
{
    struct rated rating = {0};
    SET(&rating, rated, store, span_of("sh-pudong"));
    SET(&rating, rated, department, span_of(department));
    SET(&rating, rated, channel, channel_is_kiosk);
    for (struct span word = word_of(&text); word.len > 0; word = word_of(&text)) {
        struct span value = word_of(&text);
        if (span_is(word, "nps"))
            SET(&rating, rated, nps, thousandths_of(value));
        else if (span_is(word, "ces"))
            SET(&rating, rated, ces, thousandths_of(value));
        else if (span_is(word, "overall"))
            SET(&rating, rated, overall, thousandths_of(value));
        else if (span_is(word, "key"))
            SET(&rating, rated, raw, key_of(value));
        else {
            ensure(rating.scores.count < DIMENSIONS_MAX);
            rating.scores.item[rating.scores.count++] = (struct dimension_score){word, thousandths_of(value)};
            rating.has |= (uint64_t)1 << rated_field_scores;
        }
    }
    return rating;
}

uint32_t draw(uint64_t *state, uint32_t below)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)((*state * 0x2545f4914f6cdd1dull) >> 33) % below;
}

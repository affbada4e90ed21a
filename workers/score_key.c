#include "workers/score_key.h"

#include "core/ensure.h"
#include "core/status.h"

#define SIGN_BIT 0x80000000u

static uint8_t *put_name(uint8_t *to, struct span name)
{
    ensure(name.len <= NAME_MAX_BYTES);
    if (name.len > 0)
        memcpy(to, name.at, name.len);
    return to + name.len;
}

size_t score_key_build(const struct score_place *place, uint8_t ret_key[SCORE_KEY_MAX])
{
    int64_t day = place->day < INT32_MIN ? INT32_MIN : place->day > INT32_MAX ? INT32_MAX : place->day;
    uint32_t ordered = (uint32_t)day ^ SIGN_BIT;
    uint8_t *to = put_name(ret_key, place->store);
    *to++ = 0;
    to = put_name(to, place->department);
    *to++ = 0;
    for (int shift = 24; shift >= 0; shift -= 8)
        *to++ = (uint8_t)(ordered >> shift);
    return (size_t)(put_name(to, place->staff) - ret_key);
}

/* Takes the name up to the next zero byte off `rest`. */
static int take_name(struct span *rest, struct span *ret_name)
{
    const uint8_t *end = rest->len > 0 ? memchr(rest->at, 0, rest->len) : NULL;
    if (!end || end - rest->at > (ptrdiff_t)NAME_MAX_BYTES)
        return -E_BAD_FORMAT;
    size_t len = (size_t)(end - rest->at);
    *ret_name = span_make(rest->at, len);
    *rest = span_make(end + 1, rest->len - len - 1);
    return 0;
}

int score_key_parse(struct span key, struct score_place *ret_place)
{
    struct score_place place;
    struct span rest = key;
    if (take_name(&rest, &place.store) != 0 || take_name(&rest, &place.department) != 0)
        return -E_BAD_FORMAT;
    if (rest.len < 4 || rest.len > 4 + NAME_MAX_BYTES)
        return -E_BAD_FORMAT;
    uint32_t ordered = 0;
    for (int i = 0; i < 4; i++)
        ordered = ordered << 8 | rest.at[i];
    place.day = (int32_t)(ordered ^ SIGN_BIT);
    place.staff = span_make(rest.at + 4, rest.len - 4);
    *ret_place = place;
    return 0;
}

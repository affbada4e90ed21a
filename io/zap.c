/*
 * zap.c - whether a peer is let in.
 */
#include "io/zap.h"

#include "core/status.h"

/* All channels of cards, of all stores and people. */
static bool sees_everything(const struct principal *principal)
{
    for (enum access_right right = MAY_see_complaint; right <= MAY_see_system; right++) {
        if (access_widest(principal, right) != REACH_ALL)
            return false;
    }
    return true;
}

int zap_judge(const struct keyring *keyring, const struct span *frame, uint32_t count, int64_t wall_ms,
              const struct principal **ret_principal)
{
    const struct principal *principal = NULL;
    if (count != ZAP_FRAMES || !span_is(frame[ZAP_VERSION], "1.0") || !span_is(frame[ZAP_MECHANISM], "CURVE") ||
        frame[ZAP_KEY].len != BUS_KEY_BYTES)
        return -E_BAD_REQUEST;
    bool publish = span_is(frame[ZAP_DOMAIN], DOMAIN_PUBLISH);
    if (!publish && !span_is(frame[ZAP_DOMAIN], DOMAIN_REQUEST))
        return -E_BAD_REQUEST;
    int result = keyring_of_key(keyring, frame[ZAP_KEY].at, wall_ms, &principal);
    if (result == 0 && publish && !sees_everything(principal))
        result = -E_NO_RIGHT;
    if (result == 0)
        *ret_principal = principal;
    return result;
}

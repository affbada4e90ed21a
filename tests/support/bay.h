/*
 * bay.h - a desk, and the kiosk of bay 03 of Pudong's service, that publishes ratings there.
 */
#ifndef MANYI_TESTS_SUPPORT_BAY_H
#define MANYI_TESTS_SUPPORT_BAY_H

#include "tests/support/desk_story.h"

#define SOURCE "/stores/sh-pudong/service/bay-03"

static struct desk desk;
static uint8_t event_buffer[4096];

static inline struct span rating(const char *id)
{
    return desk_rating(event_buffer, sizeof event_buffer, SOURCE, id, 9000);
}

static inline struct reply put(const char *ids, uint64_t epoch, uint64_t first)
{
    return desk_put(&desk, SOURCE, ids, epoch, first);
}

#endif

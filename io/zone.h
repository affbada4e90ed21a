/*
 * zone.h - what the system's time zone files say of a zone: whether a rulebook's offset fits it.
 *
 * Only for what people propose (`policy check`, `adopt`, start-up). The fold never asks: its figures stand in the document.
 */
#ifndef MANYI_IO_ZONE_H
#define MANYI_IO_ZONE_H

#include <stdint.h>

#define ZONE_DIR "/usr/share/zoneinfo"
#define ZONE_MESSAGE_MAX 256u

/* 0 when the offset is the zone's standard time of today, and when the system doesn't know the zone. -E_BAD_POLICY with
 * message: it is not. Zones with summer time have one offset here, too: a rulebook's clocks don't jump. */
int zone_check(const char *dir, const char *zone, int32_t utc_offset_minutes, char message[ZONE_MESSAGE_MAX]);

#endif

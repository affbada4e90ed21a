/*
 * zone.h - what the system's time zone files say of a zone, resolved into plain figures.
 *
 * Only for what people propose (`policy check`, `adopt`, start-up, `calendar`). The fold never asks: its figures stand in the
 * document. Reads TZif files (RFC 8536): the changes they list, then those by the rule in their last line.
 */
#ifndef MANYI_IO_ZONE_H
#define MANYI_IO_ZONE_H

#include "core/calendar_tables.h"

#define ZONE_DIR "/usr/share/zoneinfo"

struct zone_found {
    int32_t offset_minutes;      /* in force at from_ms; seconds, which no zone has any more, are cut off */
    struct zone_changes changes; /* within (from_ms, to_ms) */
};

/* Does this system have zones at all? */
bool zone_dir_exists(const char *dir);

/* -E_NOT_FOUND: the system doesn't know the zone; -E_CORRUPT: its file is no TZif file of version 2 or later; -E_NO_ROOM: more than
 * ZONE_CHANGES_MAX changes; -E_NO_MEMORY. */
int zone_resolve(const char *dir, const char *zone, int64_t from_ms, int64_t to_ms, struct zone_found *ret_found);

#endif

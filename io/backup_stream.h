/*
 * backup_stream.h - the sizes of a backup's parts (drawn in backup.h). Included by io/backup*.c only.
 */
#ifndef MANYI_IO_BACKUP_STREAM_H
#define MANYI_IO_BACKUP_STREAM_H

#include "io/backup.h"
#include "io/journal_snapshot.h"

#define BACKUP_MAGIC "MANYIBAK"
#define BACKUP_VERSION 1u
#define HEADER_BYTES 80u
#define BLOCK_HEADER_BYTES 8u
#define BLOCK_BYTES (4u * MIB)
#define COUNTS_BYTES 24u
#define SEAL_BYTES 32u

_Static_assert(BLOCK_BYTES > SYSTEM_EVENT_MAX + RECORD_MAX + 4 * KIB, "any record fits into a block");
_Static_assert(BLOCK_BYTES > SCRATCH_BYTES + 4 * KIB, "any row does");

#endif

/*
 * import.h - events from files: JSON lines and CSV, in UTF-8 (with or without BOM) or GB18030.
 *
 *   bytes --import_text--> one record's text in UTF-8 --import_json or import_csv--> a MessagePack map
 *         --import_event--> an event with id, source and type
 *
 * A file whose first character is { holds JSON lines: each an event's map, of which id, source and type may be
 * missing. Anything else is CSV: its first line names the columns, which are fields of the data ("overall",
 * "scores.quality", "call.id") or of the envelope ("id", "source", "type", "time", "subject"). An empty cell is no value.
 * An id that is missing is made from the file's name, the line's number and a hash of the line, so that the same file
 * published twice counts once.
 */
#ifndef MANYI_CLI_IMPORT_H
#define MANYI_CLI_IMPORT_H

#include "core/limits.h"
#include "schemas/codec.h"

#include <stdio.h>

#define IMPORT_LINE_MAX (2u * MIB)
#define IMPORT_COLUMNS_MAX 128u
#define IMPORT_MESSAGE_MAX 320u

/* ---- import_text.c: records of text ---- */

struct import_text {
    FILE *file;
    uint8_t *raw;  /* IMPORT_LINE_MAX bytes, as read */
    uint8_t *utf8; /* the same, converted; longer by half at most */
    bool gb18030;  /* told by the first record that is no UTF-8; a file is looked through first */
    bool begun;
    void *converter;    /* iconv_t */
    uint64_t next_line; /* number of the line that comes next */
};

int import_text_open(FILE *file, struct import_text *ret_text);
void import_text_close(struct import_text *text);

/* The next line, or with `quotes` the next record of a CSV, which may hold line ends within quotes; without its line end.
 * *ret_line is the number of its first line. -E_NOT_FOUND at the end. -E_TOO_LARGE, -E_BAD_UTF8 (neither UTF-8 nor
 * GB18030): this record can't be had, the next one can. The text lives until the next call. */
int import_text_next(struct import_text *text, bool quotes, struct span *ret_record, uint64_t *ret_line);

/* ---- import_csv.c ---- */

struct import_table {
    char names[16 * KIB]; /* the header's cells, one after the other */
    const char *column[IMPORT_COLUMNS_MAX];
    uint32_t column_count;
    char separator;
    char cells[IMPORT_LINE_MAX]; /* the present row's, each with a NUL */
    const char *cell[IMPORT_COLUMNS_MAX];
};

/* Takes the header. -E_BAD_INPUT_FILE with message. */
int import_csv_header(struct import_table *table, struct span record, char message[IMPORT_MESSAGE_MAX]);

/* Splits a row: table->cell has that many texts, which live until the next row. */
uint32_t import_csv_cells(struct import_table *table, struct span record);

/* One row as an event's map. default_type is what --type says, or NULL. -E_BAD_INPUT_FILE and others: message begins with
 * the column's name. */
int import_csv_row(struct import_table *table, struct span record, const char *default_type, struct wire_writer *writer,
                   char message[IMPORT_MESSAGE_MAX]);

/* The first data column that events of this type have no field for; NULL when all are known. */
const char *import_csv_unknown(const struct import_table *table, enum event_type type);

/* ---- import_event.c: the whole ---- */

struct import_options {
    const char *source; /* for events that name none */
    const char *type;   /* likewise; NULL: they must */
    bool historical;    /* marks every fact that can be marked */
};

struct import {
    struct import_options options;
    struct import_text text;
    struct import_table *table; /* NULL: JSON lines */
    char name[35];              /* for ids: the file's name without its folder */
    uint8_t *parsed;            /* buffers of IMPORT_EVENT_MAX */
    uint8_t *event;
    bool begun;
    bool ended; /* the file is no table: nothing of it can be read */
};

#define IMPORT_EVENT_MAX (2u * MIB)

int import_open(FILE *file, const char *path, const struct import_options *options, struct import **ret_import);
void import_close(struct import *import);

/* The next event, which lives until the next call. -E_NOT_FOUND at the end. Else this record is bad, message says why,
 * and the next one may be had. */
int import_next(struct import *import, struct span *ret_event, uint64_t *ret_line, char message[IMPORT_MESSAGE_MAX]);

#endif

/*
 * sessions_trace.c - see sessions_trace.h. Rare, and as long as reading the journal takes: a second for a gigabyte.
 */
#include "brokers/sessions_trace.h"
#include "core/status.h"
#include "schemas/codec.h"

#include <stdlib.h>

#define READ_BYTES (4 * (SYSTEM_EVENT_MAX + RECORD_MAX))

static void text_copy(char *text, struct span from, size_t len_max)
{
    size_t len = from.len < len_max ? from.len : len_max;
    if (len > 0)
        memcpy(text, from.at, len);
    text[len] = '\0';
}

/* What a volume before says, which includes what was refused or answered as a duplicate by then. */
static int row_trace(void *context, const struct session_row *row)
{
    struct session_row *traces = context;
    if (row->number == 0 || row->number > SESSIONS_MAX || row->source[0] == '\0')
        return 0;
    traces[row->number] = *row;
    traces[row->number].instance[0] = '\0'; /* others may have greeted since */
    return 0;
}

static void entry_trace(const struct entry *entry, struct session_row *traces)
{
    struct span id, source;
    if (entry->session == 0 || entry->session > SESSIONS_MAX || event_identity(entry->event, &id, &source) < 0)
        return;
    struct session_row *trace = &traces[entry->session];
    if (entry->sequence <= trace->last || source.len > URI_MAX_BYTES)
        return;
    trace->number = entry->session;
    trace->last = entry->sequence;
    text_copy(trace->last_id, id, NAME_MAX_BYTES);
    text_copy(trace->source, source, URI_MAX_BYTES);
}

static void record_trace(struct span bytes, struct session_row *traces)
{
    struct record record;
    struct record_cursor cursor = {0};
    struct entry entry;
    if (record_open(bytes, &record) < 0)
        return;
    while (record_next(&record, &cursor, &entry) == 0)
        entry_trace(&entry, traces);
}

static int journal_trace(struct journal_reader *reader, uint64_t head, struct journal_read *read,
                         struct session_row *traces)
{
    while (read->after < head) {
        int status = journal_read(reader, read);
        if (status == -E_CORRUPT) /* a damaged record, which is told where it matters */
            status = journal_skip(reader, read->upto, &read->upto);
        if (status)
            return status;
        for (uint32_t i = 0; i < read->count; i++)
            record_trace(read->records[i], traces);
        read->after = read->upto;
    }
    return 0;
}

int sessions_trace(struct journal *journal, struct session_row *traces)
{
    struct journal_reader *reader;
    struct journal_read *read = calloc(1, sizeof *read);
    int status = read ? journal_sessions_before(journal, row_trace, traces) : -E_NO_MEMORY;
    if (status == 0)
        status = journal_reader_open(journal, &reader);
    if (status) {
        free(read);
        return status;
    }
    read->class_mask = 1u << RECORD_OUTSIDE;
    read->capacity = READ_BYTES;
    read->buffer = malloc(read->capacity);
    status = read->buffer ? journal_trace(reader, journal_head(journal), read, traces) : -E_NO_MEMORY;
    journal_reader_close(reader);
    free(read->buffer);
    free(read);
    return status;
}

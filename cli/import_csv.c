/*
 * import_csv.c - a table's rows as events: columns named after fields, RFC 4180 quoting; comma, semicolon or tab.
 */
#include "cli/import.h"

#include "cli/fields.h"
#include "cli/options.h"
#include "core/status.h"

#include <time.h>

static const char *const envelope[] = {"id",   "source",        "type",        "subject",
                                       "time", "correlationid", "causationid", "traceparent"};
#define ENVELOPE_COUNT (sizeof envelope / sizeof envelope[0])

static bool is_envelope(const char *column)
{
    for (size_t i = 0; i < ENVELOPE_COUNT; i++) {
        if (strcmp(column, envelope[i]) == 0)
            return true;
    }
    return false;
}

/* Takes one cell's text into `to`; returns where it ends. Blanks around unquoted text are no part of it. */
static size_t cell_read(struct span record, size_t at, char separator, char *to, size_t *ret_len)
{
    size_t len = 0, end = 0; /* end: after the last character that is part of it */
    bool quoted = false;
    while (at < record.len && record.at[at] == ' ')
        at++;
    for (; at < record.len; at++) {
        char c = (char)record.at[at];
        if (c == '"' && quoted && at + 1 < record.len && record.at[at + 1] == '"') {
            at++;
        } else if (c == '"') {
            quoted = !quoted;
            end = len;
            continue;
        } else if (c == separator && !quoted) {
            break;
        }
        to[len++] = c == '\0' ? ' ' : c;
        end = quoted || c != ' ' ? len : end;
    }
    to[end] = '\0';
    *ret_len = end;
    return at;
}

/* Splits a record; cells point into `to`, which has record.len + count_max + 1 bytes. Returns how many there are. */
static uint32_t record_split(struct span record, char separator, char *to, const char **cells, uint32_t count_max)
{
    uint32_t count = 0;
    for (size_t at = 0; count < count_max; at++) {
        size_t len;
        at = cell_read(record, at, separator, to, &len);
        cells[count++] = to;
        to += len + 1;
        if (at >= record.len)
            break;
    }
    return count;
}

static char separator_of(struct span header)
{
    static const char separators[] = ",;\t";
    char best = ',';
    uint32_t most = 0;
    for (const char *separator = separators; *separator; separator++) {
        uint32_t count = 0;
        for (size_t i = 0; i < header.len; i++)
            count += header.at[i] == (uint8_t)*separator;
        if (count > most) {
            most = count;
            best = *separator;
        }
    }
    return best;
}

int import_csv_header(struct import_table *table, struct span record, char message[IMPORT_MESSAGE_MAX])
{
    if (record.len + IMPORT_COLUMNS_MAX >= sizeof table->names) {
        snprintf(message, IMPORT_MESSAGE_MAX, "the line of column names is longer than 16,000 bytes");
        return -E_BAD_INPUT_FILE;
    }
    table->separator = separator_of(record);
    table->column_count = record_split(record, table->separator, table->names, table->column, IMPORT_COLUMNS_MAX);
    for (uint32_t i = 0; i < table->column_count; i++) {
        for (uint32_t k = 0; k < i; k++) {
            if (table->column[i][0] && strcmp(table->column[i], table->column[k]) == 0) {
                snprintf(message, IMPORT_MESSAGE_MAX, "two columns are named %.64s", table->column[i]);
                return -E_BAD_INPUT_FILE;
            }
        }
    }
    return 0;
}

uint32_t import_csv_cells(struct import_table *table, struct span record)
{
    if (record.len + IMPORT_COLUMNS_MAX >= sizeof table->cells)
        record.len = sizeof table->cells - IMPORT_COLUMNS_MAX - 1;
    return record_split(record, table->separator, table->cells, table->cell, IMPORT_COLUMNS_MAX);
}

/* The field that a column's name leads to: "overall", or "call.id" in a record of its own. NULL: none, or a dimension. */
static const struct field *column_field(const struct record_table *record, const char *column, bool *ret_known)
{
    const char *dot = strchr(column, '.');
    struct span top = span_make(column, dot ? (size_t)(dot - column) : strlen(column));
    const struct field *field = record ? field_find(record, top) : NULL;
    *ret_known = field != NULL;
    if (!field || !dot)
        return field;
    if (field->kind == FIELD_NESTED) {
        field = field_find(field->inner, span_of(dot + 1));
        *ret_known = field != NULL;
        return field;
    }
    *ret_known = field->kind == FIELD_SCORES;
    return NULL;
}

const char *import_csv_unknown(const struct import_table *table, enum event_type type)
{
    for (uint32_t i = 0; i < table->column_count; i++) {
        bool known = true;
        if (table->column[i][0] && !is_envelope(table->column[i]))
            column_field(event_table(type)->record, table->column[i], &known);
        if (!known)
            return table->column[i];
    }
    return NULL;
}

struct row {
    const struct import_table *table;
    const struct record_table *record;
    uint32_t cell_count;
    int64_t now_ms;
};

static bool cell_is_empty(const struct row *row, uint32_t i)
{
    return i >= row->cell_count || row->table->cell[i][0] == '\0' || row->table->column[i][0] == '\0';
}

/* "scores.quality" and "scores.pickup" go into one map. */
static bool same_top(const char *a, const char *b)
{
    size_t len = strcspn(a, ".");
    return len == strcspn(b, ".") && memcmp(a, b, len) == 0;
}

/* Is this cell the first of its top-level field that has a value? */
static bool cell_leads(const struct row *row, uint32_t i)
{
    if (cell_is_empty(row, i) || is_envelope(row->table->column[i]))
        return false;
    for (uint32_t k = 0; k < i; k++) {
        if (!cell_is_empty(row, k) && same_top(row->table->column[k], row->table->column[i]))
            return false;
    }
    return true;
}

static int cell_encode(const struct row *row, uint32_t i, struct wire_writer *writer, char *message)
{
    static const struct field dimension = {.name = "scores", .kind = FIELD_SCORE};
    static const struct field unknown = {.name = "unknown", .kind = FIELD_TEXT};
    bool known;
    const struct field *field = column_field(row->record, row->table->column[i], &known);
    char why[FIELD_MESSAGE_MAX];
    int result = field_encode(field   ? field
                              : known ? &dimension
                                      : &unknown,
                              row->table->cell[i], row->now_ms, writer, why);
    if (result < 0)
        snprintf(message, IMPORT_MESSAGE_MAX, "data.%.60s: %.240s", row->table->column[i], why);
    return result;
}

static int group_encode(const struct row *row, uint32_t leader, struct wire_writer *writer, char *message)
{
    const char *column = row->table->column[leader];
    size_t len = strcspn(column, ".");
    wire_text(writer, span_make(column, len));
    if (column[len] == '\0')
        return cell_encode(row, leader, writer, message);
    uint32_t count = 0;
    for (uint32_t i = leader; i < row->cell_count; i++)
        count += !cell_is_empty(row, i) && same_top(row->table->column[i], column);
    wire_map(writer, count);
    for (uint32_t i = leader; i < row->cell_count; i++) {
        if (cell_is_empty(row, i) || !same_top(row->table->column[i], column))
            continue;
        const char *rest = row->table->column[i] + len;
        wire_text(writer, span_of(rest[0] ? rest + 1 : rest));
        int result = cell_encode(row, i, writer, message);
        if (result < 0)
            return result;
    }
    return 0;
}

static int data_encode(const struct row *row, struct wire_writer *writer, char *message)
{
    uint32_t pairs = 0;
    for (uint32_t i = 0; i < row->cell_count; i++)
        pairs += cell_leads(row, i);
    wire_key(writer, "data");
    wire_map(writer, pairs);
    for (uint32_t i = 0; i < row->cell_count; i++) {
        int result = cell_leads(row, i) ? group_encode(row, i, writer, message) : 0;
        if (result < 0)
            return result;
    }
    return 0;
}

static int envelope_encode(const struct row *row, uint32_t i, struct wire_writer *writer, char *message)
{
    static const struct field moment = {.name = "time", .kind = FIELD_TIME};
    static const struct field word = {.name = "text", .kind = FIELD_TEXT};
    const char *column = row->table->column[i];
    char why[FIELD_MESSAGE_MAX];
    wire_key(writer, column);
    int result =
        field_encode(strcmp(column, "time") == 0 ? &moment : &word, row->table->cell[i], row->now_ms, writer, why);
    if (result < 0)
        snprintf(message, IMPORT_MESSAGE_MAX, "%.60s: %.240s", column, why);
    return result;
}

int import_csv_row(struct import_table *table, struct span record, const char *default_type, struct wire_writer *writer,
                   char message[IMPORT_MESSAGE_MAX])
{
    struct row row = {.table = table, .now_ms = (int64_t)time(NULL) * 1000};
    if (record.len + IMPORT_COLUMNS_MAX >= sizeof table->cells) {
        snprintf(message, IMPORT_MESSAGE_MAX, "longer than %u bytes", IMPORT_LINE_MAX - IMPORT_COLUMNS_MAX);
        return -E_TOO_LARGE;
    }
    row.cell_count = record_split(record, table->separator, table->cells, table->cell, IMPORT_COLUMNS_MAX);
    for (uint32_t i = table->column_count; i < row.cell_count; i++) {
        if (table->cell[i][0]) {
            snprintf(message, IMPORT_MESSAGE_MAX, "%u cells for %u columns", row.cell_count, table->column_count);
            return -E_BAD_INPUT_FILE;
        }
    }
    if (row.cell_count > table->column_count)
        row.cell_count = table->column_count;
    const char *type = default_type;
    uint32_t pairs = 1;
    for (uint32_t i = 0; i < row.cell_count; i++) {
        if (cell_is_empty(&row, i) || !is_envelope(table->column[i]))
            continue;
        pairs++;
        if (strcmp(table->column[i], "type") == 0)
            type = table->cell[i];
    }
    row.record = type ? event_table(event_type_of(span_of(type)))->record : NULL;
    wire_map(writer, pairs);
    for (uint32_t i = 0; i < row.cell_count; i++) {
        bool wanted = !cell_is_empty(&row, i) && is_envelope(table->column[i]);
        int result = wanted ? envelope_encode(&row, i, writer, message) : 0;
        if (result < 0)
            return result;
    }
    return data_encode(&row, writer, message);
}

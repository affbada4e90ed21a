/*
 * table.c - rows for people: aligned columns, local times, nothing of anybody's data that could steer a terminal.
 */
#include "cli/table.h"

#include "cli/text.h"
#include "core/ensure.h"
#include "core/status.h"
#include "schemas/wire.h"

#include <stdlib.h>
#include <time.h>

void time_short(int64_t ms, char ret_text[24])
{
    time_t seconds = (time_t)(ms / 1000), now = time(NULL);
    struct tm local, today;
    localtime_r(&seconds, &local);
    localtime_r(&now, &today);
    strftime(ret_text, 24, local.tm_year == today.tm_year ? "%m-%d %H:%M" : "%Y-%m-%d %H:%M", &local);
}

/* The value at "csi.value"; -E_NOT_FOUND. */
static int path_find(struct span map, const char *path, struct wire_value *ret_value, struct span *ret_bytes)
{
    for (;;) {
        char key[64];
        size_t len = strcspn(path, ".");
        ensure(len < sizeof key);
        memcpy(key, path, len);
        key[len] = '\0';
        int result = wire_find(map, key, ret_value, ret_bytes);
        if (result < 0 || path[len] == '\0')
            return result;
        map = *ret_bytes;
        path += len + 1;
    }
}

static void names_write(struct span array, char *text)
{
    struct wire_reader reader = wire_reader(array);
    struct wire_value value;
    size_t len = 0;
    if (wire_read(&reader, &value) < 0)
        return;
    uint32_t count = value.count;
    for (uint32_t i = 0; i < count && wire_read(&reader, &value) == 0 && value.kind == WIRE_STR; i++) {
        char name[CELL_MAX];
        text_clean(value.bytes, name, sizeof name);
        int more = snprintf(text + len, CELL_MAX - len, "%s%s", i ? "," : "", name);
        len = len + (size_t)more < CELL_MAX ? len + (size_t)more : CELL_MAX - 1;
    }
}

/* The earliest deadline of a clock that still runs. */
static void due_write(struct span clocks, char *text)
{
    struct wire_reader reader = wire_reader(clocks);
    struct wire_value array, value;
    struct span clock, bytes;
    int64_t least = INT64_MAX;
    bool breached = false;
    if (wire_read(&reader, &array) < 0 || array.kind != WIRE_ARRAY)
        return;
    for (uint32_t i = 0; i < array.count && wire_skip(&reader, 4, &clock) == 0; i++) {
        int64_t due;
        bool runs = wire_find(clock, "stopped_at", &value, &bytes) < 0 || value.kind == WIRE_NIL;
        if (!runs || wire_find(clock, "due_at", &value, &bytes) < 0 || wire_time_ms(&value, &due) < 0 || due >= least)
            continue;
        least = due;
        breached = wire_find(clock, "breached", &value, &bytes) == 0 && value.kind == WIRE_BOOL && value.truth;
    }
    if (least == INT64_MAX)
        return;
    char due[24];
    time_short(least, due);
    snprintf(text, CELL_MAX, "%s%s", due, breached ? " !" : "");
}

static void figure_write(double figure, enum cell_kind kind, char *text)
{
    if (kind == CELL_PERCENT)
        snprintf(text, CELL_MAX, "%.1f %%", 100 * figure);
    else if (kind == CELL_ONE)
        snprintf(text, CELL_MAX, "%.1f", figure);
    else
        snprintf(text, CELL_MAX, "%g", figure);
}

void cell_text(struct span map, const char *path, enum cell_kind kind, char ret_text[CELL_MAX])
{
    struct wire_value value;
    struct span bytes;
    int64_t ms;
    ret_text[0] = '\0';
    if (path_find(map, path, &value, &bytes) < 0)
        return;
    if (kind == CELL_TIME && wire_time_ms(&value, &ms) == 0) {
        time_short(ms, ret_text);
        return;
    }
    switch (value.kind) {
    case WIRE_STR:
        text_clean(value.bytes, ret_text, CELL_MAX);
        return;
    case WIRE_BOOL:
        snprintf(ret_text, CELL_MAX, "%s", value.truth ? "yes" : kind == CELL_MARK ? "" : "no");
        return;
    case WIRE_INT:
    case WIRE_UINT:
        if (kind == CELL_ONE || kind == CELL_PERCENT)
            figure_write(value.kind == WIRE_INT ? (double)value.integer : (double)value.natural, kind, ret_text);
        else if (value.kind == WIRE_INT)
            snprintf(ret_text, CELL_MAX, "%lld", (long long)value.integer);
        else
            snprintf(ret_text, CELL_MAX, "%llu", (unsigned long long)value.natural);
        return;
    case WIRE_FLOAT:
        figure_write(value.real, kind, ret_text);
        return;
    case WIRE_ARRAY:
        if (kind == CELL_DUE)
            due_write(bytes, ret_text);
        else
            names_write(bytes, ret_text);
        return;
    case WIRE_NIL:
    case WIRE_BIN:
    case WIRE_MAP:
    case WIRE_EXT:
        return;
    }
}

static bool is_right(enum cell_kind kind)
{
    return kind == CELL_NUMBER || kind == CELL_ONE || kind == CELL_PERCENT;
}

static void cell_print(FILE *to, const char *text, const struct column *column, uint32_t width, bool last)
{
    uint32_t own = text_width(text);
    int blanks = own < width ? (int)(width - own) : 0;
    if (is_right(column->kind))
        fprintf(to, "%*s%s%s", blanks, "", text, last ? "" : "  ");
    else if (last)
        fputs(text, to);
    else
        fprintf(to, "%s%*s", text, blanks + 2, "");
}

/* One walk over the rows: measures widths, or prints. */
static int rows_walk(FILE *to, const struct column *columns, uint32_t count, struct span rows, uint32_t *width)
{
    struct wire_reader reader = wire_reader(rows);
    struct wire_value array;
    int result = wire_read(&reader, &array);
    if (result < 0 || array.kind != WIRE_ARRAY)
        return result < 0 ? result : -E_MALFORMED;
    for (uint32_t row = 0; row < array.count; row++) {
        struct span map;
        result = wire_skip(&reader, 16, &map);
        if (result < 0)
            return result;
        for (uint32_t i = 0; i < count; i++) {
            char text[CELL_MAX];
            cell_text(map, columns[i].path, columns[i].kind, text);
            if (to)
                cell_print(to, text, &columns[i], width[i], i + 1 == count);
            else if (text_width(text) > width[i])
                width[i] = text_width(text);
        }
        if (to)
            fputc('\n', to);
    }
    return (int)array.count;
}

int table_print(FILE *to, const struct column *columns, uint32_t count, struct span rows)
{
    uint32_t width[COLUMNS_MAX];
    ensure(count <= COLUMNS_MAX);
    for (uint32_t i = 0; i < count; i++)
        width[i] = text_width(columns[i].title);
    int result = rows_walk(NULL, columns, count, rows, width);
    if (result <= 0)
        return result;
    for (uint32_t i = 0; i < count; i++)
        cell_print(to, columns[i].title, &columns[i], width[i], i + 1 == count);
    fputc('\n', to);
    result = rows_walk(to, columns, count, rows, width);
    return result < 0 ? result : 0;
}

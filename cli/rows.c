/*
 * rows.c - answers to GET: all pages of them as one array, printed as JSON or as a table.
 */
#include "cli/rows.h"

#include "core/ensure.h"
#include "core/status.h"
#include "io/json.h"

#include <stdlib.h>

#define ARRAY_HEADER 5u /* array 32: one byte and a count */

static int rows_add(struct row_list *list, struct span row)
{
    size_t begin = list->len ? list->len : ARRAY_HEADER;
    if (begin + row.len > list->capacity) {
        size_t capacity = 2 * (begin + row.len) + 4096;
        uint8_t *bytes = realloc(list->bytes, capacity);
        if (!bytes)
            return -E_NO_MEMORY;
        list->bytes = bytes;
        list->capacity = capacity;
    }
    memcpy(list->bytes + begin, row.at, row.len);
    list->len = begin + row.len;
    list->count++;
    uint8_t header[ARRAY_HEADER] = {0xdd, (uint8_t)(list->count >> 24), (uint8_t)(list->count >> 16),
                                    (uint8_t)(list->count >> 8), (uint8_t)list->count};
    memcpy(list->bytes, header, sizeof header);
    return 0;
}

struct span rows_array(const struct row_list *list)
{
    static const uint8_t empty[] = {0x90};
    return list->count ? span_make(list->bytes, list->len) : span_make(empty, sizeof empty);
}

struct span rows_first(const struct row_list *list)
{
    struct span row = {NULL, 0};
    struct wire_reader reader = wire_reader(span_make(list->bytes + ARRAY_HEADER, list->len - ARRAY_HEADER));
    if (list->count == 0 || wire_skip(&reader, 16, &row) < 0)
        return (struct span){NULL, 0};
    return row;
}

void rows_free(struct row_list *list)
{
    free(list->bytes);
    *list = (struct row_list){.count = 0};
}

static int page_take(struct row_list *list, struct span rows, uint64_t limit)
{
    struct wire_reader reader = wire_reader(rows);
    struct wire_value array;
    int result = wire_read(&reader, &array);
    if (result == 0 && array.kind != WIRE_ARRAY)
        result = -E_MALFORMED;
    for (uint32_t i = 0; result == 0 && i < array.count && list->count < limit; i++) {
        struct span row;
        result = wire_skip(&reader, 16, &row);
        if (result == 0)
            result = rows_add(list, row);
    }
    return result;
}

int rows_get(struct cli *cli, enum cli_port port, struct get_request *request, uint64_t limit, struct row_list *list)
{
    uint8_t body[8 * KIB];
    char cursor[TEXT_MAX_BYTES];
    if (option_text(&cli->arguments, "why"))
        SET(request, get_request, why, span_of(option_text(&cli->arguments, "why")));
    for (;;) {
        uint64_t left = limit - list->count;
        SET(request, get_request, limit, (int64_t)(left < ROWS_MAX ? left : ROWS_MAX));
        struct wire_writer writer;
        wire_writer_init(&writer, body, sizeof body);
        record_encode(&record_of_get_request, request, ENCODE_EVENT, &writer);
        if (writer.full)
            return cli_fail(cli, -E_USAGE, "the filters are too long");
        struct span reply;
        int64_t wait_ms = HAS(request, get_request, wait_seq) ? 15000 : 0;
        int result = cli_ask(cli, port, "GET", wire_written(&writer), "ROWS", wait_ms, &reply);
        if (result < 0)
            return result;
        struct rows_reply rows;
        struct flaw flaw;
        result = record_decode(&record_of_rows_reply, reply, &rows, &flaw);
        if (result == 0)
            result = page_take(list, rows.rows, limit);
        if (result < 0)
            return cli_fail(cli, result, "in the reply to GET");
        list->seq = (uint64_t)rows.seq;
        if (!HAS(&rows, rows_reply, cursor) || list->count >= limit || rows.cursor.len > sizeof cursor)
            return 0;
        memcpy(cursor, rows.cursor.at, rows.cursor.len);
        SET(request, get_request, cursor, span_make(cursor, rows.cursor.len));
    }
}

int object_print_json(struct cli *cli, struct span object)
{
    int result = json_print(stdout, object);
    putchar('\n');
    return result < 0 ? cli_fail(cli, result, "in the reply") : 0;
}

static int array_print_json(struct cli *cli, const struct row_list *list)
{
    struct wire_reader reader = wire_reader(rows_array(list));
    struct wire_value array;
    int result = wire_read(&reader, &array);
    ensure(result == 0);
    putchar('[');
    for (uint32_t i = 0; i < array.count; i++) {
        struct span row;
        result = wire_skip(&reader, 16, &row);
        ensure(result == 0);
        fputs(i ? ",\n" : "\n", stdout);
        result = json_print(stdout, row);
        if (result < 0)
            return cli_fail(cli, result, "in row %u of the reply", i);
    }
    puts(array.count ? "\n]" : "]");
    return 0;
}

int rows_print(struct cli *cli, const struct row_list *list, const struct column *columns, uint32_t count,
               const char *none)
{
    if (cli->json)
        return array_print_json(cli, list);
    if (list->count == 0 && !cli->quiet)
        fprintf(stderr, "%s\n", none);
    int result = table_print(stdout, columns, count, rows_array(list));
    return result < 0 ? cli_fail(cli, result, "in the reply") : 0;
}

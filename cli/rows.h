/*
 * rows.h - answers to GET: all pages of them as one array, printed as JSON or as a table.
 */
#ifndef MANYI_CLI_ROWS_H
#define MANYI_CLI_ROWS_H

#include "cli/cli.h"
#include "cli/table.h"
#include "schemas/codec.h"

/* Zero-initialise; rows_free in the end. */
struct row_list {
    uint8_t *bytes; /* an encoded array, its header 5 bytes long */
    size_t len;
    size_t capacity;
    uint32_t count;
    uint64_t seq; /* of the last reply: folded up to here */
};

/* Asks page after page until `limit` rows are there or no more follow. Failures are said. */
int rows_get(struct cli *cli, enum cli_port port, struct get_request *request, uint64_t limit, struct row_list *list);
struct span rows_array(const struct row_list *list);
/* The first row; empty when there is none. */
struct span rows_first(const struct row_list *list);
void rows_free(struct row_list *list);

/* A JSON array, a row a line, or a table; "none" on stderr when it is empty and nobody asked for silence. */
int rows_print(struct cli *cli, const struct row_list *list, const struct column *columns, uint32_t count,
               const char *none);

/* One object as JSON on one line. */
int object_print_json(struct cli *cli, struct span object);

#endif

/*
 * roster_csv.c - a table of staff as HR exports it: a line a person, in UTF-8 (with or without BOM) or GB18030.
 *
 *   number, title, store, department, superior, post
 *   工号    职务   门店   部门        上级      岗位
 *
 * Columns are found by their names, in any order; others (names, telephone numbers, addresses) are left out, since nobody
 * needs them here. Stores and departments are those that somebody works in. `post` says who is told at which level: of the
 * person's own department (handler, manager) or store (director, general_manager), of the group where they have no store.
 * One who holds several writes "handler; manager".
 */
#include "cli/import.h"
#include "cli/roster.h"
#include "core/status.h"
#include "io/roster_check.h"

#include <stdarg.h>
#include <stdlib.h>

enum column { NUMBER, TITLE, STORE, DEPARTMENT, SUPERIOR, POST, COLUMNS };

static const struct {
    const char *name;
    enum column column;
} names[] = {
    {"number", NUMBER},   {"工号", NUMBER},       {"员工号", NUMBER}, {"title", TITLE},
    {"职务", TITLE},      {"store", STORE},       {"门店", STORE},    {"department", DEPARTMENT},
    {"部门", DEPARTMENT}, {"superior", SUPERIOR}, {"上级", SUPERIOR}, {"post", POST},
    {"岗位", POST},
};

static const struct {
    const char *name;
    uint32_t level;
} posts[] = {
    {"handler", ROSTER_HANDLER},
    {"受理人", ROSTER_HANDLER},
    {"manager", ROSTER_MANAGER},
    {"部门经理", ROSTER_MANAGER},
    {"director", ROSTER_DIRECTOR},
    {"店总监", ROSTER_DIRECTOR},
    {"general_manager", ROSTER_GENERAL_MANAGER},
    {"总经理", ROSTER_GENERAL_MANAGER},
    {"management_group", ROSTER_MANAGEMENT_GROUP},
    {"管理小组", ROSTER_MANAGEMENT_GROUP},
};

struct reading {
    struct import_text text;
    struct import_table *table;
    struct roster_document *document;
    uint32_t place[COLUMNS]; /* of a column in the file; UINT32_MAX: it has none */
    uint64_t line;
    char *message;
};

__attribute__((format(printf, 2, 3))) static int refuse(const struct reading *reading, const char *format, ...)
{
    va_list arguments;
    int len = snprintf(reading->message, IMPORT_MESSAGE_MAX, "line %llu: ", (unsigned long long)reading->line);
    va_start(arguments, format);
    vsnprintf(reading->message + len, IMPORT_MESSAGE_MAX - (size_t)len, format, arguments);
    va_end(arguments);
    return -E_BAD_ROSTER;
}

static void columns_find(struct reading *reading, char left_out[256])
{
    const struct import_table *table = reading->table;
    memset(reading->place, 0xff, sizeof reading->place);
    left_out[0] = '\0';
    for (uint32_t i = 0; i < table->column_count; i++) {
        bool known = table->column[i][0] == '\0';
        for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
            if (strcmp(table->column[i], names[k].name) != 0)
                continue;
            known = true;
            reading->place[names[k].column] = i;
        }
        size_t len = strlen(left_out);
        if (!known)
            snprintf(left_out + len, 256 - len, "%s%.60s", len ? ", " : "", table->column[i]);
    }
}

/* A cell as a name; "" when the table has no such column or the cell is empty. */
static int cell_take(const struct reading *reading, enum column column, uint32_t cells, roster_name ret_name)
{
    uint32_t place = reading->place[column];
    const char *text = place < cells ? reading->table->cell[place] : "";
    if (strlen(text) > NAME_MAX_BYTES)
        return refuse(reading, "%s has more than %u bytes", reading->table->column[place], NAME_MAX_BYTES);
    snprintf(ret_name, sizeof(roster_name), "%s", text);
    return 0;
}

/* ---- places ---- */

static struct document_store *store_of(struct reading *reading, const char *name)
{
    struct roster_document *document = reading->document;
    for (uint32_t i = 0; i < document->stores_count; i++) {
        if (strcmp(document->stores[i].store, name) == 0)
            return &document->stores[i];
    }
    if (document->stores_count == ROSTER_STORES_MAX)
        return NULL;
    struct document_store *store = &document->stores[document->stores_count++];
    snprintf(store->store, sizeof store->store, "%s", name);
    return store;
}

static struct document_store_department *department_of(struct document_store *store, const char *name)
{
    for (uint32_t i = 0; i < store->departments_count; i++) {
        if (strcmp(store->departments[i].department, name) == 0)
            return &store->departments[i];
    }
    if (store->departments_count == ROSTER_STORE_DEPARTMENTS_MAX)
        return NULL;
    struct document_store_department *department = &store->departments[store->departments_count++];
    snprintf(department->department, sizeof department->department, "%s", name);
    return department;
}

/* ---- posts ---- */

static int post_give(const struct reading *reading, roster_name post, const char *number, const char *word)
{
    if (post[0])
        return refuse(reading, "%s is %.64s already; a place has one", word, post);
    snprintf(post, sizeof(roster_name), "%s", number);
    return 0;
}

static int post_take(struct reading *reading, const struct document_person *person, struct document_store *store,
                     struct document_store_department *department, const char *word)
{
    struct roster_document *document = reading->document;
    for (size_t i = 0; i < sizeof posts / sizeof posts[0]; i++) {
        uint32_t level = posts[i].level;
        if (strcmp(word, posts[i].name) != 0)
            continue;
        if (level == ROSTER_MANAGEMENT_GROUP && document->management_group_count == ROSTER_GROUP_MAX)
            return refuse(reading, "the management group has %u people already", ROSTER_GROUP_MAX);
        if (level == ROSTER_MANAGEMENT_GROUP) {
            snprintf(document->management_group[document->management_group_count++], sizeof(roster_name), "%s",
                     person->number);
            return 0;
        }
        if (level <= ROSTER_MANAGER && !store)
            return refuse(reading, "%s needs a store, or a department", word);
        struct document_posts *of = level <= ROSTER_MANAGER && department ? &department->posts
                                    : store                               ? &store->posts
                                                                          : &document->posts;
        return post_give(reading, of->post[level], person->number, word);
    }
    return refuse(reading,
                  "%.40s is no post; use handler, manager, director, general_manager, management_group, or 受理人, "
                  "部门经理, 店总监, 总经理, 管理小组",
                  word);
}

/* ---- a line ---- */

static int person_read(struct reading *reading, uint32_t cells)
{
    struct roster_document *document = reading->document;
    struct document_store *store = NULL;
    struct document_store_department *department = NULL;
    roster_name held;
    if (document->staff_count == ROSTER_STAFF_MAX)
        return refuse(reading, "a group has at most %u members of staff", ROSTER_STAFF_MAX);
    struct document_person *person = &document->staff[document->staff_count];
    *person = (struct document_person){.line = (uint32_t)reading->line};
    int result = cell_take(reading, NUMBER, cells, person->number);
    if (result == 0)
        result = cell_take(reading, TITLE, cells, person->title);
    if (result == 0)
        result = cell_take(reading, STORE, cells, person->store);
    if (result == 0)
        result = cell_take(reading, DEPARTMENT, cells, person->department);
    if (result == 0)
        result = cell_take(reading, SUPERIOR, cells, person->superior);
    if (result == 0)
        result = cell_take(reading, POST, cells, held);
    if (result < 0)
        return result;
    if (!person->number[0])
        return refuse(reading, "no staff number");
    document->staff_count++;
    if (person->store[0] && !(store = store_of(reading, person->store)))
        return refuse(reading, "a group has at most %u stores", ROSTER_STORES_MAX);
    if (store && person->department[0] && !(department = department_of(store, person->department)))
        return refuse(reading, "a store has at most %u departments", ROSTER_STORE_DEPARTMENTS_MAX);
    char *rest = NULL;
    for (char *word = strtok_r(held, ";/ ", &rest); word && result == 0; word = strtok_r(NULL, ";/ ", &rest))
        result = post_take(reading, person, store, department, word);
    return result;
}

static int table_read(struct reading *reading, char left_out[256])
{
    struct span record;
    int result = import_text_next(&reading->text, true, &record, &reading->line);
    if (result == 0)
        result = import_csv_header(reading->table, record, reading->message);
    if (result == -E_BAD_INPUT_FILE) { /* the message has the cause */
        char cause[IMPORT_MESSAGE_MAX];
        snprintf(cause, sizeof cause, "%s", reading->message);
        return refuse(reading, "%.200s", cause);
    }
    if (result < 0)
        return refuse(reading, "there is no line of column names");
    columns_find(reading, left_out);
    if (reading->place[NUMBER] == UINT32_MAX)
        return refuse(reading, "no column is named number, 工号 or 员工号");
    while ((result = import_text_next(&reading->text, true, &record, &reading->line)) != -E_NOT_FOUND) {
        if (result < 0)
            return refuse(reading, "%s", status_text(result)->summary);
        if (record.len == 0)
            continue;
        if (memchr(record.at, '\0', record.len))
            return refuse(reading, "a NUL stands in it: this is no text in UTF-8 or GB18030");
        result = person_read(reading, import_csv_cells(reading->table, record));
        if (result < 0)
            return result;
    }
    return 0;
}

int roster_csv_read(FILE *file, struct roster *ret_roster, char message[IMPORT_MESSAGE_MAX], char left_out[256])
{
    struct reading reading = {.message = message};
    reading.table = malloc(sizeof *reading.table);
    reading.document = calloc(1, sizeof *reading.document);
    int result = reading.table && reading.document ? import_text_open(file, &reading.text) : -E_NO_MEMORY;
    if (result == 0) {
        result = table_read(&reading, left_out);
        import_text_close(&reading.text);
    }
    if (result == 0 && reading.document->management_group_count == 0) {
        snprintf(message, IMPORT_MESSAGE_MAX,
                 "nobody has the post management_group (管理小组), whom every notice reaches in the end");
        result = -E_BAD_ROSTER;
    }
    if (result == 0) {
        const struct roster_flaw flaw = {.document = reading.document, .message = message};
        result = roster_resolve(&flaw, ret_roster);
        if (result == 0)
            result = roster_check(ret_roster, &flaw);
    }
    free(reading.document);
    free(reading.table);
    return result;
}

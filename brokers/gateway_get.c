/*
 * gateway_get.c - GET /v1/...: cards and figures, as the query port and the feed have them.
 *
 *   /v1/complaints?store=sh-pudong&status=open   GET {what: "complaints", store, status}   {"seq":…,"rows":[…],"cursor":…}
 *   /v1/complaints/C-41                          GET {what: "complaint", id}               the card
 */
#include "brokers/gateway_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* A path below /v1 and what it asks for. one: of an identifier. */
static const struct {
    const char *path, *many, *one;
    enum gateway_peer peer;
} places[] = {
    {"complaints", "complaints", "complaint", PEER_QUERY},
    {"escalations", "escalations", "escalation", PEER_QUERY},
    {"tasks", "tasks", "task", PEER_QUERY},
    {"callbacks", "callbacks", "callback", PEER_QUERY},
    {"ledger", "ledger", "ledger_entry", PEER_QUERY},
    {"appeals", "appeals", "appeal", PEER_QUERY},
    {"flags", "flags", "flag", PEER_QUERY},
    {"repairs", "repairs", "repair", PEER_QUERY},
    {"trace", NULL, "trace", PEER_QUERY},
    {"account", "account", NULL, PEER_QUERY},
    {"scores", "scores", NULL, PEER_QUERY},
    {"ratings", "ratings", NULL, PEER_FEED},
    {"ranking", "ranking", NULL, PEER_QUERY},
    {"period", "period", NULL, PEER_QUERY},
    {"policy", "policy", NULL, PEER_QUERY},
    {"roster", "roster", NULL, PEER_QUERY},
    {"places", "places", NULL, PEER_QUERY},
    {"notices", "notices", NULL, PEER_QUERY},
    {"quarantine", "quarantine", "quarantined", PEER_FEED},
    {"audit", "audit", NULL, PEER_QUERY},
    {"events", "events", "event", PEER_FEED},
    {"outcomes", NULL, "outcome", PEER_QUERY},
    {"personal", NULL, "personal", PEER_FEED},
};

static bool is_by_seq(const char *what)
{
    return strcmp(what, "event") == 0 || strcmp(what, "outcome") == 0 || strcmp(what, "personal") == 0;
}

static const struct field *filter_find(struct span name)
{
    static const char *const not_yours[] = {"rid", "what", "as"};
    for (size_t i = 0; i < sizeof not_yours / sizeof not_yours[0]; i++) {
        if (span_is(name, not_yours[i]))
            return NULL;
    }
    for (uint32_t i = 0; i < record_of_get_request.field_count; i++) {
        if (span_is(name, record_of_get_request.fields[i].name))
            return &record_of_get_request.fields[i];
    }
    return NULL;
}

/* What does not look like a number is written as text, for the peer to refuse with its own sentence. */
static void filter_write(const struct field *field, const char *text, struct wire_writer *writer)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    bool whole = field->kind == FIELD_INTEGER && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9')) &&
                 *end == '\0' && errno == 0;
    bool truth = field->kind == FIELD_BOOL && (strcmp(text, "true") == 0 || strcmp(text, "false") == 0);
    wire_key(writer, field->name);
    if (whole)
        wire_integer(writer, number);
    else if (truth)
        wire_bool(writer, strcmp(text, "true") == 0);
    else
        wire_text(writer, span_of(text));
}

/* -E_BAD_REQUEST: name is the parameter that is meant. */
static int filters_write(const struct http_request *request, struct wire_writer *writer, uint32_t *ret_count,
                         char name[NAME_MAX_BYTES + 1])
{
    struct span rest = request->query, key, value;
    char text[HTTP_URI_MAX + 1];
    uint32_t count = 0;
    uint64_t seen = 0;
    while (form_next(&rest, &key, &value)) {
        size_t len;
        if (percent_read(key, true, name, NAME_MAX_BYTES + 1, &len) < 0) {
            name[0] = '\0'; /* nothing that could be repeated */
            return -E_BAD_REQUEST;
        }
        const struct field *field = filter_find(span_of(name));
        if (!field || percent_read(value, true, text, sizeof text, &len) < 0)
            return -E_BAD_REQUEST;
        uint64_t bit = (uint64_t)1 << (field - record_of_get_request.fields);
        if (seen & bit)
            return -E_BAD_REQUEST;
        seen |= bit;
        filter_write(field, text, writer);
        count++;
    }
    *ret_count = count;
    return 0;
}

/* One row is answered by itself, as /v1/complaints/C-41 is that card; several as they came. */
static void rows_answer(struct gateway *gateway, struct errand *errand, const struct reply *reply)
{
    struct wire_value value;
    struct span row, seq, rows, cursor;
    if (reply->status || wire_find(reply->body, "rows", &value, &rows) < 0) {
        answer_reply(gateway, errand, reply);
        return;
    }
    if (errand->single && value.count == 0) {
        answer_problem(gateway, &errand->request, -E_NOT_FOUND, "", "");
        return;
    }
    if (errand->single && rows_first_of(reply->body, &row) == 0) {
        answer_card(gateway, &errand->request, row_unpack(gateway, row));
        return;
    }
    if (errand->unpacks)
        rows = rows_unpack(gateway, rows);
    bool has_seq = wire_find(reply->body, "seq", &value, &seq) == 0;
    bool has_cursor = wire_find(reply->body, "cursor", &value, &cursor) == 0;
    uint8_t *body = malloc(rows.len + 256);
    if (!body) {
        answer_problem(gateway, &errand->request, -E_NO_MEMORY, "", "");
        return;
    }
    struct wire_writer writer; /* without our rid */
    wire_writer_init(&writer, body, rows.len + 256);
    wire_map(&writer, 1u + has_seq + has_cursor);
    if (has_seq) {
        wire_key(&writer, "seq");
        wire_raw(&writer, seq);
    }
    wire_key(&writer, "rows");
    wire_raw(&writer, rows);
    if (has_cursor) {
        wire_key(&writer, "cursor");
        wire_raw(&writer, cursor);
    }
    answer_value(gateway, &errand->request, 200, wire_written(&writer));
    free(body);
}

static void rows_ask(struct gateway *gateway, const struct http_request *request, const struct who *who,
                     enum gateway_peer peer, const char *what, struct span id)
{
    char name[NAME_MAX_BYTES + 1] = "", detail[160];
    uint32_t count = 0;
    struct wire_writer filters, writer;
    wire_writer_init(&filters, gateway->composed, sizeof gateway->composed);
    if (filters_write(request, &filters, &count, name) < 0) {
        snprintf(detail, sizeof detail, "the parameter %.64s is unknown, said twice, or not readable", name);
        answer_problem(gateway, request, -E_BAD_REQUEST, detail, "");
        return;
    }
    struct errand *errand = errand_begin(gateway, request, who->number);
    if (!errand)
        return;
    errand->unpacks = strcmp(what, "events") == 0 || strcmp(what, "quarantine") == 0;
    errand->single = id.len > 0 && strcmp(what, "trace") != 0 && strcmp(what, "decisions") != 0;
    ask_begin(gateway, errand, who->number, 1 + (id.len > 0) + count, &writer);
    wire_key(&writer, "what");
    wire_text(&writer, span_of(what));
    if (id.len > 0) {
        const struct field *field = filter_find(span_of(is_by_seq(what) ? "seq" : "id"));
        filter_write(field, (const char *)id.at, &writer); /* path_read has ended it */
    }
    if (count > 0) { /* pairs, one after the other: raw bytes of the map that is being written */
        struct span pairs = wire_written(&filters);
        wire_raw(&writer, pairs);
    }
    ask_send(gateway, errand, peer, "GET", &writer, rows_answer);
}

/* /v1/complaints/C-41/decisions; of no case of another kind. */
static bool asks_decisions(const struct path *path)
{
    static const struct {
        const char *path;
        char letter;
    } kinds[] = {{"complaints", 'C'}, {"escalations", 'E'}, {"tasks", 'T'},
                 {"callbacks", 'B'},  {"ledger", 'L'},      {"appeals", 'A'}};
    bool asks = false;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && path->count == 4; i++)
        asks |= span_is(path->segment[1], kinds[i].path) && path->segment[2].len > 0 &&
                (char)path->segment[2].at[0] == kinds[i].letter;
    return asks && span_is(path->segment[3], "decisions");
}

void get_rows(struct gateway *gateway, const struct http_request *request, const struct who *who,
              const struct path *path)
{
    if (asks_decisions(path)) {
        rows_ask(gateway, request, who, PEER_QUERY, "decisions", path->segment[2]);
        return;
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        bool one = path->count == 3;
        const char *what = one ? places[i].one : places[i].many;
        if (path->count < 2 || path->count > 3 || !span_is(path->segment[1], places[i].path) || !what)
            continue;
        rows_ask(gateway, request, who, places[i].peer, what, one ? path->segment[2] : span_make(NULL, 0));
        return;
    }
    answer_problem(gateway, request, -E_NOT_FOUND, "nothing is at this path", "");
}

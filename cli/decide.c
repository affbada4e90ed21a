/*
 * decide.c - a person's decision: published, awaited, and told how it ended.
 */
#include "cli/decide.h"

#include "cli/rows.h"
#include "core/status.h"
#include "schemas/wire.h"

#include <sodium.h>
#include <stdlib.h>

void id_random(char ret_id[33])
{
    uint8_t bytes[16];
    randombytes_buf(bytes, sizeof bytes);
    sodium_bin2hex(ret_id, 33, bytes, sizeof bytes);
}

/* "E1602" to its status; what we don't know is a decision that makes no sense. */
static int status_of(struct span code)
{
    uint32_t count;
    const struct status_text *rows = status_table(&count);
    for (uint32_t i = 0; i < count; i++) {
        if (span_is(code, rows[i].code))
            return -rows[i].number;
    }
    return -E_BAD_DECISION;
}

/* What intake said of the one event. */
static int problem_report(struct cli *cli, struct span problems, uint64_t *ret_seq)
{
    struct wire_reader reader = wire_reader(problems);
    struct wire_value array;
    struct span map;
    struct problem problem;
    struct flaw flaw;
    if (wire_read(&reader, &array) < 0 || array.kind != WIRE_ARRAY || wire_skip(&reader, 8, &map) < 0 ||
        record_decode(&record_of_problem, map, &problem, &flaw) < 0)
        return cli_fail(cli, -E_MALFORMED, "in the reply to PUT");
    if (HAS(&problem, problem, duplicate_of)) {
        *ret_seq = (uint64_t)problem.duplicate_of; /* our own request, sent twice */
        return 0;
    }
    return cli_fail(cli, status_of(problem.code), "%.*s%s%.*s", SPAN_ARGS(problem.field), problem.field.len ? ": " : "",
                    SPAN_ARGS(problem.message));
}

int event_put(struct cli *cli, struct span event, uint64_t *ret_seq)
{
    return event_mend(cli, event, NULL, ret_seq);
}

int event_mend(struct cli *cli, struct span event, const char *mends, uint64_t *ret_seq)
{
    size_t capacity = event.len + 128;
    uint8_t *body = malloc(capacity);
    if (!body)
        return -E_NO_MEMORY;
    struct wire_writer writer;
    wire_writer_init(&writer, body, capacity);
    wire_map(&writer, 1u + (mends != NULL));
    if (mends) {
        wire_key(&writer, "mends");
        wire_text(&writer, span_of(mends));
    }
    wire_key(&writer, "events");
    wire_array(&writer, 1);
    wire_bin(&writer, event);
    struct span reply;
    struct ack_reply ack;
    struct flaw flaw;
    int result = cli_ask(cli, CLI_INTAKE, "PUT", wire_written(&writer), "ACK", 0, &reply);
    free(body);
    if (result < 0)
        return result;
    result = record_decode(&record_of_ack_reply, reply, &ack, &flaw);
    if (result < 0)
        return cli_fail(cli, result, "in the reply to PUT");
    if (!HAS(&ack, ack_reply, first))
        return problem_report(cli, ack.problems, ret_seq);
    *ret_seq = (uint64_t)ack.first;
    return 0;
}

/* "resolve by 11-24 16:00", of the earliest clock that runs. */
static void next_write(struct span card, char *text, size_t size)
{
    char status[CELL_MAX], due[CELL_MAX], due_at[CELL_MAX], overdue[CELL_MAX];
    cell_text(card, "status", CELL_TEXT, status);
    cell_text(card, "clocks", CELL_DUE, due);
    cell_text(card, "due_at", CELL_TIME, due_at);
    cell_text(card, "overdue", CELL_MARK, overdue);
    const char *next = due[0] ? due : due_at;
    bool missed = overdue[0] || strchr(next, '!');
    if (next[0])
        snprintf(text, size, "; now %s, next deadline %.*s%s", status, (int)strcspn(next, "!"), next,
                 missed ? "(missed)" : "");
    else if (status[0])
        snprintf(text, size, "; now %s", status);
    else
        text[0] = '\0';
}

static int outcome_tell(struct cli *cli, struct span row)
{
    char outcome[CELL_MAX], code[CELL_MAX], reason[CELL_MAX], type[CELL_MAX], subject[CELL_MAX], id[CELL_MAX],
        next[600];
    cell_text(row, "outcome", CELL_TEXT, outcome);
    cell_text(row, "code", CELL_TEXT, code);
    cell_text(row, "reason", CELL_TEXT, reason);
    cell_text(row, "type", CELL_TEXT, type);
    cell_text(row, "subject", CELL_TEXT, subject);
    cell_text(row, "card.id", CELL_TEXT, id);
    if (cli->json) {
        int printed = object_print_json(cli, row);
        if (printed < 0)
            return printed;
    }
    if (strcmp(outcome, "rejected") == 0)
        return cli_fail(cli, status_of(span_of(code)), "%s", reason);
    if (cli->json)
        return 0;
    struct wire_value value;
    struct span card = {NULL, 0};
    bool has_card = wire_find(row, "card", &value, &card) == 0 && value.kind == WIRE_MAP;
    const char *action = strrchr(type, '.');
    next[0] = '\0';
    if (has_card)
        next_write(card, next, sizeof next);
    char topic[CELL_MAX]; /* what is about no case yet: "ledger settled by payroll" */
    snprintf(topic, sizeof topic, "%.*s", (int)strcspn(type, "."), type);
    printf("%s %s by %s%s\n",
           id[0]        ? id
           : subject[0] ? subject
                        : topic,
           action ? action + 1 : type, option_text(&cli->arguments, "by"), next);
    if (strcmp(outcome, "kept") == 0)
        printf("kept, but not acted on%s%s\n", reason[0] ? ": " : "", reason);
    return 0;
}

int outcome_print(struct cli *cli, uint64_t seq)
{
    struct get_request request = {.has = 0};
    SET(&request, get_request, what, span_of("outcome"));
    SET(&request, get_request, seq, (int64_t)seq);
    SET(&request, get_request, wait_seq, (int64_t)seq);
    struct row_list rows = {.count = 0};
    int result = rows_get(cli, CLI_QUERY, &request, 1, &rows);
    if (result == -E_NOT_FOLDED)
        result =
            cli_fail(cli, result, "the decision is journaled as %llu and will be acted on", (unsigned long long)seq);
    if (result == 0)
        result = rows.count ? outcome_tell(cli, rows_first(&rows))
                            : cli_fail(cli, -E_NOT_FOUND, "no outcome of %llu", (unsigned long long)seq);
    rows_free(&rows);
    return result;
}

int decide(struct cli *cli, enum event_type type, const char *id)
{
    const char *source;
    int result = cli_source(cli, "/manyi/cli", &source);
    uint8_t *bytes = result == 0 ? malloc(2 * EVENT_MAX) : NULL;
    if (!bytes)
        return result < 0 ? result : -E_NO_MEMORY;
    char random_id[33], message[FIELD_MESSAGE_MAX];
    int64_t if_seq = 0;
    if (option_number(&cli->arguments, OPTION_IF_SEQ, 1, INT64_C(9007199254740991), &if_seq, message) < 0) {
        free(bytes);
        return cli_fail(cli, -E_USAGE, "%s", message);
    }
    id_random(random_id);
    struct wire_writer writer;
    wire_writer_init(&writer, bytes, 2 * EVENT_MAX);
    wire_map(&writer, 4u + (id != NULL) + (if_seq > 0));
    wire_key(&writer, "id");
    wire_text(&writer, span_of(random_id));
    wire_key(&writer, "source");
    wire_text(&writer, span_of(source));
    wire_key(&writer, "type");
    wire_text(&writer, span_of(event_table(type)->type));
    if (id) {
        wire_key(&writer, "subject");
        wire_text(&writer, span_of(id));
    }
    if (if_seq > 0) {
        wire_key(&writer, "ifseq");
        wire_integer(&writer, if_seq);
    }
    wire_key(&writer, "data");
    result = fields_encode(event_table(type)->record, &cli->arguments, &writer, message);
    struct event event;
    struct flaw flaw;
    uint64_t seq = 0;
    if (result < 0) {
        cli_fail(cli, result, "%s", message);
    } else {
        result = event_decode(wire_written(&writer), &event, &flaw);
        if (result < 0)
            cli_fail(cli, result, "%s: %s", flaw.field,
                     flaw.message); /* nobody needs a slip of the pen in quarantine */
    }
    if (result == 0)
        result = event_put(cli, wire_written(&writer), &seq);
    free(bytes);
    return result == 0 ? outcome_print(cli, seq) : result;
}

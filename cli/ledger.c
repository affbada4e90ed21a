/*
 * ledger.c - rewards and penalties: the list, one entry, a person's account, and what people decide.
 */
#include "core/ledger.h"
#include "cli/case.h"
#include "cli/commands.h"
#include "cli/rows.h"
#include "core/score.h"
#include "core/status.h"
#include "io/policy_file.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct column entry_columns[] = {
    {"ENTRY", "id", CELL_TEXT},
    {"KIND", "kind", CELL_TEXT},
    {"PERSON", "person", CELL_TEXT},
    {"STORE", "store", CELL_TEXT},
    {"PERIOD", "period", CELL_TEXT},
    {"POINTS", "points", CELL_NUMBER},
    {"FEN", "amount_fen", CELL_NUMBER},
    {"STATUS", "status", CELL_TEXT},
    {"ABOUT", "about", CELL_TEXT},
    {"ANSWER BY", "answer_due_at", CELL_TIME},
    {"UNANSWERED", "unanswered", CELL_MARK},
};

static const struct column account_columns[] = {
    {"PERSON", "person", CELL_TEXT},     {"YEAR", "year", CELL_TEXT},         {"START", "start", CELL_NUMBER},
    {"POINTS", "points", CELL_NUMBER},   {"BALANCE", "balance", CELL_NUMBER}, {"FEN", "amount_fen", CELL_NUMBER},
    {"ENTRIES", "entries", CELL_NUMBER},
};

#define COUNT(columns) (sizeof(columns) / sizeof((columns)[0]))

static int rows_show(struct cli *cli, struct get_request *request, int64_t limit, const struct column *columns,
                     uint32_t count, const char *none)
{
    struct row_list rows = {.count = 0};
    int result = rows_get(cli, CLI_QUERY, request, (uint64_t)limit, &rows);
    if (result == 0)
        result = rows_print(cli, &rows, columns, count, none);
    rows_free(&rows);
    return result;
}

#define FILTER(field, option)                                                           \
    do {                                                                                \
        if (option_text(arguments, option))                                             \
            SET(&request, get_request, field, span_of(option_text(arguments, option))); \
    } while (0)

static int status_check(struct cli *cli, const char *status)
{
    const struct choice_table *choice = choice_of_ledger_status();
    const char *words[ledger_status_count + 1] = {"open"};
    int32_t item;
    for (uint32_t i = 0; i < choice->count; i++)
        words[i + 1] = choice->items[i].name;
    if (!status || strcmp(status, "open") == 0 || choice_item_of(choice, span_of(status), &item) == 0)
        return 0;
    const char *meant = nearest_word(status, words, choice->count + 1);
    return cli_fail(cli, -E_USAGE,
                    "--status is \"%.40s\"%s%s%s use open, proposed, confirmed, waived, settled, reversed or frozen",
                    status, meant ? "; did you mean " : ";", meant ? meant : "", meant ? "?" : "");
}

static int period_check(struct cli *cli, const char *period)
{
    int64_t first, last;
    return !period || period_days(span_of(period), &first, &last) == 0
               ? 0
               : cli_fail(cli, -E_USAGE, "--period is \"%.40s\"; use such as 2026-11, 2026-Q4, 2026-H2 or 2026",
                          period);
}

static int entries_list(struct cli *cli)
{
    const struct arguments *arguments = &cli->arguments;
    struct get_request request = {.has = 0};
    char message[OPTION_MESSAGE_MAX];
    int64_t limit = 100;
    SET(&request, get_request, what, span_of("ledger"));
    FILTER(store, "store");
    FILTER(department, "department");
    FILTER(staff, "person");
    FILTER(period, "period");
    FILTER(status, "status");
    if (option_number(arguments, "limit", 1, 1000000, &limit, message) < 0)
        return cli_fail(cli, -E_USAGE, "%s", message);
    int result = status_check(cli, option_text(arguments, "status"));
    if (result == 0)
        result = period_check(cli, option_text(arguments, "period"));
    return result < 0 ? result : rows_show(cli, &request, limit, entry_columns, COUNT(entry_columns), "no entry fits");
}

static int account_show(struct cli *cli)
{
    const struct arguments *arguments = &cli->arguments;
    struct get_request request = {.has = 0};
    SET(&request, get_request, what, span_of("account"));
    FILTER(staff, "account");
    FILTER(period, "period");
    int result = rows_show(cli, &request, 100, account_columns, COUNT(account_columns),
                           "nothing is confirmed yet: the year's points are as at its start");
    if (result < 0 || cli->json)
        return result;
    SET(&request, get_request, what, span_of("ledger"));
    putchar('\n');
    return rows_show(cli, &request, 100, entry_columns, COUNT(entry_columns), "no entry");
}

static int rulebook_get(struct cli *cli, struct policy *policy)
{
    struct get_request request = {.has = 0};
    struct row_list rows = {.count = 0};
    struct wire_value value;
    struct span bytes;
    char message[POLICY_MESSAGE_MAX];
    SET(&request, get_request, what, span_of("policy"));
    int result = rows_get(cli, CLI_QUERY, &request, 1, &rows);
    if (result == 0 && (rows.count == 0 || wire_find(rows_first(&rows), "content", &value, &bytes) < 0 ||
                        value.kind != WIRE_STR || policy_parse(value.bytes, policy, message) < 0))
        result = cli_fail(cli, -E_MALFORMED, "in the reply to GET policy");
    rows_free(&rows);
    return result;
}

/* What is confirmed later would miss the settlement: a period is settled as a whole when it is over and closed. */
static int closed_check(struct cli *cli, const char *period)
{
    struct timespec now;
    struct policy *policy = malloc(sizeof *policy);
    int result = policy ? rulebook_get(cli, policy) : -E_NO_MEMORY;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result == 0 && !ledger_period_closed(policy, span_of(period), (int64_t)now.tv_sec * 1000))
        result = cli_fail(cli, -E_BAD_DECISION,
                          "%.40s is open yet: it closes on day %lld of the next month; until then settle its entries "
                          "one by one",
                          period, (long long)policy->ranking.close_day);
    free(policy);
    return result;
}

static int period_decide(struct cli *cli, const char *action)
{
    const char *period = option_text(&cli->arguments, "period");
    int result = period_check(cli, period);
    if (result == 0 && period && strncmp(action, "settle", strlen("settle")) == 0)
        result = closed_check(cli, period);
    return result < 0 ? result : case_decide(cli, NULL, action);
}

int command_ledger(struct cli *cli)
{
    const struct arguments *arguments = &cli->arguments;
    if (arguments->operand_count == 0)
        return option_given(arguments, "account") ? account_show(cli) : entries_list(cli);
    const char *first = arguments->operand[0];
    bool names_entry = strncmp(first, "L-", 2) == 0;
    if (arguments->operand_count == 1)
        return names_entry ? case_show(cli, "ledger_entry", first) : period_decide(cli, first);
    if (arguments->operand_count == 2 && names_entry)
        return case_decide(cli, first, arguments->operand[1]);
    return cli_fail(cli, -E_USAGE, "ledger takes an entry, such as L-41-wang.li, and an action; or settle, or veto");
}

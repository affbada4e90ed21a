/*
 * list.c - the commands that list: complaints, escalations, tasks, scores, quarantine.
 */
#include "cli/commands.h"
#include "cli/fields.h"
#include "cli/rows.h"
#include "core/ensure.h"
#include "core/score.h"
#include "core/status.h"

#include <string.h>
#include <time.h>

static const struct column complaint_columns[] = {
    {"COMPLAINT", "id", CELL_TEXT},          {"OPENED", "opened_at", CELL_TIME},  {"STORE", "store", CELL_TEXT},
    {"DEPARTMENT", "department", CELL_TEXT}, {"CATEGORY", "category", CELL_TEXT}, {"GRADE", "grade", CELL_TEXT},
    {"STATUS", "status", CELL_TEXT},         {"LEVEL", "level", CELL_NUMBER},     {"HANDLER", "handler", CELL_TEXT},
    {"NEXT DUE", "clocks", CELL_DUE},
};

static const struct column escalation_columns[] = {
    {"ESCALATION", "id", CELL_TEXT},
    {"AT", "at", CELL_TIME},
    {"STORE", "store", CELL_TEXT},
    {"DEPARTMENT", "department", CELL_TEXT},
    {"GRADE", "grade", CELL_TEXT},
    {"CLOCK", "clock", CELL_TEXT},
    {"USED %", "rung_percent", CELL_NUMBER},
    {"LEVEL", "level", CELL_NUMBER},
    {"TO", "to", CELL_TEXT},
    {"REPEAT", "repeat", CELL_NUMBER},
    {"SENT", "sent_at", CELL_TIME},
    {"NOT DELIVERED", "failed_reason", CELL_TEXT},
    {"ACKNOWLEDGED BY", "acknowledged_by", CELL_TEXT},
    {"ENDED", "ended", CELL_MARK},
};

static const struct column task_columns[] = {
    {"TASK", "id", CELL_TEXT},
    {"KIND", "kind", CELL_TEXT},
    {"STORE", "store", CELL_TEXT},
    {"DEPARTMENT", "department", CELL_TEXT},
    {"STAFF", "staff", CELL_TEXT},
    {"VISIT", "visit", CELL_TEXT},
    {"RESPONSIBLE", "responsible", CELL_TEXT},
    {"STATUS", "status", CELL_TEXT},
    {"DUE", "due_at", CELL_TIME},
    {"OVERDUE", "overdue", CELL_MARK},
};

static const struct column ranking_columns[] = {
    {"STORE", "store", CELL_TEXT},
    {"DEPARTMENT", "department", CELL_TEXT},
    {"RANK", "rank", CELL_NUMBER},
    {"OF", "ranked", CELL_NUMBER},
    {"TIED", "tied", CELL_NUMBER},
    {"T", "t", CELL_ONE},
    {"N", "n", CELL_NUMBER},
    {"CSI", "csi.value", CELL_ONE},
    {"LOW", "csi.low", CELL_ONE},
    {"HIGH", "csi.high", CELL_ONE},
    {"SHRUNK", "shrunken", CELL_ONE},
    {"BAND", "band", CELL_TEXT},
    {"IN TIME", "in_time.share", CELL_PERCENT},
};

static const struct column period_columns[] = {
    {"STORE", "store", CELL_TEXT},
    {"DEPARTMENT", "department", CELL_TEXT},
    {"STATUS", "status", CELL_TEXT},
    {"N", "n", CELL_NUMBER},
    {"CSI", "csi.value", CELL_ONE},
    {"LOW", "csi.low", CELL_ONE},
    {"HIGH", "csi.high", CELL_ONE},
    {"BAND", "band", CELL_TEXT},
    {"T", "t", CELL_ONE},
    {"RANK", "rank", CELL_NUMBER},
    {"N NOW", "restated.n", CELL_NUMBER},
    {"CSI NOW", "restated.value", CELL_ONE},
};

static const struct column appeal_columns[] = {
    {"APPEAL", "id", CELL_TEXT},       {"FILED", "filed_at", CELL_TIME},  {"BY", "by", CELL_TEXT},
    {"ENTRY", "entry", CELL_TEXT},     {"RATING", "rating", CELL_NUMBER}, {"GROUND", "ground", CELL_TEXT},
    {"STORE", "store", CELL_TEXT},     {"STATUS", "status", CELL_TEXT},   {"RULE BY", "rule_due_at", CELL_TIME},
    {"OVERDUE", "overdue", CELL_MARK},
};

static const struct column flag_columns[] = {
    {"FLAG", "id", CELL_TEXT},       {"AT", "at", CELL_TIME},
    {"STORE", "store", CELL_TEXT},   {"DEPARTMENT", "department", CELL_TEXT},
    {"WHAT", "kind", CELL_TEXT},     {"RATING", "rating", CELL_NUMBER},
    {"PERIOD", "period", CELL_TEXT}, {"FIGURES", "said", CELL_TEXT},
};

static const struct column repair_columns[] = {
    {"REPAIR", "id", CELL_TEXT},       {"OPENED", "opened_at", CELL_TIME},
    {"STORE", "store", CELL_TEXT},     {"VISIT", "visit", CELL_TEXT},
    {"VEHICLE", "vehicle", CELL_TEXT}, {"FAULT", "fault", CELL_TEXT},
    {"STATUS", "status", CELL_TEXT},   {"LOANER", "loaner_at", CELL_TIME},
    {"DAYS", "days", CELL_NUMBER},     {"BEFORE", "days_before", CELL_NUMBER},
};

static const struct column score_columns[] = {
    {"STORE", "store", CELL_TEXT},
    {"DEPARTMENT", "department", CELL_TEXT},
    {"STAFF", "staff", CELL_TEXT},
    {"PERIOD", "period", CELL_TEXT},
    {"N", "n", CELL_NUMBER},
    {"VISITS", "visits", CELL_NUMBER},
    {"CSI", "csi.value", CELL_ONE},
    {"LOW", "csi.low", CELL_ONE},
    {"HIGH", "csi.high", CELL_ONE},
    {"ACCOUNTABLE", "accountable.value", CELL_ONE},
    {"BAND", "band", CELL_TEXT},
    {"CSAT", "csat.share", CELL_PERCENT},
    {"LOW", "csat.low", CELL_PERCENT},
    {"HIGH", "csat.high", CELL_PERCENT},
    {"NPS", "nps.value", CELL_ONE},
    {"CES", "ces.mean", CELL_ONE},
    {"EVIDENCE", "evidence", CELL_TEXT},
    {"FLAGS", "flags", CELL_NUMBER},
};

_Static_assert(sizeof score_columns / sizeof score_columns[0] <= COLUMNS_MAX, "the widest table fits");

static const struct column quarantine_columns[] = {
    {"KEY", "key", CELL_TEXT},
    {"LAST", "last_at", CELL_TIME},
    {"COUNT", "count", CELL_NUMBER},
    {"CODE", "code", CELL_TEXT},
    {"FIELD", "field", CELL_TEXT},
    {"SOURCE", "source", CELL_TEXT},
    {"MENDED", "mended_seq", CELL_NUMBER},
    {"WHY", "message", CELL_TEXT},
};

static const struct column audit_columns[] = {
    {"AT", "at", CELL_TIME},     {"WHO", "principal", CELL_TEXT}, {"TYPE", "type", CELL_TEXT},
    {"WHAT", "what", CELL_TEXT}, {"WHICH", "subject", CELL_TEXT}, {"WHY", "why", CELL_TEXT},
    {"CODE", "code", CELL_TEXT}, {"TIMES", "times", CELL_NUMBER}, {"PEER", "peer", CELL_TEXT},
    {"VIA", "via", CELL_TEXT},
};

static const struct column callback_columns[] = {
    {"CALLBACK", "id", CELL_TEXT},
    {"KIND", "kind", CELL_TEXT},
    {"WHY", "why", CELL_TEXT},
    {"STORE", "store", CELL_TEXT},
    {"CUSTOMER", "customer", CELL_TEXT},
    {"VISIT", "visit", CELL_TEXT},
    {"STATUS", "status", CELL_TEXT},
    {"AGENT", "agent", CELL_TEXT},
    {"DUE", "due_at", CELL_TIME},
    {"TRIES", "tries", CELL_NUMBER},
    {"NEXT", "next_try_at", CELL_TIME},
    {"OVERDUE", "overdue", CELL_MARK},
    {"SKIPPED", "skipped_because", CELL_TEXT},
};

#define LIST(name, what, port, columns, none)                                   \
    {                                                                           \
        name, what, port, columns, sizeof(columns) / sizeof((columns)[0]), none \
    }

static const struct list {
    const char *name;
    const char *what;
    enum cli_port port;
    const struct column *columns;
    uint32_t count;
    const char *none;
} lists[] = {
    LIST("complaints", "complaints", CLI_QUERY, complaint_columns, "no complaint fits"),
    LIST("escalations", "escalations", CLI_QUERY, escalation_columns, "no notice fits"),
    LIST("tasks", "tasks", CLI_QUERY, task_columns, "no task fits"),
    LIST("callbacks", "callbacks", CLI_QUERY, callback_columns, "no callback fits"),
    LIST("ranking", "ranking", CLI_QUERY, ranking_columns, "no rating in this period"),
    LIST("period", "period", CLI_QUERY, period_columns, "no rating in this period"),
    LIST("appeals", "appeals", CLI_QUERY, appeal_columns, "no appeal fits"),
    LIST("repairs", "repairs", CLI_QUERY, repair_columns, "no stay fits"),
    LIST("flags", "flags", CLI_QUERY, flag_columns, "nothing is flagged"),
    LIST("scores", "scores", CLI_QUERY, score_columns, "no rating in this period"),
    LIST("audit", "audit", CLI_QUERY, audit_columns, "nothing is on record"),
    LIST("quarantine", "quarantine", CLI_FEED, quarantine_columns, "the quarantine is empty"),
};

static const struct list *list_of(const struct cli *cli)
{
    const struct list *list = lists;
    while (strcmp(list->name, cli->command->name) != 0)
        list++;
    return list;
}

/* ---- words that a filter may have ---- */

#define WORDS_MAX 16u

struct words {
    const char *word[WORDS_MAX];
    uint32_t count;
};

static void words_add(struct words *words, const char *word)
{
    for (uint32_t i = 0; i < words->count; i++) {
        if (strcmp(words->word[i], word) == 0)
            return;
    }
    ensure(words->count < WORDS_MAX);
    words->word[words->count++] = word;
}

static void statuses_of(const char *what, struct words *words)
{
    const struct choice_table *choice = strcmp(what, "complaints") == 0    ? choice_of_complaint_status()
                                        : strcmp(what, "escalations") == 0 ? choice_of_escalation_status()
                                        : strcmp(what, "callbacks") == 0   ? choice_of_callback_status()
                                        : strcmp(what, "appeals") == 0     ? choice_of_appeal_status()
                                        : strcmp(what, "repairs") == 0     ? choice_of_repair_status()
                                                                           : choice_of_task_status();
    words_add(words, "open");
    for (uint32_t i = 0; i < choice->count; i++)
        words_add(words, choice->items[i].name);
}

/* Is what the option says, if anything, one of the words? */
static int word_check(struct cli *cli, const char *option, const struct words *words)
{
    const char *text = option_text(&cli->arguments, option);
    char all[WORDS_MAX * 16] = "";
    for (uint32_t i = 0; i < words->count; i++) {
        if (!text || strcmp(text, words->word[i]) == 0)
            return 0;
        size_t len = strlen(all);
        snprintf(all + len, sizeof all - len, "%s%s",
                 i == 0                  ? ""
                 : i + 1 == words->count ? " or "
                                         : ", ",
                 words->word[i]);
    }
    const char *meant = nearest_word(text, words->word, words->count);
    return cli_fail(cli, -E_USAGE, "--%s is \"%.40s\"%s%s%s use %s", option, text, meant ? "; did you mean " : ";",
                    meant ? meant : "", meant ? "?" : "", all);
}

static int words_check(struct cli *cli, const struct list *list)
{
    static const struct words views = {{"voice", "accountable"}, 2};
    static const struct words weights = {{"ratings", "visits"}, 2};
    static const struct words levels = {{"group", "store", "department", "staff"}, 4};
    struct words statuses = {.count = 0};
    int64_t first, last;
    const char *month = option_text(&cli->arguments, "month");
    const char *period = month ? month : option_text(&cli->arguments, "period");
    if (option_given(&cli->arguments, "status")) {
        statuses_of(list->what, &statuses);
        return word_check(cli, "status", &statuses);
    }
    if (period && period_days(span_of(period), &first, &last) < 0)
        return cli_fail(cli, -E_USAGE, "--%s is \"%.40s\"; use such as 2026-11-23, 2026-11, 2026-Q4, 2026-H2 or 2026",
                        month ? "month" : "period", period);
    int result = word_check(cli, "by", &levels);
    if (result == 0)
        result = word_check(cli, "view", &views);
    return result == 0 ? word_check(cli, "weight", &weights) : result;
}

#define FILTER(name)                                                                 \
    do {                                                                             \
        if (option_text(arguments, #name))                                           \
            SET(request, get_request, name, span_of(option_text(arguments, #name))); \
    } while (0)

/* --due today: to be called before that day is over. */
static int due_fill(struct cli *cli, struct get_request *request)
{
    const char *text = option_text(&cli->arguments, "due");
    time_t now = time(NULL);
    int64_t ms = (int64_t)now * 1000;
    if (!text)
        return 0;
    if (strcmp(text, "today") != 0 && time_from_text(text, ms, &ms) < 0)
        return cli_fail(cli, -E_USAGE, "--due is \"%.40s\"; use today, or a day such as 2026-11-26", text);
    time_t day = (time_t)(ms / 1000);
    struct tm local;
    localtime_r(&day, &local);
    local.tm_mday++;
    local.tm_hour = local.tm_min = local.tm_sec = 0;
    local.tm_isdst = -1;
    SET(request, get_request, due_before, (int64_t)mktime(&local) * 1000);
    return 0;
}

/* The filters that were given, and *ret_limit. */
static int request_fill(struct cli *cli, struct get_request *request, int64_t *ret_limit)
{
    const struct arguments *arguments = &cli->arguments;
    char message[OPTION_MESSAGE_MAX];
    int64_t level = -1;
    *ret_limit = 100;
    if (option_number(arguments, "limit", 1, 1000000, ret_limit, message) < 0 ||
        option_number(arguments, "level", 0, 4, &level, message) < 0)
        return cli_fail(cli, -E_USAGE, "%s", message);
    FILTER(store);
    FILTER(department);
    FILTER(staff);
    FILTER(status);
    FILTER(handler);
    FILTER(visit);
    FILTER(complaint);
    FILTER(about);
    FILTER(principal);
    FILTER(by);
    FILTER(view);
    FILTER(weight);
    FILTER(period);
    if (option_text(arguments, "month"))
        SET(request, get_request, period, span_of(option_text(arguments, "month")));
    if (level >= 0)
        SET(request, get_request, level, level);
    if (option_given(arguments, "overdue"))
        SET(request, get_request, overdue, true);
    if (option_given(arguments, "undelivered"))
        SET(request, get_request, undelivered, true);
    return due_fill(cli, request);
}

static int list_run(struct cli *cli, struct get_request *request)
{
    const struct list *list = list_of(cli);
    SET(request, get_request, what, span_of(list->what));
    struct row_list rows = {.count = 0};
    int64_t limit;
    int result = words_check(cli, list);
    if (result == 0)
        result = request_fill(cli, request, &limit);
    if (result == 0)
        result = rows_get(cli, list->port, request, (uint64_t)limit, &rows);
    if (result == 0)
        result = rows_print(cli, &rows, list->columns, list->count, list->none);
    if (result == 0 && rows.count == (uint64_t)limit && !cli->quiet && !cli->json)
        fprintf(stderr, "the first %lld; --limit shows more\n", (long long)limit);
    rows_free(&rows);
    return result;
}

int command_list(struct cli *cli)
{
    struct get_request request = {.has = 0};
    if (cli->arguments.operand_count > 0)
        return cli_fail(cli, -E_USAGE, "%s takes no %.40s; `manyi %.*s %.40s` shows one", cli->command->name,
                        cli->arguments.operand[0], (int)strlen(cli->command->name) - 1, cli->command->name,
                        cli->arguments.operand[0]);
    return list_run(cli, &request);
}

/* This month, unless told otherwise. */
static void month_default(struct get_request *request, char month[16])
{
    time_t now = time(NULL);
    struct tm local;
    localtime_r(&now, &local);
    strftime(month, 16, "%Y-%m", &local);
    SET(request, get_request, period, span_of(month));
}

int command_scores(struct cli *cli)
{
    struct get_request request = {.has = 0};
    char month[16];
    month_default(&request, month);
    SET(&request, get_request, by, span_of("group"));
    return list_run(cli, &request);
}

int command_ranking(struct cli *cli)
{
    struct get_request request = {.has = 0};
    char month[16];
    month_default(&request, month);
    return list_run(cli, &request);
}

int command_audit(struct cli *cli)
{
    struct get_request request = {.has = 0};
    const char *what = option_text(&cli->arguments, "what"), *since = option_text(&cli->arguments, "since");
    int64_t since_ms;
    if (what)
        SET(&request, get_request, kind, span_of(what));
    if (since && time_from_text(since, (int64_t)time(NULL) * 1000, &since_ms) < 0)
        return cli_fail(cli, -E_USAGE, "--since is \"%.40s\"; use such as 2026-11-23 or 2026-11-23T08:00:00+08:00",
                        since);
    if (since)
        SET(&request, get_request, since, since_ms);
    return list_run(cli, &request);
}

int command_quarantine(struct cli *cli)
{
    struct get_request request = {.has = 0};
    return cli->arguments.operand_count > 0 ? quarantine_one(cli) : list_run(cli, &request);
}

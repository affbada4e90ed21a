/*
 * trace.c - `manyi trace`: why a case or a score is as it is, in sentences.
 */
#include "cli/commands.h"
#include "cli/rows.h"
#include "cli/text.h"
#include "cli/trace_ratings.h"
#include "core/status.h"
#include "io/json.h"

#include <string.h>

#define LINES_DEFAULT 1000u

static struct span text_of(struct span map, const char *key)
{
    struct wire_value value;
    struct span bytes;
    bool text = map.len && wire_find(map, key, &value, &bytes) == 0 && value.kind == WIRE_STR;
    return text ? value.bytes : (struct span){0};
}

static struct span value_of(struct span map, const char *key)
{
    struct wire_value value;
    struct span bytes;
    return wire_find(map, key, &value, &bytes) == 0 ? bytes : (struct span){0};
}

static void clean_print(struct span text)
{
    char clean[2048];
    text_clean(text, clean, sizeof clean);
    fputs(clean, stdout);
}

/* ---- a step ---- */

/* "clocks.serious.response  4 h w", a line each. */
static void rules_print(struct span row)
{
    struct span rules = value_of(row, "rules"), rule;
    struct wire_reader reader = wire_reader(rules);
    struct wire_value header;
    if (rules.len == 0 || wire_read(&reader, &header) < 0 || header.kind != WIRE_ARRAY)
        return;
    for (uint32_t i = 0; i < header.count && wire_skip(&reader, JSON_DEPTH_MAX, &rule) == 0; i++) {
        fputs("             ", stdout);
        clean_print(text_of(rule, "key"));
        fputs(": ", stdout);
        clean_print(text_of(rule, "figures"));
        putchar('\n');
    }
}

/* Said where it is another than that of the line before. */
static void policy_print(struct span row, char before[NAME_MAX_BYTES + 1], bool zh)
{
    struct span policy = value_of(row, "policy");
    struct span hash = text_of(policy, "hash");
    if (hash.len == 0 || hash.len > NAME_MAX_BYTES || span_is(hash, before))
        return;
    snprintf(before, NAME_MAX_BYTES + 1, "%.*s", SPAN_ARGS(hash));
    fputs(zh ? "             办法：" : "             rulebook ", stdout);
    clean_print(text_of(policy, "name"));
    printf(" %.*s", SPAN_ARGS(hash));
    char seq[CELL_MAX];
    cell_text(policy, "seq", CELL_NUMBER, seq);
    printf(zh ? "（第 %s 条起施行）\n" : ", in force from entry %s on\n", seq);
}

/* A program that spoke for somebody is named; that local senders name whom they like goes without saying. */
static void sender_print(struct span row, bool zh)
{
    struct span sender = text_of(row, "principal"), by = text_of(row, "by");
    if (sender.len == 0 || by.len == 0 || span_is(sender, "local") || span_equal(sender, by))
        return;
    fputs(zh ? "（由 " : ", as ", stdout);
    clean_print(sender);
    fputs(zh ? " 代报）" : " says", stdout);
}

static void step_print(struct span row, bool zh, char before[NAME_MAX_BYTES + 1])
{
    char at[CELL_MAX], time[CELL_MAX], seq[CELL_MAX];
    cell_text(row, "at", CELL_TIME, at);
    cell_text(row, "time", CELL_TIME, time);
    cell_text(row, "seq", CELL_NUMBER, seq);
    printf("%-12s ", at);
    clean_print(text_of(row, zh ? "zh" : "en"));
    if (time[0])
        printf(zh ? "（自报时间 %s）" : " (told for %s)", time);
    sender_print(row, zh);
    fputs("  [", stdout);
    clean_print(text_of(row, "type"));
    printf(seq[0] ? ", #%s]\n" : "]\n", seq);
    policy_print(row, before, zh);
    rules_print(row);
}

static int steps_print(struct cli *cli, const struct row_list *rows, bool zh)
{
    struct wire_reader reader = wire_reader(rows_array(rows));
    struct wire_value header;
    char policy[NAME_MAX_BYTES + 1] = "", title[LABEL_MAX_BYTES + 1] = "";
    struct span row;
    int result = wire_read(&reader, &header);
    for (uint32_t i = 0; result == 0 && i < header.count; i++) {
        result = wire_skip(&reader, JSON_DEPTH_MAX, &row);
        if (result < 0)
            break;
        struct span name = text_of(row, "case");
        if (name.len <= LABEL_MAX_BYTES && !span_is(name, title)) {
            snprintf(title, sizeof title, "%.*s", SPAN_ARGS(name));
            printf("%s%s\n", i ? "\n" : "", title);
        }
        step_print(row, zh, policy);
    }
    return result < 0 ? cli_fail(cli, result, "in the reply") : 0;
}

/* ---- what it is about ---- */

static int steps_get(struct cli *cli, const char *id, uint64_t limit, struct row_list *rows)
{
    struct get_request request = {.has = 0};
    SET(&request, get_request, what, span_of("trace"));
    SET(&request, get_request, id, span_of(id));
    int result = rows_get(cli, CLI_QUERY, &request, rows->count + limit, rows);
    return result == -E_NOT_FOUND ? cli_fail(cli, result, "%s", id) : result;
}

/* The case that a notice is about. */
static int cause_find(struct cli *cli, const char *id, char ret_id[LABEL_MAX_BYTES + 1])
{
    struct row_list card = {.count = 0};
    struct get_request request = {.has = 0};
    SET(&request, get_request, what, span_of("escalation"));
    SET(&request, get_request, id, span_of(id));
    int result = rows_get(cli, CLI_QUERY, &request, 1, &card);
    struct span about = result == 0 && card.count ? text_of(rows_first(&card), "about") : (struct span){0};
    if (result == -E_NOT_FOUND || (result == 0 && (about.len == 0 || about.len > LABEL_MAX_BYTES)))
        result = cli_fail(cli, -E_NOT_FOUND, "%s", id);
    if (result == 0)
        snprintf(ret_id, LABEL_MAX_BYTES + 1, "%.*s", SPAN_ARGS(about));
    rows_free(&card);
    return result;
}

/* ---- a score's ratings ---- */

static int ratings_find(struct cli *cli, struct span row, struct traced_ratings *ratings)
{
    struct wire_value from, to;
    struct span bytes, card = value_of(row, "card");
    int64_t from_ms, to_ms;
    bool timed = wire_find(row, "from", &from, &bytes) == 0 && wire_find(row, "to", &to, &bytes) == 0 &&
                 wire_time_ms(&from, &from_ms) == 0 && wire_time_ms(&to, &to_ms) == 0;
    if (!timed)
        return cli_fail(cli, -E_MALFORMED, "in the reply");
    return trace_ratings_find(cli, text_of(card, "store"), text_of(card, "department"), from_ms, to_ms, ratings);
}

/* Which entries of the journal they are: `GET event` has each. */
static void ratings_print(const struct traced_ratings *ratings, bool zh)
{
    fputs(zh ? "             最近的评价（日志条目）：" : "             newest ratings, as entries of the journal:",
          stdout);
    for (uint32_t i = 0; i < ratings->count; i++)
        printf(" #%llu", (unsigned long long)ratings->rating[i].seq);
    if (ratings->count == 0)
        printf(zh ? " 第 %llu 条以后没有" : " none after entry %llu", (unsigned long long)ratings->looked_after);
    putchar('\n');
}

static int score_print(struct cli *cli, const struct row_list *rows, bool zh)
{
    struct traced_ratings ratings;
    int result = ratings_find(cli, rows_first(rows), &ratings);
    if (result < 0)
        return result;
    if (!cli->json) {
        result = steps_print(cli, rows, zh);
        ratings_print(&ratings, zh);
        return result;
    }
    fputs("[\n", stdout);
    result = json_print(stdout, rows_first(rows));
    fputs(",\n{\"type\":\"ratings\",\"seqs\":[", stdout);
    for (uint32_t i = 0; i < ratings.count; i++)
        printf("%s%llu", i ? "," : "", (unsigned long long)ratings.rating[i].seq);
    printf("],\"looked_after\":%llu}\n]\n", (unsigned long long)ratings.looked_after);
    return result < 0 ? cli_fail(cli, result, "in the reply") : 0;
}

int command_trace(struct cli *cli)
{
    const struct arguments *arguments = &cli->arguments;
    const char *language = option_text(arguments, "lang");
    char cause[LABEL_MAX_BYTES + 1];
    struct row_list rows = {.count = 0};
    int64_t limit = LINES_DEFAULT;
    char message[OPTION_MESSAGE_MAX];
    if (arguments->operand_count != 1)
        return cli_fail(cli, -E_USAGE, "trace takes one case or score, such as C-41");
    bool zh = language && strcmp(language, "zh") == 0;
    if (language && !zh && strcmp(language, "en") != 0)
        return cli_fail(cli, -E_USAGE, "--lang %.20s; there are en and zh", language);
    const char *id = arguments->operand[0];
    int result = option_number(arguments, "limit", 1, 1000000, &limit, message);
    if (result < 0)
        return cli_fail(cli, -E_USAGE, "%s", message);
    if (result == 0 && strncmp(id, "E-", 2) == 0) {
        result = cause_find(cli, id, cause);
        if (result == 0)
            result = steps_get(cli, cause, (uint64_t)limit, &rows);
    }
    if (result == 0)
        result = steps_get(cli, id, (uint64_t)limit, &rows);
    if (result == 0 && strncmp(id, "S-", 2) == 0)
        result = score_print(cli, &rows, zh);
    else if (result == 0 && cli->json)
        result = rows_print(cli, &rows, NULL, 0, "");
    else if (result == 0)
        result = steps_print(cli, &rows, zh);
    rows_free(&rows);
    return result;
}

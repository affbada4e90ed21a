/*
 * calendar.c - `manyi calendar`: what time it will be after so much work, how much work there is between two times, what a
 * month looks like. Needs no server: by the national calendar as delivered, or by a file.
 */
#include "cli/commands.h"

#include "cli/calendar_month.h"
#include "core/calendar.h"
#include "core/rfc3339.h"
#include "core/status.h"
#include "io/calendar_file.h"
#include "io/clock.h"
#include "io/file.h"
#include "io/json.h"
#include "io/zone.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_MS 1000ll
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define DAYS_MOST 400
#define YEARS_AROUND (2 * 366 * DAY_MS) /* that the zone is looked up for: 400 working days may be more than a year */
#define FILE_MOST (64u * KIB)
#define LOCAL_TEXT_MAX 40u

/* "2026-02-14T13:30:00+08:00" */
static void local_text(const struct policy *policy, int64_t at_ms, char ret_text[LOCAL_TEXT_MAX])
{
    int32_t offset = calendar_offset_minutes(policy, at_ms);
    int32_t east = offset < 0 ? -offset : offset;
    char utc[RFC3339_LEN + 1];
    rfc3339_format(at_ms + offset * MINUTE_MS, utc);
    snprintf(ret_text, LOCAL_TEXT_MAX, "%.19s%c%02d:%02d", utc, offset < 0 ? '-' : '+', (int)(east / 60 % 100),
             (int)(east % 60));
}

/* ---- what was asked ---- */

/* "4h", "1h30min", "90min", "2d": hours and minutes of work, or whole working days. */
static int working_read(struct cli *cli, const char *text, struct duration *ret_amount)
{
    static const char allowed[] =
        "--working is \"%.40s\"; use hours and minutes of work such as 4h, 90min or 1h30min, or "
        "working days such as 2d, of more than 0 and at most 400 days";
    struct duration amount = {0, TIME_WORKING};
    bool days = false, hours = false;
    for (const char *at = text; *at;) {
        int64_t number = 0;
        const char *digits = at;
        for (; *at >= '0' && *at <= '9' && number <= DAYS_MOST * 24 * 60; at++)
            number = number * 10 + (*at - '0');
        size_t unit = strspn(at, "dhmin");
        bool day = unit == 1 && *at == 'd', hour = unit == 1 && *at == 'h',
             minute = unit == 3 && !strncmp(at, "min", 3);
        if (at == digits || !(day || hour || minute) || days || (day && amount.ms > 0) || (hour && hours))
            return cli_fail(cli, -E_USAGE, allowed, text);
        days = day;
        hours = hours || hour || minute;
        amount.ms += number * (day ? DAY_MS : hour ? HOUR_MS : MINUTE_MS);
        at += unit;
    }
    if (amount.ms == 0 || amount.ms > DAYS_MOST * DAY_MS)
        return cli_fail(cli, -E_USAGE, allowed, text);
    amount.unit = days ? TIME_WORKING_DAYS : TIME_WORKING;
    *ret_amount = amount;
    return 0;
}

static int time_option(struct cli *cli, const char *name, int64_t *ret_ms)
{
    const char *text = option_text(&cli->arguments, name);
    if (!text)
        return cli_fail(cli, -E_USAGE, "--%s is missing: a time such as 2026-02-13T17:30:00+08:00", name);
    if (rfc3339_parse(span_of(text), ret_ms) < 0)
        return cli_fail(cli, -E_BAD_TIME,
                        "--%s is \"%.40s\", no time that exists; use one such as 2026-02-13T17:30:00+08:00", name,
                        text);
    return 0;
}

/* "2026-02"; left out: the month that it is now. */
static int month_option(struct cli *cli, int64_t now_ms, int32_t *ret_year, uint32_t *ret_month)
{
    const char *text = option_text(&cli->arguments, "month");
    char date[32];
    int64_t ms = now_ms;
    snprintf(date, sizeof date, "%.10s-01T00:00:00Z", text ? text : "");
    if (text && (strlen(text) != 7 || rfc3339_parse(span_of(date), &ms) < 0))
        return cli_fail(cli, -E_BAD_TIME, "--month is \"%.40s\"; use a year and a month such as 2026-02", text);
    const struct civil_date found = civil_from_days(ms / DAY_MS);
    *ret_year = found.year;
    *ret_month = found.month;
    return 0;
}

/* ---- by which calendar ---- */

static int file_load(struct cli *cli, const char *path, struct policy *policy)
{
    uint8_t *bytes = NULL;
    size_t len;
    char message[POLICY_MESSAGE_MAX];
    int result = file_read(path, FILE_MOST, &bytes, &len);
    if (result == -E_TOO_LARGE)
        return cli_fail(cli, -E_BAD_INPUT_FILE, "%s: larger than 64 KiB, no calendar", path);
    if (result < 0)
        return cli_fail(cli, result, "%s: %s", path, strerror(errno));
    result = calendar_file_parse(span_make(bytes, len), policy, message);
    free(bytes);
    return result < 0 ? cli_fail(cli, result, "%s: %s", path, message) : 0;
}

/* Of --calendar and --zone, with what the zone's clocks do around two instants. */
static int calendar_load(struct cli *cli, int64_t from_ms, int64_t to_ms, struct policy *policy)
{
    const char *path = option_text(&cli->arguments, "calendar");
    const char *zone = option_text(&cli->arguments, "zone");
    char message[POLICY_MESSAGE_MAX];
    policy_default(policy);
    int result = path ? file_load(cli, path, policy) : 0;
    if (result < 0)
        return result;
    if (zone && strlen(zone) > NAME_MAX_BYTES)
        return cli_fail(cli, -E_USAGE, "--zone is longer than %u bytes", NAME_MAX_BYTES);
    if (zone)
        snprintf(policy->zone, sizeof policy->zone, "%s", zone);
    int64_t last_ms = to_ms > from_ms ? to_ms : from_ms;
    result = calendar_zone_resolve(ZONE_DIR, from_ms + to_ms - last_ms - YEARS_AROUND, last_ms + YEARS_AROUND, policy,
                                   message);
    if (result == -E_BAD_INPUT_FILE)
        return zone || !path ? cli_fail(cli, -E_USAGE, "%s", message) : cli_fail(cli, result, "%s: %s", path, message);
    return result;
}

/* ---- answering ---- */

static void covered_remark(const struct cli *cli, bool covered)
{
    if (!covered && !cli->quiet)
        fputs("manyi: the time runs through a year that the calendar has no table for: plain weekdays count there\n",
              stderr);
}

static int calendar_add_command(struct cli *cli, struct policy *policy)
{
    const char *working = option_text(&cli->arguments, "working");
    int64_t from_ms;
    struct duration amount = {0, TIME_WALL};
    int result = time_option(cli, "from", &from_ms);
    if (result == 0)
        result = working ? working_read(cli, working, &amount)
                         : cli_fail(cli, -E_USAGE, "--working is missing: 4h, 90min or 2d");
    if (result == 0)
        result = calendar_load(cli, from_ms, from_ms, policy);
    if (result < 0)
        return result;
    int64_t due_ms = calendar_add_national(policy, from_ms, amount);
    bool covered = calendar_covers_national(policy, from_ms, due_ms);
    char due[LOCAL_TEXT_MAX];
    local_text(policy, due_ms, due);
    if (cli->json) {
        printf("{\"due\":\"%s\",\"zone\":", due);
        json_print_text(stdout, span_of(policy->zone));
        printf(",\"covered\":%s}\n", covered ? "true" : "false");
        return 0;
    }
    puts(due);
    covered_remark(cli, covered);
    return 0;
}

static int calendar_between_command(struct cli *cli, struct policy *policy)
{
    int64_t from_ms, to_ms;
    int result = time_option(cli, "from", &from_ms);
    if (result == 0)
        result = time_option(cli, "to", &to_ms);
    if (result == 0 && to_ms < from_ms)
        return cli_fail(cli, -E_USAGE, "--to lies before --from");
    if (result == 0)
        result = calendar_load(cli, from_ms, to_ms, policy);
    if (result < 0)
        return result;
    int64_t working_ms = calendar_between_national(policy, from_ms, to_ms, TIME_WORKING);
    bool covered = calendar_covers_national(policy, from_ms, to_ms);
    if (cli->json) {
        printf("{\"working_ms\":%lld,\"covered\":%s}\n", (long long)working_ms, covered ? "true" : "false");
        return 0;
    }
    printf("%lld h %02lld min %02lld s\n", (long long)(working_ms / HOUR_MS), (long long)(working_ms / MINUTE_MS % 60),
           (long long)(working_ms / SECOND_MS % 60));
    covered_remark(cli, covered);
    return 0;
}

static int calendar_show_command(struct cli *cli, struct policy *policy)
{
    const struct clock_options real = {0};
    struct clock *clock;
    int result = clock_open(&real, &clock);
    if (result < 0)
        return result;
    int64_t now_ms = clock_read(clock).wall_ms;
    clock_close(clock);
    int32_t year = 0;
    uint32_t month = 0;
    result = calendar_load(cli, now_ms, now_ms, policy);
    if (result == 0)
        result = month_option(cli, now_ms + calendar_offset_minutes(policy, now_ms) * MINUTE_MS, &year, &month);
    if (result < 0)
        return result;
    if (cli->json)
        month_json(stdout, policy, year, month);
    else
        month_draw(stdout, policy, year, month);
    return 0;
}

int command_calendar(struct cli *cli)
{
    const char *what = cli->arguments.operand_count ? cli->arguments.operand[0] : "show";
    int (*answer)(struct cli *, struct policy *) = strcmp(what, "add") == 0       ? calendar_add_command
                                                   : strcmp(what, "between") == 0 ? calendar_between_command
                                                   : strcmp(what, "show") == 0    ? calendar_show_command
                                                                                  : NULL;
    if (!answer || cli->arguments.operand_count > 1)
        return cli_fail(cli, -E_USAGE, "calendar %.20s; use add, between or show",
                        answer ? cli->arguments.operand[1] : what);
    struct policy *policy = malloc(sizeof *policy);
    int result = policy ? answer(cli, policy) : -E_NO_MEMORY;
    free(policy);
    return result;
}

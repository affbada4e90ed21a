/* command_options.h - the options of each command, a row each. Only for commands.c, whose table names them. */
#ifndef MANYI_CLI_COMMAND_OPTIONS_H
#define MANYI_CLI_COMMAND_OPTIONS_H

#include "cli/filters.h"
#include "cli/options.h"

static const struct option_row serve_options[] = {
    OPTION("policy", "FILE", "rulebook proposed to an empty journal"),
    OPTION("roster", "FILE", "roster (YAML) proposed to an empty journal"),
    OPTION("accept-time", NULL, "start although the system's clock does not follow the journal's"),
    {"clock-start", "TIME", "begin at this time", OPTION_HIDDEN},
    {"clock-rate", "N", "run so many times as fast", OPTION_HIDDEN},
};

static const struct option_row publish_options[] = {
    OPTION("type", "TYPE", "type of events that name none, such as feedback.rated"),
    OPTION("source", "URI", "source of events that name none, such as /stores/sh-pudong/survey"),
    OPTION("historical", NULL, "mark facts as imported: they count in scores and arm nothing"),
    OPTION("dry-run", NULL, "check every line, send nothing"),
    OPTION("session", NULL, "exactly once for ever, in the source's session; fences its other publishers"),
};

static const struct option_row score_options[] = {
    OPTION("by", "group|store|department|staff", "a row each (group); store: each store and department"),
    OPTION("period", "PERIOD", "2026-11-23, 2026-11, 2026-Q4, 2026-H2 or 2026 (this month)"),
    OPTION("view", "voice|accountable", "every customer's voice (voice), or what is accounted after upheld appeals"),
    OPTION("weight", "ratings|visits",
           "group, department: each rating weighs the same (ratings), or each store its visits"),
    LIMIT_OPTION,
    STORE_OPTION,
    DEPARTMENT_OPTION,
    OPTION("staff", "NAME", "of this person only"),
};

static const struct option_row complaint_options[] = {
    OPTION("personal", NULL, "show the customer's words and contact, too; needs --why"),
};

static const struct option_row limit_options[] = {LIMIT_OPTION};

static const struct option_row audit_options[] = {
    OPTION("principal", "NAME", "what this one read, or was refused"),
    OPTION("what", "WORD", "personal, ledger, journal and so on, or the code of a refusal"),
    OPTION("since", "TIME", "from then on"),
    LIMIT_OPTION,
};

static const struct option_row trace_options[] = {
    OPTION("lang", "en|zh", "language of the sentences (en)"),
    OPTION("limit", "N", "steps at most (1000)"),
};

static const struct option_row tap_options[] = {
    OPTION("snapshot", NULL, "print the cards as they are first"),
    OPTION("count", "N", "end after so many cards"),
    OPTION("seconds", "N", "end after so many seconds"),
};

static const struct option_row policy_options[] = {
    OPTION("by", "NAME", "adopt: staff number of who decides"),
    OPTION("note", "TEXT", "adopt: free text"),
    OPTION("trace", NULL, "test: print each story as it went, in words"),
    OPTION("from", "TIME", "diff --dir: the rulebook is in force from then on (the beginning)"),
    OPTION("to", "TIME", "diff --dir: fold events before then only"),
};

static const struct option_row roster_options[] = {
    OPTION("by", "NAME", "adopt: staff number of who decides"),
    OPTION("note", "TEXT", "adopt: free text"),
    OPTION("dry-run", NULL, "adopt: print what would be adopted, and adopt nothing"),
    OPTION("store", "NAME", "show, who: of this store"),
    OPTION("department", "NAME", "who: of this department"),
    OPTION("level", "N", "who: 0 handler (0), 1 manager, 2 director, 3 general manager, 4 management group"),
    OPTION("at", "DATE", "who: on this day (today)"),
    OPTION("skip", "NAME", "who: somebody who is complained about"),
};

static const struct option_row calendar_options[] = {
    OPTION("from", "TIME", "such as 2026-02-13T17:30:00+08:00"),
    OPTION("to", "TIME", "between: until then"),
    OPTION("working", "TIME", "add: hours and minutes of work, 4h, 90min, 1h30min, or working days, 2d"),
    OPTION("calendar", "FILE", "by this calendar (the national one as delivered)"),
    OPTION("zone", "ZONE", "where its clocks hang (the calendar's own, or Asia/Shanghai)"),
    OPTION("month", "YYYY-MM", "show: this month (the present one)"),
};

static const struct option_row link_options[] = {
    OPTION("visit", "NAME", "rate: of which visit"),
    OPTION("store", "NAME", "rate: in which store"),
    OPTION("department", "NAME", "rate: and department"),
    OPTION("expires", "TIME", "rate: it is good until then: 2027-01-01, or +7d (+30d)"),
    OPTION("days", "N", "case: it is good for so many days (90)"),
};

static const struct option_row key_options[] = {
    OPTION("kind", "person|device|program", "new: what it is"),
    OPTION("role", "NAME", "new: what it may be; several times, or with commas"),
    OPTION("store", "NAME|all", "new: where; several times, or with commas"),
    OPTION("department", "NAME|all", "new: where; several times, or with commas"),
    OPTION("source", "URI", "new: what it publishes as; with /* at the end: and all below (/principals/NAME)"),
    OPTION("speaks-for", "NAME", "new: whose names it may give in `by`; agent.*: all that begin so"),
    OPTION("rate", "N", "new: events a second at most"),
    OPTION("token", NULL, "new, rotate: a token for HTTP instead of a pair of keys; it is printed once"),
    OPTION("password", NULL, "new, rotate: a password, asked for on the terminal or read from stdin"),
    OPTION("out", "FILE", "new, rotate: where the pair goes (NAME.key)"),
    OPTION("until", "TIME", "new, allow, rotate: it ends then: 2027-01-01, or +90d"),
    OPTION("overlap", "TIME", "rotate: how long what was good stays good (7d)"),
};

static const struct option_row access_options[] = {
    OPTION("markdown", NULL, "the table as a page of docs/SECURITY.md has it"),
};

static const struct option_row config_options[] = {OPTION("origin", NULL, "say where each value comes from")};

static const struct option_row schema_options[] = {
    OPTION("json-schema", NULL, "JSON Schema 2020-12 of events and cards"),
    OPTION("asyncapi", NULL, "AsyncAPI 3 of ports, verbs and channels"),
    OPTION("markdown", NULL, "the reference page"),
};

static const struct option_row rebuild_options[] = {
    OPTION("out", "DIR", "write the state there; else in place, with no server running"),
};

static const struct option_row backup_options[] = {
    OPTION("out", "FILE", "the backup, which must not be there yet"),
};

static const struct option_row restore_options[] = {
    OPTION("verify", NULL, "verify what was restored, and fold its state"),
    OPTION("dry-run", NULL, "check the backup, restore nothing"),
};

static const struct option_row bench_options[] = {
    OPTION("quick", NULL, "within 50 seconds"),
    OPTION("keys", NULL, "everybody needs a key, as over a network"),
};

static const struct option_row demo_options[] = {
    OPTION("seed", "N", "another day (1)"),
    OPTION("rate", "N", "visits of the day in all 12 stores (600)"),
    OPTION("seconds", "N", "how long the day lasts (60)"),
    OPTION("exit", NULL, "end with the day, also without a terminal"),
    OPTION("no-live", NULL, "after the day nobody comes any more"),
};

#endif

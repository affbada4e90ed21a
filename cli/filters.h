/* filters.h - the options of commands that list: what a list may be narrowed down to. Only for commands.c. */
#ifndef MANYI_CLI_FILTERS_H
#define MANYI_CLI_FILTERS_H

#include "cli/options.h"

#define LIMIT_OPTION OPTION("limit", "N", "rows at most (100)")
#define STORE_OPTION OPTION("store", "STORE", "of this store only")
#define DEPARTMENT_OPTION OPTION("department", "NAME", "of this department only")

static const struct option_row complaint_filters[] = {
    LIMIT_OPTION,
    STORE_OPTION,
    DEPARTMENT_OPTION,
    OPTION("status", "STATUS", "received, acknowledged, planned, resolved or closed; open: not closed"),
    OPTION("handler", "NAME", "of this handler"),
    OPTION("level", "N", "escalated to this level at least"),
    OPTION("overdue", NULL, "past a deadline that still runs"),
    OPTION("visit", "VISIT", "of this visit only"),
    OPTION("staff", "NAME", "about this person"),
};

static const struct option_row task_filters[] = {
    LIMIT_OPTION,
    STORE_OPTION,
    DEPARTMENT_OPTION,
    OPTION("status", "STATUS", "started, completed, verified or cancelled; open: not yet at an end"),
    OPTION("handler", "NAME", "of this responsible person"),
    OPTION("overdue", NULL, "past its deadline"),
    OPTION("visit", "VISIT", "of this visit only"),
    OPTION("staff", "NAME", "about this person"),
};

static const struct option_row callback_filters[] = {
    LIMIT_OPTION,
    STORE_OPTION,
    DEPARTMENT_OPTION,
    OPTION("status", "STATUS", "planned, due, claimed, message, done and so on; open: not yet at an end"),
    OPTION("due", "today|DAY", "to be called before that day is over"),
    OPTION("handler", "NAME", "claimed by this person"),
    OPTION("overdue", NULL, "not called in time"),
    OPTION("visit", "VISIT", "of this visit only"),
};

static const struct option_row period_filters[] = {
    OPTION("period", "PERIOD", "2026-11, 2026-Q4, 2026-H2 or 2026 (this month)"),
    OPTION("month", "MONTH", "the same"),
    LIMIT_OPTION,
    STORE_OPTION,
    DEPARTMENT_OPTION,
};

static const struct option_row appeal_filters[] = {
    LIMIT_OPTION,
    STORE_OPTION,
    DEPARTMENT_OPTION,
    OPTION("status", "STATUS", "filed, rejected, upheld or final; open: not yet at an end"),
    OPTION("overdue", NULL, "not ruled on in time"),
    OPTION("staff", "NAME", "filed by this person"),
};

static const struct option_row ledger_options[] = {
    LIMIT_OPTION,
    OPTION("status", "STATUS", "proposed, confirmed, waived, settled, reversed or frozen; open: not yet at an end"),
    OPTION("account", "NAME", "of this person: points and money of each year"),
};

static const struct option_row repair_filters[] = {
    LIMIT_OPTION,
    STORE_OPTION,
    DEPARTMENT_OPTION,
    OPTION("status", "STATUS", "in_repair, left or completed; open: not yet at an end"),
    OPTION("visit", "VISIT", "of this visit only"),
};

static const struct option_row flag_filters[] = {
    LIMIT_OPTION,
    STORE_OPTION,
    DEPARTMENT_OPTION,
    OPTION("period", "MONTH", "of this month, such as 2026-11"),
};

static const struct option_row escalation_filters[] = {
    LIMIT_OPTION,
    STORE_OPTION,
    DEPARTMENT_OPTION,
    OPTION("status", "STATUS", "raised, acknowledged or ended; open: raised, and nobody has seen it"),
    OPTION("handler", "NAME", "to this person or role"),
    OPTION("level", "N", "of this level at least"),
    OPTION("complaint", "ID", "of this complaint only"),
    OPTION("about", "ID", "about this case only, such as V-60, T-57 or L-41-wang.li"),
    OPTION("overdue", NULL, "of a missed deadline"),
    OPTION("undelivered", NULL, "open, and tried in vain so far"),
    OPTION("visit", "VISIT", "of this visit only"),
};

#endif

/* roles.c - the table. */
#include "workers/roles.h"

#include "workers/deliveries.h"
#include "workers/honesty.h"
#include "workers/ledger.h"
#include "workers/repairs.h"

const struct role roles[] = {
    {"complaints", complaints_on_event}, {"repairs", repairs_on_event}, {"tasks", tasks_on_event},
    {"callbacks", callbacks_on_event},   {"scores", scores_on_event},   {"honesty", honesty_on_event},
    {"ledger", ledger_on_event},         {"appeals", appeals_on_event}, {"deliveries", deliveries_on_event},
};
const uint32_t roles_count = sizeof roles / sizeof roles[0];

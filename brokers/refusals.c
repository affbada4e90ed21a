/* refusals.c - see refusals.h. */
#include "brokers/refusals.h"
#include "core/status.h"
#include "schemas/wire.h"

#include <stdio.h>

#define NEVER_TOLD INT64_MIN

static const int statuses[] = {-E_NO_RIGHT,  -E_OTHER_PLACE,    -E_OTHER_PERSON,     -E_REVOKED,
                               -E_FORGED_BY, -E_FOREIGN_SOURCE, -E_UNKNOWN_PRINCIPAL};

_Static_assert(sizeof statuses / sizeof statuses[0] == REFUSAL_CODES, "each has a count");

int refusals_status(uint32_t index)
{
    return statuses[index];
}

static struct refusal *row_of(struct refusals *refusals, uint32_t principal, bool over_http, int status)
{
    struct refusal *free_row = NULL;
    for (uint32_t i = 1; i < REFUSALS_MAX; i++) {
        struct refusal *row = &refusals->row[i];
        if (row->status == status && row->principal == principal && row->over_http == over_http)
            return row;
        if (row->status == 0 && !free_row)
            free_row = row;
    }
    struct refusal *row = free_row ? free_row : &refusals->row[0];
    if (row->status == 0)
        *row = (struct refusal){.told_ms = NEVER_TOLD};
    row->principal = free_row ? principal : 0;
    row->over_http = over_http;
    row->status = status;
    return row;
}

/* A verb or a type is what a peer chose, and nobody has looked at the verb of one who may not ask at all: what goes
 * into the journal is sound text. */
static struct span plain(struct span what)
{
    uint32_t characters;
    bool sound = what.len > 0 && what.len <= NAME_MAX_BYTES && utf8_count(what, &characters) == 0;
    for (size_t i = 0; sound && i < what.len; i++)
        sound = what.at[i] >= ' ' && what.at[i] != 0x7f;
    return sound ? what : span_of("unknown");
}

void refusals_count(struct refusals *refusals, uint32_t principal, bool over_http, int status, struct span what)
{
    for (uint32_t i = 0; i < REFUSAL_CODES; i++) {
        if (statuses[i] != status)
            continue;
        refusals->counts[i]++;
        struct refusal *row = row_of(refusals, principal, over_http, status);
        row->times += row->times < 1000000000;
        snprintf(row->what, sizeof row->what, "%.*s", SPAN_ARGS(plain(what)));
    }
}

struct refusal *refusals_next(struct refusals *refusals, int64_t at_ms, uint32_t *index)
{
    for (; *index < REFUSALS_MAX; ++*index) {
        struct refusal *row = &refusals->row[*index];
        bool waits = row->told_ms != NEVER_TOLD && at_ms - row->told_ms < REFUSALS_EVERY_MS;
        if (row->status == 0 || waits)
            continue;
        if (row->times > 0)
            return row;
        row->status = 0;
    }
    return NULL;
}

void refusals_told(struct refusal *refusal, int64_t at_ms)
{
    refusal->told_ms = at_ms;
    refusal->times = 0;
}

/*
 * house_journal.c - the journal, held against what state and cards say of it before anybody is answered.
 *
 * Both are made of entries that were on the disk, so that neither is ever ahead of its journal: when one is, volumes were lost or
 * an older copy was put back, and seqs that somebody knows would be given out again.
 */
#include "brokers/outlet_store.h"
#include "cli/house.h"
#include "core/status.h"
#include "workers/state.h"

#include <stdlib.h>
#include <string.h>

/* What one of them says. */
struct made_of {
    const char *name; /* of its folder */
    char lineage[NAME_MAX_BYTES + 1];
    uint64_t cursor;
    int failure; /* of looking */
};

#define MADE_COUNT 2u

/* Beside a journal what can't be read says nothing: its own role tells. */
static void made_look(const struct house *house, struct made_of made[MADE_COUNT])
{
    struct state_head *head = calloc(1, sizeof *head);
    made[0] = (struct made_of){.name = "state"};
    made[1] = (struct made_of){.name = "outlet"};
    made[0].failure = head ? state_head_look(house->setup.dir, head) : -E_NO_MEMORY;
    if (made[0].failure == 0) {
        memcpy(made[0].lineage, head->lineage, sizeof made[0].lineage);
        made[0].cursor = head->position.seq;
    }
    free(head);
    made[1].failure = cards_look(house->setup.dir, made[1].lineage, &made[1].cursor);
}

static int absence_blame(struct cli *cli, const struct house *house, const struct made_of *made)
{
    const char *dir = house->setup.dir;
    return cli_fail(
        cli, -E_CORRUPT,
        "the journal in %s is gone, though %s/%s was made of its entries up to %llu; put %s/journal back or "
        "restore a backup; to begin anew, remove %s/state and %s/outlet",
        dir, dir, made->name, (unsigned long long)made->cursor, dir, dir, dir);
}

static int loss_blame(struct cli *cli, const struct house *house, const struct made_of *made)
{
    const char *dir = house->setup.dir;
    return cli_fail(
        cli, -E_CORRUPT,
        "the journal in %s ends at entry %llu, though %s/%s was made of its entries up to %llu; put the volumes "
        "back that it has lost, or restore a backup",
        dir, (unsigned long long)journal_head(house->journal), dir, made->name, (unsigned long long)made->cursor);
}

static int failure_tell(struct cli *cli, const struct house *house, int result, const char *fault)
{
    if (fault[0] != '\0')
        return cli_fail(cli, result, "%s", fault);
    return cli_fail(cli, result, "the journal in %s", house->setup.dir);
}

int house_journal_open(struct cli *cli, struct house *house)
{
    if (!(house->mask & (ROLE_BIT(ROLE_INTAKE) | ROLE_BIT(ROLE_FEED))))
        return 0;
    char fault[STORE_FAULT_MAX] = "";
    struct journal_options options = {
        .dir = house->setup.dir, .volume_bytes = house->setup.volume_bytes, .must_exist = true, .fault = fault};
    struct made_of made[MADE_COUNT];
    made_look(house, made);
    int result = journal_open(&options, &house->journal);
    bool absent = result == -E_NO_JOURNAL;
    for (uint32_t i = 0; absent && i < MADE_COUNT; i++) {
        if (made[i].failure < 0)
            return cli_fail(cli, made[i].failure, "%s/%s, and there is no journal beside it", house->setup.dir,
                            made[i].name);
        if (made[i].lineage[0] != '\0')
            return absence_blame(cli, house, &made[i]);
    }
    options.must_exist = false;
    if (absent)
        result = journal_open(&options, &house->journal);
    if (result < 0)
        return failure_tell(cli, house, result, fault);
    for (uint32_t i = 0; i < MADE_COUNT; i++) {
        bool ours = strcmp(made[i].lineage, journal_lineage(house->journal)) == 0;
        if (ours && made[i].cursor > journal_head(house->journal))
            return loss_blame(cli, house, &made[i]);
    }
    return 0;
}

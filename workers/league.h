/*
 * league.h - all stores and departments in a period, compared with each other by their accountable figures.
 *
 *   rows 0 ...                department by department of each store, in order of store and department
 *   rows place_count ...      all of a store: T scores of sales, service and complaints handled in time, put together
 *
 * A department is compared with the same department of other stores, from the evidence for a rank on. A complaint counts for the
 * store that it is with now, in the period in which it was opened; it was handled in time when it has missed no deadline. Those that were
 * withdrawn, merged or imported don't count.
 *
 * Caveats
 *   A department that only appeals have put ratings into, without one of its own, is not in it.
 *   At most LEAGUE_PLACES_MAX departments; `more` says that some were left out.
 */
#ifndef MANYI_WORKERS_LEAGUE_H
#define MANYI_WORKERS_LEAGUE_H

#include "core/band.h"
#include "core/ranking.h"
#include "workers/state.h"

#define LEAGUE_PLACES_MAX 1024u
#define LEAGUE_STORES_MAX 256u

struct league_place {
    char store[NAME_MAX_BYTES + 1];
    char department[NAME_MAX_BYTES + 1];
    struct accountable_figure figure;
    bool ranked;
    uint32_t of; /* how many are compared */
    struct ranked standing;
};

struct league_store {
    char store[NAME_MAX_BYTES + 1];
    uint64_t complaints, in_time;
    bool ranked;
    uint32_t of;
    struct ranked standing;
};

struct league {
    uint32_t place_count, store_count;
    bool more;
    struct league_place place[LEAGUE_PLACES_MAX];
    struct league_store store[LEAGUE_STORES_MAX];
};

/* From the sums as the store has them: flush what is cached before. -E_BAD_TIME: no such period; -E_NO_MEMORY, -E_CORRUPT. */
int league_make(struct store_txn *txn, const struct policy *policy, struct span period, struct league **ret_league);
void league_free(struct league *league); /* NULL is allowed */

static inline uint32_t league_rows(const struct league *league)
{
    return league->place_count + league->store_count;
}
/* A row as a card, open; id_text (LABEL_MAX_BYTES + 1) and the league outlive it. */
void league_card(const struct league *league, const struct policy *policy, uint32_t row, struct span period,
                 char *id_text, struct period *ret_card);

#endif

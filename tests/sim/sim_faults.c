/*
 * sim_faults.c - whether each kind of fault has happened: what never goes wrong is not tested.
 */
#include "tests/sim/sim.h"

#include <inttypes.h>

bool sim_faults_happened(FILE *out, const struct sim_options *options, const struct sim_totals *totals)
{
    bool all = true;
    if (totals->seeds < ALL_FAULTS_SEEDS || options->calm || options->hours || options->events)
        return true;
    for (enum fault fault = 0; fault < FAULT_COUNT; fault++) {
        if (totals->sum.faults[fault] > 0 || options->without >> fault & 1)
            continue;
        fprintf(out, "never in %" PRIu64 " seeds: %s (%s)\n", totals->seeds, fault_text(fault), fault_name(fault));
        all = false;
    }
    return all;
}

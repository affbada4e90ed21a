/*
 * fault.c - one call of a kind that fails: the n-th one, or that and every later one.
 */
#include "tests/calls/fault.h"

#include <stdatomic.h>
#include <stddef.h>

const char *const fault_kind_names[FAULT_KINDS] = {"allocation", "store", "file", "bus"};

static struct fault armed;
static atomic_ullong calls[FAULT_KINDS];
static const char *_Atomic struck;

void fault_arm(const struct fault *fault)
{
    armed = fault ? *fault : (struct fault){.first = 0};
    for (int kind = 0; kind < FAULT_KINDS; kind++)
        atomic_store(&calls[kind], 0);
    atomic_store(&struck, NULL);
}

bool fault_strikes(enum fault_kind kind, const char *call)
{
    uint64_t number = atomic_fetch_add(&calls[kind], 1) + 1;
    bool strikes =
        kind == armed.kind && armed.first > 0 && (number == armed.first || (armed.lasting && number > armed.first));
    const char *nothing = NULL;
    if (strikes)
        atomic_compare_exchange_strong(&struck, &nothing, call);
    return strikes;
}

uint32_t fault_way(uint32_t count)
{
    return (uint32_t)((armed.first + armed.lasting) % count);
}

bool fault_lasts(void)
{
    return armed.lasting;
}

uint64_t fault_calls(enum fault_kind kind)
{
    return atomic_load(&calls[kind]);
}

const char *fault_struck(void)
{
    const char *call = atomic_load(&struck);
    return call ? call : "";
}

/*
 * caller.c - whom a request is asked for.
 */
#include "io/caller.h"
#include "core/status.h"

int caller_of(const struct guard *guard, const struct setup *setup, const struct request *request, bool trusted,
              struct caller_as as, struct caller *ret_caller)
{
    struct caller caller = {.number = trusted ? as.number : request->principal, .trusted = trusted};
    int status = 0;
    if (!trusted && as.has) {
        caller.detail = "`as` is for trusted endpoints alone";
        status = -E_BAD_REQUEST;
    } else if (!trusted && setup->keyed && caller.number == PRINCIPAL_LOCAL) {
        status =
            -E_UNKNOWN_PRINCIPAL; /* a port that asks for keys lets nobody in without: should one fail open, this doesn't */
    } else {
        status = guard_who(guard, caller.number, &caller.principal);
    }
    caller.name = guard_name(guard, caller.number);
    *ret_caller = caller;
    return status;
}

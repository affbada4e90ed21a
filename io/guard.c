/* guard.c - who asks, and whether they may. */
#include "io/guard.h"

#include "core/status.h"
#include "io/log.h"

#include <string.h>

int guard_open(const struct setup *setup, const char *role, struct guard *ret_guard)
{
    char message[KEYRING_MESSAGE_MAX];
    struct keyring *keyring;
    int result = keyring_open(setup->access_path, &keyring, message);
    if (result < 0) {
        log_line(LOG_ERROR, role, "%s", message);
        return result;
    }
    /* Each role reads the same file: one of them says what is wrong with it. */
    *ret_guard = (struct guard){.keyring = keyring, .speaks = strcmp(role, "intake") == 0};
    return 0;
}

void guard_close(struct guard *guard)
{
    keyring_close(guard->keyring);
    *guard = (struct guard){.keyring = NULL};
}

enum keyring_change guard_turn(struct guard *guard, struct clock_reading now)
{
    enum keyring_change change = keyring_turn(guard->keyring, now);
    const char *trouble = keyring_trouble(guard->keyring);
    if (guard->speaks && trouble[0] && !guard->troubled)
        log_line(LOG_WARNING, "intake", "%s; what was in force stays in force until then", trouble);
    guard->troubled = trouble[0] != '\0';
    return change;
}

int guard_who(const struct guard *guard, uint32_t number, const struct principal **ret_principal)
{
    const struct principal *principal = NULL;
    if (number != PRINCIPAL_LOCAL) {
        principal = access_of_number(guard_access(guard), number);
        if (!principal)
            return -E_UNKNOWN_PRINCIPAL;
        if (principal->revoked)
            return -E_REVOKED;
    }
    *ret_principal = principal;
    return 0;
}

int guard_may(const struct guard *guard, uint32_t number, const struct access_ask *ask)
{
    const struct principal *principal;
    int result = guard_who(guard, number, &principal);
    return result < 0 ? result : access_decide(guard_access(guard), principal, ask);
}

struct span guard_name(const struct guard *guard, uint32_t number)
{
    if (number == PRINCIPAL_LOCAL)
        return span_of("local");
    const struct principal *principal = access_of_number(guard_access(guard), number);
    return principal ? access_span(guard_access(guard), principal->name) : span_of("unknown");
}

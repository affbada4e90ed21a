/*
 * verify_state.c - the worker's state and the outlet's cards: first how they lie on the disk, then what they say.
 */
#include "brokers/outlet_store.h"
#include "cli/verify.h"
#include "core/status.h"

#include <sodium.h>
#include <stdio.h>

void state_digest(const struct verified *verified, char ret_digest[33])
{
    uint8_t hash[16];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    for (uint32_t i = 0; i < STATE_TABLES; i++) {
        uint8_t row[12];
        for (uint32_t byte = 0; byte < 8; byte++)
            row[byte] = (uint8_t)(verified->rows[i] >> (8 * byte));
        for (uint32_t byte = 0; byte < 4; byte++)
            row[8 + byte] = (uint8_t)(verified->checksum[i] >> (8 * byte));
        crypto_generichash_update(&state, row, sizeof row);
    }
    crypto_generichash_final(&state, hash, sizeof hash);
    sodium_bin2hex(ret_digest, 33, hash, sizeof hash);
}

int state_look(struct cli *cli, const char *dir, struct verified *ret_verified, char ret_digest[33])
{
    int result = state_verify(dir, UINT64_MAX, ret_verified);
    ret_digest[0] = '\0';
    if (result < 0)
        return cli_fail(cli, result, "the state in %s", dir);
    for (uint64_t i = 1; i < ret_verified->violations && i < VIOLATIONS_MAX; i++)
        fprintf(stderr, "%s\n", ret_verified->violation[i]);
    if (ret_verified->violations > 0)
        return cli_fail(cli, -E_CORRUPT, "%llu faults of the state; %s", (unsigned long long)ret_verified->violations,
                        ret_verified->violation[0]);
    state_digest(ret_verified, ret_digest);
    return 0;
}

/* ---- as a part of the whole ---- */

struct look {
    const struct cli *cli;
    struct verification *verification;
    const char *name; /* "state" or "outlet" */
};

static void page_fault(void *context, const struct store_fault *fault)
{
    struct look *look = context;
    verify_fault(look->cli, look->verification, look->name, "%s/data.mdb: page %llu %s", look->name,
                 (unsigned long long)fault->page, fault->what);
}

/* 0: sound, and the store may be opened. -E_CORRUPT: told; -E_NO_JOURNAL: there is none. */
static int pages_check(struct cli *cli, const char *dir, const char *name, const char *const *tables, uint32_t count,
                       struct verification *verification)
{
    char path[CONFIG_TEXT_MAX + 64];
    struct look look = {cli, verification, name};
    snprintf(path, sizeof path, "%s/%s", dir, name);
    struct store_walk walk = {
        .path = path, .tables = tables, .table_count = count, .fault = page_fault, .context = &look};
    int result = store_walk(&walk);
    if (result < 0)
        return result == -E_NO_JOURNAL ? result : cli_fail(cli, result, "%s", path);
    return walk.faults > 0 ? -E_CORRUPT : 0;
}

int verify_state(struct cli *cli, const char *dir, struct verification *verification)
{
    const char *tables[STATE_TABLES];
    struct verified *state = &verification->state;
    for (uint32_t i = 0; i < STATE_TABLES; i++)
        tables[i] = state_table_name(i);
    int result = pages_check(cli, dir, "state", tables, STATE_TABLES, verification);
    verification->has_state = result != -E_NO_JOURNAL;
    if (result == 0)
        result = state_verify(dir, UINT64_MAX, state);
    if (result == -E_CORRUPT && verification->faults == 0)
        verify_fault(cli, verification, "state", "state: a row can't be read");
    if (result < 0) /* a journal without a state is whole: serve folds it anew */
        return result == -E_CORRUPT || result == -E_NO_JOURNAL ? 0 : cli_fail(cli, result, "the state in %s", dir);
    uint64_t in_words = state->violations < VIOLATIONS_MAX ? state->violations : VIOLATIONS_MAX;
    for (uint64_t i = 0; i < in_words; i++)
        verify_fault(cli, verification, "state", "state: %s", state->violation[i]);
    verify_more(cli, verification, "state", state->violations - in_words);
    if (state->violations == 0)
        state_digest(state, verification->digest);
    return 0;
}

int verify_cards(struct cli *cli, const char *dir, struct verification *verification)
{
    int result = pages_check(cli, dir, "outlet", cards_table_names, CARDS_TABLES, verification);
    verification->has_cards = result != -E_NO_JOURNAL;
    return result == -E_CORRUPT || result == -E_NO_JOURNAL ? 0 : result;
}

/*
 * verify.c - `manyi verify`: goes through journal, state and cards once, opens nothing for writing, says what it checked.
 */
#include "cli/verify.h"
#include "cli/commands.h"
#include "core/status.h"
#include "io/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The state first: beside a server it may only fall behind the journal that is read after it. */
int verification_run(struct cli *cli, const char *dir, struct verification *ret_verification)
{
    struct verification *verification = ret_verification;
    memset(verification, 0, sizeof *verification);
    int result = verify_state(cli, dir, verification);
    if (result == 0)
        result = verify_cards(cli, dir, verification);
    if (result < 0)
        return result;
    struct journal_checked *journal = &verification->journal;
    result = journal_check(dir, cli->config.identity_window, journal);
    if (result < 0)
        return cli_fail(cli, result, "%s", dir);
    uint64_t in_words = journal->faults < JOURNAL_FAULTS_MAX ? journal->faults : JOURNAL_FAULTS_MAX;
    for (uint64_t i = 0; i < in_words; i++)
        verify_fault(cli, verification, "journal", "%s", journal->fault[i]);
    verify_more(cli, verification, "journal", journal->faults - in_words);
    uint64_t cursor = verification->digest[0] ? verification->state.head.position.seq : 0;
    if (journal->faults == 0 && cursor > journal->head)
        verify_fault(cli, verification, "state", "the state is folded up to %llu, the journal ends at %llu",
                     (unsigned long long)cursor, (unsigned long long)journal->head);
    return 0;
}

static void lines_print(const struct verification *verification)
{
    const struct journal_checked *journal = &verification->journal;
    printf("journal  %llu entries in %llu records and %u volumes; %llu from outside (%llu of unknown types), "
           "%llu consequences\n",
           (unsigned long long)journal->entries, (unsigned long long)journal->records, journal->volumes,
           (unsigned long long)journal->outside, (unsigned long long)journal->unknown,
           (unsigned long long)journal->consequences);
    printf("journal  %llu sessions, %llu refused events, %llu pages looked at\n", (unsigned long long)journal->sessions,
           (unsigned long long)journal->quarantined, (unsigned long long)journal->pages);
    for (uint32_t i = 0; i < journal_checks_count; i++)
        printf("journal  %s\n", journal_checks[i]);
    if (!verification->has_state)
        puts("state    there is none yet");
    for (uint32_t i = 0; verification->digest[0] && i < verify_checks_count; i++)
        printf("state    %s\n", verify_checks[i]);
    if (verification->digest[0])
        printf("state    folded up to entry %llu, digest %s\n",
               (unsigned long long)verification->state.head.position.seq, verification->digest);
    if (verification->has_cards)
        puts("cards    every page is used once or free, in bounds, and its keys are in order");
}

static void texts_print(const char *const *texts, uint32_t count, bool first)
{
    for (uint32_t i = 0; i < count; i++) {
        fputs(first && i == 0 ? "" : ",", stdout);
        json_print_text(stdout, span_of(texts[i]));
    }
}

static void json_verification_print(const struct verification *verification)
{
    const struct journal_checked *journal = &verification->journal;
    const char *digest = verification->digest;
    printf("{\"ok\":%s,\"fault_count\":%llu,\"lineage\":\"%s\",\"head\":%llu,\"entries\":%llu,\"records\":%llu,"
           "\"volumes\":%u,\"pages\":%llu,\"events\":%llu,\"unknown_types\":%llu,\"consequences\":%llu,"
           "\"sessions\":%llu,\"quarantined\":%llu,",
           verification->faults ? "false" : "true", (unsigned long long)verification->faults, journal->lineage,
           (unsigned long long)journal->head, (unsigned long long)journal->entries,
           (unsigned long long)journal->records, journal->volumes, (unsigned long long)journal->pages,
           (unsigned long long)journal->outside, (unsigned long long)journal->unknown,
           (unsigned long long)journal->consequences, (unsigned long long)journal->sessions,
           (unsigned long long)journal->quarantined);
    printf("\"cursor\":%llu,\"state_digest\":%s%s%s,\"checks\":[",
           (unsigned long long)verification->state.head.position.seq, digest[0] ? "\"" : "",
           digest[0] ? digest : "null", digest[0] ? "\"" : "");
    texts_print(journal_checks, journal_checks_count, true);
    if (digest[0])
        texts_print(verify_checks, verify_checks_count, false);
    printf("],\"faults\":");
    verify_faults_json_print(verification);
    puts("}");
}

void verification_print(const struct cli *cli, const struct verification *verification)
{
    if (cli->json)
        json_verification_print(verification);
    else if (verification->faults == 0)
        lines_print(verification);
}

int command_verify(struct cli *cli)
{
    struct verification *verification = malloc(sizeof *verification);
    if (!verification)
        return -E_NO_MEMORY;
    int result = verification_run(cli, cli->config.dir, verification);
    if (result == 0)
        verification_print(cli, verification);
    if (result == 0 && verification->faults > 0)
        result = cli_fail(cli, -E_DAMAGED, "%llu in %s; the first: %s", (unsigned long long)verification->faults,
                          cli->config.dir, verification->fault[0].text);
    free(verification);
    return result;
}

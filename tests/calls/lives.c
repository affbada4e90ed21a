/*
 * lives.c - one life after the other, in each of which another call fails; and a life after it that finds everything in order.
 *
 *   begun anew, and begun again where half a life lies; for each kind, once and lasting; for n = 1, 2, ... until all is touched:
 *       the folder | a life in which call n fails | a life without faults, verify, compare with a life without faults
 */
#include "tests/calls/lives.h"

#include "cli/cli.h"
#include "core/ensure.h"
#include "core/status.h"
#include "tests/calls/attempt.h"
#include "tests/calls/life.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIFE_SECONDS 30u
#define WRONG_MAX 4096u
#define HALF_LIFE 9u /* events */

enum beginning { BEGUN_ANEW, BEGUN_AGAIN, BEGINNINGS };

static const char *const parts[BEGINNINGS] = {"life", "again"};

/* Lies in memory that parent and children share. */
struct lives {
    struct loop *loop;
    char dir[LOOP_DIR_MAX + 16];
    char half_dir[LOOP_DIR_MAX + 16]; /* as half a life without faults has left it */
    enum beginning beginning;
    struct fault fault;
    struct life_account half;
    struct life_account expected; /* of a life without faults, and one after it */
    struct life_account first;    /* of the life in which a call failed */
    struct life_account second;   /* of the one after it */
    bool compares;                /* with what was expected */
};

static int first_life(void *context)
{
    struct lives *lives = context;
    struct life_account *account = &lives->first;
    fault_arm(&lives->fault);
    if (lives->beginning == BEGUN_AGAIN)
        memcpy(account->told, lives->half.told, sizeof account->told);
    life_run(lives->dir, lives->compares ? &lives->expected : NULL, account);
    for (int kind = 0; kind < FAULT_KINDS; kind++)
        account->calls[kind] = fault_calls((enum fault_kind)kind);
    snprintf(account->struck, sizeof account->struck, "%s", fault_struck());
    account->ended = true;
    return 0;
}

static int half_life(void *context)
{
    struct lives *lives = context;
    fault_arm(NULL);
    lives->half.events_max = HALF_LIFE;
    life_run(lives->half_dir, NULL, &lives->half);
    lives->half.ended = true;
    return 0;
}

/* After the first one, as it left the folder: only what its publisher was told is known, and the time. */
static int second_life(void *context)
{
    struct lives *lives = context;
    struct life_account *account = &lives->second;
    fault_arm(NULL);
    memcpy(account->told, lives->first.told, sizeof account->told);
    account->passed_ms = lives->first.passed_ms;
    life_run(lives->dir, lives->compares ? &lives->expected : NULL, account);
    account->ended = true;
    return 0;
}

static int verification(void *context)
{
    struct lives *lives = context;
    char *words[] = {"manyi", "verify", "--json", "--dir", lives->dir, NULL};
    return cli_main(5, words);
}

static void figure_copy(const char *json, const char *key, char *to, size_t size)
{
    const char *at = strstr(json, key);
    size_t used = strlen(to);
    int len = at ? (int)strcspn(at, ",}") : 0;
    snprintf(to + used, size - used, "%.*s ", len, at ? at : "");
}

/* What verify says that must be the same after every life. */
static void verify(struct lives *lives, char wrong[WRONG_MAX])
{
    static const char *const keys[] = {
        "\"entries\":", "\"events\":", "\"consequences\":", "\"cursor\":", "\"state_digest\":"};
    struct attempt attempt;
    char json[WRONG_MAX], said[1024], ended[ATTEMPT_ENDED_MAX];
    int code;
    attempt_start(verification, lives, LIFE_SECONDS, &attempt);
    attempt_wait(&attempt, &code, ended);
    attempt_said(attempt.out_fd, json, sizeof json);
    attempt_said(attempt.err_fd, said, sizeof said);
    attempt_forget(&attempt);
    char *verified = lives->second.verified;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        figure_copy(json, keys[i], verified, sizeof lives->second.verified);
    if (code != 0)
        snprintf(wrong, WRONG_MAX, "verify: %s, code %d: %s", ended, code, said);
}

/* No memory is no memory, and what the system could not do is no damage. */
static bool is_misnamed(enum fault_kind kind, int status)
{
    if (kind == FAULT_ALLOCATION)
        return status != -E_NO_MEMORY;
    return kind == FAULT_FILE && (status == -E_CORRUPT || status == -E_BAD_FORMAT || status == -E_NO_JOURNAL);
}

/* Runs a life and says in `wrong` whether it died. */
static void life_live(struct lives *lives, int (*life)(void *context), struct life_account *account,
                      char wrong[WRONG_MAX])
{
    struct attempt attempt;
    char said[WRONG_MAX - 512], ended[ATTEMPT_ENDED_MAX];
    int code;
    memset(account, 0, sizeof *account);
    attempt_start(life, lives, LIFE_SECONDS, &attempt);
    attempt_wait(&attempt, &code, ended);
    attempt_said(attempt.err_fd, said, sizeof said);
    attempt_forget(&attempt);
    const char *which = life == second_life ? "the life after it" : "the life with the fault";
    if (code != 0 || !account->ended)
        snprintf(wrong, WRONG_MAX, "%s: %s, code %d: %s", which, ended, code, said);
    else if (account->said[0])
        snprintf(wrong, WRONG_MAX, "%s: %s", which, account->said);
    else if (account->status < 0 && is_misnamed(lives->fault.kind, account->status))
        snprintf(wrong, WRONG_MAX, "%s: %s failed with %s, which is not what happened", which, account->where,
                 status_text(account->status)->code);
    else if (account->status < 0 && strcmp(status_text(account->status)->code, "E?") == 0)
        snprintf(wrong, WRONG_MAX, "%s: %s failed with %d, which nobody knows", which, account->where, account->status);
}

static void compare(const struct lives *lives, char wrong[WRONG_MAX])
{
    const struct life_account *second = &lives->second, *expected = &lives->expected;
    /* A damaged row of the quarantine is none: what it kept is kept once more when it is sent again. */
    bool unread = strcmp(lives->first.struck, "mdb_get") == 0 && second->quarantined > expected->quarantined;
    uint64_t extra = unread ? 1 : 0;
    if (second->status < 0)
        snprintf(wrong, WRONG_MAX, "the life after it failed: %s, %s %s", second->where,
                 status_text(second->status)->code, status_text(second->status)->summary);
    else if (lives->compares && strcmp(second->verified, expected->verified) != 0)
        snprintf(wrong, WRONG_MAX, "another state or journal: %s, not %s", second->verified, expected->verified);
    else if (lives->compares && (second->cards != expected->cards || second->cards_sum != expected->cards_sum))
        snprintf(wrong, WRONG_MAX, "other cards: %llu, not %llu", (unsigned long long)second->cards,
                 (unsigned long long)expected->cards);
    else if (lives->compares && second->quarantined != expected->quarantined + extra)
        snprintf(wrong, WRONG_MAX, "other events in the quarantine: %llu, not %llu",
                 (unsigned long long)second->quarantined, (unsigned long long)expected->quarantined);
}

/* Two lives, the first with the fault. */
static void pair_live(struct lives *lives, char wrong[WRONG_MAX])
{
    wrong[0] = '\0';
    folder_remove(lives->dir);
    if (lives->beginning == BEGUN_AGAIN)
        folder_copy(lives->half_dir, lives->dir);
    else
        folder_renew(lives->dir);
    life_live(lives, first_life, &lives->first, wrong);
    if (wrong[0] == '\0')
        life_live(lives, second_life, &lives->second, wrong);
    if (wrong[0] == '\0')
        verify(lives, wrong);
    if (wrong[0] == '\0')
        compare(lives, wrong);
}

static void kind_run(struct lives *lives, enum fault_kind kind, bool lasting)
{
    char wrong[WRONG_MAX];
    uint64_t calls = lives->expected.calls[kind];
    for (uint64_t first = 1; first <= calls; first++) {
        lives->fault = (struct fault){.kind = kind, .first = first, .lasting = lasting};
        if (!loop_wants(lives->loop, &lives->fault))
            continue;
        pair_live(lives, wrong);
        const struct life_account *account = &lives->first;
        /* Lives differ a little: one may be over before its call comes. */
        if (account->struck[0] == '\0' && wrong[0] == '\0')
            continue;
        loop_count(lives->loop, &lives->fault, parts[lives->beginning], account->struck, wrong[0] ? wrong : NULL);
        if (lives->loop->verbose)
            fprintf(stderr, "%s %s %llu%s: %s: %s %s\n", parts[lives->beginning], fault_kind_names[kind],
                    (unsigned long long)first, lasting ? " lasting" : "", account->struck,
                    account->status ? status_text(account->status)->code : "went on",
                    account->status ? account->where : "");
    }
}

/* What a life is like in which nothing fails; whatever it began with, it ends alike. */
static void expect(struct lives *lives, char wrong[WRONG_MAX])
{
    lives->fault = (struct fault){.first = 0};
    pair_live(lives, wrong);
    if (wrong[0] == '\0' && lives->first.status < 0)
        snprintf(wrong, WRONG_MAX, "%s: %s", lives->first.where, status_text(lives->first.status)->summary);
    lives->expected = lives->second;
    memcpy(lives->expected.heads, lives->first.heads, sizeof lives->first.heads);
    memcpy(lives->expected.calls, lives->first.calls, sizeof lives->first.calls);
    lives->compares = true;
}

static void beginning_run(struct lives *lives, enum beginning beginning)
{
    char wrong[WRONG_MAX];
    lives->beginning = beginning;
    expect(lives, wrong);
    if (wrong[0]) {
        lives->loop->wrong++;
        fprintf(stderr, "%s: without faults: %s\n", parts[beginning], wrong);
        return;
    }
    if (lives->loop->verbose)
        fprintf(stderr, "%s: without faults: %s\n", parts[beginning], lives->expected.verified);
    for (int kind = 0; kind < FAULT_KINDS; kind++) {
        kind_run(lives, (enum fault_kind)kind, false);
        kind_run(lives, (enum fault_kind)kind, true);
    }
}

void lives_run(struct loop *loop)
{
    struct lives *lives = mmap(NULL, sizeof *lives, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ensure(lives != MAP_FAILED);
    char wrong[WRONG_MAX] = "";
    lives->loop = loop;
    snprintf(lives->dir, sizeof lives->dir, "%s/life", loop->dir);
    snprintf(lives->half_dir, sizeof lives->half_dir, "%s/half", loop->dir);
    life_prepare();
    folder_renew(lives->half_dir);
    life_live(lives, half_life, &lives->half, wrong);
    if (wrong[0]) {
        loop->wrong++;
        fprintf(stderr, "half a life: %s\n", wrong);
    }
    for (enum beginning beginning = 0; beginning < BEGINNINGS; beginning++) {
        if (!loop->part || strcmp(loop->part, parts[beginning]) == 0)
            beginning_run(lives, beginning);
    }
    folder_remove(lives->dir);
    folder_remove(lives->half_dir);
    munmap(lives, sizeof *lives);
}

/*
 * commands.c - the commands of the command line, each run while one call after the other fails.
 *
 * A command that a call fails ends with an exit code of sysexits and one line that names code and fix; one that goes on all the
 * same says what it says when nothing fails.
 */
#include "tests/calls/commands.h"

#include "cli/child.h"
#include "cli/cli.h"
#include "core/ensure.h"
#include "tests/calls/attempt.h"
#include "tests/calls/life.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define COMMAND_SECONDS 40u
#define SAID_MAX (64u * 1024u)
#define WORDS_MAX 12u
#define PATH_MAX_BYTES (LOOP_DIR_MAX + 16u)

enum needs { NEEDS_HOUSE, NEEDS_SERVER, SERVES };

/* DIR, OUT, FILE, BACKUP and PORT stand for what they say. */
static const struct command_case {
    const char *words[WORDS_MAX];
    enum needs needs;
    uint32_t every; /* of the calls of store and bus: these take long, or read a lot alike */
    /* What of the output is the same each time: from here to the next comma; "": all; NULL: nothing. */
    const char *same;
} cases[] = {
    {{"verify", "--json", "--dir", "DIR"}, NEEDS_HOUSE, 1, "\"state_digest\""},
    {{"rebuild", "--json", "--dir", "DIR", "--out", "OUT"}, NEEDS_HOUSE, 11, "\"state_digest\""},
    {{"backup", "--json", "--dir", "DIR", "--out", "OUT"}, NEEDS_HOUSE, 1, "\"head\""},
    {{"restore", "BACKUP", "--json", "--verify", "--dir", "OUT"}, NEEDS_HOUSE, 5, "\"head\""},
    {{"policy", "check", MANYI_SOURCE_DIR "/deploy/policy.yaml"}, NEEDS_HOUSE, 1, ""},
    {{"config", "show", "--json"}, NEEDS_HOUSE, 1, ""},
    {{"publish", "FILE", "--dry-run"}, NEEDS_HOUSE, 1, ""},
    {{"key", "new", "bay", "--kind", "program", "--role", "ops", "--token", "--dir", "OUT"}, NEEDS_HOUSE, 1, NULL},
    {{"status", "--base-port", "PORT"}, NEEDS_SERVER, 1, NULL},
    {{"scores", "--by", "store", "--period", "2026-11", "--json", "--base-port", "PORT"}, NEEDS_SERVER, 1, ""},
    {{"complaints", "--base-port", "PORT"}, NEEDS_SERVER, 1, NULL},
    {{"publish", "FILE", "--json", "--base-port", "PORT"}, NEEDS_SERVER, 1, NULL},
    {{"policy", "diff", MANYI_SOURCE_DIR "/deploy/policy.yaml", "--base-port", "PORT"}, NEEDS_SERVER, 1, NULL},
    {{"quarantine", "--base-port", "PORT"}, NEEDS_SERVER, 1, NULL},
    {{"serve", "--dir", "OUT", "--base-port", "PORT"}, SERVES, 3, NULL},
};

#define CASES (sizeof cases / sizeof cases[0])

/* Lies in memory that parent and children share. */
struct commands {
    struct loop *loop;
    char dir[PATH_MAX_BYTES]; /* a house that lived */
    char out[PATH_MAX_BYTES]; /* not there before a command */
    char file[PATH_MAX_BYTES];
    char backup[PATH_MAX_BYTES];
    char port[16];
    const struct command_case *at;
    struct fault fault;
    struct life_account account;
    uint64_t calls[FAULT_KINDS];
    char struck[32];
    int code;
    char ended[ATTEMPT_ENDED_MAX];
    char said[SAID_MAX], blamed[SAID_MAX];
    char expected[SAID_MAX];
};

static char *word_of(struct commands *commands, const char *word)
{
    if (strcmp(word, "DIR") == 0)
        return commands->dir;
    if (strcmp(word, "OUT") == 0)
        return commands->out;
    if (strcmp(word, "BACKUP") == 0)
        return commands->backup;
    if (strcmp(word, "FILE") == 0)
        return commands->file;
    return strcmp(word, "PORT") == 0 ? commands->port : (char *)word;
}

static int command_run(void *context)
{
    struct commands *commands = context;
    char *words[WORDS_MAX + 2] = {"manyi"};
    int count = 1;
    for (; commands->at->words[count - 1]; count++)
        words[count] = word_of(commands, commands->at->words[count - 1]);
    fault_arm(&commands->fault);
    int code = cli_main(count, words);
    for (int kind = 0; kind < FAULT_KINDS; kind++)
        commands->calls[kind] = fault_calls((enum fault_kind)kind);
    snprintf(commands->struck, sizeof commands->struck, "%s", fault_struck());
    return code;
}

static bool is_ready(const struct attempt *attempt)
{
    static char said[SAID_MAX];
    attempt_said(attempt->err_fd, said, sizeof said);
    return strstr(said, ": ready\n") != NULL;
}

/* Whether a server became ready, or ended before. */
static bool server_ready(const struct attempt *attempt)
{
    siginfo_t gone = {.si_pid = 0};
    while (waitid(P_PID, (id_t)attempt->pid, &gone, WEXITED | WNOHANG | WNOWAIT) == 0 && gone.si_pid == 0) {
        if (is_ready(attempt))
            return true;
        poll(NULL, 0, 2);
    }
    return false;
}

static void attempt_take(struct commands *commands, struct attempt *attempt)
{
    attempt_wait(attempt, &commands->code, commands->ended);
    attempt_said(attempt->out_fd, commands->said, sizeof commands->said);
    attempt_said(attempt->err_fd, commands->blamed, sizeof commands->blamed);
    attempt_forget(attempt);
}

static void command_try(struct commands *commands)
{
    struct attempt attempt;
    folder_remove(commands->out);
    attempt_start(command_run, commands, COMMAND_SECONDS, &attempt);
    if (commands->at->needs == SERVES && server_ready(&attempt))
        kill(attempt.pid, SIGTERM);
    attempt_take(commands, &attempt);
}

/* What must be the same each time, cut out of what was said. */
static void same_cut(const struct command_case *at, char *said)
{
    char *from = at->same ? strstr(said, at->same) : NULL;
    if (!from) {
        said[0] = '\0';
        return;
    }
    size_t len = at->same[0] ? strcspn(from, ",\n") : strlen(from);
    memmove(said, from, len);
    said[len] = '\0';
}

/* NULL: all is well. */
static const char *judge(struct commands *commands)
{
    const struct command_case *at = commands->at;
    bool explained = strstr(commands->blamed, "manyi: E") && strstr(commands->blamed, " Fix: ");
    if (commands->ended[0])
        return commands->ended;
    if (commands->code == 0) {
        same_cut(at, commands->said);
        return strcmp(commands->said, commands->expected) == 0 ? NULL : "it succeeded, and said something else";
    }
    if (commands->code != 1 && (commands->code < 64 || commands->code > 78))
        return "it ended with a code that says nothing";
    if (!explained)
        return "it failed without saying why";
    return NULL;
}

static void fault_try(struct commands *commands)
{
    struct loop *loop = commands->loop;
    char part[64], wrong[2048];
    commands->struck[0] = '\0';
    command_try(commands);
    const char *what = judge(commands);
    if (commands->struck[0] == '\0' && !what)
        return;
    snprintf(part, sizeof part, "%s", commands->at->words[0]);
    snprintf(wrong, sizeof wrong, "%s (code %d): %.800s%.800s", what ? what : "", commands->code, commands->blamed,
             what && commands->code == 0 ? commands->said : "");
    loop_count(loop, &commands->fault, part, commands->struck, what ? wrong : NULL);
    if (loop->verbose)
        fprintf(stderr, "%s %s %llu%s: %s: code %d %s\n", part, fault_kind_names[commands->fault.kind],
                (unsigned long long)commands->fault.first, commands->fault.lasting ? " lasting" : "", commands->struck,
                commands->code, commands->code ? commands->blamed : "");
}

static void case_run(struct commands *commands)
{
    struct loop *loop = commands->loop;
    uint64_t calls[FAULT_KINDS];
    commands->fault = (struct fault){.first = 0};
    commands->expected[0] = '\0';
    command_try(commands);
    if (commands->code != 0) {
        loop->wrong++;
        fprintf(stderr, "%s: without faults: %s code %d: %s\n", commands->at->words[0], commands->ended, commands->code,
                commands->blamed);
        return;
    }
    same_cut(commands->at, commands->said);
    memcpy(commands->expected, commands->said, sizeof commands->expected);
    memcpy(calls, commands->calls, sizeof calls);
    for (int kind = 0; kind < FAULT_KINDS; kind++) {
        for (uint64_t i = 0; i < 2 * calls[kind]; i++) {
            commands->fault = (struct fault){.kind = (enum fault_kind)kind, .first = i / 2 + 1, .lasting = i % 2 == 1};
            bool often = kind == FAULT_STORE || kind == FAULT_BUS;
            bool passed_over = often && commands->fault.first % commands->at->every != 0;
            bool for_ever = kind == FAULT_BUS && commands->fault.lasting; /* who can send nothing waits for ever */
            if (!passed_over && !for_ever && loop_wants(loop, &commands->fault))
                fault_try(commands);
        }
    }
}

static int house_live(void *context)
{
    struct commands *commands = context;
    life_run(commands->dir, NULL, &commands->account);
    return commands->account.status ? 1 : 0;
}

static int backup_make(void *context)
{
    struct commands *commands = context;
    char *words[] = {"manyi", "backup", "--dir", commands->dir, "--out", commands->backup, NULL};
    return cli_main(6, words);
}

static int server_run(void *context)
{
    struct commands *commands = context;
    char *words[] = {"manyi", "serve", "--accept-time", "--dir", commands->dir, "--base-port", commands->port, NULL};
    return cli_main(7, words);
}

static void file_write(const char *path)
{
    FILE *file = fopen(path, "w");
    ensure(file != NULL);
    for (int i = 0; i < 3; i++)
        fprintf(file,
                "{\"id\":\"row-%d\",\"source\":\"/tests/calls\",\"type\":\"feedback.rated\",\"data\":{\"store\":"
                "\"sh-hongqiao\",\"department\":\"sales\",\"channel\":\"online\",\"overall\":%d}}\n",
                i, 7 + i);
    int result = fclose(file);
    ensure(result == 0);
}

static void needs_run(struct commands *commands, enum needs needs)
{
    for (size_t i = 0; i < CASES; i++) {
        commands->at = &cases[i];
        if (cases[i].needs == needs && (!commands->loop->part || strcmp(commands->loop->part, cases[i].words[0]) == 0))
            case_run(commands);
    }
}

static void served_run(struct commands *commands)
{
    struct attempt server;
    attempt_start(server_run, commands, 3600, &server);
    if (server_ready(&server)) {
        needs_run(commands, NEEDS_SERVER);
        kill(server.pid, SIGTERM);
    }
    attempt_take(commands, &server);
    if (commands->code != 0) {
        commands->loop->wrong++;
        fprintf(stderr, "the server: %s code %d: %s\n", commands->ended, commands->code, commands->blamed);
    }
}

void commands_run(struct loop *loop)
{
    struct commands *commands = mmap(NULL, sizeof *commands, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ensure(commands != MAP_FAILED);
    struct attempt attempt;
    commands->loop = loop;
    snprintf(commands->dir, sizeof commands->dir, "%s/house", loop->dir);
    snprintf(commands->out, sizeof commands->out, "%s/out", loop->dir);
    snprintf(commands->file, sizeof commands->file, "%s/events.jsonl", loop->dir);
    snprintf(commands->backup, sizeof commands->backup, "%s/house.bak", loop->dir);
    uint32_t port = loop->base_port ? loop->base_port : ports_free(20000 + 10 * ((uint32_t)getpid() % 100));
    snprintf(commands->port, sizeof commands->port, "%u", port);
    file_write(commands->file);
    folder_renew(commands->dir);
    life_prepare();
    attempt_start(house_live, commands, COMMAND_SECONDS, &attempt);
    attempt_take(commands, &attempt);
    ensure(commands->code == 0);
    attempt_start(backup_make, commands, COMMAND_SECONDS, &attempt);
    attempt_take(commands, &attempt);
    ensure(commands->code == 0);
    needs_run(commands, NEEDS_HOUSE);
    needs_run(commands, SERVES);
    served_run(commands);
    folder_remove(commands->out);
    folder_remove(commands->dir);
    unlink(commands->file);
    unlink(commands->backup);
    munmap(commands, sizeof *commands);
}

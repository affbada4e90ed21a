/*
 * plan.c - which call is to go wrong, and how: read from the environment once, counted in words that others may see.
 */
#define _GNU_SOURCE
#include "tests/fault/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNTS_BYTES 4096
#define CALLER_RANGES_MAX 16

enum { WORD_COUNTED, WORD_MADE, WORD_AT, WORD_ON, WORD_KINDS };

static const struct {
    const char *name;
    unsigned int group;
} calls[FAULT_CALL_COUNT] = {
#define X(name, group) {#name, group},
    FAULT_CALLS(X)
#undef X
};

static const struct {
    const char *name;
    unsigned int group;
} groups[] = {{"files", GROUP_FILES}, {"writes", GROUP_WRITES}, {"durable", GROUP_DURABLE}, {"heap", GROUP_HEAP}};

static const struct {
    const char *name;
    struct fault fault;
} acts[] = {
    {"EIO", {ACT_FAIL, EIO}},
    {"ENOSPC", {ACT_FAIL, ENOSPC}},
    {"EMFILE", {ACT_FAIL, EMFILE}},
    {"ENOMEM", {ACT_FAIL, ENOMEM}},
    {"EACCES", {ACT_FAIL, EACCES}},
    {"EDQUOT", {ACT_FAIL, EDQUOT}},
    {"EROFS", {ACT_FAIL, EROFS}},
    {"ENFILE", {ACT_FAIL, ENFILE}},
    {"short", {ACT_SHORT, 0}},
    {"kill-before", {ACT_KILL_BEFORE, 0}},
    {"kill-after", {ACT_KILL_AFTER, 0}},
    {"kill-within", {ACT_KILL_WITHIN, 0}},
};

struct range {
    uintptr_t from, to;
};

static struct {
    bool wanted[FAULT_CALL_COUNT];
    bool durable_writes; /* the group of that name was asked for */
    bool heap;           /* any call of it */
    const char *path;
    const char *caller;
    struct range range[CALLER_RANGES_MAX];
    int range_count;
    struct fault fault;
    _Atomic uint64_t own_words[WORD_KINDS + FAULT_CALL_COUNT];
    _Atomic uint64_t *words;
} plan = {.words = plan.own_words};

_Noreturn void plan_wrong(const char *what, const char *value)
{
    dprintf(STDERR_FILENO, "libmanyi_fault: %s is wrong: %s\n", what, value);
    _exit(99);
}

static void call_want(const char *name)
{
    bool known = false;
    unsigned int group = 0;
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        group |= strcmp(name, groups[i].name) == 0 ? groups[i].group : 0;
    plan.durable_writes = plan.durable_writes || group == GROUP_DURABLE;
    for (size_t i = 0; i < FAULT_CALL_COUNT; i++) {
        bool named = strcmp(name, calls[i].name) == 0 || (calls[i].group & group);
        plan.wanted[i] = plan.wanted[i] || named;
        plan.heap = plan.heap || (named && (calls[i].group & GROUP_HEAP));
        known = known || named;
    }
    if (!known)
        plan_wrong("MANYI_FAULT_CALL", name);
}

static void calls_enter(const char *text)
{
    char copy[256], *rest = copy;
    if (snprintf(copy, sizeof copy, "%s", text) >= (int)sizeof copy)
        plan_wrong("MANYI_FAULT_CALL", text);
    for (char *name; (name = strsep(&rest, ",")) != NULL;)
        call_want(name);
}

static void act_enter(const char *text)
{
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        if (strcmp(text, acts[i].name) == 0) {
            plan.fault = acts[i].fault;
            return;
        }
    }
    plan_wrong("MANYI_FAULT_DO", text);
}

static void at_enter(const char *text)
{
    char *end;
    errno = 0;
    unsigned long long at = strtoull(text, &end, 10);
    bool on = strcmp(end, "+") == 0;
    if (end == text || errno || (*end != '\0' && !on))
        plan_wrong("MANYI_FAULT_AT", text);
    plan.words[WORD_AT] = at;
    plan.words[WORD_ON] = on;
}

static void counts_enter(const char *path)
{
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    void *words = MAP_FAILED;
    if (fd >= 0 && syscall(SYS_ftruncate, fd, COUNTS_BYTES) == 0)
        words = (void *)syscall(SYS_mmap, NULL, COUNTS_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (words == MAP_FAILED)
        plan_wrong("MANYI_FAULT_COUNTS", path);
    syscall(SYS_close, fd);
    plan.words = words;
}

/* The code of one loaded object, if its name is the one that was asked for. */
static int object_look(struct dl_phdr_info *object, size_t size, void *context)
{
    (void)size;
    (void)context;
    const char *name = object->dlpi_name[0] ? object->dlpi_name : "manyi"; /* the program has no name here */
    for (int i = 0; i < object->dlpi_phnum && strstr(name, plan.caller) && plan.range_count < CALLER_RANGES_MAX; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        uintptr_t from = object->dlpi_addr + part->p_vaddr;
        if (part->p_type == PT_LOAD && (part->p_flags & PF_X))
            plan.range[plan.range_count++] = (struct range){from, from + part->p_memsz};
    }
    return 0;
}

__attribute__((constructor)) static void fault_enter(void)
{
    const char *dir = getenv("MANYI_FAULT_DIR"), *counts = getenv("MANYI_FAULT_COUNTS");
    const char *call = getenv("MANYI_FAULT_CALL"), *act = getenv("MANYI_FAULT_DO"), *at = getenv("MANYI_FAULT_AT");
    const char *record = getenv("MANYI_FAULT_RECORD");
    plan.path = getenv("MANYI_FAULT_PATH");
    plan.caller = getenv("MANYI_FAULT_CALLER");
    if (dir)
        watch_enter(dir);
    if (counts)
        counts_enter(counts);
    if (record)
        record_enter(record);
    if (plan.caller)
        dl_iterate_phdr(object_look, NULL);
    if (act)
        act_enter(act);
    if (at)
        at_enter(at);
    if (call)
        calls_enter(call);
}

static _Noreturn void killed(void)
{
    record_finish();
    syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    for (;;)
        pause();
}

static struct fault counted(void)
{
    static const struct fault none;
    uint64_t number = atomic_fetch_add(&plan.words[WORD_COUNTED], 1) + 1;
    uint64_t at = plan.words[WORD_AT];
    bool now = at && (number == at || (number > at && plan.words[WORD_ON]));
    if (!now || plan.fault.act == ACT_NONE)
        return none;
    atomic_fetch_add(&plan.words[WORD_MADE], 1);
    return plan.fault;
}

struct fault plan_decide(enum fault_call call, const char *path, bool durable)
{
    static const struct fault none;
    bool writes = calls[call].group & GROUP_WRITES;
    atomic_fetch_add(&plan.words[WORD_KINDS + call], 1);
    if (!(plan.wanted[call] || (writes && durable && plan.durable_writes)) || (plan.path && !strstr(path, plan.path)))
        return none;
    struct fault fault = counted();
    if (fault.act == ACT_KILL_BEFORE || (fault.act == ACT_KILL_WITHIN && !writes))
        killed();
    return fault;
}

struct fault plan_decide_heap(enum fault_call call, const void *caller)
{
    static const struct fault none;
    if (!plan.heap)
        return none;
    bool ours = !plan.caller;
    for (int i = 0; i < plan.range_count; i++)
        ours = ours || ((uintptr_t)caller >= plan.range[i].from && (uintptr_t)caller < plan.range[i].to);
    if (!ours)
        return none;
    atomic_fetch_add(&plan.words[WORD_KINDS + call], 1);
    if (!plan.wanted[call])
        return none;
    struct fault fault = counted();
    if (fault.act == ACT_KILL_BEFORE || fault.act == ACT_KILL_WITHIN)
        killed();
    return fault;
}

void plan_done(struct fault fault)
{
    if (fault.act == ACT_KILL_AFTER || fault.act == ACT_KILL_WITHIN)
        killed();
}

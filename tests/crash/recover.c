/*
 * recover.c - lays out disks as they may be found after the power failed, and recovers each.
 *
 *   recover LOG TOP TOLD SCRATCH CUTS SEED PART PARTS [list]    checks every PARTS-th of CUTS cuts, from PART on; list: only names them
 *   recover LOG TOP TOLD SCRATCH lay POSITION LOSS SEED         lays out one, and leaves it in SCRATCH;
 *                                                               a POSITION behind the end is the end
 *
 * LOG: by tests/fault/record.c, of the folder TOP with the data directory TOP/data. TOLD: see told_read. SCRATCH: a folder that is
 * there and empty. A cut is the log's position, what is lost of what was not synced, and a seed. The first half of the cuts
 * comes right after syncs, when all that was not synced is lost; the others right before one, more often where names changed, or
 * anywhere where something is not synced: of those a seed is looked for that makes a disk of its own. `torn` are only disks that are
 * neither what nothing was lost of nor what all was lost of. Before its sums it prints a hash of each disk that it checked.
 */
#include "core/ensure.h"
#include "tests/crash/disk_model.h"
#include "tests/crash/recover_check.h"

#include <fts.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct cut {
    uint32_t position; /* as many steps of the log were done */
    enum disk_loss loss;
    uint64_t seed;
};

#define TRIES 12u /* for a disk that is torn, and was not there yet */

struct run {
    struct disk_log log;
    struct told_list told;
    const char *scratch;
    struct cut *cut;
    uint32_t cut_count;
    uint32_t part, parts;
    uint64_t *disk; /* hashes of those that were checked */
    uint32_t disk_count;
    uint32_t recovered, torn, syncs;
    uint64_t lost, doubled, acknowledged;
};

static void tree_empty(const char *path)
{
    char *const paths[] = {(char *)path, NULL};
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT, NULL);
    ensure(tree);
    for (FTSENT *found = fts_read(tree); found; found = fts_read(tree)) {
        if (found->fts_info != FTS_D && found->fts_level > 0)
            remove(found->fts_accpath);
    }
    fts_close(tree);
}

/* The last moment at which the cut may have been: before the next step began. */
static uint64_t cut_time_ns(const struct run *run, const struct cut *cut)
{
    return cut->position < run->log.count ? run->log.step[cut->position].time_ns : UINT64_MAX - 1;
}

/* ---- which cuts ---- */

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static int cut_order(const void *a, const void *b)
{
    const struct cut *left = a, *right = b;
    return (left->position > right->position) - (left->position < right->position);
}

/* The steps with which something became durable; those before which names had changed once more; all before which something was
 * not synced. */
struct syncs {
    uint32_t *at, *named, *pending;
    uint32_t count, named_count, pending_count;
};

static struct syncs syncs_find(const struct disk_log *log)
{
    struct disk_model *model = disk_model_new();
    struct syncs syncs = {.at = malloc((log->count + 1) * sizeof *syncs.at),
                          .named = malloc((log->count + 1) * sizeof *syncs.named),
                          .pending = malloc((log->count + 1) * sizeof *syncs.pending)};
    ensure(syncs.at);
    ensure(syncs.named);
    ensure(syncs.pending);
    uint32_t changes = 0;
    for (uint32_t i = 0; i < log->count; i++) {
        if (disk_model_unsynced(model) > 0)
            syncs.pending[syncs.pending_count++] = i;
        disk_model_step(model, &log->step[i], i + 1);
        if (!disk_step_is_sync(&log->step[i], model))
            continue;
        syncs.at[syncs.count++] = i;
        if (disk_model_changes(model) != changes)
            syncs.named[syncs.named_count++] = i;
        changes = disk_model_changes(model);
    }
    ensure(syncs.named_count > 0);
    ensure(syncs.pending_count > 0);
    disk_model_free(model);
    return syncs;
}

static enum disk_loss partial_loss(uint64_t number)
{
    return (enum disk_loss)(LOSS_PREFIX + number % (LOSS_KINDS - LOSS_PREFIX));
}

/* Right before a sync, one in two where names are at stake; or anywhere. */
static struct cut torn_cut(const struct syncs *syncs, uint32_t number, uint64_t *random)
{
    struct cut cut = {.loss = partial_loss(number), .seed = random_next(random) >> 1};
    switch (random_next(random) % 4) {
    case 0:
        cut.position = syncs->pending[random_next(random) % syncs->pending_count];
        break;
    case 1:
        cut.position = syncs->at[random_next(random) % syncs->count];
        break;
    default:
        cut.position = syncs->named[random_next(random) % syncs->named_count];
    }
    return cut;
}

static void cuts_choose(struct run *run, uint32_t count, uint64_t seed)
{
    struct syncs syncs = syncs_find(&run->log);
    uint64_t random = seed * 2654435761u + 88172645463325252u;
    run->syncs = syncs.count;
    run->cut = malloc((count + 1) * sizeof *run->cut);
    ensure(run->cut);
    uint32_t plain = run->syncs < count / 2 ? run->syncs : count / 2;
    for (uint32_t i = 0; i < plain; i++) {
        uint32_t at = syncs.at[(uint64_t)(i + 1) * run->syncs / plain - 1];
        run->cut[run->cut_count++] =
            (struct cut){.position = at + 1, .loss = LOSS_ALL, .seed = random_next(&random) >> 1};
    }
    for (uint32_t i = plain; i < count; i++)
        run->cut[run->cut_count++] = torn_cut(&syncs, i, &random);
    qsort(run->cut, run->cut_count, sizeof *run->cut, cut_order);
    free(syncs.at);
    free(syncs.named);
    free(syncs.pending);
}

/* ---- one cut ---- */

/* In a process of its own: a look beyond a file's end kills. */
static bool cut_recovers(struct run *run, const struct cut *cut)
{
    char dir[512];
    int said[2];
    struct recovered recovered = {.head = 0};
    snprintf(dir, sizeof dir, "%s/data", run->scratch);
    int failed = pipe(said);
    ensure(failed == 0);
    fflush(stdout);
    pid_t child = fork();
    ensure(child >= 0);
    if (child == 0) {
        recover_check(dir, &run->told, cut_time_ns(run, cut), &recovered);
        ssize_t written = write(said[1], &recovered, sizeof recovered);
        _exit(written == (ssize_t)sizeof recovered ? 0 : 1);
    }
    close(said[1]);
    int status;
    bool whole = read(said[0], &recovered, sizeof recovered) == (ssize_t)sizeof recovered;
    close(said[0]);
    waitpid(child, &status, 0);
    if (!whole)
        snprintf(recovered.message, sizeof recovered.message, "it died: wait status %#x", (unsigned)status);
    run->lost += recovered.lost;
    run->doubled += recovered.doubled;
    run->acknowledged += recovered.acknowledged;
    if (recovered.message[0])
        fprintf(stderr, "cut %u %s %" PRIu64 ": %s\n", cut->position, disk_loss_name(cut->loss), cut->seed,
                recovered.message);
    return recovered.message[0] == '\0';
}

static bool disk_is_known(const struct run *run, uint64_t disk)
{
    for (uint32_t i = 0; i < run->disk_count; i++) {
        if (run->disk[i] == disk)
            return true;
    }
    return false;
}

/* Changes what is lost until the disk is torn and was not there yet, if there is such a one. Returns whether it is torn. */
static bool cut_tear(const struct run *run, const struct disk_model *model, struct cut *cut)
{
    struct cut torn = *cut;
    bool is_torn = false;
    if (cut->loss < LOSS_PREFIX)
        return false;
    uint64_t all = disk_model_lay(model, LOSS_ALL, cut->seed, NULL);
    uint64_t none = disk_model_lay(model, LOSS_NONE, cut->seed, NULL);
    for (uint32_t i = 0; i < TRIES; i++) {
        uint64_t disk = disk_model_lay(model, torn.loss, torn.seed, NULL);
        bool differs = disk != all && disk != none;
        if (differs)
            *cut = torn;
        is_torn = is_torn || differs;
        if (differs && !disk_is_known(run, disk))
            break;
        torn.loss = partial_loss(torn.loss + 1u - LOSS_PREFIX);
        torn.seed = random_next(&torn.seed) >> 1;
    }
    return is_torn;
}

static void cuts_check(struct run *run)
{
    struct disk_model *model = disk_model_new();
    uint32_t done = 0;
    run->disk = malloc((run->cut_count + 1) * sizeof *run->disk);
    ensure(run->disk);
    for (uint32_t i = 0; i < run->cut_count; i++) {
        struct cut *cut = &run->cut[i];
        if (i % run->parts != run->part)
            continue;
        for (; done < cut->position; done++)
            disk_model_step(model, &run->log.step[done], done + 1);
        run->torn += cut_tear(run, model, cut);
        uint64_t disk = disk_model_lay(model, cut->loss, cut->seed, run->scratch);
        run->disk[run->disk_count++] = disk;
        printf("%016" PRIx64 "\n", disk);
        run->recovered += cut_recovers(run, cut);
        tree_empty(run->scratch);
    }
    disk_model_free(model);
}

static void cuts_list(const struct run *run)
{
    for (uint32_t i = 0; i < run->cut_count; i++)
        printf("%u %s %" PRIu64 " %" PRIu64 "\n", run->cut[i].position, disk_loss_name(run->cut[i].loss),
               run->cut[i].seed, cut_time_ns(run, &run->cut[i]));
}

static void cut_lay(const struct run *run, char **word)
{
    struct cut cut = {.position = (uint32_t)strtoul(word[0], NULL, 10), .seed = strtoull(word[2], NULL, 10)};
    while (cut.loss < LOSS_KINDS && strcmp(disk_loss_name(cut.loss), word[1]) != 0)
        cut.loss++;
    ensure(cut.loss < LOSS_KINDS);
    cut.position = cut.position < run->log.count ? cut.position : run->log.count;
    struct disk_model *model = disk_model_new();
    for (uint32_t i = 0; i < cut.position; i++)
        disk_model_step(model, &run->log.step[i], i + 1);
    disk_model_lay(model, cut.loss, cut.seed, run->scratch);
    disk_model_free(model);
}

/* Reads what was told, chooses the cuts, and lists or checks them. */
static int cuts_run(struct run *run, char **word, bool list)
{
    told_read(word[3], &run->told);
    cuts_choose(run, (uint32_t)strtoul(word[5], NULL, 10), strtoull(word[6], NULL, 10));
    run->part = (uint32_t)strtoul(word[7], NULL, 10);
    run->parts = (uint32_t)strtoul(word[8], NULL, 10);
    ensure(run->parts > 0);
    if (list) {
        cuts_list(run);
        return 0;
    }
    cuts_check(run);
    uint32_t mine = (run->cut_count + run->parts - 1 - run->part) / run->parts;
    printf("{\"cuts\":%u,\"recovered\":%u,\"torn\":%u,\"syncs\":%u,\"acknowledged\":%" PRIu64 ",\"lost\":%" PRIu64
           ",\"doubled\":%" PRIu64 "}\n",
           mine, run->recovered, run->torn, run->syncs, run->acknowledged, run->lost, run->doubled);
    return run->recovered == mine ? 0 : 1;
}

int main(int count, char **word)
{
    struct run run = {.part = 0};
    if (count < 9) {
        fprintf(stderr, "usage: see recover.c\n");
        return 2;
    }
    disk_log_read(word[1], word[2], &run.log);
    run.scratch = word[4];
    int result = 0;
    if (strcmp(word[5], "lay") == 0)
        cut_lay(&run, word + 6);
    else
        result = cuts_run(&run, word, count > 9);
    free(run.log.step);
    free(run.told.told);
    free(run.cut);
    free(run.disk);
    return result;
}

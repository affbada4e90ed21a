/*
 * restore.c - `manyi restore`: a journal of a new lineage from a backup, made beside its place and moved there whole.
 *
 *   DIR/restore.part/journal   while it is made: whoever is killed leaves this, and the next restore removes it
 *   DIR/journal                from one rename on
 */
#include "cli/backup_file.h"
#include "cli/commands.h"
#include "cli/house.h"
#include "cli/rebuild.h"
#include "cli/verify.h"
#include "core/status.h"
#include "io/disk.h"
#include "io/link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Nobody serves the directory, folds or deals out cards in it, until it is whole. */
static const char *const lock_names[] = {"lock", "worker.lock", "outlet.lock"};
#define RESTORE_LOCKS (sizeof lock_names / sizeof lock_names[0])

struct restore {
    struct backup_file file;
    const char *path;
    struct backup_summary summary;
    struct journal_import *import;
    char made[CONFIG_TEXT_MAX + 32];
    char lineage[LINEAGE_LEN + 1]; /* the new one */
    char digest[33];               /* with --verify: of the state that was folded */
    int lock_fd[RESTORE_LOCKS];
    bool directory_made;
};

/* Whatever the store says, no service has stopped: there was none. */
static int made_fail(struct cli *cli, const struct restore *restore, int status)
{
    return cli_fail(cli, status == -E_COMMIT_FAILED ? -E_IO : status, "%s", restore->made);
}

static int row_restore(void *context, uint32_t table, struct span key, struct span value)
{
    struct restore *restore = context;
    return journal_import_row(restore->import, table, key, value);
}

/* rows: NULL for the check alone. */
static int backup_go_through(struct cli *cli, struct restore *restore, backup_row *row)
{
    char message[BACKUP_MESSAGE_MAX];
    const struct backup_source source = {backup_file_take, &restore->file};
    int result = backup_read(&source, NULL, row, restore, message, &restore->summary);
    if (result < 0 && message[0] != '\0')
        return cli_fail(cli, result, "%s, %s", restore->path, message);
    return result < 0 ? made_fail(cli, restore, result) : 0;
}

static int directory_enter(struct cli *cli, struct restore *restore)
{
    const char *dir = cli->config.dir;
    char journal[CONFIG_TEXT_MAX + 32];
    snprintf(journal, sizeof journal, "%s/journal", dir);
    snprintf(restore->made, sizeof restore->made, "%s/restore.part", dir);
    if (access(journal, F_OK) == 0 && rmdir(journal) != 0)
        return cli_fail(cli, -E_USAGE, "%s has a journal; restore to another --dir", dir);
    umask(0027);
    int result = disk_make_new_directory(dir, &restore->directory_made);
    if (result < 0)
        return cli_fail(cli, result, "%s", dir);
    for (size_t i = 0; i < RESTORE_LOCKS && result == 0; i++)
        result = house_lock(cli, lock_names[i], &restore->lock_fd[i]);
    if (result < 0)
        return result;
    result = tree_remove(restore->made); /* of a restore that was broken off */
    if (result == 0)
        result = disk_make_directory(restore->made);
    return result < 0 ? cli_fail(cli, result, "%s", restore->made) : 0;
}

static int journal_make(struct cli *cli, struct restore *restore)
{
    int result = journal_import_open(restore->made, cli->config.volume_bytes, NULL, &restore->import);
    if (result < 0)
        return made_fail(cli, restore, result);
    result = backup_go_through(cli, restore, row_restore);
    if (result == 0 && (result = journal_import_end(restore->import, restore->summary.cause)) < 0)
        result = made_fail(cli, restore, result);
    snprintf(restore->lineage, sizeof restore->lineage, "%s", journal_import_lineage(restore->import));
    journal_import_close(restore->import);
    return result;
}

/* Before anybody can begin to use it. */
static int journal_verify(struct cli *cli, const struct restore *restore)
{
    struct verification *verification = malloc(sizeof *verification);
    if (!verification)
        return -E_NO_MEMORY;
    int result = verification_run(cli, restore->made, verification);
    if (result == 0 && verification->faults > 0)
        result = cli_fail(cli, -E_DAMAGED, "%llu in what was restored; the first: %s",
                          (unsigned long long)verification->faults, verification->fault[0].text);
    if (result == 0 && verification->journal.head != restore->summary.head)
        result = cli_fail(cli, -E_DAMAGED, "the restored journal ends at entry %llu, the backup at %llu",
                          (unsigned long long)verification->journal.head, (unsigned long long)restore->summary.head);
    free(verification);
    return result;
}

/* Links name cases by numbers that the new lineage gives to others: what was signed before is good no longer. */
static int links_end(struct cli *cli)
{
    char secret[CONFIG_TEXT_MAX + 32];
    snprintf(secret, sizeof secret, "%s/keys/%s.secret", cli->config.dir, LINK_SECRET_NAME);
    bool gone = unlink(secret) == 0 || errno == ENOENT || errno == ENOTDIR;
    return gone ? 0 : cli_fail(cli, status_of_errno(), "%s: %s", secret, strerror(errno));
}

static int journal_move(struct cli *cli, const struct restore *restore)
{
    int ended = links_end(cli);
    if (ended < 0)
        return ended;
    char from[CONFIG_TEXT_MAX + 48], to[CONFIG_TEXT_MAX + 32];
    snprintf(from, sizeof from, "%s/journal", restore->made);
    snprintf(to, sizeof to, "%s/journal", cli->config.dir);
    int fd = open(cli->config.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool moved = fd >= 0 && rename(from, to) == 0 && fsync(fd) == 0;
    int result = moved ? 0 : cli_fail(cli, status_of_errno(), "%s: %s", to, strerror(errno));
    if (fd >= 0)
        close(fd);
    return result;
}

/* Whatever became of it, nothing half is left; without all locks nothing here is ours. */
static void directory_leave(struct cli *cli, const struct restore *restore, bool moved)
{
    bool ours = restore->lock_fd[RESTORE_LOCKS - 1] >= 0;
    if (ours)
        tree_remove(restore->made);
    for (size_t i = 0; i < RESTORE_LOCKS; i++) {
        char lock[CONFIG_TEXT_MAX + 32];
        snprintf(lock, sizeof lock, "%s/%s", cli->config.dir, lock_names[i]);
        if (ours && !moved && restore->directory_made)
            unlink(lock);
        if (restore->lock_fd[i] >= 0)
            close(restore->lock_fd[i]);
    }
    if (ours && !moved && restore->directory_made)
        rmdir(cli->config.dir);
}

static int state_fold(struct cli *cli, struct restore *restore)
{
    struct rebuilt rebuilt;
    struct verified *verified = malloc(sizeof *verified);
    int result = verified ? rebuild_under_lock(cli, &rebuilt) : -E_NO_MEMORY;
    if (result == 0)
        result = state_look(cli, cli->config.dir, verified, restore->digest);
    free(verified);
    return result;
}

static int restore_run(struct cli *cli, struct restore *restore)
{
    bool verify = option_given(&cli->arguments, "verify");
    int result = directory_enter(cli, restore);
    if (result == 0)
        result = journal_make(cli, restore);
    if (result == 0 && verify)
        result = journal_verify(cli, restore);
    if (result == 0)
        result = journal_move(cli, restore);
    bool moved = result == 0;
    if (moved && verify)
        result = state_fold(cli, restore);
    directory_leave(cli, restore, moved);
    return result;
}

static void restore_print(const struct cli *cli, const struct restore *restore, bool dry_run)
{
    const struct backup_summary *summary = &restore->summary;
    unsigned long long head = summary->head, sessions = summary->sessions, refused = summary->quarantined;
    bool folded = restore->digest[0] != '\0';
    if (cli->json)
        printf("{\"head\":%llu,\"entries\":%llu,\"sessions\":%llu,\"quarantined\":%llu,\"bytes\":%llu,"
               "\"backup_lineage\":\"%s\",\"lineage\":%s%s%s,\"state_digest\":%s%s%s}\n",
               head, head, sessions, refused, (unsigned long long)summary->bytes, summary->lineage, dry_run ? "" : "\"",
               dry_run ? "null" : restore->lineage, dry_run ? "" : "\"", folded ? "\"" : "",
               folded ? restore->digest : "null", folded ? "\"" : "");
    else if (dry_run)
        printf("%s is sound: %llu entries, %llu sessions, %llu refused events of lineage %s\n", restore->path, head,
               sessions, refused, summary->lineage);
    else
        printf("%llu entries, %llu sessions, %llu refused events restored to %s, as lineage %s%s%s\n", head, sessions,
               refused, cli->config.dir, restore->lineage, folded ? "; verified, and folded to state " : "",
               restore->digest);
}

int command_restore(struct cli *cli)
{
    bool dry_run = option_given(&cli->arguments, "dry-run");
    if (cli->arguments.operand_count != 1)
        return cli_fail(cli, -E_USAGE, "name one backup");
    struct restore *restore = calloc(1, sizeof *restore);
    if (!restore)
        return -E_NO_MEMORY;
    restore->path = cli->arguments.operand[0];
    for (size_t i = 0; i < RESTORE_LOCKS; i++)
        restore->lock_fd[i] = -1;
    int result = backup_file_open(cli, restore->path, &restore->file);
    if (result == 0) {
        result = dry_run ? backup_go_through(cli, restore, NULL) : restore_run(cli, restore);
        backup_file_close(&restore->file);
    }
    if (result == 0)
        restore_print(cli, restore, dry_run);
    free(restore);
    return result;
}

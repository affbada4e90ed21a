/*
 * backup.c - `manyi backup`: the journal as one file, beside a server or without, read back before it counts.
 */
#include "cli/backup_file.h"
#include "cli/commands.h"
#include "core/status.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int backup_put(struct cli *cli, struct backup_file *file, struct backup_summary *ret_summary)
{
    char message[BACKUP_MESSAGE_MAX], fault[STORE_FAULT_MAX] = "";
    const struct journal_options options = {.dir = cli->config.dir, .read_only = true, .fault = fault};
    const struct backup_sink sink = {backup_file_put, file};
    struct journal *journal;
    int result = journal_open(&options, &journal);
    if (result < 0)
        return cli_fail(cli, result, "%s", fault[0] ? fault : cli->config.dir);
    result = backup_write(journal, &sink, message, ret_summary);
    journal_close(journal);
    if (result < 0 && file->error)
        return cli_fail(cli, result, "%s: %s", file->part, strerror(file->error));
    return result < 0 ? cli_fail(cli, result, "%s: %s", cli->config.dir, message) : 0;
}

/* As it lies on the disk. */
static int backup_check(struct cli *cli, struct backup_file *file, const struct backup_summary *written)
{
    char message[BACKUP_MESSAGE_MAX];
    struct backup_summary read;
    const struct backup_source source = {backup_file_take, file};
    int result = backup_file_settle(cli, file);
    if (result < 0)
        return result;
    result = backup_read(&source, NULL, NULL, NULL, message, &read);
    if (result < 0)
        return cli_fail(cli, -E_IO, "%s, read back %s", file->part, message);
    if (read.head != written->head || read.records != written->records || read.bytes != written->bytes)
        return cli_fail(cli, -E_IO, "%s, read back: it is not what was written", file->part);
    return 0;
}

static void backup_print(const struct cli *cli, const char *path, const struct backup_summary *summary, double seconds)
{
    if (summary->left_out > 0)
        fprintf(stderr, "manyi: left out: %llu refused events whose rows are damaged; the first: %s\n",
                (unsigned long long)summary->left_out, summary->left_out_first);
    if (cli->json)
        printf("{\"head\":%llu,\"lineage\":\"%s\",\"bytes\":%llu,\"entries\":%llu,\"records\":%llu,\"sessions\":%llu,"
               "\"quarantined\":%llu,\"left_out\":%llu,\"seconds\":%.3f}\n",
               (unsigned long long)summary->head, summary->lineage, (unsigned long long)summary->bytes,
               (unsigned long long)summary->head, (unsigned long long)summary->records,
               (unsigned long long)summary->sessions, (unsigned long long)summary->quarantined,
               (unsigned long long)summary->left_out, seconds);
    else
        printf(
            "%s: %llu entries up to the head of that moment, %llu sessions, %llu refused events; %llu bytes in %.2f s, "
            "read back and sound\n",
            path, (unsigned long long)summary->head, (unsigned long long)summary->sessions,
            (unsigned long long)summary->quarantined, (unsigned long long)summary->bytes, seconds);
}

int command_backup(struct cli *cli)
{
    const char *path = option_text(&cli->arguments, "out");
    struct backup_file file;
    struct backup_summary summary;
    if (!path)
        return cli_fail(cli, -E_USAGE, "--out FILE says where to");
    double begin = seconds_now();
    int result = backup_file_make(cli, path, &file);
    if (result < 0)
        return result;
    result = backup_put(cli, &file, &summary);
    if (result == 0)
        result = backup_check(cli, &file, &summary);
    if (result == 0)
        result = backup_file_keep(cli, &file);
    backup_file_close(&file);
    if (result == 0)
        backup_print(cli, path, &summary, seconds_now() - begin);
    return result;
}

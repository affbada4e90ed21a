/*
 * backup_file.h - a backup as a file: written beside its place and moved there whole, or read.
 */
#ifndef MANYI_CLI_BACKUP_FILE_H
#define MANYI_CLI_BACKUP_FILE_H

#include "cli/cli.h"
#include "io/backup.h"

/* A file that becomes PATH when it is complete; until then it is PATH.part, which nobody else writes. */
struct backup_file {
    char path[CONFIG_TEXT_MAX];
    char part[CONFIG_TEXT_MAX + 8];
    int fd;
    int error; /* errno of what failed in a put or a take */
};

/* Mode 0600: there is personal data in it. A PATH that is there already is refused. Failures are said. */
int backup_file_make(struct cli *cli, const char *path, struct backup_file *ret_file);
int backup_file_put(void *context, struct span bytes); /* a backup_sink's */
/* Everything is on the disk; what is read from now on comes from there, from the beginning. */
int backup_file_settle(struct cli *cli, struct backup_file *file);
/* Gives it its name, durably; never in the place of another file. */
int backup_file_keep(struct cli *cli, struct backup_file *file);

int backup_file_open(struct cli *cli, const char *path, struct backup_file *ret_file);
int backup_file_take(void *context, uint8_t *bytes, size_t len); /* a backup_source's */

/* What was made and not kept is gone. */
void backup_file_close(struct backup_file *file);

#endif

/*
 * secret_file.h - a small file that its owner alone may read: written once, whole under its name or not there at all.
 *
 *   bytes --> a file without a name --fsync--> its owner --> its name, if nobody else has it --> fsync of the folder
 *
 * Whoever is killed on the way leaves no secret behind, except where the file system knows no files without a name: there it is
 * one beside the path.
 */
#ifndef MANYI_IO_SECRET_FILE_H
#define MANYI_IO_SECRET_FILE_H

#include "core/span.h"

#define SECRET_PATH_MAX 512u /* with its end */

/* 0; 1: there is a file of that name, which was left as it is. -E_NOT_PERMITTED, -E_NO_INPUT_FILE (no such folder), -E_IO; errno
 * tells more (ENAMETOOLONG, too). */
int secret_file_write(const char *path, struct span bytes);

/* The same for the server's own, DIR/keys/NAME: the folder is made, and what root makes belongs to whom DIR belongs to, since the
 * server may be somebody else. */
int secret_file_make(const char *dir, const char *name, struct span bytes);

/* What errno says, as a status. */
int secret_file_status(int error);

#endif

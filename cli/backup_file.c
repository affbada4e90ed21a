/*
 * backup_file.c - see backup_file.h. A kill leaves a PATH.part: half a backup beside no PATH, or a second name of a PATH that is
 * whole. So the next backup to PATH takes the name away and never writes to what it names.
 */
#include "cli/backup_file.h"
#include "cli/house.h"
#include "core/status.h"
#include "io/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int refuse(struct cli *cli, const char *path)
{
    return cli_fail(cli, status_of_errno(), "%s: %s", path, strerror(errno));
}

/* And nobody has taken the name away meanwhile, or given it to another file. */
static bool part_lock(int fd, const char *part)
{
    struct stat held, named;
    return flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &held) == 0 && lstat(part, &named) == 0 &&
           held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

static int in_use(struct cli *cli, const char *part)
{
    return cli_fail(cli, -E_LOCKED, "%s: another backup is written to it", part);
}

/* Of a backup that was broken off; whoever still writes to it holds its lock. */
static int part_remove(struct cli *cli, const char *part)
{
    int fd = open(part, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? 0 : refuse(cli, part);
    int result = part_lock(fd, part) ? 0 : in_use(cli, part);
    if (result == 0 && unlink(part) != 0)
        result = refuse(cli, part);
    close(fd);
    return result;
}

static int part_make(struct cli *cli, const char *part)
{
    const char *slash = strrchr(part, '/');
    int fd = open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    if (errno == EEXIST)
        return in_use(cli, part);
    return errno == ENOENT && slash
               ? cli_fail(cli, -E_NO_INPUT_FILE, "there is no directory %.*s", (int)(slash - part), part)
               : refuse(cli, part);
}

int backup_file_make(struct cli *cli, const char *path, struct backup_file *ret_file)
{
    struct backup_file file = {.fd = -1};
    if (strlen(path) >= sizeof file.path)
        return cli_fail(cli, -E_USAGE, "--out is too long");
    snprintf(file.path, sizeof file.path, "%s", path);
    snprintf(file.part, sizeof file.part, "%s.part", path);
    if (access(path, F_OK) == 0)
        return cli_fail(cli, -E_USAGE, "%s is there already; name another --out", path);
    int result = part_remove(cli, file.part);
    if (result < 0)
        return result;
    file.fd = result = part_make(cli, file.part);
    if (result < 0)
        return result;
    result = 0;
    if (!part_lock(file.fd, file.part)) /* somebody took it for one that was broken off: the name is theirs */
        result = in_use(cli, file.part);
    else if (fchmod(file.fd, 0600) != 0)
        result = refuse(cli, file.part);
    if (result < 0)
        close(file.fd);
    else
        *ret_file = file;
    return result;
}

int backup_file_put(void *context, struct span bytes)
{
    struct backup_file *file = context;
    while (bytes.len > 0) {
        ssize_t put = write(file->fd, bytes.at, bytes.len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0) {
            file->error = errno;
            return status_of_errno();
        }
        bytes = span_make(bytes.at + put, bytes.len - (size_t)put);
    }
    return 0;
}

int backup_file_settle(struct cli *cli, struct backup_file *file)
{
    if (fsync(file->fd) != 0 || lseek(file->fd, 0, SEEK_SET) != 0)
        return refuse(cli, file->part);
    posix_fadvise(file->fd, 0, 0, POSIX_FADV_DONTNEED);
    return 0;
}

int backup_file_keep(struct cli *cli, struct backup_file *file)
{
    if (link(file->part, file->path) != 0) /* rename would take another file's place */
        return errno == EEXIST ? cli_fail(cli, -E_USAGE, "%s is there already; name another --out", file->path)
                               : refuse(cli, file->path);
    unlink(file->part);
    file->part[0] = '\0'; /* the name may be another's from now on */
    char parent[CONFIG_TEXT_MAX];
    snprintf(parent, sizeof parent, "%s", file->path);
    char *slash = strrchr(parent, '/');
    if (slash)
        slash[slash == parent ? 1 : 0] = '\0';
    int fd = open(slash ? parent : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0) {
        int result = refuse(cli, file->path);
        unlink(file->path);
        if (fd >= 0)
            close(fd);
        return result;
    }
    close(fd);
    return 0;
}

int backup_file_open(struct cli *cli, const char *path, struct backup_file *ret_file)
{
    struct backup_file file = {.fd = open(path, O_RDONLY | O_CLOEXEC)};
    if (file.fd < 0)
        return errno == ENOENT ? cli_fail(cli, -E_NO_INPUT_FILE, "%s", path) : refuse(cli, path);
    posix_fadvise(file.fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    *ret_file = file;
    return 0;
}

int backup_file_take(void *context, uint8_t *bytes, size_t len)
{
    struct backup_file *file = context;
    while (len > 0) {
        ssize_t got = read(file->fd, bytes, len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            file->error = errno;
        if (got <= 0)
            return got < 0 ? status_of_errno() : -E_TRUNCATED;
        bytes += got;
        len -= (size_t)got;
    }
    return 0;
}

void backup_file_close(struct backup_file *file)
{
    if (file->part[0] != '\0')
        unlink(file->part);
    close(file->fd);
}

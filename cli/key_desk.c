/* key_desk.c - reads the access file under a lock and puts it back: beside, synced, renamed. */
#include "cli/key_desk.h"

#include "cli/house.h"
#include "core/status.h"
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof((struct key_desk *)0)->path >= PATH_MAX, "whatever realpath says fits");

/* Where a link leads: the file is replaced, not the link. */
static int path_find(struct key_desk *desk)
{
    char path[ENDPOINT_MAX];
    config_access_path(&desk->cli->config, path);
    if (realpath(path, desk->path))
        return 0;
    if (errno != ENOENT)
        return cli_fail(desk->cli, status_of_errno(), "%s: %s", path, strerror(errno));
    snprintf(desk->path, sizeof desk->path, "%s", path);
    return 0;
}

static void folder_of(const char *path, char *ret_folder, size_t size)
{
    const char *slash = strrchr(path, '/');
    if (slash)
        snprintf(ret_folder, size, "%.*s", (int)(slash > path ? slash - path : 1), path);
    else
        snprintf(ret_folder, size, ".");
}

/* The folder is locked, not the file: that is another one after each change. */
static int folder_lock(struct key_desk *desk)
{
    char folder[PATH_MAX];
    folder_of(desk->path, folder, sizeof folder);
    if (!desk->cli->config.access[0] && mkdir(folder, 0750) != 0 && errno != EEXIST)
        return cli_fail(desk->cli, status_of_errno(), "%s: %s", folder, strerror(errno));
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return cli_fail(desk->cli, status_of_errno(), "%s: %s", folder, strerror(errno));
    int rc;
    do
        rc = flock(fd, LOCK_EX);
    while (rc != 0 && errno == EINTR);
    if (rc != 0) {
        close(fd);
        return cli_fail(desk->cli, -E_IO, "%s: %s", folder, strerror(errno));
    }
    desk->folder_fd = fd;
    return 0;
}

static int text_read(struct key_desk *desk, bool change)
{
    int result = file_read(desk->path, ACCESS_FILE_MAX, &desk->text, &desk->len);
    if (result == -E_NO_INPUT_FILE && change) {
        desk->is_new = true;
        desk->len = strlen(access_fresh);
        desk->text = (uint8_t *)strdup(access_fresh);
        return desk->text ? 0 : -E_NO_MEMORY;
    }
    if (result == -E_NO_INPUT_FILE)
        return cli_fail(desk->cli, result, "%s: %s; `manyi key new` makes it", desk->path, strerror(errno));
    if (result == -E_TOO_LARGE)
        return cli_fail(desk->cli, -E_BAD_ACCESS, "%s: larger than 4 MiB", desk->path);
    return result < 0 ? cli_fail(desk->cli, result, "%s: %s", desk->path, strerror(errno)) : 0;
}

int desk_open(struct cli *cli, bool change, struct key_desk *desk)
{
    char message[KEYRING_MESSAGE_MAX];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *desk = (struct key_desk){.cli = cli, .now_ms = now.tv_sec * 1000ll};
    desk->file = calloc(1, sizeof *desk->file);
    int result = desk->file ? path_find(desk) : -E_NO_MEMORY;
    if (result == 0 && change)
        result = folder_lock(desk);
    if (result == 0)
        result = text_read(desk, change);
    if (result < 0)
        return result;
    result = access_file_parse(span_make(desk->text, desk->len), true, desk->file, message);
    return result == -E_BAD_ACCESS ? cli_fail(cli, result, "%s: %s", desk->path, message) : result;
}

void desk_close(struct key_desk *desk)
{
    free(desk->text);
    free(desk->file);
    if (desk->folder_fd > 0)
        close(desk->folder_fd);
    *desk = (struct key_desk){.cli = NULL};
}

int desk_find(struct key_desk *desk, const char *name, struct principal **ret_principal)
{
    struct access *access = &desk->file->access;
    const char *names[PRINCIPALS_MAX];
    for (uint32_t i = 0; i < access->count; i++) {
        names[i] = access->text + access->principal[i].name;
        if (strcmp(names[i], name) == 0) {
            *ret_principal = &access->principal[i];
            return 0;
        }
    }
    const char *meant = nearest_word(name, names, access->count);
    return cli_fail(desk->cli, -E_NOT_FOUND, "%.64s is not in %s%s%s%s", name, desk->path,
                    meant ? "; did you mean " : "", meant ? meant : "",
                    meant ? "?" : "; `manyi key list` shows who is");
}

/* ---- writing ---- */

/* As the file was; a new one belongs to whom the folder belongs to, so that a server that is not root can read it. */
static int owner_keep(const struct key_desk *desk, int fd)
{
    struct stat about;
    mode_t mode = 0640;
    if (!desk->is_new && stat(desk->path, &about) == 0)
        mode = about.st_mode & 07777;
    else if (fstat(desk->folder_fd, &about) != 0)
        return -1;
    if (geteuid() == 0 && fchown(fd, about.st_uid, about.st_gid) != 0)
        return -1;
    return fchmod(fd, mode);
}

static bool all_written(int fd, const char *text, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t written = write(fd, text + done, len - done);
        if (written < 0 && errno != EINTR)
            return false;
        done += written > 0 ? (size_t)written : 0;
    }
    return true;
}

static int text_replace(const struct key_desk *desk, const char *text, size_t len)
{
    char beside[PATH_MAX + 8];
    snprintf(beside, sizeof beside, "%s.new", desk->path);
    unlink(beside); /* of somebody who was killed; whoever lives holds the lock */
    int fd = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return cli_fail(desk->cli, status_of_errno(), "%s: %s", desk->path, strerror(errno));
    bool done = owner_keep(desk, fd) == 0 && all_written(fd, text, len) && fsync(fd) == 0;
    close(fd);
    if (!done || rename(beside, desk->path) != 0) {
        int result = cli_fail(desk->cli, status_of_errno(), "%s: %s", desk->path, strerror(errno));
        unlink(beside);
        return result;
    }
    fsync(desk->folder_fd); /* the change is whole with or without it */
    return 0;
}

int desk_save(struct key_desk *desk, uint32_t number)
{
    char message[KEYRING_MESSAGE_MAX];
    char *text = NULL;
    size_t len;
    int result = access_edit(span_make(desk->text, desk->len), desk->file, number, &text, &len, message);
    if (result == -E_BAD_ACCESS)
        return cli_fail(desk->cli, result, "%s was left as it is: %s", desk->path, message);
    if (result == 0)
        result = text_replace(desk, text, len);
    free(text);
    if (result == 0 && desk->is_new && !desk->cli->quiet)
        fprintf(stderr, "%s is new: a Manyi that is running sees it when it is started again\n", desk->path);
    return result;
}

/*
 * house.c - a data directory taken into use: made, locked, its journal, clock and bus opened, roles running in it.
 */
#include "cli/house.h"
#include "brokers/gateway.h"
#include "cli/rebuild.h"

#include "core/rfc3339.h"
#include "core/status.h"
#include "io/disk.h"
#include "io/file.h"
#include "io/keyring.h"
#include "io/notices_file.h"
#include "io/policy_file.h"
#include "io/roster_file.h"
#include "io/zap.h"
#include "io/zone.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define DESCRIPTORS_MIN 256u
#define DESCRIPTORS_SPARE 64u

/* One holder a role, so that `run worker` beside `serve` is refused as well as a second serve. Feed comes with intake. */
static const char *const lock_names[ROLES] = {"lock", NULL, "worker.lock", "outlet.lock", "notifier.lock", NULL};

int signals_take(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

int status_of_errno(void)
{
    if (errno == EMFILE || errno == ENFILE)
        return -E_NO_DESCRIPTORS;
    if (errno == ENOTDIR)
        return -E_NOT_A_DIRECTORY;
    if (errno == EACCES || errno == EPERM || errno == EROFS)
        return -E_NOT_PERMITTED;
    return errno == ENOSPC || errno == EDQUOT ? -E_STORE_FULL : -E_IO;
}

/* Makes DIR and the folders above it that are missing. */
static int directory_enter(struct cli *cli, struct house_made *made)
{
    char path[CONFIG_TEXT_MAX];
    snprintf(path, sizeof path, "%s", cli->config.dir);
    for (char *at = path + 1;; at++) {
        if (*at != '/' && *at != '\0')
            continue;
        char kept = *at;
        *at = '\0';
        bool made_this;
        int result = disk_make_new_directory(path, &made_this);
        if (result < 0)
            return cli_fail(cli, result, "%s", path);
        if (!made_this && !made->directory)
            made->kept_len = (size_t)(at - path);
        made->directory = made->directory || made_this;
        *at = kept;
        if (kept == '\0')
            break;
    }
    if (access(path, W_OK | X_OK) != 0)
        return cli_fail(cli, status_of_errno(), "%s: %s", path, strerror(errno));
    return 0;
}

/* Who locks a file that is being removed holds nothing: another one may stand in its place. */
static bool is_still_there(int fd, const char *path)
{
    struct stat held, named;
    return fstat(fd, &held) == 0 && stat(path, &named) == 0 && held.st_ino == named.st_ino &&
           held.st_dev == named.st_dev;
}

int house_lock(struct cli *cli, const char *name, int *ret_fd)
{
    char path[CONFIG_TEXT_MAX + 32];
    snprintf(path, sizeof path, "%s/%s", cli->config.dir, name);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0)
        return cli_fail(cli, status_of_errno(), "%s: %s", path, strerror(errno));
    bool taken = flock(fd, LOCK_EX | LOCK_NB) == 0;
    if (!taken || !is_still_there(fd, path)) {
        int result = taken || errno == EWOULDBLOCK ? -E_LOCKED : -E_IO;
        close(fd);
        return cli_fail(cli, result, "%s", cli->config.dir);
    }
    *ret_fd = fd;
    return 0;
}

static bool is_there(const struct house *house, const char *name)
{
    char path[ENDPOINT_MAX + 32];
    snprintf(path, sizeof path, "%s/%s", house->setup.dir, name);
    return access(path, F_OK) == 0;
}

static int locks_take(struct cli *cli, struct house *house)
{
    for (enum role role = 0; role < ROLES; role++) {
        if (!(house->mask & ROLE_BIT(role)) || !lock_names[role])
            continue;
        house->made.lock[role] = !is_there(house, lock_names[role]);
        int result = house_lock(cli, lock_names[role], &house->lock_fd[role]);
        if (result < 0)
            return result;
        house->made.store[role] = role_store(role) && !is_there(house, role_store(role));
    }
    return 0;
}

/* Nobody wants an empty journal beside one that is not restored yet. Once that has its place, what is left is empty. */
static int restore_look(struct cli *cli, const struct house *house)
{
    bool opens_journal = house->mask & (ROLE_BIT(ROLE_INTAKE) | ROLE_BIT(ROLE_FEED));
    if (opens_journal && is_there(house, "restore.part") && !is_there(house, "journal/000001"))
        return cli_fail(cli, -E_HALF_RESTORED, "%s/restore.part", house->setup.dir);
    return 0;
}

static int run_enter(struct cli *cli, struct house *house)
{
    char run[ENDPOINT_MAX + 8];
    snprintf(run, sizeof run, "%s/run", house->setup.dir);
    int result = disk_make_new_directory(run, &house->made.run);
    return result < 0 ? cli_fail(cli, result, "%s", run) : 0;
}

/* Takes away what a start that failed has made: the stores and lock files of the locks that it holds, then the directories
 * that are empty. Others may have come meanwhile, with other locks: what is theirs stays. */
static void made_undo(struct house *house)
{
    const struct house_made *made = &house->made;
    char path[ENDPOINT_MAX + 32];
    for (enum role role = 0; role < ROLES; role++) {
        if (house->lock_fd[role] < 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", house->setup.dir, role_store(role) ? role_store(role) : "");
        if (made->store[role])
            tree_remove(path);
        snprintf(path, sizeof path, "%s/%s", house->setup.dir, lock_names[role]);
        if (made->lock[role])
            unlink(path);
    }
    snprintf(path, sizeof path, "%s/run", house->setup.dir);
    if (made->run)
        rmdir(path);
    snprintf(path, sizeof path, "%s", house->setup.dir);
    if (!made->directory)
        return;
    size_t len = strlen(path);
    while (len > made->kept_len && rmdir(path) == 0) {
        while (len > made->kept_len && path[len - 1] != '/')
            len--;
        while (len > made->kept_len && path[len - 1] == '/')
            len--;
        path[len] = '\0';
    }
}

/* A broker has a descriptor for every peer, and spins when they run out. */
static int descriptors_enter(struct cli *cli)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    if (limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    return limit.rlim_cur < DESCRIPTORS_MIN
               ? cli_fail(cli, -E_NO_DESCRIPTORS, "this process may have %llu, and needs at least %u",
                          (unsigned long long)limit.rlim_cur, DESCRIPTORS_MIN)
               : 0;
}

bool house_descriptors_low(int any_fd)
{
    struct rlimit limit;
    int lowest = dup(any_fd);
    if (lowest >= 0)
        close(lowest);
    else
        return errno == EMFILE || errno == ENFILE;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && (rlim_t)lowest + DESCRIPTORS_SPARE >= limit.rlim_cur;
}

static int rulebook_try(struct span document, char message[POLICY_MESSAGE_MAX])
{
    struct policy *policy = calloc(1, sizeof *policy);
    int result = policy ? policy_propose(document, ZONE_DIR, policy, message) : -E_NO_MEMORY;
    free(policy);
    return result;
}

static int roster_try(struct span document, char message[POLICY_MESSAGE_MAX])
{
    struct roster *roster = malloc(sizeof *roster);
    int result = roster ? roster_parse(document, roster, message) : -E_NO_MEMORY;
    free(roster);
    return result;
}

/* What intake would refuse, refused before anything is opened. bad: the status of a file that makes no sense. */
static int proposal_look(struct cli *cli, const char *path, int bad,
                         int (*try_it)(struct span document, char message[POLICY_MESSAGE_MAX]))
{
    uint8_t *bytes = NULL;
    size_t len;
    char message[POLICY_MESSAGE_MAX] = "";
    if (path[0] == '\0')
        return 0;
    int result = file_read(path, SYSTEM_EVENT_MAX, &bytes, &len);
    if (result == -E_TOO_LARGE)
        result = cli_fail(cli, bad, "%s: larger than 1 MiB", path);
    else if (result < 0)
        cli_fail(cli, result, "%s: %s", path, strerror(errno));
    else if ((result = try_it(span_make(bytes, len), message)) < 0)
        cli_fail(cli, result, "%s: %s", path, message);
    free(bytes);
    return result;
}

/* Every role reads it: one of them would say what is wrong with it, and by then the others run. */
static int access_look(struct cli *cli, const struct house *house)
{
    struct keyring *keyring = NULL;
    char message[KEYRING_MESSAGE_MAX];
    int result = keyring_open(house->setup.access_path, &keyring, message);
    if (result < 0)
        cli_fail(cli, result, "%s", message);
    keyring_close(keyring);
    return result;
}

static int proposals_look(struct cli *cli, const struct house *house)
{
    if (!(house->mask & ROLE_BIT(ROLE_INTAKE)))
        return 0;
    int result = proposal_look(cli, house->setup.policy_path, -E_BAD_POLICY, rulebook_try);
    return result < 0 ? result : proposal_look(cli, house->setup.roster_path, -E_BAD_ROSTER, roster_try);
}

/* The same of the file of targets: its line is told here, not in the middle of a start. */
static int notices_look(struct cli *cli, const struct house *house)
{
    char message[NOTICES_MESSAGE_MAX];
    struct notices *notices = NULL;
    if (!(house->mask & ROLE_BIT(ROLE_NOTIFIER)))
        return 0;
    if (house->setup.notices_path[0] == '\0')
        return cli_fail(cli, -E_BAD_CONFIG, "`notices` names no file, so that nobody could be told anything");
    int result = notices_load(house->setup.notices_path, &notices, message);
    notices_free(notices);
    return result < 0 ? cli_fail(cli, result, "%s", message) : 0;
}

/* Both times, so that nobody has to guess which of them is mad. */
static int clock_blame(struct cli *cli, const struct house *house)
{
    char last[RFC3339_LEN + 1], now[RFC3339_LEN + 1];
    rfc3339_format(journal_last_at_ms(house->journal), last);
    rfc3339_format(clock_read(house->setup.clock).wall_ms, now);
    return cli_fail(cli, -E_CLOCK_MAD, "the journal ends at %s, the system says %s", last, now);
}

static int roles_enter(struct cli *cli, struct house *house)
{
    char message[ROLES_MESSAGE_MAX];
    int result = roles_open(&house->setup, house->journal, house->mask, &house->roles, message);
    if (result == -E_CLOCK_MAD && house->journal && journal_head(house->journal) > 0)
        return clock_blame(cli, house);
    if (result < 0)
        return cli_fail(cli, result, "%s", message);
    house->roles_open = true;
    result = roles_start(&house->roles);
    return result < 0 ? cli_fail(cli, result, "no thread for a role") : 0;
}

static void parts_close(struct house *house)
{
    if (house->roles_open) {
        roles_stop(&house->roles);
        roles_close(&house->roles);
    }
    house->roles_open = false;
    zap_close(house->zap);
    house->zap = NULL;
    journal_close(house->journal);
    house->journal = NULL;
    bus_close(house->setup.bus);
    house->setup.bus = NULL;
    clock_close(house->setup.clock);
    house->setup.clock = NULL;
}

void house_leave(struct house *house)
{
    parts_close(house);
    for (enum role role = 0; role < ROLES; role++) {
        if (house->lock_fd[role] >= 0)
            close(house->lock_fd[role]);
        house->lock_fd[role] = -1;
    }
}

int house_enter(struct cli *cli, uint32_t mask, bool one_process, const struct clock_options *clock,
                struct house *house)
{
    char message[CONFIG_MESSAGE_MAX];
    *house = (struct house){.mask = mask};
    umask(0027);
    for (enum role role = 0; role < ROLES; role++)
        house->lock_fd[role] = -1;
    int result = config_setup(&cli->config, one_process, &house->setup, message);
    if (result < 0)
        return cli_fail(cli, result, "%s", message);
    result = config_keys_check(&cli->config, message);
    if (result < 0)
        return cli_fail(cli, result, "%s", message);
    result = mask & ROLE_BIT(ROLE_GATEWAY) ? gateway_check(&house->setup, message) : 0;
    if (result < 0)
        return cli_fail(cli, result, "%s", message);
    house->setup.accept_time = option_given(&cli->arguments, "accept-time");
    result = access_look(cli, house);
    if (result == 0)
        result = proposals_look(cli, house);
    if (result == 0)
        result = notices_look(cli, house);
    if (result == 0)
        result = descriptors_enter(cli);
    if (result == 0)
        result = directory_enter(cli, &house->made);
    if (result == 0)
        result = locks_take(cli, house);
    if (result == 0)
        result = restore_look(cli, house);
    if (result == 0 && (!one_process || house->mask & (ROLE_BIT(ROLE_NOTIFIER) | ROLE_BIT(ROLE_GATEWAY))))
        result = run_enter(cli, house);
    if (result == 0 &&
        ((result = clock_open(clock, &house->setup.clock)) < 0 || (result = bus_open(&house->setup.bus)) < 0))
        cli_fail(cli, result, "the process has no room");
    if (result == 0)
        result = house_keys_enter(cli, house);
    if (result == 0)
        result = house_journal_open(cli, house);
    if (result == 0)
        result = roles_enter(cli, house);
    if (result < 0) {
        bool began = house->roles_open; /* somebody may have been given an acknowledgement */
        parts_close(house);
        if (!began)
            made_undo(house);
        house_leave(house);
    }
    return result;
}

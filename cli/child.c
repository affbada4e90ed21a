/*
 * child.c - a server of one's own, in a process of its own, for `manyi bench`.
 */
#include "cli/child.h"

#include "core/status.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PING_WAIT_MS 250
#define TRIES 120u
#define PORTS 6u

extern char **environ;

static bool port_is_free(uint32_t number)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)number)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bool is_free = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0)
        close(fd);
    return is_free;
}

uint32_t ports_free(uint32_t from)
{
    uint32_t in_a_row = 0;
    for (uint32_t number = from; number < 65000; number++) {
        in_a_row = port_is_free(number) ? in_a_row + 1 : 0;
        if (in_a_row == PORTS)
            return number - PORTS + 1;
    }
    return 0;
}

/* The last line of what it said. */
static void log_last(const char *path, char *line, size_t size)
{
    char read_line[CLI_MESSAGE_MAX];
    FILE *file = fopen(path, "re");
    line[0] = '\0';
    while (file && fgets(read_line, sizeof read_line, file))
        snprintf(line, size, "%.*s", (int)strcspn(read_line, "\n"), read_line);
    if (file)
        fclose(file);
}

static int wait_ready(struct cli *cli, pid_t pid, const char *log)
{
    static const uint8_t nothing[] = {0x80};
    uint32_t tries = 0;
    for (int port = 0; port < CLI_NOTIFIER;) { /* it has no notices to tell */
        struct span pong;
        int status;
        int result =
            cli_ask(cli, (enum cli_port)port, "PING", span_make(nothing, sizeof nothing), "PONG", PING_WAIT_MS, &pong);
        if (result == 0) {
            port++;
            continue;
        }
        if (waitpid(pid, &status, WNOHANG) == pid) {
            char line[CLI_MESSAGE_MAX];
            log_last(log, line, sizeof line);
            return cli_fail(cli, -E_UNREACHABLE, "its own server ended: %.900s", line);
        }
        if (result != -E_UNREACHABLE || ++tries == TRIES)
            return result;
    }
    return 0;
}

int child_start(struct cli *cli, pid_t *ret_pid)
{
    char port[16], log[CONFIG_TEXT_MAX + 32], program[4096];
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    if (len < 0)
        return cli_fail(cli, -E_IO, "/proc/self/exe cannot be read");
    program[len] = '\0';
    snprintf(port, sizeof port, "%u", (unsigned)cli->config.base_port);
    snprintf(log, sizeof log, "%s/serve.log", cli->config.dir);
    char name[] = "manyi", serve[] = "serve", dir[] = "--dir", base_port[] = "--base-port";
    char *const arguments[] = {name, serve, dir, cli->config.dir, base_port, port, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC, 0640);
    pid_t pid;
    int failed = posix_spawn(&pid, program, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed)
        return cli_fail(cli, -E_IO, "%s: %s", program, strerror(failed));
    int result = wait_ready(cli, pid, log);
    if (result < 0) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        return result;
    }
    *ret_pid = pid;
    return 0;
}

int child_end(struct cli *cli, pid_t pid)
{
    int status = 0;
    kill(pid, SIGTERM);
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return cli_fail(cli, -E_IO, "its own server ended badly; %s/serve.log", cli->config.dir);
    return 0;
}

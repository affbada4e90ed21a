/*
 * machine.c - what a figure was measured on.
 */
#include "cli/machine.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static void cpu_look(char *cpu, size_t size)
{
    char line[512];
    FILE *file = fopen("/proc/cpuinfo", "re");
    snprintf(cpu, size, "unknown");
    while (file && fgets(line, sizeof line, file)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) == 0 && colon) {
            snprintf(cpu, size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
            break;
        }
    }
    if (file)
        fclose(file);
}

/* The type of the mount whose point is the longest beginning of the path. */
static void filesystem_look(const char *folder, char *filesystem, size_t size)
{
    char path[PATH_MAX], line[4096];
    size_t best = 0;
    FILE *file = fopen("/proc/self/mountinfo", "re");
    snprintf(filesystem, size, "unknown");
    if (!realpath(folder, path))
        snprintf(path, sizeof path, "/");
    while (file && fgets(line, sizeof line, file)) {
        char point[PATH_MAX], type[64];
        const char *rest = strstr(line, " - ");
        if (sscanf(line, "%*s %*s %*s %*s %4095s", point) != 1 || !rest || sscanf(rest, " - %63s", type) != 1)
            continue;
        size_t len = strcmp(point, "/") == 0 ? 0 : strlen(point);
        if (strncmp(path, point, len) == 0 && (path[len] == '/' || path[len] == '\0') && len >= best) {
            best = len;
            snprintf(filesystem, size, "%s", type);
        }
    }
    if (file)
        fclose(file);
}

void machine_look(const char *folder, struct machine *ret_machine)
{
    struct utsname system;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    cpu_look(ret_machine->cpu, sizeof ret_machine->cpu);
    ret_machine->cores = cores > 0 ? (unsigned)cores : 1;
    snprintf(ret_machine->kernel, sizeof ret_machine->kernel, "unknown");
    if (uname(&system) == 0)
        snprintf(ret_machine->kernel, sizeof ret_machine->kernel, "%.60s %.60s", system.sysname, system.release);
    filesystem_look(folder, ret_machine->filesystem, sizeof ret_machine->filesystem);
}

/*
 * disk_log.c - what tests/fault/record.c wrote down, read back.
 */
#include "tests/crash/disk_log.h"

#include "core/ensure.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct head { /* as in record.c */
    uint32_t bytes;
    uint16_t call, phase;
    uint64_t number, time_ns;
    int64_t result;
    uint64_t handle, offset, len;
    uint32_t flags;
    uint16_t path_len, other_len;
};

static struct span below(struct span path, const char *top)
{
    size_t len = strlen(top);
    if (path.len < len || memcmp(path.at, top, len) != 0)
        return span_make(NULL, 0);
    bool more = path.len > len;
    return span_make(path.at + len + more, path.len - len - more);
}

static struct disk_step step_of(const uint8_t *at, const struct head *head, const char *top)
{
    const uint8_t *path = at + sizeof *head, *data = path + head->path_len + head->other_len;
    return (struct disk_step){.call = (enum fault_call)head->call,
                              .ended = head->phase == 1,
                              .flags = head->flags,
                              .number = head->number,
                              .time_ns = head->time_ns,
                              .handle = head->handle,
                              .offset = head->offset,
                              .result = head->result,
                              .path = below(span_make(path, head->path_len), top),
                              .other = below(span_make(path + head->path_len, head->other_len), top),
                              .data = span_make(data, head->phase == 0 ? head->len : 0)};
}

static int number_order(const void *a, const void *b)
{
    const struct disk_step *left = *(struct disk_step *const *)a, *right = *(struct disk_step *const *)b;
    if (left->number != right->number)
        return left->number < right->number ? -1 : 1;
    return (left > right) - (left < right);
}

/* Which first halves stayed alone. */
static void lost_mark(struct disk_log *log)
{
    struct disk_step **order = malloc((log->count + 1) * sizeof *order);
    ensure(order);
    for (uint32_t i = 0; i < log->count; i++)
        order[i] = &log->step[i];
    qsort(order, log->count, sizeof *order, number_order);
    for (uint32_t i = 0; i < log->count; i++)
        order[i]->lost = !order[i]->ended && (i + 1 == log->count || order[i + 1]->number != order[i]->number);
    free(order);
}

void disk_log_read(const char *path, const char *top, struct disk_log *ret_log)
{
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    const uint8_t *bytes = MAP_FAILED;
    if (fd >= 0 && fstat(fd, &about) == 0 && about.st_size > 0)
        bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED) {
        fprintf(stderr, "recover: %s can't be read\n", path);
        exit(2);
    }
    close(fd);
    struct disk_log log = {.count = 0};
    struct head head;
    size_t len = (size_t)about.st_size, room = 0;
    for (size_t at = 0; at + sizeof head <= len; at += head.bytes) {
        memcpy(&head, bytes + at, sizeof head);
        if (head.bytes < sizeof head || head.bytes > len - at)
            break; /* who wrote it was killed */
        if (log.count == room) {
            room = room ? 2 * room : 1024;
            log.step = realloc(log.step, room * sizeof *log.step);
            ensure(log.step);
        }
        log.step[log.count++] = step_of(bytes + at, &head, top);
    }
    lost_mark(&log);
    *ret_log = log;
}

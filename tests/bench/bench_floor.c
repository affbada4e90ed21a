/*
 * bench_floor.c - what the disk itself gives: the same events, written to a file one after the other, with fdatasync.
 *
 *   bench_floor FOLDER [events of a sync, 128] [seconds, 5] [most MB, 8192]
 *
 * The file grows as it is written, like a log that is only appended to. It is removed.
 */
#include "tests/bench/events.h"
#include "tests/bench/load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_all(int file, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t written = write(file, bytes, len);
        if (written < 0)
            load_fail("write: %s", strerror(errno));
        bytes += written;
        len -= (size_t)written;
    }
}

int main(int argc, char **argv)
{
    static struct event_mix mix;
    static struct latencies latencies;
    char path[512];
    if (argc < 2) {
        fprintf(stderr, "bench_floor FOLDER [events of a sync] [seconds] [most MB]\n");
        return 64;
    }
    uint64_t events = load_number(argc, argv, 2, 128), seconds = load_number(argc, argv, 3, 5);
    uint64_t bytes_max = load_number(argc, argv, 4, 8192) * 1000000;
    size_t len = events * EVENT_MIX_BYTES;
    uint8_t *bytes = malloc(len);
    event_mix_init(&mix, 0, 0);
    for (uint64_t i = 0; i < events; i++)
        memcpy(bytes + i * EVENT_MIX_BYTES, event_mix_next(&mix).at, EVENT_MIX_BYTES);
    snprintf(path, sizeof path, "%s/floor", argv[1]);
    int file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0)
        load_fail("%s: %s", path, strerror(errno));
    latencies_open(&latencies, 1);
    double begin = load_now(), now = begin;
    while (now - begin < (double)seconds && (latencies.answered + 1) * len <= bytes_max) {
        latencies_sent(&latencies, now);
        write_all(file, bytes, len);
        if (fdatasync(file) < 0)
            load_fail("fdatasync: %s", strerror(errno));
        now = load_now();
        latencies_answered(&latencies, now);
    }
    load_print(&latencies, latencies.answered * events, now - begin, "");
    close(file);
    unlink(path);
    latencies_close(&latencies);
    free(bytes);
    return 0;
}

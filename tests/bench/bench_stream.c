/*
 * bench_stream.c - from an event's publishing until the last of many subscribers has its card, over HTTP and server-sent events.
 *
 *   manyi serve --dir DIR --base-port 7300 & bench_stream 7300 $! [subscribers, 3000] [events, 20] [rounds, 3]
 *
 * Each event is a complaint, published by POST /v1/events on a connection of its own when everybody has the one before; the time
 * begins before it is sent. A round opens all subscribers, publishes, and closes them again: memory and descriptors of the
 * server stand behind each step. Server and subscribers share the machine, as they do in CI. It needs as many descriptors as
 * there are subscribers (ulimit -n).
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SUBSCRIBERS_MAX 3500u
#define EVENTS_MAX 10000u
#define PATIENCE_S 20.0
#define OVERLAP 63u /* of what is looked for, at most */

struct subscriber {
    int fd;
    bool ready;   /* told so */
    uint32_t had; /* the event that it had last */
    size_t tail_len;
    char tail[OVERLAP + 1];
};

struct bench {
    uint16_t port;
    int pid, epoll;
    uint32_t subscribers, events, rounds;
    struct subscriber subscriber[SUBSCRIBERS_MAX];
    uint32_t event; /* that is waited for; 0: for "ready" */
    uint32_t has;   /* subscribers that have it */
    double published_s;
    double *each_ms, *first_ms, *last_ms; /* of every delivery; of every event's first and last one */
    size_t each_count, first_count, last_count;
};

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void fail(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        fail("connect");
    return fd;
}

static void text_send(int fd, const char *text)
{
    size_t len = strlen(text);
    if (send(fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
        fail("send");
}

/* ---- subscribers ---- */

static void subscriber_hears(struct bench *bench, struct subscriber *subscriber, const char *bytes)
{
    char wanted[OVERLAP + 1];
    if (bench->event == 0) {
        if (subscriber->ready || !strstr(bytes, "event: ready"))
            return;
        subscriber->ready = true;
        bench->has++;
        return;
    }
    snprintf(wanted, sizeof wanted, "\"customer\":\"bench-%u\"", bench->event);
    if (subscriber->had == bench->event || !strstr(bytes, wanted))
        return;
    double ms = (now_s() - bench->published_s) * 1e3;
    subscriber->had = bench->event;
    bench->each_ms[bench->each_count++] = ms;
    if (bench->has++ == 0)
        bench->first_ms[bench->first_count++] = ms;
}

static void subscriber_reads(struct bench *bench, struct subscriber *subscriber)
{
    static char bytes[OVERLAP + 65536 + 1];
    memcpy(bytes, subscriber->tail, subscriber->tail_len);
    ssize_t len = recv(subscriber->fd, bytes + subscriber->tail_len, 65536, MSG_DONTWAIT);
    if (len < 0 && errno == EAGAIN)
        return;
    if (len <= 0)
        fail("a stream was closed");
    size_t whole = subscriber->tail_len + (size_t)len;
    bytes[whole] = '\0';
    subscriber_hears(bench, subscriber, bytes);
    subscriber->tail_len = whole < OVERLAP ? whole : OVERLAP;
    memcpy(subscriber->tail, bytes + whole - subscriber->tail_len, subscriber->tail_len);
}

/* Until everybody has what is waited for. */
static void all_wait(struct bench *bench)
{
    struct epoll_event ready[512];
    double until_s = now_s() + PATIENCE_S;
    while (bench->has < bench->subscribers) {
        int count = epoll_wait(bench->epoll, ready, 512, 100);
        for (int i = 0; i < count; i++)
            subscriber_reads(bench, &bench->subscriber[ready[i].data.u32]);
        if (now_s() > until_s) {
            fprintf(stderr, "only %u of %u subscribers have it after %.0f s\n", bench->has, bench->subscribers,
                    PATIENCE_S);
            exit(1);
        }
    }
    bench->has = 0;
}

static void all_open(struct bench *bench)
{
    bench->event = 0;
    for (uint32_t i = 0; i < bench->subscribers; i++) {
        struct epoll_event wanted = {.events = EPOLLIN, .data.u32 = i};
        bench->subscriber[i] = (struct subscriber){.fd = connect_to(bench->port)};
        text_send(bench->subscriber[i].fd,
                  "GET /v1/stream?channels=complaint&after=now HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        epoll_ctl(bench->epoll, EPOLL_CTL_ADD, bench->subscriber[i].fd, &wanted);
    }
    all_wait(bench);
}

static void all_close(struct bench *bench)
{
    for (uint32_t i = 0; i < bench->subscribers; i++)
        close(bench->subscriber[i].fd);
}

/* ---- publishing ---- */

static void publish(struct bench *bench, int fd, uint32_t event)
{
    char body[512], request[1024], answer[4096];
    snprintf(
        body, sizeof body,
        "{\"id\":\"%d-%u\",\"type\":\"feedback.complained\",\"source\":\"/bench\",\"data\":{\"store\":\"sh-pudong\","
        "\"department\":\"service\",\"channel\":\"phone\",\"category\":\"delay\",\"text\":\"It took until the evening.\",\"customer\":\"bench-%u\"}}",
        getpid(), event, event);
    snprintf(
        request, sizeof request,
        "POST /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
        strlen(body), body);
    bench->event = event;
    bench->published_s = now_s();
    text_send(fd, request);
    all_wait(bench);
    bench->last_ms[bench->last_count++] = (now_s() - bench->published_s) * 1e3;
    ssize_t len = recv(fd, answer, sizeof answer - 1, 0);
    answer[len > 0 ? len : 0] = '\0';
    if (!strstr(answer, " 201 ")) {
        fprintf(stderr, "not taken: %s\n", answer);
        exit(1);
    }
}

/* ---- figures ---- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void figures_print(const char *what, double *ms, size_t count)
{
    qsort(ms, count, sizeof *ms, by_size);
    printf("%s: p50 %.1f ms, p99 %.1f ms, max %.1f ms of %zu\n", what, ms[count / 2], ms[(count * 99 - 1) / 100],
           ms[count - 1], count);
}

static long descriptors_of(int pid)
{
    char path[64];
    long count = 0;
    snprintf(path, sizeof path, "/proc/%d/fd", pid);
    DIR *folder = opendir(path);
    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count - 2;
}

static void server_print(const struct bench *bench, const char *when)
{
    char path[64], line[256];
    long rss_kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", bench->pid);
    FILE *status = fopen(path, "r");
    while (status && fgets(line, sizeof line, status)) {
        if (strncmp(line, "VmRSS:", 6) == 0)
            rss_kib = strtol(line + 6, NULL, 10);
    }
    if (status)
        fclose(status);
    printf("%-28s server: %.1f MiB, %ld descriptors\n", when, (double)rss_kib / 1024, descriptors_of(bench->pid));
    fflush(stdout);
}

static void machine_print(void)
{
    char line[256];
    FILE *processors = fopen("/proc/cpuinfo", "r");
    while (processors && fgets(line, sizeof line, processors)) {
        if (strncmp(line, "model name", 10) == 0) {
            printf("%ld processors,%s", sysconf(_SC_NPROCESSORS_ONLN), strchr(line, ':') + 1);
            break;
        }
    }
    if (processors)
        fclose(processors);
}

/* The server knows that they left when it has told each of them something. */
static void all_left_wait(const struct bench *bench, long descriptors)
{
    double until_s = now_s() + PATIENCE_S;
    struct epoll_event none;
    while (descriptors_of(bench->pid) > descriptors && now_s() < until_s)
        epoll_wait(bench->epoll, &none, 1, 100);
}

static uint32_t word_read(int count, char **words, int index, uint32_t otherwise)
{
    return count > index ? (uint32_t)strtoul(words[index], NULL, 10) : otherwise;
}

int main(int count, char **words)
{
    static struct bench bench;
    struct rlimit files;
    if (count < 3) {
        fputs("bench_stream BASE_PORT PID [subscribers] [events] [rounds]\n", stderr);
        return 64;
    }
    bench.port = (uint16_t)word_read(count, words, 1, 0);
    bench.pid = (int)word_read(count, words, 2, 0);
    bench.subscribers = word_read(count, words, 3, 3000);
    bench.events = word_read(count, words, 4, 20);
    bench.rounds = word_read(count, words, 5, 3);
    long before = descriptors_of(bench.pid);
    if (bench.subscribers > SUBSCRIBERS_MAX || bench.events * bench.rounds > EVENTS_MAX)
        return 64;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    size_t events = (size_t)bench.events * bench.rounds;
    bench.each_ms = calloc(events * bench.subscribers + 1, sizeof(double));
    bench.first_ms = calloc(events + 1, sizeof(double));
    bench.last_ms = calloc(events + 1, sizeof(double));
    bench.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!bench.each_ms || !bench.first_ms || !bench.last_ms || bench.epoll < 0)
        fail("start");
    machine_print();
    server_print(&bench, "before");
    for (uint32_t round = 0; round < bench.rounds; round++) {
        int publisher = connect_to(bench.port);
        double begun_s = now_s();
        all_open(&bench);
        printf("%u subscribers are ready after %.0f ms\n", bench.subscribers, (now_s() - begun_s) * 1e3);
        server_print(&bench, "all are listening");
        for (uint32_t i = 0; i < bench.events; i++)
            publish(&bench, publisher, round * bench.events + i + 1);
        server_print(&bench, "all events are told");
        all_close(&bench);
        close(publisher);
        all_left_wait(&bench, before);
        server_print(&bench, "all have left");
    }
    figures_print("publish to the first: on disk, folded, told", bench.first_ms, bench.first_count);
    figures_print("publish to the last of all", bench.last_ms, bench.last_count);
    figures_print("publish to each", bench.each_ms, bench.each_count);
    return 0;
}

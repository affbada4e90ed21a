/*
 * courier_curl.c - the real half of courier.h: libcurl for mail and HTTP, a child process for commands, in the thread of whoever
 * calls.
 *
 *   epoll ◀── libcurl's sockets · its timer · a timer of the commands · each command's process
 *
 * All of it is one descriptor, so that a loop can wait for it beside messages. What libcurl is told of a message:
 * courier_transfer_curl.c.
 */
#include "io/courier_parts_curl.h"
#include "io/courier_text.h"

#include "core/status.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define EVENTS_MAX 64

/* What an event of epoll is about, in the upper half of its number. */
enum { ABOUT_SOCKET, ABOUT_TIMER, ABOUT_DEADLINE, ABOUT_CHILD };

struct courier {
    CURLM *multi;
    int epoll_fd, timer_fd, deadline_fd;
    struct errand errand[NOTICE_TARGETS_MAX];
};

static void timer_set(int fd, int64_t ms)
{
    struct itimerspec in = {0};
    if (ms >= 0) {
        in.it_value.tv_sec = ms / 1000;
        in.it_value.tv_nsec = ms % 1000 * 1000000 + (ms == 0); /* 0 and 0 would stop it */
    }
    timerfd_settime(fd, 0, &in, NULL);
}

static int watch(const struct courier *courier, int operation, int fd, uint32_t events, uint64_t about, uint32_t which)
{
    struct epoll_event event = {.events = events, .data.u64 = about << 32 | which};
    return epoll_ctl(courier->epoll_fd, operation, fd, &event) == 0 ? 0 : -E_NO_DESCRIPTORS;
}

/* ---- what libcurl asks for ---- */

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *known)
{
    (void)easy;
    struct courier *courier = context;
    if (what == CURL_POLL_REMOVE) {
        watch(courier, EPOLL_CTL_DEL, fd, 0, ABOUT_SOCKET, 0);
        return 0;
    }
    uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
    watch(courier, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, events, ABOUT_SOCKET, (uint32_t)fd);
    curl_multi_assign(courier->multi, fd, courier);
    return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *context)
{
    (void)multi;
    struct courier *courier = context;
    timer_set(courier->timer_fd, timeout_ms);
    return 0;
}

/* ---- opening ---- */

int courier_open(struct courier **ret_courier)
{
    struct courier *courier = calloc(1, sizeof *courier);
    if (!courier)
        return -E_NO_MEMORY;
    for (uint32_t i = 0; i < NOTICE_TARGETS_MAX; i++)
        courier->errand[i].child.fd = -1;
    curl_global_init(CURL_GLOBAL_DEFAULT); /* counts its callers */
    courier->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    courier->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    courier->deadline_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    courier->multi = curl_multi_init();
    int result = courier->multi ? 0 : -E_NO_MEMORY;
    if (courier->epoll_fd < 0 || courier->timer_fd < 0 || courier->deadline_fd < 0)
        result = -E_NO_DESCRIPTORS;
    if (result == 0)
        result = watch(courier, EPOLL_CTL_ADD, courier->timer_fd, EPOLLIN, ABOUT_TIMER, 0);
    if (result == 0)
        result = watch(courier, EPOLL_CTL_ADD, courier->deadline_fd, EPOLLIN, ABOUT_DEADLINE, 0);
    if (result < 0) {
        courier_close(courier);
        return result;
    }
    curl_multi_setopt(courier->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(courier->multi, CURLMOPT_SOCKETDATA, courier);
    curl_multi_setopt(courier->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(courier->multi, CURLMOPT_TIMERDATA, courier);
    *ret_courier = courier;
    return 0;
}

void courier_close(struct courier *courier)
{
    if (!courier)
        return;
    for (uint32_t i = 0; i < NOTICE_TARGETS_MAX; i++) {
        struct errand *errand = &courier->errand[i];
        courier_child_kill(&errand->child);
        if (errand->easy && courier->multi)
            curl_multi_remove_handle(courier->multi, errand->easy);
        curl_easy_cleanup(errand->easy);
        curl_slist_free_all(errand->list);
        free(errand->request);
    }
    curl_multi_cleanup(courier->multi);
    curl_global_cleanup();
    const int fds[] = {courier->epoll_fd, courier->timer_fd, courier->deadline_fd};
    for (uint32_t i = 0; i < 3; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
    sodium_memzero(courier, sizeof *courier);
    free(courier);
}

int courier_fd(const struct courier *courier)
{
    return courier->epoll_fd;
}

int64_t courier_due_ms(const struct courier *courier)
{
    (void)courier;
    return INT64_MAX;
}

/* ---- sending ---- */

static void deadlines_set(const struct courier *courier)
{
    int64_t first_ms = INT64_MAX;
    for (uint32_t i = 0; i < NOTICE_TARGETS_MAX; i++) {
        const struct errand *errand = &courier->errand[i];
        if (errand->child.pid > 0 && errand->deadline_ms < first_ms)
            first_ms = errand->deadline_ms;
    }
    int64_t left_ms = first_ms - clock_ms(CLOCK_MONOTONIC);
    timer_set(courier->deadline_fd, first_ms == INT64_MAX ? -1 : (left_ms > 0 ? left_ms : 0));
}

static int command_begin(struct courier *courier, struct errand *errand, const struct notice_target *target,
                         const struct courier_message *message)
{
    int result = courier_command(message, errand->request, REQUEST_MAX, &errand->len);
    if (result == 0)
        result = courier_child_start(target->command, span_make(errand->request, errand->len), &errand->child);
    if (result == 0)
        result =
            watch(courier, EPOLL_CTL_ADD, errand->child.fd, EPOLLIN, ABOUT_CHILD, (uint32_t)(errand - courier->errand));
    if (result < 0) {
        courier_child_kill(&errand->child);
        return result;
    }
    errand->deadline_ms = clock_ms(CLOCK_MONOTONIC) + target->timeout_ms;
    deadlines_set(courier);
    return 0;
}

static int transfer_start(struct courier *courier, struct errand *errand, const struct notice_target *target,
                          const struct courier_message *message)
{
    int result = transfer_set(errand, target, message);
    return result == 0 && curl_multi_add_handle(courier->multi, errand->easy) != CURLM_OK ? -E_NO_MEMORY : result;
}

static void errand_end(struct errand *errand)
{
    curl_slist_free_all(errand->list);
    errand->list = NULL;
    errand->ready = true;
}

int courier_send(struct courier *courier, const struct notice_target *target, const struct courier_message *message,
                 struct clock_reading now)
{
    (void)now;
    uint32_t i = 0;
    while (i < NOTICE_TARGETS_MAX && courier->errand[i].busy)
        i++;
    if (i == NOTICE_TARGETS_MAX)
        return -E_AGAIN;
    if (message->id.len >= COURIER_ID_MAX || message->title.len > COURIER_TITLE_MAX ||
        message->text.len > COURIER_TEXT_MAX || message->markdown.len > COURIER_TEXT_MAX ||
        message->body.len > COURIER_BODY_MAX)
        return -E_TOO_LARGE;
    struct errand *errand = &courier->errand[i];
    if (!errand->request)
        errand->request = malloc(REQUEST_MAX);
    if (!errand->request)
        return -E_NO_MEMORY;
    errand->ticket = message->ticket;
    errand->means = target->means;
    errand->sent = errand->answer_len = errand->answer_kept = 0;
    errand->outcome = (struct courier_outcome){.ticket = message->ticket, .verdict = COURIER_TRANSIENT};
    int result = target->means == notice_means_is_command ? command_begin(courier, errand, target, message)
                                                          : transfer_start(courier, errand, target, message);
    errand->busy = true;
    if (result < 0) { /* an outcome like any other: it may be mended, and is tried again */
        errand->outcome.of_target = true;
        snprintf(errand->outcome.reason, sizeof errand->outcome.reason, "can't begin: %.100s",
                 status_text(-result)->summary);
        errand_end(errand);
        timer_set(courier->deadline_fd, 0);
    }
    return 0;
}

/* ---- what becomes of it ---- */

static void transfers_end(struct courier *courier)
{
    CURLMsg *said;
    int left;
    while ((said = curl_multi_info_read(courier->multi, &left))) {
        if (said->msg != CURLMSG_DONE)
            continue;
        struct errand *errand = NULL;
        CURL *easy = said->easy_handle;
        CURLcode code = said->data.result;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&errand);
        transfer_judge(errand, code);
        curl_multi_remove_handle(courier->multi, easy);
        errand_end(errand);
    }
}

static void child_look(struct courier *courier, struct errand *errand, int64_t now_ms)
{
    if (errand->child.pid <= 0)
        return;
    if (courier_child_end(&errand->child, &errand->outcome) == 0) {
        errand_end(errand);
    } else if (now_ms >= errand->deadline_ms) {
        courier_child_kill(&errand->child);
        snprintf(errand->outcome.reason, sizeof errand->outcome.reason, "took too long");
        errand_end(errand);
    }
    deadlines_set(courier);
}

static void timer_take(int fd)
{
    uint64_t times;
    ssize_t taken = read(fd, &times, sizeof times);
    (void)taken;
}

void courier_turn(struct courier *courier, struct clock_reading now)
{
    (void)now;
    struct epoll_event events[EVENTS_MAX];
    int running, count = epoll_wait(courier->epoll_fd, events, EVENTS_MAX, 0);
    for (int i = 0; i < count; i++) {
        uint32_t which = (uint32_t)events[i].data.u64, about = (uint32_t)(events[i].data.u64 >> 32);
        int bits = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                   (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                   (events[i].events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
        if (about == ABOUT_SOCKET) {
            curl_multi_socket_action(courier->multi, (curl_socket_t)which, bits, &running);
        } else if (about == ABOUT_TIMER) {
            timer_take(courier->timer_fd);
            curl_multi_socket_action(courier->multi, CURL_SOCKET_TIMEOUT, 0, &running);
        } else if (about == ABOUT_DEADLINE) {
            timer_take(courier->deadline_fd);
        }
    }
    int64_t now_ms = clock_ms(CLOCK_MONOTONIC);
    for (uint32_t i = 0; i < NOTICE_TARGETS_MAX; i++)
        child_look(courier, &courier->errand[i], now_ms);
    transfers_end(courier);
}

int courier_outcome(struct courier *courier, struct courier_outcome *ret_outcome)
{
    for (uint32_t i = 0; i < NOTICE_TARGETS_MAX; i++) {
        struct errand *errand = &courier->errand[i];
        if (!errand->busy || !errand->ready)
            continue;
        *ret_outcome = errand->outcome;
        errand->busy = errand->ready = false;
        return 0;
    }
    return -E_AGAIN;
}

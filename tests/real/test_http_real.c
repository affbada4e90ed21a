/* HTTP over real sockets, where the command's own tests would take too long: answers that nobody reads. */
#include "core/status.h"
#include "io/http.h"

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define ASKERS 3
#define LARGE (100u * MIB) /* two of them fit */

struct stand {
    struct http *http;
    struct clock *clock;
    uint16_t port;
    int fd[ASKERS];
};

static int connect_to(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static int begin(void **state)
{
    const struct clock_options options = {.rate = 0};
    struct stand *stand = calloc(1, sizeof *stand);
    char message[HTTP_MESSAGE_MAX];
    int result = -E_PORT_IN_USE;
    assert_non_null(stand);
    assert_int_equal(clock_open(&options, &stand->clock), 0);
    for (uint32_t i = 0; i < 1000 && result == -E_PORT_IN_USE; i++) {
        stand->port = (uint16_t)(20000u + ((uint32_t)getpid() + 7u * i) % 10000u);
        struct http_options http = {.host = "127.0.0.1", .port = stand->port, .certificate_path = "", .key_path = ""};
        result = http_open(&http, &stand->http, message);
    }
    assert_int_equal(result, 0);
    *state = stand;
    return 0;
}

static int end(void **state)
{
    struct stand *stand = *state;
    http_close(stand->http);
    clock_close(stand->clock);
    free(stand);
    return 0;
}

static void run(struct stand *stand)
{
    int64_t wait_ms;
    struct pollfd ready = {.fd = http_fd(stand->http), .events = POLLIN};
    poll(&ready, 1, 10);
    http_run(stand->http, clock_read(stand->clock), &wait_ms);
}

static struct http_request asked(struct stand *stand, int fd)
{
    static const char ask[] = "GET /large HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    struct http_request request;
    assert_int_equal(write(fd, ask, sizeof ask - 1), sizeof ask - 1);
    for (int tries = 0; http_receive(stand->http, &request) < 0; tries++) {
        assert_true(tries < 1000);
        run(stand);
    }
    return request;
}

/* The status that it was told, without reading on. */
static int told(struct stand *stand, int fd)
{
    char head[13] = "";
    ssize_t len = 0;
    for (int tries = 0; len < 12 && tries < 1000; tries++) {
        run(stand);
        len = recv(fd, head, 12, MSG_PEEK | MSG_DONTWAIT);
    }
    return (int)strtol(head + sizeof "HTTP/1.1 " - 1, NULL, 10);
}

static void answers_that_nobody_reads_are_bounded_and_small_ones_leave(void **state)
{
    struct stand *stand = *state;
    char *large = calloc(1, LARGE);
    assert_non_null(large);
    struct http_answer answer = {.status = 200, .type = "text/plain", .body = span_make(large, LARGE)};
    for (int i = 0; i < ASKERS; i++) {
        stand->fd[i] = connect_to(stand->port);
        struct http_request request = asked(stand, stand->fd[i]);
        assert_int_equal(http_answer(stand->http, request.id, &answer), 0);
        assert_int_equal(told(stand, stand->fd[i]), i < 2 ? 200 : 503);
    }
    int small = connect_to(stand->port);
    struct http_request request = asked(stand, small);
    answer.body = span_of("ok");
    assert_int_equal(http_answer(stand->http, request.id, &answer), 0);
    assert_int_equal(told(stand, small), 200);
    close(small);
    for (int i = 0; i < ASKERS; i++) /* they leave: what was kept for them is free */
        close(stand->fd[i]);
    answer.body = span_make(large, LARGE);
    int status = 503;
    for (int tries = 0; status == 503 && tries < 100; tries++) {
        int fd = connect_to(stand->port);
        request = asked(stand, fd);
        assert_int_equal(http_answer(stand->http, request.id, &answer), 0);
        status = told(stand, fd);
        close(fd);
    }
    assert_int_equal(status, 200);
    free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_that_nobody_reads_are_bounded_and_small_ones_leave, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

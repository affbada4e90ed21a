/* HTTP over real sockets, where the command's own tests would take too long: answers that nobody reads, answers that stay open. */
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

static void turn(struct stand *stand)
{
    int64_t wait_ms;
    http_run(stand->http, clock_read(stand->clock), &wait_ms);
}

static void run(struct stand *stand)
{
    struct pollfd ready = {.fd = http_fd(stand->http), .events = POLLIN};
    poll(&ready, 1, 10);
    turn(stand);
}

static struct http_request asked_in(struct stand *stand, int fd, const char *ask)
{
    struct http_request request;
    assert_int_equal(write(fd, ask, strlen(ask)), strlen(ask));
    for (int tries = 0; http_receive(stand->http, &request) < 0; tries++) {
        assert_true(tries < 1000);
        run(stand);
    }
    return request;
}

static struct http_request asked(struct stand *stand, int fd)
{
    return asked_in(stand, fd, "GET /large HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
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

/* ---- answers that stay open ---- */

static uint64_t stream_begin(struct stand *stand, int fd, const char *first)
{
    struct http_request request = asked(stand, fd);
    const struct http_answer head = {.status = 200, .type = "text/event-stream", .body = span_of(first)};
    assert_int_equal(http_stream(stand->http, request.id, &head), 0);
    assert_int_equal(http_answer(stand->http, request.id, &head), -E_UNREACHABLE);
    return request.id;
}

/* Reads until `len` bytes of the body have come, their chunks undone as RFC 9112, 7.1 says; or until it is closed. */
static size_t body_read(struct stand *stand, int fd, char *body, size_t len)
{
    size_t size = 2 * len + 4096, had = 0, got = 0;
    char *raw = malloc(size + 1);
    assert_non_null(raw);
    for (int tries = 0; got < len && tries < 2000; tries++) {
        run(stand);
        ssize_t part = recv(fd, raw + had, size - had, MSG_DONTWAIT);
        if (part == 0)
            break;
        had += part > 0 ? (size_t)part : 0;
        raw[had] = '\0';
        char *chunk = strstr(raw, "\r\n\r\n");
        got = 0;
        for (chunk = chunk ? chunk + 4 : NULL; chunk && chunk < raw + had;) {
            char *line;
            size_t chunk_len = strtoul(chunk, &line, 16);
            size_t left = line < raw + had ? (size_t)(raw + had - line) : 0;
            if (chunk_len == 0 || chunk_len > len - got || left < chunk_len + 4)
                break;
            memcpy(body + got, line + 2, chunk_len);
            got += chunk_len;
            chunk = line + 2 + chunk_len + 2;
        }
    }
    free(raw);
    return got;
}

/* Sends until nothing more fits, byte k of all being the letter of k; returns how many. */
static size_t stream_fill(struct stand *stand, uint64_t id, size_t *at)
{
    char part[1000] = {0};
    const struct span one = span_make(part, sizeof part);
    size_t begun = *at;
    for (;;) {
        for (size_t i = 0; i < sizeof part; i++)
            part[i] = (char)('a' + (*at + i) % 26);
        turn(stand);
        int result = http_stream_send(stand->http, id, &one, 1);
        if (result == -E_AGAIN)
            return *at - begun;
        assert_int_equal(result, 0);
        *at += sizeof part;
    }
}

static void what_is_sent_into_an_open_answer_arrives_whole_and_in_order(void **state)
{
    struct stand *stand = *state;
    static char body[8 * HTTP_STREAM_MAX];
    size_t at = 0;
    int fd = connect_to(stand->port);
    uint64_t id = stream_begin(stand, fd, "");
    struct http_stream_state look;
    size_t sent = stream_fill(stand, id, &at); /* more than fits here and into the kernel */
    assert_int_equal(http_stream_look(stand->http, id, &look), 0);
    assert_true(look.unread > HTTP_STREAM_MAX - 1000 && look.unread <= HTTP_STREAM_MAX);
    assert_int_equal(body_read(stand, fd, body, sent), sent);
    for (size_t i = 0; i < sent; i++)
        assert_int_equal(body[i], 'a' + i % 26);
    assert_int_equal(http_stream_look(stand->http, id, &look), 0);
    assert_int_equal(look.unread, 0);
    close(fd);
}

static void last_words_have_room_in_a_full_answer_and_then_it_closes(void **state)
{
    struct stand *stand = *state;
    static char body[16 * HTTP_STREAM_MAX];
    size_t at = 0;
    int fd = connect_to(stand->port);
    uint64_t id = stream_begin(stand, fd, "");
    size_t sent = stream_fill(stand, id, &at);
    http_stream_end(stand->http, id, span_of("good-bye"));
    const struct span more = span_of("x");
    assert_int_equal(http_stream_send(stand->http, id, &more, 1), -E_UNREACHABLE);
    assert_int_equal(body_read(stand, fd, body, sent + strlen("good-bye")), sent + strlen("good-bye"));
    assert_memory_equal(body + sent, "good-bye", strlen("good-bye"));
    close(fd);
}

/* Somebody older who only waits is no reason not to look at the others. */
static void who_left_is_noticed_within_a_moment(void **state)
{
    struct stand *stand = *state;
    struct http_stream_state look;
    int idle = connect_to(stand->port), polite = connect_to(stand->port), rude = connect_to(stand->port);
    uint64_t id[] = {stream_begin(stand, polite, ": hello\n\n"), stream_begin(stand, rude, ": hello\n\n")};
    run(stand);
    char hello[4096];
    assert_true(recv(polite, hello, sizeof hello, 0) > 0);
    close(polite);
    close(rude); /* with something unread: its client's kernel resets it */
    for (int i = 0; i < 2; i++) {
        for (int tries = 0; http_stream_look(stand->http, id[i], &look) == 0; tries++) {
            assert_true(tries < 300);
            run(stand);
        }
    }
    close(idle);
}

/* A proxy may ask so. */
static void an_answer_in_http_1_0_ends_with_its_connection(void **state)
{
    struct stand *stand = *state;
    const struct http_answer head = {.status = 200, .type = "text/event-stream", .body = span_of(": hello\n\n")};
    char text[4096];
    size_t len = 0;
    ssize_t part = -1;
    int idle = connect_to(stand->port), old = connect_to(stand->port);
    struct http_request request = asked_in(stand, old, "GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n");
    assert_int_equal(http_stream(stand->http, request.id, &head), 0);
    http_stream_end(stand->http, request.id, span_of("good-bye"));
    for (int tries = 0; part != 0; tries++) {
        assert_true(tries < 300);
        run(stand);
        part = recv(old, text + len, sizeof text - len, MSG_DONTWAIT);
        len += part > 0 ? (size_t)part : 0;
    }
    static const char end_of_it[] = "\r\n\r\n: hello\n\ngood-bye";
    assert_true(len > sizeof end_of_it);
    assert_memory_equal(text + len - (sizeof end_of_it - 1), end_of_it, sizeof end_of_it - 1);
    close(old);
    close(idle);
}

/* Three rounds of as many as together fill more than there is: what one round took is there for the next. */
static void whoever_reads_nothing_takes_no_more_than_a_share_and_gives_it_back(void **state)
{
    struct stand *stand = *state;
    enum { DEAF = 300 };
    static int fd[DEAF];
    static char body[HTTP_STREAM_MAX];
    char *large = calloc(1, HTTP_STREAM_MAX);
    assert_non_null(large);
    const struct span much = span_make(large, HTTP_STREAM_MAX - 1000), little = span_of("data: 1\n\n");
    for (int round = 0; round < 3; round++) {
        uint32_t full = 0;
        for (int i = 0; i < DEAF; i++) {
            fd[i] = connect_to(stand->port);
            uint64_t id = stream_begin(stand, fd[i], "");
            for (int k = 0; k < 6; k++) { /* the kernel takes some of it */
                full += http_stream_send(stand->http, id, &much, 1) < 0;
                turn(stand);
            }
        }
        assert_true(full > 0);
        int last = connect_to(stand->port); /* and there is room for one more who reads */
        uint64_t id = stream_begin(stand, last, "");
        assert_int_equal(http_stream_send(stand->http, id, &little, 1), 0);
        assert_int_equal(body_read(stand, last, body, little.len), little.len);
        close(last);
        for (int i = 0; i < DEAF; i++)
            close(fd[i]);
        for (int i = 0; i < 200; i++)
            turn(stand);
    }
    free(large);
}

static void a_server_that_closes_ends_open_answers(void **state)
{
    struct stand *stand = *state;
    int idle = connect_to(stand->port), full = connect_to(stand->port);
    size_t at = 0;
    char one;
    stream_begin(stand, idle, ": hello\n\n");
    stream_fill(stand, stream_begin(stand, full, ""), &at);
    for (int i = 0; i < 10; i++)
        run(stand);
    http_close(stand->http);
    stand->http = NULL;
    while (recv(idle, &one, 1, 0) > 0)
        ;
    close(idle);
    close(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_sent_into_an_open_answer_arrives_whole_and_in_order, begin, end),
        cmocka_unit_test_setup_teardown(last_words_have_room_in_a_full_answer_and_then_it_closes, begin, end),
        cmocka_unit_test_setup_teardown(who_left_is_noticed_within_a_moment, begin, end),
        cmocka_unit_test_setup_teardown(an_answer_in_http_1_0_ends_with_its_connection, begin, end),
        cmocka_unit_test_setup_teardown(whoever_reads_nothing_takes_no_more_than_a_share_and_gives_it_back, begin, end),
        cmocka_unit_test_setup_teardown(a_server_that_closes_ends_open_answers, begin, end),
        cmocka_unit_test_setup_teardown(answers_that_nobody_reads_are_bounded_and_small_ones_leave, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

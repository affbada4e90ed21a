/*
 * http_open_mhd.c - a listening socket whose failure can be told, certificate and key from their files.
 */
#include "io/http_open_mhd.h"

#include "core/status.h"
#include "io/file.h"
#include "io/http.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 1024
#define PEM_MAX (256u * KIB)

static int status_of(int error)
{
    switch (error) {
    case EADDRINUSE:
        return -E_PORT_IN_USE;
    case EACCES:
    case EPERM:
        return -E_NOT_PERMITTED;
    case EMFILE:
    case ENFILE:
        return -E_NO_DESCRIPTORS;
    default:
        return -E_BAD_ADDRESS;
    }
}

/* "[::1]" as "::1", "*" as every address. */
static const char *host_plain(const char *host, char *buffer, size_t size)
{
    size_t len = strlen(host);
    if (strcmp(host, "*") == 0)
        return NULL;
    if (host[0] != '[' || host[len - 1] != ']')
        return host;
    snprintf(buffer, size, "%.*s", (int)len - 2, host + 1);
    return buffer;
}

static int socket_listen(const struct addrinfo *address, int *ret_fd)
{
    int yes = 1;
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return status_of(errno);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, address->ai_addr, address->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
        int result = status_of(errno);
        close(fd);
        return result;
    }
    *ret_fd = fd;
    return 0;
}

int http_listen(const char *host, uint16_t port, int *ret_fd, char *message)
{
    char plain[256], service[8];
    struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    snprintf(service, sizeof service, "%u", port);
    int result = -E_BAD_ADDRESS;
    if (getaddrinfo(host_plain(host, plain, sizeof plain), service, &hints, &found) == 0)
        result = socket_listen(found, ret_fd);
    if (found)
        freeaddrinfo(found);
    if (result < 0)
        snprintf(message, HTTP_MESSAGE_MAX,
                 strchr(host, ':') && host[0] != '[' ? "http://[%.200s]:%u" : "http://%.200s:%u", host, port);
    return result;
}

int pem_load(const char *path, const char *what, uint8_t **ret_text, char *message)
{
    uint8_t *text = NULL;
    size_t len = 0;
    int result = file_read(path, PEM_MAX, &text, &len);
    if (result == -E_NO_MEMORY)
        return result;
    if (result < 0) {
        snprintf(message, HTTP_MESSAGE_MAX, "%s: %.200s can't be read: %s", what, path,
                 result == -E_TOO_LARGE ? "it is larger than 256 KiB" : strerror(errno));
        return -E_BAD_CONFIG;
    }
    text[len] = '\0'; /* file_read leaves a byte behind what it may read */
    *ret_text = text;
    return 0;
}

/* host.c - which hosts are this machine alone. */
#include "io/host.h"

#include <arpa/inet.h>
#include <string.h>

bool host_is_loopback(const char *host)
{
    struct in_addr four;
    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    return strcmp(host, "::1") == 0 || strcmp(host, "[::1]") == 0 || strcmp(host, "localhost") == 0;
}

/*
 * host.h - what a host of a configuration, or of a browser's request, stands for.
 */
#ifndef MANYI_IO_HOST_H
#define MANYI_IO_HOST_H

#include <stdbool.h>

/* Whether it is this machine alone: 127.0.0.0/8 in four numbers, ::1 (in brackets, too), localhost. Any other name may lead
 * elsewhere ("127.example"), so it is none. */
bool host_is_loopback(const char *host);

#endif

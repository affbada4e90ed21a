/*
 * wrap_bus.c - ZeroMQ as our bus calls it: what can't be had, and messages that are refused.
 *
 * A message is whole or not at all: only its first frame may be refused.
 */
#include "tests/calls/wrap.h"

#include <errno.h>
#include <stddef.h>
#include <zmq.h>

#define STRIKES(call, ...)             \
    (fault_strikes(FAULT_BUS, call) && \
     (errno = ((const int[]){__VA_ARGS__})[fault_way(sizeof((const int[]){__VA_ARGS__}) / sizeof(int))], true))

/* The socket of the thread that is in the middle of a message. */
static _Thread_local void *sending;

WRAPPED(void *, zmq_ctx_new, void)
{
    return STRIKES("zmq_ctx_new", EMFILE) ? NULL : __real_zmq_ctx_new();
}

WRAPPED(void *, zmq_socket, void *context, int type)
{
    return STRIKES("zmq_socket", EMFILE) ? NULL : __real_zmq_socket(context, type);
}

WRAPPED(int, zmq_bind, void *socket, const char *endpoint)
{
    return STRIKES("zmq_bind", EADDRINUSE, EMFILE, EACCES, ENOMEM) ? -1 : __real_zmq_bind(socket, endpoint);
}

WRAPPED(int, zmq_connect, void *socket, const char *endpoint)
{
    return STRIKES("zmq_connect", EMFILE, ENOMEM) ? -1 : __real_zmq_connect(socket, endpoint);
}

WRAPPED(int, zmq_send, void *socket, const void *bytes, size_t len, int flags)
{
    if (sending != socket && STRIKES("zmq_send", EAGAIN, EHOSTUNREACH))
        return -1;
    int sent = __real_zmq_send(socket, bytes, len, flags);
    sending = sent >= 0 && flags & ZMQ_SNDMORE ? socket : NULL;
    return sent;
}

WRAPPED(int, zmq_setsockopt, void *socket, int option, const void *value, size_t len)
{
    bool may_fail = option == ZMQ_SUBSCRIBE || option == ZMQ_UNSUBSCRIBE;
    return may_fail && STRIKES("zmq_setsockopt", ENOMEM) ? -1 : __real_zmq_setsockopt(socket, option, value, len);
}

/*
 * roles.h - roles assembled in one process: a thread and a loop each.
 *
 * Open all, then start all; stop all, then close all. What can't be opened leaves nothing behind. A role that ends by
 * itself has failed: end_fd becomes readable.
 */
#ifndef MANYI_CLI_ROLES_H
#define MANYI_CLI_ROLES_H

#include "io/journal.h"
#include "io/loop.h"
#include "io/setup.h"

#include <pthread.h>

enum role { ROLE_INTAKE, ROLE_FEED, ROLE_WORKER, ROLE_OUTLET, ROLE_NOTIFIER, ROLE_GATEWAY, ROLES };

#define ROLE_BIT(role) (1u << (role))
#define ROLE_PORTS_MAX 8u
#define ROLES_MESSAGE_MAX 384u

struct running_role {
    void *self; /* NULL: not one of this process's */
    struct port *port[ROLE_PORTS_MAX];
    uint32_t port_count;
    int wake_fd;
    atomic_bool stop;
    atomic_bool ended;
    int result; /* valid once ended */
    bool started;
    pthread_t thread;
    struct roles *roles;
};

struct roles {
    const struct setup *setup;
    struct journal *journal; /* NULL unless intake or feed are among them */
    int end_fd;              /* counts roles that have ended */
    struct running_role role[ROLES];
};

const char *role_name(enum role role);
const char *role_store(enum role role); /* the directory below DIR that it alone writes */

/* Opens the roles of the mask in order. The journal is borrowed. On failure everything is closed again and message names the
 * cause, such as the endpoint that is taken. */
int roles_open(const struct setup *setup, struct journal *journal, uint32_t mask, struct roles *ret_roles,
               char message[ROLES_MESSAGE_MAX]);
int roles_start(struct roles *roles);

/* Asks them to end; each finishes the turn it is in. Followers before those they follow. */
void roles_stop(struct roles *roles);
bool roles_ended(const struct roles *roles); /* all of them */
/* The first role that ended with a failure, its result in *ret_result; ROLES when none did. */
enum role roles_failed(const struct roles *roles, int *ret_result);

/* After roles_ended: joins the threads and closes everything. */
void roles_close(struct roles *roles);

#endif

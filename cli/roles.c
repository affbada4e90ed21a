/*
 * roles.c - roles assembled in one process: a thread and a loop each.
 */
#include "cli/roles.h"

#include "brokers/feed.h"
#include "brokers/gateway.h"
#include "brokers/intake.h"
#include "brokers/notifier.h"
#include "brokers/outlet.h"
#include "core/ensure.h"
#include "core/status.h"
#include "workers/worker.h"

#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

static int open_intake(const struct roles *roles, void **ret_self)
{
    struct intake *intake;
    int result = intake_open(roles->setup, roles->journal, clock_read(roles->setup->clock), &intake);
    if (result == 0)
        *ret_self = intake;
    return result;
}

static int open_feed(const struct roles *roles, void **ret_self)
{
    struct feed *feed;
    int result = feed_open(roles->setup, roles->journal, &feed);
    if (result == 0)
        *ret_self = feed;
    return result;
}

static int open_worker(const struct roles *roles, void **ret_self)
{
    struct worker *worker;
    int result = worker_open(roles->setup, &worker);
    if (result == 0)
        *ret_self = worker;
    return result;
}

static int open_outlet(const struct roles *roles, void **ret_self)
{
    struct outlet *outlet;
    int result = outlet_open(roles->setup, &outlet);
    if (result == 0)
        *ret_self = outlet;
    return result;
}

static int open_notifier(const struct roles *roles, void **ret_self)
{
    struct courier *courier;
    struct notifier *notifier;
    int result = courier_open(&courier);
    if (result == 0)
        result = notifier_open(roles->setup, courier, NULL, &notifier);
    if (result == 0)
        *ret_self = notifier;
    return result;
}

static int open_gateway(const struct roles *roles, void **ret_self)
{
    struct gateway *gateway;
    int result = gateway_open(roles->setup, &gateway);
    if (result == 0)
        *ret_self = gateway;
    return result;
}

static void close_intake(void *self)
{
    intake_close(self);
}

static void close_feed(void *self)
{
    feed_close(self);
}

static void close_worker(void *self)
{
    worker_close(self);
}

static void close_outlet(void *self)
{
    outlet_settle(self); /* when it fails, a second's worth is read again */
    outlet_close(self);
}

static void close_notifier(void *self)
{
    notifier_close(self);
}

static void close_gateway(void *self)
{
    gateway_close(self);
}

static uint32_t ports_of_intake(void *self, struct port **ret_ports)
{
    return intake_ports(self, ret_ports);
}

static uint32_t ports_of_feed(void *self, struct port **ret_ports)
{
    return feed_ports(self, ret_ports);
}

static uint32_t ports_of_worker(void *self, struct port **ret_ports)
{
    return worker_ports(self, ret_ports);
}

static uint32_t ports_of_outlet(void *self, struct port **ret_ports)
{
    return outlet_ports(self, ret_ports);
}

static uint32_t ports_of_notifier(void *self, struct port **ret_ports)
{
    return notifier_ports(self, ret_ports);
}

static uint32_t ports_of_gateway(void *self, struct port **ret_ports)
{
    return gateway_ports(self, ret_ports);
}

static int connections_of_gateway(void *self)
{
    return http_fd(gateway_http(self));
}

static void wakes_intake(void *self, int wake_fd)
{
    intake_overlap(self, wake_fd, INTAKE_BESIDE_BYTES);
}

static void wakes_gateway(void *self, int wake_fd)
{
    gateway_wakes(self, wake_fd);
}

static const struct role_row {
    const char *name;
    const char *store; /* the directory below DIR that it alone writes; NULL: none */
    int (*open)(const struct roles *roles, void **ret_self);
    void (*close)(void *self);
    uint32_t (*ports)(void *self, struct port **ret_ports);
    loop_turn *turn;
    int (*io_fd)(void *self);               /* NULL: it waits for messages alone */
    void (*wakes)(void *self, int wake_fd); /* NULL: nothing is done beside its turns */
} rows[ROLES] = {
    [ROLE_INTAKE] = {"intake", "journal", open_intake, close_intake, ports_of_intake, intake_turn, NULL, wakes_intake},
    [ROLE_FEED] = {"feed", NULL, open_feed, close_feed, ports_of_feed, feed_turn, NULL, NULL},
    [ROLE_WORKER] = {"worker", "state", open_worker, close_worker, ports_of_worker, worker_turn, NULL, NULL},
    [ROLE_OUTLET] = {"outlet", "outlet", open_outlet, close_outlet, ports_of_outlet, outlet_turn, NULL, NULL},
    [ROLE_NOTIFIER] = {"notifier", NULL, open_notifier, close_notifier, ports_of_notifier, notifier_turn,
                       notifier_io_fd, NULL},
    [ROLE_GATEWAY] = {"gateway", NULL, open_gateway, close_gateway, ports_of_gateway, gateway_turn,
                      connections_of_gateway, wakes_gateway},
};

const char *role_name(enum role role)
{
    ensure(role < ROLES);
    return rows[role].name;
}

const char *role_store(enum role role)
{
    ensure(role < ROLES);
    return rows[role].store;
}

/* What a role could not open: an endpoint, else what it keeps on disk. */
static void blame(const struct setup *setup, enum role role, char *message)
{
    const char *endpoint = bus_failed_endpoint(setup->bus);
    if (endpoint[0] != '\0')
        snprintf(message, ROLES_MESSAGE_MAX, "%s", endpoint);
    else if (rows[role].store)
        snprintf(message, ROLES_MESSAGE_MAX, "%s cannot begin: %s/%s", rows[role].name, setup->dir, rows[role].store);
    else
        snprintf(message, ROLES_MESSAGE_MAX, "%s cannot begin", rows[role].name);
}

int roles_open(const struct setup *setup, struct journal *journal, uint32_t mask, struct roles *ret_roles,
               char message[ROLES_MESSAGE_MAX])
{
    *ret_roles = (struct roles){.setup = setup, .journal = journal, .end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    message[0] = '\0';
    for (enum role role = 0; role < ROLES; role++)
        ret_roles->role[role].wake_fd = -1;
    for (enum role role = 0; role < ROLES; role++) {
        struct running_role *running = &ret_roles->role[role];
        if (!(mask & ROLE_BIT(role)))
            continue;
        running->roles = ret_roles;
        int result = rows[role].open(ret_roles, &running->self);
        if (result == 0) {
            running->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
            running->port_count = rows[role].ports(running->self, running->port);
            ensure(running->port_count <= ROLE_PORTS_MAX);
            result = running->wake_fd < 0 || ret_roles->end_fd < 0 ? -E_NO_DESCRIPTORS : 0;
            if (result == 0 && rows[role].wakes)
                rows[role].wakes(running->self, running->wake_fd);
        }
        if (result < 0) {
            blame(setup, role, message);
            roles_close(ret_roles);
            return result;
        }
    }
    return 0;
}

static void *role_main(void *context)
{
    struct running_role *running = context;
    const struct setup *setup = running->roles->setup;
    enum role role = (enum role)(running - running->roles->role);
    prctl(PR_SET_NAME, rows[role].name); /* what `top -H` and `perf` show */
    const struct loop_waits waits = {
        .ports = running->port,
        .count = running->port_count,
        .wake_fd = running->wake_fd,
        .io_fd = rows[role].io_fd ? rows[role].io_fd(running->self) : -1,
    };
    running->result = loop_run(setup->bus, setup->clock, &waits, &running->stop, rows[role].turn, running->self);
    atomic_store(&running->ended, true);
    loop_wake(running->roles->end_fd);
    return NULL;
}

int roles_start(struct roles *roles)
{
    for (enum role role = 0; role < ROLES; role++) {
        struct running_role *running = &roles->role[role];
        if (!running->self)
            continue;
        if (pthread_create(&running->thread, NULL, role_main, running) != 0)
            return -E_NO_MEMORY;
        running->started = true;
    }
    return 0;
}

void roles_stop(struct roles *roles)
{
    for (int role = ROLES - 1; role >= 0; role--) {
        if (!roles->role[role].started)
            continue;
        atomic_store(&roles->role[role].stop, true);
        loop_wake(roles->role[role].wake_fd);
    }
}

bool roles_ended(const struct roles *roles)
{
    for (enum role role = 0; role < ROLES; role++) {
        if (roles->role[role].started && !atomic_load(&roles->role[role].ended))
            return false;
    }
    return true;
}

enum role roles_failed(const struct roles *roles, int *ret_result)
{
    for (enum role role = 0; role < ROLES; role++) {
        const struct running_role *running = &roles->role[role];
        if (running->started && atomic_load(&running->ended) && running->result < 0) {
            *ret_result = running->result;
            return role;
        }
    }
    return ROLES;
}

void roles_close(struct roles *roles)
{
    for (int role = ROLES - 1; role >= 0; role--) {
        struct running_role *running = &roles->role[role];
        if (running->started)
            pthread_join(running->thread, NULL);
        if (running->self)
            rows[role].close(running->self);
        if (running->wake_fd >= 0)
            close(running->wake_fd);
        running->self = NULL;
        running->started = false;
        running->wake_fd = -1;
    }
    if (roles->end_fd >= 0)
        close(roles->end_fd);
    roles->end_fd = -1;
}

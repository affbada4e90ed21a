/* notifier.c - the notifier's life: ports, the file of targets, a turn, its figures. */
#include "brokers/notifier_parts.h"

#include "core/sample.h"
#include "core/status.h"
#include "io/log.h"

#include <sodium.h>
#include <stdlib.h>

#define LOOK_MS 1000        /* at the file */
#define LOOK_AGAIN_MS 10000 /* when something was wrong with it */
#define PUT_BACK_MS 10000   /* the clock on the wall */

/* ---- the file ---- */

/* What was wrong is said once, and looked at again: a secret that it named may be mended where nobody looks for changes. */
static int file_refused(struct notifier *notifier, int result, const char *message)
{
    uint64_t said = siphash(0, 0, span_of(message));
    notifier->look_ms = notifier->now.monotonic_ms + LOOK_AGAIN_MS;
    notifier->file_stamp = 0;
    if (said != notifier->file_said)
        log_line(LOG_ERROR, "notifier", "%s%s", message, notifier->notices ? "; the old one stays in force" : "");
    notifier->file_said = said;
    return result;
}

static int file_read_anew(struct notifier *notifier)
{
    char message[NOTICES_MESSAGE_MAX];
    struct notices *notices;
    int result = notices_load(notifier->setup.notices_path, &notices, message);
    if (result < 0)
        return file_refused(notifier, result, message);
    if (notifier->notices)
        log_line(LOG_NOTICE, "notifier", "%s: read anew, %u targets, %u people", notifier->setup.notices_path,
                 notices->target_count, notices->person_count);
    notices_free(notifier->notices);
    notifier->notices = notices;
    notifier->file_stamp = notices->stamp;
    notifier->file_said = 0;
    notifier_lanes_make(notifier);
    notifier_try_anew(notifier);
    return 0;
}

static void file_look(struct notifier *notifier)
{
    if (!notifier->owns_notices || notifier->now.monotonic_ms < notifier->look_ms)
        return;
    notifier->look_ms = notifier->now.monotonic_ms + LOOK_MS;
    if (notices_stamp(notifier->setup.notices_path, notifier->notices) != notifier->file_stamp)
        file_read_anew(notifier);
}

/* ---- opening ---- */

static int dealer_open(const struct notifier *notifier, const char *endpoint, struct port **ret_port)
{
    const struct port_options options = {.kind = PORT_DEALER, .endpoint = endpoint};
    return port_open(notifier->setup.bus, &options, ret_port);
}

static int ports_open(struct notifier *notifier)
{
    const struct setup *setup = &notifier->setup;
    const struct port_options ping = {.kind = PORT_ROUTER, .endpoint = setup->notifier_endpoint, .bind = true};
    int result = setup->notifier_endpoint[0] ? port_open(setup->bus, &ping, &notifier->port) : 0;
    if (result == 0)
        result = dealer_open(notifier, setup->replay_trusted_endpoint, &notifier->replay);
    if (result == 0)
        result = dealer_open(notifier, setup->intake_trusted_endpoint, &notifier->intake);
    if (result == 0)
        result = dealer_open(notifier, setup->query_trusted_endpoint, &notifier->query);
    return result;
}

int notifier_open(const struct setup *setup, struct courier *courier, struct notices *notices,
                  struct notifier **ret_notifier)
{
    struct notifier *notifier = calloc(1, sizeof *notifier);
    if (!notifier) {
        courier_close(courier);
        return -E_NO_MEMORY;
    }
    notifier->setup = *setup;
    notifier->courier = courier;
    notifier->notices = notices;
    notifier->owns_notices = !notices;
    notifier->due_ms = INT64_MAX;
    int result = notices ? 0 : file_read_anew(notifier);
    if (result == 0 && notices)
        notifier_lanes_make(notifier);
    if (result == 0 && setup->dir[0] && !notices) {
        result = link_secret_load(setup->dir, LINK_SECRET_NAME, notifier->link_secret);
        notifier->has_links = result == 0;
    }
    if (result == 0)
        result = ports_open(notifier);
    if (result < 0) {
        notifier_close(notifier);
        return result;
    }
    *ret_notifier = notifier;
    return 0;
}

void notifier_close(struct notifier *notifier)
{
    if (!notifier)
        return;
    parcel_release(&notifier->parcel);
    courier_close(notifier->courier);
    port_close(notifier->port);
    port_close(notifier->replay);
    port_close(notifier->intake);
    port_close(notifier->query);
    if (notifier->owns_notices)
        notices_free(notifier->notices);
    sodium_memzero(notifier->link_secret, sizeof notifier->link_secret);
    free(notifier);
}

uint32_t notifier_ports(struct notifier *notifier, struct port **ret_ports)
{
    uint32_t count = 0;
    ret_ports[count++] = notifier->replay;
    ret_ports[count++] = notifier->intake;
    ret_ports[count++] = notifier->query;
    if (notifier->port)
        ret_ports[count++] = notifier->port;
    return count;
}

int notifier_io_fd(void *self)
{
    const struct notifier *notifier = self;
    return courier_fd(notifier->courier);
}

/* ---- figures ---- */

static void pong_write(const void *self, struct span rid, struct wire_writer *writer)
{
    const struct notifier *notifier = self;
    uint64_t waiting = 0, failing = 0, flying = 0;
    for (uint32_t i = 0; i < ERRANDS_MAX; i++)
        waiting += notifier->hash[i] != 0 && notifier->errand[i].state == ERRAND_WAITING && notifier->errand[i].wanted;
    for (uint32_t i = 0; i < NOTICE_TARGETS_MAX; i++) {
        failing += notifier->lane[i].failures > 0;
        flying += notifier->lane[i].flying;
    }
    const struct notifier_counts *counts = &notifier->counts;
    const struct {
        const char *name;
        uint64_t value;
    } figures[] = {
        {"base_port", notifier->setup.http_port},
        {"targets", notifier->notices->target_count},
        {"people", notifier->notices->person_count},
        {"waiting", waiting},
        {"flying", flying},
        {"failing_targets", failing},
        {"sent", counts->sent},
        {"failed", counts->failed},
        {"not_tried", counts->not_tried},
        {"no_target", counts->no_target},
        {"refused", counts->refused},
        {"calm", notifier_is_calm(notifier)},
    };
    uint32_t count = sizeof figures / sizeof figures[0];
    request_pong_begin(writer, rid, "notifier", count);
    for (uint32_t i = 0; i < count; i++)
        request_pong_figure(writer, figures[i].name, figures[i].value);
}

/* ---- turns ---- */

/* When the wall's clock is put back, what was to wait until a time of the one before would wait for as much longer. */
static void clock_look(struct notifier *notifier)
{
    int64_t apart_ms = notifier->now.wall_ms - notifier->now.monotonic_ms;
    if (apart_ms < notifier->apart_ms - PUT_BACK_MS)
        notifier_try_anew(notifier);
    notifier->apart_ms = apart_ms;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t wait_of(const struct notifier *notifier)
{
    const struct clock_reading *now = &notifier->now;
    int64_t due_ms = notifier_follow_due_ms(notifier);
    due_ms = earlier(due_ms, courier_due_ms(notifier->courier));
    if (notifier->owns_notices)
        due_ms = earlier(due_ms, notifier->look_ms);
    if (notifier->put != 0)
        due_ms = earlier(due_ms, notifier->put_ms);
    int64_t wait_ms = due_ms == INT64_MAX ? due_ms : due_ms - now->monotonic_ms;
    if (notifier_is_calm(notifier) && notifier->due_ms != INT64_MAX)
        wait_ms = earlier(wait_ms, notifier->due_ms - now->wall_ms);
    return wait_ms > 0 ? wait_ms : 0;
}

int notifier_turn(void *self, struct clock_reading now, int64_t *ret_wait_ms)
{
    struct notifier *notifier = self;
    notifier->now = now;
    clock_look(notifier);
    file_look(notifier);
    notifier_follow(notifier);
    notifier_outcomes_take(notifier);
    if (notifier_is_calm(notifier))
        notifier_send(notifier);
    notifier_report(notifier);
    if (notifier->port)
        request_pings_answer(notifier->port, &notifier->parcel, &notifier->port_counts, pong_write, notifier);
    *ret_wait_ms = wait_of(notifier);
    return 0;
}

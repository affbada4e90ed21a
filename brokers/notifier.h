/*
 * notifier.h - tells people: follows the cards of escalations, tasks and callbacks, hands what is to be sent to the courier, and
 * journals what became of it.
 *
 * It decides nothing. The fold says on the card to whom something is to be sent and from when; the notifier journals every attempt
 * (notice.sent, notice.failed), and the fold concludes who is to be told next. It keeps nothing either: after a crash the cards
 * say what was sent, and at most the message that was on its way to each target goes out twice, with the id that it had.
 */
#ifndef MANYI_BROKERS_NOTIFIER_H
#define MANYI_BROKERS_NOTIFIER_H

#include "io/courier.h"
#include "io/setup.h"

struct notifier;

/* The courier becomes the notifier's, whatever comes of it. notices: borrowed; NULL: setup->notices_path is read, and
 * again when it changes. -E_BAD_NOTICES, -E_NO_INPUT_FILE: what is wrong was logged. Those of ports and of
 * link_secret_load. */
int notifier_open(const struct setup *setup, struct courier *courier, struct notices *notices,
                  struct notifier **ret_notifier);
void notifier_close(struct notifier *notifier); /* NULL is allowed */
int notifier_turn(void *notifier, struct clock_reading now, int64_t *ret_wait_ms);
uint32_t notifier_ports(struct notifier *notifier, struct port **ret_ports); /* at most 4 */
int notifier_io_fd(void *notifier);

/* What a test says; the spans lie in constants, id and body. */
#define NOTIFIER_TEST_BYTES 512u
void notifier_test_write(const struct notices *notices, int64_t wall_ms, const char *id,
                         uint8_t body[NOTIFIER_TEST_BYTES], struct courier_message *ret_message);

#endif

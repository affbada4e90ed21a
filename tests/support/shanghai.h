/*
 * shanghai.h - the time zone of those who read what the commands print.
 */
#ifndef MANYI_TESTS_SUPPORT_SHANGHAI_H
#define MANYI_TESTS_SUPPORT_SHANGHAI_H

/* A group's setup: local time is eight hours ahead of UTC, whatever the machine says. */
int in_shanghai(void **state);

#endif

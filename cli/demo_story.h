/*
 * demo_story.h - what a card tells, as a line that a service manager can read. People are masked.
 */
#ifndef MANYI_CLI_DEMO_STORY_H
#define MANYI_CLI_DEMO_STORY_H

#include "core/span.h"

#include <stdio.h>

/* Nothing for cards that tell no news, such as scores. channel: "complaint". */
void story_print(FILE *to, const char *channel, struct span card);

/* A notice that a person should acknowledge: raised just now, of level 1 and above. */
bool story_is_notice(const char *channel, struct span card);

#endif

/*
 * story.h - one case of a policy test: a rulebook, events at their times, and what is expected to follow.
 *
 *   YAML --story_case--> events --rehearsal--> cards --story_expect--> "as expected", or what came instead
 *   story_content                                └----story_trace---> the story as it went, a line for each thing
 *
 * The format is described in tests/scenarios/README.md.
 */
#ifndef MANYI_CLI_STORY_H
#define MANYI_CLI_STORY_H

#include "cli/cli.h"
#include "cli/yaml_file.h"
#include "core/policy.h"
#include "schemas/codec.h"
#include "workers/rehearsal.h"

#define STORY_EVENTS_MAX 10000u
#define STORY_CARDS_MAX 200000u
#define STORY_TEXT_MAX 4200u

/* A card that came. */
struct story_card {
    int64_t at_ms;
    uint64_t cause_seq;
    enum event_type type;
    char subject[LABEL_MAX_BYTES + 1];
    uint8_t *bytes; /* of the card */
    size_t len;
    bool expected; /* an expectation has taken it */
};

/* An event of the story, by the name that it is called in the story. */
struct story_event {
    char name[NAME_MAX_BYTES + 1];
    uint64_t seq;
    int64_t at_ms;
    uint8_t *bytes;
    size_t len;
};

struct story {
    struct cli *cli;
    struct yaml_file *file;
    const char *case_name;
    struct policy policy;
    yaml_node_t *roster; /* NULL: none */
    bool begun;          /* what its rulebook and roster say when they are adopted is no part of it */
    struct rehearsal *rehearsal;
    struct story_event *events;
    uint32_t event_count;
    struct story_card *cards;
    uint32_t card_count, card_capacity;
    int64_t at_ms;        /* of the last event */
    int64_t day_ms;       /* midnight of the last date that was named, for times without one */
    int64_t shown_day_ms; /* of the trace's last heading */
    FILE *trace;
    char *trace_text;
    size_t trace_len;
};

/* ---- story_case.c ---- */

/* Plays one case in a state under `dir`, and compares. 0: as expected; -E_NOT_AS_EXPECTED: told on stdout;
 * -E_BAD_INPUT_FILE: file->message tells. The trace is kept in story->trace_text. */
int story_play(struct story *story, yaml_node_t *file_root, yaml_node_t *node, const char *dir);
void story_end(struct story *story);

/* ---- story_text.c: times, names ---- */

/* "2026-11-23 09:00", "09:00" (of the day last named), with seconds or not, in the rulebook's zone; RFC 3339 with its own. */
int story_time(struct story *story, const yaml_node_t *node, int64_t *ret_ms);
/* A scalar's text, in which "$brakes" has become the seq of the event that is called so. */
int story_text(struct story *story, const yaml_node_t *node, char ret_text[STORY_TEXT_MAX]);
/* "09:00:00.000" and "2026-11-23 Monday" of the rulebook's zone. */
void story_clock(const struct story *story, int64_t at_ms, char ret_text[16]);
void story_day(const struct story *story, int64_t at_ms, char ret_text[32]);
/* The name of the event of this seq; NULL when the story has none. */
const char *story_name(const struct story *story, uint64_t seq);
/* An id as the story calls it: C-41 is C-brakes when event 41 is called brakes. */
void story_id(const struct story *story, struct span id, char *ret_text, size_t size);

/* ---- story_event.c ---- */

/* The event of a node {at, type, subject, data ...}, encoded and checked; it lives in `buffer`. */
int story_event_encode(struct story *story, yaml_node_t *node, int64_t at_ms, uint8_t *buffer, size_t size,
                       struct span *ret_event);

/* ---- story_content.c ---- */

/* A rulebook or a roster, complete. */
struct story_content {
    char *bytes; /* freed by the caller */
    size_t len;
    char hash[33];
};

/* From a path beside the file, or from keys written right here. type: policy.adopted or roster.changed. */
int story_content_read(struct story *story, yaml_node_t *node, enum event_type type, struct story_content *ret_content);
/* The data of its event. */
void story_content_write(const struct story_content *content, const char *by, struct wire_writer *writer);
int story_policy_read(struct story *story, yaml_node_t *node, struct policy *ret_policy);

/* ---- story_expect.c ---- */

int story_expect(struct story *story, yaml_node_t *expects, yaml_node_t *quiet);

/* ---- story_trace.c ---- */

int story_trace_open(struct story *story);
void story_trace_event(struct story *story, const struct story_event *told);
/* Before the card is kept: the last one of its subject tells what is new. */
void story_trace_card(struct story *story, const struct heard *heard, const struct story_card *before);
const struct story_card *story_newest(const struct story *story, struct span subject);

#endif

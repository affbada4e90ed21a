/* story_case.c - plays a case: its rulebook first, its events in order, time in between. */
#include "cli/story.h"

#include "core/status.h"
#include "io/policy_file.h"

#include <stdlib.h>

#define EVENT_BYTES SYSTEM_EVENT_MAX

/* ---- what comes ---- */

const struct story_card *story_newest(const struct story *story, struct span subject)
{
    for (uint32_t i = story->card_count; i > 0; i--) {
        if (span_is(subject, story->cards[i - 1].subject))
            return &story->cards[i - 1];
    }
    return NULL;
}

static int card_keep(struct story *story, const struct heard *heard)
{
    if (story->card_count == STORY_CARDS_MAX)
        return -E_TOO_LARGE;
    if (story->card_count == story->card_capacity) {
        uint32_t capacity = story->card_capacity ? 2 * story->card_capacity : 64;
        struct story_card *cards = realloc(story->cards, capacity * sizeof *cards);
        if (!cards)
            return -E_NO_MEMORY;
        story->cards = cards;
        story->card_capacity = capacity;
    }
    struct story_card card = {
        .at_ms = heard->at_ms, .cause_seq = heard->cause_seq, .type = heard->type, .len = heard->card.len};
    snprintf(card.subject, sizeof card.subject, "%.*s", SPAN_ARGS(heard->subject));
    card.bytes = malloc(heard->card.len);
    if (!card.bytes)
        return -E_NO_MEMORY;
    memcpy(card.bytes, heard->card.at, heard->card.len);
    story->cards[story->card_count++] = card;
    return 0;
}

static int hear(void *context, const struct heard *heard)
{
    struct story *story = context;
    if (!story->begun)
        return 0;
    story_trace_card(story, heard, story_newest(story, heard->subject));
    return card_keep(story, heard);
}

static int find(void *context, uint64_t seq, struct entry *ret_entry)
{
    const struct story *story = context;
    for (uint32_t i = 0; i < story->event_count; i++) {
        const struct story_event *event = &story->events[i];
        if (event->seq != seq)
            continue;
        *ret_entry = (struct entry){.seq = seq, .at_ms = event->at_ms, .event = span_make(event->bytes, event->len)};
        return 0;
    }
    return -E_NOT_FOUND;
}

/* ---- the rulebook ---- */

/* The case's own, else the file's, else the one delivered. */
static int policy_begin(struct story *story, yaml_node_t *root, yaml_node_t *node)
{
    yaml_node_t *rulebook = yaml_value(story->file, node, "policy"), *roster = yaml_value(story->file, node, "roster");
    story->roster = roster ? roster : yaml_value(story->file, root, "roster");
    if (!rulebook)
        rulebook = yaml_value(story->file, root, "policy");
    policy_default(&story->policy);
    return rulebook ? story_policy_read(story, rulebook, &story->policy) : 0;
}

/* As the first entries of a journal. */
static int content_adopt(struct story *story, enum event_type type, const struct story_content *content, int64_t at_ms)
{
    uint8_t *bytes = malloc(EVENT_BYTES);
    struct wire_writer writer;
    if (!bytes)
        return -E_NO_MEMORY;
    wire_writer_init(&writer, bytes, EVENT_BYTES);
    wire_map(&writer, 5);
    wire_key(&writer, "id");
    wire_text(&writer, span_of(type == EVENT_roster_changed ? "story-roster" : "story-policy"));
    wire_key(&writer, "source");
    wire_text(&writer, span_of("/story"));
    wire_key(&writer, "type");
    wire_text(&writer, span_of(event_table(type)->type));
    wire_key(&writer, "time");
    wire_timestamp(&writer, at_ms);
    wire_key(&writer, "data");
    story_content_write(content, "story", &writer);
    const struct entry entry = {
        .seq = rehearsal_next_seq(story->rehearsal), .at_ms = at_ms, .event = wire_written(&writer)};
    int result = writer.full ? -E_TOO_LARGE : rehearsal_entry(story->rehearsal, &entry);
    free(bytes);
    return result;
}

static int begin(struct story *story, int64_t at_ms)
{
    struct story_content content = {.bytes = malloc(EVENT_BYTES)};
    int result = content.bytes
                     ? policy_render(&story->policy, content.bytes, EVENT_BYTES / 2, &content.len, content.hash)
                     : -E_NO_MEMORY;
    if (result == 0)
        result = content_adopt(story, EVENT_policy_adopted, &content, at_ms);
    free(content.bytes);
    content.bytes = NULL;
    if (result == 0 && story->roster)
        result = story_content_read(story, story->roster, EVENT_roster_changed, &content);
    if (result == 0 && story->roster)
        result = content_adopt(story, EVENT_roster_changed, &content, at_ms);
    if (story->roster)
        free(content.bytes);
    story->begun = true;
    return result;
}

/* ---- events ---- */

static int event_keep(struct story *story, yaml_node_t *node, int64_t at_ms, struct span bytes)
{
    char name[STORY_TEXT_MAX];
    struct story_event event = {.seq = rehearsal_next_seq(story->rehearsal), .at_ms = at_ms, .len = bytes.len};
    yaml_node_t *as = yaml_value(story->file, node, "as");
    int result = as ? story_text(story, as, name) : 0;
    if (result < 0)
        return result;
    if (!as)
        snprintf(name, sizeof name, "%u", story->event_count + 1);
    if (strlen(name) > NAME_MAX_BYTES || name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                           "0123456789_")] != '\0')
        return yaml_refuse(story->file, as, "`as: %.80s`: a name has letters, digits and _", name);
    for (uint32_t i = 0; i < story->event_count; i++) {
        if (strcmp(story->events[i].name, name) == 0)
            return yaml_refuse(story->file, as ? as : node, "another event is called `%s` already", name);
    }
    snprintf(event.name, sizeof event.name, "%.64s", name);
    event.bytes = malloc(bytes.len);
    if (!event.bytes)
        return -E_NO_MEMORY;
    memcpy(event.bytes, bytes.at, bytes.len);
    story->events[story->event_count++] = event;
    return 0;
}

static int event_play(struct story *story, yaml_node_t *node, uint8_t *buffer)
{
    struct span bytes;
    int64_t at_ms = story->at_ms;
    yaml_node_t *at = yaml_value(story->file, node, "at");
    int result = at ? story_time(story, at, &at_ms) : 0;
    if (result == 0 && story->event_count == 0 && !at)
        result = yaml_refuse(story->file, node, "the first event needs its `at`");
    if (result == 0 && at_ms < story->at_ms)
        result = yaml_refuse(story->file, at, "this comes before the event above it: a story goes forward in time");
    if (result == 0 && story->event_count == 0)
        result = begin(story, at_ms);
    if (result < 0)
        return result;
    story->at_ms = at_ms;
    result = rehearsal_pass(story->rehearsal, at_ms);
    if (result == 0)
        result = story_event_encode(story, node, at_ms, buffer, EVENT_BYTES, &bytes);
    if (result == 0)
        result = event_keep(story, node, at_ms, bytes);
    if (result < 0)
        return result;
    const struct story_event *event = &story->events[story->event_count - 1];
    story_trace_event(story, event);
    const struct entry entry = {.seq = event->seq, .at_ms = at_ms, .event = span_make(event->bytes, event->len)};
    return rehearsal_entry(story->rehearsal, &entry);
}

static int events_play(struct story *story, yaml_node_t *events)
{
    if (!events || events->type != YAML_SEQUENCE_NODE || yaml_items(events) == 0)
        return yaml_refuse(story->file, events ? events : yaml_root(story->file), "a case needs a list of `events`");
    if (yaml_items(events) > STORY_EVENTS_MAX)
        return yaml_refuse(story->file, events, "more than %u events", STORY_EVENTS_MAX);
    story->events = calloc(yaml_items(events), sizeof *story->events);
    uint8_t *buffer = malloc(EVENT_BYTES);
    int result = story->events && buffer ? 0 : -E_NO_MEMORY;
    for (uint32_t i = 0; i < yaml_items(events) && result == 0; i++)
        result = event_play(story, yaml_node(story->file, events->data.sequence.items.start[i]), buffer);
    free(buffer);
    return result;
}

/* ---- the whole ---- */

/* Until when: as the case says, else until the last time that something is expected at. */
static int time_play(struct story *story, yaml_node_t *until, yaml_node_t *expects)
{
    int64_t until_ms = story->at_ms, at_ms, day_ms = story->day_ms;
    int result = until ? story_time(story, until, &until_ms) : 0;
    story->day_ms = INT64_MIN;
    bool many = !until && expects && expects->type == YAML_SEQUENCE_NODE;
    for (uint32_t i = 0; many && i < yaml_items(expects) && result == 0; i++) {
        yaml_node_t *node = yaml_node(story->file, expects->data.sequence.items.start[i]);
        yaml_node_t *at = yaml_value(story->file, node, "at");
        if (!at)
            continue;
        result = story_time(story, at, &at_ms);
        until_ms = at_ms > until_ms ? at_ms : until_ms;
    }
    story->day_ms = day_ms;
    return result < 0 ? result : rehearsal_pass(story->rehearsal, until_ms);
}

int story_play(struct story *story, yaml_node_t *root, yaml_node_t *node, const char *dir)
{
    static const char *const known[] = {"name", "about", "policy", "roster", "events", "until", "expect", "quiet"};
    int result = yaml_keys_known(story->file, node, known, sizeof known / sizeof known[0], "a case");
    if (result < 0)
        return result;
    yaml_node_t *expects = yaml_value(story->file, node, "expect"), *quiet = yaml_value(story->file, node, "quiet");
    const char *name = yaml_text(yaml_value(story->file, node, "name"));
    if (!name)
        return yaml_refuse(story->file, node, "a case needs a `name`");
    story->case_name = name;
    story->at_ms = story->day_ms = story->shown_day_ms = INT64_MIN;
    result = policy_begin(story, root, node);
    if (result == 0)
        result = story_trace_open(story);
    const struct rehearsal_options options = {.dir = dir, .hear = hear, .find = find, .context = story};
    if (result == 0)
        result = rehearsal_open(&options, &story->rehearsal);
    if (result == 0)
        result = events_play(story, yaml_value(story->file, node, "events"));
    if (result == 0)
        result = time_play(story, yaml_value(story->file, node, "until"), expects);
    if (story->trace)
        fflush(story->trace);
    return result == 0 ? story_expect(story, expects, quiet) : result;
}

void story_end(struct story *story)
{
    rehearsal_close(story->rehearsal);
    for (uint32_t i = 0; i < story->event_count; i++)
        free(story->events[i].bytes);
    for (uint32_t i = 0; i < story->card_count; i++)
        free(story->cards[i].bytes);
    free(story->events);
    free(story->cards);
    if (story->trace)
        fclose(story->trace);
    free(story->trace_text);
}

/*
 * card_sight.c - the few keys of a card that say who may see it.
 */
#include "brokers/card_sight.h"
#include "core/ensure.h"

static struct span text_find(struct span map, const char *name)
{
    struct wire_value value;
    struct span bytes;
    bool found = wire_find(map, name, &value, &bytes) == 0 && value.kind == WIRE_STR;
    return found ? value.bytes : (struct span){0};
}

/* The key of the person whose card it is. */
static const char *person_key(enum card_channel channel)
{
    static const char *const keys[CHANNEL_count] = {
        [CHANNEL_complaint] = "handler", [CHANNEL_escalation] = "to", [CHANNEL_task] = "responsible",
        [CHANNEL_callback] = "agent",    [CHANNEL_score] = "staff",   [CHANNEL_ledger] = "person",
        [CHANNEL_system] = "by",
    };
    ensure(keys[channel] != NULL);
    return keys[channel];
}

struct access_ask card_ask(enum card_channel channel, struct span card)
{
    struct access_ask ask = {
        .right = access_right_of_channel(span_of(channel_name(channel))),
        .store = text_find(card, "store"),
        .department = text_find(card, "department"),
        .person = text_find(card, person_key(channel)),
    };
    if (channel == CHANNEL_ledger && ask.person.len == 0)
        ask.person = text_find(card, "by"); /* an appeal is whose who filed it */
    return ask;
}

/* What a card tells of, when it isn't that case's own. */
static struct span card_about(enum card_channel channel, struct span card)
{
    return channel == CHANNEL_escalation ? text_find(card, "about")
           : channel == CHANNEL_system   ? text_find(card, "subject")
                                         : (struct span){0};
}

int card_decide(const struct access *access, const struct principal *principal, enum card_channel channel,
                struct span card)
{
    const struct access_ask ask = card_ask(channel, card);
    return access_decide_about(access, principal, &ask, card_about(channel, card));
}

static bool line_says_farewell(struct span line, struct span person)
{
    struct span type = text_find(line, "type");
    bool assigned = span_is(type, "complaint.assigned") || span_is(type, "task.assigned");
    return span_is(type, "complaint.transferred") || (assigned && span_equal(text_find(line, "said"), person));
}

bool card_has_left(enum card_channel channel, struct span card, struct span person)
{
    struct wire_value value;
    struct span history, line;
    if (channel != CHANNEL_complaint && channel != CHANNEL_task)
        return false;
    if (wire_find(card, "history", &value, &history) || value.kind != WIRE_ARRAY)
        return false;
    struct wire_reader reader = wire_reader(history);
    if (wire_read(&reader, &value))
        return false;
    for (uint32_t i = 0; i < value.count; i++) {
        if (wire_skip(&reader, EVENT_DEPTH_MAX, &line))
            return false;
        if (line_says_farewell(line, person))
            return true;
    }
    return false;
}

struct span card_farewell(struct span card, uint8_t buffer[CARD_FAREWELL_MAX])
{
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, CARD_FAREWELL_MAX);
    wire_map(&writer, 2);
    wire_key(&writer, "id");
    wire_text(&writer, text_find(card, "id"));
    wire_key(&writer, "gone");
    wire_bool(&writer, true);
    ensure(!writer.full);
    return wire_written(&writer);
}

/*
 * schema_asyncapi.c - the AsyncAPI 3.0 document: ports as servers, verbs as operations with replies, channels of cards.
 *
 * AsyncAPI has no binding for ZeroMQ: the protocol is named zmtp, sockets and frames stand under x-zmtp.
 */
#include "cli/schema.h"
#include "cli/schema_parts.h"

#include "core/status.h"

#define SCHEMAS "#/components/schemas/"

static const struct port {
    const char *name;
    uint32_t number;
    const char *socket;
    const char *peers;
    const char *doc;
} ports[] = {
    {"intake", 7301, "ROUTER", "REQ, DEALER", "publish events"},
    {"feed", 7302, "ROUTER", "REQ, DEALER", "read the journal"},
    {"query", 7303, "ROUTER", "REQ, DEALER", "ask for cards and figures"},
    {"outlet", 7304, "XPUB", "SUB", "cards as they change"},
    {"replay", 7305, "ROUTER", "REQ, DEALER", "cards as they are"},
};

static const struct verb {
    const char *port;
    const char *request;
    const char *record; /* of the request; NULL: an empty map */
    const char *reply;
} verbs[] = {
    {"intake", "HELLO", "hello_request", "WELCOME"}, {"intake", "PUT", "put_request", "ACK"},
    {"intake", "PING", "ping_request", "PONG"},      {"feed", "FETCH", "fetch_request", "BATCH"},
    {"feed", "GET", "get_request", "ROWS"},          {"feed", "PING", "ping_request", "PONG"},
    {"query", "GET", "get_request", "ROWS"},         {"query", "PING", "ping_request", "PONG"},
    {"replay", "REPLAY", "replay_request", "CARDS"}, {"replay", "PING", "ping_request", "PONG"},
};

static const struct reply {
    const char *verb;
    const char *record; /* NULL: figures of a role's own */
} replies[] = {
    {"WELCOME", "welcome_reply"}, {"ACK", "ack_reply"}, {"BATCH", "batch_reply"}, {"ROWS", "rows_reply"},
    {"CARDS", "cards_reply"},     {"NAK", "nak_reply"}, {"PONG", NULL},
};

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

/* {"$ref": "#/servers/intake"} */
static json_t *reference(const char *kind, const char *name)
{
    return json_pack("{s:o}", "$ref", json_sprintf("#/%s/%s", kind, name));
}

static json_t *reference_to_message(const char *channel, const char *message)
{
    return json_pack("{s:o}", "$ref", json_sprintf("#/channels/%s/messages/%s", channel, message));
}

/* ---- servers ---- */

static json_t *servers(void)
{
    json_t *all = json_object();
    for (size_t i = 0; i < COUNT(ports); i++) {
        json_t *server =
            json_pack("{s:o, s:s, s:s, s:s, s:{s:{s:s, s:s}}}", "host", json_sprintf("127.0.0.1:%u", ports[i].number),
                      "protocol", "zmtp", "protocolVersion", "3.1", "description", ports[i].doc, "bindings", "x-zmtp",
                      "socket", ports[i].socket, "peers", ports[i].peers);
        json_object_set_new(all, ports[i].name, server);
    }
    return all;
}

/* ---- messages ---- */

static json_t *verb_message(const char *verb, const char *record)
{
    json_t *payload = record ? schema_reference(SCHEMAS, record) : json_pack("{s:s}", "type", "object");
    return json_pack("{s:s, s:o, s:{s:{s:[s,s,s]}}}", "name", verb, "payload", payload, "bindings", "x-zmtp", "frames",
                     "(empty)", verb, "MessagePack map");
}

static json_t *card_message(const char *channel, const char *record)
{
    json_t *card = record ? schema_reference(SCHEMAS, record) : json_pack("{s:s}", "type", "object");
    return json_pack("{s:s, s:{s:[o, {s:{s:{s:[o, {s:s}]}}}]}, s:{s:{s:[s,s]}}}", "name", channel, "payload", "allOf",
                     schema_reference(SCHEMAS, "published"), "properties", "card", "anyOf", card, "type", "null",
                     "bindings", "x-zmtp", "frames", channel, "MessagePack map");
}

static json_t *beat_message(void)
{
    return json_pack("{s:s, s:{s:s, s:{s:{s:s, s:s}, s:{s:s, s:s}, s:{s:s, s:{s:s}, s:s}}}}", "name", "beat", "payload",
                     "type", "object", "properties", "g", "type", "string", "description",
                     "generation: the journal's lineage", "at", "type", "string", "format", "date-time", "channels",
                     "type", "object", "additionalProperties", "type", "integer", "description",
                     "each channel's last n");
}

/* The card that a channel carries; NULL while this version publishes none on it, or several kinds. */
static const char *record_of_channel(enum card_channel channel)
{
    const char *record = NULL;
    for (uint32_t i = EVENT_unknown + 1; i < EVENT_count; i++) {
        const struct event_table *event = event_table((enum event_type)i);
        if (event->channel != channel)
            continue;
        if (record && strcmp(record, event->record->name) != 0)
            return NULL;
        record = event->record->name;
    }
    return record;
}

static json_t *messages(void)
{
    json_t *all = json_object();
    for (size_t i = 0; i < COUNT(verbs); i++)
        json_object_set_new(all, verbs[i].request, verb_message(verbs[i].request, verbs[i].record));
    for (size_t i = 0; i < COUNT(replies); i++)
        json_object_set_new(all, replies[i].verb, verb_message(replies[i].verb, replies[i].record));
    for (uint32_t i = CHANNEL_none + 1; i < CHANNEL_count; i++) {
        const char *name = channel_name((enum card_channel)i);
        json_object_set_new(all, name, card_message(name, record_of_channel((enum card_channel)i)));
    }
    json_object_set_new(all, "beat", beat_message());
    return all;
}

/* ---- channels and operations ---- */

static json_t *channel_on(const char *port, const char *address)
{
    return json_pack("{s:s?, s:[o], s:{}}", "address", address, "servers", reference("servers", port), "messages");
}

static void channel_carries(json_t *channel, const char *message)
{
    json_object_set_new(json_object_get(channel, "messages"), message, reference("components/messages", message));
}

static json_t *channels(void)
{
    json_t *all = json_object();
    for (size_t i = 0; i < COUNT(ports); i++) {
        if (strcmp(ports[i].name, "outlet") != 0)
            json_object_set_new(all, ports[i].name, channel_on(ports[i].name, NULL));
    }
    for (size_t i = 0; i < COUNT(verbs); i++) {
        json_t *channel = json_object_get(all, verbs[i].port);
        channel_carries(channel, verbs[i].request);
        channel_carries(channel, verbs[i].reply);
        channel_carries(channel, "NAK");
    }
    for (uint32_t i = CHANNEL_none + 1; i <= CHANNEL_count; i++) {
        const char *name = i < CHANNEL_count ? channel_name((enum card_channel)i) : "beat";
        json_t *channel = channel_on("outlet", name);
        channel_carries(channel, name);
        json_object_set_new(all, name, channel);
    }
    return all;
}

static json_t *request_operation(const struct verb *verb)
{
    return json_pack("{s:s, s:o, s:[o], s:{s:o, s:[o, o]}}", "action", "receive", "channel",
                     reference("channels", verb->port), "messages", reference_to_message(verb->port, verb->request),
                     "reply", "channel", reference("channels", verb->port), "messages",
                     reference_to_message(verb->port, verb->reply), reference_to_message(verb->port, "NAK"));
}

static json_t *operations(void)
{
    json_t *all = json_object();
    for (size_t i = 0; i < COUNT(verbs); i++) {
        json_t *name = json_sprintf("%s_%s", verbs[i].port, verbs[i].request);
        json_object_set_new(all, json_string_value(name), request_operation(&verbs[i]));
        json_decref(name);
    }
    for (uint32_t i = CHANNEL_none + 1; i <= CHANNEL_count; i++) {
        const char *channel = i < CHANNEL_count ? channel_name((enum card_channel)i) : "beat";
        json_t *name = json_sprintf("outlet_%s", channel);
        json_object_set_new(all, json_string_value(name),
                            json_pack("{s:s, s:o, s:[o]}", "action", "send", "channel", reference("channels", channel),
                                      "messages", reference_to_message(channel, channel)));
        json_decref(name);
    }
    return all;
}

int schema_write_asyncapi(FILE *out)
{
    json_t *schemas = schema_definitions(SCHEMAS, true);
    json_object_set_new(schemas, "event", schema_of_event(SCHEMAS));
    return schema_dump(
        json_pack(
            "{s:s, s:{s:s, s:s, s:s}, s:s, s:o, s:o, s:o, s:{s:o, s:o}}", "asyncapi", "3.0.0", "info", "title", "Manyi",
            "version", MANYI_VERSION, "description",
            "Customer feedback of a dealership group: events in, cards out. Ports count from the base port, 7300. "
            "Payloads are MessagePack maps; schemas show their JSON form, where times are RFC 3339 text.",
            "defaultContentType", "application/vnd.msgpack", "servers", servers(), "channels", channels(), "operations",
            operations(), "components", "messages", messages(), "schemas", schemas),
        out);
}

/*
 * gateway_place.c - what people call a store, for the pages that customers see: asked for ourselves, since a customer may ask for
 * nothing. A store without a name goes by its own short one.
 */
#include "brokers/gateway_parts.h"

#include <stdio.h>

void place_ask(struct gateway *gateway, struct errand *errand, struct span store, errand_then *then)
{
    struct wire_writer writer;
    ask_begin(gateway, errand, OURSELVES, 2, &writer);
    wire_key(&writer, "what");
    wire_text(&writer, span_of("places"));
    wire_key(&writer, "store");
    wire_text(&writer, store);
    ask_send(gateway, errand, PEER_QUERY, "GET", &writer, then);
}

static void name_keep(struct span row, const char *key, char ret_name[NAME_MAX_BYTES + 1])
{
    struct wire_value name;
    struct span bytes;
    ret_name[0] = '\0';
    if (wire_find(row, key, &name, &bytes) == 0 && name.kind == WIRE_STR && name.bytes.len <= NAME_MAX_BYTES)
        snprintf(ret_name, NAME_MAX_BYTES + 1, "%.*s", SPAN_ARGS(name.bytes));
}

void place_keep(struct errand *errand, const struct reply *reply)
{
    struct span row;
    if (reply->status || rows_first_of(reply->body, &row) < 0)
        return;
    name_keep(row, "name", errand->store_name);
    name_keep(row, "name_en", errand->store_name_en);
}

static void name_or_nil(struct wire_writer *writer, const char *key, const char *name)
{
    wire_key(writer, key);
    if (name[0])
        wire_text(writer, span_of(name));
    else
        wire_nil(writer);
}

void place_names_write(const struct errand *errand, struct wire_writer *writer)
{
    name_or_nil(writer, "store_name", errand->store_name);
    name_or_nil(writer, "store_name_en", errand->store_name_en);
}

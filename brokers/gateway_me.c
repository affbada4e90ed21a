/*
 * gateway_me.c - GET /v1/me: who asks, as a page needs to know it. What somebody may not is refused elsewhere; here it is said
 * beforehand, so that a page need not offer it.
 */
#include "brokers/gateway_parts.h"

static void names_write(const struct access *access, const struct access_names *names, struct wire_writer *writer)
{
    wire_array(writer, names->all ? 1 : names->count);
    if (names->all)
        wire_text(writer, span_of("*"));
    for (uint32_t i = 0; !names->all && i < names->count; i++)
        wire_text(writer, access_span(access, access->name[names->first + i]));
}

static void roles_write(const struct principal *principal, struct wire_writer *writer)
{
    uint32_t count = 0;
    for (uint32_t role = 0; role < ACCESS_ROLES; role++)
        count += principal->roles >> role & 1u;
    wire_array(writer, count);
    for (uint32_t role = 0; role < ACCESS_ROLES; role++) {
        if (principal->roles >> role & 1u)
            wire_text(writer, span_of(access_role_name((enum access_role)role)));
    }
}

static void rights_write(const struct principal *principal, struct wire_writer *writer)
{
    wire_map(writer, ACCESS_RIGHTS);
    for (uint32_t right = 0; right < ACCESS_RIGHTS; right++) {
        wire_key(writer, access_right_name((enum access_right)right));
        wire_text(writer, span_of(access_reach_name(access_widest(principal, (enum access_right)right))));
    }
}

static void person_write(const struct gateway *gateway, const struct who *who, struct wire_writer *writer)
{
    const struct access *access = guard_access(&gateway->guard);
    const struct principal *principal = who->principal;
    wire_key(writer, "name");
    wire_text(writer, who->name);
    wire_key(writer, "kind");
    wire_text(writer, span_of(principal_kind_name(principal->kind)));
    wire_key(writer, "roles");
    roles_write(principal, writer);
    wire_key(writer, "stores");
    names_write(access, &principal->stores, writer);
    wire_key(writer, "departments");
    names_write(access, &principal->departments, writer);
}

void get_me(struct gateway *gateway, const struct http_request *request, const struct who *who)
{
    char csrf[2 * LINK_NONCE_BYTES + 1];
    struct wire_writer writer;
    bool local = who->number == PRINCIPAL_LOCAL;
    wire_writer_init(&writer, gateway->composed, sizeof gateway->composed);
    wire_map(&writer, (local ? 0u : 5u) + 6u);
    if (!local)
        person_write(gateway, who, &writer);
    wire_key(&writer, "local");
    wire_bool(&writer, local);
    wire_key(&writer, "rights");
    rights_write(who->principal, &writer);
    wire_key(&writer, "csrf");
    if (who->session) {
        csrf_write(gateway, who, csrf);
        wire_text(&writer, span_of(csrf));
    } else {
        wire_nil(&writer);
    }
    wire_key(&writer, "at");
    wire_time_text(&writer, gateway->now.wall_ms);
    wire_key(&writer, "clock_rate"); /* of a time-lapse: countdowns run as fast */
    wire_natural(&writer, clock_rate(gateway->setup.clock));
    wire_key(&writer, "version");
    wire_text(&writer, span_of(MANYI_VERSION));
    answer_value(gateway, request, 200, wire_written(&writer));
}

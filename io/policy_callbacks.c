/* policy_callbacks.c - callbacks in the policy file. */
#include "io/policy_callbacks.h"

#include "io/policy_figure.h"
#include "schemas/codec.h"

#include <stdio.h>

#define DAY_MOST 3650

/* ---- shape ---- */

#define ROW_TEXT(key) CYAML_FIELD_STRING(#key, CYAML_FLAG_OPTIONAL, struct document_callback_row, key, 1)
static const cyaml_schema_field_t row_fields[] = {ROW_TEXT(day), ROW_TEXT(percent), ROW_TEXT(warranty_percent),
                                                  ROW_TEXT(safety_percent), CYAML_FIELD_END};

#define ROW(which)                                                                                \
    CYAML_FIELD_MAPPING(#which, CYAML_FLAG_OPTIONAL | CYAML_FLAG_FLOW, struct document_callbacks, \
                        kind[callback_kind_is_##which], row_fields)
#define TEXT(key) CYAML_FIELD_STRING(#key, CYAML_FLAG_OPTIONAL, struct document_callbacks, key, 1)

const cyaml_schema_field_t callbacks_fields[] = {ROW(sale_day3),      ROW(sale_day7),        ROW(sale_day30),
                                                 ROW(repair_day3),    ROW(maintenance_day3), ROW(consult_day3),
                                                 ROW(lapsed),         ROW(resurvey),         TEXT(sampling_key),
                                                 TEXT(call_from),     TEXT(overdue_after),   TEXT(give_up_after),
                                                 TEXT(contact_gap),   TEXT(refusals_most),   TEXT(tries_most),
                                                 TEXT(tries_within),  TEXT(try_again_after), TEXT(claim_lapses_after),
                                                 TEXT(message_waits), TEXT(postponed_most),  CYAML_FIELD_END};

/* ---- figures ---- */

#define FIGURE(path, kind, from_type, from_member, to_type, to_member, least, most)                        \
    {                                                                                                      \
        path, FIGURE_##kind, offsetof(struct from_type, from_member), offsetof(struct to_type, to_member), \
            sizeof(((struct to_type *)NULL)->to_member), least, most                                       \
    }
#define OF_ROW(name, most) FIGURE(#name, NUMBER, document_callback_row, name, callback_row, name, 0, most)
static const struct figure row_figures[] = {
    OF_ROW(day, DAY_MOST),
    OF_ROW(percent, 100),
    OF_ROW(warranty_percent, 100),
    OF_ROW(safety_percent, 100),
};

#define WHOLE(path, kind, member, least, most) \
    FIGURE("callbacks." #path, kind, document_callbacks, path, callback_rules, member, least, most)
static const struct figure figures[] = {
    WHOLE(call_from, MINUTE, call_from_minute, 0, 24 * 60 - 1),
    WHOLE(overdue_after, WALL, overdue_after_ms, 0, INT64_MAX),
    WHOLE(give_up_after, WALL, give_up_after_ms, 0, INT64_MAX),
    WHOLE(contact_gap, WALL, contact_gap_ms, 0, INT64_MAX),
    WHOLE(refusals_most, NUMBER, refusals_most, 1, 100),
    WHOLE(tries_most, NUMBER, tries_most, 1, 100),
    WHOLE(tries_within, WALL, tries_within_ms, 0, INT64_MAX),
    WHOLE(try_again_after, WALL, try_again_after_ms, 0, INT64_MAX),
    WHOLE(claim_lapses_after, WALL, claim_lapses_after_ms, 0, INT64_MAX),
    WHOLE(message_waits, WALL, message_waits_ms, 0, INT64_MAX),
    WHOLE(postponed_most, WALL, postponed_most_ms, 0, INT64_MAX),
};

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof(array)[0]))

static int read_figure(const struct policy_flaw *flaw, const struct figure *figure, const char *prefix,
                       const void *from, void *to)
{
    const char *text = (const char *)from + figure->from;
    if (text[0] == '\0' || figure_read(figure, text, to))
        return 0;
    char path[64];
    char allowed[128];
    snprintf(path, sizeof path, "%s%s", prefix, figure->path);
    figure_allowed(figure, allowed, sizeof allowed);
    return policy_flaw(flaw, path, "is \"%s\"; allowed is %s", text, allowed);
}

static int read_row(const struct policy_flaw *flaw, int32_t kind, const struct document_callbacks *from,
                    struct callback_rules *to)
{
    char prefix[48];
    int rc = 0;
    snprintf(prefix, sizeof prefix, "callbacks.%s.", choice_name(choice_of_callback_kind(), kind));
    for (uint32_t i = 0; rc == 0 && i < COUNT(row_figures); i++)
        rc = read_figure(flaw, &row_figures[i], prefix, &from->kind[kind], &to->kind[kind]);
    return rc;
}

int policy_callbacks_read(const struct policy_flaw *flaw, const struct document_callbacks *from,
                          struct callback_rules *to)
{
    int rc = 0;
    if (from->sampling_key[0]) {
        memset(to->sampling_key, 0, sizeof to->sampling_key);
        memcpy(to->sampling_key, from->sampling_key, strlen(from->sampling_key));
    }
    for (const char *at = from->sampling_key; *at; at++) {
        if ((uint8_t)*at < 0x20 || *at == 0x7f)
            return policy_flaw(flaw, "callbacks.sampling_key", "has a control character");
    }
    for (int32_t kind = 0; rc == 0 && kind < callback_kind_count; kind++)
        rc = read_row(flaw, kind, from, to);
    for (uint32_t i = 0; rc == 0 && i < COUNT(figures); i++)
        rc = read_figure(flaw, &figures[i], "", from, to);
    return rc;
}

void policy_callbacks_write(const struct callback_rules *from, struct document_callbacks *to)
{
    memcpy(to->sampling_key, from->sampling_key, sizeof to->sampling_key);
    for (int32_t kind = 0; kind < callback_kind_count; kind++) {
        for (uint32_t i = 0; i < COUNT(row_figures); i++)
            figure_write(&row_figures[i], &from->kind[kind], (char *)&to->kind[kind] + row_figures[i].from);
    }
    for (uint32_t i = 0; i < COUNT(figures); i++)
        figure_write(&figures[i], from, (char *)to + figures[i].from);
}

/* ---- checks ---- */

int policy_callbacks_check(const struct policy *policy, const struct policy_flaw *place)
{
    const struct callback_rules *rules = &policy->callbacks;
    for (int32_t kind = callback_kind_is_sale_day7; kind <= callback_kind_is_sale_day30; kind++) {
        char path[48];
        snprintf(path, sizeof path, "callbacks.%s.day", choice_name(choice_of_callback_kind(), kind));
        if (rules->kind[kind].day <= rules->kind[kind - 1].day)
            return policy_flaw(place, path, "is %lld, not after the %lld of the callback before it",
                               (long long)rules->kind[kind].day, (long long)rules->kind[kind - 1].day);
    }
    for (int32_t kind = 0; kind < callback_kind_count; kind++) {
        const struct callback_row *row = &rules->kind[kind];
        char path[48];
        snprintf(path, sizeof path, "callbacks.%s.day", choice_name(choice_of_callback_kind(), kind));
        if (row->day == 0)
            return policy_flaw(place, path, "is 0: nobody is called on the day of the visit; percent: 0 turns it off");
    }
    if (rules->give_up_after_ms <= rules->overdue_after_ms)
        return policy_flaw(place, "callbacks.give_up_after", "is not longer than overdue_after");
    return 0;
}

/* story_expect.c - what was expected, found among the cards that came. */
#include "cli/story.h"

#include "cli/fields.h"
#include "core/status.h"
#include "io/json.h"

#include <stdlib.h>

/* ---- a value ---- */

static int record_fits(struct story *story, yaml_node_t *map, const struct record_table *record, struct span card,
                       bool *ret_fits);

/* "915.3" is 915.27 to as many digits as were written. */
static bool figure_fits(const char *text, const struct wire_value *value)
{
    char told[64];
    const char *point = strchr(text, '.');
    double real = value->kind == WIRE_FLOAT  ? value->real
                  : value->kind == WIRE_UINT ? (double)value->natural
                                             : (double)value->integer;
    bool number = value->kind == WIRE_FLOAT || value->kind == WIRE_UINT || value->kind == WIRE_INT;
    snprintf(told, sizeof told, "%.*f", point ? (int)strlen(point + 1) : 0, real);
    return number && strcmp(told, text) == 0;
}

static bool scalar_fits(const char *text, const struct wire_value *value)
{
    switch (value->kind) {
    case WIRE_STR:
        return span_is(value->bytes, text);
    case WIRE_BOOL:
        return strcmp(text, value->truth ? "true" : "false") == 0;
    case WIRE_INT:
    case WIRE_UINT:
    case WIRE_FLOAT:
        return figure_fits(text, value);
    default:
        return false;
    }
}

static int time_fits(struct story *story, yaml_node_t *node, const struct wire_value *value, bool *ret_fits)
{
    int64_t wanted_ms, ms, day_ms = story->day_ms;
    int result = story_time(story, node, &wanted_ms);
    story->day_ms = day_ms;
    *ret_fits = result == 0 && wire_time_ms(value, &ms) == 0 && ms == wanted_ms;
    return result;
}

static int item_fits(struct story *story, yaml_node_t *node, const struct record_table *inner, struct span item,
                     bool *ret_fits)
{
    char text[STORY_TEXT_MAX];
    struct wire_value value;
    struct wire_reader reader = wire_reader(item);
    if (inner)
        return record_fits(story, node, inner, item, ret_fits);
    int result = story_text(story, node, text);
    *ret_fits = result == 0 && wire_read(&reader, &value) == 0 && scalar_fits(text, &value);
    return result;
}

/* Names: just these, in this order. Maps, such as clocks and history: each is there, among others, in this order. */
static int list_fits(struct story *story, yaml_node_t *node, const struct record_table *inner, struct span list,
                     bool *ret_fits)
{
    struct wire_value header;
    struct wire_reader reader = wire_reader(list);
    *ret_fits = false;
    if (node->type != YAML_SEQUENCE_NODE)
        return yaml_refuse(story->file, node, "a list belongs here");
    if (wire_read(&reader, &header) < 0 || header.kind != WIRE_ARRAY)
        return 0;
    uint32_t wanted = yaml_items(node), found = 0;
    for (uint32_t i = 0; i < header.count; i++) {
        struct span item;
        bool fits = false;
        int result = wire_skip(&reader, JSON_DEPTH_MAX, &item);
        if (result == 0 && found < wanted)
            result =
                item_fits(story, yaml_node(story->file, node->data.sequence.items.start[found]), inner, item, &fits);
        if (result < 0)
            return result;
        if (!fits && !inner)
            return 0;
        found += fits;
    }
    *ret_fits = found == wanted;
    return 0;
}

/* A map by names, such as the dimensions of a score. */
static int keyed_fits(struct story *story, yaml_node_t *node, const struct record_table *inner, struct span map,
                      bool *ret_fits)
{
    *ret_fits = true;
    if (node->type != YAML_MAPPING_NODE)
        return yaml_refuse(story->file, node, "a map of maps belongs here");
    for (uint32_t i = 0; i < yaml_pairs(node); i++) {
        const yaml_node_pair_t *pair = &node->data.mapping.pairs.start[i];
        struct wire_value value;
        struct span bytes;
        bool fits = false;
        const char *name = yaml_text(yaml_node(story->file, pair->key));
        int result = wire_find(map, name, &value, &bytes) == 0
                         ? record_fits(story, yaml_node(story->file, pair->value), inner, bytes, &fits)
                         : 0;
        *ret_fits = *ret_fits && fits;
        if (result < 0)
            return result;
    }
    return 0;
}

static int value_fits(struct story *story, yaml_node_t *node, const struct field *field, const struct wire_value *value,
                      struct span bytes, bool *ret_fits)
{
    char text[STORY_TEXT_MAX];
    if (yaml_is_null(node)) {
        *ret_fits = value->kind == WIRE_NIL;
        return 0;
    }
    switch ((enum field_kind)field->kind) {
    case FIELD_TIME:
        return time_fits(story, node, value, ret_fits);
    case FIELD_NAMES:
        return list_fits(story, node, NULL, bytes, ret_fits);
    case FIELD_LIST:
        return list_fits(story, node, field->inner, bytes, ret_fits);
    case FIELD_NESTED:
        return record_fits(story, node, field->inner, bytes, ret_fits);
    case FIELD_KEYED:
        return keyed_fits(story, node, field->inner, bytes, ret_fits);
    default:
        break;
    }
    int result = story_text(story, node, text);
    *ret_fits = result == 0 && scalar_fits(text, value);
    return result;
}

/* Every key that is given equals the card's; a key that such a card can't have is refused. */
static int record_fits(struct story *story, yaml_node_t *map, const struct record_table *record, struct span card,
                       bool *ret_fits)
{
    *ret_fits = true;
    if (map->type != YAML_MAPPING_NODE)
        return yaml_refuse(story->file, map, "the fields of a %s belong here", record->name);
    for (uint32_t i = 0; i < yaml_pairs(map); i++) {
        const yaml_node_pair_t *pair = &map->data.mapping.pairs.start[i];
        const yaml_node_t *key = yaml_node(story->file, pair->key);
        const struct field *field = field_find(record, span_of(yaml_text(key)));
        struct wire_value value;
        struct span bytes;
        bool fits = false;
        if (!field || field->flags & INTERNAL)
            return yaml_refuse(story->file, key, "a %s card has no `%.60s`; `manyi schema --markdown` lists its fields",
                               record->name, yaml_text(key));
        int result = wire_find(card, field->name, &value, &bytes) == 0
                         ? value_fits(story, yaml_node(story->file, pair->value), field, &value, bytes, &fits)
                         : 0;
        if (result < 0)
            return result;
        *ret_fits = *ret_fits && fits;
    }
    return 0;
}

/* ---- an expectation ---- */

/* One line of `expect`, read. */
struct expectation {
    yaml_node_t *node;   /* the whole */
    yaml_node_t *fields; /* of the card */
    const struct record_table *record;
    bool timed; /* a card that comes just then; else a card as it stands at the end */
    bool never; /* no such card ever */
    int64_t at_ms;
};

static const struct record_table *record_expected(const char *word)
{
    const char *name = strcmp(word, "rejected") == 0 ? "rejection" : word;
    for (uint32_t type = EVENT_unknown + 1; type < EVENT_count; type++) {
        const struct event_table *table = event_table((enum event_type)type);
        if (table->class == CLASS_CONSEQUENCE && strcmp(table->record->name, name) == 0)
            return table->record;
    }
    return NULL;
}

static int expectation_read(struct story *story, yaml_node_t *node, struct expectation *ret_expectation)
{
    struct expectation expectation = {.node = node};
    if (node->type != YAML_MAPPING_NODE)
        return yaml_refuse(story->file, node, "an expectation is a map: at, and one card");
    for (uint32_t i = 0; i < yaml_pairs(node); i++) {
        const yaml_node_pair_t *pair = &node->data.mapping.pairs.start[i];
        yaml_node_t *key = yaml_node(story->file, pair->key), *value = yaml_node(story->file, pair->value);
        const char *word = yaml_text(key);
        int result = 0;
        if (strcmp(word, "at") == 0) {
            expectation.timed = true;
            result = story_time(story, value, &expectation.at_ms);
        } else if (strcmp(word, "never") == 0) {
            expectation.never = true;
            result = yaml_text(value) && strcmp(yaml_text(value), "true") == 0
                         ? 0
                         : yaml_refuse(story->file, value, "write `never: true`, or leave it out");
        } else if (expectation.record || !(expectation.record = record_expected(word))) {
            result = yaml_refuse(story->file, key,
                                 "`%.60s`: an expectation has `at` or `never`, and one card such as complaint, "
                                 "escalation, task, score, rejected, notice",
                                 word);
        } else {
            expectation.fields = value;
        }
        if (result < 0)
            return result;
    }
    if (!expectation.record)
        return yaml_refuse(story->file, node, "an expectation names a card, such as escalation: {level: 2}");
    *ret_expectation = expectation;
    return 0;
}

static bool is_newest(const struct story *story, const struct story_card *card)
{
    return story_newest(story, span_of(card->subject)) == card;
}

/* Is this card one that the expectation is about, whatever stands on it? */
static bool is_about(const struct story *story, const struct expectation *expectation, const struct story_card *card)
{
    if (event_table(card->type)->record != expectation->record)
        return false;
    if (expectation->timed)
        return card->at_ms == expectation->at_ms;
    return expectation->never || is_newest(story, card);
}

static void card_tell(const struct story *story, const char *what, const struct story_card *card)
{
    char clock[16], day[32], id[LABEL_MAX_BYTES * 2];
    story_clock(story, card->at_ms, clock);
    story_day(story, card->at_ms, day);
    story_id(story, span_of(card->subject), id, sizeof id);
    printf("  %s %.10s %s  %s  ", what, day, clock, id);
    json_print(stdout, span_make(card->bytes, card->len));
    putchar('\n');
}

static int disappoint(const struct story *story, const struct expectation *expectation, const struct story_card *came)
{
    char *source = NULL;
    size_t len;
    if (yaml_source(story->file, expectation->node, &source, &len) < 0)
        return -E_NO_MEMORY;
    const char *text = source + strspn(source, "\n ");
    printf("%s:%u: %s: %s\n", story->file->path, yaml_line(expectation->node), story->case_name,
           expectation->never ? "this should never come" : "expected, but did not come");
    printf("  expected %s\n", text);
    free(source);
    uint32_t told = 0;
    for (uint32_t i = 0; i < story->card_count && !expectation->never; i++) {
        if (is_about(story, expectation, &story->cards[i]) && told++ < 8)
            card_tell(story, "came    ", &story->cards[i]);
    }
    if (came)
        card_tell(story, "came    ", came);
    else if (told == 0)
        printf("  no %s card %s\n", expectation->record->name, expectation->timed ? "came then" : "came at all");
    return -E_NOT_AS_EXPECTED;
}

static int expectation_meet(struct story *story, yaml_node_t *node)
{
    struct expectation expectation = {0};
    int result = expectation_read(story, node, &expectation);
    struct story_card *met = NULL;
    bool any = false;
    for (uint32_t i = 0; i < story->card_count && result == 0 && !met; i++) {
        struct story_card *card = &story->cards[i];
        bool fits;
        if (!is_about(story, &expectation, card) || (expectation.timed && card->expected))
            continue;
        any = true;
        result = record_fits(story, expectation.fields, expectation.record, span_make(card->bytes, card->len), &fits);
        met = result == 0 && fits ? card : NULL;
    }
    if (result == 0 && !any) { /* its keys are looked at although there is no card to compare with */
        static const uint8_t empty[] = {0x80};
        bool fits;
        result = record_fits(story, expectation.fields, expectation.record, span_make(empty, sizeof empty), &fits);
    }
    if (result < 0)
        return result;
    if (expectation.never != (met == NULL))
        return disappoint(story, &expectation, expectation.never ? met : NULL);
    if (met)
        met->expected = true;
    return 0;
}

/* ---- nothing else ---- */

/* `quiet: [escalation, task]`: of these nothing may come that no expectation has taken. */
static int quiet_keep(struct story *story, yaml_node_t *quiet)
{
    int result = 0;
    if (quiet->type != YAML_SEQUENCE_NODE)
        return yaml_refuse(story->file, quiet, "`quiet` is a list of cards, such as [escalation, task]");
    for (uint32_t i = 0; i < yaml_items(quiet); i++) {
        yaml_node_t *node = yaml_node(story->file, quiet->data.sequence.items.start[i]);
        const struct record_table *record = yaml_text(node) ? record_expected(yaml_text(node)) : NULL;
        if (!record)
            return yaml_refuse(story->file, node, "`%.60s` is no card", yaml_text(node) ? yaml_text(node) : "...");
        for (uint32_t k = 0; k < story->card_count; k++) {
            const struct story_card *card = &story->cards[k];
            if (event_table(card->type)->record != record || card->expected)
                continue;
            if (result == 0)
                printf("%s:%u: %s: nobody expected this\n", story->file->path, yaml_line(node), story->case_name);
            card_tell(story, "came", card);
            result = -E_NOT_AS_EXPECTED;
        }
    }
    return result;
}

int story_expect(struct story *story, yaml_node_t *expects, yaml_node_t *quiet)
{
    int result = 0;
    story->day_ms = INT64_MIN;
    if (expects && expects->type != YAML_SEQUENCE_NODE)
        return yaml_refuse(story->file, expects, "`expect` is a list");
    for (uint32_t i = 0; expects && i < yaml_items(expects); i++) {
        int met = expectation_meet(story, yaml_node(story->file, expects->data.sequence.items.start[i]));
        if (met < 0 && met != -E_NOT_AS_EXPECTED)
            return met;
        result = result == 0 ? met : result;
    }
    int kept = quiet ? quiet_keep(story, quiet) : 0;
    return kept < 0 ? kept : result;
}

/*
 * notices_read.c - from the YAML of a notices file to struct notices, node by node, so that every refusal has its line.
 *
 * (libcyaml, as elsewhere, wants to know every key of a map beforehand; those of `people` are names.)
 */
#include "io/notices_file.h"

#include "core/status.h"
#include "io/yaml_look.h"
#include "schemas/codec.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#define KEYS_MAX 32u /* of any map but people */

struct reading {
    yaml_document_t *document;
    struct notices *notices;
    char *message;
};

__attribute__((format(printf, 3, 4))) static int flaw(const struct reading *reading, const yaml_node_t *node,
                                                      const char *format, ...)
{
    int len = snprintf(reading->message, NOTICES_MESSAGE_MAX, "line %zu: ", node->start_mark.line + 1);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reading->message + len, NOTICES_MESSAGE_MAX - (size_t)len, format, arguments);
    va_end(arguments);
    return -E_BAD_NOTICES;
}

static yaml_node_t *node_at(const struct reading *reading, int index)
{
    return yaml_document_get_node(reading->document, index);
}

static struct span text_of(const yaml_node_t *node)
{
    return span_make(node->data.scalar.value, node->data.scalar.length);
}

static int text_take(const struct reading *reading, const yaml_node_t *node, const char *key, char *ret_text,
                     size_t size)
{
    if (node->type != YAML_SCALAR_NODE)
        return flaw(reading, node, "%s is a text, not a list or a map", key);
    struct span text = text_of(node);
    if (text.len == 0 || text.len >= size)
        return flaw(reading, node, "%s has %zu bytes; from 1 to %zu are allowed", key, text.len, size - 1);
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < 0x20 || text.at[i] == 0x7f)
            return flaw(reading, node, "%s has a line break or a control character in it; write one plain line", key);
    }
    memcpy(ret_text, text.at, text.len);
    ret_text[text.len] = '\0';
    return 0;
}

static int number_take(const struct reading *reading, const yaml_node_t *node, const char *key, uint32_t least,
                       uint32_t most, uint32_t *ret_number)
{
    char text[16], *end;
    int result = text_take(reading, node, key, text, sizeof text);
    if (result < 0)
        return result;
    unsigned long number = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || number < least || number > most)
        return flaw(reading, node, "%s is \"%s\"; use a whole number from %u to %u", key, text, least, most);
    *ret_number = (uint32_t)number;
    return 0;
}

static int word_take(const struct reading *reading, const yaml_node_t *node, const char *key, const char *const *words,
                     uint32_t count, int32_t *ret_word)
{
    char text[32];
    int result = text_take(reading, node, key, text, sizeof text);
    for (uint32_t i = 0; result == 0 && i < count; i++) {
        if (strcmp(text, words[i]) == 0) {
            *ret_word = (int32_t)i;
            return 0;
        }
    }
    char allowed[128] = "";
    for (uint32_t i = 0; i < count; i++)
        snprintf(allowed + strlen(allowed), sizeof allowed - strlen(allowed), "%s%s", i ? ", " : "", words[i]);
    return result ? result : flaw(reading, node, "%s is \"%s\"; use one of %s", key, text, allowed);
}

/* ---- targets ---- */

#define OF(means) (1u << notice_means_is_##means)
#define OF_HTTP (OF(webhook) | OF(wecom) | OF(dingtalk) | OF(feishu))

/* Texts of a target; means that may have it, and that must. */
static const struct target_text {
    const char *key;
    size_t offset, size;
    uint32_t may, must;
} target_texts[] = {
#define TEXT(key, member, may, must)                                                                        \
    {                                                                                                       \
        key, offsetof(struct notice_target, member), sizeof(((struct notice_target *)0)->member), may, must \
    }
    TEXT("url", url, OF_HTTP, OF_HTTP),
    TEXT("host", host, OF(smtp), OF(smtp)),
    TEXT("from", from, OF(smtp), OF(smtp)),
    TEXT("user", user, OF(smtp), 0),
    TEXT("command", command, OF(command), OF(command)),
    TEXT("ca_file", ca_file, OF_HTTP | OF(smtp), 0),
    TEXT("proxy", proxy, OF_HTTP, 0),
    TEXT("secret_file", secret, OF_HTTP, OF(webhook)),
    TEXT("password_file", secret, OF(smtp), 0),
#undef TEXT
};
#define TARGET_TEXTS (sizeof target_texts / sizeof target_texts[0])

static int target_key_take(const struct reading *reading, const yaml_node_t *key, const yaml_node_t *value,
                           struct notice_target *target, uint32_t *given)
{
    static const char *const tls_words[] = {"starttls", "tls", "none"};
    struct span name = text_of(key);
    int32_t word = 0;
    int result = 0;
    if (span_is(name, "name") || span_is(name, "kind"))
        return 0; /* taken before */
    if (span_is(name, "timeout")) {
        result = number_take(reading, value, "timeout", 1, 120, &target->timeout_ms);
        target->timeout_ms *= result == 0 ? 1000 : 1;
        return result;
    }
    if (span_is(name, "port") && target->means == notice_means_is_smtp)
        return number_take(reading, value, "port", 1, 65535, &target->port);
    if (span_is(name, "tls") && target->means == notice_means_is_smtp) {
        result = word_take(reading, value, "tls", tls_words, 3, &word);
        target->tls = (enum notice_tls)word;
        return result;
    }
    for (uint32_t i = 0; i < TARGET_TEXTS; i++) {
        const struct target_text *row = &target_texts[i];
        if (!span_is(name, row->key) || !(row->may & 1u << target->means))
            continue;
        *given |= 1u << i;
        return text_take(reading, value, row->key, (char *)target + row->offset, row->size);
    }
    return flaw(reading, key, "a target of this kind has no key `%.40s`", (const char *)name.at);
}

static int target_whole(const struct reading *reading, const yaml_node_t *node, const struct notice_target *target,
                        uint32_t given)
{
    for (uint32_t i = 0; i < TARGET_TEXTS; i++) {
        if (target_texts[i].must & 1u << target->means && !(given & 1u << i))
            return flaw(reading, node, "target %s lacks `%s`", target->name, target_texts[i].key);
    }
    bool http = OF_HTTP & 1u << target->means;
    if (http && strncmp(target->url, "https://", 8) != 0 && strncmp(target->url, "http://", 7) != 0)
        return flaw(reading, node, "the url of target %s begins with neither https:// nor http://", target->name);
    if (target->means == notice_means_is_command && target->command[0] != '/')
        return flaw(reading, node, "the command of target %s is no absolute path; no shell looks for it", target->name);
    if (target->means == notice_means_is_smtp && target->user[0] && !target->secret[0])
        return flaw(reading, node, "target %s has a user and no `password_file`", target->name);
    if (target->means == notice_means_is_smtp && target->secret[0] && target->tls == NOTICE_PLAIN)
        return flaw(reading, node, "target %s would send a password that everybody can read; use tls: starttls",
                    target->name);
    return 0;
}

/* The pair of a map; NULL: it has none of that key. */
static const yaml_node_t *value_find(const struct reading *reading, const yaml_node_t *map, const char *key)
{
    for (yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top; pair++) {
        const yaml_node_t *node = node_at(reading, pair->key);
        if (node->type == YAML_SCALAR_NODE && span_is(text_of(node), key))
            return node_at(reading, pair->value);
    }
    return NULL;
}

/* Keys are texts, and none stands twice; of people that is looked at when they are in order. */
static int map_check(const struct reading *reading, const yaml_node_t *map, const char *what, uint32_t most)
{
    if (map->type != YAML_MAPPING_NODE)
        return flaw(reading, map, "%s is a map of keys and values", what);
    if (map->data.mapping.pairs.top - map->data.mapping.pairs.start > most)
        return flaw(reading, map, "there are more than %u keys in %s", most, what);
    for (yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = node_at(reading, pair->key);
        if (key->type != YAML_SCALAR_NODE || text_of(key).len == 0)
            return flaw(reading, key, "a key of %s is no text", what);
        if (most <= KEYS_MAX &&
            value_find(reading, map, (const char *)key->data.scalar.value) != node_at(reading, pair->value))
            return flaw(reading, key, "`%.64s` stands twice", (const char *)key->data.scalar.value);
    }
    return 0;
}

static int target_take(const struct reading *reading, const yaml_node_t *node)
{
    static const char *const kinds[] = {[notice_means_is_webhook] = "webhook", [notice_means_is_smtp] = "smtp",
                                        [notice_means_is_wecom] = "wecom",     [notice_means_is_dingtalk] = "dingtalk",
                                        [notice_means_is_feishu] = "feishu",   [notice_means_is_command] = "command"};
    struct notices *notices = reading->notices;
    int result = map_check(reading, node, "a target", KEYS_MAX);
    if (result < 0)
        return result;
    if (notices->target_count == NOTICE_TARGETS_MAX)
        return flaw(reading, node, "there are more than %u targets", NOTICE_TARGETS_MAX);
    struct notice_target *target = &notices->target[notices->target_count];
    *target = (struct notice_target){.timeout_ms = 15000, .line = (uint32_t)node->start_mark.line + 1};
    const yaml_node_t *name = value_find(reading, node, "name"), *kind = value_find(reading, node, "kind");
    if (!name || !kind)
        return flaw(reading, node, "a target lacks `%s`", name ? "kind" : "name");
    result = text_take(reading, name, "name", target->name, sizeof target->name);
    if (result == 0)
        result = word_take(reading, kind, "kind", kinds, sizeof kinds / sizeof kinds[0], &target->means);
    if (result == 0 && notices_target(notices, span_of(target->name)))
        result = flaw(reading, name, "target %s stands twice", target->name);
    uint32_t given = 0;
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; result == 0 && pair < node->data.mapping.pairs.top;
         pair++)
        result = target_key_take(reading, node_at(reading, pair->key), node_at(reading, pair->value), target, &given);
    if (result == 0)
        result = target_whole(reading, node, target, given);
    notices->target_count += result == 0;
    return result;
}

static int targets_take(const struct reading *reading, const yaml_node_t *list)
{
    if (list->type != YAML_SEQUENCE_NODE)
        return flaw(reading, list, "targets is a list, each entry with a name and a kind");
    int result = 0;
    for (yaml_node_item_t *item = list->data.sequence.items.start; result == 0 && item < list->data.sequence.items.top;
         item++)
        result = target_take(reading, node_at(reading, *item));
    return result;
}

/* ---- people ---- */

static int address_check(const struct reading *reading, const yaml_node_t *node, const struct notice_target *target,
                         const char *address)
{
    if (target->means == notice_means_is_smtp) {
        const char *at = strchr(address, '@');
        if (!at || at == address || !at[1] || strpbrk(address, " <>\",;"))
            return flaw(reading, node, "the address for target %s is no mail address", target->name);
    } else if (target->means == notice_means_is_command && !address[0]) {
        return flaw(reading, node, "target %s needs an `address`, such as a telephone number", target->name);
    }
    return 0;
}

static int way_take(const struct reading *reading, const yaml_node_t *node, struct notice_person *person)
{
    struct notices *notices = reading->notices;
    int result = map_check(reading, node, "a way to a person", KEYS_MAX);
    if (result < 0)
        return result;
    if (person->count == NOTICE_ALTERNATIVES_MAX)
        return flaw(reading, node, "a person has at most %u ways", NOTICE_ALTERNATIVES_MAX);
    if (notices->way_count == NOTICE_WAYS_MAX)
        return flaw(reading, node, "there are more than %u ways to people", NOTICE_WAYS_MAX);
    struct notice_way *way = &notices->way[notices->way_count];
    *way = (struct notice_way){0};
    char target[NAME_MAX_BYTES + 1] = "";
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start; result == 0 && pair < node->data.mapping.pairs.top;
         pair++) {
        const yaml_node_t *key = node_at(reading, pair->key), *value = node_at(reading, pair->value);
        if (span_is(text_of(key), "target"))
            result = text_take(reading, value, "target", target, sizeof target);
        else if (span_is(text_of(key), "address"))
            result = text_take(reading, value, "address", way->address, sizeof way->address);
        else
            result = flaw(reading, key, "a way has `target` and `address`, not `%.40s`",
                          (const char *)key->data.scalar.value);
    }
    if (result < 0)
        return result;
    const struct notice_target *found = notices_target(notices, span_of(target));
    if (!found)
        return flaw(reading, node, target[0] ? "no target has the name %s" : "a way lacks `target`%s", target);
    way->target = (uint32_t)(found - notices->target);
    person->count++;
    notices->way_count++;
    return address_check(reading, node, found, way->address);
}

static int person_take(const struct reading *reading, const yaml_node_t *key, const yaml_node_t *list)
{
    struct notices *notices = reading->notices;
    if (notices->person_count == NOTICE_PEOPLE_MAX)
        return flaw(reading, key, "there are more than %u people", NOTICE_PEOPLE_MAX);
    struct notice_person *person = &notices->person[notices->person_count];
    *person = (struct notice_person){.first = notices->way_count, .line = (uint32_t)key->start_mark.line + 1};
    int result = text_take(reading, key, "a person's name", person->name, sizeof person->name);
    if (result == 0 &&
        (list->type != YAML_SEQUENCE_NODE || list->data.sequence.items.start == list->data.sequence.items.top))
        result =
            flaw(reading, list, "%s has a list of ways, at least one: [{target: mail, address: ...}]", person->name);
    for (yaml_node_item_t *item = list->data.sequence.items.start; result == 0 && item < list->data.sequence.items.top;
         item++)
        result = way_take(reading, node_at(reading, *item), person);
    notices->person_count += result == 0;
    return result;
}

static int person_order(const void *a, const void *b)
{
    return strcmp(((const struct notice_person *)a)->name, ((const struct notice_person *)b)->name);
}

static int people_take(const struct reading *reading, const yaml_node_t *map)
{
    int result = map_check(reading, map, "people", NOTICE_PEOPLE_MAX);
    for (yaml_node_pair_t *pair = result == 0 ? map->data.mapping.pairs.start : NULL;
         result == 0 && pair < map->data.mapping.pairs.top; pair++)
        result = person_take(reading, node_at(reading, pair->key), node_at(reading, pair->value));
    struct notices *notices = reading->notices;
    qsort(notices->person, notices->person_count, sizeof notices->person[0], person_order);
    for (uint32_t i = 1; result == 0 && i < notices->person_count; i++) {
        const struct notice_person *person = &notices->person[i], *other = person - 1;
        if (strcmp(person->name, other->name) != 0)
            continue;
        snprintf(reading->message, NOTICES_MESSAGE_MAX, "line %u: %.100s stands twice",
                 person->line > other->line ? person->line : other->line, person->name);
        result = -E_BAD_NOTICES;
    }
    return result;
}

/* ---- the whole ---- */

static int links_take(const struct reading *reading, const yaml_node_t *node)
{
    char *links = reading->notices->links;
    int result = text_take(reading, node, "links", links, sizeof reading->notices->links);
    if (result < 0)
        return result;
    if (strncmp(links, "https://", 8) != 0 && strncmp(links, "http://", 7) != 0)
        return flaw(reading, node,
                    "links is the gateway's address as people reach it, such as https://notices.example.com");
    for (size_t len = strlen(links); links[len - 1] == '/'; len--)
        links[len - 1] = '\0';
    return 0;
}

static int whole_take(const struct reading *reading, const yaml_node_t *root)
{
    static const char *const known[] = {"language", "links", "targets", "people"};
    static const char *const languages[] = {"zh", "en"};
    int result = map_check(reading, root, "a notices file", KEYS_MAX);
    for (yaml_node_pair_t *pair = result == 0 ? root->data.mapping.pairs.start : NULL;
         result == 0 && pair < root->data.mapping.pairs.top; pair++) {
        const yaml_node_t *key = node_at(reading, pair->key);
        bool found = false;
        for (uint32_t i = 0; i < sizeof known / sizeof known[0]; i++)
            found = found || span_is(text_of(key), known[i]);
        if (!found)
            result = flaw(reading, key, "unknown key `%.40s`; there are language, links, targets and people",
                          (const char *)key->data.scalar.value);
    }
    const yaml_node_t *node;
    int32_t language = 0;
    if (result == 0 && (node = value_find(reading, root, "language")))
        result = word_take(reading, node, "language", languages, 2, &language);
    reading->notices->english = language == 1;
    if (result == 0 && (node = value_find(reading, root, "links")))
        result = links_take(reading, node);
    for (uint32_t i = 2; result == 0 && i < 4; i++) {
        node = value_find(reading, root, known[i]);
        if (!node)
            result = flaw(reading, root, "`%s` is missing", known[i]);
        else
            result = i == 2 ? targets_take(reading, node) : people_take(reading, node);
    }
    return result;
}

int notices_parse(struct span text, struct notices *notices, char message[NOTICES_MESSAGE_MAX])
{
    unsigned unreadable = 0;
    char looked[YAML_MESSAGE_MAX];
    memset(notices, 0, sizeof *notices);
    int result = yaml_look(text, &unreadable, looked);
    if (result < 0) {
        snprintf(message, NOTICES_MESSAGE_MAX, "%s", looked);
        return result == -E_BAD_FORMAT ? -E_BAD_NOTICES : result;
    }
    yaml_parser_t parser;
    yaml_document_t document;
    if (!yaml_parser_initialize(&parser))
        return -E_NO_MEMORY;
    yaml_parser_set_input_string(&parser, text.at, text.len);
    if (unreadable > 0 || !yaml_parser_load(&parser, &document)) {
        unsigned line = unreadable ? unreadable : (unsigned)parser.problem_mark.line + 1;
        snprintf(message, NOTICES_MESSAGE_MAX, "line %u: this is no YAML; look at indentation, quotes and tabs", line);
        yaml_parser_delete(&parser);
        return -E_BAD_NOTICES;
    }
    const struct reading reading = {&document, notices, message};
    const yaml_node_t *root = yaml_document_get_root_node(&document);
    if (root) {
        result = whole_take(&reading, root);
    } else {
        snprintf(message, NOTICES_MESSAGE_MAX, "line 1: the file is empty; it has targets and people");
        result = -E_BAD_NOTICES;
    }
    yaml_document_delete(&document);
    yaml_parser_delete(&parser);
    return result;
}

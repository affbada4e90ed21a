/* compare_cards.c - two encoded cards, field by field. */
#include "workers/compare.h"

#include "core/ensure.h"
#include "core/status.h"

#include <stdio.h>

#define PATH_BYTES 192u

struct walk {
    const struct comparison *comparison;
    struct difference difference;
    char path[PATH_BYTES];
};

/* Where a change came from is told by the trace; it is none of its own. Nor is the rulebook's hash: it always differs. */
static bool is_compared(const struct field *field)
{
    static const char *const never[] = {"changed_seq", "history", "policy", "seq"};
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++) {
        if (strcmp(field->name, never[i]) == 0)
            return false;
    }
    return !(field->flags & INTERNAL);
}

static int differ(struct walk *walk, const char *path, const struct span value[SIDES])
{
    walk->difference.field = path;
    walk->difference.value[TODAY] = value[TODAY];
    walk->difference.value[OTHER] = value[OTHER];
    return walk->comparison->differ(walk->comparison->context, &walk->difference);
}

static struct span value_of(struct span map, const char *key)
{
    struct wire_value value;
    struct span bytes;
    return map.len && wire_find(map, key, &value, &bytes) == 0 ? bytes : (struct span){0};
}

static bool is_map(struct span bytes)
{
    struct wire_value value;
    struct wire_reader reader = wire_reader(bytes);
    return bytes.len && wire_read(&reader, &value) == 0 && value.kind == WIRE_MAP;
}

static int maps_compare(struct walk *walk, const struct record_table *record, const struct span map[SIDES],
                        const char *prefix);

/* The item of a list that is called so: clocks by their kind. */
static struct span item_called(struct span list, const char *key, struct span name)
{
    struct wire_value header, value;
    struct wire_reader reader = wire_reader(list);
    struct span item, bytes;
    if (list.len == 0 || wire_read(&reader, &header) < 0 || header.kind != WIRE_ARRAY)
        return (struct span){0};
    for (uint32_t i = 0; i < header.count && wire_skip(&reader, EVENT_DEPTH_MAX, &item) == 0; i++) {
        if (wire_find(item, key, &value, &bytes) == 0 && value.kind == WIRE_STR && span_equal(value.bytes, name))
            return item;
    }
    return (struct span){0};
}

/* Lists of maps are compared by what their first field calls each. */
static int lists_compare(struct walk *walk, const struct field *field, const struct span list[SIDES], const char *path)
{
    const char *key = field->inner->fields[0].name;
    int result = 0;
    for (int side = TODAY; side < SIDES && result == 0; side++) {
        struct wire_value header, name;
        struct wire_reader reader = wire_reader(list[side]);
        struct span items[SIDES], bytes;
        if (list[side].len == 0 || wire_read(&reader, &header) < 0 || header.kind != WIRE_ARRAY)
            continue;
        for (uint32_t i = 0; i < header.count && result == 0; i++) {
            char inner[PATH_BYTES];
            if (wire_skip(&reader, EVENT_DEPTH_MAX, &items[side]) < 0 ||
                wire_find(items[side], key, &name, &bytes) < 0 || name.kind != WIRE_STR)
                continue;
            items[1 - side] = item_called(list[1 - side], key, name.bytes);
            if (side == OTHER && items[TODAY].len)
                continue; /* met already */
            int len = snprintf(inner, sizeof inner, "%s.%.*s", path, SPAN_ARGS(name.bytes));
            ensure(len > 0); /* a path that is longer is cut: it only names the place */
            result = items[1 - side].len ? maps_compare(walk, field->inner, items, inner) : differ(walk, inner, items);
        }
    }
    return result;
}

static int field_compare(struct walk *walk, const struct field *field, const struct span map[SIDES], const char *prefix)
{
    char path[PATH_BYTES];
    const struct span value[SIDES] = {value_of(map[TODAY], field->name), value_of(map[OTHER], field->name)};
    if (span_equal(value[TODAY], value[OTHER]))
        return 0;
    snprintf(path, sizeof path, "%s%s%s", prefix, prefix[0] ? "." : "", field->name);
    if (field->kind == FIELD_NESTED && is_map(value[TODAY]) && is_map(value[OTHER]))
        return maps_compare(walk, field->inner, value, path);
    if (field->kind == FIELD_LIST)
        return lists_compare(walk, field, value, path);
    return differ(walk, path, value);
}

static int maps_compare(struct walk *walk, const struct record_table *record, const struct span map[SIDES],
                        const char *prefix)
{
    int result = 0;
    for (uint32_t i = 0; i < record->field_count && result == 0; i++) {
        if (is_compared(&record->fields[i]))
            result = field_compare(walk, &record->fields[i], map, prefix);
    }
    return result;
}

int compare_cards(const struct record_table *record, struct span id, const struct span card[SIDES],
                  const struct comparison *comparison)
{
    struct walk walk = {
        .comparison = comparison,
        .difference = {.record = record, .id = id, .card = {card[TODAY], card[OTHER]}},
    };
    if (card[TODAY].len == 0 || card[OTHER].len == 0)
        return differ(&walk, NULL, card);
    return maps_compare(&walk, record, card, walk.path);
}

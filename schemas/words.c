/* words.c - templates of words.def, filled in. */
#include "schemas/words.h"

#include "schemas/codec.h"

static const struct {
    const char *type, *en, *zh;
} rows[] = {
#define WORDS(type, en, zh) {type, en, zh},
#define RULES(type, keys)
#include "schemas/words.def"
#undef WORDS
#undef RULES
};

static const struct {
    const char *type, *keys;
} rules[] = {
#define WORDS(type, en, zh)
#define RULES(type, keys) {type, keys},
#include "schemas/words.def"
#undef WORDS
#undef RULES
};

const char *words_template(struct span type, enum words_language language)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (span_is(type, rows[i].type))
            return language == WORDS_ZH ? rows[i].zh : rows[i].en;
    }
    return NULL;
}

const char *words_rules(struct span type)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (span_is(type, rules[i].type))
            return rules[i].keys;
    }
    return NULL;
}

struct span words_zh(struct span word)
{
    const struct choice_table *const *tables;
    uint32_t count = choice_tables(&tables);
    int32_t item;
    for (uint32_t i = 0; i < count; i++) {
        if (choice_item_of(tables[i], word, &item) == 0)
            return span_of(tables[i]->items[item].zh);
    }
    return word;
}

/* A text that grows up to a bound. */
struct growing {
    char *text;
    size_t len;
    size_t size;
};

static void grow(struct growing *growing, struct span more)
{
    size_t room = growing->size - 1 - growing->len;
    size_t len = more.len < room ? more.len : room;
    while (len > 0 && len < more.len && (more.at[len] & 0xc0) == 0x80)
        len--; /* not within a character */
    if (len > 0)
        memcpy(growing->text + growing->len, more.at, len);
    growing->len += len;
    growing->text[growing->len] = '\0';
}

/* Fills one template in, from `at` to its end or to the ']' of an optional part; false when a figure is missing. */
static bool fill(const char **at, struct span by, struct span said, struct growing *growing)
{
    bool whole = true;
    while (**at != '\0' && **at != ']') {
        struct span figure = {0};
        if (strncmp(*at, "{by}", 4) == 0) {
            figure = by;
            *at += 4;
        } else if (strncmp(*at, "{said}", 6) == 0) {
            figure = said;
            *at += 6;
        } else if (**at == '[') {
            size_t before = growing->len;
            (*at)++;
            if (!fill(at, by, said, growing)) {
                growing->len = before;
                growing->text[before] = '\0';
            }
            *at += **at == ']';
            continue;
        } else {
            size_t len = 1 + strcspn(*at + 1, "{[]");
            grow(growing, span_make(*at, len));
            *at += len;
            continue;
        }
        whole = whole && figure.len > 0;
        grow(growing, figure);
    }
    return whole;
}

void words_say(struct span type, struct span by, struct span said, enum words_language language, char *ret_text,
               size_t size)
{
    struct growing growing = {.text = ret_text, .size = size};
    const char *at = words_template(type, language);
    ret_text[0] = '\0';
    if (language == WORDS_ZH)
        said = words_zh(said);
    if (at) {
        fill(&at, by, said, &growing);
        return;
    }
    grow(&growing, type);
    if (by.len > 0) {
        grow(&growing, span_of(" "));
        grow(&growing, by);
    }
    if (said.len > 0) {
        grow(&growing, span_of(": "));
        grow(&growing, said);
    }
}

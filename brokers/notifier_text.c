/* notifier_text.c - from what the cards say to a message: title, plain text, markdown, and a map for programs. */
#include "brokers/notifier_parts.h"

#include "core/ensure.h"
#include "core/sample.h"
#include "core/status.h"

#include <inttypes.h>
#include <stdio.h>

#define LINK_LIFE_MS (7ll * 24 * 3600 * 1000)
#define VALUE_MAX (NOTICE_TEXT_MAX + LINK_TEXT_MAX + 8u)

enum word {
#define WORD(name, zh, en) WORD_##name,
#include "brokers/notifier_words.def"
    WORDS_COUNT
};

static const struct {
    const char *zh, *en;
} words[WORDS_COUNT] = {
#define WORD(name, zh, en) [WORD_##name] = {zh, en},
#include "brokers/notifier_words.def"
};

static const struct {
    const char *name, *zh, *en;
} kinds[] = {
#define KIND(kind, zh, en) {#kind, zh, en},
#include "brokers/notifier_words.def"
};

/* ---- filling in ---- */

struct page {
    char *at;
    size_t size, len;
    bool markdown; /* what is filled in may not be taken for a mark */
};

/* Whole characters, as far as they fit. */
static void page_text(struct page *page, const char *text, size_t len)
{
    size_t room = page->size - 1 - page->len;
    size_t kept = len < room ? len : room;
    while (kept < len && kept > 0 && ((uint8_t)text[kept] & 0xc0) == 0x80)
        kept--;
    memcpy(page->at + page->len, text, kept);
    page->len += kept;
    page->at[page->len] = '\0';
}

struct fill {
    const struct notifier *notifier;
    const struct telling *telling;
    uint32_t count;
    char due[96];
    char link[VALUE_MAX];
    char code[REPLY_CODE_MAX];
};

static const char *word_of(const struct fill *fill, enum word word)
{
    return fill->notifier->notices->english ? words[word].en : words[word].zh;
}

/* 2 h 5 min; 3 d 4 h. */
static void duration_write(const struct fill *fill, int64_t ms, char *text, size_t size)
{
    bool english = fill->notifier->notices->english;
    int64_t minutes = (ms < 0 ? -ms : ms) / 60000;
    if (minutes < 60)
        snprintf(text, size, english ? "%" PRId64 " min" : "%" PRId64 " 分钟", minutes);
    else if (minutes < 48 * 60)
        snprintf(text, size, english ? "%" PRId64 " h %" PRId64 " min" : "%" PRId64 " 小时 %" PRId64 " 分钟",
                 minutes / 60, minutes % 60);
    else
        snprintf(text, size, english ? "%" PRId64 " d %" PRId64 " h" : "%" PRId64 " 天 %" PRId64 " 小时",
                 minutes / 1440, minutes / 60 % 24);
}

static const char *grade_word(const struct fill *fill)
{
    const struct choice_table *table = choice_of_grade();
    int32_t grade = fill->telling->grade;
    if (grade < 0 || grade >= (int32_t)table->count)
        return "";
    return fill->notifier->notices->english ? table->items[grade].name : table->items[grade].zh;
}

static const char *kind_word(const struct fill *fill)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].name, fill->telling->kind) == 0)
            return fill->notifier->notices->english ? kinds[i].en : kinds[i].zh;
    }
    return fill->telling->kind;
}

static void value_write(const struct fill *fill, struct span key, char value[VALUE_MAX])
{
    const struct telling *telling = fill->telling;
    value[0] = '\0';
    if (span_is(key, "count"))
        snprintf(value, VALUE_MAX, "%" PRIu32, fill->count);
    else if (span_is(key, "id"))
        snprintf(value, VALUE_MAX, "%s", telling->id);
    else if (span_is(key, "about"))
        snprintf(value, VALUE_MAX, "%s", telling->about);
    else if (span_is(key, "place"))
        snprintf(value, VALUE_MAX, "%s%s%s", telling->store, telling->department[0] ? "/" : "", telling->department);
    else if (span_is(key, "grade"))
        snprintf(value, VALUE_MAX, "%s", grade_word(fill));
    else if (span_is(key, "kind"))
        snprintf(value, VALUE_MAX, "%s", kind_word(fill));
    else if (span_is(key, "percent"))
        snprintf(value, VALUE_MAX, "%" PRIu32, telling->percent);
    else if (span_is(key, "level"))
        snprintf(value, VALUE_MAX, "%" PRIu32, telling->level);
    else if (span_is(key, "to"))
        snprintf(value, VALUE_MAX, "%s", telling->key.to);
    else if (span_is(key, "because"))
        snprintf(value, VALUE_MAX, "%s", telling->because);
    else if (span_is(key, "waited"))
        duration_write(fill, fill->notifier->now.wall_ms - telling->raised_ms, value, VALUE_MAX);
    else if (span_is(key, "due"))
        snprintf(value, VALUE_MAX, "%s", fill->due);
    else if (span_is(key, "link"))
        snprintf(value, VALUE_MAX, "%s", fill->link);
    else if (span_is(key, "code"))
        snprintf(value, VALUE_MAX, "%s", fill->code);
    else
        ensure(!"a word names nothing else");
}

static void page_word(struct page *page, const struct fill *fill, enum word word)
{
    const char *at = word_of(fill, word);
    char value[VALUE_MAX];
    for (const char *open; (open = strchr(at, '{')); at = strchr(open, '}') + 1) {
        struct span key = span_make(open + 1, (size_t)(strchr(open, '}') - open - 1));
        page_text(page, at, (size_t)(open - at));
        value_write(fill, key, value);
        for (char *c = value; page->markdown && *c && !span_is(key, "link"); c++)
            *c = strchr("[]()<>*_`#", *c) ? (*c == '_' ? '-' : ' ') : *c;
        page_text(page, value, strlen(value));
    }
    page_text(page, at, strlen(at));
}

/* ---- one notice ---- */

/* The same each time that this notice is sent again, and nobody's who has not the secret. */
static void fill_make(const struct notifier *notifier, const struct telling *telling, uint32_t count, struct fill *fill)
{
    *fill = (struct fill){.notifier = notifier, .telling = telling, .count = count};
    if (telling->channel == NOTIFY_TASK) {
        int64_t left_ms = telling->due_ms - notifier->now.wall_ms;
        char duration[48], *text = fill->due;
        duration_write(fill, left_ms, duration, sizeof duration);
        const char *word = word_of(fill, left_ms >= 0 ? WORD_left : WORD_over);
        const char *open = strchr(word, '{');
        snprintf(text, sizeof fill->due, "%.*s%s%s", (int)(open - word), word, duration, strchr(open, '}') + 1);
    }
    if (telling->channel != NOTIFY_ESCALATION || !notifier->has_links)
        return;
    char what[NAME_MAX_BYTES + LABEL_MAX_BYTES + 32], text[LINK_TEXT_MAX];
    int len = snprintf(what, sizeof what, "%s~%" PRIu32 "~%s", telling->id, telling->key.repeat, telling->key.to);
    struct link link = {
        .purpose = LINK_ACKNOWLEDGE,
        .expires_ms = telling->key.deliver_from_ms + LINK_LIFE_MS,
        .subject = span_of(telling->id),
        .person = span_of(telling->key.to),
    };
    link_nonce(notifier->link_secret, span_make(what, (size_t)len), link.nonce);
    if (notifier->notices->links[0] && link_write(notifier->link_secret, &link, text) == 0)
        snprintf(fill->link, sizeof fill->link, "%s/ack/%s", notifier->notices->links, text);
    reply_code_write(notifier->link_secret, link.subject, link.person, fill->code);
}

static enum word title_of(const struct telling *telling)
{
    if (telling->channel == NOTIFY_TASK)
        return WORD_title_task;
    if (telling->channel == NOTIFY_CALLBACK)
        return WORD_title_callback;
    return telling->percent > 0 ? WORD_title_clock : WORD_title_other;
}

static void page_line(struct page *page, const struct fill *fill, enum word word)
{
    page_text(page, page->markdown ? "\n\n" : "\n", page->markdown ? 2 : 1);
    page_word(page, fill, word);
}

/* How it is acknowledged. A telephone's message has the shortest way alone. */
static void page_ways(struct page *page, const struct fill *fill, bool is_short)
{
    if (fill->telling->channel != NOTIFY_ESCALATION)
        return;
    if (fill->link[0])
        page_line(page, fill, page->markdown ? WORD_by_link_markdown : WORD_by_link);
    if (fill->code[0])
        page_line(page, fill, WORD_by_code);
    if (!fill->link[0] && !is_short)
        page_line(page, fill, WORD_by_command);
}

static void page_notice(struct page *page, const struct fill *fill, bool is_short)
{
    if (!is_short)
        page_line(page, fill, fill->telling->channel == NOTIFY_ESCALATION ? WORD_waited : WORD_addressed);
    if (!is_short && fill->telling->because[0])
        page_line(page, fill, WORD_because);
    page_ways(page, fill, is_short);
}

/* ---- for programs ---- */

static void pair_text(struct wire_writer *writer, const char *key, const char *text)
{
    wire_key(writer, key);
    if (text[0])
        wire_text(writer, span_of(text));
    else
        wire_nil(writer);
}

static void pair_time(struct wire_writer *writer, const char *key, int64_t ms)
{
    wire_key(writer, key);
    if (ms > 0)
        wire_time_text(writer, ms);
    else
        wire_nil(writer);
}

static void notice_write(struct wire_writer *writer, const struct fill *fill)
{
    static const char *const channels[NOTIFY_CHANNELS] = {"escalation", "task", "callback"};
    const struct telling *telling = fill->telling;
    bool escalation = telling->channel == NOTIFY_ESCALATION;
    wire_map(writer, 15);
    pair_text(writer, "channel", channels[telling->channel]);
    pair_text(writer, "id", telling->id);
    pair_text(writer, "about", telling->about);
    pair_text(writer, "store", telling->store);
    pair_text(writer, "department", telling->department);
    pair_text(writer, "kind", telling->kind);
    pair_text(writer, "grade", telling->grade < 0 ? "" : choice_name(choice_of_grade(), telling->grade));
    pair_text(writer, "because", telling->because);
    pair_text(writer, "link", fill->link);
    pair_text(writer, "code", fill->code);
    pair_time(writer, "raised_at", telling->raised_ms);
    pair_time(writer, "due_at", telling->due_ms);
    wire_key(writer, "repeat");
    wire_natural(writer, telling->key.repeat);
    wire_key(writer, "percent");
    wire_natural(writer, telling->percent);
    wire_key(writer, "level");
    if (escalation)
        wire_natural(writer, telling->level);
    else
        wire_nil(writer);
}

/* ---- the message ---- */

static void id_write(const struct notifier *notifier, const uint32_t *members, uint32_t count,
                     char ret_id[COURIER_ID_MAX])
{
    char id[COURIER_ID_MAX] = "";
    uint64_t hash = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct telling *telling = &notifier->errand[members[i]].telling;
        uint64_t to = siphash(0, 0, span_of(telling->key.to)) & 0xffff;
        snprintf(id, sizeof id, "%s~%" PRIu32 "~%" PRId64 "~%04" PRIx64, telling->id, telling->key.repeat,
                 telling->key.deliver_from_ms / 1000, to);
        hash = siphash(hash, count, span_of(id));
    }
    if (count > 1)
        snprintf(id, sizeof id, "digest~%" PRIu32 "~%016" PRIx64, count, hash);
    memcpy(ret_id, id, sizeof id);
}

void notifier_write(struct notifier *notifier, const uint32_t *members, uint32_t count,
                    const struct notice_target *target, char ret_id[COURIER_ID_MAX],
                    struct courier_message *ret_message)
{
    struct page title = {.at = notifier->title, .size = sizeof notifier->title};
    struct page text = {.at = notifier->text, .size = sizeof notifier->text};
    struct page marks = {.at = notifier->markdown, .size = sizeof notifier->markdown, .markdown = true};
    bool is_short = target->means == notice_means_is_command;
    struct wire_writer writer;
    struct fill fill;
    ensure(count >= 1 && count <= DIGEST_MAX);
    wire_writer_init(&writer, notifier->data, sizeof notifier->data);
    wire_map(&writer, 3);
    pair_text(&writer, "type", "manyi.notice");
    pair_time(&writer, "timestamp", notifier->now.wall_ms);
    wire_key(&writer, "data");
    wire_map(&writer, 2);
    pair_text(&writer, "to", notifier->errand[members[0]].telling.key.to);
    wire_key(&writer, "notices");
    wire_array(&writer, count);
    for (uint32_t i = 0; i < count; i++) {
        const struct telling *telling = &notifier->errand[members[i]].telling;
        fill_make(notifier, telling, count, &fill);
        if (i == 0) {
            page_word(&title, &fill, count > 1 ? WORD_title_digest : title_of(telling));
            page_text(&marks, "### ", 4);
        }
        if (i == 0 && count > 1) {
            page_word(&text, &fill, WORD_title_digest);
            page_word(&marks, &fill, WORD_title_digest);
        }
        if (count > 1) {
            page_text(&text, "\n\n", 2);
            page_text(&marks, "\n\n**", 4);
        }
        page_word(&text, &fill, title_of(telling));
        page_word(&marks, &fill, title_of(telling));
        if (count > 1)
            page_text(&marks, "**", 2);
        page_notice(&text, &fill, is_short);
        page_notice(&marks, &fill, is_short);
        notice_write(&writer, &fill);
    }
    ensure(!writer.full);
    page_text(&text, "\n", 1);
    id_write(notifier, members, count, ret_id);
    *ret_message = (struct courier_message){
        .id = span_of(ret_id),
        .title = span_make(title.at, title.len),
        .text = span_make(text.at, text.len),
        .markdown = span_make(marks.at, marks.len),
        .body = wire_written(&writer),
    };
}

void notifier_test_write(const struct notices *notices, int64_t wall_ms, const char *id,
                         uint8_t body[NOTIFIER_TEST_BYTES], struct courier_message *ret_message)
{
    const char *title = notices->english ? words[WORD_test_title].en : words[WORD_test_title].zh;
    const char *text = notices->english ? words[WORD_test_text].en : words[WORD_test_text].zh;
    struct wire_writer writer;
    wire_writer_init(&writer, body, NOTIFIER_TEST_BYTES);
    wire_map(&writer, 3);
    pair_text(&writer, "type", "manyi.test");
    pair_time(&writer, "timestamp", wall_ms);
    wire_key(&writer, "data");
    wire_map(&writer, 1);
    pair_text(&writer, "text", text);
    ensure(!writer.full);
    *ret_message = (struct courier_message){
        .id = span_of(id),
        .title = span_of(title),
        .text = span_of(text),
        .markdown = span_of(text),
        .body = wire_written(&writer),
    };
}

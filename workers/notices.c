/* notices.c - counts notices, and says the first and some of the later ones. */
#include "workers/notices.h"

#include "core/status.h"
#include "workers/step.h"

#include <stdio.h>

struct span notice_id(struct span key, char text[NAME_MAX_BYTES + 1], struct span *ret_kind)
{
    char whole[NOTICE_KEY_MAX + 3];
    const uint8_t *end = memchr(key.at, 0, key.len);
    struct span kind = span_make(key.at, end ? (size_t)(end - key.at) : key.len);
    size_t past = end ? kind.len + 1 : key.len;
    struct span about = span_make(key.at + past, key.len - past);
    int len = snprintf(whole, sizeof whole, "N-%.*s%s%.*s", SPAN_ARGS(kind), about.len ? "-" : "", SPAN_ARGS(about));
    ensure(len > 0);
    /* too long for a subject: two that differ must stay two */
    if ((size_t)len > NAME_MAX_BYTES)
        len = snprintf(whole, sizeof whole, "N-%.*s-%016llx", SPAN_ARGS(kind),
                       (unsigned long long)fact_fingerprint(kind, about));
    ensure((size_t)len <= NAME_MAX_BYTES);
    memcpy(text, whole, (size_t)len + 1);
    *ret_kind = kind;
    return span_make(text, (size_t)len);
}

static int notice_count(struct fold *fold, struct span key, struct span said, bool each)
{
    const struct cause *cause = &fold->step.cause;
    struct notice_row row = {0};
    int result = state_notice_get(fold->txn, key, &row);
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    said.len = said.len < NOTICE_SAID_MAX ? said.len : NOTICE_SAID_MAX;
    row = (struct notice_row){.count = row.count + 1, .seq = cause->seq, .at_ms = cause->at_ms, .said = said};
    result = state_notice_put(fold->txn, key, &row);
    fold->writes++;
    if (result < 0 || !(each || row.count == 1 || row.count % NOTICE_EVERY == 0))
        return result;
    char id[NAME_MAX_BYTES + 1];
    struct notice card = {
        .seq = (int64_t)cause->seq,
        .count = (int64_t)row.count,
        .at = cause->at_ms,
    };
    card.id = notice_id(key, id, &card.kind);
    if (said.len)
        SET(&card, notice, said, said);
    fold_say(fold, EVENT_system_noticed, card.id, cause->seq, &card);
    return 0;
}

int fold_notice(struct fold *fold, const char *kind, struct span said, bool each)
{
    return notice_count(fold, span_of(kind), said, each);
}

/* No more subjects of this kind: its others are counted already, or its places are taken. */
static int kind_is_full(struct fold *fold, struct span kind, bool *ret_full)
{
    struct notice_row others;
    struct store_cursor *cursor;
    struct span key, value;
    int result = state_notice_get(fold->txn, kind, &others);
    *ret_full = result == 0;
    if (result != -E_NOT_FOUND)
        return result;
    result = store_cursor_open(fold->txn, STATE_NOTICES, &cursor);
    if (result < 0)
        return result;
    uint32_t count = 0;
    result = store_seek(cursor, kind, &key, &value);
    while (result == 0 && key.len > kind.len && memcmp(key.at, kind.at, kind.len) == 0 && key.at[kind.len] == 0) {
        count++;
        result = store_next(cursor, &key, &value);
    }
    store_cursor_close(cursor);
    *ret_full = count >= NOTICE_SUBJECTS_MAX;
    return result == -E_NOT_FOUND ? 0 : result;
}

int fold_notice_about(struct fold *fold, const char *kind, struct span about, struct span said)
{
    uint8_t key[NOTICE_KEY_MAX];
    struct notice_row known;
    size_t len = strlen(kind);
    ensure(len + 1 + about.len <= sizeof key);
    memcpy(key, kind, len + 1);
    memcpy(key + len + 1, about.at, about.len);
    struct span whole = span_make(key, len + 1 + about.len);
    int result = state_notice_get(fold->txn, whole, &known);
    bool full = false;
    if (result == -E_NOT_FOUND)
        result = kind_is_full(fold, span_of(kind), &full);
    if (result < 0)
        return result;
    if (!full)
        return notice_count(fold, whole, said, false);
    char others[NOTICE_SAID_MAX];
    snprintf(others, sizeof others, "others, such as %.*s", SPAN_ARGS(said));
    return notice_count(fold, span_of(kind), span_of(others), false);
}

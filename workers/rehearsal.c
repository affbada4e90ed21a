/* rehearsal.c - one turn after the other, and the ticks between the events. */
#include "workers/rehearsal.h"

#include "core/status.h"
#include "workers/cases.h"

#include <stdio.h>
#include <stdlib.h>

#define LINEAGE "rehearsal"
#define TICKS_SOURCE "/manyi/intake"
#define BIN_HEADER 5u /* as consequences.c writes it */

struct rehearsal {
    struct rehearsal_options options;
    struct fold *fold;
    int64_t at_ms;
    struct entry original;
};

static int hear_all(struct rehearsal *rehearsal);

int rehearsal_open(const struct rehearsal_options *options, struct rehearsal **ret_rehearsal)
{
    struct rehearsal *rehearsal = calloc(1, sizeof *rehearsal);
    if (!rehearsal)
        return -E_NO_MEMORY;
    rehearsal->options = *options;
    rehearsal->at_ms = INT64_MIN;
    int result = fold_open(options->dir, &rehearsal->fold);
    if (result == 0)
        result = fold_begin(rehearsal->fold, LINEAGE);
    if (result < 0) {
        rehearsal_close(rehearsal);
        return result;
    }
    if (!options->hear)
        rehearsal->fold->silent_upto.seq = UINT64_MAX;
    *ret_rehearsal = rehearsal;
    return 0;
}

void rehearsal_close(struct rehearsal *rehearsal)
{
    if (!rehearsal)
        return;
    fold_close(rehearsal->fold);
    free(rehearsal);
}

struct fold *rehearsal_fold(struct rehearsal *rehearsal)
{
    return rehearsal->fold;
}

uint64_t rehearsal_next_seq(const struct rehearsal *rehearsal)
{
    return rehearsal->fold->head.position.seq + 1;
}

int rehearsal_settle(struct rehearsal *rehearsal)
{
    return fold_commit(rehearsal->fold);
}

/* ---- hearing ---- */

static int hear_one(struct rehearsal *rehearsal, const struct spoken_cause *cause, struct span event)
{
    struct wire_value type, subject, time, data;
    struct span bytes, card;
    struct heard heard = {.cause_seq = cause->seq, .cause_step = cause->step};
    bool whole = wire_find(event, "type", &type, &bytes) == 0 && wire_find(event, "subject", &subject, &bytes) == 0 &&
                 wire_find(event, "time", &time, &bytes) == 0 && wire_find(event, "data", &data, &card) == 0;
    ensure(whole && wire_time_ms(&time, &heard.at_ms) == 0);
    heard.type = event_type_of(type.bytes);
    heard.subject = subject.bytes;
    heard.card = card;
    return rehearsal->options.hear(rehearsal->options.context, &heard);
}

/* Everything that the last steps have said. */
static int hear_all(struct rehearsal *rehearsal)
{
    struct consequences *said = &rehearsal->fold->consequences;
    int result = 0;
    for (uint32_t i = 0; i < said->cause_count && result == 0; i++) {
        const struct spoken_cause *cause = &said->cause[i];
        const uint8_t *at = said->bytes + cause->offset;
        for (uint32_t k = 0; k < cause->count && result == 0; k++) {
            size_t len = (size_t)at[1] << 24 | (size_t)at[2] << 16 | (size_t)at[3] << 8 | at[4];
            result = hear_one(rehearsal, cause, span_make(at + BIN_HEADER, len));
            at += BIN_HEADER + len;
        }
    }
    consequences_clear(said);
    return result;
}

/* ---- entries ---- */

static int turn_end(struct rehearsal *rehearsal)
{
    int result = fold_commit(rehearsal->fold);
    return result < 0 ? result : fold_begin(rehearsal->fold, LINEAGE);
}

/* What a correction is about. */
static int fetch(struct rehearsal *rehearsal, struct original *original)
{
    uint64_t seq = rehearsal->fold->wanted_seq;
    int (*find)(void *, uint64_t, struct entry *) = rehearsal->options.find;
    int result = find ? find(rehearsal->options.context, seq, &rehearsal->original) : -E_NOT_FOUND;
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    *original = (struct original){.seq = seq, .entry = result == 0 ? &rehearsal->original : NULL};
    return 0;
}

int rehearsal_entry(struct rehearsal *rehearsal, const struct entry *entry)
{
    struct fold *fold = rehearsal->fold;
    struct original original;
    bool known = false;
    ensure(entry->at_ms >= rehearsal->at_ms);
    rehearsal->at_ms = entry->at_ms;
    for (;;) {
        int result = fold_is_full(fold) ? turn_end(rehearsal) : 0;
        if (result == 0)
            result = fold_entry(fold, entry, known ? &original : NULL);
        int heard = hear_all(rehearsal);
        if (result >= 0 && heard < 0)
            result = heard;
        if (result == FOLD_WANTS) {
            result = fetch(rehearsal, &original);
            known = true;
        } else if (result == FOLD_PAUSES) {
            result = turn_end(rehearsal);
        } else {
            return result;
        }
        if (result < 0)
            return result;
    }
}

/* ---- time ---- */

/* When the worker would want to be woken; NEVER. */
static int wake_at(struct rehearsal *rehearsal, int64_t *ret_wake_ms)
{
    struct case_key key;
    struct fold *fold = rehearsal->fold;
    int64_t wake_ms = NEVER;
    int64_t dirty_second = fold->head.position.dirty_second;
    int result = timers_first(fold->txn, &wake_ms, &key);
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    if (result == -E_NOT_FOUND)
        wake_ms = NEVER;
    if (dirty_second && (dirty_second + 1) * 1000 < wake_ms)
        wake_ms = (dirty_second + 1) * 1000;
    *ret_wake_ms = wake_ms;
    return 0;
}

static int tick(struct rehearsal *rehearsal, int64_t wake_ms)
{
    char id[32];
    uint8_t event[512];
    struct ticked ticked = {0};
    struct wire_writer writer;
    uint64_t seq = rehearsal_next_seq(rehearsal);
    int64_t at_ms = wake_ms > rehearsal->at_ms ? wake_ms : rehearsal->at_ms;
    snprintf(id, sizeof id, "tick-%llu", (unsigned long long)seq);
    SET(&ticked, ticked, wake_at, wake_ms);
    wire_writer_init(&writer, event, sizeof event);
    event_encode(&(struct event_draft){.id = span_of(id),
                                       .source = span_of(TICKS_SOURCE),
                                       .type = EVENT_clock_ticked,
                                       .time_ms = at_ms,
                                       .data = &ticked},
                 &writer);
    return rehearsal_entry(rehearsal, &(struct entry){.seq = seq, .at_ms = at_ms, .event = wire_written(&writer)});
}

int rehearsal_pass(struct rehearsal *rehearsal, int64_t until_ms)
{
    for (;;) {
        int64_t wake_ms;
        int result = wake_at(rehearsal, &wake_ms);
        if (result < 0 || wake_ms == NEVER || wake_ms > until_ms)
            return result;
        result = tick(rehearsal, wake_ms);
        if (result < 0)
            return result;
    }
}

/*
 * checks_consequences.c - what the worker concludes: each once, in the order of causes, each of a cause together, each known to the
 * oracle; a level never falls while a case is open; a notice is raised once and repeated one by one.
 */
#include "core/callback.h"
#include "core/ensure.h"
#include "core/status.h"
#include "tests/sim/checks_inside.h"
#include "workers/cases.h"
#include "workers/consequences.h"
#include "workers/kinds.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The newest card of a subject. */
struct told {
    char subject[CASE_ID_MAX + 1];
    enum card_channel channel;
    uint64_t seq;
    uint64_t card_hash;
    int64_t level, repeat, status;
    bool seen; /* at the end: the state has it */
};

#define TAKEOVERS_MAX 64u /* new versions of the rules in one world */

struct spoken {
    struct table ids;
    struct table subjects; /* of channel and subject: its place in told, from 1 */
    struct told *told;
    uint64_t told_count, told_capacity;
    uint64_t cause_seq, last_seq;
    uint32_t cause_step, cause_k;
    struct last_cause durable; /* of the journal */
    uint64_t durable_head;
    struct takeover {
        uint64_t after_seq, excused; /* what comes after this entry another version says; what it need not say */
    } takeovers[TAKEOVERS_MAX];
    uint32_t takeover_count, takeovers_passed;
};

void spoken_open(struct checks *checks)
{
    checks->spoken = checks_take(sizeof *checks->spoken);
}

void spoken_close(struct checks *checks)
{
    table_clear(&checks->spoken->ids);
    table_clear(&checks->spoken->subjects);
    free(checks->spoken->told);
    free(checks->spoken);
}

void spoken_restored(struct checks *checks)
{
    struct spoken before = *checks->spoken;
    spoken_close(checks);
    spoken_open(checks);
    while (before.takeover_count > 0 && before.takeovers[before.takeover_count - 1].after_seq >= checks->memory.count)
        before.takeover_count--; /* of what the backup doesn't have */
    checks->spoken->takeover_count = before.takeover_count;
    memcpy(checks->spoken->takeovers, before.takeovers, sizeof before.takeovers);
    if (checks->world->reader)
        spoken_commit(checks); /* who spoke last is in the backup, too */
}

static bool wrong(struct checks *checks, const struct entry *entry, const char *invariant, const char *what)
{
    return world_violated(checks->world, invariant, "entry %" PRIu64 ", a consequence of entry %" PRIu64 " step %u, %s",
                          entry->seq, entry->sequence, entry->step, what);
}

/* ---- once, and in order ---- */

/* A cause is counted by one version of the rules: of what another one began to speak of, the rest is left (DESIGN.md). */
void spoken_commit(struct checks *checks)
{
    struct spoken *spoken = checks->spoken;
    struct last_cause cause = journal_last_cause(checks->world->reader);
    if (cause.fold_version != spoken->durable.fold_version && spoken->durable.seq > 0) {
        ensure(spoken->takeover_count < TAKEOVERS_MAX);
        spoken->takeovers[spoken->takeover_count++] =
            (struct takeover){.after_seq = spoken->durable_head, .excused = spoken->durable.seq};
    }
    spoken->durable = cause;
    spoken->durable_head = journal_head(checks->world->reader);
}

static void takeovers_pass(struct checks *checks, uint64_t seq)
{
    struct spoken *spoken = checks->spoken;
    while (spoken->takeovers_passed < spoken->takeover_count &&
           spoken->takeovers[spoken->takeovers_passed].after_seq < seq)
        oracle_excuse(state_oracle(checks), spoken->takeovers[spoken->takeovers_passed++].excused);
}

static bool order_check(struct checks *checks, const struct entry *entry, const struct event *event)
{
    struct spoken *spoken = checks->spoken;
    char id[64];
    bool same = entry->sequence == spoken->cause_seq && entry->step == spoken->cause_step && spoken->last_seq > 0;
    bool later = entry->sequence > spoken->cause_seq ||
                 (entry->sequence == spoken->cause_seq && entry->step > spoken->cause_step) || spoken->last_seq == 0;
    if (!same && !later)
        return wrong(checks, entry, "announced once", "comes after one of a later cause");
    if (same && entry->seq != spoken->last_seq + 1)
        return wrong(checks, entry, "announced once", "doesn't stand beside the others of its cause");
    if (entry->sequence == 0 || entry->sequence >= entry->seq ||
        checks->memory.entries[entry->sequence - 1].consequence)
        return wrong(checks, entry, "announced once", "has a cause that is no outside event before it");
    spoken->cause_k = same ? spoken->cause_k + 1 : 0;
    spoken->cause_seq = entry->sequence;
    spoken->cause_step = entry->step;
    spoken->last_seq = entry->seq;
    snprintf(id, sizeof id, "%" PRIu64 "-%u-%u", entry->sequence, entry->step, spoken->cause_k);
    if (!span_is(event->id, id))
        return wrong(checks, entry, "announced once", "is not numbered on from the one before of its cause");
    uint64_t *seq = table_at(&spoken->ids, hash_bytes(HASH_BEGIN, event->id));
    if (*seq != 0)
        return wrong(checks, entry, "announced once", "was announced before");
    *seq = entry->seq;
    if (entry->session != 1 || !span_is(event->source, WORKER_SOURCE))
        return wrong(checks, entry, "announced once", "is not by the worker");
    return true;
}

/* ---- cards ---- */

static struct told *told_at(struct spoken *spoken, enum card_channel channel, struct span subject)
{
    uint8_t number = (uint8_t)channel;
    uint64_t key = hash_bytes(hash_bytes(HASH_BEGIN, span_make(&number, 1)), subject);
    uint64_t *place = table_at(&spoken->subjects, key);
    if (*place > 0)
        return &spoken->told[*place - 1];
    if (spoken->told_count == spoken->told_capacity) {
        spoken->told_capacity = spoken->told_capacity ? 2 * spoken->told_capacity : 256;
        spoken->told = realloc(spoken->told, spoken->told_capacity * sizeof *spoken->told);
        ensure(spoken->told != NULL);
    }
    *place = spoken->told_count + 1;
    struct told *told = &spoken->told[spoken->told_count++];
    *told = (struct told){.channel = channel, .status = -1};
    snprintf(told->subject, sizeof told->subject, "%.*s", SPAN_ARGS(subject));
    return told;
}

static bool complaint_check(struct checks *checks, const struct entry *entry, const struct complaint *card,
                            struct told *told)
{
    bool stays_open =
        told->status >= 0 && told->status != complaint_status_is_closed && card->status != complaint_status_is_closed;
    if (stays_open && card->level < told->level)
        return world_violated(checks->world, "level never falls",
                              "%.*s fell from level %" PRId64 " (entry %" PRIu64 ") to %" PRId64 " (entry %" PRIu64 ")",
                              SPAN_ARGS(card->id), told->level, told->seq, card->level, entry->seq);
    told->level = card->level;
    told->status = card->status;
    return true;
}

/* What fell due several times in one step is told once, as it then stands: repeats may jump, but never stand still or go back. */
static bool notice_check(struct checks *checks, const struct entry *entry, const struct event *event, struct told *told)
{
    const struct escalation *card = &event->data.escalation;
    bool again = told->seq > 0 && event->type == EVENT_escalation_raised;
    if (told->seq > 0 && (card->repeat < told->repeat || (again && card->repeat == told->repeat)))
        return world_violated(
            checks->world, "announced once",
            "%.*s has %" PRId64 " repeats by %.*s of entry %" PRIu64 ", and had %" PRId64 " by entry %" PRIu64,
            SPAN_ARGS(card->id), card->repeat, SPAN_ARGS(event->type_name), entry->seq, told->repeat, told->seq);
    told->repeat = card->repeat;
    return true;
}

bool consequence_check(struct checks *checks, const struct entry *entry)
{
    char message[ORACLE_MESSAGE_MAX];
    struct flaw flaw;
    struct event *event = checks_take(sizeof *event);
    bool right = event_decode(entry->event, event, &flaw) == 0 && event->type != EVENT_unknown &&
                 event_table(event->type)->class == CLASS_CONSEQUENCE;
    if (!right)
        wrong(checks, entry, "announced once", "is no consequence that can be read");
    takeovers_pass(checks, entry->seq);
    right = right && order_check(checks, entry, event);
    if (right) {
        struct told *told = told_at(checks->spoken, event_table(event->type)->channel, event->subject);
        if (event->type == EVENT_complaint_changed)
            right = complaint_check(checks, entry, &event->data.complaint, told);
        else if (told->channel == CHANNEL_escalation)
            right = notice_check(checks, entry, event, told);
        told->seq = entry->seq;
        told->card_hash = hash_bytes(HASH_BEGIN, event->data_bytes);
    }
    if (right && !oracle_knows(state_oracle(checks), entry, message))
        right = wrong(checks, entry, "known to the oracle", message);
    free(event);
    return right;
}

/* ---- the end ---- */

static enum card_channel case_channel(const struct case_key *key)
{
    return event_table(kind_of(key)->changed)->channel;
}

static bool case_was_told(struct checks *checks, struct span key_bytes, struct span row)
{
    char id[CASE_ID_MAX];
    union event_data *card = checks_take(sizeof *card);
    uint8_t *buffer = checks_take(CARD_MAX);
    struct wire_writer writer;
    struct case_key key;
    int status = case_key_of_bytes(key_bytes, &key);
    ensure(status == 0);
    struct span subject = case_id(&key, id);
    status = case_read(&key, row, card);
    wire_writer_init(&writer, buffer, CARD_MAX);
    if (status == 0)
        record_encode(kind_of(&key)->record, card, ENCODE_CARD, &writer);
    if (status == 0 && case_letter(&key) == 'B' && callback_sleeps(&card->callback)) {
        free(buffer);
        free(card);
        return true; /* nobody is told of it yet */
    }
    struct told *told = told_at(checks->spoken, case_channel(&key), subject);
    told->seen = true;
    bool same = status == 0 && !writer.full && told->card_hash == hash_bytes(HASH_BEGIN, wire_written(&writer));
    free(buffer);
    free(card);
    return same || world_violated(checks->world, "complete",
                                  "%.*s: the card in the state is not the newest that was told (entry %" PRIu64 ")",
                                  SPAN_ARGS(subject), told->seq);
}

static bool cases_were_told(struct checks *checks, struct store_txn *state)
{
    struct store_cursor *cursor;
    struct span key, row;
    bool right = store_cursor_open(state, STATE_CASES, &cursor) == 0;
    int status = store_seek(cursor, (struct span){0}, &key, &row);
    for (; right && status == 0; status = store_next(cursor, &key, &row))
        right = case_was_told(checks, key, row);
    store_cursor_close(cursor);
    return right;
}

static int notice_was_raised(void *context, const char *id)
{
    struct checks *checks = context;
    if (told_at(checks->spoken, CHANNEL_escalation, span_of(id))->seq > 0)
        return 0;
    world_violated(checks->world, "complete", "%s must have been raised, and nobody was told", id);
    return 1;
}

void spoken_end(struct checks *checks, struct store_txn *state)
{
    struct spoken *spoken = checks->spoken;
    char message[ORACLE_MESSAGE_MAX];
    if (!oracle_told_all(state_oracle(checks), message)) {
        world_violated(checks->world, "complete", "%s", message);
        return;
    }
    if (!cases_were_told(checks, state) || oracle_notices(state_oracle(checks), notice_was_raised, checks))
        return;
    for (uint64_t i = 0; i < spoken->told_count; i++) {
        const struct told *told = &spoken->told[i];
        bool of_case = told->channel != CHANNEL_score && told->channel != CHANNEL_system;
        if (of_case && !told->seen) {
            world_violated(checks->world, "complete",
                           "%s was told by entry %" PRIu64 ", but the state has no such case", told->subject,
                           told->seq);
            return;
        }
    }
}

uint64_t subjects_told(const struct checks *checks)
{
    return checks->spoken->told_count;
}

bool newest_told(struct checks *checks, enum card_channel channel, struct span card, uint64_t seq)
{
    struct wire_value id;
    struct span bytes;
    if (wire_find(card, "id", &id, &bytes))
        return world_violated(checks->world, "caught up", "the outlet has a card of %s without an id",
                              channel_name(channel));
    const struct told *told = told_at(checks->spoken, channel, id.bytes);
    if (told->seq == seq && told->card_hash == hash_bytes(HASH_BEGIN, card))
        return true;
    return world_violated(checks->world, "caught up",
                          "the outlet has %.*s as of entry %" PRIu64 "; the newest that was told is entry %" PRIu64,
                          SPAN_ARGS(id.bytes), seq, told->seq);
}

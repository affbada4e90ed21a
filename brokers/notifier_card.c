/* notifier_card.c - what a card says is to be sent, to whom, from when; and the errand that comes of it. */
#include "brokers/notifier_parts.h"

#include "core/ensure.h"
#include "core/sample.h"
#include "core/status.h"

#define COPY(to, span) snprintf((to), sizeof(to), "%.*s", SPAN_ARGS(span))

/* ---- reading ---- */

/* What the three kinds of card say alike. */
struct said {
    struct telling telling;
    bool wanted;
    uint32_t attempts;
    int64_t retry_ms; /* 0: none */
};

static bool escalation_read(struct span card, struct said *said)
{
    struct escalation from;
    struct flaw flaw;
    if (record_decode(&record_of_escalation, card, &from, &flaw))
        return false;
    struct telling *telling = &said->telling;
    COPY(telling->id, from.id);
    COPY(telling->about, from.about);
    COPY(telling->store, from.store);
    COPY(telling->department, HAS(&from, escalation, department) ? from.department : span_make(NULL, 0));
    COPY(telling->kind, from.clock);
    COPY(telling->because, HAS(&from, escalation, because) ? from.because : span_make(NULL, 0));
    COPY(telling->key.to, from.to);
    telling->key.repeat = (uint32_t)from.repeat;
    telling->key.deliver_from_ms = HAS(&from, escalation, deliver_from) ? from.deliver_from : 0;
    telling->grade = from.grade;
    telling->percent = (uint32_t)from.rung_percent;
    telling->level = (uint32_t)from.level;
    telling->raised_ms = from.raised_at;
    said->attempts = HAS(&from, escalation, attempts) ? (uint32_t)from.attempts : 0;
    said->retry_ms = HAS(&from, escalation, retry_at) ? from.retry_at : 0;
    bool sent = HAS(&from, escalation, sent_repeat) && from.sent_repeat >= from.repeat;
    bool over = from.ended || HAS(&from, escalation, acknowledged_by) || (HAS(&from, escalation, gone) && from.gone);
    said->wanted = HAS(&from, escalation, deliver_from) && !sent && !over;
    return true;
}

static bool task_read(struct span card, struct said *said)
{
    struct task from;
    struct flaw flaw;
    if (record_decode(&record_of_task, card, &from, &flaw))
        return false;
    struct telling *telling = &said->telling;
    COPY(telling->id, from.id);
    COPY(telling->about, from.id);
    COPY(telling->store, from.store);
    COPY(telling->department, from.department);
    COPY(telling->kind, span_of(choice_name(choice_of_task_kind(), from.kind)));
    COPY(telling->key.to, from.responsible);
    telling->key.deliver_from_ms = HAS(&from, task, deliver_from) ? from.deliver_from : 0;
    telling->raised_ms = from.opened_at;
    telling->due_ms = from.due_at;
    said->attempts = HAS(&from, task, attempts) ? (uint32_t)from.attempts : 0;
    said->retry_ms = HAS(&from, task, retry_at) ? from.retry_at : 0;
    bool over = HAS(&from, task, closed_at) || (HAS(&from, task, gone) && from.gone);
    said->wanted = HAS(&from, task, deliver_from) && !HAS(&from, task, sent_to) && !over;
    return true;
}

static bool callback_read(struct span card, struct said *said)
{
    struct callback from;
    struct flaw flaw;
    if (record_decode(&record_of_callback, card, &from, &flaw))
        return false;
    struct telling *telling = &said->telling;
    COPY(telling->id, from.id);
    COPY(telling->about, from.id);
    COPY(telling->store, from.store);
    COPY(telling->department, from.department);
    COPY(telling->kind, span_of(choice_name(choice_of_callback_kind(), from.kind)));
    COPY(telling->key.to, HAS(&from, callback, notify_to) ? from.notify_to : span_make(NULL, 0));
    telling->key.deliver_from_ms = HAS(&from, callback, deliver_from) ? from.deliver_from : 0;
    telling->raised_ms = from.due_at;
    telling->due_ms = from.due_at;
    said->attempts = HAS(&from, callback, attempts) ? (uint32_t)from.attempts : 0;
    said->retry_ms = HAS(&from, callback, retry_at) ? from.retry_at : 0;
    bool over = HAS(&from, callback, closed_at) || (HAS(&from, callback, gone) && from.gone);
    said->wanted =
        HAS(&from, callback, deliver_from) && !HAS(&from, callback, sent_to) && !over && telling->key.to[0] != '\0';
    return true;
}

/* ---- errands ---- */

static uint64_t hash_of(enum notifier_channel channel, struct span id)
{
    uint64_t hash = siphash(channel, 0, id);
    return hash ? hash : 1;
}

static struct errand *errand_find(struct notifier *notifier, enum notifier_channel channel, struct span id,
                                  uint64_t hash)
{
    for (uint32_t i = 0; i < ERRANDS_MAX; i++) {
        const struct telling *telling = &notifier->errand[i].telling;
        if (notifier->hash[i] == hash && telling->channel == channel && span_is(id, telling->id))
            return &notifier->errand[i];
    }
    return NULL;
}

static struct errand *errand_place(struct notifier *notifier, uint64_t hash)
{
    for (uint32_t i = 0; i < ERRANDS_MAX; i++) {
        if (notifier->hash[i] != 0)
            continue;
        notifier->hash[i] = hash;
        notifier->spare_ms[i] = NEVER_SPARE;
        notifier->errand_count++;
        notifier->errand[i] = (struct errand){.state = ERRAND_WAITING};
        return &notifier->errand[i];
    }
    return NULL;
}

static void errand_free(struct notifier *notifier, struct errand *errand)
{
    notifier->hash[errand - notifier->errand] = 0;
    notifier->spare_ms[errand - notifier->errand] = NEVER_SPARE;
    notifier->errand_count--;
    errand->state = ERRAND_FREE;
}

/* Is what was tried under `before` what the card asks for now? Regrading may hurry it. Who is to be told once more,
 * after somebody else was, is so from a later time on. */
bool notifier_key_same(const struct errand_key *before, const struct errand_key *now)
{
    return before->repeat == now->repeat && strcmp(before->to, now->to) == 0 &&
           now->deliver_from_ms <= before->deliver_from_ms;
}

/* After a card or a report: where an errand stands that nothing is on its way of. */
void notifier_settle(struct notifier *notifier, struct errand *errand)
{
    if (errand->state != ERRAND_WAITING && errand->state != ERRAND_TOLD)
        return;
    if (!errand->wanted) {
        errand_free(notifier, errand);
        return;
    }
    bool same = notifier_key_same(&errand->attempt.key, &errand->telling.key);
    bool tried_again =
        same && !errand->attempt.sent && errand->attempts >= errand->attempt.number && errand->retry_ms > 0;
    if (errand->state == ERRAND_TOLD && (!same || tried_again))
        errand->state = ERRAND_WAITING;
}

static void said_take(struct errand *errand, const struct said *said)
{
    bool same = notifier_key_same(&errand->telling.key, &said->telling.key);
    int64_t known_ms = errand->telling.key.deliver_from_ms;
    bool newer = !same || said->attempts >= errand->attempts;
    if (!same) {
        errand->dead = 0;
        errand->behind_ms = 0;
    }
    errand->telling = said->telling;
    errand->from_ms = said->telling.key.deliver_from_ms;
    if (same)
        errand->telling.key.deliver_from_ms = known_ms; /* its id stays */
    errand->wanted = said->wanted;
    if (newer) {
        errand->attempts = said->attempts;
        errand->retry_ms = said->retry_ms;
    }
}

/* The one that can't go for the longest gives its place to what can go before: its failure is in the journal, or its time has
 * not come, and its card is read again. */
static void room_make(struct notifier *notifier, const struct said *said)
{
    struct errand asks = {.state = ERRAND_WAITING};
    said_take(&asks, said);
    int64_t goes_ms = notifier_goes_ms(notifier, &asks);
    uint32_t latest = 0;
    if (notifier->spare_most_ms <= goes_ms)
        return;
    for (uint32_t i = 1; i < ERRANDS_MAX; i++)
        latest = notifier->spare_ms[i] > notifier->spare_ms[latest] ? i : latest;
    notifier->spare_most_ms = notifier->spare_ms[latest];
    if (notifier->spare_most_ms <= goes_ms)
        return;
    notifier->topic[notifier->errand[latest].telling.channel].overflow = true;
    errand_free(notifier, &notifier->errand[latest]);
}

int notifier_card_take(struct notifier *notifier, enum notifier_channel channel, struct span card)
{
    struct said said = {.telling = {.channel = channel, .grade = -1}};
    bool read = channel == NOTIFY_ESCALATION ? escalation_read(card, &said)
                : channel == NOTIFY_TASK     ? task_read(card, &said)
                                             : callback_read(card, &said);
    if (!read)
        return 0; /* a tombstone may be bare; of another release it may say what nobody here knows */
    struct span id = span_of(said.telling.id);
    uint64_t hash = hash_of(channel, id);
    struct errand *errand = errand_find(notifier, channel, id, hash);
    if (!errand && !said.wanted)
        return 0;
    if (!errand && notifier->errand_count == ERRANDS_MAX)
        room_make(notifier, &said);
    if (!errand)
        errand = errand_place(notifier, hash);
    if (!errand)
        return -E_NO_ROOM;
    notifier->spare_ms[errand - notifier->errand] = NEVER_SPARE;
    said_take(errand, &said);
    notifier_settle(notifier, errand);
    return 0;
}

void notifier_forget(struct notifier *notifier)
{
    for (uint32_t i = 0; i < ERRANDS_MAX; i++) {
        struct errand *errand = &notifier->errand[i];
        errand->wanted = false;
        if (notifier->hash[i] != 0)
            notifier_settle(notifier, errand);
    }
}

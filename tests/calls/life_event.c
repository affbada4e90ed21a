/*
 * life_event.c - what is published in the short life of a house: ratings, complaints, decisions, a rulebook, nonsense.
 */
#include "tests/calls/life_event.h"

#include "core/ensure.h"
#include "core/policy.h"
#include "io/policy_file.h"
#include "schemas/codec.h"

#include <stdio.h>
#include <string.h>

#define DOCUMENT_MAX (64u * KIB)

static char document[DOCUMENT_MAX];
static char document_hash[33];
static size_t document_len;
static uint8_t buffer[2 * DOCUMENT_MAX];

void life_events_prepare(void)
{
    struct policy policy;
    policy_default(&policy);
    policy.low_rating_thousandths = 7000; /* another one than the house begins with */
    int result = policy_render(&policy, document, sizeof document, &document_len, document_hash);
    ensure(result == 0);
}

static struct span encoded(uint32_t number, enum event_type type, const char *subject, const void *data)
{
    char id[32];
    snprintf(id, sizeof id, "event-%u", number);
    const struct event_draft draft = {.id = span_of(id),
                                      .source = span_of(LIFE_SOURCE),
                                      .subject = span_of(subject),
                                      .type = type,
                                      .data = data,
                                      .style = ENCODE_EVENT};
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    event_encode(&draft, &writer);
    ensure(!writer.full);
    return wire_written(&writer);
}

static struct span rating(uint32_t number, const char *department, int32_t quality, int32_t overall)
{
    struct rated data = {.has = 0};
    SET(&data, rated, store, span_of("sh-pudong"));
    SET(&data, rated, department, span_of(department));
    SET(&data, rated, channel, channel_is_kiosk);
    SET(&data, rated, staff, span_of("s-12"));
    struct dimension_scores scores = {.count = 1};
    scores.item[0] = (struct dimension_score){.dimension = span_of("quality"), .thousandths = quality};
    SET(&data, rated, scores, scores);
    SET(&data, rated, overall, overall);
    return encoded(number, EVENT_feedback_rated, "", &data);
}

static struct span complaint(uint32_t number, enum category category, const char *visit)
{
    struct complained data = {.has = 0};
    SET(&data, complained, store, span_of("sh-pudong"));
    SET(&data, complained, department, span_of("service"));
    SET(&data, complained, channel, channel_is_phone);
    SET(&data, complained, category, category);
    SET(&data, complained, text, span_of("the brakes still squeal"));
    SET(&data, complained, visit, span_of(visit));
    return encoded(number, EVENT_feedback_complained, "", &data);
}

static struct span decision(uint32_t number, enum event_type type, const char *what, uint64_t seq)
{
    char subject[32];
    struct decided data = {.has = 0};
    snprintf(subject, sizeof subject, "%s-%llu", what, (unsigned long long)seq);
    SET(&data, decided, by, span_of("wang.li"));
    return encoded(number, type, subject, &data);
}

static struct span correction(uint32_t number, uint32_t of)
{
    char id[32];
    snprintf(id, sizeof id, "event-%u", of);
    struct corrected data = {.has = 0};
    SET(&data, corrected, of, ((struct reference){.id = span_of(id)}));
    SET(&data, corrected, overall, 4000);
    return encoded(number, EVENT_feedback_corrected, "", &data);
}

static struct span retraction(uint32_t number, uint64_t seq)
{
    struct retracted data = {.has = 0};
    SET(&data, retracted, of, ((struct reference){.seq = seq}));
    SET(&data, retracted, reason, span_of("entered twice"));
    return encoded(number, EVENT_feedback_retracted, "", &data);
}

static struct span rulebook(uint32_t number)
{
    struct adopted data = {.has = 0};
    SET(&data, adopted, by, span_of("chen.wei"));
    SET(&data, adopted, content, span_make(document, document_len));
    SET(&data, adopted, hash, span_of(document_hash));
    return encoded(number, EVENT_policy_adopted, "", &data);
}

/* A department's name that is far too long: refused, and kept in the quarantine. */
static struct span bad_rating(uint32_t number)
{
    char name[100];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    return rating(number, name, 5000, 5000);
}

struct span life_event(uint32_t number, const struct told *told)
{
    switch (number) {
    case 0:
        return rating(number, "service", 9000, 9000);
    case 1:
        return rating(number, "sales", 2000, 3000); /* low: a recovery task */
    case 2:
        return complaint(number, category_is_workmanship, "v-1");
    case 3:
        return bad_rating(number);
    case 4:
        return decision(number, EVENT_complaint_acknowledged, "C", told[2].seq);
    case 5:
        return rulebook(number);
    case 6:
        return span_of("\xc1 is no MessagePack");
    case 7:
        return complaint(number, category_is_safety, "v-2");
    case 8:
        return correction(number, 0); /* low now: another task */
    case 9:
        return retraction(number, told[1].seq);
    case 10:
        return decision(number, EVENT_task_started, "T", told[1].seq);
    case 11:
        return decision(number, EVENT_complaint_acknowledged, "C", 999999); /* rejected */
    case 12:
        return rating(number, "service", 10000, 10000);
    case 13:
        return complaint(number, category_is_workmanship, "v-1"); /* the same visit again */
    default:
        return rating(number, "service", 8000, 8000);
    }
}

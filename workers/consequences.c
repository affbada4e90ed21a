/* consequences.c - encodes what is concluded, cause by cause. */
#include "workers/consequences.h"

#include "core/ensure.h"
#include "core/status.h"

#include <stdio.h>
#include <stdlib.h>

#define CAUSES_CAPACITY (CONSEQUENCES_CAUSES + 4) /* the steps of an entry that are begun without asking */
#define BIN_HEADER 5u                             /* bin 32: its length is filled in afterwards */

int consequences_open(struct consequences *ret_consequences)
{
    struct consequences consequences = {.capacity = CONSEQUENCES_BYTES + 2 * PUT_BYTES_MAX};
    consequences.bytes = malloc(consequences.capacity);
    consequences.cause = calloc(CAUSES_CAPACITY, sizeof *consequences.cause);
    if (!consequences.bytes || !consequences.cause) {
        consequences_close(&consequences);
        return -E_NO_MEMORY;
    }
    *ret_consequences = consequences;
    return 0;
}

void consequences_close(struct consequences *consequences)
{
    free(consequences->bytes);
    free(consequences->cause);
}

void consequences_clear(struct consequences *consequences)
{
    consequences->len = 0;
    consequences->cause_count = 0;
}

bool consequences_full(const struct consequences *consequences)
{
    return consequences->len >= CONSEQUENCES_BYTES || consequences->cause_count >= CONSEQUENCES_CAUSES;
}

static struct spoken_cause *cause_of(struct consequences *consequences, uint64_t seq, uint32_t step)
{
    uint32_t count = consequences->cause_count;
    struct spoken_cause *last = count ? &consequences->cause[count - 1] : NULL;
    if (last && last->seq == seq && last->step == step)
        return last;
    ensure(count < CAUSES_CAPACITY);
    ensure(!last || last->seq < seq || (last->seq == seq && last->step < step));
    consequences->cause[count] = (struct spoken_cause){.seq = seq, .step = step, .offset = consequences->len};
    consequences->cause_count++;
    return &consequences->cause[count];
}

static size_t event_write(const struct consequence *said, uint32_t k, uint8_t *buffer, size_t capacity)
{
    char id[NAME_MAX_BYTES + 1], fact[24], cause[24];
    snprintf(id, sizeof id, "%llu-%u-%u", (unsigned long long)said->cause_seq, said->cause_step, k);
    snprintf(fact, sizeof fact, "%llu", (unsigned long long)said->fact_seq);
    snprintf(cause, sizeof cause, "%llu", (unsigned long long)said->cause_seq);
    struct event_draft draft = {
        .id = span_of(id),
        .source = span_of(WORKER_SOURCE),
        .subject = said->subject,
        .correlationid = span_of(fact),
        .causationid = span_of(cause),
        .type = said->type,
        .time_ms = said->at_ms,
        .data = said->card,
        .style = ENCODE_CARD,
    };
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, capacity);
    event_encode(&draft, &writer);
    ensure(!writer.full);
    ensure(writer.len <= EVENT_MAX);
    return writer.len;
}

void consequences_add(struct consequences *consequences, const struct consequence *said)
{
    struct spoken_cause *cause = cause_of(consequences, said->cause_seq, said->cause_step);
    uint8_t *at = consequences->bytes + consequences->len;
    size_t room = consequences->capacity - consequences->len;
    ensure(room > BIN_HEADER);
    size_t len = event_write(said, cause->count, at + BIN_HEADER, room - BIN_HEADER);
    at[0] = 0xc6;
    at[1] = (uint8_t)(len >> 24);
    at[2] = (uint8_t)(len >> 16);
    at[3] = (uint8_t)(len >> 8);
    at[4] = (uint8_t)len;
    consequences->len += BIN_HEADER + len;
    cause->len += BIN_HEADER + len;
    cause->count++;
    ensure(cause->count <= PUT_EVENTS_MAX);
    ensure(cause->len <= PUT_BYTES_MAX - 4 * KIB);
}

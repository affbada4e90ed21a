/*
 * answers.c - see answers.h.
 *
 *   arena   ... | route | body | free: the next route's place, then the next body
 */
#include "brokers/answers.h"
#include "core/ensure.h"
#include "core/status.h"

#include <stdlib.h>

int answers_open(struct answers *answers, size_t capacity, uint32_t most)
{
    *answers = (struct answers){.capacity = capacity, .most = most};
    answers->arena = malloc(capacity);
    answers->items = calloc(most, sizeof *answers->items);
    if (answers->arena && answers->items)
        return 0;
    answers_close(answers);
    return -E_NO_MEMORY;
}

void answers_close(struct answers *answers)
{
    free(answers->arena);
    free(answers->items);
    *answers = (struct answers){0};
}

bool answers_room(const struct answers *answers, size_t len)
{
    return answers->count < answers->most && answers->capacity - answers->used >= ROUTE_MAX + len;
}

uint8_t *answers_body(struct answers *answers, size_t len)
{
    ensure(answers_room(answers, len));
    return answers->arena + answers->used + ROUTE_MAX;
}

void answers_add(struct answers *answers, struct port *port, struct span route, const char *verb, struct span body)
{
    ensure(route.len <= ROUTE_MAX);
    uint8_t *place = answers->arena + answers->used;
    const uint8_t *end = answers->arena + answers->capacity;
    uint8_t *body_place = place + route.len;
    bool in_place = body.at >= place + ROUTE_MAX && body.at < end;
    if (in_place) {
        body_place = answers->arena + (body.at - answers->arena);
    } else {
        ensure(answers_room(answers, body.len));
        memcpy(body_place, body.at, body.len);
    }
    if (route.len > 0)
        memcpy(place, route.at, route.len);
    ensure(body_place + body.len <= end);
    answers->items[answers->count++] = (struct answer){
        .port = port,
        .verb = verb,
        .route = span_make(place, route.len),
        .body = span_make(body_place, body.len),
    };
    answers->used = (size_t)(body_place + body.len - answers->arena);
}

void answers_send(struct answers *answers, struct request_counts *counts)
{
    for (uint32_t i = 0; i < answers->count; i++) {
        const struct answer *answer = &answers->items[i];
        request_reply(answer->port, answer->route, answer->verb, answer->body, counts);
    }
    answers->count = 0;
    answers->used = 0;
}

/*
 * ack.c - ACKs, whose problems are written in place before it is known how many there are.
 *
 *   arena   | route's room | prefix's room, ACK_PREFIX_MAX | problem | problem | ...
 *                       body: | prefix |
 *
 * The prefix (everything up to the header of the array of problems) is moved to where the problems begin.
 */
#include "brokers/intake_turn.h"
#include "core/ensure.h"

uint8_t *ack_problems(struct intake *intake)
{
    return answers_body(intake->answers, ANSWER_MAX) + ACK_PREFIX_MAX;
}

static void figure(struct wire_writer *writer, const char *name, int64_t value)
{
    wire_key(writer, name);
    wire_natural(writer, (uint64_t)value);
}

static void prefix_write(struct wire_writer *writer, const struct request *request, const struct ack_reply *ack,
                         uint32_t problem_count)
{
    bool has_first = HAS(ack, ack_reply, first);
    bool has_last = HAS(ack, ack_reply, last);
    wire_map(writer, 4u + (request->rid.len > 0) + has_last);
    if (request->rid.len > 0) {
        wire_key(writer, "rid");
        wire_raw(writer, request->rid);
    }
    wire_key(writer, "first");
    if (has_first)
        wire_natural(writer, (uint64_t)ack->first);
    else
        wire_nil(writer);
    figure(writer, "count", ack->count);
    figure(writer, "head", ack->head);
    if (has_last)
        figure(writer, "last", ack->last);
    wire_key(writer, "problems");
    wire_array(writer, problem_count);
}

void ack_add(struct intake *intake, struct port *port, const struct request *request, const struct ack_reply *ack,
             struct span problems, uint32_t count)
{
    uint8_t prefix[ACK_PREFIX_MAX];
    struct wire_writer writer;
    wire_writer_init(&writer, prefix, sizeof prefix);
    prefix_write(&writer, request, ack, count);
    ensure(!writer.full);
    uint8_t *body = ack_problems(intake) - writer.len;
    ensure(problems.len == 0 || problems.at == body + writer.len);
    memcpy(body, prefix, writer.len);
    answers_add(intake->answers, port, request->route, "ACK", span_make(body, writer.len + problems.len));
}

/*
 * http_stream_mhd.c - answers that stay open: what was sent lies in blocks until the library asks for it.
 *
 *   http_stream_send ─▶ blocks ─▶ reader (the library asks) ─▶ the kernel ─▶ client
 *                                   └── nothing left: suspended until more is sent
 *
 * A suspended connection notices neither that its client left nor that time passes: we look, each second. Blocks are of one size
 * and of all answers together, so that nothing is allocated however many events pass. Whoever does not read may keep much as
 * long as there is enough for all, and their fair share from then on. (Rejected: a buffer for each, 512 MiB to be ready for
 * the worst; and the bytes kept once for all, which hands the books of who has read what to the role.)
 */
#define _GNU_SOURCE /* POLLRDHUP */
#include "io/http_parts_mhd.h"

#include "core/ensure.h"
#include "core/status.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#define KERNEL_BYTES (64 * 1024) /* of a client that doesn't read; the kernel makes it twice as much */
#define VANISHED_MS 30000        /* a client that acknowledges nothing */
#define READER_BYTES 1024u       /* the library's own buffer, for HTTP/1.0 */

_Static_assert(sizeof(struct block) == 4u * KIB, "a block is a page");
_Static_assert(HTTP_STREAM_LAST <= BLOCK_BYTES, "last words fit into one block");

/* ---- blocks ---- */

#define LAST_BLOCKS HTTP_CONNECTIONS_MAX /* beyond all others: last words always find one */

int blocks_open(struct blocks *blocks)
{
    blocks->block = calloc(BLOCKS_MAX + LAST_BLOCKS, sizeof *blocks->block);
    return blocks->block ? 0 : -E_NO_MEMORY;
}

void blocks_close(struct blocks *blocks)
{
    free(blocks->block);
    *blocks = (struct blocks){.block = NULL};
}

static struct block *block_take(struct blocks *blocks)
{
    struct block *block = blocks->free;
    if (block)
        blocks->free = block->next;
    else
        block = &blocks->block[blocks->fresh++];
    ensure(blocks->fresh <= BLOCKS_MAX + LAST_BLOCKS);
    blocks->taken++;
    block->next = NULL;
    block->from = block->len = 0;
    return block;
}

static void first_free(struct blocks *blocks, struct open_answer *open)
{
    struct block *block = open->first;
    open->first = block->next;
    open->count--;
    if (!open->first)
        open->last = NULL;
    block->next = blocks->free;
    blocks->free = block;
    blocks->taken--;
}

/* How many more blocks `len` bytes would take. */
static uint32_t blocks_for(const struct open_answer *open, size_t len)
{
    size_t left = open->last ? BLOCK_BYTES - open->last->from - open->last->len : 0;
    return len <= left ? 0 : (uint32_t)((len - left + BLOCK_BYTES - 1) / BLOCK_BYTES);
}

static void bytes_add(struct blocks *blocks, struct open_answer *open, struct span bytes)
{
    open->sent += bytes.len;
    open->unread += bytes.len;
    while (bytes.len > 0) {
        struct block *block = open->last;
        if (!block || block->from + block->len == BLOCK_BYTES) {
            block = block_take(blocks);
            *(open->last ? &open->last->next : &open->first) = block;
            open->last = block;
            open->count++;
        }
        size_t room = BLOCK_BYTES - block->from - block->len, len = bytes.len < room ? bytes.len : room;
        memcpy(block->bytes + block->from + block->len, bytes.at, len);
        block->len += (uint32_t)len;
        bytes = span_make(bytes.at + len, bytes.len - len);
    }
}

void open_answer_clear(struct http *http, struct place *place)
{
    while (place->open.first)
        first_free(&http->blocks, &place->open);
    place->open = (struct open_answer){.first = NULL};
}

/* ---- reading ---- */

/* What had been sent at the mark has been read: the next mark is now. */
static void mark_move(const struct http *http, struct open_answer *open)
{
    if (open->read < open->mark)
        return;
    open->mark = open->sent;
    open->mark_ms = http->now_ms;
}

static ssize_t on_read(void *context, uint64_t at, char *buffer, size_t size)
{
    struct place *place = context;
    struct http *http = place->http;
    struct open_answer *open = &place->open;
    size_t len = 0;
    (void)at;
    if (open->left)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    while (open->first && len < size) {
        struct block *block = open->first;
        size_t part = block->len < size - len ? block->len : size - len;
        memcpy(buffer + len, block->bytes + block->from, part);
        len += part;
        block->from += (uint32_t)part;
        block->len -= (uint32_t)part;
        if (block->len == 0)
            first_free(&http->blocks, open);
    }
    open->unread -= len;
    open->read += len;
    mark_move(http, open);
    if (len == 0 && open->ends)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (len == 0) {
        open->suspended = true;
        MHD_suspend_connection(place->connection);
    }
    return (ssize_t)len;
}

static void reading_goes_on(struct place *place)
{
    if (!place->open.suspended)
        return;
    place->open.suspended = false;
    MHD_resume_connection(place->connection);
}

/* All that are suspended at once: one call for thousands. Who closes their half has left: no browser reads on then. */
void open_answers_look(struct http *http)
{
    nfds_t count = 0;
    for (uint32_t i = 0; i < HTTP_CONNECTIONS_MAX; i++) {
        if (http->place[i].phase != PHASE_STREAM || !http->place[i].open.suspended)
            continue;
        http->looked[count] = i;
        http->look[count++] = (struct pollfd){.fd = http->place[i].fd, .events = POLLRDHUP};
    }
    if (count == 0 || poll(http->look, count, 0) <= 0)
        return;
    for (nfds_t i = 0; i < count; i++) {
        struct place *place = &http->place[http->looked[i]];
        if (!(http->look[i].revents & (POLLRDHUP | POLLHUP | POLLERR)))
            continue;
        place->open.left = true;
        reading_goes_on(place);
    }
}

bool open_answer_is_slow(struct http *http, struct place *place)
{
    mark_move(http, &place->open);
    return place->open.unread > 0 && http->now_ms - place->open.mark_ms > HTTP_READ_MS;
}

void open_answer_stop(struct place *place)
{
    place->open.ends = true;
    reading_goes_on(place);
}

/* The library forgets a connection that its reader has ended until an event, or its time, comes; but those with a time of their
 * own it looks at in each of its turns. */
void open_answer_begins(struct place *place)
{
    MHD_set_connection_option(place->connection, MHD_CONNECTION_OPTION_TIMEOUT, (unsigned)(HTTP_READ_MS / 1000) + 1);
}

/* ---- the role's side ---- */

/* The kernel holds little for whoever doesn't read, and gives up whoever acknowledges nothing. */
static void socket_prepare(int fd)
{
    int bytes = KERNEL_BYTES;
    unsigned vanished_ms = VANISHED_MS;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &vanished_ms, sizeof vanished_ms);
}

int http_stream(struct http *http, uint64_t id, const struct http_answer *head)
{
    struct place *place = http_place_of(http, id, PHASE_READY);
    if (!place)
        return -E_UNREACHABLE;
    if (http->blocks.taken + blocks_for(&place->open, head->body.len) > BLOCKS_MAX)
        return -E_AGAIN;
    place->http = http;
    place->response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, READER_BYTES, on_read, place, NULL);
    if (!place->response)
        return -E_AGAIN;
    http_response_head(place->response, head);
    place->answer_status = head->status;
    place->phase = PHASE_STREAM;
    socket_prepare(place->fd);
    bytes_add(&http->blocks, &place->open, head->body);
    mark_move(http, &place->open);
    MHD_resume_connection(place->connection);
    return 0;
}

static struct open_answer *open_answer_of(const struct http *http, uint64_t id, struct place **ret_place)
{
    struct place *place = http_place_of(http, id, PHASE_STREAM);
    *ret_place = place;
    return place && !place->open.ends && !place->open.left ? &place->open : NULL;
}

static bool has_room(const struct blocks *blocks, const struct open_answer *open, size_t len)
{
    uint32_t more = blocks_for(open, len);
    if (blocks->taken + more > BLOCKS_MAX || open->unread + len > HTTP_STREAM_MAX)
        return false;
    bool plenty = blocks->taken + more <= BLOCKS_MAX / 2;
    return plenty || open->unread == 0 || (open->count + more) * sizeof(struct block) <= HTTP_STREAM_FAIR;
}

int http_stream_send(struct http *http, uint64_t id, const struct span *parts, uint32_t count)
{
    struct place *place;
    struct open_answer *open = open_answer_of(http, id, &place);
    size_t len = 0;
    if (!open)
        return -E_UNREACHABLE;
    for (uint32_t i = 0; i < count; i++)
        len += parts[i].len;
    if (!has_room(&http->blocks, open, len))
        return -E_AGAIN;
    mark_move(http, open);
    for (uint32_t i = 0; i < count; i++)
        bytes_add(&http->blocks, open, parts[i]);
    reading_goes_on(place);
    return 0;
}

void http_stream_end(struct http *http, uint64_t id, struct span last)
{
    struct place *place;
    struct open_answer *open = open_answer_of(http, id, &place);
    ensure(last.len <= HTTP_STREAM_LAST);
    if (!open)
        return;
    bytes_add(&http->blocks, open, last);
    open->ends = true;
    reading_goes_on(place);
}

int http_stream_look(const struct http *http, uint64_t id, struct http_stream_state *ret_state)
{
    struct place *place;
    const struct open_answer *open = open_answer_of(http, id, &place);
    if (!open)
        return -E_UNREACHABLE;
    bool stuck = open->unread > 0 && open->read < open->mark;
    *ret_state = (struct http_stream_state){
        .unread = open->unread,
        .stuck_ms = stuck ? http->now_ms - open->mark_ms : 0,
    };
    return 0;
}

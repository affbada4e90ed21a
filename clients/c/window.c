/*
 * window.c - a ring of events, as they were given.
 */
#include "clients/c/window.h"
#include "core/ensure.h"
#include "core/status.h"

#include <stdlib.h>

int window_open(struct window *window, size_t capacity, uint64_t events_max)
{
    *window = (struct window){.capacity = capacity, .events_max = events_max};
    window->bytes = malloc(capacity);
    window->events = calloc(events_max, sizeof *window->events);
    return window->bytes && window->events ? 0 : -E_NO_MEMORY;
}

void window_close(struct window *window)
{
    free(window->bytes);
    free(window->events);
}

/* Where len bytes can lie in one piece; false when nowhere. write_at == the oldest's place means that all is used. */
static bool place_find(const struct window *window, size_t len, size_t *ret_at)
{
    if (window->first == window->end) {
        *ret_at = 0;
        return true;
    }
    size_t oldest = (size_t)(window_at(window, window->first)->bytes.at - window->bytes);
    size_t at = window->write_at;
    if (at > oldest && len > window->capacity - at)
        at = 0;
    size_t limit = at > oldest ? window->capacity : oldest;
    if (len > limit - at)
        return false;
    *ret_at = at;
    return true;
}

int window_add(struct window *window, struct span event, uint64_t token)
{
    ensure(event.len > 0);
    if (event.len > window->capacity)
        return -E_TOO_LARGE;
    size_t at;
    if (window->end - window->first == window->events_max || !place_find(window, event.len, &at))
        return -E_AGAIN;
    memcpy(window->bytes + at, event.at, event.len);
    window->events[window->end % window->events_max] =
        (struct window_event){.token = token, .bytes = span_make(window->bytes + at, event.len)};
    window->write_at = at + event.len;
    window->end++;
    return 0;
}

const struct window_event *window_at(const struct window *window, uint64_t index)
{
    ensure(index >= window->first);
    ensure(index < window->end);
    return &window->events[index % window->events_max];
}

void window_release(struct window *window)
{
    ensure(window->first < window->end);
    window->first++;
}

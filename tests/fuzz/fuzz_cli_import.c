/*
 * A file that somebody publishes: JSON lines or a table, in UTF-8 or GB18030. Whatever it holds, every record is an event's map
 * or has a sentence that says why not, each with its line, and the same file again gives the same ids.
 *
 * The first byte chooses what the command was told: a source, a type, that the file is history; and whether it is read twice.
 */
#include "cli/import.h"
#include "core/status.h"
#include "tests/fuzz/judge.h"

#include <iconv.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *count, char ***arguments);

#define RECORDS_MAX 4096u

/* Holds on to the converter, whose table would be loaded anew for each file. */
int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    static iconv_t held;
    (void)count;
    (void)arguments;
    held = iconv_open("UTF-8", "GB18030");
    ensure(held != (iconv_t)-1);
    return 0;
}

struct told {
    uint64_t records, events;
    uint64_t ids; /* mixed */
};

static uint64_t mix(uint64_t state, struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        state = (state ^ text.at[i]) * 0x100000001b3u;
    return state * 31 + text.len;
}

static void check_event(struct span event, const struct import_options *options, struct told *told)
{
    struct wire_reader reader = wire_reader(event);
    struct span whole, id, source;
    static struct event decoded;
    struct flaw flaw;
    ensure(wire_skip(&reader, 64, &whole) == 0);
    ensure(span_equal(whole, event));
    judge_value(event);
    int status = event_decode(event, &decoded, &flaw);
    if (event_identity(event, &id, &source) == 0)
        told->ids = mix(mix(told->ids, id), source);
    if (status) {
        judge_flaw(&flaw, status);
        ensure(status != -E_TRUNCATED && status != -E_BAD_KEY); /* ours would be the fault */
        return;
    }
    if (options->historical && decoded.type == EVENT_feedback_rated)
        ensure(HAS(&decoded.data.rated, rated, historical));
}

static struct told read_all(const uint8_t *data, size_t size, const struct import_options *options)
{
    struct import *import;
    struct told told = {0};
    uint64_t line, before = 0;
    struct span event;
    char message[IMPORT_MESSAGE_MAX];
    FILE *file = fmemopen((void *)(uintptr_t)data, size, "rb");
    ensure(file != NULL);
    ensure(import_open(file, "day/ratings.csv", options, &import) == 0);
    for (;;) {
        int status = import_next(import, &event, &line, message);
        if (status == -E_NOT_FOUND)
            break;
        ensure(told.records++ < RECORDS_MAX + size);
        ensure(line > before);
        before = line;
        if (status) {
            judge_sentence(message);
            continue;
        }
        told.events++;
        check_event(event, options, &told);
    }
    ensure(import_next(import, &event, &line, message) == -E_NOT_FOUND);
    import_close(import);
    fclose(file);
    return told;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const struct import_options options = {
        .source = data[0] & 1u ? NULL : "/tests/import",
        .type = data[0] & 2u   ? NULL
                : data[0] & 8u ? "feedback.complained"
                               : "feedback.rated",
        .historical = data[0] & 4u,
    };
    struct told once = read_all(data + 1, size - 1, &options);
    if (!(data[0] & 16u)) /* half of them, since it takes as long again */
        return 0;
    struct told twice = read_all(data + 1, size - 1, &options);
    ensure(once.records == twice.records);
    ensure(once.events == twice.events);
    ensure(once.ids == twice.ids);
    return 0;
}

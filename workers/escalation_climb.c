/* escalation_climb.c - a notice that does not arrive goes up: to the next person who has not been tried. */
#include "core/delivery.h"
#include "core/status.h"
#include "workers/cases.h"
#include "workers/escalations_inside.h"
#include "workers/notices.h"
#include "workers/step.h"

#include <stdio.h>

#define ROW_MAX 8u /* notices that stand for one another: each has a higher level than the one before */
#define DAY_MS (24 * 3600 * 1000ll)

/* The one that it stands for, or that stands for it. -E_CORRUPT: there is none. */
static int neighbour_load(struct fold *fold, struct span id, struct case_key *ret_key,
                          struct escalation *ret_escalation)
{
    int result = case_key_of_id(id, ret_key) < 0 ? -E_CORRUPT : case_load(fold, ret_key, ret_escalation);
    return result == -E_NOT_FOUND ? -E_CORRUPT : result;
}

/* ---- who is next ---- */

/* Whom the row was to reach so far. */
static int tried_find(struct fold *fold, const struct escalation *escalation, struct name_list *ret_tried)
{
    struct case_key key;
    struct escalation earlier = *escalation;
    int result = 0;
    ret_tried->count = 0;
    ret_tried->item[ret_tried->count++] = escalation->to;
    while (result == 0 && HAS(&earlier, escalation, climbed_from) && ret_tried->count < ROW_MAX) {
        result = neighbour_load(fold, earlier.climbed_from, &key, &earlier);
        if (result == 0)
            ret_tried->item[ret_tried->count++] = earlier.to;
    }
    return result;
}

static bool is_tried(const struct name_list *tried, struct span to)
{
    for (uint32_t i = 0; i < tried->count; i++) {
        if (span_equal(tried->item[i], to))
            return true;
    }
    return false;
}

/* The lowest level above at which the roster names somebody else; false: nobody is above. */
static int next_up(struct fold *fold, const struct escalation *escalation, int64_t at_ms, char to[LABEL_MAX_BYTES + 1],
                   int64_t *ret_level, bool *ret_found)
{
    struct name_list tried;
    struct escalation higher = *escalation;
    int result = tried_find(fold, escalation, &tried);
    *ret_found = false;
    while (result == 0 && !*ret_found && higher.level < fold->policy.level_most) {
        higher.level++;
        result = recipient_find(fold, &higher, at_ms, to);
        *ret_found = result == 0 && !is_tried(&tried, name_cut(span_of(to)));
    }
    *ret_level = higher.level;
    return result;
}

/* ---- its name ---- */

/* "E-41-response-100" of that, and of "E-41-response-100-up-2". */
static struct span name_below(const struct escalation *escalation)
{
    char end[16];
    int len = snprintf(end, sizeof end, "-up-%lld", (long long)escalation->level);
    struct span id = escalation->id;
    bool named = HAS(escalation, escalation, climbed_from) && id.len > (size_t)len &&
                 memcmp(id.at + id.len - (size_t)len, end, (size_t)len) == 0;
    return named ? span_make(id.at, id.len - (size_t)len) : id;
}

/* Beside the others of its case, whose keys begin alike; a fingerprint of what is too long. */
static void name_write(const struct escalation *escalation, const struct case_key *about, uint32_t times,
                       struct notice_wanted *wanted)
{
    char end[32], stem[NAME_MAX_BYTES + 1];
    struct span below = name_below(escalation);
    int len = snprintf(end, sizeof end, times > 1 ? "-up-%lld-%u" : "-up-%lld", (long long)wanted->level, times);
    if (below.len + (size_t)len <= NAME_MAX_BYTES) {
        snprintf(wanted->id_text, sizeof wanted->id_text, "%.*s%s", SPAN_ARGS(below), end);
        return;
    }
    notice_stem(about, stem);
    snprintf(wanted->id_text, sizeof wanted->id_text, "E-%s-%016llx%s", stem,
             (unsigned long long)fact_fingerprint(escalation->about, below), end);
}

static int name_free(struct fold *fold, const struct escalation *escalation, struct notice_wanted *wanted,
                     struct case_key *ret_key)
{
    struct case_key about;
    bool taken = true;
    int result = case_key_of_id(escalation->about, &about) < 0 ? -E_CORRUPT : 0;
    for (uint32_t times = 1; result == 0 && taken; times++) {
        name_write(escalation, &about, times, wanted);
        result = notice_find(fold, wanted, ret_key, &taken);
    }
    return result;
}

/* ---- it goes up, or stays ---- */

/* Nobody is above. One word a day is enough, however many there are. */
static int stays(struct fold *fold, struct escalation *escalation, struct cause cause)
{
    static const char kind[] = "notice_undelivered";
    char said[3 * LABEL_MAX_BYTES];
    struct notice_row row = {0};
    delivery_stays(&fold->policy, cause, escalation);
    int result = state_notice_get(fold->txn, span_of(kind), &row);
    if (result < 0 && result != -E_NOT_FOUND)
        return result;
    if (result == 0 && fold->step.cause.at_ms - row.at_ms < DAY_MS)
        return 0;
    snprintf(said, sizeof said, "%.*s does not reach %.*s, and nobody is above: %.*s", SPAN_ARGS(escalation->id),
             SPAN_ARGS(escalation->to), SPAN_ARGS(name_cut(escalation->failed_reason)));
    return fold_notice(fold, kind, span_of(said), true);
}

static int went_up_trace(struct fold *fold, const struct case_key *key, const struct escalation *escalation,
                         int64_t at_ms)
{
    struct case_key about;
    int known = case_key_of_id(escalation->about, &about);
    ensure(known == 0);
    struct history_line line = {
        .seq = (int64_t)fold->step.cause.seq,
        .at = at_ms,
        .type = span_of("escalation.climbed"),
    };
    SET(&line, history_line, said, escalation->climbed_to);
    int result = case_trace(fold, key, &line);
    return result < 0 ? result : case_trace(fold, &about, &line);
}

static int raise_up(struct fold *fold, const struct case_key *key, struct escalation *escalation,
                    struct notice_wanted *wanted, const char *to)
{
    char because[LABEL_MAX_BYTES + 1];
    struct escalation up;
    struct case_key up_key;
    struct cause cause = {fold->step.cause.seq, wanted->at_ms};
    int result = name_free(fold, escalation, wanted, &up_key);
    if (result < 0)
        return result;
    escalation_climb(&fold->policy, escalation, wanted, cause, to,
                     delivery_because(escalation->id, escalation, because), &up);
    delivery_climbed(arena_copy(&fold->arena, up.id), cause, escalation);
    result = escalation_keep_new(fold, &up_key, &up);
    return result < 0 ? result : went_up_trace(fold, key, escalation, wanted->at_ms);
}

int escalation_go_up(struct fold *fold, const struct case_key *key, struct escalation *escalation, int64_t at_ms)
{
    char to[LABEL_MAX_BYTES + 1];
    struct notice_wanted wanted = {.at_ms = at_ms};
    uint32_t count;
    bool found;
    int result = escalations_count(fold->txn, escalation->about, &count);
    if (result == 0)
        result = next_up(fold, escalation, at_ms, to, &wanted.level, &found);
    if (result < 0)
        return result;
    if (!found || count >= CASE_ESCALATIONS_MAX)
        return stays(fold, escalation, (struct cause){fold->step.cause.seq, at_ms});
    return raise_up(fold, key, escalation, &wanted, to);
}

/* ---- who knows of one knows of all ---- */

static int row_walk(struct fold *fold, const struct escalation *seen, bool up, const struct event *event)
{
    struct case_key key;
    struct escalation at = *seen;
    int result = 0;
    for (uint32_t i = 0; result == 0 && i < ROW_MAX; i++) {
        if (up ? !HAS(&at, escalation, climbed_to) : !HAS(&at, escalation, climbed_from))
            return 0;
        result = neighbour_load(fold, up ? at.climbed_to : at.climbed_from, &key, &at);
        if (result < 0 || !escalation_is_open(&at))
            continue;
        escalation_seen(event->data.decided.by, fold->step.cause, &at);
        result = escalation_save(fold, &key, &at, EVENT_escalation_changed);
        if (result == 0)
            result = escalation_trace(fold, &key, &at, "escalation.acknowledged", event);
    }
    return result;
}

int escalation_row_seen(struct fold *fold, const struct escalation *seen, const struct event *event)
{
    int result = row_walk(fold, seen, false, event);
    return result < 0 ? result : row_walk(fold, seen, true, event);
}

/*
 * notifier_send.c - which message goes next over each lane, and what its outcome means.
 *
 * A person's ways are alternatives: one failed try moves on to the next at once; when all have failed once, the round is over, and
 * the next one begins after a while. So the number of failed tries on the card says, after a crash as before, which way is next.
 *
 * Within a lane what was raised first goes first. While its target is failing nothing overtakes: those behind are reported once as
 * not tried (their clock to climb must run as well), take their next way if they have one, and wait for the target otherwise. So it is
 * with whoever waits long behind others for one that is slow. Only a message that has failed HEAD_TRIES_MAX times by itself, and one
 * that its receiver's own mailbox refused, stands back for others.
 */
#include "brokers/notifier_parts.h"

#include "core/ensure.h"
#include "core/status.h"

#define SECOND_MS 1000ll
#define MINUTE_MS (60 * SECOND_MS)
/* So long somebody waits behind others before it is said. */
#define GRAVE_PATIENCE_MS (1 * MINUTE_MS)
#define PATIENCE_MS (10 * MINUTE_MS)

/* After the nth failure in a row. */
static int64_t back_off_ms(uint32_t failures)
{
    static const int64_t after_ms[] = {10 * SECOND_MS, 30 * SECOND_MS, 2 * MINUTE_MS,
                                       10 * MINUTE_MS, 30 * MINUTE_MS, 60 * MINUTE_MS};
    const uint32_t last = sizeof after_ms / sizeof after_ms[0] - 1;
    uint32_t i = failures > 0 ? failures - 1 : 0;
    return after_ms[i < last ? i : last];
}

/* ---- lanes ---- */

/* The lane of that name, else an idle one; NULL: those that are left are held for targets that the file names no more. */
static struct lane *lane_find(struct notifier *notifier, const char *name)
{
    struct lane *idle = NULL;
    for (uint32_t i = 0; i < NOTICE_TARGETS_MAX; i++) {
        struct lane *lane = &notifier->lane[i];
        if (strcmp(lane->name, name) == 0)
            return lane;
        bool is_idle = lane->held == 0 && !notices_target(notifier->notices, span_of(lane->name));
        if (!idle && is_idle)
            idle = lane;
    }
    return idle;
}

/* A lane a target, by name: what was known of one stays. */
void notifier_lanes_make(struct notifier *notifier)
{
    notifier->lanes_lack = false;
    for (uint32_t i = 0; i < notifier->notices->target_count; i++) {
        const char *name = notifier->notices->target[i].name;
        struct lane *lane = lane_find(notifier, name);
        notifier->lane_of[i] = lane;
        notifier->lanes_lack = notifier->lanes_lack || !lane;
        if (!lane || strcmp(lane->name, name) == 0)
            continue;
        *lane = (struct lane){0};
        snprintf(lane->name, sizeof lane->name, "%s", name);
    }
}

void notifier_try_anew(struct notifier *notifier)
{
    for (uint32_t i = 0; i < NOTICE_TARGETS_MAX; i++)
        notifier->lane[i].rest_until_ms = 0;
    for (uint32_t i = 0; i < ERRANDS_MAX; i++)
        notifier->errand[i].retry_ms = 0;
}

/* ---- the way of an errand ---- */

struct route {
    const struct notice_person *person;
    const struct notice_way *way;
    const struct notice_target *target;
    struct lane *lane;
    uint32_t alternative;
    bool last; /* of a round */
};

static bool route_find(struct notifier *notifier, const struct errand *errand, struct route *ret_route)
{
    const struct notices *notices = notifier->notices;
    struct route route = {.person = notices_person(notices, span_of(errand->telling.key.to))};
    if (!route.person)
        return false;
    route.alternative = errand->attempts % route.person->count;
    route.last = route.alternative + 1 == route.person->count;
    route.way = &notices->way[route.person->first + route.alternative];
    route.target = &notices->target[route.way->target];
    route.lane = notifier->lane_of[route.way->target];
    *ret_route = route;
    return route.lane != NULL;
}

/* Its time has come by either clock. */
static bool is_due(const struct notifier *notifier, const struct errand *errand)
{
    int64_t now_ms = notifier->now.wall_ms;
    return (errand->from_ms <= now_ms || errand->from_ms <= notifier->journal_ms) && errand->retry_ms <= now_ms;
}

static bool is_ripe(const struct notifier *notifier, const struct errand *errand)
{
    return errand->state == ERRAND_WAITING && errand->wanted && is_due(notifier, errand);
}

static int64_t due_of(const struct errand *errand)
{
    return errand->from_ms > errand->retry_ms ? errand->from_ms : errand->retry_ms;
}

/* Its target fails, and each way of its person has been tried or said not to be. */
static bool is_resting(const struct notifier *notifier, const struct errand *errand, const struct route *route)
{
    return route->lane->rest_until_ms > notifier->now.wall_ms &&
           (route->lane->failures == 0 || errand->attempts >= route->person->count);
}

int64_t notifier_goes_ms(struct notifier *notifier, const struct errand *errand)
{
    struct route route;
    int64_t goes_ms = is_due(notifier, errand) ? notifier->now.wall_ms : due_of(errand);
    if (!route_find(notifier, errand, &route) || !is_resting(notifier, errand, &route))
        return goes_ms;
    return goes_ms > route.lane->rest_until_ms ? goes_ms : route.lane->rest_until_ms;
}

static bool is_first(const struct errand *errand, const struct errand *than)
{
    if (errand->telling.raised_ms != than->telling.raised_ms)
        return errand->telling.raised_ms < than->telling.raised_ms;
    if (errand->telling.level != than->telling.level)
        return errand->telling.level > than->telling.level;
    return strcmp(errand->telling.id, than->telling.id) < 0;
}

/* Levels 0 and 1 of what is neither urgent nor major, tasks and callbacks. */
static bool is_patient(const struct telling *telling)
{
    if (telling->channel != NOTIFY_ESCALATION)
        return true;
    return telling->level <= 1 && telling->grade != grade_is_urgent && telling->grade != grade_is_major;
}

/* ---- failures ---- */

static void attempt_begin(struct errand *errand, const struct route *route)
{
    errand->attempt = (struct attempt){.key = errand->telling.key, .number = errand->attempts + 1};
    errand->behind_ms = 0;
    if (!route)
        return;
    errand->attempt.means = route->target->means;
    snprintf(errand->attempt.target, sizeof errand->attempt.target, "%s", route->target->name);
}

static void report_begin(const struct notifier *notifier, struct errand *errand)
{
    errand->attempt.at_ms = notifier->now.wall_ms;
    errand->state = ERRAND_REPORTING;
    errand->put = 0;
}

static void report_no_target(struct notifier *notifier, struct errand *errand)
{
    attempt_begin(errand, NULL);
    errand->attempt.permanent = true;
    snprintf(errand->attempt.reason, sizeof errand->attempt.reason, "no target");
    report_begin(notifier, errand);
    notifier->counts.no_target++;
}

/* Its target is failing or slow: the fold must know that it has not arrived, though nobody tried. Once: then it waits. */
static void report_not_tried(struct notifier *notifier, struct errand *errand, const struct route *route)
{
    bool fails = route->lane->rest_until_ms > notifier->now.wall_ms;
    attempt_begin(errand, route);
    snprintf(errand->attempt.reason, sizeof errand->attempt.reason, "not tried, as its target %s%s",
             fails ? "fails: " : "is slow", fails ? route->lane->reason : "");
    errand->attempt.retry_ms = fails && route->last ? route->lane->rest_until_ms : notifier->now.wall_ms;
    report_begin(notifier, errand);
    notifier->counts.not_tried++;
}

/* ---- choosing ---- */

static void due_note(struct notifier *notifier, int64_t wall_ms)
{
    if (wall_ms < notifier->due_ms)
        notifier->due_ms = wall_ms;
}

/* Who can't go now may give his place to who can, if the journal knows why he waits. */
static void spare_note(struct notifier *notifier, const struct errand *errand, int64_t until_ms)
{
    notifier->spare_ms[errand - notifier->errand] = until_ms;
    if (until_ms > notifier->spare_most_ms)
        notifier->spare_most_ms = until_ms;
}

/* Others are before it. When that takes long its next way is taken, if it has one, and its clock to climb has to run. */
static void behind_look(struct notifier *notifier, struct errand *errand)
{
    struct route route;
    const struct telling *telling = &errand->telling;
    bool grave = telling->grade == grade_is_urgent || telling->grade == grade_is_major;
    if (errand->behind_ms == 0)
        errand->behind_ms = notifier->now.wall_ms;
    int64_t late_ms = errand->behind_ms + (grave ? GRAVE_PATIENCE_MS : PATIENCE_MS);
    bool found = route_find(notifier, errand, &route);
    if (!found || errand->attempts >= route.person->count)
        return;
    if (late_ms <= notifier->now.wall_ms)
        report_not_tried(notifier, errand, &route);
    else
        due_note(notifier, late_ms);
}

/* It can go: is it first on its lane? */
static void lane_look(struct notifier *notifier, struct errand *errand, struct errand **first)
{
    struct errand *behind = errand;
    if (!*first || is_first(errand, *first)) {
        behind = *first;
        *first = errand;
    }
    if (behind)
        behind_look(notifier, behind);
}

static void waiting_look(struct notifier *notifier, struct errand *errand, struct errand **ret_first)
{
    struct route route = {0};
    int64_t now_ms = notifier->now.wall_ms;
    if (!is_due(notifier, errand)) {
        due_note(notifier, due_of(errand));
        if (errand->attempts > 0 || errand->from_ms > now_ms)
            spare_note(notifier, errand, due_of(errand));
        return;
    }
    if (!route_find(notifier, errand, &route)) {
        if (!route.person)
            report_no_target(notifier, errand);
        return;
    }
    if (is_resting(notifier, errand, &route)) {
        due_note(notifier, route.lane->rest_until_ms);
        if (errand->attempts > 0)
            spare_note(notifier, errand, route.lane->rest_until_ms);
    } else if (route.lane->rest_until_ms > now_ms) {
        report_not_tried(notifier, errand, &route);
    } else {
        lane_look(notifier, errand, &ret_first[route.lane - notifier->lane]);
    }
}

/* Looks once at all that waits: reports what can't go, and leaves for each lane the one that goes first. */
static void firsts_find(struct notifier *notifier, struct errand **ret_first)
{
    notifier->due_ms = INT64_MAX;
    notifier->spare_most_ms = NEVER_SPARE;
    for (uint32_t i = 0; i < ERRANDS_MAX; i++) {
        struct errand *errand = &notifier->errand[i];
        notifier->spare_ms[i] = NEVER_SPARE;
        if (notifier->hash[i] != 0 && errand->state == ERRAND_WAITING && errand->wanted)
            waiting_look(notifier, errand, ret_first);
    }
}

static uint32_t digest_most(const struct notice_target *target)
{
    bool is_short = target->means == notice_means_is_command || target->means == notice_means_is_wecom;
    return is_short ? DIGEST_SHORT_MAX : DIGEST_MAX;
}

/* With the first one goes what else its reader may be told in the same message, in the order in which it was raised. */
static void members_find(struct notifier *notifier, struct lane *lane, const struct errand *first,
                         const struct route *route)
{
    lane->member[0] = (uint32_t)(first - notifier->errand);
    lane->member_count = 1;
    uint32_t most = is_patient(&first->telling) ? digest_most(route->target) : 1;
    for (uint32_t i = 0; i < ERRANDS_MAX && most > 1; i++) {
        const struct errand *errand = &notifier->errand[i];
        if (notifier->hash[i] == 0 || errand == first || !is_ripe(notifier, errand) || !is_patient(&errand->telling) ||
            strcmp(errand->telling.key.to, first->telling.key.to) != 0 ||
            errand->attempts % route->person->count != route->alternative)
            continue;
        uint32_t at = lane->member_count;
        while (at > 1 && is_first(errand, &notifier->errand[lane->member[at - 1]]))
            at--;
        if (at >= most)
            continue;
        uint32_t last = lane->member_count < most ? lane->member_count : most - 1;
        memmove(&lane->member[at + 1], &lane->member[at], (last - at) * sizeof lane->member[0]);
        lane->member[at] = i;
        lane->member_count = last + 1;
    }
}

static void lane_fly(struct notifier *notifier, struct lane *lane, const struct errand *first)
{
    struct route route;
    char id[COURIER_ID_MAX];
    struct courier_message message;
    bool found = route_find(notifier, first, &route);
    ensure(found);
    members_find(notifier, lane, first, &route);
    notifier_write(notifier, lane->member, lane->member_count, route.target, id, &message);
    message.ticket = (uint32_t)(lane - notifier->lane);
    message.address = span_of(route.way->address);
    if (courier_send(notifier->courier, route.target, &message, notifier->now) < 0)
        return; /* too many are on their way: later */
    lane->flying = true;
    lane->held = lane->member_count;
    lane->alternative = route.alternative;
    for (uint32_t i = 0; i < lane->member_count; i++) {
        struct errand *errand = &notifier->errand[lane->member[i]];
        attempt_begin(errand, &route);
        errand->attempt.lane = message.ticket + 1;
        errand->state = ERRAND_FLYING;
        notifier->spare_ms[lane->member[i]] = NEVER_SPARE;
    }
}

void notifier_send(struct notifier *notifier)
{
    struct errand *first[NOTICE_TARGETS_MAX] = {0};
    if (notifier->lanes_lack)
        notifier_lanes_make(notifier);
    firsts_find(notifier, first);
    for (uint32_t i = 0; i < NOTICE_TARGETS_MAX; i++) {
        if (first[i] && notifier->lane[i].held == 0)
            lane_fly(notifier, &notifier->lane[i], first[i]);
    }
}

/* ---- outcomes ---- */

/* How many ways their person has now; the file may have changed meanwhile. */
static uint32_t ways_of(const struct notifier *notifier, const struct errand *errand)
{
    const struct notice_person *person = notices_person(notifier->notices, span_of(errand->attempt.key.to));
    return person ? person->count : 1;
}

/* The lane rests when its target fails, and for a while when a message does that may be at fault itself. */
static void lane_failed(struct notifier *notifier, struct lane *lane, const struct courier_outcome *outcome)
{
    const struct errand *head = &notifier->errand[lane->member[0]];
    bool personal = head->attempt.means == notice_means_is_smtp || head->attempt.means == notice_means_is_command;
    uint32_t round = head->attempts / ways_of(notifier, head);
    if (!outcome->of_target && (personal || round + 1 >= HEAD_TRIES_MAX))
        return;
    lane->failures++;
    int64_t rest_ms = back_off_ms(lane->failures);
    if (outcome->retry_after_ms > rest_ms)
        rest_ms = outcome->retry_after_ms;
    lane->rest_until_ms = notifier->now.wall_ms + rest_ms;
    snprintf(lane->reason, sizeof lane->reason, "%s", outcome->reason);
}

static void member_failed(struct notifier *notifier, struct errand *errand, const struct lane *lane,
                          const struct courier_outcome *outcome)
{
    struct attempt *attempt = &errand->attempt;
    uint32_t ways = ways_of(notifier, errand);
    int64_t now_ms = notifier->now.wall_ms;
    if (outcome->verdict == COURIER_PERMANENT)
        errand->dead |= 1u << lane->alternative;
    attempt->permanent = outcome->verdict == COURIER_PERMANENT && errand->dead == (1u << ways) - 1;
    snprintf(attempt->reason, sizeof attempt->reason, "%s", outcome->reason);
    if (attempt->number % ways != 0) {
        attempt->retry_ms = now_ms; /* the next way, at once */
        return;
    }
    attempt->retry_ms = now_ms + back_off_ms(attempt->number / ways);
    if (lane->rest_until_ms > now_ms && ways == 1)
        attempt->retry_ms = lane->rest_until_ms;
}

static void outcome_take(struct notifier *notifier, const struct courier_outcome *outcome)
{
    ensure(outcome->ticket < NOTICE_TARGETS_MAX);
    struct lane *lane = &notifier->lane[outcome->ticket];
    ensure(lane->flying);
    lane->flying = false;
    if (outcome->verdict == COURIER_TRANSIENT) {
        lane_failed(notifier, lane, outcome);
    } else {
        lane->failures = 0;
        lane->rest_until_ms = 0;
    }
    for (uint32_t i = 0; i < lane->member_count; i++) {
        struct errand *errand = &notifier->errand[lane->member[i]];
        ensure(errand->state == ERRAND_FLYING);
        errand->attempt.sent = outcome->verdict == COURIER_DELIVERED;
        if (!errand->attempt.sent)
            member_failed(notifier, errand, lane, outcome);
        notifier->counts.sent += errand->attempt.sent;
        notifier->counts.failed += !errand->attempt.sent;
        report_begin(notifier, errand);
    }
}

void notifier_outcomes_take(struct notifier *notifier)
{
    struct courier_outcome outcome;
    courier_turn(notifier->courier, notifier->now);
    while (courier_outcome(notifier->courier, &outcome) == 0)
        outcome_take(notifier, &outcome);
}

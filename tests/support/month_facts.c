/*
 * month_facts.c - what customers do: 300 visits a day in 12 stores, some rated, few complained about; calls of the call centre.
 *
 * Rates are plausible ones of a group of this size: of 300 visits 60 are sales and consultations, 120 repairs, 120 maintenance;
 * four in ten are rated on the spot, of which one in six is unhappy; three in a hundred complain.
 */
#include "tests/support/month.h"

#define CALLS_A_DAY 2000u

struct guest {
    uint32_t store, number, staff;
    const char *department, *kind;
    int64_t at_ms;
};

static int64_t some_time(struct month *month, uint32_t day, uint32_t from_hour, uint32_t hours)
{
    return MONTH_START_MS + day * MONTH_DAY_MS + from_hour * MONTH_HOUR_MS + month_draw(month, hours * 3600) * 1000ll;
}

static void opens_and_ends(struct month *month, const struct guest *visit, const char *more)
{
    const char *format = "\"type\":\"visit.%s\",\"data\":{\"store\":\"s%02u\",\"department\":\"%s\",\"visit\":\"V-%u\","
                         "\"kind\":\"%s\",\"customer\":\"K-%u\",\"staff\":\"s%02u-%s-%u\"%s}";
    uint32_t customer = visit->number; /* customers come once in the month, nearly all of them */
    int64_t took_ms = (1 + month_draw(month, 5)) * MONTH_HOUR_MS;
    month_plan(month, visit->at_ms, format, "opened", visit->store, visit->department, visit->number, visit->kind,
               customer, visit->store, visit->department, visit->staff, more);
    month_plan(month, visit->at_ms + took_ms, format, "completed", visit->store, visit->department, visit->number,
               visit->kind, customer, visit->store, visit->department, visit->staff, more);
}

/* Happy customers give 9 and 10, a few 8; one in six of those who rate gives a 4 to 6 somewhere. */
static void rates(struct month *month, const struct guest *visit)
{
    static const char *const service[] = {"quality", "initiation", "advisor", "facility", "pickup"};
    static const char *const sales[] = {"consultation", "delivery", "product", "price", "facility"};
    const char *const *names = visit->department[1] == 'e' ? service : sales;
    uint32_t score[5];
    bool unhappy = month_chance(month, 16);
    for (int i = 0; i < 5; i++)
        score[i] = month_chance(month, 70) ? 10 : month_chance(month, 70) ? 9 : 8;
    if (unhappy)
        score[month_draw(month, 5)] = 4 + month_draw(month, 3);
    month_plan(month, visit->at_ms + 6 * MONTH_HOUR_MS,
               "\"type\":\"feedback.rated\",\"data\":{\"store\":\"s%02u\",\"department\":\"%s\",\"channel\":\"wechat\","
               "\"visit\":\"V-%u\",\"customer\":\"K-%u\",\"staff\":\"s%02u-%s-%u\",\"scores\":{\"%s\":%u,\"%s\":%u,"
               "\"%s\":%u,\"%s\":%u,\"%s\":%u}}",
               visit->store, visit->department, visit->number, visit->number, visit->store, visit->department,
               visit->staff, names[0], score[0], names[1], score[1], names[2], score[2], names[3], score[3], names[4],
               score[4]);
}

static void complains(struct month *month, const struct guest *visit)
{
    static const char *const categories[] = {"workmanship", "workmanship", "delay", "delay",  "price", "parts",
                                             "attitude",    "promise",     "other", "refund", "safety"};
    month_plan(
        month, month_open_time(visit->at_ms, (2 + month_draw(month, 40)) * MONTH_HOUR_MS),
        "\"type\":\"feedback.complained\",\"data\":{\"store\":\"s%02u\",\"department\":\"%s\",\"channel\":\"phone\","
        "\"category\":\"%s\",\"visit\":\"V-%u\",\"customer\":\"K-%u\",\"staff\":[\"s%02u-%s-%u\"],\"text\":\"...\"}",
        visit->store, visit->department, categories[month_draw(month, 11)], visit->number, visit->number, visit->store,
        visit->department, visit->staff);
}

static void visits_of(struct month *month, uint32_t day)
{
    for (uint32_t i = 0; i < MONTH_VISITS_A_DAY; i++) {
        uint32_t chance = month_draw(month, 100);
        bool sales = chance < 20;
        struct guest visit = {
            .store = 1 + month_draw(month, MONTH_STORES),
            .number = day * MONTH_VISITS_A_DAY + i + 1,
            .staff = 2 + month_draw(month, 5),
            .department = sales ? "sales" : "service",
            .kind = chance < 12   ? "sale"
                    : sales       ? "consult"
                    : chance < 60 ? "repair"
                                  : "maintenance",
            .at_ms = some_time(month, day, 8, 9),
        };
        bool repair = visit.kind[0] == 'r';
        const char *more = repair && month_chance(month, 20)  ? ",\"warranty\":true"
                           : repair && month_chance(month, 4) ? ",\"safety\":true"
                                                              : "";
        opens_and_ends(month, &visit, more);
        if (month_chance(month, 40))
            rates(month, &visit);
        if (month_chance(month, 2))
            complains(month, &visit);
        if (month_chance(month, 1))
            month_plan(month, visit.at_ms + 7 * MONTH_HOUR_MS,
                       "\"type\":\"feedback.praised\",\"data\":{\"store\":\"s%02u\",\"department\":\"%s\",\"staff\":"
                       "[\"s%02u-%s-%u\"],\"text\":\"...\"}",
                       visit.store, visit.department, visit.store, visit.department, visit.staff);
    }
}

/* The call centre: a question, and in half of the cases a key pressed afterwards. */
static void calls_of(struct month *month, uint32_t day)
{
    for (uint32_t i = 0; i < CALLS_A_DAY; i++) {
        int64_t at_ms = some_time(month, day, 8, 12);
        uint32_t store = 1 + month_draw(month, MONTH_STORES);
        month_plan(
            month, at_ms,
            "\"type\":\"feedback.enquired\",\"data\":{\"store\":\"s%02u\",\"channel\":\"phone\",\"topic\":\"opening\"}",
            store);
        if (month_chance(month, 30))
            month_plan(
                month, at_ms + 60000,
                "\"type\":\"feedback.rated\",\"data\":{\"store\":\"s%02u\",\"department\":\"call_centre\",\"channel\":"
                "\"ivr\",\"overall\":%u}",
                store, month_chance(month, 90) ? 10u : 7u);
    }
}

void month_facts(struct month *month)
{
    for (uint32_t day = 0; day < MONTH_DAYS; day++) {
        visits_of(month, day);
        calls_of(month, day);
    }
}

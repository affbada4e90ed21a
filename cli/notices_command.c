/* notices_command.c - `manyi notices`: check the file of targets, show who is reached how, send a test. */
#include "brokers/notifier.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "cli/text.h"
#include "core/status.h"
#include "io/json.h"
#include "schemas/codec.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#define TRY_MAX_MS 150000 /* over the longest time-out that a target may have */

static struct clock_reading time_now(void)
{
    struct timespec wall, monotonic;
    clock_gettime(CLOCK_REALTIME, &wall);
    clock_gettime(CLOCK_MONOTONIC, &monotonic);
    return (struct clock_reading){
        .wall_ms = (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000,
        .monotonic_ms = (int64_t)monotonic.tv_sec * 1000 + monotonic.tv_nsec / 1000000,
    };
}

static int notices_checked(const struct cli *cli, const struct notices *notices, const char *path)
{
    if (cli->json) {
        printf("{\"ok\":true,\"targets\":%" PRIu32 ",\"people\":%" PRIu32 "}\n", notices->target_count,
               notices->person_count);
        return 0;
    }
    for (uint32_t i = 0; i < notices_checks_count; i++)
        printf("checked: %s\n", notices_checks[i]);
    printf("%s is in order: %" PRIu32 " targets, %" PRIu32 " people and posts\n", path, notices->target_count,
           notices->person_count);
    if (!notices_person(notices, span_of("")))
        printf("no `default`: whoever stands in neither people nor a post is told nothing, and the notice climbs\n");
    return 0;
}

static void way_print(const struct cli *cli, const struct notices *notices, const struct notice_person *person,
                      const struct notice_way *way)
{
    char masked[NOTICE_TEXT_MAX];
    const struct notice_target *target = &notices->target[way->target];
    const char *means = choice_name(choice_of_notice_means(), target->means);
    notices_mask(way->address, masked);
    if (!cli->json) {
        char name[CELL_MAX];
        text_clean(span_of(person->name), name, sizeof name);
        printf("%-32s  %-16s  %-9s  %s\n", name, target->name, means, masked[0] ? masked : "-");
        return;
    }
    fputs("{\"person\":", stdout);
    json_print_text(stdout, span_of(person->name));
    fputs(",\"target\":", stdout);
    json_print_text(stdout, span_of(target->name));
    printf(",\"means\":\"%s\",\"address\":", means);
    json_print_text(stdout, span_of(masked));
    puts("}");
}

static int notices_shown(const struct cli *cli, const struct notices *notices)
{
    for (uint32_t i = 0; i < notices->person_count; i++) {
        const struct notice_person *person = &notices->person[i];
        for (uint32_t k = 0; k < person->count; k++)
            way_print(cli, notices, person, &notices->way[person->first + k]);
    }
    return 0;
}

/* ---- a test ---- */

static int outcome_wait(struct courier *courier, struct courier_outcome *ret_outcome)
{
    int64_t end_ms = time_now().monotonic_ms + TRY_MAX_MS;
    int result;
    while ((result = courier_outcome(courier, ret_outcome)) == -E_AGAIN) {
        struct clock_reading now = time_now();
        struct pollfd waited = {.fd = courier_fd(courier), .events = POLLIN};
        if (now.monotonic_ms >= end_ms)
            return -E_NOT_DELIVERED;
        poll(&waited, 1, 1000);
        courier_turn(courier, now);
    }
    return result;
}

static int way_try(struct cli *cli, struct courier *courier, const struct notices *notices,
                   const struct notice_way *way)
{
    const struct notice_target *target = &notices->target[way->target];
    struct clock_reading now = time_now();
    struct courier_message message;
    struct courier_outcome outcome = {0};
    uint8_t body[NOTIFIER_TEST_BYTES];
    char id[64], masked[NOTICE_TEXT_MAX];
    snprintf(id, sizeof id, "test~%" PRId64, now.wall_ms);
    notifier_test_write(notices, now.wall_ms, id, body, &message);
    message.address = span_of(way->address);
    int result = courier_send(courier, target, &message, now);
    if (result == 0)
        result = outcome_wait(courier, &outcome);
    notices_mask(way->address, masked);
    if (result == 0 && outcome.verdict == COURIER_DELIVERED) {
        printf("%s %s: delivered\n", target->name, masked);
        return 0;
    }
    return cli_fail(cli, result ? result : -E_NOT_DELIVERED, "%s %s: %s%s", target->name, masked, outcome.reason,
                    outcome.verdict == COURIER_PERMANENT ? ", for good" : "");
}

static int notices_tried(struct cli *cli, const struct notices *notices, const char *name)
{
    const struct notice_person *person = notices_person(notices, span_of(name));
    struct courier *courier;
    if (!person)
        return cli_fail(cli, -E_NO_TARGET, "%.100s", name);
    int result = courier_open(&courier);
    if (result < 0)
        return result;
    for (uint32_t i = 0; i < person->count; i++) {
        int tried = way_try(cli, courier, notices, &notices->way[person->first + i]);
        if (tried < 0 && result == 0)
            result = tried;
        if (tried < 0 && i + 1 < person->count)
            fprintf(stderr, "%s\n", cli->message);
    }
    courier_close(courier);
    return result;
}

int command_notices(struct cli *cli)
{
    const struct arguments *arguments = &cli->arguments;
    const char *what = arguments->operand_count ? arguments->operand[0] : "show";
    bool tries = strcmp(what, "try") == 0, checks = strcmp(what, "check") == 0;
    if (!tries && !checks && strcmp(what, "show") != 0)
        return cli_fail(cli, -E_USAGE, "notices %.40s; use notices check, notices show or notices try", what);
    if (tries && arguments->operand_count < 2)
        return cli_fail(cli, -E_USAGE, "notices try takes whom to write to, such as wang.li");
    uint32_t at = tries ? 2 : 1;
    const char *path = arguments->operand_count > at ? arguments->operand[at] : cli->config.notices;
    struct notices *notices = NULL;
    char message[NOTICES_MESSAGE_MAX];
    if (!path[0])
        return cli_fail(cli, -E_USAGE, "name a FILE; the configuration's `notices` is empty");
    int result = notices_load(path, &notices, message);
    if (result < 0)
        return cli_fail(cli, result, "%s", message);
    result = checks  ? notices_checked(cli, notices, path)
             : tries ? notices_tried(cli, notices, arguments->operand[1])
                     : notices_shown(cli, notices);
    notices_free(notices);
    return result;
}

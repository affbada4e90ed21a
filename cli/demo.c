/*
 * demo.c - `manyi demo`: a time-lapse day, played into a server of its own, then the server as it is.
 *
 * The day runs on a faster clock that ends at the present. Then the roles end and begin again on the real clock: the
 * same start as after any other end.
 */
#include "cli/commands.h"
#include "cli/demo_files.h"
#include "cli/demo_plan.h"
#include "cli/demo_story.h"
#include "cli/house.h"
#include "cli/rebuild.h"
#include "clients/c/manyi.h"
#include "core/status.h"
#include "io/json.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define SENT_MAX 65536u
#define SLACK_MS (6 * 60000) /* the day ends this much before the present: its clock runs on while roles end */
#define FLUSH_MS 10000
#define ROLES_ALL (ROLE_BIT(ROLE_INTAKE) | ROLE_BIT(ROLE_FEED) | ROLE_BIT(ROLE_WORKER) | ROLE_BIT(ROLE_OUTLET))

struct demo {
    struct cli *cli;
    struct house house;
    struct demo_plan plan;
    struct demo_act sent[SENT_MAX]; /* by token */
    uint64_t sent_count;
    uint64_t accepted, refused, stories;
    struct manyi_publisher *publisher;
    struct manyi_subscriber *subscriber;
    FILE *prose; /* what people read: with --json not on stdout */
    int signal_fd;
    char made_dir[64]; /* to be removed in the end; empty when it was given */
};

static bool is_asked_to_end(const struct demo *demo)
{
    struct pollfd waited = {.fd = demo->signal_fd, .events = POLLIN};
    return poll(&waited, 1, 0) == 1;
}

static void on_result(void *context, const struct manyi_result *result)
{
    struct demo *demo = context;
    if (result->status == 0) {
        demo->accepted++;
        demo_plan_follow(&demo->plan, &demo->sent[result->token % SENT_MAX], result->seq);
        return;
    }
    demo->refused++;
    fprintf(stderr, "manyi: refused: %s %s: %s\n", manyi_error_code(result->status), result->field ? result->field : "",
            result->message ? result->message : manyi_error_text(result->status));
}

static void on_card(void *context, const struct manyi_card *card)
{
    struct demo *demo = context;
    struct span bytes = span_make(card->card, card->card_len);
    if (story_is_notice(card->channel, bytes)) {
        struct wire_value id;
        struct span encoded;
        if (wire_find(bytes, "id", &id, &encoded) == 0 && id.kind == WIRE_STR)
            demo_plan_acknowledge(&demo->plan, id.bytes, clock_read(demo->house.setup.clock).wall_ms);
    }
    if (demo->cli->quiet)
        return;
    story_print(demo->prose, card->channel, bytes);
    demo->stories++;
}

static int clients_open(struct demo *demo)
{
    static const char *const channels[] = {"complaint", "escalation", "task"};
    const struct setup *setup = &demo->house.setup;
    struct manyi *manyi = NULL;
    int result = cli_manyi(demo->cli, &manyi);
    if (result < 0)
        return result;
    const struct manyi_publisher_options publisher = {
        .endpoint = setup->intake_endpoint, .on_result = on_result, .context = demo};
    const struct manyi_subscriber_options subscriber = {
        .publish_endpoint = setup->publish_endpoint,
        .replay_endpoint = setup->replay_endpoint,
        .channels = channels,
        .channel_count = sizeof channels / sizeof channels[0],
        .on_card = on_card,
        .context = demo,
    };
    result = manyi_publisher_open(manyi, &publisher, &demo->publisher);
    if (result == 0)
        result = manyi_subscriber_open(manyi, &subscriber, &demo->subscriber);
    return result < 0 ? cli_fail(demo->cli, result, "%s", setup->intake_endpoint) : 0;
}

static void clients_close(struct demo *demo)
{
    if (demo->subscriber)
        manyi_subscriber_close(demo->subscriber);
    if (demo->publisher)
        manyi_publisher_close(demo->publisher);
    demo->subscriber = NULL;
    demo->publisher = NULL;
    cli_hang_up(demo->cli);
}

/* Plays what is due. */
static int acts_play(struct demo *demo, int64_t now_ms)
{
    uint8_t buffer[DEMO_EVENT_MAX];
    struct demo_act act;
    while (demo_plan_next(&demo->plan, now_ms, &act)) {
        struct span event = demo_event(&demo->plan, &act, buffer);
        uint64_t token = demo->sent_count++;
        demo->sent[token % SENT_MAX] = act;
        int result;
        while ((result = manyi_publish(demo->publisher, event.at, event.len, token)) == -E_AGAIN &&
               !is_asked_to_end(demo))
            manyi_publisher_turn(demo->publisher, 10);
        if (result < 0)
            return result;
    }
    return 0;
}

static int day_play(struct demo *demo, int64_t end_ms)
{
    for (;;) {
        int64_t now_ms = clock_read(demo->house.setup.clock).wall_ms;
        int failure;
        enum role failed = roles_failed(&demo->house.roles, &failure);
        if (failed != ROLES)
            return cli_fail(demo->cli, failure, "%s has ended", role_name(failed));
        if (now_ms >= end_ms || is_asked_to_end(demo))
            return 0;
        int result = acts_play(demo, now_ms);
        if (result == 0)
            result = manyi_publisher_turn(demo->publisher, 5);
        if (result == 0 || result == -E_AGAIN)
            result = manyi_subscriber_turn(demo->subscriber, 5);
        if (result < 0 && result != -E_AGAIN)
            return cli_fail(demo->cli, result, "%s", manyi_error_text(result));
        fflush(demo->prose);
    }
}

#define LOOKS 8u
#define LOOK_MAX (CONFIG_TEXT_MAX + 64u)

/* A command to look around with. */
static void look_write(const struct demo *demo, uint32_t number, char text[LOOK_MAX])
{
    static const char *const words[LOOKS] = {"status",
                                             "complaints --status open",
                                             "complaints --overdue",
                                             "escalations --status open",
                                             "tasks",
                                             "scores --by store --period",
                                             "tap",
                                             "verify --dir"};
    const struct config *config = &demo->cli->config;
    const char *word = words[number];
    char day[16] = "", port[32] = "";
    time_t now = time(NULL);
    struct tm local;
    localtime_r(&now, &local);
    strftime(day, sizeof day, " %Y-%m", &local);
    if (config->base_port != BASE_PORT_DEFAULT)
        snprintf(port, sizeof port, " --base-port %u", (unsigned)config->base_port);
    if (strncmp(word, "verify", 6) == 0)
        snprintf(text, LOOK_MAX, "%s %s %s", demo->cli->program, word, config->dir);
    else
        snprintf(text, LOOK_MAX, "%s %s%s%s", demo->cli->program, word, strncmp(word, "scores", 6) == 0 ? day : "",
                 port);
}

static void where_to_look(const struct demo *demo, bool running)
{
    fprintf(demo->prose, "\n%s\n", running ? "Look around while it runs, in another terminal:" : "Look around:");
    for (uint32_t i = 0; i < LOOKS; i++) {
        char text[LOOK_MAX];
        look_write(demo, i, text);
        fprintf(demo->prose, "  %s\n", text);
    }
    fputs("\n", demo->prose);
    fflush(demo->prose);
}

static void day_print_json(const struct demo *demo)
{
    fputs("{\"dir\":", stdout);
    json_print_text(stdout, span_of(demo->cli->config.dir));
    printf(",\"base_port\":%u,\"accepted\":%llu,\"refused\":%llu,\"stories\":%llu,\"commands\":[",
           (unsigned)demo->cli->config.base_port, (unsigned long long)demo->accepted, (unsigned long long)demo->refused,
           (unsigned long long)demo->stories);
    for (uint32_t i = 0; i < LOOKS; i++) {
        char text[LOOK_MAX];
        look_write(demo, i, text);
        fputs(i ? "," : "", stdout);
        json_print_text(stdout, span_of(text));
    }
    puts("]}");
    fflush(stdout);
}

/* A directory of its own, unless one was given. */
static int directory_choose(struct demo *demo)
{
    struct cli *cli = demo->cli;
    char message[CONFIG_MESSAGE_MAX], journal[CONFIG_TEXT_MAX + 16];
    snprintf(journal, sizeof journal, "%s/journal", cli->config.dir);
    if (strcmp(cli->config.origin[0], "default") != 0 && access(journal, F_OK) == 0)
        return cli_fail(cli, -E_USAGE, "%s is there already; the demonstration wants a new directory", journal);
    if (strcmp(cli->config.origin[0], "default") != 0)
        return 0;
    char made[] = "/tmp/manyi-demo-XXXXXX";
    if (!mkdtemp(made))
        return cli_fail(cli, -E_IO, "/tmp cannot be written");
    snprintf(demo->made_dir, sizeof demo->made_dir, "%s", made);
    return config_set(&cli->config, "dir", made, "demo", message);
}

/* The server again, on the real clock; it answers until somebody ends it. */
static int stay(struct demo *demo)
{
    const struct clock_options real_time = {.rate = 0};
    int result = house_enter(demo->cli, ROLES_ALL, true, &real_time, &demo->house);
    if (result == 0)
        result = house_wait_ready(demo->cli, &demo->house, demo->signal_fd);
    if (result == 0) {
        where_to_look(demo, false);
        fputs("Ctrl-C ends the demonstration.\n", demo->prose);
        fflush(demo->prose);
        struct pollfd waited[] = {{.fd = demo->signal_fd, .events = POLLIN},
                                  {.fd = demo->house.roles.end_fd, .events = POLLIN}};
        poll(waited, 2, -1);
        int failure;
        enum role failed = roles_failed(&demo->house.roles, &failure);
        if (failed != ROLES)
            result = cli_fail(demo->cli, failure, "%s has ended", role_name(failed));
    }
    house_leave(&demo->house);
    return result == -E_STOPPED ? 0 : result;
}

static int demo_run(struct demo *demo, int64_t seconds, int64_t seed, int64_t visits)
{
    struct cli *cli = demo->cli;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t end_ms = (int64_t)now.tv_sec * 1000 + seconds * 1000 - SLACK_MS;
    uint32_t rate = (uint32_t)((DEMO_DAY_MS - SLACK_MS) / (seconds * 1000));
    const struct clock_options lapse = {.start_wall_ms = end_ms - seconds * 1000 * rate, .rate = rate};
    struct demo_files files;
    int result = demo_files_make(cli, &files);
    if (result == 0)
        result = house_enter(cli, ROLES_ALL, true, &lapse, &demo->house);
    if (result < 0) {
        demo_files_withdraw(cli, &files);
        return result;
    }
    result = house_wait_ready(cli, &demo->house, demo->signal_fd);
    demo_files_withdraw(cli, &files); /* they are in the journal */
    if (result == 0)
        result = clients_open(demo);
    if (result == 0) {
        fprintf(demo->prose, "A day of 12 stores in %lld seconds: about %lld visits, every tenth customer unhappy.\n",
                (long long)seconds, (long long)visits);
        where_to_look(demo, true);
        demo_plan_day(&demo->plan, (uint64_t)seed, (uint32_t)visits, clock_read(demo->house.setup.clock).wall_ms);
        result = day_play(demo, end_ms);
        manyi_publisher_flush(demo->publisher, FLUSH_MS);
    }
    clients_close(demo);
    house_leave(&demo->house);
    if (result == 0)
        fprintf(demo->prose, "The day is over: %llu events accepted, %llu refused, %llu lines of its story told.\n",
                (unsigned long long)demo->accepted, (unsigned long long)demo->refused,
                (unsigned long long)demo->stories);
    if (result == 0 && cli->json)
        day_print_json(demo);
    return result == -E_STOPPED ? 0 : result;
}

int command_demo(struct cli *cli)
{
    int64_t seed = 1, visits = 600, seconds = 60;
    char message[OPTION_MESSAGE_MAX];
    if (option_number(&cli->arguments, "seed", 0, INT64_MAX, &seed, message) < 0 ||
        option_number(&cli->arguments, "rate", 1, DEMO_VISITS_MAX, &visits, message) < 0 ||
        option_number(&cli->arguments, "seconds", 5, 3600, &seconds, message) < 0)
        return cli_fail(cli, -E_USAGE, "%s", message);
    struct demo *demo = calloc(1, sizeof *demo);
    if (!demo)
        return -E_NO_MEMORY;
    demo->cli = cli;
    demo->prose = cli->json ? stderr : stdout;
    demo->signal_fd = signals_take();
    int result = demo->signal_fd < 0 ? -E_IO : directory_choose(demo);
    if (result == 0)
        result = demo_run(demo, seconds, seed, visits);
    bool ends = option_given(&cli->arguments, "exit") || !isatty(STDIN_FILENO) || getenv("CI");
    if (result == 0 && !is_asked_to_end(demo)) {
        if (ends)
            fputs("Started without a terminal, or with --exit: it ends here.\n", demo->prose);
        else
            result = stay(demo);
    }
    if (demo->made_dir[0])
        tree_remove(demo->made_dir);
    close(demo->signal_fd);
    free(demo);
    return result;
}

/*
 * demo.c - `manyi demo`: a time-lapse day, played into a server of its own while its pages are open, and then what goes on.
 *
 * The day runs on a faster clock that catches up with the system's when the day is over, and goes on as that: nothing is started
 * anew, and who looks at a page sees the clocks fall into step.
 */
#include "cli/commands.h"
#include "cli/demo_files.h"
#include "cli/demo_links.h"
#include "cli/demo_plan.h"
#include "cli/demo_story.h"
#include "cli/house.h"
#include "cli/rebuild.h"
#include "cli/table.h"
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
#define FLUSH_MS 10000
#define DAY_TURN_MS 5
#define LIVE_TURN_MS 50
#define ROLES_ALL                                                                                  \
    (ROLE_BIT(ROLE_INTAKE) | ROLE_BIT(ROLE_FEED) | ROLE_BIT(ROLE_WORKER) | ROLE_BIT(ROLE_OUTLET) | \
     ROLE_BIT(ROLE_GATEWAY))

struct demo {
    struct cli *cli;
    struct house house;
    struct demo_plan plan;
    struct demo_act sent[SENT_MAX]; /* by token */
    uint64_t sent_count;
    uint64_t accepted, refused, stories;
    struct manyi_publisher *publisher;
    struct manyi_subscriber *subscriber;
    char dashboard_url[DEMO_URL_MAX], kiosk_url[DEMO_URL_MAX], case_url[DEMO_URL_MAX];
    FILE *prose; /* what people read: with --json not on stdout */
    int signal_fd;
    char made_dir[64]; /* to be removed in the end; empty when it was given */
};

static bool is_asked_to_end(const struct demo *demo)
{
    struct pollfd waited = {.fd = demo->signal_fd, .events = POLLIN};
    return poll(&waited, 1, 0) == 1;
}

/* Once there is a complaint its customer has a page. */
static void case_tell(struct demo *demo, uint64_t seq)
{
    if (demo_case_url(&demo->house.setup, seq, demo->case_url) == 0)
        fprintf(demo->prose, "\nA customer's page (C-%llu):  %s\n\n", (unsigned long long)seq, demo->case_url);
}

static void on_result(void *context, const struct manyi_result *result)
{
    struct demo *demo = context;
    if (result->status == 0) {
        demo->accepted++;
        if (demo->sent[result->token % SENT_MAX].type == EVENT_feedback_complained && demo->case_url[0] == '\0')
            case_tell(demo, result->seq);
        demo_plan_follow(&demo->plan, &demo->sent[result->token % SENT_MAX], result->seq);
        return;
    }
    demo->refused++;
    fprintf(stderr, "manyi: refused: %s %s: %s\n", manyi_error_code(result->status), result->field ? result->field : "",
            result->message ? result->message : manyi_error_text(result->status));
}

/* What somebody does about a card: acknowledge a notice, call a customer, answer a proposal. */
static void card_follow(struct demo *demo, const char *channel, struct span card)
{
    struct wire_value id, store, value;
    struct span encoded;
    char status[CELL_MAX];
    int64_t now_ms = clock_read(demo->house.setup.clock).wall_ms;
    if (wire_find(card, "id", &id, &encoded) < 0 || id.kind != WIRE_STR)
        return;
    if (story_is_notice(channel, card))
        demo_plan_acknowledge(&demo->plan, id.bytes, now_ms);
    if (wire_find(card, "store", &store, &encoded) < 0 || store.kind != WIRE_STR)
        return;
    cell_text(card, "status", CELL_TEXT, status);
    if (strcmp(channel, "callback") == 0 && strcmp(status, "due") == 0)
        demo_plan_call(&demo->plan, id.bytes, store.bytes, now_ms);
    if (strcmp(channel, "ledger") == 0 && strcmp(status, "proposed") == 0 &&
        wire_find(card, "points", &value, &encoded) == 0)
        demo_plan_decide(&demo->plan, id.bytes, store.bytes, value.kind == WIRE_INT, now_ms);
}

static void on_card(void *context, const struct manyi_card *card)
{
    struct demo *demo = context;
    struct span bytes = span_make(card->card, card->card_len);
    card_follow(demo, card->channel, bytes);
    if (demo->cli->quiet || strcmp(card->channel, "callback") == 0 || strcmp(card->channel, "ledger") == 0)
        return;
    story_print(demo->prose, card->channel, bytes);
    demo->stories++;
}

static int clients_open(struct demo *demo)
{
    static const char *const channels[] = {"complaint", "escalation", "task", "callback", "ledger"};
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

/* Until end_ms of the demonstration's clock, or somebody asks to end. */
static int play(struct demo *demo, int64_t end_ms, bool live)
{
    for (;;) {
        int64_t now_ms = clock_read(demo->house.setup.clock).wall_ms;
        int failure;
        enum role failed = roles_failed(&demo->house.roles, &failure);
        if (failed != ROLES)
            return cli_fail(demo->cli, failure, "%s has ended", role_name(failed));
        if (now_ms >= end_ms || is_asked_to_end(demo))
            return 0;
        if (live)
            demo_plan_live(&demo->plan, now_ms);
        int result = acts_play(demo, now_ms);
        if (result == 0)
            result = manyi_publisher_turn(demo->publisher, live ? LIVE_TURN_MS : DAY_TURN_MS);
        if (result == 0 || result == -E_AGAIN)
            result = manyi_subscriber_turn(demo->subscriber, live ? LIVE_TURN_MS : DAY_TURN_MS);
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
    fputs(",\"dashboard\":", stdout);
    json_print_text(stdout, span_of(demo->dashboard_url));
    fputs(",\"rate\":", stdout);
    json_print_text(stdout, span_of(demo->kiosk_url));
    fputs(",\"case\":", stdout);
    json_print_text(stdout, span_of(demo->case_url));
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

/* Where a browser looks, before anything else. */
static int pages_tell(struct demo *demo)
{
    demo_dashboard_url(&demo->house.setup, demo->dashboard_url);
    int result = demo_kiosk_url(&demo->house.setup, demo->kiosk_url);
    if (result < 0)
        return cli_fail(demo->cli, result, "%s/keys", demo->house.setup.dir);
    fprintf(demo->prose, "Dashboard:          %s\nA customer rates:   %s\n\n", demo->dashboard_url, demo->kiosk_url);
    return 0;
}

/* The day is over, and its clock is the system's from now on: the server answers until somebody ends it. */
static int stay(struct demo *demo)
{
    bool live = !option_given(&demo->cli->arguments, "no-live");
    fprintf(demo->prose, "\nDashboard:          %s\n", demo->dashboard_url);
    where_to_look(demo, false);
    fprintf(demo->prose, "%sCtrl-C ends the demonstration.\n",
            live ? "Customers go on coming, one every few seconds. " : "");
    fflush(demo->prose);
    demo->plan.live_count = live ? 0 : DEMO_LIVE_VISITS;
    return play(demo, INT64_MAX, true);
}

static void day_tell(struct demo *demo)
{
    fprintf(demo->prose, "The day is over: %llu events accepted, %llu refused, %llu lines of its story told.\n",
            (unsigned long long)demo->accepted, (unsigned long long)demo->refused, (unsigned long long)demo->stories);
    if (demo->cli->json)
        day_print_json(demo);
}

/* What the server shows: the day, and then, at a terminal, what goes on. */
static int demo_show(struct demo *demo, int64_t end_ms, int64_t seconds, int64_t seed, int64_t visits)
{
    bool ends = option_given(&demo->cli->arguments, "exit") || !isatty(STDIN_FILENO) || getenv("CI");
    int result = pages_tell(demo);
    if (result == 0)
        result = clients_open(demo);
    if (result < 0)
        return result;
    fprintf(demo->prose, "A day of 12 stores in %lld seconds: about %lld visits, every tenth customer unhappy.\n",
            (long long)seconds, (long long)visits);
    where_to_look(demo, true);
    demo_plan_day(&demo->plan, (uint64_t)seed, (uint32_t)visits, clock_read(demo->house.setup.clock).wall_ms);
    result = play(demo, end_ms, false);
    manyi_publisher_flush(demo->publisher, FLUSH_MS);
    if (result < 0)
        return result;
    day_tell(demo);
    if (ends)
        fputs("Started without a terminal, or with --exit: it ends here.\n", demo->prose);
    else if (!is_asked_to_end(demo))
        result = stay(demo);
    return result;
}

static int demo_run(struct demo *demo, int64_t seconds, int64_t seed, int64_t visits)
{
    struct cli *cli = demo->cli;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, lapse_ms = seconds * 1000;
    uint32_t rate = (uint32_t)(DEMO_DAY_MS / lapse_ms);
    const struct clock_options lapse = {
        .start_wall_ms = now_ms - lapse_ms * (rate - 1), .rate = rate, .until_now = true};
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
        result = demo_show(demo, now_ms + lapse_ms, seconds, seed, visits);
    clients_close(demo);
    house_leave(&demo->house);
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
    if (demo->made_dir[0])
        tree_remove(demo->made_dir);
    close(demo->signal_fd);
    free(demo);
    return result;
}

/*
 * tap.c - `manyi tap`: the cards of some channels as they change, until Ctrl-C.
 */
#include "cli/commands.h"
#include "cli/table.h"
#include "clients/c/manyi.h"
#include "core/status.h"
#include "io/json.h"
#include "schemas/codec.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

struct tap {
    struct cli *cli;
    bool snapshot;    /* print the cards as they are first, too */
    uint32_t refused; /* channels that are not shown to us */
    int status;       /* why */
    int64_t left;     /* cards still to print; negative: no end */
};

static void card_print_line(const struct manyi_card *card)
{
    static const char *const paths[] = {"id",    "store",     "department", "staff",  "period",         "kind",
                                        "grade", "status",    "clock",      "level",  "rung_percent",   "to",
                                        "n",     "csi.value", "code",       "reason", "acknowledged_by"};
    struct span map = span_make(card->card, card->card_len);
    int64_t at_ms;
    char at[24] = "";
    struct wire_value value = {.kind = WIRE_STR, .bytes = span_of(card->at)};
    if (wire_time_ms(&value, &at_ms) == 0)
        time_short(at_ms, at);
    printf("%s  %-10s", at, card->channel);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        char text[CELL_MAX];
        cell_text(map, paths[i], CELL_TEXT, text);
        if (text[0] && (strcmp(paths[i], "rung_percent") == 0))
            printf("  %s%%", text);
        else if (text[0] &&
                 (strcmp(paths[i], "level") == 0 || strcmp(paths[i], "n") == 0 || strcmp(paths[i], "to") == 0))
            printf("  %s %s", paths[i], text);
        else if (text[0])
            printf("  %s", text);
    }
    putchar('\n');
}

static void on_card(void *context, const struct manyi_card *card)
{
    struct tap *tap = context;
    if ((card->snapshot && !tap->snapshot) || tap->left == 0)
        return;
    tap->left -= tap->left > 0;
    if (tap->cli->json) {
        printf("{\"channel\":\"%s\",\"g\":\"%s\",\"n\":%llu,\"seq\":%llu,\"at\":\"%s\",\"card\":", card->channel,
               card->generation, (unsigned long long)card->n, (unsigned long long)card->seq, card->at);
        json_print(stdout, span_make(card->card, card->card_len));
        puts("}");
    } else {
        card_print_line(card);
    }
    fflush(stdout); /* whoever reads a pipe wants to see it now */
}

/* Of several channels the others go on. */
static void on_refused(void *context, const char *channel, int status)
{
    struct tap *tap = context;
    tap->refused++;
    tap->status = status;
    if (!tap->cli->quiet)
        fprintf(stderr, "%s: %s\n", channel, manyi_error_text(status));
}

static int channels_check(struct cli *cli)
{
    for (uint32_t i = 0; i < cli->arguments.operand_count; i++) {
        const char *name = cli->arguments.operand[i];
        if (channel_of(span_of(name)) != CHANNEL_none)
            continue;
        const char *names[CHANNEL_count];
        uint32_t count = 0;
        for (int channel = CHANNEL_none + 1; channel < CHANNEL_count; channel++)
            names[count++] = channel_name((enum card_channel)channel);
        const char *meant = nearest_word(name, names, count);
        return cli_fail(cli, -E_USAGE, "unknown channel %.40s; did you mean %s?", name, meant ? meant : "complaint");
    }
    return 0;
}

static int tap_run(struct tap *tap, struct manyi_subscriber *subscriber, uint32_t channels, int64_t seconds)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    time_t end = now.tv_sec + (time_t)seconds;
    while (tap->left != 0 && (seconds == 0 || now.tv_sec < end)) {
        int result = manyi_subscriber_turn(subscriber, 200);
        if (result < 0 && result != -E_AGAIN)
            return cli_fail(tap->cli, result, "%s", manyi_error_text(result));
        if (tap->refused == channels)
            return cli_fail(tap->cli, tap->status, "none of these channels is shown to you");
        if (ferror(stdout))
            return 0; /* whoever read us has gone */
        clock_gettime(CLOCK_MONOTONIC, &now);
    }
    return 0;
}

int command_tap(struct cli *cli)
{
    static const char *const all[] = {"complaint", "escalation", "task", "callback", "score", "ledger", "system"};
    char publish[ENDPOINT_MAX], replay[ENDPOINT_MAX], message[OPTION_MESSAGE_MAX];
    struct tap tap = {.cli = cli, .snapshot = option_given(&cli->arguments, "snapshot"), .left = -1};
    int64_t seconds = 0;
    if (option_number(&cli->arguments, "count", 1, INT64_MAX, &tap.left, message) < 0 ||
        option_number(&cli->arguments, "seconds", 1, 1000000, &seconds, message) < 0)
        return cli_fail(cli, -E_USAGE, "%s", message);
    struct manyi *manyi = NULL;
    struct span pong;
    static const uint8_t nothing[] = {0x80};
    int result = channels_check(cli);
    if (result == 0)
        result = cli_ask(cli, CLI_OUTLET, "PING", span_make(nothing, sizeof nothing), "PONG", 0, &pong);
    if (result == 0)
        result = cli_manyi(cli, &manyi);
    if (result < 0)
        return result;
    config_endpoint(&cli->config, 4, publish);
    const struct manyi_subscriber_options options = {
        .publish_endpoint = cli->config.key[0] ? NULL : publish, /* with a key: what its owner may see */
        .replay_endpoint = cli_endpoint(cli, CLI_OUTLET, replay),
        .channels = cli->arguments.operand_count ? cli->arguments.operand : all,
        .channel_count = cli->arguments.operand_count ? cli->arguments.operand_count : sizeof all / sizeof all[0],
        .on_card = on_card,
        .on_refused = on_refused,
        .why = option_text(&cli->arguments, "why"),
        .context = &tap,
    };
    struct manyi_subscriber *subscriber;
    result = manyi_subscriber_open(manyi, &options, &subscriber);
    if (result < 0)
        return cli_fail(cli, result, "%s", publish);
    result = tap_run(&tap, subscriber, options.channel_count, seconds);
    manyi_subscriber_close(subscriber);
    return result;
}

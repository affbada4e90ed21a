/*
 * follow.c - prints complaints and escalations as they stand, then as they change, until it is interrupted.
 *
 *     cc follow.c -o follow -lmanyi -lmsgpackc && ./follow
 */
#include <manyi.h>
#include <msgpack.h>
#include <stdio.h>

static void on_card(void *context, const struct manyi_card *card)
{
    msgpack_unpacked unpacked;
    (void)context;
    fprintf(stdout, "%s %llu %s %s", card->channel, (unsigned long long)card->n, card->at, card->gone ? "gone " : "");
    msgpack_unpacked_init(&unpacked);
    if (msgpack_unpack_next(&unpacked, card->card, card->card_len, NULL) == MSGPACK_UNPACK_SUCCESS)
        msgpack_object_print(stdout, unpacked.data);
    msgpack_unpacked_destroy(&unpacked);
    fputc('\n', stdout);
    fflush(stdout);
}

static void on_reset(void *context, const char *channel)
{
    (void)context;
    fprintf(stdout, "%s: another journal, forget what was shown\n", channel);
}

static void on_ready(void *context, const char *channel)
{
    (void)context;
    fprintf(stdout, "%s: complete, live from here on\n", channel);
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0); /* into a pipe, too, line by line */
    static const char *const channels[] = {"complaint", "escalation"};
    struct manyi_subscriber_options options = {
        .publish_endpoint = "tcp://127.0.0.1:7304",
        .replay_endpoint = "tcp://127.0.0.1:7305",
        .channels = channels,
        .channel_count = 2,
        .on_card = on_card,
        .on_reset = on_reset,
        .on_ready = on_ready,
    };
    struct manyi *manyi;
    struct manyi_subscriber *subscriber;
    int result = manyi_open(&manyi);
    if (result == 0)
        result = manyi_subscriber_open(manyi, &options, &subscriber);
    while (result == 0)
        result = manyi_subscriber_turn(subscriber, 1000);
    fprintf(stderr, "follow: %s %s\n", manyi_error_code(result), manyi_error_text(result));
    return 1;
}

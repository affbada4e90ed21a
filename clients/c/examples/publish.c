/*
 * publish.c - a desk publishes one rating, exactly once, and prints what became of it.
 *
 *     cc publish.c -o publish -lmanyi -lmsgpackc && ./publish rating-000041 9
 */
#include <manyi.h>
#include <msgpack.h>
#include <stdio.h>
#include <stdlib.h>

static void text(msgpack_packer *packer, const char *value)
{
    msgpack_pack_str_with_body(packer, value, strlen(value));
}

static void on_result(void *context, const struct manyi_result *result)
{
    (void)context;
    if (result->status)
        fprintf(stdout, "refused: %s %s %s\n", manyi_error_code(result->status), result->field, result->message);
    else
        fprintf(stdout, "%s, seq %llu\n", result->duplicate ? "known already" : "accepted",
                (unsigned long long)result->seq);
}

static void rating_pack(msgpack_packer *packer, const char *id, int overall)
{
    msgpack_pack_map(packer, 4);
    text(packer, "id"), text(packer, id);
    text(packer, "source"), text(packer, "/stores/sh-pudong/service/desk-1");
    text(packer, "type"), text(packer, "feedback.rated");
    text(packer, "data"), msgpack_pack_map(packer, 4);
    text(packer, "store"), text(packer, "sh-pudong");
    text(packer, "department"), text(packer, "service");
    text(packer, "channel"), text(packer, "kiosk");
    text(packer, "overall"), msgpack_pack_int(packer, overall);
}

int main(int count, char **words)
{
    struct manyi_publisher_options options = {
        .endpoint = "tcp://127.0.0.1:7301",
        .source = "/stores/sh-pudong/service/desk-1", /* a session: exactly once for ever */
        .instance = "example",
        .on_result = on_result,
    };
    struct manyi *manyi;
    struct manyi_publisher *publisher;
    msgpack_sbuffer event;
    msgpack_packer packer;
    msgpack_sbuffer_init(&event);
    msgpack_packer_init(&packer, &event, msgpack_sbuffer_write);
    rating_pack(&packer, count > 1 ? words[1] : "rating-000041", count > 2 ? (int)strtol(words[2], NULL, 10) : 9);

    int result = manyi_open(&manyi);
    if (result == 0 && getenv("MANYI_KEY")) { /* a server on another machine asks who you are */
        struct manyi_keys keys;
        result = manyi_read_keys(getenv("MANYI_KEY"), &keys, NULL, 0);
        if (result == 0)
            result = manyi_use_keys(manyi, &keys);
    }
    if (result == 0)
        result = manyi_publisher_open(manyi, &options, &publisher);
    if (result == 0)
        result = manyi_publish(publisher, event.data, event.size, 1);
    if (result == 0)
        result = manyi_publisher_flush(publisher, 5000);
    if (result) {
        fprintf(stderr, "publish: %s %s\n", manyi_error_code(result), manyi_error_text(result));
        return 1;
    }
    manyi_publisher_close(publisher);
    manyi_close(manyi);
    msgpack_sbuffer_destroy(&event);
    return 0;
}

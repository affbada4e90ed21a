/*
 * A subscriber whose outlet lies: CARDS, NAK, messages and beats of the fuzzer's choice. In each channel n rises until the channel
 * is reset, the generation stays until then, every card is one value; and an outlet that tells the truth again is believed.
 *
 *   an input is steps:  what u8 | argument u8 | length u16 | bytes
 */
#include "clients/c/subscriber.h"
#include "core/status.h"
#include "tests/fuzz/liar.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STEPS_MAX 64u
#define TRUE_G "truth"
#define TRUE_TURNS_MAX 400

static const char *const channels[] = {"complaint", "task"};
#define CHANNELS (sizeof channels / sizeof channels[0])

struct board {
    struct liar liar;
    struct manyi_subscriber *subscriber;
    struct {
        uint64_t n;
        char generation[NAME_MAX_BYTES + 1];
        bool ready;
    } topics[CHANNELS];
};

static size_t index_of(const char *channel)
{
    size_t i = 0;
    while (i < CHANNELS && strcmp(channels[i], channel) != 0)
        i++;
    ensure(i < CHANNELS);
    return i;
}

static void on_card(void *context, const struct manyi_card *card)
{
    struct board *board = context;
    size_t i = index_of(card->channel);
    struct wire_reader reader = wire_reader(span_make(card->card, card->card_len));
    struct span whole;
    ensure(card->n > board->topics[i].n);
    ensure(board->topics[i].n == 0 || strcmp(card->generation, board->topics[i].generation) == 0);
    ensure(card->at != NULL);
    ensure(wire_skip(&reader, 64, &whole) == 0);
    ensure(whole.len == card->card_len);
    board->topics[i].n = card->n;
    snprintf(board->topics[i].generation, sizeof board->topics[i].generation, "%s", card->generation);
}

static void on_reset(void *context, const char *channel)
{
    struct board *board = context;
    size_t i = index_of(channel);
    board->topics[i].n = 0;
    board->topics[i].ready = false;
}

static void on_ready(void *context, const char *channel)
{
    struct board *board = context;
    size_t i = index_of(channel);
    ensure(!board->topics[i].ready);
    board->topics[i].ready = true;
}

static void turn(struct board *board, void (*answer)(struct liar *liar))
{
    int status = manyi_subscriber_turn(board->subscriber, 0);
    ensure(status <= 0);
    liar_listen(&board->liar, answer);
}

static void step(struct board *board, struct carving *carving)
{
    static const char *const names[] = {"complaint", "task", "beat", "score"};
    uint8_t what = carve_byte(carving), argument = carve_byte(carving);
    struct span bytes = carve_bytes(carving, carve_number(carving, 2));
    switch (what & 7u) {
    case 0:
        clock_sim_advance(board->liar.manyi.clock, argument * 50, argument * 50);
        break;
    case 1:
        liar_repeat(&board->liar);
        break;
    case 2:
    case 3:
        liar_publish(&board->liar, span_of(names[argument & 3u]), bytes);
        break;
    default:
        liar_answer(&board->liar, argument & 1u ? "NAK" : "CARDS", bytes, what & 1u);
        break;
    }
    turn(board, NULL);
}

/* One card of each channel is all there is. */
static void answer_truly(struct liar *liar)
{
    uint8_t buffer[256];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    wire_map(&writer, 4);
    wire_key(&writer, "g");
    wire_text(&writer, span_of(TRUE_G));
    wire_key(&writer, "cards");
    wire_array(&writer, 1);
    wire_map(&writer, 2);
    wire_key(&writer, "n");
    wire_natural(&writer, 7);
    wire_key(&writer, "card");
    wire_map(&writer, 0);
    wire_key(&writer, "upto");
    wire_natural(&writer, 7);
    wire_key(&writer, "more");
    wire_bool(&writer, false);
    liar_answer(liar, "CARDS", wire_written(&writer), true);
}

static void beat_truly(struct board *board)
{
    uint8_t buffer[256];
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, sizeof buffer);
    wire_map(&writer, 2);
    wire_key(&writer, "g");
    wire_text(&writer, span_of(TRUE_G));
    wire_key(&writer, "channels");
    wire_map(&writer, CHANNELS);
    for (size_t i = 0; i < CHANNELS; i++) {
        wire_key(&writer, channels[i]);
        wire_natural(&writer, 7);
    }
    liar_publish(&board->liar, span_of("beat"), wire_written(&writer));
}

static bool has_the_truth(const struct board *board)
{
    for (size_t i = 0; i < CHANNELS; i++) {
        if (strcmp(board->topics[i].generation, TRUE_G) != 0 || board->topics[i].n != 7 || !board->topics[i].ready)
            return false;
    }
    return true;
}

static void sober_up(struct board *board)
{
    for (int i = 0; !has_the_truth(board); i++) {
        ensure(i < TRUE_TURNS_MAX);
        beat_truly(board);
        turn(board, answer_truly);
        clock_sim_advance(board->liar.manyi.clock, 200, 200);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct board board;
    struct carving carving = {data, size};
    memset(&board, 0, sizeof board);
    liar_open(&board.liar);
    const struct manyi_subscriber_options options = {
        .publish_endpoint = LIAR_LIVE,
        .replay_endpoint = LIAR_ENDPOINT,
        .channels = channels,
        .channel_count = CHANNELS,
        .on_card = on_card,
        .on_reset = on_reset,
        .on_ready = on_ready,
        .context = &board,
    };
    int status = manyi_subscriber_open(&board.liar.manyi, &options, &board.subscriber);
    ensure(status == 0);
    turn(&board, NULL);
    for (uint32_t i = 0; i < STEPS_MAX && carving.left > 0; i++)
        step(&board, &carving);
    sober_up(&board);
    manyi_subscriber_close(board.subscriber);
    liar_close(&board.liar);
    return 0;
}

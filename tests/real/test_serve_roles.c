/* All roles in one process, a thread each, under load from outside: what `manyi serve` is made of. */
#include "cli/child.h"
#include "cli/house.h"
#include "clients/c/manyi.h"
#include "core/status.h"
#include "schemas/codec.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define ROLES_ALL                                                                                  \
    (ROLE_BIT(ROLE_INTAKE) | ROLE_BIT(ROLE_FEED) | ROLE_BIT(ROLE_WORKER) | ROLE_BIT(ROLE_OUTLET) | \
     ROLE_BIT(ROLE_GATEWAY))
#define RATINGS 3000u
#define COMPLAINTS 20u
#define DEADLINE_S 60

struct scene {
    struct cli cli;
    struct house house;
    char dir[SCRATCH_MAX];
    uint64_t accepted;
    uint64_t last_seq;
    uint64_t opened[COMPLAINTS]; /* seqs of complaints whose card has come */
    uint32_t opened_count;
};

static const struct clock_options real_time = {.rate = 0};

static int scene_begin(void **state)
{
    char message[CONFIG_MESSAGE_MAX], port[16];
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    scratch_make(scene->dir);
    snprintf(port, sizeof port, "%u", ports_free(30000 + 10 * ((uint32_t)getpid() % 200)));
    config_defaults(&scene->cli.config);
    assert_int_equal(config_set(&scene->cli.config, "dir", scene->dir, "test", message), 0);
    assert_int_equal(config_set(&scene->cli.config, "base_port", port, "test", message), 0);
    *state = scene;
    return 0;
}

static int scene_end(void **state)
{
    struct scene *scene = *state;
    scratch_remove(scene->dir);
    free(scene);
    return 0;
}

static void serve(struct scene *scene)
{
    int result = house_enter(&scene->cli, ROLES_ALL, true, &real_time, &scene->house);
    if (result == 0)
        result = house_wait_ready(&scene->cli, &scene->house, -1);
    if (result < 0)
        fail_msg("%s: %s", status_text(result)->code, scene->cli.message);
}

static void leave(struct scene *scene)
{
    int failure;
    assert_int_equal(roles_failed(&scene->house.roles, &failure), ROLES);
    cli_hang_up(&scene->cli);
    house_leave(&scene->house);
}

static struct span event_write(uint32_t number, bool complaint, uint8_t *buffer, size_t size)
{
    char id[32];
    union event_data data;
    memset(&data, 0, sizeof data);
    snprintf(id, sizeof id, "%s-%u", complaint ? "c" : "r", number);
    if (complaint) {
        SET(&data.complained, complained, store, span_of("sh-pudong"));
        SET(&data.complained, complained, channel, channel_is_phone);
        SET(&data.complained, complained, category, category_is_delay);
        SET(&data.complained, complained, text, span_of("too slow"));
    } else {
        SET(&data.rated, rated, store, span_of("sh-pudong"));
        SET(&data.rated, rated, department, span_of("service"));
        SET(&data.rated, rated, channel, channel_is_kiosk);
        SET(&data.rated, rated, overall, 9000);
    }
    const struct event_draft draft = {.id = span_of(id),
                                      .source = span_of("/tests/serve"),
                                      .type = complaint ? EVENT_feedback_complained : EVENT_feedback_rated,
                                      .data = &data,
                                      .style = ENCODE_EVENT};
    struct wire_writer writer;
    wire_writer_init(&writer, buffer, size);
    event_encode(&draft, &writer);
    assert_false(writer.full);
    return wire_written(&writer);
}

static void on_result(void *context, const struct manyi_result *result)
{
    struct scene *scene = context;
    assert_int_equal(result->status, 0);
    scene->accepted += !result->duplicate;
    scene->last_seq = result->seq > scene->last_seq ? result->seq : scene->last_seq;
}

static void on_card(void *context, const struct manyi_card *card)
{
    struct scene *scene = context;
    struct complaint complaint;
    struct flaw flaw;
    assert_int_equal(record_decode(&record_of_complaint, span_make(card->card, card->card_len), &complaint, &flaw), 0);
    for (uint32_t i = 0; i < scene->opened_count; i++) {
        if (scene->opened[i] == (uint64_t)complaint.seq)
            return;
    }
    assert_true(scene->opened_count < COMPLAINTS);
    scene->opened[scene->opened_count++] = (uint64_t)complaint.seq;
}

static void publish_all(struct scene *scene, struct manyi *manyi)
{
    char endpoint[ENDPOINT_MAX];
    struct manyi_publisher *publisher;
    const struct manyi_publisher_options options = {
        .endpoint = cli_endpoint(&scene->cli, CLI_INTAKE, endpoint), .on_result = on_result, .context = scene};
    assert_int_equal(manyi_publisher_open(manyi, &options, &publisher), 0);
    for (uint32_t i = 0; i < RATINGS + COMPLAINTS; i++) {
        uint8_t buffer[512];
        struct span event = event_write(i, i % (RATINGS / COMPLAINTS + 1) == 7, buffer, sizeof buffer);
        int result;
        while ((result = manyi_publish(publisher, event.at, event.len, i)) == -E_AGAIN)
            assert_int_equal(manyi_publisher_turn(publisher, 100), 0);
        assert_int_equal(result, 0);
    }
    assert_int_equal(manyi_publisher_flush(publisher, DEADLINE_S * 1000), 0);
    manyi_publisher_close(publisher);
}

static void watch_complaints(struct scene *scene, struct manyi *manyi)
{
    static const char *const channels[] = {"complaint"};
    char publish[ENDPOINT_MAX], replay[ENDPOINT_MAX];
    struct manyi_subscriber *subscriber;
    config_endpoint(&scene->cli.config, 4, publish);
    const struct manyi_subscriber_options options = {.publish_endpoint = publish,
                                                     .replay_endpoint = cli_endpoint(&scene->cli, CLI_OUTLET, replay),
                                                     .channels = channels,
                                                     .channel_count = 1,
                                                     .on_card = on_card,
                                                     .context = scene};
    assert_int_equal(manyi_subscriber_open(manyi, &options, &subscriber), 0);
    time_t deadline = time(NULL) + DEADLINE_S;
    while (scene->opened_count < COMPLAINTS && time(NULL) < deadline)
        manyi_subscriber_turn(subscriber, 100);
    manyi_subscriber_close(subscriber);
    assert_int_equal(scene->opened_count, COMPLAINTS);
}

/* n of the group, once everything that was accepted is folded. */
static int64_t ratings_counted(struct scene *scene)
{
    uint8_t body[256];
    char year[8];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(year, sizeof year, "%Y", &utc);
    struct get_request request = {.has = 0};
    SET(&request, get_request, what, span_of("scores"));
    SET(&request, get_request, by, span_of("group"));
    SET(&request, get_request, period, span_of(year));
    SET(&request, get_request, wait_seq, (int64_t)scene->last_seq);
    struct wire_writer writer;
    wire_writer_init(&writer, body, sizeof body);
    record_encode(&record_of_get_request, &request, ENCODE_EVENT, &writer);
    struct span reply, row;
    struct rows_reply rows;
    struct flaw flaw;
    struct wire_value value;
    assert_int_equal(cli_ask(&scene->cli, CLI_QUERY, "GET", wire_written(&writer), "ROWS", DEADLINE_S * 1000, &reply),
                     0);
    assert_int_equal(record_decode(&record_of_rows_reply, reply, &rows, &flaw), 0);
    struct wire_reader reader = wire_reader(rows.rows);
    assert_int_equal(wire_read(&reader, &value), 0);
    assert_int_equal(value.count, 1);
    assert_int_equal(wire_skip(&reader, 16, &row), 0);
    struct score score;
    assert_int_equal(record_decode(&record_of_score, row, &score, &flaw), 0);
    return score.n;
}

static void a_day_passes_through_all_threads_and_is_there_after_a_restart(void **state)
{
    struct scene *scene = *state;
    struct manyi *manyi = NULL;
    serve(scene);
    assert_int_equal(cli_manyi(&scene->cli, &manyi), 0);
    publish_all(scene, manyi);
    assert_int_equal(scene->accepted, RATINGS + COMPLAINTS);
    watch_complaints(scene, manyi);
    assert_int_equal(ratings_counted(scene), RATINGS);
    leave(scene);

    serve(scene);
    assert_int_equal(ratings_counted(scene), RATINGS);
    assert_int_equal(cli_manyi(&scene->cli, &manyi), 0);
    publish_all(scene, manyi); /* again: every one is known */
    assert_int_equal(scene->accepted, RATINGS + COMPLAINTS);
    assert_int_equal(ratings_counted(scene), RATINGS);
    leave(scene);
}

static void a_second_house_in_the_same_directory_is_refused(void **state)
{
    struct scene *scene = *state;
    struct house second;
    serve(scene);
    assert_int_equal(house_enter(&scene->cli, ROLES_ALL, true, &real_time, &second), -E_LOCKED);
    leave(scene);
    serve(scene); /* and the first one's end opens the door again */
    leave(scene);
}

static void a_house_whose_port_is_taken_is_left_as_it_was(void **state)
{
    struct scene *scene = *state;
    char message[CONFIG_MESSAGE_MAX], other[80], endpoint[ENDPOINT_MAX];
    struct cli second = {.config = scene->cli.config};
    struct house house;
    serve(scene);
    snprintf(other, sizeof other, "%s/other", scene->dir);
    assert_int_equal(config_set(&second.config, "dir", other, "test", message), 0);
    assert_int_equal(house_enter(&second, ROLES_ALL, true, &real_time, &house), -E_PORT_IN_USE);
    assert_string_equal(second.message, cli_endpoint(&second, CLI_INTAKE, endpoint));
    assert_int_not_equal(access(other, F_OK), 0);
    leave(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_day_passes_through_all_threads_and_is_there_after_a_restart, scene_begin,
                                        scene_end),
        cmocka_unit_test_setup_teardown(a_second_house_in_the_same_directory_is_refused, scene_begin, scene_end),
        cmocka_unit_test_setup_teardown(a_house_whose_port_is_taken_is_left_as_it_was, scene_begin, scene_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

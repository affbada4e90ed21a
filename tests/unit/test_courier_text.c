/* What goes over the line is what the makers of webhooks, mails and robots document. */
#include "core/status.h"
#include "io/courier_text.h"
#include "schemas/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

/* The worked example of the Standard Webhooks specification. */
static void a_webhook_is_signed_as_the_specification_has_it(void **state)
{
    char signature[SIGNATURE_MAX];
    (void)state;
    assert_int_equal(courier_webhook_sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                                          span_of("msg_p5jXN8AQM9LWM0D4loKWxJek"), 1614265330,
                                          span_of("{\"test\": 2432232314}"), signature),
                     0);
    assert_string_equal(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    assert_int_equal(courier_webhook_sign("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", span_of("a"), 1, span_of("b"), signature),
                     -E_BAD_NOTICES);
}

static void a_status_of_http_means_what_it_says(void **state)
{
    static const struct {
        long code;
        enum courier_verdict verdict;
        bool of_target;
    } rows[] = {
        {200, COURIER_DELIVERED, false}, {202, COURIER_DELIVERED, false}, {204, COURIER_DELIVERED, false},
        {301, COURIER_PERMANENT, false}, {400, COURIER_PERMANENT, false}, {404, COURIER_PERMANENT, false},
        {408, COURIER_TRANSIENT, false}, {410, COURIER_PERMANENT, false}, {425, COURIER_TRANSIENT, false},
        {429, COURIER_TRANSIENT, true},  {500, COURIER_TRANSIENT, false}, {502, COURIER_TRANSIENT, true},
        {503, COURIER_TRANSIENT, true},  {504, COURIER_TRANSIENT, true},  {100, COURIER_TRANSIENT, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct courier_outcome outcome = {.verdict = COURIER_PERMANENT};
        courier_http_verdict(rows[i].code, &outcome);
        assert_int_equal(outcome.verdict, rows[i].verdict);
        assert_int_equal(outcome.of_target, rows[i].of_target);
    }
}

/* RFC 5321: 220 greets, 250 takes whom it is from, 354 asks for the body. One mailbox may not hold up the others' mail. */
static void a_mail_server_that_falls_silent_at_one_mailbox_is_there_for_others(void **state)
{
    static const struct {
        long status;
        bool denied;
        enum courier_verdict verdict;
        bool of_target;
    } rows[] = {
        {0, false, COURIER_TRANSIENT, true},    {220, false, COURIER_TRANSIENT, true},
        {250, false, COURIER_TRANSIENT, false}, {354, false, COURIER_TRANSIENT, true},
        {421, false, COURIER_TRANSIENT, true},  {450, false, COURIER_TRANSIENT, false},
        {452, false, COURIER_TRANSIENT, false}, {530, false, COURIER_TRANSIENT, true},
        {535, true, COURIER_TRANSIENT, true},   {550, false, COURIER_PERMANENT, false},
        {553, false, COURIER_PERMANENT, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct courier_outcome outcome = {.verdict = COURIER_DELIVERED};
        courier_mail_verdict(rows[i].status, rows[i].denied, "timed out", &outcome);
        assert_int_equal(outcome.verdict, rows[i].verdict);
        assert_int_equal(outcome.of_target, rows[i].of_target);
        assert_non_null(strstr(outcome.reason, rows[i].status >= 400 ? "SMTP " : "timed out"));
    }
}

static void a_robot_may_say_no_with_http_200(void **state)
{
    static const struct {
        int32_t means;
        const char *answer;
        enum courier_verdict verdict;
    } rows[] = {
        {notice_means_is_wecom, "{\"errcode\":0,\"errmsg\":\"ok\"}", COURIER_DELIVERED},
        {notice_means_is_wecom, "{\"errcode\":45009,\"errmsg\":\"api freq out of limit\"}", COURIER_TRANSIENT},
        {notice_means_is_wecom, "{\"errcode\":93000,\"errmsg\":\"invalid webhook url\"}", COURIER_PERMANENT},
        {notice_means_is_dingtalk, "{\"errcode\":0,\"errmsg\":\"ok\"}", COURIER_DELIVERED},
        {notice_means_is_dingtalk, "{\"errcode\":130101,\"errmsg\":\"send too fast\"}", COURIER_TRANSIENT},
        {notice_means_is_dingtalk, "{\"errcode\":310000,\"errmsg\":\"sign not match\"}", COURIER_PERMANENT},
        {notice_means_is_feishu, "{\"code\":0,\"msg\":\"success\",\"data\":{}}", COURIER_DELIVERED},
        {notice_means_is_feishu, "{\"StatusCode\":0,\"StatusMessage\":\"success\"}", COURIER_DELIVERED},
        {notice_means_is_feishu, "{\"code\":11232,\"msg\":\"frequency limited\"}", COURIER_TRANSIENT},
        {notice_means_is_feishu, "{\"code\":19021,\"msg\":\"sign match fail\"}", COURIER_PERMANENT},
        {notice_means_is_feishu, "<html>welcome</html>", COURIER_TRANSIENT},
        {notice_means_is_wecom, "", COURIER_TRANSIENT},
        {notice_means_is_wecom, "[]", COURIER_TRANSIENT},
        {notice_means_is_wecom, "{\"errcode\":\"0\"}", COURIER_TRANSIENT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct courier_outcome outcome = {.verdict = COURIER_PERMANENT};
        courier_robot_verdict(rows[i].means, span_of(rows[i].answer), &outcome);
        assert_int_equal(outcome.verdict, rows[i].verdict);
        assert_null(strstr(outcome.reason, "http"));
    }
}

/* Encoded words by Python: email.header.Header("投诉…", "utf-8"), cut where ours are. */
static void a_mail_is_readable_for_every_mail_program(void **state)
{
    const struct notice_target target = {.means = notice_means_is_smtp, .from = "manyi@example.com"};
    const struct courier_message message = {
        .id = span_of("E-41-response-100~0~1795392000~00ff"),
        .title = span_of("投诉"),
        .text = span_of("C-41"),
        .address = span_of("wang.li@example.com"),
    };
    char mail[2048];
    size_t len = 0;
    (void)state;
    assert_int_equal(courier_mail(&target, &message, 1795392000000ll, mail, sizeof mail, &len), 0);
    mail[len] = '\0';
    assert_string_equal(mail, "From: <manyi@example.com>\r\n"
                              "To: <wang.li@example.com>\r\n"
                              "Subject: =?UTF-8?B?5oqV6K+J?=\r\n"
                              "Date: Mon, 23 Nov 2026 00:00:00 +0000\r\n"
                              "Message-ID: <E-41-response-100~0~1795392000~00ff@example.com>\r\n"
                              "MIME-Version: 1.0\r\n"
                              "Content-Type: text/plain; charset=utf-8\r\n"
                              "Content-Transfer-Encoding: base64\r\n"
                              "Auto-Submitted: auto-generated\r\n"
                              "\r\n"
                              "Qy00MQ==\r\n");
    assert_int_equal(courier_mail(&target, &message, 1795392000000ll, mail, len, &len), -E_NO_ROOM);
}

static void what_a_robot_has_no_room_for_ends_at_a_whole_character(void **state)
{
    static char text[3 * 2000 + 1], page[16384];
    size_t len = 0;
    (void)state;
    for (size_t i = 0; i < 2000; i++)
        memcpy(text + 3 * i, "诉", 3);
    const struct notice_target target = {.means = notice_means_is_wecom, .url = "https://robot"};
    const struct courier_message message = {.title = span_of("t"), .markdown = span_of(text)};
    assert_int_equal(courier_robot(&target, &message, 0, page, sizeof page, &len), 0);
    uint32_t characters = 0;
    assert_int_equal(utf8_count(span_make(page, len), &characters), 0);
    assert_int_equal(len - strlen("{\"msgtype\":\"markdown\",\"markdown\":{\"content\":\"\"}}"),
                     4095); /* 1,365 of them */
    assert_int_equal(courier_robot(&target, &message, 0, page, 4000, &len), -E_NO_ROOM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_webhook_is_signed_as_the_specification_has_it),
        cmocka_unit_test(a_status_of_http_means_what_it_says),
        cmocka_unit_test(a_mail_server_that_falls_silent_at_one_mailbox_is_there_for_others),
        cmocka_unit_test(a_robot_may_say_no_with_http_200),
        cmocka_unit_test(a_mail_is_readable_for_every_mail_program),
        cmocka_unit_test(what_a_robot_has_no_room_for_ends_at_a_whole_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * courier_text.h - what goes over the line: mails, signatures, the JSON of webhooks, commands and robots, and what robots answer.
 *
 * Pure but for memory: no clock, no socket. Every text goes into the caller's buffer; -E_NO_ROOM when it does not fit.
 * Formats as their makers document them: RFC 5322, 2045 and 2047 (mail), Standard Webhooks 1.0.0, and the group robots of
 * Enterprise WeChat, DingTalk and Feishu.
 */
#ifndef MANYI_IO_COURIER_TEXT_H
#define MANYI_IO_COURIER_TEXT_H

#include "io/courier.h"

#define SIGNATURE_MAX 64u /* base64 of 32 bytes, "v1," before it and its end behind it */
#define WECOM_BYTES_MAX 4096u

/* A whole mail with its headers, in lines of CRLF: UTF-8 in base64. */
int courier_mail(const struct notice_target *target, const struct courier_message *message, int64_t wall_ms,
                 char *buffer, size_t size, size_t *ret_len);

/* message->body as JSON. */
int courier_webhook(const struct courier_message *message, char *buffer, size_t size, size_t *ret_len);
/* "v1,<base64 of HMAC-SHA-256 of id.timestamp.body>". -E_BAD_NOTICES: the secret is no whsec_ one. */
int courier_webhook_sign(const char *secret, struct span id, int64_t timestamp_s, struct span body,
                         char ret_signature[SIGNATURE_MAX]);

/* {"id", "address", "title", "text", "data"}: for a command's stdin. */
int courier_command(const struct courier_message *message, char *buffer, size_t size, size_t *ret_len);

/* What a robot is sent; target->means says which. Feishu's is signed inside. */
int courier_robot(const struct notice_target *target, const struct courier_message *message, int64_t wall_ms,
                  char *buffer, size_t size, size_t *ret_len);
/* Where it is sent to: the target's url, of DingTalk signed. */
int courier_robot_url(const struct notice_target *target, int64_t wall_ms, char *buffer, size_t size);
/* What a robot's answer with HTTP 200 means: its own code counts. */
void courier_robot_verdict(int32_t means, struct span answer, struct courier_outcome *ret_outcome);

/* What a status of HTTP means. */
void courier_http_verdict(long code, struct courier_outcome *ret_outcome);
/* What the last code of an SMTP server means when the mail was not taken; 0: it said nothing. `denied`: it was about the login. */
void courier_mail_verdict(long status, bool denied, const char *words, struct courier_outcome *ret_outcome);

#endif

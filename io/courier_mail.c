/* courier_mail.c - a notice as a mail: headers of RFC 5322, a subject of RFC 2047, a body in base64. */
#include "io/courier_text.h"

#include "core/rfc3339.h"
#include "core/status.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>

#define WORD_BYTES 45u /* of UTF-8 in one encoded word: 60 characters and its frame stay within 75 */
#define LINE_BYTES 57u /* of a body's line: 76 characters */

struct letter {
    char *at;
    size_t size, len; /* len >= size: it did not fit */
};

__attribute__((format(printf, 2, 3))) static void letter_add(struct letter *letter, const char *format, ...)
{
    size_t room = letter->len < letter->size ? letter->size - letter->len : 0;
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(room ? letter->at + letter->len : NULL, room, format, arguments);
    va_end(arguments);
    letter->len += len > 0 ? (size_t)len : 0;
}

static void letter_base64(struct letter *letter, const uint8_t *bytes, size_t len)
{
    char text[128];
    sodium_bin2base64(text, sizeof text, bytes, len, sodium_base64_VARIANT_ORIGINAL);
    letter_add(letter, "%s", text);
}

static bool is_plain(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < 0x20 || text.at[i] > 0x7e)
            return false;
    }
    return text.len <= 60 && !(text.len >= 2 && text.at[0] == '=' && text.at[1] == '?');
}

/* A text in a header: as it is, or in encoded words that end where characters end. */
static void letter_words(struct letter *letter, struct span text)
{
    if (is_plain(text)) {
        letter_add(letter, "%.*s", SPAN_ARGS(text));
        return;
    }
    for (size_t at = 0; at < text.len;) {
        size_t len = text.len - at < WORD_BYTES ? text.len - at : WORD_BYTES;
        while (at + len < text.len && len > 1 && (text.at[at + len] & 0xc0) == 0x80)
            len--;
        letter_add(letter, "%s=?UTF-8?B?", at ? "\r\n " : "");
        letter_base64(letter, text.at + at, len);
        letter_add(letter, "?=");
        at += len;
    }
}

/* Characters that an id of a mail may have; others become underscores. */
static void letter_id(struct letter *letter, struct span id, const char *from)
{
    const char *at = strrchr(from, '@');
    letter_add(letter, "<");
    for (size_t i = 0; i < id.len; i++) {
        uint8_t c = id.at[i];
        bool fits = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
                    c == '~' || (c == '.' && i > 0 && i + 1 < id.len && id.at[i - 1] != '.');
        letter_add(letter, "%c", fits ? c : '_');
    }
    letter_add(letter, "@%s>", at ? at + 1 : "manyi.invalid");
}

static void letter_date(struct letter *letter, int64_t wall_ms)
{
    static const char days[7][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t seconds = wall_ms / 1000;
    struct civil_date date = civil_from_days(seconds / 86400);
    letter_add(letter, "Date: %s, %u %s %d %02d:%02d:%02d +0000\r\n", days[seconds / 86400 % 7], (unsigned)date.day,
               months[(date.month + 11) % 12], (int)date.year, (int)(seconds / 3600 % 24), (int)(seconds / 60 % 60),
               (int)(seconds % 60));
}

int courier_mail(const struct notice_target *target, const struct courier_message *message, int64_t wall_ms,
                 char *buffer, size_t size, size_t *ret_len)
{
    struct letter letter = {.at = buffer, .size = size};
    letter_add(&letter, "From: <%s>\r\nTo: <%.*s>\r\nSubject: ", target->from, SPAN_ARGS(message->address));
    letter_words(&letter, message->title);
    letter_add(&letter, "\r\n");
    letter_date(&letter, wall_ms);
    letter_add(&letter, "Message-ID: ");
    letter_id(&letter, message->id, target->from);
    letter_add(&letter, "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                        "Content-Transfer-Encoding: base64\r\nAuto-Submitted: auto-generated\r\n\r\n");
    for (size_t at = 0; at < message->text.len; at += LINE_BYTES) {
        size_t rest = message->text.len - at;
        letter_base64(&letter, message->text.at + at, rest < LINE_BYTES ? rest : LINE_BYTES);
        letter_add(&letter, "\r\n");
    }
    if (letter.len >= letter.size)
        return -E_NO_ROOM;
    *ret_len = letter.len;
    return 0;
}

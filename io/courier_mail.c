/* courier_mail.c - a notice as a mail: headers of RFC 5322, a subject of RFC 2047, a body in base64. */
#include "io/courier_text.h"

#include "core/rfc3339.h"
#include "core/status.h"
#include "io/page.h"

#include <sodium.h>
#include <stdio.h>

#define WORD_BYTES 45u /* of UTF-8 in one encoded word: 60 characters and its frame stay within 75 */
#define LINE_BYTES 57u /* of a body's line: 76 characters */

static void mail_base64(struct page *page, const uint8_t *bytes, size_t len)
{
    char text[128];
    sodium_bin2base64(text, sizeof text, bytes, len, sodium_base64_VARIANT_ORIGINAL);
    page_add(page, "%s", text);
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
static void mail_words(struct page *page, struct span text)
{
    if (is_plain(text)) {
        page_add(page, "%.*s", SPAN_ARGS(text));
        return;
    }
    for (size_t at = 0; at < text.len;) {
        size_t len = text.len - at < WORD_BYTES ? text.len - at : WORD_BYTES;
        while (at + len < text.len && len > 1 && (text.at[at + len] & 0xc0) == 0x80)
            len--;
        page_add(page, "%s=?UTF-8?B?", at ? "\r\n " : "");
        mail_base64(page, text.at + at, len);
        page_add(page, "?=");
        at += len;
    }
}

/* Characters that an id of a mail may have; others become underscores. */
static void mail_id(struct page *page, struct span id, const char *from)
{
    const char *at = strrchr(from, '@');
    page_add(page, "<");
    for (size_t i = 0; i < id.len; i++) {
        uint8_t c = id.at[i];
        bool fits = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
                    c == '~' || (c == '.' && i > 0 && i + 1 < id.len && id.at[i - 1] != '.');
        page_add(page, "%c", fits ? c : '_');
    }
    page_add(page, "@%s>", at ? at + 1 : "manyi.invalid");
}

static void mail_date(struct page *page, int64_t wall_ms)
{
    static const char days[7][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t seconds = wall_ms / 1000;
    struct civil_date date = civil_from_days(seconds / 86400);
    page_add(page, "Date: %s, %u %s %d %02d:%02d:%02d +0000\r\n", days[seconds / 86400 % 7], (unsigned)date.day,
             months[(date.month + 11) % 12], (int)date.year, (int)(seconds / 3600 % 24), (int)(seconds / 60 % 60),
             (int)(seconds % 60));
}

int courier_mail(const struct notice_target *target, const struct courier_message *message, int64_t wall_ms,
                 char *buffer, size_t size, size_t *ret_len)
{
    struct page page = {.at = buffer, .size = size};
    page_add(&page, "From: <%s>\r\nTo: <%.*s>\r\nSubject: ", target->from, SPAN_ARGS(message->address));
    mail_words(&page, message->title);
    page_add(&page, "\r\n");
    mail_date(&page, wall_ms);
    page_add(&page, "Message-ID: ");
    mail_id(&page, message->id, target->from);
    page_add(&page, "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                    "Content-Transfer-Encoding: base64\r\nAuto-Submitted: auto-generated\r\n\r\n");
    for (size_t at = 0; at < message->text.len; at += LINE_BYTES) {
        size_t rest = message->text.len - at;
        mail_base64(&page, message->text.at + at, rest < LINE_BYTES ? rest : LINE_BYTES);
        page_add(&page, "\r\n");
    }
    if (page.len >= page.size)
        return -E_NO_ROOM;
    *ret_len = page.len;
    return 0;
}

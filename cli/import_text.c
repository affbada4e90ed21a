/*
 * import_text.c - lines and CSV records of a file, in UTF-8 whatever they were in.
 */
#include "cli/import.h"

#include "core/status.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>

#define UTF8_MAX (2u * IMPORT_LINE_MAX) /* two bytes of GB18030 become three at most */

static bool is_utf8(struct span text)
{
    uint32_t characters;
    return utf8_count(text, &characters) == 0;
}

/* Reads up to the line end that is not within quotes. -E_NOT_FOUND: nothing is left. */
static int record_read(struct import_text *text, bool quotes, struct span *ret_raw, uint64_t *ret_line)
{
    size_t len = 0;
    bool within = false, any = false, too_large = false;
    int c;
    *ret_line = text->next_line;
    while ((c = getc_unlocked(text->file)) != EOF) {
        any = true;
        within ^= quotes && c == '"';
        text->next_line += c == '\n';
        if (c == '\n' && (!within || too_large))
            break;
        if (len < IMPORT_LINE_MAX)
            text->raw[len++] = (uint8_t)c;
        else
            too_large = true;
    }
    if (!any)
        return -E_NOT_FOUND;
    if (len > 0 && text->raw[len - 1] == '\r')
        len--;
    *ret_raw = span_make(text->raw, len);
    return too_large ? -E_TOO_LARGE : 0;
}

/* A file is looked through before its first line is believed to be UTF-8: a table in GB18030 may begin in ASCII. */
static void encoding_find(struct import_text *text)
{
    if (fseek(text->file, 0, SEEK_CUR) != 0)
        return; /* a pipe: decided when the first such record comes */
    struct span raw;
    uint64_t line;
    int result;
    while (!text->gb18030 && (result = record_read(text, false, &raw, &line)) != -E_NOT_FOUND)
        text->gb18030 = result == 0 && !is_utf8(raw);
    rewind(text->file);
    text->next_line = 1;
}

int import_text_open(FILE *file, struct import_text *ret_text)
{
    struct import_text text = {.file = file, .next_line = 1};
    text.raw = malloc(IMPORT_LINE_MAX);
    text.utf8 = malloc(UTF8_MAX);
    iconv_t converter = iconv_open("UTF-8", "GB18030");
    text.converter = converter;
    if (!text.raw || !text.utf8 || converter == (iconv_t)-1) {
        bool crowded = converter == (iconv_t)-1 && (errno == EMFILE || errno == ENFILE); /* its tables are files */
        if (converter != (iconv_t)-1)
            iconv_close(converter);
        free(text.raw);
        free(text.utf8);
        return crowded ? -E_NO_DESCRIPTORS : -E_NO_MEMORY;
    }
    encoding_find(&text);
    *ret_text = text;
    return 0;
}

void import_text_close(struct import_text *text)
{
    if (text->converter)
        iconv_close(text->converter);
    free(text->raw);
    free(text->utf8);
    *text = (struct import_text){.file = NULL};
}

static int convert(struct import_text *text, struct span raw, struct span *ret_utf8)
{
    char *from = (char *)(uintptr_t)raw.at; /* iconv takes no const, but only reads it */
    char *to = (char *)text->utf8;
    size_t from_left = raw.len, to_left = UTF8_MAX;
    iconv(text->converter, NULL, NULL, NULL, NULL);
    if (raw.len > 0 && iconv(text->converter, &from, &from_left, &to, &to_left) == (size_t)-1)
        return -E_BAD_UTF8;
    *ret_utf8 = span_make(text->utf8, UTF8_MAX - to_left);
    return 0;
}

int import_text_next(struct import_text *text, bool quotes, struct span *ret_record, uint64_t *ret_line)
{
    struct span record;
    int result = record_read(text, quotes, &record, ret_line);
    bool first = !text->begun;
    text->begun = true;
    if (result < 0)
        return result;
    if (first && record.len >= 3 && memcmp(record.at, "\xef\xbb\xbf", 3) == 0)
        record = span_make(record.at + 3, record.len - 3);
    if (!text->gb18030)
        text->gb18030 = !is_utf8(record);
    if (text->gb18030) {
        result = convert(text, record, &record);
        if (result < 0)
            return result;
    }
    *ret_record = record;
    return 0;
}

/* answer.c - what answers share: cursors (where a page ended, as text that clients never look into), the policy. */
#include "workers/answer.h"

#include "core/ensure.h"
#include "core/status.h"
#include "io/policy_file.h"

static const char digits[] = "0123456789abcdef";

void answer_cursor_set(struct answer *answer, struct span key)
{
    ensure(key.len <= CURSOR_BYTES_MAX);
    for (size_t i = 0; i < key.len; i++) {
        answer->cursor[2 * i] = digits[key.at[i] >> 4];
        answer->cursor[2 * i + 1] = digits[key.at[i] & 15];
    }
    answer->cursor_len = 2 * key.len;
}

/* -1 when it is none. */
static int digit_value(uint8_t character)
{
    const char *at = character ? strchr(digits, character) : NULL;
    return at ? (int)(at - digits) : -1;
}

int answer_cursor_read(struct answer *answer, uint8_t buffer[CURSOR_BYTES_MAX], struct span *ret_key)
{
    struct span text = answer->asked->cursor;
    *ret_key = (struct span){0};
    if (!HAS(answer->asked, get_request, cursor))
        return 0;
    answer->detail = "`cursor` is not one of ours";
    if (text.len == 0 || text.len % 2 != 0 || text.len > 2 * CURSOR_BYTES_MAX)
        return -E_BAD_REQUEST;
    for (size_t i = 0; i < text.len / 2; i++) {
        int high = digit_value(text.at[2 * i]), low = digit_value(text.at[2 * i + 1]);
        if (high < 0 || low < 0)
            return -E_BAD_REQUEST;
        buffer[i] = (uint8_t)(high << 4 | low);
    }
    answer->detail = NULL;
    *ret_key = span_make(buffer, text.len / 2);
    return 0;
}

int answer_policy_read(struct answer *answer)
{
    struct policy_row row;
    char message[POLICY_MESSAGE_MAX];
    int result = state_policy_at(answer->txn, INT64_MAX, &row);
    if (result == -E_NOT_FOUND) {
        policy_default(answer->policy);
        return 0;
    }
    if (result == 0 && policy_parse(row.content, answer->policy, message) < 0)
        return -E_CORRUPT;
    return result;
}

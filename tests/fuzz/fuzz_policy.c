/*
 * A rulebook as somebody wrote it, or as policy.adopted carries it: refused with a sentence that names the place, or printed
 * and read again it is the same rulebook.
 */
#include "core/status.h"
#include "io/policy_file.h"
#include "tests/fuzz/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char text[SYSTEM_EVENT_MAX], text_again[SYSTEM_EVENT_MAX];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct policy policy, again;
    char message[POLICY_MESSAGE_MAX] = "";
    char hash[33], hash_again[33];
    size_t len, len_again;
    memset(&policy, 0, sizeof policy);
    memset(&again, 0, sizeof again);
    int status = policy_parse(span_make(data, size), &policy, message);
    if (status) {
        ensure(status == -E_BAD_POLICY);
        judge_sentence(message);
        return 0;
    }
    ensure(policy_render(&policy, text, sizeof text, &len, hash) == 0);
    ensure(policy_parse(span_make(text, len), &again, message) == 0);
    ensure(strcmp(again.hash, hash) == 0);
    ensure(policy_render(&again, text_again, sizeof text_again, &len_again, hash_again) == 0);
    ensure(span_equal(span_make(text, len), span_make(text_again, len_again)));
    memcpy(again.hash, policy.hash, sizeof again.hash);
    ensure(memcmp(&policy, &again, sizeof policy) == 0);
    return 0;
}

/*
 * An access file as somebody wrote it: refused with a sentence that names the place, or its principals, printed and read again, are
 * the same; nobody may more than the widest of their roles; and an entry written anew leaves all others as they were.
 */
#include "core/status.h"
#include "io/access_edit.h"
#include "tests/fuzz/judge.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct access_file file;
static struct access again;
static char rendered[ACCESS_DOCUMENT_MAX], rendered_again[ACCESS_DOCUMENT_MAX];

static void ask_all(const struct access *access)
{
    for (uint32_t i = 0; i < access->count && i < 8; i++) {
        const struct principal *principal = &access->principal[i];
        ensure(access_of_number(access, principal->number) == principal);
        ensure(access_of_name(access, access_span(access, principal->name)) == principal);
        for (enum access_right right = 0; right < ACCESS_RIGHTS; right++) {
            const struct access_ask nowhere = {.right = right};
            enum access_reach widest = access_widest(principal, right);
            int decided = access_decide(access, principal, &nowhere);
            ensure(!principal->revoked || decided == -E_REVOKED);
            ensure(principal->revoked || (decided == -E_NO_RIGHT) == (widest == REACH_NONE));
            ensure(principal->revoked || widest != REACH_ALL || decided == 0);
        }
    }
}

/* Somebody gets a key more, and somebody new comes. */
static void edit_once(struct span text, bool new)
{
    char message[KEYRING_MESSAGE_MAX] = "";
    char *edited = NULL;
    size_t len;
    const uint8_t key[32] = {77};
    const struct access_draft draft = {.name = span_of("fuzz-new"), .roles = 1};
    uint32_t number = file.access.count > 0 ? file.access.principal[0].number : 0;
    if (new ? access_add(&file, &draft, &number, message) < 0 : number == 0)
        return;
    if (access_key_add(&file, number, key, ACCESS_FOR_EVER, 0, message) < 0)
        return;
    int result = access_edit(text, &file, number, &edited, &len, message);
    ensure(result == 0 || result == -E_BAD_ACCESS);
    if (result == -E_BAD_ACCESS)
        ensure(message[0] != '\0');
    free(edited);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char message[KEYRING_MESSAGE_MAX] = "";
    char hash[33], hash_again[33];
    size_t len, len_again;
    struct span text = span_make(data, size);
    int status = access_file_parse(text, true, &file, message);
    if (status) {
        ensure(status == -E_BAD_ACCESS);
        judge_sentence(message);
        return 0;
    }
    ensure(access_render(&file.access, rendered, sizeof rendered, &len, hash) == 0);
    ensure(strcmp(file.access.hash, hash) == 0);
    ensure(access_parse(span_make(rendered, len), &again, message) == 0);
    ensure(strcmp(again.hash, hash) == 0);
    ensure(access_render(&again, rendered_again, sizeof rendered_again, &len_again, hash_again) == 0);
    ensure(span_equal(span_make(rendered, len), span_make(rendered_again, len_again)));
    ask_all(&file.access);
    edit_once(text, true);
    if (access_file_parse(text, true, &file, message) == 0)
        edit_once(text, false);
    return 0;
}

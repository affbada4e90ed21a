/*
 * A roster as somebody wrote it, or as roster.changed carries it: refused with a sentence that names the place, or printed and
 * read again it is the same; then somebody is told whatever is asked, and nobody is above themselves.
 */
#include "core/status.h"
#include "io/roster_file.h"
#include "tests/fuzz/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct roster roster, again;
static char text[SYSTEM_EVENT_MAX * 2], text_again[SYSTEM_EVENT_MAX * 2];

static void ask_all(void)
{
    struct roster_question question = {.day = 20780};
    char to[LABEL_MAX_BYTES + 1];
    for (uint32_t i = 0; i < roster.staff_count; i++) {
        struct span person = roster_text_at(&roster, roster.staff[i].number);
        ensure(roster_find_person(&roster, person) == i);
        uint32_t above = roster_superior_of(&roster, i);
        for (uint32_t steps = 0; above != ROSTER_NOBODY; steps++) {
            ensure(above != i && steps < ROSTER_STAFF_MAX);
            above = roster_superior_of(&roster, above);
        }
        struct name_list skip = {.item = {person}, .count = 1};
        question.skip = &skip;
        ensure(roster_place_of(&roster, person, &question.store, &question.department));
        for (question.level = 0; question.level <= ROSTER_MANAGEMENT_GROUP; question.level++) {
            roster_recipient(&roster, &question, to, sizeof to);
            ensure(to[0] != '\0');
            ensure(!span_is(person, to) || span_is(person, "management-group"));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char message[ROSTER_MESSAGE_MAX] = "";
    char hash[33], hash_again[33];
    size_t len, len_again;
    int status = roster_parse(span_make(data, size), &roster, message);
    if (status) {
        ensure(status == -E_BAD_ROSTER);
        judge_sentence(message);
        return 0;
    }
    ensure(roster_is_adopted(&roster));
    ensure(roster_render(&roster, text, sizeof text, &len, hash) == 0);
    ensure(roster_parse(span_make(text, len), &again, message) == 0);
    ensure(strcmp(again.hash, hash) == 0);
    ensure(roster_render(&again, text_again, sizeof text_again, &len_again, hash_again) == 0);
    ensure(span_equal(span_make(text, len), span_make(text_again, len_again)));
    ask_all();
    return 0;
}

/* sight.c - where a case is, whose it is, and who may see it. */
#include "workers/sight.h"

#include "core/status.h"

enum access_right right_of_letter(char letter)
{
    switch (letter) {
    case 'C':
        return MAY_see_complaint;
    case 'E':
        return MAY_see_escalation;
    case 'T':
        return MAY_see_task;
    case 'B':
        return MAY_see_callback;
    case 'L':
    case 'A':
        return MAY_see_ledger;
    case 'P':
        return MAY_see_score;
    default:
        return MAY_see_system;
    }
}

int answer_sees(const struct answer *answer, struct span store, struct span department, struct span person)
{
    const struct access_ask ask = {
        .right = answer->right,
        .store = store,
        .department = department,
        .person = person,
    };
    return answer->principal ? access_decide(answer->access, answer->principal, &ask) : 0;
}

/* Empty when the card has none. */
#define PLACE_OF(name)                          \
    do {                                        \
        ask.store = card->name.store;           \
        ask.department = card->name.department; \
    } while (0)

int answer_sees_card(const struct answer *answer, char letter, const union card *card)
{
    struct access_ask ask = {.right = right_of_letter(letter)};
    struct span about = {0};
    if (!answer->principal)
        return 0;
    switch (letter) {
    case 'C':
        PLACE_OF(complaint);
        ask.person = card->complaint.handler;
        break;
    case 'E':
        PLACE_OF(escalation);
        ask.person = card->escalation.to;
        about = card->escalation.about;
        break;
    case 'T':
        PLACE_OF(task);
        ask.person = card->task.responsible;
        break;
    case 'B':
        PLACE_OF(callback);
        ask.person = card->callback.agent;
        break;
    case 'L':
        PLACE_OF(entry);
        ask.person = card->entry.person;
        break;
    case 'A':
        PLACE_OF(appeal);
        ask.person = card->appeal.by;
        break;
    case 'P':
        PLACE_OF(period);
        break;
    case 'F':
        PLACE_OF(flag);
        break;
    case 'V':
        PLACE_OF(repair);
        break;
    default:
        break;
    }
    return access_decide_about(answer->access, answer->principal, &ask, about);
}

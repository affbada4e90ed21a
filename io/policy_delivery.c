/* policy_delivery.c - how notices arrive, in the policy file. */
#include "io/policy_delivery.h"

#include "io/policy_figure.h"
#include "schemas/codec.h"

#include <stdio.h>

#define DIGEST_MINUTES_MOST 240

/* ---- shape ---- */

#define GRADE(key) CYAML_FIELD_STRING(#key, CYAML_FLAG_OPTIONAL, struct document_by_grade, key, 1)
static const cyaml_schema_field_t grade_fields[] = {GRADE(general), GRADE(serious), GRADE(major), GRADE(urgent),
                                                    CYAML_FIELD_END};

#define TEXT(key) CYAML_FIELD_STRING(#key, CYAML_FLAG_OPTIONAL, struct document_delivery, key, 1)
const cyaml_schema_field_t delivery_fields[] = {
    TEXT(digest_minutes),
    TEXT(digest_level_most),
    TEXT(at_once_grade),
    CYAML_FIELD_MAPPING("climb_after", CYAML_FLAG_OPTIONAL | CYAML_FLAG_FLOW, struct document_delivery, climb_after,
                        grade_fields),
    TEXT(give_up_after),
    TEXT(top_again_after),
    CYAML_FIELD_END};

/* ---- figures ---- */

#define FIGURE(path, kind, from_member, to_member, least, most)                                                    \
    {                                                                                                              \
        "delivery." path, FIGURE_##kind, offsetof(struct document_delivery, from_member),                          \
            offsetof(struct delivery_rules, to_member), sizeof(((struct delivery_rules *)NULL)->to_member), least, \
            most                                                                                                   \
    }
#define CLIMB(grade) \
    FIGURE("climb_after." #grade, WALL, climb_after.grade, climb_after_ms[grade_is_##grade], 0, INT64_MAX)

static const struct figure figures[] = {
    FIGURE("digest_minutes", NUMBER, digest_minutes, digest_minutes, 0, DIGEST_MINUTES_MOST),
    FIGURE("digest_level_most", NUMBER, digest_level_most, digest_level_most, 0, 4),
    FIGURE("at_once_grade", GRADE, at_once_grade, at_once_grade, 0, grade_count - 1),
    CLIMB(general),
    CLIMB(serious),
    CLIMB(major),
    CLIMB(urgent),
    FIGURE("give_up_after", WALL, give_up_after, give_up_after_ms, 0, INT64_MAX),
    FIGURE("top_again_after", WALL, top_again_after, top_again_after_ms, 0, INT64_MAX),
};
#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof(array)[0]))

int policy_delivery_read(const struct policy_flaw *flaw, const struct document_delivery *from,
                         struct delivery_rules *to)
{
    for (uint32_t i = 0; i < COUNT(figures); i++) {
        const char *text = (const char *)from + figures[i].from;
        char allowed[128];
        if (text[0] == '\0' || figure_read(&figures[i], text, to))
            continue;
        figure_allowed(&figures[i], allowed, sizeof allowed);
        return policy_flaw(flaw, figures[i].path, "is \"%s\"; allowed is %s", text, allowed);
    }
    return 0;
}

void policy_delivery_write(const struct delivery_rules *from, struct document_delivery *to)
{
    for (uint32_t i = 0; i < COUNT(figures); i++)
        figure_write(&figures[i], from, (char *)to + figures[i].from);
}

/* ---- checks ---- */

int policy_delivery_check(const struct policy *policy, const struct policy_flaw *place)
{
    const struct delivery_rules *rules = &policy->delivery;
    for (int32_t grade = grade_is_serious; grade < grade_count; grade++) {
        char path[48];
        snprintf(path, sizeof path, "delivery.climb_after.%s", choice_name(choice_of_grade(), grade));
        if (rules->climb_after_ms[grade] > rules->climb_after_ms[grade - 1])
            return policy_flaw(place, path, "is longer than that of %s: the graver, the sooner the next one up is told",
                               choice_name(choice_of_grade(), grade - 1));
    }
    if (rules->give_up_after_ms < rules->climb_after_ms[grade_is_general])
        return policy_flaw(place, "delivery.give_up_after",
                           "is shorter than climb_after.general: nobody gives up before the next one up is told");
    return 0;
}

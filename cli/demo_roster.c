/*
 * demo_roster.c - who works where in the demonstration's twelve stores, as a roster for serve to propose.
 *
 * Of the ten people of a store, 1 to 6 serve customers and 7 asks them again: the posts are held by the others, and by 1 and 4,
 * who take complaints first.
 */
#include "cli/demo_files.h"
#include "cli/demo_plan.h"

#define PEOPLE 10u

static void department_write(FILE *to, uint32_t store, const char *department, uint32_t handler, uint32_t manager)
{
    char first[32], second[32];
    demo_person(store, handler, first);
    demo_person(store, manager, second);
    fprintf(to, "      - {department: %s, handler: %s, manager: %s}\n", department, first, second);
}

void demo_roster_write(FILE *to)
{
    char name[32];
    fputs("name: demonstration\ngeneral_manager: shen.mu\nmanagement_group: [du.heng, fang.rui]\nstores:\n", to);
    for (uint32_t store = 0; store < DEMO_STORES; store++) {
        const struct demo_store_name called = demo_store_name(store);
        demo_person(store, 0, name);
        fprintf(to, "  - store: %s\n    name: %s\n    name_en: %s\n", demo_store(store), called.chinese,
                called.english);
        fprintf(to, "    director: %s\n    departments:\n", name);
        department_write(to, store, "service", 1, 8);
        department_write(to, store, "sales", 4, 9);
    }
    fputs("staff:\n  - {number: shen.mu}\n  - {number: du.heng}\n  - {number: fang.rui}\n", to);
    for (uint32_t store = 0; store < DEMO_STORES; store++) {
        for (uint32_t person = 0; person < PEOPLE; person++) {
            demo_person(store, person, name);
            fprintf(to, "  - {number: %s, store: %s}\n", name, demo_store(store));
        }
    }
}

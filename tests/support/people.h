/*
 * people.h - an access file with one of each whom tests of rights need, and ports that connect as them.
 *
 *   1 wang.li   handler of sh-pudong, service      4 bay-03  publisher of sh-pudong
 *   2 zhou.jie  manager of hz-xihu, service        5 wall    display of sh-pudong, service
 *   3 sun.tao   auditor, everywhere                6 he.ops  ops
 *   7 lin.hr    hr, everywhere                     8 gu.all  group, everywhere
 *
 * Only tests of the simulated seams include it.
 */
#ifndef MANYI_TESTS_SUPPORT_PEOPLE_H
#define MANYI_TESTS_SUPPORT_PEOPLE_H

#include "io/bus_sim.h"
#include "io/setup.h"
#include "tests/support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum person { NOBODY, WANG_LI, ZHOU_JIE, SUN_TAO, BAY_03, WALL, HE_OPS, LIN_HR, GU_ALL, STRANGER };

static const char people_file[] =
    "next_number: 20\n"
    "principals:\n"
    "  - {name: wang.li, number: 1, kind: person, roles: [handler], stores: [sh-pudong], departments: [service]}\n"
    "  - {name: zhou.jie, number: 2, kind: person, roles: [manager], stores: [hz-xihu], departments: [service]}\n"
    "  - {name: sun.tao, number: 3, kind: person, roles: [auditor], stores: all, departments: all}\n"
    "  - {name: bay-03, number: 4, kind: device, roles: [publisher], stores: [sh-pudong], departments: all}\n"
    "  - {name: wall, number: 5, kind: device, roles: [display], stores: [sh-pudong], departments: [service]}\n"
    "  - {name: he.ops, number: 6, kind: person, roles: [ops], stores: all, departments: all}\n"
    "  - {name: lin.hr, number: 7, kind: person, roles: [hr], stores: all, departments: all}\n"
    "  - {name: gu.all, number: 8, kind: person, roles: [group], stores: all, departments: all}\n";

/* Writes the file below `folder`, and where it is into setup. */
static inline void people_write(const char *folder, struct setup *setup, const char *text)
{
    snprintf(setup->access_path, sizeof setup->access_path, "%s/access.yaml", folder);
    FILE *file = fopen(setup->access_path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* A DEALER with that person's key. */
static inline struct port *people_port(struct bus *bus, const char *endpoint, enum person person)
{
    const struct port_options options = {.kind = PORT_DEALER, .endpoint = endpoint};
    struct port *port;
    bus_sim_principal(bus, (uint32_t)person);
    assert_int_equal(port_open(bus, &options, &port), 0);
    bus_sim_principal(bus, 0);
    return port;
}

#endif

/*
 * stage_expect.h - what a test of the checks asks of its stage: that a promise was broken, and which one first.
 * Apart from stage.h: the simulator stands on a stage, too, and knows no test framework.
 */
#ifndef MANYI_TESTS_SIM_STAGE_EXPECT_H
#define MANYI_TESTS_SIM_STAGE_EXPECT_H

#include "tests/sim/stage.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static inline void stage_expect(const struct stage *stage, const char *invariant)
{
    const struct world_outcome *outcome = &stage->world.outcome;
    assert_true(outcome->violated);
    if (!span_starts(span_of(outcome->violation), invariant))
        fail_msg("%s, and not: %s", outcome->violation, invariant);
}

#endif

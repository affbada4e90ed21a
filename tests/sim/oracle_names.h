/* oracle_names.h - names as the oracle keeps them: copied. Only for oracle*.c. */
#ifndef MANYI_TESTS_SIM_ORACLE_NAMES_H
#define MANYI_TESTS_SIM_ORACLE_NAMES_H

#include "core/limits.h"

#include <stdint.h>

typedef char oracle_name[NAME_MAX_BYTES + 1];
typedef char oracle_label[LABEL_MAX_BYTES + 1];

struct oracle_names {
    oracle_name item[NAMES_MAX];
    uint32_t count;
};

#endif

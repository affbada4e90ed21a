/*
 * shanghai.c - the time zone of those who read what the commands print.
 */
#include "tests/support/shanghai.h"

#include <stdlib.h>
#include <time.h>

int in_shanghai(void **state)
{
    (void)state;
    setenv("TZ", "CST-8", 1);
    tzset();
    return 0;
}

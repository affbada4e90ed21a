/*
 * consumer.c - what a program of somebody else does first with the installed client library.
 *
 * It has a bus_open() of its own: the names inside the library must not meet it.
 */
#include <manyi.h>

#include <stdio.h>
#include <string.h>

int bus_open(void);

int bus_open(void)
{
    return 7;
}

int main(void)
{
    struct manyi *manyi = NULL;
    if (manyi_open(&manyi) != 0)
        return 1;
    manyi_close(manyi);
    printf("%s\n", manyi_error_code(-1306));
    return strcmp(manyi_error_code(-1306), "E1306") == 0 && bus_open() == 7 ? 0 : 1;
}

/*
 * machine.h - what a figure was measured on.
 */
#ifndef MANYI_CLI_MACHINE_H
#define MANYI_CLI_MACHINE_H

struct machine {
    char cpu[128];
    unsigned cores;
    char kernel[128];
    char filesystem[64]; /* of the folder that is measured in */
};

void machine_look(const char *folder, struct machine *ret_machine);

#endif

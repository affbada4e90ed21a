/*
 * help.c - what `manyi --help` and `manyi COMMAND --help` print, from the tables of commands and options.
 */
#include "cli/cli.h"
#include "cli/fields.h"

#include <string.h>

#define NAME_COLUMN 26

static void option_line(FILE *to, const struct option_row *row)
{
    if (row->flags & OPTION_HIDDEN)
        return;
    char left[64];
    snprintf(left, sizeof left, "--%s%s%s", row->name, row->argument ? " " : "", row->argument ? row->argument : "");
    fprintf(to, "  %-*s %s\n", NAME_COLUMN, left, row->help);
}

static void option_lines(FILE *to, const char *title, const struct option_row *rows, uint32_t count)
{
    if (count == 0)
        return;
    fprintf(to, "\n%s:\n", title);
    for (uint32_t i = 0; i < count; i++)
        option_line(to, &rows[i]);
}

void help_overview(FILE *to)
{
    uint32_t count;
    const struct command *commands = command_table(&count);
    fputs("Manyi runs a car dealership group's customer-satisfaction programme.\n\n"
          "Examples:\n"
          "  manyi demo                                   a day of a 12-store group in a minute\n"
          "  manyi serve --dir /var/lib/manyi             all roles in one process\n"
          "  manyi publish ratings.csv --type feedback.rated --source /stores/sh-pudong/survey\n"
          "  manyi complaints --overdue                   who is waiting too long?\n"
          "  manyi scores --by store --period 2026-11     how satisfied are they?\n"
          "\nUsage: manyi COMMAND [ARGUMENTS] [OPTIONS]\n\nCommands:\n",
          to);
    for (uint32_t i = 0; i < count; i++)
        fprintf(to, "  %-*s %s\n", NAME_COLUMN, commands[i].name, commands[i].summary);
    uint32_t global_count;
    const struct option_row *global = global_options(&global_count);
    option_lines(to, "Options of every command", global, global_count);
    fputs("\n`manyi COMMAND --help` shows a command's examples and options, `manyi explain CODE` an error.\n", to);
}

void help_command(FILE *to, const struct command *command)
{
    fprintf(to, "%s - %s\n\nExamples:\n%s", command->name, command->summary, command->examples);
    fprintf(to, "\nUsage: manyi %s%s%s [OPTIONS]\n", command->name, command->operands[0] ? " " : "", command->operands);
    if (command->details)
        fprintf(to, "\n%s", command->details);
    option_lines(to, "Options", command->options, command->option_count);
    if (command->fields_of)
        fields_help(to, command->fields_of);
    uint32_t count;
    const struct option_row *global = global_options(&count);
    option_lines(to, "Options of every command", global, count);
}

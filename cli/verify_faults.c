/*
 * verify_faults.c - what a look has found: told line by line, kept in words for the JSON.
 */
#include "cli/verify.h"
#include "io/json.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void verify_fault(const struct cli *cli, struct verification *verification, const char *part, const char *format, ...)
{
    struct verify_fault fault = {.part = part};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fault.text, sizeof fault.text, format, arguments);
    va_end(arguments);
    bool journals = strcmp(part, "journal") == 0;
    verification->faults++;
    if (verification->told >= VERIFY_FAULTS_MAX - (journals ? 0 : JOURNAL_FAULTS_MAX)) /* its words always find room */
        return;
    verification->fault[verification->told++] = fault;
    if (!cli->quiet)
        fprintf(stderr, "%s\n", fault.text);
}

void verify_more(const struct cli *cli, struct verification *verification, const char *part, uint64_t count)
{
    verification->faults += count;
    if (count > 0 && !cli->quiet)
        fprintf(stderr, "%s: %llu more\n", part, (unsigned long long)count);
}

/* The number after the first of these words; -1: the text has none. */
static long long number_after(const char *text, const char *const *words, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const char *at = strstr(text, words[i]);
        char *end = NULL;
        long long number = at ? strtoll(at + strlen(words[i]), &end, 10) : -1;
        if (at && end != at + strlen(words[i]))
            return number;
    }
    return -1;
}

static void field_print(const char *name, const char *text, const char *const *words, uint32_t count)
{
    long long number = number_after(text, words, count);
    if (number >= 0)
        printf(",\"%s\":%lld", name, number);
}

/* Where each one is, as far as its text says so. */
void verify_faults_json_print(const struct verification *verification)
{
    static const char *const volume[] = {"volume "}, *const page[] = {"page "};
    static const char *const seq[] = {"entry ", "entries ", "seq "};
    putchar('[');
    for (uint32_t i = 0; i < verification->told; i++) {
        const struct verify_fault *fault = &verification->fault[i];
        printf("%s{\"part\":\"%s\",\"text\":", i ? "," : "", fault->part);
        json_print_text(stdout, span_of(fault->text));
        field_print("volume", fault->text, volume, 1);
        field_print("page", fault->text, page, 1);
        field_print("seq", fault->text, seq, 3);
        putchar('}');
    }
    putchar(']');
}

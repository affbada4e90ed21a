/* policy_figure.h - one figure of the policy, between the text in the file and the number in the struct. Only for policy_*.c. */
#ifndef MANYI_IO_POLICY_FIGURE_H
#define MANYI_IO_POLICY_FIGURE_H

#include "io/policy_document.h"

enum figure_kind {
    FIGURE_NUMBER,   /* 42 */
    FIGURE_YUAN,     /* 10000 or 99.50, kept in fen */
    FIGURE_SCORE,    /* 0 to 10 with up to three decimals, kept in thousandths */
    FIGURE_MINUTE,   /* 09:00, kept in minutes of the day */
    FIGURE_WALL,     /* 7 d c, kept in milliseconds */
    FIGURE_DURATION, /* 8 h w, a struct duration */
    FIGURE_REPEAT,   /* the same, or "daily" */
    FIGURE_SWITCH,   /* yes or no, a bool */
    FIGURE_GRADE,    /* general, serious, major, urgent */
};

/* Where a figure stands in the file and in memory, and what it may be. */
struct figure {
    const char *path; /* below the part that `from` and `to` count from */
    enum figure_kind kind;
    size_t from;  /* of its text */
    size_t to;    /* of its number */
    size_t width; /* of its number: 1, 4, 8, or a struct duration */
    int64_t least, most;
};

/* Reads the text into the number; false leaves it as it was. */
bool figure_read(const struct figure *figure, const char *text, void *part);

/* Writes the number as text that figure_read reads back. */
void figure_write(const struct figure *figure, const void *part, figure_text ret_text);

/* "a whole number from 1 to 1000", for messages. */
void figure_allowed(const struct figure *figure, char *ret_text, size_t size);

#endif

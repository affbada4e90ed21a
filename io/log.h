/*
 * log.h - lines on stderr for whoever runs Manyi.
 *
 * Caveats
 *   Only the outermost code logs, once; inner code returns a status.
 *   Never personal data (names, contacts, free text of customers): logs are kept and copied about.
 *   A line is one write(2), so that lines of several threads do not mix; it is cut at LOG_LINE_MAX bytes, and
 *   control characters in it become spaces, so that nobody's data can look like a line of ours.
 *
 *   2026-11-23T00:00:00.123Z warning intake: quarantine of /stores/sh-pudong is full
 */
#ifndef MANYI_IO_LOG_H
#define MANYI_IO_LOG_H

#define LOG_LINE_MAX 1024u

enum log_level {
    LOG_ERROR,   /* something was not done */
    LOG_WARNING, /* it goes on, but somebody should look */
    LOG_NOTICE,  /* what happened: start, stop, recovery */
};

/* Safe from several threads at once. */
void log_line(enum log_level level, const char *role, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif

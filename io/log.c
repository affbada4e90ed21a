/*
 * log.c - lines on stderr for whoever runs Manyi.
 */
#include "io/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static size_t head_write(char *line, enum log_level level, const char *role)
{
    static const char *const words[] = {[LOG_ERROR] = "error", [LOG_WARNING] = "warning", [LOG_NOTICE] = "notice"};
    struct timespec now;
    struct tm utc;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    size_t len = strftime(line, LOG_LINE_MAX, "%Y-%m-%dT%H:%M:%S", &utc);
    int more =
        snprintf(line + len, LOG_LINE_MAX - len, ".%03ldZ %s %.64s: ", now.tv_nsec / 1000000, words[level], role);
    return len + (size_t)more;
}

void log_line(enum log_level level, const char *role, const char *format, ...)
{
    char line[LOG_LINE_MAX + 1];
    size_t head = head_write(line, level, role);
    va_list arguments;
    va_start(arguments, format);
    int wanted = vsnprintf(line + head, LOG_LINE_MAX - head, format, arguments);
    va_end(arguments);
    size_t room = LOG_LINE_MAX - head - 1;
    size_t len = head + (wanted < 0 ? 0 : (size_t)wanted < room ? (size_t)wanted : room);
    for (size_t i = head; i < len; i++) {
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            line[i] = ' ';
    }
    line[len++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, len);
    (void)written; /* there is nowhere to say that nobody can read us */
}

/* calendar_text.h - hours, days and years between the text in a file and the figures. Only for policy_calendar*.c. */
#ifndef MANYI_IO_CALENDAR_TEXT_H
#define MANYI_IO_CALENDAR_TEXT_H

#include "io/calendar_document.h"

#define TEXT_WRONG_MAX 160u

/* Each reads the whole text, or writes into `wrong` what is the matter with it, a clause that follows the key: "ends at 08:00,
 * before it begins". */

/* "08:30-12:00, 13:00-17:30", or "closed". */
bool hours_read(const char *text, struct day_hours *ret_hours, char wrong[TEXT_WRONG_MAX]);

/* "2026-02-15" or "2026-02-15 to 2026-02-23". */
bool holiday_read(const char *text, struct exception *ret_exception, char wrong[TEXT_WRONG_MAX]);

/* "2026-02-14 like monday". */
bool makeup_day_read(const char *text, struct exception *ret_exception, char wrong[TEXT_WRONG_MAX]);

/* "2026" or "2025-2026". */
bool years_read(const char *text, struct calendar *calendar, char wrong[TEXT_WRONG_MAX]);

void hours_write(const struct day_hours *hours, hours_text ret_text);
void exception_write(const struct exception *exception, days_text ret_text);
void years_write(const struct calendar *calendar, figure_text ret_text);

#endif

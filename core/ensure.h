/*
 * ensure.h - assertions for our own bugs.
 *
 * ensure() stays on in every build and ends the process: a broken invariant must never be written to
 * disk. It is for what we got wrong; what the world gets wrong is a status code (status.h). The
 * condition has no side effects and states one thing: split conjunctions.
 */
#ifndef MANYI_CORE_ENSURE_H
#define MANYI_CORE_ENSURE_H

_Noreturn void ensure_failed(const char *condition, const char *file, int line);

#define ensure(condition) ((condition) ? (void)0 : ensure_failed(#condition, __FILE__, __LINE__))

#define unreachable() ensure_failed("unreachable", __FILE__, __LINE__)

#endif

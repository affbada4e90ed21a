/*
 * aside_sim.c - work beside the turn, in one thread: it is done when it is waited for, or asked after for the second time.
 *
 * So a caller that goes on meanwhile meets work that is not ready, the same way every time.
 */
#include "core/ensure.h"
#include "io/aside.h"
#include "io/memory_sim.h"

struct aside {
    aside_work *work; /* NULL: nothing was started */
    void *context;
    bool asked;
    bool done;
    int result;
};

int aside_open(struct aside **ret_aside)
{
    struct aside *aside = memory_take_zeroed(sizeof *aside);
    *ret_aside = aside;
    return 0;
}

void aside_close(struct aside *aside)
{
    free(aside);
}

void aside_wakes(struct aside *aside, int wake_fd)
{
    (void)aside;
    (void)wake_fd; /* who takes turns until nothing moves needs no waking */
}

void aside_start(struct aside *aside, aside_work *work, void *context)
{
    ensure(!aside->work);
    *aside = (struct aside){.work = work, .context = context};
}

static void work_do(struct aside *aside)
{
    if (!aside->done)
        aside->result = aside->work(aside->context);
    aside->done = true;
}

bool aside_ready(struct aside *aside)
{
    ensure(aside->work != NULL);
    if (aside->asked)
        work_do(aside);
    aside->asked = true;
    return aside->done;
}

int aside_wait(struct aside *aside)
{
    ensure(aside->work != NULL);
    work_do(aside);
    aside->work = NULL;
    return aside->result;
}

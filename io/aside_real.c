/*
 * aside_real.c - work beside the turn, done by a thread of its own that sleeps in between.
 */
#include "core/ensure.h"
#include "core/status.h"
#include "io/aside.h"
#include "io/loop.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct aside {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    aside_work *work; /* NULL: nothing to do */
    void *context;
    int wake_fd;
    bool done;
    bool closing;
    int result;
};

static void *run(void *context)
{
    struct aside *aside = context;
    pthread_mutex_lock(&aside->lock);
    for (;;) {
        while (!aside->work && !aside->closing)
            pthread_cond_wait(&aside->changed, &aside->lock);
        if (!aside->work)
            break;
        pthread_mutex_unlock(&aside->lock);
        int result = aside->work(aside->context);
        pthread_mutex_lock(&aside->lock);
        aside->result = result;
        aside->work = NULL;
        aside->done = true;
        if (aside->wake_fd >= 0)
            loop_wake(aside->wake_fd);
        pthread_cond_broadcast(&aside->changed);
    }
    pthread_mutex_unlock(&aside->lock);
    return NULL;
}

/* The thread takes no signals: they belong to whoever runs the loops. */
static int thread_start(struct aside *aside)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&aside->thread, NULL, run, aside);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error ? -E_NO_MEMORY : 0;
}

int aside_open(struct aside **ret_aside)
{
    struct aside *aside = calloc(1, sizeof *aside);
    if (!aside)
        return -E_NO_MEMORY;
    aside->wake_fd = -1;
    pthread_mutex_init(&aside->lock, NULL);
    pthread_cond_init(&aside->changed, NULL);
    int status = thread_start(aside);
    if (status) {
        free(aside);
        return status;
    }
    *ret_aside = aside;
    return 0;
}

void aside_close(struct aside *aside)
{
    if (!aside)
        return;
    pthread_mutex_lock(&aside->lock);
    aside->closing = true;
    pthread_cond_broadcast(&aside->changed);
    pthread_mutex_unlock(&aside->lock);
    pthread_join(aside->thread, NULL);
    pthread_cond_destroy(&aside->changed);
    pthread_mutex_destroy(&aside->lock);
    free(aside);
}

void aside_wakes(struct aside *aside, int wake_fd)
{
    pthread_mutex_lock(&aside->lock);
    aside->wake_fd = wake_fd;
    pthread_mutex_unlock(&aside->lock);
}

bool aside_ready(struct aside *aside)
{
    pthread_mutex_lock(&aside->lock);
    bool ready = aside->done;
    pthread_mutex_unlock(&aside->lock);
    return ready;
}

void aside_start(struct aside *aside, aside_work *work, void *context)
{
    pthread_mutex_lock(&aside->lock);
    ensure(!aside->work);
    ensure(!aside->done);
    aside->work = work;
    aside->context = context;
    pthread_cond_broadcast(&aside->changed);
    pthread_mutex_unlock(&aside->lock);
}

int aside_wait(struct aside *aside)
{
    pthread_mutex_lock(&aside->lock);
    ensure(aside->work || aside->done);
    while (!aside->done)
        pthread_cond_wait(&aside->changed, &aside->lock);
    aside->done = false;
    int result = aside->result;
    pthread_mutex_unlock(&aside->lock);
    return result;
}
